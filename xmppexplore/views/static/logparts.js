// What the live log is put together from: its toolbar and its rows.  Joined before log.js.

const KINDS = ["header", "message", "presence", "iq", "nonza", "whitespace", "footer", "partial", "broken"];
const COLUMNS = [
  ["number", "#"], ["time", "time, s"], ["way", "direction"], ["name", "name"], ["type", "type"], ["id", "id"],
  ["from", "from"], ["to", "to"], ["what", "content"], ["size", "bytes"],
];

/** Undo views/rowpack.py's pack: one array per row, places in the table of strings. */
function unpack(array, strings) {
  const [row, elapsed, connection, kind, direction, name, type, sender, recipient, id, size, preview] = array;
  return {
    row, elapsed, connection, id, size, preview, kind: strings[kind], direction: strings[direction],
    name: strings[name], type: strings[type], sender: strings[sender], recipient: strings[recipient],
  };
}

function makeToolbar(state, changed) {
  const bar = make("div", "xx-toolbar", null, { role: "toolbar", "aria-label": "Filters of the log" });
  const title = make("strong", "xx-title");
  const text = make("input", "xx-input", null, { type: "search", placeholder: "Filter by text", "aria-label": "Filter by text", spellcheck: "false" });
  const way = make("select", "xx-input", null, { "aria-label": "Direction" });
  for (const [value, label] of [["", "in and out"], ["in", "in"], ["out", "out"]]) way.append(make("option", "", label, { value }));
  const kinds = make("div", "xx-kinds", null, { role: "group", "aria-label": "Kinds shown" });
  const chips = KINDS.map((kind) => make("button", "xx-chip", kind, { type: "button", "aria-pressed": "true" }));
  const follow = make("button", "xx-button xx-follow", "Pause", { type: "button" });
  kinds.append(...chips);
  bar.append(title, text, way, follow, kinds);
  let wait = 0;
  const apply = () => {
    const shown = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.textContent);
    state.filter = { text: text.value, direction: way.value, kinds: shown.length === KINDS.length ? null : shown };
    changed();
  };
  text.oninput = () => {
    clearTimeout(wait);
    wait = setTimeout(apply, 150); // a person types faster than it is worth searching
  };
  way.onchange = apply;
  for (const chip of chips) {
    chip.onclick = () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") === "false"));
      apply();
    };
  }
  return { bar, title, follow, stop: () => clearTimeout(wait) };
}

function makeRow(prefix, index) {
  const el = make("div", "xx-row", null, { role: "row", id: `${prefix}-row${index}` });
  el.append(...COLUMNS.map(([name]) => make("div", `xx-cell xx-${name}`, "", { role: "gridcell" })));
  return el;
}

function fillRow(el, row, many) {
  const [number, time, way, name, type, id, from, to, what, size] = el.children;
  el.dataset.kind = row.kind;
  el.dataset.direction = row.direction;
  number.textContent = row.row;
  time.textContent = seconds(row.elapsed);
  way.textContent = (row.direction === "out" ? "\u2192 out" : "\u2190 in") + (many ? ` ${row.connection}` : "");
  showText(name, row.kind === "whitespace" ? row.kind : row.name || row.kind);
  showText(type, row.type);
  showText(id, row.id);
  showText(from, row.sender);
  showText(to, row.recipient);
  showText(what, row.preview);
  size.textContent = row.size.toLocaleString("en");
}
