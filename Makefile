# `make` lists what there is. Nothing has to be installed beforehand but Python 3.11 with pip.

UV := scripts/uv
RUN := .venv/bin
PYTHON_SOURCES := libs services cli local tests

# Two files of tests at a time. Those of the whole product start a stack for each process, so they
# come after those of the parts.
PARTS := tests --ignore tests/e2e --numprocesses 2 --dist loadfile
WHOLE := tests/e2e --numprocesses 2 --dist loadfile

PORT ?= 8080
WORKERS ?= 2
DATA ?= .fotograma

URL ?= http://localhost:$(PORT)
USERS ?= 5
SPAWN_RATE ?= 1
RUN_TIME ?= 1m

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: up
up: ## Run Fotograma here until Ctrl-C (PORT=8080 WORKERS=2 DATA=.fotograma)
	@scripts/system-packages up
	@$(UV) sync --quiet --locked --inexact --no-dev --package fotograma-cli --extra local
	@exec $(RUN)/fotograma up --port $(PORT) --workers $(WORKERS) --data $(DATA)

.PHONY: test
test: setup lint types walls ## Check everything in minutes: style, types, walls, tests
	$(RUN)/pytest -m "not long" $(PARTS)
	$(RUN)/pytest -m "not long" $(WHOLE)

.PHONY: test-all
test-all: setup lint types walls ## The same and the long campaigns, with coverage
	$(RUN)/pytest $(PARTS) --cov --cov-report=
	$(RUN)/pytest $(WHOLE) --cov --cov-append --cov-report=term

.PHONY: test-compose
test-compose: setup ## The product in containers, at https://localhost (KEEP=1 leaves them running)
	@scripts/compose-images
	$(RUN)/pytest tests/compose

.PHONY: check-deploy
check-deploy: setup ## Check what is deployed, with each tool that is here (kubectl, checkov …)
	@scripts/check-deploy

.PHONY: destroy
destroy: ## Take an environment on AWS down, with all its data (ENV=dev)
	@scripts/destroy-environment "$(ENV)"

.PHONY: load-test
load-test: ## Locust against a running product (URL=http://localhost:8080 USERS=5 RUN_TIME=1m)
	@$(UV) tool run --quiet --with av --with numpy locust@2.47.0 --headless --only-summary \
		--locustfile bench/locustfile.py --host "$(URL)" \
		--users $(USERS) --spawn-rate $(SPAWN_RATE) --run-time $(RUN_TIME) \
		--csv load-test --html load-test.html

.PHONY: setup
setup: ## Install what development needs into .venv
	@scripts/system-packages test
	@$(UV) sync --quiet --locked

.PHONY: lint
lint: ## Check style
	$(RUN)/ruff check
	$(RUN)/ruff format --check

.PHONY: types
types: ## Check types
	$(RUN)/mypy $(PYTHON_SOURCES)

.PHONY: walls
walls: ## Check who imports whom
	$(RUN)/lint-imports

.PHONY: fmt
fmt: ## Format, and fix what can be fixed
	$(RUN)/ruff check --fix
	$(RUN)/ruff format
