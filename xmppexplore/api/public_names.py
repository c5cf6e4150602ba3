"""What completion offers of the things that a person holds."""

from __future__ import annotations

__all__ = ["PublicNames"]


class PublicNames:
    """Something whose names with an underscore are nobody's business: Tab shows the others."""

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.startswith("_")]
