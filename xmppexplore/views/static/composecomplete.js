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

/**
 * @param field  the text field; the list stands in its `el`'s parent.
 * @param ask    function(text, serial): asks Python what may follow this text.
 */
function makeCompleter(field, ask) {
  const id = `xx-completions-${Math.random().toString(36).slice(2, 8)}`;
  const el = make("div", "xx-compose-completions", null, { id, role: "listbox", "aria-label": "What may stand here" });
  const { input } = field;
  let items = [];
  let active = 0;
  let serial = 0;
  el.hidden = true;
  input.setAttribute("aria-controls", id);
  input.setAttribute("aria-autocomplete", "list");
  const before = () => input.value.slice(0, input.selectionStart);
  const close = () => {
    serial++; // an answer on its way comes too late
    el.hidden = true;
    input.removeAttribute("aria-activedescendant");
  };
  const request = () => {
    if (input.selectionStart !== input.selectionEnd) return close();
    ask(before(), ++serial);
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
    const typed = item.typed ? [...before()].slice(-item.typed).join("").length : 0;
    close();
    field.insert(caret - typed, caret, item.text);
    const end = input.selectionStart;
    if (item.kind === "attribute") {
      input.setSelectionRange(end - 1, end - 1); // between the quotes
      request();
    } else if (item.kind === "value" && /['"]/.test(input.value[end] ?? "")) input.setSelectionRange(end + 1, end + 1);
  };
  const option = (item, n) => {
    const one = make("div", "xx-compose-completion", null, { role: "option", id: `${id}-${n}`, "aria-selected": "false" });
    one.append(showText(make("code"), item.label), showText(make("span", "xx-compose-says"), item.says), showText(make("span", "xx-compose-section"), item.required ? `${item.document}, required` : item.document));
    one.onpointerdown = (event) => event.preventDefault(); // the field keeps the focus
    one.onclick = () => accept(item);
    return one;
  };
  const place = () => {
    const [around, box] = [el.offsetParent.getBoundingClientRect(), boxAt(field.paper, input.selectionStart)];
    const room = (el.closest(".xx")?.getBoundingClientRect().bottom ?? Infinity) - box.bottom - 10;
    el.style.top = `${box.bottom - around.top + 3}px`;
    el.style.maxHeight = `${Math.min(230, Math.max(96, room))}px`;
    el.style.left = `${Math.max(0, Math.min(box.left - around.left, around.width - el.offsetWidth))}px`;
  };
  input.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key === " " && event.ctrlKey) request();
    else if (el.hidden || event.ctrlKey || event.metaKey || event.isComposing) return;
    else if (event.key in steps) activate(active + steps[event.key]);
    else if (event.key === "Enter" || event.key === "Tab") accept(items[active]);
    else if (event.key === "Escape") close();
    else {
      if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("blur", close);
  input.addEventListener("pointerdown", close);
  return {
    el,
    /** The person typed: go on with what is offered, or begin where a tag or value begins. */
    typed() {
      if (document.activeElement !== input) return;
      if (!el.hidden || /<$|=['"]$/.test(before())) request();
    },
    show(content) {
      if (content.serial !== serial) return;
      items = content.items;
      el.replaceChildren(...items.map(option));
      el.hidden = !items.length;
      if (el.hidden) return;
      if (content.more) el.append(make("div", "xx-compose-quiet", `${content.more} more: type on`, { role: "presentation" }));
      place();
      active = 0;
      activate(0);
    },
  };
}
