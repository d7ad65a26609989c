// What the clerk's app does by itself. Without it every form and link still works.
(() => {
  // A choice that is sent as soon as it is made.
  document.addEventListener("change", event => { if (event.target.matches("[data-sends]")) event.target.form.submit(); });

  // ---- the form of a bot ----
  const fill = (form, name, value) => {
    const box = form.elements[`in.${name}`];
    if (!box || !value) return false;
    box.value = value;
    return true;
  };
  // What was copied on another screen: into the first field that it fits, by the field's own pattern.
  function fromText(form, text) {
    let found = false;
    for (const box of form.querySelectorAll("input.large")) {
      const pattern = box.dataset.pattern && new RegExp(`(?<![\\p{L}\\p{N}])(?:${box.dataset.pattern})(?![\\p{L}\\p{N}])`, "u");
      const fits = pattern ? text.match(pattern)?.[0] : /^[^\n]{1,200}$/.test(text.trim()) ? text.trim() : null;
      if (fits && !box.value) { box.value = fits; found = true; if (!pattern) break; }
    }
    return found;
  }
  async function fromClipboard(button) {
    let text = "";
    try { text = await navigator.clipboard.readText(); } catch { /* not allowed: the same as nothing */ }
    const form = button.form, found = text && fromText(form, text);
    form.querySelector("[data-screen-said]").textContent = found ? "" : button.dataset.empty;
    next(form);
  }
  function next(form) {
    (form.querySelector("input.large:placeholder-shown, input.large[value='']") || form.querySelector("input.large"))?.focus();
  }
  // What stands in the window that this person brings to the front next, as the server of their own machine reads it.
  async function fromWindow(button) {
    const form = button.form, said = form.querySelector("[data-screen-said]");
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF"];
    button.disabled = true;
    said.textContent = button.dataset.wait;
    choices(form, {});
    try {
      const answer = await fetch(button.dataset.front, { method: "POST", headers: { "X-CSRF": token } });
      const told = await answer.json();
      said.textContent = told.said;
      for (const [name, value] of Object.entries(told.fields || {})) fill(form, name, value);
      choices(form, told.several || {});
    } catch { said.textContent = button.dataset.failed; }
    button.disabled = false;
    next(form);
  }
  // Several numbers fit: this person says which.
  function choices(form, several) {
    const row = form.querySelector("[data-several]");
    row.replaceChildren(...Object.entries(several).flatMap(([name, values]) => values.map(value => {
      const one = document.createElement("button");
      Object.assign(one, { type: "button", className: "small", textContent: value });
      one.addEventListener("click", () => { fill(form, name, value); row.querySelectorAll(`[data-for="${name}"]`).forEach(each => each.remove()); next(form); });
      one.dataset.for = name;
      return one;
    })));
    row.hidden = !row.childElementCount;
  }
  document.addEventListener("click", event => {
    const button = event.target.closest("[data-clipboard], [data-front]");
    if (button) (button.matches("[data-front]") ? fromWindow : fromClipboard)(button);
  });
  // Several lines pasted into one field: only what fits it.
  document.addEventListener("paste", event => {
    const box = event.target, text = event.clipboardData?.getData("text") || "";
    if (!box.matches?.("input.large[data-pattern]") || !/[\s]/.test(text.trim())) return;
    box.value = "";
    if (fromText(box.form, text)) event.preventDefault();
  });

  // ---- films ----
  async function files(entry) {
    if (entry.isFile) return [await new Promise((yes, no) => entry.file(yes, no))];
    const reader = entry.createReader(), all = [];
    for (;;) {
      const some = await new Promise((yes, no) => reader.readEntries(yes, no));
      if (!some.length) return (await Promise.all(all.map(files))).flat();
      all.push(...some);
    }
  }
  async function send(box, list) {
    const form = box.closest("form"), said = box.querySelector("[data-drop-said]");
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF"];
    said.textContent = box.dataset.sending;
    for (const file of list) {
      let answer, told;
      try {
        answer = await fetch(box.dataset.drop, { method: "POST", body: file, headers: { "X-CSRF": token, "X-Films": form.elements.films.value } });
        told = await answer.json();
      } catch { said.textContent = box.dataset.failed; return; }
      said.textContent = told.said;
      if (!answer.ok) return;
      form.elements.films.value = told.ticket;
      for (const [name, value] of Object.entries(told.fields)) fill(form, name, value);
    }
  }
  document.addEventListener("dragover", event => {
    const box = event.target.closest?.("[data-drop]");
    // A film that misses its place is not opened in the browser's stead.
    event.preventDefault();
    document.querySelectorAll("[data-drop]").forEach(one => one.toggleAttribute("data-over", one === box));
  });
  document.addEventListener("drop", async event => {
    event.preventDefault();
    const box = event.target.closest?.("[data-drop]") || document.querySelector("[data-drop]");
    if (!box) return;
    box.removeAttribute("data-over");
    const entries = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
    send(box, entries.length ? (await Promise.all(entries.map(files))).flat() : [...event.dataTransfer.files]);
  });
  document.addEventListener("change", event => {
    if (event.target.matches("[data-drop] input[type=file]")) { send(event.target.closest("[data-drop]"), [...event.target.files]); event.target.value = ""; }
  });
  document.addEventListener("DOMContentLoaded", () => {
    if (navigator.clipboard?.readText) document.querySelectorAll("[data-clipboard]").forEach(one => { one.hidden = false; });
    document.getElementById("wrong")?.scrollIntoView({ block: "nearest" });
  });

  // ---- a screen that nobody sits at, or that somebody has left, shows nothing ----
  const blank = () => { document.documentElement.dataset.blank = ""; };
  document.addEventListener("submit", event => { if (event.target.matches(".change, [action='/leave']")) blank(); });
  // A page that comes back out of the browser's memory asks again who is there.
  addEventListener("pageshow", event => { if (event.persisted) { blank(); location.reload(); } });
  addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form[data-idle]");
    if (!form) return;
    let last = Date.now();
    const here = () => { last = Date.now(); };
    for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) addEventListener(kind, here, { passive: true });
    setInterval(() => { if (Date.now() - last > form.dataset.idle * 1000) { last = Infinity; form.requestSubmit(); } }, 1000);
  });
})();
