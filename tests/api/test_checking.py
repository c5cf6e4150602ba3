"""``check`` and ``send(..., strict=True)``: objections with their place, and nothing sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.stages import on_stage
from tests.reading.transcripts import HEADER_IN, new_log
from xmppexplore import InvalidXML, Recording, Sandbox, Session, UsageError, check, explain
from xmppexplore.api.checking import MOST
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import IN

WRONG = "<message to='juliet@capulet.example'\n  type='caht'><body>Hi</body></message>"


def test_an_objection_has_a_place_a_section_and_a_way_out() -> None:
    """Line, column and path lead there; the frame and the text say the same."""
    found = check(WRONG)
    (one,) = found.objections

    assert not found.ok
    assert not found
    assert (one.line, one.column, one.path) == (2, 3, "message/@type")
    assert one.section.startswith("RFC 612")
    assert "chat" in one.advice
    assert found.frame.to_dict("records")[0]["sentence"] == one.sentence
    assert "\n      type='caht'" in repr(found)
    assert repr(found).splitlines()[3].index("^") == 6


@pytest.mark.parametrize("form", ["text", "bytes", "element", "child"])
def test_whatever_holds_xml_is_checked(form: str) -> None:
    """Text, UTF-8, an element, or one inside another."""
    given = {
        "text": WRONG,
        "bytes": WRONG.encode(),
        "element": parse(WRONG),
        "child": parse(f"<forwarded xmlns='urn:xmpp:forward:0'>{WRONG}</forwarded>").children[0],
    }
    if form == "child":
        given["child"] = parse(
            f"<forwarded xmlns='urn:xmpp:forward:0'>{WRONG.replace('<message', CLIENT, 1)}"
            "</forwarded>"
        ).children[0]

    assert [one.path for one in check(given[form]).objections] == ["message/@type"]


CLIENT = "<message xmlns='jabber:client'"


def test_what_is_not_well_formed_is_an_objection_too() -> None:
    """A place and a sentence, no exception."""
    found = check("<message>\n<body>a < b</body></message>")

    assert [one.rule for one in found.objections] == ["not well-formed"]
    assert (found.objections[0].line, found.objections[0].column) == (2, 10)
    assert check(b"<a>\xff</a>").objections[0].rule == "not well-formed"


@pytest.mark.parametrize(
    "xml",
    [
        "<conference xmlns='urn:xmpp:bookmarks:1' autojoin=''><password>{}</password></conference>",
        "<message type='zz'><x xmlns='jabber:x:conference' jid='a@b' password='{}'/></message>",
        "<iq type='set'><query xmlns='jabber:iq:register'><password>{}</iq>",
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{}<!-- --></auth>",
        "<response>{}<!-- --></response>",
        "<x xmlns='jabber:x:conference' jid='a@b' password='1' password='{}'/>",
        "<iq><password>a&{};</password></iq>",
        "<message><x xmlns='jabber:x:conference' jid='a@b'> password='{}'/></message>",
        "<message>password='{}'</message>",
        "&lt;x xmlns='jabber:x:conference' p:password='{}'/&gt;",
        "<message type='zz'><body>xmpp:r@b?join;password={}</body></message>",
    ],
)
def test_a_secret_is_not_shown_beside_an_objection(xml: str) -> None:
    """The line of the objection is shown; a notebook keeps what is shown."""
    secret = "geheim-é-4711"
    found = check(xml.format(secret))

    assert found.objections
    assert secret not in f"{found!r} {found.objections} {found.frame.to_string()}"
    assert "*" * len(secret) in repr(found)


def test_an_element_with_a_secret_is_checked_without_showing_it() -> None:
    """Also one that was read from the wire."""
    element = parse("<iq><query xmlns='jabber:iq:auth'><digest>s3cret</digest></query></iq>")

    assert "s3cret" not in repr(check(element))
    assert "<digest>******</digest>" in repr(check(element.children[0]))


def test_what_is_not_defined_is_said_to_be_unchecked() -> None:
    """No objection is not the same as valid."""
    found = check("<message><x xmlns='urn:example:own'/></message>")

    assert found.ok
    assert found.unchecked == ("message/x",)
    assert "not checked" in repr(found)


def test_what_is_no_xml_is_refused() -> None:
    """A number has nothing to check."""
    with pytest.raises(UsageError, match="context='x'"):
        check("<a/>", context="x")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="type is no XML"):
        check(Recording)
    with pytest.raises(UsageError, match="int is no XML"):
        check(7)


@given(st.text(alphabet="<>/='\" ab&;messagebody\n", max_size=80))
def test_any_text_ends_in_an_answer(text: str) -> None:
    """Places lie inside the text, or right behind it."""
    for one in check(text).objections:
        lines = text.split("\n")
        assert 1 <= one.line <= len(lines) + 1
        assert one.column >= 1
    assert repr(check(text))


def test_a_whole_session_can_be_checked() -> None:
    """Rows take the place of lines; a login of ours has nothing to object to."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        assert check(romeo).objections == ()
        before = len(romeo.recording)
        await romeo.send(WRONG)
        found = check(romeo)

        assert [(one.path, one.row >= before) for one in found.objections] == [
            ("message/@type", True)
        ]
        assert f"row {found.objections[0].row}" in repr(found)

    on_stage(scene)


def test_no_empty_line_stands_below_what_is_not_well_formed() -> None:
    """It has neither path nor advice."""
    assert all(line.strip() for line in repr(check("<message><body>Hi")).splitlines())


