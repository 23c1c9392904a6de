/* Threads: their segments, their ends, futexes. */
#include "library.h"
#include "../shared/segment.h"
#include <mach/gsync.h>
#include <gen/gnumach.h>
#include <gen/masix_host.h>
#include <gen/mach_host.h>

#define CLONE_PARENT_SETTID 0x00100000u
#define CLONE_SETTLS        0x00080000u

/* A child begins with the segments that the parent has now. */
static void store_segments(struct unix_thread_page *page)
{
	__asm__("movl %%gs, %0" : "=r"(page->registers.gs));
	__asm__("movl %%fs, %0" : "=r"(page->registers.fs));
	__asm__("movl %%es, %0" : "=r"(page->registers.es));
	__asm__("movl %%ds, %0" : "=r"(page->registers.ds));
}

DO(clone)
{
	uint32_t flags = argument(page, 0);
	const uint32_t arguments[6] = {
		flags,
		argument(page, 1),
		(flags & CLONE_PARENT_SETTID) != 0 ? argument(page, 2) : 0,
		(flags & CLONE_SETTLS) != 0 ? argument(page, 3) : 0,
		argument(page, 4),
	};

	store_segments(page);
	return carry(page, 120, arguments);
}

DO(fork)
{
	static const uint32_t none[6];

	store_segments(page);
	return carry(page, 2, none);
}

DO(vfork)
{
	static const uint32_t none[6];

	store_segments(page);
	return carry(page, 190, none);
}

DO(set_tid_address)
{
	page->clear_tid = argument(page, 0);
	return (int)page->tid;
}

DO(set_robust_list)
{
	if (argument(page, 1) != 12) {
		return -EINVAL;
	}
	page->robust_list = argument(page, 0);
	return 0;
}

DO(get_robust_list)
{
	uint32_t bytes = 12;

	if (argument(page, 0) != 0 && argument(page, 0) != page->tid) {
		return -EPERM;
	}
	return PUT(argument(page, 1), page->robust_list) ?: PUT(argument(page, 2), bytes);
}

static void wake(uint32_t address, bool all)
{
	(void)gsync_wake(process->task_port, address, 0, all ? GSYNC_BROADCAST : 0);
	(void)gsync_wake(process->task_port, address, 0,
			 GSYNC_SHARED | (all ? GSYNC_BROADCAST : 0));
}

/* A lock that its owner leaves behind: marked, and one who waits is woken. */
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID        0x3fffffffu
#define ROBUST_MAX       2048

static void leave_lock(struct unix_thread_page *page, uint32_t address)
{
	uint32_t word = 0;

	if (GET(word, address) < 0 || (word & FUTEX_TID) != page->tid) {
		return;
	}
	word = FUTEX_OWNER_DIED | (word & 0x80000000u);
	if (PUT(address, word) == 0) {
		wake(address, false);
	}
}

/* struct robust_list_head: the list, the offset of the word in an entry, one that is half done. */
static void leave_locks(struct unix_thread_page *page)
{
	uint32_t head[3];
	uint32_t entry = 0;

	if (page->robust_list == 0 || GET(head, page->robust_list) < 0) {
		return;
	}
	entry = head[0];
	for (int i = 0; i < ROBUST_MAX && entry != page->robust_list; i++) {
		uint32_t next = 0;

		if (GET(next, entry & ~1u) < 0) {
			break;
		}
		leave_lock(page, (entry & ~1u) + head[1]);
		entry = next;
	}
	if (head[2] != 0) {
		leave_lock(page, (head[2] & ~1u) + head[1]);
	}
}

DO(exit)
{
	const uint32_t arguments[6] = {argument(page, 0)};
	uint32_t zero = 0;

	leave_locks(page);
	if (page->clear_tid != 0 && PUT(page->clear_tid, zero) == 0) {
		wake(page->clear_tid, true);
	}
	return carry(page, 1, arguments); /* does not come back */
}

/* The server leaves the locks of the other threads, and of those that are killed. */
DO(exit_group)
{
	const uint32_t arguments[6] = {argument(page, 0)};

	leave_locks(page);
	page->robust_list = 0;
	return carry(page, 252, arguments);
}

/* ------------------------------------------------------------------------------------ futexes */

