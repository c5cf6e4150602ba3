// The live log's view: a virtual list that holds only pixels and a bounded cache of rows.
// Joined after shared.js, inspector.js and logparts.js.  Positions count the rows that pass the filter.

const ROW_HEIGHT = 24; // px, as --xx-row in log.css
const PAGE = 100; // rows asked for at a time; views/log.py sends at most BLOCK
const CACHE = 20000; // rows kept; the oldest fetched are dropped first
const TALLEST = 8000000; // px; browsers lay out nothing beyond about 17 million
const HEADER_HEIGHT = 25; // px, of the column headings, which stick to the top of the list

function render({ model, el }) {
  const state = { filter: { text: "", direction: "", kinds: null }, generation: 0, total: 0, length: 0, scanned: 0,
    following: true, current: -1, opening: -1, acknowledged: 0, shown: 0, asked: -1e9, many: false };
  const cache = new Map();
  const root = make("div", "xx xx-log", null, { "data-lm-suppress-shortcuts": "true" });
  const grid = make("div", "xx-grid", null, { role: "grid", tabindex: "0", "aria-label": "Log rows", "aria-colcount": String(COLUMNS.length) });
  const header = make("div", "xx-row xx-columns", null, { role: "row", "aria-rowindex": "1" });
  header.append(...COLUMNS.map(([name, label]) => make("div", `xx-cell xx-${name}`, label, { role: "columnheader" })));
  const viewport = make("div", "xx-viewport", null, { role: "presentation" });
  const spacer = make("div", "xx-spacer", null, { role: "rowgroup" });
  const status = make("div", "xx-status", null, { role: "status" });
  const message = make("div", "xx-message", null, { role: "alert" });
  const trouble = make("div", "xx-message", null, { role: "alert" });
  const tools = makeToolbar(state, () => refilter());
  const prefix = "xx" + Math.random().toString(36).slice(2, 8);
  const pool = [];
  viewport.append(header, spacer);
  grid.append(viewport);

  let tall = 0; // px of the viewport; asking for it while painting would force a layout
  const room = () => Math.max(ROW_HEIGHT, tall - HEADER_HEIGHT);
  const visible = () => Math.ceil(room() / ROW_HEIGHT);
  const size = () => Math.min(visible() + 4, 2 * PAGE);
  const span = () => Math.min(state.length * ROW_HEIGHT, TALLEST);
  const bottom = () => Math.max(0, span() - room());
  // Beyond TALLEST the scroll bar is a scale: its place maps to a row in proportion.
  const scaled = () => state.length * ROW_HEIGHT > TALLEST;
  const reach = () => Math.max(0, state.length - room() / ROW_HEIGHT);
  const firstShown = (y = viewport.scrollTop) => (scaled() ? (y / bottom()) * reach() : y / ROW_HEIGHT);
  const scrollToRow = (first) => {
    viewport.scrollTop = scaled() ? (first / reach()) * bottom() : first * ROW_HEIGHT;
  };
  const hello = () => ({ size: size(), follow: state.following, filter: state.filter, generation: state.generation });

  const follow = (on) => {
    if (on === state.following) return;
    state.following = on;
    tell("ack", { n: state.acknowledged, size: size(), follow: on }, false);
    paint();
  };
  const refilter = () => {
    state.generation += 1;
    Object.assign(state, { length: 0, scanned: 0, current: -1, opening: -1, asked: -1e9 });
    cache.clear();
    showIn(trouble, "");
    tell("filter", { filter: state.filter, generation: state.generation });
    paint();
  };
  const keep = ({ start, rows, strings }) => {
    rows.forEach((array, i) => {
      const row = unpack(array, strings);
      state.many ||= row.connection > 0;
      cache.delete(start + i);
      cache.set(start + i, row);
    });
    for (const position of cache.keys()) {
      if (cache.size <= CACHE) break;
      cache.delete(position);
    }
  };
  const askFor = (first, last) => {
    let missing = first;
    while (missing < last && cache.has(missing)) missing += 1;
    // One question at a time; the answer paints again.  A lost one is asked again.
    if (missing >= last || performance.now() - state.asked < 5000) return missing < last;
    const start = Math.max(0, Math.min(missing, last - PAGE));
    const stop = Math.min(state.length, Math.max(last, start + PAGE));
    state.asked = performance.now();
    tell("rows", { generation: state.generation, start, stop });
    return true;
  };
  const paint = oncePerFrame(() => {
    const y = state.following ? bottom() : Math.min(viewport.scrollTop, bottom());
    const top = firstShown(y);
    const first = Math.max(0, Math.floor(top));
    const last = Math.min(state.length, first + visible() + 1);
    while (pool.length < last - first) spacer.append((pool[pool.length] = makeRow(prefix, pool.length)));
    pool.forEach((row, i) => placeRow(row, first + i, last, y + (first + i - top) * ROW_HEIGHT));
    if (spacer.tall !== span()) spacer.style.height = `${(spacer.tall = span())}px`;
    if (state.following) viewport.scrollTop = y;
    // First what is in sight, then half a page around it for the next turn of the wheel.
    if (!askFor(first, last) && !state.following) {
      askFor(Math.max(0, first - PAGE / 2), Math.min(state.length, last + PAGE / 2));
    }
    grid.setAttribute("aria-rowcount", String(state.length + 1));
    const active = pool.find((row) => Number(row.dataset.position) === state.current && !row.hidden);
    if (active) grid.setAttribute("aria-activedescendant", active.id);
    else grid.removeAttribute("aria-activedescendant");
    paintStatus(first, last);
    if (state.shown > state.acknowledged) {
      state.acknowledged = state.shown;
      tell("ack", { n: state.shown, size: size(), follow: state.following }, false);
    }
  });
  const placeRow = (el, position, last, y) => {
    el.hidden = position >= last;
    if (el.hidden) return;
    const row = cache.get(position);
    el.style.transform = `translateY(${y}px)`;
    el.classList.toggle("xx-current", position === state.current);
    el.setAttribute("aria-selected", String(position === state.current));
    if (el.shows === row && Number(el.dataset.position) === position && el.many === state.many) return;
    Object.assign(el, { shows: row, many: state.many });
    el.dataset.position = position;
    el.setAttribute("aria-rowindex", String(position + 2));
    el.classList.toggle("xx-pending", !row);
    if (row) fillRow(el, row, state.many);
    else for (const cell of el.children) cell.textContent = cell === el.firstChild ? "\u2026" : "";
  };
  const paintStatus = (first, last) => {
    const filtered = state.filter.text || state.filter.kinds || state.filter.direction;
    const count = (n) => n.toLocaleString("en");
    const range = state.length ? `${count(first + 1)}\u2013${count(last)} of ` : "";
    const found = filtered ? `${count(state.length)} that fit (${count(state.total)} rows)` : `${count(state.length)} rows`;
    const searching = filtered && state.scanned < state.total ? ` \u00b7 searched ${count(state.scanned)} so far` : "";
    const ended = model.get("ended");
    status.textContent = `${range}${found}${searching}${ended ? ` \u00b7 ${ended}` : ""}`;
    tools.follow.textContent = state.following ? "Pause" : "Follow";
    tools.follow.title = state.following ? "Hold the list still while rows arrive" : "Go to the newest row and stay there";
    tools.title.textContent = model.get("title");
  };
  let touched = -1e9; // when a person last moved the list: painting moves it too
  const touch = (up) => {
    touched = performance.now();
    if (up) follow(false);
  };
  const scrolled = () => {
    const atEnd = state.length > 0 && viewport.scrollTop >= bottom() - 1;
    if (!state.following && atEnd && performance.now() - touched < 1000) follow(true);
    paint();
  };
  const move = (to) => {
    if (!state.length) return;
    const position = Math.max(0, Math.min(state.length - 1, to));
    const page = Math.floor(room() / ROW_HEIGHT);
    follow(position === state.length - 1 && to >= state.current);
    state.current = position;
    if (position < firstShown()) scrollToRow(position);
    else if (position >= firstShown() + page) scrollToRow(position - page + 1);
    paint();
  };
  const inspect = () => {
    const row = cache.get(state.current);
    state.opening = row ? -1 : state.current; // a row that is still on its way opens when it comes
    if (row) tell("open", { row: row.row });
  };
  const inspector = makeInspector((op, content) => tell(op, content), () => grid.focus());
  const keys = {
    ArrowDown: () => move(state.current + 1),
    ArrowUp: () => move((state.current < 0 ? state.length : state.current) - 1),
    PageDown: () => move(state.current + visible()),
    PageUp: () => move((state.current < 0 ? state.length : state.current) - visible()),
    Home: () => move(0),
    End: () => move(state.length - 1),
    Enter: inspect,
    " ": inspect,
    Escape: () => inspector.el.hidden || inspector.close(),
  };
  grid.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  viewport.addEventListener("scroll", scrolled);
  viewport.addEventListener("wheel", (event) => touch(event.deltaY < 0), { passive: true });
  viewport.addEventListener("touchmove", () => touch(true), { passive: true });
  viewport.addEventListener("pointerdown", (event) => event.offsetX >= viewport.clientWidth && event.target === viewport && touch(true));
  viewport.addEventListener("click", (event) => {
    const row = event.target.closest(".xx-row");
    if (!row) return;
    follow(false);
    state.current = Number(row.dataset.position);
    inspect();
    paint();
  });
  tools.follow.onclick = () => follow(!state.following);

  const handlers = {
    news(content) {
      if (content.generation !== state.generation) return;
      const hold = scaled() && !state.following;
      const held = hold ? firstShown() : 0; // asking where the list stands may force a layout
      [state.total, state.length, state.scanned] = content.state;
      state.shown = content.n;
      keep(content);
      if (hold) {
        spacer.style.height = `${(spacer.tall = span())}px`;
        scrollToRow(held);
      }
      paint();
    },
    rows(content) {
      if (content.generation !== state.generation) return;
      state.asked = -1e9;
      keep(content);
      if (state.opening >= 0 && state.opening === state.current) inspect();
      paint();
    },
    detail(content, buffers) {
      showIn(trouble, "");
      inspector.open(content, buffers);
    },
    more: (content, buffers) => inspector.more(content, buffers),
    trouble: (content) => showIn(trouble, content.text),
    dead: () => (tools.follow.disabled = true),
    alive: () => (tools.follow.disabled = false),
  };
  const say = (text) => showIn(message, text);
  let channel = null;
  const tell = (op, content, answered) => channel?.tell(op, content, answered);
  const fit = () => {
    // Whole rows only, so that none is cut at the top while the list follows its end.
    tall = HEADER_HEIGHT + ROW_HEIGHT * Math.max(3, Math.round((model.get("height") - HEADER_HEIGHT) / ROW_HEIGHT));
    viewport.style.height = `${tall}px`;
    paint();
  };
  root.append(tools.bar, message, trouble, grid, status, inspector.el);
  el.append(root);
  say("");
  showIn(trouble, "");
  fit();
  for (const name of ["title", "ended"]) model.on(`change:${name}`, paint);
  model.on("change:height", fit);
  channel = openChannel({ model, el, handlers, say, hello: () => {
    Object.assign(state, { acknowledged: 0, shown: 0, asked: -1e9 });
    return hello();
  } });
  return () => {
    for (const name of ["title", "ended"]) model.off(`change:${name}`, paint);
    model.off("change:height", fit);
    paint.cancel();
    tools.stop();
    inspector.stop();
    channel.close();
  };
}

export default { render };
