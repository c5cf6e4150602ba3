"""Laws of ``JID``: never an exception for a text, and nothing of a text acts where it is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore import JID, UsageError
from xmppexplore.api.address import FRAME

PROPERTIES = ("local", "domain", "resource", "bare", "full", "unescaped")


def test_an_address_has_its_parts() -> None:
    """Prepared, and as they were written."""
    juliet = JID("Juliet@Capulet.Example/Balcony")

    assert (juliet.local, juliet.domain, juliet.resource) == (
        "juliet", "capulet.example", "Balcony",
    )  # fmt: skip
    assert (juliet.bare, juliet.full) == (
        "juliet@capulet.example", "juliet@capulet.example/Balcony",
    )  # fmt: skip
    assert str(juliet) == juliet.full
    assert juliet.given == ("Juliet", "Capulet.Example", "Balcony")
    assert JID("capulet.example").given == (None, "capulet.example", None)
    assert JID("capulet.example").local == JID("capulet.example").resource == ""


@pytest.mark.parametrize("name", PROPERTIES)
def test_what_is_no_address_has_no_parts(name) -> None:
    """The error says what is wrong; only then is anything raised."""
    wrong = JID("ju liet@capulet.example")

    assert not wrong.valid
    assert str(wrong) == "ju liet@capulet.example"
    with pytest.raises(UsageError, match=r"U\+0020 SPACE"):
        getattr(wrong, name)


def test_equal_are_the_prepared_forms() -> None:
    """In sets and dicts too; what is no address equals its own text alone."""
    assert JID("Juliet@CAPULET.example.") == JID("juliet@capulet.example")
    assert len({JID("A@x"), JID("a@x"), JID("a@x/b"), JID("a b@x"), JID("a b@x")}) == 3
    assert JID("a@x/B") != JID("a@x/b")
    assert JID("xmpp:a@x?message") == JID("a@x")
    assert JID("a@x") != "a@x"


def test_the_frame_has_every_step_and_every_part() -> None:
    """The last row of a part is how it came out."""
    frame = JID("Juliet@Capulet.Example./Bal\u3000cony").frame

    assert list(frame.columns) == list(FRAME)
    assert frame[["part", "rule"]].to_numpy().tolist() == [
        ["localpart", "case mapping"], ["localpart", "UsernameCaseMapped"],
        ["domainpart", "case mapping"], ["domainpart", "trailing dot"], ["domainpart", "IDNA2008"],
        ["resourcepart", "space mapping"], ["resourcepart", "OpaqueString"],
    ]  # fmt: skip
    assert frame["octets"].to_list() == [6, 6, 16, 15, 15, 8, 8]
    assert list(JID("").frame.columns) == list(FRAME)


def test_a_uri_says_what_is_to_be_done() -> None:
    """The address in it is taken apart as any."""
    jid = JID("xmpp:juliet@capulet.example?message;body=Good%20night")

    assert (jid.bare, jid.uri.action) == ("juliet@capulet.example", "message")
    assert "write a message" in jid.text
    assert JID("juliet@capulet.example").uri is None
    assert not JID("xmpp:juliet%40x@capulet.example").valid


def test_older_rules_are_told() -> None:
    """For each part that is there."""
    assert [one.part for one in JID("stra\u00dfe@x").older] == ["localpart", "domainpart"]
    assert "Stringprep" in JID("stra\u00dfe@x").text
    assert "Stringprep" not in JID("juliet@capulet.example/Balcony").text


def test_escaping() -> None:
    """Both ways; a space at an end cannot be escaped."""
    assert JID(f"{JID.escape('a b')}@x").unescaped == "a b"
    assert JID.unescape(JID.escape("d'artagnan")) == "d'artagnan"
    with pytest.raises(UsageError, match="strip"):
        JID.escape(" a")


@pytest.mark.parametrize(("text", "said"), [(r"\20a@x", True), (r"a\20@x", True),
                                            (r"a\20b@x", False), (r"\5c20a@x", False)])  # fmt: skip
def test_a_space_at_an_end_is_said_to_be_none_of_xep_0106(text: str, said: bool) -> None:
    """By RFC 7622 it is an address all the same."""
    assert JID(text).valid
    assert ("no name begins or ends with a space" in JID(text).text) is said


@pytest.mark.parametrize(("resource", "said"), [(" a", True), ("a ", False), ("a b", False)])
def test_a_space_at_the_beginning_of_a_resource_is_said_to_be_disputed(resource, said) -> None:
    """The rules and the examples of RFC 7622 do not agree on it."""
    address = JID(f"juliet@capulet.example/{resource}")

    assert address.resource == resource
    assert ("some software refuses it" in address.text) is said


def test_comparing_takes_text_or_address() -> None:
    """And nothing else."""
    assert JID("A@x").compare("a@x").equal
    assert JID("A@x").compare(JID("a@x/b")).same_bare
    with pytest.raises(UsageError, match="other"):
        JID("a@x").compare(5)


@pytest.mark.parametrize("thing", [None, 5, b"a@x", ["a@x"]])
def test_what_is_no_text_is_refused(thing) -> None:
    """With a sentence."""
    with pytest.raises(UsageError, match="text"):
        JID(thing)


@given(st.one_of(st.text(), st.text().map("xmpp:{}".format), st.text().map("a@b/{}".format)))
def test_any_text_is_shown_and_none_acts(text: str) -> None:
    """Each property answers or says what is wrong; nothing is markup or steers a terminal."""
    jid = JID(text)
    for name in PROPERTIES:
        if jid.valid:
            assert isinstance(getattr(jid, name), str)
    shown = jid.text
    assert all(one.isprintable() or one == "\n" for one in shown)
    assert "<script" not in jid.html
    assert jid == JID(text)
    assert hash(jid) == hash(JID(text))
    assert len(jid.frame) >= 1
    assert jid.older or not jid.frame.empty


def test_markup_in_an_address_is_shown_as_text() -> None:
    """A resource may be anything."""
    html = JID("x/<img src=1 onerror=alert(1)>").html

    assert "<img" not in html
    assert "&lt;img" in html
