# Programs that the kernel boots: lib/mach, and one program for each C file in tests/kernel (those
# that use the C library are linked in mk/libc.mk).
# boot/first.c is the task that `make run` starts.

USER_CFLAGS := $(MACHINE_FLAGS) $(WARNINGS) -Ilib/mach -Ilib -Iinclude -I$(GEN_USER)
# ELF32 ET_EXEC at the usual address; no libc.
USER_LDFLAGS := -m elf_i386 -nostdlib -static --build-id=none -z noexecstack \
	-z max-page-size=4096 -Ttext-segment=0x08048000 -u _start -e _start \
	--no-warn-rwx-segments

LIBMACH := $(B)/lib/libmach.a
LIBMACH_SOURCES := $(sort $(wildcard lib/mach/*.c lib/mach/*.S))
LIBMACH_STUBS := $(MIG_USER_C:%.c=%.o)
LIBMACH_OBJECTS := $(patsubst %,$(B)/%.o,$(basename $(LIBMACH_SOURCES))) $(LIBMACH_STUBS)

TEST_PROGRAMS := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/kernel/*.c)))
FIRST_TASK := $(B)/boot/first

.PHONY: programs
programs: $(LIBMACH) $(TEST_PROGRAMS) $(FIRST_TASK)

$(LIBMACH_OBJECTS): mk/programs.mk mk/toolchain.mk | $(MIG_USER_H)

$(B)/lib/%.o: lib/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) $(DEPENDENCY_FLAGS) -c $< -o $@

$(B)/lib/%.o: lib/%.S
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -D__ASSEMBLER__ $(DEPENDENCY_FLAGS) -c $< -o $@

$(GEN_USER)/%.o: $(GEN_USER)/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(USER_CFLAGS) -I$(GEN_USER)/gen $(RELAXED) $(DEPENDENCY_FLAGS) -c $< -o $@

$(eval $(call list_file,$(B)/lib/objects,$(LIBMACH_OBJECTS)))

$(LIBMACH): $(LIBMACH_OBJECTS) $(B)/lib/objects
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(LIBMACH_OBJECTS)

# lib/ipc, for servers and for the tests of it.
LIBIPC := $(B)/lib/libipc.a
LIBIPC_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard lib/ipc/*.c)))
$(LIBIPC_OBJECTS): mk/programs.mk mk/toolchain.mk | $(MIG_USER_H)
$(eval $(call list_file,$(B)/lib/ipc-objects,$(LIBIPC_OBJECTS)))

$(LIBIPC): $(LIBIPC_OBJECTS) $(B)/lib/ipc-objects
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(LIBIPC_OBJECTS)

# lib/wire, for the network server. suite.c wants lib/crypto beside it.
LIBWIRE := $(B)/lib/libwire.a
LIBWIRE_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard lib/wire/*.c)))
$(LIBWIRE_OBJECTS): mk/programs.mk mk/toolchain.mk
$(eval $(call list_file,$(B)/lib/wire-objects,$(LIBWIRE_OBJECTS)))
programs: $(LIBWIRE)

$(LIBWIRE): $(LIBWIRE_OBJECTS) $(B)/lib/wire-objects
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(LIBWIRE_OBJECTS)

# A folder of servers/ with a main.c is a server: build/servers/NAME/NAME. One without is the rules
# of a server to come, which tests/host links.
SERVERS := $(notdir $(patsubst %/,%,$(dir $(wildcard servers/*/main.c))))
SERVER_PROGRAMS := $(foreach name,$(SERVERS),$(B)/servers/$(name)/$(name))
programs: $(SERVER_PROGRAMS)

$(B)/servers/%.o: servers/%.c mk/programs.mk | $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) $(DEPENDENCY_FLAGS) -c $< -o $@

define server_program
$(1)_SERVER_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard servers/$(1)/*.c)))
$(B)/servers/$(1)/$(1): $$($(1)_SERVER_OBJECTS) $(LIBIPC) $(LIBMACH)
	$$(call say,LD,$$@)
	$(Q)$(LD) $(USER_LDFLAGS) -o $$@ $$($(1)_SERVER_OBJECTS) --start-group $(LIBIPC) \
		$(LIBMACH) --end-group $(LIBGCC)
SERVER_DEPENDENCIES += $$($(1)_SERVER_OBJECTS:.o=.d)
endef
$(foreach name,$(SERVERS),$(eval $(call server_program,$(name))))

# Makes servers/NAME from the template, with its interface and its test.
.PHONY: new-server
new-server:
	@$(PYTHON) tools/new-server '$(NAME)'

$(B)/tests/kernel/%.o: tests/kernel/%.c mk/programs.mk | $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -Itests/kernel $(DEPENDENCY_FLAGS) -c $< -o $@

# What the test programs share (tests/kernel/lib): its members are linked where they are used.
HARNESS := $(B)/tests/kernel/libharness.a
HARNESS_SOURCES := $(sort $(wildcard tests/kernel/lib/*.c tests/kernel/lib/*.S))
HARNESS_OBJECTS := $(patsubst %,$(B)/%.o,$(basename $(HARNESS_SOURCES)))

$(B)/tests/kernel/lib/%.o: tests/kernel/lib/%.S mk/programs.mk
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -Itests/kernel -D__ASSEMBLER__ $(DEPENDENCY_FLAGS) -c $< -o $@

$(eval $(call list_file,$(B)/tests/kernel/lib/objects,$(HARNESS_OBJECTS)))

$(HARNESS): $(HARNESS_OBJECTS) $(B)/tests/kernel/lib/objects
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(HARNESS_OBJECTS)

$(filter-out $(LIBC_TESTS),$(TEST_PROGRAMS)): $(B)/tests/kernel/%: $(B)/tests/kernel/%.o $(HARNESS) $(LIBIPC) \
		$(LIBMACH)
	$(call say,LD,$@)
	$(Q)$(LD) $(USER_LDFLAGS) -o $@ $< --start-group $(HARNESS) $(LIBIPC) $(LIBMACH) --end-group \
		$(LIBGCC)

$(B)/boot/%.o: boot/%.c mk/programs.mk | $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) $(DEPENDENCY_FLAGS) -c $< -o $@

$(B)/boot/first: $(B)/boot/first.o $(LIBMACH)
	$(call say,LD,$@)
	$(Q)$(LD) $(USER_LDFLAGS) -o $@ $< $(LIBMACH) $(LIBGCC)

.SECONDARY: $(TEST_PROGRAMS:%=%.o)
-include $(LIBIPC_OBJECTS:.o=.d) $(LIBWIRE_OBJECTS:.o=.d) $(SERVER_DEPENDENCIES)
-include $(LIBMACH_OBJECTS:.o=.d) $(HARNESS_OBJECTS:.o=.d) $(TEST_PROGRAMS:%=%.d) $(B)/boot/first.d
