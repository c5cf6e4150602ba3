// The connect panel: a form, the steps of the login, and how it ended.  Joined after shared.js.
// A view holds nothing but what is typed; Python tells it the whole state whenever it changed.

const BAND_OF = { TCP: "plain", TLS: "tls", authenticated: "authenticated", ready: "ready" };
const SIGNS = { done: ["\u2713", "done"], wrong: ["\u2717", "failed"], after: ["", "afterwards"], now: ["", "now"] };

/** Which sign a step has: only the newest of a login under way is not done yet. */
function signFor(step, last, busy) {
  if (step.tone) return step.tone === "error" ? "wrong" : "after";
  return last && busy ? "now" : "done";
}

function makeLoginStep(step, sign, at) {
  const el = make("li", "xx-login-step", null, { "data-sign": sign, "data-colour": BAND_OF[step.band] ?? "plain" });
  const [mark, words] = SIGNS[sign];
  el.append(
    make("span", "xx-login-sign", mark, { role: "img", "aria-label": words }),
    showText(make("b"), step.title),
    showText(make("span", "xx-login-words"), step.sentence),
    showText(make("span", "xx-login-section"), step.section),
    make("span", "xx-login-when", at),
  );
  return el;
}

function render({ model, el }) {
  const root = make("div", "xx xx-connect", null, { role: "group", "aria-label": "Connect to an XMPP server", "data-lm-suppress-shortcuts": "true" });
  const head = make("div", "xx-connect-head");
  const status = make("span", "xx-connect-status", "", { role: "status", tabindex: "-1" });
  const message = make("div", "xx-message", null, { role: "alert" });
  const trouble = make("div", "xx-message", null, { role: "alert" });
  const form = make("div", "xx-connect-form");
  const main = make("div", "xx-connect-main");
  const more = make("details", "xx-connect-more");
  const further = make("div", "xx-connect-further");
  const buttons = make("div", "xx-connect-buttons", null, { role: "group", "aria-label": "Actions" });
  const error = make("div", "xx-connect-error", null, { role: "alert" });
  const facts = make("dl", "xx-connect-facts");
  const next = make("p", "xx-connect-next");
  const steps = make("ol", "xx-login-steps", null, { "aria-label": "Steps of the login", tabindex: "0" });
  const took = make("p", "xx-connect-took");
  const button = (text, op, main = false) => {
    const made = make("button", main ? "xx-button xx-main" : "xx-button", text, { type: "button" });
    // The second click of a double click may meet the button that came in the place of this one.
    made.onclick = (event) => event.detail > 1 || made.getAttribute("aria-disabled") === "true" || act(op);
    buttons.append(made);
    return made;
  };
  const actions = {
    connect: button("Connect", "connect", true),
    cancel: button("Cancel", "cancel"),
    sandbox: button("Open a sandbox", "sandbox"),
    disconnect: button("Disconnect", "disconnect"),
  };
  actions.sandbox.title = "A server inside this kernel: no account and no network is needed";
  let fields = {};
  let version = 0;
  let shownError = -1;
  let shown = []; // what each step on the page was made of
  let last = { busy: false, open: false, status: "" };

  const act = (op) => {
    const values = {};
    for (const [name, field] of Object.entries(fields)) values[name] = field.get();
    const sent = op === "connect" ? values : op === "sandbox" ? { ...values, password: "" } : {};
    channel.tell(op, { values: sent });
    if (op === "connect" || op === "sandbox") fields.password?.set("");
  };
  const build = (content) => {
    if (Object.keys(fields).length) return; // told again to another view, or after a silence
    for (const spec of content.fields) {
      fields[spec.name] = makeField(spec);
      (spec.more ? further : main).append(fields[spec.name].el);
    }
    version = 0;
  };
  const showError = (state) => {
    error.hidden = !state.error;
    const meant = state.error?.fields ?? [];
    for (const [name, field] of Object.entries(fields)) field.mark(meant.includes(name));
    if (!state.error || shownError === state.attempt) return;
    shownError = state.attempt;
    error.replaceChildren(showText(make("b"), state.error.title), showText(make("span"), state.error.text));
    if (meant.some((name) => fields[name]?.spec.more)) more.open = true;
    // Focus only moves where the person is: another view of the panel must not take it.
    if (root.contains(document.activeElement)) fields[meant[0]]?.input.focus();
  };
  const showSteps = (state) => {
    const made = state.steps.map((step, i) => {
      const sign = signFor(step, i === state.steps.length - 1, state.busy && !state.closing);
      return [JSON.stringify([step, sign]), step, sign];
    });
    made.forEach(([key, step, sign], i) => {
      if (shown[i] === key) return; // what stands there is left alone: somebody may be reading
      const node = makeLoginStep(step, sign, `${Math.round(step.time * 1000)} ms`);
      if (steps.children[i]) steps.children[i].replaceWith(node);
      else steps.append(node);
    });
    while (steps.children.length > made.length) steps.lastChild.remove();
    const grown = made.length > shown.length;
    shown = made.map(([key]) => key);
    steps.hidden = !made.length;
    if (grown) steps.scrollTop = steps.scrollHeight;
    // It is over: a reader begins at the beginning, or where it went wrong.
    if (last.busy && !state.busy) {
      const wrong = steps.querySelector('[data-sign="wrong"]');
      steps.scrollTop = wrong ? wrong.offsetTop - steps.offsetTop - 90 : 0;
    }
    const earlier = state.earlier ? `${state.earlier.toLocaleString("en")} earlier steps are in panel.recording.handshake. ` : "";
    const done = state.took >= 0 ? `Logged in after ${Math.round(state.took * 1000)} ms. ` : "";
    took.textContent = earlier + done;
    took.hidden = !took.textContent;
  };
  const showSession = (state) => {
    facts.hidden = !state.facts.length;
    facts.replaceChildren(...state.facts.flatMap(([label, value]) => [make("dt", "", label), showText(make("dd"), value)]));
    next.hidden = !state.open;
  };
  const draw = (state) => {
    const held = root.contains(document.activeElement);
    if (version !== state.version) {
      version = state.version;
      for (const [name, field] of Object.entries(fields)) if (name in state.values) field.set(state.values[name]);
    }
    showText(status, state.status);
    root.dataset.state = state.open ? "open" : state.error ? "failed" : state.busy ? "busy" : "idle";
    form.hidden = state.open || state.closing;
    for (const field of Object.values(fields)) field.input.disabled = state.busy;
    actions.connect.hidden = actions.sandbox.hidden = form.hidden;
    actions.connect.setAttribute("aria-disabled", String(state.busy));
    actions.sandbox.setAttribute("aria-disabled", String(state.busy));
    actions.sandbox.textContent = state.known ? "Connect to the sandbox" : "Open a sandbox";
    actions.cancel.hidden = !state.busy || state.closing;
    actions.disconnect.hidden = !state.open || state.closing;
    showSession(state);
    showSteps(state);
    showError(state);
    // What had the focus may be hidden or disabled now; the notebook must not get the keys.
    if (held && !error.contains(document.activeElement) && !stillThere(document.activeElement)) status.focus();
    last = state;
  };
  const stillThere = (node) => root.contains(node) && !node.disabled && node.offsetParent !== null;
  const handlers = {
    form: build,
    state: draw,
    trouble: (content) => showIn(trouble, content.text),
    dead() {
      root.setAttribute("inert", "");
      showText(status, "No longer live");
    },
    alive() {
      root.removeAttribute("inert");
      showText(status, last.status);
    },
  };
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.repeat || event.target.tagName === "SUMMARY" || last.busy) return;
    event.preventDefault();
    act("connect");
  });
  head.append(make("span", "xx-title", "Connect to an XMPP server"), status);
  more.append(make("summary", "", "More"), further);
  next.append("In the next cell: ", make("code", "", "session = await panel"), ", if you have called it so; else ", make("code", "", "session = xmppexplore.sessions()[-1]"));
  form.append(main, more);
  root.append(head, message, trouble, form, facts, next, buttons, error, steps, took);
  el.append(root);
  const say = (text) => showIn(message, text);
  say("");
  showIn(trouble, "");
  for (const node of [error, facts, next, steps, took, actions.cancel, actions.disconnect]) node.hidden = true;
  const channel = openChannel({ model, el, handlers, say, hello: () => ({}) });
  return () => {
    fields.password?.set("");
    channel.close();
  };
}

export default { render };
