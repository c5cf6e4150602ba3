"""What a person holds of a widget: it draws itself as long as it is on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xmppexplore.views.bridge import Messenger

__all__ = ["OnPage"]


class OnPage:
    """Something that a cell shows as a widget, and afterwards as its repr.

    A subclass sets ``_widget``, and ``_closed`` once it has taken it off the page.
    """

    _widget: Messenger
    _closed = False

    def _repr_mimebundle_(self, **options: Any) -> Any:
        if self._closed:  # a closed widget has nothing to show, in its place stands the repr
            return {"text/plain": repr(self)}
        return self._widget._repr_mimebundle_(**options)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.startswith("_")]
