/* What the files of the process server share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ipc/ipc.h>
#include <ipc/sync.h>
#include <masix/acs.h>
#include <masix/process.h>
#include <trust/trust.h>
#include "family_core.h"
#include "log_core.h"
#include "restart_core.h"
#include "servers_core.h"

#define UNLIMITED 0xffffffffu

/* struct process, flags. */
#define IS_ADMINISTRATOR 0x1u
#define IS_SERVER        0x2u
#define IS_ADOPTED       0x4u /* a personality's task: no port, no image, no parent who waits */
#define IS_ESSENTIAL     0x8u /* nobody may end it */
#define IS_SUSPENDED     0x10u
#define IS_FORGOTTEN     0x20u

/*
 * A process.  It is in the table from its start until its end was asked for (or nobody could ask);
 * then its memory stays for those who have a reference.  Fields: [I] never change, [s] the state
 * lock's.
 */
struct process {
	struct family_member family;       /* s; first: a member is its process */
	uint32_t references;               /* s: the table, each object, each waiting call */
	uint32_t flags;                    /* s */
	uint32_t status;                   /* s: after its end */
	uint32_t pages;                    /* s: its quota */
	uint64_t task_number;              /* s: of a personality's it changes with its task */
	mach_port_t task;                  /* s: a send right; null: it has ended */
	mach_port_t thread;                /* s: of one that is suspended */
	mach_port_t ports[STANDARD_PORTS]; /* I: send rights */
	masix_digest_t digest;             /* I */
	char name[PROCESS_NAME_BYTES];     /* s */
	struct ipc_object *object;         /* s: one reference each; null after its end */
	struct ipc_object *log;            /* s */
	struct ipc_notifier *notifier;     /* s */
	uint32_t notify_key;               /* s */
	struct waiter *waiters;            /* s: calls of process_wait */
	struct log_line line;              /* the log's lock */
	struct server *server;             /* I: null: it is none of /etc/servers */
	struct process *personality;       /* I: who adopted it; a number, not a reference */
	mach_port_t image;                 /* I: for symbols: a memory object, or */
	const uint8_t *archived;           /* I: in the archive */
	uint32_t image_bytes;              /* I */
	uint32_t milliseconds;             /* s: of processor time, once it has ended */
	uint32_t pages_used;               /* s: likewise */
};

/* A thing that the roster gives a server. */
struct resource {
	uint32_t kind;
	uint32_t first;
	uint32_t count;
	mach_port_t port; /* stays for ever: a server that comes again gets the same */
};

#define RESOURCES_MAX 32u

/* One line of /etc/servers.  Fields: the state lock's. */
struct server {
	struct servers_entry entry; /* never changes */
	struct process *process;    /* null: it does not run */
	struct restart restart;
	uint32_t state;  /* PROCESS_SERVER_* */
	uint32_t starts; /* since boot */
	uint32_t status; /* of its last end */
	uint64_t due_ms; /* when it waits */
	bool granted;    /* its resources were asked for */
	struct acs_server_entry roster;
	uint32_t resources;
	struct resource resource[RESOURCES_MAX];
	mach_port_t kept; /* process_keep */
	uint32_t kept_bytes;
};

/* main.c: what the boot script gave. */
extern mach_port_t host_privileged;
extern mach_port_t device_master;
extern struct ipc_bucket *bucket;
extern struct ipc_lock state_lock; /* of all processes and servers */
extern struct ipc_class process_class;
extern struct ipc_class log_class;
uint64_t milliseconds_now(void);

/* boot.c: meeting the ACS. */
extern struct ipc_class boot_class;
extern mach_port_t acs_control;
/* Makes the boot port known to the ACS and lets it run. */
kern_return_t boot_acs(mach_port_t acs_task);
/* Waits until it serves. */
void boot_wait(void);

/* table.c: all processes.  The state lock is held where it says so. */
extern struct family family;
void table_start(uint32_t node);
/*
 * A record with a fresh id, one reference, not in the table yet; null: *error.  "privileged": it
 * may be one of the last that there is room for.  wanted: the id, if a personality chose it, or 0.
 */
struct process *process_create(struct process *parent, bool privileged, uint32_t wanted,
			       const char *name, kern_return_t *error);
