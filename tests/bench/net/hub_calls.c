/*
 * What a call between two nodes costs in instructions, in one machine (hub): calls.h, for a task
 * that the boot script started.  Its port comes and goes under a name that half.c knows.
 *	hub_calls answer		answers
 *	hub_calls ask HOST-PORT		measures; then the machine ends
 */
#include "calls.h"
#include "hub.h"

#include <stdlib.h>
#include <string.h>
#include <gen/mach_host.h>
#include <gen/mach_port.h>

#define SELF mach_task_self()

/* Until half.c has put the right there. */
static void wait_right(void)
{
	mach_port_type_t type = 0;
	mach_msg_header_t none;
	mach_port_t port = MACH_PORT_NULL;

	calls_need(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port), "port");
	while (mach_port_type(SELF, HUB_PORT, &type) != KERN_SUCCESS) {
		(void)mach_msg(&none, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof none, port, 10,
			       MACH_PORT_NULL);
	}
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "ask") == 0) {
		wait_right();
		calls_measure(HUB_PORT);
		mach_printf("NB-END ok\n");
		(void)host_reboot(strtoul(argv[2], NULL, 10), 0);
	} else {
		calls_need(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, HUB_PORT),
			   "port");
		calls_answer(HUB_PORT);
	}
	return 0;
}
