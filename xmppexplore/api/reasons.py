"""Why a server cannot be reached or trusted, in words: for ``connect`` and ``dial`` alike."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import TYPE_CHECKING, Final

from xmppexplore.errors import CertificateError, ConnectError, UsageError
from xmppexplore.live.certificates import read_certificate

if TYPE_CHECKING:
    from xmppexplore.live.certificates import VerifyingContext

__all__ = ["check_port", "tls_failed", "unreachable"]

NO_WAY: Final = {
    errno.ETIMEDOUT: "timeout",
    errno.EHOSTUNREACH: "refused",
    errno.ENETUNREACH: "refused",
}

# A reset may arrive before asyncio reports the connection that had been accepted.
BROKEN_OFF: Final = frozenset({errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE})

# Codes of X509_verify_cert_error_string(3); only an authority can be cured by ca_file=.
DATES: Final = frozenset({9, 10})  # not yet valid, expired
OTHER_NAME: Final = frozenset({62, 64})  # host name or address does not match


def check_port(port: int | None) -> None:
    """Refuse what is no port, before anything happens.

    Raises:
        UsageError: it is not from 1 to 65535.
    """
    if port is not None and not 0 < port < 65536:
        raise UsageError(f"no port {port}: ports are from 1 to 65535")


def unreachable(host: str, port: int, error: Exception, *, call: str) -> ConnectError:
    """Return the error for a TCP connection that could not be made.

    Args:
        host: host that was tried.
        port: port that was tried.
        error: what the operating system said.
        call: name of the public function, for the advice.
    """
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return ConnectError(
            f"{host} (port {port}) has no address: the name cannot be resolved. Check the "
            f'spelling, or name the server: {call}(..., host="...", port=5222).'
            if call == "connect"
            else f"{host} (port {port}) has no address: the name cannot be resolved. Check the "
            f'spelling: {call}("...", {port}).',
            reason="resolve",
            host=host,
            port=port,
        )
    number = getattr(error, "errno", None) or 0
    # asyncio puts the address into its own text; the system's words say it once.
    words = os.strerror(number).lower() if number > 0 else type(error).__name__
    if isinstance(error, TimeoutError) and not number:
        words = "no answer in time"
    where = f"{host} port {port}"
    another = "host=..., port=..." if call == "connect" else "..."
    if number in NO_WAY or isinstance(error, TimeoutError):
        return ConnectError(
            f"{where} cannot be reached: {words}. Check the network, or try another address: "
            f"{call}({another}).",
            reason=NO_WAY.get(number, "timeout"),
            host=host,
            port=port,
        )
    if number in BROKEN_OFF:
        return ConnectError(
            f"{where} accepted the connection and dropped it at once: {words}. The server's "
            f"log should say why; is this its client port? Give another one: {call}({another}).",
            reason="closed",
            host=host,
            port=port,
        )
    return ConnectError(
        f"{where} refuses connections: {words}. Is the server running, and is this its client "
        f"port? Give another one: {call}({another}).",
        reason="refused",
        host=host,
        port=port,
    )


def tls_failed(
    error: Exception,
    context: VerifyingContext,
    *,
    host: str,
    port: int,
    domain: str,
    advice: str = "",
) -> ConnectError:
    """Return the error for a TLS handshake that failed.

    Args:
        error: what the TLS library said.
        context: the context of the handshake, which saw the certificate.
        host: host that was tried.
        port: port that was tried.
        domain: the name that the certificate should have been for.
        advice: what to do about a failure that has nothing to do with the certificate.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error, context, host=host, port=port, domain=domain)
    reason = getattr(error, "reason", None) or str(error) or type(error).__name__
    return ConnectError(
        f"{host} port {port}: TLS could not be set up ({str(reason).replace('_', ' ').lower()}). "
        f"{advice or 'What was said before it is in error.recording.wire.'}",
        reason="tls",
        host=host,
        port=port,
    )


def _untrusted(
    error: ssl.SSLCertVerificationError,
    context: VerifyingContext,
    *,
    host: str,
    port: int,
    domain: str,
) -> CertificateError:
    facts = read_certificate(context.presented) if context.presented else None
    says = "The certificate itself could not be read."
    if facts is not None:
        says = (
            f"It is for {', '.join(facts.names) or 'no name'}, issued by "
            f"{'itself' if facts.self_signed else facts.issuer or 'nobody named'}, valid from "
            f"{facts.not_before} to {facts.not_after} UTC."
        )
    return CertificateError(
        f"{host} port {port}: the certificate cannot be trusted for {domain}: "
        f"{error.verify_message.rstrip('.')}. {says} {_certificate_advice(error, domain)}",
        host=host,
        port=port,
        names=facts.names if facts else (),
        not_before=facts.not_before if facts else "",
        not_after=facts.not_after if facts else "",
    )


def _certificate_advice(error: ssl.SSLCertVerificationError, domain: str) -> str:
    if error.verify_code in DATES:
        return (
            "Whoever runs the server has to renew it; is the clock of this machine right? The "
            "dates are in error.not_before and error.not_after."
        )
    if error.verify_code in OTHER_NAME:
        return (
            f"Is {domain} the domain of the address, and does host=... lead to its server? The "
            f"names are in error.names."
        )
    return 'If you know the authority that signed it, trust that one: ca_file="authority.pem".'
