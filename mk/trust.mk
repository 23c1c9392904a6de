# lib/trust for servers, the host's tool for keys, and the keys of the tests.
#
# build/lib/libtrust.a is linked by every server, before lib/crypto.

LIBTRUST := $(B)/lib/libtrust.a
LIBTRUST_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard lib/trust/*.c)))
$(LIBTRUST_OBJECTS): private USER_CFLAGS = $(LIBC_CFLAGS) -Ilib
$(LIBTRUST_OBJECTS): mk/trust.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
$(eval $(call archive,$(LIBTRUST),$(LIBTRUST_OBJECTS)))
-include $(LIBTRUST_OBJECTS:.o=.d)

# The host's tool: an i686 program, as that is how lib/crypto is built for it.
KEYS := $(B)/tools/keys
KEYS_OBJECTS := $(patsubst %.c,$(B)/host/i686/%.o,$(sort $(wildcard tools/keys/*.c)) \
	lib/trust/name_core.c lib/trust/roster_core.c lib/trust/roster_write_core.c \
	lib/trust/roster.c lib/trust/cluster_key.c)

$(KEYS): $(KEYS_OBJECTS) $(B)/host/i686/libcrypto.a
	$(call say,HOSTLD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_I686_CFLAGS) $^ -o $@
-include $(KEYS_OBJECTS:.o=.d)

.PHONY: keys
keys: $(KEYS)
test-programs: $(KEYS)

# The cluster of the ACS's tests: a fresh one with each build folder. altered: a letter of the first
# node's name is another (it stands at byte 40); stranger: a key that the roster does not know.
TEST_CLUSTER := $(B)/tests/keys
$(TEST_CLUSTER)/done: $(KEYS) tests/kernel/acs.conf mk/trust.mk
	$(call say,KEYS,$(TEST_CLUSTER))
	$(Q)mkdir -p $(TEST_CLUSTER)
	$(Q)$(KEYS) development $(TEST_CLUSTER) tests/kernel/acs.conf >/dev/null
	$(Q)rm -rf $(TEST_CLUSTER)/altered $(TEST_CLUSTER)/stranger
	$(Q)cp -r $(TEST_CLUSTER)/fw_cfg/node1 $(TEST_CLUSTER)/altered
	$(Q)printf m | dd of=$(TEST_CLUSTER)/altered/roster bs=1 seek=40 conv=notrunc 2>/dev/null
	$(Q)cp -r $(TEST_CLUSTER)/fw_cfg/node1 $(TEST_CLUSTER)/stranger
	$(Q)test -f $(TEST_CLUSTER)/nodes/stranger.key || $(KEYS) node $(TEST_CLUSTER) stranger
	$(Q)cp $(TEST_CLUSTER)/nodes/stranger.key $(TEST_CLUSTER)/stranger/node-key
	$(Q)touch $@
programs: $(TEST_CLUSTER)/done

# Servers of the tests, and the tests that compute proofs themselves.
PEER := $(B)/tests/servers/peer
$(PEER).o: tests/servers/peer.c mk/trust.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib $(DEPENDENCY_FLAGS) -c $< -o $@
$(PEER): $(PEER).o $(LIBIPC_LIBC) $(LIBTRUST) $(LIBCRYPTO) $(LIBC_ARCHIVES)
	$(call say,LD,$@)
	$(Q)$(call libc_link,$@,$< --start-group $(LIBIPC_LIBC) $(LIBTRUST) $(LIBCRYPTO) \
		$(LIBC_ARCHIVES) $(NEWLIB_LIBC) --end-group)
-include $(PEER).d
programs: $(PEER)

TRUST_TESTS := $(B)/tests/kernel/acs_trusted $(B)/tests/kernel/acs_authenticate \
	$(B)/tests/kernel/acs_names $(B)/tests/kernel/acs_network $(B)/tests/kernel/acs_network_mutated \
	$(B)/tests/kernel/trust_mutated
$(TRUST_TESTS:%=%.o): private USER_CFLAGS = $(LIBC_CFLAGS) -Ilib
$(TRUST_TESTS): TEST_LIBRARIES := --start-group $(LIBTRUST) $(LIBCRYPTO) --end-group
$(TRUST_TESTS): $(LIBTRUST) $(LIBCRYPTO)

# tests/host/trust.c has lib/crypto beside it.
$(B)/host/asan/trust: $(B)/host/asan/libcrypto.a
$(B)/host/i686/trust: $(B)/host/i686/libcrypto.a
