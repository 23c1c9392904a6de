/* Exceptions: receiving, answering, and catching the fault of one function. */
#include "harness.h"

#define CATCH_TIME_MS      10000
#define EXCEPTION_REPLY_ID (TEST_EXCEPTION_ID + 100)

_Static_assert(sizeof(struct test_exception) == 64, "Mach's exception message");

mach_msg_return_t test_exception_receive(mach_port_t port, struct test_exception *message,
					 mach_msg_timeout_t time_ms)
{
	return mach_msg(&message->head, MACH_RCV_MSG | (time_ms != 0 ? MACH_RCV_TIMEOUT : 0), 0,
			sizeof *message, port, time_ms, MACH_PORT_NULL);
}

static void drop_right(mach_port_t name)
{
	if (MACH_PORT_VALID(name)) {
		(void)mach_port_deallocate(mach_task_self(), name);
	}
}

mach_msg_return_t test_exception_reply(struct test_exception *message, kern_return_t answer)
{
	mach_msg_type_name_t type = MACH_MSGH_BITS_REMOTE(message->head.msgh_bits);
	mig_reply_header_t reply = {
		.Head =
			{
				.msgh_bits = MACH_MSGH_BITS(type, 0),
				.msgh_remote_port = message->head.msgh_remote_port,
				.msgh_id = EXCEPTION_REPLY_ID,
			},
		.RetCodeType =
			{
				.msgt_name = MACH_MSG_TYPE_INTEGER_32,
				.msgt_size = 32,
				.msgt_number = 1,
				.msgt_inline = TRUE,
			},
		.RetCode = answer,
	};

	drop_right(message->thread);
	drop_right(message->task);
	return mach_msg(&reply.Head, MACH_SEND_MSG, sizeof reply, 0, MACH_PORT_NULL, 0,
			MACH_PORT_NULL);
}

void test_exception_drop(struct test_exception *message)
{
	drop_right(message->thread);
	drop_right(message->task);
	drop_right(message->head.msgh_remote_port);
}

/* Fills in the fault from the exception message, while the thread still waits for the answer. */
static void note_fault(struct test_fault *fault, const struct test_exception *message)
{
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	fault->caught = TRUE;
	fault->exception = message->exception;
	fault->code = message->code;
	fault->subcode = message->subcode;
	(void)thread_get_state(message->thread, i386_REGS_SEGS_STATE, (thread_state_t)&fault->state,
			       &count);
}

boolean_t test_catch(struct test_fault *fault, void (*function)(void *argument), void *argument)
{
	struct test_thread thread;
	struct test_exception message;
	mach_port_t set = MACH_PORT_NULL;
	mach_port_t port = MACH_PORT_NULL;

	*fault = (struct test_fault){.caught = FALSE};
	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set));
	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port));
	NEED_KR(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND));
	test_thread_create(&thread, function, argument);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(mach_port_move_member(mach_task_self(), port, set));
	NEED_KR(mach_port_move_member(mach_task_self(), thread.done, set));
	NEED_KR(thread_resume(thread.port));
	if (test_exception_receive(set, &message, CATCH_TIME_MS) != MACH_MSG_SUCCESS) {
		fault->caught = TRUE;
	} else if (message.head.msgh_id == TEST_EXCEPTION_ID) {
		note_fault(fault, &message);
		(void)thread_terminate(thread.port);
		test_exception_drop(&message);
	}
	test_thread_kill(&thread);
	NEED_KR(mach_port_destroy(mach_task_self(), port));
	NEED_KR(mach_port_destroy(mach_task_self(), set));
	return fault->caught;
}
