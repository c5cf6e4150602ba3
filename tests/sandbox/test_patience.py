"""Timers bear a busy kernel, and who writes to a slow client waits."""

from __future__ import annotations

import pytest

from xmppexplore.sandbox.patience import BLOCKED_SECONDS, Pressure, Timers


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self):
        self.now = 0.0
        self.waiting = []

    def time(self):
        return self.now

    def call_later(self, delay, callback):
        self.waiting.append([self.now + delay, callback, True])
        entry = self.waiting[-1]

        class Handle:
            def cancel(self):
                entry[2] = False

        return Handle()

    def go(self, seconds):
        """Let time pass, in one piece: what is due is called at its end."""
        self.now += seconds
        due = [entry for entry in self.waiting if entry[2] and entry[0] <= self.now]
        self.waiting = [entry for entry in self.waiting if entry[2] and entry[0] > self.now]
        for _, callback, _ in due:
            callback()


class Transport:
    """A connection that notes whether it is read."""

    def __init__(self):
        self.reading = True
        self.size = 10
        self.closing = False

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True

    def is_closing(self):
        return self.closing

    def get_write_buffer_size(self):
        return self.size


@pytest.fixture
def clock():
    """A clock that stands still."""
    return Clock()


def test_a_timer_calls_once(clock):
    """And is forgotten."""
    called = []
    timers = Timers(clock)
    timers.start("a", 5, lambda: called.append(clock.now))
    clock.go(4.9)
    clock.go(0.2)
    clock.go(10)

    assert called == [pytest.approx(5.1)]


def test_a_blocked_kernel_is_not_held_against_the_client(clock):
    """A timer that fires late gives its whole time again."""
    called = []
    timers = Timers(clock)
    timers.start("a", 5, lambda: called.append(clock.now))
    clock.go(5 + 2 * BLOCKED_SECONDS)
    assert called == []
    clock.go(5)

    assert len(called) == 1


def test_timers_are_replaced_and_stopped(clock):
    """By name, or all at once."""
    called = []
    timers = Timers(clock)
    for name in ("a", "a", "b", "c"):
        timers.start(name, 1, lambda name=name: called.append(name))
    timers.stop("b")
    clock.go(1)
    timers.start("a", 1, lambda: called.append("again"))
    assert timers.running == {"a"}
    timers.stop_all()
    timers.stop("unknown")
    clock.go(1)

    assert called == ["a", "c"]


def pressures(clock, count):
    """Return connections with their pressure, and a list of those given up."""
    given_up = []
    made = []
    for number in range(count):
        transport = Transport()
        give_up = lambda why, number=number: given_up.append((number, why))  # noqa: E731
        made.append((transport, Pressure(transport, Timers(clock), 20, give_up)))
    return given_up, made


def test_writers_wait_until_all_have_read_on(clock):
    """One who writes to two slow clients waits for both."""
    _, [(writer, one), (_, two), (_, three)] = pressures(clock, 3)
    two.rise()
    three.rise()
    one.wait_for(two)
    one.wait_for(three)
    one.wait_for(two)
    assert two.congested
    assert one.waiting
    assert not writer.reading
    two.fall()
    assert not writer.reading
    three.fall()

    assert writer.reading
    assert not two.congested


def test_whoever_goes_lets_the_others_go_on(clock):
    """And is not touched any more itself."""
    _, [(writer, one), (_, two)] = pressures(clock, 2)
    two.rise()
    one.wait_for(two)
    two.end()
    assert writer.reading
    two.rise()
    one.wait_for(two)
    writer.closing = True
    one.end()
    two.fall()

    assert not writer.reading


def test_a_client_that_takes_nothing_is_given_up(clock):
    """One that takes a little is not."""
    given_up, [(slow, one), (_, two)] = pressures(clock, 2)
    one.rise()
    two.rise()
    slow.size = 5
    clock.go(20)
    assert [number for number, _ in given_up] == [1]
    clock.go(20)

    assert given_up[1] == (0, "the client does not read: 5 bytes wait for it")