#define FUTEX_WAIT        0
#define FUTEX_WAKE        1
#define FUTEX_REQUEUE     3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP     5
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_PRIVATE     128u
#define FUTEX_REALTIME    256u

/* Milliseconds from now to a time; rounded up, so that nobody wakes early. */
static uint32_t until(const struct time_value64 *end, bool real)
{
	struct time_value64 now;
	int64_t ms = 0;

	(void)(real ? host_get_time64(host(), &now) : host_get_uptime64(host(), &now));
	ms = end->seconds - now.seconds;
	if (ms < 0) {
		return 0;
	}
	if (ms > 2000000) {
		return 2000000000;
	}
	ms = ms * 1000 + ((int32_t)(end->nanoseconds - now.nanoseconds) + 999999) / 1000000;
	return ms < 0 ? 0 : (uint32_t)ms;
}

static int wait_word(struct unix_thread_page *page, uint32_t address, uint32_t value, int flags,
		     uint32_t ms)
{
	kern_return_t code = KERN_SUCCESS;
	uint32_t seen = 0;

	if (GET(seen, address) < 0) {
		return -EFAULT;
	}
	kernel_wait_begin(page);
	code = gsync_wait(process->task_port, address, value, 0, ms, flags);
	kernel_wait_end(page);
	switch (code) {
	case KERN_SUCCESS:
		return 0;
	case KERN_INVALID_ARGUMENT:
		return -EAGAIN;
	case KERN_TIMEDOUT:
		return -ETIMEDOUT;
	case KERN_INVALID_ADDRESS:
		return -EFAULT;
	default: /* interrupted, before or after it began */
		page->pending = 1;
		return (flags & GSYNC_TIMED) != 0 ? -UNIX_ERESTART_NEVER : -UNIX_ERESTARTSYS;
	}
}

/* 64 bits of time already, or null. */
static int futex(struct unix_thread_page *page, const struct time_value64 *time)
{
	uint32_t address = argument(page, 0);
	uint32_t operation = argument(page, 1) & ~(FUTEX_PRIVATE | FUTEX_REALTIME);
	uint32_t value = argument(page, 2);
	int flags = (argument(page, 1) & FUTEX_PRIVATE) != 0 ? 0 : GSYNC_SHARED;
	struct time_value64 end;
	uint32_t ms = 0;

	if ((address & 3) != 0) {
		return -EINVAL;
	}
	switch (operation) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		if (operation == FUTEX_WAIT_BITSET && argument(page, 5) == 0) {
			return -EINVAL;
		}
		if (time != NULL) {
			if ((uint64_t)time->nanoseconds >= 1000000000u || time->seconds < 0) {
				return -EINVAL;
			}
			end = *time;
			ms = operation == FUTEX_WAIT
				     ? (time->seconds > 2000000
						? 2000000000u
						: (uint32_t)time->seconds * 1000 +
							  ((uint32_t)time->nanoseconds + 999999) /
								  1000000)
				     : until(&end, (argument(page, 1) & FUTEX_REALTIME) != 0);
			flags |= GSYNC_TIMED;
		}
		return wait_word(page, address, value, flags, ms);
	case FUTEX_WAKE:
	case FUTEX_WAKE_BITSET: /* each waiter looks at its word again, so one too many is harmless
				 */
		for (uint32_t i = 0; i < (value > 8 ? 1 : value); i++) {
			(void)gsync_wake(process->task_port, address, 0,
					 flags | (value > 8 ? GSYNC_BROADCAST : 0));
		}
		return value > 8 ? 1 : (int)value;
	case FUTEX_CMP_REQUEUE: {
		uint32_t seen = 0;

		if (GET(seen, address) < 0) {
			return -EFAULT;
		}
		if (seen != argument(page, 5)) {
			return -EAGAIN;
		}
	} /* fall through */
	case FUTEX_REQUEUE:
		for (uint32_t i = 0; i < (value > 8 ? 1 : value); i++) {
			(void)gsync_wake(process->task_port, address, 0, flags);
		}
		(void)gsync_requeue(process->task_port, address, argument(page, 4), FALSE,
				    flags | GSYNC_BROADCAST);
		return (int)value;
	default:
		return -ENOSYS;
	}
}

