"""The login as a person holds it: steps, frame, picture, the opened ladder."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.api.stages import on_stage
from xmppexplore import Sandbox, Session

COLUMNS = ["step", "title", "row", "time", "duration", "section", "sentence"]


def test_every_row_of_a_login_stands_in_a_step() -> None:
    """Nothing of a classic login is left out, and every step cites its section."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        login = romeo.handshake
        cited = {row for step in login.steps for row in step.rows}
        first = romeo.wire[romeo.wire["phase"] != "ready"]["row"]

        assert login.outcome == "ready"
        assert login.oddities == ()
        assert set(first) <= cited
        assert all(step.section.startswith(("RFC", "XEP")) for step in login.steps)
        assert all(step.sentence.endswith(".") for step in login.steps)

    on_stage(scene)


def test_the_frame_has_one_row_per_step() -> None:
    """Times rise; durations are never negative where they are known."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        frame = romeo.handshake.frame
        assert list(frame.columns) == COLUMNS
        assert len(frame) == len(romeo.handshake.steps)
        assert frame["time"].is_monotonic_increasing
        assert (frame["duration"].dropna() >= "0s").all()

    on_stage(scene)


def test_a_second_look_goes_on_from_the_first() -> None:
    """What was read once is not read again: the login of a connection has one reader."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        assert romeo.handshake is romeo.handshake
        assert romeo.handshake is romeo.recording.handshake
        assert romeo.handshake is not juliet.handshake

    on_stage(scene)


def test_it_draws_itself_as_well_formed_svg_and_complete_text() -> None:
    """No widget in the bundle; every step's title is in both forms."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        login = romeo.handshake
        bundle = login._repr_mimebundle_()
        assert set(bundle) == {"image/svg+xml", "text/plain"}
        drawn = "".join(ElementTree.fromstring(bundle["image/svg+xml"]).itertext())
        for step in login.steps:
            assert step.title in bundle["text/plain"]
            assert step.title in drawn

    on_stage(scene)


def test_both_sides_tell_the_same_login() -> None:
    """The server's recording reads as the client's does: same steps, arrows turned round."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        ours = romeo.handshake.steps
        theirs = sandbox.recording._login(0).steps
        mine = [step.name for step in ours if step.direction >= 0]
        other = [step.name for step in theirs if step.direction >= 0]
        assert mine == other
        assert [step.direction for step in ours if step.direction >= 0] == [
            1 - step.direction for step in theirs if step.direction >= 0
        ]

    on_stage(scene)
