"""Each form that a line of a dump can have, compared with the real dump2dcm.

Either both make the same data set, or the difference stands in one of the tables here with its reason.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit.cli import main

CASES = Path(__file__).parents[1] / "data" / "grammar_cases.txt"

# Where ours refuses what dump2dcm takes: the words of our message that say why.
STRICTER = {
    "duplicate tag: first or last wins?": "same tag",  # dump2dcm keeps the first without a word
    "duplicate tag in an item": "same tag",
    "uppercase hex and spaces in tag, no VR, lower case vr": "neither a VR nor a value",  # theirs: "da [..."
    "first letters of a value look like a VR": "neither a VR nor a value",  # theirs: PN [E^JOHN]
    "not loaded": "not loaded",  # theirs: an empty value
    "paren start in LO": "round brackets",  # theirs: an empty value
    "description that is none": "round brackets",
    "UID garbage": "no blanks",  # theirs: blanks taken out
    "blank in a UID": "no blanks",
    "number formats": "whole decimal numbers",
    "OB truncated dots": "cut short",  # theirs: a shorter value
    "OW truncated dots as dcmdump prints": "cut short",
    "private without VR and unknown VR": "does not know the tag",  # theirs: UN of the letters that are hex digits
    "unknown public tag with ZZ VR": "does not know the tag",
    "open VR on signed pixels": "out of range",  # theirs: US 65531
    "float out of range": "out of range",  # theirs: infinity
    "float of 32 bits out of range": "out of range",
    "decimal comma": "decimal numbers",  # theirs: 1
    "number with a fraction": "whole decimal numbers",  # theirs: 5
    "signed number out of range": "out of range",
    "OL out of range": "out of range",
    "too many hexadecimal digits": "hexadecimal numbers",
    "too many digits in a word": "hexadecimal numbers",
    "four digits for a byte": "hexadecimal numbers",  # theirs: one byte
    "AT with a comma between tags": "takes tags",  # theirs: the first tag only
    "unknown transfer syntax": "no transfer syntax",  # theirs: another transfer syntax
    "native pixels in an encapsulated transfer syntax": "fragments",  # theirs: a file that dcmdump refuses
    "command group": "group 0000",  # PS3.7 section 6.3: a command set is no part of a file
    "tag with five digits": "begin with a tag",
    "typographic quotes": "typographic",  # theirs: a name with quotes
    "brackets: last ] in line wins, incl. comments": "more than one",  # theirs: the comment in the value
}  # fmt: skip
# Where ours takes what dump2dcm refuses, and why.
MORE = {
    "AT with no value available": "dcmdump itself prints it",
    "standard keyword for a UID": "the Standard's name for it",
    "value over several lines": "dcmdump itself prints it",
}
# Where both make a file and the data sets differ, and why.
DIFFERENT = {
    "group length in dataset": "group lengths are retired (PS3.5 section 7.2) and pydicom writes none",
    "bytes of a tag that dcmdump did not know": "theirs takes the digits for text, where its dictionary knows the tag",
    "backslash-n corruption": "theirs turns backslash and n into a line break",
}


def cases() -> list[tuple[str, str]]:
    blocks = CASES.read_text(encoding="utf-8").split("%% ")[1:]
    return [tuple(block.split("\n", 1)) for block in blocks]  # type: ignore[misc]


def data_set_lines(dcmdump: str, path: Path) -> str:
    """Return what dcmdump prints of a data set; for the rest, each writer has a name of its own."""
    done = subprocess.run([dcmdump, "+L", path], capture_output=True, check=True)
    return done.stdout.partition(b"# Dicom-Data-Set")[2].decode("latin-1")


def test_every_case_has_a_title_of_its_own() -> None:
    titles = [title for title, _ in cases()]
    assert len(titles) == len(set(titles)) > 100
    assert set(titles) >= {*STRICTER, *MORE, *DIFFERENT}


@pytest.mark.parametrize(("title", "text"), cases(), ids=[title for title, _ in cases()])
def test_a_line_means_what_it_means_to_dump2dcm(
    title: str,
    text: str,
    peer: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("case.dump").write_text(text, encoding="utf-8")
    subprocess.run([peer("dump2dcm"), "case.dump", "theirs.dcm"], capture_output=True, check=False)
    status = main(["dump2dcm", "case.dump", "ours.dcm"])
    message = capsys.readouterr().err
    assert (status == 0) is Path("ours.dcm").exists()
    if Path("ours.dcm").exists():
        ours = data_set_lines(peer("dcmdump"), Path("ours.dcm"))
        if not Path("theirs.dcm").exists():
            assert title in MORE, message
        else:
            assert (ours != data_set_lines(peer("dcmdump"), Path("theirs.dcm"))) is (title in DIFFERENT), ours
    elif Path("theirs.dcm").exists():
        assert title in STRICTER, message
        assert STRICTER[title] in message
    else:
        assert message.startswith("dicomkit dump2dcm: case.dump: line ")
        assert title not in {*MORE, *DIFFERENT}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("(0010,0010) PN [WORKSHOP01]\n(0010,0010) PN [WORKSHOP02]", b"PN [WORKSHOP01]"),
        ("(0028,0010) US 70000", b"US 4464"),
        ("(0018,1030) LO [a long name that dcmdump cut off here...", None),
        ("(0008,0016) UI =SecondaryCaptureImageStorge", None),
        ("(0008,1040) LO [no end", None),
    ],
)
def test_what_notebook_02_says_of_dump2dcm_is_so(
    text: str, written: bytes | None, peer: Callable[[str], str], tmp_path: Path
) -> None:
    (tmp_path / "trap.dump").write_text(text + "\n", encoding="utf-8")
    subprocess.run([peer("dump2dcm"), "-q", tmp_path / "trap.dump", tmp_path / "trap.dcm"], check=True)
    assert (tmp_path / "trap.dcm").exists() is (written is not None)
    if written is not None:
        done = subprocess.run([peer("dcmdump"), "-q", tmp_path / "trap.dcm"], capture_output=True, check=True)
        assert written in done.stdout
        assert b"WORKSHOP02" not in done.stdout
