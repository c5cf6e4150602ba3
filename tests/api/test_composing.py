"""What the composer thinks of a text, for any text; and its words for what came back."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import costs
from xmppexplore.api.composing import (
    LONGEST,
    MOST_LINES,
    MOST_OFFERED,
    MOST_TOLD,
    Sent,
    completed,
    covered,
    error_words,
    explained,
    judge,
    template_groups,
    warm,
)
from xmppexplore.catalogue.loading import contents, documents_with_definitions
from xmppexplore.names import COMPONENT
from xmppexplore.wire.element import CLIENT, parse
from xmppexplore.wire.records import Context

TIMES = 150  # as much as reading as many characters of ordinary stanzas
PIECES = st.lists(
    st.sampled_from(
        [
            *("<iq", " type='get'", " id='1'", ">", "/>", "</iq>", "<message>", "</message>"),
            *("&amp;", "&", "<ping xmlns='urn:xmpp:ping'/>", "<!--", "<body>"),
            *("\u202e", "é", "\n", "'", '"'),
        ]
    ),
    max_size=12,
).map("".join)


@given(st.one_of(st.text(max_size=60), PIECES))
def test_any_text_is_judged(text: str) -> None:
    """It never raises; each objection has a place in the text; only what is sound is good."""
    verdict = judge(text, CLIENT)

    assert json.dumps(verdict.model())
    lines = text.split("\n")
    for one in verdict.objections:
        assert 1 <= one.line <= len(lines)
        assert 1 <= one.column <= len(lines[one.line - 1]) + 1
    if verdict.state == "good":
        assert parse(text, CLIENT).namespace
        assert verdict.warning == ""
    else:
        assert verdict.state == "empty" or verdict.objections


@pytest.mark.parametrize(
    ("text", "state", "place"),
    [
        ("", "empty", None),
        (" \n", "empty", None),
        ("<presence/>", "good", None),
        ("<presence>\n<priority>high</priority></presence>", "departs", (2, 1)),
        ("<presence>", "broken", (1, 1)),
        ("<hello/>", "broken", (1, 1)),
        ("<message to='a.example'/>\n<presence/>", "broken", (2, 1)),
        ("<r xmlns='urn:xmpp:sm:3'/>", "good", None),
    ],
)
def test_states(text: str, state: str, place: tuple[int, int] | None) -> None:
    """What is good is sent; what departs, if insisted; what is broken ends the stream."""
    verdict = judge(text, CLIENT)

    assert verdict.state == state
    assert bool(verdict.warning) == (state in ("departs", "broken"))
    if place is not None:
        assert (verdict.objections[0].line, verdict.objections[0].column) == place


def test_a_missing_id_is_completed_and_no_objection() -> None:
    """Of the iq that is sent alone; one inside another stanza must have its own."""
    asked = "<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>"
    assert judge(asked, CLIENT).notes == ("An id will be added.",)
    assert judge(asked, CLIENT).state == "good"
    assert judge(asked.replace("<iq", "<iq id='1'"), CLIENT).notes == ()
    component = Context(COMPONENT, CLIENT.prefixes)
    assert judge(asked.replace("<iq", "<iq from='a.example' to='b.example'"), component).notes


def test_a_component_speaks_its_own_namespace() -> None:
    """What is a stanza depends on the stream."""
    component = Context(COMPONENT, CLIENT.prefixes)
    assert judge("<presence xmlns='jabber:client'/>", component).state == "good"
    assert judge("<hello/>", component).state == "broken"


def test_what_is_too_long_cannot_be_insisted_on() -> None:
    """The composer checks at each pause in typing; the largest it takes is quick to judge."""
    verdict = judge("x" * (LONGEST + 1), CLIENT)
    assert (verdict.state, verdict.warning) == ("broken", "")

    text = "<message>" + "<a/>" * ((LONGEST - 30) // 4) + "</message>"
    model = judge(text, CLIENT).model()
    assert len(model["unchecked"]) == MOST_TOLD
    assert model["uncheckedMore"] > 5_000
    read = costs.read_ordinary(len(text))
    assert costs.ratio(lambda: judge(text, CLIENT).model(), read, TIMES) <= TIMES


def test_errors_in_words() -> None:
    """Condition, meaning, the other side's words, whether and how to go on; of streams too."""
    stanza = parse(
        "<iq type='error' id='1' from='a.example'><error type='wait'><resource-constraint "
        "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:"
        "xmpp-stanzas'>too busy</text></error></iq>"
    )
    condition, meaning = error_words(stanza)
    assert condition == "resource-constraint"
    assert "It says: 'too busy'." in meaning
    stream = parse(
        "<stream:error><not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "</stream:error>"
    )
    assert error_words(stream)[0] == "not-well-formed"
    assert error_words(parse("<iq type='error'/>")) == ("undefined-condition", ())


