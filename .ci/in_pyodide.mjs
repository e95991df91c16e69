// Tests in the Python of a browser, without a browser: node .ci/in_pyodide.mjs PYODIDE SITE-PACKAGES PYTEST-ARGUMENT…
// What is compiled comes from Pyodide, what is not from an environment that has the test extra. A test that itself asks
// for a thread, a process or a module that is not there is skipped; where the kit does so, it fails. Without an argument
// it is the fast half of the suite.
import fs from "node:fs";
import path from "node:path";

const FAST_HALF = [
  ...["-q", "tests/index", "tests/iods", "tests/instance_store", "tests/arrivals", "tests/samples", "tests/files"],
  ...["tests/test_text.py", "tests/test_uids.py", "tests/test_errors.py"],
  // Two receivers at one folder need locks between processes; one test compresses by a package that is not pure.
  ...["-k", "not transfers_alone and not takes_no_file_that_is_being_made and not read_by_dcmtk_without_a_warning"],
];
const [pyodide, packages, ...given] = process.argv.slice(2);
const words = given.length ? given : FAST_HALF;
const { loadPyodide } = await import(path.join(path.resolve(pyodide), "pyodide.mjs"));
const python = await loadPyodide({ indexURL: `${path.resolve(pyodide)}/`, env: { HOME: "/home/pyodide", TZ: "UTC", PYTEST_DISABLE_PLUGIN_AUTOLOAD: "1" } });
await python.loadPackage(["numpy", "pillow", "ipython", "packaging", "ssl", "sqlite3"], { messageCallback: () => {} });
const PURE = [
  "_pytest", "anywidget", "comm", "dicomanonymizer", "hypothesis", "iniconfig", "ipywidgets", "pluggy", "psygnal", "pydicom", "pynetdicom", "pytest",
  "sortedcontainers", "tqdm",
];
const known = fs.readdirSync(packages).filter((each) => PURE.some((name) => each === name || each.startsWith(`${name}-`)));
const shown = known.map((name) => [`/packages/${name}`, path.resolve(packages, name)]);
for (const [place, root] of [["/checkout", path.resolve(import.meta.dirname, "..")], ...shown]) {
  python.FS.mkdirTree(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, place);
}
for (const name of ["_hypothesis_globals.py", "py.py", "typing_extensions.py"]) python.FS.writeFile(`/packages/${name}`, fs.readFileSync(path.resolve(packages, name)));
python.globals.set("words", python.toPy(words));
process.exitCode = await python.runPythonAsync(`
import os, sys
sys.dont_write_bytecode = True
sys.path += ["/packages"]
os.chdir("/checkout")
import pytest

class Absent:
    """Tells what a browser has not from what is broken."""

    ERRORS = (ModuleNotFoundError, AttributeError, NotImplementedError, OSError, RuntimeError)
    WORDS = ("No module named", "module 'os' has no attribute", "can't start new thread", "does not support processes", "mkfifo")

    def is_absent(self, error, frames):
        is_kit = any(str(frame).startswith("/checkout/dicomkit") for frame in frames)
        return isinstance(error, self.ERRORS) and any(word in str(error) for word in self.WORDS) and not is_kit

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if call.excinfo and self.is_absent(call.excinfo.value, [entry.path for entry in call.excinfo.traceback]):
            report.outcome, report.longrepr = "skipped", (str(item.path), 0, f"Skipped: {call.excinfo.value}")
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        report = yield
        lines = str(report.longrepr).splitlines() if report.failed else []
        is_kit = any(line.startswith(("dicomkit/", "/checkout/dicomkit/")) for line in lines)
        if any("ModuleNotFoundError" in line for line in lines) and not is_kit:
            report.outcome, report.longrepr = "skipped", (str(collector.path), 0, "Skipped: a module is not there")
        return report

int(pytest.main(["-o", "addopts=--import-mode=importlib", "-p", "no:cacheprovider", "--capture=sys", *words], plugins=[Absent()]))
`);
