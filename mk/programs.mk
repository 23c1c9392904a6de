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

# lib/ipc, for servers and for the tests of it: with lib/mach alone, and with the C library.
LIBIPC := $(B)/lib/libipc.a
LIBIPC_LIBC := $(B)/lib/libipc-libc.a
LIBIPC_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard lib/ipc/*.c)))
$(LIBIPC_OBJECTS): mk/programs.mk mk/toolchain.mk | $(MIG_USER_H)
$(B)/lib/ipc/platform_libc.o: private USER_CFLAGS = $(LIBC_CFLAGS) -Ilib
$(B)/lib/ipc/platform_libc.o: mk/libc.mk | $(NEWLIB_STAMP)
$(eval $(call archive,$(LIBIPC),$(filter-out %/platform_libc.o,$(LIBIPC_OBJECTS))))
$(eval $(call archive,$(LIBIPC_LIBC),$(filter-out %/platform_mach.o,$(LIBIPC_OBJECTS))))

# Pure cores that several servers share (lib/archive, lib/elf, lib/tty): they need no other library.
LIBCORES := $(B)/lib/libcores.a
LIBCORES_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard $(foreach folder,archive elf tty,lib/$(folder)/*_core.c))))
$(LIBCORES_OBJECTS): mk/programs.mk mk/toolchain.mk
$(eval $(call archive,$(LIBCORES),$(LIBCORES_OBJECTS)))

# lib/wire, for the network server. suite.c wants lib/crypto beside it.
LIBWIRE := $(B)/lib/libwire.a
LIBWIRE_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard lib/wire/*.c)))
$(LIBWIRE_OBJECTS): mk/programs.mk mk/toolchain.mk
$(eval $(call archive,$(LIBWIRE),$(LIBWIRE_OBJECTS)))
programs: $(LIBWIRE)

# A folder of servers/ with a main.c is a server: build/servers/NAME/NAME, with the C library,
# lib/ipc, lib/trust and lib/crypto (NAME.debug: the same with all that a debugger reads). One without is the rules of a server to come, which tests/host
# links; those of NIC_SERVERS have drivers/net, too. LIBTRUST and LIBCRYPTO are known when the rules
# run.
SERVERS := $(notdir $(patsubst %/,%,$(dir $(wildcard servers/*/main.c))))
SERVER_PROGRAMS := $(foreach name,$(SERVERS),$(B)/servers/$(name)/$(name))
NIC_SERVERS := gns
SERVER_ARCHIVES := $(LIBIPC_LIBC) $(LIBCORES) $(B)/lib/libtrust.a $(B)/lib/libcrypto.a
programs: $(SERVER_PROGRAMS)

$(B)/servers/%.o: servers/%.c mk/programs.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib $(SERVER_INCLUDES) $(DEPENDENCY_FLAGS) -c $< -o $@