DO(futex)
{
	int32_t words[2];
	struct time_value64 time;
	uint32_t operation = argument(page, 1) & 127;
	bool timed = (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET) &&
		     argument(page, 3) != 0;

	if (timed) {
		if (GET(words, argument(page, 3)) < 0) {
			return -EFAULT;
		}
		time = (struct time_value64){words[0], words[1]};
	}
	return futex(page, timed ? &time : NULL);
}

DO(futex_time64)
{
	struct time_value64 time;
	uint32_t operation = argument(page, 1) & 127;
	bool timed = (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET) &&
		     argument(page, 3) != 0;

	if (timed && GET(time, argument(page, 3)) < 0) {
		return -EFAULT;
	}
	return futex(page, timed ? &time : NULL);
}

/* ----------------------------------------------------------------------------------- segments */

static bool segment_is_empty(const struct unix_segment *segment)
{
	return segment->base == 0 && segment->limit == 0 &&
	       (segment->bits == 0 || segment->bits == 0x28);
}

DO(set_thread_area)
{
	struct unix_segment segment;
	uint32_t words[2] = {0, 0};
	uint32_t index = 0;

	if (GET(segment, argument(page, 0)) < 0) {
		return -EFAULT;
	}
	if (segment.entry == 0xffffffff) {
		while (index < MASIX_TLS_COUNT && page->tls[index][1] != 0) {
			index++;
		}
		if (index == MASIX_TLS_COUNT) {
			return -ESRCH;
		}
	} else {
		index = segment.entry - UNIX_SEGMENT_FIRST;
	}
	if (index >= MASIX_TLS_COUNT) {
		return -EINVAL;
	}
	if (!segment_is_empty(&segment)) {
		unix_segment_encode(&segment, words);
	}
	if (masix_thread_set_tls(page->thread_port, (int)index, words[0], words[1]) !=
	    KERN_SUCCESS) {
		return -EINVAL;
	}
	page->tls[index][0] = words[0];
	page->tls[index][1] = words[1];
	segment.entry = UNIX_SEGMENT_FIRST + index;
	return PUT(argument(page, 0), segment.entry);
}

DO(get_thread_area)
{
	struct unix_segment segment;
	const uint32_t *words = NULL;

	if (GET(segment.entry, argument(page, 0)) < 0) {
		return -EFAULT;
	}
	if (segment.entry - UNIX_SEGMENT_FIRST >= MASIX_TLS_COUNT) {
		return -EINVAL;
	}
	words = page->tls[segment.entry - UNIX_SEGMENT_FIRST];
	segment.base = words[0] >> 16 | (words[1] & 0xff) << 16 | (words[1] & 0xff000000);
	segment.limit = (words[0] & 0xffff) | (words[1] & 0xf0000);
	segment.bits =
		words[1] == 0 ? 0x28
			      : (words[1] >> 22 & 1) | (words[1] >> 9 & 0x6) |
					((words[1] >> 9 & 1) ^ 1) << 3 | (words[1] >> 23 & 1) << 4 |
					((words[1] >> 15 & 1) ^ 1) << 5 | (words[1] >> 20 & 1) << 6;
	return PUT(argument(page, 0), segment);
}

/* --------------------------------------------------------------------------------- scheduling */

DO(sched_yield)
{
	(void)page;
	(void)swtch();
	return 0;
}

/* One processor: number 0. */
DO(sched_getaffinity)
{
	uint32_t set = 1;

	if (argument(page, 1) < sizeof(set) || (argument(page, 1) & 3) != 0) {
		return -EINVAL;
	}
	return PUT(argument(page, 2), set) ?: (int)sizeof(set);
}

DO(sched_setaffinity)
{
	uint8_t set = 0;

	if (argument(page, 1) == 0) {
		return -EINVAL;
	}
	return GET(set, argument(page, 2)) ?: ((set & 1) != 0 ? 0 : -EINVAL);
}

/* SCHED_FIFO and SCHED_RR have 1 to 99, the others 0. */
static int priority_of(uint32_t policy, int real_time)
{
	if (policy > 5 || policy == 4) {
		return -EINVAL;
	}
	return policy == 1 || policy == 2 ? real_time : 0;
}

DO(sched_get_priority_max)
{
	return priority_of(argument(page, 0), 99);
}

DO(sched_get_priority_min)
{
	return priority_of(argument(page, 0), 1);
}