/* The name, without what reports and lists should not show.  Locked, or not in the table yet. */
void process_set_name(struct process *process, const char *name);
/* One that never was in the table. */
void process_discard(struct process *process);
/* Locked: enters it; parent may be null, or ended meanwhile, which is null. */
void process_enter(struct process *process, struct process *parent);
/* Locked. */
void process_reference(struct process *process);
void process_release_locked(struct process *process);
void process_release(struct process *process);
struct process *process_of_id(uint32_t id);
struct process *process_of_task(mach_port_t task);
/* Its end; again does nothing.  Not locked. */
void process_end(struct process *process, uint32_t status);
/* Ends all that a personality adopted, and forgets them.  Not locked. */
void process_end_adopted(struct process *personality);
/* Locked: an ended child is forgotten, its id free. */
void process_reap(struct process *process);

/* wait.c: process_wait. */
struct waiter;
/* Locked: tells the parent, by an answer that waits or by an event.  True: it was reaped. */
bool wait_deliver(struct process *child);

/* image.c, load.c: from an image to a task. */
struct image {
	const uint8_t *data; /* private, and cannot fault */
	uint32_t bytes;
	bool mapped; /* image_close unmaps it */
};
kern_return_t image_open(mach_port_t memory, uint32_t bytes, struct image *image);
void image_close(struct image *image);

struct strings {
	const char *text; /* each ended by a 0 */
	uint32_t bytes;
};
struct program_start {
	uint32_t entry;
	uint32_t stack;
};
/* *why is what is wrong with the image, or null: then the code says it. */
kern_return_t load_program(mach_port_t task, const struct image *image, struct strings arguments,
			   struct strings environment, struct program_start *start,
			   const char **why);

/* spawn.c: a process from an image. */
struct spawn {
	struct process *parent; /* null: the process server starts it */
	const char *name;
	const struct image *image;
	mach_port_t memory;      /* of the image, for crash reports; consumed on success */
	const uint8_t *archived; /* or this */
	struct strings arguments;
	struct strings environment;
	const mach_port_t *ports; /* STANDARD_PORTS; consumed on success */
	uint32_t flags;           /* of struct process */
	uint32_t pages;
	struct server *server;
	const char *why; /* out, as load_program says */
};
/* The process has run (unless IS_SUSPENDED); the reference is the caller's. */
kern_return_t spawn_process(struct spawn *spawn, struct process **process);
void spawn_resume(struct process *process);

/* events.c: the thread that hears of exceptions and of tasks that died. */
kern_return_t events_start(void);
extern mach_port_t exception_port;
void events_watch(mach_port_t task);
void events_unwatch(mach_port_t task);

/* crash.c */
void crash_report(struct process *process, mach_port_t thread, int exception, int code,
		  int subcode);

/* log.c */
void log_start(void);
/* One line, from the process server itself. */
void log_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line about a process: its name is set before it. */
void log_line_of(const char *name, const char *text);
/* What the kernel has said meanwhile. */
void log_pump(void);
uint32_t log_copy(uint64_t *position, char *text, uint32_t bytes_max);

/* archive.c: the boot archive, where it lies. */
kern_return_t archive_open(void);
bool archive_find(const char *path, struct image *image);

/* resources.c */
void resources_start(void);
/* What the roster gives a server becomes ports; what is another's is refused, and logged. */
void resources_grant(struct server *server, uint32_t owner);
/* The ports of fw_cfg, once. */
mach_port_t resources_fw_cfg(void);
/* Those of the line by which rosters come, once. */
mach_port_t resources_roster_line(void);

/* servers.c: those of /etc/servers. */
extern struct server servers[SERVERS_MAX];
extern uint32_t server_count;
/* Starts them, and again when they end; does not return. */
void servers_run(void *unused);
/* Locked: a server's process has ended. */
void servers_ended(struct server *server, uint32_t status);
/* Something changed that a start may have waited for. */
void servers_wake(void);
kern_return_t servers_start_again(const char *name);
extern mach_port_t root_directory; /* process_set_root, or null */

/* personality.c: lets personality servers of this node in, by lib/trust. */
void personality_start(const acs_digest_t node);
kern_return_t personality_accept(const struct trust_peer *peer, struct ipc_client *client,
				 struct ipc_object **object);

/* counters.c */
enum counter {
	COUNTER_SPAWNED,
	COUNTER_REFUSED, /* spawns */
	COUNTER_ENDED,
	COUNTER_FAULTS,
	COUNTER_RESTARTS,
	COUNTER_LOG_LINES,
	COUNTERS_OWN
};
void counter_add(enum counter counter);
void counters_read(masix_counter_t counters[COUNTERS_OWN]);
