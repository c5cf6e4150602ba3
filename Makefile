# Everything that a person or a machine does with a checkout.  `make help` lists it.
# The only thing needed beforehand is Python 3.11 or newer with its venv module.

VENV := .venv
PYTHON := $(VENV)/bin/python
JOBS ?= 2
LESSONS ?= my-notebooks
# Files in their order, not those with most tests first: the few tests in a browser take longest.
PYTEST := $(PYTHON) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

.PHONY: help lab test check lint bench lessons compat wheel newest clean

help:
	@echo "make lab      JupyterLab on your own copy of the lessons ($(LESSONS)/)"
	@echo "make test     lint, types and every test that this machine can run in ten minutes"
	@echo "              (with SLOW=1 the slow ones as well, as .ci/run does)"
	@echo "make check    lint and types only"
	@echo "make bench    the benchmarks, as a table and as bench.json"
	@echo "make lessons  run the lessons and keep their outputs in notebooks/"
	@echo "make compat   other versions of ipykernel, other versions of Python"
	@echo "make wheel    build sdist and wheel, try the wheel outside the checkout"
	@echo "make newest   the tests with the newest version of everything"
	@echo "make clean    remove what these commands made; never your notebooks"

$(VENV)/.lab: pyproject.toml constraints.txt .ci/setup.sh
	@sh .ci/setup.sh $(VENV) . constraints.txt
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt .ci/setup.sh
	@sh .ci/setup.sh $(VENV) '.[test]' constraints.txt
	@touch $@ $(VENV)/.lab

lab: $(VENV)/.lab
	@$(PYTHON) -m xmppexplore lab --directory "$(LESSONS)" $(LAB_OPTIONS)

test: check
	$(PYTEST) $(if $(SLOW),,-m 'not slow') $(PYTEST_OPTIONS)

check lint: $(VENV)/.test
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

bench: $(VENV)/.test
	$(PYTHON) -m tests.bench

lessons: $(VENV)/.test
	$(PYTHON) -m tests.tools.lessons

compat: $(VENV)/.test
	$(PYTHON) .ci/compat.py

wheel: $(VENV)/.test
	$(PYTHON) .ci/wheel.py

newest:
	@sh .ci/setup.sh .venv-newest '.[test]'
	@.venv-newest/bin/python .ci/newest.py

clean:
	rm -rf .venv .venv-clients .venv-compat .venv-newest build dist bench.json tests/artifacts
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find xmppexplore tests .ci -name __pycache__ -type d -prune -exec rm -rf {} +
