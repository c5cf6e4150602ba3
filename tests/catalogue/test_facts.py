"""The facts: tables that agree with each other, and honest silence where nothing is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore import names
from xmppexplore.catalogue import facts
from xmppexplore.catalogue.facts import _described
from xmppexplore.catalogue.loading import read
from xmppexplore.catalogue.records import Document

STATUSES = {
    "Active", "Deferred", "Deprecated", "Experimental", "Final", "Obsolete", "Proposed",
    "Rejected", "Retracted", "Stable",  # XEP-0001 §8
    "Proposed Standard", "Informational",  # RFC 2026
    "Proposal", "Outside",
}  # fmt: skip


def test_every_document_that_is_named_is_known() -> None:
    """No table leads into nothing."""
    named = {number for each in facts.namespaces().values() for number in each.documents}
    named |= {each.document for each in map(facts.identifier, IDENTIFIERS) if each is not None}

    assert named - set(facts.documents()) == set()
    assert {each.status for each in facts.documents().values()} <= STATUSES


IDENTIFIERS = ("http://jabber.org/protocol/muc#roominfo", "urn:xmpp:mam:2#extended", "gc-1.0")


def test_the_newest_of_a_family_is_current() -> None:
    """Following ``newest`` once leads to a namespace that is not historic itself."""
    wrong = [
        (each.uri, each.newest)
        for each in facts.namespaces().values()
        if each.newest
        and ((newest := facts.namespace(each.newest)) is None or newest.historic or newest.newest)
    ]

    assert wrong == []


def test_the_library_s_own_namespaces_are_known() -> None:
    """Each namespace that the library speaks has the document that names.py gives it."""
    mine = {
        name: value
        for name, value in vars(names).items()
        if name.isupper() and isinstance(value, str)
    }
    unknown = {name for name, uri in mine.items() if facts.namespace(uri) is None}

    assert unknown == set()
    assert len(mine) > 30


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("urn:ietf:params:xml:xmpp-stanzas", "urn:ietf:params:xml:ns:xmpp-stanzas"),
        (" urn:xmpp:ping ", "urn:xmpp:ping"),
        ("URN:XMPP:PING", "urn:xmpp:ping"),
        ("http://jabber.org/protocol/caps/", "http://jabber.org/protocol/caps"),
        ("urn:xmpp:ping", ""),
        ("urn:example:own", ""),
    ],
)
def test_a_misspelt_namespace_is_told(wrong: str, right: str) -> None:
    """Known misspellings, white space, capitals and a stroke too many."""
    assert facts.misspelt(wrong) == right


@given(st.text(max_size=1000))
def test_an_unknown_name_ends_in_an_answer(text: str) -> None:
    """Whatever is asked for, relatives are known namespaces, at most three."""
    relatives = facts.nearest(text)

    assert len(relatives) <= 3
    assert all(facts.namespace(uri) is not None for uri in relatives)
    assert facts.misspelt(text) == "" or facts.namespace(facts.misspelt(text)) is not None


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("urn:xmpp:mucsub:0", "MUC/Sub"),
        ("urn:xmpp:mucsub:nodes:messages", "MUC/Sub"),
        ("p1:rebind", "ProcessOne"),
        ("urn:xmpp:muclight:0#create", "ProtoXEP muc-light.xml"),
        ("erlang-solutions.com:xmpp:inbox:0", "MongooseIM Inbox"),
        ("xmpp:prosody.im/protocol/hats:1", "Prosody"),
        ("http://prosody.im/protocol/modules#list", "Prosody"),
        ("http://jitsi.org/protocol/focus", "Jicofo"),
        ("https://xmlns.zombofant.net/muclumbus/search/1.0", "Muclumbus"),
        ("google:mail:notify", "Google Talk"),
        ("http://affinix.com/jabber/stream", "Psi"),
        ("jabber:iq:conference", "Jabber"),
    ],
)
def test_what_products_have_of_their_own_is_theirs(text: str, owner: str) -> None:
    """Who hunts a bug meets names that no XEP defines; they lead to the product."""
    known, named = facts.namespace(text), facts.identifier(text)

    assert owner in (known.documents[0] if known else "", named.document if named else "")
    document = facts.document(owner)
    assert document is not None
    assert document.status in {"Outside", "Proposal"}


def test_a_product_is_no_document_without_a_name_of_its_own() -> None:
    """What is listed as a product's has at least one namespace, feature or form."""
    owned = {number for each in facts.namespaces().values() for number in each.documents}
    owned |= {each.document for each in facts._identifiers().values()}
    products = {each.number for each in facts.documents().values() if each.kind == "Other"}

    assert products - owned == set()
    assert len(products) > 50


def test_draft_is_called_stable() -> None:
    """The older word for the status is not used."""
    multi_user_chat = facts.document("XEP-0045")

    assert multi_user_chat is not None
    assert multi_user_chat.status == "Stable"
    assert facts.document("XEP-9999") is None


def test_a_document_that_the_table_does_not_list_needs_its_file_alone() -> None:
    """Title and status stand in the definition file of a newer document."""
    own = read(
        'document = "XEP-9999"\ntitle = "Dice"\nstatus = "Experimental"\n'
        '[prefixes]\np = "urn:example:dice"\n'
        '[[p.roll]]\nsection = "1"\nsays = "Asks for a throw."\n'
    )

    assert _described(own) == Document("XEP-9999", "Dice", "Experimental")
    assert own.namespaces == ("urn:example:dice",)
