// Every row's cells: what each shows, its `headers`, its width, the column it stands in, and which one the grid says it
// is; and the cells found by a column's own selector. With `heads` the matched things are headers, and told as such.
(found, want) => {
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
  const cells = (row) => [...row.children].filter((e) => e.matches("td,th,[role=cell],[role=gridcell],[role=rowheader],[role=columnheader]"));
  // Where each cell stands: one that reaches down from a row above keeps its columns in the rows below.
  const laid = new Map();
  const placed = (row) => {
    if (laid.has(row)) return laid.get(row);
    let down = [];
    for (const one of row.parentNode.children) {
      const here = down.map(({ cell, at }) => [cell, at]);
      const taken = new Set(down.flatMap(({ cell, at }) => Array.from({ length: cell.colSpan }, (_, i) => at + i)));
      down = down.map((each) => ({ ...each, left: each.left - 1 })).filter(({ left }) => left > 0);
      let at = 0;
      for (const cell of cells(one)) {
        while (taken.has(at)) at += 1;
        here.push([cell, at]);
        const left = cell.rowSpan === 0 ? Infinity : (cell.rowSpan || 1) - 1;
        if (left > 0) down.push({ cell, at, left });
        at += cell.colSpan || 1;
      }
      laid.set(one, here);
    }
    return laid.get(row);
  };
  const index = (e) => Number(e.getAttribute("aria-colindex")) || 0;
  const shown = (e) => e.getClientRects().length > 0;
  const heads = (all) => {
    const lines = new Set(all.map((e) => e.parentElement));
    let next = 0;
    return all.map((e) => {
      const at = next;
      next += e.colSpan || 1;
      const own = lines.size > 1 ? placed(e.parentElement).find(([cell]) => cell === e)?.[1] : undefined;
      return [e.innerText ?? e.textContent ?? "", e.id || "", own ?? at, index(e), shown(e)];
    });
  };
  if (want.heads) return heads(found);
  const grid = found[0]?.closest("table,[role=table],[role=grid],[role=treegrid]");
  const own = grid ? [...grid.querySelectorAll("thead th,[role=columnheader]")] : [];
  const says = found[0]?.closest("[aria-rowcount]");
  const others = says ? [...says.querySelectorAll("tr,[role=row]")].filter((e) => !found.includes(e)).length : 0;
  return {
    headers: heads(own),
    said: says ? Number(says.getAttribute("aria-rowcount")) - others : 0,
    rows: found.map((row) => ({
      cells: placed(row).map(([e, at]) => [value(e), e.getAttribute("headers") || "", e.colSpan || 1, named(e), at, index(e)]),
      picked: Object.fromEntries(
        Object.entries(want.picked).map(([column, css]) => [
          column,
          (css === ":scope" ? [row] : [...row.querySelectorAll(css)]).slice(0, 2).map((e) => [value(e), named(e)]),
        ]),
      ),
    })),
  };
}
