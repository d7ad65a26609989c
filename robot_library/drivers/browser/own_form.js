// Types into a field of a sign-in, in the same moment in which it is looked at whose field it is: nothing else runs in
// the page between the two, and another page has no such field. `text` null: only looked at.
// "own": it is the site's own, and typed; "elsewhere": the page or its form belongs to another site; "untaken".
// Names that a page can give to its own things (an input called "action") are never asked for.
(field, [ours, text]) => {
  const attribute = (thing, name) => Element.prototype.getAttribute.call(thing, name);
  const root = field.getRootNode();
  const kind = root instanceof Document ? Document : DocumentFragment;
  const leadsHome = (address) => {
    try {
      return new URL(address, field.baseURI).origin === ours;
    } catch {
      return false;
    }
  };
  const own = () => {
    if (location.origin !== ours) return false;
    const form = field.form;
    if (!form) return true;
    const action = attribute(form, "action");
    if (action && !leadsHome(action)) return false;
    return [...kind.prototype.querySelectorAll.call(root, "[formaction]")].every(
      (button) => button.form !== form || leadsHome(attribute(button, "formaction")),
    );
  };
  if (!own()) return "elsewhere";
  if (text === null) return "own";
  field.focus();
  if (root.activeElement !== field) return "untaken";
  field.select();
  if (!own()) return "elsewhere";
  document.execCommand("insertText", false, text);
  return field.value || !text ? "own" : "untaken";
}
