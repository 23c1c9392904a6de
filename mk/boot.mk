# Booting: a node on this terminal, a single program, from a GRUB rescue image, and under gdb.

ISO := $(B)/masix.iso

# A program that is booted alone, as the only module: any of tests/kernel will do.
MODULE ?= $(if $(filter-out 0,$(ORACLE)),$(FIRST_TASK))

# How many nodes `make run` starts; VGA=1 shows their screens in windows.
NODES ?= 2
# KEYLOG=1: its nodes show their keys on the wire (docs/security.md).
KEYLOG ?= 0

.PHONY: run debug iso trace
ifeq ($(MODULE),)
run: node tools
	@tools/masix start --console --nodes '$(NODES)' $(if $(filter-out 0,$(VGA)),--window) $(if $(filter-out 0,$(KEYLOG)),--keylog)
else
run: $(B)/masix.elf $(MODULE)
	@echo 'One program on this terminal. Leave with Ctrl-A, then X.'
	@$(PYTHON) tools/boot-kernel $(if $(filter-out 0,$(ORACLE)),--oracle) $(MODULE)
endif

# One call between two nodes, step by step, with times.
trace: node tools
	@tools/masix trace

iso: $(ISO) $(NODE_ISO)

$(ISO): $(B)/masix.elf $(FIRST_TASK) boot/grub.cfg
	$(call say,ISO,$@)
	$(call grub_image,$@,$(B)/iso,$(B)/masix.elf $(FIRST_TASK),boot/grub.cfg)

# A port of this user's own, so that two users of one machine do not meet.
debug: $(B)/masix.elf $(or $(MODULE),$(FIRST_TASK))
	@tools/setup gdb
	@PYTHON='$(PYTHON)' DEBUG_PORT='$(DEBUG_PORT)' GDB_SCRIPT='$(GDB_SCRIPT)' tools/debug $(or $(MODULE),$(FIRST_TASK))
