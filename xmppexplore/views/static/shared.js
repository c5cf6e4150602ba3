// Pieces every widget uses: text from the wire made visible, small DOM helpers, the channel.
//
// anywidget takes one module text per widget, so views/bridge.py puts this file, then
// inspector.js, then the widget's own file into one text.  Hence no import and no export
// here, and top-level names that must be unlike those of the files that follow.

/** Characters that show nothing, move the writing direction or break a line. */
const HIDDEN = new RegExp(
  "[\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f" +
    "\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0" +
    "\\ufff0-\\ufffb]|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]" +
    "|\\udb40[\\udc00-\\uddef]",
);

/** What the characters that trick a reader are called (Unicode 15, chapter 23). */
const SIGN_NAMES = {
  0x00a0: "no-break space", 0x00ad: "soft hyphen", 0x061c: "Arabic letter mark",
  0x200b: "zero width space", 0x200c: "zero width non-joiner", 0x200d: "zero width joiner",
  0x200e: "left-to-right mark", 0x200f: "right-to-left mark", 0x2028: "line separator",
  0x202a: "left-to-right embedding", 0x202b: "right-to-left embedding",
  0x202c: "pop directional formatting", 0x202d: "left-to-right override",
  0x202e: "right-to-left override", 0x2060: "word joiner", 0x2066: "left-to-right isolate",
  0x2067: "right-to-left isolate", 0x2068: "first strong isolate",
  0x2069: "pop directional isolate", 0xfeff: "zero width no-break space",
};

const FOCUSABLE = new Set(["button", "input", "select", "summary", "textarea"]);

/** Create an element; text enters as text, never as markup. */
function make(tag, className = "", text = null, attributes = {}) {
  const node = document.createElement(tag);
  // JupyterLab looks for this at what has the focus before it looks at what is around it:
  // without it "d d" on a button would delete the cell.
  if (FOCUSABLE.has(tag) || "tabindex" in attributes) node.dataset.lmSuppressShortcuts = "true";
  if (className) node.className = className;
  if (text !== null) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** The visible form of one hidden character: a picture for controls, its number otherwise. */
function signOf(character) {
  const code = character.codePointAt(0);
  const number = "U+" + code.toString(16).toUpperCase().padStart(4, "0");
  const name = SIGN_NAMES[code];
  if (code < 0x20) return [String.fromCharCode(0x2400 + code), number];
  if (code === 0x7f) return ["\u2421", number];
  return [`\u2039${number}\u203a`, name ? `${number} ${name}` : number];
}

/**
 * Put text from the wire into a node, hidden characters as signs of their own.
 *
 * @param {string} keep  characters that stay as they are: "\n" where lines are wanted.
 */
function showText(node, text, keep = "") {
  if (HIDDEN.test(text)) {
    node.textContent = "";
    appendText(node, text, keep);
  } else node.textContent = text;
  return node;
}

function appendText(node, text, keep = "") {
  let rest = text;
  let plain = "";
  for (let at = rest.search(HIDDEN); at >= 0; at = rest.search(HIDDEN)) {
    const character = String.fromCodePoint(rest.codePointAt(at));
    plain += rest.slice(0, at);
    rest = rest.slice(at + character.length);
    if (keep.includes(character)) {
      plain += character;
      continue;
    }
    const [sign, title] = signOf(character);
    node.append(plain, make("span", "xx-sign", sign, { title }));
    plain = "";
  }
  node.append(plain + rest);
}

/** Seconds with milliseconds; the column's heading carries the unit. */
function seconds(value) {
  return value.toFixed(3);
}

/** Put a message in plain words into its place, or take it away with "". */
function showIn(node, text) {
  node.hidden = !text;
  showText(node, text);
}

function bytesText(count) {
  return `${count.toLocaleString("en")} ${count === 1 ? "byte" : "bytes"}`;
}

/** One paint per animation frame, however often it is asked for. */
function oncePerFrame(paint) {
  let frame = 0;
  const ask = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      paint();
    });
  };
  ask.cancel = () => cancelAnimationFrame(frame);
  return ask;
}

