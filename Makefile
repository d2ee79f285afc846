# The front door. `make` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= python3
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)

export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)
export CTEST_PARALLEL_LEVEL := $(JOBS)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

DEBIAN_PACKAGES := g++ cmake ninja-build ccache pkg-config git \
  libtbb-dev libcereal-dev libeigen3-dev libhwy-dev libcsv-dev libfaiss-dev libopenblas-dev libutf8proc-dev tao-pegtl-dev \
  nlohmann-json3-dev doctest-dev python3-venv python3-dev
BIN := .venv/bin
# clang-tidy and its kind come from the virtual environment.
IN_VENV := PATH="$(CURDIR)/$(BIN):$$PATH"

CXX_FILES = $(shell find include src python/bindings tests examples benchmarks -name '*.[ch]pp' -o -name '*.[ch]')
PACKAGE_FILES := CMakeLists.txt pyproject.toml \
  $(shell find cmake include src python -type f -not -name '*.pyc')

.PHONY: help
help:  ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

# Use

.PHONY: demo
demo: .venv/.package  ## fit and recommend on a real data set
	$(BIN)/python examples/python/demo.py

SCOREBOARD := build/bench-env/bin/python -m benchmarks.accuracy.run

.PHONY: bench-accuracy
bench-accuracy: build/bench-env/.package build/bench-env/.peers  ## the scoreboard: all models, published splits, shops
	$(SCOREBOARD)

.PHONY: bench-accuracy-peers
bench-accuracy-peers: build/bench-env/.package build/bench-env/.peers build/bench-rectools/.peers build/bench-sansa/.peers  ## with other libraries' models
	$(SCOREBOARD) --peer implicit="$(CURDIR)/build/bench-env/bin/python" \
	  rectools="$(CURDIR)/build/bench-rectools/bin/python" sansa="$(CURDIR)/build/bench-sansa/bin/python"

COLD_START := build/bench-env/bin/python -m benchmarks.cold_start.run --peer \
  $(foreach library,scikit-learn implicit lightfm,$(library)="$(CURDIR)/build/bench-cold/bin/python") \
  rectools="$(CURDIR)/build/bench-rectools/bin/python"
COLD_START_NEEDS := build/bench-env/.package build/bench-env/.peers build/bench-cold/.peers build/bench-rectools/.peers

.PHONY: bench-cold
bench-cold: $(COLD_START_NEEDS)  ## new items and new users beside other libraries, in under 5 minutes
	$(COLD_START)

.PHONY: bench-cold-full
bench-cold-full: $(COLD_START_NEEDS)  ## all data, more settings tried
	$(COLD_START) --full

SPEED := build/bench-env/bin/python -m benchmarks.speed.run
SPEED_PROGRAMS := --kernels build/bench-programs/benchmarks/recocore_kernels \
  --serve-latency build/bench-programs/benchmarks/recocore_serve_latency

.PHONY: bench
bench: build/bench-env/.package build/bench-env/.peers  ## speed beside other libraries, in under 5 minutes
	$(SPEED)

.PHONY: bench-full
bench-full: build/bench-env/.package build/bench-env/.peers build/bench-rectools/.peers bench-programs  ## all of it
	$(SPEED) --full --python-rectools "$(CURDIR)/build/bench-rectools/bin/python" $(SPEED_PROGRAMS)

.PHONY: bench-update
bench-update: build/bench-env/.package build/bench-env/.peers  ## what a change of the data costs, beside fits of others
	build/bench-env/bin/python -m benchmarks.speed.update

.PHONY: bench-drift
bench-drift: .venv/.package .venv/.test  ## when models go stale on three shops, in under 5 minutes
	$(BIN)/python -m benchmarks.drift.run

.PHONY: bench-drift-full
bench-drift-full: .venv/.package .venv/.test  ## all origins, with the page of results
	$(BIN)/python -m benchmarks.drift.run --full --update-docs

