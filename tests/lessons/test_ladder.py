"""The drawing of an association: one rung for each thing said, whoever kept the log."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from dicomkit.errors import AssociationRejectedError, LessonError
from dicomkit.lessons import ladder, picture
from dicomkit.network import AssociationLog, StorageSCP, echo, send
from dicomkit.samples import ct_series


def rungs(figure: Figure) -> list[str]:
    """Return the names on the rungs with the direction of their arrows, as they were drawn."""
    [axes] = figure.axes
    arrows = {note.xy[1]: note.xy[0] > note.xyann[0] for note in axes.texts if isinstance(note, Annotation)}
    names = [text for text in axes.texts if "\N{RIGHTWARDS ARROW}" in text.get_text()]
    names += [text for text in axes.texts if "\N{LEFTWARDS ARROW}" in text.get_text()]
    found = sorted((round(text.get_position()[1] + 0.08), text.get_text()) for text in names)
    for row, name in found:
        assert arrows[row] == name.endswith("\N{RIGHTWARDS ARROW}"), name
    return [name for _, name in found]


def test_both_sides_draw_the_same_ladder(tmp_path: Path) -> None:
    log = AssociationLog()
    with StorageSCP(tmp_path) as scp:
        send(ct_series(2, size=16), "127.0.0.1", scp.port, calling_ae_title="SCANNER", log=log)
    expected = [
        "A-ASSOCIATE-RQ →",
        "← A-ASSOCIATE-AC",
        *["C-STORE-RQ →", "← C-STORE-RSP"] * 2,
        "A-RELEASE-RQ →",
        "← A-RELEASE-RP",
    ]
    assert rungs(ladder(log)) == expected
    assert rungs(ladder(scp.log)) == expected
    words = repr(picture(ladder(log)))
    assert words == repr(picture(ladder(scp.log)))
    assert "SCANNER\n(calls)" in words
    assert "status 0000H" in words
    assert "2 x P-DATA-TF" in words


def test_one_association_of_several(tmp_path: Path) -> None:
    log = AssociationLog()
    with StorageSCP(tmp_path) as scp:
        with pytest.raises(AssociationRejectedError):
            echo("127.0.0.1", scp.port, called_ae_title="MARS", log=log)
        echo("127.0.0.1", scp.port, log=log)
    assert rungs(ladder(log, 1)) == ["A-ASSOCIATE-RQ →", "← A-ASSOCIATE-RJ"]
    assert "source 1, reason 7" in repr(picture(ladder(log, 1)))
    assert rungs(ladder(log, 2))[2:4] == ["C-ECHO-RQ →", "← C-ECHO-RSP"]


def test_refusals_stand_out(tmp_path: Path) -> None:
    log = AssociationLog()
    with StorageSCP(tmp_path, on_stored=lambda _: 0xA700) as scp:
        send(ct_series(1, size=16), "127.0.0.1", scp.port, log=log)
    [axes] = ladder(log).axes
    colour = {text.get_text(): text.get_color() for text in axes.texts}
    assert colour["status A700H"] not in {colour["C-STORE-RQ →"], colour["A-RELEASE-RQ →"]}


def test_an_empty_log_is_an_error_in_words() -> None:
    with pytest.raises(LessonError, match="holds nothing about it"):
        ladder(AssociationLog())
