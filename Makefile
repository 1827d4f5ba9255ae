# AniSora: everything a person does with this repository. `make` alone lists it.
# Steps check what is already done: running any of them again costs seconds.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

CONFIG ?= Release
# Two minutes of training by default; make demo TRAIN_SECONDS=600 looks better.
TRAIN_SECONDS ?= 120

export DOTNET_NOLOGO := 1
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_SKIP_FIRST_TIME_EXPERIENCE := 1
export DOTNET_GENERATE_ASPNET_CERTIFICATE := false

CLI := src/AniSora.Cli/AniSora.Cli.csproj
step = @printf '\n\033[1m==> %s\033[0m\n' "$(1)"

.PHONY: help
help: ## list the targets
	@echo "AniSora: train small animation models and make animation with them, in C#."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Then: ./anisora --help    ./anisora doctor"

.PHONY: demo
demo: setup-run build-cli ## set up, train for two minutes, write out/demo/index.html
	$(call step,clips: fetch and index)
	./anisora data prepare demo
	$(call step,demo: train for $(TRAIN_SECONDS) seconds$(comma) then make animation with the shipped model)
	./anisora demo --train-seconds $(TRAIN_SECONDS) --out out/demo
	@printf '\nOpen %s\n' "$(CURDIR)/out/demo/index.html"

.PHONY: test
test: setup build ## set up, build and run every test
	$(call step,test)
	scripts/test.sh $(CONFIG)

.PHONY: setup
setup: apt npm restore tools ## install what is missing: Debian, npm and NuGet packages
	@echo "setup: done (./anisora doctor shows what was found)"

.PHONY: build
build: restore ## build the solution
	$(call step,build)
	dotnet build AniSora.sln -c $(CONFIG) --no-restore -v quiet -clp:Summary

.PHONY: kernel
kernel: restore ## build the Jupyter kernel for C# into out/kernel; then: ./anisora kernel install
	$(call step,kernel: compile ahead of time)
	@# Without it the first cell waits for the compiler to be compiled.
	dotnet publish src/AniSora.Jupyter -c Release -o out/kernel -v quiet -p:PublishReadyToRun=true

# With full-size runs: make notebooks NOTEBOOKS=full. With another front end: make notebooks JUPYTER="jupyter lab".
NOTEBOOKS ?= fast
JUPYTER ?= jupyter-notebook $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: notebooks
notebooks: install-kernel ## open the research notebooks in Jupyter
	ANISORA_NOTEBOOKS=$(NOTEBOOKS) $(JUPYTER) notebooks/

.PHONY: run-notebooks
run-notebooks: setup-run build-cli ## run every notebook from top to bottom and keep its outputs
	$(call step,notebooks: clips$(comma) then every cell)
	./anisora data prepare demo
	for notebook in notebooks/*.ipynb; do ANISORA_NOTEBOOKS=$(NOTEBOOKS) ./anisora notebook run "$$notebook"; done

.PHONY: install-kernel
install-kernel: setup-notebooks build-cli kernel
	$(call step,notebooks: clips and kernel)
	./anisora data prepare demo
	./anisora kernel install

# For instance make bench ROWS="dit vae".
.PHONY: bench
bench: restore ## race the same models in stock TorchSharp (benchmarks/README.md)
	$(call step,bench)
	dotnet build benchmarks/AniSora.Benchmarks.csproj -c Release --no-restore -v quiet
	mkdir -p out/bench
	dotnet benchmarks/bin/Release/net10.0/bench.dll --out out/bench/results.json $(ROWS)

.PHONY: lint
lint: restore ## check formatting and style; change nothing
	$(call step,lint)
	scripts/lint.sh

.PHONY: format
format: restore ## let dotnet format mend what lint complains about
	dotnet format AniSora.sln --no-restore

.PHONY: doctor
doctor: ## what is there, what is missing and the command that mends it
	./anisora doctor

.PHONY: clean
clean: ## remove build outputs and out/; keep downloads
	rm -rf out src/*/bin src/*/obj tests/*/bin tests/*/obj benchmarks/bin benchmarks/obj

# ---- the parts of setup ----

comma := ,

.PHONY: apt
apt:
	$(call step,setup: Debian packages)
	scripts/setup-apt.sh all

.PHONY: npm
npm:
	$(call step,setup: npm packages)
	scripts/setup-npm.sh

.PHONY: npm-run
npm-run:
	$(call step,setup: npm packages)
	scripts/setup-npm.sh run

.PHONY: restore
restore:
	$(call step,restore NuGet packages)
	dotnet restore AniSora.sln -v quiet

# .NET Interactive, in which the notebooks are tested beside our own kernel.
.PHONY: tools
tools:
	$(call step,setup: .NET tools)
	dotnet tool restore

# What the demo needs, and no more: no browser, no test packages, no Open MPI.
.PHONY: setup-run
setup-run: npm-run
	$(call step,setup: Debian packages)
	scripts/setup-apt.sh run

.PHONY: setup-notebooks
setup-notebooks: npm-run
	$(call step,setup: Debian packages)
	scripts/setup-apt.sh notebooks

.PHONY: build-cli
build-cli:
	$(call step,build)
	dotnet build $(CLI) -c $(CONFIG) -v quiet -clp:Summary
