/* The boot archive: cpio in the "new ASCII" form (newc, cpio(5)): for each file a header of 110
   bytes of hexadecimal digits, the name, the data, each padded to four bytes. Pure: reads the
   archive where it lies. The archive is untrusted as far as this code is concerned: every length is
   checked against what is there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum cpio_result {
	CPIO_FILE,    /* a file was read */
	CPIO_END,     /* the trailer, or the archive's end */
	CPIO_DAMAGED, /* no magic, no digit where one must be, or a length beyond the archive */
};

struct cpio_file {
	const char *name;    /* terminated; in the archive */
	uint32_t name_bytes; /* without the 0 */
	const uint8_t *data; /* of a symbolic link: its text */
	uint32_t data_bytes;
	uint32_t inode, mode, uid, gid, links, modify_seconds;
	uint32_t device_major, device_minor; /* of a device node */
};

/* Reads the file at *offset of an archive of `bytes` bytes and moves *offset behind it. */
enum cpio_result cpio_next(const uint8_t *archive, uint32_t bytes, uint32_t *offset,
			   struct cpio_file *file);
