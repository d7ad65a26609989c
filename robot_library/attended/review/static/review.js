// The review page: the film, what is typed and kept, the answer, and the next question before it is asked for. Without
// this script every form still works; the film needs it.
(() => {
  const SAVE_AFTER = 700, RENEW_EVERY = 30000, TRY_AGAIN = 2000, SEEN_AFTER = 500;
  const FIELDS = "textarea, select, input:not([type=radio]):not([type=range])";
  const page = () => document.getElementById("review");
  const one = what => page().querySelector(what);
  let film = null, at = 1, ahead = null, saving = 0, unsaved = false, lost = false, going = false, came = -Infinity;

  // ---- films: fetched once, kept in memory while the question is open, never on a disk ----
  const fetched = new Map();
  function frameOf(item, number, early = false) {
    const key = `${item}/${number}`;
    if (!fetched.has(key)) {
      const coming = fetchFrame(item, number, early);
      fetched.set(key, coming);
      coming.catch(() => { if (fetched.get(key) === coming) fetched.delete(key); });  // asked again when it is wanted again
    }
    return fetched.get(key);
  }
  async function fetchFrame(item, number, early) {
    const { gone } = page().dataset;  // the browser's own words would stand in its own language
    const answer = await fetch(`/review/${item}/images/${number}`, { headers: early ? { "X-Ahead": "1" } : {} }).catch(() => { throw new Error(gone); });
    if (!answer.ok) throw new Error(answer.status === 409 ? await answer.text() : gone);
    return Grayscale.unpack(await answer.arrayBuffer());
  }
  async function layerOf(item, marked, early = false) {
    if (!marked) return null;
    const answer = await fetch(`/review/${item}/marks`, { headers: early ? { "X-Ahead": "1" } : {} });
    return answer.status === 200 ? createImageBitmap(await answer.blob()) : null;
  }
  function forgetAllBut(items) {
    for (const key of fetched.keys()) if (!items.includes(key.split("/")[0])) fetched.delete(key);
  }

  async function showFilm(ready = null) {
    const { item, images, marks } = page().dataset, box = one("[data-viewer]");
    if (!box || !Number(images)) return;
    if (!ready) film = new Viewer.Film(box);
    film.stack = Number(images) > 1;
    if (film.stack) film.turn = by => turn(by);
    at = 1;
    const own = film;
    if (ready) { own.marks = ready.layer; own.show(ready.frame, { drawn: ready.drawn, layer: marksOn(1) }); tellImage(); return; }
    await showImage(item, 1);
    if (!Number(marks)) return;
    own.marks = await layerOf(item, true);
    if (film !== own) return;
    own.layer = marksOn(at);
    own.drawMap();
  }
  // What the model marked lies on the one film that it read, and on none that is shown beside it.
  function marksOn(number) { return number === Number(page().dataset.marks) ? film.marks ?? null : null; }
  async function showImage(item, number) {
    const refused = one("[data-refused]");
    try {
      const frame = await frameOf(item, number);
      if (page().dataset.item !== item || at !== number) return;
      refused.hidden = true;
      film.show(frame, { layer: marksOn(number) });
      tellImage();
      const count = Number(page().dataset.images);
      for (const near of [number + 1, number - 1]) if (near >= 1 && near <= count) frameOf(item, near, true).catch(() => {});
    } catch (failure) {
      refused.textContent = failure.message;
      refused.hidden = false;
    }
  }
  function turn(by) {
    const { item, images } = page().dataset, number = Math.min(Math.max(at + by, 1), Number(images));
    if (number === at) return;
    at = number;
    showImage(item, number);
  }
  function tellImage() {
    const { images, of, item } = page().dataset;
    const stage = one("[data-film]");
    stage.dataset.image = at;
    page().dataset.drawn = item;
    if (Number(images) > 1) one("[data-state]").textContent += ` · ${of.replace("{number}", at).replace("{count}", images)}`;
  }

  // ---- the next question, before it is asked for ----
  async function lookAhead() {
    const next = page().dataset.next;
    ahead = null;
    if (!next) return;
    try {
      const answer = await fetch(`/review/${next}?ahead=1`, { headers: { "HX-Request": "true", "X-Live": "1" } });
      if (!answer.ok) return;
      const fragment = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("review");
      const found = { item: next, fragment, step: fragment.dataset.step, which: fragment.dataset.which, frame: null, drawn: null, layer: null };
      if (Number(fragment.dataset.images)) {
        found.frame = await frameOf(next, 1, true);
        found.drawn = Grayscale.picture(found.frame, Grayscale.ways(found.frame)[0], false);
        found.layer = await layerOf(next, Number(fragment.dataset.marks), true);
      }
      ahead = found;
    } catch { ahead = null; }
    document.body.dataset.ahead = ahead ? ahead.item : "";
  }
  // What was looked at beforehand is shown only if the same is asked still, and nobody has typed since.
  function goOn({ next, token, step, which, then }) {
    if (!next) { location.assign("/review"); return; }
    const ready = ahead && ahead.item === next && Number(ahead.step) === step && ahead.which === which ? ahead : null;
    if (!ready) { location.assign(`/review/${next}`); return; }
    const fresh = document.importNode(ready.fragment, true);
    page().replaceWith(fresh);
    fresh.querySelector("input[name=token]").value = token;
    fresh.dataset.next = then;
    history.pushState({}, "", `/review/${next}`);
    forgetAllBut([next]);
    came = performance.now();
    begin(ready.frame ? ready : null);
    window.scrollTo(0, 0);
    fresh.querySelector("h1").tabIndex = -1;
    fresh.querySelector("h1").focus({ preventScroll: true });
  }

  // ---- what was typed is kept ----
  const form = () => document.getElementById("answer");
  const held = () => Boolean(form()?.elements.token.value) && !lost;
  function say(what) { const place = one("[data-save-state]"); if (place) place.textContent = what; }
  function touched() {
    if (!held()) return;
    unsaved = true;
    clearTimeout(saving);
    saving = setTimeout(save, SAVE_AFTER);
  }
  // Nobody has read a question that came this instant: a second click or a key still held was meant for the one before.
  const unseen = () => performance.now() - came < SEEN_AFTER;
  async function send(path, fields) {
    const headers = { "X-CSRF": page().dataset.csrf, "X-Script": "1" };
    const answer = await fetch(`/review/${page().dataset.item}/${path}`, { method: "POST", headers, body: new URLSearchParams(fields) });
    const type = answer.headers.get("content-type") || "";
    if (answer.status === 401) { location.reload(); return {}; }
    if (type.includes("json")) return { status: answer.status, ...(await answer.json()) };
    const text = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { status: answer.status, error: text.querySelector(".note:not(#stale), .card p, p:not(#stale)")?.textContent.trim() || String(answer.status) };
  }
  async function save() {
    clearTimeout(saving);
    if (!held()) return;
    say(page().dataset.saving);
    unsaved = false;
    const item = page().dataset.item;
    try {
      const said = await send("save", new FormData(form()));
      if (page().dataset.item !== item) return;
      if (said.lost) { loseIt(said.lost); return; }
      if (said.status >= 500 || said.status === 429) throw new Error("it could not take it");
      if (said.error) { say(said.error); return; }
      page().dataset.step = said.step;
      if (!unsaved) say(page().dataset.saved);
      page().dataset.kept = said.step;
    } catch {
      unsaved = true;
      say(page().dataset.unsaved);
      saving = setTimeout(save, TRY_AGAIN);
    }
  }
  async function renew() {
    if (!page() || !held() || document.hidden) return;
    try { const said = await send("renew", { token: form().elements.token.value }); if (said.lost) loseIt(said.lost); } catch { /* tried again soon */ }
  }
  function loseIt(text) {
    lost = true;
    const place = one("[data-lost]");
    place.textContent = text;
    place.hidden = false;
    form().querySelectorAll("button, input, select, fieldset").forEach(each => { each.disabled = true; });
    form().querySelectorAll("textarea").forEach(each => { each.readOnly = true; });
    say("");
  }

  // ---- the draft follows the decision, where nobody has written anything else ----
  function decide() {
    const decision = form().elements.decision.value;
    form().querySelectorAll("textarea[data-positive]").forEach(each => {
      if ("edited" in each.dataset) return;
      each.value = each.dataset[decision] ?? each.value;
    });
  }

  // ---- the answer ----
  async function submit(event) {
    const button = event.submitter, { item } = page().dataset;
    if (!form() || event.target !== form()) return;
    event.preventDefault();
    if (going || lost) return;
    // Enter in a field never answers: it keeps what was typed, or does what its own little form is for.
    if (!button || button.formAction.endsWith("/save")) { save(); return; }
    going = true;
    clearTimeout(saving);
    const fields = new FormData(form());
    if (button?.name) fields.set(button.name, button.value);
    const path = button?.formAction.endsWith("/leave") ? "leave" : "answer";
    try {
      const said = await send(path, fields);
      if (page().dataset.item !== item) return;
      if (said.lost) loseIt(said.lost);
      else if (said.error) { say(said.error); one("[data-save-state]").scrollIntoView({ block: "nearest" }); }
      else if (said.status === 200) { unsaved = false; goOn(said); }
    } catch {
      // Whether it arrived is not known; an answer is never sent again by itself.
      say(page().dataset.unsent);
      one("[data-save-state]").scrollIntoView({ block: "nearest" });
      unsaved = true;
    }
    finally { going = false; }
  }

  // ---- keys ----
  const acts = {
    p: () => pick("positive"), n: () => pick("negative"), a: () => one("[data-act=accept]")?.focus(),
    r: () => openPop("reject"), m: () => openPop("send"), l: () => openPop("later"), b: () => one("[data-act=back]")?.focus(),
    v: () => one("[data-act=pacs]")?.click(), k: () => one("[data-act=take]")?.focus(),
    e: () => one("#answer textarea:not([readonly])")?.focus(), f: () => one("[data-film]")?.focus(),
    PageDown: () => turn(1), PageUp: () => turn(-1),
  };
  function pick(name) {
    const radio = one(`input[name=decision][value=${name}]`);
    if (radio && !radio.closest("fieldset").disabled) { radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true })); }
  }
  function openPop(name) {
    const pop = one(`details[data-act=${name}]`);
    if (!pop) return;
    one("details.act[open]")?.removeAttribute("open");
    pop.open = true;
    (pop.querySelector("select, input") ?? pop.querySelector("summary")).focus();
  }
  function pressed(event) {
    if (!page() || document.getElementById("dialog")?.open) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (!event.repeat && !unseen()) one("[data-act=accept]")?.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pop = one("details.act[open]");
    if (event.key === "Escape" && pop) { pop.open = false; pop.querySelector("summary").focus(); return; }
    if (event.key === "Enter" && event.target.matches(".pop input")) { event.preventDefault(); event.target.closest(".pop").querySelector("button").click(); return; }
    if (event.target.matches(FIELDS)) { if (event.key === "Escape") event.target.blur(); return; }
    const arrow = event.key.startsWith("Arrow");
    if (arrow && !event.target.closest("[data-film]")) return;
    if (acts[event.key] && !event.shiftKey && event.repeat && !event.key.startsWith("Page")) return;
    if (acts[event.key] && !event.shiftKey) { event.preventDefault(); acts[event.key](); return; }
    const what = film && Viewer.act(event);
    if (what && film.do(what)) event.preventDefault();
  }

  function begin(ready = null) {
    lost = unsaved = false;
    ahead = null;
    document.body.dataset.ahead = "";
    if (ready) film = new Viewer.Film(one("[data-viewer]"));
    new MutationObserver(() => {
      if (held() && !document.querySelector("#hold[data-mine]")) renew();
    }).observe(one("#hold"), { attributes: true, childList: true, subtree: true });
    one("#answer")?.addEventListener("input", event => {
      if (event.target.matches("textarea[data-positive]")) event.target.dataset.edited = "";
      if (event.target.matches("textarea, [name=decision]")) touched();
    });
    one("#answer")?.addEventListener("change", event => {
      if (event.target.name !== "decision") return;
      decide();
      save();
    });
    showFilm(ready).then(lookAhead);
  }

  document.addEventListener("click", event => {
    if (event.isTrusted && unseen() && event.target.closest("#answer button")) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
  document.addEventListener("submit", submit);
  document.addEventListener("keydown", pressed);
  // Back and forward between questions; a link within the page leads nowhere else.
  addEventListener("popstate", () => { if (!page() || location.pathname !== `/review/${page().dataset.item}`) location.reload(); });
  addEventListener("beforeunload", event => { if (unsaved && held()) { save(); event.preventDefault(); } });
  setInterval(renew, RENEW_EVERY);
  document.addEventListener("DOMContentLoaded", () => { if (page()) begin(); });
})();
