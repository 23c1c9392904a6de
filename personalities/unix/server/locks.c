/*
 * Record locks are the file server's, so that all personalities see them; flock's are this
 * server's.
 *
 * Who waits for a record lock asks again whenever a lock of ours was given up: no call waits at the
 * file server, so none has to be taken back when a signal comes.  Only a lock of another
 * personality is asked for by the clock.
 */
#include <gen/file.h>
#include "files.h"
#include "kinds.h"

#define F_GETLK      5u
#define F_SETLK      6u
#define F_SETLKW     7u
#define F_GETLK64    12u
#define F_SETLK64    13u
#define F_SETLKW64   14u
#define F_OFD_GETLK  36u
#define F_OFD_SETLK  37u
#define F_OFD_SETLKW 38u

#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2

#define OTHERS_PERIOD_NS 50000000u

/* struct flock64 of i386. */
struct linux_flock64 {
	int16_t type;
	int16_t whence;
	int64_t start;
	int64_t bytes;
	int32_t pid;
} __attribute__((packed));

struct linux_flock {
	int16_t type;
	int16_t whence;
	int32_t start;
	int32_t bytes;
	int32_t pid;
};

_Static_assert(sizeof(struct linux_flock64) == 24, "as Linux has it");
_Static_assert(sizeof(struct linux_flock) == 16, "as Linux has it");

/* A request that waits: for whom, and who waits. */
struct waiter {
	struct waiter *next;
	int64_t owner, blocker;
};

static struct waiter *waiters;
static struct wait_queue lock_queue;
static uint32_t unlocks; /* changes whenever a lock may have become free */

static void tell_waiters(void)
{
	unlocks++;
	wait_queue_wake(&lock_queue);
}

static int lock_error(kern_return_t code)
{
	return code == KERN_RESOURCE_SHORTAGE ? -ENOLCK : files_error(code);
}

/* ------------------------------------------------------------------------------- record locks */

#define OWNER_OF_FILE (1ll << 62)

/* An open file as an owner (F_OFD_*). */
static int64_t owner_of_file(struct open_file *file)
{
	static uint32_t last;

	if (file->lock_owner == 0) {
		file->lock_owner = ++last;
	}
	return OWNER_OF_FILE | file->lock_owner;
}

/* Would a wait of "owner" for "blocker" be one for itself?  As Linux: along the first in the way.
 */
static bool is_deadlock(int64_t owner, int64_t blocker)
{
	for (unsigned int steps = 0; steps < 64; steps++) {
		const struct waiter *waiter = waiters;

		if (blocker == owner) {
			return true;
		}
		while (waiter != NULL && waiter->owner != blocker) {
			waiter = waiter->next;
		}
		if (waiter == NULL) {
			return false;
		}
		blocker = waiter->blocker;
	}
	return false;
}

static void end_wait(struct request *request)
{
	struct waiter *waiter = (struct waiter *)(uintptr_t)request->memory;
	struct waiter **place = &waiters;

	while (*place != waiter) {
		place = &(*place)->next;
	}
	*place = waiter->next;
	free(waiter);
	request->memory = 0;
	request->end = NULL;
}

static int wait_for(struct request *request, int64_t owner, int64_t blocker)
{
	struct waiter *waiter = (struct waiter *)(uintptr_t)request->memory;

	if ((owner & OWNER_OF_FILE) == 0 && is_deadlock(owner, blocker)) {
		return -EDEADLK;
	}
	if (waiter == NULL) {
		waiter = calloc(1, sizeof(*waiter));
		if (waiter == NULL) {
			return -ENOLCK;
		}
		waiter->next = waiters;
		waiters = waiter;
		request->memory = (uintptr_t)waiter;
		request->end = end_wait;
	}
	waiter->owner = owner;
	waiter->blocker = blocker;
	if (blocker == -1) {
		(void)request_wait_until(request, server_now() + OTHERS_PERIOD_NS);
	}
	return request_wait(request, &lock_queue);
}

struct range {
	int64_t start, end; /* end: FILE_LOCK_TO_END, or behind the last byte */
	natural_t kind;
};

