/* TEST: oracle=no args="acs=${acs}" fw_cfg=build/tests/keys/altered
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/* A roster that was altered: one letter of a node's name, so that all but the signature is right.
 */
#include "lib/acs_boot.h"

int main(int argc, char **argv)
{
	mach_port_t control = MACH_PORT_NULL;

	test_begin(argc, argv, "acs_altered");
	CHECK(!acs_test_try(&control));
	CHECK(acs_test_ended());
	acs_test_end(control);
	test_end();
}
