"""What of a page does not fit: cut off by what holds it, or covered by a button beside it."""

from __future__ import annotations

from playwright.sync_api import Page

_JS = """
() => {
  const shown = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const heard = e => e.closest(".sr, [popover], dialog:not([open])");
  const box = r => ({left: r.left, right: r.right, top: r.top, bottom: r.bottom});
  const floats = e => e !== null && (/sticky|fixed/.test(getComputedStyle(e).position) || floats(e.parentElement));
  const things = [];
  for (const e of document.querySelectorAll("main *")) {
    if (!shown(e) || heard(e) || e.closest("svg")) continue;
    const held = e.matches("a.button, button, input, select, textarea");
    if (held) things.push({e, held, rects: [box(e.getBoundingClientRect())]});
    for (const n of held ? [] : e.childNodes) {
      if (n.nodeType !== Node.TEXT_NODE || !n.data.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(n);
      const framed = /inline/.test(getComputedStyle(e).display) && getComputedStyle(e).borderRightWidth !== "0px";
      things.push({e, held, rects: [...(framed ? e : range).getClientRects()].map(box)});
    }
  }
  const said = e => `${e.tagName.toLowerCase()} '${(e.innerText || e.name || "").trim().slice(0, 40)}'`;
  const wrong = [];
  for (const one of things) {
    for (let up = one.held ? one.e.parentElement : one.e; up && up !== document.body; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (/auto|scroll/.test(style.overflowX) || style.textOverflow === "ellipsis") break;
      if (style.overflowX === "visible") continue;
      const edge = up.getBoundingClientRect();
      const out = r => r.right > edge.right + 1 || r.left < edge.left - 1;
      if (one.rects.some(out)) wrong.push(`${said(one.e)} is cut off`);
      break;
    }
    if (getComputedStyle(one.e).textOverflow === "ellipsis" || floats(one.e)) continue;
    for (const other of things) {
      if (!other.held || floats(other.e) || other.e.contains(one.e) || one.e.contains(other.e)) continue;
      const [b] = other.rects;
      const over = r => Math.min(r.right, b.right) - Math.max(r.left, b.left) > 2
        && Math.min(r.bottom, b.bottom) - Math.max(r.top, b.top) > 4;
      if (one.rects.some(over)) wrong.push(`${said(one.e)} lies under ${said(other.e)}`);
    }
  }
  return wrong;
}
"""


def misfits(page: Page) -> list[str]:
    """Each text or control of the main part that is cut off, or lies under a control; what scrolls is not cut off."""
    found: list[str] = page.evaluate(_JS)
    return found
