// Parts of the composer: templates to choose from, objections, the answer, what was sent.
// Joined after composefield.js.

const STATE_WORDS = { sending: "sending", waiting: "waiting", written: "written", result: "result", error: "error", timeout: "no answer", lost: "lost", failed: "not sent" };

/** The templates: one list, narrowed by what is typed, used by keys or pointer. */
function makeChooser(picked, closed) {
  const id = `xx-templates-${Math.random().toString(36).slice(2, 8)}`;
  const el = make("div", "xx-compose-chooser");
  const sought = make("input", "xx-input", null, { type: "search", role: "combobox", "aria-label": "Search templates", "aria-controls": id, "aria-expanded": "true", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", placeholder: "Search: archive, XEP-0045, roster \u2026" });
  const count = make("span", "xx-compose-count", "", { role: "status" });
  const list = make("div", "xx-compose-templates", null, { id, role: "listbox", "aria-label": "Templates" });
  const top = make("div", "xx-compose-search");
  let options = []; // {el, box, item, hay}
  let active = -1;
  top.append(sought, count);
  el.append(top, list);
  el.hidden = true;
  const visible = () => options.filter((one) => !one.el.hidden);
  const activate = (n) => {
    const seen = visible();
    list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    active = seen.length ? Math.min(Math.max(n, 0), seen.length - 1) : -1;
    const one = seen[active]?.el;
    sought.setAttribute("aria-activedescendant", one?.id ?? "");
    one?.setAttribute("aria-selected", "true");
    one?.scrollIntoView({ block: "nearest" });
  };
  const narrow = () => {
    const words = sought.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const one of options) one.el.hidden = !words.every((word) => one.hay.includes(word));
    for (const box of list.children) box.hidden = ![...box.children].some((child) => child.role === "option" && !child.hidden);
    const seen = visible().length;
    count.textContent = seen === options.length ? `${seen} templates` : `${seen} of ${options.length}`;
    list.scrollTop = 0;
    activate(0);
  };
  const open = (on) => {
    el.hidden = !on;
    if (on) {
      sought.focus();
      sought.select();
    } else closed();
  };
  const pick = (one) => {
    open(false);
    picked(one.item);
  };
  sought.addEventListener("input", narrow);
  sought.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in steps) activate(active + steps[event.key]);
    else if (event.key === "Enter" && active >= 0) pick(visible()[active]);
    else if (event.key === "Escape") open(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return {
    el,
    open,
    get loaded() {
      return options.length > 0;
    },
    load(groups) {
      options = [];
      list.replaceChildren();
      for (const group of groups) {
        const box = make("div", "xx-compose-group", null, { role: "group", "aria-label": `${group.document} ${group.title}` });
        const head = make("div", "xx-compose-document", null, { role: "presentation" });
        head.append(make("b", "", group.document), ` ${group.title}${group.status ? ` (${group.status})` : ""}`);
        box.append(head);
        for (const item of group.items) {
          const option = make("div", "xx-compose-option", item.title, { role: "option", "aria-selected": "false", id: `${id}-${item.number}` });
          const hay = `${group.document} ${group.title} ${item.title} ${item.xml}`.toLowerCase();
          const one = { el: option, item: { ...item, document: group.document, about: group.title }, hay };
          option.onclick = () => pick(one);
          options.push(one);
          box.append(option);
        }
        list.append(box);
      }
      narrow();
    },
  };
}

/** What is thought of the text: each objection leads to its place. */
function makeVerdict(goTo) {
  const el = make("div", "xx-compose-verdict");
  const head = make("div", "xx-compose-head", "", { role: "status" });
  const list = make("ol", "xx-compose-objections", null, { "aria-label": "Objections" });
  const quiet = make("div", "xx-compose-quiet");
  el.append(head, list, quiet);
  const headOf = (verdict) => {
    const count = verdict.objections.length + verdict.more;
    if (verdict.state === "empty") return "";
    if (verdict.state === "broken") return verdict.warning ? "No server would take this as it stands" : "This cannot be sent as it stands";
    if (count) return count === 1 ? "1 objection" : `${count} objections`;
    return verdict.unchecked.length ? "No objection to what is defined here" : "No objection";
  };
  const objection = (one) => {
    const button = make("button", "xx-compose-objection", null, { type: "button", "data-severity": one.severity, "data-line": one.line, "data-column": one.column });
    const words = make("span", "xx-compose-words");
    words.append(showText(make("b"), one.sentence), showText(make("span", "xx-compose-advice"), one.advice));
    button.append(make("span", "xx-compose-place", `${one.line}:${one.column}`, { title: `line ${one.line}, column ${one.column}` }), words, showText(make("span", "xx-compose-section"), one.section));
    button.onclick = () => goTo(one);
    const item = make("li");
    item.append(button);
    return item;
  };
  return {
    el,
    show(verdict, hidden) {
      el.dataset.state = verdict.state;
      const mark = { good: "\u2713 ", departs: "\u2717 ", broken: "\u2717 " }[verdict.state] ?? "";
      head.textContent = mark + headOf(verdict);
      list.replaceChildren(...verdict.objections.map(objection));
      const lines = [...verdict.notes];
      if (verdict.more) lines.push(`${verdict.more} more objections are not listed.`);
      const rest = verdict.uncheckedMore ? ` and ${verdict.uncheckedMore} more` : "";
      if (verdict.unchecked.length) lines.push(`Not checked, since not defined here: ${verdict.unchecked.join(", ")}${rest}`);
      if (hidden.length) lines.push(`Characters that cannot be seen: ${hidden.map((one) => one[2]).join(", ")}`);
      quiet.replaceChildren(...lines.map((line) => showText(make("div"), line)));
    },
  };
}

/** The answer to one that was sent: how it went, what came, and what each part means. */
function makeAnswer(ask) {
  const el = make("section", "xx-compose-answer", null, { "aria-label": "Answer" });
  const head = make("div", "xx-compose-outcome", null, { role: "status" });
  const meaning = make("div", "xx-compose-meaning");
  const pretty = make("pre", "xx-pretty xx-compose-pretty", null, { tabindex: "0", role: "region", "aria-label": "Answer as XML" });
  const note = make("div", "xx-compose-quiet");
  const more = make("details", "xx-compose-explain");
  const lines = make("div", "xx-compose-lines");
  more.append(make("summary", "", "What it says, line by line"), lines);
  el.append(head, meaning, pretty, note, more);
  let shown = null; // the entry
  let asked = 0; // number whose answer is here or on its way
  const line = (row) => {
    const node = make("div", "xx-compose-line", null, { "data-what": row.what });
    node.style.setProperty("--xx-depth", Math.min(row.depth, 12));
    node.append(showText(make("code"), row.name), showText(make("span"), row.says), showText(make("span", "xx-compose-section"), row.section), showText(make("span", "xx-compose-decoded"), row.decoded));
    return node;
  };
  more.addEventListener("toggle", () => {
    if (more.open && shown?.answered && !lines.children.length) ask("explain", { number: shown.number });
  });
  return {
    el,
    get number() {
      return shown?.number ?? 0;
    },
    show(entry) {
      if (shown?.number !== entry.number) {
        pretty.textContent = note.textContent = "";
        lines.replaceChildren();
        asked = 0;
      }
      shown = entry;
      el.dataset.state = entry.state;
      head.replaceChildren(make("span", "xx-compose-badge", STATE_WORDS[entry.state] ?? entry.state), showText(make("b"), entry.condition), make("span", "xx-compose-took", entry.took), showText(make("span", "xx-compose-wordy"), [entry.words, entry.note].filter(Boolean).join("; ")));
      meaning.replaceChildren(...entry.meaning.map((text) => showText(make("div"), text)));
      meaning.hidden = !entry.meaning.length;
      pretty.hidden = more.hidden = !entry.answered;
      if (entry.answered && asked !== entry.number) {
        asked = entry.number;
        ask("look", { number: entry.number });
        if (more.open) ask("explain", { number: entry.number });
      }
    },
    look(content) {
      if (content.number !== shown?.number) return;
      pretty.textContent = "";
      showXml(pretty, content.pretty);
      const cut = content.cut ? `${content.cut.toLocaleString("en")} more characters: session.item(row) has all. ` : "";
      showText(note, [content.title, cut, content.note].filter(Boolean).join(". "));
    },
    explained(content) {
      if (content.number !== shown?.number) return;
      lines.replaceChildren(...content.rows.map(line));
      if (content.more) lines.append(make("div", "xx-compose-quiet", `${content.more} more lines: explain(session.element(row))`));
    },
  };
}

/** What was sent, newest first. */
function makeSentList(chosen) {
  const el = make("section", "xx-compose-history", null, { "aria-label": "Sent from here" });
  const list = make("ol", "xx-compose-sent");
  el.append(make("div", "xx-heading", "Sent from here"), list);
  const nodes = new Map();
  return {
    el,
    put(entry) {
      let node = nodes.get(entry.number);
      if (!node) {
        node = make("li", "", null, { "data-number": entry.number });
        const before = [...list.children].find((one) => Number(one.dataset.number) < entry.number);
        list.insertBefore(node, before ?? null);
        nodes.set(entry.number, node);
        if (list.children.length > 100) {
          nodes.delete(Number(list.lastChild.dataset.number));
          list.lastChild.remove();
        }
      }
      node.dataset.state = entry.state;
      const when = new Date(entry.at).toLocaleTimeString("en-GB");
      const button = make("button", "xx-compose-one", null, { type: "button", title: "Bring it back" });
      button.append(make("span", "xx-compose-nth", `${entry.number}`), showText(make("span", "xx-compose-kind"), entry.kind), showText(make("span", "xx-compose-state"), entry.condition || STATE_WORDS[entry.state]), make("span", "xx-compose-took", entry.took), make("span", "xx-compose-when", when));
      button.onclick = () => chosen(entry.number);
      const held = node.contains(document.activeElement);
      node.replaceChildren(button);
      if (held) button.focus();
    },
    select(number) {
      for (const [key, node] of nodes) node.toggleAttribute("data-shown", key === number);
    },
  };
}
