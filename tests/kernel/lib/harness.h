/*
 * The harness of the bootable tests: TAP on the kernel's console, checks, threads, faults, child
 * tasks.  README.md of tests/kernel shows how a test uses it.
 */
#pragma once

#include <libmach.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <mach/exception.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>
#include <mach/task_special_ports.h>
#include <mach/thread_special_ports.h>
#include <mach/thread_status.h>

/* The boot script's ports: argv[1] and argv[2]. */
extern mach_port_t host_priv;
extern mach_port_t device_master;

/*
 * First call of main: reads the ports from argv, prints the test's name, guards against faults that
 * nobody expects (they end the test with "Bail out!"), and counts the kernel's objects.
 */
void test_begin(int argc, char **argv, const char *name);

/*
 * Last call of main: checks that this task has as many names as at test_begin, and that the
 * kernel's objects in use are what they were (where the kernel can tell), prints the plan and
 * reboots the machine; does not return.
 */
void test_end(void) __attribute__((noreturn));

/* The value of "name=" among the words of the boot script, or null. */
const char *test_argument(const char *name);

/* A line of commentary: "# text". */
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ------------------------------------------------------------------------------------ checks */

/*
 * Every check is one TAP line, whose text is the same on every kernel.  Within a group checks only
 * print when they fail, and the whole group is one line: for loops and for what runs in threads.
 * They return whether they passed.
 */
#define CHECK(condition) test_check(!!(condition), #condition, __FILE__, __LINE__)

/* got and expected are integers of at most 32 bits; each is evaluated once. */
#define CHECK_EQ(got, expected)                                                                    \
	test_check_eq((uint32_t)(got), (uint32_t)(expected), #got " == " #expected, __FILE__,      \
		      __LINE__)

/* The same for error codes, which a failure then names. */
#define CHECK_KR(call, expected)                                                                   \
	test_check_kr((call), (expected), #call " == " #expected, __FILE__, __LINE__)

boolean_t test_check(boolean_t passed, const char *text, const char *file, int line);
boolean_t test_check_eq(uint32_t got, uint32_t expected, const char *text, const char *file,
			int line);
boolean_t test_check_kr(kern_return_t got, kern_return_t expected, const char *text,
			const char *file, int line);

/* Groups do not nest. */
void test_group_begin(const char *text);
boolean_t test_group_end(void);

/* A check that cannot be made here: "ok N - text # SKIP reason". */
void test_skip(const char *text, const char *reason);

/* Ends the test at once, when nothing more can be learnt: "Bail out! reason", and a reboot. */
void test_bail_out(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Something the test itself needs and that must not fail. */
#define NEED_KR(call) test_need((call), #call, __FILE__, __LINE__)
void test_need(kern_return_t got, const char *text, const char *file, int line);

/* ----------------------------------------------------------------------------------- waiting */

/* Sleeps, by a receive that times out. */
void test_sleep_ms(mach_msg_timeout_t time_ms);

/* Lets every other thread run that can. */
void test_yield(void);

/* Waits until the thread waits (in a message call, say) or is stopped; false after 5 s. */
boolean_t test_wait_blocked(mach_port_t thread);

/*
 * Polls "condition" each ms for at most 5 s; its value is whether the condition came true, after
 * which it is not evaluated again.
 */
#define TEST_WAIT_UNTIL(condition)                                                                 \
	({                                                                                         \
		boolean_t test_wait_true = FALSE;                                                  \
		for (int test_wait_left_ms = 5000;                                                 \
		     !(test_wait_true = !!(condition)) && test_wait_left_ms > 0;                   \
		     test_wait_left_ms--) {                                                        \
			test_sleep_ms(1);                                                          \
		}                                                                                  \
		test_wait_true;                                                                    \
	})

/* ----------------------------------------------------------------------------------- threads */

struct test_thread {
	mach_port_t port;
	vm_address_t stack;
	mach_port_t done; /* where the thread says that its function returned */
	void (*function)(void *argument);
	void *argument;
};

/*
 * Starts function(argument) on a thread of this task.  "thread" must stay where it is until
 * test_thread_join or test_thread_kill, which give back everything the thread had.
 */
void test_thread_start(struct test_thread *thread, void (*function)(void *argument),
		       void *argument);

/* The same, not yet resumed: for tests that look at it first (thread_resume(thread->port)). */
void test_thread_create(struct test_thread *thread, void (*function)(void *argument),
			void *argument);

/* Waits until the function returned; false (and the thread is killed) after time_ms (0: 10 s). */
boolean_t test_thread_join(struct test_thread *thread, mach_msg_timeout_t time_ms);

/* Ends the thread wherever it is. */
void test_thread_kill(struct test_thread *thread);

/* ------------------------------------------------------------------------------------ faults */

/* What an exception server receives, and answers. */
struct test_exception {
	mach_msg_header_t head;
	mach_msg_type_t thread_type;
	mach_port_t thread;
	mach_msg_type_t task_type;
	mach_port_t task;
	mach_msg_type_t exception_type;
	int exception;
	mach_msg_type_t code_type;
	int code;
	mach_msg_type_t subcode_type;
	int subcode;
};

#define TEST_EXCEPTION_ID 2400

/* Receives one exception from "port"; errors: those of a receive with a time-out. */
mach_msg_return_t test_exception_receive(mach_port_t port, struct test_exception *message,
					 mach_msg_timeout_t time_ms);

/* Answers it: KERN_SUCCESS resumes the thread.  Gives up the message's thread and task rights. */
mach_msg_return_t test_exception_reply(struct test_exception *message, kern_return_t answer);

/* The same without an answer: drops every right of the message. */
void test_exception_drop(struct test_exception *message);

/* What a caught fault was; "caught" false: the function returned. */
struct test_fault {
	boolean_t caught;
	int exception;
	int code;
	int subcode;
	struct i386_thread_state state;
};

/*
 * Runs function(argument) on a thread of its own and catches its first exception, which ends the
 * thread; the fault is in *fault.  Returns fault->caught.  A function that neither returns nor
 * faults in 10 s is killed: exception 0, caught true.
 */
boolean_t test_catch(struct test_fault *fault, void (*function)(void *argument), void *argument);

/* ------------------------------------------------------------------------------- child tasks */

struct test_task {
	mach_port_t task;
	mach_port_t thread;
	mach_port_t done;
	vm_address_t stack;
	int (*function)(void *argument);
	void *argument;
};

/*
 * Makes a task with a copy of this task's memory, whose only thread will run function(argument); it
 * does not run yet.  The child finds nothing but its own names in its port space: give it rights
 * with test_task_give, under names that the function knows.  Checks in the child only print when
 * they fail.  The value of the function, or of test_child_failures(), comes back by test_task_join.
 */
void test_task_create(struct test_task *child, int (*function)(void *argument), void *argument);
void test_task_give(struct test_task *child, mach_port_t name, mach_port_t right,
		    mach_msg_type_name_t type);
void test_task_run(struct test_task *child);

/* Waits for the function's end and ends the task; -1: it did not end in 10 s, or faulted. */
int test_task_join(struct test_task *child);

/* Ends the task wherever it is. */
void test_task_kill(struct test_task *child);

/* In the child: how many checks failed so far. */
int test_child_failures(void);

/* Names under which a parent gives rights to a child: away from those that the kernel chooses. */
#define TEST_CHILD_NAME(index) ((mach_port_t)(0x1001 + (index)))
