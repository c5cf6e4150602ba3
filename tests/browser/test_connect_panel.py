"""The connect panel in real JupyterLab: typed into, looked at, and searched for the password."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.browser.lab import TWO_FRAMES, Lab, Notebook
from tests.browser.screens import TOO_WIDE
from tests.peers.fixtures import authority, prosody  # noqa: F401  (pytest finds them by name)
from tests.peers.prosody import Prosody

pytestmark = pytest.mark.browser

WRONG, RIGHT = "not-the-nurse", "wherefore-Art-thou"

SERVER = f"""\
from xmppexplore import ConnectPanel, Sandbox, sessions
right = "".join(reversed({RIGHT[::-1]!r}))  # so that the notebook itself does not hold it
sandbox = await Sandbox.open("capulet.example", people={{"juliet": right, "romeo": right}})
del right"""

PANEL = """\
panel = ConnectPanel(host=sandbox.host, port=sandbox.port, ca_file=sandbox.ca_file)
panel"""

SILENT = """\
import asyncio
from xmppexplore import ConnectPanel
panels = []
async def hold(reader, writer):
    await reader.read()
    writer.close()
server = await asyncio.start_server(hold, "127.0.0.1", 0)
port = server.sockets[0].getsockname()[1]"""

EMPTY = "from xmppexplore import ConnectPanel, sessions\npanel = ConnectPanel()\npanel"


class Panel:
    """The panel on the page, by what a person reads there."""

    def __init__(self, page: Notebook, nth: int = 0) -> None:
        self.page = page
        self.root = page.page.locator(".xx-connect:visible").nth(nth)
        self.root.get_by_role("status").filter(has_text="onnect").wait_for()

    def field(self, label: str) -> Any:
        return self.root.get_by_label(label, exact=True)

    def button(self, name: str) -> Any:
        return self.root.get_by_role("button", name=name, exact=True)

    def status(self, words: str) -> None:
        """Wait until the panel says how it stands."""
        exactly = re.compile(f"^{re.escape(words)}$")  # a text would match "Not connected" too
        self.root.get_by_role("status").filter(has_text=exactly).wait_for()

    def trouble(self, title: str) -> str:
        """Wait for an error; return what it says."""
        box = self.root.locator(".xx-connect-error").filter(has_text=title)
        box.wait_for()
        return str(box.inner_text())

    def log_in(self, address: str, password: str) -> None:
        self.field("Address").fill(address)
        self.field("Password").fill(password)
        self.field("Password").press("Enter")

    @property
    def focused(self) -> str:
        """The label of the field that has the focus."""
        name = "(el) => el.contains(document.activeElement) && document.activeElement.labels?.[0]"
        return str(self.root.evaluate(f"{name}?.textContent") or "")

    def steps(self) -> list[str]:
        return [str(one) for one in self.root.locator(".xx-login-step b").all_inner_texts()]


def test_a_wrong_and_then_the_right_password(notebook: Any, lab: Lab) -> None:
    """The error names its field and has the focus there; the second try is a session."""
    page = notebook("connect.ipynb", SERVER, PANEL)
    page.run_all()
    panel = Panel(page)
    page.shot("connect-empty-light", ".xx-connect")
    panel.log_in("juliet@capulet.example", WRONG)
    told = panel.trouble("Login refused")
    assert "not-authorized" in told
    assert "“Password”" in told
    assert panel.focused == "Password"
    assert panel.field("Password").input_value() == ""
    assert panel.field("Password").get_attribute("aria-invalid") == "true"
    assert panel.root.get_by_role("img", name="failed").count() == 1
    assert "Given up" not in panel.steps()
    page.shot("connect-refused-light", ".xx-connect")
    page.dark()
    page.shot("connect-refused-dark", ".xx-connect")

    panel.field("Password").fill(RIGHT)
    panel.button("Connect").click()
    panel.status("Connected")
    steps = panel.steps()
    assert steps[0] == "TCP connection"
    assert steps[-1] == "Initial presence"
    assert "Login refused" not in steps
    assert panel.root.locator(".xx-connect-error").is_hidden()
    page.shot("connect-open-dark", ".xx-connect")
    page.light()
    page.shot("connect-open-light", ".xx-connect")
    state = "print(panel.session.jid == sessions()[-1].jid, panel.session.state, panel.error)"
    assert lab.execute(state) == "True open None\n"
    panel.button("Disconnect").click()
    panel.status("Disconnected")
    assert lab.execute("print(panel.session.state, len(sessions()))") == "closed 0\n"

    file = page.saved_with_widgets()
    assert "application/vnd.jupyter.widget-state+json" in json.loads(file)["metadata"]["widgets"]
    assert "_esm" in file
    assert "Connect panel. Run the cell again" in file
    assert WRONG not in file
    assert RIGHT not in file
    assert page.problems == []
    assert page.refused == []


def test_it_is_used_by_keys_alone(notebook: Any, lab: Lab) -> None:
    """Tab goes from field to field in reading order; no key is a shortcut of the notebook."""
    page = notebook("keys.ipynb", SERVER, PANEL)
    page.run_all()
    panel = Panel(page)
    panel.field("Address").focus()
    keyboard = page.page.keyboard
    keyboard.type("juliet@capulet.exampledd")  # dd deletes a cell in command mode
    keyboard.press("Backspace")
    keyboard.press("Backspace")
    keyboard.press("Tab")
    assert panel.focused == "Password"
    keyboard.press("Tab")
    keyboard.press("Enter")  # on "More"
    panel.field("Host").wait_for()
    found = []
    for _ in range(9):
        keyboard.press("Tab")
        found.append(panel.focused)
    assert found == [
        "Host", "Port", "TLS", "CA file", "Mechanism", "Resource", "Time limit (s)",
        "Ask for the roster, send presence", "Stream management",
    ]  # fmt: skip
    page.shot("connect-more-light", ".xx-connect")
    page.dark()
    page.shot("connect-more-dark", ".xx-connect")
    panel.field("Password").fill(RIGHT)
    panel.field("Password").press("Enter")
    panel.status("Connected")
    keyboard.press("d")
    keyboard.press("d")
    panel.button("Disconnect").focus()
    keyboard.press("d")
    keyboard.press("d")
    assert page.page.locator(".jp-CodeCell").count() == 2
    for width in (1280, 900, 640):
        page.page.set_viewport_size({"width": width, "height": 900})
        page.page.evaluate(TWO_FRAMES)
        assert page.page.locator(".xx-connect, .xx-login-steps").evaluate_all(TOO_WIDE) == []
    page.shot("connect-narrow-dark")


def test_a_sandbox_at_the_press_of_a_button(notebook: Any, lab: Lab) -> None:
    """Juliet is logged in, the cell that waited for it goes on, and her password stays inside."""
    waiting = "session = await panel\nprint('waited for', session.jid.partition('/')[0])"
    page = notebook("button.ipynb", EMPTY, waiting)
    page.menu("Run", "runmenu:run-all")
    panel = Panel(page)
    panel.button("Open a sandbox").dblclick()
    panel.status("Connected")
    page.page.get_by_text("waited for juliet@capulet.example", exact=True).wait_for()
    page.wait_idle()
    secret = lab.execute("print(panel.sandbox.passwords['juliet'], end='')")
    assert len(secret) > 8
    assert lab.execute("print(len(sessions()), end='')") == "1"
    assert secret not in page.page.content()
    assert secret not in page.saved_with_widgets()

    page.reload()
    panel = Panel(page)
    panel.status("Connected")
    assert len(panel.steps()) > 15
    panel.button("Disconnect").click()
    panel.field("Address").wait_for()
    assert panel.field("Address").input_value() == "juliet@capulet.example"
    panel.button("Connect").click()
    panel.status("Connected")
    assert page.problems == []


def test_what_cannot_be_reached_can_be_cancelled(notebook: Any, lab: Lab) -> None:
    """A silent server: what is under way is shown, Cancel ends it; a refused port opens "More"."""
    cell = 'panel = ConnectPanel(host="127.0.0.1", port=port, timeout=60)\ndisplay(panel)\npanel'
    page = notebook("silent.ipynb", SILENT, cell)
    page.run_all()
    panel, other = Panel(page), Panel(page, 1)
    panel.log_in("juliet@capulet.example", RIGHT)
    panel.status("Connecting to capulet.example \u2026")
    panel.root.get_by_role("img", name="now").wait_for()
    assert panel.steps() == ["TCP connection", "Stream header"]
    assert other.steps() == ["TCP connection", "Stream header"]
    assert other.field("Address").input_value() == "juliet@capulet.example"
    page.shot("connect-busy-light", ".xx-connect")
    other.button("Cancel").click()
    panel.status("Cancelled")
    assert panel.button("Cancel").is_hidden()

    lab.execute("server.close()")
    panel.log_in("juliet@capulet.example", RIGHT)
    told = panel.trouble("Nobody answers there")
    assert "set “Host” and “Port”" in told
    assert panel.field("Host").is_visible()
    assert panel.focused == "Host"
    page.shot("connect-unreachable-light", ".xx-connect")
    assert page.problems == []


def test_a_server_that_is_not_ours(
    notebook: Any,
    lab: Lab,
    prosody: Prosody,  # noqa: F811  (the fixture)
) -> None:
    """Prosody: its certificate is refused until its authority is named; then there is a session."""
    cell = f"""\