static int set_lock(struct request *request, struct open_file *file, int64_t owner,
		    const struct range *range, bool wait)
{
	uint32_t before = 0;
	int64_t holder = -1;
	kern_return_t code = KERN_SUCCESS;

	do {
		struct range asked = *range;

		before = unlocks;
		server_release();
		code = file_lock(file->port, owner, range->kind, range->start, range->end,
				 FILE_NOW);
		if (code == FILE_EAGAIN && wait) {
			kern_return_t look = file_get_lock(file->port, owner, &asked.kind,
							   &asked.start, &asked.end, &holder);

			holder = look == KERN_SUCCESS ? holder : -1;
		}
		server_lock();
	} while (code == FILE_EAGAIN && wait && unlocks != before);
	if (code == FILE_EAGAIN && wait) {
		return wait_for(request, owner, holder);
	}
	if (code == KERN_SUCCESS && range->kind != FILE_LOCK_WRITE) {
		tell_waiters(); /* less than before, perhaps */
	}
	return lock_error(code);
}

/* From struct flock64 to a range.  -EINVAL -EOVERFLOW */
static int range_of(struct open_file *file, const struct linux_flock64 *lock, struct range *range)
{
	static const natural_t kinds[3] = {FILE_LOCK_READ, FILE_LOCK_WRITE, FILE_LOCK_NONE};
	int64_t base = 0;
	file_attributes_t attributes;
	int result = 0;

	if (lock->type < F_RDLCK || lock->type > F_UNLCK || lock->whence < 0 || lock->whence > 2) {
		return -EINVAL;
	}
	if (lock->whence == 1) {
		result = file->kind->seek(file, 0, 1, &base);
	} else if (lock->whence == 2) {
		result = file_attributes_of(file, &attributes);
		base = (int64_t)attributes.size;
	}
	if (result < 0) {
		return result;
	}
	if (__builtin_add_overflow(base, lock->start, &range->start)) {
		return -EOVERFLOW;
	}
	range->end = FILE_LOCK_TO_END;
	if (lock->bytes != 0 && __builtin_add_overflow(range->start, lock->bytes, &range->end)) {
		return -EOVERFLOW;
	}
	if (lock->bytes < 0) {
		int64_t end = range->start;

		range->start = range->end;
		range->end = end;
	}
	range->kind = kinds[lock->type];
	return range->start < 0 ? -EINVAL : 0;
}

static int get_lock(struct open_file *file, int64_t owner, struct range *range,
		    struct linux_flock64 *lock)
{
	int64_t holder = -1;
	kern_return_t code = KERN_SUCCESS;

	if (range->kind == FILE_LOCK_NONE) {
		return -EINVAL;
	}
	server_release();
	code = file_get_lock(file->port, owner, &range->kind, &range->start, &range->end, &holder);
	server_lock();
	if (code != KERN_SUCCESS) {
		return lock_error(code);
	}
	if (range->kind == FILE_LOCK_NONE) {
		lock->type = F_UNLCK;
		return 0;
	}
	lock->type = range->kind == FILE_LOCK_READ ? F_RDLCK : F_WRLCK;
	lock->whence = 0;
	lock->start = range->start;
	lock->bytes = range->end == FILE_LOCK_TO_END ? 0 : range->end - range->start;
	lock->pid = holder == -1 || (holder & OWNER_OF_FILE) != 0 ? -1 : (int32_t)holder;
	return 0;
}

/* struct flock to struct flock64, and back. */
static bool take(const struct request *request, bool words64, struct linux_flock64 *lock)
{
	struct linux_flock small;

	if (request_in(request, 2) == NULL) {
		return false;
	}
	if (words64) {
		memcpy(lock, request_in(request, 2), sizeof(*lock));
		return true;
	}
	memcpy(&small, request_in(request, 2), sizeof(small));
	*lock = (struct linux_flock64){small.type, small.whence, small.start, small.bytes,
				       small.pid};
	return true;
}

static int give(struct request *request, bool words64, const struct linux_flock64 *lock)
{
	struct linux_flock small = {lock->type, lock->whence, (int32_t)lock->start,
				    (int32_t)lock->bytes, lock->pid};

	if (words64) {
		request_put(request, 2, lock, sizeof(*lock));
		return 0;
	}
	if (lock->start > INT32_MAX || lock->bytes > INT32_MAX) {
		return -EOVERFLOW;
	}
	request_put(request, 2, &small, sizeof(small));
	return 0;
}

