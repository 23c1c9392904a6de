# The tests. tests/run does the running and counting; here is what must be built first.
#
#   make check          host programs and the checks of the tree
#   make test           everything
#   make bench          all that is measured, in one report; bench-check: our limits, as part of the tests

# A host test names the sources it is linked with in its first comment: /* LINK: a.c b.c */
# It is built twice: for this machine with sanitizers, and as an i686 program.
HOST_TESTS := $(sort $(wildcard tests/host/*.c))
HOST_INCLUDES := -Iinclude -Ikernel -Ilib -Itests/host
HOST_ASAN_CFLAGS := -O1 -g -std=gnu11 $(WARNINGS) -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer $(HOST_INCLUDES)
HOST_I686_CFLAGS := -m32 -march=i686 -O2 -g -std=gnu11 $(WARNINGS) -static $(HOST_INCLUDES)

# The words between LINK: and the end of that comment, over as many lines as it has.
linked_sources = $(shell awk '/LINK:/ { sub(/.*LINK:/, ""); found = 1 } \
	found { end = index($$0, "*/"); sub(/\*\/.*/, ""); print; if (end) { exit } }' $(1))

# A pattern rule per variant: build/host/VARIANT/SOURCE.o
$(B)/host/asan/%.o: %.c mk/test.mk
	$(call say,HOSTCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_ASAN_CFLAGS) $(DEPENDENCY_FLAGS) -c $< -o $@

$(B)/host/i686/%.o: %.c mk/test.mk
	$(call say,HOSTCC,$< (i686))
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_I686_CFLAGS) $(DEPENDENCY_FLAGS) -c $< -o $@

define host_test
$(1)_SOURCES := tests/host/$(1).c $(call linked_sources,tests/host/$(1).c)
$(B)/host/asan/$(1): $$(patsubst %.c,$(B)/host/asan/%.o,$$($(1)_SOURCES))
	$$(call say,HOSTLD,$$@)
	$(Q)$(HOST_CC) $(HOST_ASAN_CFLAGS) $$(HOST_LDFLAGS) $$^ -o $$@
$(B)/host/i686/$(1): $$(patsubst %.c,$(B)/host/i686/%.o,$$($(1)_SOURCES))
	$$(call say,HOSTLD,$$@)
	$(Q)$(CC) $(HOST_I686_CFLAGS) $$(HOST_LDFLAGS) $$^ -o $$@
HOST_DEPENDENCIES += $$(patsubst %.c,$(B)/host/asan/%.d,$$($(1)_SOURCES)) \
	$$(patsubst %.c,$(B)/host/i686/%.d,$$($(1)_SOURCES))
endef

HOST_NAMES := $(basename $(notdir $(HOST_TESTS)))
$(foreach name,$(HOST_NAMES),$(eval $(call host_test,$(name))))
# One whose sources hold addresses in 32 bits says so in its first comment: ONLY: i686
HOST_ONLY_I686 := $(basename $(notdir $(shell grep -l 'ONLY: i686' $(HOST_TESTS) /dev/null)))
HOST_PROGRAMS := $(patsubst %,$(B)/host/asan/%,$(filter-out $(HOST_ONLY_I686),$(HOST_NAMES))) \
	$(HOST_NAMES:%=$(B)/host/i686/%)

.SECONDARY:
-include $(sort $(HOST_DEPENDENCIES))

BENCH_PROGRAM := $(B)/tests/bench/machbench
BENCH_UNIX := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/bench/unix/*.c)))

.PHONY: check test bench bench-check host-programs test-programs

host-programs: $(HOST_PROGRAMS)

# What every kind of test needs, built before the first one runs.
test-programs: host-programs kernel programs node iso newlib $(BENCH_PROGRAM) $(BENCH_NODE) \
	$(BENCH_UNIX) $(BENCH_HUB) $(NODE_TEST_ARCHIVES)

check: host-programs
	@$(PYTHON) tests/run check

test: test-programs $(B)/masix.iso $(B)/node.iso
	@$(PYTHON) tests/run all

# tests/bench: the yardstick's program, built with its own flags (tests/bench/README.md).
BENCH_CFLAGS := -m32 -march=i686 -O2 -g0 -std=gnu11 -Wall -Wno-trampolines -ffreestanding \
	-fno-pic -no-pie -fno-stack-protector -fno-asynchronous-unwind-tables -mno-sse -mno-mmx \
	-fcf-protection=none -nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-Ttext-segment=0x08048000

$(BENCH_PROGRAM): tests/bench/machbench.c mk/test.mk
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_CFLAGS) $< -o $@

# tests/bench/unix: programs of Linux, built as they came, for a node and for a Linux guest.
BENCH_UNIX_CFLAGS := -m32 -march=i686 -O2 -static -fno-pie -no-pie -w

$(BENCH_UNIX): $(B)/%: %.c tests/bench/unix/ub.h mk/test.mk
	$(call say,LINUXCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_UNIX_CFLAGS) $< -o $@

$(B)/tests/bench/unix/tiny: BENCH_UNIX_CFLAGS += -nostdlib -Wl,--build-id=none -Wl,-z,noseparate-code

# tests/bench/dosbench: DOS programs.
BENCH_DOS := $(patsubst %.asm,$(B)/%.com,$(sort $(wildcard tests/bench/dosbench/*.asm)))
$(BENCH_DOS): $(B)/%.com: %.asm mk/test.mk
	$(call say,NASM,$<)
	$(Q)mkdir -p $(@D)
	$(Q)nasm -f bin -w-all -o $@ $<

# What the peers are made of is fetched by the parts themselves (tests/bench/lib/guests.py), so that
# one that cannot be had does not stop the others.
BENCH_FILES := kernel node $(BENCH_PROGRAM) $(BENCH_NODE) $(B)/tests/kernel/ipc_cost $(BENCH_UNIX)
QUICK_BENCH := $(filter-out 0,$(QUICK))

# PART=kernel|unix|dos|calls|network|idle: that one alone.
bench: $(BENCH_FILES) $(BENCH_DOS) $(BENCH_NET_FILES)
	@$(PYTHON) tests/bench/report $(if $(QUICK_BENCH),--quick) $(PART)

bench-check: $(BENCH_FILES) $(BENCH_HUB)
	@$(PYTHON) tests/bench/bench --check
	@$(PYTHON) tests/bench/unix/bench --check
	@$(PYTHON) tests/bench/net/hub --check
