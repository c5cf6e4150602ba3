// romeo by @xmpp/client: logs in, says what it is given, prints what it hears as JSON lines.
// Arguments: folder of the installation, port, domain, password, receiver, text.
"use strict";
const path = require("node:path");
const { createRequire } = require("node:module");
const { pathToFileURL } = require("node:url");
// Node.js 18 has it, and not yet as a global.
globalThis.crypto ??= require("node:crypto").webcrypto;

const [folder, port, domain, password, receiver, text] = process.argv.slice(2);

const tell = (what, value) => console.log(JSON.stringify({ [what]: value }));
async function main() {
  const library = createRequire(path.join(folder, "package.json")).resolve("@xmpp/client");
  const { client, xml } = await import(pathToFileURL(library));
  const romeo = client({
    service: `xmpp://127.0.0.1:${port}`,
    domain,
    username: "romeo",
    password,
  });
  let failed = false;
  // Without this it would try for ever; the first refusal is the answer.
  romeo.reconnect.stop();
  romeo.on("error", async (error) => {
    failed = true;
    tell("error", error.code || error.condition || error.message);
    await romeo.stop().catch(() => {});
    process.exit(1);
  });
  romeo.on("stanza", async (stanza) => {
    const body = stanza.is("message") && stanza.getChildText("body");
    if (!body) return;
    tell("heard", body);
    await romeo.stop();
  });
  romeo.on("online", async (address) => {
    tell("online", address.toString());
    await romeo.send(xml("presence"));
    await romeo.send(xml("message", { to: receiver, type: "chat" }, xml("body", {}, text)));
  });
  romeo.start().catch((error) => {
    if (!failed) tell("error", error.code || error.condition || error.message);
    process.exitCode = 1;
  });
}

main();
