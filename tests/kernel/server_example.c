/* TEST: oracle=no args="server=${example}"
   modules="build/servers/example/example $(example=task-create) $(task-resume)" */
/* The example server, as it boots: sessions, an answer that comes later, events, the end. */
#include "lib/msg.h"
#include "lib/server.h"
#include <gen/example.h>
#include <gen/ipc.h>

static mach_port_t server;
static mach_port_t session;
static natural_t waited;
static kern_return_t wait_result;

static void waiter(void *argument)
{
	(void)argument;
	wait_result = example_wait(session, 100, &waited);
}

static void check_session(void)
{
	natural_t total = 0;

	CHECK_KR(example_open(server, &session), KERN_SUCCESS);
	CHECK_KR(example_add(session, 7, &total), KERN_SUCCESS);
	CHECK_EQ(total, 7);
	CHECK_KR(example_add(server, 1, &total), KERN_SUCCESS);
	CHECK_EQ(total, 1);
}

static void check_later_answer(void)
{
	struct test_thread thread;
	natural_t total = 0;

	test_thread_start(&thread, waiter, NULL);
	CHECK(test_wait_blocked(thread.port));
	CHECK_KR(example_add(session, 50, &total), KERN_SUCCESS);
	test_sleep_ms(20);
	CHECK_EQ(waited, 0);
	CHECK_KR(example_add(session, 50, &total), KERN_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_KR(wait_result, KERN_SUCCESS);
	CHECK_EQ(waited, 107);
}

static void check_interrupt(void)
{
	struct test_thread thread;

	CHECK_KR(example_wait(session, 100, &waited), KERN_SUCCESS);
	NEED_KR(example_open(server, &session)); /* the first session ends: see check_end */
	test_thread_start(&thread, waiter, NULL);
	CHECK(test_wait_blocked(thread.port));
	CHECK_KR(ipc_interrupt(session), KERN_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_KR(wait_result, KERN_ABORTED);
}

static void check_events(void)
{
	static struct msg msg;
	mach_port_t port = port_new();
	natural_t total = 0;

	CHECK_KR(example_watch(session, port, MACH_MSG_TYPE_MAKE_SEND, 33), KERN_SUCCESS);
	CHECK_KR(example_add(session, 5, &total), KERN_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 1000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg_item_int(&msg), 1);
	CHECK_EQ(msg_item_int(&msg), 33);
	CHECK_EQ(msg_item_int(&msg), 1);
	CHECK_EQ(msg_item_int(&msg), 5);
	port_destroy(port);
}

int main(int argc, char **argv)
{
	mach_port_t first = MACH_PORT_NULL;

	test_begin(argc, argv, "server_example");
	server = test_server("server");
	check_session();
	first = session;
	check_later_answer();
	check_interrupt();
	check_events();
	port_destroy(first);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == 2));
	port_destroy(session);
	CHECK(TEST_WAIT_UNTIL(test_server_objects(server) == 1));
	test_server_end("server", server);
	test_end();
}
