# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the tool and the modules, boots both in VMs, and tests them. `make
# help` lists the targets. All output goes to $(BUILD); the kernels that VMs
# boot are kept in ~/.cache/iommufdctl.

PREFIX ?= /usr/local
BUILD ?= build
CFLAGS ?= -O2 -g
ifeq ($(origin CC),default)
CC := gcc
endif

# The modules are built for the kernel that runs here, or, with KERNEL=6.12 or
# 6.1, for that stock Debian kernel, whose headers are fetched.
ifdef KERNEL
KERNELDIR ?= $(shell scripts/kernel $(KERNEL))/build
else
KERNELDIR ?= /lib/modules/$(shell uname -r)/build
endif
VM_KERNEL_SERIES := $(or $(KERNEL),6.12)
CHECK_KERNELS := $(or $(KERNEL),6.12 6.1)

# Short lines for what is done; none with make -s, the whole command with V=1.
# MAKEFLAGS begins with make's one-letter options.
SILENT := $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
Q := $(if $(V),,@)
note = $(if $(V)$(SILENT),,@printf '  %-7s %s\n' $(1) $(2))

# What the user says on the command line reaches sub-makes as environment: a
# CC or CFLAGS for the tool must not override kbuild's own.
MAKEOVERRIDES =
MAKEFLAGS += --no-builtin-rules --no-print-directory
export BUILD

.PHONY: all
all: cli modules ## Build the tool and, for this machine's kernel, the modules

# The tool

