"""Laws of DIGEST-MD5: the published example recomputes, and a lie in it is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.reading.digest_md5 import digest_fields, directives, recompute
from xmppexplore.reading.sasl_records import VERDICTS

# RFC 2831 §4
CHALLENGE = (
    'realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8'
)
RESPONSE = (
    'charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",'
    'nc=00000001,cnonce="OA6MHXh6VqTrRk",digest-uri="imap/elwood.innosoft.com",'
    "response=d388dad90d4bbd760a152321f2143af7,qop=auth"
)
PROOF = "rspauth=ea40f60335c427b5527b84dbabcdfffd"


def test_the_published_example_recomputes() -> None:
    """Both proofs are those of the document."""
    computed, faults = recompute(CHALLENGE, RESPONSE, PROOF, "secret")

    assert [one.agrees for one in computed] == [None, True, True]
    assert faults == ()


@pytest.mark.parametrize(
    ("challenge", "response", "proof", "password", "name"),
    [
        (CHALLENGE, RESPONSE, PROOF, "Secret", "wrong password"),
        (CHALLENGE, RESPONSE, "", "Secret", "wrong password"),
        (CHALLENGE, RESPONSE.replace("d388", "d389"), PROOF, "secret", "proof changed"),
        (CHALLENGE, RESPONSE, PROOF.replace("ea40", "ea41"), "secret", "forged server"),
        (CHALLENGE.replace("OA6MG", "OA6MH"), RESPONSE, PROOF, "secret", "nonce not repeated"),
        (CHALLENGE, RESPONSE.replace("chris", "chriz"), PROOF, "secret", "wrong password"),
    ],
)
def test_a_lie_is_named(challenge, response, proof, password, name) -> None:
    """The first fault says which of the two sides does not fit."""
    _, faults = recompute(challenge, response, proof, password)

    assert faults[0].name == name


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ('realm="a,b=c",qop=auth', (("realm", "a,b=c"), ("qop", "auth"))),
        ('username="say \\"hi\\""', (("username", 'say "hi"'),)),
        (" , nc = 00000001 ,, ", (("nc", "00000001"),)),
        ("", ()),
    ],
)
def test_pairs_are_read_with_their_quotes(text, pairs) -> None:
    """Commas in quotes part nothing, and escapes are undone."""
    assert directives(text) == (pairs, "")


@pytest.mark.parametrize(
    ("text", "kind"),
    [(CHALLENGE, "challenge"), (RESPONSE, "response"), (PROOF, "server's proof")],
)
def test_messages_are_told_apart_and_explained(text, kind) -> None:
    """Every field of the three messages is known."""
    found, fields, problems = digest_fields(text)

    assert (found, problems) == (kind, ())
    assert "extension" not in {field.label for field in fields}


@given(st.text(), st.text())
def test_any_text_is_read(one: str, other: str) -> None:
    """Nothing is raised, whatever the two sides said."""
    for text in (one, f'nonce="{one}",{other}'):
        kind, fields, _ = digest_fields(text)
        _, faults = recompute(text, other, one, other)

        assert kind in {"message", "challenge", "response", "server's proof"}
        assert (kind == "message") or fields
        assert {fault.name for fault in faults} <= set(VERDICTS)
