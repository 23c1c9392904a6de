# The boot archive and what a node is made of.
#
#   build/archive.cpio   made from boot/archive.list
#   make node            all that tools/masix boot needs
#   build/run.cpio       made from boot/run.list
#   make iso             the same as a GRUB image, build/node.iso

ARCHIVE := $(B)/archive.cpio
ARCHIVE_SOURCES := $(shell awk '$$1 == "file" { print $$4 }' boot/archive.list)
NODE_MODULES := $(B)/servers/acs/acs $(B)/servers/process/process $(ARCHIVE)
NODE_ISO := $(B)/node.iso

$(ARCHIVE): boot/archive.list tools/make-archive $(ARCHIVE_SOURCES)
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/make-archive $@ boot/archive.list

# The node of tools/masix run, to whose archive that adds files.
RUN_ARCHIVE := $(B)/run.cpio
$(RUN_ARCHIVE): boot/run.list tools/make-archive $(shell awk '$$1 == "file" { print $$4 }' boot/run.list)
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/make-archive $@ boot/run.list

# The bench's node: the same servers, another archive.
BENCH_ARCHIVE := $(B)/tests/bench/node.cpio
BENCH_NODE := $(B)/masix.elf $(filter-out $(ARCHIVE),$(NODE_MODULES)) $(BENCH_ARCHIVE) $(B)/tools/keys

$(BENCH_ARCHIVE): tests/bench/node.list tools/make-archive \
		$(shell awk '$$1 == "file" { print $$4 }' tests/bench/node.list)
	$(call say,CPIO,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(PYTHON) tools/make-archive $@ tests/bench/node.list

.PHONY: node
node: $(B)/masix.elf $(NODE_MODULES) $(RUN_ARCHIVE) $(B)/tools/keys

# $(call grub_image,IMAGE,FOLDER,FILES,CFG): GRUB keeps only the words behind a file's name, so the
# .cfg names each file twice.
define grub_image
	$(Q)rm -rf $(2)
	$(Q)mkdir -p $(2)/boot/grub
	$(Q)cp $(3) $(2)/boot/
	$(Q)cp $(4) $(2)/boot/grub/grub.cfg
	$(Q)grub-mkrescue -d /usr/lib/grub/i386-pc -o $(1).new $(2) >$(2).log 2>&1 || \
		{ cat $(2).log >&2; echo 'iso: grub-mkrescue could not make $(1)' >&2; exit 1; }
	$(Q)mv $(1).new $(1)
endef

$(NODE_ISO): $(B)/masix.elf $(NODE_MODULES) boot/node.cfg
	$(call say,ISO,$@)
	$(call grub_image,$@,$(B)/node-iso,$(B)/masix.elf $(NODE_MODULES),boot/node.cfg)

# The same node for tests of it: keys of their own, fresh with each build of a server.
TEST_NODE := $(B)/tests/node
$(TEST_NODE)/done: $(B)/tools/keys boot/roster.conf $(SERVER_PROGRAMS) $(ARCHIVE)
	$(call say,KEYS,$(TEST_NODE))
	$(Q)mkdir -p $(TEST_NODE)
	$(Q)$(B)/tools/keys development $(TEST_NODE) boot/roster.conf >/dev/null
	$(Q)touch $@
programs: $(TEST_NODE)/done
$(B)/tests/kernel/programs/node.cpio $(B)/tests/kernel/programs/network_node.cpio: $(SERVER_PROGRAMS)
$(B)/tests/kernel/programs/unix_node.cpio: $(SERVER_PROGRAMS) $(B)/personalities/unix/unix $(B)/tests/unix/alone/pipeline
