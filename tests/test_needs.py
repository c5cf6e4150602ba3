"""A test that cannot run says so by name, and a full run does not let it."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from tests import needs as module
from tests.needs import needs
from tests.tree import ROOT


def test_what_is_missing_is_named_with_its_cure(monkeypatch):
    """The reason of the skip is the package and the command that installs it."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("XMPPEXPLORE_REQUIRE_ALL", raising=False)

    with pytest.raises(pytest.skip.Exception) as skipped:
        needs("prosody", "chromium")

    assert "apt-get install prosody" in str(skipped.value)
    assert "apt-get install chromium" in str(skipped.value)


def test_in_a_full_run_what_is_missing_is_a_failure(monkeypatch):
    """``XMPPEXPLORE_REQUIRE_ALL=1`` turns every such skip into a failure."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XMPPEXPLORE_REQUIRE_ALL", "1")

    with pytest.raises(pytest.fail.Exception, match="prosody"):
        needs("prosody")


def test_what_is_there_is_no_reason(monkeypatch, tmp_path):
    """With the program on the PATH the test goes on."""
    for program, _ in module.PROGRAMS.values():
        (tmp_path / program).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XMPPEXPLORE_REQUIRE_ALL", "1")

    assert module.missing(*module.PROGRAMS) == []
    assert needs(*module.PROGRAMS) is None


def test_the_full_run_installs_every_need():
    """A package that tests need is installed by ``.ci/run``, so that it runs in a fresh clone."""
    script = (ROOT / ".ci" / "run").read_text("utf-8")

    assert all(name in script for name in module.PROGRAMS)
    assert "XMPPEXPLORE_REQUIRE_ALL=1" in script


@pytest.mark.parametrize("leak", ["thread", "file", "handler"])
def test_nothing_left_finds_what_is_left(leaks_of, leak):
    """The fixture fails for a thread, an open file and a signal handler that stay."""
    assert leaks_of(leak) == 1


def test_nothing_left_is_content_with_a_clean_test(leaks_of):
    """What is closed, even a little later, is no leak."""
    assert leaks_of("clean") == 0


@pytest.fixture
def leaks_of(tmp_path, monkeypatch):
    """Run the fixture around one act and return how many failures it gave."""
    from tests import conftest

    monkeypatch.setattr(conftest, "SETTLE_SECONDS", 0.3)
    kept = []

    def act(name):
        if name == "thread":
            stop = threading.Event()
            thread = threading.Thread(target=stop.wait)
            thread.start()
            kept.append(lambda: (stop.set(), thread.join()))
        elif name == "file":
            file = (tmp_path / "open").open("w")
            kept.append(file.close)
        elif name == "handler":
            old = signal.signal(signal.SIGTERM, lambda *_: None)
            kept.append(lambda: signal.signal(signal.SIGTERM, old))
        else:
            threading.Thread(target=time.sleep, args=(0.1,)).start()

    def run(name):
        fixture = conftest.nothing_left.__wrapped__()
        next(fixture)
        act(name)
        try:
            next(fixture, None)
        except AssertionError:
            return 1
        return 0

    yield run
    for clean_up in kept:
        clean_up()
