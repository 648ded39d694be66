# Two commands: `make run [NOTE=file]` and `make test`. The rest is under them; `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

NOTE ?= tests/examples/newcomer-nurse.txt
# Torch stands apart from the locks: its build differs by place. The CPU build from its own index, where pip finds a larger one:
#   make test TORCH_FLAGS="--index-url https://download.pytorch.org/whl/cpu"
TORCH_FLAGS ?=
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
    "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

# A stamp is named by what it was made from: the lock, the project file, this place.
stamp = $(1)/.ready-$(shell { cat $(2) pyproject.toml 2>/dev/null; echo "$(CURDIR)"; } | sha256sum | cut -c1-12)
CORE := $(call stamp,.venv,requirements/core.lock)
SERVE := $(call stamp,.venv-serve,requirements/serve.lock)
TEST := $(call stamp,.venv-test,requirements/test.lock)

# $(call venv,FOLDER): an environment of Python 3.11 or newer; a half-made one is made again.
define venv
	@test -n "$(PYTHON)" || { echo "make: needs Python 3.11 or newer; none was found (set PYTHON=...)" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "make: $(PYTHON) is not Python 3.11 or newer" >&2; exit 1; }
	@$(1)/bin/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(1) || { echo "make: $(PYTHON) cannot make a venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
endef
# $(call pip,FOLDER,WHAT,ARGUMENTS): what pip says goes to FOLDER/setup.log; a failure is told in one line.
define pip
	@echo "make: $(1): $(2)" >&2
	@$(1)/bin/python -m pip install --disable-pip-version-check --no-input $(3) >>$(1)/setup.log 2>&1 || { echo "make: $(2) failed: $$(grep -E '^ERROR' $(1)/setup.log | tail -1) The first run needs a package registry (network); all of it is in $(1)/setup.log" >&2; exit 1; }
endef

.PHONY: help run serve setup test test-full screenshots openapi examples check format lock clean bench bench-service bench-load bench-plans bench-batch faults security

help:
	@echo "make run [NOTE=file]  print the report of a note (a sample one without NOTE)"
	@echo "make serve            start the service with a demo program;  make serve ARGS=--clean  without it"
	@echo "make test             run the tests;  make test-full  the long ones too;  make check  ruff and mypy"
	@echo "make setup            only make .venv (no torch);  make lock  pin the dependencies anew"
	@echo "make screenshots      pictures of every page, into build/screenshots"
	@echo "make openapi          write docs/openapi.json from the service as it is"
	@echo "make faults           kill, fill, cut off and damage the service, and look at what must hold: tests/faults/README.md"
	@echo "make security         look for known holes, secrets and licences in the tree; needs no network"
	@echo "make examples         write the report of every note of tests/examples into tests/examples/reports"
	@echo "make bench            time and memory beside peers, imports, search at scale (ten minutes), bench-service and bench-load the service under load, bench-plans its queries, bench-batch archives;  make format  let ruff mend;  make clean  remove what was made"

run: $(CORE)
	@.venv/bin/coach analyze "$(NOTE)"

# The service on this machine, with its data in coach-data/ and its keys beside it.
serve: $(SERVE)
	@.venv-serve/bin/coach serve $(ARGS)

$(SERVE):
	$(call venv,.venv-serve)
	$(call pip,.venv-serve,installing what the service needs (a minute the first time),--no-deps --require-hashes -r requirements/serve.lock)
	$(call pip,.venv-serve,installing the coach itself,--no-deps --no-build-isolation --no-index -e .)
	@rm -f .venv-serve/.ready-* && touch $@

setup: $(CORE)
	@echo "make: the command is .venv/bin/coach"

$(CORE):
	$(call venv,.venv)
	$(call pip,.venv,installing what the coach needs (a minute the first time),--no-deps --require-hashes -r requirements/core.lock)
	$(call pip,.venv,installing the coach itself,--no-deps --no-build-isolation --no-index -e .)
	@rm -f .venv/.ready-* && touch $@

$(TEST):
	$(call venv,.venv-test)
	$(call pip,.venv-test,installing torch (minutes the first time),$(TORCH_FLAGS) -r requirements/torch.txt)
	$(call pip,.venv-test,installing all extras (minutes the first time),--no-deps --require-hashes -r requirements/test.lock)
	$(call pip,.venv-test,installing the coach itself,--no-deps --no-build-isolation --no-index -e .)
	@rm -f .venv-test/.ready-* && touch $@

# Two at a time, a file's tests on one worker, since its fixtures are made once.
WORKERS ?= 2
test: $(CORE) $(TEST)
	@.venv-test/bin/python -m pytest -n $(WORKERS) --dist loadfile

test-full: $(CORE) $(TEST)
	@.venv-test/bin/python -m pytest -m "long or not long"

# Pictures of every page, at both widths, light and dark, to look at.
screenshots: $(TEST)
	@.venv-test/bin/python -m tests.browser.screenshots build/screenshots && echo "make: build/screenshots"

# The service's description, which tests/client/test_openapi.py holds the service to. Look at the difference before you commit it.
openapi: $(TEST)
	@.venv-test/bin/coach-api openapi docs/openapi.json && echo "make: docs/openapi.json"

# What the coach says of twenty sample notes, as the reader and the wording are now. Look at the difference before you commit it.
examples: $(TEST)
	@.venv-test/bin/python -m tests.examples.write && echo "make: tests/examples/reports"

# The service and its files broken on purpose, the long tests too; COACH_TEST_SEED=... runs the random ones as they were.
faults: $(CORE) $(TEST)
	@.venv-test/bin/python -m pytest tests/faults -m "long or not long"

# What is looked at in the tree, without a network: bandit, secrets, licences, known vulnerabilities, a bill of materials.
security: $(TEST)
	@.venv-test/bin/python -m tests.security.checks

check: $(TEST)
	.venv-test/bin/ruff check .
	.venv-test/bin/ruff format --check .
	.venv-test/bin/mypy

format: $(TEST)
	.venv-test/bin/ruff check --fix .
	.venv-test/bin/ruff format .

bench: $(CORE) $(TEST)
	@.venv-test/bin/python -m tests.benchmarks.bench $(ARGS)

bench-service: $(TEST)
	@.venv-test/bin/python -m tests.benchmarks.service $(ARGS)

bench-load: $(TEST)
	@.venv-test/bin/python -m tests.benchmarks.load $(ARGS)

bench-plans: $(TEST)
	@.venv-test/bin/python -m tests.benchmarks.plans $(ARGS)

bench-batch: $(TEST)
	@.venv-test/bin/python -m tests.benchmarks.batch $(ARGS)

# Pins the core, and all extras but torch and what only its GPU build pulls in; for every system and Python >= 3.11 at once.
# uv names no registry in what it writes. Needs the network.
UV_COMPILE := build/lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
    --no-annotate --custom-compile-command "make lock"
lock:
	$(call venv,build/lock)
	$(call pip,build/lock,installing uv,uv==0.13.9)
	@$(UV_COMPILE) --output-file build/core.lock >/dev/null
	@$(UV_COMPILE) --extra serve --extra mcp --extra slack --output-file build/serve.lock >/dev/null
	@$(UV_COMPILE) --all-extras --constraints requirements/torch.txt --output-file build/test.lock >/dev/null
	@for name in core serve test; do \
	  awk '/^[a-z]/ { keep = !/^(torch|triton|cuda-[a-z]+|nvidia-[a-z0-9-]+)==/ } /^#/ { keep = 1 } keep' build/$$name.lock > requirements/$$name.lock; \
	  ! grep -nE '://|^ *-[^-]|--(index|extra|find|trusted)|$(CURDIR)' requirements/$$name.lock || { echo "make: an address stands in $$name.lock" >&2; exit 1; }; \
	  echo "requirements/$$name.lock: $$(grep -c '^[a-z]' requirements/$$name.lock) packages"; done

clean:
	rm -rf .venv .venv-serve .venv-test build out *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
