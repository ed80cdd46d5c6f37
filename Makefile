# SPDX-License-Identifier: GPL-3.0-or-later
#
# Needs make and Python, nothing else. Every variable can be given on the command line:
#   make install VENV=/opt/ebs KERBEROS=1

PYTHON      ?= python3
VENV        ?= .venv
KERBEROS    ?=
PYTEST_ARGS ?=
# Half of the time the tests wait: for servers to start, for processes to end, for retries.
JOBS        ?= 3
UPGRADE     ?=
ENGINE      ?= podman
EVENTS      ?=
MAN         ?= build/man

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# The lock names all there is to install: pip resolves nothing and believes no file by its name.
PIP_LOCKED := $(PIP) install --quiet --no-deps --require-hashes

# What stands in the environment; a target waits for these, so that a second run costs nothing.
BASE   := $(VENV)/.installed
STAMPS := $(BASE) $(if $(filter-out 0 no,$(KERBEROS)),$(VENV)/.installed-kerberos)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test check bench bench-audit chaos crash kerberos picture pictures web browser \
	observability packaging rehearsal man man-lint image sbom lock clean

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' Makefile

install: $(STAMPS) ## put lock and project into VENV (.venv); KERBEROS=1 adds the Kerberos login

demo: $(STAMPS) ## replay the branching incident of August 2024
	$(BIN)/ebs demo

# In the order of the tree: by itself xdist keeps modules of few tests, the longest ones, for the end.
test: $(STAMPS) ## run the tests; PYTEST_ARGS are handed on
	$(BIN)/python -m tests.fixtures.install_rabbit
	$(BIN)/python -m pytest -n $(JOBS) --dist loadscope --no-loadscope-reorder $(PYTEST_ARGS)

check: $(STAMPS) ## lint, formatting, types, layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMPS) ## measure against the bounds; exits 1 if one is missed
	$(BIN)/python -m tests.fixtures.install_rabbit private
	$(BIN)/python tests/bench/main.py

bench-audit: $(STAMPS) ## questions to logs of 1 and 10 million events; takes 8 GB and a while
	$(BIN)/python -m tests.bench.audit.main $(EVENTS)

chaos: $(STAMPS) ## a storm of messages through a broker, while everything dies in turn; takes minutes
	$(BIN)/python -m tests.fixtures.install_rabbit private
	$(BIN)/python -m tests.chaos.main

crash: $(STAMPS) ## kill the service, and let Koji fail, at every point; EBS_TEST_EVERY=60 tries some
	$(BIN)/python -m tests.crash.main

rehearsal: $(STAMPS) ## the operator's manual, typed from end to end while everything dies in turn; minutes
	$(BIN)/python -m tests.fixtures.install_rabbit private
	$(BIN)/python -m tests.rehearsal.main

# gssapi and krb5 are built here, hence an environment that has them in any case.
kerberos: ## build the Kerberos login, and test it by a KDC; takes minutes
	$(PYTHON) -m tests.fixtures.install_kdc
	$(MAKE) install KERBEROS=1
	EBS_TEST_KERBEROS=1 $(BIN)/python -m pytest tests/adapters/kerberos tests/adapters/cli/test_doctor_kerberos.py \
		tests/adapters/cli/test_doctor.py::test_a_clock_that_is_off $(PYTEST_ARGS)

man: $(STAMPS) ## write the manual pages into MAN
	$(BIN)/python -m adapters.cli.man $(MAN)

man-lint: $(STAMPS) ## show each manual page by man, and have mandoc judge it
	$(BIN)/python -m tests.fixtures.install_mandoc
	EBS_TEST_MAN_LINT=1 $(BIN)/python -m pytest tests/adapters/cli/test_man.py $(PYTEST_ARGS)

picture: $(STAMPS) ## draw deploy/docs/incident.svg anew: the demo, from the pause on
	@set -eu; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	$(BIN)/ebs demo --state-dir "$$tmp" --json; \
	from=$$($(BIN)/ebs events --state-dir "$$tmp" --type paused --csv | tail -1 | cut -d, -f1); \
	$(BIN)/ebs timeline --state-dir "$$tmp" --from "$$from" --format svg > deploy/docs/incident.svg

# Node.js is needed for the OpenID provider that the sign-in is tested against; `make test` tests the
# rest without it, and says so.
web: $(STAMPS) ## all tests of the web side: the sign-in by a real provider, and what OpenAPI allows
	EBS_TEST_WEB=1 EBS_TEST_EXAMPLES=$${EBS_TEST_EXAMPLES:-100} $(BIN)/python -m pytest tests/adapters/web tests/adapters/cli/test_serve.py $(PYTEST_ARGS)

# Playwright comes with a Node.js of its own, hence a lock of its own; the browser is the system's.
browser: $(STAMPS) $(VENV)/.installed-browser ## look at every page in chromium: light, dark, wide, narrow, by keys, live
	$(BIN)/python -m tests.fixtures.install_chromium
	$(BIN)/python -m tests.browser.main $(PYTEST_ARGS)

# Without promtool `make test` tests the rest, and says so.
observability: $(STAMPS) ## all tests of alerts, dashboard, logs and traces, with Prometheus' own tool
	$(BIN)/python -m tests.fixtures.install_promtool
	EBS_TEST_OBSERVABILITY=1 $(BIN)/python -m pytest tests/deploy tests/adapters/test_tracing.py tests/adapters/test_logs.py $(PYTEST_ARGS)

