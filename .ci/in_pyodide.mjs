// Tests in the Python of a browser, without a browser: node .ci/in_pyodide.mjs PYODIDE SITE-PACKAGES PYTEST-ARGUMENT…
// What is compiled comes from Pyodide, what is not from an environment that has the test extra.
import path from "node:path";

const [pyodide, packages, ...words] = process.argv.slice(2);
const { loadPyodide } = await import(path.join(path.resolve(pyodide), "pyodide.mjs"));
const python = await loadPyodide({ indexURL: `${path.resolve(pyodide)}/`, env: { HOME: "/home/pyodide", TZ: "UTC", PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1" } });
await python.loadPackage(["numpy", "pillow", "ipython", "ssl", "sqlite3"], { messageCallback: () => {} });
for (const [place, root] of [["/checkout", path.resolve(import.meta.dirname, "..")], ["/packages", path.resolve(packages)]]) {
  python.FS.mkdirTree(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, place);
}
python.globals.set("words", python.toPy(words));
process.exitCode = await python.runPythonAsync(`
import os, sys
sys.dont_write_bytecode = True
sys.path += ["/packages"]
os.chdir("/checkout")
import pytest
int(pytest.main(["-o", "addopts=--import-mode=importlib", "-p", "no:cacheprovider", *words]))
`);
