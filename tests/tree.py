"""The package as text: its modules, their trees and what they import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "xmppexplore"


@dataclass(frozen=True)
class Import:
    """One imported module.

    Attributes:
        name: dotted name of the module.
        line: where.
        when: ``"load"`` at module level, ``"call"`` in a function, ``"typing"`` for the
            type checker only.
    """

    name: str
    line: int
    when: str


@dataclass(frozen=True)
class Module:
    """One file of the package."""

    path: Path

    @cached_property
    def name(self) -> str:
        """Dotted name, for example ``xmppexplore.wire.splitter``."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def place(self) -> str:
        """Path below the package, for example ``wire/splitter.py``."""
        return self.path.relative_to(PACKAGE).as_posix()

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, str(self.path))

    @cached_property
    def imports(self) -> list[Import]:
        """Every import, wherever it stands, relative names made absolute."""
        return list(_imports(self, self.tree, "load"))


def modules() -> list[Module]:
    """Return every module of the package, sorted by path."""
    return [Module(path) for path in sorted(PACKAGE.rglob("*.py")) if "notebooks" not in path.parts]


def _imports(module: Module, node: ast.AST, when: str) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, when) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from _imports_from(module, child, when)
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _imports(module, child, "typing" if when == "typing" else "call")
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for statement in child.body:
                yield from _imports(module, ast.Module([statement], []), "typing")
            for statement in child.orelse:
                yield from _imports(module, ast.Module([statement], []), when)
        else:
            yield from _imports(module, child, when)


def _imports_from(module: Module, node: ast.ImportFrom, when: str) -> Iterator[Import]:
    base = node.module or ""
    if node.level:
        package = module.name.split(".")
        if module.path.name != "__init__.py":
            package = package[:-1]
        package = package[: len(package) - node.level + 1]
        base = ".".join([*package, *([node.module] if node.module else [])])
    for alias in node.names:
        # `from package import module` imports the module; of a name it imports the file.
        whole = f"{base}.{alias.name}"
        path = ROOT.joinpath(*whole.split("."))
        is_module = path.with_suffix(".py").exists() or (path / "__init__.py").exists()
        yield Import(whole if is_module else base, node.lineno, when)
