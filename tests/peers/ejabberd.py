"""A private ejabberd as a child process: a second independent server beside Prosody.

It runs without Erlang's distribution, so no ``epmd`` is started, no name is taken and no
second port opened.  Users are registered inside it, in the same start.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from tests.peers.child import Child

MODULES: Mapping[str, Mapping[str, Any]] = {
    "mod_avatar": {},
    "mod_blocking": {},
    "mod_caps": {},
    "mod_carboncopy": {},
    "mod_client_state": {},
    "mod_disco": {},
    "mod_last": {},
    "mod_offline": {},
    "mod_ping": {},
    "mod_privacy": {},
    "mod_private": {},
    "mod_pubsub": {"plugins": ["flat", "pep"], "force_node_config": {}},
    "mod_register": {"ip_access": "all"},
    "mod_roster": {"versioning": True},
    "mod_stream_mgmt": {"resend_on_timeout": "if_offline"},
    "mod_time": {},
    "mod_vcard": {"search": False},
    "mod_vcard_xupdate": {},
    "mod_version": {"show_os": False},
}
"""All that it has of what a client meets: module -> options that differ from its own."""

LIBRARIES = Path("/usr/lib")
"""Below it Debian keeps ejabberd, in the folder of the machine's architecture."""

READY = "the users are registered"
_REGISTER = (
    '{{ok, Users}} = file:consult("users"), '
    "[ok = ejabberd_auth:try_register(Name, <<{domain}>>, Password) || {{Name, Password}} <- Users]"
    ', io:format("' + READY + '~n")'
)


@dataclass
class Ejabberd(Child):
    """An ejabberd with its users; use it as a context manager or call start and stop.

    Passwords are kept as SCRAM-SHA-1 keys; PLAIN and the SCRAM mechanisms are offered.

    Attributes:
        modules: module -> its options.
        settings: more options of the top level, by name.
    """

    NAME: ClassVar[str] = "ejabberd"
    UP: ClassVar[str] = "Start accepting T"  # "TCP connections at", "TLS connections at"
    TAKEN: ClassVar[str] = "eaddrinuse"

    domain: str = "ejabberd.example"
    modules: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MODULES)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def _prepare(self) -> None:
        # JSON is YAML; and a JSON string is an Erlang string where it has no \u in it.
        self._file.write_text(json.dumps(self._configuration(), indent=1), encoding="utf-8")
        (self.folder / "users").write_text(
            "".join(
                f"{{<<{_quoted(name)}/utf8>>, <<{_quoted(password)}/utf8>>}}.\n"
                for name, password in self.users.items()
            ),
            encoding="utf-8",
        )

    def _command(self) -> list[str]:
        database = json.dumps(str(self.folder / "db"), ensure_ascii=False)
        register = _REGISTER.format(domain=_quoted(self.domain))
        options = ["-noinput", "-start_epmd", "false", "-mnesia", "dir", database]
        return ["erl", *options, "-s", "ejabberd", "-eval", register]

    def _environment(self) -> dict[str, str]:
        libraries = [str(path.parent) for path in LIBRARIES.glob("*/ejabberd-*") if path.is_dir()]
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "EJABBERD_CONFIG_PATH": str(self._file),
            "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"),
            "ERL_LIBS": libraries[0] if libraries else "",
        }

    def _await_start(self) -> None:
        # The ports open before or after the users are registered.
        super()._await_start()
        if not any(READY in line for line in self.log):
            while READY not in self._next_line():
                pass

    @property
    def _file(self) -> Path:
        return self.folder / "ejabberd.yml"

    def _configuration(self) -> dict[str, Any]:
        certificates: list[str] = []
        listen: dict[str, Any] = {"port": self.port, "ip": self.host, "module": "ejabberd_c2s"}
        listeners = [listen]
        if self.tls:
            pair = self.authority.good(self.domain)
            certificates = [str(pair.chain), str(pair.key)]
            listeners.append({**listen, "port": self.direct_port, "tls": True})
            listen.update({"starttls": True, "starttls_required": True})
        return {
            "hosts": [self.domain],
            "loglevel": "info",
            "certfiles": certificates,
            "acme": {"auto": False},
            "auth_password_format": "scram",
            "registration_timeout": "infinity",
            "listen": listeners,
            "modules": self.modules,
            **self.settings,
        }


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
