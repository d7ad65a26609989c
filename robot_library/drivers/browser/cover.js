// Marks what may be seen in a picture; everything unmarked is painted out. Text may be seen only if it is part of the
// map's own vocabulary or a plain label, and holds no word of a patient. Without `sheet`, everything is as it was,
// and the answer is whether the page was covered to the end.
({ words, parts, vocabulary, sheet }) => {
  const [plain, cover] = ["data-wetread-plain", "data-wetread-cover"];
  const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
  const elements = all(document);
  const ours = Symbol.for("wetread.cover");
  const roots = [document, ...elements.map((e) => e.shadowRoot).filter(Boolean)];
  for (const e of elements) { e.removeAttribute(plain); e.removeAttribute(cover); }
  const held = roots.every((root) => root.adoptedStyleSheets.some((s) => s[ours]));
  for (const root of roots) root.adoptedStyleSheets = root.adoptedStyleSheets.filter((s) => !s[ours]);
  if (!sheet) return held;
  const made = new CSSStyleSheet();  // a page's content policy forbids style elements, but not these
  made[ours] = true;
  made.replaceSync(sheet);
  for (const root of roots) root.adoptedStyleSheets = [...root.adoptedStyleSheets, made];
  const fold = (t) => t.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim();
  const [bad, known, safe] = [new Set(words), parts, new Set(vocabulary)];
  const aPatients = (t) =>
    t.split(/[^\p{L}\p{N}]+/u).some((w) => bad.has(w)) || known.some((k) => t.includes(k));
  const may = (e, text) => {
    const t = fold(text).replace(/\s*[:*]$/, "");
    if (!/[\p{L}\p{N}]/u.test(t)) return true;
    if (aPatients(t)) return false;
    return safe.has(t) || (!!e.closest("label,th,legend,dt,[role=columnheader]") && !/\d{2}/.test(t));
  };
  const dark = (e) => {
    const [r, g, b] = (getComputedStyle(e).color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    return 0.3 * r + 0.6 * g + 0.1 * b < 140 ? "dark" : "light";
  };
  for (const e of elements) {
    if (e.matches("script,style,option,head *")) continue;
    let hide = false, show = false;
    if (e.matches("input,textarea,select")) {
      const shown = e.tagName === "SELECT" ? [...e.selectedOptions].map((o) => o.text).join(" ") : e.value;
      const held = e.type === "password" || !["checkbox", "radio"].includes(e.type);
      hide = held && !!shown && !may(e, shown);
      show = held && !!shown && !hide;
    } else if (e.matches("img,canvas,video,object,embed,picture")) {
      hide = true;
    } else {
      const own = [...e.childNodes].filter((n) => n.nodeType === 3 && n.data.trim());
      hide = own.some((n) => !may(e, n.data));
      show = own.length > 0 && !hide;
    }
    if (hide) e.setAttribute(cover, "");
    else if (show) e.setAttribute(plain, dark(e));
  }
  return true;
}
