"""What beginners trip over, and the cell in which the workshop lets them, on purpose.

Whoever changes a lesson sees here which cell must not get lost. An instructor gets the table with
``dicomkit instructor``; the questions and answers are the FAQ of the README.
"""

from __future__ import annotations

import dataclasses

__all__ = ["CONFUSIONS", "Confusion"]


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Something that nearly everybody gets wrong once.

    Parameters
    ----------
    question
        As a beginner asks it.
    answer
        In one or two sentences.
    notebook
        Number of the notebook that meets it.
    cell
        Id of the code cell that provokes it; the prose around the cell predicts and explains it.
    """

    question: str
    answer: str
    notebook: str
    cell: str


CONFUSIONS = (
    Confusion(
        "pydicom says that the prefix is missing and that I may use `force=True`. May I?",
        "Only if you know that it is DICOM. It switches off the check; it repairs nothing, and reads letters too.",
        "01",
        "force",
    ),
    Confusion(
        "Why can my data set not be saved?",
        "Nothing says how it is to be encoded: give `file_meta.TransferSyntaxUID`, and `enforce_file_format=True`.",
        "01",
        "syntax",
    ),
    Confusion(
        "I set `patient_name`, and the file still has the old name.",
        "Only the exact keyword, `PatientName`, reaches the element. Any other name is only an attribute of the Python object.",
        "02",
        "misspelt",
    ),
    Confusion(
        "What is the difference between VR and VM?",
        "The VR says what kind of value, the VM how many. A backslash separates values, so it cannot stand in one.",
        "02",
        "vr-values",
    ),
    Confusion(
        "Which UID is new, and when?",
        "A new image: SOP Instance UID. A new stack: the series as well. A new visit: the study as well.",
        "02",
        "levels",
    ),
    Confusion(
        "May I make up a UID, or read a date out of one?",
        "Make one with `pydicom.uid.generate_uid`. Compare UIDs; never take one apart, never reuse one.",
        "02",
        "exercise-5",
    ),
    Confusion(
        "I wrote another transfer syntax into the header. Why is the picture broken?",
        "You changed a label. To compress or decompress, the bytes have to change: `compress`, `decompress`.",
        "03",
        "lie",
    ),
    Confusion(
        "How long is Pixel Data?",
        "Rows times Columns times samples times frames, each of Bits Allocated (not Bits Stored) bits. Never floats.",
        "04",
        "wrong-length",
    ),
    Confusion(
        "Why is there one byte more in the file than in memory?",
        "Every value has an even length; Pixel Data is padded with a byte `00`.",
        "04",
        "padding",
    ),
    Confusion(
        "Why is my CT white?",
        "A window is meant for modality values: first slope times stored value plus intercept, then the window.",
        "05",
        "real",
    ),
    Confusion(
        "Why is the X-ray a negative?",
        "`MONOCHROME1`: low values are bright. Invert the grey levels as the last step, never the stored values.",
        "05",
        "polarity",
    ),
    Confusion(
        "Why is my ultrasound pink and teal?",
        "It is YBR and was taken for RGB. Photometric Interpretation says which.",
        "05",
        "misread",
    ),
    Confusion(
        "What arrives has no preamble and no group 0002. Is it damaged?",
        "No: only the data set travels. The receiver writes the file around it.",
        "06",
        "wire",
    ),
    Confusion(
        "The AE title is right. Why is the connection refused?",
        "Host and port find the program, before anybody says a title. The SCU calls, the SCP waits.",
        "06",
        "address",
    ),
    Confusion(
        "Why is one file refused and the next one not?",
        "What may travel is agreed on in presentation contexts: each is one kind of object with one transfer syntax.",
        "07",
        "answers",
    ),
    Confusion(
        "Why did my file arrive with other bytes?",
        "The receiver chose another transfer syntax and the sender converted. The elements are the same.",
        "07",
        "reencoded",
    ),
    Confusion(
        "When is a study complete?",
        "C-STORE does not say. Quiet for a while is a guess, so a late image makes a new revision.",
        "08",
        "pause",
    ),
    Confusion(
        "The association was released. Now it is complete?",
        "No: a sender may use one association for each image, or come back tomorrow.",
        "08",
        "knows-more",
    ),
    Confusion(
        "Why is Łukasz called ?ukasz in the file?",
        "Specific Character Set has no such letter, and pydicom only warned. `ISO_IR 192`, set before the name, has all.",
        "09",
        "lost",
    ),
    Confusion(
        "The manual says (0019,1001). Why does something else stand there?",
        "A private element belongs to its creator's block, and the block moves from file to file. Ask by the creator.",
        "09",
        "private-find",
    ),
    Confusion(
        "The archive answers FF00H. What did I do wrong?",
        "Nothing: FF00H is *pending*, an answer, and more follows. 0000H comes once, at the end, and brings none.",
        "12",
        "find-by-hand",
    ),
    Confusion(
        "Why does the answer have no patient ID?",
        "Only what was asked for comes back. An empty key means: return it.",
        "12",
        "only-asked",
    ),
    Confusion(
        "Which studies have CT images? `Modality` finds none.",
        "It is a key of the series. A study has `ModalitiesInStudy`; a list of two means one or the other.",
        "12",
        "modalities",
    ),
    Confusion(
        "I ask for series, and the archive answers A900H. Why?",
        "A key of another level, or no unique key of the level above: first the study, then its series, then the slices.",
        "12",
        "levels",
    ),
    Confusion(
        "The query timed out. So there is no such patient?",
        "Nobody knows. No match is an answer: 0000H, at once, with nothing before it.",
        "12",
        "time-out-run",
    ),
    Confusion(
        "C-GET ends with A702H, and nothing came. Why?",
        "You did not say that you receive: role selection, for each kind of object that may come.",
        "12",
        "get-by-hand",
    ),
    Confusion(
        "C-MOVE says that the destination is unknown, but my AE title is right.",
        "The archive looks it up on its own list. Somebody has to enter AE title, host and port there.",
        "12",
        "move-unknown",
    ),
    Confusion(
        "C-MOVE to my own AE title fails. Is the archive broken?",
        "It calls you, on an association of its own: a receiver has to listen there while you ask.",
        "12",
        "move-nobody",
    ),
    Confusion(
        "C-MOVE succeeded, and nothing has arrived.",
        "0000H says that what matched was sent. Nothing may have matched, or another computer has your title: count.",
        "12",
        "move-nothing",
    ),
    Confusion(
        "`/studies?Modality=CT` is answered with 400. Why?",
        "Modality is a key of the series, also on the web: ask `/series`, or a study for ModalitiesInStudy.",
        "13",
        "modality",
    ),
    Confusion(
        "The search failed: there is no JSON in the answer.",
        "204 means that nothing was found: a success, without a body.",
        "13",
        "modality",
    ),
    Confusion(
        "My search with a star finds nobody in Orthanc.",
        "Libraries write `%2A` for a star, and some archives do not undo it. Ask for the whole name.",
        "13",
        "wildcard",
    ),
    Confusion(
        "406 Not Acceptable: but I do accept `application/dicom`!",
        'A study is several files: accept `multipart/related` with `type="application/dicom"`.',
        "13",
        "accept-bare",
    ),
    Confusion(
        "415 when I POST a DICOM file. What else should I send?",
        "A body of several parts, also for one file: `multipart/related`, with a boundary between the parts.",
        "13",
        "store-single",
    ),
    Confusion(
        "The store said 202, a success. Why is one instance not there?",
        "Some of them failed: the answer names each, with the status that C-STORE would have had.",
        "13",
        "library",
    ),
    Confusion(
        "It works in Python, and the web page may not read it.",
        "A browser asks whether the page's origin may (CORS). Name it in the archive's list; it is empty for a reason.",
        "13",
        "origins",
    ),
)
