/* See cpio_core.h. */
#include "cpio_core.h"

#define HEADER_BYTES 110u
#define MAGIC_BYTES  6u
#define FIELD_DIGITS 8u
#define TRAILER      "TRAILER!!!"

/* The header's fields in order. */
enum field {
	FIELD_INODE,
	FIELD_MODE,
	FIELD_UID,
	FIELD_GID,
	FIELD_LINKS,
	FIELD_MTIME,
	FIELD_FILE_BYTES,
	FIELD_DEV_MAJOR,
	FIELD_DEV_MINOR,
	FIELD_RDEV_MAJOR,
	FIELD_RDEV_MINOR,
	FIELD_NAME_BYTES, /* with the 0 */
	FIELD_CHECK,      /* 0 in this form */
	FIELDS,
};
_Static_assert(MAGIC_BYTES + FIELDS * FIELD_DIGITS == HEADER_BYTES, "cpio(5)");

static bool read_field(const uint8_t *digits, uint32_t *value)
{
	*value = 0;
	for (uint32_t i = 0; i < FIELD_DIGITS; i++) {
		uint8_t c = digits[i];
		uint32_t digit = c - '0';
		if (c >= 'a' && c <= 'f') {
			digit = c - 'a' + 10u;
		} else if (c >= 'A' && c <= 'F') {
			digit = c - 'A' + 10u;
		} else if (c < '0' || c > '9') {
			return false;
		}
		*value = *value << 4 | digit;
	}
	return true;
}

static bool read_header(const uint8_t *header, uint32_t fields[FIELDS])
{
	/* 070702 is the same with checksums, which nothing here looks at. */
	if (__builtin_memcmp(header, "07070", 5) != 0 || (header[5] != '1' && header[5] != '2')) {
		return false;
	}
	for (uint32_t i = 0; i < FIELDS; i++) {
		if (!read_field(header + MAGIC_BYTES + i * FIELD_DIGITS, &fields[i])) {
			return false;
		}
	}
	return true;
}

/* `count` bytes at `offset`, if the archive has them; *end is padded to four, or the archive's end.
 */
static bool take(uint32_t bytes, uint32_t offset, uint32_t count, uint32_t *end)
{
	if (offset > bytes || count > bytes - offset) {
		return false;
	}
	uint32_t padding = (4u - ((offset + count) & 3u)) & 3u;
	uint32_t left = bytes - offset - count;
	*end = offset + count + (padding < left ? padding : left);
	return true;
}

enum cpio_result cpio_next(const uint8_t *archive, uint32_t bytes, uint32_t *offset,
			   struct cpio_file *file)
{
	uint32_t fields[FIELDS], header_end, name_end, data_end;
	if (*offset >= bytes) {
		return CPIO_END;
	}
	if (!take(bytes, *offset, HEADER_BYTES, &header_end) ||
	    !read_header(archive + *offset, fields)) {
		return CPIO_DAMAGED;
	}
	uint32_t name = *offset + HEADER_BYTES;
	if (fields[FIELD_NAME_BYTES] == 0 ||
	    !take(bytes, name, fields[FIELD_NAME_BYTES], &name_end) ||
	    archive[name + fields[FIELD_NAME_BYTES] - 1] != 0 ||
	    !take(bytes, name_end, fields[FIELD_FILE_BYTES], &data_end)) {
		return CPIO_DAMAGED;
	}
	*file = (struct cpio_file){
		.name = (const char *)archive + name,
		.name_bytes = fields[FIELD_NAME_BYTES] - 1,
		.data = archive + name_end,
		.data_bytes = fields[FIELD_FILE_BYTES],
		.inode = fields[FIELD_INODE],
		.mode = fields[FIELD_MODE],
		.uid = fields[FIELD_UID],
		.gid = fields[FIELD_GID],
		.links = fields[FIELD_LINKS],
		.modify_seconds = fields[FIELD_MTIME],
		.device_major = fields[FIELD_RDEV_MAJOR],
		.device_minor = fields[FIELD_RDEV_MINOR],
	};
	*offset = data_end;
	bool trailer = file->name_bytes == sizeof(TRAILER) - 1 &&
		       __builtin_memcmp(file->name, TRAILER, sizeof(TRAILER)) == 0;
	return trailer ? CPIO_END : CPIO_FILE;
}
