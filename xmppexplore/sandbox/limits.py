"""What the server bears: every amount that a client can make grow has its bound here."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Limits"]


class Limits(NamedTuple):
    """What the server bears (RFC 6120 §13.12).

    Attributes:
        stanza_bytes: largest first-level element of a bound stream; at least 10,000.
        elements: elements in one first-level element; each takes some hundred times the
            memory of its bytes once it is looked at.
        attributes: attributes in one first-level element, namespace declarations included.
        login_bytes: largest first-level element before authentication; at least 10,000.
        stranger_bytes: all that a connection sends before authentication, white space too.
        connections: connections of the whole server, those included that are not logged in.
        resources: connected resources of one account.
        sasl_failures: failed attempts after which the stream ends, 2 to 5 (§6.4.5).
        login_seconds: time from connecting to being bound.
        linger_seconds: time that a client has to close after the server did.
        backlog_bytes: written to a client and not read by it; more ends its connection.
        stall_seconds: time in which a client that has ceased to read must go on.
        unacknowledged: stanzas that one client has not acknowledged (XEP-0198); more end its
            session.
        unacknowledged_bytes: the same, all of them together.
        resume_seconds: the longest time for which a session waits to be resumed.
        parked: sessions of one account that wait so; the longest waiting makes room.
        held: stanzas held back from a client that is inactive (XEP-0352).
        accounts: accounts, beyond which nobody registers in-band.
        registrations: attempts to register in-band on one connection (XEP-0077 §3.1.1).
        passwords: passwords that one connected resource gives its account (XEP-0077 §3.3).
        blocked: addresses that one account blocks (XEP-0191).
        private_bytes: private XML of one account, all of it together (XEP-0049).
        vcard_bytes: one vCard, pictures included (XEP-0054).
        contacts: contacts that one account has put on its list (RFC 6121 §2).
        groups: groups of one contact.
        requests: subscription requests that wait for the answer of one account.
        request_bytes: one subscription request, which is kept whole (RFC 6121 §3.1.3).
        directed: addresses to which one resource directs presence (RFC 6121 §4.6).
        offline_messages: messages that wait for one account (XEP-0160).
        offline_bytes: the same, all of them together.
    """

    stanza_bytes: int = 4 * 1024 * 1024
    elements: int = 20_000
    attributes: int = 10_000
    login_bytes: int = 64 * 1024
    stranger_bytes: int = 256 * 1024
    connections: int = 10_000
    resources: int = 64
    sasl_failures: int = 3
    login_seconds: float = 30.0
    linger_seconds: float = 1.0
    backlog_bytes: int = 16 * 1024 * 1024
    stall_seconds: float = 20.0
    unacknowledged: int = 5000
    unacknowledged_bytes: int = 16 * 1024 * 1024
    resume_seconds: float = 300.0
    parked: int = 10
    held: int = 500
    accounts: int = 10_000
    registrations: int = 5
    passwords: int = 20
    blocked: int = 1000
    private_bytes: int = 1024 * 1024
    vcard_bytes: int = 512 * 1024
    contacts: int = 1000
    groups: int = 50
    requests: int = 200
    request_bytes: int = 16 * 1024
    directed: int = 1000
    offline_messages: int = 1000
    offline_bytes: int = 4 * 1024 * 1024
