"""Make one offline HTML page from files: ``dicomkit view PATH -o PAGE.html``."""

from __future__ import annotations

import argparse
import functools
import gc
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import CommandParser
from dicomkit.cli.notices import notice
from dicomkit.errors import DicomKitError, NotDicomError
from dicomkit.files.folder_files import left_out
from dicomkit.files.replacing import is_special_file
from dicomkit.text import counted

if TYPE_CHECKING:
    from dicomkit.index.indexing import Index
    from dicomkit.viewers import AnatomyViewer, ContentViewer, ImageViewer
    from dicomkit.viewers.image.picture_sources import ImageFile

__all__ = ["make_parser", "run"]

_say = functools.partial(notice, "view")
_OF_SOMEBODY = "Patient Identity Removed is not YES; --unmasked shows it"
_MAX_PICTURE_BYTES = 128 * 1024 * 1024  # of files; a browser takes long over a page much larger than this
_MAX_HEX_BYTES = 4 * 1024 * 1024  # of one file


def make_parser() -> CommandParser:
    """Return the parser of this command's arguments."""
    parser = CommandParser(
        "view",
        "Make one page that shows files without a server and without a network. Identifying values and "
        "pictures of files that do not say PatientIdentityRemoved YES are left out.",
    )
    parser.add_argument("paths", metavar="PATH", type=Path, nargs="+", help="files, folders or zips")
    parser.add_argument(
        "-o",
        "--output",
        metavar="PAGE.html",
        type=Path,
        required=True,
        help="the page; an older page of this kind is replaced, anything else is not",
    )
    parser.add_argument(
        "--unmasked", action="store_true", help="put identifying values and all pictures into the page"
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Write the page; return 0 if it shows anything."""
    is_collecting = gc.isenabled()
    gc.disable()  # everything is needed until the page is written, and collecting garbage would take a third of the time
    try:
        return _write_page(options)
    finally:
        if is_collecting:
            gc.enable()


def _write_page(options: argparse.Namespace) -> int:
    from dicomkit.index.indexing import index  # noqa: PLC0415 - the parser starts without it
    from dicomkit.viewers import MetadataViewer  # noqa: PLC0415 - the same
    from dicomkit.viewers.frame.export import check_place, export_html  # noqa: PLC0415 - the same

    check_place(options.output)  # before the work
    found = index(options.paths if len(options.paths) > 1 else options.paths[0])
    if len(found.rows) == found.count("rejected"):
        reason = found.rows[0].reason if len(found.rows) == 1 else "there is no DICOM file in it"
        given = " ".join(map(str, options.paths))
        raise NotDicomError(given, reason or "it is empty", "choose a DICOM file, a folder or a zip")
    metadata = MetadataViewer(found, mask=not options.unmasked)
    pictures = _pictures(found, is_unmasked=options.unmasked)
    shown = (
        pictures,
        _contents(found, mask=not options.unmasked),
        metadata,
        _bytes_of(found, mask=not options.unmasked),
    )
    pages = [viewer.page_viewer() for viewer in shown if viewer is not None]
    export_html(options.output, *pages)
    for viewer in (pictures, metadata):
        if viewer is not None and viewer.page_remark:
            _say(viewer.page_remark)
    if is_special_file(options.output):
        return 0  # it may be the standard output, and what else is said would end up in the page
    print("\n\n".join(page.front.description for page in pages))
    print(f"\n{options.output}: {options.output.stat().st_size / 1e6:.1f} MB")
    return 0


def _pictures(found: Index, *, is_unmasked: bool) -> ImageViewer | None:
    """Return a viewer of the images that may be shown, or None if there are none."""
    from dicomkit.viewers import ImageViewer  # noqa: PLC0415 - see _write_page()

    total_bytes = sum(row.size_bytes for row in found.rows if row.outcome == "read")
    if total_bytes > _MAX_PICTURE_BYTES:
        _say(f"pictures are left out: the files have more than {_MAX_PICTURE_BYTES} bytes; name fewer")
        return None
    from dicomkit.viewers.image.picture_sources import images_among  # noqa: PLC0415 - see _write_page()

    images = images_among(_image_files(found, is_unmasked=is_unmasked))
    if line := left_out(images.left_out, "shown as pictures"):
        _say(line)
    try:
        return ImageViewer(images, mask=not is_unmasked) if images.images else None
    except DicomKitError as error:
        _say(f"pictures are left out: {error.problem}")
        return None


def _contents(found: Index, *, mask: bool) -> ContentViewer | None:
    """Return a viewer of instances without an image, such as reports, or None if there are none."""
    from dicomkit.viewers import ContentViewer  # noqa: PLC0415 - see _write_page()
    from dicomkit.viewers.content.content_list import viewable_contents  # noqa: PLC0415 - the same

    contents = viewable_contents(found)
    return None if contents is None else ContentViewer(contents, mask=mask)


def _bytes_of(found: Index, *, mask: bool) -> AnatomyViewer | None:
    """Return a viewer of the bytes of a single small file; otherwise None."""
    from dicomkit.index.element_rows import MAX_ROWS  # noqa: PLC0415 - see _write_page()
    from dicomkit.viewers import AnatomyViewer  # noqa: PLC0415 - the same

    if len(found.rows) != 1:
        return None
    if found.rows[0].size_bytes > _MAX_HEX_BYTES:
        _say(f"the bytes are left out: the file has more than {_MAX_HEX_BYTES}")
        return None
    try:
        viewer = AnatomyViewer(found.rows[0].entry.read_content(), mask=mask)
    except DicomKitError:
        return None  # the metadata viewer shows what is wrong with it
    if viewer.lists_all:
        return viewer
    _say(f"the bytes are left out: the file has more than {MAX_ROWS} elements and items")
    return None


def _image_files(found: Index, *, is_unmasked: bool) -> Iterator[ImageFile]:
    from dicomkit.viewers.image.picture_sources import ImageFile  # noqa: PLC0415 - see _write_page()

    too_many = _behind_a_page(found)
    for row in found.rows:
        if row.outcome == "rejected":
            yield ImageFile(row.entry, row.reason)
        elif not (is_unmasked or row.identity_removed):
            yield ImageFile(row.entry, _OF_SOMEBODY)
        else:
            yield ImageFile(row.entry, too_many.get(id(row), ""))


def _behind_a_page(found: Index) -> dict[int, str]:
    """Return why images need not be read, by the `id` of the row: a page has no room even for one picture of each.

    The series are in the order of the viewer.
    """
    from dicomkit.viewers.image.page_bounds import MAX_PAGE_PICTURES  # noqa: PLC0415 - see _write_page()

    series = [rows for study in found.studies().values() for rows in study.values()]
    series.sort(key=lambda rows: int(number) if (number := rows[0].text("SeriesNumber")).isdecimal() else 0)
    images = [row for rows in series for row in rows if row.text("Rows")]
    reason = f"a page has room for {counted(MAX_PAGE_PICTURES, 'picture')}; make one of fewer files"
    return {id(row): reason for row in images[MAX_PAGE_PICTURES:]}
