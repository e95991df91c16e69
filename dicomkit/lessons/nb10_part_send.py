"""Exercises 10.4 to 10.7: what is wrong where the handout sends and receives."""

from __future__ import annotations

import re
import shlex

from dicomkit.lessons.answer_parts import tuple_of
from dicomkit.lessons.answers import TEXT, WHOLE_NUMBER, WORD, Form
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.known_answers import look_up

__all__ = ["SEND"]

_HOOK = ("myScript.sh", "#a", "#c", "#r", "#p", "#f")
_HEADINGS = "so say the headings, and they are the wrong way round: storescp waits and answers, storescu calls and asks"
_ASK_THE_PROGRAMS = "the headings are what is in doubt: answer with the names of the two programs"
_ONE_WAITS = "one of the two waits, the other calls: storescp and storescu"
_TWO_NAMES = "the answer is a tuple of two names: the program that waits, and the one that calls"
_STILL_TYPOGRAPHIC = "there is still a typographic quote in it: a shell knows only the straight ones"
_DOUBLE_QUOTES = "the whole hook already stands in double quotes: the first one inside would end it"
_ODD_QUOTES = "a quote is opened and not closed: each ' needs a second one"
_NO_QUOTES = (
    "DCMTK pastes the values into that text: without quotes a folder with a blank becomes two arguments"
)
_BACKTICK = "that is a backtick: a shell runs what stands between two of them; the straight quote is '"
_INSIDE_ALONE = "the answer is what stands between the double quotes, without the option before them"
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
_A_SET = 'the answer is a set or a list of placeholders, such as {"#a", "#r"}'
_WHOSE = "go through the five once more: who wrote each of them for the first time?"
_TRUSTING = "exit status 0 says that storescu came to its end; with -nh that is all it says"
_JPEG = "three.dcm has all it needs, but it is a JPEG, and storescu proposes uncompressed syntaxes only, unless told (-xy)"
_HONEST = "that would be honest: but -nh means 'go on whatever happens', and then the end is a success"
_NAMELESS = (
    "one.dcm and two.dcm say neither what they are nor which: no SOP class, no SOP instance UID (notebook 06)"
)
_NEVER_TOUCHED = (
    "not more than one of the three could ever be sent: look at each, what it is and how it is encoded"
)
_ARRIVED_AND_STATUS = "the answer is a tuple of two numbers: files that arrive, exit status"


def _program(answer: object) -> str:
    """Read the name of a program, also with the kit's own in front of it, or the role that it plays."""
    word = str(WORD.saying(_TWO_NAMES).read(answer)).removeprefix("dicomkit ").removeprefix("the ")
    return {"scp": "storescp", "scu": "storescu"}.get(word, word)


_SEVERAL = re.compile("(#?[acrpf]){2,}")


def _placeholders(answer: object) -> frozenset[str]:
    """Read placeholders, with or without their #, as a set, a list or a text with blanks or commas."""
    parts = answer
    if isinstance(answer, str):  # "#a, #c and #p", "#a#c#p", "acp"
        words = [word for word in re.split(r"[,;+&\s]+", answer.casefold()) if word not in {"", "and"}]
        parts = [
            each
            for word in words
            for each in (re.findall("[acrpf]", word) if _SEVERAL.fullmatch(word) else [word])
        ]
    if not isinstance(parts, list | tuple | set):
        raise TypeError(answer)
    found = frozenset(
        "#" + TEXT.read(part).strip().strip("'\"").removeprefix("#").casefold() for part in parts
    )
    if not found or not found <= set(_HOOK):
        raise ValueError(answer)
    return found


def _check_hook(answer: str) -> Verdict:
    """Have the hook split as a shell splits it, once with values that have blanks in them."""
    text = answer.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':  # the double quotes around it were given as well
        text = text[1:-1]
    rules = (
        ("exec-on-reception" in text, _INSIDE_ALONE),
        (not text.isascii(), _STILL_TYPOGRAPHIC),
        ('"' in text, _DOUBLE_QUOTES),
        ("`" in text, _BACKTICK),
        (text.count("'") % 2 == 1, _ODD_QUOTES),
    )
    wrong = next((reason for is_wrong, reason in rules if is_wrong), None)
    if wrong is not None:
        return retry(wrong)
    if _arguments(text) != list(_HOOK):
        return retry(_ALL_FIVE)
    filled = re.sub("#([acrpf])", r"#\1 \1", text)
    return (
        PASS
        if _arguments(filled) == [re.sub("#([acrpf])", r"#\1 \1", word) for word in _HOOK]
        else retry(_NO_QUOTES)
    )


