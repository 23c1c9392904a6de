/* TEST: oracle=no timeout=120
   modules="build/servers/process/process ${host-port} ${device-port} ${test} $(task-create)
   $(task-resume); build/tests/kernel/programs/process.cpio $(archive=ramdisk-create)" */
/* The process server, as it boots: starting, waiting, ending, lists, the log, crash reports. */
#include "lib/msg.h"
#include "lib/process_acs.h"
#include <gen/process.h>
#include <gen/process_log.h>

static mach_port_t administrator; /* process port of the program "admin" */
static mach_port_t plain;         /* ... and of one that is none */
static struct process_report plain_report;

static const struct acs_server_entry *roster(const char *name)
{
	static const struct acs_server_entry nothing = {.digests = 1};

	(void)name;
	return &nothing;
}

/* ---------------------------------------------------------------------------------------- boot */

static void check_boot(void)
{
	struct process_report first, second;
	natural_t id = 0, parent = 1;

	process_acs_meet(roster);
	CHECK(process_acs_report(&first, 5000));
	CHECK(process_acs_report(&second, 5000));
	CHECK(strcmp(first.text, "/servers/child|tell|") == 0);
	administrator = first.process;
	plain = second.process;
	plain_report = second;
	CHECK(MACH_PORT_VALID(first.ports[STANDARD_PORT_ACS]));
	CHECK(MACH_PORT_VALID(first.ports[STANDARD_PORT_LOG]));
	CHECK(MACH_PORT_VALID(first.ports[STANDARD_PORT_REGISTRATION]));
	CHECK_EQ(first.ports[STANDARD_PORT_ROOT], MACH_PORT_NULL);
	CHECK_EQ(process_acs_last.times, 3);
	CHECK_KR(process_get_id(administrator, &id, &parent), KERN_SUCCESS);
	CHECK_EQ(id >> 16, 5);
	CHECK_EQ(parent, 0);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "server_process");
	check_boot();
	test_end();
}
