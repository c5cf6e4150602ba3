"""Why a login failed: from what was recorded and noted to the one error that says so.

The first cause that fits wins, in the order of :data:`CAUSES`: what the server said
itself goes before what merely followed from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from xmppexplore import names
from xmppexplore.api.case import Case
from xmppexplore.api.reasons import tls_failed, unreachable
from xmppexplore.errors import (
    AuthenticationError,
    ConnectError,
    StanzaError,
    StreamError,
    XmppExploreError,
)
from xmppexplore.live.proof import ProofError
from xmppexplore.wire.records import IN, KINDS

if TYPE_CHECKING:
    from xmppexplore.wire.element import Element

__all__ = ["CAUSES", "diagnose"]

TLS_RECORD_STARTS: Final = (b"\x15\x03", b"\x16\x03")  # alert, handshake: RFC 8446 §5.1


def diagnose(case: Case) -> XmppExploreError:
    """Return the error that says why the login failed."""
    for cause in CAUSES:
        error = cause(case)
        if error is not None:
            return error
    return _closed(case)


def _service_refused(case: Case) -> XmppExploreError | None:
    if not case.client.login.service_refused:
        return None
    domain = case.client.default_domain
    return ConnectError(
        f"{domain} says in DNS that it has no XMPP service for clients (RFC 6120 §3.2.1). "
        f'If you know its server, name it: connect(..., host="...", port=5222).',
        reason="resolve",
        host=domain,
    )


def _unreachable(case: Case) -> XmppExploreError | None:
    failures = case.client.login.connecting
    if not failures or case.connection >= 0:
        return None
    server, error = failures[-1]
    return unreachable(server.host, server.port, error, call="connect")


def _tls_failed(case: Case) -> XmppExploreError | None:
    error = case.client.login.tls_error
    if error is None:
        return None
    client = case.client
    direct = client.target.direct
    return tls_failed(
        error,
        client.direct_context if direct else client.tls_context,
        host=case.host,
        port=case.port,
        domain=client.default_domain,
        advice="If the port is for STARTTLS, connect(..., tls='starttls')." if direct else "",
    )


def _refused_login(case: Case) -> XmppExploreError | None:
    failure = case.find(names.SASL, "failure") or case.find(names.SASL2, "failure")
    if failure is None:
        return None
    condition, text = _condition(failure, names.SASL)
    mechanism = case.client.plugin["feature_mechanisms"].mech
    tried = f" with {mechanism.name}" if mechanism is not None else ""
    advice = {
        "not-authorized": "Check address and password=...; nothing weaker was tried.",
        "account-disabled": "The account is disabled: ask whoever runs the server, or "
        "connect(...) with another account.",
        "credentials-expired": "The password has expired: set a new one, then connect(...) again.",
        "encryption-required": "Connect with TLS: connect(..., tls='starttls').",
        "temporary-auth-failure": "The server could not check the login just now: connect(...) "
        "again later.",
        "mechanism-too-weak": "Name a stronger one: connect(..., mechanism='SCRAM-SHA-256').",
        "invalid-mechanism": f"The server offers {_listed(case)}: name one with mechanism='...'.",
    }.get(condition, "The login can be followed in error.recording.handshake.")
    return AuthenticationError(
        f"{case.where} refused the login of {case.client.requested_jid.bare}{tried}: {condition}"
        f"{_quoted(text)} (RFC 6120 §6.5). {advice}",
        condition=condition,
        text=text,
    )


def _stream_error(case: Case) -> XmppExploreError | None:
    error = case.find(names.STREAMS, "error")
    if error is None:
        return None
    condition, text = _condition(error, names.STREAM_ERRORS)
    advice = {
        "host-unknown": f"It does not serve {case.client.default_domain}: check the domain of "
        "the address, and host=... where it was given.",
        "see-other-host": "It names another server: give that one as host=... and port=....",
        "conflict": "Another session took its place: choose another resource=....",
        "system-shutdown": "The server is going down: connect(...) again later.",
        "policy-violation": "What led to it is in error.recording.wire; the server's log should "
        "say which of its rules was broken.",
    }.get(condition, "What led to it is in error.recording.wire.")
    return StreamError(
        f"{case.where} ended the stream with {condition}{_quoted(text)} (RFC 6120 §4.9.3). "
        f"{advice}",
        condition=condition,
        text=text,
    )


def _condition(error: Element, namespace: str) -> tuple[str, str]:
    condition, text = "undefined-condition", ""
    for child in error.children:
        if child.namespace not in (namespace, names.SASL):
            continue
        if child.name == "text":
            text = child.text.strip()
        else:
            condition = child.name
    return condition[:60], text[:200]


def _quoted(text: str) -> str:
    return f" ({text!r})" if text else ""


def _listed(case: Case) -> str:
    listed = ", ".join(case.client.login.offered) or "none"
    return listed if len(listed) <= 200 else f"{listed[:200]}..."


def _unproved(case: Case) -> XmppExploreError | None:
    error = case.client.login.unproved
    if error is None:
        return None
    how = f": {error}" if isinstance(error, ProofError) else ""
    return AuthenticationError(
        f"{case.where} could not prove that it knows the password of "
        f"{case.client.requested_jid.bare} (RFC 5802 §5), so it may not be the server it claims "
        f"to be{how}. The password itself was not sent; look at error.recording.handshake before "
        f"you connect again.",
        condition="server-not-proved",
    )


def _no_mechanism(case: Case) -> XmppExploreError | None:
    login = case.client.login
    ended_early = login.negotiated and not case.client.authenticated
    if not login.no_mechanism and not ended_early:
        return None
    plain = "PLAIN" in case.client.login.offered and not case.client.encrypted
    if not login.offered:
        return AuthenticationError(
            f"{case.where} offers no login without TLS: connect(..., tls='starttls')."
            if case.client.tls == "none"
            else f"{case.where} offers no login at all (RFC 6120 §6.3.3): is this its port for "
            f"clients? What it offered is in error.recording.wire.",
            condition="no-mechanism",
        )
    advice = (
        "PLAIN without TLS would show the password to anyone on the path: connect with TLS."
        if case.client.tls == "none" and plain
        else 'Name one that both know: connect(..., mechanism="...").'
    )
    return AuthenticationError(
        f"{case.where} offers no mechanism that can be used: {_listed(case)} "
        f"(RFC 6120 §6.3.3). {advice}",
        condition="no-mechanism",
    )


def _tls_missing(case: Case) -> XmppExploreError | None:
    refused = case.find(names.TLS, "failure") is not None
    if not case.client.login.tls_missing and not refused:
        return None
    said = "refused STARTTLS" if refused else "offers no STARTTLS"
    return ConnectError(
        f"{case.where} {said} (RFC 6120 §5), and without TLS anyone on the path could read the "
        f"session. If it speaks TLS from the first byte, connect(..., tls='direct'); only for a "
        f"test server on this machine, connect(..., tls='none').",
        reason="tls",
        host=case.host,
        port=case.port,
    )


def _binding_refused(case: Case) -> XmppExploreError | None:
    for row in case.received():
        if (
            case.columns.value(row, "kind") == "iq"
            and case.columns.value(row, "type") == "error"
            and case.columns.value(row, "phase") in ("authenticated", "binding")
        ):
            return _binding_error(case, case.columns.element(row))
    return None


def _binding_error(case: Case, stanza: Element) -> StanzaError:
    error = stanza.find("error")
    condition, text = ("undefined-condition", "")
    if error is not None:
        condition, text = _condition(error, names.STANZA_ERRORS)
    advice = {
        "resource-constraint": "The account has as many sessions as the server allows: close one "
        "of them; the ones open here are in sessions().",
        "conflict": "That resource is in use: give another resource=..., or none.",
        "not-allowed": "The account may not connect now: whoever runs the server should know why. "
        "What was said is in error.recording.wire.",
    }.get(condition, "Let the server choose one: leave out resource=....")
    return StanzaError(
        f"{case.where} accepted the password but refused to bind a resource: {condition}"
        f"{_quoted(text)} (RFC 6120 §7). {advice}",
        condition=condition,
        type=str(error.get("type", "")) if error is not None else "",
        text=text,
        stanza=stanza,
    )


def _not_xmpp(case: Case) -> XmppExploreError | None:
    tape = case.tape()
    if not tape or ("header" in case.kinds() and not _foreign_header(case)):
        return None
    if tape.startswith(TLS_RECORD_STARTS):
        said = "expects TLS from the first byte. Connect with connect(..., tls='direct')."
    elif tape.startswith(b"HTTP/"):
        said = "speaks HTTP, not XMPP. Give the XMPP port: connect(..., port=5222)."
    else:
        said = f"does not speak XMPP: it answered with {tape[:40]!r}. Check host=... and port=...."
        if not case.unreadable and not _foreign_header(case):
            return None
    return ConnectError(
        f"{case.where} {said}",
        reason="not-xmpp",
        host=case.host,
        port=case.port,
    )


def _unreadable(case: Case) -> XmppExploreError | None:
    if not case.unreadable:
        return None
    broken = case.columns.error(case.connection, IN)
    where = f" from byte {broken.offset} on: {broken.reason} ({broken.section})" if broken else ""
    return ConnectError(
        f"{case.where} sent what XMPP does not allow{where}. The bytes are in "
        f'error.recording.tape("in").',
        reason="not-xmpp",
        host=case.host,
        port=case.port,
    )


def _foreign_header(case: Case) -> bool:
    return any(
        case.columns.value(row, "kind") == "header"
        and (case.columns.value(row, "name"), case.columns.value(row, "namespace"))
        != ("stream", names.STREAMS)
        for row in case.received()
    )


# What the login was waiting for, by the phase of the newest row.
STAGES: Final = {
    "opening": "its stream features",
    "tls": "TLS to be set up",
    "secure": "its stream features after TLS",
    "sasl": "its answer to the login",
    "authenticated": "its stream features after the login",
    "binding": "its answer to the binding of a resource",
    "ready": "the end of the login",
}


def _stage(case: Case) -> str:
    count = case.columns.settle()
    for row in range(count - 1, case.columns.first - 1, -1):
        phase = case.columns.value(row, "phase")
        if case.columns.span(row)[0] == case.connection and phase in STAGES:
            unopened = phase == "opening" and "header" not in case.kinds()
            return "its stream header" if unopened else STAGES[phase]
    return "its stream header" if case.connection >= 0 else "the connection"


def _timed_out(case: Case) -> XmppExploreError | None:
    if not case.timed_out:
        return None
    mute = case.connection >= 0 and not case.tape()
    said = " It accepted the connection, and said nothing." if mute else ""
    return ConnectError(
        f"{case.where}: waited {case.timeout:g} s in vain for {_stage(case)}.{said} Give it more "
        f"time with connect(..., timeout=...), or check that this is the client port.",
        reason="timeout",
        host=case.host,
        port=case.port,
    )


def _last_words(case: Case) -> str:
    """The newest thing that the server said, footers and white space aside."""
    for row in case.received():
        kind, name = (str(case.columns.value(row, column)) for column in ("kind", "name"))
        if kind == "header":
            return "its stream header"
        if kind in ("nonza", *KINDS[1:4]):
            return "its stream features" if name == "features" else f"<{name[:40]}/>"
    return "a few bytes"


def _fault(case: Case) -> XmppExploreError | None:
    error = case.client.login.fault
    if error is None:
        return None
    return ConnectError(
        f"{case.where} sent what cannot be handled ({type(error).__name__}: {str(error)[:100]}); "
        f"the last thing it sent was {_last_words(case)}. All of it is in error.recording.wire.",
        reason="not-xmpp",
        host=case.host,
        port=case.port,
    )


def _closed(case: Case) -> ConnectError:
    return ConnectError(
        f"{case.where} closed the connection before the login was done; the last thing it sent "
        f"was {_last_words(case)}. The server's log should say why; what was said until then is "
        f"in error.recording.wire."
        if case.tape()
        else f"{case.where} closed the connection without having said anything. The server's log "
        f"should say why; is this its client port? Give another one: connect(host=..., port=...).",
        reason="closed",
        host=case.host,
        port=case.port,
    )


CAUSES: Final[tuple[Callable[[Case], XmppExploreError | None], ...]] = (
    _service_refused,
    _unreachable,
    _tls_failed,
    _refused_login,
    _stream_error,
    _unproved,
    _no_mechanism,
    _tls_missing,
    _binding_refused,
    _not_xmpp,
    _unreadable,
    _fault,
    _timed_out,
)
