// Draw images. Python decides what a stored value means; this file turns numbers into light.
//
// Raw frames arrive once, as custom messages. From then on everything that moves (window, zoom, slices, cine)
// happens here, so that it stays smooth while the kernel computes. The traits are `window`, `function` and
// `selection`; nothing that could be a patient's is ever among them.

const LEAST_WIDTH = { LINEAR: 1, LINEAR_EXACT: 0.001, SIGMOID: 0.001 };
const AHEAD = 8; // pictures asked for at a time
const MOST_KEPT_BYTES = 768 * 1024 * 1024;
const BINS = 160;
const SHOW_VALUES_AT = 30; // screen pixels that an image pixel needs before its value is written into it
const SHOW_GRID_AT = 10;

// ---------------------------------------------------------------------------------------------------------
// Grey levels: the arithmetic of dicomkit/pixels/rendering.py, operation by operation. Changing the order of
// two operations changes the last bit, and then a grey level somewhere.

function greyFunction(center, width, name, inverse) {
  const [low, high] = inverse ? [255, 0] : [0, 255];
  if (name === "SIGMOID") {
    return (value) => cut(low + (high - low) / (1 + Math.exp(Math.min((-4 * (value - center)) / width, 700))));
  }
  if (name === "LINEAR") {
    center -= 0.5;
    width -= 1;
  }
  const lower = center - width / 2;
  const gradient = width === 0 ? Infinity : (high - low) / width;
  if (!Number.isFinite(gradient)) { // one step: everything above it is white, and what is no number is black
    return (value) => (value > lower ? high : Number.isNaN(value) ? 0 : low);
  }
  const shift = low - gradient * lower;
  return (value) => cut(value * gradient + shift);
}

function cut(brightness) {
  return brightness >= 255 ? 255 : brightness > 0 ? Math.trunc(brightness) : 0;
}

const UNKNOWN = { // until a picture's first bytes have arrived
  type: "u1", slope: null, modalityTable: null, displayTable: null, windows: [], is_windowed: false, function: "LINEAR",
  inverse: false, padding: null, extent: [0, 255], unit: "", presets: [],
};
const VALUES_OF = {
  u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array,
  u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array, rgb: Uint8Array,
};
const PATTERNS_OF = { u1: Uint8Array, i1: Uint8Array, u2: Uint16Array, i2: Uint16Array };

function quantityFunction(picture) {
  // From a stored value to what was measured.
  if (picture.modalityTable) {
    const { modalityTable, lowest } = picture;
    return (stored) => modalityTable[stored - lowest];
  }
  if (picture.slope === null) return (stored) => stored;
  const { slope, intercept } = picture;
  return (stored) => stored * slope + intercept;
}

function paint(picture, frame, state, output, words) {
  // Fill `output` (one 32-bit word per pixel: red is its lowest byte) with the frame as a screen shows it.
  const { values, patterns } = frame;
  if (picture.type === "rgb") {
    for (let i = 0, j = 0; i < output.length; i += 1, j += 3) {
      output[i] = 0xff000000 | (values[j + 2] << 16) | (values[j + 1] << 8) | values[j];
    }
    return;
  }
  const grey = state.window === null
    ? null
    : greyFunction(state.window[0], state.window[1], state.function, picture.inverse);
  if (patterns) {
    const table = greyTable(picture, frame, grey, words);
    for (let i = 0; i < output.length; i += 1) output[i] = table[patterns[i]];
    return;
  }
  const quantity = quantityFunction(picture);
  const [first, last] = picture.padding ?? [1, 0];
  for (let i = 0; i < output.length; i += 1) {
    const value = values[i];
    const isPadding = value >= first && value <= last;
    const level = grey === null ? levelOf(picture, frame, i) : isPadding ? 0 : grey(quantity(value));
    output[i] = 0xff000000 | (level * 0x010101);
  }
}

function levelOf(picture, frame, at) {
  // Python has sent a table of the levels, or, where no table could hold them, each pixel's level.
  return picture.displayTable ? picture.displayTable[frame.values[at] - picture.lowest] : frame.levels[at];
}

function greyTable(picture, frame, grey, words) {
  const mask = picture.type.endsWith("1") ? 0xff : 0xffff;
  const quantity = quantityFunction(picture);
  for (let stored = frame.lowest; stored <= frame.highest; stored += 1) {
    const level = grey === null ? picture.displayTable[stored - picture.lowest] : grey(quantity(stored));
    words[stored & mask] = 0xff000000 | (level * 0x010101);
  }
  const [first, last] = (grey && picture.padding) || [1, 0];
  for (let stored = Math.max(first, frame.lowest); stored <= Math.min(last, frame.highest); stored += 1) {
    words[stored & mask] = 0xff000000;
  }
  return words;
}

// ---------------------------------------------------------------------------------------------------------
// Pictures: what Python said about them, and the frames that have arrived.

