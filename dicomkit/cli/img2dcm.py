"""``dicomkit img2dcm``: make a DICOM file from a picture, as DCMTK's command does."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import Any

from dicomkit.cli.arguments import CommandParser, check_not_same
from dicomkit.cli.notices import notice
from dicomkit.errors import UsageError

__all__ = ["make_parser", "run"]

# Attributes with default values of secondary_capture.
_DEFAULTS = (
    "StudyDate StudyTime ContentDate ContentTime PatientID StudyID Modality SeriesNumber InstanceNumber ImageLaterality"
    " BurnedInAnnotation"
)


def make_parser() -> CommandParser:
    """Return the parser of this command."""
    parser = CommandParser(
        "img2dcm",
        "Make a Secondary Capture image from a picture: PNG, JPEG, TIFF, BMP or PNM. "
        "A baseline JPEG is wrapped as it is; everything else is stored uncompressed.",
    )
    joined = parser.add_mutually_exclusive_group()
    joined.add_argument(
        "-sef", "--series-from", metavar="FILE", help="join the patient, study and series of this file"
    )
    joined.add_argument(
        "-stf",
        "--study-from",
        metavar="FILE",
        help="join the patient and study of this file, as a new series",
    )
    parser.add_argument(
        "-k",
        "--key",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help='set an attribute: PatientName=DOE^JANE or "0010,0010=DOE^JANE"; may be repeated',
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="do not say what was changed or filled in")
    parser.add_argument("image", metavar="IMAGE", help="the picture")
    parser.add_argument("output", metavar="OUT.dcm", help="the DICOM file to write")
    return parser


def run(options: argparse.Namespace) -> int:
    """Make the file, and list on stderr the values that were filled in."""
    for source in filter(None, (options.image, options.series_from, options.study_from)):
        check_not_same(source, options.output)
    from dicomkit.pixels.picture_size import picture_bytes  # noqa: PLC0415 - --help needs none of these

    attributes = _attributes(options.key)
    content = picture_bytes(Path(options.image))  # read once: it may be a pipe
    is_alone = not (options.series_from or options.study_from or options.key)
    if not (is_alone and _wrap(options, content)):
        _capture(options, content, attributes)
    return 0


def _wrap(options: argparse.Namespace, content: bytes) -> bool:
    """Wrap a JPEG that joins nothing, and return whether that was possible; it takes no pydicom."""
    from dicomkit.files.replacing import file_to_replace  # noqa: PLC0415 - --help needs none of these
    from dicomkit.files.write_check import check_encoded  # noqa: PLC0415
    from dicomkit.pixels.wrapped_jpeg import wrapped_jpeg  # noqa: PLC0415

    wrapped = wrapped_jpeg(content, Path(options.image))
    if wrapped is None:
        return False
    check_encoded(wrapped.content)
    with file_to_replace(options.output) as stream:
        stream.write(wrapped.content)
    _tell(options, [*wrapped.remarks, *_filled_in(wrapped.values, None, {})])
    return True


def _capture(options: argparse.Namespace, content: bytes, attributes: dict[str, str]) -> None:
    """Make a Secondary Capture of any picture, with what it joins and what is given."""
    from dicomkit.files import read_file  # noqa: PLC0415 - --help needs no pydicom
    from dicomkit.files.writing import write_file  # noqa: PLC0415
    from dicomkit.pixels import PictureWarning, secondary_capture  # noqa: PLC0415
    from dicomkit.pixels.picture_files import picture_in  # noqa: PLC0415

    series_from = read_file(options.series_from) if options.series_from else None
    study_from = read_file(options.study_from) if options.study_from else None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PictureWarning)
        picture = picture_in(content, Path(options.image))
        instance = secondary_capture(picture, series_from=series_from, study_from=study_from, **attributes)
    write_file(instance, options.output)
    remarks = [str(one.message) for one in caught if issubclass(one.category, PictureWarning)]
    _tell(options, [*remarks, *_filled_in(instance, series_from or study_from, attributes)])


def _tell(options: argparse.Namespace, remarks: list[str]) -> None:
    if not options.quiet:
        for remark in remarks:
            notice("img2dcm", remark)


def _filled_in(instance: Any, joined: Any, attributes: dict[str, Any]) -> list[str]:
    """Return a sentence about default values: from neither the picture, a file nor an option."""
    told = []
    for keyword in _DEFAULTS.split():
        value = instance.get(keyword)
        is_copied = joined is not None and joined.get(keyword) == value
        if value not in {None, ""} and keyword not in attributes and not is_copied:
            told.append(f"{keyword}={value}")
    return [f"filled in {', '.join(told)}; set others with -k"] if told else []


def _attributes(keys: list[str]) -> dict[str, str]:
    """Read ``KEY=VALUE``, where the key is a keyword or ``gggg,eeee``."""
    attributes: dict[str, str] = {}
    for text in keys:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(key, "no equals sign follows", "write KEY=VALUE, such as PatientID=WORKSHOP01")
        attributes[_keyword(key.strip().strip("()"))] = value
    return attributes


def _keyword(key: str) -> str:
    from pydicom.datadict import keyword_for_tag, tag_for_keyword  # noqa: PLC0415 - --help needs no pydicom

    group, comma, element = key.partition(",")
    try:
        keyword = keyword_for_tag(int(group, 16) << 16 | int(element, 16)) if comma else key
    except (ValueError, OverflowError):
        keyword = ""
    if not keyword or tag_for_keyword(keyword) is None:
        raise UsageError(key, "the data dictionary has no such attribute", "write a keyword or gggg,eeee")
    return keyword
