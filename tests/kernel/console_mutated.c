/* TEST: oracle=no timeout=120 args="server=${console}"
   modules="build/servers/console/console ${host-port} ${device-port} serial=none
   $(console=task-create) $(task-resume)" */
/* 50,000 random and mutated messages to the console server's ports, and it serves on. */
#include "lib/mutate.h"
#include "lib/server.h"
#include <gen/console.h>

MUTATE_INTERFACE(console);

#define KEPT 2 /* the public port and a console of ours */

static mach_port_t server;
static mach_port_t ours;

/* A console that nobody else has still works; its modes may have been changed, so it is reset. */
static void serves(void *argument)
{
	console_data_t text = "\033csound";
	console_modes_t modes;
	mach_port_t port = MACH_PORT_NULL;
	natural_t number = 0, columns = 0, rows = 0, row = 0, column = 0;
	mach_msg_type_number_t bytes = 0;
	vm_offset_t cells = 0;

	(void)argument;
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == KEPT));
	CHECK_KR(console_open(server, CONSOLE_ANY, &port, &number), KERN_SUCCESS);
	CHECK_KR(console_get_modes(port, &modes), KERN_SUCCESS);
	CHECK_KR(console_write(port, text, 7), KERN_SUCCESS);
	CHECK_KR(console_get_cells(port, &cells, &bytes, &columns, &rows, &row, &column),
		 KERN_SUCCESS);
	CHECK_EQ(bytes, 2 * columns * rows);
	CHECK_EQ(CONSOLE_CELL_CHARACTER(((uint16_t *)cells)[0]), 's');
	CHECK_EQ(column, 5);
	NEED_KR(vm_deallocate(mach_task_self(), cells, bytes));
	NEED_KR(mach_port_deallocate(mach_task_self(), port));
}

int main(int argc, char **argv)
{
	natural_t number = 0;

	test_begin(argc, argv, "console_mutated");
	server = test_server("server");
	NEED_KR(console_open(server, 0, &ours, &number));
	mutate_run(&(struct mutate){
		.seed = 20261121,
		.messages = MUTATE_MESSAGES,
		.interfaces = {&mutate_console},
		.targets = {server, ours},
		.serves = serves,
	});
	NEED_KR(mach_port_deallocate(mach_task_self(), ours));
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == 1));
	test_server_end("server", server);
	test_end();
}
