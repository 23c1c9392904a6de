/* TEST: oracle=no timeout=120
   modules="build/servers/process/process ${host-port} ${device-port} ${test} $(task-create)
   $(task-resume); build/tests/kernel/programs/process.cpio $(archive=ramdisk-create)" */
/* The process server, as it boots: starting, waiting, ending, lists, quotas, the log, crash
 * reports. */
#include "lib/msg.h"
#include "lib/process_acs.h"
#include <gen/process.h>
#include <gen/process_log.h>

#define SELF mach_task_self()

static mach_port_t administrator; /* process port of the program "admin" */
static natural_t administrator_id;
static mach_port_t plain; /* ... and of one that is none */
static natural_t plain_id;
static struct process_acs_pair pair;

static const struct acs_server_entry *roster(const char *name)
{
	static const struct acs_server_entry nothing = {.digests = 1};

	return strcmp(name, "unknown") != 0 ? &nothing : NULL;
}

/* Waits for the end of a child and gives its port back. */
static natural_t end_of(mach_port_t parent, mach_port_t child, natural_t id)
{
	natural_t ended = 0, status = 0xffff;

	CHECK_KR(process_wait(parent, id, 0, &ended, &status), KERN_SUCCESS);
	CHECK_EQ(ended, id);
	if (MACH_PORT_VALID(child)) {
		NEED_KR(mach_port_deallocate(SELF, child));
	}
	return status;
}

/* ---------------------------------------------------------------------------------------- boot */

/* The two programs of /etc/servers report; what comes first is not said. */
static void check_boot(void)
{
	natural_t id = 0, parent = 1;

	process_acs_check_meeting();
	CHECK(strcmp(pair.reports[0].text, "/servers/child|tell|") == 0);
	CHECK(MACH_PORT_VALID(pair.reports[0].ports[STANDARD_PORT_ACS]));
	CHECK(MACH_PORT_VALID(pair.reports[0].ports[STANDARD_PORT_LOG]));
	CHECK(MACH_PORT_VALID(pair.reports[0].ports[STANDARD_PORT_REGISTRATION]));
	CHECK_EQ(pair.reports[0].ports[STANDARD_PORT_ROOT], MACH_PORT_NULL);
	CHECK_EQ(process_acs_last.times, 3);
	CHECK_KR(process_get_id(administrator, &id, &parent), KERN_SUCCESS);
	CHECK_EQ(id >> 16, 5); /* the node's number */
	CHECK_EQ(parent, 0);
}

/* --------------------------------------------------------------------------------- one by one */

/* A child of a process whose input is "own": with its input, or with none. */
static void check_inherited(mach_port_t parent, mach_port_t given, boolean_t has)
{
	static const char arguments[] = "two\0tell";
	static process_name_t name = "program";
	mach_port_t ports[3] = {MACH_PORT_NULL, MACH_PORT_NULL, given};
	mach_port_t child = MACH_PORT_NULL;
	natural_t bytes = 0, id = 0;
	mach_port_t memory = process_acs_image(&bytes);
	struct process_report report;

	CHECK_KR(process_spawn(parent, memory, MACH_MSG_TYPE_COPY_SEND, bytes, name,
			       (vm_offset_t)arguments, sizeof arguments, 0, 0, ports,
			       MACH_MSG_TYPE_COPY_SEND, 3, 0, 0, &child, &id),
		 KERN_SUCCESS);
	CHECK(process_acs_report(&report, 5000));
	CHECK((report.ports[STANDARD_PORT_INPUT] != MACH_PORT_NULL) == has);
	process_acs_drop(&report);
	CHECK_KR(process_kill(parent, id), KERN_SUCCESS);
	CHECK_EQ(end_of(parent, MACH_PORT_NULL, id), PROCESS_STATUS(PROCESS_REASON_KILLED, 0));
	NEED_KR(mach_port_deallocate(SELF, child));
	NEED_KR(mach_port_deallocate(SELF, memory));
}

