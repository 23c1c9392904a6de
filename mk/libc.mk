# The C library and threads of servers: newlib (mk/newlib.mk), its system layer lib/libc, and
# lib/thread.
#
# A program uses them so: compile with $(LIBC_CFLAGS), after the order-only prerequisite
# $(NEWLIB_STAMP); link with $(call libc_link,PROGRAM,OBJECTS), after $(LIBC_ARCHIVES).
# A program in tests/kernel says libc=yes in its TEST comment.

# newlib's headers declare clocks only for the systems they know to have them.
LIBC_INCLUDES := -nostdinc -isystem lib/thread/include $(NEWLIB_CFLAGS) \
	-D_POSIX_TIMERS=1 -D_POSIX_MONOTONIC_CLOCK=200112L -D_POSIX_CLOCK_SELECTION=1 -D_POSIX_THREADS=1
# Programs may use floating point: the kernel keeps it for every thread. The compiler's own headers
# come last, as newlib has some of the same names.
LIBC_CFLAGS = $(filter-out -mgeneral-regs-only,$(MACHINE_FLAGS)) $(WARNINGS) $(LIBC_INCLUDES) \
	-isystem $(GCC_INCLUDE) -Ilib/mach -Iinclude -I$(GEN_USER)
GCC_INCLUDE = $(shell $(CC) -print-file-name=include)

LIBMASIX_C := $(B)/lib/libmasix-c.a
LIBMASIX_THREAD := $(B)/lib/libmasix-thread.a
# lib/mach without what lib/libc and newlib have themselves: the beginning of a program, the way to
# a thread's block, <string.h>.
LIBMACH_REST := $(B)/lib/libmach-rest.a
LIBMACH_REPLACED := $(addprefix $(B)/lib/mach/,crt0.o mach_start.o thread_block.o string.o)

LIBC_SOURCES := $(sort $(wildcard lib/libc/*.c lib/libc/*.S))
LIBC_OBJECTS := $(patsubst %,$(B)/%.o,$(basename $(LIBC_SOURCES)))
THREAD_SOURCES := $(sort $(wildcard lib/thread/*.c lib/thread/*.S))
THREAD_OBJECTS := $(patsubst %,$(B)/%.o,$(basename $(THREAD_SOURCES)))
LIBC_TESTS := $(patsubst %.c,$(B)/%,$(sort $(shell grep -l 'TEST:.*libc=yes' tests/kernel/*.c)))

LIBC_ARCHIVES := $(LIBMASIX_C) $(LIBMASIX_THREAD) $(LIBMACH_REST)
libc_link = $(LD) $(USER_LDFLAGS) -o $(1) $(2) \
	--start-group $(LIBC_ARCHIVES) $(NEWLIB_LIBC) --end-group $(LIBGCC)
# The same for what is measured and put into the archive: what only a debugger reads is left beside
# it, in PROGRAM.debug, where gdb finds it by itself. Functions' names stay, for crash reports.
libc_link_small = $(call libc_link,$(1).debug,$(2)) && \
	$(OBJCOPY) --strip-debug --add-gnu-debuglink=$(1).debug $(1).debug $(1)

.PHONY: libc
libc: $(LIBC_ARCHIVES)

# The rules are those of mk/programs.mk, with other flags. newlib must be there first.
LIBC_ALL := $(LIBC_OBJECTS) $(THREAD_OBJECTS) $(LIBC_TESTS:%=%.o)
$(LIBC_ALL): private USER_CFLAGS = $(LIBC_CFLAGS)
$(LIBC_ALL): mk/libc.mk mk/newlib.mk | $(NEWLIB_STAMP) $(MIG_USER_H)

# $(call archive,ARCHIVE,OBJECTS)
define archive
$(call list_file,$(1).objects,$(2))
$(1): $(2) $(1).objects
	$$(call say,AR,$$@)
	$(Q)rm -f $$@
	$(Q)$(AR) rcs $$@ $(2)
endef
$(eval $(call archive,$(LIBMASIX_C),$(LIBC_OBJECTS)))
$(eval $(call archive,$(LIBMASIX_THREAD),$(THREAD_OBJECTS)))

# A new newlib is linked into every program again.
$(LIBMASIX_C): $(NEWLIB_STAMP)

# LIBMACH_OBJECTS is known when the rule runs, after mk/programs.mk.
$(LIBMACH_REST): $(B)/lib/libmach.a
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $(filter-out $(LIBMACH_REPLACED),$(LIBMACH_OBJECTS))

# One that needs more sets TEST_LDFLAGS and TEST_LIBRARIES for itself (mk/crypto.mk).
$(LIBC_TESTS): $(B)/tests/kernel/%: $(B)/tests/kernel/%.o $(B)/tests/kernel/libharness.a \
		$(LIBC_ARCHIVES) $(NEWLIB_STAMP)
	$(call say,LD,$@)
	$(Q)$(call libc_link,$@,$(TEST_LDFLAGS) $< $(TEST_LIBRARIES) $(B)/tests/kernel/libharness.a)

.SECONDARY: $(LIBC_ALL)
-include $(LIBC_OBJECTS:.o=.d) $(THREAD_OBJECTS:.o=.d)
