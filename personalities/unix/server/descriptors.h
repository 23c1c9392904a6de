/* Open files and the tables of descriptors that name them. */
#pragma once

#include "process.h"

struct open_file;

/* poll's events. */
#define POLL_IN	    0x001u
#define POLL_PRIORITY 0x002u
#define POLL_OUT    0x004u
#define POLL_ERROR  0x008u
#define POLL_HANGUP 0x010u
#define POLL_BAD    0x020u
#define POLL_RDNORM   0x040u
#define POLL_WRNORM   0x100u
#define POLL_RDHUP  0x2000u

/*
 * A kind of open file.  Each function is called with the lock held; one that is null is refused with
 * the error that POSIX has for it.  read and write may wait (request_wait); they get bytes for the
 * whole call at once.
 */
struct open_file_kind {
	int (*read)(struct request *request, struct open_file *file, void *data, uint32_t bytes,
		    int64_t offset);
	int (*write)(struct request *request, struct open_file *file, const void *data,
		     uint32_t bytes, int64_t offset);
	int (*seek)(struct open_file *file, int64_t offset, uint32_t whence, int64_t *position);
	/* Fills struct file_attributes of masix/file.h. */
	int (*attributes)(struct open_file *file, void *attributes);
	/* The events that are there now; a wait for others waits on what it adds to the request. */
	uint32_t (*poll)(struct request *request, struct open_file *file, uint32_t events);
	/*
	 * Entries of a directory behind "cookie", as file_read_directory has them; how many bytes.
	 */
	int (*entries)(struct open_file *file, uint64_t cookie, char *data, uint32_t room);
	int (*ioctl)(struct request *request, struct open_file *file, uint32_t command);
	/* Nobody names it any more. */
	void (*close)(struct open_file *file);
	uint8_t alone; /* what the library may do with it alone: UNIX_READS_*, UNIX_TAKES_ALL */
};

#define FILE_CURRENT_OFFSET (-1LL)
#define FILE_OFFSET_ASK	    (-1LL)

struct open_file {
	const struct open_file_kind *kind;
	unsigned int references;
	struct quota *quota; /* of the first process with a descriptor for it; null: none yet */
	uint32_t flags; /* O_ACCMODE, O_APPEND, O_NONBLOCK ... */
	mach_port_t port; /* of the file server, or null: attributes, directories, mapping */
	void *data;	  /* the kind's */
	uint64_t number;  /* file_kind: the file's */
	int64_t offset;	  /* file_kind: FILE_OFFSET_ASK, or where it stands */
	bool appends;	  /* file_kind: the port was opened so */
	uint8_t reads;	  /* file_kind: how many, up to those from which it is shared (direct.c) */
	mach_port_t window; /* ... then: its data, */
	uint32_t place;	    /* and where its size stands */
	bool moving;	  /* a read or write at the offset has let go of the lock */
	struct wait_queue waiters; /* for its end */
	uint32_t lock_owner; /* of its own locks (F_OFD_SETLK); 0: it had none */
	uint32_t owner;	  /* F_SETOWN */
};

struct descriptors; /* a table */

struct descriptors *descriptors_create(void);
struct descriptors *descriptors_copy(struct descriptors *from);  /* fork */
struct descriptors *descriptors_share(struct descriptors *from); /* CLONE_FILES */
void descriptors_release(struct descriptors *table);

/* The process has a new page: tells the library what it may answer alone. */
void descriptors_show(struct process *process);
void descriptors_execute(struct descriptors *table); /* FD_CLOEXEC's are closed */

/* The open file behind a descriptor, with a reference, or null. */
struct open_file *descriptors_get(struct process *process, int descriptor);

/* The lowest free descriptor from "least" on; takes the reference.  -EMFILE, -ENFILE: it does not. */
int descriptors_add(struct process *process, struct open_file *file, int least,
		    bool close_on_exec);

/* The same at a given number, whatever stood there.  -EBADF: no such number can be. */
int descriptors_put(struct process *process, struct open_file *file, uint32_t number,
		    bool close_on_exec);

/* -EBADF. */
int descriptors_close(struct process *process, int number);

/* All numbers are below this. */
uint32_t descriptors_last(const struct process *process);

/* FD_CLOEXEC, of one that is open. */
bool descriptors_close_on_exec(const struct process *process, int number);
void descriptors_set_close_on_exec(struct process *process, int number, bool close_on_exec);

/*
 * Who owns the record locks of a process: a table of descriptors, as on Linux; its low 32 bits are
 * the process that made it.
 */
int64_t descriptors_lock_owner(struct process *process);

/* A descriptor of this file is closed: the table's record locks go (POSIX; locks.c). */
void open_file_closed(int64_t owner, struct open_file *file);

struct open_file *open_file_create(const struct open_file_kind *kind, uint32_t flags, void *data);
void open_file_reference(struct open_file *file);
void open_file_release(struct open_file *file);
