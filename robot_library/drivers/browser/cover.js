// Marks what may be seen in a picture; everything unmarked is painted out. Text may be seen only if it is part of the
// map's own vocabulary or a plain label, and holds no word of a patient. The marks go by themselves after `keep`
// milliseconds; a shot that comes later shows no text at all. Returns how many elements were covered.
({ words, parts, vocabulary, keep }) => {
  const [plain, cover] = ["data-wetread-plain", "data-wetread-cover"];
  const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
  const elements = all(document);
  const clean = (some) => { for (const e of some) { e.removeAttribute(plain); e.removeAttribute(cover); } };
  clean(elements);
  setTimeout(() => clean(all(document)), keep);
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
  let covered = 0;
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
    if (hide) { e.setAttribute(cover, ""); covered += 1; }
    else if (show) e.setAttribute(plain, dark(e));
  }
  return covered;
}
