"""A resource says what it is."""

from __future__ import annotations

from tests.sandbox.conversation import Play


def test_a_resource_begins_connected_and_becomes_available():
    """Connected is not yet available (RFC 6121 §4.2)."""
    play = Play()
    romeo = play.client().login("romeo", "orchard")
    resource = play.realm.accounts["romeo"].resources["orchard"]
    assert repr(resource) == "<Resource romeo@play.example/orchard: connected>"
    romeo >> "<presence><priority>3</priority></presence>"

    assert repr(resource) == "<Resource romeo@play.example/orchard: available, priority 3>"
    assert (resource.stamp, resource.bare_stamp) == (
        b"romeo@play.example/orchard",
        b"romeo@play.example",
    )


def test_a_stamp_is_escaped():
    """A resourcepart may hold quotes."""
    play = Play()
    play.client().login("romeo", "&apos;&amp;")
    (resource,) = play.realm.accounts["romeo"].resources.values()

    assert resource.stamp == b"romeo@play.example/&apos;&amp;"
