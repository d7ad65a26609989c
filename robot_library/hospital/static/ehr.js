"use strict";
// The EHR's behaviour: values arrive late, Save wakes up when something has changed, and prompts get in the way.

const page = document.body.dataset;
const key = page.key;
let record = null; // what the server last said about the result form
let touched = false;

function toSignIn() {
  record = null; // what was typed is lost, as it is in life
  const next = window.top.location.pathname + window.top.location.search;
  window.top.location.href = "/signin?next=" + encodeURIComponent(next);
  return new Promise(() => {});
}

async function ask(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, options);
  } catch (error) {
    toast("The server does not answer. Try again.", "bad");
    throw error;
  }
  return answer.status === 401 ? toSignIn() : answer;
}

function send(url, data) {
  return ask(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) });
}

async function askUntil(url) {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await ask(url);
      if (answer.ok) return await answer.json();
    } catch (error) {
      if (attempt === 4) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 400 * attempt));
  }
}

// ---- sign-in: the password is asked in a second step, on top --------------------------------------------

function signIn() {
  if (window.top !== window.self) return toSignIn();
  const form = document.getElementById("signin");
  form.login.focus();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const user = form.login.value.trim();
    if (user) setTimeout(() => askPassword(user), 150);
  });
}

function askPassword(user) {
  askSecret("Sign in", "Password for " + user, "password", (password) => ({ user, password }));
}

// A dialog with one box; what is typed there is sent, and what the server says is acted upon.
function askSecret(title, label, type, made) {
  const id = "pw-" + Math.floor(Math.random() * 10000);
  const wrong = element("p", { class: "wrong", role: "alert" });
  const field = element("input", { id, type, autocomplete: "off" });
  const content = element("form", {}, element("label", { for: id }, label), field, wrong);
  dialog(title, content, []);
  const ok = element("button", { type: "submit", class: "main" }, "OK");
  content.append(element("div", { class: "buttons" }, ok));
  content.addEventListener("submit", async (event) => {
    event.preventDefault();
    ok.disabled = true;
    wrong.textContent = "";
    const sent = made(field.value);
    try {
      const answer = await postSignIn(sent);
      if (WRONG[answer.kept]) wrong.textContent = WRONG[answer.kept];
      else {
        if (answer.kept) content.closest(".veil").remove();
        await signedInOr(answer, sent);
      }
    } catch {
      wrong.textContent = "The server does not answer. Try again.";
    }
    ok.disabled = false;
  });
}

const WRONG = { wrong: "Wrong user name or password.", wrong_code: "Wrong user name or password, or wrong code." };

async function postSignIn(sent) {
  const answer = await fetch("/api/signin", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sent),
  });
  return answer.json();
}

async function signedInOr({ kept, days }, sent) {
  if (kept === "code") {
    askSecret("One-time code", "Code from your app", "text", (code) => ({ ...sent, code }));
  } else if (kept === "expired") {
    await dialog("Password expired", "Your password has expired. The service desk gives you a new one.", ["OK"]);
  } else if (kept === "full") {
    await dialog("No licence free", "Every licence is in use. Try again later.", ["OK"]);
  } else if (kept === "elsewhere") {
    const text = "You are signed in at another workstation.";
    const pressed = await dialog("Already signed in", text, ["Cancel", "End the other session"]);
    if (pressed !== "Cancel") await signedInOr(await postSignIn({ ...sent, take_over: true }), sent);
  } else {
    if (days !== null && days <= 14) await dialog("Password", `Your password expires in ${days} days.`, ["Later"]);
    window.location.href = page.next || "/worklist";
  }
}

// ---- worklist ------------------------------------------------------------------------------------------

const COLUMNS = ["order", "requested_at", "patient", "age", "procedure", "priority", "exam_at", "state", "report"];

function worklistRow(order, headers) {
  const row = element("tr", { "data-order": order.order });
  COLUMNS.forEach((column, index) => {
    const cell = element("td", { headers: headers[index].id, "data-title": headers[index].textContent + ": " });
    cell.append(column === "order" ? element("a", { href: "/orders/" + order.order }, order.order) : order[column]);
    row.append(cell);
  });
  row.addEventListener("dblclick", () => { window.location.href = "/orders/" + order.order; });
  return row;
}

