# `make` lists what there is. Nothing has to be installed beforehand but Python 3.11 with pip.

UV := scripts/uv
RUN := .venv/bin
PYTHON_SOURCES := libs services cli installer local web/src tests

# Three files of tests at a time, as a test often waits; those that take longest come first, so that
# none of them is left at the end with one process. Those of the whole product come after those of
# the parts, two at a time: each process starts a stack.
LONGEST := tests/web tests/integration/monitoring tests/unit/worker/engine
PARTS := $(LONGEST) tests --ignore tests/e2e --ignore tests/browser \
	--numprocesses 3 --dist loadfile --no-loadscope-reorder
WHOLE := tests/e2e tests/browser --numprocesses 2 --dist loadfile
# What browsers look at is in two files, one for each; so it is dealt out by tests.
PAGE := tests/browser --numprocesses 2 --dist worksteal
# A campaign computes all the time, and most are in few files: each test goes to the process that is
# free.
CAMPAIGNS := tests --ignore tests/e2e --ignore tests/browser --numprocesses 2 --dist worksteal

# What operators of AWS run: all it needs are Python and pip.
INSTALLER = $(UV) sync --quiet --locked --inexact --no-dev --package fotograma-installer \
	&& $(RUN)/fotograma-installer

PORT ?= 8080
WORKERS ?= 2
DATA ?= .fotograma
HTTPS ?=

URL ?= http://localhost:$(PORT)
USERS ?= 5
SPAWN_RATE ?= 1
RUN_TIME ?= 1m

# Each process of the product and of its tests would compile all of its libraries again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: up
up: ## Run Fotograma here until Ctrl-C (PORT=8080 WORKERS=2 DATA=.fotograma HTTPS=1 TRACES=1)
	@scripts/system-packages up
	@$(UV) sync --quiet --locked --inexact --no-dev --package fotograma-cli --extra local
	@exec $(RUN)/fotograma up --port $(PORT) --workers $(WORKERS) --data $(DATA) \
		$(if $(HTTPS),--https) $(if $(TRACES),--traces)

.PHONY: test
test: setup lint types walls ## Check everything in minutes: style, types, walls, tests
	$(RUN)/pytest $(PARTS)
	$(RUN)/pytest $(WHOLE)

.PHONY: test-more
test-more: setup ## What is random or attacks, at a middle size; after `make test`, which it does not repeat
	$(RUN)/pytest --size middle $(CAMPAIGNS)
	$(RUN)/pytest --size middle tests/e2e $(PAGE)

.PHONY: test-all
test-all: setup lint types walls ## All tests at their full size, in hours, with coverage
	$(RUN)/pytest --size long $(PARTS) --cov --cov-report=
	$(RUN)/pytest --size long $(WHOLE) --cov --cov-append --cov-report=term

.PHONY: unit
unit: setup ## Tests without servers, in a minute or two
	$(RUN)/pytest tests/unit --numprocesses 2 --dist loadfile

.PHONY: test-one
test-one: setup ## One file or test (T=tests/unit/video/test_naming.py, or T="-k naming --size long")
	@test -n "$(T)" || { echo "Which one? make test-one T=tests/unit/video/test_naming.py" >&2; exit 2; }
	$(RUN)/pytest $(if $(filter tests/%,$(T)),,tests) $(T)

.PHONY: test-compose
test-compose: setup ## The product in containers, at https://localhost (KEEP=1 leaves them running)
	@scripts/compose-images
	$(RUN)/pytest tests/compose

.PHONY: check-deploy
check-deploy: setup ## Check what is deployed, with each tool that is here (kubectl, checkov …)
	@scripts/check-deploy

.PHONY: config
config: ## Write what follows from config/fotograma.yaml (ENV=prod)
	@$(INSTALLER) config "$(ENV)"

.PHONY: workflow
workflow: ## What a workflow must know of an environment, as GitHub takes outputs (ENV=prod)
	@$(INSTALLER) workflow "$(ENV)"

.PHONY: policy
policy: ## What whoever deploys must be allowed, as an IAM policy (ENV=prod)
	@$(INSTALLER) policy "$(ENV)"