class Pictures {
  constructor(ask, onChange) {
    this.ask = ask;
    this.onChange = onChange;
    this.list = [];
    this.series = [];
    this.frames = new Map(); // by number; the order is that of use, for forgetting
    this.asked = new Set();
    this.refused = new Map();
    this.bytes = 0;
  }

  async load() {
    const answer = await this.ask({ ask: "pictures" });
    if (answer.problem) {
      this.onChange("problem", answer.problem);
      return;
    }
    this.list = answer.pictures.map((picture) => ({ ...UNKNOWN, ...picture }));
    this.series = answer.series;
    this.onChange("pictures");
  }

  async fetch(number) {
    // The first piece says how many there are, and how to show them.
    const first = await this.ask({ ask: "frame", picture: number, part: 0 });
    if (first.problem) {
      this.refused.set(number, first.problem);
    } else {
      const others = Array.from({ length: first.parts - 1 }, (_, index) => index + 1);
      const rest = await Promise.all(others.map((part) => this.ask({ ask: "frame", picture: number, part })));
      const tables = first.buffers.slice(1).map(bytesOf);
      const picture = Object.assign(this.list[number - 1], first.recipe);
      if (picture.modality_table) picture.modalityTable = new Float64Array(tables.shift().buffer);
      if (picture.display_table) picture.displayTable = tables.shift();
      const parts = [first, ...rest].map((answer) => bytesOf(answer.buffers[0]));
      this.frames.set(number, this.makeFrame(picture, parts));
    }
    this.asked.delete(number);
    this.onChange("frame", number);
  }

  makeFrame(picture, parts) {
    const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((offset, part) => (joined.set(part, offset), offset + part.length), 0);
    this.bytes += joined.length;
    const count = picture.rows * picture.columns * (picture.type === "rgb" ? 3 : 1);
    const values = new VALUES_OF[picture.type](joined.buffer, 0, count);
    const Pattern = PATTERNS_OF[picture.type];
    const frame = {
      values,
      bytes: joined.length,
      patterns: Pattern ? new Pattern(joined.buffer, 0, count) : null,
      levels: joined.subarray(values.byteLength),
    };
    if (picture.type !== "rgb") [frame.lowest, frame.highest] = extremes(values);
    return frame;
  }

  get(number) {
    const frame = this.frames.get(number);
    if (frame) {
      this.frames.delete(number);
      this.frames.set(number, frame);
    }
    return frame;
  }

  wantAround(number) {
    // The picture that is looked at first, then its neighbours, a few at a time; the oldest are forgotten.
    const room = AHEAD - this.asked.size;
    const wanted = [];
    const average = this.frames.size ? this.bytes / this.frames.size : 1;
    const reach = Math.min(this.list.length, Math.max(4, Math.floor(MOST_KEPT_BYTES / average / 2)));
    for (let away = 0; away < reach && wanted.length < room; away += 1) {
      for (const candidate of away ? [number + away, number - away] : [number]) {
        const isThere = candidate >= 1 && candidate <= this.list.length;
        if (isThere && !this.frames.has(candidate) && !this.asked.has(candidate) && !this.refused.has(candidate)) {
          wanted.push(candidate);
        }
      }
    }
    for (const [old, frame] of this.frames) {
      if (this.bytes <= MOST_KEPT_BYTES || old === number) break;
      this.frames.delete(old);
      this.bytes -= frame.bytes;
    }
    if (!wanted.length) return;
    for (const one of wanted) {
      this.asked.add(one);
      this.fetch(one);
    }
  }
}

function bytesOf(buffer) {
  // A copy that starts at an address where 16- and 64-bit numbers may start.
  return new Uint8Array(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength));
}

function extremes(values) {
  // Fractions may hold infinities and what is no number; these bound nothing.
  let lowest = Infinity;
  let highest = -Infinity;
  for (const value of values) {
    if (value < lowest && value > -Infinity) lowest = value;
    if (value > highest && value < Infinity) highest = value;
  }
  return lowest <= highest ? [lowest, highest] : [0, 0];
}

// ---------------------------------------------------------------------------------------------------------
// Small helpers for the page. Text goes in as textContent only: a value may hold anything.

function element(name, classes, text, attributes = {}) {
  return make(name, { class: classes || null, text, ...attributes });
}

function short(number) {
  if (!Number.isFinite(number)) return String(number);
  return String(Number(number.toPrecision(6)));
}

function clamp(number, low, high) {
  return Math.min(Math.max(number, low), high);
}

// ---------------------------------------------------------------------------------------------------------
// The viewer.

