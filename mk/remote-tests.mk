# tests/remote: programs of tests/kernel whose partner is on another node.  Their sources are compiled
# again: what they send and receive goes by tests/remote/lib.

REMOTE_TEST := $(B)/tests/remote
REMOTE_NAMES := $(shell cat tests/remote/programs)
REMOTE_PROGRAMS := $(REMOTE_NAMES:%=$(REMOTE_TEST)/programs/%)
REMOTE_LIBRARY := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/remote/lib/*.c)))
# Of the harness, what sends and receives for a test.
REMOTE_HARNESS := $(REMOTE_TEST)/kernel/lib/msg.o
REMOTE_LINK := --wrap=main --wrap=host_reboot

$(REMOTE_TEST)/lib/%.o: tests/remote/lib/%.c mk/remote-tests.mk | $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -Itests/kernel $(DEPENDENCY_FLAGS) -c $< -o $@

$(REMOTE_TEST)/kernel/%.o: tests/kernel/%.c mk/remote-tests.mk | $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -Itests/kernel -Dmach_msg=partner_mach_msg \
		-Dmach_msg_trap=partner_mach_msg_trap $(DEPENDENCY_FLAGS) -c $< -o $@

$(REMOTE_PROGRAMS): $(REMOTE_TEST)/programs/%: $(REMOTE_TEST)/kernel/%.o $(REMOTE_LIBRARY) \
		$(REMOTE_HARNESS) $(HARNESS) $(LIBIPC) $(LIBCORES) $(LIBMACH)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(LD) $(USER_LDFLAGS) --strip-debug $(REMOTE_LINK) -o $@ $< $(REMOTE_LIBRARY) $(REMOTE_HARNESS) \
		--start-group $(HARNESS) $(LIBIPC) $(LIBCORES) $(LIBMACH) --end-group $(LIBGCC)

$(REMOTE_TEST)/runner.o: tests/remote/runner.c mk/remote-tests.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib -Itests/kernel $(DEPENDENCY_FLAGS) -c $< -o $@

$(REMOTE_TEST)/runner: $(REMOTE_TEST)/runner.o $(GNS_TEST_LIBRARY) $(NODE_TEST_LIBRARY) $(SERVER_ARCHIVES) \
		$(LIBC_ARCHIVES)
	$(call say,LD,$@)
	$(Q)$(call libc_link,$@,$(REMOTE_TEST)/runner.o $(GNS_TEST_LIBRARY) $(NODE_TEST_LIBRARY) --start-group \
		$(SERVER_ARCHIVES) $(LIBC_ARCHIVES) $(NEWLIB_LIBC) --end-group)

$(REMOTE_TEST)/remote.list: tests/remote/remote.list tests/remote/programs
	$(Q)mkdir -p $(@D)
	$(Q)(cat $<; for name in $(REMOTE_NAMES); do echo "file /tests/$$name 755 $(REMOTE_TEST)/programs/$$name"; \
		done) > $@

$(REMOTE_TEST)/remote.cpio: $(REMOTE_TEST)/remote.list tests/remote/remote.servers tools/make-archive \
		$(REMOTE_TEST)/runner $(REMOTE_PROGRAMS) $(B)/servers/file/file $(B)/servers/gns/gns
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/make-archive $@ $<

# Fresh with each build of a server.
$(REMOTE_TEST)/keys/done: $(B)/tools/keys tests/remote/remote.conf $(REMOTE_TEST)/remote.cpio
	$(call say,KEYS,$(REMOTE_TEST)/keys)
	$(Q)mkdir -p $(REMOTE_TEST)/keys
	$(Q)$(B)/tools/keys development $(REMOTE_TEST)/keys tests/remote/remote.conf >/dev/null
	$(Q)touch $@
programs: $(REMOTE_TEST)/keys/done

.SECONDARY: $(REMOTE_NAMES:%=$(REMOTE_TEST)/kernel/%.o)
-include $(REMOTE_LIBRARY:.o=.d) $(REMOTE_HARNESS:.o=.d) $(REMOTE_NAMES:%=$(REMOTE_TEST)/kernel/%.d) \
	$(REMOTE_TEST)/runner.d
