# tests/attack: a program on nodes that are attacked, with keys and an archive of its own.

ATTACK_TEST := $(B)/tests/attack
ATTACK_TEST_OBJECTS := $(ATTACK_TEST)/lighthouse.o $(GNS_TEST)/lib/msg.o

$(ATTACK_TEST)/%.o: tests/attack/%.c mk/attack-tests.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib $(DEPENDENCY_FLAGS) -c $< -o $@

$(ATTACK_TEST)/lighthouse: $(ATTACK_TEST_OBJECTS) $(NODE_TEST_LIBRARY) $(SERVER_ARCHIVES) $(LIBC_ARCHIVES)
	$(call say,LD,$@)
	$(Q)$(call libc_link,$@,$(ATTACK_TEST_OBJECTS) $(NODE_TEST_LIBRARY) --start-group $(SERVER_ARCHIVES) \
		$(LIBC_ARCHIVES) $(NEWLIB_LIBC) --end-group)

$(ATTACK_TEST)/attack.cpio: tests/attack/attack.list tests/attack/attack.servers tools/make-archive \
		$(ATTACK_TEST)/lighthouse $(B)/servers/file/file $(B)/servers/gns/gns
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/make-archive $@ tests/attack/attack.list

# Fresh with each build of a server.  The impostor's has the same keys and another roster.
$(ATTACK_TEST)/keys/done: $(B)/tools/keys tests/attack/attack.conf tests/attack/impostor.conf \
		$(ATTACK_TEST)/attack.cpio
	$(call say,KEYS,$(ATTACK_TEST)/keys)
	$(Q)rm -rf $(ATTACK_TEST)/keys $(ATTACK_TEST)/impostor
	$(Q)mkdir -p $(ATTACK_TEST)/keys
	$(Q)$(B)/tools/keys development $(ATTACK_TEST)/keys tests/attack/attack.conf >/dev/null
	$(Q)cp -r $(ATTACK_TEST)/keys $(ATTACK_TEST)/impostor
	$(Q)$(B)/tools/keys development $(ATTACK_TEST)/impostor tests/attack/impostor.conf >/dev/null
	$(Q)touch $@
programs: $(ATTACK_TEST)/keys/done

-include $(ATTACK_TEST)/lighthouse.d
