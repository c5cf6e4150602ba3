// The composer's text: a field with the same text in colour behind it.  Joined after
// composeundo.js.

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

/**
 * The field itself.
 *
 * @param changed  function(before, after, followed): its text is another;
 * @param keep     function(): what belongs to the text as it is now;
 * @param restore  function(kept): undo or redo brought a text back, and this belongs to it.
 */
function makeTextField(changed, keep, restore) {
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
  const history = makeHistory(keep);
  const paint = oncePerFrame(() => paintText(paper, input.value, marks));
  const taken = (followed) => {
    const before = known;
    known = input.value;
    const [start, end, now] = differenceOf(before, known);
    // What was underlined stays so until it is judged again, at the place it moved to.
    marks = marks
      .filter(([from, to]) => to <= start || from >= end)
      .map(([from, to, kind]) => (from >= end ? [from + now - end, to + now - end, kind] : [from, to, kind]));
    paint();
    changed(before, known, followed);
  };
  const edited = (followed = true, kind = editKind(known, input.value)) => {
    if (known === input.value) return;
    taken(followed);
    history.add(known, kind);
  };
  const travel = (found) => {
    if (!found) return;
    const [, , now] = differenceOf(known, found.text);
    input.value = found.text;
    if (document.activeElement === input) input.setSelectionRange(now, now);
    restore(found.kept);
    taken(false);
  };
  input.addEventListener("input", () => edited());
  // The menu's undo and redo; not every browser lets itself be stopped here.
  input.addEventListener("beforeinput", (event) => {
    const step = { historyUndo: history.undo, historyRedo: history.redo }[event.inputType];
    if (!step) return;
    event.preventDefault();
    travel(step());
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
    /** Take Ctrl+Z and Ctrl+Y; for every field whose typing changes the text. */
    undoes(node) {
      node.addEventListener("keydown", (event) => {
        const key = event.key.toLowerCase();
        const asked = (event.ctrlKey || event.metaKey) && !event.altKey && ["z", "y"].includes(key);
        if (!asked || event.isComposing) return;
        event.preventDefault();
        event.stopPropagation();
        travel(key === "y" || event.shiftKey ? history.redo() : history.undo());
        // The field that had the focus may be gone now; the notebook must not get the keys.
        if (node.hidden || !node.contains(document.activeElement)) input.focus();
      });
    },
    /**
     * Replace the text.
     *
     * @param followed  whether the values of a template are to be looked for in it;
     * @param kind      of the edit, see makeHistory.
     */
    set(text, followed = true, kind = "") {
      if (text === input.value) return;
      input.value = text;
      edited(followed, kind);
    },
    /** Begin with a text, or with another one that was put there from outside. */
    begin(text) {
      const fresh = history.fresh && !input.value;
      this.set(text);
      if (fresh) history.begin(known);
    },
    /** Put text in the place of a stretch, as typing does. */
    insert(from, to, text) {
      input.focus();
      input.setRangeText(text, from, to, "end");
      edited(true, "");
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
