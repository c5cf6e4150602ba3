"""Clients that come from a package registry, each installed once beside the checkout.

They stay out of the environment of the library: a client in another language has no place
in it, and ``aioxmpp`` asks for old versions of what others want new.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from tests.needs import cannot
from tests.tree import ROOT

FOLDER = ROOT / ".venv-clients"
"""Out of version control, and removed by ``make clean``."""

INSTALL_SECONDS = 240.0

XMPP_CLIENT = "@xmpp/client@0.14.0"
"""In 0.13 SCRAM is broken by the newer ``sasl-scram-sha-1`` that npm puts beside it."""

AIOXMPP = "aioxmpp==0.13.3"
BESIDE_AIOXMPP = (
    *("aioopenssl==0.6.0", "aiosasl==0.5.0", "pyOpenSSL==24.3.0", "lxml>=5", "multidict"),
    *("babel", "dnspython", "pyasn1", "pyasn1_modules", "pytz", "sortedcollections", "tzlocal"),
)
"""What it needs, in place of what it asks for: an lxml that newer Pythons cannot have.

It also looks at certificates by what pyOpenSSL no longer has, and does not ask for pytz.
"""


def xmpp_client() -> Path:
    """Return the folder below which Node.js finds ``@xmpp/client``."""

    def install(folder: Path) -> None:
        (folder / "package.json").write_text('{"private": true}\n', "utf-8")
        options = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
        _run("npm", "install", *options, XMPP_CLIENT, cwd=folder)

    return _once("xmpp-client", XMPP_CLIENT, install)


def aioxmpp() -> Path:
    """Return the Python interpreter of an environment that has ``aioxmpp``."""

    def install(folder: Path) -> None:
        venv.create(folder, with_pip=True)
        pip = (str(_python(folder)), "-m", "pip", "install", "--quiet")
        _run(*pip, "--no-deps", AIOXMPP, cwd=folder)
        _run(*pip, *BESIDE_AIOXMPP, cwd=folder)

    on = f"on Python {sys.version_info[0]}.{sys.version_info[1]}"
    what = " ".join((AIOXMPP, *BESIDE_AIOXMPP, on))
    return _python(_once("aioxmpp", what, install))


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _once(name: str, what: str, install: Callable[[Path], None]) -> Path:
    """Install into a folder of that name, unless it already holds just that.

    Raises:
        pytest.skip.Exception: the installation failed: no network, or no such package.
            A failure instead where nothing may be skipped.
    """
    FOLDER.mkdir(exist_ok=True)
    folder = FOLDER / name
    done = folder / ".installed"
    with (FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_text("utf-8") != what:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                install(folder)
            except (subprocess.SubprocessError, OSError) as error:
                cannot(f"{what} could not be installed: {_words(error)}")
            done.write_text(what, "utf-8")
    return folder


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(
        command,
        cwd=cwd,
        # The library's own environment must not be seen by another one's pip.
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=INSTALL_SECONDS,
    )


def _words(error: Exception) -> str:
    said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
    return said[-1] if said else type(error).__name__