CPPFLAGS_ALL := -D_GNU_SOURCE -Icli -Iinclude/uapi -Iinclude -MMD -MP
CFLAGS_ALL := -std=gnu17 -Wall -Wextra -Werror
LDFLAGS_ALL := -Wl,--as-needed -Wl,-O1
# Binding the shared readline costs each start of the tool more than all else
# together, and only the prompt uses it: its archive is taken where there is one.
READLINE ?= $(if $(findstring /,$(shell $(CC) -print-file-name=libreadline.a)),-l:libreadline.a -ltinfo,-lreadline)
OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c cli/commands/*.c))
PAGES := $(wildcard man/*.[0-9])

.PHONY: cli
cli: $(BUILD)/iommufdctl $(BUILD)/man/stamp ## Build only the tool

$(BUILD)/iommufdctl: $(OBJECTS)
	$(call note,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(READLINE) -ljansson

$(BUILD)/%.o: %.c
	$(call note,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CPPFLAGS) $(CFLAGS_ALL) $(CFLAGS) -c -o $@ $<

# man(1) looks for pages in folders by section.
$(BUILD)/man/stamp: $(PAGES) man
	$(Q)rm -rf $(@D)
	$(Q)for page in $(PAGES); do \
		folder=$(@D)/man$${page##*.}; \
		mkdir -p $$folder && ln -sr $$page $$folder/ || exit; \
	done
	$(Q)mkdir -p $(@D) && touch $@

# The modules: kbuild writes beside its sources, so each build has a tree of
# links to them. TEST=1, whose modules test themselves, must not mix with those
# that are for use.

RELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KERNELDIR)/include/generated/utsrelease.h 2>/dev/null)
MODULES := $(BUILD)/modules$(if $(filter 1,$(TEST)),-test)
KERNEL_SOURCES := $(shell find kernel include -type f ! -name '*.md')
KBUILD_FLAGS := CONFIG_DEBUG_INFO_BTF_MODULES= $(foreach v,C V W,$(if $($v),$v=$($v)))

# $(call kbuild,FOLDER,VARIABLES): builds FOLDER's modules beside the target.
define kbuild
	$(Q)mkdir -p $(@D)/tree/$(1)
	$(Q)ln -sfn $(CURDIR)/include $(@D)/tree/include
	$(Q)[ $(1) = kernel ] || ln -sfn $(CURDIR)/kernel $(@D)/tree/kernel
	$(Q)cp -asf $(CURDIR)/$(1)/. $(@D)/tree/$(1)
	$(Q)find -L $(@D)/tree/$(1) -type l -delete
	+$(Q)$(MAKE) -C $(KERNELDIR) M=$(abspath $(@D))/tree/$(1) $(KBUILD_FLAGS) $(2) modules
	$(Q)cp $(@D)/tree/$(1)/*.ko $(@D)/
endef

.PHONY: modules no-headers
.SECONDEXPANSION:
modules: $$(or $$(patsubst %,$(MODULES)/%/iommufd.ko,$$(RELEASE)),no-headers) ## Build only the modules (KERNELDIR= or KERNEL=)

no-headers:
	@echo "No kernel headers in $(KERNELDIR). Install them (Debian:" \
		"apt-get install linux-headers-$$(uname -r)), name others (make" \
		"modules KERNELDIR=...), take those of a stock Debian kernel (make" \
		"modules KERNEL=6.12), or build just the tool (make cli)." >&2
	@exit 1

$(BUILD)/modules/%/iommufd.ko: $(KERNEL_SOURCES)
	$(call kbuild,kernel)

$(BUILD)/modules-test/%/iommufd.ko: $(KERNEL_SOURCES)
	$(call kbuild,kernel,TEST=1)

# Tests

TEST_PROGRAMS := $(patsubst %.c,$(BUILD)/%, \
	$(wildcard tests/abi/*.c tests/mock/*.c tests/dma/*.c tests/vfio/*.c \
	tests/pci/*.c tests/bats/mock/*.c tests/bats/device/*.c))
BENCH_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/bench/*.c))
KMOD_SOURCES := $(wildcard tests/kmod/*)

# All that `make check` needs of one kernel.
.PHONY: testable test-programs linux-selftests kernel-objects
testable: cli test-programs linux-selftests kernel-objects
	@:
test-programs: $(TEST_PROGRAMS) $(BUILD)/tests/bench/bench
linux-selftests:
	@tests/linux/build
kernel-objects: $$(foreach folder,modules modules-test,$(BUILD)/$$(folder)/$$(RELEASE)/iommufd.ko) $(BUILD)/kmod/$$(RELEASE)/stamp

$(BUILD)/kmod/%/stamp: $(BUILD)/modules/%/iommufd.ko $(KMOD_SOURCES)
	$(call kbuild,tests/kmod,KBUILD_EXTRA_SYMBOLS=$(abspath $(<D))/tree/kernel/Module.symvers)
	$(Q)touch $@

$(TEST_PROGRAMS): $(BUILD)/%: %.c
	$(call note,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -O2 -g -pthread -static -o $@ $<

$(BUILD)/tests/bench/bench: $(BENCH_OBJECTS)
	$(call note,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS_ALL) -static -o $@ $^

# $(call for-kernels,SERIES...,GOALS): makes GOALS for each of these kernels.
JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
for-kernels = for series in $(1); do \
		folder=$$(scripts/kernel $$series) && \
		$(MAKE) $(JOBS) $(2) KERNELDIR=$$folder/build || exit; \
	done

.PHONY: check check-host check-vm check-debug check-clients check-upstream bench
check: ## Build and run every test, on the host and in both kernels
	@scripts/deps test
	+@$(call for-kernels,$(CHECK_KERNELS),testable)
	@scripts/check host $(CHECK_KERNELS)

check-host: ## Run the tests that need no /dev/iommu
	@scripts/deps test
	@$(MAKE) -s cli
	@scripts/check host

check-vm: ## Run the tests that need one, in both kernels (KERNEL=: in one)
	@scripts/deps test
	+@$(call for-kernels,$(CHECK_KERNELS),testable)
	@scripts/check $(CHECK_KERNELS)

check-debug: ## Run the modules' tests on a kernel with KASAN, lockdep and kmemleak
	@scripts/deps test kernel
	+@$(call for-kernels,debug,testable)
	@scripts/check debug

check-clients: ## Run Debian's DPDK and QEMU on the modules, in both kernels
	@scripts/deps test clients
	+@$(call for-kernels,$(CHECK_KERNELS),modules)
	@scripts/check $(CHECK_KERNELS:%=%/clients)

check-upstream: ## Run the tests of the user API and the tool on Linux's own iommufd
	@scripts/deps test kernel
	+@$(call for-kernels,upstream,cli test-programs kernel-objects)
	@scripts/check upstream

bench: ## Count what mapping costs: Linux's iommufd and VFIO, and this module
	@scripts/deps test kernel
	+@$(call for-kernels,upstream,cli test-programs kernel-objects)
	@tests/bench/run

# Fuzzing: all of the tool but main(), made for libFuzzer, which clang brings.

FUZZ := $(BUILD)/fuzz
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
FUZZ_FLAGS := -g -O2 -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_OBJECTS := $(patsubst %.c,$(FUZZ)/%.o,$(filter-out cli/main.c,$(wildcard cli/*.c cli/commands/*.c)))
RUNS ?= 100000

.PHONY: fuzz
fuzz: $(FUZZ_TARGETS:%=$(FUZZ)/%) ## Feed the tool random input (RUNS=, TARGET=number|parse|batch|session|trace)
	@BUILD="$(FUZZ)" RUNS=$(RUNS) tests/fuzz/run $(or $(TARGET),$(FUZZ_TARGETS))

$(FUZZ_TARGETS:%=$(FUZZ)/%): $(FUZZ)/%: $(FUZZ)/tests/fuzz/%.o $(FUZZ_OBJECTS)
	$(call note,LD,$@)
	$(Q)clang $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(READLINE) -ljansson

$(FUZZ)/%.o: %.c
	$(call note,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)clang $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

.PHONY: lint
lint: ## Check style and look for mistakes without running anything
	@scripts/deps lint
	@scripts/lint

# VMs

# A relative RUN is meant from where the caller is, also with make -C.
RUN_PATH = $(firstword $(wildcard $(PWD)/$(RUN)) $(abspath $(RUN)))

# PCI devices to try, and VFIO's driver for them, are there to be looked at.
DEVICES ?= pci
VM = KERNEL=$(VM_KERNEL_SERIES) VM_DEVICES=$(DEVICES) VM_VFIO=1

.PHONY: demo vm usable
usable: cli modules
	@:

demo: ## Start a VM and leave you at the tool's prompt (KERNEL=6.12|6.1)
	@scripts/deps vm
	+@$(call for-kernels,$(VM_KERNEL_SERIES),usable)
	@$(VM) tests/vm/run -i tests/vm/greet iommufdctl

vm: ## Run a script in a VM (RUN=SCRIPT, ARGS=), or give a shell there
	@scripts/deps vm
	+@$(call for-kernels,$(VM_KERNEL_SERIES),usable)
	@cd '$(or $(PWD),.)' && $(VM) '$(CURDIR)/tests/vm/run' \
		$(if $(RUN),'$(RUN_PATH)' $(ARGS),-i)

# Installing

.PHONY: install uninstall
install: cli ## Install tool, pages, completions and the modules' DKMS source
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" scripts/install

uninstall: ## Remove what install has installed
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" scripts/install --remove

.PHONY: deps clean help
deps: ## Install the Debian packages that all targets need
	@scripts/deps test lint kernel clients

clean: ## Remove what was built (fetched kernels stay in the cache)
	$(Q)rm -rf $(BUILD)

help: ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' Makefile | \
		awk -F '\t' '{ printf "  %-15s%s\n", $$1, $$2 }'

-include $(FUZZ_OBJECTS:.o=.d) $(FUZZ_TARGETS:%=$(FUZZ)/tests/fuzz/%.d) \
	$(OBJECTS:.o=.d) $(TEST_PROGRAMS:=.d) $(BENCH_OBJECTS:.o=.d)
