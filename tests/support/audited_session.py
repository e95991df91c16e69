"""A session with every viewer in a separate process, which prints everything that it does beyond reading files.

Usage: ``python -B audited_session.py FOLDER``, where FOLDER holds DICOM files and zips of such; with ``leak`` behind
it, it does what no viewer may do, to show that this would be seen.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from pathlib import Path

from dicomkit.network import StorageSCP, send
from dicomkit.viewers import AnatomyViewer, AssociationDiagram, ImageViewer, Inbox, MetadataViewer, Viewer

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Python's own table of audit events: what changes a disk, starts a program or reaches for a network.
SUSPECT = (
    "os.",
    "shutil.",
    "tempfile.",
    "subprocess.",
    "socket.",
    "urllib.",
    "http.",
    "sqlite3.",
    "webbrowser.",
)
# Reading, and the child in which a compressed stream is decoded, which is ended when it has answered.
HARMLESS = {"os.listdir", "os.scandir", "os.walk", "os.fork", "os.kill"}


class Watch:
    """Tells what happens from the moment it is armed; a hook can never be taken away again."""

    is_armed = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.is_armed:
            return
        if event == "open":
            path, _, flags = arguments
            if path != os.devnull and int(str(flags)) & WRITING:
                self.tell(event, path)
        elif event.startswith(SUSPECT) and event not in HARMLESS:
            self.tell(event, *arguments)

    def tell(self, *words: object) -> None:
        # Straight to the file: this also works in the child that decodes a stream.
        os.write(1, f"{' '.join(map(str, words))}\n".encode())


def use(viewer: Viewer) -> None:
    viewer._repr_mimebundle_()
    viewer.page_viewer()
    viewer.answer({"ask": "reveal"} if isinstance(viewer, MetadataViewer) else next(iter(viewer.questions())))


def look_at_everything(folder: Path, scp: StorageSCP) -> None:
    use(MetadataViewer(folder))
    paths = sorted(folder.glob("*.dcm"))
    for path in (*folder.glob("*.zip"), paths[0].read_bytes(), [*paths]):
        use(MetadataViewer(path, mask=False))
    uploaded = MetadataViewer()
    piece = {"file": 0, "of": 1, "name": "a.dcm", "size": paths[0].stat().st_size, "start": 0}
    uploaded.answer({"ask": "upload", "pieces": [piece], "buffers": [paths[0].read_bytes()]})
    for path in paths:
        use(ImageViewer(path))
        use(AnatomyViewer(path, mask=False))
    use(AssociationDiagram(scp.log))
    use(Inbox(scp, mask=False))


def main(folder: Path, *, leaks: bool) -> None:
    watch = Watch()
    sys.addaudithook(watch)
    with tempfile.TemporaryDirectory() as received, StorageSCP(received) as scp:
        send(folder, "127.0.0.1", scp.port)
        watch.is_armed = True
        look_at_everything(folder, scp)
        if leaks:
            (folder / "leak").write_text("")
            (folder / "leak").unlink()
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 9))
        watch.is_armed = False
    watch.tell("done")


if __name__ == "__main__":
    main(Path(sys.argv[1]), leaks="leak" in sys.argv[2:])
