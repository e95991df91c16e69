// Geometry: where a pixel lies in the patient, and where the plane of one image cuts another.
//
// A plane is what Python sends (dicomkit/pixels/plane.py): the middle of the first pixel, the step to the next
// column and the step to the next row, in mm. PS3.3 section C.7.6.2.1.1, equation C.7.6.2.1-1.

/**
 * @typedef {number[]} Vector x, y and z in mm
 * @typedef {{origin: Vector, along_row: Vector, along_column: Vector}} Plane
 * @typedef {{plane: Plane | null, space: string, rows: number, columns: number, is_projection?: boolean}} Placed
 */

const PARALLEL = 0.9; // the least cosine between the normals of slices that count as parallel

/** @param {Plane} plane @param {number} row @param {number} column @returns {Vector} */
export function positionOf({ origin, along_row: right, along_column: down }, row, column) {
  return origin.map((start, axis) => start + column * right[axis] + row * down[axis]);
}

/** @param {{space: string}} one @param {{space: string}} other */
export function isOneSpace(one, other) {
  // Positions compare within one Frame of Reference only (PS3.3 section C.7.4.1).
  return one.space !== "" && one.space === other.space;
}

/** @param {Plane} one @param {Plane} other */
export function isParallel(one, other) {
  return Math.abs(dot(normalOf(one), normalOf(other))) >= PARALLEL;
}

/** Return the two ends, as [row, column], of the line in which the plane of `other` cuts `picture`, or null:
 *  all (row, column) with  c0 + column * cx + row * cy = 0.
 *  @param {Placed} picture @param {Placed} other @returns {[number, number][] | null} */
export function cutOf(picture, other) {
  if (!picture.plane || !other.plane || other.is_projection || !isOneSpace(picture, other)) return null;
  if (isParallel(picture.plane, other.plane)) return null;
  const upright = normalOf(other.plane);
  const { origin, along_row: right, along_column: down } = picture.plane;
  const [c0, cx, cy] = [dot(upright, minus(origin, other.plane.origin)), dot(upright, right), dot(upright, down)];
  const [most, last] = [picture.columns - 0.5, picture.rows - 0.5];
  /** @type {[number, number][]} */
  const ends = [];
  for (const column of [-0.5, most]) if (cy) ends.push([-(c0 + column * cx) / cy, column]);
  for (const row of [-0.5, last]) if (cx) ends.push([row, -(c0 + row * cy) / cx]);
  const inside = ends.filter(([row, column]) => row >= -0.51 && row <= last + 0.01 && column >= -0.51 && column <= most + 0.01);
  return inside.length < 2 ? null : [inside[0], inside[inside.length - 1]];
}

/** Return the unit normal of a plane.
 *  @param {Plane} plane @returns {Vector} */
export function normalOf({ along_row: [a, b, c], along_column: [d, e, f] }) {
  const upright = [b * f - c * e, c * d - a * f, a * e - b * d];
  const length = Math.hypot(...upright) || 1;
  return upright.map((one) => one / length);
}

/** @param {Vector} one @param {Vector} other */
export function dot([a, b, c], [d, e, f]) {
  return a * d + b * e + c * f;
}

/** @param {Vector} one @param {Vector} other @returns {Vector} */
export function minus([a, b, c], [d, e, f]) {
  return [a - d, b - e, c - f];
}
