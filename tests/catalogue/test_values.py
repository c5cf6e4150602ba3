"""Value types: what they accept, and what they make of it in words."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.catalogue.values import VALUE_TYPES, decoded, fault, unpacked

RIGHT = {
    "text": ["", "anything <at> all"],
    "none": ["", " \n"],
    "word": ["a", "urn:x"],
    "jid": ["capulet.example", "a@b", "a@b/c d", "b/a@c"],
    "bare jid": ["capulet.example", "a@b"],
    "full jid": ["a@b/c", "b/c"],
    "domain": ["capulet.example"],
    "integer": ["0", "-12", "+3"],
    "unsigned": ["0", "4294967295"],
    "positive": ["1"],
    "short unsigned": ["0", "65535"],
    "byte": ["-128", "127"],
    "port": ["5222"],
    "decimal": ["1", "-1.5", ".5", "2e3"],
    "seconds": ["0", "86400"],
    "boolean": ["true", "0"],
    "datetime": ["1969-07-21T02:56:15Z", "2002-09-10T23:41:07.123+02:00"],
    "date": ["1776-07-04"],
    "time": ["16:00:00", "16:00:00.123Z"],
    "timezone": ["Z", "-07:00"],
    "legacy datetime": ["20020910T23:08:25"],
    "base64": ["", "SGk=", "SG\nk="],
    "sasl data": ["", "=", "SGk="],
    "hex": ["", "00fF"],
    "sha1 hex": ["a" * 40],
    "uri": ["urn:x", "https://capulet.example/a?b"],
    "lang": ["", "en", "de-CH-1996"],
    "ip": ["127.0.0.1", "::1"],
    "host": ["capulet.example", "127.0.0.1"],
    "uuid": ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
    "mime": ["image/png", "text/plain; charset=utf-8"],
    "clark": ["{urn:x}y", "y"],
    "xpath": ["/a/b"],
}
WRONG = {
    "none": ["x"],
    "word": ["", "a b"],
    "jid": ["", "@b", "a@", "a@b/", "a b@c", "a@b@c"],
    "bare jid": ["a@b/c", ""],
    "full jid": ["a@b"],
    "domain": ["a@b", "a/b"],
    "integer": ["", "1.5", "x"],
    "unsigned": ["-1", ""],
    "positive": ["0"],
    "short unsigned": ["65536", "-1"],
    "byte": ["128", "-129"],
    "port": ["65536"],
    "decimal": ["", "1,5"],
    "seconds": ["-1", "1.5"],
    "boolean": ["", "yes", "TRUE"],
    "datetime": ["", "2002-09-10", "2002-13-10T23:41:07Z", "2002-09-10T23:41:07"],
    "date": ["2002-02-30", "x"],
    "time": ["16:00", ""],
    "timezone": ["+1", ""],
    "legacy datetime": ["2002-09-10T23:08:25", ""],
    "base64": ["S", "*", "SG=k"],
    "sasl data": ["==", "n,,"],
    "hex": ["0", "xx"],
    "sha1 hex": ["a" * 39],
    "uri": ["", "no colon"],
    "lang": ["en_GB", "123456789"],
    "ip": ["capulet.example", ""],
    "host": ["", "a b"],
    "uuid": ["x"],
    "mime": ["png", ""],
    "clark": ["", "{x}"],
    "xpath": [" "],
}


EARLIEST = dt.datetime(1, 1, 2)  # noqa: DTZ001 - hypothesis adds the zone


def test_the_tables_cover_every_type() -> None:
    """A new type comes with values that are right and, but for text, some that are not."""
    assert set(RIGHT) == set(VALUE_TYPES)
    assert set(WRONG) == set(VALUE_TYPES) - {"text"}


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in RIGHT.items() for t in texts])
def test_a_right_value_is_accepted(kind: str, text: str) -> None:
    """What the documents allow is no fault."""
    assert fault(kind, text) == ""


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in WRONG.items() for t in texts])
def test_a_wrong_value_is_told(kind: str, text: str) -> None:
    """The sentence says what would have been right."""
    assert fault(kind, text) == f"is not {VALUE_TYPES[kind].says}"


@given(st.sampled_from(sorted(VALUE_TYPES)), st.text(max_size=300))
def test_any_text_ends_in_an_answer(kind: str, text: str) -> None:
    """Neither check nor reading fails on anything; what is wrong has no reading."""
    words = decoded(kind, text)

    assert not (fault(kind, text) and words)


@given(st.binary(max_size=200))
def test_base64_is_read_back(data: bytes) -> None:
    """What is encoded is unpacked to the byte, and its size is in the words."""
    text = base64.b64encode(data).decode()

    assert unpacked(text) == data
    assert decoded("base64", text).startswith(f"{len(data):,} byte")


@given(st.datetimes(timezones=st.just(dt.UTC), min_value=EARLIEST))
def test_a_moment_is_said_in_utc(moment: dt.datetime) -> None:
    """The day in words is the day that was written."""
    text = moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")

    assert decoded("datetime", text).startswith(f"{moment.day} ")
    assert f" {moment.year}, {moment:%H:%M:%S} UTC" in decoded("datetime", text)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("datetime", "2002-09-11T01:41:07+02:00", "10 September 2002, 23:41:07 UTC"),
        ("seconds", "90061", "1 d 1 h 1 min 1 s"),
        ("seconds", "59", ""),
        ("base64", "AAECAw==", "4 bytes: 00 01 02 03"),
        ("boolean", "1", "true"),
        ("text", "x", ""),
    ],
)
def test_a_value_is_read_into_words(kind: str, text: str, words: str) -> None:
    """Only where its written form hides the meaning."""
    assert decoded(kind, text) == words


@pytest.mark.parametrize("kind", sorted(VALUE_TYPES))
def test_a_long_value_takes_no_time(kind: str) -> None:
    """A megabyte of anything is judged without backtracking; the timeout of the test says so."""
    for text in ("1" * 1_000_000, "a" * 1_000_000, " " * 1_000_000, " " * 90_000 + "!",
                 "-1:" * 300_000):  # fmt: skip
        assert isinstance(fault(kind, text), str)
        assert len(decoded(kind, text)) < 400