from xmppexplore import ConnectPanel
panel = ConnectPanel("romeo@{prosody.domain}", host="{prosody.host}", port={prosody.port})
panel"""
    page = notebook("prosody.ipynb", cell)
    page.run_all()
    panel = Panel(page)
    panel.field("Password").fill(prosody.users["romeo"])
    panel.field("Password").press("Enter")
    told = panel.trouble("Certificate not trusted")
    assert "“CA file”" in told
    assert panel.focused == "CA file"
    assert panel.steps()[-2:] == ["Certificate not trusted", "TCP connection closed"]
    assert "Connection lost" not in panel.root.inner_text()
    page.shot("connect-certificate-light", ".xx-connect")

    panel.field("CA file").fill(str(prosody.authority.ca_file))
    panel.field("Password").fill(prosody.users["romeo"])
    panel.field("CA file").press("Enter")
    panel.status("Connected")
    assert lab.execute("print(panel.session.mechanism, end='')").startswith("SCRAM-SHA-")
    panel.button("Disconnect").click()
    panel.status("Disconnected")


def test_a_cell_that_waits_can_be_interrupted(notebook: Any, lab: Lab) -> None:
    """At once; the attempt belongs to the panel, goes on, and can be cancelled there."""
    cell = 'panel = ConnectPanel(host="127.0.0.1", port=port, timeout=300)\npanel'
    page = notebook("interrupt.ipynb", SILENT, cell, "session = await panel")
    page.menu("Run", "runmenu:run-all")
    panel = Panel(page)
    panel.log_in("juliet@capulet.example", RIGHT)
    panel.status("Connecting to capulet.example \u2026")
    page.page.locator(".jp-CodeCell .jp-InputPrompt").last.filter(has_text="[*]").wait_for()
    [kernel] = lab.api("/api/kernels")
    lab.api(f"/api/kernels/{kernel['id']}/interrupt", "POST")
    page.page.get_by_text("CancelledError").first.wait_for()
    page.wait_idle()
    panel.status("Connecting to capulet.example \u2026")
    panel.button("Cancel").click()
    panel.status("Cancelled")


def test_a_text_stands_where_no_widget_can(notebook: Any, lab: Lab) -> None:
    """In a notebook opened again, trusted or not, and in its export; nothing stands there twice."""
    from nbconvert import HTMLExporter

    page = notebook("again-later.ipynb", SERVER, PANEL)
    page.run_all()
    live = Panel(page)
    words = "Connect panel. Run the cell again for a live one."
    assert words not in page.text()
    page.save()
    exported, _ = HTMLExporter().from_filename(str(lab.work / page.name))
    assert exported.count(words) == 1
    for untrusted in (True, False):
        page.reopen(untrusted=untrusted)
        page.page.get_by_text(words).wait_for()
        assert page.text().count(words) == 1
        assert live.root.count() == 0


def test_after_a_restart_of_the_kernel_it_looks_as_dead_as_it_is(notebook: Any, lab: Lab) -> None:
    """It does not say "Connected" any more, and nothing of it can be pressed."""
    page = notebook("restarted.ipynb", SERVER, PANEL)
    page.run_all()
    panel = Panel(page)
    panel.log_in("juliet@capulet.example", RIGHT)
    panel.status("Connected")
    page.restart_kernel()
    panel.status("No longer live")
    assert panel.root.get_attribute("inert") is not None
    page.shot("connect-dead-light", ".xx-connect")


def test_running_the_cell_again(notebook: Any, lab: Lab) -> None:
    """The session of the panel before goes on and is listed; the new panel says so."""
    page = notebook("again.ipynb", SERVER, PANEL)
    page.run_all()
    Panel(page).log_in("juliet@capulet.example", RIGHT)
    Panel(page).status("Connected")
    page.page.locator(".jp-CodeCell .cm-content").last.click()
    page.page.keyboard.press("Control+Enter")
    page.page.locator(".xx-connect:visible").get_by_text("Not connected").wait_for()
    Panel(page).log_in("juliet@capulet.example", RIGHT)
    Panel(page).status("Connected")
    page.page.get_by_text("has an older session here").wait_for()
    assert lab.execute("print(len(sessions()), end='')") == "2"
    page.shot("connect-again-light")


def test_a_panel_that_is_gone_gives_up(notebook: Any, lab: Lab) -> None:
    """Its cell is run again while it connects: nobody could stop that attempt any more."""
    cell = 'panels.append(ConnectPanel(host="127.0.0.1", port=port, timeout=60))\npanels[-1]'
    page = notebook("gone.ipynb", SILENT, cell)
    page.run_all()
    Panel(page).log_in("juliet@capulet.example", RIGHT)
    Panel(page).status("Connecting to capulet.example \u2026")
    page.page.locator(".jp-CodeCell .cm-content").last.click()
    page.page.keyboard.press("Control+Enter")
    Panel(page).status("Not connected")
    ended = """\
for _ in range(200):
    if panels[0]._task is None:
        break
    await asyncio.sleep(0.1)
print(panels[0], panels[1])"""
    assert lab.execute(ended) == (
        "<ConnectPanel juliet@capulet.example: cancelled> "
        "<ConnectPanel without an address: not connected>\n"
    )
