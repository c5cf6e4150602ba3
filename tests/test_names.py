"""Names: each module has its tests, each public thing its words; and those of the protocol."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys

import pytest
import traitlets

import xmppexplore
from tests.tree import ROOT, Module, modules
from xmppexplore.names import qualified, split_qualified

MODULES = modules()
EVERY_MODULE = pytest.mark.parametrize("module", MODULES, ids=[module.place for module in MODULES])

TESTED_ELSEWHERE = {
    "__main__.py": "test_cli.py",
    "api/answers.py": "api/test_session.py",
    "api/diagnosis.py": "live/test_connect_errors.py",
    "catalogue/departures.py": "catalogue/test_checking.py",
    "catalogue/records.py": "catalogue/test_loading.py",
    "api/wanted.py": "api/test_arguments.py",
    "api/play_acts.py": "api/test_play.py",
    "api/play_company.py": "api/test_play.py",
    "api/play_stage.py": "api/test_play.py",
    "api/founding.py": "api/test_inside.py",
    "api/serving.py": "test_cli_sandbox.py",
    "api/reasons.py": "live/test_connect_errors.py",
    "live/certificates.py": "live/test_connect_errors.py",
    "live/client.py": "live/test_connect_prosody.py",
    "live/exact.py": "live/test_resume.py",
    "live/login.py": "live/test_connect_errors.py",
    "live/stream.py": "api/test_stream.py",
    "live/tap.py": "live/test_relay.py",
    "live/waiting.py": "api/test_session.py",
    "names.py": "test_names.py",
    "sandbox/answering.py": "sandbox/test_realm.py",
    "sandbox/negotiation/feature.py": "sandbox/test_machine.py",
    "sandbox/negotiation/negotiable.py": "sandbox/test_machine.py",
    "sandbox/negotiation/table.py": "sandbox/test_machine.py",
    "sandbox/plays/script.py": "sandbox/plays/test_reading.py",
    "reading/explained_records.py": "reading/test_explanation.py",
    "reading/address_compare.py": "reading/test_address.py",
    "reading/address_domain.py": "reading/test_address.py",
    "reading/address_escape.py": "reading/test_address.py",
    "reading/address_older.py": "reading/test_address.py",
    "reading/address_records.py": "reading/test_address.py",
    "reading/address_uri.py": "reading/test_address.py",
    "reading/contacts.py": "reading/test_presence.py",
    "reading/presence_records.py": "reading/test_presence.py",
    "reading/sasl_layouts.py": "reading/test_sasl.py",
    "reading/sasl_records.py": "reading/test_sasl.py",
    "reading/sasl_verdict.py": "reading/test_sasl_login.py",
    "store/blocks.py": "store/test_frames.py",
    "store/cells.py": "store/test_columns.py",
    "store/phasing.py": "store/test_columns.py",
    "store/reader.py": "store/test_columns.py",
    "store/sequence.py": "store/test_archive.py",
    "wire/malformed.py": "wire/test_element.py",
    "wire/plain.py": "wire/test_splitter.py",
    "wire/records.py": "wire/test_splitter.py",
    "wire/rules.py": "wire/test_splitter.py",
    "wire/secrets.py": "wire/test_redact.py",
    "wire/shapes.py": "wire/test_splitter.py",
    "wire/streaming.py": "wire/test_splitter.py",
}
"""Module -> the test file that holds its laws, where it has none of its own name: it is an
inner part of what is tested there."""


def own_test_file(module: Module) -> str:
    """Return where a module's tests are: ``wire/splitter.py`` -> ``wire/test_splitter.py``."""
    folder, _, name = module.place.rpartition("/")
    return f"{folder}/test_{name}".lstrip("/")


def is_only_names(module: Module) -> bool:
    """Whether a module is a docstring, and names passed on: nothing to test."""
    return module.path.name == "__init__.py" and all(
        isinstance(node, ast.ImportFrom)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in module.tree.body
    )


def test_a_module_has_its_test_file() -> None:
    """Whoever changes a module finds its laws without searching."""
    missing = [
        f"{module.place} -> tests/{place}"
        for module in MODULES
        if module.place != "__init__.py"  # tested here
        if not is_only_names(module)
        for place in [TESTED_ELSEWHERE.get(module.place, own_test_file(module))]
        if not (ROOT / "tests" / place).exists()
    ]

    assert missing == []


