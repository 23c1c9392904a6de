/* The first tasks: what the boot modules and their lines ask for. */
#pragma once

#include <stdint.h>

#define BOOT_MODULES_MAX 32u

struct boot_module {
	uint32_t start, end; /* physical */
	const char *line;
};

struct boot_info {
	const char *command_line;
	uint32_t module_count;
	struct boot_module modules[BOOT_MODULES_MAX];
};

/* Makes the kernel's service ports and devices, starts every task that the modules ask for and
   gives their memory back. Panics when no task can be started. `info` and its texts must stay: the
   device mbinfo shows them. */
void bootstrap_start(const struct boot_info *info);

/* The kernel's command line, for host_get_boot_info and the device mbinfo. */
const char *bootstrap_command_line(void);
