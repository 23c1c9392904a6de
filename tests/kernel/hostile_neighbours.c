/* TEST: oracle=no mem=64 timeout=40 */
/*
 * Hostile tasks, each under a page quota, do what they can to take everything; meanwhile a client
 * of a server gets its answers, in time, and afterwards all that they took is back.
 */
#include "lib/msg.h"
#include <gen/masix_host.h>

#define SELF        mach_task_self()
#define PAGE        0x1000u
#define REQUEST_ID  77
#define RPCS        10
#define QUOTA_PAGES 2048u
#define TIME_MS     5000

/* ---------------------------------------------------------------------- what the hostile ones do
 */

static void take_memory(void)
{
	vm_address_t address = 0;

	while (vm_allocate(SELF, &address, 64 * PAGE, TRUE) == KERN_SUCCESS) {
		for (uint32_t i = 0; i < 64; i++) {
			*(volatile uint32_t *)(address + i * PAGE) = 1;
		}
	}
}

static int be_greedy(void *argument)
{
	(void)argument;
	for (;;) {
		take_memory();
	}
	return 0;
}

/* Sends to itself, with memory and a right, until queues and names are full; never receives. */
static int send_for_ever(void *argument)
{
	(void)argument;
	for (;;) {
		mach_port_t port = MACH_PORT_NULL;
		struct msg msg;

		if (mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port) != KERN_SUCCESS) {
			continue;
		}
		for (int i = 0; i < 5; i++) {
			msg_begin(&msg, port, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0, i);
			msg_add_ool(&msg, MACH_MSG_TYPE_BYTE, 8, 4000, &msg, FALSE);
			msg_add_port(&msg, port, MACH_MSG_TYPE_MAKE_SEND);
			(void)mach_msg(&msg.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, msg.size, 0,
				       MACH_PORT_NULL, 0, MACH_PORT_NULL);
		}
	}
	return 0;
}

/* Tasks and threads, as many as there can be. */
static int make_tasks(void *argument)
{
	(void)argument;
	for (int i = 0; i < 300; i++) {
		mach_port_t task = MACH_PORT_NULL;
		mach_port_t thread = MACH_PORT_NULL;

		/* Without threads: one that has any outlives its maker, as everywhere in Mach. */
		(void)task_create(SELF, i % 8 == 0, &task);
		(void)thread_create(SELF, &thread);
	}
	for (;;) {
		(void)thread_switch(MACH_PORT_NULL, 0, 0);
	}
	return 0;
}

/* Traps with rubbish for arguments. */
static int call_rubbish(void *argument)
{
	uint32_t seed = 12345;

	(void)argument;
	for (;;) {
		uint32_t words[4];

		for (int i = 0; i < 4; i++) {
			seed = seed * 1664525 + 1013904223;
			words[i] = seed;
		}
		/* Messages and rights alone: whatever would end or stop itself is left out. */
		(void)mach_msg((mach_msg_header_t *)words[0],
			       (int)(words[1] & 0x3f03) & ~MACH_RCV_MSG, words[2], words[3],
			       words[0], 1, words[1]);
		(void)vm_deallocate(SELF, 0x50000000 + (words[0] & 0xfffffff), words[1] & 0xffffff);
		(void)mach_port_destroy(SELF, words[2] | 0x10000);
		(void)vm_protect(SELF, 0x50000000 + (words[3] & 0xfffffff), words[1] & 0xffffff,
				 (words[0] & 1) != 0, (vm_prot_t)(words[1] & 7));
	}
	return 0;
}

static int (*const hostiles[])(void *) = {be_greedy, send_for_ever, make_tasks, call_rubbish};
#define HOSTILES (sizeof hostiles / sizeof hostiles[0])

/* --------------------------------------------------------------------------- who wants to work */

static int serve(void *argument)
{
	(void)argument;
	for (;;) {
		struct msg msg;

		if (msg_receive(&msg, TEST_CHILD_NAME(0), 5000) != MACH_MSG_SUCCESS) {
			continue;
		}
		msg.head.msgh_bits = MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(msg.head.msgh_bits), 0);
		msg.head.msgh_local_port = MACH_PORT_NULL;
		msg.head.msgh_id += 100;
		(void)mach_msg(&msg.head, MACH_SEND_MSG, sizeof msg.head, 0, MACH_PORT_NULL, 0,
			       MACH_PORT_NULL);
	}
	return 0;
}

static void call_server(mach_port_t server, mach_port_t reply)
{
	mach_msg_header_t head = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.msgh_remote_port = server,
		.msgh_local_port = reply,
		.msgh_id = REQUEST_ID,
	};

	CHECK_KR(mach_msg(&head, MACH_SEND_MSG | MACH_RCV_MSG | MACH_RCV_TIMEOUT, sizeof head,
			  sizeof head, reply, TIME_MS, MACH_PORT_NULL),
		 MACH_MSG_SUCCESS);
	CHECK_EQ(head.msgh_id, REQUEST_ID + 100);
}

static void start_hostile(struct test_task *task, int (*function)(void *))
{
	test_task_create(task, function, NULL);
	/* Its faults end it, with a report: nobody looks after it. */
	NEED_KR(task_set_special_port(task->task, TASK_EXCEPTION_PORT, MACH_PORT_NULL));
	NEED_KR(masix_task_set_page_quota(host_priv, task->task, QUOTA_PAGES));
	test_task_run(task);
}

int main(int argc, char **argv)
{
	struct test_task tasks[HOSTILES];
	struct test_task server;
	mach_port_t port = MACH_PORT_NULL;
	mach_port_t reply = MACH_PORT_NULL;

	test_begin(argc, argv, "hostile_neighbours");
	port = port_new_send();
	reply = port_new();
	test_task_create(&server, serve, NULL);
	test_task_give(&server, TEST_CHILD_NAME(0), port, MACH_MSG_TYPE_MOVE_RECEIVE);
	test_task_run(&server);
	for (unsigned int i = 0; i < HOSTILES; i++) {
		start_hostile(&tasks[i], hostiles[i]);
	}
	test_group_begin("a server answers while others take what they can");
	for (int i = 0; i < RPCS; i++) {
		call_server(port, reply);
		if (i % 5 == 0) {
			test_sleep_ms(1);
		}
	}
	test_group_end();
	for (unsigned int i = 0; i < HOSTILES; i++) {
		test_task_kill(&tasks[i]);
	}
	test_task_kill(&server);
	port_destroy(port);
	port_destroy(reply);
	test_end();
}
