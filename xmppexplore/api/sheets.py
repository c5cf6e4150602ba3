"""What is shown as a sheet: a heading, a verdict and tables, in a notebook and as text."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from xmppexplore.api.public_names import PublicNames
from xmppexplore.views.sheet import sheet_html, sheet_text

__all__ = ["Sheet"]


class Sheet(PublicNames, ABC):
    """Something that draws itself as a sheet; see :mod:`xmppexplore.views.sheet`."""

    @abstractmethod
    def _model(self) -> dict[str, Any]:
        """Return what is shown."""

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return sheet_text(self._model())

    @property
    def html(self) -> str:
        """All of it as HTML, escaped."""
        return sheet_html(self._model())

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        model = self._model()
        return {"text/html": sheet_html(model), "text/plain": sheet_text(model)}
