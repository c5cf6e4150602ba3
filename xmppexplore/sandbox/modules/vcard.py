"""vcard-temp: what people say of themselves, their picture included (XEP-0054)."""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox.conditions import stanza_fault
from xmppexplore.sandbox.features import Answer, Host, Module
from xmppexplore.sandbox.stanza import Stanza
from xmppexplore.sandbox.storage import Table
from xmppexplore.wire.serialise import to_xml

__all__ = ["MODULE", "VCARDS"]

VCARDS: Final = Table("vcards", (), ("xml",))

_VCARD: Final = names.qualified(names.VCARD, "vCard")


def _own(host: Host, request: Stanza) -> str:
    """Return the own card, an empty one where there is none (§3.1)."""
    account = host.accounts[request.resource.address.local]
    kept: str = account.notes.get("vcard", f"<vCard xmlns='{names.VCARD}'/>")
    return kept


def _get(_host: Host, request: Stanza) -> str:
    """Return the card of another; one without is like one who is not there (§3.3)."""
    account = request.account
    kept: str = account.notes.get("vcard", "") if account is not None else ""
    if not kept:
        raise stanza_fault("service-unavailable")
    return kept


def _set(host: Host, request: Stanza) -> None:
    """Keep a card in place of the one before (§3.2)."""
    account = host.accounts[request.resource.address.local]
    written = to_xml(request.element.children[0])
    if len(written.encode()) > host.limits.vcard_bytes:
        raise stanza_fault(
            "resource-constraint", f"a vCard has no more than {host.limits.vcard_bytes} bytes"
        )
    account.notes["vcard"] = written
    host.storage.put(VCARDS, account.address.local, written)


def _other(_host: Host, _request: Stanza) -> None:
    raise stanza_fault("forbidden", "the vCard of another account")  # §3.2


def _load(host: Host) -> None:
    for owner, xml in host.storage.rows(VCARDS):
        account = host.accounts.get(str(owner))
        if account is not None:
            account.notes["vcard"] = str(xml)


MODULE: Final = Module(
    name="vcard",
    document="XEP-0054",
    answers=(
        Answer(_VCARD, "get", _own, ("own",)),
        Answer(_VCARD, "get", _get, ("account",)),
        Answer(_VCARD, "set", _set, ("own",)),
        Answer(_VCARD, "set", _other, ("account",)),
    ),
    features={"server": (names.VCARD,), "account": (names.VCARD,)},
    tables=(VCARDS,),
    load=_load,
)
