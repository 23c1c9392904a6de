/* Processes and threads, as the server knows them. */
#pragma once

#include "request.h"
#include "signals.h"

struct descriptors;
struct terminal;
struct run;
struct quota;

#define GROUPS_MAX 32u

/* Linux's wait status. */
#define STATUS_EXIT(code)   (((code)&0xff) << 8)
#define STATUS_SIGNAL(n)    (n)
#define STATUS_STOPPED(n)   ((n) << 8 | 0x7f)
#define STATUS_CONTINUED    0xffff

enum process_state {
	PROCESS_NEW, /* is being made: nobody sees it */
	PROCESS_RUNS,
	PROCESS_STOPPED_,
	PROCESS_ZOMBIE,
};

/* What siginfo has beside the number, of each signal that waits. */
struct signal_info {
	uint32_t code;
	uint32_t field[4];
};

#define SIGNAL_QUEUED	   32u /* POSIX's real time signals: each that is sent is taken */
#define SIGNALS_QUEUED_MAX 1024u

struct queued_signal {
	struct queued_signal *next;
	uint32_t signal;
	struct signal_info info;
};

struct signals {
	uint64_t waiting;
	struct signal_info info[UNIX_SIGNALS];
	struct queued_signal *queue; /* more of those from SIGNAL_QUEUED on */
};

struct identity {
	uint32_t uid, euid, suid, fsuid;
	uint32_t gid, egid, sgid, fsgid;
	uint32_t group_count;
	uint32_t groups[GROUPS_MAX];
};

struct process {
	uint32_t pid;
	uint32_t pgid, sid;
	enum process_state state;
	struct process *next; /* all of them, the youngest first */
	struct process *next_grave;
	struct process *next_ending;
	struct process *parent;
	struct process *children, *next_sibling;
	struct terminal *terminal; /* the controlling one, or null */
	struct identity identity;
	uint32_t status;	 /* how it ended, stopped or went on */
	bool status_is_news;	 /* for a wait of the parent */
	uint32_t exit_signal;	 /* to the parent: SIGCHLD */
	bool executed;		 /* setpgid by the parent is too late */
	bool ending;		 /* no call is begun any more */
	unsigned int held;	 /* handlers of its calls that are not back */
	bool discarded;		 /* and then it is freed */
	struct wait_queue child_waiters;  /* its threads that wait for children */
	struct wait_queue signal_waiters; /* ... for signals */
	struct process *vfork;	     /* the parent that waits for this one's exec or end, or null */
	struct process *vfork_child; /* the other way round */
	struct quota *quota; /* what it was started as has, with all its descendants (quota.h) */
	struct run *run; /* that it was started as, or null: it was forked */
	mach_port_t task;
	mach_port_t adopted; /* the task that the process server knows, or null (adopt.c) */
	char adopted_name[16];
	bool known; /* to the process server, by its pid */
	mach_port_t pages_memory;
	struct unix_process_page *page; /* of UNIX_PAGES_PIECE pages */
	struct unix_process_page *old_pages; /* of tasks that ended; while handlers run */
	struct ipc_client *client;
	struct thread *threads;
	unsigned int thread_count;
	struct signals signals; /* for any of its threads */
	uint64_t alarm_at, alarm_interval; /* ITIMER_REAL, in ns; 0: off */
	uint32_t limits[16][2];
	struct descriptors *descriptors;
	mach_port_t root, directory; /* of file.defs */
	uint32_t proc_node, proc_pid; /* the directory is below /proc (special.c); 0: it is not */
	mach_port_t program;	     /* what it executes, or null */
	uint32_t umask;
	int nice;	 /* call_schedule.c */
	uint32_t policy; /* SCHED_OTHER, SCHED_BATCH or SCHED_IDLE, which are the same */
	char name[16];
	char *command; /* /proc/N/cmdline: arguments, each with its 0 */
	uint32_t command_bytes;
	uint64_t started; /* ns since boot */
	uint64_t user_ns, system_ns; /* of tasks it had before exec */
	uint64_t children_user_ns, children_system_ns;
};

struct thread {
	struct process *process; /* null: it has ended, the object is still held */
	struct thread *next;	 /* in its process */
	uint32_t number;	 /* of its page and stack: 1... */
	uint32_t tid;
	mach_port_t port;
	struct unix_thread_page *page;
	struct ipc_object *object;
	struct request *request; /* the one that waits, or null */
	bool running;		 /* in the handler of a call */
	bool ended;		 /* meanwhile */
	uint32_t ends_seen;	 /* process_ends when it last had no page */
	struct signals signals;
};

extern struct process *processes;
extern uint32_t process_ends; /* how many processes have ended */

/* Around a walk through them in which processes may end. */
void processes_walk_begin(void);
void processes_walk_end(void);

static inline bool process_is_alive(const struct process *process)
{
	return process->state == PROCESS_RUNS || process->state == PROCESS_STOPPED_;
}

struct process *process_find(uint32_t pid);

/* The thread with that id, in any process. */
struct thread *thread_find(uint32_t tid);

