"""What notebooks 06 and 07 say of the Standard's codes, of pynetdicom and of pydicom, asked of them."""

from __future__ import annotations

import re
import socket
import threading

import pytest
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pynetdicom import AE, DEFAULT_TRANSFER_SYNTAXES, evt
from pynetdicom.sop_class import CTImageStorage, UltrasoundMultiFrameImageStorage, Verification
from pynetdicom.status import GENERAL_STATUS, STORAGE_SERVICE_CLASS_STATUS

from dicomkit.lessons.catalogue import pristine_folder
from dicomkit.network import send
from dicomkit.samples import ct_series
from tests.support.notebook_cells import cell

DEADLINE_S = 30
LOCAL = "127.0.0.1"


def test_the_default_transfer_syntaxes_are_those_that_are_named() -> None:
    text = cell("07", "propose-text")
    (told,) = re.findall(r"four default transfer syntaxes: (.*?)\.", text)
    assert {UID(uid).name for uid in DEFAULT_TRANSFER_SYNTAXES} == {
        "Implicit VR Little Endian",
        "Explicit VR Little Endian",
        "Deflated Explicit VR Little Endian",
        "Explicit VR Big Endian",
    }
    assert told == (
        "Implicit and Explicit VR Little Endian, Deflated Explicit VR Little Endian, "
        "and the retired Explicit VR Big Endian"
    )


def sent_with_another_label(syntax: UID) -> bytes:
    """Change one element of the slice, send it, and return its pixels as they lie at the receiver."""
    one_slice = ct_series(1)[0]
    one_slice.file_meta.TransferSyntaxUID = syntax
    received: list[bytes] = []
    ae = AE()
    ae.add_supported_context(CTImageStorage, [syntax])

    def keep(event: evt.Event) -> int:
        received.append(event.dataset.PixelData)
        return 0x0000

    server = ae.start_server((LOCAL, 0), block=False, evt_handlers=[(evt.EVT_C_STORE, keep)])
    try:
        assert send(one_slice, LOCAL, server.server_address[1]).is_complete
    finally:
        server.shutdown()
    return received[0]


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian]
)
def test_between_the_little_endian_ones_it_is_enough_to_change_the_element(syntax: UID) -> None:
    assert sent_with_another_label(syntax) == ct_series(1)[0].PixelData


def test_for_big_endian_it_is_not() -> None:
    values = ct_series(1)[0].pixel_array
    place = 2 * int(values.argmax())
    assert f"{values.max():04X}H" == "094DH"
    assert int(values.max()) == 2381
    pixels = sent_with_another_label(ExplicitVRBigEndian)
    assert int.from_bytes(pixels[place : place + 2], "big") == 0x4D09
    assert "2381, which is 094DH, would be read as 4D09H" in cell("07", "as-it-is-look")


def test_the_first_digits_of_a_status_show_its_family() -> None:
    for status, (family, _) in (GENERAL_STATUS | STORAGE_SERVICE_CLASS_STATUS).items():
        digits = f"{status:04X}"
        if family == "Failure":
            assert digits.startswith(("A", "C", "01", "02"))
        elif family == "Warning":
            assert digits.startswith("B") or digits in {"0107", "0116"}
        else:
            assert digits in {"0000", "FE00"}  # success; cancelled, which C-STORE cannot be
    text = cell("07", "status-text")
    for start in ("`B…`", "`A…`", "`C…`", "`01…`", "`02…`", "0107H", "0116H"):
        assert start in text
    assert "a status that begins with A, C, 01 or 02" in cell("07", "far-text")


def test_there_is_room_for_128_contexts() -> None:
    ae = AE()
    for number in range(128):
        ae.add_requested_context(f"1.2.3.{number}")
    with pytest.raises(ValueError, match="maximum allowed number"):
        ae.add_requested_context("1.2.4")
    assert "there is room for 128" in cell("07", "answers-look")


def test_the_figure_names_the_sop_classes_as_the_standard_does() -> None:
    figure = (pristine_folder() / "images" / "contexts.svg").read_text(encoding="utf-8")
    for uid in (CTImageStorage, UltrasoundMultiFrameImageStorage):
        assert f">{UID(uid).name}<" in figure


def test_ten_silent_clients_turn_everybody_else_away() -> None:
    ae, opened = AE(), threading.Semaphore(0)
    ae.add_supported_context(Verification)
    handlers = [(evt.EVT_CONN_OPEN, lambda _event: opened.release())]
    server = ae.start_server((LOCAL, 0), block=False, evt_handlers=handlers)
    caller = AE()
    caller.add_requested_context(Verification)
    silent = []
    try:
        for _ in range(10):
            silent.append(socket.create_connection(server.server_address, timeout=DEADLINE_S))
            assert opened.acquire(timeout=DEADLINE_S)
        assoc = caller.associate(*server.server_address)
        assert assoc.is_rejected
        assert "Local limit exceeded" in assoc.acceptor.primitive.reason_str
    finally:
        for each in silent:
            each.close()
        server.shutdown()
    assert "| ten clients connect and say nothing |" in cell("06", "kept-text")


def test_a_second_server_finds_the_address_in_use_and_the_old_handler_answers() -> None:
    answered: list[str] = []

    def handler(name: str) -> tuple[evt.EventHandlerType, ...]:
        def echo(_event: evt.Event) -> int:
            answered.append(name)
            return 0x0000

        return ((evt.EVT_C_ECHO, echo),)

    ae = AE()
    ae.add_supported_context(Verification)
    server = ae.start_server((LOCAL, 0), block=False, evt_handlers=list(handler("old")))
    try:
        with pytest.raises(OSError, match="in use"):
            ae.start_server(server.server_address, block=False, evt_handlers=list(handler("new")))
        caller = AE()
        caller.add_requested_context(Verification)
        assoc = caller.associate(*server.server_address)
        assert assoc.send_c_echo().Status == 0x0000
        assoc.release()
    finally:
        server.shutdown()
    assert answered == ["old"]
