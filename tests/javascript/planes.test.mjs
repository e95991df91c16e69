// Overlays, bit by bit: where a plane lies in the image, and what lies outside.

import assert from "node:assert/strict";
import { test } from "node:test";

import { drawPlanes } from "../../dicomkit/viewers/image/planes.js";

/** Draw planes over an image of 3 rows and 4 columns, and return where something is drawn. */
function drawn(overlays, bytes) {
  const output = new Uint32Array(12);
  drawPlanes({ rows: 3, columns: 4, overlays }, Uint8Array.from(bytes), output);
  return Array.from(output, (word, at) => (word ? at : -1)).filter((at) => at >= 0);
}

const plane = (rows, columns, origin, type = "G") => ({ group: "6000", type, rows, columns, origin });

test("the first bit is the lowest of the first byte", () => {
  assert.deepEqual(drawn([plane(3, 4, [1, 1])], [0b00100001, 0b1000]), [0, 5, 11]);
});

test("a plane that begins elsewhere, also outside, is cut at the edges of the image", () => {
  assert.deepEqual(drawn([plane(2, 2, [2, 3])], [0b1111]), [6, 7, 10, 11]);
  assert.deepEqual(drawn([plane(2, 2, [0, 0])], [0b1111]), [0]);
  assert.deepEqual(drawn([plane(2, 2, [3, 4])], [0b1111]), [11]);
  assert.deepEqual(drawn([plane(2, 2, [9, 9])], [0b1111]), []);
});

test("each plane begins with a byte of its own, and the last one lies on top", () => {
  const output = new Uint32Array(12);
  const overlays = [plane(1, 3, [1, 1]), plane(1, 3, [1, 1], "R")];
  drawPlanes({ rows: 3, columns: 4, overlays }, Uint8Array.from([0b011, 0b110]), output);
  assert.equal(new Set([output[0], output[1]]).size, 2);
  assert.equal(output[1], output[2]);
  assert.equal(output[3], 0);
});
