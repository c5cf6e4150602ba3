"""The version is told (XEP-0092)."""

from __future__ import annotations

from tests.sandbox.conversation import Play


def test_the_server_says_name_and_version():
    """What it was made with, escaped; no operating system."""
    play = Play(version="1<2")
    romeo = play.login("romeo", "orchard")
    romeo.skip()
    romeo >> "<iq type='get' id='1' to='play.example'><query xmlns='jabber:iq:version'/></iq>"

    romeo << (
        "<iq type='result' id='1' from='play.example' to='romeo@play.example/orchard'>"
        "<query xmlns='jabber:iq:version'><name>xmppexplore sandbox</name>"
        "<version>1&lt;2</version></query></iq>"
    )
