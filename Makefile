# Needs: python3.11 or newer with venv, git; node for the emulator the tests talk to; make.
# `make try` runs aircher here and now; `make test` tests it; `make dev` is for working on it.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV     ?= $(shell command -v uv || echo .venv/bin/uv)
REPO   ?=
BASE_URL ?=
MODEL  ?=

# Three environments, so that none disturbs another: to use, to test as installed, to work in.
RUN  := .venv-run
TEST := .venv-test
DEV  := .venv

PIP := -m pip --disable-pip-version-check --no-input
LOCKED := $(PIP) install --quiet --require-hashes
# Everything the build needs is locked and installed already: no network, no second resolution.
BUILT := $(PIP) install --quiet --no-build-isolation --no-deps --no-index --force-reinstall

SOURCES := pyproject.toml README.md LICENSE $(shell find daemon protocol/aircher_protocol \
             editors/terminal -type f -not -name '*.pyc')
CHECKED := daemon protocol editors tests
NODE := tests/fakes/node
LITELLM := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/aircher-tests/litellm-1.106.2

.PHONY: help try test quick slow check bench bench-page dev venv lint format lock sbom audit \
        clean vsix test-vscode pictures nvim pictures-terminal bench-peers chaos fuzz soak \
        bench-failover bench-idle vscode vscode-tests promises bench-neighbours

help:
	@echo 'make try [REPO=path] [BASE_URL=http://…/v1 MODEL=name]'
	@echo '                      a commit message from a real repository, shown in this terminal'
	@echo 'make test             everything checked: lint, types, generated files, tests'
	@echo 'make chaos [SEEDS=20] a daemon under faults of network, disk and process, by seed'
	@echo 'make dev              an environment to work in (.venv), the sources in place'
	@echo 'make fuzz [FRAMES=20000] frames no client should send, at a daemon'
	@echo 'make soak [REQUESTS=5000] many requests and cancels: does anything grow?'
	@echo 'make promises         the tests that hold the promises, and what they came to, in the README'
	@echo 'make bench            figures: start-up, latency, memory, drafting, bookkeeping'
	@echo 'make bench-page       the same, kept as tests/bench/FIGURES.md'
	@echo 'make nvim             the Neovim plug-in, copied to where Neovim finds it by itself'
	@echo 'make bench-peers      the same beside the openai SDK, LiteLLM and Portkey'
	@echo 'make bench-idle       what a daemon holds that nobody asks, as installed'
	@echo 'make bench-failover   an outage of the primary, with and without each mechanism'
	@echo 'make bench-neighbours what a quiet client feels of each one that holds it wrong'
	@echo 'make vsix             the VS Code extension, as dist/aircher.vsix'
	@echo 'make test-vscode      its stories in a real VS Code and a headless browser (in make test too)'
	@echo 'make lint | format    style and types | put in style'
	@echo 'make lock             new versions into .requirements (needs uv)'
	@echo 'make sbom | audit      what is installed, as sbom.json (CycloneDX) | known holes in it'
	@echo 'make clean            remove what was made here'

try: $(RUN)/.installed
	@$(RUN)/bin/python -m aircher try $(REPO) $(if $(BASE_URL),--base-url $(BASE_URL)) \
	  $(if $(MODEL),--model $(MODEL))

test: check quick slow vscode

check: $(TEST)/.installed
	$(TEST)/bin/ruff check $(CHECKED)
	$(TEST)/bin/ruff format --check $(CHECKED)
	$(TEST)/bin/mypy
	if [ -d protocol/generate ] && [ -f protocol/generate/__main__.py ]; then \
	  $(TEST)/bin/python protocol/generate --check; fi

quick: $(TEST)/.installed $(TEST)/.node $(TEST)/.nvim
	$(TEST)/bin/python -m pytest -n 2 -m 'not slow'

# What asks for nothing but a processor shares the machine; the rest has it for itself.
BOOKS := tests/ledger tests/outbound
slow: $(TEST)/.installed $(TEST)/.node $(TEST)/.nvim $(LITELLM)/.installed
	$(TEST)/bin/python -m pytest -n 2 -m slow $(BOOKS)
	AIRCHER_LITELLM=$(LITELLM)/bin/python $(TEST)/bin/python -m pytest -m slow \
	  $(addprefix --ignore=,$(BOOKS))

bench: $(TEST)/.installed $(TEST)/.node
	$(TEST)/bin/python tests/bench

bench-page: $(TEST)/.installed $(TEST)/.node
	$(TEST)/bin/python tests/bench --write

# The tests that hold the promises, and the README's table of what they came to.
promises: $(TEST)/.installed $(TEST)/.node
	$(TEST)/bin/python tests/safety/promises.py $(PROMISES)

# Beside the openai SDK, LiteLLM and Portkey's gateway, which it installs in the user's cache; npm.
bench-peers: $(TEST)/.installed
	$(TEST)/bin/python tests/bench/peers.py

