"""The fast splitter against the plain one: the same on any bytes, in any chunks."""

from __future__ import annotations

import itertools
import resource
from functools import partial
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import costs
from tests.wire.samples import (
    CLIENT_HEADER,
    DECLARATION,
    LOGIN,
    RESTART,
    SERVER_HEADER,
    STANZAS,
    TRAPS,
)
from xmppexplore.wire import streaming
from xmppexplore.wire.plain import PlainSplitter
from xmppexplore.wire.records import IN, KINDS, OUT, Context, Item
from xmppexplore.wire.splitter import Splitter

BOTH = [PlainSplitter, Splitter]


def tape(direction):
    """Return one side of the login: pieces between which the stream restarts."""
    pieces = [b""]
    for side, _, data in LOGIN:
        if side == direction:
            pieces[-1] += data
            if data == RESTART:
                pieces.append(b"")
    return pieces


def run(splitter, steps):
    """Feed chunks, restart at each ``None``, close; return all that the splitter tells."""
    items, errors, contexts = [], [], []
    for step in steps:
        got = splitter.restart() if step is None else splitter.feed(step)
        items += got
        errors.append(splitter.error)
        contexts.append(splitter.context)
        assert splitter.pending >= 0
    pending = splitter.pending
    items += splitter.close()
    return items, errors, splitter.error, contexts, pending


def ranges(items, base=0):
    """Return (start, end) of each item."""
    ends = [base, *(item.end for item in items)]
    return list(itertools.pairwise(ends))


stanzas = st.sampled_from(STANZAS)
pieces = st.one_of(stanzas, stanzas, st.sampled_from(TRAPS), st.binary(max_size=6))
headers = st.sampled_from(
    [
        CLIENT_HEADER,
        SERVER_HEADER,
        SERVER_HEADER,
        b"\xef\xbb\xbf" + SERVER_HEADER,
        b"\n" + CLIENT_HEADER,
        b"<a>",
        b"<a/>",
        b"<?xml version='1.0' encoding='latin1'?><a>",
        b"<?xml version=\"1.0\" encoding='utf-8' ?>\r\n<s:s xmlns:s='http://etherx.jabber.org/streams'>",
        b"\xff\xfe<\x00",
        b"",
    ]
)


@st.composite
def streams(draw):
    """A header and what may follow it, some of it repeated so that shapes are learnt."""
    body = draw(st.lists(pieces, max_size=8))
    again = draw(st.sampled_from([1, 1, 6]))
    data = draw(headers) + b"".join(body) * again
    for _ in range(draw(st.integers(0, 2))):  # bytes changed, removed, put in
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=2)) + data[at + draw(st.integers(0, 2)) :]
    return data


@st.composite
def steps(draw):
    """Streams cut into chunks, restarted at arbitrary places."""
    steps = []
    for data in draw(st.lists(streams(), min_size=1, max_size=3)):
        cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
        bounds = [0, *cuts, len(data)]
        steps += [data[a:b] for a, b in itertools.pairwise(bounds)]
        if draw(st.booleans()):
            steps += [None, draw(st.sampled_from([b"", b"\n", b"\r\n ", b"\xef "]))]
    return steps


@given(
    steps(),
    st.sampled_from([7, 100, 1 << 20]),
    st.sampled_from([0, 1000]),
    st.sampled_from([0, 1 << 18]),
)
def test_the_fast_splitter_is_the_plain_one(steps, limit, base, renewed):
    """On any bytes, in any chunks: equal items, errors and contexts, and nothing is lost.

    Whether it goes on with another Expat after each item, or with the same one.
    """
    plain = run(PlainSplitter(base, limit), steps)
    with mock.patch.multiple(streaming, _RENEWED=renewed, _HEADERS=renewed):
        fast = run(Splitter(base, limit), steps)

    assert fast == plain
    size = sum(len(step) for step in steps if step)
    assert (fast[0][-1].end if fast[0] else base) == base + size
    assert all(start < end for start, end in ranges(fast[0], base))
    assert all(type(item) is Item for item in fast[0])


