/* TEST: oracle=no args="acs=${acs}" fw_cfg=build/tests/keys/stranger
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/* A node whose key the roster does not know: it was never in the cluster, or was revoked. */
#include "lib/acs_boot.h"

int main(int argc, char **argv)
{
	mach_port_t control = MACH_PORT_NULL;

	test_begin(argc, argv, "acs_stranger");
	CHECK(!acs_test_try(&control));
	CHECK(acs_test_ended());
	acs_test_end(control);
	test_end();
}
