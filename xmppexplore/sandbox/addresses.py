"""Addresses: cutting, preparing and comparing them (RFC 7622).

Two addresses are equal when their prepared forms are, octet by octet (RFC 7622 §4), so
everything in the sandbox looks names up by what :func:`address` returns.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final, NamedTuple

import idna
from precis_i18n import get_profile

__all__ = ["Address", "BadAddress", "address", "domainpart", "localpart", "resourcepart"]

MAX_PART_BYTES: Final = 1023  # RFC 7622 §3.2, §3.3, §3.4: each part, in UTF-8
MAX_ADDRESS_BYTES: Final = 3 * MAX_PART_BYTES + 2

_FORBIDDEN_IN_LOCAL: Final = frozenset("\"&'/:<>@")  # RFC 7622 §3.3.1
_PLAIN_LOCAL: Final = re.compile(r"[!#$%()*+,\-.0-9;=?A-Z\[\\\]^_`a-z{|}~]+")
_PLAIN_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_PLAIN_RESOURCE: Final = re.compile(r"[ -~]+")

_LOCAL: Final = get_profile("UsernameCaseMapped")  # RFC 8265 §3.3
_RESOURCE: Final = get_profile("OpaqueString")  # RFC 8265 §4.2


class BadAddress(ValueError):
    """A text that is no address; the message says which part breaks which rule."""


class Address(NamedTuple):
    """A prepared address, or one that stands for nobody where all its parts are empty.

    Attributes:
        local: the part before ``@``; ``""`` for a domain.
        domain: the domain, as Unicode.
        resource: the part behind the first ``/``; ``""`` for a bare address.
    """

    local: str
    domain: str
    resource: str = ""

    @property
    def bare(self) -> str:
        """The address without its resource."""
        return f"{self.local}@{self.domain}" if self.local else self.domain

    def __str__(self) -> str:
        return f"{self.bare}/{self.resource}" if self.resource else self.bare


def _bounded(text: str, part: str) -> str:
    """Return a prepared part, or refuse one that is empty or longer than 1023 octets."""
    if not 0 < len(text.encode("utf-8", "surrogatepass")) <= MAX_PART_BYTES:
        raise BadAddress(f"the {part} must have 1 to {MAX_PART_BYTES} octets (RFC 7622 §3)")
    return text


def _fault(text: str, error: Exception) -> str:
    """Say in words what PRECIS refuses; its own text speaks of codecs."""
    if not text:
        return "is empty"
    if isinstance(error, UnicodeEncodeError):
        at = error.object[error.start : error.end]
        return f"may not hold {at!r}" if at else "is empty when prepared"
    return f"is not allowed: {error}"


def localpart(text: str) -> str:
    """Prepare the part before ``@`` (RFC 7622 §3.3).

    Raises:
        BadAddress: it is empty, too long or holds a character that it may not hold.

    >>> localpart("Juliet")
    'juliet'
    """
    if _PLAIN_LOCAL.fullmatch(text):
        return _bounded(text.lower(), "localpart")
    if _FORBIDDEN_IN_LOCAL & set(text):
        raise BadAddress("the localpart may not hold any of \" & ' / : < > @ (RFC 7622 §3.3.1)")
    try:
        prepared = _LOCAL.enforce(text)
    except (UnicodeError, ValueError) as error:
        raise BadAddress(f"the localpart {_fault(text, error)} (RFC 7622 §3.3)") from error
    if _FORBIDDEN_IN_LOCAL & set(prepared):  # width mapping can bring one in
        raise BadAddress("the localpart may not hold any of \" & ' / : < > @ (RFC 7622 §3.3.1)")
    return _bounded(prepared, "localpart")


def domainpart(text: str) -> str:
    """Prepare a domain, an IPv4 address or an IPv6 address in brackets (RFC 7622 §3.2).

    Raises:
        BadAddress: it is none of them.

    >>> domainpart("Capulet.Example.")
    'capulet.example'
    """
    _bounded(text, "domainpart")
    if text.startswith("[") and text.endswith("]"):
        if "%" in text:  # a zone may hold any character, and means nothing to others
            raise BadAddress("an IPv6 address in the domainpart has no zone (RFC 7622 §3.2)")
        try:
            return f"[{ipaddress.IPv6Address(text[1:-1]).compressed}]"
        except ValueError as error:
            raise BadAddress(f"no IPv6 address in the domainpart: {error}") from error
    lowered = text.removesuffix(".").lower()
    labels = lowered.split(".")
    # An A-label ("xn--...") has to become Unicode first, so it takes the long way.
    if "xn--" not in lowered and all(_PLAIN_LABEL.fullmatch(label) for label in labels):
        return lowered
    try:
        return idna.decode(idna.encode(lowered, uts46=True))
    except (idna.IDNAError, UnicodeError) as error:
        raise BadAddress(f"the domainpart is not allowed (RFC 7622 §3.2): {error}") from error


def resourcepart(text: str) -> str:
    """Prepare the part behind ``/`` (RFC 7622 §3.4); its case is kept.

    Raises:
        BadAddress: it is empty, too long or holds a character that it may not hold.
    """
    if _PLAIN_RESOURCE.fullmatch(text):
        return _bounded(text, "resourcepart")
    try:
        prepared = _RESOURCE.enforce(text)
    except (UnicodeError, ValueError) as error:
        raise BadAddress(f"the resourcepart {_fault(text, error)} (RFC 7622 §3.4)") from error
    return _bounded(prepared, "resourcepart")


@lru_cache(maxsize=4096)
def address(text: str) -> Address:
    """Cut an address at its first ``/``, then at the first ``@`` before it, and prepare it.

    Raises:
        BadAddress: it is no address.

    >>> address("Romeo@Montague.Example/Orchard")
    Address(local='romeo', domain='montague.example', resource='Orchard')
    >>> str(address("b/a@c"))
    'b/a@c'
    """
    if len(text) > MAX_ADDRESS_BYTES:
        raise BadAddress(f"an address has at most {MAX_ADDRESS_BYTES} octets (RFC 7622 §3.1)")
    bare, slash, resource = text.partition("/")
    local, at, domain = bare.partition("@")
    if not at:
        local, domain = "", bare
    return Address(
        localpart(local) if at else "",
        domainpart(domain),
        resourcepart(resource) if slash else "",
    )