.PHONY: bench-index
bench-index: build/bench-env/.package build/bench-env/.index-peers  ## nearest vectors: recall against speed, beside others
	build/bench-env/bin/python -m benchmarks.index.run

.PHONY: bench-programs
bench-programs: build/.system  ## C++ micro-benchmarks, in build/bench-programs/
	.ci/require-debian libbenchmark-dev
	cmake -S . -B build/bench-programs -G Ninja -DCMAKE_BUILD_TYPE=Release -DRECOCORE_BUILD_BENCHMARKS=ON \
	  -DRECOCORE_BUILD_TESTS=OFF -DRECOCORE_BUILD_EXAMPLES=OFF -DRECOCORE_INSTALL=OFF
	cmake --build build/bench-programs

.PHONY: install
install: build/.system  ## install the C++ library to PREFIX (default /usr/local)
	cmake -S . -B build/install -G Ninja -DCMAKE_BUILD_TYPE=Release -DRECOCORE_DEVELOPER=OFF
	cmake --build build/install
	cmake --install build/install --prefix "$(PREFIX)"

# Check

.PHONY: test
test: lint test-cpp test-python tidy  ## all tests and checks, C++ and Python

.PHONY: test-cpp
test-cpp: build/.system  ## C++ tests, examples, and use of the installed library
	.ci/require-debian php-cli
	command -v npm >/dev/null || .ci/require-debian nodejs npm
	cmake --preset dev
	cmake --build --preset dev
	RECOCORE_EXAMPLES=all ctest --preset dev

.PHONY: test-python
test-python: .venv/.package .venv/.test .venv/.lint  ## Python tests
	.ci/require-debian chromium chromium-driver fonts-dejavu-core
	$(BIN)/python -m pytest
	$(BIN)/python -m mypy.stubtest recocore._core

.PHONY: lint
lint: .venv/.lint .venv/.test  ## formatting, ruff, mypy
	@$(BIN)/clang-format --dry-run -Werror $(CXX_FILES)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

.PHONY: tidy
tidy: build/.system .venv/.lint  ## clang-tidy over the library and the bindings
	$(IN_VENV) cmake --preset tidy -DPython_EXECUTABLE="$(CURDIR)/$(BIN)/python"
	$(IN_VENV) cmake --build --preset tidy -- -k 0

