/* The boot archive's parser and the record locks of the file server.
   LINK: lib/archive/cpio_core.c servers/file/lock_core.c
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <archive/cpio_core.h>
#include "../../servers/file/lock_core.h"
#include "tap.h"

#define SPAN   24u /* bytes of the file that the lock model knows */
#define OWNERS 3u

static uint32_t archive_add(uint8_t *archive, uint32_t at, const char *name, uint32_t mode,
			    const char *data)
{
	at += (uint32_t)sprintf((char *)archive + at,
				"070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 7,
				mode, 1, 2, 1, 99, (unsigned)strlen(data), 0, 0, 5, 6,
				(unsigned)strlen(name) + 1, 0);
	strcpy((char *)archive + at, name);
	at = (at + (uint32_t)strlen(name) + 1 + 3) & ~3u;
	memcpy(archive + at, data, strlen(data));
	return (at + (uint32_t)strlen(data) + 3) & ~3u;
}

static uint32_t small_archive(uint8_t *archive)
{
	uint32_t at = archive_add(archive, 0, "etc/motd", 0100644, "hello");
	at = archive_add(archive, at, "bin", 040755, "");
	at = archive_add(archive, at, "bin/sh", 0120777, "busybox");
	return archive_add(archive, at, "TRAILER!!!", 0, "");
}

static void cpio_known(void)
{
	uint8_t archive[1024] = {0};
	struct cpio_file file;
	uint32_t bytes = small_archive(archive), at = 0;
	CHECK(cpio_next(archive, bytes, &at, &file) == CPIO_FILE &&
		      strcmp(file.name, "etc/motd") == 0 && file.name_bytes == 8 &&
		      file.data_bytes == 5 && memcmp(file.data, "hello", 5) == 0 &&
		      file.mode == 0100644 && file.uid == 1 && file.gid == 2 &&
		      file.device_major == 5 && file.device_minor == 6,
	      "a file with all its fields");
	CHECK(cpio_next(archive, bytes, &at, &file) == CPIO_FILE && file.data_bytes == 0,
	      "a directory");
	CHECK(cpio_next(archive, bytes, &at, &file) == CPIO_FILE &&
		      memcmp(file.data, "busybox", 7) == 0,
	      "a symbolic link");
	CHECK(cpio_next(archive, bytes, &at, &file) == CPIO_END, "the trailer");
	at = bytes;
	CHECK(cpio_next(archive, bytes, &at, &file) == CPIO_END, "the end without a trailer");
}

/* Cut anywhere, any byte changed: no step outside (the sanitizer looks), and always an end. */
static void cpio_damaged(void)
{
	uint8_t whole[1024] = {0};
	uint32_t bytes = small_archive(whole), damaged = 0, ended = 0, runs = 0;
	uint64_t seed = 4;
	for (uint32_t round = 0; round < 20000; round++) {
		uint32_t cut = round < bytes ? round : bytes;
		uint8_t *copy = malloc(cut + 1);
		memcpy(copy, whole, cut);
		for (uint32_t i = round < bytes ? 0 : 3; i > 0 && cut > 0; i--) {
			copy[tap_random(&seed) % cut] =
				tap_random(&seed) % 2 ? (uint8_t)tap_random(&seed) : 'F';
		}
		struct cpio_file file;
		uint32_t at = 0, files = 0;
		enum cpio_result result;
		while ((result = cpio_next(copy, cut, &at, &file)) == CPIO_FILE && files < 100) {
			files++;
			runs += file.data_bytes != 0 &&
				file.data[file.data_bytes - 1] == 0; /* touches its last byte */
			runs += strlen(file.name) > 1000;
		}
		damaged += result == CPIO_DAMAGED;
		ended += result == CPIO_END;
		free(copy);
	}
	CHECK(damaged > 1000 && ended > 1000 && damaged + ended == 20000,
	      "20000 cut and changed archives: %u damaged, %u read to an end (%u)", damaged, ended,
	      runs);
}

/* --- locks, against an array of what each owner holds of each byte */

static enum lock_kind model[OWNERS][SPAN];

static bool model_conflict(uint32_t owner, uint32_t start, uint32_t end, enum lock_kind kind)
{
	for (uint32_t other = 0; other < OWNERS; other++) {
		for (uint32_t i = start; i < end; i++) {
			if (other != owner && kind != LOCK_NONE && model[other][i] != LOCK_NONE &&
			    (kind == LOCK_WRITE || model[other][i] == LOCK_WRITE)) {
				return true;
			}
		}
	}
	return false;
}

static bool list_as_model(const struct lock_list *list, uint32_t *count)
{
	static enum lock_kind seen[OWNERS][SPAN];
	memset(seen, 0, sizeof(seen));
	*count = 0;
	for (const struct lock_range *range = list->first; range != NULL; range = range->next) {
		(*count)++;
		if (range->next != NULL && range->next->start < range->start) {
			return false;
		}
		for (const struct lock_range *other = list->first; other != range;
		     other = other->next) {
			bool near = other->end >= range->start && range->end >= other->start;
			if (near && other->owner == range->owner && other->kind == range->kind) {
				return false; /* should have been merged */
			}
		}
		for (uint64_t i = range->start; i < range->end && i < SPAN; i++) {
			if (seen[range->owner][i] != LOCK_NONE) {
				return false; /* two ranges of one owner */
			}
			seen[range->owner][i] = range->kind;
		}
	}
	return memcmp(seen, model, sizeof(seen)) == 0;
}

static void locks(void)
{
	struct lock_list list = {NULL};
	uint64_t seed = 5;
	uint32_t in_use = 0, refused = 0, step, count = 0;
	bool good = true;
	for (step = 0; step < 100000 && good; step++) {
		uint32_t owner = tap_random(&seed) % OWNERS, start = tap_random(&seed) % SPAN;
		uint32_t end = start + 1 + tap_random(&seed) % (SPAN - start);
		enum lock_kind kind = tap_random(&seed) % 3;
		bool conflict = lock_conflict(&list, owner, start, end, kind) != NULL;
		good = conflict == model_conflict(owner, start, end, kind);
		if (conflict || !good) {
			refused++;
			continue;
		}
		struct lock_range *fresh[LOCK_RANGES_NEEDED] = {malloc(sizeof(**fresh)),
								malloc(sizeof(**fresh))},
				  *unused;
		in_use += LOCK_RANGES_NEEDED;
		lock_set(&list, owner, start, end == SPAN ? LOCK_TO_END : end, kind, fresh,
			 &unused);
		while (unused != NULL) {
			struct lock_range *next = unused->next;
			free(unused);
			in_use--;
			unused = next;
		}
		for (uint32_t i = start; i < end; i++) {
			model[owner][i] = kind;
		}
		good = list_as_model(&list, &count) && count == in_use;
	}
	CHECK(good && refused > 1000,
	      "%u locks and unlocks as the model has them, %u refused, %u ranges in the end", step,
	      refused, count);
	while (list.first != NULL) {
		struct lock_range *next = list.first->next;
		free(list.first);
		list.first = next;
	}
}

int main(void)
{
	cpio_known();
	cpio_damaged();
	locks();
	return tap_done();
}
