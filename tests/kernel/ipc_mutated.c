/* TEST: oracle=no timeout=120 args="server=${example}"
   modules="build/servers/example/example $(example=task-create) $(task-resume)" */
/* 50,000 random and mutated messages to a server on lib/ipc, and it serves on. */
#include "lib/mutate.h"
#include "lib/server.h"
#include <gen/example.h>

MUTATE_INTERFACE(example);

static void serves(void *argument)
{
	mach_port_t server = *(const mach_port_t *)argument;
	mach_port_t session = MACH_PORT_NULL;
	natural_t total = 0;

	/* The sessions of a client that was killed end a little later than it. */
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == 1));
	CHECK_KR(example_open(server, &session), KERN_SUCCESS);
	CHECK_KR(example_add(session, 7, &total), KERN_SUCCESS);
	CHECK_EQ(total, 7);
	NEED_KR(mach_port_deallocate(mach_task_self(), session));
}

int main(int argc, char **argv)
{
	mach_port_t server = MACH_PORT_NULL;

	test_begin(argc, argv, "ipc_mutated");
	server = test_server("server");
	mutate_run(&(struct mutate){
		.seed = 20260301,
		.messages = MUTATE_MESSAGES,
		.interfaces = {&mutate_example},
		.targets = {server},
		.serves = serves,
		.argument = &server,
	});
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == 1));
	test_server_end("server", server);
	test_end();
}
