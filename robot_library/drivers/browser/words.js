// Words that a screen is made of (labels, names of controls outside lists, headers of tables), and every labelled value.
(scope) => {
  const text = (e) => (e ? e.innerText ?? e.textContent ?? "" : "").replace(/\s+/g, " ").trim();
  const byIds = (ids) => (ids || "").split(/\s+/).filter(Boolean).map((id) => text(document.getElementById(id))).join(" ");
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width > 0;
  const all = (css) => [...document.querySelectorAll(css)].filter(seen).slice(0, 400);
  const name = (e) => e.getAttribute("aria-label") || byIds(e.getAttribute("aria-labelledby")) || text(e);
  const boxes = all("input,textarea,select,output,dd,span[aria-labelledby],td[aria-labelledby]").map((e) => [
    e.getAttribute("aria-label") || byIds(e.getAttribute("aria-labelledby")) || [...(e.labels || [])].map(text).join(" ")
      || (e.previousElementSibling && e.previousElementSibling.tagName === "DT" ? text(e.previousElementSibling) : ""),
    e.type === "password" ? "" : e.value ?? text(e)]);
  const rows = all("tr").filter((e) => e.children.length === 2).map((e) => [text(e.children[0]), text(e.children[1])]);
  const lists = "tbody,ul,ol,[role=list],[role=listbox],[role=grid],[role=tree]";
  const bars = "nav,[role=navigation],[role=menu],[role=menubar],[role=toolbar],[role=tablist]";
  const controls = all("button,a,[role=button],[role=tab],[role=menuitem],input[type=submit],input[type=button]")
    .filter((e) => !e.closest(lists) || e.closest(bars)).map((e) => name(e) || e.value || "");
  const more = all("[placeholder],[title]").flatMap((e) => [e.getAttribute("placeholder"), e.getAttribute("title")]);
  return { values: [...boxes, ...rows], words: [...boxes.map((b) => b[0]), ...controls, ...all("th,legend").map(text), ...more] };
}
