/* TEST: oracle=no timeout=60 */
/* Threads in every state, and everything that may be done to them, at random: the machine goes on,
 * and all comes back. */
#include "lib/msg.h"
#include <gen/mach_host.h>
#include <mach/thread_switch.h>

#define SELF    mach_task_self()
#define THREADS 8u
#define STEPS   1800u
#define ROUNDS  6u

static uint32_t seed = 12345;
static mach_port_t port;
static volatile uint32_t work;
static uint8_t stacks[THREADS][2048] __attribute__((aligned(16)));

static uint32_t random_below(uint32_t bound)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 10) % bound;
}

static void spin(void)
{
	for (;;) {
		work++;
	}
}

static void spin_with_floats(void)
{
	for (;;) {
		__asm__ volatile("fninit; fld1; fldpi; faddp; fstp %st(0)");
	}
}

static void yield(void)
{
	for (;;) {
		(void)swtch();
		(void)swtch_pri(0);
	}
}

static void depress(void)
{
	for (;;) {
		(void)thread_switch(MACH_PORT_NULL, SWITCH_OPTION_DEPRESS, 3);
		(void)thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, 2);
	}
}

static void receive(void)
{
	struct {
		mach_msg_header_t head;
		uint8_t body[64];
	} message;

	for (;;) {
		(void)mach_msg(&message.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof message,
			       port, 2, MACH_PORT_NULL);
		(void)mach_msg(&message.head, MACH_RCV_MSG, 0, sizeof message, port, 0,
			       MACH_PORT_NULL);
	}
}

static void send(void)
{
	mach_msg_header_t head;

	for (;;) {
		memset(&head, 0, sizeof head);
		head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
		head.msgh_remote_port = port;
		head.msgh_size = sizeof head;
		(void)mach_msg(&head, MACH_SEND_MSG, sizeof head, 0, MACH_PORT_NULL, 0,
			       MACH_PORT_NULL);
	}
}

static void (*const lives[])(void) = {spin, spin_with_floats, yield, depress, receive, send};

static void thread_new(mach_port_t task, mach_port_t *thread, uint32_t index)
{
	struct i386_thread_state state;
	mach_msg_type_number_t words = i386_THREAD_STATE_COUNT;

	NEED_KR(thread_create(task, thread));
	NEED_KR(thread_get_state(*thread, i386_REGS_SEGS_STATE, (thread_state_t)&state, &words));
	state.eip = (uint32_t)lives[random_below(sizeof lives / sizeof lives[0])];
	state.uesp = (uint32_t)stacks[index] + sizeof stacks[index] - 4;
	NEED_KR(thread_set_state(*thread, i386_REGS_SEGS_STATE, (thread_state_t)&state,
				 i386_THREAD_STATE_COUNT));
	NEED_KR(thread_priority(*thread, 30, FALSE)); /* below ours: they take slices of 100 ms */
}

static void step(mach_port_t task, mach_port_t *threads, boolean_t own)
{
	struct i386_thread_state state;
	mach_msg_type_number_t words = i386_THREAD_STATE_COUNT;
	uint32_t index = random_below(THREADS);
	mach_port_t thread = threads[index];

	switch (random_below(14)) {
	case 0:
		(void)thread_suspend(thread);
		break;
	case 1:
	case 2:
	case 3:
		(void)thread_resume(thread);
		break;
	case 4:
		(void)thread_abort(thread);
		break;
	case 5:
		(void)thread_get_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state,
				       &words);
		break;
	case 6:
		(void)thread_priority(thread, (int)(26 + random_below(38)), FALSE);
		break;
	case 7:
		(void)thread_depress_abort(thread);
		break;
	case 8:
		if (own) {
			break; /* that would stop ourselves */
		}
		(void)task_suspend(task);
		(void)thread_abort(thread);
		(void)task_resume(task);
		break;
	case 9:
		(void)thread_switch(thread, SWITCH_OPTION_NONE, 0);
		break;
	case 10:
		if (random_below(8) == 0) {
			(void)thread_terminate(thread);
			NEED_KR(mach_port_deallocate(SELF, thread));
			thread_new(task, &threads[index], index);
		}
		break;
	case 11:
		(void)thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, 1);
		break;
	case 12:
		(void)thread_switch(MACH_PORT_NULL, SWITCH_OPTION_DEPRESS, 1);
		break;
	default:
		words = i386_FLOAT_STATE_COUNT;
		{
			uint32_t floats[i386_FLOAT_STATE_COUNT];

			if (thread_get_state(thread, i386_FLOAT_STATE, (thread_state_t)floats,
					     &words) == KERN_SUCCESS) {
				(void)thread_set_state(thread, i386_FLOAT_STATE,
						       (thread_state_t)floats, words);
			}
		}
		break;
	}
}

/* In this task, or in a child with a copy of its memory that ends with all its threads in whatever
 * state they are. */
static void round_of(boolean_t own)
{
	mach_port_t task = SELF;
	mach_port_t threads[THREADS];

	if (!own) {
		NEED_KR(task_create(SELF, TRUE, &task));
		NEED_KR(mach_port_insert_right(task, port, port, MACH_MSG_TYPE_MAKE_SEND));
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		thread_new(task, &threads[i], i);
	}
	for (uint32_t i = 0; i < STEPS / ROUNDS; i++) {
		step(task, threads, own);
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		if (own || i % 2 == 0) {
			(void)thread_terminate(threads[i]);
		}
	}
	if (!own) {
		NEED_KR(task_terminate(task));
		NEED_KR(mach_port_deallocate(SELF, task));
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		NEED_KR(mach_port_deallocate(SELF, threads[i]));
	}
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "thread_random");
	port = port_new_send();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		round_of(i % 2 == 0);
	}
	port_destroy(port);
	test_sleep_ms(50); /* the last of them reach their end */
	CHECK(TRUE);
	test_end();
}