const TRAITS = ["window", "function", "selection"];
const KEYS = [
  ["drag", "window: right is wider, down is brighter"],
  ["wheel, ↑ ↓, Page, Home, End", "another image"],
  ["Shift + drag, right drag, Shift + arrows", "move"],
  ["Ctrl + wheel, + −", "zoom"],
  ["F, double click", "fit"],
  ["1", "one image pixel is one screen pixel"],
  ["[ ]  and  { }", "window lower, higher; narrower, wider"],
  ["P", "next preset"],
  ["R", "window as in the file"],
  ["Space", "play, stop"],
];

class Viewer {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.words = new Uint32Array(65536);
    this.zoom = 1;
    this.x = 0;
    this.y = 0;
    this.isFitted = true;
    this.pointer = null;
    this.playing = false;
    this.wheel = 0;
    this.build();
    this.ask = asker(model);
    this.pictures = new Pictures(this.ask, (what, number) => this.arrived(what, number));
    this.aborted = new AbortController();
    this.listen();
    this.pictures.load();
  }

  // ---- page ----

  build() {
    const { root } = this;
    root.classList.add("dk-image");
    this.bar = element("div", "dk-bar", undefined, { role: "toolbar", "aria-label": "View" });
    this.series = this.choice("Series");
    this.preset = this.choice("Window");
    this.func = this.choice("Function");
    for (const name of ["", "LINEAR", "LINEAR_EXACT", "SIGMOID"]) {
      this.func.append(element("option", "", name || "as in the file", { value: name }));
    }
    this.buttons = {
      fit: this.button("Fit", "Fit the image into the view (F)", () => this.fit()),
      one: this.button("1:1", "One image pixel is one screen pixel (1)", () => this.oneToOne()),
      reset: this.button("Reset", "Window as in the file, whole image (R)", () => this.reset()),
      play: this.button("▶ Play", "Play the images one after the other (Space)", () => this.play(!this.playing)),
    };
    this.view = element("div", "dk-view", undefined, {
      tabindex: "0", role: "application",
    });
    this.canvas = element("canvas", "dk-pixels", undefined, { "aria-hidden": "true", width: 1, height: 1 });
    this.overlay = element("canvas", "dk-overlay", undefined, { "aria-hidden": "true" });
    this.corners = Object.fromEntries(["tl", "tr", "bl", "br"].map((at) => [at, element("div", `dk-corner dk-${at}`)]));
    this.edges = Object.fromEntries(["left", "right", "top", "bottom"].map((at) => [at, element("div", `dk-edge dk-${at}`)]));
    this.notice = element("div", "dk-notice", "", { role: "status" });
    this.view.append(this.canvas, this.overlay, ...Object.values(this.corners), ...Object.values(this.edges), this.notice);
    this.slider = element("input", "dk-slider", undefined, { type: "range", min: 1, max: 1, step: 1, "aria-label": "Image" });
    this.probe = element("div", "dk-probe", "Point at a pixel to read its value.");
    const side = element("div", "dk-side");
    this.histogram = element("canvas", "dk-histogram", undefined, { "aria-hidden": "true" });
    this.center = this.numberInput("Center");
    this.width = this.numberInput("Width");
    const numbers = element("div", "dk-numbers");
    numbers.append(this.center.parentElement, this.width.parentElement);
    this.tags = element("table", "dk-tags");
    const keys = element("details", "dk-keys");
    keys.append(element("summary", "", "Mouse and keys"));
    const list = element("dl");
    for (const [key, meaning] of KEYS) list.append(element("dt", "", key), element("dd", "", meaning));
    keys.append(list);
    side.append(element("h4", "", "Values and window"), this.histogram, numbers, element("h4", "", "This image"), this.tags, keys);
    this.side = side;
    const main = element("div", "dk-main");
    const left = element("div", "dk-stage");
    left.append(this.view, this.slider, this.probe);
    main.append(left, side);
    root.append(this.bar, main);
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.pen = this.overlay.getContext("2d");
    this.bins = this.histogram.getContext("2d");
  }

  choice(label) {
    const outer = element("label", "dk-choice", `${label} `);
    const select = element("select");
    outer.append(select);
    this.bar.append(outer);
    return select;
  }

  button(text, title, action) {
    const button = element("button", "", text, { type: "button", title });
    button.addEventListener("click", action);
    this.bar.append(button);
    return button;
  }

  numberInput(label) {
    const outer = element("label", "", `${label} `);
    const input = element("input", "", undefined, { type: "number", step: "any" });
    outer.append(input);
    return input;
  }

  listen() {
    const { signal } = this.aborted;
    const on = (target, kind, action, options = {}) => target.addEventListener(kind, action, { signal, ...options });
    this.onTrait = () => this.traitChanged();
    for (const name of TRAITS) this.model.on(`change:${name}`, this.onTrait);
    on(this.view, "pointerdown", (event) => this.press(event));
    on(this.view, "pointermove", (event) => this.move(event));
    on(this.view, "pointerup", (event) => this.release(event));
    on(this.view, "pointercancel", (event) => this.release(event));
    on(this.view, "pointerleave", () => this.point(null));
    on(this.view, "dblclick", () => this.fit());
    on(this.view, "contextmenu", (event) => event.preventDefault());
    on(this.view, "wheel", (event) => this.turn(event), { passive: false });
    on(this.view, "keydown", (event) => this.key(event));
    on(this.slider, "input", () => this.select(Number(this.slider.value)));
    on(this.series, "change", () => this.select(this.pictures.series[Number(this.series.value)].first));
    on(this.preset, "change", () => this.choosePreset(this.preset.value));
    on(this.func, "change", () => this.setTrait("function", this.func.value, true));
    for (const input of [this.center, this.width]) on(input, "change", () => this.typed());
    on(this.histogram, "pointerdown", (event) => this.grab(event));
    on(this.histogram, "pointermove", (event) => this.dragHandle(event));
    on(this.histogram, "pointerup", (event) => this.release(event));
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.view);
    this.observer.observe(this.histogram);
  }

  close() {
    this.playing = false;
    this.aborted.abort();
    this.observer.disconnect();
    cancelAnimationFrame(this.request);
    clearTimeout(this.saving);
    this.ask.stop();
    for (const name of TRAITS) this.model.off(`change:${name}`, this.onTrait);
  }

  // ---- state ----

  get number() {
    return clamp(this.model.get("selection") || 1, 1, Math.max(1, this.pictures.list.length));
  }

  get picture() {
    return this.pictures.list[this.number - 1];
  }

  get range() {
    const series = this.pictures.series[this.picture.series];
    return [series.first, series.last];
  }

  get isColour() {
    return this.picture.is_colour;
  }

  get state() {
    // What is shown: the window that was chosen, otherwise the file's, otherwise (null) all that the bits hold.
    const { picture } = this;
    const name = this.model.get("function") || picture.function;
    let window = this.model.get("window") ?? (picture.is_windowed ? picture.windows[0].slice(0, 2) : null);
    if (window) window = [window[0], Math.max(window[1], LEAST_WIDTH[name])];
    return { window, function: name };
  }

  setTrait(name, value, isFinal) {
    this.model.set(name, value);
    this.schedule();
    if (isFinal) {
      clearTimeout(this.saving);
      this.saving = undefined;
      this.model.save_changes();
    } else {
      // Python hears of a drag eight times a second, not sixty.
      this.saving ??= setTimeout(() => {
        this.saving = undefined;
        this.model.save_changes();
      }, 120);
    }
  }

  setWindow(center, width, isFinal) {
    const least = LEAST_WIDTH[this.state.function];
    const step = this.step;
    const rounded = [center, Math.max(width, least)].map((number) => Number((Math.round(number / step) * step).toPrecision(12)));
    this.setTrait("window", [rounded[0], Math.max(rounded[1], least)], isFinal);
  }

  select(number, isFinal = true) {
    if (!this.picture) return;
    const target = clamp(number, 1, this.pictures.list.length);
    if (target !== this.number) this.setTrait("selection", target, isFinal);
  }

  scroll(by, isFinal = true) {
    const [first, last] = this.range;
    this.select(clamp(this.number + by, first, last), isFinal);
  }

  traitChanged() {
    this.schedule();
  }

  arrived(what, number) {
    if (this.aborted.signal.aborted) return;
    if (what === "problem") this.notice.textContent = number;
    if (what === "pictures") {
      this.series.replaceChildren(
        ...this.pictures.series.map((series, index) => element("option", "", series.name, { value: index })),
      );
      this.series.parentElement.hidden = this.pictures.series.length < 2;
      this.isFitted = true;
    }
    if (this.picture && (what === "pictures" || number === this.number)) this.schedule();
    if (this.picture) this.pictures.wantAround(this.number);
  }

  // ---- drawing ----

  schedule() {
    this.request ??= requestAnimationFrame(() => {
      this.request = undefined;
      if (this.picture) this.draw();
    });
  }

  draw() {
    const { number, picture, state } = this;
    const frame = this.pictures.get(number);
    const { canvas } = this;
    if (canvas.width !== picture.columns || canvas.height !== picture.rows || !this.image) {
      canvas.width = picture.columns;
      canvas.height = picture.rows;
      this.image = this.context.createImageData(picture.columns, picture.rows);
      this.output = new Uint32Array(this.image.data.buffer);
      if (this.isFitted) this.fit();
    }
    const shown = frame ? `${number} ${state.window} ${state.function}` : "";
    if (frame && shown !== this.shown) {
      const start = performance.now();
      paint(picture, frame, state, this.output, this.words);
      this.context.putImageData(this.image, 0, 0);
      canvas.dataset.paintMs = (performance.now() - start).toFixed(3);
      canvas.dataset.shows = shown;
    }
    if (!frame) {
      this.context.clearRect(0, 0, canvas.width, canvas.height);
      canvas.dataset.shows = "";
      this.pictures.wantAround(number);
    }
    if (number !== this.wanted) this.pictures.wantAround(number);
    this.wanted = number;
    this.shown = shown;
    const problem = this.pictures.refused.get(number);
    this.notice.textContent = problem ?? (frame ? "" : `Image ${number} is on its way.`);
    this.place();
    this.write(number, picture, state);
    this.drawHistogram(picture, frame, state);
    this.drawOverlay(picture, frame);
    this.writeProbe();
  }

  write(number, picture, state) {
    const [first, last] = this.range;
    const window = this.isColour
      ? "colour: no window"
      : state.window
        ? `C ${short(state.window[0])}  W ${short(state.window[1])}  ${state.function}`
        : picture.has_voi_table ? "VOI LUT of the file" : "all values the bits can hold";
    this.corners.tl.textContent = picture.title;
    this.corners.tr.textContent = last > first ? `${number - first + 1} / ${last - first + 1}` : "";
    this.corners.bl.textContent = window;
    this.corners.br.textContent = `${short(Math.round(this.zoom * 1000) / 10)} %`;
    for (const [edge, element] of Object.entries(this.edges)) element.textContent = picture.letters?.[edge] ?? "";
    this.slider.min = first;
    this.slider.max = last;
    this.slider.value = number;
    this.slider.hidden = last === first;
    this.buttons.play.hidden = last === first;
    this.series.value = picture.series;
    this.func.value = this.model.get("function");
    for (const element of [this.func, this.preset]) element.parentElement.hidden = this.isColour;
    this.side.classList.toggle("dk-colour", this.isColour);
    if (state.window && document.activeElement !== this.center) this.center.value = short(state.window[0]);
    if (state.window && document.activeElement !== this.width) this.width.value = short(state.window[1]);
    if (!state.window) this.center.value = this.width.value = "";
    this.view.setAttribute(
      "aria-label",
      `Image ${number - first + 1} of ${last - first + 1}, ${picture.rows} rows, ${picture.columns} columns, ${window}`,
    );
    const described = `${number} ${this.pictures.frames.has(number)}`;
    if (this.described === described) return;
    this.described = described;
    this.tags.replaceChildren(
      ...picture.tags.map(([name, value]) => {
        const row = element("tr");
        row.append(element("th", "", name, { scope: "row" }), element("td", "", value));
        return row;
      }),
    );
    this.fillPresets(picture);
  }

  fillPresets(picture) {
    this.presets = [["as in the file", null]];
    picture.windows.forEach(([center, width, name], index) => {
      if (index || !picture.is_windowed) this.presets.push([name || `window ${index + 1} of the file`, [center, width]]);
    });
    this.presets.push(["all values of this image", "all"], ...picture.presets);
    const chosen = this.preset.value;
    this.preset.replaceChildren(...this.presets.map(([name], index) => element("option", "", name, { value: index })));
    this.preset.append(element("option", "", "chosen by hand", { value: "hand", hidden: "" }));
    this.preset.value = chosen || 0;
    this.markPreset();
  }

  markPreset() {
    const chosen = this.model.get("window");
    const found = this.presets.findIndex(
      ([, window]) => (window === null && chosen === null) || (Array.isArray(window) && chosen && window[0] === chosen[0] && window[1] === chosen[1]),
    );
    this.preset.value = found < 0 ? "hand" : found;
  }

  choosePreset(index) {
    const window = this.presets[Number(index)]?.[1];
    if (window === undefined) return;
    if (window === "all") {
      const [low, high] = this.quantities();
      this.setWindow((low + high + 1) / 2, high - low + 1, true);
    } else {
      this.setTrait("window", window, true);
    }
  }

  // ---- where the image lies on the screen ----

  fit() {
    const { picture, view } = this;
    if (!picture || !view.clientWidth) return;
    this.zoom = Math.min(view.clientWidth / picture.columns, view.clientHeight / (picture.rows * picture.aspect));
    this.x = (view.clientWidth - picture.columns * this.zoom) / 2;
    this.y = (view.clientHeight - picture.rows * this.zoom * picture.aspect) / 2;
    this.isFitted = true;
    this.schedule();
  }

  oneToOne() {
    const { picture, view } = this;
    if (!picture) return;
    this.zoom = 1 / devicePixelRatio;
    this.x = Math.round((view.clientWidth - picture.columns * this.zoom) / 2);
    this.y = Math.round((view.clientHeight - picture.rows * this.zoom * picture.aspect) / 2);
    this.isFitted = false;
    this.schedule();
  }

  zoomAt(x, y, factor) {
    const zoom = clamp(this.zoom * factor, 0.05, 80);
    this.x = x - ((x - this.x) * zoom) / this.zoom;
    this.y = y - ((y - this.y) * zoom) / this.zoom;
    this.zoom = zoom;
    this.isFitted = false;
    this.schedule();
  }

  pan(x, y) {
    this.x += x;
    this.y += y;
    this.isFitted = false;
    this.schedule();
  }

  place() {
    const { style } = this.canvas;
    style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.zoom}, ${this.zoom * this.picture.aspect})`;
    style.imageRendering = this.zoom >= 2 ? "pixelated" : "auto";
  }

  resized() {
    for (const canvas of [this.overlay, this.histogram]) {
      canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
      canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
    }
    if (this.isFitted) this.fit();
    this.schedule();
  }

  reset() {
    this.setTrait("function", "", false);
    this.setTrait("window", null, true);
    this.fit();
  }

  // ---- over the image: scale, grid, values ----

  drawOverlay(picture, frame) {
    const { pen } = this;
    const [width, height] = [this.view.clientWidth, this.view.clientHeight];
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pen.clearRect(0, 0, width, height);
    if (frame && this.zoom >= SHOW_GRID_AT) this.drawGrid(picture, frame, width, height);
    if (picture.spacing) this.drawScale(picture.spacing[1], width, height);
  }

  drawGrid(picture, frame, width, height) {
    const { pen, zoom, x, y } = this;
    const tall = zoom * picture.aspect;
    const [left, right] = [Math.max(0, Math.floor(-x / zoom)), Math.min(picture.columns, Math.ceil((width - x) / zoom))];
    const [top, bottom] = [Math.max(0, Math.floor(-y / tall)), Math.min(picture.rows, Math.ceil((height - y) / tall))];
    pen.strokeStyle = "rgba(120, 160, 200, 0.35)";
    pen.lineWidth = 1;
    pen.beginPath();
    for (let column = left; column <= right; column += 1) {
      pen.moveTo(x + column * zoom, y + top * tall);
      pen.lineTo(x + column * zoom, y + bottom * tall);
    }
    for (let row = top; row <= bottom; row += 1) {
      pen.moveTo(x + left * zoom, y + row * tall);
      pen.lineTo(x + right * zoom, y + row * tall);
    }
    pen.stroke();
    if (zoom < SHOW_VALUES_AT || picture.type === "rgb") return;
    const quantity = quantityFunction(picture);
    pen.font = `${clamp(zoom / 3.4, 9, 16)}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (let row = top; row < bottom; row += 1) {
      for (let column = left; column < right; column += 1) {
        const at = row * picture.columns + column;
        pen.fillStyle = (this.output[at] & 0xff) > 127 ? "#000" : "#fff";
        pen.fillText(short(quantity(frame.values[at])), x + (column + 0.5) * zoom, y + (row + 0.5) * tall, zoom - 2);
      }
    }
  }

  drawScale(spacing, width, height) {
    const { pen } = this;
    const longest = ((width / 4) * spacing) / this.zoom; // in mm
    const power = 10 ** Math.floor(Math.log10(longest));
    const length = [5, 2, 1].map((digit) => digit * power).find((candidate) => candidate <= longest);
    const pixels = (length / spacing) * this.zoom;
    const [left, y] = [(width - pixels) / 2, height - 30.5];
    pen.beginPath();
    pen.moveTo(left, y - 5);
    pen.lineTo(left, y);
    pen.lineTo(left + pixels, y);
    pen.lineTo(left + pixels, y - 5);
    pen.lineWidth = 3;
    pen.strokeStyle = "rgba(0, 0, 0, 0.7)";
    pen.stroke();
    pen.lineWidth = 1.5;
    pen.strokeStyle = "#ffd27a";
    pen.stroke();
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "bottom";
    pen.fillStyle = "#ffd27a";
    pen.fillText(length >= 10 ? `${short(length / 10)} cm` : `${short(length)} mm`, width / 2, y - 5);
  }

  // ---- histogram ----

  quantities() {
    // The lowest and the highest value of this image, in the unit of the window.
    const { picture } = this;
    const frame = this.pictures.get(this.number);
    if (!frame || this.isColour) return picture.extent ?? [0, 255];
    if (picture.modalityTable) return extremes(picture.modalityTable);
    const quantity = quantityFunction(picture);
    const ends = [quantity(frame.lowest), quantity(frame.highest)];
    return [Math.min(...ends), Math.max(...ends)];
  }

  get step() {
    const [low, high] = this.quantities();
    return high - low >= 100 ? 1 : 10 ** Math.floor(Math.log10((high - low || 1) / 200));
  }

  counts(picture, frame) {
    if (frame.counts) return frame.counts;
    const [low, high] = this.quantities();
    const counts = new Float64Array(BINS);
    const quantity = quantityFunction(picture);
    const scale = BINS / (high - low || 1);
    for (const value of frame.values) {
      if (Number.isNaN(value)) continue;
      counts[clamp(Math.floor((quantity(value) - low) * scale), 0, BINS - 1)] += 1;
    }
    frame.counts = counts;
    return counts;
  }

  drawHistogram(picture, frame, state) {
    if (this.presets) this.markPreset();
    if (this.isColour || !frame || !this.histogram.width) return;
    const { bins } = this;
    const [width, height] = [this.histogram.clientWidth, this.histogram.clientHeight];
    const [low, high] = this.quantities();
    const counts = this.counts(picture, frame);
    const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 0)) || 1;
    const at = (value) => ((value - low) / (high - low || 1)) * width;
    bins.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    bins.clearRect(0, 0, width, height);
    bins.fillStyle = "#5b8fb9";
    counts.forEach((count, index) => {
      const tall = (Math.log1p(count) / most) * (height - 6);
      bins.fillRect((index * width) / BINS, height - tall, width / BINS + 0.5, tall);
    });
    this.handles = null;
    if (!state.window) return;
    const [center, extent] = state.window;
    this.handles = [clamp(at(center - extent / 2), 1, width - 1), clamp(at(center + extent / 2), 1, width - 1)];
    bins.fillStyle = "rgba(255, 210, 122, 0.22)";
    bins.fillRect(this.handles[0], 0, this.handles[1] - this.handles[0], height);
    const grey = greyFunction(center, extent, state.function, picture.inverse);
    bins.strokeStyle = "#ffd27a";
    bins.lineWidth = 1.5;
    bins.beginPath();
    for (let pixel = 0; pixel <= width; pixel += 1) {
      const y = height - 2 - (grey(low + (pixel / width) * (high - low)) / 255) * (height - 4);
      if (pixel) bins.lineTo(pixel, y);
      else bins.moveTo(pixel, y);
    }
    bins.stroke();
    bins.fillStyle = "#ffd27a";
    for (const handle of this.handles) {
      bins.fillRect(handle - 1, 0, 2, height);
      bins.beginPath();
      bins.arc(handle, 7, 5, 0, 2 * Math.PI);
      bins.fill();
    }
  }

  grab(event) {
    if (!this.handles) return;
    this.histogram.setPointerCapture(event.pointerId);
    const [first, second] = this.handles.map((handle) => Math.abs(handle - event.offsetX));
    this.handle = first < second ? 0 : 1;
    this.dragHandle(event);
  }

  dragHandle(event) {
    if (this.handle === undefined || !this.state.window) return;
    const [low, high] = this.quantities();
    const value = low + (event.offsetX / this.histogram.clientWidth) * (high - low);
    const [center, width] = this.state.window;
    const ends = [center - width / 2, center + width / 2];
    ends[this.handle] = this.handle ? Math.max(value, ends[0] + this.step) : Math.min(value, ends[1] - this.step);
    this.setWindow((ends[0] + ends[1]) / 2, ends[1] - ends[0], false);
  }

  typed() {
    const [center, width] = [this.center.valueAsNumber, this.width.valueAsNumber];
    if (Number.isFinite(center) && Number.isFinite(width) && width > 0) {
      this.setTrait("window", [center, Math.max(width, LEAST_WIDTH[this.state.function])], true);
    }
  }

  // ---- hands ----

  press(event) {
    if (!this.picture) return;
    this.view.focus({ preventScroll: true });
    this.view.setPointerCapture(event.pointerId);
    const isMove = event.button !== 0 || event.shiftKey;
    const [low, high] = this.quantities();
    const window = this.state.window ?? [(low + high + 1) / 2, high - low + 1];
    this.drag = { kind: isMove || this.isColour ? "move" : "window", x: event.clientX, y: event.clientY, window, perPixel: (high - low) / 512 };
    event.preventDefault();
  }

  move(event) {
    const box = this.view.getBoundingClientRect();
    this.point([event.clientX - box.left, event.clientY - box.top]);
    const { drag } = this;
    if (!drag) return;
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
    if (drag.kind === "move") {
      this.pan(x, y);
      Object.assign(drag, { x: event.clientX, y: event.clientY });
    } else if (x || y) {
      // Down shows lower values brighter: the window moves down the scale.
      this.setWindow(drag.window[0] - y * drag.perPixel, drag.window[1] + x * drag.perPixel, false);
    }
  }

  release() {
    const wasWindow = this.drag?.kind === "window" || this.handle !== undefined;
    this.drag = this.handle = undefined;
    if (wasWindow) this.setTrait("window", this.model.get("window"), true);
  }

  turn(event) {
    if (!this.picture) return;
    const [first, last] = this.range;
    const isZoom = event.ctrlKey || event.metaKey;
    if (first === last && !isZoom) return; // nothing to scroll through: let the notebook scroll
    event.preventDefault();
    const box = this.view.getBoundingClientRect();
    if (isZoom) {
      this.zoomAt(event.clientX - box.left, event.clientY - box.top, Math.exp(-event.deltaY / 300));
      return;
    }
    // A notch of a wheel is one image; a touchpad sends many small steps that add up to one.
    this.wheel += event.deltaMode === 0 ? event.deltaY / 60 : event.deltaY;
    const steps = Math.abs(event.deltaY) >= 60 || event.deltaMode ? Math.sign(event.deltaY) : Math.trunc(this.wheel);
    if (!steps) return;
    this.wheel = 0;
    this.scroll(steps, false);
  }

  key(event) {
    if (!this.picture || event.ctrlKey || event.metaKey || event.altKey) return;
    const [first, last] = this.range;
    const [width, height] = [this.view.clientWidth / 2, this.view.clientHeight / 2];
    const arrows = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    const actions = {
      PageUp: () => this.scroll(-10),
      PageDown: () => this.scroll(10),
      Home: () => this.select(first),
      End: () => this.select(last),
      f: () => this.fit(),
      1: () => this.oneToOne(),
      "+": () => this.zoomAt(width, height, 1.25),
      "=": () => this.zoomAt(width, height, 1.25),
      "-": () => this.zoomAt(width, height, 0.8),
      r: () => this.reset(),
      p: () => this.choosePreset(((Number(this.preset.value) || 0) + 1) % this.presets.length),
      " ": () => this.play(!this.playing),
      "[": () => this.nudge(-1, 0),
      "]": () => this.nudge(1, 0),
      "{": () => this.nudge(0, -1),
      "}": () => this.nudge(0, 1),
    };
    const arrow = arrows[event.key];
    let action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (arrow && event.shiftKey) action = () => this.pan(-40 * arrow[0], -40 * arrow[1]);
    else if (arrow) action = () => this.scroll(arrow[0] + arrow[1]);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  nudge(up, wider) {
    if (this.isColour) return;
    const [low, high] = this.quantities();
    const [center, width] = this.state.window ?? [(low + high + 1) / 2, high - low + 1];
    const by = Math.max((high - low) / 100, this.step);
    this.setWindow(center + up * by, width + wider * by, true);
  }

  play(isPlaying) {
    this.playing = isPlaying && this.picture !== undefined;
    this.buttons.play.textContent = this.playing ? "■ Stop" : "▶ Play";
    this.due = performance.now();
    const step = (now) => {
      if (!this.playing) return;
      const period = this.picture.frame_time_ms;
      if (now >= this.due) {
        const [first, last] = this.range;
        const next = this.number >= last ? first : this.number + 1;
        // A frame that has not arrived is waited for, so that none is left out.
        if (this.pictures.frames.has(next) || this.pictures.refused.has(next)) this.select(next, false);
        else this.pictures.wantAround(next);
        this.due = Math.max(this.due + period, now);
      }
      requestAnimationFrame(step);
    };
    if (this.playing) requestAnimationFrame(step);
  }

  // ---- probe ----

  point(position) {
    this.pointer = position;
    if (this.picture) this.writeProbe();
  }

  writeProbe() {
    if (!this.pointer) return;
    const { picture } = this;
    const column = Math.floor((this.pointer[0] - this.x) / this.zoom);
    const row = Math.floor((this.pointer[1] - this.y) / (this.zoom * picture.aspect));
    const frame = this.pictures.frames.get(this.number);
    const isInside = column >= 0 && row >= 0 && column < picture.columns && row < picture.rows;
    this.probe.textContent = isInside && frame ? this.reading(picture, frame, row, column) : "Outside the image.";
  }

  reading(picture, frame, row, column) {
    const at = row * picture.columns + column;
    const words = [`[${row}, ${column}]`];
    if (picture.type === "rgb") {
      words.push(`red ${frame.values[3 * at]}  green ${frame.values[3 * at + 1]}  blue ${frame.values[3 * at + 2]}`);
    } else {
      const stored = frame.values[at];
      const value = `${short(quantityFunction(picture)(stored))}${picture.unit ? ` ${picture.unit}` : ""}`;
      const shift = picture.intercept < 0 ? `− ${short(-picture.intercept)}` : `+ ${short(picture.intercept)}`;
      if (picture.modalityTable) words.push(`stored ${stored} → Modality LUT → ${value}`);
      else if (picture.slope === null) words.push(`stored ${value}`);
      else words.push(`stored ${stored} × ${short(picture.slope)} ${shift} = ${value}`);
      words.push(`grey ${this.output[at] & 0xff}`);
    }
    if (picture.plane) {
      const { origin, along_row: right, along_column: down } = picture.plane;
      const place = origin.map((start, axis) => (start + column * right[axis] + row * down[axis]).toFixed(1));
      words.push(`patient (${place.join(", ")}) mm`);
    }
    return words.join("   ·   ");
  }
}

export default {
  render({ model, el }) {
    const viewer = new Viewer(model, begin(el, "Image viewer"));
    return () => viewer.close();
  },
};
