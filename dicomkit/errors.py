r"""The one tree of errors of this package.

Each error says three things, in this order: what was given, what is wrong with it, and what to do.
Each also inherits from the built-in exception that a beginner would think of, so that
``except ValueError`` or ``except ConnectionError`` works::

    DicomKitError
    ├── FileAccessError         (OSError)          a path is missing, unreadable or cannot be written
    ├── NotDicomError           (ValueError)       the bytes are not a readable DICOM file
    │   ├── OtherFormatError                       it is another format, a text, or empty
    │   ├── TruncatedFileError                     the file ends, or a container ends, too early
    │   ├── RefusedFileError                       it needs more memory, depth or steps than any real file
    │   └── CharacterSetError                      it names a character set that does not exist
    ├── DumpSyntaxError         (ValueError)       a line of a dump text cannot be read
    ├── AttributePathError      (ValueError)       a path such as (0008,1140)[0] leads nowhere
    ├── AttributeValueError     (ValueError)       a value does not fit its VR or its attribute
    ├── ImageError              (ValueError)       a picture cannot become an image, or the reverse
    ├── NoPictureError          (AttributeError)   what is shown is not a picture: it has no window
    ├── DeidentificationError   (ValueError)       an instance may still identify somebody
    ├── StoreError              (OSError)          an instance could not be stored on disk
    ├── NetworkError            (ConnectionError)  something on the wire went wrong
    │   ├── NoReceiverError                        no program listens at that host and port
    │   ├── PortInUseError                         another program listens there already
    │   ├── AssociationRejectedError               the peer rejected the association
    │   └── TransferError                          at least one instance was not stored
    ├── ReactionError           (RuntimeError)     a hook or a processing step failed
    ├── LessonError             (ValueError)       an exercise or a notebook of that name does not exist
    ├── WorkshopError           (RuntimeError)     something that the workshop needs is missing on this machine
    └── UsageError              (ValueError)       a command line or an argument makes no sense

No message contains patient data, whatever the input was: a message may end up in a log, in a
notebook's stored output or on a projector.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from dicomkit.named_tuple import NamedTuple
from dicomkit.text import shorten

_FIELD_LIMIT = 600  # characters; three fields and their separators stay below 2 kB


def reason_of(error: BaseException) -> str:
    """Return the system's words for an error, without the path in them."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else type(error).__name__


class DicomKitError(Exception):
    """Say what was given, what is wrong with it and what to do about it.

    Parameters
    ----------
    given
        The input as the user would recognise it: a path, a line of a dump text, an address.
    problem
        What is wrong with it, in the Standard's words.
    remedy
        What to do next.
    """

    def __init__(self, given: object, problem: str, remedy: str) -> None:
        self.given = shorten(str(given), _FIELD_LIMIT)
        self.problem = shorten(problem, _FIELD_LIMIT)
        self.remedy = shorten(remedy, _FIELD_LIMIT)
        super().__init__(str(self))

    def __str__(self) -> str:
        return f"{self.given}: {self.problem}; {self.remedy}"

    def __reduce__(self) -> tuple[object, ...]:
        # An error has to survive the way back from a worker process.
        return _rebuild, (type(self), self.__dict__)


def _rebuild(kind: type[DicomKitError], fields: dict[str, object]) -> DicomKitError:
    error = kind.__new__(kind)
    error.__dict__.update(fields)
    error.args = (str(error),)
    return error


class FileAccessError(DicomKitError, OSError):
    """A path is missing, cannot be read or cannot be written."""


class NotDicomError(DicomKitError, ValueError):
    """The bytes are not a DICOM file that can be read (PS3.10 section 7)."""


class OtherFormatError(NotDicomError):
    """The bytes are another format than DICOM, or a text, or there are none."""


class TruncatedFileError(NotDicomError):
    """The file, or a container inside it, ends before an element's stated length.

    Parameters
    ----------
    offset
        Where the element starts, in bytes from the start of the file.
    tag
        The element that does not fit, as ``(gggg,eeee)``.
    """

    def __init__(self, given: object, problem: str, remedy: str, *, offset: int, tag: str) -> None:
        super().__init__(given, problem, remedy)
        self.offset = offset
        self.tag = tag


