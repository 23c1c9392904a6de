/* Terminals: consoles of the console server and pseudo-terminals; sessions and job control. */
#pragma once

#include "descriptors.h"

/* The devices /dev/tty, /dev/console, /dev/ptmx and /dev/pts/N.  -ENXIO -EIO -ENFILE */
int terminal_open(struct request *request, uint32_t major, uint32_t minor, uint32_t flags,
		  struct open_file **file);
