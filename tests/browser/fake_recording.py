"""A recording made up of generated items, for tests of the widgets alone.

It gives rows, details and wake-ups as the real one does, without a network and as fast
as wanted.  Row ``n`` can be told from ``n``, so that a test knows what it must see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

HOSTILE = (
    "<img src=x onerror=alert(1)> </script><script>alert(2)</script> "
    "a\u202eb\u2066c\u200b $\\href{javascript:alert(3)}{x}$ \x85 \ufeff"
)
"""Text in a body that must be shown as text; it arrives escaped, as XML demands."""


def escape(text: str) -> str:
    """Return text as it stands in XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def item(row: int, body: str = "") -> tuple[str, str, dict[str, str]]:
    """Return direction, XML and columns of one generated item."""
    way = "out" if row % 2 else "in"
    other = "<ping xmlns='urn:xmpp:ping'/>"
    if row % 5 == 4:
        xml = f"<iq id='q{row}' type='get' to='capulet.example'>{other}</iq>"
        kind = {"kind": "iq", "type": "get", "id": f"q{row}", "payload": "{urn:xmpp:ping}ping"}
        return way, xml, {**kind, "sender": "", "recipient": "capulet.example"}
    if row % 50 == 7:
        return way, " ", {"kind": "whitespace", "name": "", "namespace": ""}
    text = body or f"Message number {row}, neither long nor short"
    people = ("romeo@capulet.example/orchard", "juliet@capulet.example/balcony")
    sender, recipient = people if row % 2 else people[::-1]
    xml = (
        f"<message id='m{row}' type='chat' from='{sender}' to='{recipient}'>"
        f"<body>{escape(text)}</body></message>"
    )
    kind = {"kind": "message", "type": "chat", "id": f"m{row}", "payload": "{jabber:client}body"}
    return way, xml, {**kind, "sender": sender, "recipient": recipient}


class FakeRecording:
    """Items, their rows and their bytes; ``add`` makes more of them and wakes whoever listens."""

    def __init__(self) -> None:
        self.items: list[tuple[str, str, dict[str, str]]] = []
        self.offsets: list[tuple[int, int]] = []
        self.tapes = {"in": bytearray(), "out": bytearray()}
        self.listeners: list[Callable[[], None]] = []
        self.asked: list[tuple[int, int]] = []

    def add(self, count: int, body: str = "") -> None:
        """Append generated items, all at once, and tell the listeners."""
        for row in range(len(self.items), len(self.items) + count):
            self.append(*item(row, body))
        self.wake()

    def append(self, way: str, xml: str | bytes, columns: dict[str, str]) -> None:
        data = xml.encode() if isinstance(xml, str) else xml
        tape = self.tapes[way]
        self.offsets.append((len(tape), len(tape) + len(data)))
        tape += data
        self.items.append((way, data.decode(errors="replace"), columns))

    def wake(self) -> None:
        for listener in list(self.listeners):
            listener()

    def count(self) -> int:
        return len(self.items)

    def row(self, row: int) -> dict[str, Any]:
        way, xml, columns = self.items[row]
        whole = dict.fromkeys(("type", "id", "sender", "recipient", "payload"), "")
        whole |= {"name": columns["kind"], "namespace": "jabber:client"}
        whole |= {"session": "romeo", "direction": way, "phase": "ready", "xml": xml[:2000]}
        where = {"row": row, "connection": 0, "time": "2026-01-01T12:00:00.000Z"}
        size = {"elapsed": row / 1000, "size": len(xml.encode()), "cut": len(xml) > 2000}
        return whole | columns | where | size

    def rows(self, start: int, stop: int) -> list[dict[str, Any]]:
        self.asked.append((start, stop))
        return [self.row(row) for row in range(start, stop)]

    def detail(self, row: int) -> dict[str, Any]:
        way, xml, columns = self.items[row]
        start, end = self.offsets[row]
        return {
            "pretty": xml.replace("><", ">\n<"),
            "data": bytes(self.tapes[way][start:end]),
            "start": start,
            "end": end,
            "tape": f'tape("{way}", connection=0)',
            "title": f"row {row} · {columns['kind']} · {way}",
            "facts": [("time", "12:00:00.000"), ("from", columns.get("sender", ""))],
        }

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(callback)
        return lambda: self.listeners.remove(callback)


def _step(title: str, detail: str, way: str, rows: list[int], **more: Any) -> dict[str, Any]:
    ends = {"out": {"source": 0, "target": 1}, "in": {"source": 1, "target": 0}, "": {"source": 0}}
    words = {"sentence": f"What {title.lower()} means, in one sentence.", "section": "RFC 6120 §4"}
    return {"title": title, "detail": detail, "rows": rows, **ends[way], **words, **more}


LADDER = {
    "title": "Login of romeo@capulet.example",
    "subtitle": "STARTTLS, SCRAM-SHA-256, 41 ms",
    "parties": [
        {"label": "romeo", "detail": "client"},
        {"label": "capulet.example", "detail": "server, 127.0.0.1:5222"},
    ],
    "steps": [
        _step("Stream opened", "<stream:stream>", "out", [0], time=0.0, duration=0.0004),
        _step("Stream answered", "<stream:stream>", "in", [1, 2], time=0.0004),
        _step(
            "STARTTLS asked", "<starttls/>", "out", [3], time=0.0006, section="RFC 6120 §5.4.2.1"
        ),
        _step("TLS may begin", "<proceed/>", "in", [4], time=0.0009, section="RFC 6120 §5.4.2.3"),
        _step("TLS is up", "TLSv1.3", "", [], time=0.02),
        _step("Stream opened", "<stream:stream>", "out", [5], time=0.021),
        _step("SCRAM begins", "<auth mechanism='SCRAM-SHA-256'/>", "out", [6], time=0.022),
        _step("Refused", f"<failure> {HOSTILE}", "in", [20], time=0.03, tone="error"),
    ],
    "bands": [
        {"label": "TLS", "detail": "TLSv1.3", "colour": "tls", "start": 5, "end": None},
        {"label": "SASL", "colour": "authenticated", "start": 6, "end": 8},
    ],
    "restarts": [{"before": 5, "title": "stream restarts", "reason": "Under TLS all begins anew."}],
    "notes": [f"Something odd: {HOSTILE}"],
}
"""A ladder whose steps name rows of a :class:`FakeRecording` of 21 items."""
