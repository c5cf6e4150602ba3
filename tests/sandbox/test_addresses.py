"""Addresses are cut and prepared as RFC 7622 says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.sandbox.addresses import Address, BadAddress, address, localpart

GOOD = [
    ("juliet@example.com", Address("juliet", "example.com")),
    ("Juliet@Example.COM/Balcony", Address("juliet", "example.com", "Balcony")),
    ("example.com/a@b/c", Address("", "example.com", "a@b/c")),
    ("example.com.", Address("", "example.com")),
    ("fussball@xn--fuball-cta.example", Address("fussball", "fu\u00dfball.example")),
    ("\u03a3@example.com", Address("\u03c3", "example.com")),
    ("\uff21bc@example.com", Address("abc", "example.com")),
    ("juliet@[::1]/x", Address("juliet", "[::1]", "x")),
    ("juliet@127.0.0.1", Address("juliet", "127.0.0.1")),
    ("king@example.com/\u265a", Address("king", "example.com", "\u265a")),
    ("a@example.com/x\u00a0y", Address("a", "example.com", "x y")),
]
BAD = [
    "",
    "@example.com",
    "juliet@",
    "juliet@example.com/",
    "foo bar@example.com",
    "jul<iet@example.com",
    '"juliet"@example.com',
    "henry\u2163@example.com",
    "a@exa mple.com",
    "a@-example.com",
    "a@example..com",
    "a@[::x]",
    "a@[::1%<b>]",
    "a@example.com/\x00",
    "a" * 1024 + "@example.com",
    "a@example.com/" + "x" * 1024,
    "a@" + "x" * 4000,
    "\ud800@example.com",
]


@pytest.mark.parametrize(("text", "expected"), GOOD, ids=[text for text, _ in GOOD])
def test_an_address_is_cut_and_prepared(text, expected):
    """First the resource, then the localpart; each with its own preparation (§3)."""
    assert address(text) == expected


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_what_is_no_address_is_refused(text):
    """One error, and never another one."""
    with pytest.raises(BadAddress):
        address(text)


@given(st.text(max_size=40))
def test_preparing_twice_is_preparing_once(text):
    """What is prepared is equal to itself, octet by octet (§4)."""
    try:
        prepared = address(text)
    except BadAddress:
        return

    assert address(str(prepared)) == prepared


def test_the_bare_address_has_no_resource():
    """``bare`` names the account."""
    assert address("a@b.example/c").bare == "a@b.example"
    assert address("b.example/c").bare == "b.example"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a b", "the localpart may not hold ' ' (RFC 7622 §3.3)"),
        ("", "the localpart is empty (RFC 7622 §3.3)"),
    ],
)
def test_a_refused_localpart_is_explained_in_words(text: str, said: str) -> None:
    """The character is named, and nothing is said of codecs."""
    with pytest.raises(BadAddress) as refused:
        localpart(text)

    assert str(refused.value) == said
