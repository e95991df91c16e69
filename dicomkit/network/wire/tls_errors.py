"""Explain errors of TLS: OpenSSL's reasons name an alert, not what is missing."""

from __future__ import annotations

__all__ = ["describe_tls_error"]

_GET_ONE = "name a private key and a certificate that it knows: an ssl_context, or +tls KEY CERTIFICATE"
_SENT_NONE = ("it sent no certificate, which is required here", _GET_ONE)
_WANTS_ONE = ("the other side asks for a certificate, and this side has given none", _GET_ONE)
_NO_TLS = ("it does not use TLS", "turn TLS on at both sides, or off at both")
_REFUSALS = {
    # found by this side
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": _SENT_NONE,
    "WRONG_VERSION_NUMBER": _NO_TLS,
    "HTTP_REQUEST": _NO_TLS,
    # alerts from the peer (RFC 8446 section 6.2)
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": _WANTS_ONE,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "the other side refuses the handshake: it may ask for a certificate that this side has not given",
        _GET_ONE,
    ),
    "TLSV1_ALERT_UNKNOWN_CA": (
        "the other side does not trust the certificate of this side",
        "use the certificate that was made for it, or have its issuer added there",
    ),
    "SSLV3_ALERT_BAD_CERTIFICATE": (
        "the other side does not accept the certificate of this side",
        "use the certificate that was made for it",
    ),
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": (
        "the certificate of this side has expired",
        "ask for a new one, and look at the clock of both computers",
    ),
}
_NOT_YET_VALID, _EXPIRED = 9, 10  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED


def describe_tls_error(error: OSError) -> tuple[str, str] | None:
    """Return problem and remedy of a TLS error; None for any other error."""
    if getattr(error, "verify_code", None) in (_NOT_YET_VALID, _EXPIRED):
        return (
            "its certificate has expired, or is not valid yet",
            "make a new one, and look at the clock of both computers",
        )
    if getattr(error, "verify_code", 0):
        return (
            "its certificate is not trusted, or names another host",
            "load the certificate that signed it into the ssl_context, and call the host by its name",
        )
    return _REFUSALS.get(getattr(error, "reason", None) or "")
