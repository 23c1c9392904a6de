/*
 * Locks that a process holds when it is ended (set_robust_list): marked, and one who waits is woken.
 * Who ends by exit has done it alone, in the library; here are those that were killed.
 */
#include <mach/gsync.h>
#include <gen/gnumach.h>
#include "process.h"

#define OWNER_DIED 0x40000000u
#define WAITERS	   0x80000000u
#define TID	   0x3fffffffu
#define LOCKS_MAX  256 /* the list is the program's: it may have no end */

static void leave_lock(struct process *process, uint32_t tid, uint32_t address)
{
	uint32_t word = 0;

	if ((address & 3) == 0 && task_read(process, address, &word, sizeof(word)) == 0 &&
	    (word & TID) == tid) {
		(void)gsync_wake(process->task, address, (int)(OWNER_DIED | (word & WAITERS)),
				 GSYNC_SHARED | GSYNC_MUTATE);
	}
}

/* struct robust_list_head: the list, the offset of the word in an entry, one that is half done. */
static void leave_locks(struct process *process, const struct thread *thread)
{
	uint32_t list = thread->page->robust_list;
	uint32_t head[3];
	uint32_t entry = 0;

	if (list == 0 || task_read(process, list, head, sizeof(head)) < 0) {
		return;
	}
	entry = head[0] & ~1u;
	for (int i = 0; i < LOCKS_MAX && entry != list; i++) {
		uint32_t next = 0;

		if (task_read(process, entry, &next, sizeof(next)) < 0) {
			break;
		}
		leave_lock(process, thread->tid, entry + head[1]);
		entry = next & ~1u;
	}
	if (head[2] != 0) {
		leave_lock(process, thread->tid, (head[2] & ~1u) + head[1]);
	}
}

void process_leave_locks(struct process *process)
{
	for (const struct thread *thread = process->threads; thread != NULL;
	     thread = thread->next) {
		leave_locks(process, thread);
	}
}
