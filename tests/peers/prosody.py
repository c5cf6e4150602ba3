"""A private Prosody as a child process: the independent server that truth is held against.

One configuration file, users registered before it starts.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tests.peers.child import Child, free_port, header, run

__all__ = ["FULL_MODULES", "FULL_SETTINGS", "MODULES", "Prosody", "free_port", "header"]

MODULES = ("roster", "saslauth", "tls", "disco", "ping", "smacks")
"""The modules of Prosody that are on unless a test names others."""

FULL_MODULES = (
    *MODULES,
    *("blocklist", "carbons", "csi_simple", "lastactivity", "offline", "pep", "private"),
    *("register", "server_contact_info", "time", "uptime", "vcard_legacy", "version"),
)
"""All that it has of what a client meets; roster versions and pre-approval are in "roster"."""

FULL_SETTINGS = (
    "allow_registration = true",
    # With it a raw socket can log in where there is no TLS, as in ejabberd.
    "allow_unencrypted_plain_auth = true",
    'contact_info = { abuse = { "mailto:abuse@prosody.example" } }',
)


@dataclass
class Prosody(Child):
    """A Prosody with its users; use it as a context manager or call start and stop.

    Attributes:
        modules: modules enabled.
        memory: keep all data in memory (Prosody's file storage stalls on archives of
            tens of thousands of messages).
        settings: more lines for the configuration, each as it stands in the file.
        components: more lines behind the host, ``Component "rooms.DOMAIN" "muc"`` and such.
    """

    NAME: ClassVar[str] = "prosody"
    UP: ClassVar[str] = "Activated service 'c2s"
    TAKEN: ClassVar[str] = "Failed to open server port"

    domain: str = "prosody.example"
    modules: Sequence[str] = MODULES
    memory: bool = False
    settings: Sequence[str] = ()
    components: Sequence[str] = ()

    def _prepare(self) -> None:
        certificates = self.folder / "certificates"
        certificates.mkdir(exist_ok=True)
        pair = self.authority.good(self.domain)
        shutil.copy(pair.chain, certificates / f"{self.domain}.crt")
        shutil.copy(pair.key, certificates / f"{self.domain}.key")
        (self.folder / "data").mkdir(exist_ok=True)
        self._file.write_text(self._configuration(certificates), encoding="utf-8")
        # Accounts are files; with storage in memory they would end with prosodyctl, so
        # they keep the internal store in either case (see _configuration).
        for name, password in self.users.items():
            run("prosodyctl", "--config", str(self._file), "register", name, self.domain, password)

    def _command(self) -> list[str]:
        return ["prosody", "-F", "--config", str(self._file)]

    @property
    def _file(self) -> Path:
        return self.folder / "prosody.cfg.lua"

    def _configuration(self, certificates: Path) -> str:
        modules = [name for name in self.modules if self.tls or name != "tls"]
        lines = [
            "daemonize = false",
            "run_as_root = true",
            f'pidfile = "{self.folder / "prosody.pid"}"',
            f'data_path = "{self.folder / "data"}"',
            f'certificates = "{certificates}"',
            'interfaces = { "127.0.0.1" }',
            f"c2s_ports = {{ {self.port} }}",
            f"c2s_direct_tls_ports = {{ {self.direct_port or ''} }}",
            "s2s_ports = {}",
            f"modules_enabled = {{ {', '.join(f'{name!r}' for name in modules)} }}",
            # mod_limits throttles to 10 kB/s in Debian's default; s2s would open a port.
            'modules_disabled = { "s2s", "limits" }',
            'authentication = "internal_hashed"',
            f"c2s_require_encryption = {str(self.tls).lower()}",
            'log = { info = "*console" }',
        ]
        if self.memory:
            lines.append('storage = { accounts = "internal" }')
            lines.append('default_storage = "memory"')
        return "\n".join(
            [*lines, *self.settings, f'VirtualHost "{self.domain}"', *self.components, ""]
        )
