/* Record locks: whose they are, and who waits for them. */
#include <gen/file_reply.h>
#include <gen/file_server.h>
#include "file.h"

#define RANGES_MAX        4096u /* of one client */
#define RANGES_MAX_COMMON 64u   /* of one that came through the public port */

/* Whoever a client calls so: the owner of ranges is this one's address. */
struct lock_owner {
	struct lock_owner *next; /* of the session */
	struct session *session;
	int64_t number;
	uint32_t uses; /* ranges held, and waits */
};

/* What there is on one file. */
struct node_locks {
	struct lock_list list;
	struct node *node;
	uint32_t waits;
	struct node_locks *next;
	struct node_locks *previous;
};

struct lock_request {
	struct lock_wait wait; /* first */
	struct node_locks *locks;
	ipc_answer_t answer;
};

static struct node_locks *all_locks;
static struct lock_waits all_waits;

/* -------------------------------------------------------------------------------------- owners */

static struct lock_owner *owner_find(struct session *session, int64_t number)
{
	struct lock_owner *owner = session->owners;

	while (owner != NULL && owner->number != number) {
		owner = owner->next;
	}
	return owner;
}

static struct lock_owner *owner_get(struct session *session, int64_t number)
{
	struct lock_owner *owner = owner_find(session, number);

	if (owner == NULL) {
		owner = calloc(1, sizeof *owner);
		if (owner == NULL) {
			return NULL;
		}
		*owner = (struct lock_owner){
			.next = session->owners, .session = session, .number = number};
		session->owners = owner;
	}
	return owner;
}

/* Forgets an owner that has nothing. */
static void owner_settle(struct lock_owner *owner)
{
	struct lock_owner **at = &owner->session->owners;

	if (owner->uses != 0) {
		return;
	}
	while (*at != owner) {
		at = &(*at)->next;
	}
	*at = owner->next;
	free(owner);
}

static struct lock_owner *owner_of(uint64_t name)
{
	return (struct lock_owner *)(uintptr_t)name;
}

static uint64_t name_of(const struct lock_owner *owner)
{
	return (uintptr_t)owner;
}

/* --------------------------------------------------------------------------------------- files */

static struct node_locks *locks_get(struct node *node)
{
	struct node_locks *locks = node->locks;

	if (locks == NULL) {
		locks = calloc(1, sizeof *locks);
		if (locks == NULL) {
			return NULL;
		}
		locks->node = node;
		locks->next = all_locks;
		if (locks->next != NULL) {
			locks->next->previous = locks;
		}
		all_locks = node->locks = locks;
	}
	return locks;
}

static void locks_settle(struct node_locks *locks)
{
	if (locks->list.first != NULL || locks->waits != 0) {
		return;
	}
	*(locks->previous != NULL ? &locks->previous->next : &all_locks) = locks->next;
	if (locks->next != NULL) {
		locks->next->previous = locks->previous;
	}
	locks->node->locks = NULL;
	free(locks);
}

/* Frees ranges and counts; "made": how many there were to put in. */
static void ranges_free(struct lock_owner *owner, struct lock_range *unused, uint32_t made)
{
	while (unused != NULL) {
		struct lock_range *next = unused->next;

		free(unused);
		made--;
		unused = next;
	}
	owner->uses += made; /* may be less than nothing */
	owner->session->ranges += made;
}

/* No conflict stands in the way.  KERN_RESOURCE_SHORTAGE: nothing changed. */
static kern_return_t set(struct node_locks *locks, struct lock_owner *owner, uint64_t start,
			 uint64_t end, enum lock_kind kind)
{
	struct lock_range *fresh[LOCK_RANGES_NEEDED] = {NULL};
	struct lock_range *unused = NULL;

	for (uint32_t i = 0; i < LOCK_RANGES_NEEDED; i++) {
		fresh[i] = malloc(sizeof *fresh[i]);
		if (fresh[i] == NULL) {
			free(fresh[0]);
			return KERN_RESOURCE_SHORTAGE;
		}
	}
	lock_set(&locks->list, name_of(owner), start, end, kind, fresh, &unused);
	ranges_free(owner, unused, LOCK_RANGES_NEEDED);
	return KERN_SUCCESS;
}

