"""A resource says what it is."""

from __future__ import annotations

from tests.sandbox.conversation import Play
from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.resources import Layer, Resource


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


class End:
    """The end of a chain of layers."""

    number, taken = 4, 9

    def __init__(self):
        self.did = []

    def send(self, data):
        self.did.append(data)

    emit = send

    def take(self):
        return list(self.did)

    def end(self, condition, words=""):
        self.did.append((condition, words))


def test_a_layer_does_as_what_is_below_it():
    """Each says only what it does otherwise."""
    end = End()
    layer = Layer(Layer(end))
    layer.send(b"a")
    layer.emit(b"b")
    layer.end("reset", "go")

    assert (layer.number, layer.taken) == (4, 9)
    assert layer.take() == [b"a", b"b", ("reset", "go")]


def test_a_layer_is_laid_right_before_the_stream():
    """Whatever stands before it already."""
    end = End()
    resource = Resource(Address("romeo", "play.example", "x"), end, b"", b"")
    first, second = Layer(end), Layer(end)
    resource.lay_below(first)
    assert resource.outlet is first
    resource.lay_below(second)

    assert (resource.outlet, first.below, second.below) == (first, second, end)
