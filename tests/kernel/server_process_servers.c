/* TEST: oracle=no timeout=120 icount=yes
   modules="build/servers/process/process ${host-port} ${device-port} ${test} $(task-create)
   $(task-resume); build/tests/kernel/programs/process_servers.cpio $(archive=ramdisk-create)" */
/* The servers of /etc/servers: what they are given, who gets nothing, and who is started again. */
#include "lib/msg.h"
#include "lib/process_acs.h"
#include <gen/mach_i386.h>
#include <gen/process.h>

#define SELF mach_task_self()

enum { ADMIN, GREEDY, RIVAL, PROGRAM, FILE_SERVER, REPORTERS };

static const char *const reporters[REPORTERS] = {
	"/servers/child|tell|",        /* admin */
	"/servers/child|tell|greedy|", /* ... */
	"/servers/child|tell|rival|",  "/servers/child|tell|program|", "/servers/child|tell|file|",
};
static mach_port_t ports[REPORTERS];
static struct process_report reports[REPORTERS];
static mach_port_t root;
static kern_return_t set_root[3];
static boolean_t program_was_early;

/* The IDE controller and the screen of the machine that QEMU makes. */
#define IDE    0x80867010u
#define SCREEN 0x12341111u

static const struct acs_server_entry *roster(const char *name)
{
	static const struct acs_server_entry nothing = {.digests = 1};
	static const struct acs_server_entry greedy = {
		.resources = 7,
		.resource = {{PROCESS_RESOURCE_IO, 0x300, 32},
			     {PROCESS_RESOURCE_INTERRUPT, 5, 1},
			     {PROCESS_RESOURCE_MEMORY, 0xa0000, 0x20000},
			     {PROCESS_RESOURCE_CONSOLE, 0, 0},
			     {PROCESS_RESOURCE_PCI, IDE, 0},
			     {PROCESS_RESOURCE_ARCHIVE, 0, 0},
			     {PROCESS_RESOURCE_CLOCK, 0, 0}},
	};
	static const struct acs_server_entry rival = {
		.resources = 12,
		.resource = {{PROCESS_RESOURCE_IO, 0x31f, 2}, /* one port is greedy's */
			     {PROCESS_RESOURCE_INTERRUPT, 5, 1},
			     {PROCESS_RESOURCE_MEMORY, 0xb8000, 0x1000},
			     {PROCESS_RESOURCE_CONSOLE, 0, 0},
			     {PROCESS_RESOURCE_PCI, IDE, 0},
			     {PROCESS_RESOURCE_IO, 0x510, 1}, /* fw_cfg */
			     {PROCESS_RESOURCE_IO, 0xcf8, 8}, /* PCI */
			     {PROCESS_RESOURCE_IO, 0, 0x10000},
			     {PROCESS_RESOURCE_IO, 0x20000, 1},
			     {PROCESS_RESOURCE_MEMORY, 0x1000000, 0x1000}, /* RAM */
			     {PROCESS_RESOURCE_ARCHIVE, 0, 0},
			     {PROCESS_RESOURCE_PCI, SCREEN, 0}},
	};

	if (strcmp(name, "unknown") == 0) {
		return NULL;
	}
	return strcmp(name, "greedy") == 0  ? &greedy
	       : strcmp(name, "rival") == 0 ? &rival
					    : &nothing;
}

/* Takes one report, whoever it is of. */
static void take_report(void)
{
	struct process_report report;

	if (!process_acs_report(&report, 10000)) {
		test_bail_out("a program of /etc/servers does not report");
	}
	for (int who = 0; who < REPORTERS; who++) {
		if (strcmp(report.text, reporters[who]) == 0) {
			reports[who] = report;
			ports[who] = report.process;
		}
	}
}

/* An administrator's program waits until there is a root. */
static void meet(int argc, char **argv)
{
	struct process_report early;

	process_acs_refused = "refused";
	process_acs_start(argc, argv, roster);
	for (int i = 0; i < REPORTERS - 1; i++) {
		take_report();
	}
	program_was_early = process_acs_report(&early, 300);
	root = port_new();
	set_root[0] = process_set_root(ports[GREEDY], root, MACH_MSG_TYPE_MAKE_SEND);
	set_root[1] = process_set_root(ports[FILE_SERVER], MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND);
	set_root[2] = process_set_root(ports[FILE_SERVER], root, MACH_MSG_TYPE_MAKE_SEND);
	take_report();
}

