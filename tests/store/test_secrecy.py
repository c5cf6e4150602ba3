"""Rows with secrets are found, whichever batch they come in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.recordings import HEADER, Chunk, Marked, logged
from xmppexplore.store import reader
from xmppexplore.store.columns import SECRET, Columns
from xmppexplore.wire.plain import PlainSplitter
from xmppexplore.wire.records import BROKEN, OUT, PARTIAL
from xmppexplore.wire.redact import secret_spans
from xmppexplore.wire.splitter import Splitter

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


# What repeats is recognised by its shape; in the holes stands what looks secret, and where
# the markup decides, it is secret for some of what may stand in the holes alone.
TEMPLATES = (
    "<message to='{0}' id='{1}'><body>{2}</body></message>",
    "<message a='{0}' xmlns:p='urn:p'><p:x p:password='{1}'/>{2}</message>",
    "<message><x xmlns='jabber:x:conference' jid='{0}' password='{1}'/>{2}</message>",
    '<message><x jid="{0}" reason=\'{1}\'\n token\t="{2}" /></message>',
    "<iq id='{0}'><x xmlns='jabber:x:data'><field type='{1}'><value>{2}</value></field></x></iq>",
    "<iq id='{0}'><x xmlns='jabber:x:data'><field var='{1}'><value>{2}</value></field></x></iq>",
    "<iq><slot xmlns='urn:xmpp:http:upload:0'><header name='{0}' a='{1}'>{2}</header></slot></iq>",
    "<iq><s xmlns='urn:xmpp:extdisco:2'><service host='{0}' password='{1}'/>{2}</s></iq>",
    "<p:auth xmlns:p='urn:ietf:params:xml:ns:xmpp-sasl' a='{0}' b='{1}'>{2}</p:auth>",
    "<p:auth xmlns:p='urn:p' a='{0}' b='{1}'>{2}</p:auth>",
    "<handshake a='{0}' b='{1}'>{2}</handshake>",
    "<iq a='{0}' b='{1}'><passwords><a:token xmlns:a='urn:a'>{2}</a:token></passwords></iq>",
    "<iq a='{0}' b='{1}'><q><![CDATA[<password>x</password>]]>{2}</q></iq>",
    "<iq a='{0}' b='{1}'><password><![CDATA[{2}]]></password></iq>",
)
FILLINGS = (
    "",
    "x",
    "text-private",
    "&#116;ext-private",
    "token",
    "&#x74;oken",
    "expires",
    "Authorization",
    " password= /token ",
    "&lt;password>x&lt;/password>",
    ":auth>&quot; token=&apos;",
    "\u00e9",
)
REPEATED = st.lists(
    st.tuples(
        st.sampled_from(TEMPLATES),
        st.lists(
            st.tuples(*[st.sampled_from(FILLINGS)] * 3),
            min_size=1,
            max_size=9,
        ),
    ),
    min_size=1,
    max_size=3,
).map(lambda runs: [text.format(*holes).encode() for text, fill in runs for holes in fill])


def chunks_of(tape, size):
    """Return a tape as chunks of one size."""
    return [Chunk(0, OUT, tape[at : at + size]) for at in range(0, len(tape), size)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(SECRETIVE), max_size=12), st.integers(1, 40))
def test_the_flag_of_each_row_is_what_redaction_says_of_it(pieces, size) -> None:
    """A row is flagged exactly where redaction, asked about that row alone, finds a secret."""
    check(HEADER + b"".join(pieces), size)


@pytest.mark.parametrize("splitter", [PlainSplitter, Splitter])
def test_what_is_recognised_by_its_shape_is_flagged_as_well(splitter) -> None:
    """The law holds for either splitter, for shapes, and whatever stands in their holes."""

    @settings(max_examples=200, deadline=None)
    @given(REPEATED, st.sampled_from((3, 40, 300, 1 << 20)))
    def law(stanzas, size):
        check(HEADER + b"".join(stanzas), size)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "Splitter", splitter)
        law()


@settings(max_examples=200, deadline=None)
@given(REPEATED, st.sampled_from((1, 3, 40, 300, 1 << 20)))
def test_what_a_splitter_does_not_suspect_holds_no_secret(stanzas, size) -> None:
    """Suspects are positions in what was returned; nothing else has a secret in it."""
    tape = HEADER + b"".join(stanzas)
    splitter, start = Splitter(), 0
    for chunk in chunks_of(tape, size):
        items = splitter.feed(chunk.data)
        assert list(splitter.suspects) == sorted({*splitter.suspects} & {*range(len(items))})
        for at, item in enumerate(items):
            spans = secret_spans(tape[start : item.end], OUT, splitter.context)
            start = item.end
            assert not spans or at in splitter.suspects
    assert start == len(tape)


@pytest.mark.parametrize(("attribute", "suspected"), [("a", 4), ("token", 60)])
def test_what_stands_in_the_holes_of_a_shape_makes_nobody_suspect(attribute, suspected) -> None:
    """Names do; so nearly all traffic is spared the search but for what shapes are learnt from."""
    splitter = Splitter()
    splitter.feed(HEADER)
    plain = [it for it in FILLINGS[1:] if "&" not in it]  # no shape has references in values
    fillings = (plain[at % len(plain)] for at in range(60))
    stanzas = (f"<iq id='i'><x {attribute}='{it}'/><y>{it}</y></iq>".encode() for it in fillings)

    assert len(splitter.feed(b"".join(stanzas))) == 60
    assert splitter.suspects == list(range(suspected))


def check(tape, size):
    """Hold the flag of each row of a tape against what redaction says of the row alone."""
    columns = Columns(logged([*chunks_of(tape, size), Marked(0, "closed")]))
    for row in range(columns.settle()):
        broken = columns.kinds[row] == BROKEN and columns.kinds[row - 1] == PARTIAL
        before = columns.item(row - 1) if broken else b""
        spans = secret_spans(columns.item(row), OUT, columns.context(row), before=before)

        assert bool(columns.flags[row] & SECRET) == bool(spans)
        shown = columns.shown(row)
        assert all(set(shown[start:end]) <= {ord("*")} for start, end, _ in spans)
        assert len(shown) == len(columns.item(row))
