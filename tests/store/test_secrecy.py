"""Rows with secrets are found, whichever batch they come in."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.recordings import HEADER, Chunk, Marked, logged
from xmppexplore.store.columns import SECRET, Columns
from xmppexplore.wire.records import BROKEN, OUT, PARTIAL
from xmppexplore.wire.redact import secret_spans

SECRETIVE = (
    b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGp1bGlldABz</auth>",
    b"<iq type='set'><query xmlns='jabber:iq:register'><password>x</password></query></iq>",
    b"<message><x xmlns='jabber:x:conference' jid='a@b' password='open sesame'/></message>",
    b"<message><x xmlns='jabber:x:conference' jid='a@b' password =\n'open sesame'/></message>",
    b"<p:auth xmlns:p='urn:ietf:params:xml:ns:xmpp-sasl'>AGp1bGlldABz</p:auth>",
    b"<message><body>password authority &lt;auth> token</body></message>",
    b"<iq type='result'/>",
    b"<result>",
    b" ",
    b"<iq><query xmlns='jabber:iq:auth'><password>not fin",
    b"ished</password></query></iq>",
    b"<!--",
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(SECRETIVE), max_size=12), st.integers(1, 40))
def test_the_flag_of_each_row_is_what_redaction_says_of_it(pieces, size) -> None:
    """A row is flagged exactly where redaction, asked about that row alone, finds a secret."""
    tape = HEADER + b"".join(pieces)
    chunks = [Chunk(0, OUT, tape[at : at + size]) for at in range(0, len(tape), size)]
    columns = Columns(logged([*chunks, Marked(0, "closed")]))
    for row in range(columns.settle()):
        broken = columns.kinds[row] == BROKEN and columns.kinds[row - 1] == PARTIAL
        before = columns.item(row - 1) if broken else b""
        spans = secret_spans(columns.item(row), OUT, columns.context(row), before=before)

        assert bool(columns.flags[row] & SECRET) == bool(spans)
        shown = columns.shown(row)
        assert all(set(shown[start:end]) <= {ord("*")} for start, end, _ in spans)
        assert len(shown) == len(columns.item(row))
