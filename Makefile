# `make help` lists the targets. Another interpreter: make test PYTHON=python3.13 (it gets an environment of its own).
# Extra arguments: make test ARGS="-k config".

PYTHON ?= python3
UV ?= uv
ARGS ?=
REQUESTS ?=
SECONDS ?= 60
ROOMS := links clicks qr bio server admin fingerpost
MINIMUM := 3.11

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check fuzz bench queries soak qr format lock clean FORCE

help:
	@echo 'make run      set up, then start Fingerpost with config.toml'
	@echo 'make test     all tests'
	@echo 'make check    format, lint, types, and which room imports which'
	@echo 'make fuzz     look for requests that the fast path should not answer, SECONDS=60 long'
	@echo 'make bench    the measurements'
	@echo 'make queries  charts over 100 million visits of a year (half an hour, 10 GB of disk); writes bench/results/'
	@echo 'make soak     memory under a long, unkind load: make soak REQUESTS=10000000'
	@echo 'make qr       draw QR codes in every design and read them again (a quarter of an hour; ARGS=--sample: seconds)'
	@echo 'make format   rewrite the sources as make check wants them'
	@echo 'make lock     renew requirements/ from pyproject.toml (needs uv; ARGS=--upgrade for newer versions)'
	@echo 'make clean    remove environments, caches and builds; data/ stays'

ifneq ($(filter-out help lock clean,$(or $(MAKECMDGOALS),help)),)

PROBE := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2], int(sys.version_info >= (3, 11)), sys.version.split()[0], sys.base_prefix)' 2>/dev/null)
VERSION := $(word 1,$(PROBE))
INTERPRETER := $(wordlist 3,9,$(PROBE))
ifeq ($(VERSION),)
  $(error There is no $(PYTHON) here. On Debian and Ubuntu: apt install python3-venv)
endif
ifneq ($(word 2,$(PROBE)),1)
  $(error $(PYTHON) is Python $(VERSION), and Fingerpost needs $(MINIMUM) or newer: apt install python$(MINIMUM)-venv, then make $(firstword $(MAKECMDGOALS)) PYTHON=python$(MINIMUM))
endif

VENV := $(if $(filter python3,$(PYTHON)),.venv,.venv-$(VERSION))
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
LOCKED := $(PIP) --require-hashes --only-binary :all: --requirement

# Scripts and the editable install hold absolute paths, so an environment is good for one place and one Python: of the
# same version there may be several, which differ in how they were built.
MADE_FOR := Python $(INTERPRETER) in $(CURDIR)
ifneq ($(file <$(VENV)/made-for),$(MADE_FOR))
$(VENV)/locked: FORCE
endif

# No recipe: an interpreter that has gone (the link dangles) makes the environment anew.
$(VENV)/bin/python: ;

$(VENV)/locked: requirements/run.lock $(VENV)/bin/python
	$(if $(shell $(PYTHON) -c 'import ensurepip, venv' 2>&1),$(error $(PYTHON) cannot make environments. On Debian and Ubuntu: apt install python$(VERSION)-venv))
	@echo 'Setting up $(VENV) with Python $(VERSION).'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(LOCKED) requirements/run.lock
	@echo '$(MADE_FOR)' > $(VENV)/made-for
	@touch $@

# Needs no network: the lock brought the build backend.
$(VENV)/run: $(VENV)/locked pyproject.toml
	@$(PIP) --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(VENV)/locked requirements/dev.lock
	@echo 'Adding the development tools to $(VENV).'
	@$(LOCKED) requirements/dev.lock
	@touch $@

run: $(VENV)/run
	@exec $(VENV)/bin/fingerpost serve $(ARGS)

# A file's tests stay in one process: they share what they started.
test: $(VENV)/run $(VENV)/dev
	@$(VENV)/bin/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/run $(VENV)/dev
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/python -m pytest --quiet tests/test_rooms.py

fuzz: $(VENV)/run $(VENV)/dev
	@$(VENV)/bin/python -m tests.fuzz.fuzz_head $(SECONDS)

bench: $(VENV)/run $(VENV)/dev
	@$(VENV)/bin/python -m bench $(ARGS)

queries: $(VENV)/run $(VENV)/dev
	@$(VENV)/bin/python -m bench.queries 100000000 365

soak: $(VENV)/run $(VENV)/dev
	@$(VENV)/bin/python -m bench.soak $(REQUESTS)

qr: $(VENV)/run $(VENV)/dev
	@$(VENV)/bin/python -m tests.qr.reading $(ARGS)

format: $(VENV)/dev
	@$(VENV)/bin/ruff format --quiet .
	@$(VENV)/bin/ruff check --quiet --fix .

endif

# dev.lock is held to the versions of run.lock, so that what is tested is what runs.
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-annotate --custom-compile-command 'make lock' pyproject.toml --group build
lock:
	$(if $(shell command -v $(UV)),,$(error There is no $(UV) here: pip install uv, or name it with UV=))
	@$(COMPILE) $(ARGS) --output-file requirements/run.lock
	@$(COMPILE) $(ARGS) --extra test --constraints requirements/run.lock --output-file requirements/dev.lock

clean:
	@rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist bench/scratch
	@find $(ROOMS) tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
