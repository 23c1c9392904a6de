# programs/NAME: a program with the C library, build/programs/NAME/NAME.
NATIVE_PROGRAMS := $(notdir $(patsubst %/,%,$(wildcard programs/*/)))
NATIVE_PROGRAM_FILES := $(foreach name,$(NATIVE_PROGRAMS),$(B)/programs/$(name)/$(name))
programs: $(NATIVE_PROGRAM_FILES)

$(B)/programs/%.o: programs/%.c mk/native.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib $(DEPENDENCY_FLAGS) -c $< -o $@

define native_program
$(1)_PROGRAM_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard programs/$(1)/*.c)))
$(call list_file,$(B)/programs/$(1)/objects,$(patsubst %.c,$(B)/%.o,$(sort $(wildcard programs/$(1)/*.c))))
$(B)/programs/$(1)/$(1): $$($(1)_PROGRAM_OBJECTS) $(LIBC_ARCHIVES) $(B)/programs/$(1)/objects
	$$(call say,LD,$$@)
	$(Q)$$(call libc_link_small,$$@,$$($(1)_PROGRAM_OBJECTS))
NATIVE_DEPENDENCIES += $$($(1)_PROGRAM_OBJECTS:.o=.d)
endef
$(foreach name,$(NATIVE_PROGRAMS),$(eval $(call native_program,$(name))))
-include $(NATIVE_DEPENDENCIES)