def _arguments(command: str) -> list[str]:
    """Return the arguments of a command, the program without its folder; a ; and its like are words of their own."""
    words = shlex.shlex(command, posix=True, punctuation_chars=True)
    words.commenters = ""
    words.whitespace_split = True
    try:
        program, *arguments = words
    except ValueError:  # nothing at all, or a backslash at the end
        return []
    return [program.rpartition("/")[2], *arguments]


_PROGRAM = Form("the name of a program", _program, _TWO_NAMES)

SEND = (
    Exercise(
        id="10.4",
        title="Say which program waits and which calls",
        name="waits_and_calls",
        checker=look_up(
            ("storescp", "storescu"),
            {("storescu", "storescp"): _HEADINGS, ("receiver", "sender"): _ASK_THE_PROGRAMS},
            _ONE_WAITS,
        ),
        form=tuple_of(_PROGRAM, _PROGRAM).saying(_TWO_NAMES),
        minutes=2,
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
            Misconception('("HAUKE", "me")', _ONE_WAITS),
            Misconception('"storescp"', _TWO_NAMES),
        ),
        learned="Whoever follows the headings starts the receiver at the scanner, and waits for ever.",
    ),
    Exercise(
        id="10.5",
        title="Repair the quote that a web page broke",
        name="hook",
        checker=_check_hook,
        form=TEXT.saying(_ALL_FIVE),
        minutes=4,
        hints=(
            "Each placeholder is opened by a straight quote. Is each closed by one?",
            "The three strange characters at the end were one typographic quote, written in UTF-8.",
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
            Misconception("\"myScript.sh #a #c #r #p '#f'\"", _NO_QUOTES),
            Misconception("\"myScript.sh '#a #c #r #p #f'\"", _ALL_FIVE),
            Misconception("\"myScript.sh '#f'\"", _ALL_FIVE),
            Misconception("\"myScript.sh '#a' '#c' '#r' '#p' `#f`\"", _BACKTICK),
            Misconception("\"--exec-on-reception myScript.sh '#a' '#c' '#r' '#p' '#f'\"", _INSIDE_ALONE),
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
            _WHOSE,
        ),
        form=Form("a set of placeholders", _placeholders, _A_SET),
        minutes=3,
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
            Misconception('{"#r"}', _WHOSE),
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
            {
                (3, 0): _TRUSTING,
                (1, 0): _JPEG,
                (0, 1): _HONEST,
                (1, 1): _JPEG,
                (2, 0): _NAMELESS,
                (2, 1): _NAMELESS,
                (0, 3): _HONEST,
                (3, 1): _NAMELESS,
            },
            _NEVER_TOUCHED,
        ),
        form=tuple_of(
            WHOLE_NUMBER.saying(_ARRIVED_AND_STATUS), WHOLE_NUMBER.saying(_ARRIVED_AND_STATUS)
        ).saying(_ARRIVED_AND_STATUS),
        minutes=3,
        hints=(
            "Go through the three files: what has to be known of an object before it can be sent?",
            "one.dcm and two.dcm have no SOP class. Which transfer syntax has three.dcm, and which are proposed?",
            "-nh is --no-halt: it goes on after each refusal, to a happy ending.",
        ),
        solution="arrived_and_status = (0, 0)",
        misconceptions=(
            Misconception("(3, 0)", _TRUSTING),
            Misconception("(1, 0)", _JPEG),
            Misconception("(0, 1)", _HONEST),
            Misconception("(2, 0)", _NAMELESS),
            Misconception("(3, 3)", _NEVER_TOUCHED),
            Misconception("0", _ARRIVED_AND_STATUS),
        ),
        learned="A script that looks at the exit status alone reports a success every night.",
    ),
)
