"""The messages of logins: laid open field by field, their secrets covered."""

from __future__ import annotations

import base64

import pytest

from tests.reading.explained import line_at, lines_of
from xmppexplore.reading.explained_text import explain_text
from xmppexplore.wire.secrets import HIDDEN

SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
PASSWORD = "wherefore"
PLAIN = base64.b64encode(b"\0juliet\0" + PASSWORD.encode()).decode()
AUTH = f"<auth xmlns='{SASL}' mechanism='PLAIN'>{PLAIN}</auth>"
MODERN = (
    "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>"
    f"<initial-response>{PLAIN}</initial-response></authenticate>"
)


def lines_of_text(text: str, **options):
    """Return the lines of a text, as a person gives it."""
    return [line for part in explain_text(text, **options).parts for line in part().lines]


@pytest.mark.parametrize(
    ("xml", "path"),
    [(AUTH, "auth/text()"), (MODERN, "authenticate/initial-response/text()")],
    ids=["SASL", "SASL2"],
)
def test_every_field_of_a_message_has_a_line(xml, path) -> None:
    """Name, value, what it says and where it is defined."""
    lines = lines_of(xml, reveal=True)
    fields = [line for line in lines if line.what == "field"]

    assert [line.value for line in fields] == ["", "juliet", PASSWORD]
    assert {(line.spec, line.section) for line in fields} == {("RFC 4616", "2")}
    assert line_at(lines, path).decoded.startswith("PLAIN message")


@pytest.mark.parametrize("xml", [AUTH, MODERN], ids=["SASL", "SASL2"])
def test_a_password_is_in_no_line_unless_asked_for(xml) -> None:
    """Neither as it is nor in base64; who logs in is told."""
    shown = lines_of_text(xml)
    told = "\n".join(str(line) for line in shown)

    assert PASSWORD not in told
    assert PLAIN not in told
    assert HIDDEN in told
    assert "juliet" in told
    assert PASSWORD in "\n".join(str(line) for line in lines_of_text(xml, reveal=True))


@pytest.mark.parametrize(
    ("mechanism", "message"),
    [
        ("OAUTHBEARER", PASSWORD),
        ("OAUTHBEARER", f"Bearer {PASSWORD}"),
        ("OAUTHBEARER", f"n,a=juliet,{PASSWORD}"),
        ("OAUTHBEARER", f"n,a=juliet,\x01auth=Bearer {PASSWORD}\x01\x01"),
        ("DIGEST-MD5", f'username="juliet",password="{PASSWORD}"'),
        ("SCRAM-SHA-1", f"n,,n=juliet,r=abc,x={PASSWORD}"),
        ("SCRAM-SHA-1", f"n,,m={PASSWORD},n=juliet,r=abc"),
    ],
)
def test_what_nobody_knows_in_a_message_is_taken_for_a_secret(mechanism, message) -> None:
    """Clients err, and a token may stand where something harmless should."""
    text = base64.b64encode(message.encode()).decode()
    xml = AUTH.replace("'PLAIN'", f"'{mechanism}'").replace(PLAIN, text)

    assert PASSWORD not in str(lines_of_text(xml))
    assert PASSWORD in str(lines_of_text(xml, reveal=True))


def test_what_is_wrong_with_a_message_is_said_where_secrets_are() -> None:
    """It may quote the message."""
    xml = AUTH.replace(PLAIN, "%%%")

    assert "reveal=True says what" in " ".join(line_at(lines_of_text(xml), "auth/text()").notes)
    assert "not base64" in " ".join(line_at(lines_of_text(xml, reveal=True), "auth/text()").notes)


def test_a_message_that_was_saved_without_its_secrets_is_hidden() -> None:
    """Then nobody has it any more."""
    found = line_at(lines_of(AUTH.replace(PLAIN, "*" * len(PLAIN))), "auth/text()")

    assert found.decoded.startswith("hidden message")


def test_other_secrets_are_covered_too() -> None:
    """In texts and in attributes; also a field that names a password."""
    room = lines_of_text(
        "<presence><x xmlns='http://jabber.org/protocol/muc'><password>sesame</password></x>"
        "<x xmlns='jabber:x:conference' jid='a@b.example' password='sesame'/></presence>"
    )

    assert "sesame" not in "\n".join(str(line) for line in room)
    assert [line.path for line in room if "secret" in " ".join(line.notes)] == [
        "presence/x[1]/password/text()",
        "presence/x[2]/@password",
    ]
