# newlib, the C library of the servers (design, decision 5), built once from Debian's
# newlib-source for the target. It makes no system calls (lib/libc will supply memory, locks and
# output) and finds its per-thread state through __getreent.
#
# To compile against it: $(NEWLIB_CFLAGS); to link: $(NEWLIB_LIBC) and $(LIBGCC).

NEWLIB := $(B)/newlib
NEWLIB_STAMP := $(NEWLIB)/done
NEWLIB_PREFIX := $(NEWLIB)/install/i686-elf
# The cross compiler believes that it compiles for Linux, which newlib's headers would act on.
NEWLIB_DEFINES := -U__linux__ -U__linux -Ulinux -U__gnu_linux__ -D__DYNAMIC_REENT__
NEWLIB_CFLAGS := -isystem $(NEWLIB_PREFIX)/include $(NEWLIB_DEFINES)
NEWLIB_LIBC := $(NEWLIB_PREFIX)/lib/libm.a $(NEWLIB_PREFIX)/lib/libc.a

NEWLIB_TARGET_CFLAGS := -m32 -march=i686 -O2 -ffreestanding -fno-pic -no-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
	-U_FORTIFY_SOURCE $(NEWLIB_DEFINES) -w

.PHONY: newlib
newlib: $(NEWLIB_STAMP) $(NEWLIB)/check

$(NEWLIB_STAMP): tools/build-newlib mk/newlib.mk
	$(call say,NEWLIB,$(NEWLIB) (about half a minute; log in $(NEWLIB)/build.log))
	$(Q)NEWLIB_CC='$(CC)' NEWLIB_CFLAGS='$(NEWLIB_TARGET_CFLAGS)' tools/build-newlib $(NEWLIB)
	$(Q)touch $@

# Proof that a program links against it: mk/newlib-check.c supplies what lib/libc will.
$(NEWLIB)/check: mk/newlib-check.c $(NEWLIB_STAMP)
	$(call say,LD,$@)
	$(Q)$(CC) -m32 -march=i686 -O2 -std=gnu11 -fno-pic -no-pie -fno-stack-protector \
		-fno-builtin -nostdinc -isystem $$($(CC) -print-file-name=include) $(NEWLIB_CFLAGS) \
		$(WARNINGS) -Wno-missing-field-initializers \
		-nostdlib -static -Wl,-z,noexecstack $< $(NEWLIB_LIBC) $(LIBGCC) -o $@.new
	$(Q)mv $@.new $@
