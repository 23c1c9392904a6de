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
