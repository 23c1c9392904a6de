/* Sleeping, times, limits, ids, and what the system tells of itself. */
#include <sys/time.h>
#include <mach/host_info.h>
#include <mach/task_info.h>
#include <gen/mach.h>
#include <gen/mach_host.h>
#include "adopt.h"
#include "process.h"
#include "random.h"

#define NS	      1000000000ull
#define LINUX_TIMER_ABSTIME 1u
#define SLEEP_MAX_S   1000000000ll

/* ------------------------------------------------------------------------------------ sleeping */

static uint64_t wall_now(void)
{
	struct timeval time;

	(void)gettimeofday(&time, NULL);
	return (uint64_t)time.tv_sec * NS + (uint64_t)time.tv_usec * 1000u;
}

static void put_left(struct request *request)
{
	uint64_t now = server_now();
	uint64_t left = request->memory > now ? request->memory - now : 0;
	int64_t long_words[2] = { (int64_t)(left / NS), (int64_t)(left % NS) };
	int32_t words[2] = { (int32_t)(left / NS), (int32_t)(left % NS) };

	if (request->number == 407) {
		request_put(request, 3, long_words, sizeof(long_words));
	} else {
		request_put(request, request->number == 162 ? 1 : 3, words, sizeof(words));
	}
}

/* Sleeps until request->memory, which the first run sets. */
static int sleep_until(struct request *request, uint64_t deadline, bool absolute)
{
	if (request->memory == 0) {
		request->memory = deadline;
	}
	if (server_now() >= request->memory) {
		return 0;
	}
	if (!absolute) {
		request->fill_interrupted = put_left;
	}
	request->interrupted = absolute ? -UNIX_ERESTARTNOHAND : -UNIX_ERESTART_NEVER;
	if (signal_is_waiting(request->thread)) {
		return request->interrupted;
	}
	return request_wait_until(request, request->memory);
}

static int read_time(const struct request *request, unsigned int n, bool words64, int64_t time[2])
{
	int32_t words[2];

	if (request_in(request, n) == NULL) {
		return -EFAULT;
	}
	if (words64) {
		memcpy(time, request_in(request, n), 2 * sizeof(*time));
		time[1] = (int32_t)time[1];
	} else {
		memcpy(words, request_in(request, n), sizeof(words));
		time[0] = words[0];
		time[1] = words[1];
	}
	if (time[0] < 0 || time[1] < 0 || time[1] >= (int64_t)NS) {
		return -EINVAL;
	}
	time[0] = time[0] > SLEEP_MAX_S ? SLEEP_MAX_S : time[0];
	return 0;
}

CALL_HANDLER(nanosleep)
{
	int64_t time[2];
	int result = read_time(request, 0, false, time);

	return result < 0 ? result :
			    sleep_until(request,
					server_now() + (uint64_t)time[0] * NS + (uint64_t)time[1],
					false);
}

static int clock_sleep(struct request *request, bool words64)
{
	uint32_t clock = request->arguments[0];
	bool absolute = (request->arguments[1] & LINUX_TIMER_ABSTIME) != 0;
	int64_t time[2];
	uint64_t wanted = 0;
	int result = read_time(request, 2, words64, time);

	if (clock != 0 && clock != 1 && clock != 7) {
		return clock > 11 ? -EINVAL : -EOPNOTSUPP;
	}
	if (result < 0) {
		return result;
	}
	wanted = (uint64_t)time[0] * NS + (uint64_t)time[1];
	if (!absolute) {
		wanted += server_now();
	} else if (clock == 0) {
		uint64_t now = wall_now();

		wanted = wanted > now ? server_now() + (wanted - now) : server_now();
	}
	return sleep_until(request, wanted, absolute);
}

CALL_HANDLER(clock_nanosleep)
{
	return clock_sleep(request, false);
}

CALL_HANDLER(clock_nanosleep_time64)
{
	return clock_sleep(request, true);
}

/* The clock is the node's: nobody's here to set. */
CALL_HANDLER(clock_settime)
{
	(void)request;
	return -EPERM;
}

CALL_HANDLER(clock_settime64)
{
	(void)request;
	return -EPERM;
}