class RefusedFileError(NotDicomError):
    """The file needs more depth, items, memory or steps than any real file does."""


class CharacterSetError(NotDicomError):
    """Specific Character Set names one that the Standard does not define (PS3.3 section C.12.1.1.2)."""


class DicomFileWarning(UserWarning):
    """A file can be read, but something about it is odd or was repaired."""


class DumpProblem(NamedTuple):
    """What is wrong with one line of a dump text.

    Parameters
    ----------
    line, column
        Where in the text, both counted from 1. A column counts bytes of the dump.
    given
        Tag and VR of the line, as far as they could be read. Never the value: it may be patient data.
    problem, remedy
        What is wrong, and what to do.
    text
        The whole line, with its value. For callers that hold the dump anyway; no message shows it.
    """

    line: int
    column: int
    given: str
    problem: str
    remedy: str
    text: str = ""

    def __repr__(self) -> str:
        # A repr ends up in logs and in stored outputs, so it leaves out the line.
        return f"DumpProblem({self!s})"

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}"
        given = f"{where}: {self.given}" if self.given else where
        return shorten(f"{given}: {self.problem}; {self.remedy}", _FIELD_LIMIT)


class DumpSyntaxError(DicomKitError, ValueError):
    """At least one line of a dump text cannot be read.

    The message is about the first problem; `problems` holds them all.

    Parameters
    ----------
    problems
        What is wrong, in the order of the lines; at least one.
    count
        How many there were, when `problems` stops before the last.
    """

    def __init__(self, problems: Sequence[DumpProblem], *, count: int = 0) -> None:
        self.problems = tuple(problems)
        self.count = max(count, len(self.problems))
        first = self.problems[0]
        given = f"line {first.line}, column {first.column}" + (f": {first.given}" if first.given else "")
        more = f" (and {self.count - 1} more)" if self.count > 1 else ""
        super().__init__(given, first.problem, first.remedy + more)


class AttributePathError(DicomKitError, ValueError):
    """A path of tags, keywords and item numbers does not lead to an element."""


class AttributeValueError(DicomKitError, ValueError):
    """A value does not fit its value representation or its attribute (PS3.5 section 6.2)."""


class ImageError(DicomKitError, ValueError):
    """A picture cannot become a valid image, or an image cannot become a picture."""


class NoPictureError(DicomKitError, AttributeError, ValueError):
    """A property of pictures was asked of something else, such as a report."""


class DeidentificationError(DicomKitError, ValueError):
    """An instance is refused, because not everything that may identify somebody can be removed from it."""


class StoreError(DicomKitError, OSError):
    """An instance could not be stored on disk.

    Parameters
    ----------
    status
        The C-STORE status that a receiver answers with (PS3.4 section B.2.3).
    """

    def __init__(self, given: object, problem: str, remedy: str, *, status: int) -> None:
        super().__init__(given, problem, remedy)
        self.status = status


class NetworkError(DicomKitError, ConnectionError):
    """Something between two application entities went wrong."""


class NoReceiverError(NetworkError):
    """No program listens at that host and port."""


class PortInUseError(NetworkError):
    """Another program listens at that port already."""


class AssociationRejectedError(NetworkError):
    """The peer rejected the association request (PS3.8 section 9.3.4, A-ASSOCIATE-RJ)."""


class TransferError(NetworkError):
    """At least one instance was not stored by the peer."""


class ReactionError(DicomKitError, RuntimeError):
    """A hook or a processing step failed."""


class LessonError(DicomKitError, ValueError):
    """There is no exercise or notebook of that name."""


class WorkshopError(DicomKitError, RuntimeError):
    """Something that the workshop needs is missing on this machine."""


class UsageError(DicomKitError, ValueError):
    """A command line or an argument makes no sense."""
