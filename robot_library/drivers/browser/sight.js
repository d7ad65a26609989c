// A page as an author sees it: headings, labelled values and boxes, tables with headers. Each thing is marked, so that a
// locator can be tried: does it find this one thing?
(mark) => {
  const AT = "data-wetread-at";
  let count = 0;
  const marked = (e) => {
    if (!e.getAttribute(AT)) e.setAttribute(AT, `${mark}-${++count}`);
    return e.getAttribute(AT);
  };
  const text = (e) => (e ? e.innerText ?? e.textContent ?? "" : "").replace(/\s+/g, " ").trim();
  const byIds = (ids) => (ids || "").split(/\s+/).filter(Boolean).map((id) => text(document.getElementById(id))).join(" ");
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width > 0;
  const all = (css) => [...document.querySelectorAll(css)].filter(seen);
  const dialogs = all("dialog[open],[role=dialog],[role=alertdialog]");
  const top = dialogs[dialogs.length - 1];
  const fields = [], done = new Set();
  const add = (e, label, how) => {
    if (done.has(e) || fields.length >= 80) return;
    done.add(e);
    const box = e.matches("input,textarea,select");
    const secret = e.type === "password";
    fields.push({
      mark: marked(e), label: label.trim(), how, box: box && !e.readOnly && !(e.disabled && e.value),
      value: secret ? "" : box ? (e.tagName === "SELECT" ? text(e.selectedOptions[0]) : e.value) : text(e),
      behind: !!top && !top.contains(e),
    });
  };
  for (const e of all("input,textarea,select")) {
    if (/^(hidden|submit|button|image|reset|file|checkbox|radio|password)$/.test(e.type)) continue;
    const label = e.getAttribute("aria-label") || byIds(e.getAttribute("aria-labelledby")) || [...(e.labels || [])].map(text).join(" ");
    if (label) add(e, label, "label");
  }
  for (const e of all("span[aria-labelledby],dd[aria-labelledby],div[aria-labelledby],p[aria-labelledby],td[aria-labelledby],output[aria-labelledby]")) {
    if (!e.getAttribute("role")) add(e, byIds(e.getAttribute("aria-labelledby")), "label");
  }
  for (const e of all("dd")) if (e.previousElementSibling?.tagName === "DT") add(e, text(e.previousElementSibling), "dt");
  for (const line of all("tr")) {
    const cells = [...line.children];
    if (cells.length === 2 && cells[1].tagName !== "TH" && (cells[0].tagName === "TH" || /:$/.test(text(cells[0])))) add(cells[1], text(cells[0]), "th");
  }
  // Texts beside which no label stands: what they are is known to whoever has met the same value with a label.
  const plain = (word) => /^[A-Za-z][A-Za-z_-]{1,40}$/.test(word || "");
  const once = (css) => document.querySelectorAll(css).length === 1;
  const telling = (word) => /patient|person|name|birth|dob|mrn|ident|head|info|banner/i.test(word);
  const hooks = (e) => [
    ...["data-testid", "data-test", "data-cy"].filter((n) => plain(e.getAttribute(n))).map((n) => `[${n}="${e.getAttribute(n)}"]`),
    ...(plain(e.id) ? [`#${e.id}`] : []),
    ...[...e.classList].filter(plain).sort((a, b) => telling(b) - telling(a)).map((c) => `.${c}`),
  ];
  const way = (e) => {
    let rest = "";
    for (let at = e, depth = 0; at && at.parentElement && at !== document.body && depth < 6; at = at.parentElement, depth++) {
      const by = hooks(at).find((hook) => once(hook + rest));
      if (by) return by + rest;
      rest = ` > ${at.tagName.toLowerCase()}:nth-child(${[...at.parentElement.children].indexOf(at) + 1})${rest}`;
    }
    return "";
  };
  const loose = [];
  for (const e of all("span,div,p,b,strong,li,td,dd,output,h2,h3,h4,h5,h6")) {
    if (loose.length >= 60) break;
    const said = text(e);
    if (!document.body.contains(e) || e.children.length || done.has(e) || said.length < 3 || said.length > 60) continue;
    if (e.closest("button,a,nav,label,thead,[role=button],[role=tab],[role=menu],[role=grid]") || e.closest("table")?.querySelector("thead")) continue;
    const css = way(e);
    if (css) loose.push({ value: said, css, behind: !!top && !top.contains(e) });
  }
  const grids = all("table,[role=table],[role=grid]").map((e) => {
    let heads = [...e.querySelectorAll("th[scope=col],thead th,[role=columnheader]")].filter((h) => !h.closest("tbody"));
    const own = heads.length > 0;
    if (!own) {
      const wide = e.querySelector("tbody tr")?.children.length;
      const before = [...document.querySelectorAll("table")].filter((t) => t !== e && !t.contains(e)
        && (!t.querySelector("tbody td") || t.querySelectorAll("thead tr:first-child th").length === wide)
        && t.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING).pop()
        || [...document.querySelectorAll("table.head")].pop();
      heads = before ? [...before.querySelectorAll("tr:first-child th")] : [];
    }
    const said = heads.map(text).filter((h) => h && h.length <= 40 && !/[\d"\\]/.test(h));
    const by = said.map((h) => `table:has(thead :text-is("${h}"))`);
    const top = heads.length ? heads[0].closest("table") : null;
    return { mark: marked(e), name: e.getAttribute("aria-label") || byIds(e.getAttribute("aria-labelledby")) || text(e.querySelector("caption")),
      headers: heads.map(text), own, ways: own ? by : ["table:has(tbody td):not(:has(thead))"], above: own ? [] : by, top: top && !own ? marked(top) : "", links: !!e.querySelector("tbody a"), rows: e.querySelectorAll("tbody tr,[role=row]").length };
  }).filter((g) => g.headers.length);
  const bars = "nav,[role=navigation],[role=menu],[role=menubar],[role=toolbar],[role=tablist]";
  const free = (e) => (e.tagName !== "A" && !e.closest("tbody,ul,ol,[role=list],[role=listbox],[role=grid],[role=tree]")) || e.closest(bars);
  const words = [...fields.map((f) => f.label), ...grids.flatMap((g) => [g.name, ...g.headers]),
    ...all("button,a,[role=button],[role=tab],[role=menuitem],legend").filter(free).map(text)];
  const named = new Set();
  const controls = all("button,[role=tab]").filter((e) => free(e) && !e.closest("[role=menu],dialog,[role=dialog],[role=alertdialog]")).map((e) =>
    [marked(e), e.getAttribute("role") || "button", e.getAttribute("aria-label") || text(e) || e.getAttribute("title") || ""])
    .filter(([, , said]) => said && said.length <= 30 && !/\d/.test(said) && !named.has(said) && named.add(said)).slice(0, 24);
  const pager = all("button,a,[role=button]").find((e) => /^(next( page)?|weiter|nächste seite|suivant|siguiente|›|»)$/i.test(e.getAttribute("aria-label") || text(e)));
  const out = all("a,button,[role=button],[role=link],[role=menuitem]").find((e) => /^((log|sign) ?(out|off)|abmelden|ausloggen|(se )?d[ée]connexion|cerrar sesión|esci)$/i.test(e.getAttribute("aria-label") || text(e)));
  return {
    url: location.href, headings: all("h1,[role=heading][aria-level='1']").map((e) => [marked(e), text(e)]),
    dialog: top ? [marked(top), top.getAttribute("aria-label") || byIds(top.getAttribute("aria-labelledby")) || text(top.querySelector("h1,h2,h3"))] : null,
    fields, loose, grids, words, controls, next: pager ? marked(pager) : "", out: out ? [marked(out), out.getAttribute("href") || ""] : null,
  };
}
