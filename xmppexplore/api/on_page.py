"""What a person holds of a widget: it draws itself as long as it is on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xmppexplore.api.public_names import PublicNames

if TYPE_CHECKING:
    from xmppexplore.views.bridge import Messenger

__all__ = ["EVENTS", "OnPage"]


EVENTS: Final = ("disconnected", "session_resumed", "session_start")
"""Events of the client after which a session stands otherwise."""


class OnPage(PublicNames):
    """Something that a cell shows as a widget, and afterwards as its repr.

    A subclass sets ``_widget``, and ``_closed`` once it has taken it off the page.
    """

    _widget: Messenger
    _closed = False

    def _repr_mimebundle_(self, **options: Any) -> Any:
        if self._closed:  # a closed widget has nothing to show, in its place stands the repr
            return {"text/plain": repr(self)}
        return self._widget._repr_mimebundle_(**options)
