/* The C side of the process server's interfaces (process.defs and its neighbours). */
#pragma once

#include <stdint.h>
#include <mach/error.h>
#include <mach/kern_return.h>
#include <mach/machine/vm_types.h>
#include <masix/masix_host.h>

/*
 * The standard ports: every task that the process server starts has them, at these places of the
 * array that process_get_ports returns.  MACH_PORT_NULL: it was given none.  The process port
 * itself is the task's bootstrap port.
 */
#define STANDARD_PORT_ACS          0 /* names of servers: acs.defs */
#define STANDARD_PORT_LOG          1 /* the node's log: process_log */
#define STANDARD_PORT_INPUT        2 /* a console (console.defs) or an open file (file.defs) */
#define STANDARD_PORT_OUTPUT       3
#define STANDARD_PORT_ERROR        4
#define STANDARD_PORT_ROOT         5 /* directories: file.defs */
#define STANDARD_PORT_DIRECTORY    6
#define STANDARD_PORT_REGISTRATION 7 /* of a server alone: acs_register.defs */
#define STANDARD_PORTS             8

#define PROCESS_NAME_BYTES          32
#define PROCESS_LOG_BYTES_MAX       512      /* in one process_log */
#define PROCESS_ARGUMENTS_BYTES_MAX 0x20000u /* arguments and environment together */
#define PROCESS_IMAGE_BYTES_MAX     0x4000000u

#define PROCESS_ERROR(number)    ((kern_return_t)(err_local | err_sub(502) | (number)))
#define PROCESS_NOT_FOUND        PROCESS_ERROR(1) /* no such process, or not the caller's to see */
#define PROCESS_BAD_IMAGE        PROCESS_ERROR(2) /* not an ELF program for this machine */
#define PROCESS_NO_CHILDREN      PROCESS_ERROR(3)
#define PROCESS_NOT_PERMITTED    PROCESS_ERROR(4) /* the caller is no administrator, or no server */
#define PROCESS_TOO_MANY         PROCESS_ERROR(5) /* all ids are in use, or the caller's quota */
#define PROCESS_NO_SUCH_RESOURCE PROCESS_ERROR(6) /* the roster gives this server none */

/* process_spawn. */
#define PROCESS_SPAWN_ADMINISTRATOR 0x1 /* may do what the caller may: list, kill, read all */
#define PROCESS_SPAWN_SUSPENDED     0x2 /* it runs after process_resume */
#define PROCESS_SPAWN_ALL           0x3
#define PROCESS_PAGES_INHERIT       0 /* the caller's page quota */

/* process_wait. */
#define PROCESS_ANY      0xffffffffu
#define PROCESS_WAIT_NOW 0x1

/* How a process ended: bits 0 to 7 what it said (process_exit), and the reason. */
#define PROCESS_STATUS(reason, code)  ((natural_t)((reason) << 8 | ((code)&0xff)))
#define PROCESS_STATUS_CODE(status)   ((status)&0xff)
#define PROCESS_STATUS_REASON(status) ((status) >> 8)
#define PROCESS_REASON_EXIT           0 /* it ended itself */
#define PROCESS_REASON_KILLED         1 /* process_kill */
#define PROCESS_REASON_FAULT          2 /* an exception; the code is EXC_* */
#define PROCESS_REASON_DIED           3 /* its task is gone without a word */

/* What a server may have (process_get_resource). */
#define PROCESS_RESOURCE_IO        1 /* I/O ports: for i386_io_perm_modify */
#define PROCESS_RESOURCE_INTERRUPT 2 /* a line: a device for device_intr_register */
#define PROCESS_RESOURCE_MEMORY    3 /* physical memory: a memory object */
#define PROCESS_RESOURCE_PCI       4 /* in a roster only: becomes the three above */
#define PROCESS_RESOURCE_CONSOLE   5 /* the kernel's device console, to capture it */
#define PROCESS_RESOURCE_ARCHIVE   6 /* the boot archive: the device rd0 */
#define PROCESS_RESOURCE_CLOCK     7 /* the device time */

typedef char process_name_t[PROCESS_NAME_BYTES];
typedef const char *const_process_name_t;
typedef char process_text_t[PROCESS_LOG_BYTES_MAX];

/* One line of process_list. */
struct process_info {
	uint32_t id;     /* node << 16 | serial */
	uint32_t parent; /* 0: the process server */
	uint64_t task_number;
	char name[PROCESS_NAME_BYTES];
	uint8_t digest[MASIX_DIGEST_BYTES]; /* zeros: not measured (a personality's task) */
	uint32_t state;                     /* PROCESS_STATE_* */
	uint32_t pages_used;
	uint32_t pages_limit;
	uint32_t threads;
	uint32_t milliseconds; /* of processor time */
	uint32_t status;       /* of one that ended and was not waited for */
};

#define PROCESS_STATE_RUNS    1
#define PROCESS_STATE_STOPPED 2
#define PROCESS_STATE_ENDED   3
#define PROCESS_STATE_SERVER  0x100 /* and it is a server */
#define PROCESS_STATE_ADOPTED 0x200 /* and it is a personality's */

/* One line of process_list_servers. */
struct process_server_info {
	char name[PROCESS_NAME_BYTES];
	uint32_t id;       /* 0: it does not run */
	uint32_t state;    /* PROCESS_SERVER_* */
	uint32_t restarts; /* since boot */
	uint32_t next_ms;  /* until the next start, if it waits for it */
	uint32_t status;   /* of its last end */
};

#define PROCESS_SERVER_STARTING 1
#define PROCESS_SERVER_RUNS     2
#define PROCESS_SERVER_WAITS    3 /* for its next start */
#define PROCESS_SERVER_GIVEN_UP 4 /* refused by the ACS, or it failed too often */

/* What process_watch tells. */
#define PROCESS_EVENT_ENDED     1 /* a child ended; the value is its id */
#define PROCESS_EVENT_INTERRUPT 2 /* process_interrupt; the value is 0 */
