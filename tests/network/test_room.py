"""The room of a class: who is let in under which title, what is taken, and what stays after a restart."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import FileDataset

from dicomkit.errors import (
    AssociationRejectedError,
    FileAccessError,
    NetworkError,
    PortInUseError,
    UsageError,
)
from dicomkit.files.writing import write_file
from dicomkit.network import Limits, Room, Seat, echo, send
from dicomkit.network.room.limits import Pace
from dicomkit.network.wire.user_identity import UserIdentity
from dicomkit.samples import ct_series
from tests.support.byte_peer import DEADLINE_S, wait_until
from tests.support.dicom_files import bundled

BOTH = pytest.mark.parametrize("tls", [False, True], ids=["token", "TLS"])


def seat_of(room: Room, title: str) -> Seat:
    return Room.join(room.seats[title])


def small(attendee: str = "", number: int = 2) -> list[FileDataset]:
    return ct_series(number, size=16, attendee=attendee)


@BOTH
def test_everybody_sends_under_his_own_title(tmp_path: Path, *, tls: bool) -> None:
    with Room(tmp_path / "room", 3, tls=tls) as room:
        assert room.roster == ("STUDENT01", "STUDENT02", "STUDENT03")
        for title in room.roster[:2]:
            seat = seat_of(room, title)
            seat.echo()
            assert seat.send(small(seat.attendee)).is_complete
        room.check()
        assert [(row.title, row.has_called, row.instances) for row in room.wall.rows] == [
            ("STUDENT01", True, 2),
            ("STUDENT02", True, 2),
            ("STUDENT03", False, 0),
        ]
        assert [dcmread(path).PatientID for path in room.files("STUDENT02")] == ["WORKSHOP-02"] * 2
        assert "2 of 3 here, 2 have sent, 4 instances, 0 not taken" in str(room.wall)


@BOTH
def test_thirty_who_send_one_and_the_same_sample_are_all_on_the_wall(tmp_path: Path, *, tls: bool) -> None:
    """With one folder for all there were twelve files and 348 duplicates."""
    with Room(tmp_path / "room", 3, tls=tls) as room:
        for title in room.roster:
            assert seat_of(room, title).send(small()).is_complete
        assert [row.instances for row in room.wall.rows] == [2, 2, 2]
        assert all(len(room.files(title)) == 2 for title in room.roster)


@BOTH
def test_a_borrowed_title_is_rejected_and_said_in_words_on_both_sides(tmp_path: Path, *, tls: bool) -> None:
    with Room(tmp_path / "room", 2, tls=tls) as room:
        seat = seat_of(room, "STUDENT01")
        with pytest.raises(AssociationRejectedError, match=r"reason 3\).*call as STUDENT01.*not STUDENT02"):
            seat.send(small(), calling_ae_title="STUDENT02")
        wait_until(lambda: bool(room.wall.turned_away))
        (one,) = room.wall.turned_away
        assert (one.title, one.address) == ("STUDENT02", "127.0.0.1")
        assert (
            "certificate is for STUDENT01" if tls else "another token than that of STUDENT02"
        ) in one.reason
        assert not room.wall.rows[1].has_called, "nobody has shown to be STUDENT02"
        assert "turned away: STUDENT02 from 127.0.0.1" in str(room.wall)


@BOTH
def test_a_stranger_is_rejected(tmp_path: Path, *, tls: bool) -> None:
    with Room(tmp_path / "room", 2, tls=tls) as room:
        arguments = seat_of(room, "STUDENT01").arguments
        with pytest.raises(AssociationRejectedError, match="calling AE title"):
            echo(**{**arguments, "calling_ae_title": "STRANGER"})
        assert [row.has_called for row in room.wall.rows] == [False, False]


def test_without_a_token_or_under_another_username_nobody_is_let_in(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 2) as room:
        arguments = seat_of(room, "STUDENT01").arguments
        token = arguments.pop("user_identity").passcode
        for identity in (None, UserIdentity("STUDENT01"), UserIdentity("STUDENT02", token)):
            with pytest.raises(AssociationRejectedError):
                echo(**arguments, user_identity=identity)
        wait_until(lambda: len(room.wall.turned_away) == 3)
        assert {one.reason.rpartition(": ")[2] for one in room.wall.turned_away} == {
            "it calls itself STUDENT01 and shows no token",
            "it calls itself STUDENT01 and shows another token than that of STUDENT01",
            "the token of STUDENT01 came under another username",
        }
        echo(**arguments, user_identity=UserIdentity("STUDENT01", token, wants_answer=True))
        assert token not in repr(arguments)
        assert token not in repr(seat_of(room, "STUDENT01"))


def test_dcmtk_is_let_in_with_user_and_password(tmp_path: Path, peer: Callable[[str], str]) -> None:
    file = tmp_path / "slice.dcm"
    write_file(small("01")[0], file)
    with Room(tmp_path / "room", 2) as room:
        seat = seat_of(room, "STUDENT01")

        def call(*words: str) -> int:
            command = [peer("storescu"), "-aet", "STUDENT01", "-aec", "ROOM", *words]
            command += ["127.0.0.1", str(room.port), str(file)]
            return subprocess.run(command, capture_output=True, check=False, timeout=DEADLINE_S).returncode

        assert call() != 0
        assert call("-usr", "STUDENT01", "-pwd", "wrong") != 0
        assert call("-usr", "STUDENT01", "-pwd", seat.token, "-rsp") == 0
        assert room.wall.rows[0].instances == 1


def test_the_file_of_a_seat_is_what_dcmtk_and_openssl_take(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    file = tmp_path / "slice.dcm"
    write_file(small("01")[0], file)
    with Room(tmp_path / "room", 2, tls=True) as room:
        seat = str(room.seats["STUDENT01"])

        def call(title: str, *words: str) -> subprocess.CompletedProcess[str]:
            command = [
                peer("storescu"),
                "-v",
                "-aet",
                title,
                "-aec",
                "ROOM",
                *words,
                "127.0.0.1",
                str(room.port),
            ]
            return subprocess.run(
                [*command, str(file)], capture_output=True, text=True, check=False, timeout=DEADLINE_S
            )

        assert call("STUDENT01", "+tls", seat, seat, "+cf", seat).returncode == 0
        assert room.wall.rows[0].instances == 1
        borrowed = call("STUDENT02", "+tls", seat, seat, "+cf", seat)
        assert borrowed.returncode != 0
        assert "Calling AE Title Not Recognized" in borrowed.stdout + borrowed.stderr
        assert call("STUDENT01", "+tla", "-ic").returncode != 0, "without a certificate"
        assert room.wall.rows[0].instances == 1
        shown = subprocess.run(
            [peer("openssl"), "s_client", "-connect", f"127.0.0.1:{room.port}", "-CAfile", seat, "-verify_ip", "127.0.0.1"],
            capture_output=True, text=True, check=False, timeout=DEADLINE_S, stdin=subprocess.DEVNULL,
        ).stdout  # fmt: skip
        assert "Verify return code: 0 (ok)" in shown
        dates = subprocess.run(
            [peer("openssl"), "x509", "-in", seat, "-noout", "-checkend", str(25 * 3600)],
            capture_output=True, check=False, timeout=DEADLINE_S,
        )  # fmt: skip
        assert dates.returncode == 1, "it expires within a day"


def test_a_missing_certificate_is_called_that_on_both_sides(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 1, tls=True) as room:
        arguments = seat_of(room, "STUDENT01").arguments
        issuer = seat_of(room, "STUDENT01").issuer
        arguments["ssl_context"] = ssl.create_default_context(cadata=issuer)
        with pytest.raises(NetworkError, match="asks for a certificate, and this side has given none"):
            send(small(), **arguments)
        wait_until(lambda: bool(room.wall.turned_away))
        assert "it sent no certificate" in room.wall.turned_away[0].reason


def test_the_certificate_of_another_room_is_called_that_on_both_sides(tmp_path: Path) -> None:
    with Room(tmp_path / "a", 1, tls=True) as room, Room(tmp_path / "b", 1, tls=True) as other:
        arguments = seat_of(room, "STUDENT01").arguments
        wrong = ssl.create_default_context(cadata=seat_of(room, "STUDENT01").issuer)
        wrong.load_cert_chain(other.seats["STUDENT01"])
        with pytest.raises(NetworkError, match="does not trust the certificate of this side"):
            echo(**{**arguments, "ssl_context": wrong})
        wait_until(lambda: bool(room.wall.turned_away))
        assert "certificate is not trusted" in room.wall.turned_away[0].reason


def test_an_expired_certificate_is_called_that_on_both_sides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dicomkit.network.room.certificates._VALID", dt.timedelta(minutes=-1))
    with Room(tmp_path / "room", 1, tls=True) as room:
        seat = seat_of(room, "STUDENT01")
        with pytest.raises(UsageError, match="this seat was valid until"):
            seat.echo()
        with pytest.raises(NetworkError, match="expired"):
            echo(**seat._replace(expires="").arguments)
        careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        careless.load_cert_chain(room.seats["STUDENT01"])
        with pytest.raises(NetworkError):
            echo(**{**seat._replace(expires="").arguments, "ssl_context": careless})
        wait_until(lambda: any("expired" in one.reason for one in room.wall.turned_away))
        assert room.wall.rows[0].has_called is False


def test_who_talks_no_tls_is_told_so(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 1, tls=True) as room:
        with pytest.raises(NetworkError, match="TLS"):
            echo("127.0.0.1", room.port, called_ae_title="ROOM", calling_ae_title="STUDENT01")
        wait_until(lambda: bool(room.wall.turned_away))
        assert "TLS" in room.wall.turned_away[0].reason


def with_identity(value: str | None, *, is_sample: bool = True) -> FileDataset:
    (instance,) = small(number=1)
    if value is None:
        del instance.PatientIdentityRemoved
    else:
        instance.PatientIdentityRemoved = value
    if not is_sample:
        instance.PatientID = "4711"
    return instance


@pytest.mark.parametrize(
    ("instance", "is_taken"),
    [
        (with_identity("YES"), True),
        (with_identity("YES", is_sample=False), True),
        (with_identity(None), True),
        (with_identity(None, is_sample=False), False),
        (with_identity("NO"), False),
        (with_identity("", is_sample=False), False),
        (dcmread(bundled("CT_small.dcm")), False),
        (dcmread(bundled("ExplVR_BigEnd.dcm")), False),
    ],
    ids=["yes", "yes of another", "a sample", "unsaid", "no", "empty", "from a scanner", "big endian"],
)
def test_only_what_is_nobodys_is_taken(tmp_path: Path, instance: FileDataset, *, is_taken: bool) -> None:
    with Room(tmp_path / "room", 1) as room:
        (row,) = seat_of(room, "STUDENT01").send([instance])
        assert (row.outcome == "stored") == is_taken
        assert len(room.files("STUDENT01")) == is_taken
        if not is_taken:
            assert row.status == 0x0124  # PS3.7 section C.5.25, Refused: Not authorized
            assert "Patient Identity Removed (0012,0062) is not YES" in row.comment
            assert room.wall.rows[0].refused == 1
            assert "Patient Identity Removed" in str(room.wall)
        room.check()


def test_one_attendee_does_not_drown_the_others(tmp_path: Path) -> None:
    limits = Limits(instances=3, size_bytes=1 << 20)
    with Room(tmp_path / "room", 2, limits=limits) as room:
        report = seat_of(room, "STUDENT01").send(small("01", 5))
        assert [row.status for row in report] == [0, 0, 0, 0xA700, 0xA700]
        assert "has reached the limit" in report[3].comment
        assert seat_of(room, "STUDENT02").send(small("02", 3)).is_complete
        assert [(row.instances, row.refused) for row in room.wall.rows] == [(3, 2), (3, 0)]


def test_a_repeated_instance_does_not_count_twice(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 1, limits=Limits(instances=3)) as room:
        for _ in range(4):
            assert seat_of(room, "STUDENT01").send(small("01", 2)).is_complete
        assert room.wall.rows[0].instances == 2


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 1, limits=Limits(size_bytes=5000)) as room:
        report = seat_of(room, "STUDENT01").send(small("01", 6))
        taken = sum(row.status == 0 for row in report)
        assert 0 < taken < 6
        assert {row.status for row in report} == {0, 0xA700}
        assert len(room.files("STUDENT01")) == taken


def test_a_flood_of_associations_is_rejected_for_now(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 2, limits=Limits(associations=1)) as room, contextlib.ExitStack() as held:
        seat = seat_of(room, "STUDENT01")

        def call_again(_: object) -> None:
            with pytest.raises(AssociationRejectedError, match="for now"):
                echo(**seat.arguments)

        assert held is not None
        assert seat.send(small("01", 1), on_result=call_again).is_complete
        seat_of(room, "STUDENT02").echo()


def test_who_sends_too_fast_is_answered_later() -> None:
    now = [0.0]
    pace = Pace(10.0, clock=lambda: now[0])
    assert [round(pace.delay_s("A"), 3) for _ in range(22)][18:] == [0.0, 0.0, 0.1, 0.2]
    assert pace.delay_s("B") == 0.0
    now[0] = 100.0
    assert pace.delay_s("A") == 0.0


@BOTH
def test_after_a_restart_everything_is_there_and_nobody_joins_again(tmp_path: Path, *, tls: bool) -> None:
    folder = tmp_path / "room"
    with Room(folder, 2, tls=tls) as room:
        seat = seat_of(room, "STUDENT01")
        seat.send(small("01"))
        files, port = room.files("STUDENT01"), room.port
    with Room(folder) as room:
        assert (room.port, room.roster, room.files("STUDENT01")) == (port, ("STUDENT01", "STUDENT02"), files)
        assert (room.wall.rows[0].instances, room.wall.rows[0].last_file) == (2, str(files[-1]))
        assert seat.send(small("01", 3)).is_complete
        assert room.wall.rows[0].instances == 3


def test_a_room_is_open_once_and_its_roster_stays(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 2) as room:
        with pytest.raises(FileAccessError, match="open already"):
            Room(tmp_path / "room")
        with pytest.raises(FileAccessError, match="open already"):
            Room.close(room.folder, delete=True)
    with pytest.raises(UsageError, match="a room for 2 attendees"):
        Room(tmp_path / "room", 3)
    with Room(tmp_path / "room", 2) as room:
        assert room.is_running


@BOTH
def test_a_room_whose_port_is_taken_can_be_opened_again_at_another(tmp_path: Path, *, tls: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(PortInUseError):
        Room(tmp_path / "room", 2, port=other.getsockname()[1], tls=tls)
    assert [path.name for path in (tmp_path / "room").iterdir()] == ["room.lock"]
    with Room(tmp_path / "room", 2, tls=tls) as room:
        seat_of(room, "STUDENT01").echo()


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    with Room(tmp_path / "room", ["ANNA", "BERT"], tls=True) as room:
        secret = [*room.seats.values(), room.folder / "room.pem", room.folder / "room.json"]
        if sys.platform != "win32":
            assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
            assert stat.S_IMODE(room.folder.stat().st_mode) == 0o700
        assert seat_of(room, "ANNA").attendee == "ANNA"


@pytest.mark.parametrize("delete", [True, False])
def test_closing_says_what_is_kept_or_deleted(tmp_path: Path, *, delete: bool) -> None:
    with Room(tmp_path / "room", 2) as room:
        seat_of(room, "STUDENT01").send(small("01"))
        (file, *_) = room.files("STUDENT01")
    said = str(Room.close(tmp_path / "room", delete=delete))
    assert said.startswith(
        "deleted 2 instances of 1 attendee" if delete else "kept 2 instances of 1 attendee"
    )
    assert "2 seats" in said
    assert file.exists() is not delete
    assert [path.name for path in (tmp_path / "room").iterdir()] == ([] if delete else ["received"])
    with pytest.raises(FileAccessError, match="is no room"):
        Room.close(tmp_path / "room", delete=delete)


def test_nothing_of_somebody_else_is_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileAccessError, match="holds other things"):
        Room(tmp_path, 2)
    with pytest.raises(FileAccessError, match="is no room"):
        Room.close(tmp_path, delete=True)
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"host": "0.0.0.0", "allow_remote": True}, "no address that attendees could call"),  # noqa: S104
        ({"host": "192.0.2.1"}, "other computers could send"),
        ({"host": "192.0.2.1", "allow_remote": True, "tls": False}, "other computers could send"),
        ({"attendees": 0}, "not between"),
        ({"attendees": ["A", "a"]}, "different names"),
        ({"attendees": ["../x"]}, "different names"),
        ({"attendees": None}, "no room yet"),
        ({"ae_title": "x" * 17}, "no AE title"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    tmp_path: Path, options: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        Room.open(tmp_path / "room", **{"attendees": 2, **options})  # type: ignore[arg-type]
    assert [path.name for path in (tmp_path / "room").iterdir()] in ([], ["room.lock"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "dicomkit room seat 1\n",
        "dicomkit room seat 1\nRoom: R\nHost: h\nPort: x\nTitle: T\nToken: t\n",
        "\0" * 99999,
    ],
)
def test_what_is_no_seat_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.seat").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        Room.join(tmp_path / "x.seat")
    assert len(str(caught.value)) < 2000
    with pytest.raises(FileAccessError):
        Room.join(tmp_path / "missing.seat")


def test_one_who_leaves_in_the_middle_leaves_nothing_half(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 1) as room:
        seat = seat_of(room, "STUDENT01")
        with contextlib.suppress(RuntimeError):
            seat.send(small("01", 4), on_result=_leave)
        wait_until(lambda: room.wall.rows[0].open_associations == 0)
        assert len(room.files("STUDENT01")) == 1
        assert seat.send(small("01", 4)).is_complete
        assert len(room.files("STUDENT01")) == 4


def _leave(_: object) -> None:
    raise RuntimeError


def test_the_receiver_says_what_of_it_has_come(tmp_path: Path) -> None:
    with Room(tmp_path / "room", 1) as room:
        series = small("01", 4)
        seat_of(room, "STUDENT01").send(series[:3])
        assert room.verdict("STUDENT01", [one.SOPInstanceUID for one in series]) == "I got 3 of your 4."
        with pytest.raises(UsageError, match="not on the roster"):
            room.files("../..")


def written(folder: Path, slices: list[FileDataset]) -> list[str]:
    """Write slices to files, as an attendee has them, and return their names."""
    folder.mkdir()
    names = [str(folder / f"{number}.dcm") for number in range(len(slices))]
    for name, each in zip(names, slices, strict=True):
        write_file(each, Path(name))
    return names


THIRTY = """
import sys
from dicomkit.network import Room
print(Room.join(sys.argv[1]).send(sys.argv[2:]).summary())
"""


# It sends as fast as it can, on as many associations as it gets, and does not stop when it is told to.
FLOOD = """
import sys
from concurrent.futures import ThreadPoolExecutor
from dicomkit.network import Room
seat, files = Room.join(sys.argv[1]), sys.argv[2:]
with ThreadPoolExecutor(6) as pool:
    sent = [pool.submit(seat.send, files[start::6], stop_on_failure=False) for start in range(6)]
