// Undo for the composer's text.  Joined after xmltext.js.  The browser's own knows only of what
// was typed into the field: after a template or one of its fields it would mix up two texts.

const UNDONE = 200; // texts that are remembered at most
const UNDONE_SIZE = 2_000_000; // characters of them together; the newest two are kept in any case
const ONE_GO = 800; // ms: what is typed without a longer pause is undone in one go

/** Which stretch differs between two texts: [start, end in the old, end in the new]. */
function differenceOf(before, after) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let same = 0;
  while (same < most - start && before.at(-1 - same) === after.at(-1 - same)) same++;
  return [start, before.length - same, after.length - same];
}

/** What kind of edit makes one text of another: "+" or "-" for one character, else "". */
function editKind(before, after) {
  const [start, end, now] = differenceOf(before, after);
  if (now - start === 1 && end === start) return /\s/.test(after[start]) ? "" : "+";
  return end - start === 1 && now === start ? "-" : "";
}

/**
 * The texts that were there, each with what belongs to it.
 *
 * @param keep  function(): what belongs to the text as it is now; handed back by undo and redo.
 */
function makeHistory(keep) {
  let past = [{ text: "", kept: keep(), kind: "", at: 0 }];
  let now = 0;
  const go = (to) => {
    if (!past[to]) return null;
    now = to;
    past[now].kind = ""; // what is typed from here on is undone for itself
    return past[now];
  };
  return {
    /** Remember a text; `kind` is that of the edit, equal ones in a row are undone in one go. */
    add(text, kind) {
      const at = performance.now();
      const last = past[now];
      if (text === last.text) {
        last.kept = keep();
        return;
      }
      past.length = now + 1;
      if (kind && kind === last.kind && at - last.at < ONE_GO) past.pop();
      past.push({ text, kept: keep(), kind, at });
      let size = past.reduce((sum, one) => sum + one.text.length, 0);
      while (past.length > UNDONE || (size > UNDONE_SIZE && past.length > 2)) size -= past.shift().text.length;
      now = past.length - 1;
    },
    /** Begin anew with a text that nobody typed. */
    begin(text) {
      past = [{ text, kept: keep(), kind: "", at: 0 }];
      now = 0;
    },
    get fresh() {
      return past.length === 1;
    },
    undo: () => go(now - 1),
    redo: () => go(now + 1),
  };
}
