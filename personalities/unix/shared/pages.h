/*
 * The pages that the Unix server shares with each of its tasks.  The server trusts nothing in them:
 * a program that writes here hurts itself.  Assembly knows the offsets that are asserted below.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <masix/masix_host.h>
#include "layout.h"

#define UNIX_SIGNALS 64

/* The program's registers, in the order of Linux's struct sigcontext. */
struct unix_registers {
	uint32_t gs, fs, es, ds;
	uint32_t edi, esi, ebp, esp_unused, ebx, edx, ecx, eax;
	uint32_t trapno, error; /* of the last fault */
	uint32_t cs, ss;
	uint32_t cr2;
};

/* Where a thread is, as the library says. */
#define UNIX_STATE_PROGRAM 0
#define UNIX_STATE_LIBRARY 1
#define UNIX_STATE_SERVER  2 /* waits for an answer of the server */
#define UNIX_STATE_KERNEL  3 /* waits in gsync_wait, between the marks of the text header */

/* Page n: a thread. */
struct unix_thread_page {
	struct masix_redirect_block
		block; /* eip, eflags and esp of the program; the kernel writes it */
	struct unix_registers registers;
	uint32_t call;        /* eax at int $0x80: for a restart */
	uint32_t in_call;     /* not 0: the result in eax is that of a call, and may be a restart */
	uint32_t state;       /* UNIX_STATE_* */
	uint32_t pending;     /* not 0: ask unix_take_signal before going back; set by the server */
	uint32_t restore_all; /* not 0: the exit loads the segment registers too */
	uint32_t number;      /* of the thread in its process: 1... */
	uint32_t tid;
	uint32_t server_port; /* names in the task's port space */
	uint32_t thread_port;
	uint32_t reply_port;
	uint64_t waiting; /* the server's: signals that wait for this thread or its process */
	uint64_t blocked; /* the signal mask: bit n - 1 is signal n */
	uint64_t blocked_before; /* of sigsuspend, ppoll ...: restored after the handler's frame has
				    it */
	uint32_t restore_blocked; /* not 0: blocked_before is to be restored */
	uint32_t alternate_base, alternate_bytes, alternate_flags; /* sigaltstack */
	uint32_t clear_tid;   /* address: zeroed and woken when the thread ends */
	uint32_t robust_list; /* address */
	uint32_t tls[3][2];   /* set_thread_area's descriptors */
	/* movl block.esp, %esp; jmp *block.eip: written by the server */
	uint8_t exit_code[32] __attribute__((aligned(256)));
};

/* One signal's action, as rt_sigaction has it. */
struct unix_action {
	uint32_t handler; /* 0: default, 1: ignore */
	uint32_t flags;
	uint32_t restorer;
	uint32_t mask_low, mask_high;
};

/*
 * What the library may answer alone of a descriptor: the server keeps it true, and says nothing of
 * descriptors that two processes share (CLONE_FILES) or whose numbers are high.
 */
#define UNIX_READS_ZEROS     1u /* as many as are asked for */
#define UNIX_READS_NOTHING   2u /* always at its end */
#define UNIX_TAKES_ALL       4u /* what is written is gone */
#define UNIX_DESCRIPTORS_MAX 256u

/* Page 0: the process. */
struct unix_process_page {
	uint32_t version;   /* UNIX_PAGES_VERSION */
	uint32_t task_port; /* name in the task's own port space */
	uint32_t pid, ppid, pgid, sid;
	uint32_t uid, euid, suid, gid, egid, sgid;
	uint32_t umask;
	uint32_t break_start, break_end;          /* brk: what the program has now */
	uint32_t break_mapped;                    /* memory is there up to here */
	uint32_t limits[16][2];                   /* getrlimit: soft, hard */
	uint32_t host_port;                       /* the library's: the host's name, or 0 */
	struct unix_action actions[UNIX_SIGNALS]; /* signal n at n - 1 */
	uint8_t descriptors[UNIX_DESCRIPTORS_MAX]; /* UNIX_READS_*, UNIX_TAKES_ALL; 0: ask */
};

#define UNIX_PAGES_VERSION 1

_Static_assert(sizeof(struct unix_thread_page) <= UNIX_PAGE_BYTES, "one page");
_Static_assert(sizeof(struct unix_process_page) <= UNIX_PAGE_BYTES, "one page");

/*
 * At UNIX_LIBRARY_ADDRESS: where the server finds its way in the library's text.  All are
 * addresses.
 */
struct unix_library_header {
	uint32_t magic; /* UNIX_LIBRARY_MAGIC */
	uint32_t version;
	uint32_t entry;        /* the redirect's handler: int $0x80 comes here */
	uint32_t exit;         /* a thread begins here, and goes back to the program */
	uint32_t exit_checked; /* from here ... */
	uint32_t exit_end;     /* ... to here pending is not looked at again: restart at exit */
	uint32_t wait_checked; /* from here ... */
	uint32_t wait_trap;    /* ... to here (the trap itself) a wait may begin although pending is
				  set: */
	uint32_t wait_return;  /* go on here; a thread that is in the trap has this as its eip */
	uint32_t copy_start;   /* a fault between these two ... */
	uint32_t copy_end;
	uint32_t copy_failed;   /* ... goes on here */
	uint32_t signal_return; /* default restorers, for programs without SA_RESTORER */
	uint32_t signal_return_rt;
};
#define UNIX_LIBRARY_MAGIC 0x58494e55u
