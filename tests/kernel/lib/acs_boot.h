/*
 * The process server's part towards the ACS, played by a test; and puppets: tasks that never run,
 * with a measured image, whose receive rights the test puts into them and takes out again.  So a
 * test is every server at once, and sees all that any of them gets.
 *
 * The test's first comment names the module and the cluster:
 *	fw_cfg=build/tests/keys/fw_cfg/node1
 *	args="acs=${acs}" modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)"
 */
#pragma once

#include "harness.h"
#include <masix/acs.h>
#include <masix/masix_host.h>

/* Starts the threads of a task that the boot script made and did not resume. */
void test_resume_threads(mach_port_t task);

/* Lets the ACS run, gives it what the process server gives, and returns its control port. */
mach_port_t acs_test_start(void);

/* The same, by hand: for tests of an ACS that refuses.  False: it ended before it was ready. */
boolean_t acs_test_try(mach_port_t *control);

/* Whether its task is gone. */
boolean_t acs_test_ended(void);

/* Ends the ACS, and drops the control port unless it is null. */
void acs_test_end(mach_port_t control);

/* A client's port of the ACS. */
mach_port_t acs_test_client(mach_port_t control);

/*
 * Starts a server that the boot script loaded under that name ("NAME=${NAME}" among the words), as
 * the process server would, with that image.  Its task gets the ACS and registration ports as its
 * first two registered ones.
 */
void acs_test_start_booted(const char *name, mach_port_t control, uint8_t digest);

/* The digests that tests/kernel/acs.conf permits: 32 times that byte. */
#define DIGEST_OF(byte) ((const uint8_t[32]){[0 ... 31] = (byte)})

struct puppet {
	mach_port_t task;
	int64_t number;
	mach_port_t client; /* send rights of ours to its ports */
	mach_port_t trusted;
	mach_port_t registration;
};

/* A task with that image, if it is not 0, and two ports. */
void puppet_new(struct puppet *puppet, uint8_t digest);

/* Tells the ACS that it was started as that server. */
kern_return_t puppet_start(struct puppet *puppet, mach_port_t control, const char *name,
			   uint8_t digest);

/* Registers with its own ports. */
kern_return_t puppet_register(struct puppet *puppet, const char *name);

/* Takes what the ACS sent to the inter-server port; false: nothing. */
boolean_t puppet_take_secret(struct puppet *puppet, acs_secret_t secret, mach_port_t *trusted);

/* new, start, register: a whole server. */
void puppet_serve(struct puppet *puppet, mach_port_t control, const char *name, uint8_t digest);

/* Ends the task, and drops all rights. */
void puppet_end(struct puppet *puppet);
