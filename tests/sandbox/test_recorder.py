"""The recording library's log is a recorder, though the sandbox does not import it."""

from __future__ import annotations

from xmppexplore.sandbox.recorder import ConnectionInfo, Recorder
from xmppexplore.store.log import Log
from xmppexplore.wire.records import IN


def test_a_log_can_be_the_recorder():
    """Structure is all that is asked for."""
    log = Log((0, 0))
    recorder: Recorder = log
    number = recorder.connect("receiver", "127.0.0.1:5", 1)
    recorder.chunk(number, IN, b"<a/>", 2)
    recorder.mark(number, "closed", "", 3)

    assert log.tape(number, IN) == b"<a/>"
    assert [mark.name for mark in log.marks] == ["connected", "closed"]


def test_what_is_told_of_a_connection_is_plain():
    """A tuple of plain values."""
    info = ConnectionInfo(
        0,
        "127.0.0.1:5",
        "ready",
        "a@b/c",
        secure=True,
        mechanism="PLAIN",
        available=False,
        priority=0,
    )

    assert info == (0, "127.0.0.1:5", "ready", "a@b/c", True, "PLAIN", False, 0)
