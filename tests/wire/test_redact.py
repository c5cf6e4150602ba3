"""No secret is shown, whatever it is wrapped in, written like or cut off by."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import costs
from tests.wire.samples import CLIENT_HEADER, STANZAS, TRAPS
from xmppexplore.wire.element import parse
from xmppexplore.wire.plain import PlainSplitter
from xmppexplore.wire.records import IN, OUT, Context
from xmppexplore.wire.redact import MAY_HOLD_SECRETS, redact, secret_spans
from xmppexplore.wire.secrets import SECRETS

SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
PRODUCTS = ("Jibri", "Jicofo", "MongooseIM Tokens", "ProcessOne")  # documents without a number
SASL2 = "xmlns='urn:xmpp:sasl:2'"
FORM = "<x xmlns='jabber:x:data' type='submit'>"
TEXTS = [
    f"<auth {SASL} mechanism='PLAIN'>@</auth>",
    f"<challenge {SASL}>@</challenge>",
    f"<response {SASL}>@</response>",
    f"<success {SASL}>@</success>",
    f"<authenticate {SASL2}><initial-response>@</initial-response></authenticate>",
    f"<success {SASL2}><additional-data>@</additional-data></success>",
    f"<response {SASL2}>@</response>",
    f"<next {SASL2}><task-data><t xmlns='urn:t'>@</t></task-data></next>",
    "<s:auth xmlns:s='urn:ietf:params:xml:ns:xmpp-sasl'>@</s:auth >",
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sas&#108;'>@</auth>",
    "<iq type='set'><query xmlns='jabber:iq:register'><password>@</password></query></iq>",
    "<iq><query xmlns='jabber:iq:auth'><username>u</username><digest>@</digest></query></iq>",
    "<presence><x xmlns='http://jabber.org/protocol/muc'><password>@</password></x></presence>",
    "<iq><p:c xmlns:p='urn:xmpp:bookmarks:1'><p:password>@</p:password></p:c></iq>",
    (
        "<iq><slot xmlns='urn:xmpp:http:upload:0'><put url='u'>"
        "<header name='Authorization'>@</header>"
        "<header name='Expires'>x</header></put></slot></iq>"
    ),
    "<handshake>@</handshake>",
    "<db:result from='a' to='b'>@</db:result>",
    "<db:verify xmlns:db='jabber:server:dialback' id='1'>@</db:verify>",
    (
        "<iq><items xmlns='erlang-solutions.com:xmpp:token-auth:0'><access_token>@</access_token>"
        "<refresh_token>@</refresh_token></items></iq>"
    ),
    "<rebind xmlns='p1:rebind'><sid>@</sid></rebind>",
    f"<iq>{FORM}<field var='x' type='text-private'><value>@</value></field></x></iq>",
    f"<iq>{FORM}<field var='x' type='text-&#x70;rivate'><value>@</value></field></x></iq>",
    f"<iq>{FORM}<field var='muc#roomconfig_roomsecret'><value>@</value></field></x></iq>",
]
ATTRIBUTES = [
    "<message><x xmlns='jabber:x:conference' jid='r' password='@'/></message>",
    "<iq><services xmlns='urn:xmpp:extdisco:2'><service password = '@'/></services></iq>",
    "<success xmlns='urn:xmpp:sasl:2'><token xmlns='urn:xmpp:fast:0' token='@'/></success>",
    '<a><b token="@"></b></a>',
    "<iq><conference xmlns='http://jitsi.org/protocol/focus' room='r' session-id='@'/></iq>",
    "<iq><jibri xmlns='http://jitsi.org/protocol/jibri' action='start' streamid='@'/></iq>",
    "<iq><subscribe xmlns='urn:xmpp:mucsub:0' nick='n' password='@'/></iq>",
]
WRAPS = [
    "@",
    (
        "<message><received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>@"
        "</forwarded></received></message>"
    ),
    (
        "<message><result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'>"
        "<delay xmlns='urn:xmpp:delay'/>@</forwarded></result></message>"
    ),
    "<m xmlns:q='urn:q'>\n <body>text</body> <![CDATA[<auth>]]> @ tail</m>",
]
SECRET = "QZJ"  # letters that stand in nothing of the above
secrets = st.text(SECRET, min_size=3, max_size=9)


def referenced(text):
    """Return a text as character references."""
    return "".join(f"&#{ord(letter)};" for letter in text)


def split_by_cdata(text):
    """Return a text that is partly a CDATA section."""
    return f"{text[:1]}<![CDATA[{text[1:-1]}]]>{text[-1:]}"


in_text = st.sampled_from([str, referenced, split_by_cdata, "<![CDATA[{}]]>".format])
in_attributes = st.sampled_from([str, referenced])
templates = st.one_of(
    st.tuples(st.sampled_from(TEXTS), in_text),
    st.tuples(st.sampled_from(ATTRIBUTES), in_attributes),
)


@st.composite
def planted(draw):
    """An item that holds a secret, written and wrapped in some way."""
    template, write = draw(templates)
    inner = template.replace("@", write(draw(secrets)))
    return draw(st.sampled_from(WRAPS)).replace("@", inner).encode()


HEADER = CLIENT_HEADER.replace(b" xmlns=", b" xmlns:db='jabber:server:dialback' xmlns=")


def split(data):
    """Return the items, error and context of a stream of this content."""
    splitter = PlainSplitter()
    header = splitter.feed(HEADER)
    assert len(header) == 1
    return splitter.feed(data), splitter.error, splitter.context


def shows_secret(data):
    """Tell whether a letter of a secret is left."""
    return any(letter in data for letter in SECRET.encode()) or any(
        b"#%d" % ord(letter) in data for letter in SECRET
    )


@given(planted())
def test_planted_secrets_are_covered_and_nothing_else_changes(data):
    """Not a letter remains; length, items and soundness are those of the original."""
    items, error, context = split(data)
    covered, spans = redact(data, OUT, context)

    assert error is None
    assert not shows_secret(covered)
    assert len(covered) == len(data)
    assert split(covered)[:2] == (items, None)
    assert all(what for _, _, what in spans)
    assert spans == secret_spans(data, IN, context)
    assert redact(covered, OUT, context)[0] == covered


@given(planted(), st.integers(1, 400))
def test_an_unfinished_item_shows_no_secret(data, size):
    """A connection may end anywhere, in mid-secret too."""
    _, _, context = split(data)

    assert not shows_secret(redact(data[:size], OUT, context)[0])


@given(planted(), st.data())
def test_a_broken_item_shows_no_secret(data, choose):
    """Forbidden bytes before or in the secret open no way round."""
    junk = st.sampled_from([*TRAPS, b"<!--", b"<x '>", b"</x>", b"<![CDATA[", b' " ', b"<?"])
    at = choose.draw(st.integers(0, len(data)))
    whole = data[:at] + choose.draw(junk) + data[at:]
    covered = redact(whole, OUT, split(data)[2])[0]

    assert len(covered) == len(whole)
    assert not shows_secret(covered) or b"]]>" in whole or _cuts_a_name(data, at)


def _cuts_a_name(data, at):
    """Junk inside a name, or a value that names the secret, makes it another name."""
    return data.rfind(b"<", 0, at) > data.rfind(b">", 0, at)


@given(planted(), st.integers(1, 300))
def test_the_rest_of_a_secret_is_covered_with_what_came_before(data, size):
    """Where a stream breaks in mid-secret, the second half is no less secret."""
    _, _, context = split(data)
    before, rest = data[:size], data[size:]
    covered, spans = redact(rest, OUT, context, before=before)

    assert len(covered) == len(rest)
    assert not shows_secret(covered)
    assert covered == redact(data, OUT, context)[0][len(before) :]
    assert all(0 <= start < end <= len(rest) for start, end, _ in spans)


def test_a_secret_that_ends_without_having_begun_is_covered():
    """A broken item alone: its first text ends with the end tag of a secret."""
    assert redact(b"\xffGpw==</auth><x>y</x>")[0] == b"******</auth><x>y</x>"
    assert redact(b"HTTP/1.1 400 Bad Request")[0] == b"HTTP/1.1 400 Bad Request"


@pytest.mark.parametrize("data", [item for item in STANZAS if b"result" not in item])
def test_what_holds_no_secret_is_left_alone(data):
    """Ordinary traffic comes back as it is, the very same object."""
    covered, spans = redact(data)

    assert covered is data
    assert spans == []


def test_what_only_looks_secret_is_shown():
    """Names count in their namespaces: archives and plain headers are no secrets."""
    for data in (
        b"<message><result xmlns='urn:xmpp:mam:2' id='1'>text</result></message>",
        b"<message><headers xmlns='h'><header name='A'>v</header></headers></message>",
        b"<message><body>password='x' token=</body></message>",
        b"<iq><x xmlns='jabber:x:data'><field var='nick'><value>v</value></field></x></iq>",
        (
            b"<success xmlns='urn:xmpp:sasl:2'>"
            b"<authorization-identifier>a@b</authorization-identifier>"
            b"</success>"
        ),
    ):
        assert redact(data)[0] == data


def test_a_login_typed_by_hand_is_covered_in_any_namespace():
    """A namespace that is misspelt or left out is no reason to show a password."""
    for namespace in ("", " xmlns='urn:ietf:params:xml:ns:xmpp-sasl/'", " xmlns='URN:IETF'"):
        data = f"<auth{namespace} mechanism='PLAIN'>AGEAYg==</auth>".encode()
        assert redact(data)[0] == data.replace(b"AGEAYg==", b"********")


def test_what_stands_twice_in_a_tag_is_covered_twice():
    """Such a tag is ill-formed, and is shown for that."""
    for data in (b"<x password='pw' password='pw'/>", b"<token><a b='pw' b='pw'/></token>"):
        assert redact(data)[0] == data.replace(b"pw", b"**")


def test_a_name_that_anything_ends_may_be_that_of_a_secret():
    """What stands behind the name of an ill-formed tag does not hide it."""
    for end in (b'"x">', b"='x'>", b"&x>", b"?>", b"<x>", b" "):
        for start in (b"<password", b"<iq><q xmlns='jabber:iq:auth'><password"):
            assert b"pw" not in redact(start + end + b"pw</password></q></iq>")[0]


def test_a_tag_that_another_tag_interrupts_hides_what_it_may_hold():
    """Its attribute is named before the break, and its value stands behind it."""
    for inside in (b"password=<'pw'/>", b"p='1' password=</x>'pw'/>", b"password='a<pw'/>"):
        for start in (b"<x ", b"<m><x a='b' ", b"<m>< x "):
            assert b"pw" not in redact(start + inside + b"</m>")[0]
    assert b"pw" not in redact(b"<m>< x password='pw'/>")[0]
    for data in (b"<m>a < b</m><password></password>", b"<m>token=1 < 2</m>"):
        assert redact(data)[0] == data


def test_an_unknown_prefix_is_taken_for_the_worst():
    """Where the declaration is out of sight, a secret's local name is enough."""
    assert redact(b"<db:result>key</db:result>", OUT, Context())[0] == b"<db:result>***</db:result>"


