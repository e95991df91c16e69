"""Exercises 10.4 to 10.7: what is wrong where the handout sends and receives."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.known_answers import as_numbers, as_word, look_up

__all__ = ["SEND"]

_HOOK = ("myScript.sh", "#a", "#c", "#r", "#p", "#f")
_HEADINGS = "so say the headings, and they are the wrong way round: storescp waits and answers, storescu calls and asks"
_ASK_THE_PROGRAMS = "the headings are what is in doubt: answer with the names of the two programs"
_ONE_WAITS = "one of the two waits, the other calls"
_STILL_TYPOGRAPHIC = "there is still a typographic quote in it: a shell knows only the straight ones"
_DOUBLE_QUOTES = "the whole hook already stands in double quotes: the first one inside would end it"
_ODD_QUOTES = "a quote is opened and not closed: each ' needs a second one"
_NO_QUOTES = (
    "DCMTK pastes the values into that text: without quotes a folder with a blank becomes two arguments"
)
_ALL_FIVE = "the repaired hook is myScript.sh and the same five placeholders, as one text"
_TITLES_TOO = "the sender says both AE titles when it calls, and storescp checks neither"
_ONLY_CALLING = (
    "the called title is a word of the sender too: storescp never compares it. "
    "And look at what folder and file name are made of"
)
_PATHS_TOO = (
    "folder and file name are made of Study and SOP Instance UID, and those stand in the sender's data set"
)
_ADDRESS = (
    "#r is where the connection comes from: the network fills it in, a sender cannot write what it likes"
)
_A_SET = 'the answer is a set of placeholders, such as {"#a", "#r"}'
_TRUSTING = "exit status 0 says that storescu came to its end; with -nh that is all it says"
_JPEG = "three.dcm has all it needs, but it is a JPEG, and storescu proposes uncompressed syntaxes only, unless told (-xy)"
_HONEST = "that would be honest: but -nh means 'go on whatever happens', and then the end is a success"
_NAMELESS = (
    "one.dcm and two.dcm say neither what they are nor which: no SOP class, no SOP instance UID (notebook 06)"
)
_ARRIVED_AND_STATUS = "the answer is a tuple of two numbers: files that arrive, exit status"


def _programs(answer: object) -> tuple[str, ...] | None:
    if not isinstance(answer, list | tuple):
        return None
    programs = {"scp": "storescp", "scu": "storescu"}
    return tuple(programs.get(as_word(part), as_word(part)) for part in answer)


def _placeholders(answer: object) -> frozenset[str] | None:
    if not isinstance(answer, str | Iterable):
        return None
    text = answer if isinstance(answer, str) else " ".join(map(str, answer))
    return frozenset(re.findall(r"#[acrpf]", text))


def _check_hook(answer: object) -> Verdict:
    if not isinstance(answer, str):
        return retry(_ALL_FIVE)
    if not answer.isascii():
        return retry(_STILL_TYPOGRAPHIC)
    if '"' in answer:
        return retry(_DOUBLE_QUOTES)
    if answer.count("'") % 2:
        return retry(_ODD_QUOTES)
    if tuple(shlex.split(answer)) != _HOOK:
        return retry(_ALL_FIVE)
    return PASS if "'" in answer else retry(_NO_QUOTES)


SEND = (
    Exercise(
        id="10.4",
        title="Say which program waits and which calls",
        name="waits_and_calls",
        checker=look_up(
            ("storescp", "storescu"),
            {("storescu", "storescp"): _HEADINGS, ("receiver", "sender"): _ASK_THE_PROGRAMS},
            _ONE_WAITS,
            _programs,
        ),
        hints=(
            "The last letter tells: P provides a service, U uses it.",
            "Who provides waits. Who uses calls, and has to know host and port.",
            "Only one of the two lines names a host: localhost.",
        ),
        solution='waits_and_calls = ("storescp", "storescu")',
        misconceptions=(
            Misconception('("storescu", "storescp")', _HEADINGS),
            Misconception('("Receiver", "Sender")', _ASK_THE_PROGRAMS),
            Misconception('("storescp", "storescp")', _ONE_WAITS),
        ),
        learned="Whoever follows the headings starts the receiver at the scanner, and waits for ever.",
    ),
    Exercise(
        id="10.5",
        title="Repair the quote that a web page broke",
        name="hook",
        checker=_check_hook,
        hints=(
            "Each placeholder is opened by a straight quote. Is each closed by one?",
            "The three strange signs at the end were one typographic quote, written in UTF-8.",
            "\"myScript.sh '#a' '#c' '#r' '#p' ...\" with the last one like the others.",
        ),
        solution="hook = \"myScript.sh '#a' '#c' '#r' '#p' '#f'\"",
        misconceptions=(
            Misconception(
                "\"myScript.sh '#a' '#c' '#r' '#p' '#f\N{RIGHT SINGLE QUOTATION MARK}\"", _STILL_TYPOGRAPHIC
            ),
            Misconception("\"myScript.sh '#a' '#c' '#r' '#p' '#f\"", _ODD_QUOTES),
            Misconception('\'myScript.sh "#a" "#c" "#r" "#p" "#f"\'', _DOUBLE_QUOTES),
            Misconception('"myScript.sh #a #c #r #p #f"', _NO_QUOTES),
            Misconception("\"myScript.sh '#f'\"", _ALL_FIVE),
        ),
        learned="DCMTK's receiver stores the object, answers with success, and ignores that its hook never ran.",
    ),
    Exercise(
        id="10.6",
        title="Say which placeholders a stranger fills in",
        name="chosen_by_sender",
        checker=look_up(
            frozenset({"#a", "#c", "#p", "#f"}),
            {
                frozenset({"#a"}): _ONLY_CALLING,
                frozenset({"#a", "#c"}): _PATHS_TOO,
                frozenset({"#p", "#f"}): _TITLES_TOO,
                frozenset({"#a", "#p", "#f"}): _TITLES_TOO,
                frozenset({"#a", "#c", "#r"}): _ADDRESS,
                frozenset({"#a", "#c", "#r", "#p", "#f"}): _ADDRESS,
            },
            _A_SET,
            _placeholders,
        ),
        hints=(
            "For each one: who wrote these letters for the first time?",
            "The folder is called scp_ and the Study Instance UID; the file is named after the SOP Instance UID.",
            "Four of the five. The network itself knows from which address a connection comes.",
        ),
        solution='chosen_by_sender = {"#a", "#c", "#p", "#f"}',
        misconceptions=(
            Misconception('{"#a"}', _ONLY_CALLING),
            Misconception('{"#a", "#c"}', _PATHS_TOO),
            Misconception('{"#p", "#f"}', _TITLES_TOO),
            Misconception('{"#a", "#c", "#r", "#p", "#f"}', _ADDRESS),
            Misconception('"the AE title"', _A_SET),
        ),
        learned="Four texts of a stranger, pasted into a command line: keep them out of any shell.",
    ),
    Exercise(
        id="10.7",
        title="Foresee what storescu sends, and what it says",
        name="arrived_and_status",
        checker=look_up(
            (0, 0),
            {(3, 0): _TRUSTING, (1, 0): _JPEG, (0, 1): _HONEST, (1, 1): _JPEG, (2, 0): _NAMELESS},
            _ARRIVED_AND_STATUS,
            as_numbers,
        ),
        hints=(
            "Go through the three files: what has to be known of an object before it can be sent?",
            "one.dcm and two.dcm have no SOP class. Which transfer syntax has three.dcm, and which are proposed?",
            "-nh is --no-halt: it goes on after each refusal, to a happy end.",
        ),
        solution="arrived_and_status = (0, 0)",
        misconceptions=(
            Misconception("(3, 0)", _TRUSTING),
            Misconception("(1, 0)", _JPEG),
            Misconception("(0, 1)", _HONEST),
            Misconception("(2, 0)", _NAMELESS),
            Misconception("0", _ARRIVED_AND_STATUS),
        ),
        learned="A script that looks at the exit status alone reports a success every night.",
    ),
)