static void check_spawn(void)
{
	static const char arguments[] = "one\0tell\0a b";
	static const char environment[] = "HOME=/\0TERM=linux";
	static process_name_t name = "program";
	mach_port_t own = port_new(), child = MACH_PORT_NULL;
	natural_t bytes = 0, id = 0, parent = 0, child_id = 0;
	mach_port_t memory = process_acs_image(&bytes);
	mach_port_t ports[4] = {own, own, own, MACH_PORT_NULL};
	struct process_report report;

	NEED_KR(mach_port_insert_right(SELF, own, own, MACH_MSG_TYPE_MAKE_SEND));
	CHECK_KR(process_spawn(plain, memory, MACH_MSG_TYPE_COPY_SEND, bytes, name,
			       (vm_offset_t)arguments, sizeof arguments, (vm_offset_t)environment,
			       sizeof environment, ports, MACH_MSG_TYPE_COPY_SEND, 4, 0, 100,
			       &child, &child_id),
		 KERN_SUCCESS);
	CHECK(process_acs_report(&report, 5000));
	CHECK(strcmp(report.text, "one|tell|a b|HOME=/|TERM=linux|") == 0);
	CHECK_EQ(report.process, child); /* the same port has one name */
	CHECK(report.ports[STANDARD_PORT_ACS] != own);
	CHECK_EQ(report.ports[STANDARD_PORT_LOG], own);
	CHECK_EQ(report.ports[STANDARD_PORT_INPUT], own);
	CHECK_EQ(report.ports[STANDARD_PORT_OUTPUT], MACH_PORT_NULL);
	CHECK_EQ(report.ports[STANDARD_PORT_REGISTRATION], MACH_PORT_NULL);
	CHECK_KR(process_get_id(child, &id, &parent), KERN_SUCCESS);
	CHECK_EQ(id, child_id);
	CHECK_EQ(parent, plain_id);
	process_acs_drop(&report);
	check_inherited(child, MACH_PORT_NULL, TRUE);
	check_inherited(child, MACH_PORT_DEAD, FALSE);
	CHECK_KR(process_kill(plain, child_id), KERN_SUCCESS);
	CHECK_EQ(end_of(plain, MACH_PORT_NULL, child_id), PROCESS_STATUS(PROCESS_REASON_KILLED, 0));
	CHECK_KR(process_resume(child), MACH_SEND_INVALID_DEST);
	NEED_KR(mach_port_deallocate(SELF, child));
	NEED_KR(mach_port_deallocate(SELF, memory));
	port_destroy(own);
}

static void check_ends(void)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0, ended = 0, status = 0;

	CHECK_KR(process_wait(plain, PROCESS_ANY, 0, &ended, &status), PROCESS_NO_CHILDREN);
	CHECK_KR(SPAWN(plain,
		       "exit\0"
		       "42",
		       0, &child, &id),
		 KERN_SUCCESS);
	CHECK_EQ(end_of(plain, child, id), PROCESS_STATUS(PROCESS_REASON_EXIT, 42));
	CHECK_KR(process_wait(plain, id, 0, &ended, &status), PROCESS_NO_CHILDREN);
	CHECK_KR(SPAWN(plain, "die", 0, &child, &id), KERN_SUCCESS);
	CHECK_EQ(end_of(plain, child, id), PROCESS_STATUS(PROCESS_REASON_DIED, 0));
	CHECK_KR(SPAWN(plain, "sleep", 0, &child, &id), KERN_SUCCESS);
	CHECK_KR(process_wait(plain, PROCESS_ANY, PROCESS_WAIT_NOW, &ended, &status),
		 KERN_TIMEDOUT);
	CHECK_KR(process_wait(plain, id, 0x10, &ended, &status), KERN_INVALID_VALUE);
	CHECK_KR(process_exit(child, 9), KERN_SUCCESS); /* who has the port may end it */
	CHECK_EQ(end_of(plain, child, id), PROCESS_STATUS(PROCESS_REASON_EXIT, 9));
	CHECK_KR(SPAWN(plain,
		       "exit\0"
		       "1",
		       PROCESS_SPAWN_SUSPENDED, &child, &id),
		 KERN_SUCCESS);
	test_sleep_ms(20);
	CHECK_KR(process_wait(plain, id, PROCESS_WAIT_NOW, &ended, &status), KERN_TIMEDOUT);
	CHECK_KR(process_resume(child), KERN_SUCCESS);
	CHECK_EQ(end_of(plain, child, id), PROCESS_STATUS(PROCESS_REASON_EXIT, 1));
}

static natural_t waited_id;
static natural_t waited_status;
static kern_return_t wait_result;

