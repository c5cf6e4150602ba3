"""Laws of one SASL message laid open: each mechanism's fields, and an answer to any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reading.logins import SHA_256, encoded
from tests.reading.test_digest_md5 import CHALLENGE, RESPONSE
from tests.tools import costs
from xmppexplore.reading.sasl import MAX_MESSAGE, payload
from xmppexplore.reading.sasl_records import MAX_VALUE

TOKEN = b"token".hex()
HASH = bytes(range(32))

OPENED = [
    ("PLAIN", "auth", "\0juliet\0r0m30", "PLAIN message",
     {"authzid": "", "authcid": "juliet", "passwd": "r0m30"}),
    ("PLAIN", "auth", "nurse@capulet.example\0juliet\0r0m30", "PLAIN message",
     {"authzid": "nurse@capulet.example", "authcid": "juliet", "passwd": "r0m30"}),
    ("SCRAM-SHA-256", "auth", SHA_256[2][0], "SCRAM client-first-message", {"n": "user"}),
    ("SCRAM-SHA-256", "challenge", SHA_256[2][1], "SCRAM server-first-message", {"i": "4096"}),
    ("SCRAM-SHA-256", "response", SHA_256[2][2], "SCRAM client-final-message", {"c": "biws"}),
    ("SCRAM-SHA-256", "success", SHA_256[2][3], "SCRAM server-final-message", {}),
    ("EXTERNAL", "auth", "juliet@capulet.example", "EXTERNAL message",
     {"authzid": "juliet@capulet.example"}),
    ("EXTERNAL", "auth", "", "empty message", {}),
    ("ANONYMOUS", "auth", "a guest", "ANONYMOUS message", {"trace": "a guest"}),
    ("DIGEST-MD5", "challenge", CHALLENGE, "DIGEST-MD5 challenge", {"qop": "auth"}),
    ("DIGEST-MD5", "response", RESPONSE, "DIGEST-MD5 response", {"username": "chris"}),
    ("LOGIN", "challenge", "User Name\0", "LOGIN prompt", {}),
    ("LOGIN", "response", "juliet", "LOGIN answer", {"answer": "juliet"}),
    ("X-OAUTH2", "auth", f"\0juliet\0{TOKEN}", "X-OAUTH2 message",
     {"user": "juliet", "token": TOKEN}),
    ("OAUTHBEARER", "auth", f"n,a=juliet,\x01host=capulet.example\x01auth=Bearer {TOKEN}\x01\x01",
     "OAUTHBEARER message", {"gs2-header": "n,a=juliet,", "auth": f"Bearer {TOKEN}"}),
    ("OAUTHBEARER", "challenge", '{"status":"invalid_token"}', "OAUTHBEARER error", {}),
    ("HT-SHA-256-NONE", "initial-response", b"juliet\0" + HASH, "HT-SHA-256-NONE message",
     {"authcid": "juliet", "hashed-token": HASH.hex()}),
    ("HT-SHA-256-NONE", "additional-data", HASH, "HT-SHA-256-NONE answer",
     {"hashed-token": HASH.hex()}),
    ("X-OWN", "auth", "whatever", "unknown X-OWN message", {"data": "whatever"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mechanism", "place", "text", "kind", "fields"), OPENED, ids=[f"{o[0]} {o[1]}" for o in OPENED]
)
def test_messages_are_laid_open(mechanism, place, text, kind, fields) -> None:
    """What it is, its fields by name, and nothing wrong with it."""
    opened = payload(encoded(text), mechanism, place)
    values = {field.name: field.value for field in opened.fields}

    assert opened.kind == kind
    assert fields.items() <= values.items()
    assert opened.problems == ()
    assert opened.encoding == ("base64" if text else "empty")
    assert all(field.says.endswith(".") and field.section for field in opened.fields)


@pytest.mark.parametrize("text", [text for _, _, text, _, _ in OPENED[:6]])
def test_mechanism_and_encoding_are_guessed(text) -> None:
    """The same message, raw or in base64, without a word about it, is known again."""
    raw, wrapped = payload(text), payload(encoded(text).decode())

    assert raw.fields == wrapped.fields
    assert (raw.encoding, wrapped.encoding) == ("text", "base64")
    assert raw.kind.startswith(("PLAIN", "SCRAM"))


@pytest.mark.parametrize(
    ("text", "mechanism", "place", "words"),
    [
        ("a!b", "PLAIN", "auth", "not base64, at character 1"),
        ("abc", "PLAIN", "auth", "not base64, at its end"),
        ("AGE AYg==", "PLAIN", "auth", "White space"),
        ("AGEAYh==", "PLAIN", "auth", "Its last character holds bits"),
        (encoded("juliet"), "PLAIN", "auth", "here are 0"),
        (encoded("\0a\0b\0c"), "PLAIN", "auth", "here are 3"),
        (encoded("\0\0r0m30"), "PLAIN", "auth", "authcid is empty"),
        (encoded("\0juliet\0"), "PLAIN", "auth", "passwd is empty"),
        (encoded(b"\0\xff\0x"), "PLAIN", "auth", "not UTF-8"),
        (encoded(b"n,,n=\xff,r=a"), "SCRAM-SHA-1", "auth", "At byte 5 it is not UTF-8"),
        (encoded("hello"), "SCRAM-SHA-1", "auth", "none of the four messages"),
        (encoded("v=AA=="), "SCRAM-SHA-1", "auth", "which the other side says"),
        ("=", "EXTERNAL", "initial-response", "not base64"),
        (encoded('nonce="a"'), "DIGEST-MD5", "challenge", "lacks algorithm"),
        (
            encoded('nonce="a",algorithm=md5-sess,nonce="b"'),
            "DIGEST-MD5",
            "challenge",
            "nonce more than once",
        ),
        (encoded("username=a,response=b"), "DIGEST-MD5", "response", "lacks nonce, cnonce, nc"),
        (encoded("g" * 300), "ANONYMOUS", "auth", "longer than 255"),
        (encoded("juliet"), "HT-SHA-256-NONE", "auth", "user name, a NUL octet"),
        (encoded("juliet\0short"), "HT-SHA-256-NONE", "auth", "5 bytes"),
        (encoded("n,,\x01auth=x"), "OAUTHBEARER", "auth", "two octets 0x01"),
        (encoded("token"), "X-OAUTH2", "auth", "NUL, user name, NUL, token"),
        (encoded("a=b c"), "DIGEST-MD5", "challenge", "name=value"),
    ],
)
def test_what_is_malformed_is_named(text, mechanism, place, words) -> None:
    """The sentence says what is wrong and where."""
    assert any(words in problem for problem in payload(text, mechanism, place).problems)


def test_a_hash_that_is_not_known_is_no_fault() -> None:
    """It is said, and the fields are read all the same."""
    found = payload(encoded("n,,n=a,r=b"), "SCRAM-WHIRL", "auth")

    assert found.problems == ()
    assert "hash in the mechanism's name is not known" in found.says
    assert [field.name for field in found.fields] == ["gs2-cbind-flag", "n", "r"]


def test_asterisks_are_hidden_only_where_something_was_hidden() -> None:
    """Otherwise they are what the peer wrote, which is no base64."""
    assert payload("****", "PLAIN", "auth").kind == "hidden message"
    bare = payload("****", "PLAIN", "auth", covered=False)
    assert (bare.encoding, len(bare.problems) > 0) == ("text", True)


@pytest.mark.parametrize("text", ["", "=", "  ", b"="])
def test_nothing_is_something(text) -> None:
    """An empty message, also as RFC 6120 writes it."""
    opened = payload(text, "EXTERNAL", "auth")

    assert (opened.encoding, opened.data, opened.problems) == ("empty", b"", ())


def test_what_was_hidden_is_said_to_be() -> None:
    """Filler of a saved recording is no message."""
    assert payload("*" * 40, "PLAIN", "auth").encoding == "hidden"


def test_no_repr_and_no_sentence_shows_a_secret() -> None:
    """Passwords, proofs and tokens are in ``value`` and ``data`` and nowhere else."""
    secret = "w0nderful-secret"
    for mechanism, text in [
        ("PLAIN", f"\0juliet\0{secret}"),
        ("LOGIN", secret),
        ("X-OAUTH2", f"\0juliet\0{secret}"),
        ("OAUTHBEARER", f"n,,\x01auth=Bearer {secret}\x01\x01"),
        ("X-OWN", secret),
    ]:
        opened = payload(encoded(text), mechanism, "response")
        [field] = [field for field in opened.fields if secret in field.value]
        assert field.secret
        assert secret not in repr(opened) + repr(opened.fields)
        assert secret not in opened.says + field.says + "".join(opened.problems)


TIMES = 30  # as much as reading an ordinary megabyte, for 22 messages
MECHANISMS = ["SCRAM-SHA-256", "DIGEST-MD5", "PLAIN", "LOGIN", "EXTERNAL", "ANONYMOUS",
              "OAUTHBEARER", "X-OAUTH2", "HT-SHA-256-ENDP", "X-OWN", None]  # fmt: skip
PLACES = ["auth", "challenge", "success", "initial-response", None]


@given(
    st.one_of(st.text(), st.binary(), st.binary().map(encoded)),
    st.sampled_from(MECHANISMS),
    st.sampled_from(PLACES),
)
def test_anything_ends_in_an_answer(given_, mechanism, place) -> None:
    """Whatever the bytes, the mechanism and the place: a payload, and no exception."""
    opened = payload(given_, mechanism, place)

    assert opened.kind
    assert isinstance(opened.data, bytes)
    assert opened.mechanism == (mechanism or opened.mechanism)


@pytest.mark.parametrize(
    "rubbish",
    ["=2C" * 350_000, "n,,n=" + "=" * 10**6, "n,,n=a" + ",r=a" * 250_000, "," * 10**6,
     'nonce="' + '\\"' * 500_000, '"' * 10**6, "\0" * 10**6, "A" * 10**6, "a=" * 500_000,
     " " * 10**6 + "x", "n,,n=a,r=" + "b" * 10**6, "\0a\0" + "b" * 10**6],
    ids=range(12),
)  # fmt: skip
def test_a_megabyte_of_rubbish_is_bounded(rubbish: str) -> None:
    """In cost, and in what is kept for showing."""
    for mechanism in MECHANISMS:
        for text in (rubbish, encoded(rubbish)):
            opened = payload(text, mechanism, "auth")
            assert len(opened.fields) <= 300
            assert all(len(field.value) <= 2 * MAX_VALUE + 40 for field in opened.fields)

    assert len(rubbish) > MAX_MESSAGE

    def every_mechanism() -> None:
        for mechanism in MECHANISMS:
            for text in (rubbish, encoded(rubbish)):
                payload(text, mechanism, "auth")

    assert costs.ratio(every_mechanism, costs.read_ordinary(10**6), TIMES) <= TIMES
