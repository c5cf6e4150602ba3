"""Laws of reading presence: states from the wire alone, whatever comes late or twice."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reading.transcripts import BINDING, HEADER_IN, HEADER_OUT, Event, recorded
from tests.reading.village import Village, address
from xmppexplore.reading.presence import PresenceReader
from xmppexplore.reading.presence_records import rows_of
from xmppexplore.reading.subscription import name_of
from xmppexplore.store.columns import Columns
from xmppexplore.wire.records import IN, OUT

TYPES = ("subscribe", "subscribed", "unsubscribe", "unsubscribed")
PEOPLE = ("juliet", "romeo")
SPOKEN = st.lists(
    st.tuples(
        st.sampled_from([("juliet", 0), ("romeo", 0), ("juliet", 1)]),
        st.lists(st.sampled_from(TYPES), min_size=1, max_size=3),
    ),
    max_size=12,
)
ROMEO = [(OUT, HEADER_OUT), (IN, HEADER_IN), *BINDING]


def village_of(spoken: list[tuple[tuple[str, int], list[str]]]) -> Village:
    """Return a village in which this was said; Juliet has two clients."""
    village = Village()
    for name, resource in (("juliet", "balcony"), ("romeo", "orchard"), ("juliet", "chamber")):
        village.log_in(name, resource)
    for (name, client), types in spoken:
        other = "romeo" if name == "juliet" else "juliet"
        village.say(village.clients[name][client], name, other, *types)
    return village


def read(columns: Columns) -> PresenceReader:
    """Return what is read of columns."""
    reader = PresenceReader(columns)
    reader.advance()
    return reader


def said(*events: Event) -> PresenceReader:
    """Return what is read of events on Romeo's connection, which is bound."""
    return read(recorded([*ROMEO, *events]))


def state(reader: PresenceReader, name: str, other: str) -> str:
    """Return how one stands towards another, as read."""
    return name_of(reader.contacts.book.get(address(name), address(other)))


@pytest.mark.parametrize("role", ["initiator", "receiver"])
def test_a_handshake_names_the_stanza_of_each_move(role: str) -> None:
    """From None to Both, step by step, each side by the rows of its own connection."""
    village = village_of([])
    for name, other, kind in (
        ("juliet", "romeo", "subscribe"),
        ("romeo", "juliet", "subscribed"),
        ("romeo", "juliet", "subscribe"),
        ("juliet", "romeo", "subscribed"),
    ):
        village.say(village.clients[name][0], name, other, kind)
    rows = rows_of(read(village.columns(role)).steps, (address("juliet"), address("romeo")))
    moves = [
        (row.account.partition("@")[0], row.step.name, name_of(row.before), name_of(row.after))
        for row in rows
        if name_of(row.before) != name_of(row.after)
    ]

    assert moves == [
        ("juliet", "roster-result", "unknown", "None"),
        ("romeo", "roster-result", "unknown", "None"),
        ("juliet", "subscribe", "None", "None+PO"),
        ("romeo", "subscribe-in", "None", "None+PI"),
        ("romeo", "subscribed", "None+PI", "From"),
        ("juliet", "subscribed-in", "None+PO", "To"),
        ("romeo", "subscribe", "From", "From+PO"),
        ("juliet", "subscribe-in", "To", "To+PI"),
        ("juliet", "subscribed", "To+PI", "Both"),
        ("romeo", "subscribed-in", "From+PO", "Both"),
    ]


@settings(max_examples=300)
@given(SPOKEN, st.sampled_from(["initiator", "receiver"]))
def test_both_sides_are_read_as_they_are(spoken, role) -> None:
    """After any sequence, each person's state is the server's own; nothing departs.

    Approval without a request that was seen leaves open whether one waited unseen; then the
    truth is among what is possible.
    """
    village = village_of(spoken)
    reader = read(village.columns(role))
    blind = {
        step.account
        for step in reader.steps
        if step.name == "subscribed" and name_of(step.moves[0].after) == "unknown"
    }

    for name, other in (PEOPLE, PEOPLE[::-1]):
        true = village.half(name, other).name
        assert true in reader.contacts.book.get(address(name), address(other))
        assert state(reader, name, other) == true or address(name) in blind
    assert reader.remarks == []


@settings(max_examples=50)
@given(SPOKEN, st.integers(1, 400))
def test_reading_after_every_chunk_is_reading_once(spoken, chunk) -> None:
    """The same steps, parties and states, however often one looked."""
    village = village_of(spoken)
    log = village.log()
    columns = Columns(log)
    reader = PresenceReader(columns)
    for line in village.lines:
        village.play(log, line, chunk)
        reader.advance()
    once = read(columns)

    assert reader.steps == once.steps
    assert reader.parties == once.parties
    assert reader.remarks == once.remarks