function worklist() {
  const body = document.querySelector("#grid tbody");
  const headers = [...document.querySelectorAll("#grid th")];
  const [previous, next] = [document.getElementById("previous"), document.getElementById("next")];
  let number = Number(page.number);
  async function load() {
    previous.disabled = next.disabled = true;
    document.getElementById("where").textContent = "";
    body.replaceChildren(element("tr", { class: "loading" }, element("td", { colspan: COLUMNS.length }, "Loading…")));
    const data = await askUntil(`/api/worklist?state=${page.tab}&page=${number}`);
    number = data.page;
    body.replaceChildren(...data.rows.map((order) => worklistRow(order, headers)));
    if (!data.rows.length) body.append(element("tr", {}, element("td", { colspan: COLUMNS.length }, "No orders.")));
    document.getElementById("where").textContent = `${data.total} orders, page ${number} of ${data.pages}`;
    previous.disabled = number <= 1;
    next.disabled = number >= data.pages;
  }
  const turn = (step) => {
    number += step;
    history.replaceState(null, "", `/worklist?state=${page.tab}&page=${number}`);
    load();
  };
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  load();
}

// ---- records that fill late -----------------------------------------------------------------------------

function put(name, value) {
  for (const field of document.querySelectorAll(`[data-field="${name}"]`)) {
    if ("value" in field) field.value = value;
    else field.textContent = value;
  }
}

function putAll(values) {
  for (const [name, value] of Object.entries(values)) put(name, value);
}

const moment = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function readOnlyRecord(url) {
  const data = await askUntil(url);
  for (const part of data.parts) {
    putAll(part);
    await moment(60);
  }
}

// ---- result form ----------------------------------------------------------------------------------------

const form = () => document.getElementById("record");
const typed = () => ({
  comment: form().comment.value, impression: form().impression.value, reported_by: form().reported_by.value,
});
const changed = () => record && Object.entries(typed()).some(([name, value]) => value !== record.report[name]);

function wake() {
  document.getElementById("save").disabled = !changed();
}

async function openResult() {
  const data = await askUntil("/api/results/" + key);
  putAll(data.identity);
  await moment(80);
  putAll(data.status);
  await moment(80);
  putAll(data.report);
  record = data;
  for (const box of [form().comment, form().impression, form().reported_by]) box.disabled = false;
  showFiles(data.files);
  wake();
}

// Reads who and in which state again; what has been typed stays.
async function refreshStatus() {
  const button = document.getElementById("refresh");
  button.disabled = true;
  try {
    for (const part of [record.identity, record.status]) for (const name of Object.keys(part)) put(name, "");
    const data = await askUntil("/api/results/" + key + "/status");
    putAll(data.identity);
    await moment(60);
    putAll(data.status);
  } finally {
    button.disabled = false;
  }
}

function onTyping() {
  wake();
  if (touched) return;
  touched = true;
  ask(`/api/results/${key}/touch`, { method: "POST" }).catch(() => { touched = false; });
}

async function save(force = false) {
  const button = document.getElementById("save");
  button.disabled = true;
  let answer;
  try {
    answer = await send("/api/results/" + key, { version: record.version, force, ...typed() });
  } catch {
    return wake();
  }
  const data = await answer.json().catch(() => ({ message: "The server could not save." }));
  if (answer.status === 409) return conflict(data);
  if (!answer.ok) {
    toast(data.message, "bad");
    return wake();
  }
  record = data;
  putAll(data.status);
  putAll(data.report);
  toast("Saved as a preliminary report.", "good");
  wake();
}

async function conflict(data) {
  const text = `This report was changed by ${data.author} on ${data.at}, after you opened it.`;
  const answer = await dialog("Concurrent edit", text, ["Cancel", "Compare", "Write anyway"]);
  if (answer === "Write anyway") return save(true);
  if (answer === "Compare") {
    const both = element("div", { class: "compare" },
      element("div", {}, element("h3", {}, "Theirs"), element("pre", {}, data.theirs)),
      element("div", {}, element("h3", {}, "Yours"), element("pre", {}, form().comment.value)));
    await dialog("Compare", both, ["Close"]);
    return conflict(data);
  }
  wake();
}

