/*
 * What the tests of the process server start: a program that does what its first argument says, and
 * reports to the stand-in for the ACS (lib/process_acs.h) by its ACS port.
 */
#include <libmach.h>
#include <standard_ports.h>
#include <mach/mig_errors.h>
#include <mach/task_special_ports.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include "lib/process_report.h"

static int argument_count;
static char **arguments;
static char **variables;

static void add_text(struct process_report *report, const char *text)
{
	size_t used = strlen(report->text);

	(void)mach_snprintf(report->text + used, sizeof report->text - used, "%s|", text);
}

/* Tells who we are, with a copy of the process port if it is asked for. */
static void tell(void)
{
	struct process_report report = {
		.header = {.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) |
					MACH_MSGH_BITS_COMPLEX,
			   .msgh_size = sizeof report,
			   .msgh_remote_port = standard_port(STANDARD_PORT_ACS),
			   .msgh_id = PROCESS_REPORT_ID},
		.port_type = {.msgt_name = MACH_MSG_TYPE_COPY_SEND,
			      .msgt_size = 32,
			      .msgt_number = 1 + STANDARD_PORTS,
			      .msgt_inline = 1},
		.text_type = {.msgt_name = MACH_MSG_TYPE_CHAR,
			      .msgt_size = 8,
			      .msgt_number = sizeof report.text,
			      .msgt_inline = 1},
		.process = standard_process_port(),
	};

	for (unsigned int i = 0; i < STANDARD_PORTS; i++) {
		report.ports[i] = standard_port(i);
	}
	for (int i = 0; i < argument_count; i++) {
		add_text(&report, arguments[i]);
	}
	for (char **variable = variables; *variable != NULL; variable++) {
		add_text(&report, *variable);
	}
	(void)mach_msg(&report.header, MACH_SEND_MSG, sizeof report, 0, MACH_PORT_NULL, 0,
		       MACH_PORT_NULL);
}

static void sleep_for_ever(void)
{
	mach_port_t port = MACH_PORT_NULL;
	mach_msg_header_t message;

	(void)mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
	for (;;) {
		(void)mach_msg(&message, MACH_RCV_MSG, 0, sizeof message, port, 0, MACH_PORT_NULL);
	}
}

/* A function that calls none has no frame of its own, and would be missing in a backtrace. */
static void __attribute__((noinline, noclone)) process_child_faults(volatile int *where)
{
	(void)standard_port(0);
	*where = 1;
	__asm__ volatile("");
}

static volatile int *volatile nowhere = (volatile int *)0x10;

static void __attribute__((noinline, noclone)) process_child_calls(void)
{
	process_child_faults(nowhere);
	__asm__ volatile("");
}

/* How many pages it can touch before the quota ends it. */
static void touch_pages(void)
{
	for (unsigned int i = 0;; i++) {
		vm_address_t page = 0;

		if (vm_allocate(mach_task_self(), &page, 0x1000, TRUE) != KERN_SUCCESS) {
			standard_exit(7);
		}
		*(volatile char *)page = 1;
	}
}

/*
 * An exception message of our own, to whoever hears of ours: with a thread that never answers, or a
 * task that is none.
 */
static void forge(boolean_t task_too)
{
	union {
		mig_reply_header_t reply;
		struct {
			mach_msg_header_t header;
			mach_msg_type_t thread_type;
			mach_port_t thread;
			mach_msg_type_t task_type;
			mach_port_t task;
			mach_msg_type_t exception_type;
			int exception;
			mach_msg_type_t code_type;
			int code;
			mach_msg_type_t subcode_type;
			int subcode;
		};
	} message = {.exception = 1};
	const mach_msg_type_t port = {.msgt_name = MACH_MSG_TYPE_COPY_SEND,
				      .msgt_size = 32,
				      .msgt_number = 1,
				      .msgt_inline = 1};
	const mach_msg_type_t word = {.msgt_name = MACH_MSG_TYPE_INTEGER_32,
				      .msgt_size = 32,
				      .msgt_number = 1,
				      .msgt_inline = 1};
	mach_port_t exception = MACH_PORT_NULL, mine = MACH_PORT_NULL;

	(void)task_get_special_port(mach_task_self(), TASK_EXCEPTION_PORT, &exception);
	(void)mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &mine);
	(void)mach_port_insert_right(mach_task_self(), mine, mine, MACH_MSG_TYPE_MAKE_SEND);
	message.header.msgh_bits =
		MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE) |
		MACH_MSGH_BITS_COMPLEX;
	message.header.msgh_size = sizeof message;
	message.header.msgh_remote_port = exception;
	message.header.msgh_local_port = mine;
	message.header.msgh_id = 2400;
	message.thread_type = port;
	message.task_type = port;
	message.exception_type = word;
	message.code_type = word;
	message.subcode_type = word;
	message.thread = mine;
	message.task = task_too ? mine : mach_task_self();
	(void)mach_msg(&message.header, MACH_SEND_MSG | MACH_RCV_MSG, sizeof message,
		       sizeof message, mine, 0, MACH_PORT_NULL);
	standard_exit(message.reply.RetCode == KERN_FAILURE ? 21 : 22);
}

int main(int argc, char **argv, char **envp)
{
	const char *what = argc > 1 ? argv[1] : "tell";

	argument_count = argc;
	arguments = argv;
	variables = envp;
	if (strcmp(what, "exit") == 0) {
		standard_exit(argc > 2 ? strtoul(argv[2], NULL, 10) : 0);
	} else if (strcmp(what, "tell") == 0) {
		tell();
		sleep_for_ever();
	} else if (strcmp(what, "die") == 0) {
		(void)task_terminate(mach_task_self());
	} else if (strcmp(what, "fault") == 0) {
		process_child_calls();
	} else if (strcmp(what, "log") == 0) {
		standard_log("first half, ", 12);
		standard_log("second half\nanother \033[31mline\n", 31);
		standard_exit(0);
	} else if (strcmp(what, "forge-thread") == 0) {
		forge(FALSE);
	} else if (strcmp(what, "forge-task") == 0) {
		forge(TRUE);
	} else if (strcmp(what, "touch") == 0) {
		touch_pages();
	}
	sleep_for_ever();
	return 0;
}
