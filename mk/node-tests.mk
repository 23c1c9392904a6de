# tests/node: programs that run in a node, each with a boot archive of its own.

NODE_TESTS := $(patsubst tests/node/%.c,%,$(sort $(wildcard tests/node/*.c)))
NODE_TEST_ARCHIVES := $(NODE_TESTS:%=$(B)/tests/node/%.cpio)
NODE_TEST_LIBRARY := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/node/lib/*.c)))

$(B)/tests/node/%.o: tests/node/%.c mk/node-tests.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib -Itests/node $(DEPENDENCY_FLAGS) -c $< -o $@

$(NODE_TESTS:%=$(B)/tests/node/%): %: %.o $(NODE_TEST_LIBRARY) $(LIBC_ARCHIVES)
	$(call say,LD,$@)
	$(Q)$(call libc_link,$@,$< $(NODE_TEST_LIBRARY))

$(NODE_TEST_ARCHIVES): $(B)/tests/node/%.cpio: $(B)/tests/node/% tests/node/node.list tests/node/node.servers \
		tools/make-archive $(B)/servers/file/file $(B)/servers/example/example
	$(call say,CPIO,$@)
	$(Q)sed 's/@TEST@/$*/' tests/node/node.list $(wildcard tests/node/$*.list) \
		>$(B)/tests/node/$*.list
	$(Q)$(PYTHON) tools/make-archive $@ $(B)/tests/node/$*.list

# One that needs more has a list of its own.
$(B)/tests/node/dos_programs.cpio: tests/node/dos_programs.list $(DOS) $(DOS_TESTS) $(COMMAND) \
		$(wildcard tests/dos/batch/*)
$(B)/tests/node/dos_hostile.cpio: tests/node/dos_hostile.list tests/node/dos_hostile.seeds $(DOS) $(DOS_TESTS)
$(B)/tests/node/dos_oracle.cpio: tests/node/dos_oracle.list $(DOS) $(DOS_ORACLE:%=%.com) $(DOS_ORACLE:%=%.txt)

.SECONDARY: $(NODE_TESTS:%=$(B)/tests/node/%.o) $(NODE_TEST_LIBRARY)
-include $(NODE_TESTS:%=$(B)/tests/node/%.d) $(NODE_TEST_LIBRARY:.o=.d)
