/* TEST: oracle=no icount=yes */
/* What lib/ipc costs beside a bare loop that receives and replies: instructions, by icount. */
#include "lib/ipc_server.h"
#include <mach/mig_support.h>

#define ROUNDS 1000
#define COST_MAX 450

static uint64_t clock_now(void)
{
	uint32_t low = 0;
	uint32_t high = 0;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* The bare server: in a task of its own, as lib/ipc's is. */
static int bare_server(void *argument)
{
	struct {
		mach_msg_header_t head;
		uint8_t room[64];
	} message = { .head = { .msgh_bits = 0 } };
	mach_msg_option_t option = MACH_RCV_MSG;

	(void)argument;
	while (mach_msg(&message.head, option, sizeof(mig_reply_header_t), sizeof message,
			TEST_CHILD_NAME(0), 0, MACH_PORT_NULL) == MACH_MSG_SUCCESS) {
		mach_msg_header_t request = message.head;

		mig_reply_setup(&request, &message.head);
		option = MACH_SEND_MSG | MACH_RCV_MSG;
	}
	return 0;
}

/* Instructions of one round trip; the clock's unit is one at -icount shift=0, whatever it is else. */
static uint32_t measure(mach_port_t port)
{
	mach_port_t reply = mig_get_reply_port();
	uint64_t begin = 0;
	uint64_t best = ~0ull;
	struct {
		mach_msg_header_t head;
		uint8_t room[64];
	} message;

	for (int i = 0; i < ROUNDS; i++) {
		message.head = (mach_msg_header_t){
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
						    MACH_MSG_TYPE_MAKE_SEND_ONCE),
			.msgh_remote_port = port,
			.msgh_local_port = reply,
			.msgh_id = ASK_NULL,
		};
		begin = clock_now();
		NEED_KR(mach_msg(&message.head, MACH_SEND_MSG | MACH_RCV_MSG,
				 sizeof message.head, sizeof message, reply, 0, MACH_PORT_NULL));
		begin = clock_now() - begin;
		best = begin < best ? begin : best;
	}
	return (uint32_t)best;
}

int main(int argc, char **argv)
{
	struct test_task task;
	mach_port_t bare = MACH_PORT_NULL;
	mach_port_t public = MACH_PORT_NULL;
	mach_port_t object = MACH_PORT_NULL;
	uint32_t cost[2];

	test_begin(argc, argv, "ipc_cost");
	public = ipc_server_start();
	object = ask_port(public, ASK_OPEN, NULL);
	cost[1] = measure(object);
	NEED_KR(mach_port_destroy(mach_task_self(), object));
	CHECK(ipc_server_quiet(public));
	NEED_KR(mach_port_deallocate(mach_task_self(), public));
	ipc_server_end();

	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &bare));
	NEED_KR(mach_port_insert_right(mach_task_self(), bare, bare, MACH_MSG_TYPE_MAKE_SEND));
	test_task_create(&task, bare_server, NULL);
	test_task_give(&task, TEST_CHILD_NAME(0), bare, MACH_MSG_TYPE_MOVE_RECEIVE);
	test_task_run(&task);
	cost[0] = measure(bare);
	test_task_kill(&task);
	NEED_KR(mach_port_destroy(mach_task_self(), bare));
	test_note("a null call: bare %u, through lib/ipc %u, more by %d", cost[0], cost[1],
		  (int)(cost[1] - cost[0]));
	CHECK(cost[1] < cost[0] + COST_MAX);
	test_end();
}
