/* The C side of masix/file.defs. */
#pragma once

#include <stdint.h>
#include <mach/error.h>
#include <mach/kern_return.h>
#include <mach/machine/vm_types.h>

#define FILE_PATH_BYTES_MAX  4096u
#define FILE_NAME_BYTES_MAX  255u
#define FILE_DATA_MAX        4096u     /* bytes in one file_read or file_write */
#define FILE_PAGES_BYTES_MAX 0x100000u /* bytes in one file_read_pages or file_write_pages */
#define FILE_GROUPS_MAX      32u

/*
 * file_share: what a client may know of a file without asking.  The size is that behind the last
 * change that was answered.  "read" is not 0 if the time of access is newer than every change of the
 * file: who copies data meanwhile need not say so.  Otherwise it reads by file_read.
 */
#define FILE_SHARED_MAX   4096u
#define FILE_SHARED_BYTES (FILE_SHARED_MAX * sizeof(struct file_shared))
struct file_shared {
	uint32_t size; /* in bytes */
	uint32_t read;
};

/*
 * What the file server answers beside the kernel's codes: POSIX's errors, with the numbers that
 * they have on Linux/i386, so that a personality has only to cut the number out.
 */
#define FILE_ERROR(number)      ((kern_return_t)(err_local | err_sub(503) | (number)))
#define FILE_IS_ERROR(code)     (((code) & ~0x3fff) == FILE_ERROR(0))
#define FILE_ERROR_NUMBER(code) ((code)&0x3fff)
#define FILE_EPERM              FILE_ERROR(1)
#define FILE_ENOENT             FILE_ERROR(2)
#define FILE_EIO                FILE_ERROR(5)
#define FILE_ENXIO              FILE_ERROR(6)
#define FILE_EBADF              FILE_ERROR(9)
#define FILE_EAGAIN             FILE_ERROR(11)
#define FILE_EACCES             FILE_ERROR(13)
#define FILE_EBUSY              FILE_ERROR(16)
#define FILE_EEXIST             FILE_ERROR(17)
#define FILE_EXDEV              FILE_ERROR(18)
#define FILE_ENOTDIR            FILE_ERROR(20)
#define FILE_EISDIR             FILE_ERROR(21)
#define FILE_EINVAL             FILE_ERROR(22)
#define FILE_ETXTBSY            FILE_ERROR(26)
#define FILE_EFBIG              FILE_ERROR(27)
#define FILE_ENOSPC             FILE_ERROR(28)
#define FILE_ESPIPE             FILE_ERROR(29)
#define FILE_EMLINK             FILE_ERROR(31)
#define FILE_EPIPE              FILE_ERROR(32)
#define FILE_EDEADLK            FILE_ERROR(35)
#define FILE_ENAMETOOLONG       FILE_ERROR(36)
#define FILE_ENOTEMPTY          FILE_ERROR(39)
#define FILE_ELOOP              FILE_ERROR(40)

/*
 * What an open file may be used for, decided when it is opened (file_open, file_reopen).  A
 * directory is read with FILE_READ; names in it are looked up by whoever has it open, in the name
 * of the identity that each call brings.
 */
#define FILE_READ      0x1
#define FILE_WRITE     0x2
#define FILE_EXECUTE   0x4  /* file_map to execute, and so to read */
#define FILE_APPEND    0x8  /* each write goes to the end */
#define FILE_CREATE    0x10 /* make the file if it is not there */
#define FILE_EXCLUSIVE 0x20 /* with FILE_CREATE: it must not be there */
#define FILE_TRUNCATE  0x40
#define FILE_DIRECTORY 0x80  /* it must be a directory */
#define FILE_NO_FOLLOW 0x100 /* a symbolic link at the end of the path is not followed */
#define FILE_HANDLE    0x200 /* open nothing: only a hold on the file, as with O_PATH */
#define FILE_NOW       0x400 /* do not wait: a FIFO's other end, data, a lock */
#define FILE_AS_REAL   0x800 /* file_check_access: nothing; for personalities */
#define FILE_FLAGS_ALL 0xfff

