/* TEST: oracle=no icount=yes */
/*
 * Time: time-outs are never early and at most two ticks late, the uptime only goes up, the mapped
 * time and both calls agree.  Under icount, where the machine's time is the instructions it ran.
 */
#include "lib/msg.h"
#include <gen/device.h>
#include <gen/mach_host.h>
#include <mach/thread_switch.h>

#define SELF    mach_task_self()
#define TICK_US 10000

static int64_t uptime_us(void)
{
	time_value64_t time = {0, 0};

	NEED_KR(host_get_uptime64(mach_host_self(), &time));
	return time.seconds * 1000000 + time.nanoseconds / 1000;
}

static int64_t wall_us(void)
{
	time_value64_t time = {0, 0};

	NEED_KR(host_get_time64(mach_host_self(), &time));
	return time.seconds * 1000000 + time.nanoseconds / 1000;
}

/* Records the worst of what time-outs do, in microseconds after their time. */
static int32_t earliest;
static int32_t latest;

static void note_wait(int64_t start, mach_msg_timeout_t time_ms)
{
	int32_t late = (int32_t)(uptime_us() - start - (int64_t)time_ms * 1000);

	earliest = late < earliest ? late : earliest;
	latest = late > latest ? late : latest;
}

static void begin_waits(void)
{
	earliest = INT32_MAX;
	latest = INT32_MIN;
}

static void check_waits(const char *what)
{
	test_note("%s: %d to %d us after their time", what, earliest, latest);
	CHECK(earliest >= 0);
	CHECK(latest <= 2 * TICK_US);
}

static const mach_msg_timeout_t times_ms[] = {1,  2,  5,  9,  10,  11,  15,
					      20, 33, 50, 99, 100, 250, 1000};
#define TIMES (sizeof times_ms / sizeof times_ms[0])

static void check_receive(void)
{
	mach_port_t port = port_new();
	struct msg msg;

	begin_waits();
	for (unsigned int i = 0; i < TIMES; i++) {
		for (int round = 0; round < 3; round++) {
			int64_t start = uptime_us();

			if (msg_receive(&msg, port, times_ms[i]) != MACH_RCV_TIMED_OUT) {
				CHECK(FALSE);
			}
			note_wait(start, times_ms[i]);
		}
	}
	check_waits("receive");
	/* No time at all is no wait. */
	begin_waits();
	for (int i = 0; i < 100; i++) {
		int64_t start = uptime_us();

		(void)msg_receive(&msg, port, 0);
		note_wait(start, 0);
	}
	CHECK(latest < TICK_US);
	port_destroy(port);
}

static void check_send(void)
{
	mach_port_t port = port_new_send();

	NEED_KR(mach_port_set_qlimit(SELF, port, 1));
	NEED_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 1));
	begin_waits();
	for (unsigned int i = 0; i < TIMES; i++) {
		mach_msg_header_t head = {
			.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
			.msgh_remote_port = port,
		};
		int64_t start = uptime_us();

		if (mach_msg(&head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof head, 0,
			     MACH_PORT_NULL, times_ms[i], MACH_PORT_NULL) != MACH_SEND_TIMED_OUT) {
			CHECK(FALSE);
		}
		note_wait(start, times_ms[i]);
	}
	check_waits("send");
	port_destroy(port);
}

static void check_switch(void)
{
	begin_waits();
	for (unsigned int i = 0; i < TIMES; i++) {
		int64_t start = uptime_us();

		(void)thread_switch(MACH_PORT_NULL, SWITCH_OPTION_WAIT, times_ms[i]);
		note_wait(start, times_ms[i]);
	}
	check_waits("thread_switch");
}

/* Threads that wait for different times, while another one keeps the processor busy. */
static volatile boolean_t stop;

static void spin(void *argument)
{
	(void)argument;
	while (!stop) {
	}
}

static void wait_on(void *argument)
{
	mach_port_t port = port_new();
	struct msg msg;

	for (int i = 0; i < 3; i++) {
		int64_t start = uptime_us();

		(void)msg_receive(&msg, port, (mach_msg_timeout_t)argument);
		note_wait(start, (mach_msg_timeout_t)argument);
	}
	port_destroy(port);
}

