// Everything pages do by themselves. Without it every form and link still works.
(() => {
  const root = document.documentElement;
  const dialog = () => document.getElementById("dialog");
  const all = (what, inside = document) => [...inside.querySelectorAll(what)];

  // ---- light and dark ----
  const themes = ["auto", "light", "dark"];
  function showTheme() {
    const now = root.dataset.theme || "auto";
    all("[data-theme-button]").forEach(button => {
      button.querySelector("[data-theme-name]").textContent = button.dataset[now];
    });
  }
  function nextTheme() {
    const next = themes[(themes.indexOf(root.dataset.theme || "auto") + 1) % themes.length];
    if (next === "auto") { delete root.dataset.theme; localStorage.removeItem("wetread-theme"); }
    else { root.dataset.theme = next; localStorage.setItem("wetread-theme", next); }
    showTheme();
  }

  // ---- dialogs: a page opened over the page ----
  async function openOver(url) {
    await htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML" });
  }
  document.addEventListener("htmx:afterSwap", event => {
    const box = dialog();
    if (event.detail.target === box && box.childElementCount && !box.open) {
      box.showModal();
      (box.querySelector("[autofocus]") || box.querySelector("select, input:not([type=hidden]), textarea, button, a"))?.focus();
    }
  });
  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-over]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openOver(link.href);
    }
    if (event.target.closest("[data-close]") && dialog().open) { event.preventDefault(); dialog().close(); }
    if (event.target.closest("[data-theme-button]")) nextTheme();
    const menu = event.target.closest("[data-menu]");
    if (menu) menu.setAttribute("aria-expanded", menu.closest(".side").classList.toggle("open"));
  });

  // ---- many items at once ----
  function countPicked() {
    const picked = all("input[name=id]:checked").length;
    all("[data-picked]").forEach(one => { one.textContent = picked; });
    all("[data-needs-picked]").forEach(one => { one.disabled = !picked && !document.querySelector("input[name=all]:checked"); });
  }
  document.addEventListener("change", event => {
    if (event.target.matches("[data-pick-all]")) {
      all("input[name=id]").forEach(box => { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-pick-all], input[name=id], input[name=all]")) countPicked();
  });

  // ---- what changes by itself ----
  const PAUSE = 2000;
  const waiting = new Map();
  function renew(element) {
    if (!element.isConnected) return;
    const last = Number(element.dataset.last || 0), left = last + PAUSE - Date.now();
    if (document.hidden) { waiting.set(element, null); return; }
    if (left > 0) {
      if (!waiting.get(element)) waiting.set(element, setTimeout(() => { waiting.delete(element); renew(element); }, left));
      return;
    }
    element.dataset.last = Date.now();
    refresh(element);
  }
  async function refresh(element) {
    let answer;
    try {
      const at = element.dataset.src || location.href;
      answer = await fetch(at, { headers: { "HX-Request": "true", "X-Live": "1" } });
    } catch { return; }
    if (answer.status === 401) { location.reload(); return; }
    if (!answer.ok || !element.isConnected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(element.id);
    if (!fresh) return;
    settle(element, fresh);
    countPicked();  // the server does not know what is ticked here
  }
  // Only what differs is exchanged, part by part, so that nothing flickers and what somebody is at stays.
  function settle(old, fresh) {
    if (old.isEqualNode(fresh)) return;
    const alike = old.nodeType === 1 && fresh.nodeType === 1 && old.tagName === fresh.tagName && old.tagName !== "svg";
    if (!alike) { old.replaceWith(fresh); return; }
    if (old.matches("input, select, textarea")) return;
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !name.startsWith("data-last")) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const keyed = new Map([...old.children].filter(one => one.dataset.key).map(one => [one.dataset.key, one]));
    if (keyed.size || [...fresh.children].some(one => one.dataset.key)) { settleKeyed(old, fresh, keyed); return; }
    const was = [...old.childNodes], is = [...fresh.childNodes];
    is.forEach((node, index) => { if (was[index]) settle(was[index], node); else old.append(node); });
    was.slice(is.length).forEach(node => node.remove());
  }
  function settleKeyed(old, fresh, keyed) {
    let place = old.firstElementChild;
    for (const node of [...fresh.children]) {
      const kept = keyed.get(node.dataset.key);
      if (kept) {
        keyed.delete(node.dataset.key);
        if (kept !== place) old.insertBefore(kept, place); else place = place.nextElementSibling;
        settle(kept, node);
      } else old.insertBefore(node, place);
    }
    keyed.forEach(node => node.remove());
    while (place && !place.dataset.key) { const next = place.nextElementSibling; place.remove(); place = next; }
  }
  function listen() {
    if (!document.body.dataset.events) return;
    const source = new EventSource(document.body.dataset.events);
    source.addEventListener("open", () => document.body.removeAttribute("data-lost"));
    source.addEventListener("error", () => {
      document.body.setAttribute("data-lost", "");
      if (source.readyState !== EventSource.CLOSED) return;  // it comes back by itself
      all("[data-live]").forEach(renew);  // turned away: whoever is no longer in learns it there
      setTimeout(listen, 30000);
    });
    source.addEventListener("gone", () => location.reload());
    source.addEventListener("changed", event => {
      const topics = JSON.parse(event.data);
      all("[data-live]").forEach(one => { if (one.dataset.live.split(" ").some(topic => topics.includes(topic))) renew(one); });
    });
    addEventListener("pagehide", () => source.close());
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) [...waiting.keys()].forEach(one => { waiting.delete(one); renew(one); });
  });

  // ---- keys ----
  let before = "";
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select") || dialog()?.open) return;
    const link = document.querySelector(`[data-keys="${CSS.escape(before + event.key)}"]`) || document.querySelector(`[data-keys="${CSS.escape(event.key)}"]`);
    before = event.key === "g" ? "g" : "";
    if (!link) return;
    event.preventDefault();
    if (link.matches("input")) link.focus(); else link.click();
  });

  document.addEventListener("DOMContentLoaded", () => { showTheme(); countPicked(); listen(); });
  document.addEventListener("htmx:afterSettle", countPicked);
})();
