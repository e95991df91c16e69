"""The browser's own network log while viewers are used: it names the notebook's server only."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from dicomkit.files.writing import encode_file
from dicomkit.network import StorageSCP, send
from dicomkit.samples import ct_series
from dicomkit.viewers import AnatomyViewer, AssociationDiagram, ImageViewer, Inbox, MetadataViewer
from dicomkit.viewers.frame.export import export_html
from tests.support.viewer_pages import DEADLINE_MS, chromium, destinations, net_log_option


def test_a_page_of_all_viewers_asks_nobody(peer: Callable[[str], str], tmp_path: Path) -> None:
    study = ct_series(2, size=16)
    (tmp_path / "received").mkdir()
    with StorageSCP(tmp_path / "received") as scp:
        send(study, "127.0.0.1", scp.port)
        viewers = [MetadataViewer(study), ImageViewer(study), AnatomyViewer(encode_file(study[0]))]
        viewers += [AssociationDiagram(scp.log), Inbox(scp)]
        export_html(tmp_path / "page.html", *(viewer.page_viewer() for viewer in viewers))
    with chromium(peer("chromium"), net_log_option(tmp_path / "log")) as browser:
        page = browser.new_page()
        page.set_default_timeout(DEADLINE_MS)
        page.goto((tmp_path / "page.html").as_uri())
        page.locator("body[data-ready]").wait_for()
        page.locator(".dk-rung").nth(1).click()
        page.locator(".dk-study").click()
        page.get_by_label("Search the elements").fill("Name")
    assert destinations(tmp_path / "log") == set()


def test_what_a_page_asks_would_be_seen(peer: Callable[[str], str], tmp_path: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as stun:
        stun.bind(("127.0.0.1", 0))
        stun.settimeout(DEADLINE_MS / 1000)
        port = stun.getsockname()[1]
        (tmp_path / "page.html").write_text(
            "<link rel=dns-prefetch href=//prefetched.invalid><img src=http://127.0.0.1:9/x>"
            f"<script>const it = new RTCPeerConnection({{ iceServers: [{{ urls: 'stun:127.0.0.1:{port}' }}] }});"
            "it.createDataChannel('x'); it.createOffer().then((offer) => it.setLocalDescription(offer));</script>"
        )
        with chromium(peer("chromium"), net_log_option(tmp_path / "log")) as browser:
            page = browser.new_page()
            page.set_default_timeout(DEADLINE_MS)
            page.goto((tmp_path / "page.html").as_uri())
            stun.recv(1024)  # without an answer the page would go on asking for 40 s
    assert destinations(tmp_path / "log") >= {"127.0.0.1:9", f"127.0.0.1:{port}"}
