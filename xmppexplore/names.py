"""Namespaces and qualified names, each with the document that defines it.

A qualified name is written in Clark notation, ``"{namespace}local"``; it is the one
form in which names are compared anywhere in this library.
"""

from __future__ import annotations

from typing import Final

STREAMS: Final = "http://etherx.jabber.org/streams"  # RFC 6120 §4.8.1
CLIENT: Final = "jabber:client"  # RFC 6120 §4.8.2
SERVER: Final = "jabber:server"  # RFC 6120 §4.8.2
COMPONENT: Final = "jabber:component:accept"  # XEP-0114
COMPONENT_DIALLED: Final = "jabber:component:connect"  # XEP-0114, where the server connects
TLS: Final = "urn:ietf:params:xml:ns:xmpp-tls"  # RFC 6120 §5
SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"  # RFC 6120 §6
SASL2: Final = "urn:xmpp:sasl:2"  # XEP-0388
BIND: Final = "urn:ietf:params:xml:ns:xmpp-bind"  # RFC 6120 §7
BIND2: Final = "urn:xmpp:bind:0"  # XEP-0386
SESSION: Final = "urn:ietf:params:xml:ns:xmpp-session"  # RFC 3921 §3
STANZA_ERRORS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"  # RFC 6120 §8.3
STREAM_ERRORS: Final = "urn:ietf:params:xml:ns:xmpp-streams"  # RFC 6120 §4.9
ROSTER: Final = "jabber:iq:roster"  # RFC 6121 §2
DISCO_INFO: Final = "http://jabber.org/protocol/disco#info"  # XEP-0030
DISCO_ITEMS: Final = "http://jabber.org/protocol/disco#items"  # XEP-0030
PING: Final = "urn:xmpp:ping"  # XEP-0199
STREAM_MANAGEMENT: Final = "urn:xmpp:sm:3"  # XEP-0198
DIALBACK: Final = "jabber:server:dialback"  # XEP-0220
XBOSH: Final = "urn:xmpp:xbosh"  # XEP-0206
REGISTER: Final = "jabber:iq:register"  # XEP-0077
AUTH: Final = "jabber:iq:auth"  # XEP-0078
DATA_FORMS: Final = "jabber:x:data"  # XEP-0004
LAST: Final = "jabber:iq:last"  # XEP-0012
PRIVATE: Final = "jabber:iq:private"  # XEP-0049
VCARD: Final = "vcard-temp"  # XEP-0054
VCARD_UPDATE: Final = "vcard-temp:x:update"  # XEP-0153
CHAT_STATES: Final = "http://jabber.org/protocol/chatstates"  # XEP-0085
VERSION: Final = "jabber:iq:version"  # XEP-0092
CAPS: Final = "http://jabber.org/protocol/caps"  # XEP-0115
BLOCKING: Final = "urn:xmpp:blocking"  # XEP-0191
DELAY: Final = "urn:xmpp:delay"  # XEP-0203
CARBONS: Final = "urn:xmpp:carbons:2"  # XEP-0280
FORWARD: Final = "urn:xmpp:forward:0"  # XEP-0297
CSI: Final = "urn:xmpp:csi:0"  # XEP-0352
ROSTER_VERSIONING: Final = "urn:xmpp:features:rosterver"  # RFC 6121 §2.6
PRE_APPROVAL: Final = "urn:xmpp:features:pre-approval"  # RFC 6121 §3.4
REGISTER_FEATURE: Final = "http://jabber.org/features/iq-register"  # XEP-0077
CHANNEL_BINDING: Final = "urn:xmpp:sasl-cb:0"  # XEP-0440
FAST: Final = "urn:xmpp:fast:0"  # XEP-0484
SASL_UPGRADE: Final = "urn:xmpp:sasl:upgrade:0"  # XEP-0480
HINTS: Final = "urn:xmpp:hints"  # XEP-0334
XML: Final = "http://www.w3.org/XML/1998/namespace"  # Namespaces in XML 1.0 §3

STANZA_NAMES: Final = frozenset({"message", "presence", "iq"})  # RFC 6120 §8.2
CONTENT_NAMESPACES: Final = frozenset({CLIENT, SERVER, COMPONENT, COMPONENT_DIALLED})


def qualified(namespace: str, local: str) -> str:
    """Return the Clark form of a name.

    >>> qualified("urn:xmpp:ping", "ping")
    '{urn:xmpp:ping}ping'
    >>> qualified("", "x")
    'x'
    """
    return f"{{{namespace}}}{local}" if namespace else local


def split_qualified(name: str) -> tuple[str, str]:
    """Return ``(namespace, local)`` of a Clark name; the namespace is ``""`` where it has none.

    >>> split_qualified("{urn:xmpp:ping}ping")
    ('urn:xmpp:ping', 'ping')
    """
    if name.startswith("{"):
        namespace, _, local = name[1:].partition("}")
        return namespace, local
    return "", name
