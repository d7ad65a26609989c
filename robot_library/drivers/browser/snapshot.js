// A document as plain data: [tag, attributes, children, marks], text as strings. Scripts, styles, pictures, addresses and
// comments are left out; what is not visible says so; what stands in boxes now is what they hold.
(root) => {
  const drop = new Set(["SCRIPT", "STYLE", "LINK", "META", "NOSCRIPT", "TEMPLATE", "OBJECT", "EMBED", "BASE", "TITLE"]);
  const keep = /^(id|class|name|for|role|title|placeholder|alt|label|type|lang|dir|headers|scope|colspan|rowspan|aria-.+|data-.+|disabled|readonly|multiple|tabindex|open|maxlength)$/;
  const one = (e) => {
    if (drop.has(e.tagName)) return null;
    const attributes = {};
    for (const a of e.attributes) if (keep.test(a.name) && !a.name.startsWith("data-wetread")) attributes[a.name] = a.value;
    if (e.hasAttribute("href")) attributes.href = "#";
    const tag = e.tagName.toLowerCase(), marks = {};
    for (const word of ["phi", "plain", "frame"]) {
      if (e.hasAttribute(`data-wetread-${word}`)) marks[word] = e.getAttribute(`data-wetread-${word}`);
    }
    const style = getComputedStyle(e), box = e.getBoundingClientRect();
    if (style.display === "none") marks.hidden = "display";
    else if (style.visibility !== "visible") marks.hidden = "visibility";
    else if (box.width > 0 && box.height > 0) marks.shown = 1;
    if (tag === "input") {
      if (["checkbox", "radio"].includes(e.type)) { if (e.checked) attributes.checked = ""; }
      else if (!["password", "file"].includes(e.type)) attributes.value = e.value;
    }
    if (tag === "option" && e.selected) attributes.selected = "";
    let children = [];
    if (tag === "textarea") children = [e.value];
    else if (!["iframe", "img", "canvas", "video"].includes(tag)) children = nodes(e);
    if (e.shadowRoot) children = [["template", { shadowrootmode: "open" }, nodes(e.shadowRoot), {}], ...children];
    return [tag, attributes, children, marks];
  };
  const nodes = (parent) => [...parent.childNodes]
    .map((n) => (n.nodeType === 3 ? n.data : n.nodeType === 1 ? one(n) : null)).filter((n) => n !== null && n !== "");
  return one(document.documentElement);
}
