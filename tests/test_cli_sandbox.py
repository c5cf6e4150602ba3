"""The sandbox as a program of its own: other clients log in, and it ends when told to."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections import defaultdict

import pytest

from tests.peers.raw import Lost, Raw
from xmppexplore.cli import main

PATIENCE = 60.0


class Program:
    """``xmppexplore sandbox`` with some options, on a free port.

    Where any account may log in without TLS it is a place for raw clients.
    """

    host, domain, direct_port, tls, ca_file = "127.0.0.1", "localhost", 0, False, ""

    def __init__(self, *options):
        self.users = defaultdict(lambda: "any")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "xmppexplore", "sandbox", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said = []
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if line.startswith("stop with"):
                break
        assert self.said, self.process.communicate(timeout=PATIENCE)[1]
        self.port = int(self.said[0].split(" port ")[1].split()[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)
        self.process.stdout.close()
        self.process.stderr.close()

    def stop(self, by=signal.SIGTERM):
        """End it and return its status."""
        os.kill(self.process.pid, by)
        return self.process.wait(PATIENCE)


def roster(client):
    """Ask for the roster."""
    return client.ask("<query xmlns='jabber:iq:roster'/>")


def add(client, contact):
    """Put somebody on the roster."""
    answer = client.ask(
        f"<query xmlns='jabber:iq:roster'><item jid='{contact}'/></query>", type="set"
    )
    assert b"type='result'" in answer


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_ends_with_status_0_when_told_to(by):
    """And says goodbye to its clients first."""
    with Program("--any-account", "--no-tls") as program:
        client = Raw(program, "alice")

        assert program.stop(by) == 0
        assert client.until(b"<system-shutdown.*</stream:stream>")
        client.leave()


def test_any_account_may_log_in_with_any_password():
    """The account is there from then on, whatever the next password is."""
    with Program("--any-account", "--no-tls") as program:
        alice = Raw(program, "alice", password="first")
        add(alice, "bob@localhost")
        alice.leave()
        again = Raw(program, "alice", password="second")

        assert b"bob@localhost" in roster(again)
        again.leave()


def test_the_state_is_kept_in_a_file(tmp_path):
    """The next server knows what the last one acknowledged."""
    options = ("--any-account", "--no-tls", "--store", str(tmp_path / "store.sqlite"))
    with Program(*options) as program:
        alice = Raw(program, "alice")
        add(alice, "bob@localhost")
        assert program.stop(signal.SIGKILL) == -signal.SIGKILL
        alice.leave()
    with Program(*options) as program:
        alice = Raw(program, "alice")

        assert b"bob@localhost" in roster(alice)
        alice.leave()


def test_the_authority_is_written_where_it_is_wanted(tmp_path):
    """So that other clients can be told to trust it."""
    file = tmp_path / "ca.pem"
    with Program("--people", "alice:wonder:land", "--ca-out", str(file)) as program:
        assert file.read_text().startswith("-----BEGIN CERTIFICATE-----")
        assert f"TLS is required; trust {file}" in program.said
        assert program.stop() == 0


def test_passwords_that_were_given_are_not_printed():
    """Those that were made up are, since nobody could log in otherwise."""
    with Program("--people", "alice:wonderland") as given, Program() as made:
        assert "wonderland" not in "\n".join(given.said)
        assert "people: alice" in given.said
        assert any("juliet: " in line for line in made.said)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--people", "alice"], "NAME:PASSWORD"),
        (["--people", "alice:a,alice:b"], "named twice"),
        (["--people", "al ice:a"], "al ice"),
        (["--host", "0.0.0.0"], "loopback"),
        (["--no-tls", "--ca-out", "nowhere.pem"], "certificate"),
        (["--store", "/nowhere/store.sqlite"], "no database"),
        (["--ca-out", "/nowhere/ca.pem"], "cannot write"),
        (["--domain", "a b"], "domain"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_status_1(options, words, capsys):
    """Nothing listens then."""
    assert main(["sandbox", "--port", "0", *options]) == 1
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1


def test_a_port_that_is_taken_is_said():
    """With what to do."""
    with Program("--any-account", "--no-tls") as program:
        taken = subprocess.run(
            [sys.executable, "-m", "xmppexplore", "sandbox", "--port", str(program.port)],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

        assert taken.returncode == 1
        assert f"port {program.port}" in taken.stderr


def test_a_state_that_cannot_be_kept_ends_it_with_status_1(tmp_path):
    """A file that may grow no more, as on a full disk: nothing lost is acknowledged."""
    store = tmp_path / "store.sqlite"
    with Program("--any-account", "--no-tls", "--store", str(store)) as program:
        client = Raw(program, "alice")
        resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, (200_000, 200_000))
        known = []
        with contextlib.suppress(Lost):
            for number in range(500):
                add(client, f"{'c' * 500}{number}@localhost")
                known.append(f"{'c' * 500}{number}@localhost".encode())

        assert program.process.wait(PATIENCE) == 1
        assert "cannot be written" in program.process.stderr.read()
        client.close()
    assert 0 < len(known) < 500
    with Program("--any-account", "--no-tls", "--store", str(store)) as program:
        client = Raw(program, "alice")
        kept = roster(client)
        assert [contact for contact in known if contact not in kept] == []
        client.leave()