rows = [row for each in sent if each.exception() is None for row in each.result()]
print(sum(row.outcome == "stored" for row in rows), next(row.comment for row in rows if row.status))
"""


def test_thirty_processes_over_tls(tmp_path: Path) -> None:
    """Beside them, one more floods the room: it is bounded and told so, and all that the others send is there."""
    with Room(tmp_path / "room", 31, tls=True, limits=Limits(instances=5)) as room:
        *others, last = room.roster
        files = {
            title: written(tmp_path / title, small(f"{number:02}", 14 if title == last else 1))
            for number, title in enumerate(room.roster, 1)
        }
        processes = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    THIRTY if title != last else FLOOD,
                    str(room.seats[title]),
                    *files[title],
                ],
                stdout=subprocess.PIPE,
                text=True,
            )
            for title in (last, *others)
        ]
        try:
            flooded, *said = [process.communicate(timeout=5 * DEADLINE_S)[0] for process in processes]
        finally:
            for process in processes:
                process.kill()
        assert said == ["1 stored\n"] * 30
        assert flooded == "5 this attendee has reached the limit of the room\n"
        room.check()
        *rows, flooder = room.wall.rows
        assert [row.instances for row in rows] == [1] * 30
        assert (flooder.instances, len(room.files(last))) == (5, 5)
        assert "has reached the limit" in flooder.last_refusal
        patients = [dcmread(path).PatientID for title in others for path in room.files(title)]
        assert patients == [f"WORKSHOP-{number:02}" for number in range(1, 31)]


NAMESPACES = """
ip link add room0 type veth peer name room1 netns "$1"
ip addr add 10.231.7.1/24 dev room0
ip link set room0 up
ip -n "$1" addr add 10.231.7.2/24 dev room1
ip -n "$1" link set room1 up
"""


def test_across_two_hosts_of_ones_own(tmp_path: Path) -> None:
    name = f"dicomkit-{tmp_path.name}"[:20]
    if (
        shutil.which("ip") is None
        or subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode
    ):
        pytest.skip("no network namespace can be made here")
    try:
        if subprocess.run(["sh", "-ec", NAMESPACES, "sh", name], capture_output=True, check=False).returncode:
            pytest.skip("no pair of network devices can be made here")
        with Room(tmp_path / "room", 1, host="10.231.7.1", allow_remote=True) as room:
            command = [
                "ip",
                "netns",
                "exec",
                name,
                sys.executable,
                "-c",
                THIRTY,
                str(room.seats["STUDENT01"]),
                *written(tmp_path / "slices", small("01", 1)),
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
            assert done.stdout == "1 stored\n", done.stderr
            assert "every computer that can reach 10.231.7.1" in room.exposure()
            assert "certificate of this room" in room.exposure()
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def test_a_silent_connection_holds_up_nobody(tmp_path: Path) -> None:
    with (
        Room(tmp_path / "room", 1, tls=True) as room,
        socket.create_connection(("127.0.0.1", room.port), timeout=DEADLINE_S),
    ):
        seat_of(room, "STUDENT01").echo()
