"""What stands in the connect panel: fields, facts, and errors told in terms of fields.

The errors of ``connect`` say which argument helps.  Whoever fills in a form has written no
arguments, so each is told by the label of its field, and the panel opens that field.
"""

from __future__ import annotations

import inspect
import math
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xmppexplore.api.connecting import connect
from xmppexplore.errors import (
    AuthenticationError,
    ConnectError,
    StanzaError,
    StreamError,
    UsageError,
)
from xmppexplore.live.client import MECHANISMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xmppexplore.api.session import Session

__all__ = ["DEFAULTS", "FIELDS", "LABELS", "Field", "Told", "arguments", "facts_of", "told"]


class Field(NamedTuple):
    """One field of the form; its name is that of the argument of ``connect``.

    Attributes:
        name: the argument.
        label: what it is called in the panel.
        kind: ``"text"``, ``"password"``, ``"number"``, ``"choice"`` or ``"flag"``.
        more: whether it stands in the folded part.
        hint: shown in it while it is empty.
        choices: (value, label) pairs of a choice; the value ``""`` leaves the argument out.
    """

    name: str
    label: str
    kind: str = "text"
    more: bool = True
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


DEFAULTS: Final[dict[str, Any]] = {
    name: parameter.default for name, parameter in inspect.signature(connect).parameters.items()
}
"""Argument of ``connect`` -> what it is where it is not given."""

TLS: Final = (
    ("", "as the server offers"),
    ("starttls", "STARTTLS"),
    ("direct", "direct TLS"),
    ("none", "none: readable on the path"),
)

FIELDS: Final = (
    Field("jid", "Address", more=False, hint="juliet@capulet.example"),
    Field("password", "Password", "password", more=False),
    Field("host", "Host", hint="what DNS says"),
    Field("port", "Port", "number", hint="5222"),
    Field("tls", "TLS", "choice", choices=TLS),
    Field("ca_file", "CA file", hint="the system's authorities"),
    Field(
        "mechanism", "Mechanism", "choice",
        choices=(("", "the strongest that both know"),
                 *((name, name) for name in sorted(MECHANISMS, reverse=True))),
    ),
    Field("resource", "Resource", hint="the server chooses"),
    Field("timeout", "Time limit (s)", "number", hint=f"{DEFAULTS['timeout']:g}"),
    Field("presence", "Ask for the roster, send presence", "flag"),
    Field("sm", "Stream management", "flag"),
)  # fmt: skip
"""The fields, in the order in which they stand."""

LABELS: Final = {field.name: field.label for field in FIELDS}

_TITLES: Final = {
    "resolve": "No such server", "refused": "Nobody answers there", "timeout": "No answer in time",
    "certificate": "Certificate not trusted", "not-xmpp": "Not XMPP", "closed": "Broken off",
    "tls": "No TLS",
}  # fmt: skip
"""Reason of a ConnectError -> title."""

_OWN_REFUSALS: Final = {
    "no-mechanism": "No way to log in", "server-not-proved": "The server did not prove itself",
}  # fmt: skip
"""Condition under which it is the client that refuses -> title."""

_UNNAMED: Final = (
    ("is no address", "jid"),
    ("no port", "port"),
    ("no TLS mode", "tls"),
    ("a timeout of", "timeout"),
)
"""What a UsageError says where it names no argument -> the field that is meant."""

_WRONG_DOMAIN: Final = frozenset({"resolve", "host-unknown"})
"""Reasons and conditions that mean, most often, a slip in the domain of the address."""

_CALL: Final = re.compile(r"(with )?\bconnect\(([^()]*)\)")
_ARGUMENT: Final = re.compile(
    r"\b(" + "|".join(LABELS) + r""")=("[^"]*"|'[^']*'|\.\.\.|[0-9.]+\b)"""
)
_LONG: Final = re.compile(r"(\S{120})\S+")
"""What has no space in it for so long that what helps would be pushed out of sight."""

_OPEN: Final = frozenset({"...", '"..."', "'...'"})
"""Values that only stand for one."""


class Told(NamedTuple):
    """An error as the panel shows it.

    Attributes:
        title: a few words.
        text: what happened and what to do, in terms of the fields.
        fields: names of the fields that are meant, the first one first.
        reason: ``.reason`` of a ConnectError, ``""`` of any other error.
    """

    title: str
    text: str
    fields: tuple[str, ...] = ()
    reason: str = ""


