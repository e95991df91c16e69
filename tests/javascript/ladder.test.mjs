// Which rungs of an association are drawn, and which are folded.
import assert from "node:assert/strict";
import { test } from "node:test";

import { placeAfter } from "../../dicomkit/viewers/frame/listbox.js";
import { linesOf } from "../../dicomkit/viewers/association/rungs.js";

const said = (name, more = {}) => ({ name, kind: "message", from_caller: name.endsWith("RQ"), run: 0, ...more });
const RUNGS = [
  said("A-ASSOCIATE-RQ"), said("C-STORE-RQ"), said("P-DATA-TF", { kind: "carrier" }),
  said("C-STORE-RQ", { run: 1 }), said("P-DATA-TF", { kind: "carrier", run: 1 }), said("C-STORE-RSP", { run: 1 }),
  said("C-STORE-RQ", { run: 1 }), said("C-STORE-RSP", { run: 1 }), said("C-STORE-RSP"),
];
const names = (lines) => lines.map((line) => line.name ?? line.times);

test("a run is one line that counts its answers, and the others keep their numbers", () => {
  const lines = linesOf(RUNGS, { withCarriers: false, withRuns: false });
  assert.deepEqual(names(lines), ["A-ASSOCIATE-RQ", "C-STORE-RQ", 2, "C-STORE-RSP"]);
  assert.deepEqual(lines.map(({ number }) => number), [1, 2, undefined, 9]);
});

test("unfolded, all messages are there; carriers only if they are asked for", () => {
  assert.equal(linesOf(RUNGS, { withCarriers: false, withRuns: true }).length, 7);
  assert.equal(linesOf(RUNGS, { withCarriers: true, withRuns: true }).length, 9);
  assert.deepEqual(linesOf([], { withCarriers: true, withRuns: true }), []);
});

test("keys go from rung to rung, and begin at an end", () => {
  assert.deepEqual(["ArrowDown", "ArrowUp", "PageDown", "Home", "End"].map((key) => placeAfter(key, 4, 20)), [5, 3, 14, 0, 19]);
  assert.deepEqual(["ArrowDown", "ArrowUp", "Home", "End"].map((key) => placeAfter(key, -1, 20)), [0, 19, 0, 19]);
  assert.equal(placeAfter("ArrowDown", 19, 20), 19);
  assert.equal(placeAfter("a", 4, 20), undefined);
  assert.equal(placeAfter("Home", -1, 0), undefined);
});
