/* TEST: oracle=no */
/* lib/ipc, rule by rule: quotas, notifications, cancellation, answers that come later, inhibition. */
#include "lib/ipc_server.h"
#include "lib/msg.h"
#include <gen/ipc.h>

#define ASKERS 5

static mach_port_t public;
static struct ipc_server_page *page;

/* Asks from a thread of its own. */
struct asker {
	struct test_thread thread;
	mach_port_t port;
	int id;
	kern_return_t result;
};

static void asker_main(void *argument)
{
	struct asker *asker = argument;

	asker->result = ask(asker->port, asker->id, 1, NULL, 0);
}

static void asker_start(struct asker *asker, mach_port_t port, int id)
{
	asker->port = port;
	asker->id = id;
	asker->result = -1;
	test_thread_start(&asker->thread, asker_main, asker);
	CHECK(test_wait_blocked(asker->thread.port));
}

static mach_port_t open_client(void)
{
	return ask_port(public, ASK_OPEN, NULL);
}

/* One client keeps its two calls busy, has two more queued, and floods its port. */
static void check_call_quota(void)
{
	static struct asker greedy[ASKERS];
	mach_port_t client = open_client();
	mach_port_t other = open_client();
	mach_port_t reply = port_new();
	unsigned int answer = 0;
	int sent = 0;

	test_group_begin("a client over its quota waits, and no other does");
	for (int i = 0; i < ASKERS; i++) {
		asker_start(&greedy[i], client, ASK_BLOCK);
	}
	while (sent < 20 && ask_later(client, ASK_COUNT, 7, reply, 50) == MACH_MSG_SUCCESS) {
		sent++;
	}
	CHECK(sent < 20); /* its queue is full: it would wait here */
	for (int i = 0; i < 50; i++) {
		CHECK_KR(ask(other, ASK_COUNT, 1, &answer, 1000), KERN_SUCCESS);
	}
	CHECK_EQ(page->blocked, IPC_SERVER_CALLS);
	for (int done = 0; done < ASKERS; done++) {
		CHECK(TEST_WAIT_UNTIL(page->blocked > 0));
		CHECK_KR(ask(other, ASK_RELEASE, 1, NULL, 1000), KERN_SUCCESS);
		test_sleep_ms(10);
	}
	(void)ask(other, ASK_RELEASE, 9, NULL, 1000);
	for (int i = 0; i < ASKERS; i++) {
		CHECK(test_thread_join(&greedy[i].thread, 0));
		CHECK_KR(greedy[i].result, KERN_SUCCESS);
	}
	for (int i = 0; i < sent; i++) {
		mach_msg_id_t id = msg_receive_id(reply, 1000);

		if (id == MACH_NOTIFY_SEND_ONCE) { /* of the right that came back unused */
			id = msg_receive_id(reply, 1000);
		}
		CHECK_EQ(id, ASK_COUNT + 100);
	}
	CHECK_EQ(page->blocked_max, IPC_SERVER_CALLS);
	test_group_end();
	port_destroy(client);
	port_destroy(other);
	port_destroy(reply);
	CHECK(ipc_server_quiet(public));
}

static void check_object_quota(void)
{
	mach_port_t client = open_client();
	mach_port_t objects[IPC_SERVER_OBJECTS];
	kern_return_t result = KERN_SUCCESS;

	test_group_begin("a client has its quota of objects");
	for (int i = 1; i < IPC_SERVER_OBJECTS; i++) {
		objects[i] = ask_port(client, ASK_ANOTHER, &result);
		CHECK_KR(result, KERN_SUCCESS);
	}
	CHECK_EQ(ask_port(client, ASK_ANOTHER, &result), MACH_PORT_NULL);
	CHECK_KR(result, KERN_RESOURCE_SHORTAGE);
	port_destroy(objects[1]);
	for (int tries = 0; tries < 1000 && result != KERN_SUCCESS; tries++) {
		test_sleep_ms(1);
		objects[1] = ask_port(client, ASK_ANOTHER, &result);
	}
	for (int i = 1; i < IPC_SERVER_OBJECTS; i++) {
		port_destroy(objects[i]);
	}
	test_group_end();
	port_destroy(client);
	CHECK(ipc_server_quiet(public));
}

