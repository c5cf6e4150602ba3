"""One client's connection as a machine: bytes in, bytes and effects out, no I/O.

It speaks the server's side of RFC 6120 up to binding and hands every stanza after that to
the :class:`~xmppexplore.sandbox.realm.Realm`.  Whoever carries it calls ``receive`` with
what came, ``secured`` once TLS is up, ``lost`` when the connection is gone, and carries out
what ``take`` gives, for this machine and for all others in ``realm.pending``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from xmppexplore import names
from xmppexplore.errors import AuthenticationError, StanzaError
from xmppexplore.sandbox import header, sasl
from xmppexplore.sandbox.accounts import Account
from xmppexplore.sandbox.addresses import Address, BadAddress, address
from xmppexplore.sandbox.conditions import sasl_failure, stanza_error
from xmppexplore.sandbox.effects import Mark, StartTLS
from xmppexplore.sandbox.header import stream_fault
from xmppexplore.sandbox.markup import attributes, text
from xmppexplore.sandbox.realm import Realm
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.stanza import Origin, Stanza
from xmppexplore.sandbox.stream import Stream
from xmppexplore.wire.element import MAX_DEPTH, Element, parse
from xmppexplore.wire.records import IQ, Context, Item

__all__ = ["Machine"]

_BIND: Final = names.qualified(names.BIND, "bind")
_RESOURCE: Final = names.qualified(names.BIND, "resource")


class Machine(Stream):
    """The server's side of one client's connection.

    Args:
        realm: what is behind it.
        tls: whether TLS is required before login (RFC 6120 §5.3.1).
        secure: whether TLS is up from the first byte on (XEP-0368).

    Attributes:
        secure: whether TLS is up.
    """

    def __init__(self, realm: Realm, *, tls: bool = True, secure: bool = False) -> None:
        super().__init__(realm)
        self.secure = secure
        self._tls = tls
        self._account: Account | None = None
        self._exchange: sasl.Exchange | None = None
        self._mechanism = ""
        self._failures = 0
        self._origin = Origin.of(Context())

    def secured(self) -> None:
        """TLS is up: forget what was said in clear and expect a header (RFC 6120 §5.4.3.3)."""
        self.secure = True
        self._begin()

    # --- items

    def _header(self, item: Item, raw: bytes) -> None:
        """Answer a header with ours and the features (RFC 6120 §4.3.2)."""
        context = self._splitter.context
        read = header.read(raw, item)
        self._write(header.response(self.realm.domain, self.realm.tokens(), read.sender))
        self._headed = True
        header.check(read, item, context, self.realm.domain)
        account = self._account
        claimed = read.sender._replace(resource="") if read.sender else None
        if account is not None and claimed not in (None, account.address):  # §4.7.1
            raise stream_fault("invalid-from", f"you are {account.address}")
        self._origin = Origin.of(context)
        self._write(f"<stream:features>{self._features()}</stream:features>")
        self.phase = "binding" if account else "login"
        if read.closed:
            self._close()

    def _features(self) -> str:
        """Return what may be negotiated now; TLS comes before anything else (§5.3.4)."""
        if self._account is not None:
            return f"<bind xmlns='{names.BIND}'/>{self.realm.stream_features}"
        if self._tls and not self.secure:
            return f"<starttls xmlns='{names.TLS}'><required/></starttls>"
        offered = "".join(
            f"<mechanism>{name}</mechanism>"
            for name in sasl.MECHANISMS
            if self.secure or name != "PLAIN"
        )
        return f"<mechanisms xmlns='{names.SASL}'>{offered}</mechanisms>"

    def _stanza(self, item: Item, raw: bytes) -> None:
        resource = self.resource
        if resource is None:
            if self.phase == "binding" and item.kind == IQ and item.payload == _BIND:
                self._bind(item, raw)
                return
            # §4.9.3.12, and §7.1 for what comes before binding
            raise stream_fault("not-authorized", "log in and bind a resource first")
        if item.namespace != names.CLIENT:
            raise stream_fault("invalid-namespace", f"stanzas are in {names.CLIENT} here")
        if item.sender:
            _check_sender(item.sender, resource)
        stanza = Stanza(item, raw, resource, self._origin, self._now)
        if raw.count(b"</") > MAX_DEPTH:
            _ = stanza.element  # raises where it is nested deeper than anybody reads
        self.realm.receive(stanza)

    def _nonza(self, item: Item, raw: bytes) -> None:
        name = names.qualified(item.namespace, item.name)
        act = self._ACTS.get((self.phase, name))
        handler = self.realm.nonzas.get(name)
        if act is not None:
            act(self, parse(raw, self._splitter.context))
        elif handler is not None and self.resource is not None:
            handler(self.realm, self.resource, parse(raw, self._splitter.context))
        elif item.namespace in (names.TLS, names.SASL):  # known, but not now
            raise stream_fault("policy-violation", f"<{item.name}/> is not expected here")
        else:
            raise stream_fault("unsupported-stanza-type", f"{name} is not known here")

    # --- TLS

    def _starttls(self, _element: Element) -> None:
        """Agree to TLS, or fail and close (RFC 6120 §5.4.2)."""
        if self._tls and not self.secure:
            self.phase = "securing"
        else:
            self._fail_tls()

    def _refuse_early(self, behind: bytes) -> None:
        """Proceed to TLS unless bytes in clear stand behind the request for it.

        Whoever is on the path could have put them there, to be taken for what came under
        TLS; white space says nothing and is dropped.
        """
        if behind.strip(b" \t\r\n"):
            self._fail_tls()
        else:
            self._write(f"<proceed xmlns='{names.TLS}'/>")
            self.emit(StartTLS())

    def _fail_tls(self) -> None:
        self._write(f"<failure xmlns='{names.TLS}'/></stream:stream>")
        self._finish("")

    # --- SASL

    def _auth(self, element: Element) -> None:
        """Begin an exchange (RFC 6120 §6.4.2)."""
        self._mechanism = name = element.get("mechanism") or ""
        try:
            if not self.secure and (self._tls or name == "PLAIN"):
                words = "start TLS first"
                raise AuthenticationError(words, condition="encryption-required", text=words)
            self._exchange = sasl.start(self.realm, name)
        except AuthenticationError as failure:
            self._fail_sasl(failure)
            return
        self.phase = "sasl"
        if element.text:
            self._respond(element)
        else:  # the mechanism needs the client's message first: ask for it (RFC 4422 §3)
            self._write(f"<challenge xmlns='{names.SASL}'/>")

    def _respond(self, element: Element) -> None:
        """Go on with an exchange (RFC 6120 §6.4.3)."""
        exchange = self._exchange
        if exchange is None:
            raise stream_fault("policy-violation", "no exchange is under way")
        try:
            challenge = exchange.send(sasl.decode(element.text))
        except AuthenticationError as failure:
            self._fail_sasl(failure)
        except StopIteration as end:
            self._succeed(end.value)
        else:
            content = sasl.encode(challenge or b"")
            self._write(f"<challenge xmlns='{names.SASL}'>{content}</challenge>")

    def _abort(self, _element: Element) -> None:
        """Stop an exchange at the client's wish (RFC 6120 §6.4.4)."""
        self._fail_sasl(AuthenticationError("", condition="aborted"))

    def _fail_sasl(self, failure: AuthenticationError) -> None:
        """Tell the failure; after too many the stream ends (RFC 6120 §6.4.5)."""
        self._exchange = None
        self.phase = "login"
        self._failures += 1
        self._write(sasl_failure(failure.condition, failure.text))
        if self._failures >= self.realm.limits.sasl_failures:
            raise stream_fault("policy-violation", f"{self._failures} failed attempts to log in")

    def _succeed(self, proved: sasl.Proved) -> None:
        """Tell the success and expect a new header (RFC 6120 §6.4.6)."""
        self._exchange = None
        self._account = proved.account
        self.authenticated = True
        content = sasl.encode(proved.data)
        body = f">{content}</success>" if content else "/>"
        self._write(f"<success xmlns='{names.SASL}'{body}")
        self.emit(Mark("authenticated", f"{proved.account.address} by {self._mechanism}"))
        self.emit(Mark("restarted"))
        self._begin()

    # --- binding

    def _bind(self, item: Item, raw: bytes) -> None:
        """Connect a resource (RFC 6120 §7.6, §7.7)."""
        account = self._account
        element = parse(raw, self._splitter.context)
        wanted = element.find(_BIND)
        if account is None or wanted is None:
            raise stream_fault("not-authorized", "log in first")
        try:
            if item.type != "set" or not item.id or len(element.children) != 1:
                words = "bind with one iq of type set that has an id"
                raise StanzaError(words, condition="bad-request", text=words)
            asked = wanted.find(_RESOURCE)
            resource = self.realm.bind(self, account, asked.text if asked is not None else "")
        except StanzaError as refusal:
            head = attributes({"type": "error", "id": item.id})
            error = stanza_error(refusal.condition, refusal.type, refusal.text)
            self._write(f"<iq{head}>{error}</iq>")
            return
        self.resource = resource
        self.phase = "ready"
        self._write(
            f"<iq{attributes({'type': 'result', 'id': item.id})}>"
            f"<bind xmlns='{names.BIND}'><jid>{text(str(resource.address))}</jid></bind></iq>"
        )
        self.emit(Mark("bound", str(resource.address)))

    _ACTS: ClassVar[Mapping[tuple[str, str], Callable[[Machine, Element], None]]] = {
        ("login", names.qualified(names.TLS, "starttls")): _starttls,
        ("login", names.qualified(names.SASL, "auth")): _auth,
        ("sasl", names.qualified(names.SASL, "response")): _respond,
        ("sasl", names.qualified(names.SASL, "abort")): _abort,
    }


def _check_sender(sender: str, resource: Resource) -> None:
    """Refuse a stanza in another's name (RFC 6120 §8.1.2.1)."""
    own: Address = resource.address
    try:
        claimed = address(sender)
    except BadAddress as error:
        raise stream_fault("invalid-from", str(error)) from error
    if claimed not in (own, own._replace(resource="")):
        raise stream_fault("invalid-from", f"you are {own}")
