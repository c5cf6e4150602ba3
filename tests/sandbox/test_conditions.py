"""Errors are written as RFC 6120 defines them."""

from __future__ import annotations

import pytest

from xmppexplore import names
from xmppexplore.sandbox.conditions import (
    STANZA_CONDITIONS,
    sasl_failure,
    stanza_error,
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