intruders = st.one_of(
    st.sampled_from([b"&", b"&lt", b"&lt;", b"&#65;", b"<", b">", b"'", b'"', b"]]>", b" ", b"\n"]),
    st.sampled_from(
        [b"\x01", b"\x7f", b"\xff", b"\xc3", b"\xc3\xa9", b"\xef\xbf\xbf", b"<x/>", b"/"]
    ),
    st.sampled_from([b"<![CDATA[", b"<!--", b" b='1'", b" xmlns='u'", b"</", b"\xed\xa0\x80"]),
    st.binary(max_size=2),
)


@given(
    st.sampled_from(
        [*STANZAS, b"<message id='1' to='a'><body>t &amp; u</body> <x y='z'/></message>"]
    ),
    intruders,
    st.data(),
)
def test_what_looks_familiar_is_looked_at_as_closely(stanza, intruder, choose):
    """A shape that was learnt lets nothing pass that Expat would refuse or read otherwise."""
    at = choose.draw(st.integers(0, len(stanza)))
    strange = stanza[:at] + intruder + stanza[at + choose.draw(st.integers(0, 2)) :]
    data = SERVER_HEADER + stanza * 6 + strange + stanza * 2

    assert run(Splitter(), [data]) == run(PlainSplitter(), [data])


@given(streams(), st.integers(1, 50))
def test_chunks_do_not_matter(data, size):
    """The same bytes, however TCP cut them, are the same items and the same error."""
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    whole, cut = run(Splitter(), [data]), run(Splitter(), chunks)

    assert (cut[0], cut[2]) == (whole[0], whole[2])


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("direction", [IN, OUT])
def test_a_login_cut_anywhere_is_the_same(kind, direction):
    """Cut at every byte, a login splits as it does in one piece."""

    def split(size_of_first):
        splitter, items = kind(), []
        for data in tape(direction):
            items += splitter.feed(data[:size_of_first]) + splitter.feed(data[size_of_first:])
            items += splitter.restart()
        return items

    whole = split(0)
    assert [KINDS[item.kind] for item in whole].count("header") == 3
    assert "partial" not in {KINDS[item.kind] for item in whole}
    for at in range(max(map(len, tape(direction)))):
        assert split(at) == whole


@pytest.mark.parametrize("kind", BOTH)
def test_an_item_comes_with_its_last_byte(kind):
    """Nothing waits for what follows, fed byte by byte (Expat 2.6 would hold tokens back)."""
    splitter = kind()
    data = SERVER_HEADER + b"".join(STANZAS[:8])
    for at in range(len(data)):
        for item in splitter.feed(data[at : at + 1]):
            assert item.end == at + 1
    assert splitter.pending == 0
    assert splitter.error is None


CASES = [
    (b"<message id='1' to='a' from='b' type='c'/>", ["message"], ("c", "1", "b", "a")),
    (
        b'<message id="&lt;\xc3\xa9&#10;" to=" a\tb\r\nc "/>',
        ["message"],
        ("", "<é\n", "", " a b c "),
    ),
    (b"<iq><iq xmlns='u'/></iq>", ["iq"], ("", "", "", "")),
    (b" \n", ["whitespace", "whitespace"], ("", "", "", "")),
    (b"<r xmlns='urn:xmpp:sm:3'/>", ["nonza"], ("", "", "", "")),
    (b"<message><body>", [], ("", "", "", "")),
    (b"</stream:stream> ", ["footer", "whitespace"], ("", "", "", "")),
]


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(("data", "kinds", "values"), CASES)
def test_items_say_what_they_are(kind, data, kinds, values):
    """Kinds and attributes, unescaped and normalised as XML 1.0 §3.3.3 says."""
    splitter = kind()
    splitter.feed(SERVER_HEADER)
    items = splitter.feed(data)

    assert [KINDS[item.kind] for item in items] == kinds
    assert not items or items[0][4:8] == values


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("spaces", [b"\n", b"\r\n \t"])
def test_white_space_sent_before_a_restart_is_no_part_of_the_stream_after_it(kind, spaces):
    """A client that ends its lines does so behind <auth/> too; then comes a whole header."""
    splitter = kind()
    splitter.feed(SERVER_HEADER)
    splitter.restart()
    items = splitter.feed(spaces + SERVER_HEADER)

    assert [KINDS[item.kind] for item in items] == ["whitespace"] * len(spaces) + ["header"]
    assert [stop - start for start, stop in ranges(items, len(SERVER_HEADER))] == [
        *[1] * len(spaces),
        len(SERVER_HEADER),
    ]
    assert splitter.error is None