FUZZ_SECONDS ?= 120
.PHONY: fuzz
fuzz: build/.system  ## model files, damaged by libFuzzer, for FUZZ_SECONDS
	.ci/require-debian clang-14 libclang-rt-14-dev
	cmake -S . -B build/fuzz -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_COMPILER=clang++-14 \
	  -DRECOCORE_DEVELOPER=OFF -DRECOCORE_BUILD_FUZZERS=ON -DRECOCORE_SANITIZE=fuzzer-no-link,address \
	  -DRECOCORE_WITH_FAISS=OFF -DRECOCORE_BUILD_C=OFF -DRECOCORE_INSTALL=OFF
	cmake --build build/fuzz --target recocore_model_file_fuzz
	mkdir -p build/fuzz/corpus
	cp tests/io/golden/*/*.reco build/fuzz/corpus/
	build/fuzz/tests/fuzz/recocore_model_file_fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=16384 \
	  -malloc_limit_mb=64 -timeout=10 build/fuzz/corpus

.PHONY: sanitize
sanitize: build/.system  ## C++ tests under AddressSanitizer, UBSan and ThreadSanitizer
	for preset in asan tsan; do \
	  cmake --preset $$preset; \
	  cmake --build --preset $$preset; \
	  ctest --preset $$preset; \
	done

.PHONY: campaign
campaign: .venv/.package .venv/.test build/.system  ## the long forms of tests of faults
	cmake --preset dev
	cmake --build --preset dev --target recocore_tests
	RECOCORE_CAMPAIGN_KILLS=3000 RECOCORE_CAMPAIGN_ROUNDS=300 \
	  build/dev/tests/recocore_tests --test-case='save_model:*,damaged_model_file:*'
	RECOCORE_CAMPAIGN=50 build/dev/tests/recocore_tests \
	  --test-case='forked children*,readers see the lists*,however events*,Hybrids of different users*'
	$(BIN)/python -m tests.campaign.kill_store --kills 1000
	cmake --preset dev
	cmake --build --preset dev --target recocore_capi_malloc_test
	build/dev/tests/capi/recocore_capi_malloc_test build/dev/tests/capi long

# Change

.PHONY: format
format: .venv/.lint  ## format all sources, fix what can be fixed
	@$(BIN)/clang-format -i $(CXX_FILES)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: clean
clean:  ## remove build/ and .venv/
	rm -rf build .venv

# What the above need; each made once, and again when its inputs change

build/.system: Makefile .ci/require-debian
	.ci/require-debian $(DEBIAN_PACKAGES)
	mkdir -p build && touch $@

.venv/.base: pyproject.toml | build/.system
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet pip==26.3
	$(BIN)/pip install --quiet --group build
	touch $@

.venv/.lint .venv/.test: .venv/.%: .venv/.base
	$(BIN)/pip install --quiet --group $*
	touch $@

# The package in an environment: $(call install-package,environment,build folder)
define install-package
	$(1)/bin/pip install --verbose --no-build-isolation --no-deps \
	  --config-settings=build-dir=$(2) --config-settings=cmake.define.RECOCORE_DEVELOPER=ON \
	  --config-settings=cmake.define.RECOCORE_BUILD_TESTS=OFF \
	  --config-settings=cmake.define.RECOCORE_BUILD_EXAMPLES=OFF .
endef

.venv/.package: .venv/.base $(PACKAGE_FILES)
	$(call install-package,.venv,build/python)
	touch $@

# Benchmarks have environments of their own: nothing of them is needed for anything else.
build/bench-env/.base: pyproject.toml | build/.system
	$(PYTHON) -m venv build/bench-env
	build/bench-env/bin/pip install --quiet pip==26.3
	build/bench-env/bin/pip install --quiet --group build
	touch $@

build/bench-env/.peers: build/bench-env/.base $(wildcard benchmarks/speed/requirements*.txt) benchmarks/accuracy/requirements.txt
	build/bench-env/bin/pip install --quiet --requirement benchmarks/speed/requirements.txt \
	  --requirement benchmarks/accuracy/requirements.txt
	build/bench-env/bin/pip install --quiet --no-deps --requirement benchmarks/speed/requirements-kernels.txt
	touch $@

build/bench-env/.index-peers: build/bench-env/.base benchmarks/index/requirements.txt
	build/bench-env/bin/pip install --quiet --requirement benchmarks/index/requirements.txt
	touch $@

build/bench-env/.package: build/bench-env/.base $(PACKAGE_FILES)
	$(call install-package,build/bench-env,build/bench-python)
	touch $@

build/bench-cold/.peers: benchmarks/cold_start/requirements.txt | build/.system
	$(PYTHON) -m venv build/bench-cold
	build/bench-cold/bin/pip install --quiet pip==26.3
	build/bench-cold/bin/pip install --quiet --requirement benchmarks/cold_start/requirements.txt
	touch $@

build/bench-sansa/.peers: benchmarks/accuracy/requirements-sansa.txt | build/.system
	.ci/require-debian libsuitesparse-dev
	$(PYTHON) -m venv build/bench-sansa
	build/bench-sansa/bin/pip install --quiet pip==26.3
	build/bench-sansa/bin/pip install --quiet --requirement benchmarks/accuracy/requirements-sansa.txt
	touch $@

build/bench-rectools/.peers: benchmarks/speed/requirements-rectools.txt | build/.system
	$(PYTHON) -m venv build/bench-rectools
	build/bench-rectools/bin/pip install --quiet pip==26.3
	build/bench-rectools/bin/pip install --quiet --requirement benchmarks/speed/requirements-rectools.txt
	touch $@
