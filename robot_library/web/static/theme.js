// Before anything is drawn: light, dark, or as the system has it.
const kept = localStorage.getItem("wetread-theme");
if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