/* --------------------------------------------------------------------------------- times used */

void process_times(const struct process *process, uint64_t *user, uint64_t *system)
{
	struct task_thread_times_info live;
	struct task_basic_info task;
	mach_msg_type_number_t count = TASK_THREAD_TIMES_INFO_COUNT;

	*user = process->user_ns;
	*system = process->system_ns;
	if (task_info(process->task, TASK_THREAD_TIMES_INFO, (task_info_t)&live, &count) ==
	    KERN_SUCCESS) {
		*user += (uint64_t)live.user_time.seconds * NS +
			 (uint64_t)live.user_time.microseconds * 1000;
		*system += (uint64_t)live.system_time.seconds * NS +
			   (uint64_t)live.system_time.microseconds * 1000;
	}
	count = TASK_BASIC_INFO_COUNT;
	if (task_info(process->task, TASK_BASIC_INFO, (task_info_t)&task, &count) == KERN_SUCCESS) {
		*user += (uint64_t)task.user_time.seconds * NS +
			 (uint64_t)task.user_time.microseconds * 1000;
		*system += (uint64_t)task.system_time.seconds * NS +
			   (uint64_t)task.system_time.microseconds * 1000;
	}
}

void process_keep_times(struct process *process)
{
	uint64_t user = 0, system = 0;

	process_times(process, &user, &system);
	process->user_ns = user;
	process->system_ns = system;
}

CALL_HANDLER(times)
{
	const struct process *process = request->thread->process;
	uint64_t user = 0, system = 0;
	uint32_t words[4];

	process_times(process, &user, &system);
	words[0] = (uint32_t)(user / (NS / 100));
	words[1] = (uint32_t)(system / (NS / 100));
	words[2] = (uint32_t)(process->children_user_ns / (NS / 100));
	words[3] = (uint32_t)(process->children_system_ns / (NS / 100));
	request_put(request, 0, words, sizeof(words));
	return (int)(server_now() / (NS / 100) & 0x7fffffff);
}

#define RUSAGE_SELF	0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD	1

CALL_HANDLER(getrusage)
{
	const struct process *process = request->thread->process;
	int32_t who = (int32_t)request->arguments[0];
	uint64_t user = 0, system = 0;
	uint32_t words[18] = { 0 };

	switch (who) {
	case RUSAGE_SELF:
	case RUSAGE_THREAD:
		process_times(process, &user, &system);
		break;
	case RUSAGE_CHILDREN:
		user = process->children_user_ns;
		system = process->children_system_ns;
		break;
	default:
		return -EINVAL;
	}
	words[0] = (uint32_t)(user / NS);
	words[1] = (uint32_t)(user % NS / 1000);
	words[2] = (uint32_t)(system / NS);
	words[3] = (uint32_t)(system % NS / 1000);
	request_put(request, 1, words, sizeof(words));
	return 0;
}

/* ---------------------------------------------------------------------------------- limits */

static int set_limit(struct process *process, uint32_t which, uint32_t soft, uint32_t hard)
{
	if (soft > hard) {
		return -EINVAL;
	}
	if (hard > process->limits[which][1] && process->identity.euid != 0) {
		return -EPERM;
	}
	process->limits[which][0] = soft;
	process->limits[which][1] = hard;
	process_show(process);
	return 0;
}

CALL_HANDLER(setrlimit)
{
	const uint32_t *words = request_in(request, 1);

	if (request->arguments[0] >= 16) {
		return -EINVAL;
	}
	return words == NULL ? -EFAULT :
			       set_limit(request->thread->process, request->arguments[0], words[0],
					 words[1]);
}

/* 64 bits to the 32 that are kept: what is larger is no limit. */
static uint32_t limit32(uint64_t limit)
{
	return limit > 0xffffffff ? 0xffffffff : (uint32_t)limit;
}

