"use strict";
// The PACS's behaviour: a study list that comes late, and a viewer that draws on a canvas.

const page = document.body.dataset;

async function getJson(url) {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await fetch(url);
      if (answer.redirected) return (window.location.href = "/login?next=" + encodeURIComponent(location.pathname + location.search));
      if (answer.ok) return await answer.json();
    } catch (error) {
      if (attempt === 4) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 400 * attempt));
  }
}

function studyList() {
  const body = document.querySelector("#grid tbody");
  const count = document.getElementById("count");
  const filters = [...document.querySelectorAll("[data-filter]")];
  const accession = document.querySelector("#search input");
  let latest = 0;
  async function load() {
    const mine = ++latest;
    count.textContent = "";
    body.replaceChildren(element("tr", { class: "loading" }, element("td", { colspan: 9 }, "Loading…")));
    const query = new URLSearchParams(filters.filter((f) => f.value).map((f) => [f.dataset.filter, f.value]));
    const data = await getJson("/api/studies?" + query);
    if (mine !== latest) return;
    body.replaceChildren(...data.rows.map((study) => {
      const link = element("a", { href: "/studies/" + study.uid }, "Open");
      return element("tr", {}, ...study.cells.map((text) => element("td", {}, text)), element("td", {}, link));
    }));
    if (!data.rows.length) body.append(element("tr", {}, element("td", { colspan: 9 }, "No studies.")));
    count.textContent = data.rows.length === 1 ? "1 study" : `${data.rows.length} studies`;
  }
  let pause;
  filters.forEach((box) => box.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(load, 250); }));
  document.getElementById("search").addEventListener("submit", (event) => {
    event.preventDefault();
    filters.find((f) => f.dataset.filter === "accession").value = accession.value.trim();
    load();
  });
  document.getElementById("reset").addEventListener("click", () => {
    filters.forEach((box) => { box.value = ""; });
    accession.value = "";
    load();
  });
  load();
}

// ---- viewer ----------------------------------------------------------------------------------------------

function viewer() {
  const images = page.images.split(" ").filter(Boolean);
  const canvas = document.getElementById("canvas");
  const stage = document.getElementById("stage");
  const view = { at: 0, zoom: 1, x: 0, y: 0, tool: "window", invert: false, image: null, level: null };

  async function show(index) {
    view.at = index;
    view.image = null;
    document.getElementById("slice").textContent = "Loading…";
    document.getElementById("window").textContent = "";
    const answer = await fetch(`/instances/${images[index]}/pixels`);
    if (!answer.ok) {
      document.getElementById("slice").textContent = await answer.text();
      canvas.width = canvas.height = 1;
      return;
    }
    const number = (name) => Number(answer.headers.get(name));
    view.image = {
      rows: number("X-Rows"), columns: number("X-Columns"), inverted: number("X-Inverted") === 1,
      centre: number("X-Centre"), width: number("X-Width"), stored: new Uint16Array(await answer.arrayBuffer()),
    };
    reset();
  }

  function reset() {
    Object.assign(view, { zoom: 1, x: 0, y: 0, invert: false });
    view.level = { centre: view.image.centre, width: view.image.width };
    draw();
  }

  function draw() {
    const { image, level } = view;
    if (!image) return;
    canvas.width = image.columns;
    canvas.height = image.rows;
    const context = canvas.getContext("2d");
    const shown = context.createImageData(image.columns, image.rows);
    const flip = image.inverted !== view.invert;
    const low = level.centre - 0.5 - (level.width - 1) / 2;
    for (let i = 0; i < image.stored.length; i++) {
      let grey = ((image.stored[i] - low) / (level.width - 1)) * 255;
      grey = grey < 0 ? 0 : grey > 255 ? 255 : grey;
      shown.data[4 * i] = shown.data[4 * i + 1] = shown.data[4 * i + 2] = flip ? 255 - grey : grey;
      shown.data[4 * i + 3] = 255;
    }
    context.putImageData(shown, 0, 0);
    const fit = Math.min(stage.clientWidth / image.columns, stage.clientHeight / image.rows) * view.zoom;
    canvas.style.transform = `translate(-50%, -50%) translate(${view.x}px, ${view.y}px) scale(${fit})`;
    document.getElementById("slice").textContent = `I:${view.at + 1} (${view.at + 1}/${images.length})`;
    document.getElementById("window").textContent = `W:${Math.round(level.width)} L:${Math.round(level.centre)}`;
  }

  let drag = null;
  stage.addEventListener("pointerdown", (event) => { drag = { x: event.clientX, y: event.clientY }; });
  window.addEventListener("pointerup", () => { drag = null; });
  stage.addEventListener("pointermove", (event) => {
    if (!drag || !view.image) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    drag = { x: event.clientX, y: event.clientY };
    if (view.tool === "zoom") view.zoom = Math.max(0.2, view.zoom * (1 - dy / 200));
    else if (view.tool === "pan") { view.x += dx; view.y += dy; }
    else {
      view.level.width = Math.max(2, view.level.width + dx * 8);
      view.level.centre += dy * 8;
    }
    requestAnimationFrame(draw);
  });

  const on = (id, action) => document.getElementById("tool-" + id).addEventListener("click", action);
  for (const tool of ["window", "zoom", "pan"]) {
    on(tool, () => {
      view.tool = tool;
      for (const t of ["window", "zoom", "pan"]) document.getElementById("tool-" + t).setAttribute("aria-pressed", String(t === tool));
    });
  }
  on("invert", () => { view.invert = !view.invert; draw(); });
  on("reset", () => view.image && reset());
  on("back", () => view.at > 0 && show(view.at - 1));
  on("forward", () => view.at < images.length - 1 && show(view.at + 1));
  on("capture", () => capture(canvas, view));
  window.addEventListener("resize", draw);
  document.getElementById("tool-window").setAttribute("aria-pressed", "true");
  show(0);
}

async function capture(canvas, view) {
  if (!view.image) return toast("There is no image to capture.", "bad");
  const box = element("input", { type: "checkbox", id: "burn", checked: true });
  const content = element("div", {}, element("p", {}, "Save the image as it is shown."),
    element("label", { for: "burn" }, box, " Show warning “Not For Diagnostic Use”"));
  const pressed = await dialog("Capture", content, ["Cancel", "Save Image"]);
  if (pressed !== "Save Image") return;
  const copy = element("canvas", { width: canvas.width, height: canvas.height });
  const context = copy.getContext("2d");
  context.drawImage(canvas, 0, 0);
  if (box.checked) {
    context.font = `${Math.round(canvas.width / 28)}px sans-serif`;
    context.fillStyle = "#ffd34d";
    context.fillText("Not For Diagnostic Use", canvas.width * 0.03, canvas.height * 0.97);
  }
  copy.toBlob((blob) => {
    const link = element("a", { href: URL.createObjectURL(blob), download: `capture-${view.at + 1}.png` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 5000);
  }, "image/png");
}

({ studies: studyList, viewer })[page.page]?.();
if (page.page === "viewer") {
  tour("harbour.tour", "Welcome to the Harbour viewer", [
    "Drag on the image to change window and level.",
    "Choose Zoom or Pan above, then drag.",
  ]);
}
if (page.page) notice();
