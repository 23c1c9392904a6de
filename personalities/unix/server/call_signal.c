/* The calls about signals that the library does not answer alone. */
#include "process.h"

#define NS 1000000000ull

static struct signal_info info_of(const struct request *request, uint32_t code)
{
	const struct process *process = request->thread->process;

	return (struct signal_info){ .code = code,
				     .field = { process->pid, process->identity.uid } };
}

struct kill_question {
	const struct process *from;
	uint32_t signal;
	const struct signal_info *info;
	int result;
	bool all;
};

static bool kill_one(struct process *process, void *argument)
{
	struct kill_question *question = argument;

	if (!process_may_signal(question->from, process) &&
	    !(question->signal == SIGCONT && question->from->sid == process->sid)) {
		if (question->result == -ESRCH) {
			question->result = -EPERM;
		}
		return true;
	}
	question->result =
		signal_process(process, question->signal, question->info) ? 0 : -EAGAIN;
	return true;
}

CALL_HANDLER(kill)
{
	struct process *self = request->thread->process;
	struct signal_info info = info_of(request, SI_USER);
	int32_t pid = (int32_t)request->arguments[0];
	struct kill_question question = {
		.from = self, .signal = request->arguments[1], .info = &info, .result = -ESRCH
	};

	if (question.signal > UNIX_SIGNALS) {
		return -EINVAL;
	}
	if (pid > 0) {
		struct process *process = process_find((uint32_t)pid);
		struct thread *thread = process == NULL ? thread_find((uint32_t)pid) : NULL;

		process = thread != NULL ? thread->process : process;
		if (process == NULL) {
			return -ESRCH;
		}
		(void)kill_one(process, &question);
	} else if (pid == -1) {
		processes_walk_begin();
		for (struct process *process = processes; process != NULL; process = process->next) {
			if (process != self && process_is_alive(process)) {
				(void)kill_one(process, &question);
			}
		}
		processes_walk_end();
	} else {
		process_group_each(pid == 0 ? self->pgid : (uint32_t)-pid, kill_one, &question);
	}
	return question.result;
}

static int kill_thread(struct request *request, uint32_t tgid, uint32_t tid, uint32_t signal)
{
	struct thread *thread = thread_find(tid);
	struct signal_info info = info_of(request, SI_TKILL);

	if (signal > UNIX_SIGNALS || (int32_t)tid <= 0) {
		return -EINVAL;
	}
	if (thread == NULL || (tgid != 0 && thread->process->pid != tgid)) {
		return -ESRCH;
	}
	if (!process_may_signal(request->thread->process, thread->process)) {
		return -EPERM;
	}
	return signal_thread(thread, signal, &info) ? 0 : -EAGAIN;
}

CALL_HANDLER(tkill)
{
	return kill_thread(request, 0, request->arguments[0], request->arguments[1]);
}

CALL_HANDLER(tgkill)
{
	if ((int32_t)request->arguments[0] <= 0) {
		return -EINVAL;
	}
	return kill_thread(request, request->arguments[0], request->arguments[1],
			   request->arguments[2]);
}

/* What only the kernel says (si_code 0 and above) may not be said of somebody else. */
CALL_HANDLER(rt_sigqueueinfo)
{
	struct process *process = process_find(request->arguments[0]);
	const uint32_t *words = request_in(request, 2);
	struct signal_info info;

	if (words == NULL) {
		return -EFAULT;
	}
	if (request->arguments[1] > UNIX_SIGNALS) {
		return -EINVAL;
	}
	if (process == NULL) {
		return -ESRCH;
	}
	if ((int32_t)words[2] >= 0 && process != request->thread->process) {
		return -EPERM;
	}
	if (!process_may_signal(request->thread->process, process)) {
		return -EPERM;
	}
	info = (struct signal_info){ .code = words[2],
				     .field = { words[3], words[4], words[5], words[6] } };
	return signal_process(process, request->arguments[1], &info) ? 0 : -EAGAIN;
}

/* rt_tgsigqueueinfo: the same for a thread. */
CALL_HANDLER(rt_tgsigqueueinfo)
{
	struct thread *thread = thread_find(request->arguments[1]);
	const uint32_t *words = request_in(request, 3);
	struct signal_info info;

	if (words == NULL) {
		return -EFAULT;
	}
	if (request->arguments[2] > UNIX_SIGNALS) {
		return -EINVAL;
	}
	if (thread == NULL || thread->process->pid != request->arguments[0]) {
		return -ESRCH;
	}
	if (((int32_t)words[2] >= 0 && thread->process != request->thread->process) ||
	    !process_may_signal(request->thread->process, thread->process)) {
		return -EPERM;
	}
	info = (struct signal_info){ .code = words[2],
				     .field = { words[3], words[4], words[5], words[6] } };
	return signal_thread(thread, request->arguments[2], &info) ? 0 : -EAGAIN;
}

/* The library has set the action in the page; what waits and is ignored now goes. */
CALL_HANDLER(rt_sigaction)
{
	if (request->arguments[0] != 0 && request->arguments[0] <= UNIX_SIGNALS) {
		signal_discard_ignored(request->thread->process, request->arguments[0]);
	}
	return 0;
}

