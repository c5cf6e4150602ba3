"""A storage in a dictionary: what a realm told it, for a second realm to read."""

from __future__ import annotations


class Shelf:
    """Keeps committed rows; what was not committed is lost by :meth:`crash`."""

    def __init__(self):
        self.kept = {}
        self.pending = []

    def rows(self, table):
        return [
            (owner, *cells)
            for (name, owner), rows in self.kept.items()
            if name == table.name
            for cells in ((*keys, *rest) for keys, rest in rows.items())
        ]

    def put(self, table, owner, *cells):
        keys = len(table.keys)
        assert len(cells) == keys + len(table.columns), f"{table.name} has other columns: {cells}"
        assert all(isinstance(cell, str | int | float | bytes) for cell in cells), cells
        self.pending.append((table.name, owner, cells[:keys], cells[keys:]))

    def drop(self, table, owner, *keys):
        self.pending.append((table.name, owner, keys, None))

    def commit(self):
        for name, owner, keys, rest in self.pending:
            rows = self.kept.setdefault((name, owner), {})
            if rest is not None:
                rows[keys] = rest
            else:
                for found in [one for one in rows if one[: len(keys)] == keys]:
                    del rows[found]
        self.pending.clear()

    def crash(self):
        """Lose what was not committed."""
        self.pending.clear()

    def close(self):
        self.commit()
