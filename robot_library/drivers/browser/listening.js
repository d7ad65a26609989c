// Hears what an author does on a page, and holds each press until it is known how the thing is found again. What is held
// is pressed again by the recorder itself (the element then carries its token), unless it may make something final.
// What stands in a password's box is never told.
((token, bound) => {
  if (window.top !== window.self && location.href === "about:blank") return;
  const tell = window[bound];
  try { delete window[bound]; } catch { /* it stays */ }
  const AT = "data-wetread-at", GO = "data-wetread-go";
  const HOLD = "a[href],button,summary,input[type=submit],input[type=button],input[type=image],input[type=reset],"
    + "[role=button],[role=link],[role=tab],[role=menuitem],[role=menuitemcheckbox],[role=treeitem],[role=switch]";
  const TEXTS = "input:not([type=submit],[type=button],[type=image],[type=reset],[type=file],[type=hidden]),textarea,select,"
    + "[contenteditable=''],[contenteditable=true]";
  let count = 0;
  const run = Math.random().toString(36).slice(2, 8);
  const dirty = new Set(), blank = new WeakSet();
  let waiting = 0;

  const marked = (e) => {  // a mark that a look at the page has left is taken off again: no press may be held by it
    if (!(e.getAttribute(AT) || "").startsWith(run)) e.setAttribute(AT, `${run}-${++count}`);
    return e.getAttribute(AT);
  };
  const text = (e) => (e ? e.innerText ?? e.textContent ?? "" : "").replace(/\s+/g, " ").trim();
  const byIds = (ids) => (ids || "").split(/\s+/).filter(Boolean).map((id) => text(document.getElementById(id))).join(" ");
  const label = (e) => e.getAttribute("aria-label") || byIds(e.getAttribute("aria-labelledby"))
    || (e.labels ? [...e.labels].map(text).join(" ") : "");
  const name = (e) => label(e) || (e.tagName === "INPUT" ? e.value : text(e)) || e.getAttribute("title") || "";
  const secret = (e) => e.type === "password" || /one-time-code|password/.test(e.autocomplete || "")
    || /pass(word|wort|phrase)|\bpin\b|contraseña|mot de passe/i.test(label(e));
  const row = (e) => {
    const line = e.closest("tr,[role=row]");
    if (!line || !line.closest("table,[role=table],[role=grid]") || line.closest("thead") || line.querySelector("th[scope=col]")) return null;
    const cells = [...line.querySelectorAll(":scope > td, :scope > th, :scope > [role=gridcell], :scope > [role=cell]")];
    return { cells: cells.map(text), own: cells.findIndex((c) => c.contains(e)), link: !!line.querySelector("a") };
  };
  const form = (e) => {
    const around = e.closest("form,dialog,[role=dialog]");
    if (!around) return {};
    const boxes = [...around.querySelectorAll(TEXTS)];
    return {
      post: (around.getAttribute("method") || "").toLowerCase() === "post", secret: boxes.some(secret),
      search: around.getAttribute("role") === "search" || boxes.some((b) => b.type === "search"),
    };
  };
  const about = (e) => ({
    mark: marked(e), tag: e.tagName.toLowerCase(), type: e.type || "", label: label(e), name: name(e), row: row(e),
    box: e.matches(TEXTS), test_id: e.getAttribute("data-testid") || "", attribute: e.getAttribute("name") || "",
    placeholder: e.getAttribute("placeholder") || "", title: e.getAttribute("title") || "", form: form(e),
    role: e.getAttribute("role") || "", new_tab: e.getAttribute("target") === "_blank",
    listed: !!e.closest("ul,ol,tbody,[role=list],[role=listbox],[role=tree],[role=grid],[role=rowgroup]")
      && !e.closest("nav,header,[role=navigation],[role=menu],[role=menubar],[role=toolbar],[role=tablist]"),
    menu: e.hasAttribute("aria-haspopup"),
    typed_here: [...document.querySelectorAll("[data-wetread-typed]")].map(label),
  });
  const clickable = (e) => {
    const line = e.closest("tbody tr,[role=row]");
    if (!line || !row(line) || e.closest("input,select,textarea,label,option")) return null;
    return line.hasAttribute("aria-selected") || getComputedStyle(line).cursor === "pointer" ? e.closest("td,[role=gridcell],[role=cell]") || line : null;
  };
  const pointed = (e) => {  // a thing that is drawn as a button and says it nowhere but in its cursor
    if (e.closest("canvas,video,input,select,textarea,label,option,table,[role=table],[role=grid],[contenteditable]")) return null;
    let top = null;
    for (let at = e; at && at !== document.body && getComputedStyle(at).cursor === "pointer"; at = at.parentElement) top = at;
    if (!top || text(top).length > 40) return null;
    for (let inner = top; inner && text(inner); inner = [...inner.children].find((c) => text(c) === text(top))) top = inner;
    return top;
  };
  const value = (e) => e.tagName === "SELECT" ? text(e.selectedOptions[0]) : "value" in e ? e.value : text(e);

  function flush() {
    for (const box of dirty) {
      dirty.delete(box);
      const said = { kind: "typed", ...about(box), secret: secret(box), choice: box.tagName === "SELECT", blank: blank.has(box) };
      said.search = said.type === "search" || box.getAttribute("role") === "searchbox" || !!said.form.search || !!box.closest("thead");
      said.value = said.secret ? "" : value(box);
      if (!said.secret && !said.search && !said.form.secret) box.setAttribute("data-wetread-typed", "");
      tell(said);
    }
  }

  const passes = (e) => e.closest(`[${GO}="${token}"]`);
  const completes = (e) => e.getAttribute("role") === "combobox" || /list|both/.test(e.getAttribute("aria-autocomplete") || "");
  let box = null;
  const held = (e) => e.closest("[role=option],[role=listbox],canvas,video") ? null : e.closest(HOLD) || pointed(e);
  const target = (event) => { const e = event.composedPath()[0]; return e instanceof Element ? e : null; };
  const stop = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };

  for (const kind of ["pointerdown", "mousedown", "pointerup", "mouseup"]) {
    window.addEventListener(kind, (event) => {
      const e = target(event);
      if (!event.isTrusted || !e || passes(e) || event.button !== 0 || !(held(e) || clickable(e))) return;
      stop(event);
    }, true);
  }
  window.addEventListener("click", (event) => {
    const e = target(event);
    if (!event.isTrusted || !e || passes(e)) return;
    if (e.closest("canvas,video")) tell({ kind: "canvas", ...about(document.body), name: "" });
    if (box && e.closest("[role=option]")) {  // the page writes it into the box by itself
      const filled = box;
      tell({ kind: "option", ...about(document.body), name: "", completes: completes(filled) });
      setTimeout(() => { dirty.add(filled); flush(); }, 250);
    }
    const thing = held(e);
    if (thing) {
      stop(event);
      if (event.detail > 1) return;
      flush();
      for (const one of document.querySelectorAll("input[type=file]")) one.setAttribute("data-wetread-was", "");
      tell({ kind: "press", ...about(thing) });
      return;
    }
    const cell = clickable(e);
    if (cell) {
      stop(event);
      clearTimeout(waiting);
      if (event.detail > 1) return;
      waiting = setTimeout(() => { flush(); tell({ kind: "press", whole_row: true, ...about(cell), name: "", role: "row" }); }, 350);
      return;
    }
    const shown = e.closest("input[readonly],textarea[readonly],dd,output,[aria-labelledby]");
    if (shown && !event.defaultPrevented) tell({ kind: "pointed", ...about(shown), value: value(shown) });
  }, true);
  window.addEventListener("dblclick", (event) => {
    const e = target(event);
    if (!event.isTrusted || !e || passes(e)) return;
    const line = e.closest("tr,[role=row]");
    if (held(e)) return stop(event);
    if (!line || !row(line)) return;
    clearTimeout(waiting);
    stop(event);
    flush();
    tell({ kind: "press", double: true, ...about(e.closest("td,[role=gridcell],[role=cell]") || line), name: "", role: "row" });
  }, true);
  window.addEventListener("keydown", (event) => {
    const e = target(event);
    if (!event.isTrusted || !e || passes(e) || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      stop(event);
      tell({ kind: "shortcut", ...about(document.body) });
    } else if (event.key === "Enter" && e.matches(TEXTS) && e.tagName !== "TEXTAREA" && e.tagName !== "SELECT" && !e.isContentEditable) {
      if (e.getAttribute("aria-expanded") === "true") return;
      stop(event);
      flush();
      const button = e.form && e.form.querySelector("button:not([type=button],[type=reset]),input[type=submit],input[type=image]");
      tell(button ? { kind: "press", ...about(button) } : { kind: "press", enter: true, ...about(e) });
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      stop(event);
      tell({ kind: "shortcut", ...about(document.body) });
    }
  }, true);
  window.addEventListener("input", (event) => {
    const e = target(event);
    if (event.isTrusted && e && e.matches(TEXTS) && e.type !== "checkbox" && e.type !== "radio") dirty.add(box = e);
  }, true);
  window.addEventListener("focusin", (event) => {
    const e = target(event);
    if (e && e.matches(TEXTS) && !dirty.has(e)) blank[value(e).trim() ? "delete" : "add"](e);
  }, true);
  window.addEventListener("change", (event) => {
    const e = target(event);
    if (event.isTrusted && e && /^(checkbox|radio)$/.test(e.type)) tell({ kind: "ticked", ...about(document.body), name: "" });
  }, true);
  window.addEventListener("focusout", () => { if (dirty.size) flush(); }, true);

  let last = "", since = 0, told = "";
  const look = () => {
    if (window.top !== window.self || !document.body) return;
    const open = [...document.querySelectorAll("dialog[open],[role=dialog]")].length;
    const values = [...document.querySelectorAll("input[readonly],textarea[readonly]")].map((e) => e.value.length).join();
    const parts = document.body.getElementsByTagName("*").length;
    const now = [location.href, document.title, text(document.querySelector("h1")), open, values, document.querySelectorAll("tr").length, parts].join("|");
    if (now !== last) { last = now; since = Date.now(); return; }
    if (now !== told && Date.now() - since > 350 && document.readyState === "complete") {
      told = now;
      tell({ kind: "looked", ...about(document.body), name: "" });
    }
  };
  setInterval(look, 120);
})("TOKEN", "BOUND");