static void waiter(void *argument)
{
	wait_result = process_wait(plain, *(natural_t *)argument, 0, &waited_id, &waited_status);
}

/* Two wait: each gets what it asked for. */
static void check_later_answers(void)
{
	struct test_thread thread;
	mach_port_t one = MACH_PORT_NULL, two = MACH_PORT_NULL;
	natural_t first = 0, second = 0;

	CHECK_KR(SPAWN(plain, "sleep", 0, &one, &first), KERN_SUCCESS);
	CHECK_KR(SPAWN(plain, "sleep", 0, &two, &second), KERN_SUCCESS);
	test_thread_start(&thread, waiter, &second);
	CHECK(test_wait_blocked(thread.port));
	CHECK_KR(process_exit(one, 1), KERN_SUCCESS);
	CHECK_EQ(end_of(plain, one, first), PROCESS_STATUS(PROCESS_REASON_EXIT, 1));
	CHECK_KR(process_exit(two, 2), KERN_SUCCESS);
	CHECK(test_thread_join(&thread, 0));
	CHECK_KR(wait_result, KERN_SUCCESS);
	CHECK_EQ(waited_id, second);
	CHECK_EQ(waited_status, PROCESS_STATUS(PROCESS_REASON_EXIT, 2));
	NEED_KR(mach_port_deallocate(SELF, two));
}

/* A waiting call that is interrupted leaves the child for the next. */
static void check_cancelled_wait(void)
{
	struct test_thread thread;
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0;

	CHECK_KR(SPAWN(plain, "sleep", 0, &child, &id), KERN_SUCCESS);
	test_thread_start(&thread, waiter, &id);
	CHECK(test_wait_blocked(thread.port));
	test_thread_kill(&thread);
	test_sleep_ms(20);
	CHECK_KR(process_exit(child, 3), KERN_SUCCESS);
	CHECK_EQ(end_of(plain, child, id), PROCESS_STATUS(PROCESS_REASON_EXIT, 3));
}

/* The children of one that ends are the process server's: nobody waits for them. */
static void check_orphans(void)
{
	mach_port_t child = MACH_PORT_NULL, grandchild = MACH_PORT_NULL;
	natural_t id = 0, grand_id = 0, own = 0, parent = 1;

	CHECK_KR(SPAWN(plain, "sleep", 0, &child, &id), KERN_SUCCESS);
	CHECK_KR(SPAWN(child, "sleep", 0, &grandchild, &grand_id), KERN_SUCCESS);
	CHECK_KR(process_kill(grandchild, id), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_kill(plain, id), KERN_SUCCESS);
	CHECK_EQ(end_of(plain, child, id), PROCESS_STATUS(PROCESS_REASON_KILLED, 0));
	CHECK_KR(process_get_id(grandchild, &own, &parent), KERN_SUCCESS);
	CHECK_EQ(parent, 0);
	CHECK_KR(process_kill(plain, grand_id), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_kill(administrator, grand_id), KERN_SUCCESS);
	CHECK_KR(process_kill(administrator, grand_id), PROCESS_NOT_FOUND);
	NEED_KR(mach_port_deallocate(SELF, grandchild));
}

static void check_events(void)
{
	static struct msg msg;
	mach_port_t port = port_new(), child = MACH_PORT_NULL;
	natural_t id = 0;

	CHECK_KR(process_watch(plain, port, MACH_MSG_TYPE_MAKE_SEND, 33), KERN_SUCCESS);
	CHECK_KR(process_watch(plain, port, MACH_MSG_TYPE_MAKE_SEND, 34), KERN_NAME_EXISTS);
	CHECK_KR(SPAWN(plain,
		       "exit\0"
		       "0",
		       0, &child, &id),
		 KERN_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg_item_int(&msg), PROCESS_EVENT_ENDED);
	CHECK_EQ(msg_item_int(&msg), 33);
	CHECK_EQ(msg_item_int(&msg), 1);
	CHECK_EQ(msg_item_int(&msg), id);
	(void)end_of(plain, child, id);
	CHECK_KR(process_watch(plain, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND, 0), KERN_SUCCESS);
	port_destroy(port);
}

