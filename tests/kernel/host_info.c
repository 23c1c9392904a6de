/* TEST: oracle=yes mem=128 */
/* What the host tells about itself, its time, and its one processor and processor set. */
#include "lib/harness.h"
#include <gen/mach_host.h>
#include <gen/device.h>
#include <mach/host_info.h>
#include <mach/processor_info.h>

#define SELF mach_task_self()
#define HOST mach_host_self()

static void check_info(void)
{
	struct host_basic_info basic;
	struct host_sched_info sched;
	struct host_load_info load;
	int slots[16];
	kernel_version_t version;
	mach_msg_type_number_t count = HOST_BASIC_INFO_COUNT;

	CHECK_KR(host_info(HOST, HOST_BASIC_INFO, (host_info_t)&basic, &count), KERN_SUCCESS);
	CHECK_EQ(basic.avail_cpus, 1);
	CHECK(basic.memory_size > 100 << 20);
	CHECK(basic.memory_size <= 128 << 20);
	count = HOST_SCHED_INFO_COUNT;
	CHECK_KR(host_info(HOST, HOST_SCHED_INFO, (host_info_t)&sched, &count), KERN_SUCCESS);
	CHECK_EQ(sched.min_timeout, 10);
	CHECK(sched.min_quantum > 0);
	count = HOST_LOAD_INFO_COUNT;
	CHECK_KR(host_info(HOST, HOST_LOAD_INFO, (host_info_t)&load, &count), KERN_SUCCESS);
	count = 16;
	CHECK_KR(host_info(HOST, HOST_PROCESSOR_SLOTS, slots, &count), KERN_SUCCESS);
	CHECK_EQ(slots[0], 0);
	count = 16;
	CHECK_KR(host_info(HOST, 99, slots, &count), KERN_INVALID_ARGUMENT);
	CHECK_KR(host_kernel_version(HOST, version), KERN_SUCCESS);
	CHECK(strlen(version) > 5);
}

static void check_time(void)
{
	time_value_t first = {0, 0};
	time_value_t second = {0, 0};
	time_value_t old = {0, 0};

	CHECK_KR(host_get_time(HOST, &first), KERN_SUCCESS);
	CHECK(first.microseconds < 1000000);
	test_sleep_ms(30);
	CHECK_KR(host_get_time(HOST, &second), KERN_SUCCESS);
	CHECK(second.seconds > first.seconds ||
	      (second.seconds == first.seconds && second.microseconds > first.microseconds));
	first = (time_value_t){.seconds = 1700000000, .microseconds = 500000};
	CHECK_KR(host_set_time(host_priv, first), KERN_SUCCESS);
	CHECK_KR(host_get_time(HOST, &second), KERN_SUCCESS);
	CHECK_EQ(second.seconds, 1700000000);
	CHECK(second.microseconds >= 500000);
	CHECK_KR(host_set_time(HOST, first), KERN_INVALID_HOST);
	first = (time_value_t){.seconds = 0, .microseconds = 1000};
	CHECK_KR(host_adjust_time(host_priv, first, &old), KERN_SUCCESS);
	first = (time_value_t){0, 0};
	CHECK_KR(host_adjust_time(host_priv, first, &old), KERN_SUCCESS);
}

static void check_processors(void)
{
	processor_array_t processors = NULL;
	mach_msg_type_number_t count = 0;
	mach_port_t set_name = MACH_PORT_NULL;
	mach_port_t set = MACH_PORT_NULL;
	mach_port_t host = MACH_PORT_NULL;
	task_array_t tasks = NULL;
	int info[16];
	boolean_t found = FALSE;

	CHECK_KR(host_processors(host_priv, &processors, &count), KERN_SUCCESS);
	CHECK_EQ(count, 1);
	count = 16;
	CHECK_KR(processor_info(processors[0], PROCESSOR_BASIC_INFO, &host, info, &count),
		 KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, host));
	CHECK_KR(processor_exit(processors[0]), KERN_FAILURE);
	NEED_KR(mach_port_deallocate(SELF, processors[0]));
	NEED_KR(vm_deallocate(SELF, (vm_address_t)processors, sizeof processors[0]));
	CHECK_KR(processor_set_default(HOST, &set_name), KERN_SUCCESS);
	CHECK_KR(host_processor_set_priv(host_priv, set_name, &set), KERN_SUCCESS);
	CHECK_KR(processor_set_tasks(set, &tasks, &count), KERN_SUCCESS);
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		found = found || tasks[i] == SELF;
		(void)mach_port_deallocate(SELF, tasks[i]);
	}
	CHECK(found);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)tasks, count * sizeof tasks[0]));
	CHECK(processor_set_tasks(set_name, &tasks, &count) != KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, set));
	NEED_KR(mach_port_deallocate(SELF, set_name));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "host_info");
	check_info();
	check_time();
	check_processors();
	test_end();
}