/**
 * One field of a form with its label.
 *
 * @param spec  {name, label, kind, choices, hint}; kind is text, password, number, choice or flag.
 * @returns {{el, input, spec, get, set, mark}}  mark(true) shows that this field is meant.
 */
function makeField(spec) {
  const id = `xx-${spec.name}-${Math.random().toString(36).slice(2, 8)}`;
  const el = make("div", "xx-field", null, { "data-kind": spec.kind, "data-name": spec.name });
  const label = make("label", "xx-field-label", spec.label, { for: id });
  const flag = spec.kind === "flag";
  const input = make(spec.kind === "choice" ? "select" : "input", flag ? "" : "xx-input", null, { id });
  if (spec.kind === "choice") {
    input.append(...spec.choices.map(([value, text]) => make("option", "", text, { value })));
  } else {
    input.type = flag ? "checkbox" : spec.kind === "password" ? "password" : "text";
    if (spec.kind === "number") input.inputMode = "decimal";
    if (spec.hint) input.placeholder = spec.hint;
    // What is typed is nobody's to keep, to complete or to correct.
    input.autocomplete = spec.kind === "password" ? "new-password" : "off";
    Object.assign(input, { spellcheck: false, autocapitalize: "off" });
  }
  el.append(...(flag ? [input, label] : [label, input]));
  const set = (value) => {
    if (flag) input.checked = Boolean(value);
    else {
      const text = String(value ?? "");
      const missing = spec.kind === "choice" && ![...input.options].some((one) => one.value === text);
      if (missing) input.append(make("option", "", text, { value: text }));
      input.value = text;
    }
  };
  const mark = (on) => {
    el.classList.toggle("xx-meant", on);
    if (on) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  return { el, input, spec, set, mark, get: () => (flag ? input.checked : input.value) };
}

const NEWS_OF_DEATH =
  "This view is no longer live: its kernel was restarted or shut down. " +
  "What is on screen can still be read. Run the cell again for a live view.";
const NEWS_OF_SILENCE =
  "The kernel has not answered for a while: it is busy with a cell, or the connection to it is gone.";

/**
 * One view's line to Python.  Messages carry the view's name, since a second view of the
 * same widget, or a second page, hears all of them.
 *
 * @param handlers  {op: function(content, buffers)} for what Python says;
 * @param say       function(text): puts a message in plain words where the person looks.
 */
function openChannel({ model, el, hello, handlers, say }) {
  const view = Math.random().toString(36).slice(2, 10);
  let patience = 0;
  let dead = false;
  const heard = () => {
    clearTimeout(patience);
    patience = 0;
    if (dead) handlers.alive?.();
    dead = false;
    say("");
  };
  const channel = {
    view,
    get dead() {
      return dead;
    },
    /** Say something to Python; expects an answer unless told otherwise. */
    tell(op, content = {}, answered = true) {
      if (dead) return;
      if (answered) patience ||= setTimeout(() => say(NEWS_OF_SILENCE), 4000);
      try {
        model.send({ op, view, ...content });
      } catch {
        die(); // a closed comm throws
      }
    },
    close() {
      clearTimeout(patience);
      model.off("msg:custom", hear);
      model.off("comm_live_update", liveness);
      if (!dead) channel.tell("bye", {}, false);
    },
  };
  const hear = (content, buffers) => {
    if (content.to !== view && content.to !== "*") return;
    heard();
    if (content.op === "again") channel.tell("ready", hello());
    else handlers[content.op]?.(content, buffers ?? []);
  };
  const die = () => {
    dead = true;
    clearTimeout(patience);
    say(NEWS_OF_DEATH);
    handlers.dead?.();
  };
  // JupyterLab raises this when the kernel restarts.  It says no more than "changed", so a
  // message that comes all the same brings the view back to life.
  const liveness = () => die();
  model.on("msg:custom", hear);
  model.on("comm_live_update", liveness);
  channel.tell("ready", hello());
  return channel;
}
