PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
export RUSHES_HOME ?= $(CURDIR)/.rushes

.PHONY: help setup demo serve weights comfyui test postgres campaign chaos lint format bench clean
help:  ## what each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(STAMP): pyproject.toml
	@echo "Setting up $(VENV): downloading the Python packages named in pyproject.toml (about 400 MB, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=24"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[local,postgres,otel,dev]'
	@touch $@

setup: $(STAMP)  ## build .venv with everything

demo: setup  ## start a server, make a video from a prompt, say where it is
	@$(BIN)/python -m rushes.cli.demo

serve: setup  ## start the server
	@$(BIN)/rushes serve

# Small models that tests really run. Without a network the tests that need them are skipped, and say so.
WEIGHTS := .weights
GROUPS  := art embed matte rife span voice hearing llm_tiny style faces denoise music fonts
export RUSHES_TEST_MODELS ?= $(CURDIR)/$(WEIGHTS)/models
$(WEIGHTS)/.pulled: src/rushes/engines/local/store/weights.toml | setup
	@echo "Fetching the model weights that the tests run (about 500 MB, once): $(GROUPS)"
	@mkdir -p $(WEIGHTS)
	@if RUSHES_HOME=$(CURDIR)/$(WEIGHTS) $(BIN)/rushes models pull $(GROUPS); then touch $@; \
	else echo "Some weights could not be fetched: tests that need them will be skipped"; fi

weights: $(WEIGHTS)/.pulled  ## the model weights that tests run

# A real ComfyUI on the CPU, in an environment of its own. Without it the tests that need it are skipped, and say so.
COMFYUI := .comfyui
$(COMFYUI)/ready: tests/comfyui/peer/install.py tests/comfyui/peer/weights.py
	@echo "Fetching a ComfyUI to test against (about 350 MB where a torch for CPUs is served, 1.9 GB unpacked, once)"
	@$(PYTHON) tests/comfyui/peer/install.py $(COMFYUI) || \
	echo "ComfyUI could not be fetched: tests that need it will be skipped"

comfyui: $(COMFYUI)/ready  ## the ComfyUI that tests run

test: setup weights comfyui  ## the test suite
	@$(BIN)/python -m pytest -n auto -m "not slow"
	@$(MAKE) --no-print-directory postgres

# What depends on the database, once more on PostgreSQL (16, from a package) instead of SQLite.
# Everything: make postgres ON_POSTGRES=tests
ON_POSTGRES ?= tests/accounts tests/db tests/gallery tests/jobs tests/ledger tests/library tests/webhooks \
	tests/e2e/test_native.py tests/e2e/test_usvideo.py
postgres: setup  ## the tests about the database on PostgreSQL; all of them with ON_POSTGRES=tests
	@$(BIN)/python -m tests.postgres $(BIN)/python -m pytest -n auto -m "not slow" $(ON_POSTGRES)

campaign: setup weights  ## the long campaigns: crashes at random moments, every API document fuzzed
	@$(BIN)/python -m pytest -m slow

chaos: setup  ## nodes killed, paused and cut off under 2,000 jobs; then the books are read
	@$(BIN)/python -m tests.chaos $(ARGUMENTS)

lint: setup  ## format, style, types and the arrows between the rooms
	@$(BIN)/ruff format --check src tests bench
	@$(BIN)/ruff check src tests bench
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: setup  ## rewrite the files in the house style
	@$(BIN)/ruff format src tests bench
	@$(BIN)/ruff check --fix src tests bench

bench: setup  ## speed and memory, side by side, as ratios
	@$(BIN)/python -m bench

clean:  ## remove the environment (the data folder stays)
	rm -rf $(VENV)
