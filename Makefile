# Masix: one command to run it, one to test it. `make help` lists the targets.
#
# Everything made lies under build/. The first target that builds something runs tools/setup,
# which installs or downloads what is missing; build/setup.mk is its stamp (see tools/README.md).

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
SHELL := /bin/sh
B := build

# Goals that need no tools do not run the set-up.
LIGHT_GOALS := help clean distclean loc new-server
ifneq ($(filter-out $(LIGHT_GOALS),$(MAKECMDGOALS)),)
include $(B)/setup.mk
endif
PYTHON ?= python3

$(B)/setup.mk: tools/setup
	@tools/setup

include mk/toolchain.mk
include mk/mig.mk
include mk/kernel.mk
include mk/newlib.mk
include mk/libc.mk
include mk/programs.mk
include mk/unix.mk
include mk/drivers.mk
include mk/tools.mk
include mk/native.mk
include mk/dos.mk
include mk/archive.mk
include mk/node-tests.mk
include mk/gns-tests.mk
include mk/remote-tests.mk
include mk/mesh-tests.mk
include mk/attack-tests.mk
include mk/bench-net.mk
include mk/boot.mk
include mk/test.mk
include mk/crypto.mk
include mk/sim.mk
include mk/trust.mk

.PHONY: all help loc clean distclean

all: kernel programs node iso

help:
	@echo 'Targets (V=1 shows the commands, WERROR=1 makes warnings fatal):'
	@echo '  run        boot nodes in QEMU (NODES=2), the console of the first on this terminal'
	@echo '             (VGA=1: their screens in windows; MODULE=: one program alone instead)'
	@echo '             (KEYLOG=1: nodes show their keys, tools/masix decode shows what they say)'
	@echo '  trace      one call between two nodes: through kernels, servers and wire, with times'
	@echo '  test       all tests: host, kernel, oracle, ABI, system, bench limits'
	@echo '  check      the tests that need no QEMU, in under a minute'
	@echo '  kernel     the multiboot kernel, build/masix.elf'
	@echo '  iso        GRUB rescue images: of a node, build/node.iso; of one task, build/masix.iso'
	@echo '  programs   the bootable test programs, build/tests/kernel/'
	@echo '  keys       build/tools/keys, for the keys and the roster of a cluster'
	@echo '  tools      build/tools/segment, the virtual Ethernet of a cluster (tools/segment/README.md)'
	@echo '  debug      run in QEMU stopped at reset, with gdb and all symbols'
	@echo '             (MODULE=build/tests/kernel/NAME chooses the program)'
	@echo '  bench      what operations cost, beside GNU Mach, Linux and DOSBox, in one report'
	@echo '             (QUICK=1: within five minutes; PART=kernel unix dos calls network idle: some)'
	@echo '  new-server NAME=x: servers/x with interface and test, from the template'
	@echo '  sim        the cluster simulator, some seeds; sim-mutants: with cores broken on purpose'
	@echo '  models     the Promela models of the protocols, checked by spin'
	@echo '  docs       a reference page for each interface, build/docs/interfaces/'
	@echo '  node       all that tools/masix boot needs (make run does both)'
	@echo '  loc        lines of code, comment and test per folder, and the kernel budget'
	@echo '  newlib     the C library for servers, build/newlib'
	@echo '  libc       its system layer and threads, build/lib/libmasix-*.a'
	@echo '  crypto     lib/crypto, for the target and for the host tests'
	@echo '  clean      remove what was built; downloads and newlib stay'
	@echo '  distclean  remove the whole build folder'

loc:
	@$(PYTHON) tools/loc

clean:
	@find $(B) -mindepth 1 -maxdepth 1 ! -name packages ! -name newlib ! -name setup.mk \
		-exec rm -rf {} + 2>/dev/null || true

distclean:
	@rm -rf $(B)
