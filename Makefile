# Two commands are all a reader needs: `make serve` and `make test`.
PYTHON ?= python3
PORT ?= 8000
SANDBOX_PORT ?= 8700
BIN := .venv/bin

.PHONY: serve test fix docs-update lock clean

serve: .venv/ready
	@$(BIN)/okx-guide serve --port $(PORT) --sandbox-port $(SANDBOX_PORT)

test: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
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
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs-update: .venv/ready  ## Write the tables of facts into the pages; look at the diff.
	$(BIN)/python -m okx_guide.facts.tables docs
	@git --no-pager diff --stat -- docs

lock: .venv/ready  ## Resolve the dependencies again. Needs uv.
	uv pip compile --quiet --upgrade pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --output-file requirements.lock

clean:
	rm -rf .venv site
