"""The network: the tap, the slixmpp client, a stream without a client, the event loop."""
