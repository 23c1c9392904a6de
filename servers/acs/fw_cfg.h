/* QEMU's firmware configuration, by its two I/O ports. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Whether it answers; the I/O ports are granted. */
int fw_cfg_present(void);

/*
 * Reads the file of that name, at most "max" bytes.  Returns how many it has; -1: it is not there;
 * -2: it has more.
 */
long fw_cfg_read(const char *name, void *content, size_t max);