/* Takes away all that an owner has of a file; needs no memory. */
static void drop(struct node_locks *locks, struct lock_owner *owner)
{
	struct lock_range **at = &locks->list.first;

	while (*at != NULL) {
		struct lock_range *range = *at;

		if (range->owner != name_of(owner)) {
			at = &range->next;
			continue;
		}
		*at = range->next;
		free(range);
		owner->uses--;
		owner->session->ranges--;
	}
}

/* ------------------------------------------------------------------------------------- waiting */

/* Takes a waiting request out; its owner may be gone afterwards. */
static void request_end(struct lock_request *request)
{
	struct lock_owner *owner = owner_of(request->wait.owner);

	wait_remove(&all_waits, &request->wait);
	request->locks->waits--;
	owner->uses--;
	owner_settle(owner);
	free(request);
}

static void request_cancelled(void *argument)
{
	struct lock_request *request = argument;
	struct node_locks *locks = request->locks;

	request_end(request);
	locks_settle(locks);
}

static struct lock_request *next_granted(const struct node_locks *locks)
{
	struct lock_wait *wait = all_waits.first;

	while (wait != NULL &&
	       (wait->list != &locks->list || lock_conflict(wait->list, wait->owner, wait->start,
							    wait->end, wait->kind) != NULL)) {
		wait = wait->next;
	}
	return (struct lock_request *)wait;
}

/* Something was given up: who waited for it gets it, oldest first.  "locks" may go. */
static void grant(struct node_locks *locks)
{
	struct lock_request *request = NULL;

	locks->waits++; /* keeps it while answers end handles */
	while ((request = next_granted(locks)) != NULL) {
		struct lock_wait *wait = &request->wait;
		ipc_answer_t answer = request->answer;
		kern_return_t result =
			set(locks, owner_of(wait->owner), wait->start, wait->end, wait->kind);

		request_end(request);
		mach_port_t reply = ipc_answer_take(bucket, answer);
		if (reply != MACH_PORT_NULL) {
			ipc_answer_sent(reply, file_lock_reply(reply, result));
		}
	}
	locks->waits--;
	locks_settle(locks);
}

static kern_return_t wait_for(ipc_call_t call, struct node_locks *locks, struct lock_owner *owner,
			      uint64_t start, uint64_t end, enum lock_kind kind)
{
	struct lock_request *request = calloc(1, sizeof *request);
	kern_return_t result = KERN_RESOURCE_SHORTAGE;

	if (request == NULL) {
		return result;
	}
	*request = (struct lock_request){
		.wait = {.list = &locks->list,
			 .owner = name_of(owner),
			 .start = start,
			 .end = end,
			 .kind = kind},
		.locks = locks,
	};
	if (wait_would_deadlock(&all_waits, &request->wait)) {
		free(request);
		return FILE_EDEADLK;
	}
	wait_add(&all_waits, &request->wait);
	locks->waits++;
	owner->uses++;
	result = ipc_call_defer(call, request_cancelled, request, &request->answer);
	if (result != KERN_SUCCESS) {
		wait_remove(&all_waits, &request->wait);
		locks->waits--;
		owner->uses--;
		free(request);
		return result;
	}
	return MIG_NO_REPLY;
}

/* ------------------------------------------------------------------------------------ routines */

/* [start, end) as lock_core has it.  FILE_EINVAL */
static kern_return_t check_range(int64_t start, int64_t end, uint64_t *to)
{
	*to = end == FILE_LOCK_TO_END ? LOCK_TO_END : (uint64_t)end;
	return start < 0 || (end != FILE_LOCK_TO_END && end <= start) ? FILE_EINVAL : KERN_SUCCESS;
}

static kern_return_t lock_or_wait(ipc_call_t call, struct node_locks *locks,
				  struct lock_owner *owner, uint64_t start, uint64_t end,
				  enum lock_kind kind, bool now)
{
	uint32_t most = handle_of(call)->bound == NULL ? RANGES_MAX : RANGES_MAX_COMMON;

	if (kind != LOCK_NONE && owner->session->ranges + LOCK_RANGES_NEEDED > most) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (lock_conflict(&locks->list, name_of(owner), start, end, kind) == NULL) {
		return set(locks, owner, start, end, kind);
	}
	return now ? FILE_EAGAIN : wait_for(call, locks, owner, start, end, kind);
}