@given(planted())
def test_the_quick_look_misses_nothing(data):
    """The test that lets ordinary rows through finds every item that holds a secret."""
    assert MAY_HOLD_SECRETS.search(data)


@given(
    st.lists(
        st.one_of(
            st.sampled_from([*STANZAS, *TRAPS, b"<auth>", b"<token token='"]), st.binary(max_size=5)
        ),
        max_size=8,
    ).map(b"".join)
)
def test_anything_is_redacted_without_a_crash(data):
    """Arbitrary bytes keep their length, and spans lie inside, in order, apart."""
    covered, spans = redact(data, OUT, Context())

    assert len(covered) == len(data)
    flat = [offset for start, end, _ in spans for offset in (start, end)]
    assert flat == sorted(flat)
    assert all(0 <= start < end <= len(data) for start, end, _ in spans)


def test_hostile_markup_costs_one_pass():
    """Megabytes of unfinished tags are done at once, not in the square of their length."""
    well = [b"<a>", b"<a></b>", b"</a>", b"</auth>x", b"<auth><![CDATA[", b"<a xmlns:p%d=''>"]
    for piece in (*well, b"<a '", b"<a' <a\" ", b"<token x", b" a="):
        numbered = [piece.replace(b"%d", b"%d" % number) for number in range(6000)]
        for start in (b"<token ", b"<auth>x</auth>" + b"<c>" * 2000):
            half, whole = start + b"".join(numbered[:3000]), start + b"".join(numbered)

            assert len(redact(whole)[0]) == len(whole)
            assert costs.ratio(partial(redact, whole), partial(redact, half), 4) <= 4


def test_elements_that_hold_no_secret_cost_little():
    """One secret at the end of a megabyte is found quicker than the megabyte is read."""
    message = b"<message to='a@b'><body>Hi</body><x xmlns='jabber:x:data'/></message>" * 14_000
    text = b"<m>" + message + b"<password>pw</password></m>"

    assert costs.ratio(lambda: redact(text), lambda: parse(text), 1) <= 1


def test_every_line_of_the_table_says_what_and_where():
    """The table is what the documentation prints."""
    for line in SECRETS:
        assert line.what
        assert line.section.startswith(("RFC ", "XEP-", *PRODUCTS))
        assert line.where == "text" or line.where.startswith("@")
