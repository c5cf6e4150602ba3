"""Laws of what a person hands to ``explain``: texts out of logs, pages and shells above all."""

from __future__ import annotations

import base64
from pathlib import Path
from xml.etree.ElementTree import ElementTree, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore.api.address import JID
from xmppexplore.api.explained_things import explanation_of
from xmppexplore.errors import UsageError

PING = "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
LOGIN = base64.b64encode(b"\0juliet\0moonlight").decode()
AUTH = f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{LOGIN}</auth>"

WRAPPED = [
    pytest.param("12:00:01 DEBUG SEND: {}\n12:00:02 DEBUG End\n", id="a log"),
    pytest.param("<< {}", id="an arrow"),
    pytest.param('<0.7.0>@c2s Send = <<"{}">>', id="an Erlang log"),
    pytest.param("12:00:00 out: <iq>\n12:00:01 out: {}\n12:00:02 in: <r/>", id="start tags"),
    pytest.param("<presence>&</presence>\n<message>\n<iq>\n{}", id="behind an error"),
    pytest.param("> {}\n> ", id="a quotation"),
]


@pytest.mark.parametrize("around", WRAPPED)
def test_an_element_out_of_a_log_is_explained_as_if_alone(around) -> None:
    """Each of its lines says the same, and that something else was there is said."""
    alone = [(line.name, line.says, line.spec) for line in explanation_of(PING).lines]
    found = explanation_of(around.format(PING))
    said = [(line.name, line.says, line.spec) for line in found.lines]

    assert all(line in said for line in alone)
    assert found.problems


@pytest.mark.parametrize("around", WRAPPED)
def test_a_secret_out_of_a_log_stays_covered(around) -> None:
    """What is left out, moved or closed opens no way to a password."""
    text = explanation_of(around.format(AUTH)).text()

    assert "PLAIN" in text
    assert LOGIN not in text
    assert "moonlight" not in text
    assert "moonlight" in explanation_of(around.format(AUTH), reveal=True).text()


@pytest.mark.parametrize(
    "text",
    [
        f"<response>{LOGIN}</response>",
        f"<sasl:response>{LOGIN}</sasl:response>",
        f"12:00:01 SENT: <sasl:response>{LOGIN}</sasl:response>",
        f"<stream:stream xmlns='jabber:client'>\n12:00:01 -> <s:success>{LOGIN}</s:success>",
        "12:00:01 SENT: <x:initial-response>moonlight</x:initial-response>",
        "<field var='password'><value>moonlight</value></field>",
        "12:00:01 <query xmlns='jabber:iq:auth'><password>a&moonlight;b</password></query>",
    ],
)
def test_a_secret_without_its_namespace_is_covered(text) -> None:
    """What is copied out of its stream has lost declarations, and is as secret as before."""
    found = explanation_of(text)
    shown = f"{found!r} {found.to_dict()} {found._repr_mimebundle_()}"

    assert found.lines
    assert LOGIN not in shown
    assert "moonlight" not in shown


def test_escaped_tags_are_read() -> None:
    """A page shows &lt;; a text with such a sign and no tag is no XML for that."""
    escaped = PING.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&quot;")

    assert [line.path for line in explanation_of(escaped).lines][-1] == "iq/ping"
    assert explanation_of("a &lt; b").title.startswith("unknown")


def test_what_a_shell_writes_as_utf_16_is_read() -> None:
    """Some shells write so what is sent to a file; on the wire it would be refused."""
    assert explanation_of(PING.encode("utf-16")).lines[-1].path == "iq/ping"


def test_bytes_that_are_no_text_do_not_end_the_reading() -> None:
    """What stands behind them is read, and that they were there is said."""
    found = explanation_of(b"<message><body>\xff</body></message>\n" + PING.encode())

    assert found.lines[-1].path == "iq/ping"
    assert "not UTF-8" in " ".join(found.problems)


@given(st.text(max_size=200), st.text(max_size=200))
def test_sound_xml_is_never_rearranged(before, after) -> None:
    """Texts that look like the marks of a log are texts where the XML is sound."""
    marks = {ord("<"): "-", ord("&"): "+", ord("\r"): " "}
    body = f"12:00 SEND: {before}\n<< {after}".translate(marks).replace("]]>", "")
    xml = f"<message><body>{body.replace('>', '&gt;')}</body></message>"
    if not all(mark.isprintable() or mark in "\n\t" for mark in body):
        return
    found = explanation_of(xml)

    assert not found.problems
    assert [line.path for line in found.lines] == ["message", "message/body", "message/body/text()"]


def test_nothing_is_called_nothing() -> None:
    """Not unknown: there is no name that could be."""
    for empty in ("", " \n", b"", b"\t"):
        assert explanation_of(empty).title == "nothing: the text is empty"
        assert not explanation_of(empty).lines


def test_a_tree_is_its_root() -> None:
    """ElementTree gives a tree where a file is read."""
    tree = ElementTree(fromstring(PING.replace("<iq", "<iq xmlns='jabber:client'")))

    assert [line.path for line in explanation_of(tree).lines][-1] == "iq/ping"


def test_an_address_of_numbers_is_an_address() -> None:
    """IPv6 stands in brackets."""
    assert explanation_of("[::1]").lines[0].says == "Is an address."
    assert explanation_of("[::1]/x").lines[0].says == "Is an address."


@given(st.lists(st.sampled_from([PING, "<r/>", "12:00 SEND: ", "\n", "<< ", "&", "<x:y>", "<iq"])))
def test_no_company_uncovers_a_secret(others) -> None:
    """Whatever stands in a log beside a login, and however the text is put right."""
    text = "".join(f"{one}\n" for one in others)
    for secret in (
        "<query xmlns='jabber:iq:auth'><password>moonlight</password></query>",
        "<x:query xmlns:x='jabber:iq:register'><x:password>moonlight</x:password></x:query>",
        "<token xmlns='urn:xmpp:fast:0' token='moonlight'/>",
    ):
        found = explanation_of(f"{text}12:00 RECV: {secret}\n{text}")
        assert "moonlight" not in f"{found.text()} {found.to_dict()}"


def test_who_gives_a_file_is_told_how_its_content_is_explained(tmp_path: Path) -> None:
    """A text is never taken for a path; what is a file for certain is answered with the way."""
    file = tmp_path / "stream.log"
    file.write_text("<presence/>")
    with file.open() as opened:
        for given in (file, opened):
            with pytest.raises(UsageError, match="read_bytes"):
                explanation_of(given)

    assert explanation_of(file.read_bytes()).lines[0].name == "presence"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("xmpp:garden@rooms.capulet.example?join", "Action join: "),
        ("xmpp:juliet@capulet.example?message;body=Hi", "Parameter body: Hi"),
        ("tim\\40home@capulet.example", "Shown to people as tim@home (XEP-0106)."),
        ("stra\u00dfe@capulet.example", "Stringprep made another localpart"),
    ],
)
def test_of_an_address_everything_is_said_that_its_anatomy_says(text, said):
    """What a URI asks for, how an escaped name is shown, and what was otherwise before."""
    notes = explanation_of(text).lines[0].notes

    assert any(note.startswith(said) for note in notes)
    assert set(notes) < set(JID(text).text.splitlines())
