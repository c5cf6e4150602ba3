"""The steps of a login as the connect panel lists them, with one sign where it went wrong.

The error itself is told above the list, in words.  A recording also holds what followed from
it, the end of the connection for one: said in red too, that would read like further errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xmppexplore.api.panel_words import Told
    from xmppexplore.api.recording import Recording
    from xmppexplore.reading.records import Step

__all__ = ["steps_of"]


MOST_STEPS: Final = 60
"""Steps shown, the newest; a login has about twenty-five, a hostile one thousands."""

_ENDS: Final = frozenset({"failed", "lost", "partial"})
"""Steps that may only follow from an error: the client gave up, or bytes and connection ended."""

_PLACES: Final = {
    "timeout": ("failed",),
    "certificate": ("lost", "failed"),
    "closed": ("lost", "closed", "failed"),
}
"""Reason of a ConnectError -> ends that are where it went wrong, the first that is there."""

_SENTENCES: Final = {
    "certificate": (
        "RFC 6120 §13.7.2",
        "The client does not accept the certificate that it was shown, and broke off.",
    ),
    "tls": ("RFC 6120 §5.4.3.2", "TLS was not set up, and the client broke off."),
}
"""Reason of a ConnectError -> section and sentence of the step where the client ended it."""

AFTER: Final = "after"
"""The tone of a step that followed from the error."""


def steps_of(recording: Recording | None, error: Told | None = None) -> dict[str, Any]:
    """Return the newest login of a recording as the panel shows it, as far as it has come.

    Args:
        recording: what an attempt has recorded so far, ``None`` before the first.
        error: why it failed; ``None`` while it has not.

    Returns:
        ``steps``, ``earlier`` (the number of those that are not shown), and ``took`` (seconds
        until stanzas might flow, -1 before).
    """
    # Of a server that was not reached there is a connection in the recording, and no byte.
    if recording is None or not _said_anything(recording):
        return {"steps": [], "earlier": 0, "took": -1.0}
    reading = recording.handshake.reading
    begun = reading.steps[0].time if reading.steps else 0
    steps = reading.steps if error is None else _one_place(reading.steps, error)
    shown = [
        {
            "title": step.title,
            "sentence": step.sentence,
            "section": step.section,
            "tone": step.tone,
            "band": step.band,
            "time": (step.time - begun) / 1e9,
        }
        for step in steps[-MOST_STEPS:]
    ]
    return {
        "steps": shown,
        "earlier": max(0, len(steps) - MOST_STEPS),
        "took": (reading.ready - begun) / 1e9 if reading.outcome == "ready" else -1.0,
    }


def _one_place(steps: Sequence[Step], error: Told) -> list[Step]:
    """Return the steps with the tone of an error at one of them, where it went wrong."""
    wrong = _place(steps, error)
    found = []
    behind = False
    for step in steps:
        if step is wrong:
            behind = True
            found.append(_told(step, error)._replace(tone="error"))
        elif step.name != "failed":
            found.append(step._replace(tone=AFTER) if behind or step.tone else step)
    return found


def _place(steps: Sequence[Step], error: Told) -> Step | None:
    """Return the step at which a login went wrong: what says so by itself, or else an end."""
    broken = [step for step in steps if step.tone == "error" and step.name not in _ENDS]
    # A refusal that a login goes on after is not why it came to no end in time.
    if broken and error.reason not in ("timeout", "certificate"):
        return next(step for step in broken if step.name == broken[-1].name)
    ends = {step.name: step for step in steps}
    order = _PLACES.get(error.reason, ("lost", "failed"))
    return next((ends[name] for name in order if name in ends), None)


def _told(step: Step, error: Told) -> Step:
    """Return a step of this side's own doing under the name of what it was done for."""
    if step.name not in ("lost", "failed") or (step.name, error.reason) == ("lost", "closed"):
        return step
    section, sentence = _SENTENCES.get(error.reason, ("", "Here the client gave up."))
    return step._replace(title=error.title, section=section, sentence=sentence)


def _said_anything(recording: Recording) -> bool:
    log = recording._log
    return any(log.length(one.number, way) for one in log.connections for way in (0, 1))
