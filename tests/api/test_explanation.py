"""``explain``: whatever is on the wire is explained, and what is not is refused in words."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from threading import Thread
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.api.stages import on_stage
from tests.reading.transcripts import HEADER_IN, new_log
from xmppexplore import (
    JID,
    Recording,
    Sandbox,
    Session,
    StanzaError,
    UsageError,
    check,
    explain,
)
from xmppexplore.api.explanation import COLUMNS, MOST_SHOWN, Explanation
from xmppexplore.catalogue import facts
from xmppexplore.reading.explained_exceptions import explain_exception
from xmppexplore.wire.element import parse
from xmppexplore.wire.records import IN
from xmppexplore.wire.secrets import HIDDEN

PING = "<iq type='get' to='a.example' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
SAYS = "Asks a.example whether it still answers."
PASSWORD = "wherefore-art-thou"


@pytest.mark.parametrize(
    "given_as",
    [
        pytest.param(parse(PING), id="element"),
        pytest.param(PING, id="text"),
        pytest.param(PING.encode(), id="bytes"),
        pytest.param(b"\xef\xbb\xbf" + PING.encode(), id="byte order mark"),
        pytest.param({"xml": PING, "row": 3}, id="row"),
        pytest.param(ET.fromstring(PING.replace("<iq ", "<iq xmlns='jabber:client' ")), id="tree"),
    ],
)
def test_whatever_holds_xml_is_explained(given_as) -> None:
    """The same lines each time."""
    found = explain(given_as)

    assert [line.path for line in found if line.what == "element"] == ["iq", "iq/ping"]
    assert found[-1].says == SAYS
    assert found.problems == ()


@pytest.mark.parametrize(
    ("given_as", "title"),
    [
        ("XEP-0199", "XEP-0199 XMPP Ping"),
        ("urn:xmpp:ping", "urn:xmpp:ping: XEP-0199"),
        ("{urn:xmpp:ping}ping", "<ping> of XEP-0199"),
        ("item-not-found", "item-not-found: defined by RFC 6120"),
        ("muc_membersonly", "muc_membersonly: XEP-0045"),
        ("n,,n=juliet,r=abc", "SCRAM client-first-message"),
        ("biwsbj1qdWxpZXQscj1hYmM=", "SCRAM client-first-message"),
        (b"\0juliet\0pw", "PLAIN message"),
        ("Juliet@Capulet.example/balcony", "juliet@capulet.example/balcony"),
        ("capulet.example", "capulet.example"),
        (JID("juliet@capulet.example"), "juliet@capulet.example"),
        ("ro meo@montague.example", "ro meo@montague.example"),
        ("zzzzzz", "unknown: zzzzzz"),
        ("", "nothing: "),
        ("</", "nothing that can be read"),
    ],
)
def test_what_is_no_xml_is_explained(given_as, title) -> None:
    """Names, documents, conditions, messages of logins; the unknown is called so."""
    assert explain(given_as).title.startswith(title)


def test_an_address_is_taken_apart() -> None:
    """What becomes of each part and by which rule; why it is none."""
    lines = explain("Juliet@capulet.example").lines
    wrong = explain("ro meo@montague.example").lines

    assert lines[0].says == "Is an address."
    assert ("localpart", "RFC 7622", "3.3") in [(one.name, one.spec, one.section) for one in lines]
    assert wrong[0].says == "Is no address."
    assert "U+0020 SPACE" in wrong[0].notes[0]


@pytest.mark.parametrize("given_as", [None, 3, 2.5, object(), [PING], {"a": 1}, {"xml": 3},
                                      Recording, dict])  # fmt: skip
def test_what_cannot_be_explained_is_refused_in_words(given_as) -> None:
    """The message lists what can be."""
    with pytest.raises(UsageError, match="a namespace, feature, node"):
        explain(given_as)


def test_a_picture_is_no_recording() -> None:
    """What is drawn from one holds it, and is refused in words as well."""
    log = new_log()
    log.chunk(0, IN, HEADER_IN, 1)
    recording = Recording(log)
    for picture in (recording.handshake, recording.handshake.layers, recording.presence):
        with pytest.raises(UsageError, match="cannot be explained: give an element"):
            explain(picture)
        with pytest.raises(UsageError, match="is no XML"):
            check(picture)


@pytest.mark.parametrize(
    "options", [{"last": "x"}, {"last": True}, {"last": None}, {"reveal": "no"}, {"password": b"x"}]
)
def test_a_wrong_argument_is_told_at_once(options) -> None:
    """Not when the first line is looked at."""
    with pytest.raises(UsageError, match=f"explain\\(..., {next(iter(options))}="):
        explain(PING, **options)


@pytest.mark.parametrize(
    "row",
    [
        {"xml": PING, "row": 10**30},
        {"xml": PING, "row": float("inf")},
        {"xml": PING, "name": [], "namespace": {}},
    ],
)
def test_a_row_with_anything_in_its_cells_is_explained(row) -> None:
    """What is no row number is none."""
    found = explain(row)

    assert found.frame["row"].isna().all()


@pytest.mark.parametrize(
    "text", ["a." * 40_000 + ":", "<a>\ud800</a>", "\ud800@b", "<iq" + " " * 500_000 + "/>"]
)
def test_strange_texts_end_in_a_frame(text) -> None:
    """In bounded time; the timeout of the test says so."""
    assert len(explain(text).frame) > 0


@given(st.text(max_size=80) | st.binary(max_size=80))
def test_no_text_is_too_wild(data) -> None:
    """It ends in an answer that can be printed, drawn and kept."""
    found = explain(data)

    assert all(line.isprintable() for line in repr(found).split("\n"))
    assert json.dumps(found.to_dict())


def test_the_frame_has_a_row_for_each_line() -> None:
    """With the same columns, whether there are lines or not."""
    frame = explain(PING).frame

    assert list(frame.columns) == list(COLUMNS)
    assert list(explain("</").frame.columns) == list(COLUMNS)
    assert [dtype.name for dtype in explain("</").frame.dtypes] == [
        dtype.name for dtype in frame.dtypes
    ]
    assert list(frame["path"]) == ["iq", "iq/@type", "iq/@to", "iq/@id", "iq/ping"]
    assert frame.query("path == 'iq/ping'")["says"].item() == SAYS
    assert set(frame["status"]) == {
        facts.document(spec).status for spec in ("RFC 6120", "XEP-0199")
    }


def test_the_tree_holds_every_line_once() -> None:
    """Attributes beside what is inside; JSON can hold it."""
    found = explain(PING)
    (iq,) = found.to_dict()["items"]

    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()
    assert [one["name"] for one in iq["attributes"]] == ["type", "to", "id"]
    assert [one["path"] for one in iq["inside"]] == ["iq/ping"]


def test_a_notebook_gets_both_forms() -> None:
    """HTML, and the text that the terminal gets; nothing of a widget."""
    bundle = explain(PING)._repr_mimebundle_()

    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == repr(explain(PING))
    assert "<script" not in bundle["text/html"]


def test_of_what_breaks_off_the_sound_part_is_explained() -> None:
    """And why the rest is not, with its place."""
    found = explain("<message><body>Hi</body><x")

    assert "message/body" in [line.path for line in found]
    assert "line 1, column 27" in found.problems[0]
    assert found.problems[0] in repr(found).replace("\n  ", " ")


def test_a_large_explanation_is_shown_in_part() -> None:
    """What is left out is counted; the frame has it."""
    items = "".join(f"<item jid='a{number}@b.example'/>" for number in range(3000))
    found = explain(
        f"<iq type='result' id='1'><query xmlns='jabber:iq:roster'>{items}</query></iq>"
    )
    left = len(found.frame) - MOST_SHOWN

    assert f"... {left:,} more lines: see .frame" in repr(found)


def test_an_error_is_explained_with_its_stanza() -> None:
    """What it means, and what was answered."""
    stanza = parse(
        "<iq type='error' id='1'><error type='cancel'>"
        "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )
    error = StanzaError("no", condition="item-not-found", type="cancel", stanza=stanza)
    found = explain(error)

    assert found.lines[:2] == explain_exception(error).lines[:2]
    assert [line.path for line in found][-1] == "iq/error/item-not-found"


def test_an_element_of_a_secret_is_covered() -> None:
    """Unless it is asked for."""
    auth = parse(
        "<iq type='set' id='1'><query xmlns='jabber:iq:auth'><username>juliet</username>"
        f"<password>{PASSWORD}</password></query></iq>"
    )

    assert PASSWORD not in repr(explain(auth))
    assert PASSWORD not in repr(explain(auth.children[0]))
    assert "juliet" in repr(explain(auth.children[0]))
    assert PASSWORD in repr(explain(auth, reveal=True))


def test_a_recording_is_explained_item_by_item(tmp_path) -> None:
    """Each row once, with its number; of a loaded recording as of the live one."""

    async def scene(_: Sandbox, romeo: Session, __: Session) -> None:
        await romeo.ask("<ping xmlns='urn:xmpp:ping'/>")
        found = explain(romeo)
        frame = found.frame
        loaded = Recording.load(romeo.save(tmp_path / "x.xmpp"))
        one = romeo.wire.iloc[3]

        assert set(frame["row"]) == set(romeo.wire["row"])
        assert list(frame.query("what == 'element'")["spec"]) != []
        assert frame.query("what == 'element' and says == ''").empty
        assert [line.path for line in explain(loaded)] == list(frame["path"])
        assert [line.path for line in explain(one)] == [line.path for line in romeo.explain(3)]
        assert "initiator" in romeo.explain(3).title
        assert {line.row for line in romeo.explain(3)} == {3}
        last = explain(romeo, last=2)
        assert {line.row for line in last} == set(romeo.wire["row"].tail(2))
        assert "earlier rows" in repr(last)
        with pytest.raises(UsageError, match="no row"):
            romeo.explain(99_999)

    on_stage(scene)


def test_the_password_says_whether_the_login_was_true() -> None:
    """The proof is computed again; what is hidden stays hidden."""

    async def scene() -> None:
        async with await Sandbox.open("capulet.example", {"romeo": PASSWORD}) as sandbox:
            romeo = await sandbox.connect("romeo", mechanism="PLAIN")
            wrong = explain(romeo, password="not-" + PASSWORD)[-1]
            shown = repr(explain(romeo))

            assert (wrong.what, wrong.name) == ("login", "login")
            assert "wrong password" in wrong.value
            assert HIDDEN in shown
            assert PASSWORD not in shown
            assert PASSWORD not in repr(explain(romeo, password=PASSWORD))
            assert PASSWORD in repr(explain(romeo, reveal=True))
            assert explain(romeo, password=PASSWORD)[-1].value == "ok"

    asyncio.run(scene())


def test_only_what_is_looked_at_is_read() -> None:
    """Parts are read when they are needed, and once."""
    read = []

    def part(number: int):
        def look():
            read.append(number)
            return explain(PING)._parts[0]()

        return look

    found = Explanation("", [part(number) for number in range(2000)])

    assert read == []
    assert repr(found) == repr(found)
    assert len(read) < 1000
    assert len(read) == len(set(read))


def test_an_explanation_may_be_read_by_several_at_once() -> None:
    """Each line is there once, also while a cell and a view look at the same time."""
    found = explain(PING * 3000)
    counts: list[int] = []
    threads = [Thread(target=lambda: counts.append(len(found.lines))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(counts) == {3000 * len(explain(PING).lines)}


def test_what_went_to_the_journal_before_it_was_looked_at_is_said(tmp_path) -> None:
    """A bounded recording goes on while an explanation waits to be looked at."""

    async def scene() -> None:
        async with await Sandbox.open("capulet.example", ["romeo"]) as sandbox:
            romeo = await sandbox.connect("romeo", keep=10, recording=tmp_path / "kept.xmpp")
            found = explain(romeo)
            while romeo.recording._columns.first == 0:
                await romeo.ask("<ping xmlns='urn:xmpp:ping'/>", to="capulet.example")
            assert "row 0 is in the journal alone by now" in repr(found)
            assert found.problems
            await romeo.close()

    asyncio.run(scene())


def test_what_is_printed_is_as_wide_as_the_terminal(monkeypatch) -> None:
    """In a terminal of 80 columns no line is torn; elsewhere there are always 100."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "80")
    found = explain("<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>")
    widths = [max(map(len, repr(found).split("\n")))]
    monkeypatch.setattr(sys, "stdout", Terminal())
    widths.append(max(map(len, repr(found).split("\n"))))
    monkeypatch.undo()

    assert 80 < widths[0] <= 100
    assert 60 < widths[1] < 80
    with pytest.raises(UsageError, match="width"):
        found.text(width="80")
