// Cuts: copy axial, coronal and sagittal planes out of an array of voxels.

/**
 * @typedef {import("../image/windowing.js").Values} Values
 * @typedef {{right: number, down: number, sign: 1 | -1, cut: number}} Axes of a plane: to the right, down (or up), and the one that it cuts
 */

/** @type {Record<string, Axes>} as in reoriented.py */
export const PLANES = {
  axial: { right: 0, down: 1, sign: 1, cut: 2 },
  coronal: { right: 0, down: 2, sign: -1, cut: 1 },
  sagittal: { right: 1, down: 2, sign: -1, cut: 0 },
};

/** Copy a plane out of the voxels.
 *  @param {Values} voxels @param {number[]} sizes along x, y and z @param {Axes} axes @param {number} index @param {Values} plane */
export function takeCut(voxels, sizes, { right, down, sign, cut }, index, plane) {
  const steps = [1, sizes[0], sizes[0] * sizes[1]];
  const [columns, rows] = [sizes[right], sizes[down]];
  const across = steps[right];
  for (let row = 0, at = 0; row < rows; row += 1) {
    let from = index * steps[cut] + (sign > 0 ? row : rows - 1 - row) * steps[down];
    if (across === 1) {
      plane.set(/** @type {any} */ (voxels.subarray(from, from + columns)), at);
      at += columns;
    } else {
      for (let column = 0; column < columns; column += 1, at += 1, from += across) plane[at] = voxels[from];
    }
  }
}

/** Return the indices of the voxel at a point of a plane: [along the axis to the right, along the vertical axis].
 *  @param {Axes} axes @param {number[]} sizes @param {number} x @param {number} y in pixels of the plane
 *  @returns {[number, number]} */
export function voxelAt({ right, down, sign }, sizes, x, y) {
  const inside = (/** @type {number} */ value, /** @type {number} */ size) => Math.min(Math.max(Math.floor(value), 0), size - 1);
  const row = inside(y, sizes[down]);
  return [inside(x, sizes[right]), sign > 0 ? row : sizes[down] - 1 - row];
}
