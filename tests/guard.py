"""A start-up guard: a Python process that can reach nothing but loopback, and tells on itself.

``install()`` makes the process see what a machine without a network sees: outside loopback
a connection is refused as unreachable and a name does not resolve.  Every attempt is
written to the file named by ``XMPPEXPLORE_GUARD_LOG``, so one that the code under test
swallowed is seen all the same.

How it catches:

- CPython raises audit events (PEP 578) inside ``socket.connect``, ``connect_ex``,
  ``sendto``, ``sendmsg`` and the resolver functions, below every library: asyncio, ssl,
  urllib, tornado.  A hook cannot be removed again, nor be gone around from Python.
- c-ares resolves in C with sockets of its own; its one Python face, ``pycares.Channel``,
  is replaced at the source.
- For a kernel, ``environment()`` puts a ``sitecustomize`` in front that installs the
  guard before the first line of anything else, in every Python process below it too.

It does not stop programs that are not Python.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

LOG = "XMPPEXPLORE_GUARD_LOG"
RESOLVER_PORT = 53
"""Refused on loopback too: a machine's own resolver there asks the world (systemd-resolved)."""

_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_RESOLVING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_REVERSE = frozenset({"socket.gethostbyaddr", "socket.getnameinfo"})
_installed = False


def is_loopback(host: object) -> bool:
    """Whether a host, as the socket module is given it, is this machine and nothing else."""
    if host is None:
        return True  # getaddrinfo(None, ...) means loopback, or any address to listen on
    text = _text(host)
    if text in {"", "localhost"}:
        return True
    return is_address(host) and ipaddress.ip_address(text.partition("%")[0]).is_loopback


def is_address(host: object) -> bool:
    """Whether a host is written as a number, which no resolver is asked about."""
    try:
        ipaddress.ip_address(_text(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else str(host)


def is_own_server(server: str) -> bool:
    """Whether a name server, as c-ares lists it (``HOST:PORT``), is one that a test started."""
    host, _, port = server.rpartition(":")
    own = port.isdigit() and int(port) != RESOLVER_PORT
    return own and bool(host) and is_loopback(host.strip("[]"))


def install() -> None:
    """Refuse everything outside loopback from now on, for the life of this process."""
    global _installed
    if _installed:
        return
    _installed = True
    sys.addaudithook(_hook)
    # Without c-ares slixmpp resolves by getaddrinfo, and there is nothing to replace.
    with contextlib.suppress(ImportError):
        _guard_cares()


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _CONNECTING:
        # An address that is no tuple is a Unix socket's path; sendmsg on a connected
        # socket has None.
        address = arguments[1]
        if isinstance(address, tuple) and not (
            is_loopback(address[0]) and address[1] != RESOLVER_PORT
        ):
            _tell(event, address[0])
            raise OSError(errno.ENETUNREACH, f"the guard refuses {event} to {address[0]}")
    elif event in _RESOLVING:
        # A numeric address is resolved without asking anybody.
        if not (is_loopback(arguments[0]) or is_address(arguments[0])):
            _refuse_name(event, arguments[0])
    elif event in _REVERSE:
        host = arguments[0][0] if isinstance(arguments[0], tuple) else arguments[0]
        if not is_loopback(host):
            _refuse_name(event, host)


def _refuse_name(event: str, host: object) -> None:
    _tell(event, host)
    raise socket.gaierror(socket.EAI_NONAME, f"the guard refuses {event} of {host}")


def _guard_cares() -> None:
    import pycares

    refused = pycares.errno.ARES_ECONNREFUSED

    def guarded(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def lookup(channel: Any, *arguments: Any, **options: Any) -> Any:
            if channel.servers and all(map(is_own_server, channel.servers)):
                return original(channel, *arguments, **options)
            _tell(f"pycares.{name}", arguments[0])
            callback = options.get("callback") or next(x for x in arguments if callable(x))
            callback(None, refused)
            return None

        return lookup

    for name in ("query", "search", "getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo"):
        original = getattr(pycares.Channel, name, None)
        if original is not None:
            setattr(pycares.Channel, name, guarded(name, original))


def _tell(event: str, what: object) -> None:
    path = os.environ.get(LOG)
    if path:
        with Path(path).open("a", encoding="utf-8") as log:
            log.write(f"{event} {what!r}\n")


def environment(folder: Path, *more: Path) -> dict[str, str]:
    """Return variables under which every Python process starts with the guard installed.

    Args:
        folder: an empty folder; ``refused.log`` in it lists what was refused.
        more: further files whose ``install()`` is called at the start, after the guard's.
    """
    start = folder / "guard"
    start.mkdir(parents=True, exist_ok=True)
    files = [str(path.resolve()) for path in (Path(__file__), *more)]
    (start / "sitecustomize.py").write_text(
        "import importlib.util\n"
        f"for path in {files!r}:\n"
        "    spec = importlib.util.spec_from_file_location('_xmppexplore_start', path)\n"
        "    module = importlib.util.module_from_spec(spec)\n"
        "    spec.loader.exec_module(module)\n"
        "    module.install()\n",
        "utf-8",
    )
    log = folder / "refused.log"
    log.touch()
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(start), *([inherited] if inherited else [])])
    return {"PYTHONPATH": path, LOG: str(log)}


def refused(variables: dict[str, str]) -> list[str]:
    """Return what the processes under :func:`environment` tried, one line each."""
    return Path(variables[LOG]).read_text("utf-8").splitlines()
