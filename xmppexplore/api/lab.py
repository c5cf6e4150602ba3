"""The lessons: a copy that belongs to the person, and JupyterLab opened on it.

The copy is never overwritten.  A small file beside the lessons remembers, for each of
them, the digest of what was last handed out; when the library brings a changed lesson,
the new text is put beside the person's own under a name that is free.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from pathlib import Path
from typing import NamedTuple

from xmppexplore.errors import UsageError

FIRST_LESSON = "01_first_light.ipynb"
DEFAULT_DIRECTORY = "my-notebooks"
"""Where the copy goes unless told otherwise, relative to the current directory."""

_MEMORY = ".xmppexplore-lessons.json"
_PACKAGE = Path(__file__).resolve().parent.parent
_SETTINGS = Path(__file__).resolve().parent / "jupyter"


class Copied(NamedTuple):
    """What :func:`copy_lessons` did, as file names relative to the directory.

    Attributes:
        added: lessons that were not there before.
        renewed: changed lessons, under the names that they were put beside the old ones.
        kept: files that were there and were left as they are.
    """

    added: tuple[str, ...]
    renewed: tuple[str, ...]
    kept: tuple[str, ...]


def lessons_folder() -> Path:
    """Return the folder of the lessons that came with the library.

    In an installed wheel it is inside the package, in a checkout beside it.

    Raises:
        UsageError: the installation has no lessons.
    """
    for folder in (_PACKAGE / "notebooks", _PACKAGE.parent / "notebooks"):
        if folder.is_dir():
            return folder
    raise UsageError(
        f"no lessons beside {_PACKAGE}: the installation is not whole; "
        "install it again with: pip install --force-reinstall xmppexplore"
    )


def copy_lessons(directory: Path, source: Path | None = None) -> Copied:
    """Copy the lessons that are not there yet; never overwrite a file.

    A lesson that was deleted from the copy comes back; one that the library has changed
    since it was copied is written once to ``NAME.new.ipynb`` (or the next free name).

    Args:
        directory: where to; it is made if need be.
        source: where from, :func:`lessons_folder` unless given.

    Raises:
        UsageError: the directory cannot be made or written.
    """
    source = source or lessons_folder()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return _copy(source, directory)
    except OSError as error:
        raise UsageError(
            f"cannot put the lessons into {directory}: {error.strerror or error}; "
            "choose another folder with: xmppexplore lab --directory DIR"
        ) from error


def _copy(source: Path, directory: Path) -> Copied:
    memory = _remembered(directory)
    added: list[str] = []
    renewed: list[str] = []
    kept: list[str] = []
    for lesson in _lessons(source):
        name = lesson.relative_to(source).as_posix()
        content = lesson.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        target = directory / name
        if not target.exists():
            _write_new(target, content)
            added.append(name)
        elif (
            memory.get(name, digest) == digest
            or not target.is_file()
            or target.read_bytes() == content
        ):
            kept.append(name)
        else:
            beside = _free_name(target)
            _write_new(beside, content)
            renewed.append(beside.relative_to(directory).as_posix())
        memory[name] = digest
    _remember(directory, memory)
    return Copied(tuple(added), tuple(renewed), tuple(kept))


def _lessons(source: Path) -> list[Path]:
    """Return the files to copy: no hidden ones, no caches, not the index for code hosting."""
    return sorted(
        path
        for path in source.rglob("*")
        if path.is_file()
        and path.name != "README.md"
        and not any(part.startswith((".", "__")) for part in path.relative_to(source).parts)
    )


def _remember(directory: Path, memory: dict[str, str]) -> None:
    """Write the digests beside the old ones and then in their place.

    What stands under that name is never written into: it might be a link to another file.
    """
    beside = directory / f"{_MEMORY}.{os.getpid()}"
    try:
        beside.write_text(json.dumps(memory, indent=1, sort_keys=True) + "\n", "utf-8")
        beside.replace(directory / _MEMORY)
    finally:
        beside.unlink(missing_ok=True)


def _remembered(directory: Path) -> dict[str, str]:
    """Return the digests of what was handed out; empty where the memory cannot be read."""
    if not (directory / _MEMORY).is_file():
        return {}
    try:
        found = json.loads((directory / _MEMORY).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that must not exist yet, so that two copies at once cannot overwrite."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)


def _free_name(path: Path) -> Path:
    number = 1
    while True:
        suffix = ".new" if number == 1 else f".new{number}"
        candidate = path.with_name(f"{path.stem}{suffix}{path.suffix}")
        if not candidate.exists():
            return candidate
        number += 1


def lab_arguments(directory: Path, *, browser: bool, port: int | None) -> list[str]:
    """Return the command line for JupyterLab: no news, no update check, lesson 1 open."""
    arguments = [
        f"--ServerApp.root_dir={directory}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    if (directory / FIRST_LESSON).is_file():
        arguments.append(f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}")
    if not browser:
        arguments.append("--no-browser")
    if port is not None:
        # A port that was asked for is used or refused; Jupyter would quietly take the next.
        arguments += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Root in a container is the rule there; the server stays on loopback with its token.
        arguments.append("--allow-root")
    return arguments


def open_lab(directory: Path, *, browser: bool = True, port: int | None = None) -> int:
    """Run JupyterLab on a directory until it is stopped, and return its exit status.

    Args:
        directory: the folder it shows.
        browser: whether it opens a browser window.
        port: the port on 127.0.0.1; the first free one from 8888 on unless given.

    Raises:
        UsageError: JupyterLab is not installed, or the port is taken.
    """
    if port is not None:
        _check_port(port)
    try:
        from jupyterlab.labapp import LabApp
    except ImportError as error:
        raise UsageError(
            "JupyterLab is not installed here; install it with: pip install jupyterlab"
        ) from error
    path = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, (str(_SETTINGS), path)))
    # Otherwise a kernel of the same name in the person's home would run the lessons, in an
    # environment that does not have this library.
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    LabApp.launch_instance(lab_arguments(directory.resolve(), browser=browser, port=port))
    return 0


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UsageError(
                f"port {port} on 127.0.0.1 cannot be used: {error.strerror}; choose another "
                "with --port, or leave it out to have the first free one"
            ) from error
