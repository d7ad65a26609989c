// What the clerk's app does by itself. Without it every form and link still works.
(() => {
  // A choice that is sent as soon as it is made.
  document.addEventListener("change", event => { if (event.target.matches("[data-sends]")) event.target.form.submit(); });
})();
