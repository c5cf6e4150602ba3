"""The examples in docstrings run, ``await`` at their top level included."""

from __future__ import annotations

import ast
import asyncio
import builtins
import doctest
import importlib
import inspect
from typing import Any

import pytest

from tests.tree import modules

FINDER = doctest.DocTestFinder(exclude_empty=True)


WITH_EXAMPLES = [module for module in modules() if ">>>" in module.text]


@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=[module.place for module in WITH_EXAMPLES])
def test_examples_give_what_they_say(module, monkeypatch, tmp_path):
    """Each docstring is a small session: a reader may paste it into a cell."""
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    with asyncio.Runner() as loop:

        def execute(code: Any, namespace: dict[str, Any]) -> None:
            if code.co_flags & inspect.CO_COROUTINE:
                loop.run(eval(code, namespace))
            else:
                builtins.exec(code, namespace)

        # doctest looks `exec` up in its own module first; compiled with this flag an
        # example that awaits is a coroutine, which the kernel would await as well.
        monkeypatch.setattr(doctest, "exec", execute, raising=False)
        for example in FINDER.find(importlib.import_module(module.name), module.name):
            runner.run(example, compileflags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, out=said.append)

    assert runner.tries > 0
    assert runner.failures == 0, "".join(said)
