/* TEST: oracle=no */
/* What the processor said of a thread's exception, for who handles it. */
#include "lib/harness.h"
#include <gen/masix_host.h>

static volatile char *volatile nowhere = (char *)0x10;

static void read_it(void *argument)
{
	(void)argument;
	(void)*nowhere;
}

static void write_it(void *argument)
{
	(void)argument;
	*nowhere = 1;
}

static void break_it(void *argument)
{
	(void)argument;
	__asm__ volatile("int3");
}

static void load_it(void *argument)
{
	(void)argument;
	__asm__ volatile("movl %0, %%fs" : : "r"(0x1f3b));
}

static void check(const char *what, void (*function)(void *argument), natural_t vector,
		  natural_t error_mask, natural_t error)
{
	struct test_thread thread;
	struct test_exception exception;
	mach_port_t port = MACH_PORT_NULL;
	natural_t got_vector = 0, got_error = 0;

	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port));
	NEED_KR(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND));
	test_thread_create(&thread, function, NULL);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	NEED_KR(thread_resume(thread.port));
	test_group_begin(what);
	CHECK_EQ(test_exception_receive(port, &exception, 5000), MACH_MSG_SUCCESS);
	CHECK_KR(masix_thread_get_fault(exception.thread, &got_vector, &got_error), KERN_SUCCESS);
	CHECK_EQ(got_vector, vector);
	CHECK_EQ(got_error & error_mask, error);
	test_group_end();
	test_thread_kill(&thread); /* before the drop, which is an answer */
	test_exception_drop(&exception);
	NEED_KR(mach_port_deallocate(mach_task_self(), port));
	NEED_KR(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1));
}

int main(int argc, char **argv)
{
	natural_t vector = 0, error = 0;

	test_begin(argc, argv, "masix_fault");
	check("a read", read_it, 14, 6, 4);
	check("a write", write_it, 14, 6, 6);
	check("a breakpoint", break_it, 3, 0, 0);
	check("a segment that is not there", load_it, 13, 0xffff, 0x1f38);
	CHECK_KR(masix_thread_get_fault(mach_task_self(), &vector, &error), KERN_INVALID_ARGUMENT);
	test_end();
}
