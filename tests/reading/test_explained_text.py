"""Bytes laid open: streams, several elements, and what is left of one."""

from __future__ import annotations

from tests.reading.explained import lines_of
from xmppexplore.names import SASL, STREAMS
from xmppexplore.reading.explained_text import explain_text, footer, white_space
from xmppexplore.wire.redact import redact
from xmppexplore.wire.secrets import HIDDEN

HEADER = f"<stream:stream xmlns='jabber:client' xmlns:stream='{STREAMS}' to='capulet.example'>"
STREAM = (
    f"<?xml version='1.0'?>{HEADER}<presence/><message><body>Hi</body></message></stream:stream>"
)


def lines(text, **options):
    """Return the lines of all parts."""
    return [line for part in explain_text(text, **options).parts for line in part().lines]


def test_a_stream_is_its_header_its_elements_and_its_end() -> None:
    """Each is explained as it is alone."""
    found = explain_text(STREAM)

    assert found.kinds == ("header", "element", "element", "footer")
    assert found.problems == ()
    assert found.parts[0]().lines[0].section == "4.2"
    assert found.parts[2]().lines == lines_of("<message><body>Hi</body></message>")
    assert found.parts[3]().lines[0].section == "4.4"


def test_of_a_text_that_breaks_off_the_sound_part_is_explained() -> None:
    """And what has no end is shown where it begins."""
    found = explain_text("<presence/>\n<message><body>Hi")

    assert [part().lines[0].name for part in found.parts] == ["presence", "message"]
    assert "(line 2, column 10)" in found.problems[0]


def test_an_unfinished_element_says_what_there_is() -> None:
    """As much as of the whole one."""
    whole = lines("<message to='a@b.example'><body>Hi</body><thread/></message>")
    part = lines("<message to='a@b.example'><body>Hi</body>")

    assert part == whole[: len(part)]


def test_white_space_and_ends_are_explained() -> None:
    """They carry the row that they stand in."""
    assert white_space(" ", 7).lines[0].row == 7
    assert white_space(" ").lines[0].value == "' '"
    assert footer(3).lines[0].spec == "RFC 6120"


def test_covering_moves_nothing() -> None:
    """What is shown has the lines of what was there, with other values."""
    xml = "<iq type='set' id='1'><query xmlns='jabber:iq:auth'><password>pw</password></query></iq>"
    hidden, plain = lines(xml), lines(xml, reveal=True)

    assert [line.path for line in hidden] == [line.path for line in plain]
    assert [line.value for line in hidden if line.what == "text"] == [HIDDEN]
    assert [line.value for line in plain if line.what == "text"] == ["pw"]


def test_asterisks_are_hidden_where_they_cover_a_secret_alone() -> None:
    """What somebody wrote is shown, also beside a secret; what was covered before is said."""
    secret = "<iq><query xmlns='jabber:iq:register'><password>pw</password></query></iq>"
    saved = redact(secret.encode())[0].decode()
    body = "<message id='*'><body>***</body></message>"
    texts = {
        line.path: (line.value, " ".join(line.notes)) for line in lines(secret + body) if line.value
    }
    lost = lines(saved, reveal=True)[-1]

    assert texts["message/@id"][0] == "*"
    assert texts["message/body/text()"] == ("***", "")
    assert texts["iq/query/password/text()"][0] == HIDDEN
    assert "reveal=True" in texts["iq/query/password/text()"][1]
    assert lost.value == HIDDEN
    assert "reveal=True" not in " ".join(lost.notes)


def test_a_saved_login_is_not_read_as_a_message() -> None:
    """Asterisks are no base64, and nothing is wrong with that."""
    auth = f"<auth xmlns='{SASL}' mechanism='PLAIN'>AGp1bGlldABwdw==</auth>"
    saved = lines(redact(auth.encode())[0])

    assert [line.what for line in saved] == ["element", "attribute", "text"]
    assert not any("base64" in note for line in saved for note in line.notes)


def test_a_comment_hides_no_login() -> None:
    """Comments are left out of what is shown and of what is read alike."""
    auth = f"<auth xmlns='{SASL}' mechanism='PLAIN'>AGp1bGlldABwdw==</auth>"
    fields = {
        line.name: line.value
        for line in lines(f"<e>{auth}<!-- a comment --></e>")
        if line.what == "field"
    }

    assert fields["user name"] == "juliet"
    assert fields["password"] == HIDDEN
