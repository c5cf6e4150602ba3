"""Hostile text, sent for real: it is text in log, ladder, inspector, frames and export."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from typing import Any

import pytest

from tests.browser.lab import Lab

pytestmark = pytest.mark.browser

OPEN = """\
from tests.browser.fake_recording import HOSTILE
from xmppexplore import Sandbox
sandbox = await Sandbox.open("capulet.example", ["juliet", "romeo"])
nasty = "<img src=x onerror=document.title='owned'>"
romeo = await sandbox.connect("romeo", resource=nasty)
juliet = await sandbox.connect("juliet")
from xml.sax.saxutils import escape
await juliet.send(
    f"<message to='romeo@capulet.example'><body>{escape(HOSTILE)}</body></message>"
)
big = "<img src=x onerror=document.title=1>" + "x" * 2_000_000
await juliet.send(f"<message to='romeo@capulet.example'><body>{escape(big)}</body></message>")
await romeo.wait_for({"kind": "message"})
await romeo.wait_for({"kind": "message"})
print("arrived")"""

CELLS = (OPEN, "romeo", "romeo.stanzas", "romeo.handshake.open()", "romeo.watch()")

FOREIGN = ".jp-OutputArea img:not([src^='data:']):not([src^='blob:']), .xx img, .xx script, .xx a"


@pytest.mark.slow
def test_what_a_peer_sends_is_never_markup(notebook: Any, lab: Lab) -> None:
    """Nothing of it runs or becomes an element; the inspector shows the exact bytes."""
    page = notebook("hostile-session.ipynb", *CELLS)
    page.run_all()
    page.page.get_by_role("searchbox", name="Filter by text").fill("javascript")
    page.page.locator(".xx-status").filter(has_text="1 that fit").wait_for()
    page.page.locator(".xx-spacer .xx-row:visible").first.click()
    box = page.page.locator(".xx-inspector:visible")
    box.wait_for()
    shown = box.evaluate("(el) => ({...el.dataset})")
    exact = lab.execute(
        f"_c = romeo.recording._columns.span({shown['row']})\n"
        "print(romeo.tape('in', _c[0])[_c[2]:_c[3]].hex(), end='')"
    )
    page.shot("hostile-session")

    assert shown["hex"] == exact
    assert "owned" not in page.page.title()
    assert page.page.locator(FOREIGN).count() == 0
    assert page.page.locator("img[src='x']").count() == 0
    assert "\u202e" not in page.text()
    assert page.problems == []
    assert page.refused == []


@pytest.mark.slow
def test_the_static_export_holds_it_as_text(notebook: Any, lab: Lab) -> None:
    """In the page that nbconvert makes nothing became markup, and the ladder is there."""
    page = notebook("hostile-export.ipynb", *CELLS[:3])
    page.run_all()
    page.save()
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", "hostile-export.ipynb"],
        cwd=lab.work,
        check=True,
        capture_output=True,
        timeout=120,
    )
    html = (lab.work / "hostile-export.html").read_text(encoding="utf-8")
    outputs = html[html.index("</head>") :]
    drawn = [
        base64.b64decode(data).decode()
        for data in re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", outputs)
    ]

    assert re.search(r"<img[^>]+src=[\"']?x[\s>]", outputs) is None
    assert "onerror=document" not in re.sub(r"&lt;.*?&gt;", "", outputs)
    assert any("The login of romeo" in picture for picture in [outputs, *drawn])
    assert not any("<img" in picture or "<script" in picture for picture in drawn)
