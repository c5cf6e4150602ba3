"""The layers of a login as a person holds them: a picture, its text, and the parts as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xmppexplore.api.pictures import layers_model
from xmppexplore.api.public_names import PublicNames
from xmppexplore.views.layers_svg import layers_svg, layers_text

if TYPE_CHECKING:
    from xmppexplore.reading.layers import Part
    from xmppexplore.reading.records import Handshake

__all__ = ["Layers"]


class Layers(PublicNames):
    """Which stream of a connection lay in which layer (RFC 6120 §4.3.3, §5), drawn.

    Args:
        reading: the login.
        parts: its parts.

    Attributes:
        parts: pieces of the connection with the same stream and the same layers, in order;
            each has ``stream`` (from 1), ``layers``, ``steps``, and ``sent`` and
            ``received`` in bytes.

    >>> from xmppexplore import Sandbox
    >>> sandbox = await Sandbox.open("capulet.example")
    >>> romeo = await sandbox.connect("romeo")
    >>> [(part.stream, part.layers[-1]) for part in romeo.handshake.layers.parts]
    [(1, 'TCP'), (2, 'TLS'), (3, 'authenticated'), (3, 'ready')]
    >>> await sandbox.close()
    """

    def __init__(self, reading: Handshake, parts: tuple[Part, ...]) -> None:
        self.parts = parts
        self._reading = reading

    @property
    def svg(self) -> str:
        """The picture as SVG text."""
        return layers_svg(layers_model(self._reading, self.parts))

    @property
    def text(self) -> str:
        """The same as plain text, complete."""
        return layers_text(layers_model(self._reading, self.parts))

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": self.text}
