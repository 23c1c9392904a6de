# Booting: on this terminal, from a GRUB rescue image, and under gdb.

# The program that is started as the only module; any of tests/kernel will do.
MODULE ?= $(FIRST_TASK)
ISO := $(B)/masix.iso

.PHONY: run debug iso
run: $(B)/masix.elf $(MODULE)
	@echo 'Masix on this terminal. Leave with Ctrl-A, then X.'
	@$(PYTHON) tools/boot-kernel $(if $(filter-out 0,$(ORACLE)),--oracle) $(MODULE)

iso: $(ISO)

$(ISO): $(B)/masix.elf $(FIRST_TASK) boot/grub.cfg
	$(call say,ISO,$@)
	$(call grub_image,$@,$(B)/iso,$(B)/masix.elf $(FIRST_TASK),boot/grub.cfg)

# A port of this user's own, so that two users of one machine do not meet.
debug: $(B)/masix.elf $(MODULE)
	@tools/setup gdb
	@PYTHON='$(PYTHON)' DEBUG_PORT='$(DEBUG_PORT)' GDB_SCRIPT='$(GDB_SCRIPT)' tools/debug $(MODULE)
