/* dirent_core.h */
#include <stdbool.h>
#include <stddef.h>
#include <masix/file.h>
#include "dirent_core.h"

#define NAME_AT offsetof(struct file_entry, name)

struct linux_dirent64 {
	uint64_t number;
	uint64_t offset;
	uint16_t bytes;
	uint8_t kind;
	char name[];
} __attribute__((packed));

struct linux_dirent {
	uint32_t number;
	uint32_t offset;
	uint16_t bytes;
	char name[];
} __attribute__((packed));

/* The entry at "at", copied: nothing says that it is aligned, or whole. */
static bool entry_at(const char *entries, uint32_t bytes, uint32_t at, struct file_entry *entry)
{
	if (bytes - at < NAME_AT + 1) {
		return false;
	}
	__builtin_memcpy(entry, entries + at, NAME_AT);
	return entry->bytes <= bytes - at && NAME_AT + entry->name_bytes + 1 <= entry->bytes;
}

uint32_t dirent64_fill(const char *entries, uint32_t bytes, char *to, uint32_t room,
		       uint64_t *cookie)
{
	struct file_entry entry;
	uint32_t used = 0;

	for (uint32_t at = 0; entry_at(entries, bytes, at, &entry); at += entry.bytes) {
		uint32_t size =
			(offsetof(struct linux_dirent64, name) + entry.name_bytes + 1 + 7) & ~7u;
		struct linux_dirent64 head = {.number = entry.number,
					      .offset = entry.cookie,
					      .bytes = (uint16_t)size,
					      .kind = entry.kind};

		if (size > room - used) {
			break;
		}
		__builtin_memset(to + used, 0, size);
		__builtin_memcpy(to + used, &head, sizeof(head));
		__builtin_memcpy(to + used + sizeof(head), entries + at + NAME_AT,
				 entry.name_bytes);
		used += size;
		*cookie = entry.cookie;
	}
	return used;
}

uint32_t dirent_fill(const char *entries, uint32_t bytes, char *to, uint32_t room, uint64_t *cookie)
{
	struct file_entry entry;
	uint32_t used = 0;

	for (uint32_t at = 0; entry_at(entries, bytes, at, &entry); at += entry.bytes) {
		/* The kind stands in the last byte, behind the name's 0. */
		uint32_t size =
			(offsetof(struct linux_dirent, name) + entry.name_bytes + 2 + 3) & ~3u;
		struct linux_dirent head = {.number = (uint32_t)entry.number,
					    .offset = (uint32_t)entry.cookie,
					    .bytes = (uint16_t)size};

		if (size > room - used) {
			break;
		}
		__builtin_memset(to + used, 0, size);
		__builtin_memcpy(to + used, &head, sizeof(head));
		__builtin_memcpy(to + used + sizeof(head), entries + at + NAME_AT,
				 entry.name_bytes);
		to[used + size - 1] = (char)entry.kind;
		used += size;
		*cookie = entry.cookie;
	}
	return used;
}

uint32_t dirent_append(char *entries, uint32_t used, uint32_t room, uint64_t number,
		       uint64_t cookie, uint32_t kind, const char *name)
{
	uint32_t name_bytes = (uint32_t)__builtin_strlen(name);
	uint32_t size = (NAME_AT + name_bytes + 1 + 7) & ~7u;
	struct file_entry head = {.number = number,
				  .cookie = cookie,
				  .bytes = (uint16_t)size,
				  .kind = (uint8_t)(kind >> 12),
				  .name_bytes = (uint8_t)name_bytes};

	if (name_bytes > FILE_NAME_BYTES_MAX || size > room - used) {
		return 0;
	}
	__builtin_memset(entries + used, 0, size);
	__builtin_memcpy(entries + used, &head, NAME_AT);
	__builtin_memcpy(entries + used + NAME_AT, name, name_bytes);
	return size;
}
