"""One client's connection as a machine: bytes in, bytes and effects out, no I/O.

It speaks the server's side of RFC 6120: headers, the features of :mod:`.negotiation`, and
every stanza after that goes to the :class:`~xmppexplore.sandbox.realm.Realm`.  Whoever
carries it calls ``receive`` with what came, ``secured`` once TLS is up, ``lost`` when the
connection is gone, and carries out what ``take`` gives, for this machine and for all others
in ``realm.pending``.
"""

from __future__ import annotations

from typing import Final

from xmppexplore import names
from xmppexplore.sandbox import header
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import BadAddress, address
from xmppexplore.sandbox.effects import Effect
from xmppexplore.sandbox.header import stream_fault
from xmppexplore.sandbox.negotiation import starttls
from xmppexplore.sandbox.negotiation.negotiable import Negotiable
from xmppexplore.sandbox.negotiation.table import ACTS, FEATURES, REQUESTS
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.sasl import UNSECURED, Secured
from xmppexplore.sandbox.stanza import Origin, Stanza
from xmppexplore.wire.element import MAX_DEPTH, Element, parse
from xmppexplore.wire.records import IQ, Item

__all__ = ["Machine"]

_NOT_NOW: Final = frozenset({names.TLS, names.SASL, names.SASL2})
"""Namespaces that are known; an element of theirs that is not taken comes at a wrong time."""
_ERROR: Final = names.qualified(names.STREAMS, "error")


class Machine(Negotiable):
    """The server's side of one client's connection."""

    def secured(self, by: Secured = UNSECURED) -> None:
        """TLS is up: forget what was said in clear and expect a header (RFC 6120 §5.4.3.3)."""
        self.secure = True
        self.secured_by = by
        self.taken = self._carried + self._fed  # all of it was in clear, white space too
        self.restart()

    # --- items

    def _header(self, item: Item, raw: bytes) -> None:
        """Answer a header with ours and the features (RFC 6120 §4.3.2)."""
        read = header.read(raw, item)
        lang = self.context.lang
        self.write(header.response(self.realm.domain, self.realm.tokens(), read.sender, lang))
        self._headed = True
        header.check(read, item, self.context, self.realm.domain)
        account = self.account
        claimed = read.sender._replace(resource="") if read.sender else None
        if account is not None and claimed not in (None, account.address):  # §4.7.1
            raise stream_fault("invalid-from", f"you are {account.address}")
        self.origin = Origin.of(self.context)
        self.sender = read.sender
        self.offer()
        self.phase = "binding" if account else "login"
        if read.closed:
            self._close()

    def offer(self) -> None:
        """Write what may be negotiated now (RFC 6120 §4.3.2)."""
        offered = "".join(feature.offer(self) for feature in FEATURES)
        if self.account is not None:
            offered += self.realm.stream_features
        self.write(f"<stream:features>{offered}</stream:features>")

    def inline_offer(self) -> str:
        """Return what may be asked for together with the login (XEP-0388 §2.1)."""
        offers = (feature.inline_offer for feature in FEATURES if feature.inline_offer)
        return "".join(offer(self) for offer in offers)

    def go_in(self, account: Account, request: Element | None) -> tuple[str, list[Effect]]:
        """Become an account, then do what was asked for with the login; see there."""
        written, answers = len(self._outbox), []
        self.become(account)
        self.phase = "binding"
        for feature in FEATURES:
            for name, run in feature.inline.items():
                wanted = request.find(name) if request is not None else None
                if wanted is not None and not self._footed:
                    answers.append(run(self, wanted))
        late = self._outbox[written:]
        del self._outbox[written:]
        return "".join(answers), late

    def _refuse_early(self, behind: bytes) -> None:
        starttls.proceed(self, behind)

    def _stanza(self, item: Item, raw: bytes) -> None:
        resource = self.resource
        if resource is None:
            self._check_account()
            request = REQUESTS.get((self.phase, item.payload)) if item.kind == IQ else None
            if request is None:  # §4.9.3.12, and §7.1 for what comes before binding
                raise stream_fault("not-authorized", "log in and bind a resource first")
            request(self, item, raw)
            return
        if item.namespace != names.CLIENT:
            raise stream_fault("invalid-namespace", f"stanzas are in {names.CLIENT} here")
        if item.sender:
            _check_sender(item.sender, resource)
        stanza = Stanza(item, raw, resource, self.origin, self.now)
        if raw.count(b"</") > MAX_DEPTH:
            _ = stanza.element  # raises where it is nested deeper than anybody reads
        if self.managed is not None:
            self.managed.count()
        self.realm.receive(stanza)

    def _nonza(self, item: Item, raw: bytes) -> None:
        name = names.qualified(item.namespace, item.name)
        if self.resource is None:
            self._check_account()
        act = ACTS.get((self.phase, name))
        handler = self.realm.nonzas.get(name)
        if act is not None:
            act(self, parse(raw, self.context))
        elif handler is not None and self.resource is not None:
            handler(self.realm, self.resource, parse(raw, self.context))
        elif name == _ERROR:  # the client has ended its stream (§4.9.1.1)
            self._close()
        elif item.namespace in _NOT_NOW:
            raise stream_fault("policy-violation", f"<{item.name}/> is not expected here")
        else:
            raise stream_fault("unsupported-stanza-type", f"{name} is not known here")

    def _check_account(self) -> None:
        """Refuse to go on as an account that was removed since the login."""
        account = self.account
        if account is not None and self.realm.account(account.address.local) is not account:
            raise stream_fault("not-authorized", "this account is removed")


def _check_sender(sender: str, resource: Resource) -> None:
    """Refuse a stanza in another's name (RFC 6120 §8.1.2.1)."""
    own = resource.address
    try:
        claimed = address(sender)
    except BadAddress as error:
        raise stream_fault("invalid-from", str(error)) from error
    if claimed not in (own, own._replace(resource="")):
        raise stream_fault("invalid-from", f"you are {own}")