def test_strict_sends_nothing_that_departs() -> None:
    """The error carries the check; the tape is as it was."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        before = romeo.tape("out")
        with pytest.raises(InvalidXML, match="Nothing was sent") as caught:
            await romeo.send(WRONG, strict=True)

        assert (caught.value.line, caught.value.column) == (2, 3)
        assert caught.value.check.objections[0].path == "message/@type"
        assert romeo.tape("out") == before

        await romeo.send(WRONG.replace("caht", "chat"), strict=True)
        assert (await juliet.wait_for({"kind": "message"})).get("type") == "chat"

        with pytest.raises(UsageError, match="leave one out"):
            await romeo.send(WRONG, check=False, strict=True)

    on_stage(scene)


def test_strict_completes_a_request_before_it_checks() -> None:
    """A request without an id gets one, so its absence is no reason to refuse."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        sent = await romeo.send("<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>", strict=True)

        assert sent is not None
        assert sent.get("id")

        with pytest.raises(InvalidXML) as caught:
            await romeo.send("<iq type='gett'><ping xmlns='urn:xmpp:ping'/></iq>", strict=True)
        assert (caught.value.line, caught.value.column) == (1, 5)  # as it was written
        assert len(caught.value.check.objections) == 1

    on_stage(scene)


def test_what_cannot_be_read_of_a_recording_does_not_hide_the_rest() -> None:
    """A peer that nests too deep, or declares too much, has one objection for it."""
    log = new_log()
    log.chunk(0, IN, HEADER_IN, 1)
    log.chunk(0, IN, b"<message>" + b"<a>" * 1500 + b"</a>" * 1500 + b"</message>", 2)
    log.chunk(0, IN, b"<message type='zz'/>", 3)
    found = check(Recording(log))

    assert [(one.rule, one.row) for one in found.objections] == [
        ("not well-formed", 1),
        ("value not allowed", 2),
    ]
    assert "nested more than" in repr(found)


def test_the_objections_to_a_recording_are_bounded() -> None:
    """And it is said where the looking ended."""
    log = new_log()
    log.chunk(0, IN, HEADER_IN, 1)
    log.chunk(0, IN, b"<message type='zz'/>" * (MOST + 10), 2)
    found = check(Recording(log))

    assert len(found.objections) == MOST
    assert found.unchecked[0].startswith(f"rows from {MOST + 1} on")


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ("<ping/>", "<ping> has no namespace of its own; there is one in urn:xmpp:ping"),
        ("<ping xmlns='urn:xmpp:pong'/>", "it resembles urn:xmpp:ping"),
        ("<roll xmlns='urn:example:dice'/>", ""),
    ],
)
def test_what_may_have_been_meant_is_said(payload: str, words: str) -> None:
    """The mistake of beginners is a namespace that is missing, or nearly right."""
    found = check(f"<iq type='get' id='1'>{payload}</iq>")

    assert found.ok
    assert words in repr(found)
    assert bool(found.hints) is bool(words)


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        ("<message too='a@b.example'/>", "<message> has no attribute 'too'; it has 'to'"),
        (
            "<message><boddy>x</boddy></message>",
            "<boddy> is not defined in its namespace; it resem",
        ),
        ("<MESSAGE TO='a@b.example'/>", "<MESSAGE> is not defined in its namespace; it resembles"),
        ("<message TO='a@b.example'/>", "<message> has no attribute 'TO'; it has 'to'"),
        ("<message><body to='x'/></message>", ""),
        ("<message xmlns='jabber:client'><zzz/></message>", ""),
    ],
)
def test_a_slip_of_a_name_is_said(slip: str, words: str) -> None:
    """It is not checked, and may be meant; so the nearest name stands beside it."""
    found = check(slip)

    assert found.ok
    assert found.unchecked
    assert words in repr(found)
    assert bool(found.hints) is bool(words)


STREAM = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("<presence/>\n  ", "", id="several"),
        pytest.param("<message><body>é\n</body></message>", "\n<presence/>", id="on one line"),
        pytest.param(
            f"<?xml version='1.0'?>{STREAM} version='1.0' to='a.example'>\n", "", id="a stream"
        ),
        pytest.param("<presence/>", "</stream:stream>", id="an end"),
    ],
)
def test_several_elements_are_checked_each_at_its_place(before: str, after: str) -> None:
    """What is objected to one alone is objected to it among others, with the place of the whole."""
    whole = before + WRONG + after
    found = check(whole)
    at = whole.index("type='caht'")
    place = (whole.count("\n", 0, at) + 1, at - whole.rfind("\n", 0, at))

    assert [(one.line, one.column) for one in found.objections] == [place]
    assert found.elements > check(WRONG).elements
    assert check(whole.replace("caht", "chat")).ok
    assert "^" in repr(found)


@pytest.mark.parametrize(
    "text",
    ["<presence/> and <presence/>", "<?xml version='1.0'?><presence/>", "<presence/><x:y/>",
     "<presence/><presence>", "", "</stream:stream>", "<!-- x --><presence/><presence/>"],
)  # fmt: skip
def test_what_no_stream_may_hold_is_objected_to_among_several_too(text: str) -> None:
    """Comments, text between stanzas, undeclared prefixes, what is not closed."""
    assert [one.rule for one in check(text).objections] == ["not well-formed"]


def test_another_s_wire_is_no_recording() -> None:
    """A class of somebody else's may have an attribute of that name."""

    class Fence:
        wire = 3

    with pytest.raises(UsageError, match="Fence is no XML"):
        check(Fence())
    with pytest.raises(UsageError, match="Fence cannot be explained"):
        explain(Fence())
