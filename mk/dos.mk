# personalities/dos: the monitor, build/personalities/dos/dos; and the DOS programs of its tests.
DOS := $(B)/personalities/dos/dos
DOS_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard personalities/dos/*.c)))
DOS_TESTS := $(patsubst %.asm,$(B)/%.com,$(sort $(wildcard tests/dos/*.asm)))
programs: $(DOS) $(DOS_TESTS)

$(B)/personalities/%.o: personalities/%.c mk/dos.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib $(DEPENDENCY_FLAGS) -c $< -o $@

$(eval $(call list_file,$(B)/personalities/dos/objects,$(DOS_OBJECTS)))
$(DOS): $(DOS_OBJECTS) $(LIBC_ARCHIVES) $(B)/personalities/dos/objects
	$(call say,LD,$@)
	$(Q)$(call libc_link_small,$@,$(DOS_OBJECTS))

$(B)/tests/dos/%.com: tests/dos/%.asm $(wildcard tests/dos/*.inc)
	$(call say,NASM,$<)
	$(Q)mkdir -p $(@D)
	$(Q)nasm -f bin -Itests/dos/ -o $@ $<
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
