/*
 * A test that plays the ACS to a real process server booted beside it: it meets it as
 * process_boot.defs says, answers acs_control.defs, and its clients' ports lead to the test.
 */
#pragma once

#include "harness.h"
#include "process_report.h"
#include <masix/acs.h>

/* The name of the node's one program, from the archive. */
#define PROCESS_CHILD "servers/child"

/* What the roster gives a server; null: it knows none of that name. */
typedef const struct acs_server_entry *(*process_acs_roster_t)(const char *name);

struct process_acs_started {
	int64_t task_number;
	acs_digest_t digest;
	acs_name_t name;
	unsigned int times;
};

extern struct process_acs_started process_acs_last; /* acs_start_server */
extern mach_port_t process_acs_boot;                /* its port of process_boot.defs */
extern mach_port_t process_acs_io;                  /* what process_boot_get_ports gave */
/* Answers acs_register_process, on a thread that must not use the C library; takes the right. */
extern kern_return_t (*process_acs_registered)(mach_port_t trusted);
extern const char *process_acs_refused; /* acs_start_server: this one has the wrong digest */

/*
 * Before test_begin: meets the process server, after which it starts what /etc/servers says.  What
 * the meeting's calls answered is checked later.
 */
void process_acs_start(int argc, char **argv, process_acs_roster_t roster);
void process_acs_check_meeting(void);

/* A roster that gives every server its start, and nothing else. */
const struct acs_server_entry *process_acs_gives_nothing(const char *name);

/* The two programs that /etc/servers of such a test has. */
struct process_acs_pair {
	struct process_report reports[2]; /* in the order in which they came */
	mach_port_t administrator, plain; /* their processes */
	natural_t administrator_id, plain_id;
};

/* process_acs_start, and the reports of the two, of which the administrator is started first. */
void process_acs_meet(int argc, char **argv, process_acs_roster_t roster,
		      struct process_acs_pair *pair);
extern kern_return_t process_acs_met[5];

/*
 * Makes the process server start all its workers, which it keeps: eight children at once die or
 * fault, as often as it takes.  So what it needs of the kernel afterwards is what its processes
 * need.
 */
void process_acs_warm_up(mach_port_t parent);

/* The next report of a child; false: none came in time. */
boolean_t process_acs_report(struct process_report *report, mach_msg_timeout_t time_ms);

/*
 * From now on, until the second one, whatever comes for the clients' port is destroyed at once: who
 * sends noise there, as process_get_ports gives it away, need not wait for us.
 */
void process_acs_ignore_begin(void);
void process_acs_ignore_end(void);

/* Drops the rights of a report. */
void process_acs_drop(struct process_report *report);

/* The image of the child, as a memory object, and its size. */
mach_port_t process_acs_image(natural_t *bytes);

/* The same in memory of ours. */
const void *process_acs_image_data(natural_t *bytes);

/* Starts the child with these arguments ("a\0b\0", with the last 0). */
kern_return_t process_acs_spawn(mach_port_t parent, const char *text, natural_t bytes,
				natural_t flags, natural_t pages, mach_port_t *child,
				natural_t *id);
#define SPAWN(parent, text, flags, child, id)                                                      \
	process_acs_spawn(parent, "child\0" text, sizeof("child\0" text), flags,                   \
			  PROCESS_PAGES_INHERIT, child, id)

/* Does the node's log have that text?  Asks for at most 5 s. */
boolean_t process_acs_log_has(mach_port_t administrator, const char *text);
