# Every target does its own set-up in .venv; nothing but Python >= 3.11, pip, make and a C compiler is assumed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Files stay whole, so that few kernels are compiled by more than one worker.
WORKERS := --numprocesses auto --maxprocesses 4 --dist loadfile
SOURCES := pbit hardware compilers tests examples benchmarks

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow lint format bench docs clean

help:
	@echo "make demo    compile G1 and a multiplier, solve them, run them on machines; writes out/demo.png"
	@echo "make test    the quick test suite       make test-slow  the slow tests too"
	@echo "make lint    ruff, mypy, import-linter, deptry"
	@echo "make bench   speed tables (minutes)     make docs       build the documentation"
	@echo "make clean   remove caches and the virtual environment"

# One stamp a dependency group: it is remade when pyproject.toml changes.
$(VENV)/.pip:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.core: pyproject.toml $(VENV)/.pip
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.%: pyproject.toml $(VENV)/.core
	$(BIN)/python -m pip install --quiet --group $*
	@touch $@

demo: $(VENV)/.core
	$(BIN)/python examples/demo.py

test: $(VENV)/.test
	$(BIN)/python -m pytest -m "not slow" $(WORKERS)

test-slow: $(VENV)/.test $(VENV)/.bench
	$(BIN)/python -m pytest $(WORKERS)

lint: $(VENV)/.dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

format: $(VENV)/.dev
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

docs: $(VENV)/.docs
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) out site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find pbit hardware compilers tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
