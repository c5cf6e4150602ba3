"""The live log under load: 100,000 rows in bursts while a person scrolls and filters.

Real JupyterLab in a real Chromium, over a recording of generated items.  Measured are the
page's longest task (the browser's own report: ``PerformanceObserver``, ``longtask``; wall
time, so that a machine busy with other things lengthens it: the load is told with it) and
what the server's WebSocket carried for the rows that were sent, envelopes included.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import struct
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.measure import Row, say, scaled
from tests.browser.lab import CHROMIUM_FLAGS, Lab, Notebook
from tests.needs import missing

ROWS = 100_000
BURST = 500
RUNS = 3

CELL = """\
import asyncio, time
from tests.browser.fake_recording import FakeRecording
from xmppexplore.views.log import LogWidget

rec = FakeRecording()
log = LogWidget(
    count=rec.count, rows=rec.rows, detail=rec.detail, subscribe=rec.subscribe,
    loop=asyncio.get_running_loop(), title="bursts",
)

async def bursts(total, burst, every):
    for _ in range(total // burst):
        rec.add(burst)
        await asyncio.sleep(every)

log"""

START = """
spent = time.process_time()
task = asyncio.get_running_loop().create_task(bursts({rows}, {burst}, 0.05))
"""

WATCH = """() => {
  window.tasks = [];
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.tasks.push(task.duration);
  }).observe({entryTypes: ['longtask']});
}"""

RESTLESS = """async (rows) => {
  // A person in a hurry: turns the wheel, drags the bar, types, switches kinds, follows again.
  window.tasks.length = 0;
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const view = document.querySelector('.xx-viewport');
  const text = document.querySelector('.xx-input[type=search]');
  const follow = document.querySelector('.xx-follow');
  const iq = [...document.querySelectorAll('.xx-chip')].find((chip) => chip.textContent === 'iq');
  const words = ['juliet', 'number 77', '', 'ping', 'no such text', ''];
  const total = () => Number(document.querySelector('.xx-status').textContent
    .replaceAll(',', '').match(/(\\d+) rows/)?.[1] ?? 0);
  let frames = 0, turn = 0, worst = 0, before = performance.now(), going = true;
  const tick = (now) => {
    worst = Math.max(worst, now - before); before = now; frames += 1;
    if (going) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  const started = performance.now();
  while (total() < rows && performance.now() - started < 120000) {
    turn += 1;
    view.dispatchEvent(new WheelEvent('wheel', {deltaY: turn % 2 ? -300 : 300}));
    if (turn % 40 < 15) view.scrollTop -= 300;
    else if (turn % 40 < 20) view.scrollTop = Math.random() * view.scrollHeight;
    else if (turn % 40 === 20 && follow.textContent === 'Follow') follow.click();
    if (turn % 60 === 0) {
      text.value = words[(turn / 60) % words.length];
      text.dispatchEvent(new Event('input'));
    }
    if (turn % 170 === 0) iq.click();
    await pause(16);
  }
  going = false;
  return {tasks: window.tasks, frames, worst, total: total(), took: performance.now() - started};
}"""


class Frames:
    """What came over the kernel's WebSocket: bytes of the log's messages, rows in them."""

    def __init__(self) -> None:
        self.frame_bytes = self.content_bytes = self.rows = self.messages = 0

    def heard(self, frame: bytes | str) -> None:
        """Count one frame of the protocol v1.kernel.websocket.jupyter.org."""
        if isinstance(frame, str):
            return
        (count,) = struct.unpack_from("<Q", frame)
        offsets = struct.unpack_from(f"<{count}Q", frame, 8)
        if count < 6:
            return
        content = frame[offsets[4] : offsets[5]]
        data = json.loads(content).get("data", {}).get("content", {})
        if data.get("op") in ("news", "rows"):
            self.messages += 1
            self.frame_bytes += len(frame)
            self.content_bytes += len(content)
            self.rows += len(data["rows"])


def _run(page: Notebook, lab: Lab, frames: Frames, count: int) -> float:
    """Run the bursts once; return the longest task in milliseconds (0: none over 50)."""
    total = count + int(lab.execute("print(rec.count(), end='')"))
    lab.execute(START.format(rows=count, burst=BURST))
    found: dict[str, Any] = page.page.evaluate(RESTLESS, total)
    spent = float(lab.execute("print(time.process_time() - spent, end='')"))
    longest = max(found["tasks"], default=0.0)
    seconds, over = found["took"] / 1000, len(found["tasks"])
    say(
        f"  {found['total']:,} rows in {seconds:.1f} s, load {os.getloadavg()[0]:.1f}; "
        f"{found['frames']} frames, worst {found['worst']:.0f} ms; {over} tasks over 50 ms, "
        f"longest {longest:.0f} ms; kernel {spent:.1f} CPU s; so far {frames.rows:,} rows "
        f"sent in {frames.messages} messages"
    )
    if found["total"] < total:
        raise RuntimeError(f"the page came no further than {found['total']:,} of {total:,} rows")
    return longest


def _row(what: str, against: str, values: list[float], bar: int) -> Row:
    """Return a row of the table: the median run, and how much worse the worst was."""
    middle, worst = statistics.median(values), max(values)
    return Row(
        what=what,
        against=against,
        ratio=round(middle, 1),
        spread=round(worst - middle, 1),
        bar=f"<= {bar}",
        holds=middle <= bar,
    )


def rows() -> list[Row]:
    """Measure; without Chromium there is nothing to measure in."""
    lacking = missing("chromium")
    if lacking:
        say(f"skipped: {lacking[0]}")
        return []
    from playwright.sync_api import sync_playwright

    count = scaled(ROWS, least=2 * BURST)
    frames = Frames()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        lab.write("bursts.ipynb", CELL)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        try:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.on(
                "page",
                lambda page: page.on(
                    "websocket", lambda socket: socket.on("framereceived", frames.heard)
                ),
            )
            page = Notebook(lab, context, "bursts.ipynb")
            page.run_all()
            page.page.evaluate(WATCH)
            longest = [_run(page, lab, frames, count) for _ in range(scaled(RUNS, least=2))]
        finally:
            browser.close()
            lab.close()
    each = frames.frame_bytes / max(1, frames.rows)
    say(f"  {frames.content_bytes / max(1, frames.rows):.0f} B per row without envelopes")
    against = f"{count:,} rows in bursts, scrolling and filtering"
    return [
        _row("live log: longest task of the page, ms", against, longest, 100),
        _row("live log: bytes on the WebSocket per row sent", against, [each], 150),
    ]
