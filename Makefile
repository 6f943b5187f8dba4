# Overwatch: make run tries it, make test checks it. Needs Go; Node for the playground's page.

UI       := internal/playground/ui
WEB      := $(UI)/web
ORACLE   := cards/testdata/official
TOOL     := go tool -modfile=$(CURDIR)/.ci/tools.mod
# What is in the page's bundle, whose licences go with it.
BUNDLED  := adaptivecards markdown-it linkify-it mdurl uc.micro punycode.js entities
HAVE_NPM := $(shell command -v npm 2>/dev/null)
SHELL    := bash
.SHELLFLAGS := -o pipefail -c
export GOFLAGS := -trimpath $(GOFLAGS)

.DEFAULT_GOAL := help
.PHONY: help run web build test check fmt oracle screenshots fuzz bench gobench soak clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: web ## Start the playground on http://localhost:3000
	go run ./cmd/overwatch playground

build: web ## Build the program into bin/, static and without symbols
	CGO_ENABLED=0 go build -ldflags '-s -w' -o bin/overwatch ./cmd/overwatch

test: web oracle check ## Run every check and test; says what was skipped and why
	go test -race -v -timeout 20m ./... | awk -f .ci/report.awk

check: ## Formatting, vet and lint alone
	@unformatted="$$($(TOOL) gofumpt -l $$(git ls-files -co --exclude-standard '*.go'))"; \
	  if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(TOOL) staticcheck ./...
	@go mod tidy -diff

fmt: ## Format the code
	$(TOOL) gofumpt -w $$(git ls-files -co --exclude-standard '*.go')

screenshots: web ## Take the pictures of the playground with a browser, and the one of the README
	CI=true go test -count=1 -run TestStory ./internal/playground
	cp bin/screenshots/readme.png internal/playground/screenshot.png

FUZZTIME ?= 10s
fuzz: ## Run every fuzz target for FUZZTIME (10s)
	@for pkg in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -ho '^func Fuzz[A-Za-z0-9]*' $$pkg/*_test.go | cut -c6-); do \
	    echo "$$pkg $$f"; go test ./$$pkg -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) || exit 1; done; done

bench: ## Measure the bot under load, beside a floor, and how cost grows with work: some minutes
	go run ./internal/bench $(BENCH)

gobench: ## Run the Go benchmarks of the hot pieces: a minute
	go test -run '^$$' -bench . -benchmem ./...

# The same tests run for some seconds with every make test.
soak: export OVERWATCH_SOAK_EVENTS ?= 10000
soak: export OVERWATCH_SOAK_TIME ?= 30m
soak: ## Kill the bot under load for 10,000 questions, then let everything fail around it for 30 minutes
	go test -v -count=1 -timeout 2h ./internal/soak

clean: ## Remove what was built
	rm -rf bin $(WEB)/node_modules $(ORACLE)/node_modules
	find $(UI)/dist -mindepth 1 ! -name .gitkeep -delete

# The page is built with Node's npm and a bundler that is a Go program. Without npm everything else
# still works, and the playground says so in the browser.
ifeq ($(HAVE_NPM),)
web: ## Build the playground's page
	@echo "npm isn't installed: the playground's page is left out, its API still runs."
oracle:
	@echo "npm isn't installed: comparing our card templates with the official engine is left out."
else
web: $(UI)/dist/app.js ## Build the playground's page
oracle: $(ORACLE)/node_modules/.package-lock.json
endif

$(UI)/dist/app.js: $(WEB)/node_modules/.package-lock.json $(wildcard $(WEB)/*.js $(WEB)/*.css $(WEB)/*.html $(WEB)/*.json)
	cd $(WEB) && $(TOOL) esbuild app.js app.css index.html --bundle --minify --target=es2020 \
	  --loader:.html=copy --legal-comments=linked --log-level=warning --outdir=../dist
	cd $(WEB)/node_modules && for m in $(BUNDLED); do printf '\n== %s ==\n\n' $$m; cat $$m/LICENSE*; done >$(CURDIR)/$(UI)/dist/LICENSES.txt

# npm keeps an old time on the file, hence the touch.
%/node_modules/.package-lock.json: %/package.json %/package-lock.json %/.npmrc
	npm --prefix $* ci --silent
	@touch $@
