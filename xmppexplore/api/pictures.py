"""From readings to the plain models that the drawings take."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from xmppexplore.views.card import card_svg, card_text
from xmppexplore.wire.records import IN, OUT, STANZA_KINDS

if TYPE_CHECKING:
    from xmppexplore.api.recording import Recording
    from xmppexplore.api.session import Session
    from xmppexplore.reading.layers import Part
    from xmppexplore.reading.records import Handshake, Step

__all__ = ["Counts", "ladder_model", "layers_model", "session_bundle", "session_text"]

PARTIES: Final = {
    "initiator": ("{label}", "{domain}"),
    "component": ("{label}", "{domain}"),
    "receiver": ("{domain}", "{label}"),
    "peer": ("{label}", "{domain}"),
}
"""Left and right party by our role: we stand on the left."""

BAND_COLOURS: Final = {
    "TCP": "plain",
    "TLS": "tls",
    "authenticated": "authenticated",
    "ready": "ready",
}

TITLES: Final = {
    "ready": "The login of {label}",
    "failed": "A login of {label} that failed",
    "unfinished": "The login of {label}, as far as it has come",
}


def ladder_model(reading: Handshake) -> dict[str, Any]:
    """Return the model of :mod:`xmppexplore.views.ladder_svg` for a login.

    Times are seconds since the first step.  Each step has its ``rows`` as well, so that
    an opened ladder can show the items.
    """
    left, right = PARTIES.get(reading.role, PARTIES["initiator"])
    known = {
        "label": reading.label or "client",
        "domain": reading.facts.get("domain") or "server",
    }
    start = reading.steps[0].time if reading.steps else 0
    return {
        "title": TITLES[reading.outcome].format(**known),
        "subtitle": _subtitle(reading),
        "parties": [
            {"label": left.format(**known), "detail": "this side"},
            {"label": right.format(**known), "detail": "the other side"},
        ],
        "steps": [_step(step, start) for step in reading.steps],
        "bands": [
            {
                "label": band.label,
                "detail": band.detail,
                "colour": BAND_COLOURS.get(band.label, "plain"),
                "start": band.first,
                "end": None if band.last < 0 else band.last,
            }
            for band in reading.bands
        ],
        "restarts": [
            {"before": restart.before, "title": "the stream restarts", "reason": restart.reason}
            for restart in reading.restarts
        ],
        "notes": [
            *(
                f"The kernel was busy for {detail}: times around it are upper bounds."
                for _, detail in reading.busy
            ),
            *(finding.sentence for finding in reading.oddities),
        ],
    }


def layers_model(reading: Handshake, parts: tuple[Part, ...]) -> dict[str, Any]:
    """Return the model of :mod:`xmppexplore.views.layers_svg` for a login and its parts."""
    ladder = ladder_model(reading)
    left, right = (party["label"] for party in ladder["parties"])
    clear = sum(part.sent + part.received for part in parts if "TLS" not in part.layers)
    streams = len({part.stream for part in parts})
    kept = all(part.sent >= 0 for part in parts)
    return {
        "title": ladder["title"],
        "subtitle": f"{streams} stream{'' if streams == 1 else 's'} on one connection"
        + (f" · {clear:,} bytes in clear" if kept else ""),
        "left": left,
        "right": right,
        "parts": [
            {
                "stream": part.stream,
                "items": [
                    {"title": step.title, "out": step.direction == OUT}
                    for step in part.steps
                    if step.direction >= 0
                ],
                "sent": part.sent,
                "received": part.received,
                "clear": "TLS" not in part.layers,
            }
            for part in parts
        ],
        "layers": [
            {
                "label": band.label,
                "detail": band.detail if band.label in ("TLS", "ready") else "",
                "colour": BAND_COLOURS.get(band.label, "plain"),
                "first": next(
                    (at for at, part in enumerate(parts) if band.label in part.layers), len(parts)
                ),
            }
            for band in reading.bands
        ],
    }


def _subtitle(reading: Handshake) -> str:
    facts = reading.facts
    parts = [
        facts.get("address", ""),
        facts.get("tls", "").partition(";")[0],
        facts.get("mechanism", ""),
        facts.get("condition", ""),
    ]
    return " · ".join(part for part in parts if part)


def _step(step: Step, start: int) -> dict[str, Any]:
    model: dict[str, Any] = {
        "title": step.title,
        "sentence": step.sentence,
        "section": step.section,
        "detail": step.detail,
        "time": (step.time - start) / 1e9,
        "tone": step.tone,
        "rows": list(step.rows),
    }
    if step.direction >= 0:
        model["source"], model["target"] = (0, 1) if step.direction == 1 else (1, 0)
    if step.duration >= 0:
        model["duration"] = step.duration / 1e9
    return model


class Counts:
    """Stanzas and bytes of one session by direction, counted on from the last look."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._row = 0
        self.stanzas: Counter[int] = Counter()

    def look(self) -> Counter[int]:
        """Count what is new and return the stanzas by direction."""
        columns = self._session._recording._columns
        own = set(self._session._connections())
        with columns.lock:
            count = columns.settle()
            for row in range(max(self._row, columns.first), count):
                if columns.kinds[row] in STANZA_KINDS:
                    connection, direction, _, _ = columns.span(row)
                    self.stanzas[direction] += connection in own
            self._row = count
        return self.stanzas


def card_model(session: Session) -> dict[str, Any]:
    """Return the model of :mod:`xmppexplore.views.card` for a session."""
    recording = session._recording
    stanzas = session._counts.look()
    numbers = session._connections()
    sizes = [sum(recording._log.length(number, way) for number in numbers) for way in (0, 1)]
    reading = session.handshake.reading if numbers else None
    model: dict[str, Any] = {
        "name": session._variable,
        "address": session.jid,
        "server": f"{session.host}:{session.port}",
        "state": _state(session, reading),
        "tls": session.tls.partition(";")[0],
        "mechanism": session.mechanism,
        "stanzas_out": stanzas[OUT],
        "stanzas_in": stanzas[IN],
        "bytes_out": sizes[OUT],
        "bytes_in": sizes[IN],
        "unanswered": _unanswered(recording, numbers),
        "findings": sum(1 for _ in recording._own_findings(session._session_name)),
        "warnings": _warnings(session, numbers),
    }
    if count := recording._columns.count:
        model["phase"] = recording._columns.value(count - 1, "phase")
    if reading is not None:
        model["ladder"] = ladder_model(reading)
    return model


def _unanswered(recording: Recording, numbers: list[int]) -> int:
    recording._exchanges.advance()
    return sum(len(list(recording._exchanges.unanswered(number))) for number in numbers)


def _warnings(session: Session, numbers: list[int]) -> list[str]:
    marks = session._recording._columns.marks
    warnings = [
        f"The kernel was busy for {mark.detail}, and the network stood still: in cells that "
        f"wait, use await asyncio.sleep(...)."
        for mark in marks
        if mark.name == "kernel busy" and mark.connection in numbers
    ][-3:]
    if session._journal is not None and session._journal.error is not None:
        warnings.append(str(session._journal.error))
    return warnings


def _state(session: Session, reading: Handshake | None) -> str:
    if session.state == "open" and reading is not None:
        return "ready" if reading.outcome == "ready" else "connecting"
    return session.state


def session_text(session: Session) -> str:
    """Return a session as plain text, complete."""
    return card_text(card_model(session))


def session_bundle(session: Session) -> dict[str, str]:
    """Return a session as the notebook shows it: a static picture and its text."""
    model = card_model(session)
    return {"image/svg+xml": card_svg(model), "text/plain": card_text(model)}
