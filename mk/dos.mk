# personalities/dos: the monitor, build/personalities/dos/dos; and the DOS programs of its tests.
DOS := $(B)/personalities/dos/dos
DOS_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard personalities/dos/*.c)))
DOS_OBJECTS += $(B)/personalities/dos/fonts.o
DOS_TESTS := $(patsubst %.asm,$(B)/%.com,$(sort $(wildcard tests/dos/*.asm)))
programs: $(DOS) $(DOS_TESTS)

$(B)/personalities/%.o: personalities/%.c mk/dos.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib $(DEPENDENCY_FLAGS) -c $< -o $@

# The glyphs are those of QEMU's VGA; Debian's package seabios, which qemu-system-x86 needs, has its ROM.
VGA_ROM := /usr/share/seabios/vgabios-stdvga.bin
$(B)/personalities/dos/fonts.c: tools/make-fonts $(VGA_ROM)
	$(call say,FONTS,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) tools/make-fonts $(VGA_ROM) $@

$(B)/personalities/dos/fonts.o: $(B)/personalities/dos/fonts.c personalities/dos/fonts.h | $(NEWLIB_STAMP)
	$(call say,CC,$<)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ipersonalities/dos -c $< -o $@

$(eval $(call list_file,$(B)/personalities/dos/objects,$(DOS_OBJECTS)))
$(DOS): $(DOS_OBJECTS) $(LIBC_ARCHIVES) $(B)/personalities/dos/objects
	$(call say,LD,$@)
	$(Q)$(call libc_link_small,$@,$(DOS_OBJECTS))

$(B)/tests/dos/%.com: tests/dos/%.asm $(wildcard tests/dos/*.inc)
	$(call say,NASM,$<)
	$(Q)mkdir -p $(@D)
	$(Q)nasm -f bin -Itests/dos/ -o $@ $<

# What another DOS said, but for the differences that are explained (tests/dos/oracle).
DOS_ORACLE := $(patsubst %.asm,$(B)/%,$(sort $(wildcard tests/dos/oracle/*.asm)))
programs: $(DOS_ORACLE:%=%.com) $(DOS_ORACLE:%=%.txt)

$(B)/tests/dos/oracle/%.com: tests/dos/oracle/%.asm tests/dos/oracle/oracle.inc
	$(call say,NASM,$<)
	$(Q)mkdir -p $(@D)
	$(Q)nasm -f bin -Itests/dos/oracle/ -o $@ $<

$(B)/tests/dos/oracle/%.txt: tests/dos/oracle/%.dosbox tests/dos/oracle/differences tests/dos/oracle/expected
	$(call say,EXPECT,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) tests/dos/oracle/expected $< $@
-include $(DOS_OBJECTS:.o=.d)

# COMMAND.COM: one segment of 16-bit code, with the same compiler.
COMMAND := $(B)/personalities/dos/command/command.com
COMMAND_OBJECTS := $(patsubst %,$(B)/%.o,$(basename $(sort $(wildcard personalities/dos/command/*.[cS]))))
COMMAND_CFLAGS := -m16 -march=i386 -std=gnu11 -Os -ffreestanding -fno-pic -fno-stack-protector -fno-builtin \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fomit-frame-pointer -mregparm=3 -mno-sse -msoft-float \
	-ffunction-sections $(WARNINGS)
programs: $(COMMAND)

$(B)/personalities/dos/command/%.o: personalities/dos/command/%.c mk/dos.mk
	$(call say,CC16,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(COMMAND_CFLAGS) $(DEPENDENCY_FLAGS) -c $< -o $@

$(B)/personalities/dos/command/%.o: personalities/dos/command/%.S mk/dos.mk
	$(call say,AS16,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(COMMAND_CFLAGS) -c $< -o $@

$(COMMAND): $(COMMAND_OBJECTS) personalities/dos/command/command.lds
	$(call say,LD,$@)
	$(Q)$(LD) -m elf_i386 --gc-sections --no-warn-rwx-segments -T personalities/dos/command/command.lds -o $@.elf $(COMMAND_OBJECTS)
	$(Q)$(OBJCOPY) -O binary $@.elf $@
	$(Q)chmod 755 $@
-include $(COMMAND_OBJECTS:.o=.d)
