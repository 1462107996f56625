# Two commands for a newcomer: make demo, make test. Both make their own virtual environment in .venv.
# On Windows: the same steps through make.cmd (make.cmd demo, make.cmd test).

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test lint unit serve lock bench clean

demo: $(VENV)/.demo
	$(BIN)/komitent demo

test: lint unit

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --config setup.cfg
	$(BIN)/mypy
	$(BIN)/komitent profiles check

unit: $(VENV)/.test
	$(BIN)/python -m pytest -n 2

serve: $(VENV)/.demo
	$(BIN)/komitent serve

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks.import_report

lock: $(VENV)/.test
	$(BIN)/pip freeze --exclude-editable --exclude komitent > requirements.lock

$(VENV)/.demo: setup.cfg requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e .
	@touch $@

$(VENV)/.test: setup.cfg requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e ".[test,postgresql]"
	@touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) demo-data build dist *.egg-info
