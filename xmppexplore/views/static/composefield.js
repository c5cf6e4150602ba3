// The composer's text: a field with the same text in colour behind it, and the places in it
// that belong to the fields of a template.  Joined after shared.js and xmltext.js.

const PAINTED = 40000; // characters; a longer text stays plain, so that typing stays quick
const HIDDEN_ONES = new RegExp(HIDDEN.source, "g");

/** The offset of a line and column, both from 1, the column in characters. */
function offsetOf(text, line, column) {
  let at = 0;
  for (let n = 1; n < line; n++) {
    const end = text.indexOf("\n", at);
    if (end < 0) return text.length;
    at = end + 1;
  }
  for (let n = 1; n < column && at < text.length; n++) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

/** The whole of what an objection points at: a tag's name, an attribute, or one character. */
function extentAt(text, at) {
  if (at >= text.length) {
    const last = text.trimEnd().length;
    return [Math.max(0, last - 1), last];
  }
  const tokens = [...xmlTokens(text.slice(0, Math.min(text.length, at + 1000)))];
  const n = tokens.findIndex(([, , end]) => end > at);
  const [kind, start] = tokens[n];
  if (kind === "xx-punct" && tokens[n + 1]?.[0] === "xx-tag") return [start, tokens[n + 1][2]];
  if (kind === "xx-attr" && tokens[n + 2]) return [start + 1, tokens[n + 2][2]];
  if (kind === "xx-tag" || kind === "xx-value") return tokens[n].slice(1);
  return [at, at + (text.codePointAt(at) > 0xffff ? 2 : 1)];
}

/** The hidden characters of a text as [offset, sign, name], at most `most`. */
function hiddenIn(text, most) {
  const found = [];
  for (const match of text.matchAll(HIDDEN_ONES)) {
    if (match[0] === "\n") continue;
    if (found.length >= most) break;
    found.push([match.index, ...signOf(String.fromCodePoint(text.codePointAt(match.index)))]);
  }
  return found;
}

/**
 * Paint a text in spans that change nothing of its width: it lies behind the field.
 *
 * @param marks  [[start, end, class]], what is underlined.
 */
function paintText(node, text, marks) {
  node.replaceChildren();
  const put = (kind, from, to) => {
    const piece = text.slice(from, to);
    node.append(kind ? make("span", kind, piece) : piece);
  };
  const tokens = text.length <= PAINTED ? xmlTokens(text) : [["", 0, text.length]];
  const hidden = hiddenIn(text, 200).map(([at]) => [at, at + 1, "xx-compose-hidden"]);
  const over = [...marks, ...hidden];
  for (const [kind, start, end] of tokens) {
    const here = over.filter(([from, to]) => from < end && to > start);
    const cuts = new Set([start, end]);
    for (const [from, to] of here) cuts.add(Math.max(from, start)).add(Math.min(to, end));
    const edges = [...cuts].sort((a, b) => a - b);
    for (let i = 0; i + 1 < edges.length; i++) {
      const [from, to] = [edges[i], edges[i + 1]];
      const more = here.filter(([a, b]) => a <= from && b >= to).map((mark) => mark[2]);
      put([kind, ...more].filter(Boolean).join(" "), from, to);
    }
  }
  node.append("\n"); // the line that a final line break begins has a height too
}

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;" };
const UNESCAPES = { amp: "&", lt: "<", gt: ">", apos: "'", quot: '"' };
const escapeXml = (text) => text.replace(/[&<>'"]/g, (one) => ESCAPES[one]);
const unescapeXml = (text) => text.replace(/&(amp|lt|gt|apos|quot);/g, (_, name) => UNESCAPES[name]);

/** Which stretch differs between two texts: [start, end in the old, end in the new]. */
function differenceOf(before, after) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let same = 0;
  while (same < most - start && before.at(-1 - same) === after.at(-1 - same)) same++;
  return [start, before.length - same, after.length - same];
}

/** The values of a template's fields in the text: where each stands, through every edit. */
function makeSlots() {
  let slots = []; // {name, start, end} in the order of the text
  return {
    clear() {
      slots = [];
    },
    /** Fill a template; returns its text. */
    fill(xml, values) {
      slots = [];
      let text = "";
      let rest = 0;
      for (const match of xml.matchAll(/\{([^{}\s]+)\}/g)) {
        if (!Object.hasOwn(values, match[1])) continue;
        text += xml.slice(rest, match.index);
        const start = text.length;
        text += escapeXml(values[match[1]]);
        slots.push({ name: match[1], start, end: text.length });
        rest = match.index + match[0].length;
      }
      return text + xml.slice(rest);
    },
    /** Follow an edit; a value whose bounds were edited away is nobody's any more. */
    follow(before, after) {
      const [start, end, now] = differenceOf(before, after);
      const moved = now - end;
      slots = slots.filter((slot) => {
        if (slot.end < start) return true;
        if (slot.start <= start && slot.end >= end) slot.end += moved;
        else if (slot.start >= end) Object.assign(slot, { start: slot.start + moved, end: slot.end + moved });
        else return false;
        return true;
      });
    },
    /** Put a value into all its places; returns the text. */
    put(text, name, value) {
      const written = escapeXml(value);
      let moved = 0;
      for (const slot of slots) {
        slot.start += moved;
        slot.end += moved;
        if (slot.name !== name) continue;
        text = text.slice(0, slot.start) + written + text.slice(slot.end);
        moved += written.length - (slot.end - slot.start);
        slot.end = slot.start + written.length;
      }
      return text;
    },
    /** The value of a field as it stands in the text, null where it has none any more. */
    valueOf(text, name) {
      const slot = slots.find((one) => one.name === name);
      return slot ? unescapeXml(text.slice(slot.start, slot.end)) : null;
    },
  };
}

/**
 * The field itself.
 *
 * @param changed  function(before, after, followed): its text is another.
 */
function makeTextField(changed) {
  const el = make("div", "xx-compose-text");
  const paper = make("pre", "xx-compose-paint", null, { "aria-hidden": "true" });
  const input = make("textarea", "xx-compose-input", null, {
    "aria-label": "XML to send",
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
    autocorrect: "off",
    wrap: "soft",
    dir: "ltr",
    placeholder: "<message to='juliet@capulet.example'><body>Hi</body></message>",
  });
  let known = "";
  let marks = [];
  const paint = oncePerFrame(() => paintText(paper, input.value, marks));
  const edited = (followed = true) => {
    const before = known;
    if (before === input.value) return;
    known = input.value;
    const [start, end, now] = differenceOf(before, known);
    // What was underlined stays so until it is judged again, at the place it moved to.
    marks = marks
      .filter(([from, to]) => to <= start || from >= end)
      .map(([from, to, kind]) => (from >= end ? [from + now - end, to + now - end, kind] : [from, to, kind]));
    paint();
    changed(before, known, followed);
  };
  input.addEventListener("input", () => edited());
  input.addEventListener("keydown", (event) => {
    // Inside a notebook these keys do not reach the field's own undo.
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) return;
    event.preventDefault();
    event.stopPropagation();
    document.execCommand(key === "y" || event.shiftKey ? "redo" : "undo");
  });
  el.append(paper, input);
  return {
    el,
    input,
    paper,
    stop: () => paint.cancel(),
    get text() {
      return input.value;
    },
    /**
     * Replace the text.
     *
     * @param undoable  whether Ctrl+Z brings the old one back;
     * @param followed  whether the values of a template are to be looked for in it.
     */
    set(text, undoable, followed = true) {
      if (text === input.value) return;
      if (undoable) {
        input.focus();
        input.select();
        // The one way to edit a field that its undo knows of.
        if (!document.execCommand(text ? "insertText" : "delete", false, text)) input.value = text;
      } else input.value = text;
      edited(followed);
    },
    /** Put text in the place of a stretch, as typing does. */
    insert(from, to, text) {
      input.focus();
      input.setSelectionRange(from, to);
      if (!document.execCommand("insertText", false, text)) input.setRangeText(text, from, to, "end");
      edited();
    },
    mark(ranges) {
      marks = ranges;
      paint();
    },
    goTo(at) {
      input.focus();
      input.setSelectionRange(at, at);
    },
  };
}
