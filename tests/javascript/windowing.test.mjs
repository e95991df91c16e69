// The grey levels of PS3.3 section C.11.2, computed by hand from its equations.
import assert from "node:assert/strict";
import { test } from "node:test";

import { State } from "../../dicomkit/viewers/image/state.js";
import { extremes, greyFunction, paint, quantityFunction, valueRange } from "../../dicomkit/viewers/image/windowing.js";

test("LINEAR follows the pseudo-code of C.11.2.1.2.1", () => {
  const grey = greyFunction(40, 80, "LINEAR", false);
  // x <= c - 0.5 - (w-1)/2 is black, x > c - 0.5 + (w-1)/2 is white, between them ((x - (c - 0.5)) / (w-1) + 0.5) * 255
  assert.deepEqual([-1, 0, 79, 80].map(grey), [0, 0, 255, 255]);
  assert.equal(grey(40), Math.trunc(((40 - 39.5) / 79 + 0.5) * 255));
});

test("LINEAR_EXACT and SIGMOID have the center in the middle", () => {
  assert.equal(greyFunction(40, 80, "LINEAR_EXACT", false)(40), 127);
  assert.equal(greyFunction(40, 80, "SIGMOID", false)(40), 127);
  assert.equal(greyFunction(40, 80, "SIGMOID", false)(-1e6), 0);
});

test("MONOCHROME1 is turned over, and the narrowest window is one step", () => {
  assert.deepEqual([0, 79].map(greyFunction(40, 80, "LINEAR", true)), [255, 0]);
  assert.deepEqual([39.5, 39.6, NaN].map(greyFunction(40, 1, "LINEAR", false)), [0, 255, 0]);
});

test("a stored value becomes a quantity by slope and intercept, or by a table", () => {
  assert.equal(quantityFunction({ modalityTable: null, slope: 2, intercept: -1024 })(512), 0);
  assert.equal(quantityFunction({ modalityTable: null, slope: null })(512), 512);
  assert.equal(quantityFunction({ modalityTable: Float64Array.of(7, 8, 9), lowest: 10 })(11), 8);
});

test("each pixel is painted with its grey level, and padding is black", () => {
  const values = Int16Array.of(-1000, 0, 40, 3000);
  const frame = { values, patterns: new Uint16Array(values.buffer), lowest: -1000, highest: 3000 };
  const picture = { type: "i2", modalityTable: null, slope: null, inverse: false, padding: [3000, 3000] };
  const output = new Uint32Array(4);
  paint(picture, frame, { window: [40, 80], function: "LINEAR" }, output, new Uint32Array(65536));
  assert.deepEqual([...output].map((word) => word.toString(16)), ["ff000000", "ff000000", "ff818181", "ff000000"]);
});

test("what is no number bounds nothing", () => {
  assert.deepEqual(extremes([3, NaN, -Infinity, -2, Infinity]), [-2, 3]);
  assert.deepEqual(extremes([NaN]), [0, 0]);
  assert.deepEqual(valueRange({ type: "rgb", extent: [0, 255] }, undefined), [0, 255]);
});

test("a narrow window of small values is shown as it is stated", () => {
  const model = { get: () => null, on() {}, off() {} };
  for (const name of ["LINEAR_EXACT", "SIGMOID"]) {
    const { window } = new State(model, () => {}).shownFor({ function: name, window: [5e-4, 4e-4] });
    assert.deepEqual(window, [5e-4, 4e-4]); // as `render` takes it
    assert.equal(greyFunction(...window, name, false)(5e-4), 127);
  }
  assert.deepEqual(new State(model, () => {}).shownFor({ function: "LINEAR", window: [40, 0.5] }).window, [40, 1]);
});
