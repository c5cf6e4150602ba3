"""The shared contact list (RFC 6121 §2)."""

from __future__ import annotations

import pytest

QUERY = "<query xmlns='jabber:iq:roster'>{}</query>"
ERROR = "<error type='{}'>...</error>"


@pytest.fixture
def romeo(play):
    """Somebody who is logged in."""
    return play.login("romeo", "orchard").skip()


@pytest.mark.parametrize("at", ["", " to='romeo@play.example'"])
def test_everybody_else_is_on_it(romeo, at):
    """With the subscription both, and without a version."""
    romeo >> f"<iq type='get' id='r'{at}>{QUERY.format('')}</iq>"

    items = "".join(
        f"<item jid='{name}@play.example' name='{name}' subscription='both'/>"
        for name in ("juliet", "nurse")
    )
    back = at.replace("to=", "from=")
    romeo << (
        f"<iq type='result' id='r'{back} to='romeo@play.example/orchard'>{QUERY.format(items)}</iq>"
    )


def test_it_cannot_be_changed(romeo):
    """Said with a right error."""
    query = QUERY.format("<item jid='a@b'/>")
    romeo >> f"<iq type='set' id='r'>{query}</iq>"

    romeo << (
        f"<iq type='error' id='r' to='romeo@play.example/orchard'>{query}"
        f"{ERROR.format('cancel')}</iq>"
    )


@pytest.mark.parametrize("kind", ["get", "set"])
def test_another_ones_is_forbidden(romeo, kind):
    """§2.3.3 for set; reading it is nobody's right either."""
    romeo >> f"<iq type='{kind}' id='r' to='juliet@play.example'>{QUERY.format('')}</iq>"

    assert b"<forbidden " in romeo.items[0][1]