CALL_HANDLER(prlimit64)
{
	struct process *process =
		request->arguments[0] == 0 ? request->thread->process :
					     process_find(request->arguments[0]);
	uint32_t which = request->arguments[1];
	uint64_t limits[2];
	uint64_t old[2];

	if (process == NULL) {
		return -ESRCH;
	}
	if (which >= 16) {
		return -EINVAL;
	}
	if (process != request->thread->process &&
	    !process_may_signal(request->thread->process, process)) {
		return -EPERM;
	}
	for (int i = 0; i < 2; i++) {
		uint32_t limit = process->limits[which][i];

		old[i] = limit == 0xffffffff ? UINT64_MAX : limit;
	}
	request_put(request, 3, old, sizeof(old));
	if (request_in(request, 2) == NULL) {
		return 0;
	}
	memcpy(limits, request_in(request, 2), sizeof(limits));
	return set_limit(process, which, limit32(limits[0]), limit32(limits[1]));
}

/* ---------------------------------------------------------------------------------- the system */

static char host_name[65] = "masix";

const char *system_host_name(void)
{
	return host_name;
}

void system_set_host_name(const char *name)
{
	memset(host_name, 0, sizeof(host_name));
	(void)strncpy(host_name, name, sizeof(host_name) - 1);
}

CALL_HANDLER(uname)
{
	char names[6][65];

	memset(names, 0, sizeof(names));
	(void)strcpy(names[0], "Linux");
	(void)strcpy(names[1], host_name);
	(void)strcpy(names[2], SYSTEM_RELEASE);
	(void)strcpy(names[3], SYSTEM_VERSION);
	(void)strcpy(names[4], "i686");
	(void)strcpy(names[5], "(none)");
	request_put(request, 0, names, sizeof(names));
	return request_room(request, 0) == NULL ? -EFAULT : 0;
}

CALL_HANDLER(sethostname)
{
	if (request->thread->process->identity.euid != 0) {
		return -EPERM;
	}
	if (request_in(request, 0) == NULL || request->arguments[1] >= sizeof(host_name)) {
		return -EINVAL;
	}
	memset(host_name, 0, sizeof(host_name));
	memcpy(host_name, request_in(request, 0), request->arguments[1]);
	return 0;
}

/* struct sysinfo of i386: uptime, 3 loads, total, free, shared, buffers, 2 of swap, processes ... */
CALL_HANDLER(sysinfo)
{
	struct host_basic_info host;
	mach_msg_type_number_t count = HOST_BASIC_INFO_COUNT;
	vm_statistics_data_t memory = { .free_count = 0 };
	uint32_t words[16] = { 0 };
	uint16_t number = 0;

	(void)host_info(mach_host_self(), HOST_BASIC_INFO, (host_info_t)&host, &count);
	(void)vm_statistics(mach_task_self(), &memory);
	for (const struct process *process = processes; process != NULL; process = process->next) {
		number++;
	}
	words[0] = (uint32_t)(server_now() / NS);
	words[4] = (uint32_t)host.memory_size;
	words[5] = (uint32_t)memory.free_count * 4096u;
	words[10] = number;
	words[13] = 1; /* the unit */
	request_put(request, 0, words, 64);
	return 0;
}

CALL_HANDLER(reboot)
{
	(void)request;
	return -EPERM; /* the node is not this personality's to stop */
}

#define GRND_ALL 0x7u

CALL_HANDLER(getrandom)
{
	uint32_t bytes = request_room_bytes(request, 0);

	if ((request->arguments[2] & ~GRND_ALL) != 0) {
		return -EINVAL;
	}
	if (request_room(request, 0) == NULL) {
		return request->arguments[1] == 0 ? 0 : -EFAULT;
	}
	random_bytes(request_room(request, 0), bytes);
	request_fill(request, 0, bytes);
	return (int)bytes;
}

#define PR_SET_NAME 15u
#define PR_GET_NAME 16u

CALL_HANDLER(prctl)
{
	struct process *process = request->thread->process;

	if (request->arguments[0] == PR_SET_NAME && request_in(request, 1) != NULL) {
		memcpy(process->name, request_in(request, 1), sizeof(process->name));
		process->name[sizeof(process->name) - 1] = '\0';
		adopt_changed();
		return 0;
	}
	if (request->arguments[0] == PR_GET_NAME) {
		request_put(request, 1, process->name, sizeof(process->name));
		return 0;
	}
	return -EINVAL;
}