# A daemon under faults, seed by seed; `make chaos SEEDS=200 JOBS=2 PAGE=tests/chaos/RESULT.md`.
SEEDS ?= 20
FIRST ?= 1
JOBS  ?= 1
chaos: $(TEST)/.installed
	cd tests && ../$(TEST)/bin/python -m chaos.seeds $(SEEDS) $(FIRST) --jobs $(JOBS) \
	  $(if $(PAGE),--page $(abspath $(PAGE)))

# Frames nobody should send; `make fuzz FRAMES=1000000 JOBS=2`.
FRAMES ?= 20000
fuzz: $(TEST)/.installed
	cd tests && ../$(TEST)/bin/python -m chaos.fuzz $(FRAMES) --jobs $(JOBS)

# What a quiet client feels of each neighbour that holds it wrong.
bench-neighbours: $(TEST)/.installed
	cd tests && ../$(TEST)/bin/python -m chaos.beside --page chaos/NEIGHBOURS.md

# Does anything grow? `make soak REQUESTS=100000 PAGE=tests/bench/SOAK.md`.
REQUESTS ?= 5000
soak: $(TEST)/.installed
	cd tests && ../$(TEST)/bin/python -m bench.soak $(REQUESTS) \
		$(if $(PAGE),--page $(abspath $(PAGE)))

# What an installed daemon holds that nobody asks: nothing of development is loaded with it.
bench-idle: $(TEST)/.installed $(RUN)/.installed
	cd tests && ../$(TEST)/bin/python -m bench.idle --python $(abspath $(RUN)/bin/python)

# An outage of the primary, with and without each mechanism; `PAGE=tests/bench/FAILOVER.md`.
bench-failover: $(TEST)/.installed
	cd tests && ../$(TEST)/bin/python -m bench.failover $(if $(PAGE),--page $(abspath $(PAGE)))

dev venv: $(DEV)/.editable

lint: $(DEV)/.editable
	$(DEV)/bin/ruff check $(CHECKED)
	$(DEV)/bin/ruff format --check $(CHECKED)
	$(DEV)/bin/mypy

format: $(DEV)/.editable
	$(DEV)/bin/ruff check --fix $(CHECKED)
	$(DEV)/bin/ruff format $(CHECKED)

# --- environments: each stamp is newer than what it was made from ------------------------------

$(RUN)/.locked: .requirements/run.txt .requirements/build.txt
	$(PYTHON) -m venv --clear $(RUN)
	$(RUN)/bin/python $(LOCKED) -r .requirements/run.txt -r .requirements/build.txt
	touch $@

$(TEST)/.locked: .requirements/dev.txt
	$(PYTHON) -m venv --clear $(TEST)
	$(TEST)/bin/python $(LOCKED) -r .requirements/dev.txt
	touch $@

$(DEV)/.locked: .requirements/dev.txt
	$(PYTHON) -m venv $(DEV)
	$(DEV)/bin/python $(LOCKED) -r .requirements/dev.txt
	touch $@

$(RUN)/.installed: $(RUN)/.locked $(SOURCES)
	$(RUN)/bin/python $(BUILT) .
	touch $@

