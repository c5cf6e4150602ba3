"""The command: what it prints, and that what goes wrong is one sentence and a status."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.metadata import version
from pathlib import Path

import pytest

from xmppexplore import Recording
from xmppexplore.cli import build_parser, main

PATIENCE = 60.0


def run(*words, cwd=None, **variables):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "xmppexplore", *words],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_the_version_is_that_of_the_installation():
    """``--version`` says what ``pip`` says, and leaves with 0."""
    done = run("--version")

    assert (done.returncode, done.stdout) == (0, f"xmppexplore {version('xmppexplore')}\n")


def test_without_a_command_the_usage_is_shown(capsys):
    """A command line that cannot be understood is status 2, as everywhere."""
    with pytest.raises(SystemExit) as left:
        main([])

    assert left.value.code == 2
    assert "usage: xmppexplore" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x", "٣", ""])
def test_a_port_that_is_none_is_refused(port, capsys):
    """The message says what a port is."""
    with pytest.raises(SystemExit) as left:
        main(["lab", "--port", port])

    assert left.value.code == 2
    assert "port" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_one_sentence(tmp_path, capsys):
    """No traceback: the file's name and the call that writes one."""
    status = main(["show", str(tmp_path / "gone.db")])

    said = capsys.readouterr()
    assert (status, said.out) == (1, "")
    assert "gone.db" in said.err
    assert "session.save" in said.err
    assert said.err.count("\n") == 1


def test_a_file_that_is_no_recording_is_one_sentence(tmp_path, capsys):
    """Whatever the file holds, it ends in an error that names it."""
    path = tmp_path / "notes.txt"
    path.write_text("no recording")

    status = main(["show", str(path)])

    said = capsys.readouterr()
    assert (status, said.out) == (1, "")
    assert str(path) in said.err


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    """``xmppexplore show FILE | head`` ends quietly."""
    recording = Recording()
    connection = recording._log.connect("initiator", "test", 0)
    recording._log.chunk(connection, 1, b"<stream:stream xmlns:stream='x'>" + b" " * 5000, 1)
    path = recording.save(tmp_path / "long.db")
    command = [sys.executable, "-m", "xmppexplore", "show", str(path)]

    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read()
        status = process.wait(PATIENCE)

    assert first
    assert (status, complaint) == (0, "")


def test_the_help_names_every_option_once():
    """What a person may write is in the help of the command it belongs to."""
    text = build_parser().format_help()

    assert "lab" in text
    assert "show" in text


@pytest.mark.slow
def test_the_lab_comes_up_on_the_persons_copy(tmp_path):
    """One command: JupyterLab answers on the port asked for, on the copy, without news."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(8)
    log = tmp_path / "log"
    with log.open("wb") as output:
        lab = subprocess.Popen(
            [sys.executable, "-m", "xmppexplore", "lab", "--no-browser", "--port", str(port)],
            cwd=tmp_path,
            env={**os.environ, "JUPYTER_TOKEN": token, "HOME": str(tmp_path / "home")},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        page = _fetch_when_up(lab, f"http://127.0.0.1:{port}/lab", token)
        settings = json.loads(
            _fetch(
                f"http://127.0.0.1:{port}/lab/api/settings"
                "/@jupyterlab/apputils-extension:notification",
                token,
            )
        )
        names = {
            item["name"]
            for item in json.loads(_fetch(f"http://127.0.0.1:{port}/api/contents", token))[
                "content"
            ]
        }
    finally:
        lab.terminate()
        lab.wait(PATIENCE)

    copied = {path.name for path in (tmp_path / "my-notebooks").iterdir()}
    assert b"jupyter-config-data" in page, log.read_text("utf-8")
    assert settings["schema"]["properties"]["fetchNews"]["default"] == "false"
    assert names == {name for name in copied if not name.startswith(".")}
    assert "your lessons are in" in log.read_text("utf-8")


def _fetch_when_up(process, address, token):
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return _fetch(address, token)
        except OSError:
            time.sleep(0.1)  # nothing tells from outside when the port is bound
    return b""


def _fetch(address, token):
    request = urllib.request.Request(address, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def test_make_lab_and_the_command_agree_on_the_folder():
    """``make lab`` and ``xmppexplore lab`` open the same copy."""
    makefile = (Path(__file__).parent.parent / "Makefile").read_text("utf-8")
    default = build_parser().parse_args(["lab"]).directory

    assert f"LESSONS ?= {default}" in makefile


def test_a_name_from_elsewhere_does_not_steer_the_terminal(tmp_path, capsys):
    """The name of a file stands in the error, and a file may have been sent by anybody."""
    path = tmp_path / "a\x1b[2Jb"
    path.write_text("no recording")

    assert main(["show", str(path)]) == 1
    told = capsys.readouterr().err.rstrip("\n")
    assert told.isprintable()
    assert r"a\x1b[2Jb" in told


def test_a_terminal_that_knows_fewer_characters_gets_escapes(tmp_path):
    """Not a traceback in the middle of an explanation."""
    file = tmp_path / "stanza.xml"
    file.write_text("<message><body>\u00e9\u2192</body></message>", "utf-8")
    done = run("explain", str(file), PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert r"\xe9\u2192" in done.stdout