/* A signal ends the wait: nothing else does. */
CALL_HANDLER(pause)
{
	request->interrupted = -UNIX_ERESTARTNOHAND;
	if (signal_is_waiting(request->thread)) {
		return -UNIX_ERESTARTNOHAND;
	}
	return request_wait(request, &request->thread->process->signal_waiters);
}

CALL_HANDLER(rt_sigsuspend)
{
	return call_pause(request);
}

CALL_HANDLER(rt_sigpending)
{
	const struct thread *thread = request->thread;
	uint64_t pending = (thread->signals.waiting | thread->process->signals.waiting) &
			   thread->page->blocked;

	request_put(request, 0, &pending, sizeof(pending));
	return 0;
}

static void fill_siginfo(struct request *request, unsigned int n, uint32_t signal,
			 const struct signal_info *info)
{
	uint32_t words[32] = { signal, 0, info->code };

	memcpy(words + 3, info->field, sizeof(info->field));
	request_put(request, n, words, sizeof(words));
}

static int wait_for_signal(struct request *request, bool timed, uint64_t time)
{
	struct thread *thread = request->thread;
	struct signal_info info;
	uint64_t wanted = 0;
	uint32_t signal = 0;

	if (request_in(request, 0) == NULL || request->arguments[3] != sizeof(wanted)) {
		return -EINVAL;
	}
	memcpy(&wanted, request_in(request, 0), sizeof(wanted));
	signal = signal_take(thread, wanted, &info);
	if (signal != 0) {
		fill_siginfo(request, 1, signal, &info);
		return (int)signal;
	}
	request->interrupted = -EINTR;
	if (signal_is_waiting(thread)) {
		return -EINTR;
	}
	if (timed && request->memory == 0) {
		request->memory = server_now() + time;
	}
	if (timed && server_now() >= request->memory) {
		return -EAGAIN;
	}
	if (timed) {
		(void)request_wait_until(request, request->memory);
	}
	return request_wait(request, &thread->process->signal_waiters);
}

CALL_HANDLER(rt_sigtimedwait)
{
	int32_t words[2] = { 0, 0 };
	bool timed = request_in(request, 2) != NULL;

	if (timed) {
		memcpy(words, request_in(request, 2), sizeof(words));
		if (words[0] < 0 || (uint32_t)words[1] >= NS) {
			return -EINVAL;
		}
	}
	return wait_for_signal(request, timed, (uint64_t)words[0] * NS + (uint32_t)words[1]);
}

CALL_HANDLER(rt_sigtimedwait_time64)
{
	int64_t words[2] = { 0, 0 };
	bool timed = request_in(request, 2) != NULL;

	if (timed) {
		memcpy(words, request_in(request, 2), sizeof(words));
		if (words[0] < 0 || (uint64_t)words[1] >= NS) {
			return -EINVAL;
		}
		words[0] = words[0] > 1000000000 ? 1000000000 : words[0];
	}
	return wait_for_signal(request, timed, (uint64_t)words[0] * NS + (uint64_t)words[1]);
}

/* ------------------------------------------------------------------------------------- timers */

static uint64_t alarm_left(const struct process *process)
{
	uint64_t now = server_now();

	return process->alarm_at > now ? process->alarm_at - now : 0;
}

static void set_alarm(struct process *process, uint64_t time, uint64_t interval)
{
	process->alarm_at = time == 0 ? 0 : server_now() + time;
	process->alarm_interval = interval;
	server_timer_changed();
}

CALL_HANDLER(alarm)
{
	struct process *process = request->thread->process;
	uint64_t left = alarm_left(process);

	set_alarm(process, request->arguments[0] * NS, 0);
	return (int)((left + NS - 1) / NS);
}

/* struct itimerval: interval, then value, each seconds and microseconds. */
static void put_timer(struct request *request, unsigned int n)
{
	const struct process *process = request->thread->process;
	uint64_t left = alarm_left(process);
	int32_t words[4] = { (int32_t)(process->alarm_interval / NS),
			     (int32_t)(process->alarm_interval % NS / 1000),
			     (int32_t)(left / NS), (int32_t)(left % NS / 1000) };

	request_put(request, n, words, sizeof(words));
}

/* ITIMER_REAL alone: time that a process ran is not counted here. */
CALL_HANDLER(setitimer)
{
	int32_t words[4] = { 0 };

	if (request->arguments[0] != 0) {
		return -EINVAL;
	}
	if (request_in(request, 1) != NULL) {
		memcpy(words, request_in(request, 1), sizeof(words));
	}
	for (int i = 0; i < 4; i += 2) {
		if (words[i] < 0 || (uint32_t)words[i + 1] >= 1000000) {
			return -EINVAL;
		}
	}
	put_timer(request, 2);
	set_alarm(request->thread->process, (uint64_t)words[2] * NS + (uint32_t)words[3] * 1000u,
		  (uint64_t)words[0] * NS + (uint32_t)words[1] * 1000u);
	return 0;
}

CALL_HANDLER(getitimer)
{
	if (request->arguments[0] != 0) {
		return -EINVAL;
	}
	put_timer(request, 1);
	return 0;
}
