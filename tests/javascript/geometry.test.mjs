// Positions by PS3.3 equation C.7.6.2.1-1, and the lines in which planes cut each other.
import assert from "node:assert/strict";
import { test } from "node:test";

import { cutOf, isOneSpace, isParallel, normalOf, positionOf } from "../../dicomkit/viewers/image/geometry.js";
import { followingIndex } from "../../dicomkit/viewers/image/link.js";

const axial = (z) => ({ rows: 11, columns: 11, space: "a", plane: { origin: [0, 0, z], along_row: [1, 0, 0], along_column: [0, 2, 0] } });
const sagittal = { rows: 11, columns: 11, space: "a", plane: { origin: [5, 0, 0], along_row: [0, 2, 0], along_column: [0, 0, 1] } };

test("a pixel lies where the equation puts it", () => {
  assert.deepEqual(positionOf(axial(7).plane, 3, 4), [4, 6, 7]);
  assert.deepEqual(normalOf(axial(7).plane), [0, 0, 1]);
});

test("only images of one frame of reference share a space", () => {
  assert.equal(isOneSpace({ space: "a" }, { space: "a" }), true);
  assert.equal(isOneSpace({ space: "" }, { space: "" }), false);
  assert.equal(isParallel(axial(0).plane, sagittal.plane), false);
});

test("a plane cuts another along a line, and never its parallels", () => {
  const [[top, left], [bottom, right]] = cutOf(sagittal, axial(4)).sort(([, a], [, b]) => a - b);
  assert.deepEqual([top, left, bottom, right], [4, -0.5, 4, 10.5]);
  assert.equal(cutOf(axial(4), axial(5)), null);
  assert.equal(cutOf(sagittal, axial(400)), null);
  assert.equal(cutOf(sagittal, { ...axial(4), space: "b" }), null);
});

test("a linked viewer goes to the nearest parallel slice", () => {
  const followers = [0, 10, 20].map(axial);
  assert.equal(followingIndex(axial(11), 0, 1, followers), 1);
  assert.equal(followingIndex(axial(5), 0, 1, followers), 0, "equally near: the first");
  assert.equal(followingIndex(sagittal, 0, 1, followers), null);
  const placeless = [{ plane: null }, { plane: null }];
  assert.equal(followingIndex({ plane: null }, 1, 2, placeless), 1);
  assert.equal(followingIndex({ plane: null }, 1, 3, placeless), null);
});
