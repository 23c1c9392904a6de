/* What the tests of DOS programs share: files, and a run of the DOS monitor. */
#pragma once

#include "node.h"
#include <masix/file.h>

/* From the tree's root; made with mode 644 if "flags" say so.  The test ends if it cannot. */
mach_port_t dos_open_file(const char *path, natural_t flags);
void dos_close_file(mach_port_t file);

struct dos_process {
	mach_port_t port;
	natural_t id;
};

/* Starts /bin/dos, as dos_run does; dos_finish waits for its end (its status), and kills it after
   wait_ms. */
struct dos_process dos_start(const char *words, size_t words_bytes,
			     mach_port_t ports[STANDARD_PORTS]);
natural_t dos_finish(struct dos_process process, int wait_ms);

/*
 * Runs /bin/dos with these words (each ends with a 0) and standard ports, which stay the caller's;
 * its process status.  After wait_ms it is killed.
 */
natural_t dos_run(const char *words, size_t words_bytes, mach_port_t ports[STANDARD_PORTS],
		  int wait_ms);
