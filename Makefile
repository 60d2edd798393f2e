# Two commands on a fresh machine with Python 3.11+, Java 17+ and make: `make demo`, `make test`.
PYTHON ?= python3
BIN := .venv/bin
PERSONS ?= 50000
OUT ?= out

.PHONY: setup tools demo test test-long check docs bench lock clean
.DELETE_ON_ERROR:

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "folketall: Python 3.11 or later is needed; name it with PYTHON=" >&2; exit 2; }
	@PYTHONPATH=src $(PYTHON) -c 'from folketall.storage.java import say_what_is_missing; say_what_is_missing()'
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-compile --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m folketall.storage.session
	touch $@

tools: .venv/tools

# What tests and checks need besides: a demo starts half a minute earlier without them.
.venv/tools: .venv/ready requirements-dev.lock
	$(BIN)/pip install --quiet --no-compile --require-hashes --requirement requirements-dev.lock
	touch $@

demo: setup
	rm -rf $(OUT)
	$(BIN)/folketall synthesise --persons $(PERSONS) --seed 1 --to $(OUT)/deliveries \
	  --truth $(OUT)/truth
	$(BIN)/folketall run --deliveries $(OUT)/deliveries --warehouse $(OUT)/warehouse --years 2023:2025 \
	  --conf conf/demo.toml --show --compare --truth $(OUT)/truth

test: tools
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

test-long: tools
	$(BIN)/pytest -m long tests/command

check: tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Pages that open without a server: out/docs/index.html.
docs: .venv/docs
	$(BIN)/python -m sphinx -q -W --keep-going docs $(OUT)/docs

.venv/docs: .venv/ready requirements-docs.lock
	$(BIN)/pip install --quiet --no-compile --require-hashes --requirement requirements-docs.lock
	touch $@

bench: setup
	$(BIN)/python bench/line.py

COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --no-emit-options --no-header \
  --allow-unsafe --strip-extras
lock:
	$(COMPILE) --extra build --extra dev --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --extra build --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra docs --constraint requirements-dev.lock --output-file requirements-docs.lock pyproject.toml

clean:
	rm -rf $(OUT) .venv
