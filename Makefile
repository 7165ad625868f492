# make demo   runs the tour on an embedded Hub and engine
# make test   runs every test, with the real Python clients
GO ?= go
PYTHON ?= python3
GOTESTSUM = $(GO) run gotest.tools/gotestsum@v1.13.0
GOFUMPT = $(GO) run mvdan.cc/gofumpt@v0.12.0
STATICCHECK = $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)

.PHONY: build demo test test-go faults lint generate bench bench-read bench-hub bench-writing clean venvs

build:
	$(GO) build -ldflags "-X github.com/hfspark/hfspark/internal/version.linked=$(VERSION)" -o bin/hfspark ./cmd/hfspark

# The tour's second half wants a Python client; without Python the first half still runs.
demo: build
	-@command -v $(PYTHON) >/dev/null && $(MAKE) --no-print-directory .venv/client-4.2/ready
	bin/hfspark demo --python .venv/client-4.2/bin/python

venvs: .venv/client-4.2/ready .venv/spark-4.3/ready .venv/datasets/ready .venv/node/ready

.venv/%/ready: e2e/requirements/%.txt
	@echo "installing $* into .venv/$*"
	$(PYTHON) -m venv .venv/$*
	.venv/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# Without Node.js its tests skip.
.venv/node/ready: e2e/javascript/package.json
	@mkdir -p .venv/node && cp $< .venv/node/
	@if command -v npm >/dev/null; then echo "installing npm packages into .venv/node"; \
	cd .venv/node && npm install --silent --no-audit --no-fund --no-package-lock && touch ready; \
	else echo "npm is missing: nothing is tested with JavaScript"; fi

test: venvs
	HFSPARK_E2E_VENVS=$(CURDIR)/.venv $(GOTESTSUM) --format pkgname-and-test-fails -- -race -timeout 20m ./...

# Without the real clients: those tests skip.
test-go:
	$(GOTESTSUM) --format pkgname-and-test-fails -- -race -timeout 20m ./...

# Writes and reads through 2,000 failures of a Hub.
faults:
	HFSPARK_FAULTS=2000 $(GO) test -run TestManyFaults -v ./hub

lint:
	@unformatted=$$(git ls-files '*.go' | grep -v '\.pb\.go$$' | xargs $(GOFUMPT) -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofumpt:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(STATICCHECK) ./...

generate:
	$(GO) generate ./...

bench: build
	$(PYTHON) bench/run.py

# Reading of every format, near and far, beside pyspark_huggingface, datasets, DuckDB and Polars.
bench-read: build
	$(PYTHON) bench/reading.py

# Downloads, listings and uploads of a Hub in a folder, beside huggingface_hub.
bench-hub: build
	$(PYTHON) bench/hub.py

# Compares writes with pyspark_huggingface and DuckDB.
bench-writing: build
	$(PYTHON) bench/writing.py

clean:
	rm -rf bin .venv
