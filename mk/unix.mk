# The Unix personality: the emulation library (build/personalities/unix/emulation.elf), which lies
# at one address in every Unix task, and the Unix server.

UNIX_LIBRARY := $(B)/personalities/unix/emulation.elf
UNIX_LIBRARY_SOURCES := $(sort $(wildcard personalities/unix/emulation/*.[cS]))
UNIX_LIBRARY_OBJECTS := $(patsubst %,$(B)/%.o,$(basename $(UNIX_LIBRARY_SOURCES)))
UNIX_LIBRARY_CFLAGS = $(USER_CFLAGS) -O2 -fno-tree-loop-distribute-patterns -ffunction-sections
programs: $(UNIX_LIBRARY)

$(B)/personalities/unix/emulation/%.o: personalities/unix/emulation/%.c mk/unix.mk | $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UNIX_LIBRARY_CFLAGS) $(DEPENDENCY_FLAGS) -c $< -o $@

$(B)/personalities/unix/emulation/%.o: personalities/unix/emulation/%.S mk/unix.mk
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UNIX_LIBRARY_CFLAGS) -D__ASSEMBLER__ $(DEPENDENCY_FLAGS) -c $< -o $@

# MIG's stubs as lib/mach has them; what they need of a library is in emulation/mach.c.
UNIX_LIBRARY_STUBS := $(patsubst %,$(GEN_USER)/%_user.o,unix mach gnumach masix_host mach_host)

UNIX_LIBRARY_LINK = $(LD) -m elf_i386 -nostdlib -static --build-id=none -z noexecstack \
	-T personalities/unix/emulation/emulation.lds
$(UNIX_LIBRARY): $(UNIX_LIBRARY_OBJECTS) personalities/unix/emulation/emulation.lds \
		$(UNIX_LIBRARY_STUBS)
	$(call say,LD,$@)
	$(Q)$(UNIX_LIBRARY_LINK) -o $@ $(UNIX_LIBRARY_OBJECTS) $(UNIX_LIBRARY_STUBS) $(LIBGCC)

$(UNIX_LIBRARY).stripped: $(UNIX_LIBRARY)
	$(Q)$(UNIX_LIBRARY_LINK) -s -o $@ $(UNIX_LIBRARY_OBJECTS) $(UNIX_LIBRARY_STUBS) $(LIBGCC)

-include $(UNIX_LIBRARY_OBJECTS:.o=.d)

# The server: newlib, lib/ipc, the pure cores, lib/trust and lib/crypto; its objects lie beside the
# library's.
UNIX_SERVER := $(B)/personalities/unix/unix
UNIX_SERVER_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard personalities/unix/server/*.c)))
UNIX_SERVER_OBJECTS += $(B)/personalities/unix/server/embedded.o
programs: $(UNIX_SERVER)

$(B)/personalities/unix/server/embedded.o: personalities/unix/server/embedded.S $(UNIX_LIBRARY).stripped
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(MACHINE_FLAGS) -DEMULATION_LIBRARY="\"$(UNIX_LIBRARY).stripped\"" -c $< -o $@

$(filter-out %/embedded.o,$(UNIX_SERVER_OBJECTS)): $(B)/%.o: %.c mk/unix.mk mk/libc.mk | $(MIG_USER_H) $(NEWLIB_STAMP)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib $(DEPENDENCY_FLAGS) -c $< -o $@

$(eval $(call list_file,$(B)/personalities/unix/server/objects,$(UNIX_SERVER_OBJECTS)))

UNIX_SERVER_ARCHIVES = $(LIBIPC_LIBC) $(LIBCORES) $(B)/lib/libtrust.a $(B)/lib/libcrypto.a
$(UNIX_SERVER): $(UNIX_SERVER_OBJECTS) $(B)/personalities/unix/server/objects \
		$(LIBIPC_LIBC) $(LIBCORES) $(B)/lib/libtrust.a $(B)/lib/libcrypto.a $(LIBC_ARCHIVES)
	$(call say,LD,$@)
	$(Q)$(call libc_link_small,$@,$(UNIX_SERVER_OBJECTS) --start-group $(UNIX_SERVER_ARCHIVES) \
		$(LIBC_ARCHIVES) $(NEWLIB_LIBC) --end-group)

-include $(UNIX_SERVER_OBJECTS:.o=.d)

# Programs of Linux/i386 that test the personality (tests/unix), what they print and how they end
# on the kernel under this build, and the archive that tests/kernel/server_unix.c boots with both.
UNIX_TESTS_C := $(sort $(wildcard tests/unix/*.c))
UNIX_TESTS_S := $(sort $(wildcard tests/unix/*.S))
UNIX_TESTS := $(patsubst %.c,$(B)/%,$(UNIX_TESTS_C)) $(patsubst %.S,$(B)/%,$(UNIX_TESTS_S))
UNIX_TESTS_ALONE := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unix/alone/*.c)))
UNIX_TESTS_CFLAGS := -m32 -O1 -std=gnu11 -Wall -Wextra -static -pthread
UNIX_TESTS_ARCHIVE := $(B)/tests/kernel/unix.cpio
programs: $(UNIX_TESTS_ARCHIVE)

$(patsubst %.c,$(B)/%,$(UNIX_TESTS_C)) $(UNIX_TESTS_ALONE): $(B)/%: %.c $(wildcard tests/unix/*.h) mk/unix.mk
	$(call say,LINUXCC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(UNIX_TESTS_CFLAGS) $< -o $@ -lm

$(patsubst %.S,$(B)/%,$(UNIX_TESTS_S)): $(B)/%: %.S mk/unix.mk
	$(call say,LINUXAS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -m32 -nostdlib -static -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,norelro -s $< -o $@

$(UNIX_TESTS_ARCHIVE): tests/unix/make-archive tools/make-archive tests/unix/archive.list $(wildcard tests/unix/*.out) $(UNIX_TESTS) $(UNIX_TESTS_ALONE)
	$(call say,CPIO,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) $< $@ $(UNIX_TESTS) $(UNIX_TESTS_ALONE)
