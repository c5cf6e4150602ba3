// XML as coloured text.  Joined after shared.js.

/**
 * What a text of XML is made of, also one that is cut off or half typed.
 *
 * Yields [kind, start, end]; the kind is a class of shared.css, "" for text between tags.
 */
function* xmlTokens(xml) {
  const token = /(<[/?!]?)([^\s<>/="']*)|(\s[^\s<>/="']+)(=)("[^"]*"|'[^']*')|([/?]?>)|([^<>]+?(?=\s[^\s<>/="']+=["']|[/?]?>|<)|[^<>]+|[\s\S])/y;
  let inside = false;
  let at = 0;
  for (let match; at < xml.length && (match = token.exec(xml)); at = token.lastIndex) {
    const [all, open, name, key, equals, value, close] = match;
    if (open !== undefined) {
      inside = true;
      yield ["xx-punct", at, at + open.length];
      if (name) yield ["xx-tag", at + open.length, token.lastIndex];
    } else if (inside && key !== undefined) {
      const [ends, begins] = [at + key.length, at + key.length + equals.length];
      yield ["xx-attr", at, ends];
      yield ["xx-punct", ends, begins];
      yield ["xx-value", begins, begins + value.length];
    } else if (inside && close !== undefined) {
      inside = false;
      yield ["xx-punct", at, token.lastIndex];
    } else yield ["", at, at + all.length];
  }
}

/** Pretty XML with its tags, attributes and values in colours of the theme. */
function showXml(node, xml) {
  for (const [kind, start, end] of xmlTokens(xml)) {
    appendText(kind ? node.appendChild(make("span", kind)) : node, xml.slice(start, end), "\n");
  }
}