/* Who watches is told and lives; who does not is ended. */
static void check_interrupt(void)
{
	static struct msg msg;
	mach_port_t port = port_new(), child = MACH_PORT_NULL;
	natural_t id = 0;

	CHECK_KR(SPAWN(plain, "sleep", 0, &child, &id), KERN_SUCCESS);
	CHECK_KR(process_watch(child, port, MACH_MSG_TYPE_MAKE_SEND, 35), KERN_SUCCESS);
	CHECK_KR(process_interrupt(plain, id), KERN_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg_item_int(&msg), PROCESS_EVENT_INTERRUPT);
	CHECK_EQ(msg_item_int(&msg), 35);
	CHECK_EQ(msg_item_int(&msg), 1);
	CHECK_EQ(msg_item_int(&msg), 0);
	CHECK_KR(process_interrupt(plain, id), KERN_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 5000), MACH_MSG_SUCCESS);
	CHECK_KR(process_watch(child, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND, 0), KERN_SUCCESS);
	port_destroy(port);
	CHECK_KR(process_interrupt(plain, id), KERN_SUCCESS);
	CHECK_EQ(end_of(plain, child, id), PROCESS_STATUS(PROCESS_REASON_KILLED, 0));
	CHECK_KR(process_interrupt(plain, administrator_id), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_interrupt(administrator, administrator_id - 1), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_interrupt(plain, 0x50ffff), PROCESS_NOT_FOUND);
}

/* ------------------------------------------------------------------------------- who sees what */

/* The line of "id" in what "port" may see; count is how many lines there are. */
static boolean_t find_line(mach_port_t port, natural_t id, struct process_info *info,
			   unsigned int *count)
{
	vm_offset_t list = 0;
	mach_msg_type_number_t bytes = 0;
	boolean_t found = FALSE;

	NEED_KR(process_list(port, &list, &bytes));
	*count = bytes / sizeof *info;
	for (unsigned int i = 0; i < *count; i++) {
		const struct process_info *line = (const struct process_info *)list + i;

		if (line->id == id) {
			*info = *line;
			found = TRUE;
		}
	}
	NEED_KR(vm_deallocate(SELF, list, bytes));
	return found;
}

static void check_lists(void)
{
	struct process_info info;
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0, ended = 0, status = 0;
	unsigned int count = 0, zeros = 0;

	CHECK_KR(SPAWN(plain, "sleep", 0, &child, &id), KERN_SUCCESS);
	CHECK(find_line(plain, id, &info, &count));
	CHECK_EQ(count, 2);
	CHECK_EQ(info.parent, plain_id);
	CHECK_EQ(info.state, PROCESS_STATE_RUNS);
	CHECK_EQ(info.threads, 1);
	CHECK_EQ(info.pages_limit, 256);
	CHECK(info.pages_used > 4 && info.pages_used < 256);
	CHECK(strcmp(info.name, "child") == 0);
	CHECK(memcmp(info.digest, process_acs_last.digest, sizeof info.digest) == 0);
	for (unsigned int i = 0; i < sizeof info.digest; i++) {
		zeros += info.digest[i] == 0;
	}
	CHECK(zeros < 8);
	CHECK(find_line(administrator, plain_id, &info, &count));
	CHECK_EQ(count, 4); /* file, admin, plain, and its child */
	CHECK_EQ(info.state, PROCESS_STATE_RUNS | PROCESS_STATE_SERVER);
	CHECK(!find_line(child, plain_id, &info, &count));
	CHECK_KR(process_exit(child, 5), KERN_SUCCESS);
	CHECK(find_line(plain, id, &info, &count));
	CHECK_EQ(info.state, PROCESS_STATE_ENDED);
	CHECK_EQ(info.status, PROCESS_STATUS(PROCESS_REASON_EXIT, 5));
	CHECK_KR(process_wait(plain, PROCESS_ANY, PROCESS_WAIT_NOW, &ended, &status), KERN_SUCCESS);
	CHECK(!find_line(plain, id, &info, &count));
	NEED_KR(mach_port_deallocate(SELF, child));
}

