// One film on a canvas as large as itself, moved and magnified by the style sheet's transform: its pixels stay what the
// window makes of them, whatever the zoom. No diagnosis is made here, and the picture says so.
const Viewer = (() => {
  const ZOOM = 1.25, STEP = 40, LEAST = 0.02, MOST = 40;

  class Film {
    // `box` holds [data-film] with two canvases, [data-state], and buttons with data-view="…".
    constructor(box) {
      this.box = box;
      this.stage = box.querySelector("[data-film]");
      [this.canvas, this.map] = this.stage.querySelectorAll("canvas");
      this.frame = null;
      this.layer = null;
      this.opacity = 0.6;
      this.overlaid = true;
      this.listen();
    }

    // ---- what is shown ----

    // A frame of Grayscale.unpack. `drawn`: a picture of it that was made beforehand.
    show(frame, { layer = null, drawn = null } = {}) {
      const same = this.frame && this.frame.rows === frame.rows && this.frame.columns === frame.columns;
      const keep = same && this.stack;
      this.frame = frame;
      this.layer = layer;
      // Within a stack a person's own window stays; else each image is shown as its own file asks.
      const place = keep ? this.ways.indexOf(this.way) : 0;
      this.ways = Grayscale.ways(frame);
      if (place >= 0) this.way = this.ways[Math.min(place, this.ways.length - 1)];
      if (!keep) this.invert = false;
      this.extent = null;
      this.canvas.width = frame.columns;
      this.canvas.height = frame.rows;
      this.stretch = frame.tall;
      if (!keep) this.fit();
      this.draw(drawn);
      this.drawMap();
    }
    draw(drawn = null) {
      if (!this.frame) return;
      this.canvas.getContext("2d", { alpha: false, willReadFrequently: true }).putImageData(drawn || Grayscale.picture(this.frame, this.way, this.invert), 0, 0);
      this.tell();
    }
    drawMap() {
      this.map.hidden = !this.layer || !this.overlaid;
      this.map.style.opacity = this.opacity;
      if (this.layer) {
        this.map.width = this.layer.width;
        this.map.height = this.layer.height;
        this.map.getContext("2d").drawImage(this.layer, 0, 0);
      }
      this.place();
      this.tell();
    }
    window(center, width) {
      const named = this.way.kind === "window" ? this.way.function : "LINEAR";
      this.way = { kind: "window", center, width: Math.max(width, named === "LINEAR" ? 1 : 1e-6), function: named, name: "" };
      this.later();
    }
    // However often the mouse moves, the film is drawn once for each picture of the screen.
    later() {
      if (this.waits) return;
      this.waits = requestAnimationFrame(() => { this.waits = 0; this.draw(); });
    }
    current() {
      if (this.way.kind === "window") return [this.way.center, this.way.width];
      const [low, high] = this.extent || (this.extent = Grayscale.extent(this.frame));
      return [(low + high) / 2 + 0.5, high - low + 1];
    }

    // ---- where it is ----

    fit() {
      this.x = this.y = 0;
      this.extent = null;
      const { clientWidth, clientHeight } = this.stage;
      this.zoom = Math.min(clientWidth / this.frame.columns, clientHeight / (this.frame.rows * this.stretch)) || 1;
      this.place();
    }
    magnify(by, at = null) {
      const zoom = Math.min(Math.max(this.zoom * by, LEAST), MOST), [x, y] = at || [0, 0];
      this.x = x - (x - this.x) * (zoom / this.zoom);
      this.y = y - (y - this.y) * (zoom / this.zoom);
      this.zoom = zoom;
      this.place();
    }
    move(x, y) { this.x += x; this.y += y; this.place(); }
    place() {
      if (!this.frame) return;
      const at = (width, height, tall) => `translate(-50%, -50%) translate(${this.x}px, ${this.y}px) scale(${this.zoom * width}, ${this.zoom * height * tall})`;
      this.canvas.style.transform = at(1, 1, this.stretch);
      this.canvas.classList.toggle("exact", this.zoom >= 2);
      if (this.layer) this.map.style.transform = at(this.frame.columns / this.layer.width, this.frame.rows / this.layer.height, this.stretch);
      this.tell();
    }

    // ---- what a person does ----

    do(what) {
      if (!this.frame) return false;
      const [center, width] = this.current(), some = Math.max(width / 20, 0.5);
      const acts = {
        "zoom-in": () => this.magnify(ZOOM), "zoom-out": () => this.magnify(1 / ZOOM), fit: () => this.fit(),
        whole: () => { this.magnify(1 / this.zoom); },
        left: () => this.move(STEP, 0), right: () => this.move(-STEP, 0), up: () => this.move(0, STEP), down: () => this.move(0, -STEP),
        brighter: () => this.window(center - some, width), darker: () => this.window(center + some, width),
        flatter: () => this.window(center, width + 2 * some), steeper: () => this.window(center, width - 2 * some),
        invert: () => { this.invert = !this.invert; this.draw(); },
        next: () => { this.way = this.ways[(this.ways.indexOf(this.way) + 1) % this.ways.length]; this.draw(); },
        overlay: () => { this.overlaid = !this.overlaid; this.drawMap(); },
        more: () => { this.opacity = Math.min(1, this.opacity + 0.1); this.drawMap(); },
        less: () => { this.opacity = Math.max(0.1, this.opacity - 0.1); this.drawMap(); },
        reset: () => { this.way = this.ways[0]; this.invert = false; this.opacity = 0.6; this.overlaid = true; this.fit(); this.draw(); this.drawMap(); },
      };
      acts[what]?.();
      return what in acts;
    }
    listen() {
      const { stage, box } = this;
      let held = null;
      stage.addEventListener("pointerdown", event => {
        if (!this.frame || event.target.closest("button, a")) return;
        stage.focus({ preventScroll: true });
        stage.setPointerCapture(event.pointerId);
        held = { x: event.clientX, y: event.clientY, window: event.button === 2 || event.shiftKey, from: this.current() };
      });
      stage.addEventListener("pointermove", event => {
        if (!held) return;
        const x = event.clientX - held.x, y = event.clientY - held.y;
        if (!held.window) { this.move(x, y); held.x = event.clientX; held.y = event.clientY; return; }
        const [center, width] = held.from, scale = width / 300;
        this.window(center + y * scale, width + x * scale);
      });
      const leave = () => { held = null; };
      stage.addEventListener("pointerup", leave);
      stage.addEventListener("pointercancel", leave);
      stage.addEventListener("contextmenu", event => event.preventDefault());
      stage.addEventListener("wheel", event => {
        event.preventDefault();
        if (this.turn && !event.ctrlKey) { this.turn(Math.sign(event.deltaY)); return; }
        const area = stage.getBoundingClientRect();
        const at = [event.clientX - area.left - area.width / 2, event.clientY - area.top - area.height / 2];
        this.magnify(event.deltaY < 0 ? ZOOM : 1 / ZOOM, at);
      }, { passive: false });
      stage.addEventListener("dblclick", () => this.do("fit"));
      box.addEventListener("click", event => {
        const button = event.target.closest("[data-view]");
        if (button) this.do(button.dataset.view);
      });
      box.querySelector("input[data-opacity]")?.addEventListener("input", event => { this.opacity = Number(event.target.value) / 100; this.drawMap(); });
    }

    // What stands below the film, and which buttons are pressed.
    tell() {
      const { box, frame } = this;
      if (!frame) return;
      const round = number => String(Math.round(number * 100) / 100);
      const said = box.querySelector("[data-state]");
      if (said) {
        const own = this.way.kind === "window" ? `${round(this.way.center)} / ${round(this.way.width)}` : said.dataset[this.way.kind];
        said.textContent = [`${said.dataset.zoom} ${Math.round(this.zoom * 100)} %`, `${said.dataset.window} ${own}${frame.unit ? ` ${frame.unit}` : ""}`, this.way.name].filter(Boolean).join(" · ");
      }
      const press = (what, on) => box.querySelectorAll(`[data-view=${what}]`).forEach(one => one.setAttribute("aria-pressed", String(on)));
      press("invert", this.invert);
      press("overlay", Boolean(this.layer) && this.overlaid);
      box.querySelectorAll("[data-view=overlay], [data-opacity]").forEach(one => { one.disabled = !this.layer; });
      const slide = box.querySelector("input[data-opacity]");
      if (slide) slide.value = Math.round(this.opacity * 100);
      box.dataset.shown = `${frame.columns}x${frame.rows}`;
    }
  }

  // Keys of the viewer, wherever the focus is but in a field.
  const KEYS = {
    "+": "zoom-in", "=": "zoom-in", "-": "zoom-out", "0": "fit", "1": "whole", ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down",
    i: "invert", w: "next", o: "overlay", "]": "more", "[": "less", Escape: "reset",
  };
  const SHIFTED = { ArrowUp: "brighter", ArrowDown: "darker", ArrowLeft: "steeper", ArrowRight: "flatter" };
  const act = event => (event.shiftKey && SHIFTED[event.key]) || KEYS[event.key];

  return { Film, act };
})();
