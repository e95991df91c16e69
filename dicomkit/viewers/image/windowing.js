// From a stored value to light: the arithmetic of dicomkit/pixels/rendering.py, operation by operation. Changing
// the order of two operations changes the last bit, and then a grey level somewhere.
//
//   stored value  -- Rescale Slope and Intercept, or a Modality LUT -->  quantity, for example Hounsfield units
//   quantity      -- window: Center, Width and VOI LUT Function -->      grey level, 0 (black) to 255 (white)
//
// PS3.3 sections C.11.1 (Modality LUT Module) and C.11.2 (VOI LUT Module, with the three functions).

/**
 * @typedef {Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array} Values
 * @typedef {{
 *   type: string, slope: number | null, intercept?: number, lowest: number, modalityTable: Float64Array | null,
 *   displayTable: Uint8Array | null, inverse: boolean, padding: number[] | null, extent: number[],
 * }} Recipe what Python says of a picture: how its stored values become quantities and grey levels
 * @typedef {{values: Values, patterns: Uint8Array | Uint16Array | null, levels: Uint8Array, lowest: number, highest: number}} Frame
 * @typedef {"LINEAR" | "LINEAR_EXACT" | "SIGMOID"} VoiLutFunction
 */

/** @type {Record<string, any>} */
export const VALUES_OF = {
  u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array,
  u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array, rgb: Uint8Array,
};

/** @type {Record<string, number>} of a window; all but LINEAR ask for more than 0 (PS3.3 section C.11.2.1.3) */
export const LEAST_WIDTH = { LINEAR: 1, LINEAR_EXACT: Number.MIN_VALUE, SIGMOID: Number.MIN_VALUE };

/** @param {number} center @param {number} width @param {string} name a VoiLutFunction @param {boolean} inverse
 *  @returns {(value: number) => number} from a quantity to a grey level */
export function greyFunction(center, width, name, inverse) {
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

/** @param {number} brightness */
function cut(brightness) {
  return brightness >= 255 ? 255 : brightness > 0 ? Math.trunc(brightness) : 0;
}

/** From a stored value to what was measured.
 *  @param {Recipe} picture @returns {(stored: number) => number} */
export function quantityFunction(picture) {
  if (picture.modalityTable) {
    const { modalityTable, lowest } = picture;
    return (stored) => modalityTable[stored - lowest];
  }
  if (picture.slope === null) return (stored) => stored;
  const { slope, intercept = 0 } = picture;
  return (stored) => stored * slope + intercept;
}

/** Fill `output` (one 32-bit word per pixel: red is its lowest byte) with the frame as a screen shows it.
 *  @param {Recipe} picture @param {Frame} frame @param {{window: number[] | null, function: string}} state
 *  @param {Uint32Array} output @param {Uint32Array} words */
export function paint(picture, frame, state, output, words) {
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

/** @param {Recipe} picture @param {Frame} frame @param {number} at */
function levelOf(picture, frame, at) {
  // Python has sent a table of the levels, or, where no table could hold them, each pixel's level.
  return picture.displayTable ? picture.displayTable[frame.values[at] - picture.lowest] : frame.levels[at];
}

/** @param {Recipe} picture @param {Frame} frame @param {((value: number) => number) | null} grey @param {Uint32Array} words */
function greyTable(picture, frame, grey, words) {
  const displayTable = /** @type {Uint8Array} */ (picture.displayTable); // there is one where there is no window
  const mask = picture.type.endsWith("1") ? 0xff : 0xffff;
  const quantity = quantityFunction(picture);
  for (let stored = frame.lowest; stored <= frame.highest; stored += 1) {
    const level = grey === null ? displayTable[stored - picture.lowest] : grey(quantity(stored));
    words[stored & mask] = 0xff000000 | (level * 0x010101);
  }
  const [first, last] = (grey && picture.padding) || [1, 0];
  for (let stored = Math.max(first, frame.lowest); stored <= Math.min(last, frame.highest); stored += 1) {
    words[stored & mask] = 0xff000000;
  }
  return words;
}

/** The lowest and the highest value of an image, in the unit of the window.
 *  @param {Recipe} picture @param {Frame | undefined} frame @returns {number[]} */
export function valueRange(picture, frame) {
  if (!frame || picture.type === "rgb") return picture.extent;
  if (picture.modalityTable) return extremes(picture.modalityTable);
  const quantity = quantityFunction(picture);
  return extremes([quantity(frame.lowest), quantity(frame.highest)]);
}

/** Fractions may hold infinities and what is no number; these bound nothing.
 *  @param {Iterable<number>} values @returns {[number, number]} */
export function extremes(values) {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const value of values) {
    if (value < lowest && value > -Infinity) lowest = value;
    if (value > highest && value < Infinity) highest = value;
  }
  return lowest <= highest ? [lowest, highest] : [0, 0];
}
