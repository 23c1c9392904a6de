/* TEST: oracle=no args="acs=${acs}"
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/* A host that gives the node nothing. */
#include "lib/acs_boot.h"

int main(int argc, char **argv)
{
	mach_port_t control = MACH_PORT_NULL;

	test_begin(argc, argv, "acs_no_roster");
	CHECK(!acs_test_try(&control));
	CHECK(acs_test_ended());
	acs_test_end(control);
	test_end();
}