/* -------------------------------------------------------------------------------------- states */

static boolean_t find_server(const char *name, struct process_server_info *info)
{
	vm_offset_t list = 0;
	mach_msg_type_number_t bytes = 0;
	boolean_t found = FALSE;

	NEED_KR(process_list_servers(ports[ADMIN], &list, &bytes));
	for (unsigned int i = 0; i < bytes / sizeof *info; i++) {
		if (strcmp(((struct process_server_info *)list)[i].name, name) == 0) {
			*info = ((struct process_server_info *)list)[i];
			found = TRUE;
		}
	}
	NEED_KR(vm_deallocate(SELF, list, bytes));
	return found;
}

static natural_t state_of(const char *name)
{
	struct process_server_info info = {.state = 0};

	return find_server(name, &info) ? info.state : 0;
}

static void check_states(void)
{
	struct process_server_info info;

	CHECK_EQ(state_of("admin"), PROCESS_SERVER_RUNS);
	CHECK_EQ(state_of("greedy"), PROCESS_SERVER_RUNS);
	CHECK_EQ(state_of("unknown"), PROCESS_SERVER_GIVEN_UP);
	CHECK_EQ(state_of("missing"), PROCESS_SERVER_GIVEN_UP);
	CHECK_EQ(state_of("refused"), PROCESS_SERVER_GIVEN_UP);
	CHECK_EQ(state_of("what"), 0);
	CHECK(find_server("refused", &info) && info.id == 0 && info.restarts == 0);
	CHECK(process_acs_log_has(ports[ADMIN], "/etc/servers, line 3: "));
	CHECK(process_acs_log_has(ports[ADMIN], "unknown is not started: "));
	CHECK(process_acs_log_has(ports[ADMIN], "missing is not started: the archive does not"));
	CHECK(process_acs_log_has(ports[ADMIN], "refused is not started: "));
	/* A program is no server: in no roster, with no registration port, and the ACS not asked.
	 */
	CHECK_EQ(reports[PROGRAM].ports[STANDARD_PORT_REGISTRATION], MACH_PORT_NULL);
	CHECK(MACH_PORT_VALID(reports[GREEDY].ports[STANDARD_PORT_REGISTRATION]));
}

/* ----------------------------------------------------------------------------------- resources */

/* Is there such a thing at that place of the server's list?  Its right goes back, or to *port. */
static kern_return_t resource(int who, natural_t kind, natural_t index, natural_t *first,
			      natural_t *count, mach_port_t *port)
{
	mach_port_t got = MACH_PORT_NULL;
	kern_return_t result = process_get_resource(ports[who], kind, index, &got, first, count);

	if (port != NULL) {
		*port = got;
	} else if (result == KERN_SUCCESS) {
		NEED_KR(mach_port_deallocate(SELF, got));
	}
	return result;
}

static unsigned int count_resources(int who, natural_t kind)
{
	natural_t first = 0, count = 0;
	unsigned int index = 0;

	while (resource(who, kind, index, &first, &count, NULL) == KERN_SUCCESS) {
		index++;
	}
	return index;
}

static void check_given(void)
{
	natural_t first = 0, count = 0;

	CHECK_KR(resource(GREEDY, PROCESS_RESOURCE_IO, 0, &first, &count, NULL), KERN_SUCCESS);
	CHECK_EQ(first, 0x300);
	CHECK_EQ(count, 32);
	/* The controller's only range. */
	CHECK_KR(resource(GREEDY, PROCESS_RESOURCE_IO, 1, &first, &count, NULL), KERN_SUCCESS);
	CHECK_EQ(count, 16);
	CHECK(first >= 0xc000 && (first & 15) == 0);
	CHECK_KR(resource(GREEDY, PROCESS_RESOURCE_IO, 2, &first, &count, NULL),
		 PROCESS_NO_SUCH_RESOURCE);
	CHECK_KR(resource(GREEDY, PROCESS_RESOURCE_INTERRUPT, 0, &first, &count, NULL),
		 KERN_SUCCESS);
	CHECK_EQ(first, 5);
	CHECK_EQ(count_resources(GREEDY, PROCESS_RESOURCE_MEMORY), 1);
	CHECK_EQ(count_resources(GREEDY, PROCESS_RESOURCE_CONSOLE), 1);
	CHECK_EQ(count_resources(GREEDY, PROCESS_RESOURCE_ARCHIVE), 1);
	CHECK_EQ(count_resources(GREEDY, PROCESS_RESOURCE_CLOCK), 1);
	CHECK_KR(resource(GREEDY, PROCESS_RESOURCE_PCI + 100, 0, &first, &count, NULL),
		 KERN_INVALID_VALUE);
}

