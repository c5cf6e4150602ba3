"""The command ``xmppexplore``: open the lessons, explain, print a recording, run a server.

::

    xmppexplore lab [--directory DIR] [--no-browser] [--port N]
    xmppexplore explain FILE|- [--json] [--reveal]
    xmppexplore show FILE
    xmppexplore sandbox [--host HOST] [--port N] [--domain DOMAIN]
                        [--people NAME:PASSWORD,... | --any-account]
                        [--no-tls] [--ca-out FILE] [--store FILE]
    xmppexplore --version

Exit status: 0 when done, 1 when it could not be done (one sentence on standard error says
why and which call helps), 2 when the command line could not be understood.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from xmppexplore.api.lab import DEFAULT_DIRECTORY, copy_lessons, open_lab
from xmppexplore.errors import XmppExploreError


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; its help is the reference."""
    parser = argparse.ArgumentParser(
        prog="xmppexplore", description="XMPP made visible in Jupyter notebooks."
    )
    parser.add_argument(
        "--version", action="version", version=f"xmppexplore {version('xmppexplore')}"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    lab = commands.add_parser(
        "lab",
        help="open JupyterLab on your own copy of the lessons",
        description=(
            "Copies the lessons that are not there yet and opens JupyterLab on the first. "
            "What is there is never overwritten: a lesson that has changed since is put "
            "beside yours as NAME.new.ipynb."
        ),
    )
    lab.add_argument(
        "--directory",
        metavar="DIR",
        type=Path,
        default=Path(DEFAULT_DIRECTORY),
        help=f"where your copy is, or goes (default: ./{DEFAULT_DIRECTORY})",
    )
    lab.add_argument("--no-browser", action="store_true", help="print the address only")
    lab.add_argument(
        "--port", metavar="N", type=_port, help="port on 127.0.0.1 (default: first free from 8888)"
    )
    lab.set_defaults(command=_lab)

    show = commands.add_parser(
        "show",
        help="print a saved recording as text",
        description=(
            "Prints one line for each item of a saved recording: row, seconds since the "
            "start, connection, direction, kind and XML. Secrets stay hidden."
        ),
    )
    show.add_argument("file", metavar="FILE", type=Path, help="a file written by Recording.save")
    show.set_defaults(command=_show)
    _add_explain(commands)
    _add_sandbox(commands)
    return parser


def _add_explain(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    explain = commands.add_parser(
        "explain",
        help="say what XML, or a recording, means",
        description=(
            "Says of each element, attribute and text who defines it, where, and what it "
            "means. Takes a stanza, several, a whole stream, what is left of one, a log with "
            "such in it, or a saved recording. Secrets stay hidden unless --reveal is given."
        ),
    )
    explain.add_argument(
        "file",
        metavar="FILE",
        help="the file, - for standard input, or a name where there is no such file: XEP-0045",
    )
    explain.add_argument("--json", action="store_true", help="print JSON")
    explain.add_argument(
        "--reveal", action="store_true", help="show passwords and the messages of logins"
    )
    explain.set_defaults(command=_explain)


def _add_sandbox(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sandbox = commands.add_parser(
        "sandbox",
        help="run the sandbox as a server of its own",
        description=(
            "Serves XMPP on loopback until Ctrl-C, for other clients and for the tests of "
            "other projects. Without --people and --any-account, juliet and romeo can log "
            "in; their passwords are made up and printed."
        ),
    )
    sandbox.add_argument(
        "--host", metavar="HOST", default="localhost", help="loopback host (default: localhost)"
    )
    sandbox.add_argument(
        "--port",
        metavar="N",
        type=_any_port,
        default=5222,
        help="port to listen on, 0 for a free one (default: 5222)",
    )
    sandbox.add_argument(
        "--domain", metavar="DOMAIN", help="domain of the addresses (default: the host's name)"
    )
    who = sandbox.add_mutually_exclusive_group()
    who.add_argument(
        "--people",
        metavar="NAME:PASSWORD,...",
        help="the accounts; other users of this machine can read the command line",
    )
    who.add_argument(
        "--any-account",
        action="store_true",
        help="let any name log in with any password, and guests without",
    )
    sandbox.add_argument("--no-tls", action="store_true", help="neither offer nor require TLS")
    sandbox.add_argument(
        "--ca-out",
        metavar="FILE",
        type=Path,
        help="write the certificate that clients have to trust to this file",
    )
    sandbox.add_argument(
        "--store",
        metavar="FILE",
        type=Path,
        help="keep accounts, rosters and offline messages in this SQLite file",
    )
    sandbox.set_defaults(command=_sandbox)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    Args:
        arguments: the words after the command's name, ``sys.argv`` unless given.

    >>> main(["show", "nowhere.xmpp"])
    1
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may know fewer characters than XML
            stream.reconfigure(errors="backslashreplace")
    options = build_parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except XmppExploreError as error:
        from xmppexplore.api.printing import harmless

        # A file's name stands in it, and may come from elsewhere.
        print(f"xmppexplore: {harmless(str(error))}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader (`head`, `less`) has seen enough; what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: use a number from 1 to 65535")
    return number


def _any_port(text: str) -> int:
    return 0 if text == "0" else _port(text)


def _lab(options: argparse.Namespace) -> int:
    directory: Path = options.directory
    copied = copy_lessons(directory)
    print(f"your lessons are in {directory.resolve()}", flush=True)
    for name in copied.renewed:
        print(f"a lesson has changed: the new one is {name}, yours is as it was")
    return open_lab(directory, browser=not options.no_browser, port=options.port)


def _show(options: argparse.Namespace) -> int:
    # Only now: `--version` and `lab` need nothing of what reads recordings.
    from xmppexplore.api.printing import recording_lines

    for line in recording_lines(options.file):
        print(line)
    return 0


def _explain(options: argparse.Namespace) -> int:
    from xmppexplore.api.explained_file import explain_file

    print(explain_file(options.file, as_json=options.json, reveal=options.reveal))
    return 0


def _sandbox(options: argparse.Namespace) -> int:
    from xmppexplore.api.serving import people_of, serve

    serve(
        options.host,
        options.port,
        domain=options.domain,
        people=None if options.people is None else people_of(options.people),
        any_account=options.any_account,
        tls=not options.no_tls,
        ca_out=options.ca_out,
        store=options.store,
    )
    return 0
