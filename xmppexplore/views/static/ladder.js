// The opened ladder: every arrow is a button that opens its item.  Joined after shared.js
// and inspector.js.  The model is the one that views/ladder_svg.py draws; each step of it
// also names its rows, and each row becomes a button.

const BAND_COLOURS = ["plain", "tls", "authenticated", "ready", "error"];

/** A time in the unit in which it reads best; text stays as it is. */
function timeText(value) {
  if (typeof value !== "number") return String(value ?? "");
  if (value < 0.001) return `${Math.round(value * 1e6)} \u00b5s`;
  return value < 1 ? `${(value * 1000).toFixed(1)} ms` : `${value.toFixed(3)} s`;
}

/** Where party number `index` of `count` stands, in percent of the drawing's width. */
function lifeline(index, count) {
  const margin = count < 3 ? 18 : 50 / count;
  return count < 2 ? 50 : margin + ((100 - 2 * margin) * index) / (count - 1);
}

/** The rows of the grid: 1 for the parties, then for each step its restart, itself, its inspector. */
const rungAt = (step) => 3 * step + 3;

/** How wide the name of a party may be, in percent: neighbours share the gap by their lengths. */
function roomFor(parties, index) {
  const length = (at) => 3 + Math.min(40, Math.max(4, parties[at]?.label?.length ?? 0));
  const gap = lifeline(1, parties.length) - lifeline(0, parties.length);
  const beside = Math.max(length(index - 1), length(index + 1));
  return (2 * gap * length(index)) / (length(index) + beside) - 0.4;
}

function makeParties(parties) {
  const lines = make("div", "xx-lifelines", null, { "aria-hidden": "true" });
  const box = make("div", "xx-parties");
  parties.forEach((party, i) => {
    const left = `${lifeline(i, parties.length)}%`;
    const name = box.appendChild(make("div", "xx-party"));
    name.append(showText(make("div"), party.label ?? ""), showText(make("div"), party.detail ?? ""));
    name.style.left = left;
    if (parties.length > 2) name.style.maxWidth = `${roomFor(parties, i)}%`;
    lines.appendChild(make("div", "xx-lifeline")).style.left = left;
  });
  return [lines, box];
}

function makeBands(bands, count) {
  return bands.map((band, depth) => {
    const colour = BAND_COLOURS.includes(band.colour) ? band.colour : "plain";
    const el = make("div", "xx-band", null, { "data-colour": colour });
    el.style.setProperty("--xx-depth", depth);
    const start = rungAt(band.start ?? 0);
    el.style.gridRow = `${start} / ${Math.max(start + 1, rungAt(band.end ?? count) - (band.end == null ? 0 : 1))}`;
    el.append(showText(make("span"), [band.label, band.detail].filter(Boolean).join(" \u00b7 ")));
    return el;
  });
}

function makeRestart(restart) {
  const el = make("li", "xx-rung xx-restart");
  const track = make("div", "xx-track");
  track.append(showText(make("span"), restart.title || "stream restarts"));
  el.append(make("div"), make("div"), track, make("div"), showText(make("div", "xx-words"), restart.reason ?? ""));
  el.style.gridRow = rungAt(restart.before) - 1;
  return el;
}

const SIDES = ["left", "right"];
const colourOf = (name) => (BAND_COLOURS.includes(name) ? name : "plain");

/** How the person at one margin stands after a step; empty where the step says nothing of it. */
function makeState(step, side) {
  const el = make("div", "xx-margin", null, { "data-side": side });
  for (const state of (step.states ?? []).filter((one) => one.side === side)) {
    const moved = state.before && state.before !== state.state;
    if (state.who) el.append(showText(make("small"), state.who));
    const chip = make("span", "xx-chip-state", null, { "data-colour": colourOf(state.colour), "data-moved": moved ? "yes" : "no" });
    chip.title = moved ? `${state.name}: ${state.before} to ${state.state}` : `${state.name}: ${state.state}`;
    el.append(showText(chip, state.state ?? ""));
  }
  return el;
}

/** The heads of the margins, and the rails that run from one state of a side to its next. */
function makeMargins(ladder, steps) {
  const made = [];
  for (const side of SIDES.filter((one) => one in (ladder.margins ?? {}))) {
    const head = made[made.push(make("div", "xx-margin xx-margin-head", null, { "data-side": side })) - 1];
    showText(head, ladder.margins[side]);
    if (!ladder.rails) continue;
    const found = steps.flatMap((step, at) => (step.states ?? []).filter((one) => one.side === side).map((one) => [at, one.colour]));
    found.forEach(([at, colour], i) => {
      const rail = make("div", "xx-rail", null, { "data-side": side, "data-colour": colourOf(colour) });
      rail.style.gridRow = `${rungAt(at)} / ${rungAt(found[i + 1]?.[0] ?? steps.length)}`;
      rail.dataset.last = i + 1 < found.length ? "no" : "yes";
      made.push(rail);
    });
  }
  return made;
}

/** One button for one row of a step; the first is the arrow itself. */
function makeArrow(step, index, row, way) {
  const el = make("button", "xx-arrow", null, { type: "button", "data-way": way, "data-tone": step.tone ?? "", "data-step": index });
  if (row === undefined) el.disabled = true;
  else Object.assign(el.dataset, { row });
  if (row !== undefined) el.setAttribute("aria-expanded", "false");
  return el;
}

