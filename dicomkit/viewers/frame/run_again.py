"""What a viewer of yesterday's kernel says in its place.

A notebook stores of a viewer the number of a model that only its own kernel knows. Opened with another
kernel, JupyterLab would write "Error displaying widget: model not found". So each viewer has a second output,
a sentence that its style sheet shows only below such an error, in place of it. It holds no value, runs nothing
and loads nothing; where a viewer cannot be drawn at all (a page on the web), it is right as well.
"""

from __future__ import annotations

__all__ = ["RUN_AGAIN"]

# JupyterLab gives the place of a widget this class when it has given it up, and at no other time.
_GIVEN_UP = ":has(> .jp-OutputArea-output.jupyter-widgets)"
_CHILD, _SENTENCE = ".jp-OutputArea-child", ".jp-OutputArea-output > .dk-run-again"
RUN_AGAIN = (
    "<style>"
    f"{_CHILD}:not({_GIVEN_UP}) + {_CHILD}:has(> {_SENTENCE}) {{ display: none; }}"
    f"{_CHILD}{_GIVEN_UP}:has(+ {_CHILD} > {_SENTENCE}) {{ display: none; }}"
    f"{_CHILD}{_GIVEN_UP} + {_CHILD} > {_SENTENCE} {{ display: block; }}"
    "</style>"
    '<p class="dk-run-again" hidden>The kernel that drew this viewer has ended. '
    "<b>Run this cell again</b> (Shift + Enter). If it then misses a name, choose "
    "<i>Run, Run All Above Selected Cell</i> first.</p>"
)
