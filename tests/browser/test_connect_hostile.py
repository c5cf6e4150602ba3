"""The connect panel and servers that mean harm: what they say is shown, and stays words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.screens import TOO_WIDE
from tests.browser.test_connect_panel import Panel
from tests.peers.bad import (
    DOMAIN,
    PASSWORD,
    SCRIPTS,
    SECURE,
    STARTTLS,
    Await,
    BadServer,
    Certificates,
    Say,
    Silence,
    mechanisms,
    open_stream,
    stream_error,
    to_tls,
)
from tests.peers.fixtures import (  # noqa: F401  (pytest finds them by name)
    authority,
    certificates,
    peers,
)
from tests.peers.host import Host

pytestmark = pytest.mark.browser

MARKUP = "&lt;img src=x onerror=alert(1)&gt;"
PILED = "Z" + "\u0351" * 40
HOSTILE = {
    "refusal": (
        *SECURE,
        Await(r"<auth[^>]*>"),
        Say(
            f"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text>\u202e"
            f"{MARKUP} connect(host='x') {PILED} {'long ' * 3000}</text></failure>"
        ),
        Silence(),
    ),
    "error": (
        *open_stream(STARTTLS),
        Say(stream_error("nobody-knows-it", f"\u2067{MARKUP}{PILED}{'w' * 4000}")),
    ),
    "mechanisms": (
        *to_tls(),
        *open_stream(mechanisms(*(f"X-\u202e{MARKUP}-{number}" for number in range(300)))),
        Silence(),
    ),
}
"""What is said -> a server that says it in a hostile way."""


@pytest.mark.parametrize("said", HOSTILE)
def test_the_words_of_a_hostile_server_are_words(
    said: str,
    notebook: Any,
    peers: Host,  # noqa: F811  (the fixture)
    certificates: Certificates,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Markup is text, nothing turns or paints over what is ours, and the form can be used."""
    monkeypatch.setitem(SCRIPTS, said, HOSTILE[said])
    with BadServer(peers, said, certificates) as server:
        cell = f"""\
from xmppexplore import ConnectPanel
panel = ConnectPanel(host={server.host!r}, port={server.port}, ca_file={certificates.ca_file!r})
panel"""
        page = notebook(f"hostile-{said}.ipynb", cell)
        page.run_all()
        panel = Panel(page)
        panel.log_in(f"romeo@{DOMAIN}", PASSWORD)
        panel.status("Not connected")
        box = panel.root.locator(".xx-connect-error")
        box.wait_for()
        assert "<img src=x" in box.inner_text()
        assert panel.root.locator("img, script, a").count() == 0
        for sign in "\u202e\u2067":
            assert sign not in panel.root.inner_text()
        assert box.bounding_box()["height"] < 400
        assert box.evaluate("(el) => getComputedStyle(el).overflowY") == "clip"
        assert page.page.locator(".xx-connect, .xx-connect-error").evaluate_all(TOO_WIDE) == []
        assert panel.button("Connect").is_enabled()
        page.shot(f"connect-hostile-{said}-light", ".xx-connect")
        assert page.problems == []
        assert page.refused == []