NOISE = st.text(alphabet="<>&'\" /@=aeJ\u0130\u202e", max_size=12)


def escaped(text: str) -> str:
    """Return text as an attribute's value."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")


@given(
    st.lists(
        st.tuples(
            st.sampled_from([IN, OUT]),
            st.sampled_from(["presence", "roster", "iq"]),
            st.sampled_from([*TYPES, "", "get", "set", "result", "error", "probe"]) | NOISE,
            st.sampled_from(["", address("juliet"), address("romeo")]) | NOISE,
            st.sampled_from(["none", "to", "both", "remove"]) | NOISE,
        ),
        max_size=20,
    )
)
def test_any_stanzas_are_read(stanzas) -> None:
    """Whatever addresses, types and items hold: a step or none, never an exception."""
    events: list[Event] = []
    for direction, kind, called, whom, subscription in stanzas:
        head = f"type='{escaped(called)}' id='x' to='{escaped(whom)}' from='{escaped(whom)}'"
        item = f"<item jid='{escaped(whom)}' subscription='{escaped(subscription)}'/>"
        inside = f"<query xmlns='jabber:iq:roster'>{item}</query>" if kind == "roster" else ""
        name = "iq" if kind == "roster" else kind
        events.append((direction, f"<{name} {head}>{inside}</{name}>".encode()))
    steps = said(*events).steps

    assert all(step.section.startswith("RFC 6121") for step in steps)
    assert len(steps) <= len(stanzas)


def test_nothing_is_claimed_that_was_not_told() -> None:
    """Before a roster the state is unknown; the first push says what is so."""
    push = (
        b"<iq type='set' id='p'><query xmlns='jabber:iq:roster'><item jid='j@x' %b/></query></iq>"
    )
    reader = said((OUT, b"<presence type='subscribe' to='j@x'/>"), (IN, push % b"ask='subscribe'"))
    [asked, pushed] = reader.steps

    assert [name_of(move.after) for move in asked.moves] == ["unknown"]
    assert [name_of(move.after) for move in pushed.moves] == ["None+PO"]


def test_a_push_may_come_before_what_it_tells_of() -> None:
    """Some servers push first: the push then moves the state, and the stanza nothing more."""
    village = Village()
    village.log_in("juliet", "balcony")
    village.log_in("romeo", "orchard")
    village.say(0, "juliet", "romeo", "subscribe")
    village.say(1, "romeo", "juliet", "subscribed")
    told = village.lines.pop()
    assert "subscription='to'" in told[2]
    village.lines.insert(-1, told)
    reader = read(village.columns())
    moves = [
        (step.name, name_of(move.before), sorted(move.after))
        for step in reader.steps
        for move in step.moves
        if move.before != move.after and step.account == address("juliet")
    ]

    assert moves[-1] == ("roster-push", "None+PO", ["To"])
    assert reader.steps[-1].name == "subscribed-in"
    assert reader.remarks == []


def test_a_stranger_pushes_nothing() -> None:
    """A push that is not from the own account changes nothing and is told (§2.1.6)."""
    push = b"<iq type='set' id='p' from='%b'><query xmlns='jabber:iq:roster'><item jid='j@x' "
    push += b"subscription='both'/></query></iq>"
    reader = said((IN, push % b"mallory@x"), (IN, push % b"romeo@capulet.example"))

    assert [step.name for step in reader.steps] == ["roster-push-foreign", "roster-push"]
    assert reader.steps[0].moves == ()


def test_an_answer_of_a_stranger_is_no_roster() -> None:
    """Only the own account and server answer for the roster."""
    answer = b"<iq type='result' id='r' from='%b'><query xmlns='jabber:iq:roster'/></iq>"
    reader = said(
        (OUT, b"<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"),
        (IN, answer % b"mallory@x"),
        (IN, answer % b"romeo@capulet.example"),
        (IN, answer % b"romeo@capulet.example"),
    )

    assert [step.name for step in reader.steps] == ["roster-get", "roster-result"]


def test_what_no_stanza_explains_is_remarked() -> None:
    """A push from None to Both skips what both must say first."""
    empty = b"<iq type='result' id='r'><query xmlns='jabber:iq:roster'/></iq>"
    push = b"<iq type='set' id='p'><query xmlns='jabber:iq:roster'><item jid='j@x' "
    push += b"subscription='both'/></query></iq>"
    reader = said(
        (OUT, b"<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"),
        (IN, empty),
        (IN, push),
    )

    assert [remark.row for remark in reader.remarks] == [reader.steps[-1].row]
    assert "j@x" in reader.remarks[0].sentence
    assert name_of(reader.steps[-1].moves[0].after) == "Both"


def test_a_contact_who_is_not_in_the_roster_is_none() -> None:
    """A later roster without a contact says so, and a waiting request stays known."""
    village = village_of([(("romeo", 0), ["subscribe"])])
    village.ask_for_roster("juliet", 0)
    reader = read(village.columns())

    assert state(reader, "juliet", "romeo") == "None+PI"
    assert state(reader, "juliet", "nurse") == "None"


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("<presence/>", "initial-presence"),
        ("<presence/><presence><show>away</show></presence>", "later-presence"),
        ("<presence type='unavailable'/>", "unavailable"),
        ("<presence/><presence type='unavailable'/><presence/>", "initial-presence"),
        ("<presence to='j@x'/>", "directed"),
        ("<presence to='j@x' type='unavailable'/>", "directed-unavailable"),
        ("<presence to='j@x' type='probe'/>", "client-probe"),
        ("<presence type='invisible'/>", "unknown"),
        ("<presence type='error' to='j@x'/>", "client-error"),
        ("<presence type='subscribe' to='romeo@capulet.example'/>", "subscribe"),
    ],
)
def test_what_a_client_says_has_its_name(sent: str, name: str) -> None:
    """Each kind of presence is a step of its own."""
    assert said((OUT, sent.encode())).steps[-1].name == name


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("<presence from='j@x/a'/>", "presence"),
        ("<presence from='Romeo@capulet.example/other'/>", "own-presence"),
        ("<presence from='j@x/a' type='unavailable'/>", "presence-unavailable"),
        ("<presence from='romeo@capulet.example/b' type='unavailable'/>", "own-unavailable"),
        ("<presence from='j@x' type='probe'/>", "probe"),
        ("<presence from='j@x' type='error'/>", "error"),
        ("<presence from='j@x' type='?'/>", "unknown-in"),
    ],
)
def test_what_a_server_says_has_its_name(sent: str, name: str) -> None:
    """Likewise what arrives."""
    assert said((IN, sent.encode())).steps[-1].name == name


def test_refusing_and_approving_in_advance_are_told_apart() -> None:
    """The same stanza means something else where no request, or only a request, is there."""
    village = village_of(
        [
            (("romeo", 0), ["subscribe"]),
            (("juliet", 0), ["unsubscribed"]),
            (("juliet", 0), ["subscribe"]),
        ]
    )
    village.say(0, "juliet", "romeo", "subscribed")
    names = [step.name for step in read(village.columns()).steps if step.by == "client"]

    assert names[-3:] == ["refusal", "subscribe", "pre-approval"]


def test_a_connection_that_ended_leaves_its_place() -> None:
    """Who comes back stands where the same person stood; a second client beside it."""
    village = Village()
    for resource in ("one", "two", "three"):
        village.log_in("juliet", resource)
    log = village.log()
    for line in village.lines:
        if line[0] == 2 and "stream:stream" in line[2] and line[1] == "client":
            log.mark(0, "closed", "", log.chunk_count * 1_000_000)
        village.play(log, line)
    reader = read(Columns(log))

    assert [party.address.partition("/")[2] for party in reader.parties] == ["one", "two"]
    assert {step.connection: step.party for step in reader.steps} == {0: 0, 1: 1, 2: 0}


def test_a_resumed_stream_goes_on_where_the_other_was_cut() -> None:
    """No roster and no presence are said again, and the place stays (XEP-0198 §5)."""
    village = village_of([])
    village.lines.append((0, "server", "<enabled xmlns='urn:xmpp:sm:3' id='s' resume='true'/>"))
    number = village.connections
    village.connections += 1
    village.lines += [
        (number, "client", HEADER_OUT.decode()),
        (number, "server", HEADER_IN.decode()),
        (number, "server", "<resumed xmlns='urn:xmpp:sm:3' previd='s' h='0'/>"),
    ]
    village.clients["juliet"][0] = number
    village.say(number, "juliet", "romeo", "subscribe")
    reader = read(village.columns())
    asked = next(step for step in reader.steps if step.name == "subscribe")

    assert asked.party == 0
    assert len(reader.parties) == 3
    assert state(reader, "juliet", "romeo") == "None+PO"