BROKEN = [
    (b"<message><!-- x --></message>", 9, "comment", "§11.1"),
    (b"<message><?x y?></message>", 9, "processing instruction", "§11.1"),
    (b"<!DOCTYPE a>", 0, "document type", "§11.1"),
    (b"<message>&nbsp;</message>", 9, "entity", "§11.1"),
    (b"text", 0, "between stanzas", "§11.7"),
    (b"<![CDATA[ ]]>", 0, "CDATA", "§11.1"),
    (b"<a></b>", 5, "mismatched", "§11.3"),
    (b"<x:a/>", 0, "prefix", "§11.3"),
    (b"</stream:stream>x", 16, "end of the stream", "§4.4"),
]


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(("data", "offset", "reason", "section"), BROKEN)
def test_what_is_forbidden_is_told_at_once(kind, data, offset, reason, section):
    """The first bad byte has an offset, a reason and a section; the rest is one broken item."""
    splitter = kind()
    splitter.feed(SERVER_HEADER)
    splitter.feed(data)
    offset += len(SERVER_HEADER)

    assert splitter.error.offset == offset
    assert reason in splitter.error.reason
    assert section in splitter.error.section
    assert splitter.feed(b"<presence/>") == []
    items = splitter.restart()
    assert KINDS[items[-1].kind] == "broken"
    assert items[-1].end == len(SERVER_HEADER + data) + len(b"<presence/>")
    assert splitter.error is None
    assert [item.name for item in splitter.feed(SERVER_HEADER)] == ["stream"]


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("data", "offset", "section"),
    [
        (b"HTTP/1.1 400 Bad Request", 0, "§4.2"),
        (b"\xff\xfe<\x00", 0, "§11.6"),
        (b"<\x00?\x00", 1, "§11.6"),
        (b"<?xml version='1.0' encoding='UTF-16'?>", 0, "§11.6"),
        (DECLARATION + DECLARATION, len(DECLARATION), "§11.1"),
        (b"<!DOCTYPE a [<!ENTITY b 'x'><!ENTITY c '&b;&b;'>]><a>&c;", 0, "§11.1"),
        (b" " + DECLARATION, 1, "§11.1"),
    ],
)
def test_what_is_no_stream_is_told_at_once(kind, data, offset, section):
    """What answers a connection and is not XMPP in UTF-8 is broken from its first bad byte."""
    splitter = kind()
    splitter.feed(data)

    assert splitter.error.offset == offset
    assert section in splitter.error.section


@pytest.mark.parametrize("kind", BOTH)
def test_an_item_too_large_is_broken_there(kind):
    """The bound counts bytes of one item; its start is kept as a partial one that says what."""
    splitter = kind(0, 400)
    splitter.feed(SERVER_HEADER)
    splitter.feed(b"<message to='a'><body>" + b"x" * 500)
    partial, broken = splitter.close()

    assert splitter.error.offset == partial.end == len(SERVER_HEADER) + 400
    assert "RFC 6120 §13.12" in splitter.error.section
    assert (partial.name, partial.recipient, partial.payload) == (
        "message",
        "a",
        "{jabber:client}body",
    )
    assert broken.end == len(SERVER_HEADER) + 522


@pytest.mark.parametrize("kind", BOTH)
def test_the_context_is_what_the_header_declares(kind):
    """An item cut from the stream is parsed in it; a restart forgets it until the next header."""
    splitter = kind()
    assert splitter.context == Context()
    splitter.feed(SERVER_HEADER)
    assert splitter.context == Context(
        "jabber:client", (("stream", "http://etherx.jabber.org/streams"),), "en"
    )
    splitter.restart()
    assert splitter.context == Context()
    splitter.feed(b"<a xmlns='urn:x'>")
    assert splitter.feed(b"<message/>")[0].namespace == "urn:x"


