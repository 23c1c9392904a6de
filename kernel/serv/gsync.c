/* gsync_*: threads wait on words of memory (gnumach.defs). A word is known by its address space and
   address, or, with GSYNC_SHARED, by the memory object and the offset in it, so that tasks that
   share memory meet.

   A waiter lies on its thread's kernel stack and in a hash chain. Between reading the word and
   entering the chain nothing blocks, so no wake-up between them is lost. */
#include <kern/clock.h>
#include <kern/counter.h>
#include <kern/machine.h>
#include <kern/thread.h>
#include <serv/routines.h>
#include <vm/object.h>
#include <vm/pmap.h>

COUNTER(gsync_waits);
COUNTER(gsync_wakes);

#define GSYNC_SHARED    0x01
#define GSYNC_QUAD      0x02
#define GSYNC_TIMED     0x04
#define GSYNC_BROADCAST 0x08
#define GSYNC_MUTATE    0x10

#define GSYNC_CHAINS 64u

struct gsync_key {
	const void *space; /* a vm_map or a vm_object */
	uint32_t place;
	struct vm_object *object; /* a reference while somebody waits, or NULL */
};

struct gsync_waiter {
	struct list link;
	struct gsync_key key;
	struct thread *thread;
};

static struct list chains[GSYNC_CHAINS];

static struct list *chain_of(const struct gsync_key *key)
{
	if (chains[0].next == NULL) {
		for (uint32_t i = 0; i < GSYNC_CHAINS; i++) {
			list_init(&chains[i]);
		}
	}
	return &chains[(((uint32_t)key->space >> 5) ^ (key->place >> 2)) % GSYNC_CHAINS];
}

static bool keys_equal(const struct gsync_key *a, const struct gsync_key *b)
{
	return a->space == b->space && a->place == b->place;
}

/* KERN_INVALID_ADDRESS: nothing is mapped there. */
static kern_return_t key_make(struct task *task, uint32_t address, int flags, struct gsync_key *key)
{
	*key = (struct gsync_key){.space = task->map, .place = address};
	if ((flags & GSYNC_SHARED) == 0) {
		return KERN_SUCCESS;
	}
	struct vm_map_region_info info;
	if (vm_map_region(task->map, address, &info) != KERN_SUCCESS || info.start > address) {
		return KERN_INVALID_ADDRESS;
	}
	if (info.object == NULL) {
		/* Never touched: make it the memory that a sharer will see. */
		if (vm_fault(task->map, page_trunc(address), true) != KERN_SUCCESS ||
		    vm_map_region(task->map, address, &info) != KERN_SUCCESS ||
		    info.object == NULL) {
			return KERN_SUCCESS; /* cannot be shared either */
		}
	}
	key->space = info.object;
	key->place = info.offset + (address - info.start);
	key->object = info.object;
	return KERN_SUCCESS;
}

/* Where the kernel sees a word of another task's memory. NULL: nowhere. May block; good until the
   next wait. */
static volatile uint32_t *foreign_word(struct task *task, uint32_t address, bool write)
{
	struct vm_map *map = task->map;
	if (address >= USER_TOP || map == NULL) {
		return NULL;
	}
	vm_map_reference(map);
	kern_return_t result = vm_fault(map, page_trunc(address), write);
	bool alive =
		result == KERN_SUCCESS && task->map == map; /* the task may have ended meanwhile */
	uint32_t physical = alive ? pmap_extract(map->pmap, page_trunc(address)) : UINT32_MAX;
	vm_map_release(map);
	if (physical >= UINT32_MAX - KERNEL_BASE) {
		return NULL; /* device memory that the kernel does not see */
	}
	return (volatile uint32_t *)(KERNEL_BASE + page_trunc(physical) + (address & PAGE_MASK));
}

static bool words_load(struct task *task, uint32_t address, uint32_t *words, uint32_t bytes)
{
	if (task == current->task) {
		return copyin(uaddr(address), words, bytes);
	}
	for (uint32_t i = 0; i < bytes / 4u; i++) {
		volatile uint32_t *word = foreign_word(task, address + 4u * i, false);
		if (word == NULL) {
			return false;
		}
		words[i] = *word;
	}
	return true;
}

/* KERN_INVALID_ADDRESS, KERN_INVALID_ARGUMENT: the word has another value. */
static kern_return_t value_check(struct task *task, uint32_t address, uint32_t low, uint32_t high,
				 int flags)
{
	uint32_t words[2] = {0, 0};
	uint32_t bytes = (flags & GSYNC_QUAD) != 0 ? 8u : 4u;
	/* GNU Mach's programs have pairs that are only aligned as their words are. */
	if ((address & 3u) != 0 || !words_load(task, address, words, bytes)) {
		return KERN_INVALID_ADDRESS;
	}
	bool equal = words[0] == low && (bytes == 4u || words[1] == high);
	return equal ? KERN_SUCCESS : KERN_INVALID_ARGUMENT;
}

/* KERN_SUCCESS: woken. KERN_INVALID_ARGUMENT: not that value. KERN_TIMEDOUT, KERN_INTERRUPTED,
   KERN_INVALID_ADDRESS. The word may be another task's. */
