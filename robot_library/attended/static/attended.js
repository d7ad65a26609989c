// What the clerk's app does by itself. Without it every form and link still works.
(() => {
  // A choice that is sent as soon as it is made.
  document.addEventListener("change", event => { if (event.target.matches("[data-sends]")) event.target.form.submit(); });

  // ---- a screen that nobody sits at, or that somebody has left, shows nothing ----
  const blank = () => { document.documentElement.dataset.blank = ""; };
  document.addEventListener("submit", event => { if (event.target.matches(".change, [action='/leave']")) blank(); });
  // A page that comes back out of the browser's memory asks again who is there.
  addEventListener("pageshow", event => { if (event.persisted) { blank(); location.reload(); } });
  addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form[data-idle]");
    if (!form) return;
    let last = Date.now();
    const here = () => { last = Date.now(); };
    for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) addEventListener(kind, here, { passive: true });
    setInterval(() => { if (Date.now() - last > form.dataset.idle * 1000) { last = Infinity; form.requestSubmit(); } }, 1000);
  });
})();
