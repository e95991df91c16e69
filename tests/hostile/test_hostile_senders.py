"""Hostile AE titles and UIDs from a sender: nothing is executed, and no path leaves the folder."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit.cli.receiver_lines import Speaker
from dicomkit.cli.reception_hooks import ReceptionHook
from dicomkit.network import StorageSCP
from tests.support.byte_peer import (
    BytePeer,
    associate_rq,
    c_store_command,
    data_set,
    p_data,
)
from tests.support.stored_data_sets import hostile_uids

RESERVED = {"con", "prn", "aux", "nul"} | {f"{name}{n}" for name in ("com", "lpt") for n in range(10)}
HOOK = """#!{interpreter}
import json, os, sys
facts = json.load(sys.stdin)
assert facts["sop_instance_uid"] == os.environ["DICOMKIT_SOP_INSTANCE_UID"]
with open("hook.log", "a", encoding="utf-8") as log:
    log.write(json.dumps([sys.argv[1:], facts["sop_instance_uid"], facts["study_instance_uid"]]) + "\\n")
"""


def shell_payloads(count: int) -> list[str]:
    """Return texts of at most 16 characters, each of which would make a file if a shell saw it."""
    wraps = [
        ";touch x;", "';touch x;'", '";touch x;"', "$(touch x)", "`touch x`", "|touch x", "&touch x&", "&&touch x",
        "||touch x", "\ntouch x\n", "#a;touch x", "%0atouch x", ">x", ">>x", "<(touch x)", "-x;touch x", "${IFS}>x",
        "'`touch x`'", '"$(>x)"', "x\ttouch x", "*;>x", "~;>x", "{touch,x}", "\\';>x;\\'", "$'\\n'>x",
    ]  # fmt: skip
    rng = random.Random(3)  # noqa: S311 - the same payloads on each run
    fixed = [text[:16] for text in wraps]
    signs = "'\"`$();|&<>#\\{}*?~!"
    mixed = ["".join(rng.choices(signs, k=3)) + ">x" + "".join(rng.choices(signs, k=3)) for _ in range(count)]
    return (fixed + mixed)[:count]


@pytest.mark.skipif(sys.platform == "win32", reason="a hook with a shebang line")
def test_200_shell_payloads_in_every_field_run_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, folder = tmp_path / "work", tmp_path / "in"
    work.mkdir()
    folder.mkdir()
    monkeypatch.chdir(work)
    (work / "hook").write_text(HOOK.format(interpreter=f"{sys.executable} -IS"))
    (work / "hook").chmod(0o755)
    payloads = shell_payloads(200)
    speaker = Speaker(verbose=False)
    hook = ReceptionHook("./hook '#a' #c x#a #f '#p'", str(folder), speaker, timeout_s=None, durable=False)
    hook.hooks.start()
    with StorageSCP(folder, any_called_ae_title=True, on_stored=hook) as scp:
        for number, payload in enumerate(payloads):
            store_as(scp.port, payload, f"{payload}{number}")
        scp.check()
    hook.close(drains=True)
    assert hook.failed_count == 0
    assert not speaker.has_complained
    runs = [json.loads(line) for line in (work / "hook.log").read_text(encoding="utf-8").splitlines()]
    assert len(runs) == 200, "the hook itself ran each time"
    for (title, same, pasted, name, study_folder), uid, study in runs:
        assert (title, f"x{title}", uid) == (same, pasted, study), "each value is one argument, whole"
        assert (Path(study_folder) / name).is_file()
    outside = {path.name for path in tmp_path.rglob("*") if not path.is_relative_to(folder)}
    assert outside == {"hook", "hook.log", "work"}
    assert not [path for path in folder.rglob("*") if path.name == "x"]


def store_as(port: int, title: str, uid: str) -> None:
    """Send an instance whose titles and UIDs are all hostile; the receiver may refuse, never more."""
    # A title with a control character or a backslash is none; the association would be refused.
    usable = "".join(sign for sign in title if sign.isprintable() and sign != "\\").strip() or "x"
    peer = BytePeer(port)
    try:
        peer.send(associate_rq(called=usable, calling=usable))
        assert peer.receive()[0] == 2, usable
        peer.send(p_data(c_store_command(uid), 3), p_data(data_set(uid, uid), 2))
        assert peer.status() == 0, uid
    finally:
        peer.socket.close()


def test_a_thousand_hostile_uids_stay_inside(tmp_path: Path) -> None:
    folder, canary = tmp_path / "a" / "b" / "in", tmp_path / "canary"
    folder.mkdir(parents=True)
    canary.write_text("untouched")
    uids = [uid.encode("utf-8")[:1000].decode("latin-1").strip("\0 ") or "x" for uid in hostile_uids(1000)]
    with StorageSCP(folder, prefix="") as scp:
        peer = BytePeer(scp.port)
        peer.send(associate_rq())
        assert peer.receive()[0] == 2
        for uid in uids:
            peer.send(p_data(c_store_command(uid), 3), p_data(data_set(uid, uid), 2))
            assert peer.status() == 0, uid
        peer.socket.close()
        scp.check()
        recorded = {instance.path for instance in scp.received}
    found = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert found == recorded | {canary}
    assert len(recorded) == len(set(uids)), "different UIDs, different files"
    assert canary.read_text() == "untouched"
    for path in recorded:
        assert path.parent.parent == folder
        for name in path.relative_to(folder).parts:
            assert name.isascii()
            assert name == name.lower(), "no two names that macOS or Windows would fold together"
            assert not set(name) & set('<>:"/\\|?*')
            assert name.isprintable()
            assert name.strip(". ") == name
            assert name.split(".")[0] not in RESERVED
            assert len(name) <= 68
            assert not name.startswith(("-", "~"))


def test_dcmtk_reads_what_hostile_senders_left(tmp_path: Path, peer: Callable[[str], str]) -> None:
    with StorageSCP(tmp_path, any_called_ae_title=True) as scp:
        for number, uid in enumerate(("../../x", "CON", "$(touch x)")):
            store_as(scp.port, f"title{number}", uid)
        paths = [str(instance.path) for instance in scp.received]
    done = subprocess.run(
        [peer("dcmdump"), *paths], check=False, capture_output=True, text=True, errors="replace", timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "[$(touchx)]" in done.stdout, "DCMTK drops the space"


def test_shell_payloads_and_escapes_in_every_field(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with StorageSCP(folder, any_called_ae_title=True) as scp:
        for payload in (
            "../../x",
            "';touch x;'",
            "$(touch x)",
            "`touch x`",
            "|touch x",
            "..\\x",
            "/etc/x",
            "C:\\x",
            "..",
        ):
            title = payload.replace("\\", "")[:16]  # an AE title with a backslash is no AE title
            peer = connect(scp.port, called=title, calling=title)
            peer.send(p_data(c_store_command(payload), 3), p_data(data_set(payload, payload), 2))
            assert peer.status() == 0, payload
    assert {path.parent.parent for path in tmp_path.rglob("*.dcm")} == {folder}
    assert not list(tmp_path.rglob("x"))
