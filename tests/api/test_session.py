"""Saying things on a session: what leaves, what comes back, what is refused."""

from __future__ import annotations

import asyncio
import gc
import time
from xml.etree import ElementTree

import pytest

from tests.api.stages import on_stage
from xmppexplore import Sandbox, Session, sessions
from xmppexplore.errors import MalformedXML, NoAnswer, StanzaError, UsageError

TEXT = "<message  to='juliet@capulet.example'\n type=\"chat\"><body>a &lt; b</body></message>"


def test_what_is_sent_leaves_byte_for_byte() -> None:
    """Odd spacing, quotes and line breaks stay as they were given."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        before = len(romeo.tape("out"))
        sent = await romeo.send(TEXT)
        received = await juliet.wait_for({"kind": "message"})

        assert romeo.tape("out")[before:] == TEXT.encode()
        assert sent is not None
        assert received.find("body").text == sent.find("body").text == "a < b"  # type: ignore[union-attr]
        assert received.get("from") == romeo.jid

    on_stage(scene)


def test_order_is_kept_between_own_text_and_slixmpp() -> None:
    """Stanzas of slixmpp and texts of ours leave in the order in which they were given."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> list[str]:
        for number in range(0, 40, 2):
            romeo.client.send_message(mto="juliet@capulet.example", mbody=str(number))
            await romeo.send(
                f"<message to='juliet@capulet.example'><body>{number + 1}</body></message>"
            )
        bodies = []
        while len(bodies) < 40:
            message = await juliet.wait_for({"kind": "message"})
            bodies.append(message.find("body").text)  # type: ignore[union-attr]
        return bodies

    assert on_stage(scene) == [str(number) for number in range(40)]


@pytest.mark.parametrize(
    ("xml", "line", "column"),
    [
        ("<message>\n <body></message>", 2, 10),
        ("<message><!-- no --></message>", 1, 10),
        ("<!DOCTYPE x><message/>", 1, 3),
        ("<message/><message/>", 1, 11),
        ("<x:message/>", 1, 1),
        ("plain text", 1, 1),
    ],
)
def test_what_xmpp_does_not_allow_is_refused_before_it_is_sent(
    xml: str, line: int, column: int
) -> None:
    """The error has line and column, and not a byte leaves."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        before = romeo.tape("out")
        with pytest.raises(MalformedXML) as caught:
            await romeo.send(xml)
        assert (caught.value.line, caught.value.column) == (line, column)
        assert romeo.tape("out") == before

    on_stage(scene)


def test_unchecked_bytes_leave_and_are_marked() -> None:
    """Breaking a rule on purpose is possible, and can be seen afterwards."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        await romeo.send(b"<message><bo\xff", check=False)
        assert romeo.tape("out").endswith(b"<message><bo\xff")
        assert "unchecked" in set(romeo.marks["name"])
        with pytest.raises(NoAnswer):
            await romeo.wait_for({"kind": "message"}, timeout=3)
        assert romeo.state != "open"

    on_stage(scene)


def test_an_element_of_elementtree_and_of_a_recording_can_be_sent() -> None:
    """What came in can be sent on, and what other libraries made as well."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        tree = ElementTree.Element("{jabber:client}message", to="juliet@capulet.example")
        ElementTree.SubElement(tree, "{jabber:client}body").text = "tree"
        await romeo.send(tree)
        first = await juliet.wait_for({"kind": "message"})
        body = first.find("body")
        assert body is not None
        assert body.text == "tree"

    on_stage(scene)


def test_ask_returns_the_answer_of_who_was_asked() -> None:
    """The answer is the iq with the id, from the one asked."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        answer = await romeo.ask("<query xmlns='jabber:iq:roster'/>")
        assert (answer.name, answer.get("type")) == ("iq", "result")
        assert [item.get("jid") for item in answer.find("query").children] == [  # type: ignore[union-attr]
            "juliet@capulet.example"
        ]

    on_stage(scene)


