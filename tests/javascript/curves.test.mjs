// Which values a column of pixels shows, and how an axis is divided.
import assert from "node:assert/strict";
import { test } from "node:test";

import { columnsOf, reach, tickStep } from "../../dicomkit/viewers/content/curve_range.js";

const curve = (values, step = 1) => ({ values: Float32Array.from(values), step });

test("a column shows the least and the greatest of its samples, and the next column begins where it ends", () => {
  assert.deepEqual(columnsOf(curve([0, 5, -5, 1, 2, 3]), 0, 6, 3), [[-5, 5], [-5, 2], [2, 3]]);
});

test("a peak of one sample is seen however many samples a column has", () => {
  const values = new Float32Array(100_000);
  values[77_777] = 9;
  const columns = columnsOf({ values, step: 1 }, 0, values.length, 100);
  assert.deepEqual(columns.filter((found) => found[1] === 9).length, 1);
});

test("where nothing was measured there is nothing to draw", () => {
  assert.deepEqual(columnsOf(curve([1, NaN, NaN, NaN, NaN, NaN, 2, 2]), 0, 8, 4), [[1, 1], null, [2, 2], [2, 2]]);
  assert.equal(reach(curve([NaN]), 0, 1), null);
});

test("buckets stand for their samples", () => {
  const pairs = curve([0, 3, -1, 4, 7, 7], 10); // of 10 samples each
  assert.deepEqual(reach(pairs, 0, 10), [0, 3]);
  assert.deepEqual(reach(pairs, 12, 13), [-1, 4]);
  assert.deepEqual(reach(pairs, 0, 30), [-1, 7]);
});

test("more columns than samples still show each sample", () => {
  const columns = columnsOf(curve([1, 2]), 0, 2, 4);
  assert.deepEqual(columns.map((found) => found[0]), [1, 1, 2, 2]);
});

test("an axis is divided by 1, 2 or 5", () => {
  assert.deepEqual([tickStep(10, 10), tickStep(10, 6), tickStep(3, 10), tickStep(0.07, 10)].map((step) => Number(step.toPrecision(3))), [1, 2, 0.5, 0.01]);
});
