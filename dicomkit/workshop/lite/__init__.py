"""The workshop and the viewer as one folder of static files: Python runs in the learner's browser (Pyodide)."""
