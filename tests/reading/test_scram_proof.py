"""Laws of the recomputed proof: the published vectors to the digit, and no lie passes as true."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.logins import SHA_1, SHA_256, Login, made
from xmppexplore.reading.sasl_records import VERDICTS, Fault
from xmppexplore.reading.scram import HASHES, read_scram, scram_kind
from xmppexplore.reading.scram_proof import (
    MAX_ITERATIONS,
    Scrammed,
    compute,
    contradictions,
    downgrade_hash,
)

BOUND = made("SCRAM-SHA-256-PLUS", binding=("tls-server-end-point", bytes(range(32))))


def scrammed(mechanism: str, texts: list[str], **known) -> Scrammed:
    """Return a login that the server said success to."""
    kinds = ("client-first-message", "server-first-message", "client-final-message",
             "server-final-message")  # fmt: skip
    messages = {kind: read_scram(text, kind) for kind, text in zip(kinds, texts, strict=False)}
    return Scrammed(mechanism, messages, known.pop("outcome", "success"), **known)


def faults_of(login: Scrammed, password: str | None) -> list[Fault]:
    """Return all that is wrong with a login."""
    found = list(contradictions(login))
    return found + list(compute(login, password)[1]) if password is not None else found


def names(login: Scrammed, password: str | None) -> list[str]:
    """Return the names of all that is wrong with a login."""
    return [fault.name for fault in faults_of(login, password)]


@pytest.mark.parametrize("login", [SHA_1, SHA_256], ids=["RFC 5802", "RFC 7677"])
def test_the_published_vectors_recompute_to_the_digit(login: Login) -> None:
    """Proof and signature are those of the documents, and nothing is found wrong."""
    mechanism, password, texts = login
    computed, faults = compute(scrammed(mechanism, texts), password)
    values = {one.name: one for one in computed}

    assert faults == ()
    assert names(scrammed(mechanism, texts), password) == []
    assert values["ClientProof"].value == texts[2].partition(",p=")[2]
    assert values["ServerSignature"].value == texts[3][2:]
    assert [one.name for one in computed if one.agrees] == ["ClientProof", "ServerSignature"]
    assert list(values) == [
        "SaltedPassword", "ClientKey", "StoredKey", "AuthMessage", "ClientSignature",
        "ClientProof", "ServerKey", "ServerSignature",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "SCRAM-SHA3-512"]
)
def test_a_library_that_others_wrote_agrees(mechanism: str) -> None:
    """What scramp says to itself is right by the computation here, and bound as well."""
    for binding in (None, ("tls-server-end-point", b"x" * 32)):
        name = f"{mechanism}-PLUS" if binding else mechanism
        made_name, password, texts = made(
            name, "pen\u00adcil \u00aa", iterations=10_000, binding=binding
        )

        assert names(scrammed(made_name, texts), password) == []


def test_every_hash_is_one_that_python_has() -> None:
    """No mechanism of the table ends in an error of hashlib."""
    for mechanism in HASHES:
        computed, _ = compute(scrammed(mechanism, SHA_256[2]), "pencil")
        assert len(computed) == 8


def changed(login: Login, at: int, old: str, new: str) -> list[str]:
    """Return the messages of a login, one of them changed."""
    texts = list(login[2])
    assert old in texts[at]
    texts[at] = texts[at].replace(old, new, 1)
    return texts


HEADER = "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCws"  # of a bound login, without its data
LIES = [
    ("user name", SHA_256, 0, "n=user", "n=useR", "wrong password or changed message"),
    ("client nonce", SHA_256, 0, "r=rOpr", "r=rOpR", "nonce changed"),
    ("flag n to y", SHA_256, 0, "n,,", "y,,", "channel binding header changed"),
    ("flag n to p", SHA_256, 0, "n,,", "p=tls-unique,,", "channel binding flag"),
    ("authorization identity", SHA_256, 0, "n,,", "n,a=root,", "channel binding header changed"),
    ("first, extension", SHA_256, 0, "EkqO", "EkqO,x=1", "wrong password or changed message"),
    ("first, mandatory", SHA_256, 0, "n=user", "m=1,n=user", "malformed message"),
    ("nonce, client part", SHA_256, 1, "r=rOpr", "r=rOpR", "nonce changed"),
    ("nonce, server part", SHA_256, 1, "%hvY", "%hvX", "nonce not repeated"),
    ("nonce not extended", SHA_256, 1, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "", "nonce not extended"),
    ("salt", SHA_256, 1, "s=W22", "s=W23", "wrong password or changed message"),
    ("more iterations", SHA_256, 1, "i=4096", "i=4097", "wrong password or changed message"),
    ("fewer iterations", SHA_256, 1, "i=4096", "i=1", "too few iterations"),
    ("downgrade hash", SHA_256, 1, "i=4096", "i=4096,h=AAAA", "downgrade"),
    ("server, extension", SHA_256, 1, "i=4096", "i=4096,x=1", "wrong password or changed message"),
    ("final, flag", SHA_256, 2, "c=biws", "c=eSws", "channel binding header changed"),
    ("final, data unasked", SHA_256, 2, "c=biws", "c=biwsAAAA", "channel binding header changed"),
    ("final, nonce", SHA_256, 2, "%hvY", "%hvX", "nonce not repeated"),
    ("final, extension", SHA_256, 2, ",p=", ",x=1,p=", "wrong password or changed message"),
    ("proof", SHA_256, 2, "p=dHz", "p=dHy", "proof changed"),
    ("signature", SHA_256, 3, "v=6rr", "v=6rs", "forged server"),
    ("error with success", SHA_256, 3, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
     "e=other-error", "server error"),
    ("bound, type", BOUND, 0, "tls-server-end-point", "tls-exporter",
     "channel binding header changed"),
    ("bound, flag", BOUND, 0, "p=tls-server-end-point", "n", "channel binding flag"),
    ("bound, data gone", BOUND, 2, BOUND[2][2].partition(",")[0], HEADER,
     "channel binding data missing"),
    ("bound, data cut", BOUND, 2, BOUND[2][2].partition(",")[0], HEADER + "AAE=",
     "channel binding data changed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("login", "at", "old", "new", "name"), [lie[1:] for lie in LIES], ids=[lie[0] for lie in LIES]
)
def test_a_corrupted_field_is_found_and_the_lie_named(login, at, old, new, name) -> None:
    """Whatever field of whatever message is changed: the first fault says what it is."""
    mechanism, password, _ = login
    login = scrammed(mechanism, changed(login, at, old, new), offered=(mechanism,))

    assert names(login, password)[0] == name


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([SHA_256, BOUND]),
    st.integers(0, 3),
    st.integers(0, 400),
    st.sampled_from(["replace", "remove", "insert"]),
    st.characters(min_codepoint=32, max_codepoint=0x2FF),
)
def test_no_single_change_passes_as_true(login, at, where, how, character) -> None:
    """One character changed anywhere in a login: it never comes out as all right."""
    mechanism, password, texts = login
    text = texts[at]
    where %= len(text) + (how == "insert")
    after = where if how == "insert" else where + 1
    other = text[:where] + ("" if how == "remove" else character) + text[after:]
    if other == text:
        return
    lie = [*texts[:at], other, *texts[at + 1 :]]

    found = names(scrammed(mechanism, lie), password)
    assert found
    assert set(found) <= set(VERDICTS)


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_another_password_never_fits(password, other) -> None:
    """What was made with one password is told from what another would have made."""
    mechanism, _, texts = SHA_1
    wrong = names(scrammed(mechanism, texts), other if other != "pencil" else password + "x")

    assert wrong
    assert wrong[0] in ("wrong password or changed message", "not computed")


@pytest.mark.parametrize(
    ("keep", "outcome", "name"),
    [(3, "failure", "wrong password"), (3, "success", "server not proved"),
     (4, "success", "wrong password or changed message"), (2, "open", ""), (1, "open", "")],
)  # fmt: skip
def test_how_far_a_login_came_decides_what_is_said(keep, outcome, name) -> None:
    """Without the server's signature a proof that does not fit means a wrong password."""
    mechanism, _, texts = SHA_256
    found = names(scrammed(mechanism, texts[:keep], outcome=outcome), "pencils")

    assert (found or [""])[0] == name


