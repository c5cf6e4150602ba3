"""A storage that keeps nothing gives nothing back."""

from __future__ import annotations

from xmppexplore.sandbox.storage import FORGETFUL, Table


def test_what_the_forgetful_one_is_given_is_gone():
    """It is what a sandbox in memory has."""
    table = Table("roster", ("jid",), ("name",))
    FORGETFUL.put(table, "romeo", "juliet@play.example", "Juliet")
    FORGETFUL.commit()

    assert list(FORGETFUL.rows(table)) == []