int file_lock_control(struct request *request, struct open_file *file)
{
	struct process *process = request->thread->process;
	uint32_t command = request->arguments[1];
	bool of_file = command >= F_OFD_GETLK && command <= F_OFD_SETLKW;
	bool words64 = of_file || (command >= F_GETLK64 && command <= F_SETLKW64);
	bool wait = command == F_SETLKW || command == F_SETLKW64 || command == F_OFD_SETLKW;
	struct linux_flock64 lock;
	struct range range;
	int64_t owner = 0;
	int result = 0;

	if (!words64 && (command < F_GETLK || command > F_SETLKW)) {
		return -EINVAL;
	}
	if (!take(request, words64, &lock)) {
		return -EFAULT;
	}
	if (file->kind != &file_kind || (of_file && lock.pid != 0)) {
		return -EINVAL;
	}
	result = range_of(file, &lock, &range);
	if (result < 0) {
		return result;
	}
	owner = of_file ? owner_of_file(file) : descriptors_lock_owner(process);
	if (command == F_GETLK || command == F_GETLK64 || command == F_OFD_GETLK) {
		result = get_lock(file, owner, &range, &lock);
		return result < 0 ? result : give(request, words64, &lock);
	}
	return set_lock(request, file, owner, &range, wait);
}

/*
 * With the lock held, in the middle of a close: who waits for the process's end may want the lock
 * at once.  The file server does not wait in this call, and asks nothing of us.
 */
static void unlock_all(struct open_file *file, int64_t owner)
{
	(void)file_unlock_all(file->port, owner);
	tell_waiters();
}

void open_file_closed(int64_t owner, struct open_file *file)
{
	if (file->kind == &file_kind && file->port != MACH_PORT_NULL) {
		unlock_all(file, owner);
	}
}

/* --------------------------------------------------------------------------------------- flock */

#define LOCK_SH 1u
#define LOCK_EX 2u
#define LOCK_NB 4u
#define LOCK_UN 8u

struct file_flock {
	struct file_flock *next;
	struct open_file *file;
	bool exclusive;
};

static struct file_flock *flocks;
static struct wait_queue flock_queue;

/* One of this open file's own; null: it has none. */
static struct file_flock **find_flock(const struct open_file *file)
{
	struct file_flock **place = &flocks;

	while (*place != NULL && (*place)->file != file) {
		place = &(*place)->next;
	}
	return place;
}

static void drop_flock(const struct open_file *file)
{
	struct file_flock **place = find_flock(file);
	struct file_flock *lock = *place;

	if (lock != NULL) {
		*place = lock->next;
		free(lock);
		wait_queue_wake(&flock_queue);
	}
}

static bool flock_conflicts(const struct open_file *file, bool exclusive)
{
	for (const struct file_flock *lock = flocks; lock != NULL; lock = lock->next) {
		if (lock->file != file && lock->file->number == file->number &&
		    (lock->exclusive || exclusive)) {
			return true;
		}
	}
	return false;
}

static int set_flock(struct request *request, struct open_file *file, uint32_t how, bool now)
{
	struct file_flock *lock = NULL;

	/* As on Linux a lock is changed by giving it up first. */
	drop_flock(file);
	if (how == LOCK_UN) {
		return 0;
	}
	if (flock_conflicts(file, how == LOCK_EX)) {
		return now ? -EAGAIN : request_wait(request, &flock_queue);
	}
	lock = malloc(sizeof(*lock));
	if (lock == NULL) {
		return -ENOLCK;
	}
	*lock = (struct file_flock){.next = flocks, .file = file, .exclusive = how == LOCK_EX};
	flocks = lock;
	return 0;
}

CALL_HANDLER(flock)
{
	uint32_t how = request->arguments[1] & ~LOCK_NB;
	struct open_file *file =
		descriptors_get(request->thread->process, (int)request->arguments[0]);
	int result = -EINVAL;

	if (file == NULL) {
		return -EBADF;
	}
	if (file->kind != &file_kind) {
		result = -EOPNOTSUPP;
	} else if (how == LOCK_SH || how == LOCK_EX || how == LOCK_UN) {
		result = set_flock(request, file, how, (request->arguments[1] & LOCK_NB) != 0);
	}
	open_file_release(file);
	return result;
}

void file_locks_end(struct open_file *file)
{
	drop_flock(file);
	if (file->lock_owner != 0) {
		unlock_all(file, OWNER_OF_FILE | file->lock_owner);
	}
}