def test_shapes_belong_to_the_context_they_were_learnt_in():
    """After a restart with another default namespace the same bytes mean something else."""
    splitter, plain = Splitter(), PlainSplitter()
    for namespace in (b"jabber:client", b"urn:other", b"jabber:client"):
        data = b"<a xmlns='" + namespace + b"'>" + b"<message to='b'><c>d</c></message>" * 20
        items = splitter.feed(data)
        assert items == plain.feed(data)
        assert {item.namespace for item in items[1:]} == {namespace.decode()}
        assert splitter.restart() == plain.restart() == []


def test_after_the_footer_no_shape_is_recognised():
    """What follows the end of the stream is broken, however often it came before."""
    stanza = b"<message to='b'><c>d</c></message>"
    splitter = Splitter()
    splitter.feed(SERVER_HEADER + stanza * 20 + b"</stream:stream> " + stanza)

    assert splitter.error.offset == len(SERVER_HEADER + stanza * 20) + 17


def test_strings_that_repeat_are_shared():
    """A hundred thousand rows of one conversation hold one string of each address."""
    splitter = Splitter()
    splitter.feed(SERVER_HEADER)
    stanza = b"<message to='a@b' from='c@d' type='chat' id='%d'><body>x</body></message>"
    items = splitter.feed(b"".join(stanza % number for number in range(60)))

    for column in (2, 3, 4, 6, 7, 8):
        assert len({id(item[column]) for item in items[5:]}) == 1


def test_a_bytearray_stays_free():
    """A caller's buffer can be resized after it was fed."""
    data = bytearray(SERVER_HEADER + b"<message>")
    splitter = Splitter()
    splitter.feed(data)
    data.extend(b"</message>")

    assert splitter.feed(memoryview(data)[-10:])[0].name == "message"


def feed_in_chunks(data, size):
    """Return a splitter that was fed ``data`` after a header."""
    splitter = Splitter()
    splitter.feed(SERVER_HEADER)
    for at in range(0, len(data), size):
        splitter.feed(data[at : at + size])
    return splitter


HOSTILE = [
    b"<message a='" + b">" * 400_000,
    b"<message a='" + b"x" * 400_000,
    b"<message><body>" + b"x" * 400_000,
    b"<message><body>" + b"]" * 400_000,
    b"<message><![CDATA[" + b">" * 400_000,
    b"<message><![CDATA[" + b"]" * 400_000,
    b"<message>" + b"<a>" * 120_000,
    b"<message>" * 50_000,
    b"<a></a >" * 40_000,
    b"<a/><b></b ><c></c >" * 16_000,
    b"<m><![CDATA[\xc3\xa9]]></m>" * 10_000,
    b"<message " + b"a\n" * 120_000,
    b" " * 120_000,
]


@pytest.mark.parametrize("data", HOSTILE, ids=[str(data[:24]) for data in HOSTILE])
@pytest.mark.parametrize("size", [100, 1460, 1 << 20])
def test_hostile_bytes_cost_no_more_than_their_number(data, size):
    """Unfinished tokens, deep nesting and vain searches: twice the bytes, about twice the time."""
    half = partial(feed_in_chunks, data[: len(data) // 2], size)
    whole = partial(feed_in_chunks, data, size)

    assert costs.ratio(whole, half, 4) <= 4
    items = whole().close()
    assert not items or items[-1].end == len(SERVER_HEADER) + len(data)


def test_a_hundred_thousand_levels_are_one_item():
    """Depth costs neither the stack of Python nor a crash."""
    splitter = Splitter()
    splitter.feed(SERVER_HEADER)
    items = splitter.feed(b"<a>" * 100_000 + b"</a>" * 100_000)

    assert [item.name for item in items] == ["a"]
    assert splitter.error is None


@pytest.mark.parametrize(
    "made", [b"<message><a%d/></message>", b"<a xmlns:p%d='urn:%d' p%d:b=''/>"]
)
def test_names_that_never_repeat_take_no_memory(made):
    """Expat keeps every name that it reads; the splitter does not keep the Expat."""
    splitter = Splitter()
    splitter.feed(SERVER_HEADER)
    count = made.count(b"%d")
    before = memory()
    for number in range(100_000):
        assert splitter.feed(made % ((number,) * count))

    assert memory() - before < 16 * 1024 * 1024


def memory():
    """Return the resident bytes of this process; Expat's are not seen by tracemalloc."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()
