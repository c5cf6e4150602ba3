"""A folder is a permission: who may import whom, and how large things may grow.

The picture is drawn in ``docs/design.md``; a change of one is a change of both.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.tree import ROOT, Import, Module, modules

MODULES = modules()
EVERY_MODULE = pytest.mark.parametrize("module", MODULES, ids=[module.place for module in MODULES])

BASE = {"errors", "names"}
MAY_IMPORT = {
    "errors": set(),
    "names": set(),
    "wire": BASE,
    "store": {*BASE, "wire"},
    "catalogue": {*BASE, "wire"},
    "reading": {*BASE, "wire", "store", "catalogue"},
    "sandbox": {*BASE, "wire"},
    "live": {*BASE, "wire", "store"},
    "views": {"errors"},
    "api": {*BASE, "wire", "store", "catalogue", "reading", "sandbox", "live", "views"},
    "cli": {"errors", "api"},
    "__init__": {"errors", "api"},
    "__main__": {"cli"},
}
"""Room -> rooms it may import, besides itself."""

ONLY_IN = {
    "pandas": {"store/frames.py", "store/tables.py"},
    "pyarrow": {"store/frames.py", "store/blocks.py"},
    "numpy": {"store/frames.py", "store/blocks.py", "store/tables.py"},
    "sqlite3": {"store/archive.py", "store/journal.py", "sandbox/database.py"},
    "slixmpp": {"live/client.py"},
    "nest_asyncio": {"live/loop.py"},
    "nest_asyncio2": {"live/loop.py"},
    "xml": {"wire/*"},
    "anywidget": {"views/*"},
    "ipywidgets": {"views/*"},
    "jupyterlab": {"api/lab.py"},
}
"""Package -> the only files that may import it, when they run."""

OUTSIDE_WORLD = {
    "asyncio", "concurrent", "multiprocessing", "sched", "select", "selectors", "signal",
    "socket", "socketserver", "ssl", "subprocess", "time", "urllib", "http",
    "slixmpp", "anywidget", "ipywidgets", "IPython", "nest_asyncio",
}  # fmt: skip
"""Packages with which a module could wait, look at a clock or reach a network."""

PURE = ("wire/", "store/", "catalogue/", "reading/", "sandbox/machine", "sandbox/realm",
        "sandbox/modules")  # fmt: skip
"""Where time is an argument and nothing waits."""

CLOCK_CALLS = re.compile(r"\b(?:datetime|date)\.(?:now|utcnow|today)\(")

LONGEST_FUNCTION = 50
LONGEST_FILE = 400
LONGER: dict[str, str] = {}
"""``place`` or ``place:function`` -> why it is longer, and why cutting it would be worse."""


def room_of(name: str) -> str:
    """Return the room of a dotted name below the package."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def inside(found: Import) -> bool:
    """Whether an import is of this package."""
    return found.name.split(".")[0] == "xmppexplore"


def matches(place: str, patterns: set[str]) -> bool:
    """Whether a file is one of the listed, or in one of the listed folders."""
    return any(
        place == pattern or (pattern.endswith("/*") and place.startswith(pattern[:-1]))
        for pattern in patterns
    )


@EVERY_MODULE
def test_a_room_imports_only_what_it_may(module: Module) -> None:
    """The arrows of the picture, also inside functions and for the type checker."""
    own = room_of(module.name)
    wrong = [
        f"line {found.line}: {found.name} ({found.when})"
        for found in module.imports
        if inside(found) and room_of(found.name) not in {own, *MAY_IMPORT[own]}
    ]

    assert wrong == []


@EVERY_MODULE
def test_a_part_is_used_only_where_it_may_be(module: Module) -> None:
    """pandas, slixmpp, XML parsers and the like have one door each."""
    wrong = [
        f"line {found.line}: {found.name}"
        for found in module.imports
        if found.when != "typing"
        and (only := ONLY_IN.get(found.name.split(".")[0])) is not None
        and not matches(module.place, only)
    ]

    assert wrong == []


