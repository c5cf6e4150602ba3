"""Errors in words: condition, who says so, whether trying again helps, what to do."""

from __future__ import annotations

import pytest

from tests.reading.explained import line_at, lines_of
from xmppexplore.catalogue.conditions import Place
from xmppexplore.catalogue.lookup import defined_in
from xmppexplore.names import STANZA_ERRORS, STREAM_ERRORS
from xmppexplore.reading.explained_errors import ERROR_TYPES, RETRY, error_of
from xmppexplore.wire.element import parse

SASL_FAILURE = (
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text>No.</text></failure>"
)


def stanza_error(condition: str, kind: str = "cancel", more: str = "") -> str:
    """Return an iq that holds an error."""
    return (
        f"<iq type='error' id='1' from='capulet.example'><error type='{kind}'{more}>"
        f"<{condition} xmlns='{STANZA_ERRORS}'/>"
        f"<text xmlns='{STANZA_ERRORS}'>Sorry</text></error></iq>"
    )


def words(xml: str, path: str):
    """Return the words of the error at a path of local names."""
    place = Place.outermost(parse(xml))
    for name in path.split("/")[1:]:
        place = place.child(place.element.find(name))
    return error_of(place)


@pytest.mark.parametrize("condition", defined_in(STANZA_ERRORS))
def test_every_condition_of_a_stanza_has_its_meaning_and_advice(condition) -> None:
    """Also whether trying again helps; ``text`` is no condition."""
    if condition == "text":
        return
    found = words(stanza_error(condition), "iq/error")

    assert found.condition == condition
    assert found.meaning.endswith(".")
    assert found.retry in RETRY.values()
    assert found.advice


@pytest.mark.parametrize("condition", defined_in(STREAM_ERRORS))
def test_every_condition_of_a_stream_has_its_meaning_and_advice(condition) -> None:
    """Whichever end said so closes the stream."""
    if condition == "text":
        return
    xml = f"<stream:error><{condition} xmlns='{STREAM_ERRORS}'/></stream:error>"
    found = words(xml, "error")

    assert found.condition == condition
    assert found.advice
    assert found.sender == "the end of the stream that gives it up"


@pytest.mark.parametrize("kind", ERROR_TYPES)
def test_the_type_says_what_it_asks_for(kind) -> None:
    """In words, beside the condition."""
    assert ERROR_TYPES[kind] in words(stanza_error("conflict", kind), "iq/error").type


def test_who_says_so_is_told() -> None:
    """``by`` before ``from``, and the server where there is neither."""
    xml = stanza_error("forbidden")

    assert words(xml, "iq/error").sender == "capulet.example"
    by = stanza_error("forbidden", more=" by='rooms.capulet.example'")
    assert words(by, "iq/error").sender == "rooms.capulet.example"
    nobody = xml.replace(" from='capulet.example'", "")
    assert "server" in words(nobody, "iq/error").sender
    assert words(SASL_FAILURE, "failure").sender == "the server of this stream"


def test_a_server_that_was_not_reached_did_not_say_so() -> None:
    """The error bears its address all the same, since the question went there."""
    for condition in ("remote-server-not-found", "remote-server-timeout"):
        assert words(stanza_error(condition), "iq/error").sender.startswith("a server on the way")


@pytest.mark.parametrize("condition", defined_in(STANZA_ERRORS))
@pytest.mark.parametrize("kind", ERROR_TYPES)
def test_the_words_on_trying_again_do_not_contradict_the_type(condition, kind) -> None:
    """What the sender says of this error counts, not what the condition mostly means."""
    retry = words(stanza_error(condition, kind), "iq/error").retry if condition != "text" else ""

    if condition != "text":
        assert retry == {
            "cancel": RETRY["never"], "wait": RETRY["later"], "continue": "",
            "auth": RETRY["changed"], "modify": RETRY["changed"],
        }[kind]  # fmt: skip


def test_nothing_is_said_twice_of_an_error() -> None:
    """Where the element and its condition ask for the same, once is enough."""
    for xml in (
        f"<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='{STANZA_ERRORS}'/></failed>",
        stanza_error("conflict", "wait"),
        SASL_FAILURE,
    ):
        for line in lines_of(xml):
            assert len(set(line.notes)) == len(line.notes)


def test_a_failed_login_is_an_error_too() -> None:
    """With its text."""
    found = words(SASL_FAILURE, "failure")

    assert (found.condition, found.text) == ("not-authorized", "No.")


def test_the_summary_stands_at_the_error_alone() -> None:
    """The condition inside does not repeat the advice."""
    lines = lines_of(stanza_error("item-not-found"))
    error, condition = (line_at(lines, p) for p in ("iq/error", "iq/error/item-not-found"))
    advice = words(stanza_error("item-not-found"), "iq/error").advice

    assert advice in error.notes
    assert "Sent by capulet.example." in error.notes
    assert advice not in condition.notes


@pytest.mark.parametrize(
    "xml",
    [
        "<error xmlns='urn:x'/>",
        "<failed xmlns='urn:xmpp:sm:3'/>",
        "<message><body/></message>",
        "<iq type='error'/>",
    ],
)
def test_what_holds_no_condition_is_no_error_here(xml) -> None:
    """A name alone proves nothing."""
    assert error_of(Place.outermost(parse(xml))) is None


def test_an_old_error_has_its_words_as_text() -> None:
    """Before there were conditions, there was a code and a sentence."""
    found = words("<iq type='error'><error code='404'>Not here</error></iq>", "iq/error")

    assert (found.condition, found.text) == ("", "Not here")
