/*
 * /proc: which paths there are, and the text of its files from plain facts.  Pure; the forms are
 * Linux's (proc(5)).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum proc_node {
	PROC_OUTSIDE,    /* not below /proc: ".." led out of it */
	PROC_NONE,       /* below /proc, but there is no such thing */
	PROC_BELOW_FILE, /* and it would be below what is no directory */
	PROC_ROOT,
	PROC_SELF,
	PROC_MOUNTS,
	PROC_MEMINFO,
	PROC_UPTIME,
	PROC_LOADAVG,
	PROC_SYSTEM_STAT,
	PROC_CPUINFO,
	PROC_VERSION,
	PROC_FILESYSTEMS,
	PROC_SYS,
	PROC_SYS_KERNEL,
	PROC_HOSTNAME,
	PROC_OSRELEASE,
	PROC_OSTYPE,
	PROC_PID_MAX,
	PROC_PID, /* from here on of a process */
	PROC_STATUS,
	PROC_STAT,
	PROC_STATM,
	PROC_MAPS,
	PROC_CMDLINE,
	PROC_COMM,
	PROC_EXE,
	PROC_CWD,
	PROC_PROCESS_ROOT,
	PROC_PROCESS_MOUNTS,
	PROC_FD,
	PROC_FD_ENTRY,
	PROC_NODES,
};

enum proc_kind { PROC_FILE, PROC_DIRECTORY, PROC_LINK };

struct proc_place {
	enum proc_node node;
	uint32_t pid;    /* of PROC_PID and what is below */
	uint32_t number; /* of PROC_FD_ENTRY */
};

/* Is that path below /proc, or /dev/fd, /dev/stdin and their like?  Then *place is what it is. */
bool proc_find(const char *path, uint32_t self, struct proc_place *place);

/* The same for a path from a directory there. */
bool proc_find_from(const struct proc_place *from, const char *path, uint32_t self,
		    struct proc_place *place);

/* The path of a directory there; no longer than PROC_PATH_BYTES with its 0. */
#define PROC_PATH_BYTES 32u
uint32_t proc_path_of(const struct proc_place *place, char *path);

enum proc_kind proc_kind_of(enum proc_node node);

/* The n-th fixed entry of a directory; its name, or null behind the last. */
const char *proc_entry(enum proc_node directory, unsigned int n, enum proc_node *node);

/* ---------------------------------------------------------------------------------------- text */

struct proc_text {
	char *bytes;
	uint32_t room;
	uint32_t used; /* what had no room is not there */
};

#define PROC_TICKS_PER_S 100u

struct proc_process {
	uint32_t pid, ppid, pgid, sid;
	uint32_t terminal; /* its device number, as stat has it; 0: none */
	uint32_t foreground;
	char state; /* R S T Z */
	const char *name;
	uint32_t uid[4], gid[4]; /* real, effective, saved, of files */
	const uint32_t *groups;
	uint32_t group_count;
	int nice;
	uint32_t threads, umask, descriptors;
	uint64_t user_ticks, system_ticks, children_user_ticks, children_system_ticks, start_ticks;
	uint64_t virtual_bytes, resident_bytes;
	uint64_t pending, blocked, ignored, caught; /* signals, bit n - 1 is signal n */
};

struct proc_system {
	uint64_t uptime_ns, boot_s;
	uint64_t memory_kb, free_kb;
	uint32_t processes, running, last_pid;
	uint64_t user_ticks, system_ticks;
	uint32_t load[3]; /* in hundredths */
	const char *host_name, *release, *version;
	const char *cpu_vendor;
	uint32_t cpu_signature, cpu_features; /* CPUID.1: eax, edx */
};

void proc_put_text(struct proc_text *text, const char *string);
void proc_put_number(struct proc_text *text, uint64_t number);

/* The files of one process, and of the system; of others nothing. */
void proc_process_text(struct proc_text *text, enum proc_node node,
		       const struct proc_process *process);
void proc_system_text(struct proc_text *text, enum proc_node node,
		      const struct proc_system *system);

/* A line of maps; protection as VM_PROT_* has it. */
void proc_maps_line(struct proc_text *text, uint32_t start, uint32_t end, uint32_t protection,
		    bool shared, uint32_t offset, const char *name);