static void check_refused(void)
{
	natural_t first = 0, count = 0;

	CHECK_EQ(count_resources(RIVAL, PROCESS_RESOURCE_IO), 0);
	CHECK_EQ(count_resources(RIVAL, PROCESS_RESOURCE_INTERRUPT), 0);
	CHECK_EQ(count_resources(RIVAL, PROCESS_RESOURCE_CONSOLE), 0);
	CHECK_EQ(count_resources(RIVAL, PROCESS_RESOURCE_ARCHIVE), 1); /* that may be shared */
	/* What is left is the card that nobody had: its two ranges. */
	CHECK_EQ(count_resources(RIVAL, PROCESS_RESOURCE_MEMORY), 2);
	CHECK_KR(resource(RIVAL, PROCESS_RESOURCE_MEMORY, 0, &first, &count, NULL), KERN_SUCCESS);
	CHECK_EQ(count, 0x1000000);
	CHECK(process_acs_log_has(ports[ADMIN],
				  "rival does not get resource 1 at 0x31f: it is another's"));
	CHECK(process_acs_log_has(ports[ADMIN],
				  "rival does not get resource 1 at 0x510: it is another's"));
	CHECK(process_acs_log_has(ports[ADMIN],
				  "rival does not get resource 1 at 0x20000: it cannot be"));
	CHECK(process_acs_log_has(ports[ADMIN], "rival does not get resource 3 at 0x1000000: "));
	CHECK(process_acs_log_has(ports[ADMIN], "rival does not get the card 8086:7010"));
	/* Others have none at all. */
	CHECK_EQ(count_resources(ADMIN, PROCESS_RESOURCE_IO), 0);
	CHECK_EQ(count_resources(PROGRAM, PROCESS_RESOURCE_IO), 0);
}

static void check_use(void)
{
	natural_t first = 0, count = 0;
	mach_port_t port = MACH_PORT_NULL;
	vm_address_t address = 0;
	volatile uint16_t *cell = NULL;
	uint16_t before = 0;

	NEED_KR(resource(GREEDY, PROCESS_RESOURCE_MEMORY, 0, &first, &count, &port));
	CHECK_KR(vm_map(SELF, &address, count, 0, TRUE, port, 0, FALSE,
			VM_PROT_READ | VM_PROT_WRITE, VM_PROT_READ | VM_PROT_WRITE,
			VM_INHERIT_NONE),
		 KERN_SUCCESS);
	cell = (volatile uint16_t *)(address + 0x18000); /* the first cell of the text screen */
	before = *cell;
	*cell = 0x0741;
	CHECK_EQ(*cell, 0x0741);
	*cell = before;
	NEED_KR(vm_deallocate(SELF, address, count));
	NEED_KR(mach_port_deallocate(SELF, port));
	NEED_KR(resource(GREEDY, PROCESS_RESOURCE_IO, 0, &first, &count, &port));
	CHECK_KR(i386_io_perm_modify(SELF, port, TRUE), KERN_SUCCESS);
	__asm__ volatile("inb %w0, %%al" : : "d"(first + count - 1) : "eax");
	CHECK_KR(i386_io_perm_modify(SELF, port, FALSE), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, port));
}

/* ------------------------------------------------------------------------------------ restarts */

/* Its failures come in a row; here virtual time passes as fast as nobody does anything. */
static void wait_given_up(struct process_server_info *info)
{
	for (int seconds = 0; seconds < 120; seconds++) {
		test_sleep_ms(1000);
		if (find_server("flaky", info) && info->state == PROCESS_SERVER_GIVEN_UP) {
			break;
		}
	}
}

static void check_give_up(void)
{
	struct process_server_info info = {.state = 0};

	CHECK(find_server("flaky", &info));
	CHECK_EQ(info.state, PROCESS_SERVER_GIVEN_UP);
	CHECK_EQ(info.restarts, 9);
	CHECK_EQ(info.id, 0);
	CHECK_EQ(info.status, PROCESS_STATUS(PROCESS_REASON_EXIT, 3));
	CHECK(process_acs_log_has(ports[ADMIN], "flaky ended itself (3): it is not started again"));
}

