# Booting: on this terminal, from a GRUB rescue image, and under gdb.

# The program that is started as the only module; any of tests/kernel will do.
MODULE ?= $(FIRST_TASK)
ISO := $(B)/masix.iso

.PHONY: run debug iso
run: $(B)/masix.elf $(MODULE)
	@echo 'Masix on this terminal. Leave with Ctrl-A, then X.'
	@$(PYTHON) tools/boot-kernel $(if $(filter-out 0,$(ORACLE)),--oracle) $(MODULE)

iso: $(ISO)

# GRUB keeps only the words behind a file's name, so the template names each file twice.
$(ISO): $(B)/masix.elf $(FIRST_TASK) boot/grub.cfg
	$(call say,ISO,$@)
	$(Q)rm -rf $(B)/iso
	$(Q)mkdir -p $(B)/iso/boot/grub
	$(Q)cp $(B)/masix.elf $(FIRST_TASK) $(B)/iso/boot/
	$(Q)cp boot/grub.cfg $(B)/iso/boot/grub/
	$(Q)grub-mkrescue -d /usr/lib/grub/i386-pc -o $@.new $(B)/iso >$(B)/iso.log 2>&1 || \
		{ cat $(B)/iso.log >&2; echo 'iso: grub-mkrescue could not make $@' >&2; exit 1; }
	$(Q)mv $@.new $@

# A port of this user's own, so that two users of one machine do not meet.
debug: $(B)/masix.elf $(MODULE)
	@tools/setup gdb
	@PYTHON='$(PYTHON)' DEBUG_PORT='$(DEBUG_PORT)' GDB_SCRIPT='$(GDB_SCRIPT)' tools/debug $(MODULE)