static void check_many(void)
{
	struct test_thread threads[8];
	struct test_thread spinner;

	begin_waits();
	stop = FALSE;
	for (int i = 0; i < 8; i++) {
		test_thread_start(&threads[i], wait_on, (void *)(20 + 17 * i));
	}
	test_group_begin("eight threads wait at the same time");
	for (int i = 0; i < 8; i++) {
		CHECK(test_thread_join(&threads[i], 0));
	}
	test_group_end();
	check_waits("many");
	/* Beside a thread that never waits: not early; how late is the scheduler's matter. */
	begin_waits();
	test_thread_start(&spinner, spin, NULL);
	wait_on((void *)25);
	stop = TRUE;
	CHECK(test_thread_join(&spinner, 0));
	CHECK(earliest >= 0);
	test_note("beside a spinning thread: at most %d us late", latest);
}

static void check_uptime(void)
{
	int64_t before = uptime_us();
	int64_t start = before;
	int64_t wall = wall_us();
	uint32_t same = 0;

	test_group_begin("the uptime never goes back");
	for (int i = 0; i < 20000; i++) {
		int64_t now = uptime_us();

		if (now < before) {
			CHECK(now >= before);
		}
		same += now == before;
		before = now;
	}
	test_group_end();
	CHECK(before > start);
	/* Both clocks went on alike. */
	wall = wall_us() - wall;
	before = uptime_us() - start;
	CHECK(wall <= before + 1000 && before <= wall + 1000);
	test_note("20000 readings in %d us, %u the same as the one before", (int)before, same);
}

static void check_mapped_time(void)
{
	mach_port_t device = MACH_PORT_NULL;
	mach_port_t pager = MACH_PORT_NULL;
	vm_address_t address = 0;
	volatile struct mapped_time_value *mapped = NULL;
	int32_t behind_most = INT32_MIN;
	int32_t behind_least = INT32_MAX;
	int32_t behind64_most = INT32_MIN;

	CHECK_KR(device_open(device_master, D_READ, "time", &device), KERN_SUCCESS);
	CHECK_KR(device_map(device, VM_PROT_READ, 0, 0x1000, &pager, 0), KERN_SUCCESS);
	CHECK_KR(vm_map(SELF, &address, 0x1000, 0, TRUE, pager, 0, FALSE, VM_PROT_READ,
			VM_PROT_READ, VM_INHERIT_NONE),
		 KERN_SUCCESS);
	mapped = (volatile struct mapped_time_value *)address;
	for (int i = 0; i < 2000; i++) {
		time_value_t time = {0, 0};
		int32_t seconds = 0;
		int32_t us = 0;
		int32_t behind = 0;

		do {
			seconds = mapped->seconds;
			us = mapped->microseconds;
		} while (mapped->check_seconds != seconds);
		NEED_KR(host_get_time(mach_host_self(), &time));
		behind = (time.seconds - seconds) * 1000000 + time.microseconds - us;
		behind_most = behind > behind_most ? behind : behind_most;
		behind_least = behind < behind_least ? behind : behind_least;
		behind = (int32_t)(wall_us() - mapped->time_value.seconds * 1000000 -
				   mapped->time_value.nanoseconds / 1000);
		behind64_most = behind > behind64_most ? behind : behind64_most;
	}
	test_note("the mapped time is %d to %d us behind", behind_least, behind_most);
	CHECK(behind_least >= 0);
	CHECK(behind_most <= TICK_US + 1000);
	CHECK(behind64_most <= TICK_US + 1000);
	NEED_KR(vm_deallocate(SELF, address, 0x1000));
	NEED_KR(mach_port_deallocate(SELF, pager));
	CHECK_KR(device_close(device), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, device));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "clock");
	check_uptime();
	check_mapped_time();
	check_receive();
	check_send();
	check_switch();
	check_many();
	test_end();
}
