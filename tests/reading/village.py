"""A village of a few people and one server, small enough to be seen to be right.

It keeps a subscription as four yes or no (to, from, a request out, a request in), not as a
table of nine states, and writes down what each client and the server say to each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.reading.transcripts import BIND, HEADER_IN, HEADER_OUT
from xmppexplore.store.columns import Columns
from xmppexplore.store.log import Log
from xmppexplore.wire.records import IN, OUT

DOMAIN = "capulet.example"
STEP_NS = 1_000_000
BOUND = f"<iq type='result' id='b'><bind {BIND.decode()}><jid>" + "{}</jid></bind></iq>"

Line = tuple[int, str, str]
"""Connection, ``"client"`` or ``"server"`` (who says it), and what."""


def address(name: str) -> str:
    """Return a person's bare address."""
    return f"{name}@{DOMAIN}"


@dataclass
class Half:
    """How one person stands towards another."""

    to: bool = False
    from_: bool = False
    out: bool = False
    waiting: bool = False

    @property
    def name(self) -> str:
        """The short name of RFC 6121 A.1."""
        if self.to or self.from_:
            word = "Both" if self.to and self.from_ else "To" if self.to else "From"
        else:
            word = "None"
        return word + ("+PO" if self.out else "") + ("+PI" if self.waiting else "")

    @property
    def item(self) -> str:
        """The attributes of the roster item."""
        word = "both" if self.to and self.from_ else "to" if self.to else "none"
        word = "from" if self.from_ and not self.to else word
        return f"subscription='{word}'" + (" ask='subscribe'" if self.out else "")


@dataclass
class Village:
    """People, their clients and what was said.

    Attributes:
        lines: everything said, in order.
        clients: name -> connections of the person's clients.
        bonds: (name, other) -> how the first stands towards the second.
    """

    lines: list[Line] = field(default_factory=list)
    clients: dict[str, list[int]] = field(default_factory=dict)
    bonds: dict[tuple[str, str], Half] = field(default_factory=dict)
    connections: int = 0

    def log_in(self, name: str, resource: str, roster: bool = True) -> int:
        """Log a client in; it asks for the roster and says that it is here."""
        number = self.connections
        self.connections += 1
        self.lines += [
            (number, "client", HEADER_OUT.decode()),
            (number, "server", HEADER_IN.decode()),
            (
                number,
                "server",
                BOUND.format(f"{address(name)}/{resource}"),
            ),
        ]
        if roster:
            self.ask_for_roster(name, number)
            self.lines.append((number, "client", "<presence/>"))
            self.clients.setdefault(name, []).append(number)
            for (whose, other), half in self.bonds.items():
                if whose == name and half.waiting:
                    self._deliver(number, other, name, "subscribe")
        return number

    def ask_for_roster(self, name: str, number: int) -> None:
        """Ask for the roster on a connection, and answer."""
        items = "".join(
            f"<item jid='{address(other)}' {half.item}/>"
            for (whose, other), half in self.bonds.items()
            if whose == name and half.name not in ("None", "None+PI")
        )
        query = "<query xmlns='jabber:iq:roster'"
        self.lines += [
            (number, "client", f"<iq type='get' id='r'>{query}/></iq>"),
            (number, "server", f"<iq type='result' id='r'>{query}>{items}</query></iq>"),
        ]

    def say(self, number: int, name: str, other: str, *types: str) -> None:
        """Send subscription stanzas in one breath; the server then works on each."""
        self.lines += [
            (number, "client", f"<presence type='{kind}' to='{address(other)}'/>") for kind in types
        ]
        for kind in types:
            self._outbound(name, other, kind)

    def half(self, name: str, other: str) -> Half:
        """Return how one stands towards another."""
        return self.bonds.setdefault((name, other), Half())

    def _deliver(self, number: int, sender: str, name: str, type: str) -> None:
        line = f"<presence type='{type}' from='{address(sender)}' to='{address(name)}'/>"
        self.lines.append((number, "server", line))

    def _push(self, name: str, other: str, before: str) -> None:
        half = self.half(name, other)
        if half.item != before:
            for number in self.clients.get(name, ()):
                item = f"<item jid='{address(other)}' {half.item}/>"
                push = f"<query xmlns='jabber:iq:roster'>{item}</query>"
                self.lines.append((number, "server", f"<iq type='set' id='p'>{push}</iq>"))

    def _outbound(self, name: str, other: str, type: str) -> None:
        half = self.half(name, other)
        before, routed = half.item, True
        if type == "subscribe":
            half.out = half.out or not half.to
        elif type == "unsubscribe":
            half.to = half.out = False
        elif type == "subscribed":
            routed = half.waiting
            half.from_, half.waiting = half.from_ or half.waiting, False
        else:
            routed = half.waiting or half.from_
            half.from_ = half.waiting = False
        self._push(name, other, before)
        if routed:
            self._inbound(other, name, type)

    def _inbound(self, name: str, sender: str, type: str) -> None:
        half = self.half(name, sender)
        before, delivered = half.item, True
        if type == "subscribe":
            if half.from_:
                self._inbound(sender, name, "subscribed")
            delivered = not half.from_ and not half.waiting
            half.waiting = half.waiting or delivered
        elif type == "unsubscribe":
            delivered = half.from_ or half.waiting
            half.from_ = half.waiting = False
        elif type == "subscribed":
            delivered = half.out
            half.to, half.out = half.to or half.out, False
        else:
            delivered = half.to or half.out
            half.to = half.out = False
        if delivered:
            for number in self.clients.get(name, ()):
                self._deliver(number, sender, name, type)
        self._push(name, sender, before)

    def log(self, role: str = "initiator") -> Log:
        """Return an empty log with the village's connections."""
        log = Log((0, 1_780_000_000_000_000_000))
        for number in range(self.connections):
            log.connect(role, f"client {number}", 0, session=f"client {number}")
        return log

    def play(self, log: Log, line: Line, chunk: int = 1 << 20) -> None:
        """Append one line to a log, its bytes in chunks of at most ``chunk``."""
        number, by, said = line
        client = OUT if log.connections[number].role == "initiator" else IN
        direction = client if by == "client" else 1 - client
        data = said.encode()
        for start in range(0, len(data), chunk):
            at = log.chunk_count * STEP_NS
            log.chunk(number, direction, data[start : start + chunk], at)

    def columns(self, role: str = "initiator") -> Columns:
        """Return everything that was said as columns."""
        log = self.log(role)
        for line in self.lines:
            self.play(log, line)
        return Columns(log)
