// Draw images. Python decides what a stored value means; this file turns numbers into light.
//
// Raw frames arrive once, as custom messages. From then on everything that moves (window, zoom, slices, cine)
// happens here, so that it stays smooth while the kernel computes. The traits are `window`, `function` and
// `selection`; nothing that could be a patient's is ever among them.
//
//   Grey levels   from a stored value to light, exactly as dicomkit/pixels/rendering.py
//   Pictures      which frames there are, which have arrived, which to ask for next
//   Placement     where the image lies on the screen
//   Ink           what is drawn over it: grid and values, scale, cross, where a linked image cuts it
//   Histogram     how often values occur, and the window's handles
//   Link          viewers that go together
//   Viewer        the page, the state, and the hands that change it

const LEAST_WIDTH = { LINEAR: 1, LINEAR_EXACT: 0.001, SIGMOID: 0.001 };
const MARK = "#ffd27a";

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
  inverse: false, padding: null, extent: [0, 255], presets: [], tags: [],
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

function valueRange(picture, frame) {
  // The lowest and the highest value of an image, in the unit of the window.
  if (!frame || picture.type === "rgb") return picture.extent;
  if (picture.modalityTable) return extremes(picture.modalityTable);
  const quantity = quantityFunction(picture);
  return extremes([quantity(frame.lowest), quantity(frame.highest)]);
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
// Pictures: what Python said about them, and the frames that have arrived.

const MOST_ASKED = 8; // pictures on their way, and how large they may be together: a hand's next wish waits behind
const MOST_ASKED_BYTES = 2 * 1024 * 1024;
const RECENT_MS = 300;
const MOST_KEPT_BYTES = 768 * 1024 * 1024;

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
    this.wait = 100; // ms that a frame is on its way
    this.moves = []; // when which picture was looked at, of late
  }

  async load() {
    const answer = await this.ask({ ask: "pictures" });
    this.list = (answer.pictures ?? []).map((picture) => ({ ...UNKNOWN, ...picture }));
    this.series = answer.series ?? [];
    this.onChange(0, answer.problem);
  }

  async fetch(number) {
    // The first piece says how many there are, and how to show them.
    const start = performance.now();
    const first = await this.ask({ ask: "frame", picture: number, part: 0 });
    const picture = Object.assign(this.list[number - 1], { tags: first.tags ?? [] }, first.recipe);
    if (first.problem) {
      this.refused.set(number, first.problem);
    } else {
      const others = Array.from({ length: first.parts - 1 }, (_, index) => index + 1);
      const rest = await Promise.all(others.map((part) => this.ask({ ask: "frame", picture: number, part })));
      const tables = first.buffers.slice(1).map(bytesOf);
      if (picture.modality_table) picture.modalityTable = new Float64Array(tables.shift().buffer);
      if (picture.display_table) picture.displayTable = tables.shift();
      this.frames.set(number, this.makeFrame(picture, [first, ...rest].map((answer) => bytesOf(answer.buffers[0]))));
    }
    this.wait += (performance.now() - start - this.wait) / 4;
    this.asked.delete(number);
    this.onChange(number);
  }

  makeFrame(picture, parts) {
    const joined = parts.length === 1 ? parts[0] : new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    if (parts.length > 1) parts.reduce((offset, part) => (joined.set(part, offset), offset + part.length), 0);
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

  isMissing(number) {
    const isThere = number >= 1 && number <= this.list.length;
    return isThere && !this.frames.has(number) && !this.asked.has(number) && !this.refused.has(number);
  }

  lead(number) {
    // How many pictures a hand is further on once a frame that is asked for now has arrived.
    const now = performance.now();
    if (number !== this.moves.at(-1)?.number) this.moves.push({ now, number });
    this.moves = this.moves.filter((move) => now - move.now < RECENT_MS);
    const [first, last] = [this.moves[0], this.moves.at(-1)];
    if (this.moves.length < 3) return 0;
    return Math.round(((last.number - first.number) / (last.now - first.now)) * this.wait);
  }

  wantAround(number) {
    // A hand that rests gets the picture that it looks at, one that moves the picture where it will be; then
    // the neighbours, a few at a time. The oldest are forgotten.
    const average = this.frames.size ? this.bytes / this.frames.size : MOST_ASKED_BYTES;
    const room = clamp(Math.floor(MOST_ASKED_BYTES / average), 2, MOST_ASKED) - this.asked.size;
    const lead = this.lead(number);
    const middle = clamp(number + lead, 1, this.list.length);
    const wanted = lead === 0 && this.isMissing(number) ? [number] : [];
    const reach = Math.min(this.list.length, Math.max(4, Math.floor(MOST_KEPT_BYTES / average / 2)));
    for (let away = 0; away < reach && wanted.length < room; away += 1) {
      // Behind a moving hand nothing is looked at.
      for (const candidate of lead ? [middle + Math.sign(lead) * away] : [middle + away, middle - away]) {
        if (this.isMissing(candidate) && !wanted.includes(candidate)) wanted.push(candidate);
      }
    }
    for (const [old, frame] of this.frames) {
      if (this.bytes <= MOST_KEPT_BYTES || old === number) break;
      this.frames.delete(old);
      this.bytes -= frame.bytes;
    }
    for (const one of wanted) this.asked.add(one);
    for (const one of wanted) this.fetch(one);
  }
}

function bytesOf(buffer) {
  // A copy that starts at an address where 16- and 64-bit numbers may start.
  return new Uint8Array(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength));
}

// ---------------------------------------------------------------------------------------------------------
// Placement: where the image lies in the view. `zoom` is how many screen pixels wide an image pixel is.

