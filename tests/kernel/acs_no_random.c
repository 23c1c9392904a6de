/* TEST: oracle=no cpu=qemu32 args="acs=${acs}" fw_cfg=build/tests/keys/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/* A processor without RDRAND: names are answered, and no server is started, whatever the seed. */
#include "lib/acs_boot.h"
#include <gen/acs.h>
#include <gen/acs_control.h>

int main(int argc, char **argv)
{
	struct puppet one;
	mach_port_t control = MACH_PORT_NULL, client = MACH_PORT_NULL, found = MACH_PORT_NULL;
	mach_port_t trusted = MACH_PORT_NULL;

	test_begin(argc, argv, "acs_no_random");
	control = acs_test_start();
	client = acs_test_client(control);
	puppet_new(&one, 0x11);
	CHECK_KR(puppet_start(&one, control, "one", 0x11), ACS_NO_RANDOMNESS);
	CHECK_KR(puppet_start(&one, control, "one", 0x44), ACS_WRONG_DIGEST);
	CHECK_KR(acs_look_up(client, "one", 0, &found), ACS_NAME_NOT_FOUND);
	/* Nor does the process server get a secret. */
	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &trusted));
	CHECK_KR(acs_register_process(control, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND, trusted,
				      MACH_MSG_TYPE_MAKE_SEND),
		 ACS_NO_RANDOMNESS);
	NEED_KR(mach_port_destroy(mach_task_self(), trusted));
	puppet_end(&one);
	NEED_KR(mach_port_destroy(mach_task_self(), client));
	acs_test_end(control);
	test_end();
}