def test_the_list_of_those_tested_elsewhere_is_true() -> None:
    """A module that is gone, or has a test file of its own by now, is off the list."""
    places = {module.place: module for module in MODULES}
    own = [
        place
        for place, other in TESTED_ELSEWHERE.items()
        if other != own_test_file(places[place])
        and (ROOT / "tests" / own_test_file(places[place])).exists()
    ]

    assert set(TESTED_ELSEWHERE) <= set(places)
    assert own == []


@EVERY_MODULE
def test_public_things_have_a_docstring(module: Module) -> None:
    """Modules, classes, functions and methods; names with an underscore are nobody's business."""
    silent = [] if ast.get_docstring(module.tree) else [module.place]
    for owner, node in _public(module.tree, ""):
        if not ast.get_docstring(node):
            silent.append(f"line {node.lineno}: {owner}{node.name}")

    assert silent == []


@EVERY_MODULE
def test_fields_are_described(module: Module) -> None:
    """Each field of a record stands in its class's docstring, or has one of its own."""
    silent = []
    for owner, node in _public(module.tree, ""):
        if isinstance(node, ast.ClassDef) and _is_record(node):
            text = ast.get_docstring(node) or ""
            for field, described in _fields(node):
                if not described and not re.search(rf"\b{field}\b", text):
                    silent.append(f"{owner}{node.name}.{field}")

    assert silent == []


@EVERY_MODULE
def test_traits_say_what_they_are(module: Module) -> None:
    """A synced trait is a field too: its ``help`` says what it holds."""
    if not module.place.startswith("views/"):
        return
    silent = [
        f"{name}.{trait}"
        for name, thing in vars(importlib.import_module(module.name)).items()
        if isinstance(thing, type)
        and issubclass(thing, traitlets.HasTraits)
        and thing.__module__ == module.name
        for trait, found in thing.class_own_traits(sync=True).items()
        if not trait.startswith("_") and not found.help
    ]

    assert silent == []


def _public(node, owner):
    for child in node.body:
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            is_setter = any("setter" in ast.unparse(mark) for mark in child.decorator_list)
            is_overload = any("overload" in ast.unparse(mark) for mark in child.decorator_list)
            if child.name.startswith("_") or is_setter or is_overload:
                continue
            yield owner, child
            if isinstance(child, ast.ClassDef):
                yield from _public(child, f"{owner}{child.name}.")


def _is_record(node: ast.ClassDef) -> bool:
    marks = " ".join(ast.unparse(part) for part in (*node.bases, *node.decorator_list))
    return any(word in marks for word in ("NamedTuple", "TypedDict", "dataclass"))


def _fields(node: ast.ClassDef):
    following = [*node.body[1:], None]
    for statement, after in zip(node.body, following, strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            described = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if not name.startswith("_"):
                yield name, described


def test_every_public_name_can_be_had() -> None:
    """What ``__all__`` promises is there, and is what tab completion offers."""
    for name in xmppexplore.__all__:
        assert getattr(xmppexplore, name) is not None

    assert set(xmppexplore.__all__) <= set(dir(xmppexplore))


def test_an_unknown_name_is_refused_by_name() -> None:
    """A typing mistake is an AttributeError that says what there is."""
    with pytest.raises(AttributeError, match="conect"):
        _ = xmppexplore.conect


def test_a_saved_recording_is_read_without_network_or_widgets() -> None:
    """Loading ``Recording`` loads neither the client library nor anything that draws."""
    code = (
        "import sys, xmppexplore; xmppexplore.Recording;"
        "heavy = {'slixmpp', 'anywidget', 'ipywidgets', 'pandas', 'jupyterlab', 'trustme'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_type_checker_sees_every_public_name() -> None:
    """Each lazily loaded name is also imported where type checkers and editors look."""
    [module] = [module for module in MODULES if module.place == "__init__.py"]
    seen = {
        alias.asname or alias.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module and "xmppexplore" in node.module
        for alias in node.names
    }

    assert set(xmppexplore.__all__) <= seen


@pytest.mark.parametrize(
    ("namespace", "local"), [("urn:xmpp:ping", "ping"), ("", "x"), ("jabber:client", "iq")]
)
def test_a_qualified_name_comes_apart_as_it_was_put_together(namespace, local) -> None:
    """Clark notation loses nothing."""
    assert split_qualified(qualified(namespace, local)) == (namespace, local)
