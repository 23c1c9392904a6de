/* What a child of the tests of the process server (programs/process_child.c) tells its test. */
#pragma once

#include <mach/message.h>
#include <masix/process.h>

#define PROCESS_REPORT_ID 7900

struct process_report {
	mach_msg_header_t header;
	mach_msg_type_t port_type;
	mach_port_t process;
	mach_port_t ports[STANDARD_PORTS];
	mach_msg_type_t text_type;
	char text[160]; /* arguments, then variables, each with a | behind it */
};
