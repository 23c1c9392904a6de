/* Small rules of the file server: permissions, a FIFO's ring, locks that would never be granted.
   LINK: servers/file/access_core.c servers/file/fifo_core.c servers/file/lock_core.c
   servers/file/wait_core.c
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../servers/file/access_core.h"
#include "../../servers/file/fifo_core.h"
#include "../../servers/file/wait_core.h"
#include "tap.h"

static uint64_t seed = 20261121;

static uint32_t pick(uint32_t n)
{
	return (uint32_t)(tap_random(&seed) % n);
}

/* --- permissions */

static void permissions(void)
{
	struct access_identity user = {.uid = 5, .gid = 6, .group_count = 1, .groups = {7}};
	struct access_identity root = {.uid = 0, .gid = 6};
	CHECK(access_allowed(&user, 5, 1, 0400, false, ACCESS_READ), "the owner");
	CHECK(!access_allowed(&user, 5, 6, 0044, false, ACCESS_READ),
	      "the owner is not one of the group or the others");
	CHECK(access_allowed(&user, 1, 7, 0020, false, ACCESS_WRITE), "a supplementary group");
	CHECK(!access_allowed(&user, 1, 6, 0606, false, ACCESS_WRITE), "nor is the group others");
	CHECK(access_allowed(&user, 1, 1, 0005, false, ACCESS_READ | ACCESS_EXECUTE), "others");
	CHECK(!access_allowed(&user, 1, 1, 0005, false, ACCESS_READ | ACCESS_WRITE), "all of it");
	CHECK(access_allowed(&root, 1, 1, 0, false, ACCESS_READ | ACCESS_WRITE), "root");
	CHECK(!access_allowed(&root, 1, 1, 0666, false, ACCESS_EXECUTE),
	      "root executes what somebody may execute");
	CHECK(access_allowed(&root, 1, 1, 0, true, ACCESS_EXECUTE), "and searches every directory");
	CHECK(access_allowed(NULL, 1, 1, 0, false, ACCESS_READ) && access_owns(NULL, 5) &&
		      access_in_group(NULL, 5),
	      "nobody to check");
	CHECK(access_same(&user, &user) && !access_same(&user, &root), "identities compare");
}

/* --- a FIFO beside a long array */

#define BYTES_TOTAL 4000000u

static void fifos(void)
{
	static uint8_t ring[FIFO_BYTES_MAX], data[3 * FIFO_BYTES_MAX];
	struct fifo fifo = {.ring = ring, .readers = 1, .writers = 1};
	uint32_t written = 0, read = 0, waits = 0, wrong = 0, bytes;
	while (read < BYTES_TOTAL) {
		bytes = 1 + pick(pick(4) == 0 ? sizeof(data) : FIFO_ATOMIC_BYTES + 1);
		uint32_t wanted = bytes, room = FIFO_BYTES_MAX - fifo.bytes;
		if (pick(2) == 0) {
			for (uint32_t i = 0; i < bytes; i++) {
				data[i] = (uint8_t)((written + i) * 31 >> 3);
			}
			enum fifo_result result = fifo_write(&fifo, data, &bytes);
			wrong +=
				wanted <= FIFO_ATOMIC_BYTES && result == FIFO_OK && bytes != wanted;
			wrong += (result == FIFO_WAIT) !=
				 (room < (wanted <= FIFO_ATOMIC_BYTES ? wanted : 1));
			waits += result == FIFO_WAIT;
			written += bytes;
			continue;
		}
		uint32_t there = fifo.bytes;
		enum fifo_result result = fifo_read(&fifo, data, &bytes);
		waits += result == FIFO_WAIT;
		wrong += (result == FIFO_WAIT) != (there == 0);
		wrong += bytes != (wanted < there ? wanted : there);
		for (uint32_t i = 0; i < bytes; i++) {
			wrong += data[i] != (uint8_t)((read + i) * 31 >> 3);
		}
		read += bytes;
	}
	CHECK(wrong == 0 && waits > 100, "%u bytes through a FIFO, %u waits, %u wrong", read, waits,
	      wrong);
	fifo.readers = 0;
	bytes = 1;
	CHECK(fifo_write(&fifo, data, &bytes) == FIFO_BROKEN && bytes == 0, "nobody reads");
	fifo.writers = 0;
	do {
		bytes = sizeof(data);
	} while (fifo_read(&fifo, data, &bytes) == FIFO_OK);
	bytes = 1;
	CHECK(fifo_read(&fifo, data, &bytes) == FIFO_END && bytes == 0, "nobody writes");
	bytes = 0;
	CHECK(fifo_read(&fifo, data, &bytes) == FIFO_OK, "nothing is never waited for");
}