.PHONY: preflight
preflight: ## Whether an AWS account and this machine are ready, and what it will cost (ENV=prod)
	@$(INSTALLER) preflight "$(ENV)"

.PHONY: deploy
deploy: ## From an empty AWS account to the first frames; again after a break (ENV=prod)
	@$(INSTALLER) deploy "$(ENV)" $(if $(AUTO_APPROVE),--yes)

.PHONY: validate
validate: ## Look at an environment from outside, and send it a clip (ENV=prod)
	@$(INSTALLER) validate "$(ENV)"

.PHONY: destroy
destroy: ## Take an environment on AWS down, with all its data (ENV=dev)
	@scripts/destroy-environment "$(ENV)"

.PHONY: load-test
load-test: ## Locust against a running product (URL=http://localhost:8080 USERS=5 RUN_TIME=1m)
	@$(UV) tool run --quiet --with av --with numpy locust@2.47.0 --headless --only-summary \
		--locustfile bench/locustfile.py --host "$(URL)" \
		--users $(USERS) --spawn-rate $(SPAWN_RATE) --run-time $(RUN_TIME) \
		--csv load-test --html load-test.html

.PHONY: bench
bench: setup ## All that speed is held against, in at most 40 minutes (QUICK=1 to see that it runs)
	@$(UV) sync --quiet --locked --group bench
	$(RUN)/python bench/report.py $(if $(QUICK),--quick)

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

.PHONY: migration
migration: setup ## Write the next migration of a service (SERVICE=video M="what it changes")
	@$(RUN)/python scripts/new_migration.py "$(SERVICE)" "$(M)" && $(RUN)/ruff check --quiet --fix services/*/src/*/migrations/versions && $(RUN)/ruff format --quiet services/*/src/*/migrations/versions

.PHONY: documents
documents: setup ## Write what is generated: schemas, OpenAPI, alert rules, examples, Terraform's tables
	@$(RUN)/python -m fotograma_contracts.schemas libs/contracts/schemas
	@$(RUN)/fotograma-auth openapi > services/auth/openapi.json
	@$(RUN)/fotograma-notify openapi > services/notify/openapi.json
	@$(RUN)/fotograma-video openapi > services/video/openapi.json
	@$(RUN)/python scripts/write_kubernetes_rules.py > deploy/k8s/components/monitoring/rules.yaml
	@$(RUN)/fotograma-installer examples
	@$(RUN)/python scripts/write_terraform_tables.py
	@$(RUN)/python bench/figures.py > bench/results.schema.json

.PHONY: web
web: setup ## Build the page, with the types of the APIs (needs the npm registry once)
	@$(RUN)/python scripts/write_page_phrases.py > web/app/words/phrases.json
	@$(RUN)/python scripts/write_page_formats.py > web/app/help/formats.json
	@scripts/npm run --silent types
	@scripts/npm run --silent notices
	@scripts/npm run --silent check
	@scripts/npm run --silent build -- --logLevel warn

.PHONY: test-page
test-page: setup ## The page in Chromium and Firefox, within a quarter of an hour
	$(RUN)/pytest --size middle $(PAGE)

.PHONY: page-pictures
page-pictures: setup ## The pictures of docs/page.md, of a running product (URL=… CLIP=video.mp4)
	@test -n "$(CLIP)" || { echo "Of which video? make page-pictures CLIP=video.mp4" >&2; exit 2; }
	@FOTOGRAMA_URL="$(URL)" CLIP="$(abspath $(CLIP))" PICTURES="$(CURDIR)/docs/pictures" \
		scripts/npm run --silent test:page -- pictures.spec.ts

.PHONY: bench-page
bench-page: setup ## What the page's budgets are about, of a running product (URL=… ROUNDS=10)
	@FOTOGRAMA_URL="$(URL)" ROUNDS="$(or $(ROUNDS),10)" scripts/npm run --silent bench

.PHONY: walk
walk: setup ## A stranger's walk through the page, clicks and seconds (URL=… CLIP=video.mp4, or the sample)
	@FOTOGRAMA_URL="$(URL)" CLIP="$(abspath $(CLIP))" scripts/npm run --silent walk

.PHONY: fmt
fmt: ## Format, and fix what can be fixed
	$(RUN)/ruff check --fix
	$(RUN)/ruff format