def test_an_answer_from_somebody_else_does_not_count() -> None:
    """Whoever guesses an id cannot answer for the server (RFC 6120 §8.1.2.1)."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        asking = asyncio.ensure_future(
            romeo.ask("<ask xmlns='urn:example:x'/>", to=juliet.jid, timeout=5)
        )
        request = await juliet.wait_for("{urn:example:x}ask")
        third = await sandbox.connect("juliet")
        forged = f"<iq type='result' id='{request.get('id')}' to='{romeo.jid}'/>"
        await third.send(forged)
        await romeo.wait_for({"kind": "iq", "id": str(request.get("id"))})
        # juliet's own slixmpp has answered with an error meanwhile, or will.
        with pytest.raises(StanzaError):
            await asking

    on_stage(scene)


def test_an_error_answer_is_an_exception_with_its_condition() -> None:
    """Condition, type and the whole stanza can be had from it."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        with pytest.raises(StanzaError) as caught:
            await romeo.ask("<query xmlns='urn:example:nothing'/>", to="capulet.example")
        assert caught.value.condition == "service-unavailable"
        assert caught.value.type == "cancel"
        assert caught.value.stanza.get("type") == "error"

    on_stage(scene)


def test_no_answer_says_what_came_last_and_leaves_no_listener() -> None:
    """A request that nobody answers ends in its time limit; nothing goes on listening."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        before = list(romeo.recording._log.listeners)
        start = time.monotonic()
        with pytest.raises(NoAnswer, match="row"):
            await romeo.wait_for("{urn:example:never}come", timeout=0.2)
        assert time.monotonic() - start < 3
        assert isinstance(NoAnswer("x"), TimeoutError)
        assert romeo.recording._log.listeners == before

    on_stage(scene)


def test_wait_for_misses_nothing_in_between() -> None:
    """Each wait goes on after the row that the wait before returned."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> list[str]:
        for number in range(20):
            await romeo.send(
                f"<message to='juliet@capulet.example' id='n{number}'><body>x</body></message>"
            )
        await juliet.ask("<ping xmlns='urn:xmpp:ping'/>")
        return [str((await juliet.wait_for({"kind": "message"})).get("id")) for _ in range(20)]

    assert on_stage(scene) == [f"n{number}" for number in range(20)]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda s: s.send("<presence/>"), "not sent: write await romeo.send(...)"),
        (lambda s: s.ask("<ping xmlns='urn:xmpp:ping'/>"), "not sent: write await romeo.ask(...)"),
        (lambda s: s.wait_for("x"), "not waiting: write await romeo.wait_for(...)"),
        (lambda s: s.close(), "not closed: write await romeo.close()"),
    ],
)
def test_a_forgotten_await_is_told_at_once(call: object, words: str) -> None:
    """The object returned says that nothing happened, and no warning comes later."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> str:
        before = romeo.tape("out")
        said = repr(call(romeo))  # type: ignore[operator]
        gc.collect()
        await asyncio.sleep(0)
        assert romeo.tape("out") == before
        return said

    assert on_stage(scene) == words


def test_a_pending_call_gathers_and_schedules_like_a_coroutine() -> None:
    """gather, create_task and wait_for take it."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        ping = "<ping xmlns='urn:xmpp:ping'/>"
        task = asyncio.create_task(romeo.ask(ping))
        both = await asyncio.gather(romeo.ask(ping), juliet.ask(ping))
        third = await asyncio.wait_for(romeo.ask(ping), 5)
        assert {answer.get("type") for answer in (*both, third, await task)} == {"result"}

    on_stage(scene)


def test_a_closed_session_says_so_and_is_no_longer_listed() -> None:
    """Closing twice does no harm; sending afterwards says what to do; the rows stay."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        rows = len(romeo.wire)
        await romeo.close()
        await romeo.close()
        assert romeo not in sessions()
        assert juliet in sessions()
        assert len(romeo.wire) >= rows
        with pytest.raises(UsageError, match="connect again"):
            await romeo.send("<presence/>")

    on_stage(scene)


def test_a_blocked_kernel_is_marked_with_its_time() -> None:
    """A cell that sleeps without await leaves a mark that says for how long."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        time.sleep(0.6)  # what the law forbids: a blocking call
        while "kernel busy" not in set(romeo.marks["name"]):
            await asyncio.sleep(0.01)
        detail = romeo.marks.query("name == 'kernel busy'")["detail"].iloc[0]
        assert float(detail.split()[0]) >= 0.4
        assert "await asyncio.sleep" in repr(romeo)

    on_stage(scene)


def test_the_card_names_the_session_and_calls_to_make() -> None:
    """Static pictures only: SVG and text, no widget."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        bundle = romeo._repr_mimebundle_()
        assert set(bundle) == {"image/svg+xml", "text/plain"}
        assert romeo.jid in bundle["text/plain"]
        assert "romeo.watch()" in bundle["text/plain"]
        assert "SCRAM-SHA-256" in bundle["image/svg+xml"]

    on_stage(scene)