def test_what_shows_without_the_password() -> None:
    """The offer against what the client says of it, and against the server's hash."""
    mechanism, _, texts = made()
    lie = [texts[0].replace("n,,", "y,,", 1), *texts[1:]]
    plus = ("SCRAM-SHA-256-PLUS", mechanism)

    assert "channel binding denied" in names(scrammed(mechanism, lie, offered=plus), None)
    assert names(scrammed(mechanism, texts, offered=plus), None) == []
    assert names(scrammed(BOUND[0], BOUND[2], bindings=("tls-unique",)), None) == [
        "channel binding not offered"
    ]
    unique = made("SCRAM-SHA-1-PLUS", binding=("tls-unique", b"x" * 12))
    assert names(scrammed(unique[0], unique[2], tls="TLSv1.3"), None) == [
        "channel binding undefined"
    ]


@pytest.mark.parametrize(
    ("bindings", "shown", "agrees"),
    [
        (("tls-exporter", "tls-unique"), ("tls-unique", "tls-exporter"), True),
        (("tls-exporter", "tls-unique"), ("tls-unique",), False),
        (("tls-exporter",), None, False),
        (None, None, True),
        (None, ("tls-unique",), False),
    ],
)
def test_a_changed_offer_is_told_by_its_hash(bindings, shown, agrees) -> None:
    """The order of an offer does not matter, its content does (XEP-0474)."""
    offered = ("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1")
    told = downgrade_hash("SCRAM-SHA-256", offered, bindings)
    texts = ["n,,n=romeo,r=abc", f"r=abcdef,s=c2FsdA==,i=4096,h={told}"]
    login = scrammed("SCRAM-SHA-256", texts, outcome="open", offered=offered[::-1], bindings=shown)

    assert ("downgrade" in names(login, None)) is not agrees
    fewer = login._replace(offered=offered[:1])
    assert "downgrade" in names(fewer, None)


def test_nobody_makes_this_compute_for_ever() -> None:
    """The number of iterations comes from the wire."""
    mechanism, password, texts = SHA_256
    many = [texts[0], texts[1].replace("4096", str(MAX_ITERATIONS + 1)), *texts[2:]]
    computed, faults = compute(scrammed(mechanism, many), password)

    assert computed == ()
    assert [fault.name for fault in faults] == ["not computed"]
    for number in ("9" * 19, "9" * 5000, "0", "-1", "\u0663"):
        odd = [texts[0], texts[1].replace("4096", number), *texts[2:]]
        assert compute(scrammed(mechanism, odd), password)[0] == ()


def test_no_repr_shows_a_value() -> None:
    """Keys and proofs may stand in a log otherwise."""
    mechanism, password, texts = SHA_256
    computed, _ = compute(scrammed(mechanism, texts), password)

    assert not [one.name for one in computed if one.value in repr(computed)]


def test_kinds_are_told_by_who_speaks() -> None:
    """What the client says is never read as the server's, and the other way round."""
    for text, by in zip(SHA_256[2], ("client", "server") * 2, strict=True):
        other = {"client": "server", "server": "client"}[by]
        assert scram_kind(text, by)
        assert scram_kind(text, other) != scram_kind(text, by)