function makeStep(step, index, parties) {
  const el = make("li", "xx-rung");
  const when = make("div", "xx-when", timeText(step.time));
  if (step.duration !== undefined && step.duration !== "") when.append(make("small", "", `+${timeText(step.duration)}`));
  const { source = -1, target = -1 } = step;
  const between = source !== target && source >= 0 && target >= 0 && Math.max(source, target) < parties.length;
  const way = between ? (target > source ? "out" : "in") : "";
  const rows = step.rows ?? [];
  const arrow = makeArrow(step, index, rows[0], way);
  const [a, b] = between ? [source, target] : source >= 0 ? [source, source] : [0, parties.length - 1];
  const places = [lifeline(a, parties.length), lifeline(b, parties.length)].sort((x, y) => x - y);
  if (a === b) places[1] = 96 - (places[0] = Math.max(4, places[0] - 15)) > 30 ? places[0] + 30 : 96;
  arrow.style.left = `${places[0]}%`;
  arrow.style.width = `${places[1] - places[0]}%`;
  arrow.append(make("span", "xx-number-mark", String(index + 1)), showText(make("span", "xx-label"), (parties.length > 2 && step.short) || step.detail || step.title || ""));
  const from = between ? `${parties[source].label ?? ""} to ${parties[target].label ?? ""}: ` : "";
  arrow.setAttribute("aria-label", `${index + 1}, ${from}${step.title ?? ""}${rows.length ? ", open the bytes" : ""}`);
  const track = make("div", "xx-track");
  track.append(arrow);
  const words = make("div", "xx-words");
  words.append(showText(make("code"), step.section ?? ""), showText(make("b"), step.title ?? ""), showText(make("p"), step.sentence ?? ""));
  if (rows.length > 1) words.append(makeFurther(step, index, rows, way));
  el.append(when, makeState(step, "left"), track, makeState(step, "right"), words);
  el.style.gridRow = rungAt(index);
  return el;
}

function makeFurther(step, index, rows, way) {
  const box = make("div", "xx-more-items");
  for (const row of rows.slice(1)) {
    const button = makeArrow(step, index, row, way);
    button.textContent = `row ${row}`;
    button.setAttribute("aria-label", `${index + 1}, ${step.title ?? ""}, row ${row}, open the bytes`);
    box.append(button);
  }
  return box;
}

function render({ model, el }) {
  const root = make("div", "xx xx-ladder", null, { "data-lm-suppress-shortcuts": "true" });
  const title = make("div", "xx-title");
  const subtitle = make("div", "xx-subtitle");
  const message = make("div", "xx-message", null, { role: "alert" });
  const trouble = make("div", "xx-message", null, { role: "alert" });
  const rungs = make("ol", "xx-rungs");
  const notes = make("ul", "xx-notes");
  const place = make("li", "xx-place");
  let opened = null; // the button whose item is open

  const mark = (button) => {
    opened?.setAttribute("aria-expanded", "false");
    opened = button;
    opened?.setAttribute("aria-expanded", "true");
  };
  const inspector = makeInspector(
    (op, content) => channel.tell(op, content),
    () => {
      const button = opened;
      mark(null);
      button?.focus();
    },
  );
  place.append(inspector.el);
  const draw = ({ ladder }) => {
    const steps = ladder.steps ?? [];
    const parties = ladder.parties?.length ? ladder.parties : [{}, {}];
    showText(title, ladder.title ?? "");
    showText(subtitle, ladder.subtitle ?? "");
    inspector.el.hidden = true;
    mark(null);
    const [lines, names] = makeParties(parties);
    lines.style.gridRow = `1 / ${rungAt(steps.length)}`;
    rungs.style.setProperty("--xx-lanes", parties.length);
    rungs.dataset.lanes = parties.length < 3 ? "two" : parties.length < 4 ? "three" : "many";
    for (const side of SIDES) rungs.classList.toggle(`xx-has-${side}`, side in (ladder.margins ?? {}));
    rungs.replaceChildren(
      ...makeMargins(ladder, steps), ...makeBands(ladder.bands ?? [], steps.length), lines, names,
      ...(ladder.restarts ?? []).map(makeRestart),
      ...steps.map((step, index) => makeStep(step, index, parties)),
    );
    const told = [...(ladder.notes ?? []).map((note) => [note, "note"]), ...(ladder.legend ?? []).map((sign) => [sign, "sign"])];
    notes.replaceChildren(...told.map(([text, kind]) => showText(make("li", "", null, { "data-kind": kind }), text)));
  };
  const handlers = {
    ladder: draw,
    detail(content, buffers) {
      showIn(trouble, "");
      if (!opened || Number(opened.dataset.row) !== content.row) return; // another was clicked since
      opened.closest(".xx-rung").after(place);
      place.style.gridRow = rungAt(Number(opened.dataset.step)) + 1;
      inspector.open(content, buffers);
    },
    more: (content, buffers) => inspector.more(content, buffers),
    trouble: (content) => showIn(trouble, content.text),
  };
  rungs.addEventListener("click", (event) => {
    const button = event.target.closest(".xx-arrow[data-row]");
    if (!button) return;
    if (button === opened) {
      inspector.close();
      return;
    }
    mark(button);
    channel.tell("open", { row: Number(button.dataset.row) });
  });
  rungs.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opened && event.target.matches(".xx-arrow")) inspector.close();
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way || !event.target.matches(".xx-arrow")) return;
    event.preventDefault();
    const buttons = [...rungs.querySelectorAll(".xx-arrow[data-row]")];
    buttons[buttons.indexOf(event.target) + way]?.focus();
  });
  root.append(title, subtitle, message, trouble, rungs, notes);
  el.append(root);
  showIn(trouble, "");
  const say = (text) => showIn(message, text);
  say("");
  const fit = () => root.style.setProperty("--xx-pane", `${model.get("height")}px`);
  fit();
  model.on("change:height", fit);
  const channel = openChannel({ model, el, handlers, say, hello: () => ({}) });
  return () => {
    model.off("change:height", fit);
    inspector.stop();
    channel.close();
  };
}

export default { render };
