/* See node.h. */
#include "node.h"
#include <stdarg.h>
#include <stdlib.h>

#define TEXTS_MAX 256

static const char *texts[TEXTS_MAX];
static unsigned int lines;
static unsigned int failed;

void node_begin(const char *name)
{
	mach_printf("# test %s\n", name);
}

void node_end(void)
{
	mach_printf("1..%u\n", lines);
	exit(failed != 0);
}

/* Was this text checked before? */
static bool is_known(const char *text)
{
	for (unsigned int i = 0; i < TEXTS_MAX; i++) {
		if (texts[i] == NULL) {
			texts[i] = text;
			return false;
		}
		if (strcmp(texts[i], text) == 0) {
			return true;
		}
	}
	return false;
}

bool check(bool passed, const char *text, int value)
{
	if (!is_known(text) || !passed) {
		lines++;
		mach_printf("%sok %u - %s\n", passed ? "" : "not ", lines, text);
	}
	if (!passed) {
		failed++;
		mach_printf("# value %d (0x%x, %s)\n", value, (unsigned)value,
			    mach_error_string(value));
	}
	return passed;
}

void need(kern_return_t result, const char *what)
{
	if (result != KERN_SUCCESS) {
		mach_printf("Bail out! %s: %s\n", what, mach_error_string(result));
		exit(1);
	}
}

void node_note(const char *format, ...)
{
	va_list arguments;

	mach_printf("# ");
	va_start(arguments, format);
	(void)mach_vprintf(format, arguments);
	va_end(arguments);
	mach_printf("\n");
}

mach_port_t node_port(void)
{
	mach_port_t port = MACH_PORT_NULL;

	need(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port), "a port");
	return port;
}

void node_sleep_ms(mach_msg_timeout_t time_ms)
{
	static mach_port_t nobody;
	mach_msg_header_t nothing;

	nobody = nobody != MACH_PORT_NULL ? nobody : node_port();
	(void)mach_msg(&nothing, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof nothing, nobody,
		       time_ms, MACH_PORT_NULL);
}

static int count_names(void)
{
	mach_port_array_t names = NULL;
	mach_port_type_array_t types = NULL;
	mach_msg_type_number_t count = 0, type_count = 0;

	need(mach_port_names(mach_task_self(), &names, &count, &types, &type_count), "names");
	(void)vm_deallocate(mach_task_self(), (vm_address_t)names, count * sizeof *names);
	(void)vm_deallocate(mach_task_self(), (vm_address_t)types, type_count * sizeof *types);
	return (int)count;
}

struct node_use node_measure(void)
{
	vm_statistics_data_t statistics;
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;

	need(vm_statistics(mach_task_self(), &statistics), "vm_statistics");
	need(process_list(standard_process_port(), &list, &bytes), "process_list");
	(void)vm_deallocate(mach_task_self(), list, bytes);
	return (struct node_use){
		.names = count_names(),
		.processes = (int)(bytes / sizeof(struct process_info)),
		.free_pages = (int)statistics.free_count,
	};
}

struct process_server_info node_server(const char *name)
{
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;
	struct process_server_info info = {.id = 0};

	need(process_list_servers(standard_process_port(), &list, &bytes), "process_list_servers");
	for (unsigned int i = 0; i < bytes / sizeof info; i++) {
		const struct process_server_info *one = (struct process_server_info *)list + i;

		if (strcmp(one->name, name) == 0) {
			info = *one;
		}
	}
	need(vm_deallocate(mach_task_self(), list, bytes), "vm_deallocate");
	return info;
}

bool node_wait_server(const char *name, uint32_t old_id)
{
	struct process_server_info info = node_server(name);

	for (int tries = 0; tries < 2000; tries++) {
		if (info.state == PROCESS_SERVER_RUNS && info.id != old_id) {
			return true;
		}
		if (info.state == PROCESS_SERVER_WAITS || info.state == PROCESS_SERVER_GIVEN_UP) {
			(void)process_start_server(standard_process_port(), name);
		}
		node_sleep_ms(10);
		info = node_server(name);
	}
	return false;
}
