/* host_* of mach_host.defs: what the machine is, and its time. */
#include <kern/clock.h>
#include <kern/machine.h>
#include <kern/panic.h>
#include <mach/host_info.h>
#include <mach/machine.h>
#include <serv/bootstrap.h>
#include <serv/routines.h>
#include <serv/time.h>
#include <vm/page.h>

#define KERNEL_VERSION "Masix 0.1 Bedrock (Mach 3.0 interface, i686)"
#define SLICE_MS       (SLICE_TICKS * 1000u / HZ)

#define HOST_REBOOT_HALT 0x8 /* RB_HALT */

static void version_copy(kernel_version_t version)
{
	static const char text[] = KERNEL_VERSION;
	__builtin_memset(version, 0, KERNEL_VERSION_MAX);
	__builtin_memcpy(version, text, sizeof text);
}

kern_return_t serv_host_kernel_version(host_t host, kernel_version_t version)
{
	if (host == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	version_copy(version);
	return KERN_SUCCESS;
}

kern_return_t serv_host_get_kernel_version(host_t host, kernel_version_t version)
{
	return serv_host_kernel_version(host, version);
}

static kern_return_t host_basic(host_info_t out, mach_msg_type_number_t *count)
{
	if (*count < HOST_BASIC_INFO_COUNT) {
		return KERN_FAILURE;
	}
	*(struct host_basic_info *)out = (struct host_basic_info){
		.max_cpus = 1,
		.avail_cpus = 1,
		.memory_size = vm_page_count * PAGE_BYTES,
		.cpu_type = CPU_TYPE_I386,
		.cpu_subtype = CPU_SUBTYPE_AT386,
	};
	*count = HOST_BASIC_INFO_COUNT;
	return KERN_SUCCESS;
}

/* KERN_INVALID_ARGUMENT: no host or no such flavour. KERN_FAILURE: too little room. */
kern_return_t serv_host_info(host_t host, int flavor, host_info_t out,
			     mach_msg_type_number_t *count)
{
	if (host == NULL) {
		return KERN_INVALID_ARGUMENT;
	}
	switch (flavor) {
	case HOST_BASIC_INFO:
		return host_basic(out, count);
	case HOST_PROCESSOR_SLOTS:
		if (*count < 1) {
			return KERN_INVALID_ARGUMENT;
		}
		out[0] = 0;
		*count = 1;
		return KERN_SUCCESS;
	case HOST_SCHED_INFO:
		if (*count < HOST_SCHED_INFO_COUNT) {
			return KERN_FAILURE;
		}
		*(struct host_sched_info *)out =
			(struct host_sched_info){.min_timeout = 1000 / HZ, .min_quantum = SLICE_MS};
		*count = HOST_SCHED_INFO_COUNT;
		return KERN_SUCCESS;
	case HOST_LOAD_INFO:
		if (*count < HOST_LOAD_INFO_COUNT) {
			return KERN_FAILURE;
		}
		*(struct host_load_info *)out =
			(struct host_load_info){.mach_factor = {1000, 1000, 1000}};
		*count = HOST_LOAD_INFO_COUNT;
		return KERN_SUCCESS;
	default:
		return KERN_INVALID_ARGUMENT;
	}
}

kern_return_t serv_host_get_boot_info(host_t host, kernel_boot_info_t info)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	__builtin_memset(info, 0, KERNEL_BOOT_INFO_MAX); /* all of it is sent */
	(void)ksnprintf(info, KERNEL_BOOT_INFO_MAX, "%s", bootstrap_command_line());
	return KERN_SUCCESS;
}

kern_return_t serv_host_reboot(host_t host, int options)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if ((options & HOST_REBOOT_HALT) != 0) {
		machine_halt();
	}
	machine_reboot();
}

/* --- time ---------------------------------------------------------------------------- */

kern_return_t serv_host_get_time(host_t host, time_value_t *time)
{
	if (unlikely(host == NULL)) {
		return KERN_INVALID_HOST;
	}
	*time = time_value_of(clock_wall_time());
	return KERN_SUCCESS;
}

static bool micros_are_valid(integer_t micros)
{
	return micros >= 0 && micros < TIME_MICROS_MAX;
}

kern_return_t serv_host_set_time(host_t host, time_value_t time)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (!micros_are_valid(time.microseconds)) {
		return KERN_INVALID_ARGUMENT;
	}
	clock_set_wall_time((struct clock_time){.seconds = time.seconds,
						.nanoseconds = time.microseconds * 1000});
	return KERN_SUCCESS;
}

/* A delta in microseconds, its sign the seconds'; what it is not, is normalized. */
kern_return_t serv_host_adjust_time(host_t host, time_value_t delta, time_value_t *old)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	int64_t left = clock_adjust((int64_t)delta.seconds * 1000000 + delta.microseconds);
	old->seconds = (long_integer_t)(left / 1000000);
	old->microseconds = (integer_t)(left % 1000000);
	return KERN_SUCCESS;
}

kern_return_t serv_host_get_time64(host_t host, time_value64_t *time)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	struct clock_time now = clock_wall_time();
	*time = (time_value64_t){.seconds = now.seconds, .nanoseconds = now.nanoseconds};
	return KERN_SUCCESS;
}

kern_return_t serv_host_set_time64(host_t host, time_value64_t time)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (time.nanoseconds < 0 || time.nanoseconds >= TIME_NANOS_MAX) {
		return KERN_INVALID_ARGUMENT;
	}
	clock_set_wall_time(
		(struct clock_time){.seconds = time.seconds, .nanoseconds = time.nanoseconds});
	return KERN_SUCCESS;
}

#define ADJUST_SECONDS_MAX 1000000000

kern_return_t serv_host_adjust_time64(host_t host, time_value64_t delta, time_value64_t *old)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	if (delta.seconds > ADJUST_SECONDS_MAX || delta.seconds < -ADJUST_SECONDS_MAX ||
	    delta.nanoseconds >= TIME_NANOS_MAX || delta.nanoseconds <= -TIME_NANOS_MAX) {
		return KERN_INVALID_ARGUMENT;
	}
	int64_t left = clock_adjust(delta.seconds * 1000000 + delta.nanoseconds / 1000);
	old->seconds = left / 1000000;
	old->nanoseconds = left % 1000000 * 1000;
	return KERN_SUCCESS;
}

kern_return_t serv_host_get_uptime64(host_t host, time_value64_t *uptime)
{
	if (host == NULL) {
		return KERN_INVALID_HOST;
	}
	struct clock_time now = clock_uptime();
	*uptime = (time_value64_t){.seconds = now.seconds, .nanoseconds = now.nanoseconds};
	return KERN_SUCCESS;
}
