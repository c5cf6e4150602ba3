"""Columns in memory: numbers, names and texts, as small as plain Python keeps them.

All three grow at their end, and may be shortened at their beginning: an entry keeps its
index.  A recording of a million rows is a million entries in each of some ten of these, so
an entry is a few bytes and is added by the batch, never one by one.
"""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Names", "Numbers", "Texts"]

_WIDER: Final = {"B": "H", "H": "I", "I": "Q"}


class Numbers:
    """Numbers from 0, in the narrowest array that holds them.

    Attributes:
        array: the numbers; replaced by a wider one when a number does not fit.
        first: index of the first number that is still there.
    """

    __slots__ = ("array", "first")

    def __init__(self, typecode: str = "B") -> None:
        self.array = array(typecode)
        self.first = 0

    def __len__(self) -> int:
        return self.first + len(self.array)

    def __getitem__(self, index: int) -> int:
        if index < self.first:
            raise IndexError(f"{index} was dropped: the first is {self.first}")
        return self.array[index - self.first]

    def part(self, start: int, stop: int) -> array[int]:
        """Return a copy of the numbers from ``start`` to before ``stop``."""
        return self.array[start - self.first : stop - self.first]

    def drop(self, before: int) -> None:
        """Forget the numbers before an index."""
        del self.array[: before - self.first]
        self.first = before

    def extend(self, numbers: list[int]) -> None:
        """Append numbers.

        Raises:
            OverflowError: a number is negative or needs more than 64 bits.
        """
        try:
            if self.array.typecode == "B":
                self.array.frombytes(bytes(numbers))  # six times as fast
            else:
                self.array.fromlist(numbers)  # all or nothing, unlike extend
        except (OverflowError, ValueError):
            wider = _WIDER.get(self.array.typecode)
            if wider is None or min(numbers) < 0:
                raise OverflowError("numbers here are from 0 to 2 ** 64 - 1") from None
            self.array = array(wider, self.array)
            self.extend(numbers)


class _Index(dict[str, int]):
    """Text to code; a new text gets the next code."""

    __slots__ = ("values_",)

    def __init__(self, values: list[str]) -> None:
        super().__init__()
        self.values_ = values

    def __missing__(self, text: str) -> int:
        code = self[text] = len(self.values_)
        self.values_.append(text)
        return code


class Names:
    """Texts of which few differ: each is kept once, an entry is its code.

    Attributes:
        values: the different texts; the code of a text is its position.
        codes: the entries.
    """

    __slots__ = ("_index", "codes", "values")

    def __init__(self) -> None:
        self.values: list[str] = []
        self.codes = Numbers()
        self._index = _Index(self.values)

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, index: int) -> str:
        return self.values[self.codes[index]]

    def extend(self, texts: Sequence[str]) -> None:
        """Append texts."""
        self.codes.extend(list(map(self._index.__getitem__, texts)))


class Texts:
    """Texts of which most differ: all in one buffer of UTF-8.

    Attributes:
        data: the texts, joined.
        ends: where each text ends in ``data``, bytes, counted from the first ever.
        start: where ``data`` begins in that count.
    """

    __slots__ = ("data", "ends", "start")

    def __init__(self) -> None:
        self.data = bytearray()
        self.ends = Numbers("I")
        self.start = 0

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, index: int) -> str:
        end = self.ends[index] - self.start
        return self.data[self._begin(index) - self.start : end].decode()

    def _begin(self, index: int) -> int:
        return self.ends[index - 1] if index > self.ends.first else self.start

    def part(self, start: int, stop: int) -> tuple[bytearray, list[int]]:
        """Return the texts from ``start`` to before ``stop``, joined, and where each ends."""
        begin = self._begin(start)
        ends = [end - begin for end in self.ends.part(start, stop)]
        return self.data[begin - self.start : self.ends[stop - 1] - self.start], ends

    def drop(self, before: int) -> None:
        """Forget the texts before an index."""
        begin = self._begin(before) if before < len(self) else self.start + len(self.data)
        del self.data[: begin - self.start]
        self.start = begin
        self.ends.drop(before)

    def extend(self, texts: Sequence[str]) -> None:
        """Append texts; what UTF-8 cannot hold (a lone surrogate) becomes ``?``."""
        joined = "".join(texts).encode("utf-8", "replace")
        lengths = list(map(len, texts))
        if len(joined) != sum(lengths):
            lengths = [len(text.encode("utf-8", "replace")) for text in texts]
        ends = list(accumulate(lengths, initial=self.start + len(self.data)))
        del ends[0]
        self.data += joined
        self.ends.extend(ends)
