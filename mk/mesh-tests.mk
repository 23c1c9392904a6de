# tests/mesh: a program that runs on several nodes, with keys and archives of its own.

MESH_TEST := $(B)/tests/mesh
MESH_TEST_OBJECTS := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/mesh/*.c))) $(GNS_TEST_LIBRARY)

$(MESH_TEST)/%.o: tests/mesh/%.c mk/mesh-tests.mk mk/libc.mk | $(NEWLIB_STAMP) $(MIG_USER_H)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LIBC_CFLAGS) -Ilib $(DEPENDENCY_FLAGS) -c $< -o $@

$(MESH_TEST)/mesh: $(MESH_TEST_OBJECTS) $(NODE_TEST_LIBRARY) $(SERVER_ARCHIVES) $(LIBC_ARCHIVES)
	$(call say,LD,$@)
	$(Q)$(call libc_link,$@,$(MESH_TEST_OBJECTS) $(NODE_TEST_LIBRARY) --start-group $(SERVER_ARCHIVES) \
		$(LIBC_ARCHIVES) $(NEWLIB_LIBC) --end-group)

$(MESH_TEST)/%.cpio: tests/mesh/%.list tests/mesh/%.servers tools/make-archive $(MESH_TEST)/mesh \
		$(B)/servers/file/file $(B)/servers/gns/gns
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/make-archive $@ $<

# The test's own cluster, fresh with each build of a server.
$(MESH_TEST)/keys/done: $(B)/tools/keys tests/mesh/mesh.conf $(MESH_TEST)/three.cpio \
		$(MESH_TEST)/four.cpio $(MESH_TEST)/full.cpio
	$(call say,KEYS,$(MESH_TEST)/keys)
	$(Q)mkdir -p $(MESH_TEST)/keys
	$(Q)$(B)/tools/keys development $(MESH_TEST)/keys tests/mesh/mesh.conf >/dev/null
	$(Q)touch $@
programs: $(MESH_TEST)/keys/done

-include $(filter $(MESH_TEST)/%,$(MESH_TEST_OBJECTS:.o=.d))