/* --- deadlocks, beside a search by brute force over who waits for whom */

#define OWNERS 6u
#define FILES  3u
#define SPAN   12u

static struct lock_list lists[FILES];
static struct lock_waits waits;
static struct lock_wait waiting[OWNERS + 1];
static bool is_waiting[OWNERS + 1];

static bool conflicts(uint32_t holder, const struct lock_wait *wait)
{
	for (const struct lock_range *range = wait->list->first; range != NULL;
	     range = range->next) {
		if (range->owner == holder && holder != wait->owner && range->start < wait->end &&
		    wait->start < range->end &&
		    (range->kind == LOCK_WRITE || wait->kind == LOCK_WRITE)) {
			return true;
		}
	}
	return false;
}

static bool naive(const struct lock_wait *wait)
{
	bool edge[OWNERS + 1][OWNERS + 1] = {{false}};
	for (uint32_t a = 1; a <= OWNERS; a++) {
		for (uint32_t b = 1; b <= OWNERS; b++) {
			edge[a][b] = (is_waiting[a] && conflicts(b, &waiting[a])) ||
				     (a == wait->owner && conflicts(b, wait));
		}
	}
	for (uint32_t k = 1; k <= OWNERS; k++) {
		for (uint32_t a = 1; a <= OWNERS; a++) {
			for (uint32_t b = 1; b <= OWNERS; b++) {
				edge[a][b] |= edge[a][k] && edge[k][b];
			}
		}
	}
	return edge[wait->owner][wait->owner];
}

static void set(uint32_t file, uint64_t owner, uint64_t start, uint64_t end, enum lock_kind kind)
{
	struct lock_range *fresh[LOCK_RANGES_NEEDED] = {malloc(sizeof(struct lock_range)),
							malloc(sizeof(struct lock_range))};
	struct lock_range *unused = NULL;
	lock_set(&lists[file], owner, start, end, kind, fresh, &unused);
	while (unused != NULL) {
		struct lock_range *next = unused->next;
		free(unused);
		unused = next;
	}
}

static void grant(void)
{
	for (struct lock_wait *wait = waits.first; wait != NULL;) {
		struct lock_wait *next = wait->next;
		if (lock_conflict(wait->list, wait->owner, wait->start, wait->end, wait->kind) ==
		    NULL) {
			wait_remove(&waits, wait);
			is_waiting[wait->owner] = false;
			set((uint32_t)(wait->list - lists), wait->owner, wait->start, wait->end,
			    wait->kind);
		}
		wait = next;
	}
}

static void deadlocks(void)
{
	uint32_t refused = 0, waited = 0, wrong = 0;
	for (uint32_t step = 0; step < 60000; step++) {
		uint32_t owner = 1 + pick(OWNERS), file = pick(FILES), start = pick(SPAN);
		struct lock_wait wait = {.list = &lists[file],
					 .owner = owner,
					 .start = start,
					 .end = start + 1 + pick(SPAN - start),
					 .kind = pick(4) == 0 ? LOCK_NONE : 1 + pick(2)};
		if (is_waiting[owner]) {
			continue;
		}
		if (lock_conflict(wait.list, owner, wait.start, wait.end, wait.kind) == NULL) {
			set(file, owner, wait.start, wait.end, wait.kind);
			grant();
			continue;
		}
		bool deadlock = wait_would_deadlock(&waits, &wait);
		wrong += deadlock != naive(&wait);
		refused += deadlock;
		if (!deadlock) {
			waited++;
			waiting[owner] = wait;
			is_waiting[owner] = true;
			wait_add(&waits, &waiting[owner]);
		} else { /* who is told gives up what it has */
			for (uint32_t i = 0; i < FILES; i++) {
				set(i, owner, 0, SPAN, LOCK_NONE);
			}
			grant();
		}
	}
	CHECK(wrong == 0 && refused > 100 && waited > 1000,
	      "%u waits, %u that would never end, %u wrong", waited, refused, wrong);
	for (uint32_t i = 0; i < FILES; i++) {
		for (uint32_t owner = 1; owner <= OWNERS; owner++) {
			set(i, owner, 0, LOCK_TO_END, LOCK_NONE);
		}
	}
}

int main(void)
{
	permissions();
	fifos();
	deadlocks();
	return tap_done();
}
