"use strict";
// Dialogs, toasts and pop-ups shared by both systems' pages.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// Shows a modal dialog over everything; resolves with the text of the button that was pressed.
function dialog(title, content, buttons, { modal = true } = {}) {
  return new Promise((resolve) => {
    const box = element("div", { role: "dialog", "aria-modal": "true", "aria-label": title, class: "dialog" });
    const veil = element("div", { class: modal ? "veil" : "veil clear" }, box);
    const row = element("div", { class: "buttons" });
    buttons.forEach((text, index) => {
      const button = element("button", { type: "button", class: index === buttons.length - 1 ? "main" : "" }, text);
      button.addEventListener("click", () => { veil.remove(); resolve(text); });
      row.append(button);
    });
    const body = typeof content === "string" ? element("p", {}, content) : content;
    box.append(element("h2", {}, title), body, row);
    document.body.append(veil);
    (box.querySelector("input") || row.lastElementChild)?.focus();
  });
}

function toast(text, kind = "info") {
  const shown = element("div", { class: "toast " + kind }, text);
  document.getElementById("toasts").append(shown);
  setTimeout(() => shown.remove(), 6000);
}

// The tour of a first visit: once per browser profile, on top of everything, a moment after the page has come.
function tour(key, title, steps) {
  if (!document.body.dataset.tour || localStorage.getItem(key)) return;
  setTimeout(async () => {
    for (const [index, step] of steps.entries()) {
      const last = index === steps.length - 1;
      const text = element("div", {}, element("p", {}, step), element("p", { class: "small" }, `Step ${index + 1} of ${steps.length}`));
      const pressed = await dialog(title, text, ["Skip all", last ? "Done" : "Next"]);
      if (pressed === "Skip all") break;
    }
    localStorage.setItem(key, "seen");
  }, 350);
}

function notice() {
  const text = document.body.dataset.notice;
  if (text) setTimeout(() => dialog("Notice", text, ["OK"]), 500);
}
