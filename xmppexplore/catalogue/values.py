"""Value types: what a value may look like, and what it means to a reader.

A type is checked by what the documents require, and read into words where its written
form hides its meaning: times, base64, hashes.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import ipaddress
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

__all__ = ["VALUE_TYPES", "ValueType", "decoded", "fault"]

MAX_DECODED: Final = 60
"""Characters of decoded bytes that are shown."""
_MAX_CHECKED: Final = 100_000  # characters of a value that a regular expression looks at

_DATE: Final = r"(-?\d{4,})-(\d\d)-(\d\d)"
_ZONE: Final = r"(Z|[+-]\d\d:\d\d)"
_TIME: Final = r"(\d\d):(\d\d):(\d\d)(\.\d+)?"
# Possessive: white space could go to either end, and each division of it would be tried.
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]*+={0,2}\s*")
_WORD: Final = re.compile(r"\S+")
_LANG: Final = re.compile(r"([A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)?")  # RFC 5646, loosely
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S*")
_MIME: Final = re.compile(r"[\w!#$&^.+\-]+/[\w!#$&^.+\-*]+(\s*;.*)?", re.DOTALL)
_DECIMAL: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


class ValueType(NamedTuple):
    """A type of values.

    Attributes:
        says: what a value of it is, after "is not".
        fault: ``fault(text) -> bool``, whether the text is none.
        decoded: ``decoded(text) -> str``, its meaning in words; ``""`` where its written
            form says it all.
    """

    says: str
    fault: Callable[[str], bool]
    decoded: Callable[[str], str] = lambda _text: ""


def _pattern(expression: str | re.Pattern[str]) -> Callable[[str], bool]:
    compiled = re.compile(expression) if isinstance(expression, str) else expression
    return lambda text: compiled.fullmatch(text, 0, _MAX_CHECKED) is None


def _number(least: int | None = None, most: int | None = None) -> Callable[[str], bool]:
    def fault(text: str) -> bool:
        if re.fullmatch(r"\s*[+-]?[0-9]{1,30}\s*", text) is None:
            return True
        number = int(text)
        return (least is not None and number < least) or (most is not None and number > most)

    return fault


def _address(*, local: bool | None = None, resource: bool | None = None) -> Callable[[str], bool]:
    """Tell roughly: whether the parts are there, not whether PRECIS allows them."""

    def fault(text: str) -> bool:
        bare, slash, behind = text.partition("/")
        name, at, domain = bare.rpartition("@") if bare.count("@") <= 1 else ("", "", "")
        if not domain or any(mark in "<>\"'& \t\r\n" for mark in bare) or (at and not name):
            return True
        if slash and not behind:
            return True
        return (resource is not None and bool(slash) is not resource) or (
            local is not None and bool(at) is not local
        )

    return fault


def _moment(text: str) -> dt.datetime | None:
    """Read a moment of XEP-0082 §3.2, without trusting its size."""
    found = re.fullmatch(rf"{_DATE}T{_TIME}{_ZONE}", text.strip())
    if found is None or len(text) > _MAX_CHECKED:
        return None
    year, month, day, hour, minute, second, _, zone = found.groups()
    try:
        moment = dt.datetime(
            int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59),
            tzinfo=dt.UTC,
        )  # fmt: skip
        if zone == "Z":
            return moment
        ahead = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        return moment - ahead if zone[0] == "+" else moment + ahead
    except (ValueError, OverflowError):
        return None


_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def _in_words(moment: dt.datetime) -> str:
    return (
        f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, "
        f"{moment.hour:02}:{moment.minute:02}:{moment.second:02} UTC"
    )


def _datetime_words(text: str) -> str:
    moment = _moment(text)
    return _in_words(moment) if moment else ""


def _legacy(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.strptime(text.strip(), "%Y%m%dT%H:%M:%S")  # noqa: DTZ007 - always UTC
    except ValueError:
        return None
    return moment.replace(tzinfo=dt.UTC)


def _legacy_words(text: str) -> str:
    moment = _legacy(text)
    return _in_words(moment) if moment else ""


def _date_fault(text: str) -> bool:
    found = re.fullmatch(_DATE, text.strip())
    if found is None:
        return True
    try:
        dt.date(*(int(part) for part in found.groups()))
    except (ValueError, OverflowError):
        return True
    return False


def unpacked(text: str) -> bytes | None:
    """Return the bytes of base64 text, white space allowed (RFC 4648 §4); ``None`` if none."""
    if _BASE64.fullmatch(text) is None:
        return None
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _bytes_words(data: bytes) -> str:
    count = f"{len(data):,} byte{'' if len(data) == 1 else 's'}"
    try:
        text = data[: 4 * MAX_DECODED].decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if data and text.isprintable() and text:
        shown = text[:MAX_DECODED] + ("..." if len(data) > MAX_DECODED else "")
        return f"{count}: {shown!r}"
    head = data[:16].hex(" ")
    return f"{count}: {head}{' ...' if len(data) > 16 else ''}" if data else count


def _base64_words(text: str) -> str:
    data = unpacked(text)
    return "" if data is None else _bytes_words(data)


def _ip_fault(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return True
    return False


def _uuid_fault(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return True
    return False


def _seconds_words(text: str) -> str:
    if VALUE_TYPES["unsigned"].fault(text) or int(text) < 60:
        return ""
    minutes, seconds = divmod(int(text), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number:,} {unit}" for number, unit in parts if number)


def _boolean_words(text: str) -> str:
    return {"1": "true", "0": "false"}.get(text.strip(), "")


VALUE_TYPES: Final[Mapping[str, ValueType]] = {
    "text": ValueType("text", lambda _text: False),
    "none": ValueType("empty", lambda text: bool(text.strip())),
    "word": ValueType("one word without white space", _pattern(_WORD)),
    "jid": ValueType("an address (RFC 7622 §3.1)", _address()),
    "bare jid": ValueType("an address without a resource", _address(resource=False)),
    "full jid": ValueType("an address with a resource", _address(resource=True)),
    "domain": ValueType("a domain", _address(local=False, resource=False)),
    "integer": ValueType("a whole number", _number()),
    "unsigned": ValueType("a whole number from 0 on", _number(0)),
    "positive": ValueType("a whole number from 1 on", _number(1)),
    "short unsigned": ValueType("a number from 0 to 65535", _number(0, 65535)),
    "byte": ValueType("a number from -128 to 127", _number(-128, 127)),
    "port": ValueType("a port from 0 to 65535", _number(0, 65535)),
    "decimal": ValueType("a number", _pattern(_DECIMAL)),
    "seconds": ValueType("a number of seconds", _number(0), _seconds_words),
    "boolean": ValueType(
        "true or false (or 1 or 0)", _pattern(r"\s*(true|false|1|0)\s*"), _boolean_words
    ),
    "datetime": ValueType(
        "a time as 2026-01-31T12:00:00Z (XEP-0082)",
        lambda text: _moment(text) is None,
        _datetime_words,
    ),
    "date": ValueType("a date as 2026-01-31 (XEP-0082)", _date_fault),
    "time": ValueType("a time of day as 12:00:00 (XEP-0082)", _pattern(rf"\s*{_TIME}{_ZONE}?\s*")),
    "timezone": ValueType("an offset as +01:00 or Z (XEP-0082)", _pattern(rf"\s*{_ZONE}\s*")),
    "legacy datetime": ValueType(
        "a time as 20260131T12:00:00 (XEP-0091)",
        lambda text: _legacy(text) is None,
        _legacy_words,
    ),
    "base64": ValueType("base64 (RFC 4648 §4)", lambda text: unpacked(text) is None, _base64_words),
    "sasl data": ValueType(
        "base64, or = for nothing (RFC 6120 §6.4.2)",
        lambda text: text.strip() != "=" and unpacked(text) is None,
        lambda text: "an empty message" if text.strip() == "=" else _base64_words(text),
    ),
    "hex": ValueType("hexadecimal", _pattern(r"\s*+([0-9A-Fa-f]{2})*\s*")),
    "sha1 hex": ValueType("40 hexadecimal digits", _pattern(r"\s*[0-9A-Fa-f]{40}\s*")),
    "uri": ValueType("a URI", _pattern(_URI)),
    "lang": ValueType("a language tag as en-GB (RFC 5646)", _pattern(_LANG)),
    "ip": ValueType("an IP address", _ip_fault),
    "host": ValueType("a host", _pattern(r"[^\s/@]+")),
    "uuid": ValueType("a UUID (RFC 4122)", _uuid_fault),
    "mime": ValueType("a media type as image/png", _pattern(_MIME)),
    "clark": ValueType("a name as {namespace}local", _pattern(r"(\{[^{}]*\})?[^\s{}]+")),
    "xpath": ValueType("an XPath expression", lambda text: not text.strip()),
}
"""Name of a value type -> what it is."""


def fault(kind: str, text: str) -> str:
    """Return why a text is no value of a type, ``""`` where it is one.

    >>> fault("unsigned", "-1")
    'is not a whole number from 0 on'
    >>> fault("datetime", "2026-01-31T12:00:00Z")
    ''
    """
    found = VALUE_TYPES[kind]
    return f"is not {found.says}" if found.fault(text) else ""


def decoded(kind: str, text: str) -> str:
    """Return what a value of a type means in words, ``""`` where it speaks for itself.

    >>> decoded("datetime", "1969-07-21T02:56:15Z")
    '21 July 1969, 02:56:15 UTC'
    >>> decoded("base64", "SGk=")
    "2 bytes: 'Hi'"
    """
    return VALUE_TYPES[kind].decoded(text)