/* One never reads, one reads late, one reads. */
static void check_notifications(void)
{
	struct msg msg;
	mach_port_t clients[3] = { open_client(), open_client(), open_client() };
	mach_port_t ports[3] = { port_new(), port_new(), port_new() };
	unsigned int events = 0;

	for (int i = 0; i < 3; i++) {
		CHECK_KR(ask_watch(clients[i], ports[i]), KERN_SUCCESS);
	}
	CHECK_KR(ask_watch(clients[0], ports[0]), KERN_NAME_EXISTS);
	test_group_begin("a client that never reads its notifications delays nobody");
	for (int round = 0; round < 50; round++) {
		CHECK_KR(ask(public, ASK_FIRE, 4, NULL, 1000), KERN_SUCCESS);
		for (int i = 0; i < 4; i++) {
			CHECK_KR(msg_receive(&msg, ports[2], 1000), MACH_MSG_SUCCESS);
		}
	}
	test_group_end();
	/* Who reads late gets every event in the end, several as one. */
	while (events < 200 && msg_receive(&msg, ports[1], 200) == MACH_MSG_SUCCESS) {
		(void)msg_item_int(&msg);
		(void)msg_item_int(&msg);
		events += msg_item_int(&msg);
	}
	CHECK_EQ(events, 200);
	CHECK_EQ(page->lost, 0);
	port_destroy(ports[1]);
	CHECK_KR(ask(public, ASK_FIRE, 4, NULL, 1000), KERN_SUCCESS);
	for (int i = 0; i < 3; i++) {
		port_destroy(clients[i]);
	}
	port_destroy(ports[0]);
	port_destroy(ports[2]);
	CHECK(ipc_server_quiet(public));
}

/* The caller's thread ends, is aborted, or interrupts the call by a message. */
static void check_cancellation(void)
{
	static struct asker asker;
	mach_port_t client = open_client();
	int cancelled = page->cancelled;

	asker_start(&asker, client, ASK_BLOCK);
	CHECK(TEST_WAIT_UNTIL(page->blocked == 1));
	test_thread_kill(&asker.thread); /* and its reply port */
	CHECK(TEST_WAIT_UNTIL(page->blocked == 0));
	CHECK_EQ(page->cancelled, cancelled + 1);

	asker_start(&asker, client, ASK_BLOCK);
	CHECK(TEST_WAIT_UNTIL(page->blocked == 1));
	CHECK_KR(thread_abort(asker.thread.port), KERN_SUCCESS);
	CHECK(test_thread_join(&asker.thread, 0));
	CHECK_KR(asker.result, MACH_RCV_INTERRUPTED);
	CHECK(TEST_WAIT_UNTIL(page->cancelled == cancelled + 2));

	asker_start(&asker, client, ASK_BLOCK);
	CHECK(TEST_WAIT_UNTIL(page->blocked == 1));
	CHECK_KR(ipc_interrupt(client), KERN_SUCCESS);
	CHECK(test_thread_join(&asker.thread, 0));
	CHECK_KR(asker.result, KERN_ABORTED);

	/* What all share nobody interrupts. */
	asker_start(&asker, public, ASK_BLOCK);
	CHECK(TEST_WAIT_UNTIL(page->blocked == 1));
	CHECK_KR(ipc_interrupt(public), KERN_SUCCESS);
	CHECK_KR(ask(client, ASK_COUNT, 1, NULL, 1000), KERN_SUCCESS);
	CHECK_KR(ask(client, ASK_RELEASE, 1, NULL, 1000), KERN_SUCCESS);
	CHECK(test_thread_join(&asker.thread, 0));
	CHECK_KR(asker.result, KERN_SUCCESS);

	CHECK_KR(ask(client, ASK_COUNT, 1, NULL, 1000), KERN_SUCCESS);
	CHECK_KR(ask(client, ASK_DROP, 1, NULL, 1000), MIG_SERVER_DIED);
	CHECK_KR(ask(client, 1, 1, NULL, 1000), MIG_BAD_ID);
	port_destroy(client);
	CHECK(ipc_server_quiet(public));
}

static void check_continuations(void)
{
	static struct asker askers[2];
	mach_port_t client = open_client();
	int cancelled = page->deferred_cancelled;

	asker_start(&askers[0], client, ASK_DEFER);
	asker_start(&askers[1], client, ASK_DEFER);
	CHECK(TEST_WAIT_UNTIL(page->deferred == 2));
	CHECK_EQ(page->blocked, 0); /* they hold no worker */
	CHECK_KR(ask(public, ASK_ANSWER, 0, NULL, 1000), KERN_SUCCESS);
	for (int i = 0; i < 2; i++) {
		CHECK(test_thread_join(&askers[i].thread, 0));
		CHECK_KR(askers[i].result, KERN_NOT_RECEIVER);
	}
	CHECK_EQ(page->answered, 2);
	CHECK_EQ(page->refused, 2); /* the second answers */

	/* Never answered: the caller goes. */
	asker_start(&askers[0], client, ASK_DEFER);
	CHECK(TEST_WAIT_UNTIL(page->deferred == 1));
	test_thread_kill(&askers[0].thread);
	CHECK(TEST_WAIT_UNTIL(page->deferred == 0));
	CHECK_EQ(page->deferred_cancelled, cancelled + 1);
	CHECK_KR(ask(public, ASK_ANSWER, 0, NULL, 1000), KERN_SUCCESS);
	CHECK_EQ(page->answered, 2);

	/* ... or interrupts it. */
	asker_start(&askers[0], client, ASK_DEFER);
	CHECK(TEST_WAIT_UNTIL(page->deferred == 1));
	CHECK_KR(ipc_interrupt(client), KERN_SUCCESS);
	CHECK(test_thread_join(&askers[0].thread, 0));
	CHECK_KR(askers[0].result, KERN_ABORTED);
	CHECK(TEST_WAIT_UNTIL(page->deferred == 0));
	port_destroy(client);
	CHECK(ipc_server_quiet(public));
}

