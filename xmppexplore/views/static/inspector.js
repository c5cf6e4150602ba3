// The inspector: one item's pretty XML beside its exact bytes.  Joined after shared.js and xmltext.js.

const EXACT_LINE = 18; // px, as --xx-line in shared.css
const CHARACTER = 7.3; // px, about the width of one in a 12 px monospaced font
const SLICE = 32768; // bytes or characters asked for at a time, as views/bridge.py sends them
const EXACT_LIMIT = 65536; // items up to this size carry their bytes in data-hex as well

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** First byte at or after `at` that does not continue a UTF-8 character (at most 3 ahead). */
function characterStart(bytes, at) {
  for (let i = at; i < Math.min(at + 4, bytes.length); i++) {
    if ((bytes[i] & 0xc0) !== 0x80) return i;
  }
  return Math.min(at, bytes.length);
}

/** Show bytes as text: UTF-8 where it is valid, \xNN where it is not. */
function showBytes(node, bytes) {
  try {
    showText(node, new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    node.textContent = "";
    for (const byte of bytes) {
      const printable = byte >= 0x20 && byte < 0x7f;
      if (printable) node.append(String.fromCharCode(byte));
      else node.append(make("span", "xx-sign", "\\x" + HEX[byte], { title: "not valid UTF-8 here" }));
    }
  }
}

/**
 * @param ask   function(op, content): asks Python for more of the open item;
 * @param left  function(): focus goes back to where the inspector was opened from.
 */
function makeInspector(ask, left) {
  const el = make("section", "xx-inspector", null, { role: "region", "aria-label": "Inspector" });
  const title = make("strong", "xx-title");
  const facts = make("div", "xx-facts");
  const mode = make("button", "xx-button xx-mode", "Hex", { type: "button", "aria-pressed": "false" });
  const copy = make("button", "xx-button xx-copy", "Copy", { type: "button" });
  const shut = make("button", "xx-button xx-shut", "\u00d7", { type: "button", "aria-label": "Close inspector" });
  const note = make("p", "xx-note", null, { role: "note" });
  const pretty = make("pre", "xx-pretty", null, { tabindex: "0", role: "region", "aria-label": "Pretty XML" });
  const exact = make("div", "xx-exact", null, { tabindex: "0", role: "region", "aria-label": "Exact bytes" });
  const room = make("div", "xx-room");
  const head = make("header", "xx-head");
  const panes = make("div", "xx-panes");
  exact.append(room);
  const pane = (heading, body) => {
    const box = make("div", "xx-pane");
    box.append(make("div", "xx-heading", heading), body);
    return box;
  };
  const exactPane = pane("Exact bytes", exact);
  panes.append(pane("Pretty XML", pretty), exactPane);
  head.append(title, mode, copy, shut);
  el.append(head, facts, note, panes);
  el.hidden = true;

  let item = null; // what is open: Python's detail, with bytes and which slices are there
  const hex = () => mode.getAttribute("aria-pressed") === "true";
  /** Bytes in a line: as many eights as the pane has room for beside the offset. */
  const perLine = () => {
    const columns = exact.clientWidth / CHARACTER - 12;
    return Math.max(8, 8 * Math.floor(Math.min(hex() ? columns / 4 : columns, hex() ? 16 : 64) / 8));
  };

  const fetchFor = (from, to) => {
    for (let k = Math.floor(from / SLICE); k * SLICE < to; k++) {
      if (item.slices.has(k)) continue;
      item.slices.add(k);
      ask("more", { row: item.row, what: "data", start: k * SLICE });
    }
  };
  const exactRow = (k, width) => {
    const line = make("div", "xx-exact-line");
    line.style.top = `${k * EXACT_LINE}px`;
    line.append(make("span", "xx-offset", String(item.start + k * width)));
    const text = make("span", "xx-bytes");
    if (!item.here.has(Math.floor((k * width) / SLICE))) text.textContent = "\u2026";
    else if (hex()) {
      const part = item.bytes.subarray(k * width, (k + 1) * width);
      const digits = make("span", "xx-hex", Array.from(part, (byte) => HEX[byte]).join(" "));
      digits.style.minWidth = `${3 * width - 1}ch`;
      line.append(digits);
      text.textContent = Array.from(part, (b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : "\u00b7")).join("");
    } else {
      const from = characterStart(item.bytes, k * width);
      showBytes(text, item.bytes.subarray(from, characterStart(item.bytes, (k + 1) * width)));
    }
    line.append(text);
    return line;
  };
  const paint = oncePerFrame(() => {
    if (!item) return;
    const width = perLine();
    const lines = Math.ceil(item.bytes.length / width);
    room.style.height = `${lines * EXACT_LINE}px`;
    const first = Math.max(0, Math.floor(exact.scrollTop / EXACT_LINE) - 4);
    const last = Math.min(lines, first + Math.ceil(exact.clientHeight / EXACT_LINE) + 8);
    fetchFor(first * width, last * width);
    room.replaceChildren(...Array.from({ length: last - first }, (_, i) => exactRow(first + i, width)));
  });
  const prettyMore = (text) => {
    pretty.querySelector(".xx-more")?.remove();
    showXml(pretty, text);
    item.shown += text.length;
    if (item.shown >= item.prettyLength) return;
    const more = make("button", "xx-button xx-more", `Show more (${item.shown.toLocaleString("en")} of ` +
      `${item.prettyLength.toLocaleString("en")} characters)`, { type: "button" });
    more.onclick = () => ask("more", { row: item.row, what: "pretty", start: item.shown });
    pretty.append("\n", more);
  };
  const arrive = (start, buffer) => {
    const bytes = new Uint8Array(buffer.buffer ?? buffer, buffer.byteOffset ?? 0, buffer.byteLength);
    item.bytes.set(bytes, start);
    const k = Math.floor(start / SLICE);
    item.slices.add(k);
    item.here.add(k);
    const whole = item.bytes.length <= EXACT_LIMIT && item.here.size * SLICE >= item.bytes.length;
    if (whole) el.dataset.hex = Array.from(item.bytes, (byte) => HEX[byte]).join("");
    copy.disabled = !whole;
    copy.title = whole ? "Copies the text, or the hex where hex is shown" : "Too large for the clipboard";
    paint();
  };
  const close = () => {
    el.hidden = true;
    item = null;
    left();
  };
  mode.onclick = () => {
    mode.setAttribute("aria-pressed", String(!hex()));
    exact.scrollTop = 0;
    paint();
  };
  copy.onclick = async () => {
    const text = hex() ? el.dataset.hex : new TextDecoder().decode(item.bytes);
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "The browser forbids it"; // no clipboard without https or localhost
    }
  };
  shut.onclick = close;
  el.addEventListener("keydown", (event) => event.key === "Escape" && close());
  exact.addEventListener("scroll", paint);
  const watcher = new ResizeObserver(paint);
  watcher.observe(exact);

  return {
    el,
    close,
    stop() {
      watcher.disconnect();
      paint.cancel();
    },
    /** Show an item: Python's "detail" message and the first slice of its bytes. */
    open(detail, buffers) {
      item = { ...detail, bytes: new Uint8Array(detail.end - detail.start), slices: new Set(), here: new Set(), shown: 0 };
      el.hidden = false;
      showText(title, detail.title);
      facts.replaceChildren();
      for (const [label, value] of detail.facts) {
        const fact = facts.appendChild(make("span", "xx-fact"));
        fact.append(make("span", "xx-label-of", label), showText(make("bdi"), value));
      }
      exactPane.firstChild.textContent = `${detail.tape}[${detail.start}:${detail.end}] \u00b7 ${bytesText(item.bytes.length)}`;
      note.textContent = detail.note;
      note.hidden = !detail.note;
      copy.textContent = "Copy";
      pretty.textContent = "";
      pretty.scrollTop = exact.scrollTop = 0;
      delete el.dataset.hex;
      Object.assign(el.dataset, { row: detail.row, start: detail.start, end: detail.end, tape: detail.tape });
      prettyMore(detail.pretty);
      arrive(0, buffers[0] ?? new ArrayBuffer(0));
    },
    more(content, buffers) {
      if (!item || content.row !== item.row) return;
      if (content.what === "data") arrive(content.start, buffers[0]);
      else if (content.start === item.shown) prettyMore(content.text);
    },
  };
}
