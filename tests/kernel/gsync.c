/* TEST: oracle=yes */
/* gsync_wait, gsync_wake, gsync_requeue: within a task and across tasks, with time-outs. */
#include "lib/harness.h"
#include <gen/gnumach.h>

#define SELF            mach_task_self()
#define PAGE            0x1000u
#define GSYNC_SHARED    1
#define GSYNC_QUAD      2
#define GSYNC_TIMED     4
#define GSYNC_BROADCAST 8
#define GSYNC_MUTATE    16

static volatile uint32_t *words;
static volatile int outcome;
static volatile int woken;

static kern_return_t wait_for(volatile uint32_t *word, uint32_t value, uint32_t value_high,
			      uint32_t time_ms, int flags)
{
	return gsync_wait(SELF, (vm_address_t)word, value, value_high, time_ms, flags);
}

static void waiter(void *argument)
{
	uint32_t index = (uint32_t)argument;

	outcome = wait_for(&words[index], 0, 0, 0, 0);
	woken++;
}

static void check_values(void)
{
	words[0] = 5;
	CHECK_KR(wait_for(&words[0], 4, 0, 0, 0), KERN_INVALID_ARGUMENT);
	CHECK_KR(wait_for(&words[0], 5, 0, 30, GSYNC_TIMED), KERN_TIMEDOUT);
	words[2] = 1;
	words[3] = 2;
	words[4] = 0;
	CHECK_KR(wait_for(&words[2], 1, 3, 0, GSYNC_QUAD), KERN_INVALID_ARGUMENT);
	CHECK_KR(wait_for(&words[2], 1, 2, 30, GSYNC_QUAD | GSYNC_TIMED), KERN_TIMEDOUT);
	/* A pair of words need not stand on eight bytes. */
	CHECK_KR(wait_for(&words[3], 2, 1, 0, GSYNC_QUAD), KERN_INVALID_ARGUMENT);
	CHECK_KR(wait_for(&words[3], 2, 0, 30, GSYNC_QUAD | GSYNC_TIMED), KERN_TIMEDOUT);
	CHECK(wait_for((uint32_t *)0x10, 0, 0, 10, GSYNC_TIMED) != KERN_SUCCESS);
	CHECK(wait_for((uint32_t *)0xc0100000, 0, 0, 10, GSYNC_TIMED) != KERN_SUCCESS);
	CHECK(wait_for((uint32_t *)0xfffffffc, 0, 0, 10, GSYNC_TIMED) != KERN_SUCCESS);
}

static void check_wake(void)
{
	struct test_thread threads[3];

	words[0] = 0;
	woken = 0;
	for (int i = 0; i < 3; i++) {
		test_thread_start(&threads[i], waiter, (void *)0);
		CHECK(test_wait_blocked(threads[i].port));
	}
	CHECK_KR(gsync_wake(SELF, (vm_address_t)&words[1], 0, 0), KERN_SUCCESS);
	test_sleep_ms(20);
	CHECK_EQ(woken, 0);
	CHECK_KR(gsync_wake(SELF, (vm_address_t)&words[0], 0, 0), KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(woken == 1));
	test_sleep_ms(20);
	CHECK_EQ(woken, 1);
	CHECK_KR(outcome, KERN_SUCCESS);
	CHECK_KR(gsync_wake(SELF, (vm_address_t)&words[0], 77, GSYNC_BROADCAST | GSYNC_MUTATE),
		 KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(woken == 3));
	CHECK_EQ(words[0], 77);
	for (int i = 0; i < 3; i++) {
		CHECK(test_thread_join(&threads[i], 0));
	}
}

static void check_requeue(void)
{
	struct test_thread threads[3];

	words[0] = 0;
	words[8] = 0;
	woken = 0;
	for (int i = 0; i < 3; i++) {
		test_thread_start(&threads[i], waiter, (void *)0);
		CHECK(test_wait_blocked(threads[i].port));
	}
	CHECK_KR(gsync_requeue(SELF, (vm_address_t)&words[0], (vm_address_t)&words[8], TRUE,
			       GSYNC_BROADCAST),
		 KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(woken == 1));
	CHECK_KR(gsync_wake(SELF, (vm_address_t)&words[0], 0, GSYNC_BROADCAST), KERN_SUCCESS);
	test_sleep_ms(20);
	CHECK_EQ(woken, 1);
	CHECK_KR(gsync_wake(SELF, (vm_address_t)&words[8], 0, GSYNC_BROADCAST), KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(woken == 3));
	for (int i = 0; i < 3; i++) {
		CHECK(test_thread_join(&threads[i], 0));
	}
}

/* An aborted, and an ended waiter. */
static void check_abort(void)
{
	struct test_thread thread;

	words[0] = 0;
	woken = 0;
	test_thread_start(&thread, waiter, (void *)0);
	CHECK(test_wait_blocked(thread.port));
	CHECK_KR(thread_abort(thread.port), KERN_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_KR(outcome, KERN_INTERRUPTED);
	test_thread_start(&thread, waiter, (void *)0);
	CHECK(test_wait_blocked(thread.port));
	CHECK_KR(thread_terminate(thread.port), KERN_SUCCESS);
	test_thread_kill(&thread);
	CHECK_KR(gsync_wake(SELF, (vm_address_t)&words[0], 0, 0), KERN_SUCCESS);
}

static int child(void *argument)
{
	(void)argument;
	words[1] = 1;
	return wait_for(&words[0], 0, 0, 5000, GSYNC_SHARED | GSYNC_TIMED);
}

static void check_shared(void)
{
	struct test_task task;

	words[0] = 0;
	words[1] = 0;
	test_task_create(&task, child, NULL);
	test_task_run(&task);
	CHECK(TEST_WAIT_UNTIL(words[1] == 1));
	CHECK(test_wait_blocked(task.thread));
	CHECK_KR(gsync_wake(SELF, (vm_address_t)&words[0], 0, GSYNC_SHARED), KERN_SUCCESS);
	CHECK_EQ(test_task_join(&task), KERN_SUCCESS);
	/* A waiter ends with its task. */
	words[1] = 0;
	test_task_create(&task, child, NULL);
	test_task_run(&task);
	CHECK(TEST_WAIT_UNTIL(words[1] == 1));
	CHECK(test_wait_blocked(task.thread));
	test_task_kill(&task);
	CHECK_KR(gsync_wake(SELF, (vm_address_t)&words[0], 0, GSYNC_SHARED), KERN_SUCCESS);
}

int main(int argc, char **argv)
{
	vm_address_t page = 0;

	test_begin(argc, argv, "gsync");
	NEED_KR(vm_allocate(SELF, &page, PAGE, TRUE));
	NEED_KR(vm_inherit(SELF, page, PAGE, VM_INHERIT_SHARE));
	words = (volatile uint32_t *)page;
	check_values();
	check_wake();
	check_requeue();
	check_abort();
	check_shared();
	NEED_KR(vm_deallocate(SELF, page, PAGE));
	test_end();
}
