"""A stanza on its way is stamped, and read no deeper than asked."""

from __future__ import annotations

import pytest

from xmppexplore import names
from xmppexplore.sandbox.addresses import Address
from xmppexplore.sandbox.resources import Resource
from xmppexplore.sandbox.stanza import SUBSCRIPTION_TYPES, Origin, Stanza
from xmppexplore.wire.records import KINDS, Context, Item

PLAIN = Context("jabber:client")


def stanza(kind, raw, type="", context=PLAIN):
    """Return a stanza of romeo's."""
    resource = Resource(Address("romeo", "d", "o"), None, b"romeo@d/o", b"romeo@d")
    item = Item(len(raw), KINDS.index(kind), kind, names.CLIENT, type)
    return Stanza(item, raw, resource, Origin.of(context), 0.0)


@pytest.mark.parametrize("type", sorted(SUBSCRIPTION_TYPES))
def test_subscriptions_come_from_the_account(type):
    """Contacts subscribe to people, not to devices (RFC 6121 §3.1.2)."""
    one = stanza("presence", b"<presence to='J@d/b'/>", type)
    one.to = Address("j", "d")

    assert one.stamped == b"<presence from='romeo@d' to='j@d'/>"


def test_all_else_comes_from_the_resource():
    """Also a message of a type that is called like a subscription."""
    assert stanza("message", b"<message/>", "subscribe").stamped == (b"<message from='romeo@d/o'/>")
    assert stanza("presence", b"<presence/>").stamped == b"<presence from='romeo@d/o'/>"


@pytest.mark.parametrize(
    ("lang", "added"), [("de", b" xml:lang='de'"), ("de-CH", b" xml:lang='de-CH'"), ("'<", b"")]
)
def test_the_language_of_the_stream_goes_along(lang, added):
    """If it is one (RFC 6120 §8.1.5)."""
    one = stanza("message", b"<message/>", context=Context("jabber:client", (), lang))

    assert one.stamped == b"<message from='romeo@d/o'" + added + b"/>"


def test_the_element_is_the_stamped_one():
    """With the namespaces of its stream, parsed once."""
    context = Context("jabber:client", (("x", "urn:x"),))
    one = stanza("message", b"<message><x:a/></message>", context=context)

    assert one.element.get("from") == "romeo@d/o"
    assert one.element.children[0].qualified == "{urn:x}a"
    assert one.element is one.element
    assert one.kind == "message"
