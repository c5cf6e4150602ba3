// The composer: a text, what is thought of it, and the answer beside it.  Joined after
// composeparts.js.  What is typed leaves this page as messages to the kernel and in no other way.

const PAUSE = 200; // ms without a key after which the text is checked

function render({ model, el }) {
  const root = make("div", "xx xx-compose", null, { role: "group", "aria-label": "Composer", "data-lm-suppress-shortcuts": "true" });
  const head = make("div", "xx-compose-top");
  const title = make("span", "xx-title", "Compose");
  const status = make("span", "xx-compose-status", "", { role: "status" });
  const message = make("div", "xx-message", null, { role: "alert" });
  const trouble = make("div", "xx-message", null, { role: "alert" });
  const body = make("div", "xx-compose-body");
  const question = make("section", "xx-compose-question", null, { "aria-label": "What to send" });
  const tools = make("div", "xx-compose-tools");
  const choose = make("button", "xx-button", "Templates", { type: "button", "aria-expanded": "false" });
  const desk = make("div", "xx-compose-desk");
  const actions = make("div", "xx-compose-actions");
  const send = make("button", "xx-button xx-main", "Send", { type: "button" });
  const insist = make("button", "xx-button xx-compose-insist", "Send anyway \u2026", { type: "button" });
  const keys = `${/Mac|iP/.test(navigator.platform) ? "\u2318" : "Ctrl"}+Enter sends, Ctrl+Space completes`;
  const hint = make("span", "xx-compose-hint", keys, { "aria-live": "polite" });
  const why = make("div", "xx-compose-why", null, { role: "status" });
  const confirm = make("div", "xx-compose-confirm", null, { role: "alertdialog", "aria-label": "Send in spite of this?" });
  const warning = make("p");
  const doIt = make("button", "xx-button xx-compose-do", "", { type: "button" });
  const keep = make("button", "xx-button", "Do not send", { type: "button" });
  const reply = make("div", "xx-compose-reply");
  const nothing = make("p", "xx-compose-nothing", "The answer will stand here.");

  const empty = { state: "empty", objections: [], unchecked: [], notes: [], warning: "", more: 0, uncheckedMore: 0 };
  const entries = new Map();
  let verdict = empty;
  let open = false;
  let standing = ""; // how the session stands, in a word
  let serial = 0;
  let pending = 0; // the serial of what is to be sent, until the kernel says something of it
  let insisting = false; // whether it is sent in spite of what is said of it
  let timer = 0;

  const check = () => {
    clearTimeout(timer);
    timer = 0;
    channel.tell("check", { text: field.text, serial: ++serial });
  };
  const changed = (before, after, followed) => {
    serial++; // what is on its way is about an older text
    hint.textContent = keys;
    template.follow(before, after, followed);
    askAgain(false);
    clearTimeout(timer);
    timer = setTimeout(check, PAUSE);
    completer.typed(before, after);
  };
  const template = makeTemplate((text, name) => field.set(text, false, name));
  const field = makeTextField(changed, template.keep, template.restore);
  const completer = makeCompleter(field, (text, number) => channel.tell("complete", { text, serial: number }));
  const goTo = (one) => field.goTo(offsetOf(field.text, one.line, one.column));
  const thoughts = makeVerdict(goTo);
  const answer = makeAnswer((op, content) => channel.tell(op, content));
  const sentList = makeSentList((number) => {
    select(number);
    channel.tell("look", { number, recall: true });
  });
  const chooser = makeChooser(
    (item) => useTemplate(item),
    () => {
      choose.setAttribute("aria-expanded", "false");
      choose.focus();
    },
  );

  const useTemplate = (item) => {
    field.set(template.use(item), false);
    field.input.focus();
    check();
  };
  const bringBack = (text) => {
    template.clear();
    field.set(text);
    field.input.focus();
  };

  const showVerdict = () => {
    const text = field.text;
    thoughts.show(verdict, hiddenIn(text, 10));
    const kinds = { error: "xx-compose-wrong", warning: "xx-compose-doubt" };
    field.mark(verdict.objections.map((one) => [...extentAt(text, offsetOf(text, one.line, one.column)), kinds[one.severity] ?? kinds.error]));
    showActions();
  };
  const showActions = () => {
    const sendable = open && verdict.state === "good";
    send.setAttribute("aria-disabled", String(!sendable));
    insist.hidden = !open || !verdict.warning || !confirm.hidden;
  };
  const askAgain = (on) => {
    confirm.hidden = !on;
    showActions();
    if (!on) return;
    warning.textContent = verdict.warning;
    doIt.textContent = verdict.state === "broken" ? "Send it and lose the session" : "Send it as it is";
    keep.focus();
  };
  const submit = (insisted = "") => {
    if (pending) return; // a kernel that is busy would send it once for each try
    clearTimeout(timer);
    timer = 0;
    insisting = Boolean(insisted);
    channel.tell("send", { text: field.text, insist: insisted, serial: ++serial });
    pending = serial;
  };
  const select = (number) => {
    const entry = entries.get(number);
    if (!entry) return;
    nothing.hidden = true;
    answer.el.hidden = false;
    answer.show(entry);
    sentList.select(number);
  };
  const put = (entry) => {
    entries.set(entry.number, entry);
    entries.delete(entry.number - 100); // as many as Python remembers
    sentList.put(entry);
    sentList.el.hidden = false;
    if (answer.number === entry.number) answer.show(entry);
  };

  choose.onclick = () => {
    const on = chooser.el.hidden;
    if (on && !chooser.loaded) channel.tell("templates");
    choose.setAttribute("aria-expanded", String(on));
    chooser.open(on);
  };
  // A double click is one act, and so is a key that is held.
  send.onclick = (event) => event.detail > 1 || send.getAttribute("aria-disabled") === "true" || submit();
  insist.onclick = () => askAgain(true);
  doIt.onclick = (event) => {
    if (event.detail > 1) return; // the first click of the two was for "Send anyway"
    const insisted = verdict.state;
    askAgain(false);
    submit(insisted);
    field.input.focus();
  };
  keep.onclick = () => {
    askAgain(false);
    insist.focus();
  };
  confirm.addEventListener("keydown", (event) => event.key === "Escape" && keep.onclick());
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    // The kernel judges the text as it is now, whatever the button says of an older one.
    if (open && field.text.trim() && confirm.hidden && !event.repeat) submit();
  });

  const handlers = {
    state(content) {
      open = content.open;
      title.textContent = `Compose as ${content.name}`;
      standing = content.status;
      showText(status, standing);
      root.dataset.open = String(content.connected);
      showIn(why, content.why);
      if (open) showActions();
      else askAgain(false); // there is nothing left to insist on
    },
    text: (content) => field.begin(content.text),
    history(content) {
      for (const entry of content.entries) put(entry);
      if (content.entries.length && !answer.number) select(content.entries[0].number);
    },
    entry: (content) => put(content.entry),
    verdict(content) {
      const answered = content.serial === pending;
      if (answered) pending = 0;
      if (content.serial !== serial) return;
      showIn(trouble, "");
      verdict = content.verdict;
      // Keys that do nothing would be pressed again: they have no look as the button has.
      if (answered && !insisting && verdict.state !== "good") hint.textContent = "Not sent, because of what is said above";
      showVerdict();
    },
    sent: (content) => select(content.number),
    look(content) {
      if (content.text !== undefined) bringBack(content.text);
      answer.look(content);
    },
    completions: (content) => completer.show(content),
    explained: (content) => answer.explained(content),
    templates: (content) => chooser.load(content.groups),
    trouble(content) {
      pending = 0;
      showIn(trouble, content.text);
    },
    dead() {
      root.setAttribute("inert", "");
      showText(status, "No longer live");
    },
    alive() {
      pending = 0;
      root.removeAttribute("inert");
      showText(status, standing);
    },
  };

  field.undoes(field.input);
  field.undoes(template.el);
  head.append(title, status);
  tools.append(choose, template.chosen);
  confirm.append(warning, doIt, keep);
  actions.append(send, insist, hint);
  desk.append(field.el, completer.el);
  question.append(tools, chooser.el, template.el, desk, thoughts.el, actions, confirm, why);
  reply.append(nothing, answer.el, sentList.el);
  body.append(question, reply);
  root.append(head, message, trouble, body);
  el.append(root);
  for (const node of [insist, confirm, answer.el, sentList.el]) node.hidden = true;
  const say = (text) => showIn(message, text);
  for (const node of [message, trouble, why]) showIn(node, "");
  const channel = openChannel({ model, el, handlers, say, hello: () => ({}) });
  showVerdict();
  return () => {
    clearTimeout(timer);
    completer.close();
    field.stop();
    channel.close();
  };
}

export default { render };