define server_program
$(1)_SERVER_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard servers/$(1)/*.c)))
$(call list_file,$(B)/servers/$(1)/objects,$(patsubst %.c,$(B)/%.o,$(sort $(wildcard servers/$(1)/*.c))))
$$($(1)_SERVER_OBJECTS): private SERVER_INCLUDES = $(2)
$(B)/servers/$(1)/$(1): $$($(1)_SERVER_OBJECTS) $(SERVER_ARCHIVES) $(LIBC_ARCHIVES) $(3) \
		$(B)/servers/$(1)/objects
	$$(call say,LD,$$@)
	$(Q)$$(call libc_link_small,$$@,$$($(1)_SERVER_OBJECTS) --start-group $(SERVER_ARCHIVES) $(3) \
		$(LIBC_ARCHIVES) $(NEWLIB_LIBC) --end-group)
SERVER_DEPENDENCIES += $$($(1)_SERVER_OBJECTS:.o=.d)
endef
$(foreach name,$(filter-out $(NIC_SERVERS),$(SERVERS)),$(eval $(call server_program,$(name))))
$(foreach name,$(filter $(NIC_SERVERS),$(SERVERS)),$(eval \
	$(call server_program,$(name),-Idrivers,$(B)/drivers/libnic.a $(LIBWIRE))))

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
# Tables of the requests of each server's interface, and some of the kernel's, for lib/mutate.c.
LAYOUTS := $(patsubst %,$(B)/tests/kernel/layouts/%.c,$(SERVER_INTERFACES) \
	mach mach4 gnumach mach_i386)
HARNESS_OBJECTS := $(patsubst %,$(B)/%.o,$(basename $(HARNESS_SOURCES))) $(LAYOUTS:.c=.o)

$(LAYOUTS): $(B)/tests/kernel/layouts/%.c: $(GEN_USER)/%_user.c tools/mig/request-layouts
	$(call say,LAYOUT,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) tools/mig/request-layouts $@ $* $<

$(LAYOUTS:.c=.o): %.o: %.c mk/programs.mk | $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)$(CC) $(USER_CFLAGS) -Itests/kernel $(DEPENDENCY_FLAGS) -c $< -o $@

$(B)/tests/kernel/lib/%.o: tests/kernel/lib/%.S mk/programs.mk
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -Itests/kernel -D__ASSEMBLER__ $(DEPENDENCY_FLAGS) -c $< -o $@

$(eval $(call list_file,$(B)/tests/kernel/lib/objects,$(HARNESS_OBJECTS)))

# The tree that tests of the file server begin with.
programs: $(B)/tests/kernel/file.cpio
$(B)/tests/kernel/file.cpio: tests/kernel/lib/file-archive
	$(call say,CPIO,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) $< $@

$(HARNESS): $(HARNESS_OBJECTS) $(B)/tests/kernel/lib/objects
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(HARNESS_OBJECTS)

$(filter-out $(LIBC_TESTS),$(TEST_PROGRAMS)): $(B)/tests/kernel/%: $(B)/tests/kernel/%.o $(HARNESS) $(LIBIPC) \
		$(LIBCORES) $(LIBMACH)
	$(call say,LD,$@)
	$(Q)$(LD) $(USER_LDFLAGS) -o $@ $< --start-group $(HARNESS) $(TEST_LIBRARIES) $(LIBIPC) \
		$(LIBCORES) $(LIBMACH) --end-group $(LIBGCC)

# Programs that tests start by the process server, and the archives that they boot with.  Without
# what only a debugger reads, as all of an image is measured each time.
CHILD_PROGRAMS := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/kernel/programs/*.c)))
$(CHILD_PROGRAMS): $(B)/%: $(B)/%.o $(LIBMACH)
	$(call say,LD,$@)
	$(Q)$(LD) $(USER_LDFLAGS) --strip-debug -o $@ $< $(LIBMACH) $(LIBGCC)

TEST_ARCHIVES := $(patsubst %.list,$(B)/%.cpio,$(wildcard tests/kernel/programs/*.list))
$(TEST_ARCHIVES): $(B)/%.cpio: %.list tools/make-archive $(CHILD_PROGRAMS) \
		$(wildcard tests/kernel/programs/*.servers)
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/make-archive $@ $<
programs: $(CHILD_PROGRAMS) $(TEST_ARCHIVES)

$(B)/boot/%.o: boot/%.c mk/programs.mk | $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) $(DEPENDENCY_FLAGS) -c $< -o $@

$(B)/boot/first: $(B)/boot/first.o $(LIBMACH)
	$(call say,LD,$@)
	$(Q)$(LD) $(USER_LDFLAGS) -o $@ $< $(LIBMACH) $(LIBGCC)

.SECONDARY: $(TEST_PROGRAMS:%=%.o) $(CHILD_PROGRAMS:%=%.o)
-include $(LIBIPC_OBJECTS:.o=.d) $(LIBWIRE_OBJECTS:.o=.d) $(LIBCORES_OBJECTS:.o=.d) $(SERVER_DEPENDENCIES)
-include $(LIBMACH_OBJECTS:.o=.d) $(HARNESS_OBJECTS:.o=.d) $(TEST_PROGRAMS:%=%.d) $(CHILD_PROGRAMS:%=%.d) \
	$(B)/boot/first.d

# A test that plays the ACS and computes its proofs: lib/ipc without the C library, whose threads may
# run beside those that use it.
ADOPT_TEST := $(B)/tests/kernel/server_process_adopt
$(ADOPT_TEST).o: private USER_CFLAGS = $(LIBC_CFLAGS) -Ilib -Itests/kernel
$(ADOPT_TEST): TEST_LIBRARIES = --start-group $(HARNESS) $(LIBIPC) $(LIBCORES) $(LIBTRUST) \
	$(LIBCRYPTO) --end-group
$(ADOPT_TEST): $(LIBIPC) $(LIBCORES) $(B)/lib/libtrust.a $(B)/lib/libcrypto.a