def told(error: BaseException) -> Told:
    """Return an error in terms of the panel.

    The words of a server stay as they are, and no field is taken from them.

    >>> from xmppexplore.errors import ConnectError
    >>> slow = told(ConnectError("It was slow: connect(..., timeout=...).", reason="timeout"))
    >>> slow.text, slow.fields
    ('It was slow: set “Time limit (s)”.', ('timeout',))
    """
    said = getattr(error, "text", "")
    before, words, after = str(error).partition(repr(said)) if said else (str(error), "", "")
    fields = dict.fromkeys(
        match[1] for part in (before, after) for match in _ARGUMENT.finditer(part)
    )
    text = _reworded(before) + words + _reworded(after)
    reason = error.reason if isinstance(error, ConnectError) else ""
    if isinstance(error, UsageError) and not fields:
        fields = dict.fromkeys(field for sign, field in _UNNAMED if sign in text)
    elif _WRONG_DOMAIN & {reason, getattr(error, "condition", "")}:
        fields = {"jid": None, **fields}
    return Told(_title(error), _LONG.sub(r"\1…", text), tuple(fields), reason)


def _title(error: BaseException) -> str:
    if isinstance(error, ConnectError):
        return _TITLES[error.reason]
    if isinstance(error, AuthenticationError):
        return _OWN_REFUSALS.get(error.condition, "Login refused")
    titles: dict[type, str] = {
        StreamError: "The server ended the stream",
        StanzaError: "Not bound",
        UsageError: "This cannot work",
    }
    return titles.get(type(error), type(error).__name__)


def _reworded(text: str) -> str:
    text = _CALL.sub(_call, text)
    text = _ARGUMENT.sub(lambda match: _label(match[1]), text)
    text = text.replace("error.recording", "panel.recording")
    return re.sub(r"(?<![\w.])error\.(?=\w)", "panel.error.", text)


def _call(match: re.Match[str]) -> str:
    given = _ARGUMENT.findall(match[2])
    if not given:
        return f"{match[1] or ''}connect"
    free = " and ".join(_label(name) for name, value in given if value in _OPEN)
    fixed = " and ".join(
        f"{_label(name)} to {_value(name, value)}" for name, value in given if value not in _OPEN
    )
    if match[1]:  # "with connect(..., tls='direct')" has its verb already
        return match[1] + " and ".join(
            one for one in (free, fixed.replace(" to ", " set to ")) if one
        )
    if free and fixed:  # "set this and that to 5222" would mean both
        return f"fill in {free}, and set {fixed}"
    return f"set {free or fixed}"


def _label(name: str) -> str:
    return f"“{LABELS[name]}”"


def _value(name: str, value: str) -> str:
    plain = value.strip("\"'")
    return dict(TLS).get(plain, plain).partition(":")[0] if name == "tls" else plain


def arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``connect`` for what stands in the form.

    Args:
        values: by the name of the field; what is left empty, or is no field, is left out.

    Raises:
        UsageError: a number is none.
    """
    given: dict[str, Any] = {}
    for field in FIELDS:
        value = values.get(field.name)
        if field.kind == "flag":
            if isinstance(value, bool):
                given[field.name] = value
        elif isinstance(value, str) and (value if field.kind == "password" else value.strip()):
            given[field.name] = value if field.kind == "password" else value.strip()
    for name, kind, such in (("port", int, "5222"), ("timeout", float, "20")):
        if name in given:
            try:
                number = kind(given[name])
                if not math.isfinite(number):
                    raise ValueError
                given[name] = number
            except (ValueError, OverflowError):
                raise UsageError(
                    f"{name}={given[name][:80]!r} is no number: give one, for example {such}"
                ) from None
    return given


def facts_of(session: Session) -> list[tuple[str, str]]:
    """Return what a person wants to know of a session, as label and value."""
    return [
        ("address", session.jid),
        ("server", f"{session.host} port {session.port}"),
        ("TLS", session.tls.partition(";")[0] or "none: readable to everyone on the path"),
        ("mechanism", session.mechanism),
    ]
