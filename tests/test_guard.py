"""The guard that the notebooks and the README run under must really catch."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from tests import guard
from tests.kernels import notebook_of, run_notebook, text_of

# 192.0.2.1 and example.org are for documentation (RFC 5737, RFC 2606); were the guard to
# fail, nothing but a refused connection or a name's address would come of it.
ATTEMPTS = {
    "connect": (
        "socket.connect",
        "import socket; socket.create_connection(('192.0.2.1', 5222), timeout=2)",
    ),
    "connect_ex": (
        "socket.connect",
        "import socket; socket.socket().connect_ex(('192.0.2.1', 5222))",
    ),
    "IPv6": (
        "socket.connect",
        "import socket; socket.socket(socket.AF_INET6).connect(('2001:db8::1', 5222))",
    ),
    "datagram": (
        "socket.sendto",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 53))",
    ),
    "resolver on loopback": (
        "socket.sendto",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('127.0.0.53', 53))",
    ),
    "getaddrinfo": (
        "socket.getaddrinfo",
        "import socket; socket.getaddrinfo('example.org', 5222)",
    ),
    "gethostbyname": (
        "socket.gethostbyname",
        "import socket; socket.gethostbyname('example.org')",
    ),
    "gethostbyaddr": (
        "socket.gethostbyaddr",
        "import socket; socket.gethostbyaddr('192.0.2.1')",
    ),
    "getnameinfo": (
        "socket.getnameinfo",
        "import socket; socket.getnameinfo(('192.0.2.1', 80), 0)",
    ),
    "asyncio sock_connect": (
        "socket.connect",
        """
        import asyncio, socket
        async def main():
            sock = socket.socket()
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, ('192.0.2.1', 5222))
        asyncio.run(main())
        """,
    ),
    "asyncio open_connection": (
        "socket.getaddrinfo",
        "import asyncio; asyncio.run(asyncio.open_connection('example.org', 5222))",
    ),
    "urllib": (
        "socket.getaddrinfo",
        "import urllib.request; urllib.request.urlopen('http://example.org/')",
    ),
    "c-ares": (
        "pycares.query",
        """
        import asyncio, aiodns
        async def main():
            await aiodns.DNSResolver().query_dns('_xmpp-client._tcp.example.org', 'SRV')
        asyncio.run(main())
        """,
    ),
    "thread": (
        "socket.connect",
        """
        import asyncio, socket
        asyncio.run(asyncio.to_thread(socket.create_connection, ('192.0.2.1', 5222)))
        """,
    ),
    "child process": (
        "socket.getaddrinfo",
        """
        import subprocess, sys
        code = "import socket; socket.getaddrinfo('example.org', 80)"
        subprocess.run([sys.executable, '-c', code], check=True)
        """,
    ),
}


def _python(code: str, folder) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    variables = guard.environment(folder)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done, guard.refused(variables)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_every_way_out_is_refused_and_told(name, tmp_path):
    """Whichever library asks, it fails at once and the log has a line about it."""
    event, code = ATTEMPTS[name]

    done, lines = _python(code, tmp_path)

    assert name == "connect_ex" or done.returncode != 0
    assert [line for line in lines if line.startswith(event)]


def test_an_attempt_that_is_swallowed_is_told_all_the_same(tmp_path):
    """Code that tries the network and carries on does not look like code that did not try."""
    code = """
    import socket
    try:
        socket.getaddrinfo('example.org', 5222)
    except OSError:
        pass
    """

    done, lines = _python(code, tmp_path)

    assert done.returncode == 0
    assert lines == ["socket.getaddrinfo 'example.org'"]


def test_loopback_stays_open(tmp_path):
    """TCP, UDP, Unix sockets and the names of this machine work under the guard."""
    code = """
    import asyncio, socket
    async def main():
        server = await asyncio.start_server(lambda r, w: w.close(), '127.0.0.1', 0)
        port = server.sockets[0].getsockname()[1]
        for host in ('127.0.0.1', 'localhost'):
            reader, writer = await asyncio.open_connection(host, port)
            assert await reader.read() == b''
            writer.close()
        server.close()
    asyncio.run(main())
    a, b = socket.socketpair()
    a.sendmsg([b'x'])
    assert b.recv(1) == b'x'
    receiver = socket.socket(type=socket.SOCK_DGRAM)
    receiver.bind(('127.0.0.1', 0))
    socket.socket(type=socket.SOCK_DGRAM).sendto(b'y', receiver.getsockname())
    assert receiver.recv(1) == b'y'
    print('open')
    """

    done, lines = _python(code, tmp_path)

    assert (done.stdout, lines) == ("open\n", []), done.stderr


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        (b"localhost", True),
        (None, True),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("example.org", False),
        ("localhost.example.org", False),
        ("fe80::1%lo", False),
    ],
)
def test_what_counts_as_loopback(host, expected):
    """Loopback is the addresses of 127.0.0.0/8 and ::1, and the one name for them."""
    assert guard.is_loopback(host) is expected


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("127.0.0.1:5300", True),
        ("[::1]:5300", True),
        ("127.0.0.53:53", False),
        ("127.0.0.53", False),
        ("192.0.2.1:5300", False),
        ("::1", False),
    ],
)
def test_which_name_servers_are_the_tests_own(server, expected):
    """A machine's own resolver listens on loopback too, and asks the world."""
    assert guard.is_own_server(server) is expected


def test_the_kernel_of_a_notebook_is_guarded_from_its_first_line(tmp_path):
    """What the cells of a lesson try is refused, caught or not."""
    notebook = notebook_of(
        "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 80), timeout=2)\n"
        "except OSError as error:\n    print(error)",
        "await __import__('asyncio').sleep(0)\nprint('still here')",
    )

    lines = run_notebook(notebook, tmp_path)

    assert lines == ["socket.connect '192.0.2.1'"]
    assert "the guard refuses" in text_of(notebook)
    assert "still here" in text_of(notebook)
