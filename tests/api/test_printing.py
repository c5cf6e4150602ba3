"""A recording as text: complete, in order, and harmless to the terminal it is printed on."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppexplore import Recording
from xmppexplore.api.printing import harmless, recording_lines
from xmppexplore.errors import UsageError

HEADER = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
SECOND = 1_000_000_000


def saved(tmp_path, *pieces, marks=()):
    """Return the lines of a saved recording of what one connection wrote, a second apart."""
    recording = Recording()
    log = recording._log
    start = log.anchor[0]
    connection = log.connect("initiator", "romeo", start)
    for number, piece in enumerate(pieces, 1):
        log.chunk(connection, 1, piece, start + number * SECOND)
        for at, name, detail in marks:
            if at == number:
                log.mark(connection, name, detail, start + number * SECOND)
    return list(recording_lines(recording.save(tmp_path / "saved.db")))


def test_every_row_has_its_line_in_order(tmp_path):
    """Row, seconds since the start, connection, direction, kind, size, XML."""
    lines = saved(tmp_path, HEADER, b"<presence/>", b" ", b"</stream:stream>")
    rows = [line.split(maxsplit=6) for line in lines if line.split()[0].isdigit()]
    rows = [row for row in rows if len(row) > 4 and row[3] in {"->", "<-"}]

    assert [row[0] for row in rows] == ["0", "1", "2", "3"]
    assert [row[4] for row in rows] == ["header", "presence", "whitespace", "footer"]
    assert rows[1][1:] == ["2.000000", "0", "->", "presence", "11", "<presence/>"]


def test_a_mark_stands_between_the_rows_it_fell_between(tmp_path):
    """What happened before a row's first byte is above it."""
    lines = saved(
        tmp_path, HEADER, b"<presence/>", marks=[(1, "tls up", "TLSv1.3"), (2, "bound", "")]
    )
    order = [
        word
        for line in lines
        for word in ("tls up: TLSv1.3", "<presence/>", "bound", "<stream:stream")
        if word in line
    ]

    assert order == ["<stream:stream", "tls up: TLSv1.3", "<presence/>", "bound"]


def test_secrets_are_not_printed(tmp_path):
    """The password of a PLAIN login stays hidden."""
    auth = (
        b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>"
        b"AGp1bGlldABzM2NyM3Q=</auth>"
    )

    text = "\n".join(saved(tmp_path, HEADER, auth))

    assert "AGp1bGlldABzM2NyM3Q=" not in text
    assert "mechanism='PLAIN'" in text


def test_what_came_over_the_wire_cannot_steer_the_terminal(tmp_path):
    """Colours, cursor movements, reordering and new lines are shown as escapes."""
    body = "<message><body>\u202eevil\u2028x\u009b31m\nrow 7</body></message>".encode()

    text = saved(tmp_path, HEADER, body)

    printed = "".join(text)
    assert printed.isprintable()
    assert r"\u202eevil\u2028x\x9b31m\nrow 7" in printed


def test_a_long_item_is_cut_and_says_so(tmp_path):
    """Two megabytes in a body are one line, and no long one."""
    [line] = [
        line
        for line in saved(
            tmp_path, HEADER, b"<message><body>" + b"x" * 2_000_000, b"</body></message>"
        )
        if "xxxx" in line
    ]

    assert len(line) < 10_000
    assert line.endswith("(cut)")


@given(st.text())
def test_harmless_text_is_printable_and_keeps_what_was(text):
    """Nothing that steers is left; what is plain is as it was."""
    shown = harmless(text)

    assert all(
        unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        for character in shown
    )
    assert text.isprintable() is False or shown == text


def test_a_folder_is_no_recording(tmp_path):
    """The message has the call that writes one."""
    with pytest.raises(UsageError, match="save"):
        list(recording_lines(tmp_path))
