// A template in the composer: the places of its values in the text, and a field for each.
// Joined after composefield.js.

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;" };
const UNESCAPES = { amp: "&", lt: "<", gt: ">", apos: "'", quot: '"' };
const escapeXml = (text) => text.replace(/[&<>'"]/g, (one) => ESCAPES[one]);
const unescapeXml = (text) => text.replace(/&(amp|lt|gt|apos|quot);/g, (_, name) => UNESCAPES[name]);

/** The values of a template in the text: where each stands, through every edit. */
function makeSlots() {
  let slots = []; // {name, start, end} in the order of the text
  return {
    clear() {
      slots = [];
    },
    copy: () => slots.map((slot) => ({ ...slot })),
    restore(kept) {
      slots = kept.map((slot) => ({ ...slot }));
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
 * The template that the text was made of: its name, and a field for each of its values.
 *
 * @param write  function(text, name): the field of this name was typed into, this is the text now.
 */
function makeTemplate(write) {
  const chosen = make("span", "xx-compose-chosen");
  const el = make("div", "xx-compose-fields", null, { role: "group", "aria-label": "Fields of the template" });
  const slots = makeSlots();
  let item = null;
  let inputs = [];
  let known = ""; // the text
  const show = (other) => {
    if (other === item) return;
    item = other;
    inputs = Object.keys(item?.fields ?? {}).map((name) => makeField({ name, label: name, kind: "text" }));
    for (const one of inputs) {
      one.input.addEventListener("input", () => write(slots.put(known, one.spec.name, one.get()), one.spec.name));
    }
    el.replaceChildren(...inputs.map((one) => one.el));
    chosen.replaceChildren(...(item ? [make("b", "", item.document), ` ${item.title}`] : []));
  };
  el.hidden = true;
  return {
    el,
    chosen,
    /** What undo brings back with the text. */
    keep: () => ({ item, slots: slots.copy() }),
    restore(kept) {
      show(kept.item);
      slots.restore(kept.slots);
    },
    clear() {
      show(null);
      slots.clear();
    },
    /** Take a template; returns its text. */
    use(other) {
      show(other);
      return slots.fill(other.xml, other.fields);
    },
    /** The text is another; `followed` where it was edited, and the values moved with it. */
    follow(before, after, followed) {
      known = after;
      if (followed) slots.follow(before, after);
      for (const one of inputs) {
        const value = slots.valueOf(after, one.spec.name);
        one.input.disabled = value === null;
        if (value !== null && one.get() !== value) one.set(value);
      }
      // None of it is left in the text; undo may bring it back.
      el.hidden = inputs.every((one) => one.input.disabled);
      chosen.hidden = !after || (el.hidden && inputs.length > 0);
    },
  };
}
