"""Certificates for one room and one day. The issuer's private key is never written, so none can be added later.

The common name of an attendee's certificate is the AE title; the receiver accepts its owner under no other.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dicomkit.errors import FileAccessError, WorkshopError
from dicomkit.network.addressing import resolve

if TYPE_CHECKING:
    import ssl

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

__all__ = ["Issuer", "names_of", "server_context"]

_VALID = dt.timedelta(days=1)
_CLOCK_SKEW = dt.timedelta(minutes=10)  # attendees' clocks may be slow


class Issuer:
    """A certificate authority in memory.

    Parameters
    ----------
    room
        The AE title of the room, for the issuer's name.
    now
        Beginning of the day of validity.

    Raises
    ------
    WorkshopError
        If the package cryptography is not installed.

    References
    ----------
    PS3.15 section B.12, BCP 195 RFC 8996, 9325 TLS Secure Transport Connection Profile.
    """

    def __init__(self, room: str, now: dt.datetime) -> None:
        try:
            from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise WorkshopError(
                "cryptography", "is not installed; it makes the certificates", "pip install cryptography"
            ) from error
        self._from, self.until = now - _CLOCK_SKEW, (now + _VALID).replace(microsecond=0)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._sign(f"room {room}", self._key, None, ())
        self.pem = _pem(self._certificate)

    def issue(self, name: str, addresses: Sequence[str] = ()) -> str:
        """Return a private key and its certificate as PEM: a server certificate if there are addresses, else a client's."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - the same

        key = ec.generate_private_key(ec.SECP256R1())
        plain = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return plain.decode() + _pem(self._sign(name, key, self._certificate, addresses))

    def _sign(
        self,
        name: str,
        key: EllipticCurvePrivateKey,
        issuer: x509.Certificate | None,
        addresses: Sequence[str],
    ) -> x509.Certificate:
        from cryptography import x509  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - the same
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415 - the same

        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        is_issuer = issuer is None
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer is not None else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._from)
            .not_valid_after(self.until)
            .add_extension(
                x509.BasicConstraints(ca=is_issuer, path_length=0 if is_issuer else None), critical=True
            )
            .add_extension(_key_usage(is_issuer=is_issuer), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )
        if not is_issuer:
            purpose = ExtendedKeyUsageOID.SERVER_AUTH if addresses else ExtendedKeyUsageOID.CLIENT_AUTH
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        if addresses:
            names = [_general_name(address) for address in addresses]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _key_usage(*, is_issuer: bool) -> x509.KeyUsage:
    from cryptography import x509  # noqa: PLC0415 - an extra

    return x509.KeyUsage(
        digital_signature=not is_issuer,
        key_cert_sign=is_issuer,
        crl_sign=is_issuer,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(address: str) -> x509.GeneralName:
    from cryptography import x509  # noqa: PLC0415 - an extra

    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)


def _pem(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - an extra

    return certificate.public_bytes(Encoding.PEM).decode()


def names_of(host: str) -> tuple[str, ...]:
    """Return the names and addresses for a receiver's certificate."""
    address = resolve(host)
    extra = ("localhost",) if ipaddress.ip_address(address).is_loopback else ()
    return tuple(dict.fromkeys((host, address, *extra)))


def server_context(file: Path) -> ssl.SSLContext:
    """Return server-side TLS settings that require a client certificate of this room.

    Raises
    ------
    FileAccessError
        If the file holds no key with its certificate.
    """
    import ssl  # noqa: PLC0415 - not every Python has it

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_cert_chain(file)
        context.load_verify_locations(file)
    except OSError as error:
        raise FileAccessError(
            file, "is no key with its certificate", "open a new room in another folder"
        ) from error
    return context
