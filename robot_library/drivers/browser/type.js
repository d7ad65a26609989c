// Types into a field in the same moment in which it is seen what it holds and that it has the keys: nothing else runs in
// the page between the two. `held` null: whatever it holds; `text` null: only looked at.
// "typed"; "held": it holds something else (what, is told); "untaken": something else has the keys, such as a box that
// has come up over the form; "free": it has the keys, and takes text in another way; "other": no field at all.
(field, [held, text]) => {
  const box = field.matches("input,textarea");
  if (text !== null && (field.disabled || (box && field.readOnly))) return ["untaken", ""];
  if (!box && !field.isContentEditable) return ["other", ""];
  const now = () => (box ? field.value : field.innerText);
  const has_keys = () => {
    for (let e = field; e; ) {
      const root = e.getRootNode();
      if (root.activeElement !== e) return false;
      e = root.host || e.ownerDocument.defaultView?.frameElement;
    }
    return true;
  };
  field.focus();
  if (held !== null && now() !== held) return ["held", now()];
  if (!has_keys()) return ["untaken", ""];
  if (!box || (field.localName === "input" && !/^(text|search|tel|url)$/.test(field.type))) return ["free", ""];
  if (text === null) return ["free", ""];
  field.select();
  if (held !== null && now() !== held) return ["held", now()];
  if (!has_keys()) return ["untaken", ""];
  if (text) document.execCommand("insertText", false, text);
  else document.execCommand("delete");
  return ["typed", ""];
}