/* The same for callers that hold the object: its end is theirs, and nothing else is. */
static void check_held(void)
{
	static struct asker askers[2];
	mach_port_t client = open_client();
	int cancelled = page->deferred_cancelled;
	int answered = page->answered;

	page->held = 1;
	asker_start(&askers[0], client, ASK_DEFER);
	CHECK(TEST_WAIT_UNTIL(page->deferred == 1));
	CHECK_KR(ask(public, ASK_ANSWER, 0, NULL, 1000), KERN_SUCCESS);
	CHECK(test_thread_join(&askers[0].thread, 0));
	CHECK_KR(askers[0].result, KERN_NOT_RECEIVER);
	CHECK_EQ(page->answered, answered + 1);

	/* The caller is gone, but the object is still held: the answer goes nowhere. */
	asker_start(&askers[0], client, ASK_DEFER);
	CHECK(TEST_WAIT_UNTIL(page->deferred == 1));
	test_thread_kill(&askers[0].thread);
	CHECK_KR(ask(client, ASK_COUNT, 1, NULL, 1000), KERN_SUCCESS);
	CHECK_EQ(page->deferred, 1);
	CHECK_KR(ask(public, ASK_ANSWER, 0, NULL, 1000), KERN_SUCCESS);
	CHECK_EQ(page->deferred, 0);

	/* Interrupted by name. */
	asker_start(&askers[0], client, ASK_DEFER);
	CHECK(TEST_WAIT_UNTIL(page->deferred == 1));
	CHECK_KR(ipc_interrupt(client), KERN_SUCCESS);
	CHECK(test_thread_join(&askers[0].thread, 0));
	CHECK_KR(askers[0].result, KERN_ABORTED);
	CHECK_EQ(page->deferred_cancelled, cancelled + 1);

	/* The last sender goes: both are cancelled. */
	asker_start(&askers[0], client, ASK_DEFER);
	asker_start(&askers[1], client, ASK_DEFER);
	CHECK(TEST_WAIT_UNTIL(page->deferred == 2));
	port_destroy(client);
	CHECK(TEST_WAIT_UNTIL(page->deferred == 0));
	CHECK_EQ(page->deferred_cancelled, cancelled + 3);
	for (int i = 0; i < 2; i++) {
		CHECK(test_thread_join(&askers[i].thread, 0));
		CHECK_KR(askers[i].result, KERN_ABORTED);
	}
	page->held = 0;
	CHECK(ipc_server_quiet(public));
}

/* Inhibition waits for what runs, keeps out what comes, and lets it in afterwards. */
static void check_inhibition(void)
{
	static struct asker running, inhibitor;
	mach_port_t client = open_client();
	mach_port_t other = open_client();
	unsigned int answer = 0;

	asker_start(&running, client, ASK_BLOCK);
	CHECK(TEST_WAIT_UNTIL(page->blocked == 1));
	page->inside = 77;
	asker_start(&inhibitor, client, ASK_INHIBIT);
	test_sleep_ms(20);
	CHECK_EQ(page->inside, 77); /* one runs still */
	CHECK_KR(ask(other, ASK_COUNT, 1, &answer, 1000), KERN_SUCCESS);
	CHECK_KR(ask(other, ASK_RELEASE, 1, &answer, 1000), KERN_SUCCESS);
	CHECK(test_thread_join(&running.thread, 0));
	CHECK_KR(ask(client, ASK_COUNT, 1, &answer, 1000), KERN_SUCCESS);
	CHECK(test_thread_join(&inhibitor.thread, 0));
	CHECK_EQ(page->inside, 0);
	port_destroy(client);
	port_destroy(other);
	CHECK(ipc_server_quiet(public));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "ipc_rules");
	public = ipc_server_start();
	page = ipc_server_page;
	check_call_quota();
	check_object_quota();
	check_notifications();
	check_cancellation();
	check_continuations();
	check_held();
	check_inhibition();
	CHECK(ipc_server_workers(public) <= IPC_SERVER_WORKERS);
	port_destroy(public);
	ipc_server_end();
	test_end();
}
