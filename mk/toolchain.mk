# The compilers and their flags. Target code is freestanding i686; only *_core.c files are also
# built for the host (mk/test.mk).

TARGET := i686-linux-gnu
CC := $(TARGET)-gcc
LD := $(TARGET)-ld
AR := $(TARGET)-ar
NM := $(TARGET)-nm
OBJCOPY := $(TARGET)-objcopy
HOST_CC := gcc
MIG := $(PYTHON) tools/mig/mig

# V=1 shows commands; otherwise one short line a step.
V ?= 0
ifeq ($(V),0)
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$(2)'
else
Q :=
say = @:
endif

# Warnings are fatal in CI only: a newer compiler must not stop a first-time builder.
WERROR ?= 0
WARNINGS := -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror)

MACHINE_FLAGS := -m32 -march=i686 -O2 -g -std=gnu11 -ffreestanding -fno-pic -no-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
	-mgeneral-regs-only -fno-omit-frame-pointer
DEPENDENCY_FLAGS = -MMD -MP

# Generated stubs are MIG's code, not ours: what it is sloppy about is not our warning.
RELAXED := -Wno-unused-parameter -Wno-unused-variable -Wno-unused-but-set-variable \
	-Wno-sign-compare -Wno-missing-field-initializers -Wno-address-of-packed-member \
	-Wno-unused-function -Wno-cast-function-type -Wno-error

LIBGCC = $(shell $(CC) -m32 -print-libgcc-file-name)

# A list file that changes only when the list does: what links all files of a folder depends on
# it, so that removing a source relinks. $(call list_file,PATH,WORDS)
define list_file
$(1): FORCE
	@mkdir -p $$(@D)
	@echo '$(2)' | cmp -s - $$@ || echo '$(2)' >$$@
endef

.PHONY: FORCE
FORCE:
