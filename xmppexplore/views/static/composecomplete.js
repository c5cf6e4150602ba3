// What may stand where somebody types, offered below the cursor.  Joined after composefield.js.

/** Where a position of the text is on the page: the painted text behind the field knows. */
function boxAt(paper, at) {
  const walker = document.createTreeWalker(paper, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let rest = at; walker.nextNode(); rest -= walker.currentNode.length) {
    if (rest > walker.currentNode.length) continue;
    range.setStart(walker.currentNode, rest);
    range.collapse(true);
    return range.getBoundingClientRect();
  }
  return paper.getBoundingClientRect();
}

/** Which part of a node can be seen, from top to bottom: what scrolls around it may hide the rest. */
function seenOf(node) {
  let { top, bottom } = node.getBoundingClientRect();
  // The body's own box may be empty, where all in it is placed by itself.
  for (let around = node.parentElement; around && around !== document.body; around = around.parentElement) {
    if (getComputedStyle(around).overflowY === "visible") continue;
    const box = around.getBoundingClientRect();
    [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
  }
  return { top, bottom };
}

/** What has just begun at the end of a text: a tag, an attribute, or a value in quotes. */
const BEGUN = /^<(?:[^\s<>/!?='"]+(?:\s+[^\s<>/='"]+\s*=\s*(?:'[^'>]*'|"[^">]*"))*\s+(?:[^\s<>/='"]+\s*=\s*['"])?)?$/;
const SETTLING = 80; // ms without a key after which a narrower list is asked for

/**
 * @param field  the text field; the list stands in its `el`'s parent.
 * @param ask    function(text, serial): asks Python what may follow this text.
 */
function makeCompleter(field, ask) {
  const id = `xx-completions-${Math.random().toString(36).slice(2, 8)}`;
  const el = make("div", "xx-compose-completions", null, { id, role: "listbox", "aria-label": "What may stand here" });
  const { input } = field;
  let found = []; // the last answer
  let more = 0; // what it left out
  let items = []; // what of it begins like the stretch from `from` to the cursor
  let from = 0;
  let active = 0;
  let asked = ""; // the text that the last question was about
  let serial = 0; // of it
  let waiting = false; // for its answer
  let byKey = false; // whether a key asked for the list
  let timer = 0;
  el.hidden = true;
  input.setAttribute("aria-controls", id);
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-haspopup", "listbox");
  const before = () => input.value.slice(0, input.selectionStart);
  const close = () => {
    clearTimeout(timer);
    serial++; // an answer on its way comes too late
    waiting = byKey = false;
    found = items = [];
    el.hidden = true;
    input.removeAttribute("aria-activedescendant");
  };
  const request = () => {
    clearTimeout(timer);
    if (input.selectionStart !== input.selectionEnd) return close();
    waiting = true;
    asked = before();
    ask(asked, ++serial);
  };
  const requestSoon = () => {
    clearTimeout(timer);
    serial++;
    waiting = true;
    timer = setTimeout(request, SETTLING);
  };
  const activate = (n) => {
    el.children[active]?.setAttribute("aria-selected", "false");
    active = Math.min(Math.max(n, 0), items.length - 1);
    const one = el.children[active];
    one.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", one.id);
    one.scrollIntoView({ block: "nearest" });
  };
  const accept = (item) => {
    const caret = input.selectionStart;
    close();
    field.insert(from, caret, item.text);
    const end = input.selectionStart;
    if (item.kind === "attribute") {
      input.setSelectionRange(end - 1, end - 1); // between the quotes
      request();
    } else if (item.kind === "value" && /['"]/.test(input.value[end] ?? "")) input.setSelectionRange(end + 1, end + 1);
  };
  const option = (item, n) => {
    const one = make("div", "xx-compose-completion", null, { role: "option", id: `${id}-${n}`, "aria-selected": "false" });
    one.append(showText(make("code"), item.label), showText(make("span", "xx-compose-says"), item.says), showText(make("span", "xx-compose-section"), item.required ? `${item.document}, required` : item.document));
    one.onclick = () => accept(item);
    return one;
  };
  const place = () => {
    const [around, caret] = [el.offsetParent.getBoundingClientRect(), boxAt(field.paper, input.selectionStart)];
    const [bounds, seen] = [seenOf(el.closest(".xx")), seenOf(field.paper)];
    // A line that was scrolled out of the field has the list at the field's edge.
    const box = { left: caret.left, top: Math.min(caret.top, seen.bottom), bottom: Math.max(Math.min(caret.bottom, seen.bottom), seen.top) };
    const scale = around.width / el.offsetParent.offsetWidth || 1; // of a page that is zoomed by style
    const [above, below] = [(box.top - bounds.top) / scale - 10, (bounds.bottom - box.bottom) / scale - 10];
    const upward = below < 120 && above > below;
    el.style.maxHeight = `${Math.min(230, Math.max(96, upward ? above : below))}px`;
    el.style.top = `${upward ? (box.top - around.top) / scale - 3 - el.offsetHeight : (box.bottom - around.top) / scale + 3}px`;
    el.style.left = `${Math.max(0, Math.min((box.left - around.left) / scale, el.offsetParent.offsetWidth - el.offsetWidth))}px`;
  };
  /** Show what of the last answer fits the text as it is now; false where that is nothing. */
  const narrow = () => {
    const held = items[active]?.text;
    const typed = before().slice(from);
    items = found.filter((item) => (item.text[0] === "<" ? `<${item.label}` : item.label).startsWith(typed));
    el.replaceChildren(...items.map(option));
    el.hidden = !items.length;
    if (el.hidden) {
      input.removeAttribute("aria-activedescendant");
      return more > 0 && !/[\s<>'"]/.test(typed);
    }
    if (more) el.append(make("div", "xx-compose-quiet", `${more} more: type on`, { role: "presentation" }));
    place();
    active = 0;
    activate(items.findIndex((item) => item.text === held));
    return true;
  };
  const sayNothing = () => {
    el.replaceChildren(make("div", "xx-compose-quiet", "Nothing is known to stand here.", { role: "status" }));
    el.hidden = false;
    place();
  };
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.isComposing) return;
    if (event.key === " " && event.ctrlKey) {
      byKey = true;
      request();
    } else if (event.ctrlKey || event.metaKey) {
      if (event.key === "Enter") close(); // it is sent
      return;
    } else if (el.hidden) return;
    else if (event.key === "Escape") close();
    else if (event.key in steps && items.length) activate(active + steps[event.key]);
    else if (event.key === "Enter" && items.length) accept(items[active]);
    else {
      if (/^(Arrow|Page|Home|End)/.test(event.key)) close();
      return; // Tab too: it leads on to the next thing, as everywhere on the page
    }
    event.preventDefault();
    event.stopPropagation();
  });
  el.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  input.addEventListener("blur", close);
  input.addEventListener("pointerdown", close);
  field.el.addEventListener("scroll", () => el.hidden || place());
  return {
    el,
    close,
    /** The text changed: go on with what is offered, or begin where a person typed a beginning. */
    typed(was, now) {
      if (document.activeElement !== input) return close();
      const text = before();
      // An answer that is not here yet: a name may be typed on meanwhile, anything else ends it.
      const going = el.hidden
        ? waiting && text.startsWith(asked) && !/[\s<>/'"]/.test(text.slice(asked.length))
        : items.length && text.length >= from && narrow();
      if (going) return requestSoon();
      close();
      const [start, , end] = differenceOf(was, now);
      const key = end - start === 1; // more at once was pasted, or put there by a template
      if (key && BEGUN.test(text.slice(text.lastIndexOf("<")))) request();
    },
    show(content) {
      if (content.serial !== serial || before() !== asked) return;
      waiting = false;
      // Its other attributes may stand behind the cursor.
      const behind = /^[^<>]*/.exec(input.value.slice(asked.length))[0];
      const there = new Set([...behind.matchAll(/([^\s=]+)\s*=/g)].map((match) => match[1]));
      found = content.items.filter((item) => item.kind !== "attribute" || !there.has(item.label));
      more = content.more;
      const typed = content.items[0]?.typed ?? 0; // characters; the text counts UTF-16 units
      from = asked.length - (typed ? [...asked].slice(-typed).join("").length : 0);
      if (narrow() || items.length) return;
      if (byKey) sayNothing();
      else close();
    },
  };
}
