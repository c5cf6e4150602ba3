"""The login as a person holds it: steps, a frame, a picture, and the opened ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xmppexplore.api.pictures import ladder_model
from xmppexplore.api.public_names import PublicNames
from xmppexplore.reading.handshake import HandshakeReader
from xmppexplore.reading.layers import read_layers
from xmppexplore.views.ladder_svg import ladder_svg, ladder_text

if TYPE_CHECKING:
    import pandas

    from xmppexplore.api.layers import Layers
    from xmppexplore.api.recording import Recording
    from xmppexplore.reading.records import Finding, Handshake, Step

__all__ = ["Login"]


class Login(PublicNames):
    """The handshake of one connection, read as far as it has come.

    Shown in a notebook it draws itself as a ladder; :meth:`open` gives the ladder whose
    every arrow opens the item.

    Args:
        recording: the recording.
        connection: number of the connection.
    """

    def __init__(self, recording: Recording, connection: int) -> None:
        self._recording = recording
        self._reader = HandshakeReader(recording._columns, connection)

    @property
    def reading(self) -> Handshake:
        """What was read, anew each time."""
        return self._reader.read()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in order."""
        return self.reading.steps

    @property
    def outcome(self) -> str:
        """``"ready"``, ``"failed"`` or ``"unfinished"``."""
        return self.reading.outcome

    @property
    def oddities(self) -> tuple[Finding, ...]:
        """What fits no step of the table."""
        return self.reading.oddities

    @property
    def frame(self) -> pandas.DataFrame:
        """One row per step: step, title, row, time, duration, section, sentence."""
        return self._recording._frames.steps(
            [
                {
                    "step": step.name,
                    "title": step.title,
                    "row": step.rows[0] if step.rows else -1,
                    "time": step.time,
                    "duration": step.duration,
                    "section": step.section,
                    "sentence": step.sentence,
                }
                for step in self.steps
            ]
        )

    @property
    def svg(self) -> str:
        """The picture as SVG text."""
        return ladder_svg(ladder_model(self.reading))

    @property
    def text(self) -> str:
        """The same as plain text, complete."""
        return ladder_text(ladder_model(self.reading))

    @property
    def layers(self) -> Layers:
        """Which stream lay in which layer, and how many bytes could be read on the path."""
        from xmppexplore.api.layers import Layers

        reading = self.reading
        return Layers(reading, read_layers(self._recording._columns, reading))

    def open(self) -> Any:
        """Return the ladder as a widget: every arrow opens its item, bytes beside XML."""
        from xmppexplore.api.panels import open_ladder

        return open_ladder(self._recording, self.reading)

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.text}
