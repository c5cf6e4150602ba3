"""An XMPP server for one kernel: a machine and a realm without I/O, modules, and the net."""
