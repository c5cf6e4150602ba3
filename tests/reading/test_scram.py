"""Laws of SCRAM messages: each field is found, and each departure from the grammar is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.logins import SHA_1, SHA_256
from xmppexplore.reading.scram import (
    CHALLENGE,
    ERRORS,
    FINAL,
    FIRST,
    KINDS,
    PROVED,
    read_scram,
    scram_fields,
    scram_kind,
)

ORDER = (FIRST, CHALLENGE, FINAL, PROVED)


@pytest.mark.parametrize("login", [SHA_1, SHA_256], ids=["SHA-1", "SHA-256"])
def test_the_published_messages_are_what_they_are(login) -> None:
    """Each of the four is known by itself, and nothing is wrong with it."""
    for kind, text in zip(ORDER, login[2], strict=True):
        assert scram_kind(text) == kind
        assert read_scram(text, kind).problems == ()


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("n,,n=romeo,r=abc", [("gs2-cbind-flag", "n"), ("n", "romeo"), ("r", "abc")]),
        (
            "p=tls-exporter,a=nurse,n=ro=3Dm=2Ceo,r=abc",
            [("gs2-cbind-flag", "p"), ("cb-name", "tls-exporter"), ("a", "nurse"),
             ("n", "ro=m,eo"), ("r", "abc")],
        ),
        ("r=abcdef,s=c2FsdA==,i=4096,h=aGFzaA==",
         [("r", "abcdef"), ("r (client)", "abc"), ("r (server)", "def"), ("s", "c2FsdA=="),
          ("i", "4096"), ("h", "aGFzaA==")]),
        ("c=eSws,r=abcdef,x=more,p=cHJvb2Y=",
         [("c", "eSws"), ("c: gs2-cbind-flag", "y"), ("r", "abcdef"), ("r (client)", "abc"),
          ("r (server)", "def"), ("x", "more"), ("p", "cHJvb2Y=")]),
        ("c=cD10bHMtdW5pcXVlLCwAAQ==,r=abcdef,p=cHJvb2Y=",
         [("c", "cD10bHMtdW5pcXVlLCwAAQ=="), ("c: gs2-cbind-flag", "p"),
          ("c: cb-name", "tls-unique"), ("c: cbind-data", "0001"), ("r", "abcdef"),
          ("r (client)", "abc"), ("r (server)", "def"), ("p", "cHJvb2Y=")]),
        ("v=c2ln", [("v", "c2ln")]),
        ("e=invalid-proof", [("e", "invalid-proof")]),
    ],
    ids=["first", "bound first", "server first", "final", "bound final", "signature", "error"],
)  # fmt: skip
def test_every_field_has_its_name_and_value(text, fields) -> None:
    """Escapes are undone, the nonce is cut in two, the channel binding is opened."""
    message = read_scram(text, scram_kind(text))

    assert [(field.name, field.value) for field in scram_fields(message, "abc")] == fields
    assert message.problems == ()


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (FIRST, "n=romeo,r=abc", "no GS2 header"),
        (FIRST, "nothing", "no GS2 header"),
        (FIRST, "x,,n=romeo,r=abc", "neither n, y nor p="),
        (FIRST, "p=,,n=romeo,r=abc", "no name of a channel binding"),
        (FIRST, "n,b=x,n=romeo,r=abc", "only a= may stand"),
        (FIRST, "n,a=x=,n=romeo,r=abc", "In a="),
        (FIRST, "n,,n=ro=meo,r=abc", "In n="),
        (FIRST, "n,,n=,r=abc", "In n="),
        (FIRST, "n,,r=abc", "lacks n="),
        (FIRST, "n,,r=abc,n=romeo", "begin with n=, r="),
        (FIRST, "n,,m=x,n=romeo,r=abc", "has m="),
        (FIRST, "n,,n=romeo,r=abc,m=x", "has m="),
        (CHALLENGE, "r=a,s=c2FsdA==,i=4096,m=x", "has m="),
        (FINAL, "c=biws,r=a,m=x,p=cHJvb2Y=", "has m="),
        (FIRST, "n,,n=romeo,r=abc,x=", "x= is empty"),
        (FIRST, "n,,n=romeo,r=abc,x=a\0b", "holds a NUL"),
        (PROVED, "v=c2ln,e=other-error", "both v= and e="),
        (FIRST, "n,,n=romeo,r=", "printable ASCII"),
        (FIRST, "n,,n=romeo,r=a\u00e9", "printable ASCII"),
        (FIRST, "n,,n=romeo,r=a,r=b", "more than once"),
        (FIRST, "n,,n=romeo,r=a,oops", "At character 15"),
        (CHALLENGE, "r=a,s=c2FsdA==", "lacks i="),
        (CHALLENGE, "r=a,s=,i=4096", "s= is base64"),
        (CHALLENGE, "r=a,s=c2FsdB==,i=4096", "The last character of s="),
        (CHALLENGE, "r=a,s=c2FsdA==,i=0", "positive number"),
        (CHALLENGE, "r=a,s=c2FsdA==,i=-4096", "positive number"),
        (CHALLENGE, "r=a,s=c2FsdA==,i=04096", "positive number"),
        (CHALLENGE, "r=a,s=c2FsdA==,i=4096,i=1", "more than once"),
        (FINAL, "c=biws,r=a", "lacks p="),
        (FINAL, "c=biws,p=cHJvb2Y=,r=a", "ends with p="),
        (FINAL, "c=???,r=a,p=cHJvb2Y=", "c= is base64"),
        (PROVED, "v=", "v= is base64"),
        (PROVED, "e=because", "does not list"),
        (PROVED, "x=1", "neither v= nor e="),
        (PROVED, "v=c2ln," + "x=y," * 200, "more than 100 attributes"),
    ],
)
def test_what_departs_from_the_grammar_is_named(kind, text, words) -> None:
    """The sentence says which attribute, and what belongs there."""
    assert any(words in problem for problem in read_scram(text, kind).problems)


def test_every_error_of_the_document_is_explained() -> None:
    """The eleven values of the grammar, each with a meaning of its own."""
    texts = {scram_fields(read_scram(f"e={name}", PROVED))[0].says for name in ERRORS}

    assert len(texts) == len(ERRORS) == 11


@given(st.text(), st.sampled_from(ORDER))
def test_any_text_is_read(text: str, kind: str) -> None:
    """Nothing is raised, and what is no such message has a problem."""
    message = read_scram(text, kind)

    assert message.text == text
    assert message.problems or scram_kind(text, KINDS[kind][0]) == kind


@given(st.sampled_from(["n,,", "y,,", "p=x,,", "n,a=b,"]), st.text(), st.text(min_size=1))
def test_a_name_comes_back_as_it_was_written(gs2: str, name: str, more: str) -> None:
    """Escaping and reading again gives the same name (RFC 5802 §5.1)."""
    user = (name + more).replace("\0", "")
    written = user.replace("=", "=3D").replace(",", "=2C")
    message = read_scram(f"{gs2}n={written},r=abc", FIRST)

    named = {field.name: field.value for field in scram_fields(message)}
    assert named["n"] == user
    assert message.gs2 == gs2