# As users have it: the built wheel, not the sources in place.
$(TEST)/.installed: $(TEST)/.locked $(SOURCES)
	rm -rf $(TEST)/dist
	$(TEST)/bin/python $(PIP) wheel --quiet --no-build-isolation --no-deps --no-index \
	  --wheel-dir $(TEST)/dist .
	$(TEST)/bin/python $(BUILT) $(TEST)/dist/*.whl
	touch $@

$(DEV)/.editable: $(DEV)/.locked pyproject.toml
	$(DEV)/bin/python $(BUILT) --editable .
	touch $@

$(TEST)/.node: $(TEST)/.locked $(wildcard $(NODE)/package-lock.json)
	if [ -f $(NODE)/package-lock.json ]; then \
	  npm ci --prefix $(NODE) --no-audit --no-fund --ignore-scripts; fi
	touch $@

# Neovim 0.10 and the newest, unpacked in the user's cache; the second time they are there.
$(TEST)/.nvim: $(TEST)/.locked tests/editors/nvim/install.py
	$(TEST)/bin/python tests/editors/nvim/install.py
	touch $@

# LiteLLM's proxy, in an environment of its own in the user's cache: half a gigabyte, never a
# dependency. It is other people's, so a release that has gone costs its one test and not all.
$(LITELLM)/.installed:
	mkdir -p $(dir $(LITELLM))
	$(PYTHON) -m venv --clear $(LITELLM)
	$(LITELLM)/bin/python $(PIP) install --quiet 'litellm[proxy]==1.106.2' && touch $@ || \
	  echo "LiteLLM's proxy is not to be had here; its test is left out."

# --- Neovim -------------------------------------------------------------------------------------

# A package of Neovim's own kind: loaded at its next start, with no plug-in manager.
NVIM_PLUGIN := $(or $(XDG_DATA_HOME),$(HOME)/.local/share)/nvim/site/pack/aircher/start/aircher

nvim:
	rm -rf "$(NVIM_PLUGIN)"
	mkdir -p "$(NVIM_PLUGIN)"
	cd editors/nvim && cp -R doc lsp lua plugin "$(NVIM_PLUGIN)/"
	command -v nvim >/dev/null && \
	  nvim --clean --headless -c 'helptags $(NVIM_PLUGIN)/doc' -c 'qa!' || true
	@echo 'The plug-in stands in $(NVIM_PLUGIN).'

# --- VS Code ------------------------------------------------------------------------------------

VSCODE := editors/vscode
VSIX   := dist/aircher.vsix
VSCODE_TESTS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/aircher-tests/vscode

vsix: $(VSIX)

$(VSCODE)/node_modules/.installed: $(VSCODE)/package-lock.json
	npm ci --prefix $(VSCODE) --no-audit --no-fund --ignore-scripts
	touch $@

# The daemon itself, for those who let the extension install it: its wheel, the rest by hash.
$(VSCODE)/python/requirements.txt: $(TEST)/.installed .requirements/run.txt .requirements/dev.txt \
                                   $(VSCODE)/requirements.py
	rm -rf $(VSCODE)/python
	mkdir $(VSCODE)/python
	cp $(TEST)/dist/*.whl $(VSCODE)/python/
	$(TEST)/bin/python $(VSCODE)/requirements.py > $(VSCODE)/python/wanted
	mv $(VSCODE)/python/wanted $@

$(VSIX): $(VSCODE)/node_modules/.installed $(VSCODE)/python/requirements.txt LICENSE \
         protocol/aircher.config.schema.json $(wildcard $(VSCODE)/*.json $(VSCODE)/*.mjs) \
         $(VSCODE)/README.md $(VSCODE)/.vscodeignore \
         $(shell find $(VSCODE)/src $(VSCODE)/media -type f)
	mkdir -p $(@D)
	cp LICENSE $(VSCODE)/LICENSE
	cd $(VSCODE) && npm run --silent check && \
	  node_modules/.bin/vsce package --no-dependencies --out ../../$(VSIX)

# The real VS Code server, node 24 and Chromium, from npm and PyPI, in the user's cache.
vscode-tests:
	PYTHON=$(PYTHON) sh tests/editors/vscode/setup.sh $(VSCODE_TESTS)

STORIES := AIRCHER_TEST_VSCODE=1 $(TEST)/bin/python -m pytest tests/editors/vscode

test-vscode: $(TEST)/.installed $(TEST)/.node $(VSIX) vscode-tests
	$(STORIES)

# As a part of `make test`: where the set-up cannot be had, which is other people's, it is said and
# left out. A story is told twice before it counts as failed: a browser has waits of its own, which
# a machine busy with all the rest can outlast. `make test-vscode` tells each once.
vscode: $(TEST)/.installed $(TEST)/.node $(VSIX)
	if $(MAKE) --no-print-directory vscode-tests; then \
	  $(STORIES) || { echo 'Once more, what failed in VS Code:'; \
	    $(STORIES) --last-failed --last-failed-no-failures none; }; \
	else echo 'The stories in VS Code are left out: what they run in cannot be had here.'; fi

# The README's pictures, from those stories; the terminal's wants tmux.
pictures: test-vscode pictures-terminal
	cp $(patsubst %,build/vscode/%.png,explain review preview) $(VSCODE)/pictures/

pictures-terminal: $(TEST)/.installed $(TEST)/.nvim
	$(TEST)/bin/python tests/editors/nvim/picture.py
	$(TEST)/bin/python tests/e2e/picture.py

# --- versions: resolved for every platform, each file by its hash, no index's name --------------

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
             --no-emit-index-url --no-header --no-annotate --upgrade

lock:
	$(COMPILE) pyproject.toml --group dev -o .requirements/dev.txt
	$(COMPILE) pyproject.toml -c .requirements/dev.txt -o .requirements/run.txt
	$(PYTHON) -c 'import tomllib; \
	  print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	  | $(COMPILE) - -c .requirements/dev.txt -o .requirements/build.txt

# Both read the lock, not an environment, and need uv and a package index.
sbom:
	$(UV) tool run --from cyclonedx-bom cyclonedx-py requirements .requirements/run.txt -o sbom.json

audit:
	$(UV) tool run pip-audit --requirement .requirements/run.txt --require-hashes --disable-pip --strict

clean:
	rm -rf $(RUN) $(TEST) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf $(NODE)/node_modules $(VSCODE)/node_modules $(VSCODE)/dist $(VSCODE)/python
	find daemon protocol editors tests -name __pycache__ -type d -prune -exec rm -rf {} +
