# The kernel: every C and assembly file under kernel/, MIG's server stubs, and a symbol table of
# itself for backtraces, made from a first link (tools/ksyms).

KERNEL_CFLAGS := $(MACHINE_FLAGS) $(WARNINGS) -Iinclude -Ikernel -I$(B)/gen -I$(B)/gen/kernel \
	-DKERNEL -mregparm=3 -mtune=generic -momit-leaf-frame-pointer \
	-mpreferred-stack-boundary=2
KERNEL_LDSCRIPT := kernel/i386/masix.lds

KERNEL_SOURCES := $(sort $(wildcard kernel/*/*.c kernel/*/*.S))
KERNEL_OBJECTS := $(patsubst %,$(B)/%.o,$(basename $(KERNEL_SOURCES)))
KERNEL_STUBS := $(MIG_KERNEL_C:%.c=%.o)
KERNEL_ALL := $(KERNEL_OBJECTS) $(KERNEL_STUBS)

# The message path and what every entry passes through keep no frame pointer: i386/backtrace.c finds its way all the
# same. It is worth a tenth of a null RPC.
KERNEL_HOT := $(addprefix $(B)/kernel/,ipc/mach_msg.o ipc/ipc_right.o ipc/ipc_right_core.o kern/sched.o kern/zone.o \
	i386/switch.o i386/traps.o i386/pmap.o i386/v86.o i386/v86_trap.o i386/v86_core.o serv/kobject.o serv/traps.o vm/fault.o vm/object.o vm/map.o)
$(KERNEL_HOT): KERNEL_CFLAGS += -fomit-frame-pointer

.PHONY: kernel
kernel: $(B)/masix.elf

# Two sources that differ only in the suffix would share an object.
ifneq ($(words $(KERNEL_OBJECTS)),$(words $(sort $(KERNEL_OBJECTS))))
$(error two files of one folder under kernel/ differ only in their suffix)
endif

# Generated headers must exist before the first compile; afterwards the .d files know.
$(KERNEL_ALL): | $(MIG_KERNEL_H)
$(KERNEL_ALL): mk/kernel.mk mk/toolchain.mk

$(B)/kernel/%.o: kernel/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) $(DEPENDENCY_FLAGS) -c $< -o $@

$(B)/kernel/%.o: kernel/%.S
	$(call say,AS,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) -D__ASSEMBLER__ $(DEPENDENCY_FLAGS) -c $< -o $@

$(GEN_KERNEL)/%.o: $(GEN_KERNEL)/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(KERNEL_CFLAGS) $(RELAXED) $(DEPENDENCY_FLAGS) -c $< -o $@

$(B)/kernel/ksyms-%.o: $(B)/kernel/ksyms-%.S
	$(Q)$(CC) $(MACHINE_FLAGS) -c $< -o $@

KERNEL_LINK = $(LD) -m elf_i386 -nostdlib -static --build-id=none -z noexecstack \
	-z max-page-size=4096 -T $(KERNEL_LDSCRIPT) --no-warn-rwx-segments

$(eval $(call list_file,$(B)/kernel/objects,$(KERNEL_ALL)))

$(B)/kernel/ksyms-empty.S: tools/ksyms
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) $< --empty >$@

# First link: an empty symbol table. It lies behind .text, so that filling it moves no function;
# tools/ksyms --check proves that for each build.
$(B)/kernel/pass1.elf: $(KERNEL_ALL) $(B)/kernel/ksyms-empty.o $(KERNEL_LDSCRIPT) \
		$(B)/kernel/objects
	$(Q)test -n '$(KERNEL_SOURCES)' || { echo 'kernel: no sources under kernel/' >&2; exit 1; }
	$(Q)$(KERNEL_LINK) -o $@ $(KERNEL_ALL) $(B)/kernel/ksyms-empty.o

$(B)/kernel/ksyms-full.S: $(B)/kernel/pass1.elf tools/ksyms
	$(Q)$(NM) -n $< >$@.nm
	$(Q)$(PYTHON) tools/ksyms $@.nm >$@

$(B)/masix.elf: $(B)/kernel/pass1.elf $(B)/kernel/ksyms-full.o
	$(call say,LD,$@)
	$(Q)$(KERNEL_LINK) -o $@.new $(KERNEL_ALL) $(B)/kernel/ksyms-full.o
	$(Q)$(NM) -n $@.new >$(B)/kernel/pass2.nm
	$(Q)$(PYTHON) tools/ksyms --check $(B)/kernel/ksyms-full.S.nm $(B)/kernel/pass2.nm
	$(Q)grub-file --is-x86-multiboot $@.new || \
		{ echo 'kernel: the linked file has no multiboot header in its first 8 KB' >&2; exit 1; }
	$(Q)mv $@.new $@

-include $(KERNEL_ALL:.o=.d)