/*
 * A process without task or threads; a copy of what "parent" (may be null) hands down.  Null: no
 * memory, no pid, no place in the quota.
 */
struct process *process_create(struct process *parent);

/*
 * A handler that lets go of the lock finds its process again: what it refers to stays until all
 * handlers are back, even if it ends.
 */
void process_hold(struct process *process);
void process_let_go(struct process *process);

/* One that was never seen is gone again. */
void process_discard(struct process *process);

/* Its threads and task end, its parent is told; it is a zombie until waited for. */
void process_end(struct process *process, uint32_t status);

/* The parent's SIGCHLD and its waits; code as siginfo has it (CLD_*). */
void process_tell_parent(struct process *process, uint32_t code, uint32_t status);

/* The parent that vforked this process goes on. */
void process_vfork_done(struct process *process);

/* A number that no process, group, session or thread has, for a thread; 0: none is free. */
uint32_t process_new_tid(void);
void process_set_node(uint32_t number);

/* The session's leader ends: its terminal is nobody's (the terminals' file). */
void terminal_session_ends(struct process *leader);

/* A zombie that was waited for, or whose parent does not care. */
void process_reap(struct process *process);

/* All in a process group; "function" returns false to stop. */
void process_group_each(uint32_t pgid, bool (*function)(struct process *process, void *argument),
			void *argument);

/* Is it a group with a member in the session, and is it orphaned? */
bool process_group_in_session(uint32_t pgid, uint32_t sid);
bool process_group_is_orphaned(uint32_t pgid);
bool process_group_exists(uint32_t pgid);

/* Copies pid, ids ... to the process's page, where the library reads them. */
void process_show(struct process *process);

/* May one send signals, see and change the other? */
bool process_may_signal(const struct process *from, const struct process *to);

/* ------------------------------------------------------------------------- task.c: the Mach side */

/*
 * A task for the process, as a copy of "parent" (its memory, copy on write or, "share", the same) or
 * empty (null).  -ENOMEM, -EAGAIN.
 */
int task_make(struct process *process, struct process *parent, bool share);
void task_end(struct process *process);

/* Nobody looks at the pages of its old tasks any more. */
void task_free_pages(struct process *process);

/* robust.c: the locks that its threads hold are marked as nobody's, before its task ends. */
void process_leave_locks(struct process *process);

/* The processor time of its task is the process's, before the task ends (call_time.c). */
void process_keep_times(struct process *process);

/*
 * A thread, suspended: its page, its stack, its port to the server, its rights in the task.  Its
 * registers are those in the page when thread_start lets it go.
 */
int thread_make(struct process *process, struct thread **thread);
void thread_start(struct thread *thread);
void thread_end(struct thread *thread);

/* call_schedule.c: gives its task the priority of its nice value. */
void process_schedule(struct process *process);

/* call_time.c: what its tasks have used so far; and what the system is called. */
void process_times(const struct process *process, uint64_t *user_ns, uint64_t *system_ns);
const char *system_host_name(void);

/* At start, before there are processes. */
void system_set_host_name(const char *name);
#define SYSTEM_RELEASE "6.1.0"
#define SYSTEM_VERSION "#1 Masix"

/* Another part of the program's memory, by the server.  -EFAULT. */
int task_write(struct process *process, uint32_t address, const void *data, uint32_t bytes);
int task_read(struct process *process, uint32_t address, void *data, uint32_t bytes);

/* ------------------------------------------------------------------------------- exec.c */

/*
 * Replaces the process's program: 0, and all its old threads are gone, "old" (null: it had none),
 * which called, among them; or an error, and nothing has changed.  The lock is given up meanwhile.
 */
int process_execute(struct process *process, struct thread *old, mach_port_t directory,
		    const char *path, const char *arguments, uint32_t arguments_bytes,
		    const char *environment, uint32_t environment_bytes);

/* -------------------------------------------------------------------------------- signal.c */


/*
 * A signal for a process, or for one of its threads; taken when the library comes by.  False: too
 * many of a kind that is queued.
 */
bool signal_process(struct process *process, uint32_t signal, const struct signal_info *info);
bool signal_thread(struct thread *thread, uint32_t signal, const struct signal_info *info);
void signal_group(uint32_t pgid, uint32_t signal, const struct signal_info *info);

/* Sends SIGALRM to those whose alarm is due; when the next is, or 0. */
uint64_t signal_alarms(uint64_t now);

/* Takes the lowest that waits and is in "wanted"; 0: there is none. */
uint32_t signal_take(struct thread *thread, uint64_t wanted, struct signal_info *info);

/* What waits is gone, if the process ignores it now. */
void signal_discard_ignored(struct process *process, uint32_t signal);

/* What is queued is freed. */
void signals_release(struct signals *signals);

/* Is there one that the thread will take (not blocked, not ignored)? */
bool signal_is_waiting(const struct thread *thread);

/* Does it ignore or block that signal? */
bool signal_is_held(const struct thread *thread, uint32_t signal);
