"""What rides along in the elements of SASL2: device, binding, resumption, tokens (XEP-0388)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from xmppexplore.names import BIND2, CARBONS, CSI, SASL2, STREAM_MANAGEMENT, qualified
from xmppexplore.reading.sasl_records import Field, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xmppexplore.wire.element import Element

__all__ = ["FAST", "inline_fields"]

FAST: Final = "urn:xmpp:fast:0"  # XEP-0484
UPGRADE: Final = "urn:xmpp:sasl:upgrade:0"  # XEP-0480

MAX_FIELDS: Final = 100  # of one element; real ones have less than ten
MAX_DEPTH: Final = 4


class _Meaning(NamedTuple):
    """What an inline element says; ``attributes`` are its attributes with what they say."""

    label: str
    says: str
    section: str
    attributes: tuple[tuple[str, str], ...] = ()
    secret: bool = False


_TABLE: Final[Mapping[str, _Meaning]] = {
    qualified(SASL2, "user-agent"): _Meaning(
        "client", "Tells the server which program and device logs in.", "XEP-0388",
        (("id", "Is the same at each login of this installation."),),
    ),
    qualified(SASL2, "software"): _Meaning("program", "Names the program, for people.", "XEP-0388"),
    qualified(SASL2, "device"): _Meaning("device", "Names the device, for people.", "XEP-0388"),
    qualified(SASL2, "authorization-identifier"): _Meaning(
        "address", "Is the address that the login gave.", "XEP-0388"
    ),
    qualified(SASL2, "task"): _Meaning("task", "Names something that is yet to do.", "XEP-0388"),
    qualified(SASL2, "text"): _Meaning("text", "Is the server's explanation.", "XEP-0388"),
    qualified(SASL2, "task-data"): _Meaning(
        "task data", "Belongs to the task that is being done.", "XEP-0388", secret=True
    ),
    qualified(BIND2, "bind"): _Meaning(
        "bind", "Asks to bind a resource in the same breath.", "XEP-0386"
    ),
    qualified(BIND2, "tag"): _Meaning(
        "tag", "Is what the server shall begin the resource with.", "XEP-0386"
    ),
    qualified(BIND2, "bound"): _Meaning("bound", "Says that a resource is bound.", "XEP-0386"),
    qualified(STREAM_MANAGEMENT, "enable"): _Meaning(
        "stream management", "Asks to count and acknowledge stanzas.", "XEP-0198",
        (("resume", "Asks for a stream that may be resumed."),
         ("max", "Is for how many seconds, at most.")),
    ),
    qualified(STREAM_MANAGEMENT, "enabled"): _Meaning(
        "stream management", "Says that stanzas are counted from here.", "XEP-0198",
        (("id", "Is what to resume the stream by."),
         ("resume", "Says whether it may be resumed.")),
    ),
    qualified(STREAM_MANAGEMENT, "resume"): _Meaning(
        "resumption", "Asks to go on with an earlier stream.", "XEP-0198",
        (("previd", "Names the earlier stream."), ("h", "Counts the stanzas that came.")),
    ),
    qualified(STREAM_MANAGEMENT, "resumed"): _Meaning(
        "resumption", "Says that the earlier stream goes on.", "XEP-0198",
        (("previd", "Names the earlier stream."), ("h", "Counts the stanzas that came.")),
    ),
    qualified(STREAM_MANAGEMENT, "failed"): _Meaning(
        "stream management", "Says that this did not work.", "XEP-0198"
    ),
    qualified(CARBONS, "enable"): _Meaning(
        "carbons", "Asks for copies of what other devices send and get.", "XEP-0280"
    ),
    qualified(CSI, "active"): _Meaning("activity", "Says that somebody looks.", "XEP-0352"),
    qualified(CSI, "inactive"): _Meaning("activity", "Says that nobody looks.", "XEP-0352"),
    qualified(FAST, "request-token"): _Meaning(
        "token wanted", "Asks for a token to log in with next time.", "XEP-0484",
        (("mechanism", "Names the mechanism that the token is for."),),
    ),
    qualified(FAST, "fast"): _Meaning(
        "token used", "Says that this login uses a token.", "XEP-0484",
        (("count", "Counts the logins with this token, against replays."),
         ("invalidate", "Asks to make the token void.")),
    ),
    qualified(FAST, "token"): _Meaning(
        "token", "Gives a token to log in with next time.", "XEP-0484",
        (("expiry", "Is when it ends."), ("token", "Is the token itself.")), secret=True,
    ),
    qualified(UPGRADE, "salt"): _Meaning(
        "upgrade", "Gives salt and iterations for a stronger hash of the password.", "XEP-0480",
        (("iterations", "Says how often to hash."),), secret=True,
    ),
    qualified(UPGRADE, "hash"): _Meaning(
        "upgrade", "Gives the salted password in a stronger hash.", "XEP-0480", secret=True
    ),
}  # fmt: skip
"""Element -> what it says.  Elements that are not here are named and not explained."""

_OWN: Final[Mapping[str, tuple[str, str]]] = {
    "upgrade": ("upgrade", "Offers a stronger hash of the password afterwards."),
    "task": ("task", "Names the task that the client does now."),
}
"""Attributes of the outer element itself (XEP-0388)."""

_PASSED_OVER: Final = frozenset(
    qualified(SASL2, name)
    for name in ("initial-response", "additional-data", "tasks", "parameters", "supported")
)


def inline_fields(element: Element) -> tuple[Field, ...]:
    """Return what an element of SASL2 says besides its SASL message."""
    fields = [
        Field(f"@{name}", label, shortened(value), says, "XEP-0388")
        for name, (label, says) in _OWN.items()
        if (value := element.get(name))
    ]
    _walk(element, fields, MAX_DEPTH)
    return tuple(fields[:MAX_FIELDS])


def _walk(element: Element, fields: list[Field], depth: int) -> None:
    for child in element.children[:MAX_FIELDS]:
        if len(fields) >= MAX_FIELDS:
            return
        meaning = _TABLE.get(child.qualified)
        if meaning is not None:
            text = shortened(child.text.strip())
            fields.append(
                Field(child.name, meaning.label, text, meaning.says, meaning.section,
                      meaning.secret)
            )  # fmt: skip
            for name, says in meaning.attributes:
                if value := child.get(name):
                    secret = meaning.secret and name != "expiry"
                    fields.append(
                        Field(f"{child.name}@{name}", f"{meaning.label}: {name}", shortened(value),
                              says, meaning.section, secret)
                    )  # fmt: skip
        elif child.qualified not in _PASSED_OVER and depth == MAX_DEPTH:
            says = "Is an inline feature that is not known here."
            fields.append(Field(child.name[:60], "inline feature", "", says, "XEP-0388"))
        if depth > 1:
            _walk(child, fields, depth - 1)
