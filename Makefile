# Two commands are all a reader needs: `make serve` and `make test`.
PYTHON ?= python3
PORT ?= 8000
SANDBOX_PORT ?= 8700
KEY ?= demo
SITE ?= global
BIN := .venv/bin
# Only what is ours: a reader may have saved a snippet beside it.
CODE := okx_guide tests docs conftest.py

.PHONY: serve test test-live fix docs-update screenshots facts-age mutants vectors lock clean

serve: .venv/ready
	@$(BIN)/okx-guide serve --port $(PORT) --sandbox-port $(SANDBOX_PORT)

test: .venv/ready
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/python -m pytest

# Everything in .venv comes from the lock file, checked by hash.
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv || { echo "python3 cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing the locked dependencies into .venv (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

fix: .venv/ready  ## Format the code and mend what can be mended.
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

docs-update: .venv/ready  ## Write tables of facts and printed output into the pages, and show the difference.
	$(BIN)/python -m okx_guide.facts.tables docs
	UPDATE_PAGES=1 $(BIN)/python -m pytest --quiet docs tests/test_pages.py
	@git --no-pager diff -- docs

screenshots: .venv/ready  ## Walk through the key page and take the pictures of the guide. Needs chromium.
	$(BIN)/python -m tests.screenshots

# With a real key in the environment: make test-live, or make test-live KEY=live SITE=eea
test-live: .venv/ready  ## Run the pages' read-only blocks against OKX itself.
	OKX_GUIDE_LIVE=$(KEY) OKX_SITE=$(SITE) $(BIN)/python -m pytest docs

facts-age: .venv/ready  ## List the facts that were last checked more than 90 days ago.
	@$(BIN)/python -m okx_guide.facts.age

mutants: .venv/ready  ## Change one thing at a time and see whether a test notices. Takes minutes.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-mutants.lock
	$(BIN)/python -m tests.mutants

vectors: .venv/ready  ## Write the public test vectors; look at the diff.
	$(BIN)/python -m okx_guide.vectors docs/vectors

COMPILE = uv pip compile --quiet --upgrade pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock:  ## Resolve the dependencies again. Needs uv.
	$(COMPILE) --all-extras --group dev --output-file requirements.lock
	$(COMPILE) --group mutants --constraint requirements.lock --output-file requirements-mutants.lock

clean:
	rm -rf .venv site
