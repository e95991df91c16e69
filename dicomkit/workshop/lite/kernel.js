// Starts the Python of a notebook in the site, in the place of Pyodide's own loader.
//
// Pyodide looks for each module in the working folder first. Here that is the learner's folder, which the page keeps: each look
// is a request to it, and a start would make hundreds of them. So it is looked at last; a learner's own module is found all the same.

/** @typedef {{ runPython: (code: string) => unknown }} Pyodide */
/** @typedef {(options: { indexURL: string }) => Promise<Pyodide>} LoadPyodide */

const kernel = /** @type {{ loadPyodide: LoadPyodide, importScripts: (address: string) => void }} */ (/** @type {unknown} */ (self));

kernel.loadPyodide = async (/** @type {{ indexURL: string }} */ options) => {
  kernel.importScripts(`${options.indexURL}pyodide.js`); // it puts its own loader in the place of this one
  const pyodide = await kernel.loadPyodide(options);
  pyodide.runPython("import sys; sys.path.remove(''); sys.path.append('')");
  return pyodide;
};
