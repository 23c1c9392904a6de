/* TEST: oracle=no timeout=180 args="acs=${acs}" fw_cfg=build/tests/keys/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/* 50,000 random and mutated messages to each kind of port that others than the process server have.
 */
#include "lib/acs_boot.h"
#include "lib/msg.h"
#include "lib/mutate.h"
#include <gen/acs.h>
#include <gen/acs_control.h>
#include <gen/acs_trusted.h>

MUTATE_INTERFACE(acs);
MUTATE_INTERFACE(acs_register);
MUTATE_INTERFACE(acs_trusted);

static mach_port_t control, client, trusted;
static struct puppet one, three;

/* The names are what they were, nobody waits for ever, and no secret went out. */
static void serves(void *argument)
{
	mach_port_t found = MACH_PORT_NULL;
	acs_secret_t secret;
	acs_nonce_t nonce;

	(void)argument;
	CHECK_KR(acs_look_up(client, "one", 0, &found), KERN_SUCCESS);
	CHECK_EQ(found, one.client);
	NEED_KR(mach_port_deallocate(mach_task_self(), found));
	/* The look-ups of a client that was killed end a little later than it. */
	CHECK(TEST_WAIT_UNTIL(acs_look_up(client, "two", 1, &found) == ACS_NAME_NOT_FOUND));
	CHECK_KR(acs_look_up(client, "three", 0, &found), ACS_NAME_NOT_FOUND);
	CHECK_KR(acs_challenge(trusted, nonce), KERN_SUCCESS);
	CHECK(!puppet_take_secret(&one, secret, &found));
	CHECK(!puppet_take_secret(&three, secret, &found));
}

int main(int argc, char **argv)
{
	/* Not "one": its port would be found and become a target, and nobody receives there. */
	static const char *const words[] = {"two", "three@node1", "three", NULL};
	acs_secret_t secret;

	test_begin(argc, argv, "acs_mutated");
	control = acs_test_start();
	client = acs_test_client(control);
	puppet_serve(&one, control, "one", 0x11);
	CHECK(puppet_take_secret(&one, secret, &trusted));
	puppet_new(&three, 0x33);
	NEED_KR(puppet_start(&three, control, "three", 0x33));
	mutate_run(&(struct mutate){
		.seed = 20260302,
		.messages = MUTATE_MESSAGES,
		.interfaces = {&mutate_acs, &mutate_acs_register, &mutate_acs_trusted},
		.targets = {client, three.registration, trusted, one.registration},
		.words = words,
		.serves = serves,
	});
	CHECK_KR(puppet_register(&three, "three"), KERN_SUCCESS);
	puppet_end(&one);
	puppet_end(&three);
	CHECK(TEST_WAIT_UNTIL((port_type(trusted) & MACH_PORT_TYPE_DEAD_NAME) != 0));
	port_destroy(trusted);
	port_destroy(client);
	acs_test_end(control);
	test_end();
}