async function sign() {
  if ((await dialog("Sign report", "Sign this report and make it final?", ["Cancel", "Sign"])) !== "Sign") return;
  const answer = await send(`/api/results/${key}/sign`, {});
  if (answer.ok) window.location.reload();
  else toast("You may not sign.", "bad");
}

// ---- "Reported by": completes while typing, opens a search window when left unresolved ------------------

function relation() {
  const box = form().reported_by;
  const list = document.getElementById(box.getAttribute("aria-controls"));
  let latest = 0;
  const close = () => { list.hidden = true; box.setAttribute("aria-expanded", "false"); };
  const choose = (name) => { box.value = name; close(); wake(); };
  const names = async () => (await askUntil("/api/people?q=" + encodeURIComponent(box.value))).names;
  box.addEventListener("input", async () => {
    const mine = ++latest;
    const found = await names();
    if (mine !== latest || document.activeElement !== box) return;
    list.replaceChildren(...found.map((name) => {
      const option = element("li", { role: "option", "aria-selected": "false" }, name);
      option.addEventListener("mousedown", (event) => { event.preventDefault(); choose(name); });
      return option;
    }));
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(!!found.length));
  });
  box.addEventListener("blur", async () => {
    close();
    const text = box.value.trim();
    if (!text || text === record.report.reported_by) return;
    const found = await names();
    if (!found.includes(text)) searchWindow(box, found, choose);
  });
}

async function searchWindow(box, found, choose) {
  const answer = await dialog("Search: Reported by", "Nobody is called exactly this. Choose one, or cancel.", [...found, "Cancel"]);
  if (answer === "Cancel") box.value = "";
  else choose(answer);
  wake();
}

// ---- attachments ------------------------------------------------------------------------------------------

function showFiles(names) {
  document.getElementById("attach").textContent = `Attachment (${names.length})`;
  document.getElementById("files").replaceChildren(...names.map((name) => element("li", {}, name)));
}

function attachments() {
  const button = document.getElementById("attach");
  const menu = document.querySelector(".dropdown-menu");
  const file = menu.querySelector("input[type=file]");
  button.addEventListener("click", () => {
    menu.hidden = !menu.hidden;
    button.setAttribute("aria-expanded", String(!menu.hidden));
  });
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    const data = new FormData();
    data.append("file", file.files[0]);
    const answer = await ask(`/api/results/${key}/attachments`, { method: "POST", body: data });
    if (!answer.ok) return toast("The picture was not taken.", "bad");
    showFiles((await answer.json()).files);
    file.value = "";
    menu.hidden = true;
    button.setAttribute("aria-expanded", "false");
    toast("Picture attached.", "good");
  });
}

// ---- leaving with unsaved changes -------------------------------------------------------------------------

function guardLeaving() {
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!link || link.target === "_blank" || !changed()) return;
    event.preventDefault();
    const text = "This report has unsaved changes.";
    const answer = await dialog("Unsaved changes", text, ["Stay", "Leave without saving"]);
    if (answer === "Stay") return;
    record = null;
    window.location.href = link.href;
  });
  window.addEventListener("beforeunload", (event) => { if (changed()) event.preventDefault(); });
}

function resultForm() {
  form().addEventListener("input", onTyping);
  document.getElementById("save").addEventListener("click", () => save());
  document.getElementById("refresh").addEventListener("click", refreshStatus);
  document.getElementById("sign")?.addEventListener("click", sign);
  relation();
  attachments();
  guardLeaving();
  openResult();
}

const START = {
  worklist, result: resultForm,
  order: () => readOnlyRecord("/api/orders/" + key),
  patient: () => readOnlyRecord("/api/patients/" + key),
};

if (document.getElementById("signin")) signIn();
else {
  START[page.page]?.();
  if (window.top === window.self) {
    tour("meadow.tour", "Welcome to Meadow EHR", [
      "Your worklist has a new look. Tabs on top choose the state of an order.",
      "Double-click a row to open it.",
      "Reports are saved as preliminary until a radiologist signs them.",
    ]);
    notice();
  }
}
