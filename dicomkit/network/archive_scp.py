"""An archive inside this process: a storage SCP with three more services.

It keeps a catalogue of its folder and supports query/retrieve (PS3.4 annex C), modality worklist (annex K) and storage
commitment (annex J).
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dicomkit.archive import Catalogue, Worklist
from dicomkit.archive.elements import Item
from dicomkit.errors import DicomKitError, UsageError
from dicomkit.network.addressing import check_ae_title, check_port, check_sender_context
from dicomkit.network.calling import call
from dicomkit.network.commitment_delivery import CommitmentReports
from dicomkit.network.query_service import QueryService
from dicomkit.network.requestor import AssociationRequestor, TimeOuts
from dicomkit.network.storage_scp import StorageSCP
from dicomkit.network.web.server import WebServer
from dicomkit.network.wire import AssociationRequest, RoleSelection
from dicomkit.network.wire.presentation_contexts import ProposedContext

if TYPE_CHECKING:
    import ssl

    from dicomkit.network.retrieving import Associate

__all__ = ["Archive"]

_TIME_OUTS = TimeOuts(connect_s=5.0, associate_s=10.0, answer_s=60.0)


class Archive(StorageSCP):
    """Store instances in a folder, and answer C-FIND, C-GET and C-MOVE about them.

    Every instance in the folder is in the archive, whichever program wrote it. As with `StorageSCP`,
    use it in a ``with`` statement, or call `start` and `stop`; ``port``, ``log``, ``check``, ``wait_for`` and
    the other arguments are the same.

    Parameters
    ----------
    folder
        An existing folder.
    ae_title
        The archive's title.
    host, port
        Where to listen; port 0 takes a free one.
    destinations
        Destinations of C-MOVE and of storage commitment reports: host and port by AE title. An archive sends to
        these addresses only, never to one from a request.
    worklist
        A folder with the entries of a modality worklist, as dump texts (``.dump``) or DICOM files (``.wl``).
    destination_ssl_context
        Client-side TLS settings for associations with destinations; ``ssl_context`` is for those with this side.
    others
        See `StorageSCP`.

    Attributes
    ----------
    destinations : dict
        The table; it may be changed while the archive is running.
    catalogue : Catalogue
        The instances in the folder.

    Raises
    ------
    FileAccessError
        If a folder does not exist.
    UsageError
        If a destination is not an AE title with a host and a port; otherwise as `StorageSCP`.

    References
    ----------
    PS3.4 annex C, Query/Retrieve Service Class; annex K, Basic Worklist Management; annex J, Storage Commitment.

    Examples
    --------
    >>> import tempfile
    >>> from dicomkit.network import find
    >>> with tempfile.TemporaryDirectory() as folder, Archive(folder) as archive:
    ...     find({"PatientName": "DOE*"}, "127.0.0.1", archive.port)
    <FindReport 0 answers, success>
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        ae_title: str = "DICOMKIT",
        host: str = "127.0.0.1",
        port: int = 0,
        destinations: Mapping[str, tuple[str, int]] | None = None,
        worklist: str | os.PathLike[str] | None = None,
        destination_ssl_context: ssl.SSLContext | None = None,
        **others: Any,  # noqa: ANN401 - those of StorageSCP, which checks them
    ) -> None:
        self.destinations = dict(destinations or {})
        for title, address in self.destinations.items():
            _check_destination(title, address)
        check_sender_context(destination_ssl_context)
        self._destination_ssl_context = destination_ssl_context
        self.catalogue = Catalogue(folder)
        self._reports = CommitmentReports(self._call, self._note_problem)
        self.operations = QueryService(
            self.catalogue,
            None if worklist is None else Worklist(worklist, tell=self._note_problem),
            ae_title=ae_title,
            destination_of=self._destination_of,
            report_to=self._report_to,
        )
        super().__init__(
            folder, ae_title=ae_title, host=host, port=port, operations=self.operations, **others
        )

    def stop(self) -> None:
        """Stop listening and close everything; see `StorageSCP.stop`."""
        super().stop()
        self._reports.stop()

    def web(self, port: int = 0, **others: Any) -> WebServer:  # noqa: ANN401 - those of WebServer, which checks them
        """Return a DICOMweb server for the same folder: QIDO-RS, WADO-RS and STOW-RS.

        It listens on 127.0.0.1 only, in a ``with`` statement or between its `start` and `stop`. The archive itself
        need not be running.

        Parameters
        ----------
        port
            The TCP port; 0 takes a free one.
        others
            See `dicomkit.network.web.server.WebServer`: ``origins``, ``max_body_bytes``, time-outs.

        Examples
        --------
        >>> import tempfile, urllib.request
        >>> with tempfile.TemporaryDirectory() as folder, Archive(folder).web() as web:
        ...     urllib.request.urlopen(f"{web.url}/studies").status
        204
        """
        return WebServer(self.catalogue, self._service, port=port, ae_title=self.ae_title, **others)

    def _note_problem(self, problem: DicomKitError) -> None:
        """Keep a problem for `check`."""
        self._service.events.problems.add(problem)

    def _destination_of(self, title: str) -> Associate | None:
        return functools.partial(self._call, title) if title in self.destinations else None

    def _call(
        self, title: str, contexts: Sequence[ProposedContext], roles: tuple[RoleSelection, ...] = ()
    ) -> AssociationRequestor:
        host, port = self.destinations[title]
        request = AssociationRequest(self.ae_title, title, tuple(contexts), roles=roles)
        return call(
            host, port, request, time_outs=_TIME_OUTS, log=self.log, ssl_context=self._destination_ssl_context
        )

    def _report_to(self, title: str, report: Item) -> bool:
        if title not in self.destinations:
            return False
        self._reports.send(title, report)
        return True


def _check_destination(title: str, address: object) -> None:
    check_ae_title(title)
    if not isinstance(address, tuple | list) or len(address) != 2 or not isinstance(address[0], str):  # noqa: PLR2004 - a host and a port
        raise UsageError(
            title, "its destination is no host with a port", 'write {"AET": ("127.0.0.1", 11112)}'
        )
    check_port(address[1])
