/* TEST: oracle=no timeout=400
   modules="build/servers/process/process ${host-port} ${device-port} ${test} $(task-create)
   $(task-resume); build/tests/kernel/programs/process.cpio $(archive=ramdisk-create)" */
/* 50,000 random and mutated messages to the process server's ports, and it serves on. */
#include "lib/msg.h"
#include "lib/mutate.h"
#include "lib/process_acs.h"
#include <gen/ipc.h>
#include <gen/process.h>
#include <masix/subsystems.h>

#define SELF         mach_task_self()
#define VICTIMS      4
#define EXIT_ID      (MASIX_BASE_PROCESS + 3)
#define EXITS_ONE_IN 64

MUTATE_INTERFACE(process);
MUTATE_INTERFACE(process_log);
MUTATE_INTERFACE(process_boot);

static mach_port_t parent;
static struct mutate noise;

/* Each ends its process: now and then is often enough, or there would soon be nobody to talk to. */
static boolean_t spares(const mach_msg_header_t *head, unsigned int index)
{
	return head->msgh_id == EXIT_ID && index % EXITS_ONE_IN != 0;
}

/* The targets that ended are replaced; a child lives and ends as ever. */
static void serves(void *argument)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0, ended = 0, status = 0;

	(void)argument;
	for (int i = 0; i < VICTIMS; i++) {
		mach_port_t *target = &noise.targets[i];

		if (*target != MACH_PORT_NULL &&
		    process_get_id(*target, &id, &ended) == KERN_SUCCESS) {
			continue;
		}
		if (*target != MACH_PORT_NULL) {
			NEED_KR(mach_port_deallocate(SELF, *target));
		}
		CHECK_KR(SPAWN(parent, "sleep", 0, target, &id), KERN_SUCCESS);
	}
	while (process_wait(parent, PROCESS_ANY, PROCESS_WAIT_NOW, &ended, &status) ==
	       KERN_SUCCESS) {
	}
	CHECK_KR(SPAWN(parent, "exit\0008", 0, &child, &id), KERN_SUCCESS);
	CHECK_KR(process_wait(parent, id, 0, &ended, &status), KERN_SUCCESS);
	CHECK_EQ(status, PROCESS_STATUS(PROCESS_REASON_EXIT, 8));
	if (MACH_PORT_VALID(child)) {
		NEED_KR(mach_port_deallocate(SELF, child));
	}
}

static void end_targets(void)
{
	natural_t ended = 0, status = 0;

	for (int i = 0; i < VICTIMS; i++) {
		CHECK_KR(process_exit(noise.targets[i], 0), KERN_SUCCESS);
		CHECK_KR(process_wait(parent, PROCESS_ANY, 0, &ended, &status), KERN_SUCCESS);
		NEED_KR(mach_port_deallocate(SELF, noise.targets[i]));
	}
}

int main(int argc, char **argv)
{
	static const char *const words[] = {"child", "/servers/child", "exit", "file", NULL};
	static struct process_acs_pair pair;

	process_acs_meet(argc, argv, process_acs_gives_nothing, &pair);
	parent = pair.administrator;
	process_acs_warm_up(parent);
	test_begin(argc, argv, "server_process_mutated");
	noise = (struct mutate){
		.seed = 20260302,
		.messages = MUTATE_MESSAGES,
		.interfaces = {&mutate_process, &mutate_process_log, &mutate_process_boot},
		.words = words,
		.serves = serves,
		.spares = spares,
	};
	serves(NULL);
	noise.targets[VICTIMS] = process_acs_boot;
	process_acs_ignore_begin();
	mutate_run(&noise);
	process_acs_ignore_end();
	end_targets();
	test_end();
}
