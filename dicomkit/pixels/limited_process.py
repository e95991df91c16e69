"""Decode in a child process with limits, where a decoder can do no harm.

Decoders are written in C, and a stream of a kilobyte can make one take gigabytes, run for ever or crash. In the kernel
of a notebook that would end the session. So on Linux a compressed stream is decoded in a fork of this process, whose
memory and processor time are limited. It returns the values in shared memory and ends with the call: nothing is left
running.

Windows has no fork, and macOS does not enforce the memory limit. There the stream is decoded in this process; its
header is still checked first (`compressed_frame`), but a stream with a correct header and hostile data can take
memory and time without limit.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import mmap
import os
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomkit.files.warnings_here import warnings_here

if TYPE_CHECKING:  # who only asks whether something can be decoded needs no arrays
    import numpy.typing as npt

__all__ = ["IS_LIMITED", "Decoded", "decode_here", "decode_limited", "run_limited"]

IS_LIMITED = sys.platform == "linux"

# The memory of decoding beyond the values themselves. OpenJPEG holds each sample several times, in 32 bits.
_MEMORY_BYTES = 128 * 1024 * 1024
_MEMORY_PER_SAMPLE_BYTES = 40
_PROCESSOR_S = 0.8
_SAMPLES_PER_S = 250_000  # the slowest decoder, RLE in Python, does ten times as many
_WAIT_S = 60.0  # a child that is stuck uses no processor time
_REPORT_BYTES = 65_536


class Decoded(NamedTuple):
    """The result of decoding a stream.

    ``values`` is None if decoding failed, and ``failure`` then says why: the class of an exception, or what stopped
    the decoder. ``properties`` is the decoder's description of the values.
    """

    values: npt.NDArray[Any] | None
    properties: dict[str, Any]
    failure: str = ""


def decode_limited(
    work: Callable[[], tuple[npt.NDArray[Any], dict[str, Any]]], *, samples: int, sample_bytes: int
) -> Decoded:
    """Run a decoder within limits.

    Parameters
    ----------
    work
        Decodes, and returns the values and a description of them that can be written as JSON.
    samples
        The most values that it may return.
    sample_bytes
        The length of one value.
    """
    if not IS_LIMITED:
        return decode_here(work)
    import numpy as np  # noqa: PLC0415 - see above

    def into_shared() -> dict[str, Any]:
        values, properties = work()
        content = np.ascontiguousarray(values)
        shared[: content.nbytes] = content.tobytes()
        report = {"kind": content.dtype.str, "shape": content.shape, "bytes": content.nbytes}
        return report | {"properties": properties}

    with mmap.mmap(-1, max(samples * sample_bytes, 1)) as shared:
        report = run_limited(into_shared, samples=samples)
        if "failure" in report:
            return Decoded(None, {}, str(report["failure"]))
        kind, shape = np.dtype(report["kind"]), tuple(report["shape"])
        flat = np.frombuffer(shared[: report["bytes"]], kind)
    return Decoded(flat.reshape(shape).copy(), report["properties"])  # a copy can be written to


def decode_here(work: Callable[[], tuple[npt.NDArray[Any], dict[str, Any]]]) -> Decoded:
    """Run a decoder in this process, without limits."""
    try:
        values, properties = work()
    except Exception as error:  # noqa: BLE001 - a decoder fed with damaged bytes raises nearly anything
        return Decoded(None, {}, type(error).__name__)
    return Decoded(values, properties)


def run_limited(work: Callable[[], dict[str, Any]], *, samples: int) -> dict[str, Any]:
    """Run something within limits, on Linux in a child, and return its report.

    Parameters
    ----------
    work
        Returns a report, as JSON can hold it.
    samples
        How many values it may take memory and time for.

    Returns
    -------
    dict
        The report; where there is none, ``failure`` says how it failed, as in `Decoded`.
    """
    if IS_LIMITED:
        return _run_child(work, samples)
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - as in decode_here
        return {"failure": type(error).__name__}


def _run_child(work: Callable[[], dict[str, Any]], samples: int) -> dict[str, Any]:
    """Fork, wait for the child's report, and always end the child."""
    reading, writing = os.pipe()
    with warnings_here("ignore"):
        # Python warns of a fork in a process with threads: a lock that another thread holds stays locked in the child.
        # The child only takes the allocator's lock, which the C library resets; a child that hangs is killed.
        child = os.fork()
    if child == 0:
        _child_main(work, samples, writing)
    os.close(writing)
    try:
        text = _report_of(reading)
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)  # it has sent its report, or never will
        _, status = os.waitpid(child, 0)
    if text:
        report: dict[str, Any] = json.loads(text)
        return report
    stopped = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    reasons = {int(signal.SIGPROF): "out of time", int(signal.SIGKILL): "stuck"}
    return {"failure": reasons.get(stopped, "crash")}


def _report_of(reading: int) -> bytes:
    """Return the child's report; b"" if it ends without one or hangs."""
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    # A report is shorter than PIPE_BUF, so one read returns all of it.
    return os.read(reading, _REPORT_BYTES) if poll.poll(_WAIT_S * 1000) else b""


def _child_main(work: Callable[[], dict[str, Any]], samples: int, writing: int) -> None:
    """Work, report and exit, without running the parent's finalisers and exit handlers."""
    try:
        gc.disable()
        faulthandler.disable()
        _silence()
        _limit(samples)
        report = work()
    except BaseException as error:  # noqa: BLE001 - the parent has to hear of anything, also of an interrupt
        report = {"failure": type(error).__name__}
    finally:
        try:
            os.write(writing, json.dumps(report).encode("ascii"))
        finally:
            os._exit(0)


def _silence() -> None:
    """Discard the decoder's own messages on stdout and stderr."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _limit(samples: int) -> None:
    """Limit the memory and the processor time of this process, according to the number of samples."""
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - Windows has no such module

    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, _PROCESSOR_S + samples / _SAMPLES_PER_S)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    memory = pages * resource.getpagesize() + _MEMORY_BYTES + samples * _MEMORY_PER_SAMPLE_BYTES
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        memory = min(memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (memory, most))
