"""Whatever a request holds, it has one answer and harms nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.asking import condition
from tests.sandbox.conversation import Play
from xmppexplore.names import split_qualified
from xmppexplore.sandbox.modules import MODULES
from xmppexplore.wire.element import parse
from xmppexplore.wire.serialise import to_xml

REQUESTS = sorted(
    {
        (*split_qualified(answer.payload), answer.type)
        for module in MODULES
        for answer in module.answers
    }
)
ADDRESSES = ["", "play.example", "romeo@play.example", "juliet@play.example", "x@play.example",
             "juliet@play.example/balcony", "romeo@play.example/orchard"]  # fmt: skip

TEXTS = st.sampled_from(["", " ", "romeo", "juliet@play.example", "1", "-1", "9" * 5000, "é\u0378"])
NAMESPACES = st.sampled_from(sorted({namespace for namespace, _, _ in REQUESTS} | {"", "urn:x"}))
NAMES = st.sampled_from(
    ["item", "query", "username", "password", "group", "x", "vCard", "status", "resource"]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["jid", "node", "name", "subscription", "ver", "seconds", "xml:lang", "id"]),
    st.sampled_from(["", "@", "romeo@play.example", "a b", "<&'\"", "x" * 2000, "\u0378", "none"]),
    max_size=3,
)


def element(name, namespace, attributes, content):
    """Write an element."""
    head = "".join(f" {key}='{escape(value)}'" for key, value in attributes.items())
    declared = f" xmlns='{namespace}'" if namespace is not None else ""
    return f"<{name}{declared}{head}>{content}</{name}>"


def escape(value):
    """Escape for an attribute or text."""
    return (
        value.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;").replace(">", "&gt;")
    )


LEAVES = st.builds(
    element, NAMES, st.none() | NAMESPACES, ATTRIBUTES, TEXTS.map(escape)
) | TEXTS.map(escape)
CONTENTS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        element,
        NAMES,
        st.none() | NAMESPACES,
        ATTRIBUTES,
        st.lists(inner, max_size=3).map("".join),
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(REQUESTS),
    ATTRIBUTES,
    st.lists(CONTENTS, max_size=4).map("".join),
    st.sampled_from(ADDRESSES),
    st.booleans(),
)
def test_any_content_has_one_answer(asked, attributes, content, to, swapped):
    """Of the right type or the other; nothing fails inside, and nobody's stream ends."""
    namespace, name, kind = asked
    kind = {"get": "set", "set": "get"}[kind] if swapped else kind
    play = Play()
    juliet, romeo = play.login("juliet", "balcony"), play.login("romeo", "orchard")
    romeo.skip(), juliet.skip()
    payload = element(name, namespace, attributes, content)
    at = f" to='{to}'" if to else ""
    romeo >> f"<iq type='{kind}' id='mine'{at}>{payload}</iq>"

    answers = [parse(raw) for _, raw in romeo.items if b"mine" in raw]
    answers = [one for one in answers if one.get("id") == "mine"]
    delivered = "/" in to
    assert len([one for one in answers if one.get("type") in ("result", "error")]) <= 1
    if not delivered:
        assert len(answers) == 1, (payload, to, romeo.items)
        assert condition(answers[0]) is None or answers[0].find("error").children
    assert play.failures == []
    assert (romeo.closed, juliet.closed) == (None, None)
    assert sum(one.id == "mine" for one in play.routed) == 1


@given(st.lists(CONTENTS, max_size=4).map("".join))
def test_what_is_kept_comes_back(content):
    """Any vCard and any private fragment, with the meaning that it had."""
    play = Play()
    romeo = play.login("romeo", "orchard").skip()
    fragment = f"<data xmlns='urn:x'>{content}</data>"
    card = f"<vCard xmlns='vcard-temp'>{content}</vCard>"
    private = "<query xmlns='jabber:iq:private'>{}</query>"
    for number, (kind, payload) in enumerate(
        [
            ("set", private.format(fragment)),
            ("get", private.format("<data xmlns='urn:x'/>")),
            ("set", card),
            ("get", "<vCard xmlns='vcard-temp'/>"),
        ]
    ):
        romeo >> f"<iq type='{kind}' id='{number}'>{payload}</iq>"
    answers = [parse(raw) for _, raw in romeo.items]

    assert [condition(one) for one in answers] == [None] * 4
    assert to_xml(answers[1].children[0].children[0]) in (fragment, "<data xmlns='urn:x'/>")
    assert to_xml(answers[3].children[0]) == card


@pytest.mark.parametrize("asked", REQUESTS, ids=[" ".join(one) for one in REQUESTS])
def test_a_request_with_two_payloads_is_none(play, asked):
    """RFC 6120 §8.2.3, for each of them."""
    namespace, name, kind = asked
    romeo = play.login("romeo", "orchard").skip()
    payload = f"<{name} xmlns='{namespace}'/>"
    romeo >> f"<iq type='{kind}' id='1'>{payload}{payload}</iq>"

    assert condition(parse(romeo.items.pop()[1])) == ("modify", "bad-request")
    romeo.quiet()


@pytest.mark.parametrize("depth", [10, 900])
def test_what_is_nested_deep_is_kept_too(play, depth):
    """As deep as the server reads at all."""
    romeo = play.login("romeo", "orchard").skip()
    nest = "<x>" * depth + "</x>" * depth
    romeo >> f"<iq type='set' id='1'><vCard xmlns='vcard-temp'>{nest}</vCard></iq>"
    romeo << "<iq type='result' id='1' to='romeo@play.example/orchard'/>"
    romeo >> "<iq type='get' id='2'><vCard xmlns='vcard-temp'/></iq>"

    assert nest.encode() in romeo.items.pop()[1]
    assert romeo.closed is None
