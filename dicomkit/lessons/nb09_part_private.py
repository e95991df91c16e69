"""Exercises 09.4 and 09.5: where a private element is, and a script that looks in the wrong place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydicom.dataset import FileDataset

from dicomkit.lessons.answers import FUNCTION, TAG, WrongForm, plain
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.known_answers import look_up
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.nb09_part_text import an_image, read_again
from dicomkit.text import shorten

__all__ = ["PRIVATE"]

_FIRST_BLOCK = (
    "block 10 belongs to whoever reserved it; ACME's name stands at (0019,0012), so its block is 12"
)
_CREATOR = "(0019,00xx) is where the creators stand; their elements are numbered from (0019,1000)"
_TURNED = "the block comes first and the element second: (gggg,bbee)"
_DECIMAL = "the digits of a tag are hexadecimal already: 12 and 0A stay as they are"
_PUBLIC = "(0018,0050) is the Standard's own Slice Thickness; ACME's is a private element, in group 0019"
_THREE_PARTS = "put three parts together: the group 0019, the number of ACME's block, and its element 0A"
_NO_TAG = "the answer is a tag as text, such as (0008,0018)"

_READ_DOSE = """\
def read_dose(dataset):
    return dataset[0x0019, 0x1001].value"""
_NUMBER_AGAIN = (
    "in a file where ACME DOSE reserved another block, that reads {}: ask for the creator, not for a number"
)
_NOT_FOUND = "in a file where ACME DOSE reserved another block, read_dose raised KeyError: ask for the creator, not for a number"
_NO_DOSE = "the dose is found wherever it is; in a file without ACME DOSE read_dose raises KeyError, and shall return None"
_FOREIGN = "in a file without ACME DOSE that reads {}, which is somebody else's element: return None there"
_ELEMENT = "that is the whole element: return its value"
_DOSE = "read_dose is a function that returns the value of element 01 of ACME DOSE's block; it returned {}"


def _check_read_dose(answer: Callable[..., Any]) -> Verdict:
    """Let the function read files in which the blocks stand in different orders, as pydicom reads them."""
    creators = ("ACME DOSE", "CITY HOSPITAL", "ACME CT")
    orders = (creators, creators[1:] + creators[:1], creators[::-1], creators[1:], ())
    for number, order in enumerate(orders, start=1):
        dose = f"{number}.25" if "ACME DOSE" in order else None
        try:
            found = plain(call(answer, _file_with(order, dose), name="read_dose"))
        except WrongForm as error:
            if number > 1 and "raised KeyError" in error.reason:
                return retry(_NO_DOSE if dose is None else _NOT_FOUND)
            raise
        if hasattr(found, "tag"):
            return retry(_ELEMENT)
        if (found if found is None else str(found).strip()) != dose:
            shown = shorten(repr(found), 40) if isinstance(found, str | float) else type(found).__name__
            fault = _FOREIGN if dose is None else _NUMBER_AGAIN if number > 1 else _DOSE
            return retry(fault.format(shown))
    return PASS


def _file_with(creators: tuple[str, ...], dose: str | None) -> FileDataset:
    values = {"ACME DOSE": ("DS", dose), "CITY HOSPITAL": ("LO", "bed 3"), "ACME CT": ("DS", "120")}
    image = an_image()
    for creator in creators:
        image.private_block(0x0019, creator, create=True).add_new(0x01, *values[creator])
    return read_again(image)


PRIVATE = (
    Exercise(
        id="09.4",
        title="Find a private element by its creator",
        name="private_tag",
        checker=look_up(
            0x0019120A,
            {
                0x0019100A: _FIRST_BLOCK,
                0x0019000A: _CREATOR,
                0x00190012: _CREATOR,
                0x00190A12: _TURNED,
                0x00191210: _DECIMAL,
                0x00190C0A: _DECIMAL,
                0x00190C10: _DECIMAL,
                0x00180050: _PUBLIC,
            },
            _THREE_PARTS,
        ),
        form=TAG.saying(_NO_TAG),
        minutes=3,
        hints=(
            "The creator stands at (0019,00bb), and bb is the number of its block.",
            "bb is 12 here. The elements of the block are (0019,12ee).",
            "ee is the element that the maker documents: 0A.",
        ),
        solution='private_tag = "(0019,120A)"',
        misconceptions=(
            Misconception('"(0019,100A)"', _FIRST_BLOCK),
            Misconception('"(0019,000A)"', _CREATOR),
            Misconception('"(0019,0012)"', _CREATOR),
            Misconception('"(0019,0A12)"', _TURNED),
            Misconception('"(0019,1210)"', _DECIMAL),
            Misconception('"SliceThickness"', _PUBLIC),
            Misconception('"(0021,120A)"', _THREE_PARTS),
            Misconception('"block 12"', _NO_TAG),
        ),
        learned="Ask for the creator, never for a number: the next file may have the block elsewhere.",
    ),
    Exercise(
        id="09.5",
        title="Mend a script that reads a private element by its number",
        name="read_dose",
        checker=_check_read_dose,
        form=FUNCTION.saying("read_dose is a function: change the one in the cell, and keep its name"),
        minutes=5,
        task=Task.CHANGE,
        given=_READ_DOSE,
        hints=(
            "The cell above this exercise reads the element in both ways. Which of them names the creator?",
            'dataset.private_creators(0x0019) lists who has reserved a block: if "ACME DOSE" is not in it, return None.',
            'dataset.private_block(0x0019, "ACME DOSE")[0x01].value is the dose, wherever the block is.',
        ),
        solution=(
            "def read_dose(dataset):\n"
            '    if "ACME DOSE" not in dataset.private_creators(0x0019):\n'
            "        return None\n"
            '    return dataset.private_block(0x0019, "ACME DOSE")[0x01].value'
        ),
        misconceptions=(
            Misconception("lambda dataset: dataset[0x00191001].value", _NUMBER_AGAIN.format("'bed 3'")),
            Misconception(
                "lambda dataset: next((each.value for each in dataset if each.VR == 'DS'), None)",
                _NUMBER_AGAIN.format("120.0"),
            ),
            Misconception('lambda dataset: dataset.private_block(0x0019, "ACME DOSE")[0x01].value', _NO_DOSE),
            Misconception('lambda dataset: dataset.private_block(0x0019, "ACME DOSE")[0x01]', _ELEMENT),
            Misconception(
                'lambda dataset: dataset.private_block(0x0019, "ACME DOSE").private_creator',
                _DOSE.format("'ACME DOSE'"),
            ),
            Misconception(
                'lambda dataset: dataset.private_block(0x0019, "ACME DOSE")[0x01].value '
                'if "ACME DOSE" in dataset.private_creators(0x0019) else dataset.get((0x0019, 0x1001), "no").value',
                _FOREIGN.format("'bed 3'"),
            ),
            Misconception(
                "0x00191201", "read_dose is a function: change the one in the cell, and keep its name"
            ),
        ),
        learned='get_private_item(0x0019, 0x01, "ACME DOSE") reads it in one call; without the creator it raises KeyError.',
    ),
)
