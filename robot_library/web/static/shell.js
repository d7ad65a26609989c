// Everything pages do by themselves. Without it every form and link still works.
(() => {
  const root = document.documentElement;
  const dialog = () => document.getElementById("dialog");
  const all = (what, inside = document) => [...inside.querySelectorAll(what)];

  // ---- light and dark ----
  const themes = ["auto", "light", "dark"];
  function showTheme() {
    const now = root.dataset.theme || "auto";
    all("[data-theme-button]").forEach(button => {
      button.querySelector("[data-theme-name]").textContent = button.dataset[now];
    });
  }
  function nextTheme() {
    const next = themes[(themes.indexOf(root.dataset.theme || "auto") + 1) % themes.length];
    if (next === "auto") { delete root.dataset.theme; localStorage.removeItem("wetread-theme"); }
    else { root.dataset.theme = next; localStorage.setItem("wetread-theme", next); }
    showTheme();
  }

  // ---- dialogs: a page opened over the page ----
  async function openOver(url) {
    await htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML" });
  }
  document.addEventListener("htmx:afterSwap", event => {
    const box = dialog();
    if (event.detail.target === box && box.childElementCount && !box.open) {
      box.showModal();
      (box.querySelector("[autofocus]") || box.querySelector("select, input:not([type=hidden]), textarea, button, a"))?.focus();
    }
  });
  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-over]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openOver(link.href);
    }
    if (event.target.closest("[data-close]") && dialog().open) { event.preventDefault(); dialog().close(); }
    if (event.target.closest("[data-theme-button]")) nextTheme();
    const menu = event.target.closest("[data-menu]");
    if (menu) menu.setAttribute("aria-expanded", menu.closest(".side").classList.toggle("open"));
  });

  // ---- many items at once ----
  function countPicked() {
    const picked = all("input[name=id]:checked").length;
    all("[data-picked]").forEach(one => { one.textContent = picked; });
    all("[data-needs-picked]").forEach(one => { one.disabled = !picked && !document.querySelector("input[name=all]:checked"); });
  }
  document.addEventListener("change", event => {
    if (event.target.matches("[data-pick-all]")) {
      all("input[name=id]").forEach(box => { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-pick-all], input[name=id], input[name=all]")) countPicked();
  });

  // ---- what changes by itself ----
  const PAUSE = 2000;
  const waiting = new Map();
  function renew(element) {
    if (!element.isConnected) return;
    const last = Number(element.dataset.last || 0), left = last + PAUSE - Date.now();
    if (document.hidden) { waiting.set(element, null); return; }
    if (left > 0) {
      if (!waiting.get(element)) waiting.set(element, setTimeout(() => { waiting.delete(element); renew(element); }, left));
      return;
    }
    element.dataset.last = Date.now();
    refresh(element);
  }
  async function refresh(element) {
    let answer;
    try {
      const at = element.dataset.src || location.href;
      answer = await fetch(at, { headers: { "HX-Request": "true", "X-Live": "1" } });
    } catch { return; }
    if (answer.status === 401) { location.reload(); return; }
    if (!answer.ok || !element.isConnected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(element.id);
    if (!fresh) return;
    settle(element, fresh);
    countPicked();  // the server does not know what is ticked here
  }
  // Only what differs is exchanged, part by part, so that nothing flickers and what somebody is at stays.
  function settle(old, fresh) {
    if (old.isEqualNode(fresh)) return;
    const alike = old.nodeType === 1 && fresh.nodeType === 1 && old.tagName === fresh.tagName && old.tagName !== "svg";
    if (!alike) { old.replaceWith(fresh); return; }
    if (old.matches("input, select, textarea:not([readonly])")) return;
    // Whether it is unfolded is the reader's, and what they are typing stands in it.
    const theirs = name => name.startsWith("data-last") || (name === "open" && old.tagName === "DETAILS");
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !theirs(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    settleChildren(old, fresh);
  }
  // What has a name stays itself wherever it moves; what has none is the next of its kind. What somebody types in, or is
  // about to press, must not become something else because a line above it came or went.
  const named = node => (node.nodeType === 1 && (node.dataset.key || node.id)) || "";
  const kind = node => named(node) ? `#${named(node)}` : node.nodeType === 1 ? `${node.tagName}.${node.classList[0] || ""}` : String(node.nodeType);
  function settleChildren(old, fresh) {
    const free = new Map();
    for (const node of old.childNodes) free.set(kind(node), [...(free.get(kind(node)) || []), node]);
    const found = [...fresh.childNodes].map(node => [node, free.get(kind(node))?.shift()]);
    for (const rest of free.values()) rest.forEach(node => node.remove());
    let place = old.firstChild;
    for (const [node, kept] of found) {
      if (!kept) { old.insertBefore(node, place); continue; }
      if (kept === place) place = place.nextSibling; else old.insertBefore(kept, place);
      settle(kept, node);
    }
  }
  let source = null, tried = Date.now();
  function listen() {
    if (!document.body.dataset.events) return;
    source?.close();
    source = new EventSource(document.body.dataset.events);
    tried = Date.now();
    for (const what of ["open", "still", "changed"]) source.addEventListener(what, () => { heard = Date.now(); cut = 0; tellAge(); });
    source.addEventListener("error", event => {
      cut = cut || Date.now();
      if (event.target.readyState !== EventSource.CLOSED) return;  // it comes back by itself
      all("[data-live]").forEach(renew);  // turned away: whoever is no longer in learns it there
      setTimeout(listen, 30000);
    });
    source.addEventListener("gone", () => location.reload());
    source.addEventListener("changed", event => {
      const topics = JSON.parse(event.data);
      all("[data-live]").forEach(one => { if (one.dataset.live.split(" ").some(topic => topics.includes(topic))) renew(one); });
    });
  }
  addEventListener("pagehide", () => source?.close());
  // ---- what stands here and is no longer renewed says so ----
  const CUT = 5000, SILENT = 40000;  // the server says every quarter of a minute that it is there
  let heard = Date.now(), cut = 0;
  function tellAge() {
    const note = document.getElementById("stale");
    if (!note) return;
    const now = Date.now(), minutes = Math.floor((now - heard) / 60000);
    note.hidden = !(cut && now - cut > CUT) && now - heard < SILENT;
    const age = minutes < 1 ? "< 1 min" : minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`, said = note.querySelector("[data-age]");
    if (said.textContent !== age) said.textContent = age;
  }
  // A server that went without a word leaves a line on which nothing ever comes: the browser would wait for good.
  setInterval(() => { tellAge(); if (source && Date.now() - Math.max(heard, tried) > SILENT) listen(); }, 2000);
  addEventListener("pageshow", event => { if (event.persisted) listen(); });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) [...waiting.keys()].forEach(one => { waiting.delete(one); renew(one); });
  });

  // ---- the second click of a double click was meant for what the first one has done already ----
  document.addEventListener("click", event => {
    const button = event.detail > 1 && event.target.closest("button");
    if (button && button.form && button.type === "submit") { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);

  // ---- keys ----
  let before = "";
  document.addEventListener("keydown", event => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select") || dialog()?.open) return;
    const link = document.querySelector(`[data-keys="${CSS.escape(before + event.key)}"]`) || document.querySelector(`[data-keys="${CSS.escape(event.key)}"]`);
    before = event.key === "g" ? "g" : "";
    if (!link) return;
    event.preventDefault();
    if (link.matches("input")) link.focus(); else link.click();
  });

  document.addEventListener("DOMContentLoaded", () => { showTheme(); countPicked(); listen(); });
  document.addEventListener("htmx:afterSettle", countPicked);
})();
