/* Threads of the test's own task, and waiting for them. */
#include "harness.h"
#include <mach/mig_support.h>
#include <mach/thread_info.h>
#include <mach/thread_switch.h>

#define JOIN_TIME_MS 10000
#define DONE_ID      7000

void test_sleep_ms(mach_msg_timeout_t time_ms)
{
	/* Nobody sends to a reply port between calls, so only time ends this. */
	(void)mach_msg(NULL, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 0, mig_get_reply_port(), time_ms,
		       MACH_PORT_NULL);
}

void test_yield(void)
{
	for (int i = 0; i < 16; i++) {
		(void)swtch_pri(0);
	}
}

boolean_t test_wait_blocked(mach_port_t thread)
{
	struct thread_basic_info info = {.run_state = 0};

	for (int tries = 0; tries < 5000; tries++) {
		mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;

		if (thread_info(thread, THREAD_BASIC_INFO, (thread_info_t)&info, &count) !=
		    KERN_SUCCESS) {
			return FALSE;
		}
		if (info.run_state != TH_STATE_RUNNING) {
			return TRUE;
		}
		test_sleep_ms(1);
	}
	return FALSE;
}

/* The first function of every test thread; it has no end, as its joiner ends the thread. */
static void thread_main(void *argument)
{
	struct test_thread *thread = argument;
	mach_msg_header_t message = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND_ONCE, 0),
		.msgh_remote_port = thread->done,
		.msgh_id = DONE_ID,
	};

	thread->function(thread->argument);
	(void)mach_msg(&message, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL, 0,
		       MACH_PORT_NULL);
	for (;;) {
		test_sleep_ms(100000);
	}
}

/* Stacks are aligned to their size: take twice as much and give back what is over. */
static vm_address_t allocate_stack(void)
{
	vm_address_t address = 0;
	vm_address_t stack = 0;

	NEED_KR(vm_allocate(mach_task_self(), &address, 2 * MACH_STACK_SIZE, TRUE));
	stack = (address + MACH_STACK_SIZE - 1) & ~(vm_address_t)(MACH_STACK_SIZE - 1);
	if (stack != address) {
		NEED_KR(vm_deallocate(mach_task_self(), address, stack - address));
	}
	NEED_KR(vm_deallocate(mach_task_self(), stack + MACH_STACK_SIZE,
			      address + MACH_STACK_SIZE - stack));
	return stack;
}

void test_thread_create(struct test_thread *thread, void (*function)(void *argument),
			void *argument)
{
	thread->function = function;
	thread->argument = argument;
	thread->stack = allocate_stack();
	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &thread->done));
	NEED_KR(thread_create(mach_task_self(), &thread->port));
	NEED_KR(mach_thread_start_state(thread->port, thread->stack, thread_main, thread));
}

void test_thread_start(struct test_thread *thread, void (*function)(void *argument), void *argument)
{
	test_thread_create(thread, function, argument);
	NEED_KR(thread_resume(thread->port));
}

void test_thread_kill(struct test_thread *thread)
{
	struct mach_thread_block *block = (struct mach_thread_block *)thread->stack;

	(void)thread_terminate(thread->port); /* it may have ended itself: KERN_INVALID_ARGUMENT */
	NEED_KR(mach_port_deallocate(mach_task_self(), thread->port));
	if (block->reply_port != MACH_PORT_NULL) {
		(void)mach_port_mod_refs(mach_task_self(), block->reply_port,
					 MACH_PORT_RIGHT_RECEIVE, -1);
	}
	NEED_KR(mach_port_mod_refs(mach_task_self(), thread->done, MACH_PORT_RIGHT_RECEIVE, -1));
	NEED_KR(vm_deallocate(mach_task_self(), thread->stack, MACH_STACK_SIZE));
}

boolean_t test_thread_join(struct test_thread *thread, mach_msg_timeout_t time_ms)
{
	mach_msg_header_t message;
	mach_msg_return_t result =
		mach_msg(&message, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof message, thread->done,
			 time_ms == 0 ? JOIN_TIME_MS : time_ms, MACH_PORT_NULL);

	test_thread_kill(thread);
	return result == MACH_MSG_SUCCESS;
}