kern_return_t serv_gsync_wait(task_t task, vm_address_t address, unsigned low, unsigned high,
			      natural_t ms, int flags)
{
	if (task == NULL || task->map == NULL) {
		return KERN_INVALID_TASK;
	}
	struct gsync_waiter waiter = {.thread = current};
	/* Twice: making the key may touch the page, which may block. */
	kern_return_t result = value_check(task, address, low, high, flags);
	if (result == KERN_SUCCESS) {
		result = key_make(task, address, flags, &waiter.key);
	}
	if (result == KERN_SUCCESS && (flags & GSYNC_SHARED) != 0) {
		result = value_check(task, address, low, high, flags);
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	counter_add(gsync_waits);
	if (waiter.key.object != NULL) {
		vm_object_reference(waiter.key.object);
	}
	list_add_tail(chain_of(&waiter.key), &waiter.link);
	uint64_t deadline = (flags & GSYNC_TIMED) != 0 ? clock_deadline_ms(ms) : NO_DEADLINE;
	enum wait_result wait = thread_wait(NULL, deadline);
	bool woken = list_empty(&waiter.link); /* whoever wakes it takes it off */
	list_remove(&waiter.link);
	if (waiter.key.object != NULL) {
		vm_object_release(waiter.key.object);
	}
	if (woken) {
		return KERN_SUCCESS;
	}
	return wait == WAIT_TIMED_OUT ? KERN_TIMEDOUT : KERN_INTERRUPTED;
}

/* Stores a word in a task's memory. */
static kern_return_t value_store(struct task *task, uint32_t address, uint32_t value)
{
	if ((address & 3u) != 0) {
		return KERN_INVALID_ADDRESS;
	}
	if (task == current->task) {
		return copyout(&value, uaddr(address), 4) ? KERN_SUCCESS : KERN_INVALID_ADDRESS;
	}
	volatile uint32_t *word = foreign_word(task, address, true);
	if (word == NULL) {
		return KERN_INVALID_ADDRESS;
	}
	*word = value;
	return KERN_SUCCESS;
}

static void waiter_wake(struct gsync_waiter *waiter)
{
	counter_add(gsync_wakes);
	list_remove(&waiter->link);
	thread_wake(waiter->thread, WAIT_AWAKENED);
}

/* KERN_INVALID_ARGUMENT: nobody waits. */
kern_return_t serv_gsync_wake(task_t task, vm_address_t address, unsigned value, int flags)
{
	if (task == NULL || task->map == NULL) {
		return KERN_INVALID_TASK;
	}
	struct gsync_key key;
	kern_return_t result = key_make(task, address, flags, &key);
	if (result == KERN_SUCCESS && (flags & GSYNC_MUTATE) != 0) {
		result = value_store(task, address, value);
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	result = KERN_INVALID_ARGUMENT;
	list_for_each_safe(link, chain_of(&key))
	{
		struct gsync_waiter *waiter = list_entry(link, struct gsync_waiter, link);
		if (!keys_equal(&waiter->key, &key)) {
			continue;
		}
		waiter_wake(waiter);
		result = KERN_SUCCESS;
		if ((flags & GSYNC_BROADCAST) == 0) {
			break;
		}
	}
	return result;
}

static void waiter_move(struct gsync_waiter *waiter, const struct gsync_key *key)
{
	list_remove(&waiter->link);
	if (key->object != NULL) {
		vm_object_reference(key->object);
	}
	if (waiter->key.object != NULL) {
		vm_object_release(waiter->key.object);
	}
	waiter->key = *key;
	list_add_tail(chain_of(key), &waiter->link);
}

/* Wakes one waiter of `source` if asked, and lets one (or all: BROADCAST) of the others wait at
   `target`. KERN_INVALID_ARGUMENT: nobody waits. */
kern_return_t serv_gsync_requeue(task_t task, vm_address_t source, vm_address_t target,
				 boolean_t wake_one, int flags)
{
	if (task == NULL || task->map == NULL) {
		return KERN_INVALID_TASK;
	}
	struct gsync_key from;
	struct gsync_key to;
	kern_return_t result = key_make(task, source, flags, &from);
	if (result == KERN_SUCCESS) {
		result = key_make(task, target, flags, &to);
	}
	if (result != KERN_SUCCESS) {
		return result;
	}
	result = KERN_INVALID_ARGUMENT;
	bool same = keys_equal(&from,
			       &to); /* then there is nothing to move, and the walk would not end */
	list_for_each_safe(link, chain_of(&from))
	{
		struct gsync_waiter *waiter = list_entry(link, struct gsync_waiter, link);
		if (!keys_equal(&waiter->key, &from)) {
			continue;
		}
		result = KERN_SUCCESS;
		if (wake_one) {
			wake_one = FALSE;
			waiter_wake(waiter);
			continue;
		}
		if (same) {
			break;
		}
		waiter_move(waiter, &to);
		if ((flags & GSYNC_BROADCAST) == 0) {
			break;
		}
	}
	return result;
}