class Placement {
  constructor() {
    Object.assign(this, { width: 0, height: 0, rows: 1, columns: 1, aspect: 1, zoom: 1, x: 0, y: 0, isFitted: true });
  }

  get tall() {
    return this.zoom * this.aspect;
  }

  get key() {
    return `${this.x} ${this.y} ${this.zoom} ${this.width} ${this.height} ${this.rows} ${this.columns} ${this.aspect}`;
  }

  hold({ rows, columns, aspect }, width = this.width, height = this.height) {
    Object.assign(this, { rows, columns, aspect, width, height });
    if (this.isFitted) this.fit();
  }

  fit() {
    this.center(Math.min(this.width / this.columns, this.height / (this.rows * this.aspect)) || 1);
    this.isFitted = true;
  }

  center(zoom) {
    this.zoom = zoom;
    this.x = (this.width - this.columns * this.zoom) / 2;
    this.y = (this.height - this.rows * this.tall) / 2;
    this.isFitted = false;
  }

  zoomAt(x, y, factor) {
    const zoom = clamp(this.zoom * factor, 0.05, 80);
    this.x = x - ((x - this.x) * zoom) / this.zoom;
    this.y = y - ((y - this.y) * zoom) / this.zoom;
    this.zoom = zoom;
    this.isFitted = false;
  }

  pan(x, y) {
    this.x += x;
    this.y += y;
    this.isFitted = false;
  }

  pixelAt([x, y]) {
    // Row and column under a point of the view, or null outside the image.
    const [row, column] = [Math.floor((y - this.y) / this.tall), Math.floor((x - this.x) / this.zoom)];
    return row >= 0 && column >= 0 && row < this.rows && column < this.columns ? [row, column] : null;
  }

  screen(row, column) {
    // The middle of a pixel.
    return [this.x + (column + 0.5) * this.zoom, this.y + (row + 0.5) * this.tall];
  }
}

// ---------------------------------------------------------------------------------------------------------
// Ink: what is drawn over the image.

const SHOW_VALUES_AT = 30; // screen pixels that an image pixel needs before its value is written into it
const SHOW_GRID_AT = 10;

function fitCanvas(canvas) {
  canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
}

function sizeOf(canvas) {
  // As it was fitted: to ask the page for clientWidth would make it lay everything out, in each frame.
  return [canvas.width / devicePixelRatio, canvas.height / devicePixelRatio];
}

function clearedPen(canvas) {
  const pen = canvas.getContext("2d");
  pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  pen.clearRect(0, 0, ...sizeOf(canvas));
  return pen;
}

function strokeTwice(pen, draw, color = MARK) {
  // A dark seam makes a line visible on white as well.
  for (const [width, style] of [[3.5, "rgba(0, 0, 0, 0.65)"], [1.5, color]]) {
    pen.lineWidth = width;
    pen.strokeStyle = style;
    pen.beginPath();
    draw();
    pen.stroke();
  }
}

