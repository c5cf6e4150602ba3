"""romeo by aioxmpp, in its own environment: logs in, speaks, prints what it hears as JSON.

Arguments: port, domain, receiver, text.
The password comes on the standard input.
"""

import asyncio
import json
import sys

import aioxmpp
import aioxmpp.connector
import aioxmpp.dispatcher


def tell(what, value):
    """Print one fact as a line."""
    print(json.dumps({what: value}), flush=True)


async def main(port, domain, receiver, text):
    """Log in, say a text, hear one, and log out; status 1 where any of it fails."""
    password = sys.stdin.readline().rstrip("\n")
    security = aioxmpp.make_security_layer(password)
    romeo = aioxmpp.PresenceManagedClient(
        aioxmpp.JID(localpart="romeo", domain=domain, resource="aioxmpp"),
        security,
        # Host and port are given; nothing is looked up.
        override_peer=[("127.0.0.1", int(port), aioxmpp.connector.STARTTLSConnector())],
        max_initial_attempts=1,
    )
    heard = asyncio.get_running_loop().create_future()

    def hear(message):
        if message.body and not heard.done():
            heard.set_result(message.body.any())

    dispatcher = romeo.summon(aioxmpp.dispatcher.SimpleMessageDispatcher)
    dispatcher.register_callback(None, None, hear)
    try:
        async with romeo.connected() as stream:
            tell("online", str(romeo.local_jid))
            message = aioxmpp.Message(
                type_=aioxmpp.MessageType.CHAT, to=aioxmpp.JID.fromstr(receiver)
            )
            message.body[None] = text
            await stream.send(message)
            tell("heard", await heard)
    except Exception as error:  # noqa: BLE001 (the test is told whatever it is)
        tell("error", f"{type(error).__name__}: {error}")
        raise SystemExit(1) from None


asyncio.run(main(*sys.argv[1:]))