static void check_permissions(void)
{
	static process_name_t file = "file";
	mach_port_t port = MACH_PORT_NULL;
	masix_counter_array_t counters = NULL;
	mach_msg_type_number_t count = 0;
	natural_t id = 0, bytes = 0;
	vm_offset_t text = 0;
	int64_t next = 0;
	unsigned int found = 0;

	CHECK_KR(process_read_log(plain, 0, &text, &count, &next), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_get_counters(plain, &counters, &count), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_start_server(plain, file), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_kill(plain, administrator_id), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_kill(plain, 0x50ffff), PROCESS_NOT_FOUND);
	CHECK_KR(process_kill(administrator, administrator_id - 1), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_set_root(plain, plain, MACH_MSG_TYPE_COPY_SEND), PROCESS_NOT_PERMITTED);
	CHECK_KR(SPAWN(plain, "sleep", PROCESS_SPAWN_ADMINISTRATOR, &port, &id),
		 PROCESS_NOT_PERMITTED);
	CHECK_KR(SPAWN(plain, "sleep", 0x80, &port, &id), KERN_INVALID_VALUE);
	CHECK_KR(process_get_counters(administrator, &counters, &count), KERN_SUCCESS);
	for (unsigned int i = 0; i < count; i++) {
		found |= strcmp(counters[i].name, "process_spawned") == 0 && counters[i].value > 0;
		found |= (strcmp(counters[i].name, "exceptions") == 0) << 1;
	}
	CHECK_EQ(found, 3);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)counters, count * sizeof *counters));
	(void)bytes;
}

/* ---------------------------------------------------------------------------------------- quota */

static void check_quota(void)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0;

	CHECK_KR(process_acs_spawn(plain, "child\0sleep", 12, 0, 257, &child, &id),
		 PROCESS_NOT_PERMITTED);
	CHECK_KR(SPAWN(plain, "sleep", 0, &child, &id), KERN_SUCCESS);
	CHECK_KR(process_set_quota(plain, id, 257), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_set_quota(plain, administrator_id, 10), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_set_quota(plain, id, 0), KERN_INVALID_VALUE);
	CHECK_KR(process_set_quota(plain, id, 200), KERN_SUCCESS);
	CHECK_KR(process_kill(plain, id), KERN_SUCCESS);
	(void)end_of(plain, child, id);
	/* It takes pages until the quota ends it. */
	CHECK_KR(process_acs_spawn(plain, "child\0touch", 12, 0, 100, &child, &id), KERN_SUCCESS);
	CHECK_EQ(end_of(plain, child, id), PROCESS_STATUS(PROCESS_REASON_FAULT, EXC_BAD_ACCESS));
	/* Not even the image fits: no process comes into being. */
	CHECK_KR(process_acs_spawn(plain, "child\0touch", 12, 0, 3, &child, &id),
		 KERN_RESOURCE_SHORTAGE);
}

/* ------------------------------------------------------------------------------ log and crashes */

static void check_log(void)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0;

	CHECK_KR(SPAWN(plain, "log", 0, &child, &id), KERN_SUCCESS);
	CHECK_EQ(end_of(plain, child, id), PROCESS_STATUS(PROCESS_REASON_EXIT, 0));
	CHECK(process_acs_log_has(administrator, "] child: first half, second half\n["));
	CHECK(process_acs_log_has(administrator, "] child: another ?[31mline\n"));
	CHECK(process_acs_log_has(administrator,
				  "8086:7000")); /* the first lines are still there */
}

static void check_crash(void)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0;

	CHECK_KR(SPAWN(plain, "fault", 0, &child, &id), KERN_SUCCESS);
	CHECK_EQ(end_of(plain, child, id), PROCESS_STATUS(PROCESS_REASON_FAULT, EXC_BAD_ACCESS));
	CHECK(process_acs_log_has(administrator,
				  "ended by EXC_BAD_ACCESS, code 0x1, subcode 0x10"));
	CHECK(process_acs_log_has(administrator, " process_child_faults+0x"));
	CHECK(process_acs_log_has(administrator, " process_child_calls+0x"));
	CHECK(process_acs_log_has(administrator, " main+0x"));
	CHECK(process_acs_log_has(administrator, " cs 1"));
}

int main(int argc, char **argv)
{
	process_acs_meet(argc, argv, roster, &pair);
	administrator = pair.administrator;
	administrator_id = pair.administrator_id;
	plain = pair.plain;
	plain_id = pair.plain_id;
	process_acs_warm_up(plain);
	test_begin(argc, argv, "server_process");
	check_boot();
	check_spawn();
	check_ends();
	check_later_answers();
	check_cancelled_wait();
	check_orphans();
	check_lists();
	check_permissions();
	check_quota();
	check_log();
	check_crash();
	check_events();
	check_interrupt();
	test_end();
}
