// Lines of the metadata viewer: aligned, sorted, and found by what they say.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ALIGNED, DEPTH, KIND, NAME, PATH, TAG, VALUE, align, parentsOf } from "../../dicomkit/viewers/metadata/rows.js";
import { haystackOf, linesSaying, textsWith } from "../../dicomkit/viewers/metadata/search.js";

function row(path, depth, value, more = {}) {
  const made = new Array(18).fill("");
  Object.assign(made, { [PATH]: path, [DEPTH]: depth, [KIND]: "element", [TAG]: path.slice(-11), [NAME]: `Name${path}`, [VALUE]: value, ...more });
  return made;
}

function found(lines, field, word) {
  const haystack = haystackOf(lines, field);
  return linesSaying(haystack, textsWith(haystack, word));
}

test("a text is found in the field that was asked for, and nowhere else", () => {
  const lines = align([[row("(0008,0060)", 0, "CT"), row("(0010,0010)", 0, "hay Needle hay"), row("(0010,0020)", 0, "CT")]]);
  assert.deepEqual(found(lines, "anything", "needle"), [1]);
  assert.deepEqual(found(lines, "value", "ct"), [0, 2]);
  assert.deepEqual(found(lines, "tag", "00080060"), [0]);
  assert.deepEqual(found(lines, "tag", "needle"), []);
  assert.deepEqual(found(lines, "keyword", "name(0010"), [1, 2]);
});

test("instances are aligned by tag, and what only one of them has stands at its place", () => {
  const lines = align([
    [row("(0008,0060)", 0, "CT"), row("(0010,0020)", 0, "1")],
    [row("(0008,0060)", 0, "CT"), row("(0010,0010)", 0, "A"), row("(0010,0020)", 0, "2")],
  ]);
  assert.deepEqual(lines.map(({ path, differs }) => [path, differs]), [["(0008,0060)", false], ["(0010,0010)", true], ["(0010,0020)", true]]);
  assert.equal(lines[1].cells[0], null);
});

test("an element that is there twice makes two lines, a private block is aligned by its creator", () => {
  assert.equal(align([[row("(0008,0060)", 0, "CT"), row("(0008,0060)", 0, "MR")]]).length, 2);
  const lines = align([[row("(0019,1001)", 0, "x", { [ALIGNED]: "(0019,p000,01)" })], [row("(0019,1101)", 0, "x", { [ALIGNED]: "(0019,p000,01)" })]]);
  assert.deepEqual(lines.map(({ differs }) => differs), [false]);
});

test("a line's parent is what it is inside of", () => {
  assert.deepEqual(parentsOf([{ depth: 0 }, { depth: 1 }, { depth: 2 }, { depth: 1 }, { depth: 0 }]), [-1, 0, 1, 0, -1]);
});