static void check_start_again(void)
{
	static process_name_t flaky = "flaky", nobody = "nobody", unended;
	struct process_server_info info = {.state = 0};

	memset(unended, 'x', sizeof unended);
	CHECK_KR(process_start_server(ports[ADMIN], nobody), PROCESS_NOT_FOUND);
	CHECK_KR(process_start_server(ports[GREEDY], flaky), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_start_server(ports[ADMIN], flaky), KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(find_server("flaky", &info) && info.restarts > 9));
	CHECK(info.state != PROCESS_SERVER_GIVEN_UP);
	wait_given_up(&info);
	CHECK_EQ(info.restarts, 19); /* a row of its own */
}

/* The server greedy dies and reports again. */
static void end_greedy(void)
{
	natural_t id = 0, parent = 0;

	NEED_KR(process_get_id(ports[GREEDY], &id, &parent));
	NEED_KR(process_kill(ports[ADMIN], id));
	process_acs_drop(&reports[GREEDY]);
	take_report();
}

/* Killed, it comes again: the same things, what it kept, a new process. */
static void check_next_life(void)
{
	struct process_server_info info;
	mach_port_t memory = port_new(), kept = MACH_PORT_NULL;
	natural_t old_id = 0, id = 0, parent = 0, bytes = 0;

	CHECK_KR(process_get_kept(ports[GREEDY], &kept, &bytes), PROCESS_NO_SUCH_RESOURCE);
	CHECK_KR(process_keep(ports[GREEDY], memory, MACH_MSG_TYPE_MAKE_SEND, 77), KERN_SUCCESS);
	NEED_KR(process_get_id(ports[GREEDY], &old_id, &parent));
	end_greedy();
	CHECK_KR(process_get_id(ports[GREEDY], &id, &parent), KERN_SUCCESS);
	CHECK(id != old_id);
	CHECK(find_server("greedy", &info) && info.id == id && info.restarts == 2 &&
	      info.status == PROCESS_STATUS(PROCESS_REASON_KILLED, 0));
	CHECK_EQ(count_resources(GREEDY, PROCESS_RESOURCE_IO), 2);
	CHECK_KR(process_get_kept(ports[GREEDY], &kept, &bytes), KERN_SUCCESS);
	CHECK_EQ(kept, memory);
	CHECK_EQ(bytes, 77);
	NEED_KR(mach_port_deallocate(SELF, kept));
	CHECK_KR(process_keep(ports[GREEDY], MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND, 0),
		 KERN_SUCCESS);
	CHECK_KR(process_get_kept(ports[GREEDY], &kept, &bytes), PROCESS_NO_SUCH_RESOURCE);
	port_destroy(memory);
	CHECK_KR(process_get_kept(ports[ADMIN], &kept, &bytes), PROCESS_NO_SUCH_RESOURCE);
	CHECK(process_acs_log_has(ports[ADMIN], "greedy was killed (0): it will be started again"));
}

/* The server called "file" gives its root to administrators' programs, and to them alone. */
static void check_root(void)
{
	CHECK(!program_was_early);
	CHECK_KR(set_root[0], PROCESS_NOT_PERMITTED);
	CHECK_KR(set_root[1], KERN_INVALID_VALUE);
	CHECK_KR(set_root[2], KERN_SUCCESS);
	CHECK_EQ(reports[PROGRAM].ports[STANDARD_PORT_ROOT], root);
	CHECK_EQ(reports[PROGRAM].ports[STANDARD_PORT_DIRECTORY], root);
	CHECK_EQ(reports[GREEDY].ports[STANDARD_PORT_ROOT], MACH_PORT_NULL);
	CHECK_EQ(reports[ADMIN].ports[STANDARD_PORT_ROOT], MACH_PORT_NULL);
}

int main(int argc, char **argv)
{
	struct process_server_info given_up;

	meet(argc, argv);
	process_acs_warm_up(ports[ADMIN]);
	wait_given_up(&given_up);
	end_greedy(); /* once before the objects are counted: names lie where they will lie */
	test_begin(argc, argv, "server_process_servers");
	process_acs_check_meeting();
	check_states();
	check_given();
	check_refused();
	check_use();
	check_next_life();
	check_give_up();
	check_start_again();
	check_root();
	test_end();
}
