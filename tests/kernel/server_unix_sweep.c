/* TEST: oracle=no mem=64 timeout=300 args="ps=${ps}" fw_cfg=build/tests/node/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${ps} $(acs=task-create);
   build/servers/process/process ${host-port} ${device-port} ${acs} $(ps=task-create)
   $(task-resume); build/tests/kernel/programs/unix_node.cpio $(archive=ramdisk-create)" */
/*
 * The Unix server ends at message boundaries of a pipeline of three processes: whoever waits for
 * the pipeline gets its output or an error, its processes end with the server, the server comes
 * again, and the node has what it had before.  A sample of the boundaries; all of them with a word
 * "all=1".
 */
#include "lib/node.h"
#include "lib/zones.h"
#include <masix/unix.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include <gen/process.h>
#include <gen/unix_client.h>

#define SELF       mach_task_self()
#define EVENTS_MAX 4000 /* a session has fewer */
#define SAMPLES    16
#define AGAIN      3

static const char expected[] = "DLROW OLLEH";

/* All that it says; false: the server ended meanwhile. */
static boolean_t collect(mach_port_t run, char *text, uint32_t room, uint32_t *bytes)
{
	static unix_data_t data;

	for (;;) {
		natural_t stream = 0;
		mach_msg_type_number_t count = sizeof data;

		if (unix_client_read(run, FALSE, &stream, data, &count) != KERN_SUCCESS) {
			return FALSE;
		}
		if (stream == 0) {
			return TRUE;
		}
		count = count < room - *bytes ? count : room - *bytes;
		memcpy(text + *bytes, data, count);
		*bytes += count;
	}
}

/* False: an answer was neither right nor an error. */
static boolean_t run_pipeline(void)
{
	static unix_path_t path = "/bin/pipeline", directory = "/tmp";
	static const char words[] = "pipeline";
	mach_port_t server = node_look_up("unix");
	mach_port_t run = MACH_PORT_NULL;
	char text[64];
	uint32_t bytes = 0;
	natural_t status = 0;
	int result = 0;
	boolean_t right = TRUE;

	if (server == MACH_PORT_NULL) {
		return TRUE;
	}
	if (unix_client_start(server, path, strlen(path), directory, strlen(directory),
			      (vm_offset_t)words, sizeof words, 0, 0, MACH_PORT_NULL,
			      MACH_MSG_TYPE_COPY_SEND, &result, &run) == KERN_SUCCESS &&
	    result == 0) {
		boolean_t whole = collect(run, text, sizeof text, &bytes);

		right = bytes <= strlen(expected) && memcmp(text, expected, bytes) == 0;
		right = right && (!whole || bytes == strlen(expected));
		if (unix_client_wait(run, &status) == KERN_SUCCESS) {
			right = right && whole && status == 0;
		}
		NEED_KR(mach_port_deallocate(SELF, run));
	}
	NEED_KR(mach_port_deallocate(SELF, server));
	return right;
}

/* Processes that the process server lists and did not start itself. */
static uint32_t adopted(void)
{
	vm_offset_t list = 0;
	mach_msg_type_number_t bytes = 0;
	uint32_t count = 0;

	NEED_KR(process_list(node_administrator, &list, &bytes));
	for (size_t i = 0; i < bytes / sizeof(struct process_info); i++) {
		count +=
			(((const struct process_info *)list)[i].state & PROCESS_STATE_ADOPTED) != 0;
	}
	(void)vm_deallocate(SELF, list, bytes);
	return count;
}

/* Ends the server when it has made so many events; false: the session needs no more of them. */
static boolean_t sweep_one(natural_t events, boolean_t *right)
{
	struct process_server_info info;
	natural_t restarts = 0;
	int64_t number = 0;
	boolean_t ended = FALSE;

	if (!node_server("unix", &info)) {
		test_bail_out("the node has no Unix server");
	}
	restarts = info.restarts;
	number = node_task_number(info.id);
	NEED_KR(masix_task_end_after(host_priv, number, events));
	if (!run_pipeline()) {
		test_note("boundary %u: a wrong answer", events);
		*right = FALSE;
	}
	ended = masix_task_end_after(host_priv, number, EVENTS_MAX * 100) != KERN_SUCCESS;
	NEED_KR(masix_task_end_after(host_priv, 0, 0));
	if (ended) {
		*right = node_wait_server("unix", restarts + 1) && *right;
		*right = TEST_WAIT_UNTIL(adopted() == 0) && *right;
	}
	return ended;
}

/* How many boundaries a pipeline has: the smallest number of events that ends nothing. */
static natural_t count_boundaries(boolean_t *right)
{
	natural_t ended = 1, whole = EVENTS_MAX;

	while (whole - ended > EVENTS_MAX / 200) {
		natural_t middle = ended + (whole - ended) / 2;

		if (sweep_one(middle, right)) {
			ended = middle;
		} else {
			whole = middle;
		}
	}
	return ended;
}

static void check_baseline(natural_t boundaries, boolean_t *right)
{
	boolean_t baseline = FALSE;

	CHECK(run_pipeline()); /* by a fresh server, as at the end */
	test_sleep_ms(300);    /* the last client's rights are noticed by messages */
	test_zones_remember(host_priv);
	test_zones_may_fall();
	for (natural_t i = 1; i <= AGAIN; i++) {
		(void)sweep_one(boundaries * i / (AGAIN + 1), right);
	}
	CHECK(*right && run_pipeline());
	for (int tries = 0; tries < 50 && !baseline; tries++) {
		test_sleep_ms(100);
		baseline = test_zones_at_baseline(host_priv, tries == 49);
	}
	CHECK(baseline);
}

int main(int argc, char **argv)
{
	boolean_t right = TRUE;
	natural_t boundaries = 0, samples = SAMPLES;

	host_priv = strtoul(argc > 1 ? argv[1] : "0", NULL, 10);
	node_join(argc, argv);
	(void)node_wait_server("unix", 0);
	test_begin(argc, argv, "server_unix_sweep");
	CHECK(run_pipeline());
	boundaries = count_boundaries(&right);
	if (test_argument("all") != NULL) {
		samples = boundaries;
	}
	test_note("a pipeline has about %u boundaries", boundaries);
	for (natural_t i = 1; i <= samples; i++) {
		(void)sweep_one(boundaries * i / samples, &right);
	}
	CHECK(right);
	check_baseline(boundaries, &right);
	NEED_KR(masix_trace_control(host_priv, MASIX_TRACE_FAULTS));
	test_end();
}
