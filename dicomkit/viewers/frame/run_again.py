"""The text that replaces a viewer whose kernel has ended.

For a viewer, a notebook saves the ID of a model that exists only in its kernel. If it is opened with another
kernel, JupyterLab would write "Error displaying widget: model not found". So each viewer has a second output,
a sentence that its style sheet shows only below such an error, in place of it. It holds no value, runs nothing
and loads nothing; where a viewer cannot be drawn at all (a page on the web), it is right as well.
"""

from __future__ import annotations

__all__ = ["RUN_AGAIN"]

# JupyterLab sets this class on the output of a widget only if its model was not found.
_NOT_FOUND = ":has(> .jp-OutputArea-output.jupyter-widgets)"
_CHILD, _SENTENCE = ".jp-OutputArea-child", ".jp-OutputArea-output > .dk-run-again"
RUN_AGAIN = (
    "<style>"
    f"{_CHILD}:not({_NOT_FOUND}) + {_CHILD}:has(> {_SENTENCE}) {{ display: none; }}"
    f"{_CHILD}{_NOT_FOUND}:has(+ {_CHILD} > {_SENTENCE}) {{ display: none; }}"
    f"{_CHILD}{_NOT_FOUND} + {_CHILD} > {_SENTENCE} {{ display: block; }}"
    "</style>"
    '<p class="dk-run-again" hidden>The kernel that drew this viewer has ended. '
    "<b>Run this cell again</b> (Shift + Enter). If it then misses a name, choose "
    "<i>Run, Run All Above Selected Cell</i> first.</p>"
)