function drawGrid(pen, placement, picture, frame, output) {
  const { zoom, tall, x, y } = placement;
  const [left, right] = [Math.max(0, Math.floor(-x / zoom)), Math.min(picture.columns, Math.ceil((placement.width - x) / zoom))];
  const [top, bottom] = [Math.max(0, Math.floor(-y / tall)), Math.min(picture.rows, Math.ceil((placement.height - y) / tall))];
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
  const words = picture.type === "rgb" ? colourWords(frame) : valueWords(picture, frame);
  if (Math.min(zoom, tall) < SHOW_VALUES_AT) return;
  const size = clamp(zoom / (picture.type === "rgb" ? 4 : 3.4), 9, 16);
  pen.font = `${size}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) {
      const at = row * picture.columns + column;
      const [red, green, blue] = [output[at] & 0xff, (output[at] >> 8) & 0xff, (output[at] >> 16) & 0xff];
      pen.fillStyle = 0.3 * red + 0.6 * green + 0.1 * blue > 127 ? "#000" : "#fff";
      const lines = words(at);
      const [middleX, middleY] = placement.screen(row, column);
      lines.forEach((line, index) => pen.fillText(line, middleX, middleY + (index - (lines.length - 1) / 2) * size, zoom - 2));
    }
  }
}

function valueWords(picture, frame) {
  const quantity = quantityFunction(picture);
  return (at) => [short(quantity(frame.values[at]))];
}

function colourWords({ values }) {
  return (at) => [values[3 * at], values[3 * at + 1], values[3 * at + 2]];
}

function drawScale(pen, placement, [, spacing]) {
  const longest = ((placement.width / 4) * spacing) / placement.zoom; // in mm
  const power = 10 ** Math.floor(Math.log10(longest));
  const digit = [5, 2, 1].find((candidate) => candidate * power <= longest);
  const pixels = ((digit * power) / spacing) * placement.zoom;
  const [right, y] = [placement.width - 14.5, placement.height - 34.5];
  strokeTwice(pen, () => {
    pen.moveTo(right - pixels, y);
    pen.lineTo(right, y);
    for (let tick = 0; tick <= digit; tick += 1) {
      pen.moveTo(right - (pixels * tick) / digit, y);
      pen.lineTo(right - (pixels * tick) / digit, y - (tick % digit ? 4 : 8));
    }
  });
  pen.font = "13px system-ui, sans-serif";
  pen.textAlign = "right";
  pen.textBaseline = "bottom";
  pen.shadowColor = "#000";
  pen.shadowBlur = 3;
  pen.fillStyle = MARK;
  const length = digit * power;
  pen.fillText(length >= 10 ? `${short(length / 10)} cm` : `${short(length)} mm`, right, y - 9);
  pen.shadowBlur = 0;
}

function drawCross(pen, placement, [row, column]) {
  const [x, y] = placement.screen(row, column);
  strokeTwice(pen, () => {
    for (const [right, down] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      pen.moveTo(x + 5 * right, y + 5 * down);
      pen.lineTo(x + 14 * right, y + 14 * down);
    }
  });
}

function drawCut(pen, placement, picture, other) {
  // Where the plane of another image cuts this one: all (column, row) with  c0 + column * cx + row * cy = 0.
  const upright = normalOf(other.plane);
  if (Math.abs(dot(upright, normalOf(picture.plane))) > PARALLEL) return;
  const { origin, along_row: right, along_column: down } = picture.plane;
  const [c0, cx, cy] = [dot(upright, minus(origin, other.plane.origin)), dot(upright, right), dot(upright, down)];
  const [most, last] = [picture.columns - 0.5, picture.rows - 0.5];
  const ends = [];
  for (const column of [-0.5, most]) if (cy) ends.push([-(c0 + column * cx) / cy, column]);
  for (const row of [-0.5, last]) if (cx) ends.push([row, -(c0 + row * cy) / cx]);
  const inside = ends.filter(([row, column]) => row >= -0.51 && row <= last + 0.01 && column >= -0.51 && column <= most + 0.01);
  if (inside.length < 2) return;
  const [start, end] = [inside[0], inside[inside.length - 1]].map(([row, column]) => placement.screen(row, column));
  strokeTwice(pen, () => {
    pen.moveTo(...start);
    pen.lineTo(...end);
  }, "#56b4e9");
}

// ---------------------------------------------------------------------------------------------------------
// Histogram: how often values occur (the height is a logarithm), the curve of the window, and its two handles.

const BINS = 160;
const MOST_COUNTED = 300_000; // pixels; of more, every second or third is counted
const NEAR = 8; // screen pixels from a handle at which a hand means the handle

class Histogram {
  constructor(canvas) {
    this.canvas = canvas;
    this.bars = document.createElement("canvas");
    this.isNear = false; // whether it shows the surroundings of the window only
    this.handles = null;
  }

  resize() {
    fitCanvas(this.canvas);
    this.counted = undefined;
    this.key = undefined;
  }

  draw(picture, frame, state) {
    const { canvas } = this;
    if (!canvas.width) return;
    if (!this.grabbed) this.choose(picture, frame, state);
    const key = `${this.low} ${this.high} ${state.window} ${state.function}`;
    if (key === this.key && this.counted === frame) return;
    if (this.counted !== frame || this.counts !== `${this.low} ${this.high}`) this.count(picture, frame);
    this.key = key;
    const pen = clearedPen(canvas);
    const [width, height] = sizeOf(canvas);
    pen.drawImage(this.bars, 0, 0, width, height);
    this.handles = null;
    if (!state.window) return;
    const at = (value) => clamp(((value - this.low) / (this.high - this.low)) * width, 1, width - 1);
    const [center, extent] = state.window;
    this.handles = [at(center - extent / 2), at(center + extent / 2)];
    pen.fillStyle = "rgba(255, 210, 122, 0.2)";
    pen.fillRect(this.handles[0], 0, this.handles[1] - this.handles[0], height);
    this.drawCurve(pen, greyFunction(center, extent, state.function, picture.inverse), width, height - 16);
    pen.fillStyle = MARK;
    for (const handle of this.handles) {
      pen.fillRect(handle - 1, 0, 2, height - 14);
      pen.beginPath();
      pen.arc(handle, 7, 5, 0, 2 * Math.PI);
      pen.fill();
    }
  }

  drawCurve(pen, grey, width, height) {
    pen.strokeStyle = MARK;
    pen.lineWidth = 1.5;
    pen.beginPath();
    for (let pixel = 0; pixel <= width; pixel += 1) {
      pen.lineTo(pixel, height - (grey(this.low + (pixel / width) * (this.high - this.low)) / 255) * (height - 2));
    }
    pen.stroke();
  }

  choose(picture, frame, { window }) {
    // All values of the image, or three times the window.
    [this.low, this.high] = valueRange(picture, frame);
    if (this.isNear && window) [this.low, this.high] = [window[0] - 1.5 * window[1], window[0] + 1.5 * window[1]];
    if (!(this.high > this.low)) this.high = this.low + 1;
  }

  count(picture, frame) {
    this.counted = frame;
    this.counts = `${this.low} ${this.high}`;
    const counts = new Float64Array(BINS);
    const quantity = quantityFunction(picture);
    const scale = BINS / (this.high - this.low);
    const step = Math.ceil(frame.values.length / MOST_COUNTED);
    for (let at = 0; at < frame.values.length; at += step) {
      const bin = Math.floor((quantity(frame.values[at]) - this.low) * scale);
      if (bin >= 0 && bin < BINS) counts[bin] += 1;
      else if (bin === BINS) counts[BINS - 1] += 1; // the highest value of all
    }
    this.drawBars(counts);
  }

  drawBars(counts) {
    const { canvas, bars } = this;
    [bars.width, bars.height] = [canvas.width, canvas.height];
    const pen = bars.getContext("2d");
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    const [width, tallest] = sizeOf(canvas);
    const height = tallest - 14;
    const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 0)) || 1;
    pen.fillStyle = "#5b8fb9";
    counts.forEach((count, index) => {
      const tall = (Math.log1p(count) / most) * (height - 6);
      pen.fillRect((index * width) / BINS, height - tall, width / BINS + 0.5, tall);
    });
    pen.fillStyle = "#9fb1c1";
    pen.font = "10px system-ui, sans-serif";
    pen.textBaseline = "bottom";
    for (const [align, value, x] of [["left", this.low, 3], ["center", (this.low + this.high) / 2, width / 2], ["right", this.high, width - 3]]) {
      pen.textAlign = align;
      pen.fillText(short(Number(value.toPrecision(4))), x, height + 13);
    }
  }

  grab(x, window) {
    if (!this.handles || !window) return;
    const [first, second] = this.handles.map((handle) => Math.abs(handle - x));
    const isBetween = x > this.handles[0] + NEAR && x < this.handles[1] - NEAR;
    this.grabbed = { what: isBetween ? "both" : first < second ? "lower" : "upper", x, window };
  }

  drag(x, step) {
    // Return center and width as the hand wants them.
    const { what, window, x: start } = this.grabbed;
    const unit = (this.high - this.low) / sizeOf(this.canvas)[0];
    const [center, width] = window;
    const by = (x - start) * unit;
    if (what === "both") return [center + by, width];
    const [low, high] = [center - width / 2, center + width / 2];
    const ends = what === "lower" ? [Math.min(low + by, high - step), high] : [low, Math.max(high + by, low + step)];
    return [(ends[0] + ends[1]) / 2, ends[1] - ends[0]];
  }
}

// ---------------------------------------------------------------------------------------------------------
// Link: viewers that go together tell each other within the page, and wait for no kernel. Which picture
// follows is decided as in dicomkit/viewers/linking.py.

const NEWS = "dicomkit-image";
const PARALLEL = 0.9;

class Link {
  constructor(model, onNews) {
    this.model = model;
    this.hear = ({ detail }) => {
      if (detail.model !== model && detail.word && detail.word === model.get("linked_as")) onNews(detail);
    };
    document.addEventListener(NEWS, this.hear);
  }

  tell(kind, content) {
    const detail = { kind, model: this.model, word: this.model.get("linked_as"), ...content };
    if (detail.word) document.dispatchEvent(new CustomEvent(NEWS, { detail }));
  }

  close() {
    document.removeEventListener(NEWS, this.hear);
  }
}

function followingIndex(leader, index, count, followers) {
  if (!leader.plane || !followers[0].plane) return count === followers.length ? index : null;
  const upright = normalOf(leader.plane);
  const { origin, along_row: right, along_column: down } = leader.plane;
  const point = origin.map((start, axis) => start + (right[axis] * (leader.columns - 1)) / 2 + (down[axis] * (leader.rows - 1)) / 2);
  let [nearest, found] = [Infinity, null];
  followers.forEach((follower, at) => {
    if (!follower.plane || !isOneSpace(leader, follower)) return;
    const direction = normalOf(follower.plane);
    const distance = Math.round(1e6 * Math.abs(dot(direction, minus(point, follower.plane.origin))));
    if (Math.abs(dot(direction, upright)) >= PARALLEL && distance < nearest) [nearest, found] = [distance, at];
  });
  return found;
}

function isOneSpace(one, other) {
  return one.space !== "" && one.space === other.space;
}

function normalOf({ along_row: [a, b, c], along_column: [d, e, f] }) {
  const upright = [b * f - c * e, c * d - a * f, a * e - b * d];
  const length = Math.hypot(...upright) || 1;
  return upright.map((one) => one / length);
}

function dot([a, b, c], [d, e, f]) {
  return a * d + b * e + c * f;
}

function minus([a, b, c], [d, e, f]) {
  return [a - d, b - e, c - f];
}

// ---------------------------------------------------------------------------------------------------------
// Small helpers for the page. Text goes in as textContent only: a value may hold anything.

function element(name, classes, text, attributes = {}, ...children) {
  return make(name, { class: classes || null, text, ...attributes }, ...children);
}

function put(node, text) {
  // The page is laid out anew only if a text has changed.
  if (node.dicomkitText === text) return;
  node.dicomkitText = text;
  node.textContent = text;
}

function short(number) {
  return Number.isFinite(number) ? String(Number(number.toPrecision(6))) : String(number);
}

function clamp(number, low, high) {
  return Math.min(Math.max(number, low), high);
}

// ---------------------------------------------------------------------------------------------------------
// The viewer.

const TRAITS = ["window", "function", "selection", "linked_as"];
const SAVE_AFTER_MS = 120; // Python hears of a drag eight times a second, not sixty
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
  ["W A S D, with Shift", "read the next pixel, ten pixels on"],
  ["Space", "play, stop"],
];

class Viewer {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.words = new Uint32Array(65536);
    this.placement = new Placement();
    this.held = new Map(); // traits that a hand has changed and Python has not heard of
    this.others = new Map(); // the pictures that linked viewers show, by their models
    this.pointer = null; // where the mouse is
    this.cross = null; // the pixel that the keys read
    this.wheel = 0;
    this.build();
    this.link = new Link(model, (news) => this.heard(news));
    this.ask = asker(model);
    this.pictures = new Pictures(this.ask, (number, problem) => this.arrived(number, problem));
    this.aborted = new AbortController();
    this.listen();
    this.pictures.load();
  }

  // ---- page ----

  build() {
    const { root } = this;
    root.classList.add("dk-image");
    this.bar = element("div", "dk-bar", undefined, { role: "group", "aria-label": "View" });
    this.series = this.choice("Series");
    this.preset = this.choice("Window");
    this.func = this.choice("Function");
    for (const name of ["", "LINEAR", "LINEAR_EXACT", "SIGMOID"]) {
      this.func.append(element("option", "", name || "as in the file", { value: name }));
    }
    this.button("Fit", "Fit the image into the view (F)", () => this.fit());
    this.button("1:1", "One image pixel is one screen pixel (1)", () => this.oneToOne());
    this.button("Reset", "Window as in the file, whole image (R)", () => this.reset());
    this.button("Full screen", "Fill the screen with this viewer (Escape ends it)", () => this.fillScreen());
    root.append(this.bar, element("div", "dk-main", undefined, {}, this.buildStage(), this.buildSide()));
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.chart = new Histogram(this.histogram);
  }

  buildStage() {
    this.canvas = element("canvas", "dk-pixels", undefined, { "aria-hidden": "true", width: 1, height: 1 });
    this.overlay = element("canvas", "dk-overlay", undefined, { "aria-hidden": "true" });
    this.corners = Object.fromEntries(["tl", "tr", "bl", "br"].map((at) => [at, element("div", `dk-corner dk-${at}`)]));
    this.edges = Object.fromEntries(["left", "right", "top", "bottom"].map((at) => [at, element("div", `dk-edge dk-${at}`)]));
    this.notice = element("div", "dk-notice", "", { role: "status" });
    this.spoken = element("div", "dk-unseen", "", { role: "status" });
    this.view = element("div", "dk-view", undefined, { tabindex: "0", role: "application", "aria-label": "Image" });
    this.view.append(this.canvas, this.overlay, ...Object.values(this.corners), ...Object.values(this.edges), this.notice);
    this.slider = element("input", "dk-slider", undefined, { type: "range", min: 1, max: 1, step: 1, "aria-label": "Image" });
    this.probe = element("div", "dk-probe", "Point at a pixel to read its value.");
    this.player = this.button("▶ Play", "Play the images one after the other (Space)", () => this.play(!this.playing));
    this.rate = this.numberInput("images/s", { min: 0.1, max: 120 });
    this.walk = element("div", "dk-walk", undefined, {}, this.player, this.slider, this.rate.parentElement);
    return element("div", "dk-stage", undefined, {}, this.view, this.walk, this.probe, this.spoken);
  }

  buildSide() {
    this.histogram = element("canvas", "dk-histogram", undefined, { "aria-hidden": "true" });
    this.center = this.numberInput("Center");
    this.width = this.numberInput("Width");
    this.near = element("button", "dk-near", "near", {
      type: "button", "aria-pressed": "false", "aria-label": "Near the window", title: "Show only the values around the window",
    });
    const numbers = element("div", "dk-numbers", undefined, {}, this.center.parentElement, this.width.parentElement);
    this.tags = element("table", "dk-tags", undefined, { "aria-label": "Attributes of this image" });
    const list = element("dl");
    for (const [key, meaning] of KEYS) list.append(element("dt", "", key), element("dd", "", meaning));
    const keys = element("details", "dk-keys", undefined, {}, element("summary", "", "Mouse and keys"), list);
    this.side = element("div", "dk-side");
    this.side.append(element("h4", "", "Values and window", {}, this.near), this.histogram, numbers, element("h4", "", "This image"), this.tags, keys);
    return this.side;
  }

  choice(label) {
    const select = element("select");
    this.bar.append(element("label", "dk-choice", `${label} `, {}, select));
    return select;
  }

  button(text, title, action) {
    const button = element("button", "", text, { type: "button", title });
    button.addEventListener("click", action);
    this.bar.append(button);
    return button;
  }

  numberInput(label, limits = {}) {
    const input = element("input", "", undefined, { type: "number", step: "any", ...limits });
    element("label", "dk-choice", `${label} `, {}, input);
    return input;
  }

  listen() {
    const { signal } = this.aborted;
    const on = (target, kind, action, options = {}) => target.addEventListener(kind, action, { signal, ...options });
    this.onTrait = () => this.schedule();
    for (const name of TRAITS) this.model.on(`change:${name}`, this.onTrait);
    on(this.view, "pointerdown", (event) => this.press(event));
    on(this.view, "pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      on(this.view, kind, () => this.release());
      on(this.histogram, kind, () => this.release());
    }
    on(this.view, "pointerleave", () => this.point(null));
    on(this.view, "dblclick", () => this.fit());
    on(this.view, "contextmenu", (event) => event.preventDefault());
    on(this.view, "wheel", (event) => this.turn(event), { passive: false });
    on(this.view, "keydown", (event) => this.key(event));
    on(this.slider, "input", () => this.select(Number(this.slider.value)));
    on(this.series, "change", () => this.select(this.pictures.series[Number(this.series.value)].first));
    on(this.preset, "change", () => this.choosePreset(Number(this.preset.value)));
    on(this.func, "change", () => this.setTrait("function", this.func.value, true));
    for (const input of [this.center, this.width]) on(input, "change", () => this.typed());
    on(this.rate, "change", () => { this.chosenRate = this.rate.valueAsNumber > 0 ? this.rate.valueAsNumber : undefined; });
    on(this.histogram, "pointerdown", (event) => this.grab(event));
    on(this.histogram, "pointermove", (event) => this.dragHandle(event));
    for (const [target, kind] of [[this.near, "click"], [this.histogram, "dblclick"]]) on(target, kind, () => this.toggleNear());
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.view);
    this.observer.observe(this.histogram);
  }

  close() {
    this.playing = false;
    this.aborted.abort();
    this.observer.disconnect();
    cancelAnimationFrame(this.request);
    if (this.saving) this.save();
    this.ask.stop();
    this.link.close();
    for (const name of TRAITS) this.model.off(`change:${name}`, this.onTrait);
  }

  // ---- state ----

  get number() {
    return clamp(this.trait("selection") || 1, 1, Math.max(1, this.pictures.list.length));
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
    const name = this.trait("function") || picture.function;
    let window = this.trait("window") ?? (picture.is_windowed ? picture.windows[0] : null);
    if (window) window = [window[0], Math.max(window[1], LEAST_WIDTH[name])];
    return { window, function: name };
  }

  get values() {
    return valueRange(this.picture, this.pictures.frames.get(this.number));
  }

  get step() {
    // What a window is rounded to: whole values, or finer where there are few.
    const [low, high] = this.values;
    return high - low >= 100 ? 1 : 10 ** Math.floor(Math.log10((high - low || 1) / 200));
  }

  get startWindow() {
    const [low, high] = this.values;
    return this.state.window ?? [(low + high + 1) / 2, high - low + 1];
  }

  setTrait(name, value, isFinal) {
    // A hand has changed something: this viewer and those that are linked with it show it at once.
    this.take(name, value, isFinal);
    if (name !== "selection") {
      this.link.tell(name, { value, isFinal, picture: this.picture });
      return;
    }
    const [first, last] = this.range;
    this.link.tell(name, { isFinal, picture: this.picture, index: this.number - first, count: last - first + 1 });
  }

  take(name, value, isFinal) {
    // What a hand does is held here until Python hears of it. Set in the model but not yet sent, it would be
    // undone by the echo of what was sent before.
    this.held.set(name, value);
    this.schedule();
    if (isFinal) this.save();
    else this.saving ??= setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  save() {
    clearTimeout(this.saving);
    this.saving = undefined;
    const held = [...this.held];
    this.held.clear();
    for (const [name, value] of held) this.model.set(name, value);
    this.model.save_changes();
  }

  trait(name) {
    return this.held.has(name) ? this.held.get(name) : this.model.get(name);
  }

  heard({ kind, model, value, isFinal, picture, index, count, isQuestion }) {
    if (!this.picture) return;
    if (kind === "here") {
      this.others.set(model, picture);
      this.schedule();
      if (isQuestion) this.link.tell("here", { picture: this.picture });
    } else if (kind === "selection") {
      const [first, last] = this.range;
      const found = followingIndex(picture, index, count, this.pictures.list.slice(first - 1, last));
      if (found !== null && (isFinal || first + found !== this.number)) this.take("selection", first + found, isFinal);
    } else if (picture.meaning === this.picture.meaning) {
      this.take(kind, value, isFinal);
    }
  }

  setWindow(center, width, isFinal) {
    const { step } = this;
    const least = LEAST_WIDTH[this.state.function];
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

  arrived(number, problem) {
    if (this.aborted.signal.aborted) return;
    if (problem) put(this.notice, problem);
    if (!this.picture) return;
    if (number === 0) {
      const names = this.pictures.series.map((series, index) => element("option", "", series.name, { value: index }));
      this.series.replaceChildren(...names);
      this.series.parentElement.hidden = names.length < 2;
      this.link.tell("here", { picture: this.picture, isQuestion: true });
    }
    if (number === 0 || number === this.number) this.schedule();
    this.pictures.wantAround(this.number);
  }

  // ---- drawing: each part only if what it shows has changed ----

  schedule() {
    this.request ??= requestAnimationFrame(() => {
      this.request = undefined;
      if (this.picture) this.draw();
    });
  }

  draw() {
    const start = performance.now();
    const { number, picture, state, canvas, placement } = this;
    const frame = this.pictures.get(number);
    if (canvas.width !== picture.columns || canvas.height !== picture.rows || !this.image) this.makeImage(picture);
    if (placement.rows !== picture.rows || placement.columns !== picture.columns || placement.aspect !== picture.aspect) {
      placement.hold(picture);
    }
    const problem = this.pictures.refused.get(number);
    const shown = frame ? `${number} ${state.window} ${state.function}` : problem ? "nothing" : "";
    if (shown !== this.shown) this.paint(picture, frame, state, shown);
    if (number !== this.wanted) {
      this.wanted = number;
      this.pictures.wantAround(number);
      this.link.tell("here", { picture });
    }
    put(this.notice, problem ?? (frame ? "" : `Image ${number} is on its way.`));
    this.place();
    this.write(number, picture, state);
    if (frame && !this.isColour) this.chart.draw(picture, frame, state);
    this.drawInk(picture, frame, shown);
    this.read();
    canvas.dataset.drawMs = (performance.now() - start).toFixed(3);
  }

  makeImage({ rows, columns }) {
    [this.canvas.width, this.canvas.height] = [columns, rows];
    this.image = this.context.createImageData(columns, rows);
    this.output = new Uint32Array(this.image.data.buffer);
  }

  paint(picture, frame, state, shown) {
    const { canvas, context } = this;
    const start = performance.now();
    if (frame) {
      paint(picture, frame, state, this.output, this.words);
      context.putImageData(this.image, 0, 0);
      canvas.dataset.paintMs = (performance.now() - start).toFixed(3);
    } else if (shown) {
      context.clearRect(0, 0, canvas.width, canvas.height);
    }
    canvas.style.opacity = shown ? 1 : 0.35; // until it has arrived, the one before stays, dimmed and marked
    canvas.dataset.shows = shown;
    this.shown = shown;
  }

  place() {
    const { placement, canvas } = this;
    if (placement.key === this.placed) return;
    this.placed = placement.key;
    canvas.style.transform = `translate(${placement.x}px, ${placement.y}px) scale(${placement.zoom}, ${placement.tall})`;
    canvas.style.imageRendering = placement.zoom >= 2 ? "pixelated" : "auto";
  }

  drawInk(picture, frame, shown) {
    const { placement, cross } = this;
    const hasGrid = frame && Math.min(placement.zoom, placement.tall) >= SHOW_GRID_AT;
    const cuts = [...this.others.values()].filter((other) => picture.plane && other.plane && !other.is_projection && isOneSpace(picture, other));
    const places = cuts.map((other) => other.plane.origin);
    const key = `${placement.key} ${picture.spacing} ${hasGrid ? shown : this.number} ${cross} ${places} ${devicePixelRatio}`;
    if (key === this.inked) return;
    this.inked = key;
    const pen = clearedPen(this.overlay);
    if (hasGrid) drawGrid(pen, placement, picture, frame, this.output);
    if (picture.spacing) drawScale(pen, placement, picture.spacing);
    for (const other of cuts) drawCut(pen, placement, picture, other);
    if (cross) drawCross(pen, placement, cross);
  }

  write(number, picture, state) {
    const [first, last] = this.range;
    const window = this.windowInWords(picture, state);
    const { corners } = this;
    put(corners.tl, [picture.title, picture.caption].filter(Boolean).join("\n"));
    put(corners.tr, [last > first ? `${number - first + 1} / ${last - first + 1}` : "", this.model.get("linked_as") ? "linked" : ""].filter(Boolean).join("\n"));
    put(corners.bl, window);
    put(corners.br, `${short(Math.round(this.placement.zoom * 1000) / 10)} %`);
    for (const [edge, node] of Object.entries(this.edges)) put(node, picture.letters?.[edge] ?? "");
    const said = `Image ${number - first + 1} of ${last - first + 1}, ${picture.rows} rows, ${picture.columns} columns, ${window.replace("\n", ", ")}`;
    if (this.isSpeaking) put(this.spoken, this.cross ? this.probe.textContent : said);
    this.isSpeaking = false;
    const described = `${number} ${picture.tags.length} ${said} ${state.function}`;
    if (this.described === described) return;
    this.described = described;
    this.view.setAttribute("aria-label", said);
    this.writeTags(picture.tags);
    this.writeControls(number, picture, state);
  }

  windowInWords(picture, state) {
    if (this.isColour) return "colour: no window";
    const unit = picture.unit ? ` ${picture.unit}` : "";
    if (state.window) return `C ${short(state.window[0])}  W ${short(state.window[1])}${unit}\n${state.function}`;
    return picture.has_voi_table ? "VOI LUT of the file" : "all values the bits can hold";
  }

  writeControls(number, picture, state) {
    const [first, last] = this.range;
    Object.assign(this.slider, { min: first, max: last, value: number });
    this.slider.setAttribute("aria-valuetext", `${number - first + 1} of ${last - first + 1}`);
    this.walk.hidden = last === first;
    const { activeElement } = this.root.getRootNode(); // what is being typed stays
    if (!this.chosenRate && activeElement !== this.rate) this.rate.value = short(Math.round(10000 / picture.frame_time_ms) / 10);
    this.series.value = picture.series;
    this.func.value = this.trait("function");
    for (const node of [this.func, this.preset]) node.parentElement.hidden = this.isColour;
    this.side.classList.toggle("dk-colour", this.isColour);
    [this.center, this.width].forEach((input, index) => {
      if (activeElement !== input) input.value = state.window ? short(state.window[index]) : "";
    });
    this.writePresets(picture);
  }

  writeTags(tags) {
    while (this.tags.rows.length > tags.length) this.tags.deleteRow(-1);
    tags.forEach(([name, value], index) => {
      const row = this.tags.rows[index]
        ?? this.tags.appendChild(element("tr", "", undefined, {}, element("th", "", undefined, { scope: "row" }), element("td")));
      put(row.cells[0], name);
      put(row.cells[1], value);
      row.cells[1].classList.toggle("dk-covered", value === "masked");
    });
  }

  writePresets(picture) {
    // The first is none: the window of the file, or whatever takes its place.
    const offered = picture.is_windowed ? picture.presets.slice(1) : picture.presets;
    const first = picture.is_windowed ? picture.presets[0][1] : picture.has_voi_table ? "VOI LUT" : "all the bits can hold";
    this.presets = [["in the file", `as in the file: ${first}`, null], ...offered];
    const key = this.presets.map(([group, name]) => `${group}/${name}`).join();
    if (key !== this.preset.dicomkitKey) {
      this.preset.dicomkitKey = key;
      const groups = new Map();
      this.presets.forEach(([group, name], index) => {
        if (!groups.has(group)) groups.set(group, element("optgroup", "", undefined, { label: group }));
        groups.get(group).append(element("option", "", name, { value: index }));
      });
      this.preset.replaceChildren(...groups.values(), element("option", "", "chosen by hand", { value: "hand", hidden: "" }));
    }
    const found = this.presetIndex;
    this.preset.value = found < 0 ? "hand" : found;
  }

  get presetIndex() {
    const chosen = this.trait("window");
    return this.presets.findIndex(([, , window]) => `${window}` === `${chosen}`); // two numbers, or null
  }

  resized() {
    fitCanvas(this.overlay);
    this.chart.resize();
    this.inked = undefined;
    this.placement.hold(this.picture ?? this.placement, this.view.clientWidth, this.view.clientHeight);
    this.schedule();
  }

  // ---- hands ----

  fit() {
    this.placement.fit();
    this.schedule();
  }

  oneToOne() {
    this.placement.center(1 / devicePixelRatio);
    this.placement.pan(Math.round(this.placement.x) - this.placement.x, Math.round(this.placement.y) - this.placement.y);
    this.schedule();
  }

  zoomAt(x, y, factor) {
    this.placement.zoomAt(x, y, factor);
    this.schedule();
  }

  pan(x, y) {
    this.placement.pan(x, y);
    this.schedule();
  }

  reset() {
    this.setTrait("function", "", false);
    this.setTrait("window", null, true);
    this.fit();
  }

  fillScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen();
  }

  choosePreset(index) {
    const preset = this.presets[index];
    if (preset) this.setTrait("window", preset[2], true);
  }

  typed() {
    const [center, width] = [this.center.valueAsNumber, this.width.valueAsNumber];
    if (Number.isFinite(center) && width > 0) {
      this.setTrait("window", [center, Math.max(width, LEAST_WIDTH[this.state.function])], true);
    }
  }

  toggleNear() {
    this.chart.isNear = !this.chart.isNear;
    this.near.setAttribute("aria-pressed", String(this.chart.isNear));
    this.schedule();
  }

  grab(event) {
    this.chart.grab(event.offsetX, this.state.window);
    if (this.chart.grabbed) this.histogram.setPointerCapture(event.pointerId);
  }

  dragHandle(event) {
    if (this.chart.grabbed) this.setWindow(...this.chart.drag(event.offsetX, this.step), false);
  }

  press(event) {
    if (!this.picture) return;
    this.view.focus({ preventScroll: true });
    this.view.setPointerCapture(event.pointerId);
    const isMove = event.button !== 0 || event.shiftKey || this.isColour;
    this.drag = { isMove, x: event.clientX, y: event.clientY, window: this.startWindow };
    event.preventDefault();
  }

  move(event) {
    const box = this.view.getBoundingClientRect();
    this.point([event.clientX - box.left, event.clientY - box.top]);
    const { drag } = this;
    if (!drag) return;
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
    if (drag.isMove) {
      this.pan(x, y);
      Object.assign(drag, { x: event.clientX, y: event.clientY });
    } else if (x || y || drag.isWindow) {
      drag.isWindow = true;
      // A narrow window moves in small steps, a wide one in large steps. Down shows lower values brighter.
      const [center, width] = drag.window;
      this.setWindow(center - (y * width) / 300, width * Math.exp(x / 200), false);
    }
  }

  release() {
    const wasWindow = this.drag?.isWindow || this.chart.grabbed;
    this.drag = this.chart.grabbed = undefined;
    if (wasWindow) this.setTrait("window", this.trait("window"), true);
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
    const middle = [this.placement.width / 2, this.placement.height / 2];
    const far = event.shiftKey ? 10 : 1;
    const actions = {
      PageUp: () => this.scroll(-10),
      PageDown: () => this.scroll(10),
      Home: () => this.select(first),
      End: () => this.select(last),
      f: () => this.fit(),
      1: () => this.oneToOne(),
      "+": () => this.zoomAt(...middle, 1.25),
      "=": () => this.zoomAt(...middle, 1.25),
      "-": () => this.zoomAt(...middle, 0.8),
      r: () => this.reset(),
      p: () => this.choosePreset((Math.max(this.presetIndex, 0) + 1) % this.presets.length),
      " ": () => this.play(!this.playing),
      "[": () => this.nudge(-1, 0),
      "]": () => this.nudge(1, 0),
      "{": () => this.nudge(0, -1),
      "}": () => this.nudge(0, 1),
      w: () => this.moveCross(-far, 0),
      s: () => this.moveCross(far, 0),
      a: () => this.moveCross(0, -far),
      d: () => this.moveCross(0, far),
    };
    const [right, down] = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key] ?? [0, 0];
    let action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (right || down) action = event.shiftKey ? () => this.pan(-40 * right, -40 * down) : () => this.scroll(right + down);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    this.isSpeaking = true;
    action();
    this.schedule();
  }

  nudge(up, wider) {
    if (this.isColour) return;
    const [center, width] = this.startWindow;
    const by = Math.max(width / 20, this.step);
    this.setWindow(center + up * by, width + wider * by, true);
  }

  play(isPlaying) {
    this.playing = isPlaying && this.picture !== undefined;
    put(this.player, this.playing ? "■ Stop" : "▶ Play");
    this.due = performance.now();
    this.forward = 1;
    const step = (now) => {
      if (!this.playing) return;
      if (now >= this.due) {
        const next = this.nextNumber();
        // A frame that has not arrived is waited for, so that none is left out.
        if (this.pictures.frames.has(next) || this.pictures.refused.has(next)) this.select(next, false);
        else this.pictures.wantAround(next);
        this.due = Math.max(this.due + (this.chosenRate ? 1000 / this.chosenRate : this.picture.frame_time_ms), now);
      }
      requestAnimationFrame(step);
    };
    if (this.playing) requestAnimationFrame(step);
  }

  nextNumber() {
    // Round and round, or to the end and back again, as the file recommends.
    const [first, last] = this.range;
    const next = this.number + this.forward;
    if (next >= first && next <= last) return next;
    if (!this.picture.is_sweeping) return first;
    this.forward = -this.forward;
    return clamp(this.number + this.forward, first, last);
  }

  // ---- probe ----

  point(position) {
    this.pointer = position;
    if (position && this.cross) {
      this.cross = null;
      this.schedule();
    }
    if (this.picture) this.read();
  }

  moveCross(down, right) {
    const { rows, columns } = this.picture;
    const [row, column] = this.cross ?? [Math.floor(rows / 2) - down, Math.floor(columns / 2) - right];
    this.cross = [clamp(row + down, 0, rows - 1), clamp(column + right, 0, columns - 1)];
    this.read();
  }

  read() {
    if (!this.pointer && !this.cross) return;
    const frame = this.pictures.frames.get(this.number);
    const pixel = this.cross ?? this.placement.pixelAt(this.pointer);
    put(this.probe, pixel && frame ? this.reading(this.picture, frame, ...pixel) : "Outside the image.");
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
