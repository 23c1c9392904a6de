# lib/trust for servers, the host's tool for keys, and the keys of the tests.
#
# build/lib/libtrust.a is linked by the servers of CRYPTO_SERVERS, before lib/crypto.

LIBTRUST := $(B)/lib/libtrust.a
LIBTRUST_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard lib/trust/*.c)))
$(LIBTRUST_OBJECTS): private USER_CFLAGS = $(LIBC_CFLAGS) -Ilib
$(LIBTRUST_OBJECTS): mk/trust.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
$(eval $(call archive,$(LIBTRUST),$(LIBTRUST_OBJECTS)))
-include $(LIBTRUST_OBJECTS:.o=.d)

# The host's tool: an i686 program, as that is how lib/crypto is built for it.
KEYS := $(B)/tools/keys
KEYS_OBJECTS := $(patsubst %.c,$(B)/host/i686/%.o,$(sort $(wildcard tools/keys/*.c)) \
	lib/trust/name_core.c lib/trust/roster_core.c lib/trust/roster_write_core.c lib/trust/roster.c)

$(KEYS): $(KEYS_OBJECTS) $(B)/host/i686/libcrypto.a
	$(call say,HOSTLD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(HOST_I686_CFLAGS) $^ -o $@
-include $(KEYS_OBJECTS:.o=.d)

.PHONY: keys
keys: $(KEYS)

# The cluster of the ACS's tests: a fresh one with each build folder.
TEST_CLUSTER := $(B)/tests/keys
$(TEST_CLUSTER)/done: $(KEYS) tests/kernel/acs.conf
	$(call say,KEYS,$(TEST_CLUSTER))
	$(Q)mkdir -p $(TEST_CLUSTER)
	$(Q)$(KEYS) development $(TEST_CLUSTER) tests/kernel/acs.conf >/dev/null
	$(Q)touch $@
programs: $(TEST_CLUSTER)/done
