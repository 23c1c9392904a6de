/*
 * The genuine example server, started by hand instead of by the process server: while the real one
 * runs, and in the gap of its restart.  It gets no name, and nobody who looks the name up gets it.
 */
#include "lib/node.h"
#include <gen/acs.h>
#include <gen/example.h>
#include <gen/file.h>
#include <mach/vm_prot.h>
#include <masix/acs.h>
#include <masix/file.h>

#define SERVER  "example"
#define PATH    "/servers/example"
#define COPIES  3
#define WAIT_MS 20000

/* The number of a process's task; 0: there is none with that id. */
static uint64_t task_of(uint32_t id)
{
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;
	uint64_t task = 0;

	need(process_list(standard_process_port(), &list, &bytes), "process_list");
	for (unsigned int i = 0; i < bytes / sizeof(struct process_info); i++) {
		const struct process_info *info = (struct process_info *)list + i;

		task = info->id == id ? info->task_number : task;
	}
	(void)vm_deallocate(mach_task_self(), list, bytes);
	return task;
}

/* What the ACS says who has the name; "count" is how many lines there are of it. */
static struct acs_entry named(unsigned int *count)
{
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;
	struct acs_entry entry = {.state = 0};

	*count = 0;
	need(acs_list(standard_port(STANDARD_PORT_ACS), &list, &bytes), "acs_list");
	for (unsigned int i = 0; i < bytes / sizeof entry; i++) {
		const struct acs_entry *one = (struct acs_entry *)list + i;

		if (strcmp(one->name, SERVER) == 0) {
			entry = *one;
			(*count)++;
		}
	}
	(void)vm_deallocate(mach_task_self(), list, bytes);
	return entry;
}

static natural_t start_by_hand(void)
{
	static const char arguments[] = PATH;
	mach_port_t ports[STANDARD_PORTS] = {MACH_PORT_NULL};
	mach_port_t file = MACH_PORT_NULL, image = MACH_PORT_NULL, child = MACH_PORT_NULL;
	file_attributes_t attributes;
	int64_t bytes = 0;
	natural_t id = 0;

	need(file_open(standard_port(STANDARD_PORT_ROOT), NULL, 0, PATH, strlen(PATH),
		       FILE_READ | FILE_EXECUTE, 0, &file, &attributes),
	     "file_open");
	need(file_map(file, VM_PROT_READ | VM_PROT_EXECUTE, &image, &bytes), "file_map");
	need(process_spawn(standard_process_port(), image, MACH_MSG_TYPE_MOVE_SEND,
			   (natural_t)bytes, SERVER, (pointer_t)arguments, sizeof arguments,
			   (pointer_t) "", 0, ports, MACH_MSG_TYPE_COPY_SEND, STANDARD_PORTS, 0,
			   PROCESS_PAGES_INHERIT, &child, &id),
	     "process_spawn");
	(void)mach_port_deallocate(mach_task_self(), child);
	(void)mach_port_deallocate(mach_task_self(), file);
	return id;
}

static void end_by_hand(natural_t id)
{
	natural_t ended = 0, status = 0;

	(void)process_kill(standard_process_port(), id); /* it may have ended itself */
	need(process_wait(standard_process_port(), id, 0, &ended, &status), "process_wait");
}

static void check_name(const char *text)
{
	struct process_server_info info = node_server(SERVER);
	unsigned int count = 0;
	struct acs_entry entry = named(&count);

	check(count == 1 && entry.state == ACS_STATE_REGISTERED &&
		      entry.task_number == task_of(info.id),
	      text, (int)count);
}

static mach_port_t look_up(void)
{
	mach_port_t port = MACH_PORT_NULL;

	need(acs_look_up(standard_port(STANDARD_PORT_ACS), SERVER, WAIT_MS, &port), "acs_look_up");
	return port;
}

static void check_beside(void)
{
	mach_port_t before = look_up();
	natural_t id = start_by_hand();

	node_sleep_ms(500); /* time enough to do something wrong */
	check_name("beside the real server it has no name");
	check(look_up() == before, "the name leads where it led", 0);
	end_by_hand(id);
}

static void check_in_the_gap(void)
{
	struct process_server_info old = node_server(SERVER);
	natural_t ids[COPIES];
	mach_port_t session = MACH_PORT_NULL;
	kern_return_t result = KERN_FAILURE;

	need(process_kill(standard_process_port(), old.id), "process_kill");
	for (int i = 0; i < COPIES; i++) {
		ids[i] = start_by_hand();
	}
	check(node_wait_server(SERVER, old.id), "the real server runs again", 0);
	for (int tries = 0; tries < 1000 && result != KERN_SUCCESS; tries++) {
		result = example_open(look_up(), &session); /* at first perhaps the dead one's */
		node_sleep_ms(result == KERN_SUCCESS ? 0 : 10);
	}
	check(result == KERN_SUCCESS, "the name leads to a server", result);
	check_name("in the gap of a restart it has none");
	for (int i = 0; i < COPIES; i++) {
		end_by_hand(ids[i]);
	}
	check(example_add(session, 1, &(natural_t){0}) == KERN_SUCCESS,
	      "their end is not the real one's", 0);
}

int main(void)
{
	node_begin("by_hand");
	(void)look_up();
	check_name("the server that the process server started has the name");
	check_beside();
	check_in_the_gap();
	node_end();
}
