"""What in a stream is secret: one table, read by code, tests and docs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from xmppexplore.names import AUTH, DATA_FORMS, DIALBACK, REGISTER, SASL, SASL2

__all__ = ["ANY", "HIDDEN", "SECRETS", "Secret"]

HIDDEN: Final = "(hidden)"
"""Stands for a secret in what people read; its length is nobody's business either."""

ANY: Final = "*"
"""Any namespace, any element.

Where a name is used for nothing but secrets, its namespace is not asked for: better to
cover a harmless ``password`` than to show one of an extension nobody here has heard of.
"""


class Secret(NamedTuple):
    """One line of the table.

    Attributes:
        namespace: namespace of the element, or :data:`ANY`.
        element: its local name, or :data:`ANY`.
        where: ``"text"`` for all text inside it, however deep, and the attributes of what
            is inside; ``"@name"`` for one attribute of the element itself.
        what: what it is, in words.
        section: where it is defined.
        when: the line holds where this attribute of the element ...
        among: ... in lower case contains one of these words; empty for always.
        unless: ... or is none of these; empty for never.
    """

    namespace: str
    element: str
    where: str
    what: str
    section: str
    when: str = ""
    among: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def holds(self, attributes: Mapping[str, str]) -> bool:
        """Tell whether the line holds for an element with these attributes."""
        if not self.when:
            return True
        value = attributes.get(self.when, "").strip().lower()
        if self.among:
            return any(word in value for word in self.among)
        return value not in self.unless


_ISR: Final = "https://xmpp.org/extensions/isr/0"
_UPLOAD: Final = "urn:xmpp:http:upload:0"
_FOCUS: Final = "http://jitsi.org/protocol/focus"
_TOKENS: Final = "erlang-solutions.com:xmpp:token-auth:0"
_PRIVATE_FIELDS: Final = ("password", "passwd", "secret", "token")

SECRETS: Final = (
    Secret(SASL, "auth", "text", "SASL message", "RFC 6120 §6.4.2"),
    Secret(SASL, "challenge", "text", "SASL message", "RFC 6120 §6.4.3"),
    Secret(SASL, "response", "text", "SASL message", "RFC 6120 §6.4.3"),
    Secret(SASL, "success", "text", "SASL message", "RFC 6120 §6.4.6"),
    # Typed by hand, its namespace is often misspelt or left out; the mechanism tells what it is.
    Secret(ANY, "auth", "text", "SASL message", "RFC 6120 §6.4.2", when="mechanism", unless=("",)),
    Secret(SASL2, "initial-response", "text", "SASL message", "XEP-0388"),
    Secret(SASL2, "challenge", "text", "SASL message", "XEP-0388"),
    Secret(SASL2, "response", "text", "SASL message", "XEP-0388"),
    Secret(SASL2, "additional-data", "text", "SASL message", "XEP-0388"),
    Secret(SASL2, "task-data", "text", "SASL message", "XEP-0388"),
    Secret(ANY, "password", "text", "password", "XEP-0077, XEP-0078, XEP-0045, XEP-0402"),
    Secret(ANY, ANY, "@password", "password", "XEP-0249, XEP-0215"),
    Secret(REGISTER, "key", "text", "registration key", "XEP-0077"),
    Secret(AUTH, "digest", "text", "password digest", "XEP-0078"),
    Secret(ANY, "token", "text", "token", "XEP-0484"),
    Secret(ANY, ANY, "@token", "token", "XEP-0484, XEP-0379"),
    Secret(_ISR, "isr-enabled", "@key", "token", "XEP-0397"),
    Secret(_ISR, "hmac", "text", "token", "XEP-0397"),
    Secret(_TOKENS, "access_token", "text", "token", "MongooseIM Tokens"),
    Secret(_TOKENS, "refresh_token", "text", "token", "MongooseIM Tokens"),
    # Who knows the id of a session takes it over without a login.
    Secret("p1:rebind", "sid", "text", "token", "ProcessOne"),
    Secret(_FOCUS, ANY, "@session-id", "token", "Jicofo"),
    Secret("http://jitsi.org/protocol/jibri", "jibri", "@streamid", "stream key", "Jibri"),
    Secret(
        _UPLOAD, "header", "text", "upload header", "XEP-0363", when="name", unless=("expires",)
    ),
    Secret(ANY, "handshake", "text", "component handshake", "XEP-0114 §3"),
    Secret(DIALBACK, "result", "text", "dialback key", "XEP-0220 §2.1"),
    Secret(DIALBACK, "verify", "text", "dialback key", "XEP-0220 §2.1"),
    Secret(
        DATA_FORMS,
        "field",
        "text",
        "private form field",
        "XEP-0004 §3.3",
        when="type",
        among=("text-private",),
    ),
    # A submitted form need not repeat the types of its fields.
    Secret(
        DATA_FORMS,
        "field",
        "text",
        "private form field",
        "XEP-0004 §3.2",
        when="var",
        among=_PRIVATE_FIELDS,
    ),
)
"""The table.  Of several lines that hold, the first names what it is."""
