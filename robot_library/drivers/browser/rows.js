// Every row's cells: what each shows, its `headers`, its width; and the cells found by a column's own selector.
(rows, want) => {
  const control = (e) => e.matches("input,textarea,select");
  const value = (e) => {
    if (e.tagName === "SELECT") return [...e.selectedOptions].map((o) => o.label || o.text).join(", ");
    if (e.tagName === "INPUT" && (e.type === "checkbox" || e.type === "radio")) return e.indeterminate ? "mixed" : String(e.checked);
    if (control(e)) return e.value;
    const text = e.innerText ?? e.textContent ?? "";
    if (text.trim()) return text;
    const inner = e.querySelectorAll("input:not([type=hidden]),textarea,select");
    return inner.length === 1 ? value(inner[0]) : text;
  };
  const named = (e) => Object.fromEntries(want.attributes.map((a) => [a, e.getAttribute(a)]));
  const cells = (row) => [...row.children].filter((e) => e.matches("td,th,[role=cell],[role=gridcell],[role=rowheader]"));
  const header = (e) => [e.innerText ?? e.textContent ?? "", e.id || "", e.colSpan || 1];
  const grid = rows[0]?.closest("table,[role=table],[role=grid],[role=treegrid]");
  const own = grid ? [...grid.querySelectorAll("thead th,[role=columnheader]")] : [];
  return {
    headers: own.map(header),
    rows: rows.map((row) => ({
      cells: cells(row).map((e) => [value(e), e.getAttribute("headers") || "", e.colSpan || 1, named(e)]),
      picked: Object.fromEntries(
        Object.entries(want.picked).map(([column, css]) => [
          column,
          (css === ":scope" ? [row] : [...row.querySelectorAll(css)]).slice(0, 2).map((e) => [value(e), named(e)]),
        ]),
      ),
    })),
  };
}
