/* TEST: oracle=no mem=64 timeout=120 args="ps=${ps}" fw_cfg=build/tests/node/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${ps} $(acs=task-create);
   build/servers/process/process ${host-port} ${device-port} ${acs} $(ps=task-create)
   $(task-resume); build/tests/kernel/programs/node.cpio $(archive=ramdisk-create)" */
/*
 * Servers that end at each of their message boundaries in turn, while a client uses them: the
 * client gets its answer or an error, the server returns, the node has what it had before.
 */
#include "lib/node.h"
#include "lib/zones.h"
#include <masix/console.h>
#include <gen/console.h>
#include <gen/example.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>

#define SELF       mach_task_self()
#define EVENTS_MAX 200 /* a session has fewer */
#define ROUNDS     4
#define AGAIN      8

/* One use of the server, with every result noted; false: an answer was neither right nor an error.
 */
typedef boolean_t (*session_t)(void);

static void drop(mach_port_t port)
{
	if (MACH_PORT_VALID(port)) {
		(void)mach_port_deallocate(SELF, port);
	}
}

static boolean_t use_example(void)
{
	mach_port_t server = node_look_up("example");
	mach_port_t session = MACH_PORT_NULL;
	mach_port_t events = MACH_PORT_NULL;
	natural_t total = 0;
	boolean_t right = TRUE;

	if (server == MACH_PORT_NULL || example_open(server, &session) != KERN_SUCCESS) {
		drop(server);
		return TRUE;
	}
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &events));
	(void)example_watch(session, events, MACH_MSG_TYPE_MAKE_SEND, 1);
	if (example_add(session, 5, &total) == KERN_SUCCESS) {
		right = total == 5;
	}
	if (example_add(session, 6, &total) == KERN_SUCCESS) {
		right = right && total == 11;
	}
	if (example_wait(session, 11, &total) == KERN_SUCCESS) {
		right = right && total == 11;
	}
	NEED_KR(mach_port_mod_refs(SELF, events, MACH_PORT_RIGHT_RECEIVE, -1));
	drop(session);
	drop(server);
	return right;
}

#define TEST_CONSOLE 5u

static boolean_t use_console(void)
{
	mach_port_t server = node_look_up("console");
	mach_port_t console = MACH_PORT_NULL;
	natural_t number = 0, status = 0, in = 0, out = 0;
	console_modes_t modes;
	boolean_t right = TRUE;
	static char text[CONSOLE_DATA_MAX] = "hello\r\n";

	if (server == MACH_PORT_NULL ||
	    console_open(server, TEST_CONSOLE, &console, &number) != KERN_SUCCESS) {
		drop(server);
		return TRUE;
	}
	right = number == TEST_CONSOLE;
	(void)console_write(console, text, 7);
	(void)console_get_modes(console, &modes);
	if (console_get_status(console, &status, &in, &out) == KERN_SUCCESS) {
		right = right && in == 0;
	}
	(void)console_show(console);
	drop(console);
	drop(server);
	return right;
}

/* Ends the server when it has made so many events of a session; false: the session needs no more.
 */
static boolean_t sweep_one(const char *name, session_t session, natural_t events, boolean_t *right)
{
	struct process_server_info info;
	natural_t restarts = 0;
	int64_t number = 0;
	boolean_t ended = FALSE;

	if (!node_server(name, &info)) {
		test_bail_out("the node has no such server");
	}
	restarts = info.restarts;
	number = node_task_number(info.id);
	NEED_KR(masix_task_end_after(host_priv, number, events));
	*right = session() && *right;
	/* It is not there any more if it has ended, and else is told not to. */
	ended = masix_task_end_after(host_priv, number, EVENTS_MAX * 100) != KERN_SUCCESS;
	NEED_KR(masix_task_end_after(host_priv, 0, 0));
	if (ended) {
		*right = node_wait_server(name, restarts + 1) && *right;
	}
	return ended;
}

/* Ends it at each boundary up to "last"; how many there were. */
static natural_t sweep_up_to(const char *name, session_t session, natural_t last, boolean_t *right)
{
	natural_t events = 1;

	while (events <= last && sweep_one(name, session, events, right) && *right) {
		events++;
	}
	return events - 1;
}

/* Does a sweep leave the kernel's objects as they were? */
static boolean_t sweep_leaves_nothing(const char *name, session_t session, boolean_t tell)
{
	boolean_t right = TRUE;
	boolean_t baseline = FALSE;

	test_sleep_ms(300); /* the last client's rights are noticed by messages */
	test_zones_remember(host_priv);
	test_zones_may_fall();
	CHECK_EQ(sweep_up_to(name, session, AGAIN, &right), AGAIN);
	CHECK(right);
	for (int tries = 0; tries < 50 && !baseline; tries++) {
		test_sleep_ms(100);
		baseline = test_zones_at_baseline(host_priv, tell && tries == 49);
	}
	return baseline;
}

/* What grows on demand, as a server's workers do, grows once or twice; what leaks does each time.
 */
static void sweep(const char *name, session_t session)
{
	boolean_t right = TRUE;
	boolean_t baseline = FALSE;
	natural_t ended = sweep_up_to(name, session, EVENTS_MAX, &right);

	test_note("%s: ended at %u boundaries", name, ended);
	CHECK(right);
	CHECK(ended > 10 && ended < EVENTS_MAX);
	test_group_begin("a sweep that leaves nothing");
	for (int round = 1; round <= ROUNDS && !baseline; round++) {
		baseline = sweep_leaves_nothing(name, session, round == ROUNDS);
	}
	CHECK(baseline);
	test_group_end();
	CHECK(session());
}

int main(int argc, char **argv)
{
	host_priv = strtoul(argc > 1 ? argv[1] : "0", NULL, 10);
	node_join(argc, argv);
	(void)node_wait_server("example", 0);
	(void)node_wait_server("console", 0);
	test_begin(argc, argv, "server_sweep");
	sweep("example", use_example);
	sweep("console", use_console);
	NEED_KR(masix_trace_control(host_priv, MASIX_TRACE_FAULTS));
	test_end();
}