@EVERY_MODULE
def test_pure_rooms_have_no_clock_and_no_network(module: Module) -> None:
    """What reads bytes can be run again on the same bytes and says the same."""
    if not module.place.startswith(PURE):
        return
    imported = {found.name.split(".")[0] for found in module.imports if found.when != "typing"}

    assert imported & OUTSIDE_WORLD == set()
    assert CLOCK_CALLS.findall(module.text) == []


SOCKETS = {"sandbox/net.py", "sandbox/link.py"}
"""Where the sandbox meets the event loop: the server, and its connections."""


@EVERY_MODULE
def test_the_sandbox_does_not_know_the_client(module: Module) -> None:
    """Client library, server and analyser are independent witnesses."""
    if not module.place.startswith("sandbox/"):
        return
    names = {found.name for found in module.imports}
    asyncio_outside_net = "asyncio" in names and module.place not in SOCKETS

    assert not [name for name in names if name.startswith(("slixmpp", "xmppexplore.reading"))]
    assert not asyncio_outside_net


def test_there_is_no_import_cycle() -> None:
    """Modules can be loaded in one order; what only the type checker sees does not count."""
    names = {module.name for module in MODULES}
    graph = {
        module.name: {
            found.name
            for found in module.imports
            if found.when == "load" and found.name in names and found.name != module.name
        }
        for module in MODULES
    }
    cycle: list[str] = []
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        order, cycle = [], error.args[1]

    assert cycle == []
    assert set(order) == names


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a docstring: a limit on code must not be one on documentation."""
    if ast.get_docstring(node, clean=False) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or first.lineno) - first.lineno + 1


@EVERY_MODULE
def test_functions_and_files_stay_small(module: Module) -> None:
    """A function fits on a screen, a file in a head."""
    found = {module.place: (module.text.count("\n"), LONGEST_FILE)}
    for node in ast.walk(module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)
            found[f"{module.place}:{node.name}"] = (length, LONGEST_FUNCTION)
    too_long = {
        name: lines for name, (lines, most) in found.items() if lines > most and name not in LONGER
    }

    assert too_long == {}


def test_the_list_of_longer_things_is_not_longer_than_it_must_be() -> None:
    """An exception that is no longer needed goes."""
    places = {module.place for module in MODULES}

    assert {name.partition(":")[0] for name in LONGER} <= places
    assert all(reason.strip() for reason in LONGER.values())


def test_no_subpackage_has_the_name_of_a_public_function() -> None:
    """On import a subpackage would shadow a name that is loaded lazily."""
    import xmppexplore

    rooms = {path.stem for path in (ROOT / "xmppexplore").iterdir() if path.suffix in {"", ".py"}}
    public = set(getattr(xmppexplore, "__all__", ()))

    assert rooms & public == set()


def test_every_package_that_is_imported_is_a_dependency() -> None:
    """Nothing works only because another package happened to bring it along."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {
        re.split(r"[<>=!~ \[;]", text, maxsplit=1)[0].lower().replace("-", "_")
        for text in project["dependencies"]
    }
    # Distributions whose package has another name, and what comes with a declared one by
    # the other's own promise: ipykernel brings IPython, slixmpp its resolver, where it can.
    also = {"IPython": "ipykernel", "aiodns": "slixmpp", "nest_asyncio2": "ipykernel"}
    unknown = {
        f"{top} in {module.place}"
        for module in MODULES
        for found in module.imports
        if (top := found.name.split(".")[0]) not in sys.stdlib_module_names
        and top not in {"xmppexplore", "__future__"}
        and also.get(top, top).lower() not in declared
    }

    assert unknown == set()


def test_no_test_asserts_a_number_of_seconds() -> None:
    """A machine may be busy: CPU is measured by the benchmarks, and by a ratio elsewhere."""
    timing = re.compile(r"\b(?:process_time|thread_time|perf_counter)(?:_ns)?\(")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if path.parent.name != "bench" and timing.search(path.read_text("utf-8"))
    }

    assert found == {"tests/tools/costs.py"}