kern_return_t serve_file_lock(ipc_call_t call, int64_t number, natural_t kind, int64_t start,
			      int64_t end, natural_t flags)
{
	struct handle *handle = handle_of(call);
	uint64_t to = 0;
	kern_return_t result = check_range(start, end, &to);

	if (kind > FILE_LOCK_WRITE || (flags & ~FILE_NOW) != 0 || result != KERN_SUCCESS) {
		return FILE_EINVAL;
	}
	if ((handle->flags & FILE_HANDLE) != 0 || handle->session == NULL ||
	    (kind == FILE_LOCK_READ && (handle->flags & FILE_READ) == 0) ||
	    (kind == FILE_LOCK_WRITE && (handle->flags & FILE_WRITE) == 0)) {
		return FILE_EBADF;
	}
	struct lock_owner *owner = owner_get(handle->session, number);
	struct node_locks *locks = owner != NULL ? locks_get(handle->node) : NULL;
	if (locks != NULL) {
		result = lock_or_wait(call, locks, owner, (uint64_t)start, to, (enum lock_kind)kind,
				      (flags & FILE_NOW) != 0);
		grant(locks); /* a lock for reading in place of one for writing lets others in */
	}
	if (owner == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	owner_settle(owner);
	return locks != NULL ? result : KERN_RESOURCE_SHORTAGE;
}

kern_return_t serve_file_get_lock(ipc_call_t call, int64_t number, natural_t *kind, int64_t *start,
				  int64_t *end, int64_t *holder)
{
	struct handle *handle = handle_of(call);
	const struct lock_range *range = NULL;
	uint64_t to = 0;
	kern_return_t result = check_range(*start, *end, &to);

	if (result != KERN_SUCCESS || *kind > FILE_LOCK_WRITE) {
		return FILE_EINVAL;
	}
	if ((handle->flags & FILE_HANDLE) != 0 || handle->session == NULL) {
		return FILE_EBADF;
	}
	if (handle->node->locks != NULL) {
		const struct lock_owner *owner = owner_find(handle->session, number);

		range = lock_conflict(&handle->node->locks->list,
				      owner != NULL ? name_of(owner) : 0, (uint64_t)*start, to,
				      (enum lock_kind) * kind);
	}
	*holder = -1;
	*kind = FILE_LOCK_NONE;
	if (range != NULL) {
		const struct lock_owner *owner = owner_of(range->owner);

		/* Another client's numbers are nobody else's affair. */
		*holder = owner->session == handle->session ? owner->number : -1;
		*kind = range->kind;
		*start = (int64_t)range->start;
		*end = range->end == LOCK_TO_END ? FILE_LOCK_TO_END : (int64_t)range->end;
	}
	return KERN_SUCCESS;
}

kern_return_t serve_file_unlock_all(ipc_call_t call, int64_t number)
{
	struct handle *handle = handle_of(call);
	struct lock_owner *owner = NULL;

	if ((handle->flags & FILE_HANDLE) != 0 || handle->session == NULL) {
		return FILE_EBADF;
	}
	owner = owner_find(handle->session, number);
	if (owner != NULL && handle->node->locks != NULL) {
		drop(handle->node->locks, owner);
		owner->uses++; /* stays while others' answers are sent */
		grant(handle->node->locks);
		owner->uses--;
		owner_settle(owner);
	}
	return KERN_SUCCESS;
}

/* Its handles are gone, so nothing of it waits. */
void locks_end_session(struct session *session)
{
	while (session->owners != NULL) {
		struct lock_owner *owner = session->owners;
		struct node_locks *locks = all_locks;

		owner->uses++;
		while (locks != NULL) {
			uint32_t before = owner->uses;

			drop(locks, owner);
			if (owner->uses != before) {
				grant(locks);
				locks = all_locks; /* answers may have ended others */
			} else {
				locks = locks->next;
			}
		}
		owner->uses--;
		owner_settle(owner);
	}
}

void locks_free(struct node *node)
{
	struct node_locks *locks = node->locks;

	while (locks != NULL && locks->list.first != NULL) {
		struct lock_owner *owner = owner_of(locks->list.first->owner);

		drop(locks, owner);
		owner_settle(owner);
	}
	if (locks != NULL) {
		locks_settle(locks);
	}
}
