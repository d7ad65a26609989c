// What each matched element shows. A control shows its value; a cell that only wraps one control shows that one's.
// With `still`, the one match is watched until two looks, that many milliseconds apart, agree on a value that is not
// empty (or may be), or `wait` milliseconds are over. `leave` takes the focus away first, so that the page commits.
async (elements, { attribute, still, wait, empty, leave }) => {
  const control = (e) => e.matches("input,textarea,select");
  const value = (e) => {
    if (e.tagName === "SELECT") return [...e.selectedOptions].map((o) => o.label || o.text).join(", ");
    if (e.tagName === "INPUT" && (e.type === "checkbox" || e.type === "radio")) return e.indeterminate ? "mixed" : String(e.checked);
    if (control(e)) return e.value;
    const shown = e.checkVisibility?.({ visibilityProperty: true }) ?? true;
    const text = (shown ? e.innerText : e.textContent) ?? e.textContent ?? "";
    if (text.trim()) return text;
    const inner = e.querySelectorAll("input:not([type=hidden]),textarea,select");
    return inner.length === 1 ? value(inner[0]) : text;
  };
  const look = (e) => [
    attribute ? e.getAttribute(attribute) ?? "" : value(e),
    e.disabled === true || e.getAttribute("aria-disabled") === "true" || !!e.closest("fieldset:disabled,[inert]"),
    e.readOnly === true || e.getAttribute("aria-readonly") === "true",
    e.tagName === "SELECT" ? "select"
      : e.getAttribute("role") === "combobox" || /list|both/.test(e.getAttribute("aria-autocomplete") || "") ? "completes"
      : "text",
  ];
  if (elements.length !== 1 || !still) return elements.slice(0, 5).map((e) => [...look(e), false]);
  const [only] = elements;
  if (leave) only.blur();
  const end = performance.now() + wait;
  for (let last = look(only); ; ) {
    await new Promise((resolve) => setTimeout(resolve, still));
    if (!only.isConnected) return [];
    const now = look(only);
    const same = now[0] === last[0] && now[1] === last[1] && (empty || now[0].trim() !== "");
    if (same || performance.now() > end) return [[...now, same]];
    last = now;
  }
}