/*
 * An identity, in whose name a call is made: uid, gid, and the supplementary groups.  None at all:
 * nothing is checked, and what is made belongs to 0; only who holds an unrestricted handle may do
 * that (the root directory as the process server hands it out; every handle that is opened from an
 * unrestricted one is one too, unless it is opened with FILE_RESTRICTED: then it, and all that is
 * opened from it, takes calls in the name of that identity alone).  The server's public port is
 * restricted to nobody: 65534, 65534, and no other groups.
 */
#define FILE_RESTRICTED 0x1000
typedef natural_t file_identity_t[]; /* at most 2 + FILE_GROUPS_MAX */

/* The kind of a file, in its mode as on Linux. */
#define FILE_MODE_KIND      0170000
#define FILE_MODE_FIFO      0010000
#define FILE_MODE_CHARACTER 0020000
#define FILE_MODE_DIRECTORY 0040000
#define FILE_MODE_BLOCK     0060000
#define FILE_MODE_REGULAR   0100000
#define FILE_MODE_SYMLINK   0120000
#define FILE_MODE_SOCKET    0140000

struct file_attributes {
	uint64_t number;
	uint64_t size;
	uint64_t device;   /* of a device node: major << 32 | minor */
	uint64_t blocks;   /* of 512 bytes */
	int64_t access_ns; /* since 1970 */
	int64_t modify_ns;
	int64_t change_ns;
	uint32_t mode; /* kind and permissions */
	uint32_t uid;
	uint32_t gid;
	uint32_t links;
	uint32_t generation; /* changes with every change of data or entries */
	uint32_t spare;
};

typedef struct file_attributes file_attributes_t;
_Static_assert(sizeof(struct file_attributes) == 80, "attributes travel");

/* file_set_attributes. */
#define FILE_SET_MODE       0x1
#define FILE_SET_UID        0x2
#define FILE_SET_GID        0x4
#define FILE_SET_SIZE       0x8
#define FILE_SET_ACCESS     0x10
#define FILE_SET_MODIFY     0x20
#define FILE_SET_ACCESS_NOW 0x40
#define FILE_SET_MODIFY_NOW 0x80
#define FILE_SET_ALL        0xff

/* An offset that means: where the open file stands, which moves. */
#define FILE_CURRENT (-1LL)

/* file_seek. */
#define FILE_SEEK_SET     0
#define FILE_SEEK_CURRENT 1
#define FILE_SEEK_END     2

/* What file_read_directory returns: one after the other, each padded to 8 bytes. */
struct file_entry {
	uint64_t number;
	uint64_t cookie; /* where to go on behind this entry */
	uint16_t bytes;  /* to the next entry */
	uint8_t kind;    /* FILE_MODE_* >> 12, as d_type has it */
	uint8_t name_bytes;
	char name[4]; /* name_bytes, then a 0 */
};

/* file_unlink. */
#define FILE_REMOVE_DIRECTORY 0x1

/* file_rename. */
#define FILE_RENAME_EXCLUSIVE 0x1 /* nothing is replaced */
#define FILE_RENAME_EXCHANGE  0x2

/* file_lock. */
#define FILE_LOCK_NONE   0
#define FILE_LOCK_READ   1
#define FILE_LOCK_WRITE  2
#define FILE_LOCK_TO_END (-1LL)

/* Events of file_watch: the kind of each; the value is the file's generation. */
#define FILE_EVENT_DATA       1 /* data or size changed */
#define FILE_EVENT_ATTRIBUTES 2
#define FILE_EVENT_ENTRIES    3 /* of a directory */
#define FILE_EVENT_REMOVED    4
#define FILE_EVENT_READABLE   5 /* a FIFO: the value is FILE_POLL_* */
#define FILE_EVENT_WRITABLE   6

/* file_poll. */
#define FILE_POLL_READABLE 0x1
#define FILE_POLL_WRITABLE 0x2
#define FILE_POLL_HANGUP   0x4
#define FILE_POLL_ERROR    0x8

/* file_get_system. */
struct file_system_info {
	uint64_t bytes_total;
	uint64_t bytes_free;
	uint64_t files_total;
	uint64_t files_free;
	uint32_t block_bytes;
	uint32_t name_bytes_max;
};
typedef struct file_system_info file_system_info_t;

/* Without a size, since callers hand over less than the greatest: count says how much. */
typedef char file_path_t[];
typedef char file_data_t[];
