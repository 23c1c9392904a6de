/* Runs: programs that were started from outside (unix_client.defs). */
#pragma once

#include "process.h"

struct run;

extern struct ipc_class run_class;

/* What the ports that start programs have as their object's data. */
struct starter {
	uint32_t uid, gid;
};

void run_reference(struct run *run);
void run_release(struct run *run);

/* Its streams have something new for who waits in unix_client_read. */
void run_output(struct run *run);

/* The program itself has ended; the process's reference goes. */
void run_ended(struct run *run, uint32_t status);

/* lib/ipc: nobody holds the run any more. */
void run_reclaim(struct ipc_object *object);
