# Each target makes .venv and installs what it needs; python3 (3.10 or newer, with venv) and make are enough.
PYTHON ?= python3
VENV ?= .venv
DB ?= sqlite
JOBS ?= auto
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test check docs bench soak histories histories-all neighbours clean

help:
	@echo "make demo [DB=postgres|mariadb]   the main job, step by step, on real databases"
	@echo "make test                 the tests"
	@echo "make check                lint, types, layers"
	@echo "make docs                 the documentation, into docs/_build/html"
	@echo "make soak                 the laws with their full counts (hours)"
	@echo "make histories            the reader of chains and the suite on four published applications, which it installs"
	@echo "make histories-all        the same with all of them, into tests/histories/*.md (an hour at first)"
	@echo "make neighbours           real tools beside us in one database; installs them, needs Node.js and npm"
	@echo "make bench                a guarded compare and the drift check beside others (half an hour; BENCH=--resume goes on)"

demo: $(VENV)/.demo
	$(BIN)/python examples/better_auth_chat/demo.py $(DB)

# Compiled once, for the hundreds of processes that the tests start.
test: $(VENV)/.test
	$(BIN)/python -m compileall -q alembic_guard
	$(BIN)/python -m pytest -n $(JOBS) $(PYTEST)

check: $(VENV)/.test $(VENV)/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --strict tests/typing
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

docs: $(VENV)/.docs
	$(BIN)/python -m sphinx -q -n -W --keep-going docs docs/_build/html

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks $(BENCH)
	$(BIN)/python -m benchmarks.upgrade

histories: $(VENV)/.test
	$(BIN)/python -m pytest -n 2 -m histories tests/test_published_histories.py

neighbours: $(VENV)/.test
	$(BIN)/python -m pytest -n 2 -m neighbours tests/test_neighbours_themselves.py

histories-all: $(VENV)/.test
	$(BIN)/python -m tests.histories.measure
	$(BIN)/python -m tests.histories.under_suite
	$(BIN)/python -m tests.histories.no_crash
	$(BIN)/python -W ignore -m tests.histories.reviewed
	$(BIN)/python -m tests.names.published

soak: $(VENV)/.test
	ALEMBIC_GUARD_PROFILE=soak $(BIN)/python -m tests.soak

clean:
	rm -rf $(VENV) .venv-* .node .node-* docs/_build

$(VENV)/.venv:
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip
	touch $@

# pip's own --group reads the dependency groups of pyproject.toml.
$(VENV)/.demo $(VENV)/.test $(VENV)/.check $(VENV)/.docs $(VENV)/.bench: $(VENV)/.venv pyproject.toml constraints.txt
	$(PIP) -c constraints.txt -e . --group $(patsubst .%,%,$(notdir $@))
	touch $@
