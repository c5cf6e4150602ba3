"""Placeholders, and what they become."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.errors import UsageError
from xmppexplore.sandbox.plays.filling import Known, escape
from xmppexplore.wire.element import parse


def known() -> Known:
    """One person, one kept word."""
    found = Known("capulet.example", {"juliet": "juliet-7"})
    found.words.update({"juliet": "juliet-7@capulet.example/balcony", "juliet.name": "juliet-7"})
    found.words["ver"] = "<&'\">"
    return found


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("DOMAIN", "capulet.example"),
        ("@@DOMAIN", "@@capulet.example"),
        ("SUBDOMAIN DOMAINS", "SUBDOMAIN DOMAINS"),
        ("juliet@DOMAIN/x", "juliet-7@capulet.example/x"),
        ("Juliet@DOMAIN", "juliet-7@capulet.example"),
        ("nurse@DOMAIN", "nurse@capulet.example"),
        ("notjuliet@DOMAIN", "notjuliet@capulet.example"),
        ("$Juliet, $juliet", "juliet-7@capulet.example/balcony, juliet-7@capulet.example/balcony"),
        ("$Juliet.name.", "juliet-7."),
        ("$$ $$Juliet", "$ $Juliet"),
        (r"$base64(\0$Juliet.name\0x)", base64.b64encode(b"\0juliet-7\0x").decode()),
    ],
)
def test_what_a_placeholder_becomes(text, filled) -> None:
    """Each form, and what only looks like one."""
    assert known().fill(text) == filled


def test_a_word_without_value_is_told_or_left() -> None:
    """The message says where it gets one."""
    with pytest.raises(UsageError, match=r"\$previd has no value yet"):
        known().fill("$previd")
    assert known().fill("$previd", leave=True) == "$previd"
    assert known().unknown("$previd", {}) == "previd"
    assert known().unknown("a$previd", {}) == ""
    assert known().unknown("$ver", {}) == ""


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))))
def test_a_value_from_the_wire_stays_a_value(value: str) -> None:
    """Put into XML it becomes no markup and no second attribute."""
    found = known()
    found.words["v"] = value
    element = parse(found.fill("<a b='$v' c=\"$v\">$v</a>", escape))

    assert (element.get("b"), element.get("c"), element.text) == (value, value, value)
    assert element.children == ()
