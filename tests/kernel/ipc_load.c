/* TEST: oracle=no timeout=240 */
/* lib/ipc under load: 64 client tasks make 20,000 calls each at once, beside one that never reads its
   events; clients that die at any moment. */
#include "lib/ipc_server.h"

#define CLIENTS 64
#define CALLS (IPC_SERVER_SEEN / CLIENTS)
#define KILLS 60
#define FIRE_EVERY 1000 /* calls */
#define FIRED (CLIENTS * (CALLS / FIRE_EVERY))

static mach_port_t public;
static struct test_task clients[CLIENTS];

/* A client: an object of its own, and every number once. */
static int client(void *argument)
{
	unsigned int first = (unsigned int)(uintptr_t)argument * CALLS;
	kern_return_t result = KERN_SUCCESS;
	mach_port_t object = ask_port(TEST_CHILD_NAME(0), ASK_OPEN, &result);

	for (unsigned int i = 0; i < CALLS && result == KERN_SUCCESS; i++) {
		unsigned int answer = 0;

		result = ask(object, ASK_COUNT, first + i, &answer, 0);
		if (answer != first + i) {
			return -2;
		}
		if (result == KERN_SUCCESS && i % FIRE_EVERY == 0) {
			result = ask(TEST_CHILD_NAME(0), ASK_FIRE, 1, NULL, 0);
		}
	}
	return result;
}

/* A client that wants events and leaves them where they are. */
struct deaf {
	mach_port_t object;
	mach_port_t port;
};

static void deaf_begin(struct deaf *deaf)
{
	deaf->object = ask_port(public, ASK_OPEN, NULL);
	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &deaf->port));
	CHECK_KR(ask_watch(deaf->object, deaf->port), KERN_SUCCESS);
}

/* Everything that was to be told is there now: as one event for each key, whatever their number. */
static unsigned int deaf_end(struct deaf *deaf)
{
	struct {
		mach_msg_header_t head;
		struct {
			mach_msg_type_t type;
			unsigned int value;
		} kind, key, count, value;
		char room[64];
	} event;
	unsigned int told = 0;

	while (told < FIRED && mach_msg(&event.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
					sizeof event, deaf->port, 5000,
					MACH_PORT_NULL) == MACH_MSG_SUCCESS) {
		told += event.count.value;
	}
	NEED_KR(mach_port_deallocate(mach_task_self(), deaf->object));
	NEED_KR(mach_port_destroy(mach_task_self(), deaf->port));
	return told;
}

static void check_load(void)
{
	struct deaf deaf;
	int names = ipc_server_names();
	int wrong = 0;

	deaf_begin(&deaf);

	for (int i = 0; i < CLIENTS; i++) {
		test_task_create(&clients[i], client, (void *)i);
		test_task_give(&clients[i], TEST_CHILD_NAME(0), public, MACH_MSG_TYPE_COPY_SEND);
	}
	for (int i = 0; i < CLIENTS; i++) {
		test_task_run(&clients[i]);
	}
	test_group_begin("64 clients got every answer");
	for (int i = 0; i < CLIENTS; i++) {
		CHECK_KR(test_task_join(&clients[i]), KERN_SUCCESS);
	}
	test_group_end();
	for (int i = 0; i < IPC_SERVER_SEEN; i++) {
		wrong += ipc_server_page->seen[i] != 1;
	}
	CHECK_EQ(wrong, 0);
	CHECK(ipc_server_workers(public) <= IPC_SERVER_WORKERS);
	CHECK_EQ(deaf_end(&deaf), FIRED);
	CHECK(ipc_server_quiet(public));
	CHECK_EQ(ipc_server_page->reclaimed, CLIENTS + 1);
	/* A worker may have made itself a reply port meanwhile. */
	CHECK(ipc_server_names() <= names + IPC_SERVER_WORKERS);
}

static void blocker(void *argument)
{
	(void)ask((mach_port_t)argument, ASK_BLOCK, 0, NULL, 0);
}

static void deferrer(void *argument)
{
	(void)ask((mach_port_t)argument, ASK_DEFER, 0, NULL, 0);
}

/* A client that does everything, until it is killed. */
static int victim(void *argument)
{
	struct test_thread threads[4];

	(void)argument;
	while (TRUE) {
		mach_port_t object = ask_port(TEST_CHILD_NAME(0), ASK_OPEN, NULL);
		mach_port_t port = MACH_PORT_NULL;

		(void)ask_port(object, ASK_ANOTHER, NULL);
		(void)mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
		(void)ask_watch(object, port);
		for (int i = 0; i < 4; i++) {
			test_thread_start(&threads[i], i % 2 == 0 ? blocker : deferrer,
					  (void *)object);
		}
		(void)ask(TEST_CHILD_NAME(0), ASK_FIRE, 40, NULL, 0);
		(void)ask(object, ASK_COUNT, 0, NULL, 20);
		for (int i = 0; i < 4; i++) {
			test_thread_kill(&threads[i]);
		}
		(void)mach_port_destroy(mach_task_self(), object);
		(void)mach_port_destroy(mach_task_self(), port);
	}
	return 0;
}

static void check_kills(void)
{
	int names = ipc_server_names();
	unsigned int answer = 0;

	test_group_begin("clients killed at any moment leave nothing behind");
	for (int i = 0; i < KILLS; i++) {
		struct test_task task;

		test_task_create(&task, victim, NULL);
		test_task_give(&task, TEST_CHILD_NAME(0), public, MACH_MSG_TYPE_COPY_SEND);
		test_task_run(&task);
		for (int yields = 0; yields < i % 30; yields++) {
			test_yield();
		}
		if (i >= 30) {
			test_sleep_ms(i);
		}
		test_task_kill(&task);
		CHECK(ipc_server_quiet(public));
		CHECK_KR(ask(public, ASK_COUNT, 5, &answer, 1000), KERN_SUCCESS);
	}
	test_group_end();
	CHECK(ipc_server_page->blocked == 0 && ipc_server_page->deferred == 0);
	CHECK(ipc_server_page->cancelled != 0 && ipc_server_page->deferred_cancelled != 0);
	CHECK(ipc_server_names() <= names + IPC_SERVER_WORKERS);
	CHECK(ipc_server_workers(public) <= IPC_SERVER_WORKERS);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "ipc_load");
	public = ipc_server_start();
	check_load();
	check_kills();
	NEED_KR(mach_port_deallocate(mach_task_self(), public));
	ipc_server_end();
	test_end();
}
