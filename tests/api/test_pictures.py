"""The models of the drawings: from readings, incrementally, with nothing of the wire as markup."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.api.stages import on_stage
from xmppexplore import Sandbox, Session
from xmppexplore.api.pictures import Counts, card_model, ladder_model, session_bundle

HOSTILE = "<img src=x onerror=alert(1)> </script> \u202e $\\href{x}{y}$"


def test_counts_go_on_from_the_last_look() -> None:
    """What was counted is not looked at again, and the sum is the frame's."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        counts = Counts(romeo)
        for _ in range(3):
            await romeo.ask("<ping xmlns='urn:xmpp:ping'/>")
            seen = counts.look()
            frame = romeo.stanzas["direction"].value_counts()
            assert (seen[1], seen[0]) == (frame["out"], frame["in"])

    on_stage(scene)


def test_a_card_counts_bytes_and_says_how_the_login_went() -> None:
    """The numbers are those of the tapes."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        model = card_model(romeo)
        assert model["bytes_out"] == len(romeo.tape("out"))
        assert model["bytes_in"] == len(romeo.tape("in"))
        assert model["state"] == "ready"
        await romeo.close()
        assert card_model(romeo)["state"] == "closed"

    on_stage(scene)


def test_hostile_text_stays_text_in_the_picture() -> None:
    """A resource full of markup is drawn as text: the SVG has no foreign element."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        session = await sandbox.connect("romeo", resource="<img src=x onerror=alert(1)>")
        svg = session_bundle(session)["image/svg+xml"]
        names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
        assert "img" not in names
        assert "script" not in names
        assert "<img" not in svg

    on_stage(scene)


def test_a_step_is_an_arrow_from_whoever_spoke() -> None:
    """Out goes from the left party, in from the right; marks are notes."""

    async def scene(sandbox: Sandbox, romeo: Session, juliet: Session) -> None:
        reading = romeo.handshake.reading
        for step, drawn in zip(reading.steps, ladder_model(reading)["steps"], strict=True):
            ends = (drawn.get("source"), drawn.get("target"))
            assert ends == {1: (0, 1), 0: (1, 0), -1: (None, None)}[step.direction]

    on_stage(scene)
