# tests/gns: a program that runs on several nodes of a segment, with keys and an archive of its own.

GNS_TEST := $(B)/tests/gns
GNS_TEST_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/gns/*.c tests/gns/lib/*.c)))
# What such programs share: messages made by hand, and how they find each other.
GNS_TEST_LIBRARY := $(GNS_TEST)/lib/msg.o $(GNS_TEST)/lib/meet.o

$(GNS_TEST)/%.o: tests/gns/%.c mk/gns-tests.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib $(DEPENDENCY_FLAGS) -c $< -o $@

$(GNS_TEST)/pair: $(GNS_TEST_OBJECTS) $(NODE_TEST_LIBRARY) $(SERVER_ARCHIVES) $(LIBC_ARCHIVES)
	$(call say,LD,$@)
	$(Q)$(call libc_link,$@,$(GNS_TEST_OBJECTS) $(NODE_TEST_LIBRARY) --start-group $(SERVER_ARCHIVES) \
		$(LIBC_ARCHIVES) $(NEWLIB_LIBC) --end-group)

$(GNS_TEST)/gns.cpio: tests/gns/gns.list tests/gns/gns.servers tools/make-archive $(GNS_TEST)/pair \
		$(B)/servers/file/file $(B)/servers/gns/gns $(B)/servers/example/example
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/make-archive $@ tests/gns/gns.list

# The test's own cluster, fresh with each build of a server.
$(GNS_TEST)/keys/done: $(B)/tools/keys tests/gns/gns.conf $(GNS_TEST)/gns.cpio
	$(call say,KEYS,$(GNS_TEST)/keys)
	$(Q)mkdir -p $(GNS_TEST)/keys
	$(Q)$(B)/tools/keys development $(GNS_TEST)/keys tests/gns/gns.conf >/dev/null
	$(Q)touch $@
programs: $(GNS_TEST)/keys/done

-include $(GNS_TEST_OBJECTS:.o=.d)