def test_an_explanation_is_bounded() -> None:
    """However much came back; unknown elements are called so."""
    many = "".join(f"<item jid='a{n}@b.example'/>" for n in range(400))
    found = explained(
        parse(f"<iq type='result'><query xmlns='jabber:iq:roster'>{many}</query></iq>")
    )
    assert len(found["rows"]) == MOST_LINES
    assert found["more"] > 400
    assert json.dumps(found)
    unknown = explained(parse("<x xmlns='urn:example:nobody'/>"))["rows"][0]
    assert "not described here" in unknown["says"]


@given(st.one_of(st.text(max_size=40), PIECES))
def test_any_text_is_completed(text: str) -> None:
    """It never raises, and offers a bounded number of things."""
    found = completed(text, CLIENT)
    assert len(found["items"]) <= MOST_OFFERED
    assert json.dumps(found)
    assert found["more"] == 0 or len(found["items"]) == MOST_OFFERED


def test_the_catalogue_is_read_a_file_at_a_turn() -> None:
    """All of it, and what else waits for the loop is served in between."""
    contents.cache_clear()

    async def body() -> int:
        task = asyncio.create_task(warm())
        turns = 0
        while not task.done():
            turns += 1
            await asyncio.sleep(0)
        await task
        return turns

    assert asyncio.run(body()) > len(documents_with_definitions())
    assert contents.cache_info().currsize >= len(documents_with_definitions())


def test_a_view_is_not_told_the_text_of_what_was_sent() -> None:
    """Neither its model nor its repr has it; a latency says what it is."""
    sent = Sent(1, 0, "iq get ping", "<secret/>", took=12_345_678)
    assert "secret" not in repr(sent)
    assert "secret" not in repr(sent.model())
    assert sent.model()["took"] == "12 ms"
    sent.took, sent.upper_bound = 1_234_567, True
    assert sent.model()["took"] == "at most 1.2 ms"


def test_secrets_are_covered_also_where_it_is_broken() -> None:
    """Half a registration is no less secret than a whole one."""
    text = "<iq><query xmlns='jabber:iq:register'><password>wherefore"
    assert "wherefore" not in covered(text, CLIENT)
    assert len(covered(text, CLIENT)) == len(text)


def test_the_people_of_templates_live_where_nobody_real_is_addressed() -> None:
    """On the sandbox's own domain; on a real server at one that does not exist."""
    for domain, home in [
        ("capulet.example", "capulet.example"),
        ("play.example", "play.example"),
        ("jabber.invalid", "montague.example"),
        ("", "montague.example"),
    ]:
        groups = template_groups(domain)
        first = groups[0]["items"][0]["fields"]
        assert first["to"] == f"romeo@{home}"
        assert ("montague" in str(groups)) == (home == "montague.example")


def test_the_core_comes_first_and_what_was_given_up_last() -> None:
    """Each document once; a group that was given up says so."""
    groups = template_groups()
    assert groups[0]["document"] in ("RFC 6120", "RFC 6121")
    flags = [bool(group["status"]) for group in groups]
    assert flags == sorted(flags)
    alone = [
        not one["document"].startswith(("RFC ", "XEP-")) for one in groups if not one["status"]
    ]
    assert any(alone)
    assert alone == sorted(alone)
    assert all(group["items"] for group in groups)
