// What each matched element shows. A control shows its value; a cell that only wraps one control shows that one's.
(elements, attribute) => {
  const control = (e) => e.matches("input,textarea,select");
  const value = (e) => {
    if (e.tagName === "SELECT") return [...e.selectedOptions].map((o) => o.label || o.text).join(", ");
    if (e.tagName === "INPUT" && (e.type === "checkbox" || e.type === "radio")) return String(e.checked);
    if (control(e)) return e.value;
    const shown = e.checkVisibility?.({ visibilityProperty: true }) ?? true;
    const text = (shown ? e.innerText : e.textContent) ?? e.textContent ?? "";
    if (text.trim()) return text;
    const inner = e.querySelectorAll("input:not([type=hidden]),textarea,select");
    return inner.length === 1 ? value(inner[0]) : text;
  };
  return elements.slice(0, 5).map((e) => [
    attribute ? e.getAttribute(attribute) ?? "" : value(e),
    e.disabled === true || e.getAttribute("aria-disabled") === "true" || !!e.closest("fieldset:disabled,[inert]"),
    e.readOnly === true || e.getAttribute("aria-readonly") === "true",
    elements.length,
  ]);
}
