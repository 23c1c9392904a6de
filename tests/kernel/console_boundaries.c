/* TEST: oracle=no timeout=120 args="server=${console}"
   modules="build/servers/console/console ${host-port} ${device-port} serial=none
   $(console=task-create) $(task-resume)" */
/*
 * A client of the console server that is ended at each of its message boundaries in turn, from its
 * first call to its last: the console it had is free again, and the server serves.
 */
#include "lib/harness.h"
#include "lib/server.h"
#include <gen/console.h>
#include <gen/masix_host.h>

#define SELF       mach_task_self()
#define SERVER     TEST_CHILD_NAME(0)
#define EVENTS_MAX 300
#define WHOLE      7 /* the child's result: it did all of it */

static mach_port_t server;

/* Everything that leaves something at the server. */
static int session(void *argument)
{
	console_data_t data = "text\n";
	console_modes_t modes;
	mach_msg_type_number_t count = sizeof data;
	mach_port_t port = MACH_PORT_NULL, memory = MACH_PORT_NULL, events = MACH_PORT_NULL;
	natural_t number = 0, columns = 0, rows = 0, row = 0, column = 0;
	vm_offset_t cells = 0;

	(void)argument;
	NEED_KR(console_open(SERVER, CONSOLE_ANY, &port, &number));
	NEED_KR(console_write(port, data, 5));
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &events));
	NEED_KR(console_watch(port, events, MACH_MSG_TYPE_MAKE_SEND, 1));
	NEED_KR(console_show(port));
	NEED_KR(console_get_modes(port, &modes));
	modes.local = 0;
	modes.read_bytes = 0;
	modes.read_time_ms = 1;
	NEED_KR(console_set_modes(port, CONSOLE_WHEN_FLUSHED, modes));
	NEED_KR(console_read(port, sizeof data, 0, data, &count));
	NEED_KR(console_get_cells(port, &cells, &count, &columns, &rows, &row, &column));
	NEED_KR(console_set_size(port, 80, 50));
	NEED_KR(console_screen_take(port, 0, &memory, &columns, &rows));
	NEED_KR(vm_map(SELF, &cells, 0x2000, 0, TRUE, memory, 0, FALSE, VM_PROT_READ, VM_PROT_READ,
		       VM_INHERIT_NONE));
	NEED_KR(console_screen_release(port));
	NEED_KR(console_set_size(port, 80, 25));
	NEED_KR(console_split(port, 8));
	NEED_KR(console_screen_take(port, 0, &memory, &columns, &rows));
	return WHOLE;
}

static boolean_t is_dead(mach_port_t name)
{
	mach_port_type_t type = 0;

	return mach_port_type(SELF, name, &type) == KERN_SUCCESS &&
	       (type & MACH_PORT_TYPE_DEAD_NAME) != 0;
}

static boolean_t has_message(mach_port_t port)
{
	struct mach_port_status status;

	NEED_KR(mach_port_get_receive_status(SELF, port, &status));
	return status.mps_msgcount != 0;
}

static int64_t number_of(mach_port_t task)
{
	int64_t number = 0;
	masix_digest_t digest;
	natural_t used = 0, limit = 0;

	NEED_KR(masix_task_get_info(host_priv, task, &number, digest, &used, &limit));
	return number;
}

/* Returns whether the client came to its end by itself. */
static boolean_t run(uint32_t events)
{
	struct test_task child;
	boolean_t whole = FALSE;

	test_task_create(&child, session, NULL);
	test_task_give(&child, SERVER, server, MACH_MSG_TYPE_COPY_SEND);
	NEED_KR(masix_task_end_after(host_priv, number_of(child.task), events));
	test_task_run(&child);
	CHECK(TEST_WAIT_UNTIL(is_dead(child.task) || has_message(child.done)));
	NEED_KR(masix_task_end_after(host_priv, 0, 0));
	whole = has_message(child.done);
	if (whole) {
		CHECK_EQ(test_task_join(&child), WHOLE);
	} else {
		test_task_kill(&child);
	}
	return whole;
}

/* Nobody has it, nothing is taken or split, and its text is gone. */
static void check_free(void)
{
	natural_t number = 77, columns = 0, rows = 0;
	mach_port_t port = MACH_PORT_NULL;
	natural_t status = 0, input = 0, output = 0;

	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == 1));
	CHECK_KR(console_open(server, CONSOLE_ANY, &port, &number), KERN_SUCCESS);
	CHECK_EQ(number, 0);
	CHECK_KR(console_get_size(port, &columns, &rows), KERN_SUCCESS);
	CHECK_EQ(rows, 25);
	CHECK_KR(console_get_status(port, &status, &input, &output), KERN_SUCCESS);
	CHECK_EQ(status & (CONSOLE_STATUS_OWNED | CONSOLE_STATUS_STOPPED), 0);
	CHECK_EQ(input + output, 0);
	(void)console_show(port);
	(void)console_split(port, CONSOLE_ANY);
	NEED_KR(mach_port_deallocate(SELF, port));
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == 1));
}

int main(int argc, char **argv)
{
	uint32_t events = 1;

	test_begin(argc, argv, "console_boundaries");
	server = test_server("server");
	test_group_begin("a client may end at any of its message boundaries");
	while (!run(events) && events < EVENTS_MAX) {
		check_free();
		events++;
	}
	check_free();
	test_group_end();
	test_note("%u boundaries", events);
	CHECK(events > 20 && events < EVENTS_MAX);
	NEED_KR(masix_trace_control(host_priv, MASIX_TRACE_FAULTS));
	test_server_end("server", server);
	test_end();
}