# Wants kubectl or kustomize, systemd-analyze, and what gssapi is built with; what is missing is named.
# gssapi takes one to two minutes, on a busy machine many.
packaging: $(STAMPS) ## all tests of what deploy/ ships: the image's steps from nothing, units, manifests
	EBS_TEST_PACKAGING=1 $(BIN)/python -m pytest -o faulthandler_timeout=1800 \
		tests/deploy/test_image.py tests/deploy/test_network.py tests/deploy/test_openshift.py \
		tests/deploy/test_pods.py tests/deploy/test_running.py tests/deploy/test_systemd.py $(PYTEST_ARGS)

VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

image: ## build the container image with ENGINE (podman), as ebs:VERSION
	$(ENGINE) build --file deploy/Containerfile --tag ebs:$(VERSION) \
		--build-arg VERSION=$(VERSION) --build-arg REVISION=$(shell git rev-parse HEAD) .

sbom: requirements-build.lock requirements-service.lock ## write build/sbom.cdx.json: what an image holds of Python's packages
	@set -eu; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; mkdir -p build; \
	for name in build service; do \
		$(PYTHON) -m venv "$$tmp/$$name"; \
		"$$tmp/$$name/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes \
			--only-binary :all: -r requirements-$$name.lock; done; \
	"$$tmp/service/bin/pip" uninstall --quiet --yes pip setuptools; \
	"$$tmp/build/bin/cyclonedx-py" environment --pyproject pyproject.toml --output-reproducible \
		--output-file build/sbom.cdx.json "$$tmp/service/bin/python"

pictures: $(STAMPS) $(VENV)/.installed-browser ## take the pictures in deploy/docs/pages anew
	$(BIN)/python -m tests.fixtures.install_chromium
	$(BIN)/python -m tests.browser.pictures

# A Python that the lock has no wheels for is refused before anything is made: pip's own message
# about it helps nobody.
define CHECK_PYTHON
import sys
found = sys.version_info[:2]
if not (3, 11) <= found <= (3, 14):
    sys.exit("Python 3.11 to 3.14 is needed, $(PYTHON) is %d.%d. "
             "Name another one: make install PYTHON=python3.11" % found)
endef
export CHECK_PYTHON

# Wheels only: installing runs no code of a package. The project itself is built by the hatchling
# of the lock, hence without build isolation, which would fetch another.
$(BASE): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not found: install Python 3.11, or name it: make install PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c "$$CHECK_PYTHON"
	$(PYTHON) -m venv $(VENV)
	@echo '*' > $(VENV)/.gitignore # for git and ruff, whatever VENV is called
	$(PIP_LOCKED) --only-binary :all: -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# gssapi and krb5 come as source: they want a compiler and the headers of libkrb5. What builds them
# is locked too, and must be there before pip looks at them, hence a file of its own.
$(VENV)/.installed-kerberos: $(BASE) requirements-build.lock requirements-kerberos.lock
	@command -v krb5-config >/dev/null || { echo "krb5-config is not found: install the headers of libkrb5 (libkrb5-dev or krb5-devel) and a C compiler" >&2; exit 1; }
	$(PIP_LOCKED) --only-binary :all: -r requirements-build.lock
	@echo "building gssapi and krb5: one to two minutes, on a busy machine many"
	$(patsubst --quiet,,$(PIP_LOCKED)) --no-build-isolation -r requirements-kerberos.lock
	@touch $@

$(VENV)/.installed-browser: $(BASE) requirements-browser.lock
	$(PIP_LOCKED) --only-binary :all: -r requirements-browser.lock
	@touch $@

# The locks hold for every supported Python and platform (--universal, hashes of all wheels) and
# say nothing of where they were made: no registry, no command line, no paths. Pins stay as they
# are where they still fit; `make lock UPGRADE=--upgrade` renews them all.
# What the tests need is not in that of the service, which takes the versions they tested.
LOCKED := requirements.lock requirements-service.lock requirements-browser.lock requirements-build.lock requirements-kerberos.lock
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links $(UPGRADE)

lock: ## renew the locks after a change of pyproject.toml; UPGRADE=--upgrade takes the newest
	@set -eu; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	$(PYTHON) -m venv "$$tmp/venv"; "$$tmp/venv/bin/pip" install --quiet --disable-pip-version-check uv; \
	PATH="$$tmp/venv/bin:$$PATH"; \
	for lock in $(LOCKED); do if test -f $$lock; then cp $$lock "$$tmp"; fi; done; \
	$(COMPILE) --extra test --no-emit-package gssapi --no-emit-package krb5 \
		pyproject.toml --output-file "$$tmp/requirements.lock"; \
	$(COMPILE) --constraint "$$tmp/requirements.lock" --no-emit-package gssapi --no-emit-package krb5 \
		pyproject.toml --output-file "$$tmp/requirements-service.lock"; \
	printf 'axe-playwright-python\nplaywright\n' | $(COMPILE) --constraint "$$tmp/requirements.lock" - \
		--output-file "$$tmp/requirements-browser.lock"; \
	printf 'cyclonedx-bom\ncython\nhatchling\nsetuptools\n' | $(COMPILE) --constraint "$$tmp/requirements.lock" \
		- --output-file "$$tmp/requirements-build.lock"; \
	printf 'gssapi\nkrb5\n' | $(COMPILE) --no-deps - --output-file "$$tmp/requirements-kerberos.lock"; \
	for lock in $(LOCKED); do { \
		echo '# SPDX-License-Identifier: GPL-3.0-or-later'; \
		echo '# Written by make lock, not by hand.'; \
		grep -v '^#' "$$tmp/$$lock"; } > $$lock; done

# Removes what is made here, never a VENV that was named: that may be anything.
clean: ## remove .venv, caches and what was built
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
