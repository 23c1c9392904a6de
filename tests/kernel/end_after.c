/* TEST: oracle=no */
/* A task ended at each of its message boundaries in turn (masix_task_end_after). */
#include "lib/msg.h"
#include <gen/mach_port.h>
#include <gen/masix_host.h>

#define PORT    TEST_CHILD_NAME(0)
#define ROUNDS  12
#define LAST_ID 1000

static int64_t number_of(mach_port_t task)
{
	int64_t number = 0;
	masix_digest_t digest;
	natural_t used = 0, limit = 0;

	NEED_KR(masix_task_get_info(host_priv, task, &number, digest, &used, &limit));
	return number;
}

/* Numbered messages, one after the other, and a call of the kernel after each. */
static int send_all(void *argument)
{
	(void)argument;
	for (mach_msg_id_t id = 1; id < LAST_ID; id++) {
		(void)msg_send_id(PORT, MACH_MSG_TYPE_COPY_SEND, id);
	}
	return 0;
}

/* A task that does nothing else ends with the message that makes the number whole. */
static void check_boundary(uint32_t events)
{
	struct test_task child;
	mach_port_t port = port_new_send();
	mach_msg_id_t last = 0;

	/* None has to wait for room: what is sent and what is delivered are the same then. */
	NEED_KR(mach_port_set_qlimit(mach_task_self(), port, ROUNDS + 1));
	test_task_create(&child, send_all, NULL);
	test_task_give(&child, PORT, port, MACH_MSG_TYPE_COPY_SEND);
	NEED_KR(masix_task_end_after(host_priv, number_of(child.task), events));
	test_task_run(&child);
	for (mach_msg_id_t id = 1; id != 0 && id < LAST_ID; id++) {
		id = msg_receive_id(port, 500);
		last = id > last ? id : last;
		if (id <= 0) {
			break;
		}
	}
	CHECK_EQ((uint32_t)last, events);
	test_task_kill(&child);
	NEED_KR(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND, -1));
	NEED_KR(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1));
}

static void check_refusals(void)
{
	int64_t self = number_of(mach_task_self());

	CHECK_KR(masix_task_end_after(mach_host_self(), self, 1), KERN_INVALID_HOST);
	CHECK_KR(masix_task_end_after(host_priv, self + 1000, 1), KERN_INVALID_VALUE);
	CHECK_KR(masix_task_end_after(host_priv, -1, 1), KERN_INVALID_VALUE);
	CHECK_KR(masix_task_end_after(host_priv, self, 1000000), KERN_SUCCESS);
	CHECK_KR(masix_task_end_after(host_priv, 0, 0), KERN_SUCCESS);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "end_after");
	check_refusals();
	for (uint32_t events = 1; events <= ROUNDS; events++) {
		check_boundary(events);
	}
	NEED_KR(masix_trace_control(host_priv, MASIX_TRACE_FAULTS));
	test_end();
}
