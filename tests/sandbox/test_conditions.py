"""Errors are written as RFC 6120 defines them."""

from __future__ import annotations

import pytest

from xmppexplore import names
from xmppexplore.sandbox.conditions import (
    SASL_CONDITIONS,
    STANZA_CONDITIONS,
    STREAM_CONDITIONS,
    sasl2_failure,
    sasl_failure,
    stanza_error,
    stanza_fault,
    stream_error,
)
from xmppexplore.wire.element import parse


@pytest.mark.parametrize("condition", STANZA_CONDITIONS)
def test_each_condition_has_its_type(condition):
    """22 conditions, each with a type of §8.3.2."""
    error = parse(stanza_error(condition))

    assert error.get("type") == STANZA_CONDITIONS[condition]
    assert error.children[0].qualified == f"{{{names.STANZA_ERRORS}}}{condition}"
    assert len(STANZA_CONDITIONS) == 22


def test_what_is_no_condition_is_undefined_and_said_in_words():
    """A handler may raise what it likes; what goes out is allowed, and is no markup."""
    error = parse(stanza_error("out <of> tea", "bogus"))

    assert error.children[0].name == "undefined-condition"
    assert error.children[1].text == "out <of> tea"
    assert error.get("type") == "cancel"


def test_type_and_finder_can_be_said():
    """``by`` names who found the error (§8.3.2)."""
    error = parse(stanza_error("gone", "wait", by="a@b"))

    assert (error.get("type"), error.get("by")) == ("wait", "a@b")


def test_stream_errors_and_failures_carry_condition_and_text():
    """§4.9.2 and §6.4.5."""
    error = parse(stream_error("conflict", "a & b"))
    failure = parse(sasl_failure("not-authorized"))

    assert [child.qualified for child in error.children] == [
        f"{{{names.STREAM_ERRORS}}}conflict",
        f"{{{names.STREAM_ERRORS}}}text",
    ]
    assert error.children[1].text == "a & b"
    assert failure.qualified == f"{{{names.SASL}}}failure"
    assert [child.name for child in failure.children] == ["not-authorized"]


@pytest.mark.parametrize("condition", STREAM_CONDITIONS)
def test_each_stream_error_can_be_written(condition):
    """25 of them (§4.9.3), each with a sentence on when it is due here."""
    [child] = parse(stream_error(condition)).children

    assert child.qualified == f"{{{names.STREAM_ERRORS}}}{condition}"
    assert STREAM_CONDITIONS[condition]
    assert len(STREAM_CONDITIONS) == 25


def test_another_host_is_named_where_one_is_to_go():
    """As text, never as markup (§4.9.3.19)."""
    error = parse(stream_error("see-other-host", other="[::1]:5222<x/>"))

    assert error.children[0].text == "[::1]:5222<x/>"
    assert parse(stream_error("reset", other="a")).children[0].text == ""


@pytest.mark.parametrize("condition", SASL_CONDITIONS)
def test_each_failure_has_the_same_condition_in_both_profiles(condition):
    """11 of them (§6.5); SASL2 keeps their namespace (XEP-0388)."""
    first, second = parse(sasl_failure(condition, "a")), parse(sasl2_failure(condition, "a"))

    assert first.children[0].qualified == f"{{{names.SASL}}}{condition}"
    assert second.children[0].qualified == first.children[0].qualified
    assert [one.children[1].qualified for one in (first, second)] == [
        f"{{{names.SASL}}}text",
        f"{{{names.SASL2}}}text",
    ]
    assert len(SASL_CONDITIONS) == 11


def test_no_other_condition_is_ever_written():
    """Whatever is set by hand: it becomes one that is defined."""
    assert parse(stream_error("<a>", "x")).children[0].name == "undefined-condition"
    assert parse(sasl_failure("<a>")).children[0].name == "temporary-auth-failure"
    assert parse(sasl2_failure("<a>")).children[0].name == "temporary-auth-failure"


@pytest.mark.parametrize("condition", STANZA_CONDITIONS)
def test_what_a_handler_raises_carries_condition_and_words(condition):
    """The words are the text of the error that the sender gets."""
    fault = stanza_fault(condition, "a <b>")
    error = parse(stanza_error(fault.condition, fault.type, fault.text))

    assert error.get("type") == STANZA_CONDITIONS[condition]
    assert [one.name for one in error.children] == [condition, "text"]
    assert error.children[1].text == str(fault) == "a <b>"
