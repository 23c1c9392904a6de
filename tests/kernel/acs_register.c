/* TEST: oracle=no args="acs=${acs}" fw_cfg=build/tests/keys/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/* Who may register with the ACS: the server that was started, once, and nobody else. */
#include "lib/acs_boot.h"
#include "lib/msg.h"
#include <gen/acs.h>
#include <gen/acs_control.h>
#include <gen/acs_register.h>
#include <masix/process.h>

static mach_port_t control;
static mach_port_t client;

static kern_return_t look_up(const char *name, mach_port_t *port)
{
	*port = MACH_PORT_NULL;
	return acs_look_up(client, name, 0, port);
}

static void check_get_server(void)
{
	acs_server_entry_t entry;

	CHECK_KR(acs_get_server(control, "one", &entry), KERN_SUCCESS);
	CHECK_EQ(entry.digests, 2);
	CHECK_EQ(entry.roles, 0);
	CHECK_EQ(entry.resources, 4);
	CHECK_EQ(entry.resource[0].kind, PROCESS_RESOURCE_IO);
	CHECK_EQ(entry.resource[0].first, 0x300);
	CHECK_EQ(entry.resource[0].count, 0x20);
	CHECK_EQ(entry.resource[2].first, 0x10ec8029);
	CHECK_KR(acs_get_server(control, "three", &entry), KERN_SUCCESS);
	CHECK_EQ(entry.roles, ACS_ROLE_PERSONALITY);
	CHECK_KR(acs_get_server(control, "four", &entry), ACS_NOT_IN_ROSTER);
	CHECK_KR(acs_get_server(control, "process", &entry), ACS_NOT_IN_ROSTER);
	CHECK_KR(acs_get_server(control, "One", &entry), ACS_NAME_INVALID);
	CHECK_KR(acs_get_server(control, "one@node1", &entry), ACS_NAME_INVALID);
}

static void check_whole(struct puppet *one)
{
	acs_secret_t secret;
	mach_port_t trusted = MACH_PORT_NULL, found = MACH_PORT_NULL;

	puppet_new(one, 0x11);
	CHECK_KR(look_up("one", &found), ACS_NAME_NOT_FOUND);
	CHECK_KR(puppet_start(one, control, "one", 0x11), KERN_SUCCESS);
	CHECK_KR(look_up("one", &found), ACS_NAME_NOT_FOUND);
	CHECK_KR(puppet_register(one, "one"), KERN_SUCCESS);
	/* The secret went to the inter-server port; the name finds the client port. */
	CHECK(puppet_take_secret(one, secret, &trusted));
	CHECK(MACH_PORT_VALID(trusted));
	port_destroy(trusted);
	CHECK_KR(look_up("one", &found), KERN_SUCCESS);
	CHECK_EQ(found, one->client);
	NEED_KR(mach_port_deallocate(mach_task_self(), found));
}

static void check_second(struct puppet *one)
{
	acs_secret_t secret;
	mach_port_t trusted = MACH_PORT_NULL;

	CHECK_KR(puppet_register(one, "one"), ACS_ALREADY_REGISTERED);
	CHECK(!puppet_take_secret(one, secret, &trusted));
}

static void check_names(struct puppet *two)
{
	CHECK_KR(puppet_register(two, "one"), ACS_WRONG_NAME);
	CHECK_KR(puppet_register(two, "four"), ACS_WRONG_NAME);
	CHECK_KR(puppet_register(two, ""), ACS_NAME_INVALID);
	CHECK_KR(puppet_register(two, "two@node1"), ACS_NAME_INVALID);
	CHECK_KR(puppet_register(two, "t wo"), ACS_NAME_INVALID);
}

/* Somebody else's ports, and another server's registration port. */
static void check_ports(struct puppet *one, struct puppet *two)
{
	mach_port_t own = port_new_send();
	mach_port_t dead = port_new_dead();
	mach_port_t registration = two->registration;
	const mach_msg_type_name_t copy = MACH_MSG_TYPE_COPY_SEND;

	CHECK_KR(acs_register(registration, "two", one->client, copy, two->trusted, copy),
		 ACS_WRONG_OWNER);
	CHECK_KR(acs_register(registration, "two", two->client, copy, one->trusted, copy),
		 ACS_WRONG_OWNER);
	/* The right ports of server one, through the registration port of two. */
	CHECK_KR(acs_register(registration, "two", one->client, copy, one->trusted, copy),
		 ACS_WRONG_OWNER);
	CHECK_KR(acs_register(registration, "one", one->client, copy, one->trusted, copy),
		 ACS_WRONG_NAME);
	/* The test's own, the kernel's, dead ones, none, one for both. */
	CHECK_KR(acs_register(registration, "two", own, copy, own, copy), KERN_INVALID_ARGUMENT);
	CHECK_KR(acs_register(registration, "two", two->client, copy, own, copy), ACS_WRONG_OWNER);
	CHECK_KR(acs_register(registration, "two", two->client, copy, mach_host_self(), copy),
		 ACS_WRONG_OWNER);
	CHECK_KR(acs_register(registration, "two", two->client, copy, dead, copy), ACS_WRONG_OWNER);
	CHECK_KR(acs_register(registration, "two", two->client, copy, MACH_PORT_NULL, copy),
		 KERN_INVALID_ARGUMENT);
	CHECK_KR(acs_register(registration, "two", two->client, copy, two->client, copy),
		 KERN_INVALID_ARGUMENT);
	port_destroy(own);
	port_destroy(dead);
}

static void check_digests(void)
{
	struct puppet other, unmeasured, wrong;

	/* The roster does not permit it; nor is an image that nobody measured ever permitted. */
	puppet_new(&other, 0x44);
	CHECK_KR(puppet_start(&other, control, "three", 0x44), ACS_WRONG_DIGEST);
	CHECK_KR(puppet_start(&other, control, "three", 0), ACS_WRONG_DIGEST);
	CHECK_KR(puppet_start(&other, control, "four", 0x33), ACS_NOT_IN_ROSTER);
	CHECK_KR(puppet_start(&other, control, "process", 0x33), ACS_NOT_IN_ROSTER);
	/* What the process server says is not what the kernel has. */
	CHECK_KR(puppet_start(&other, control, "three", 0x33), KERN_SUCCESS);
	CHECK_KR(puppet_register(&other, "three"), ACS_WRONG_DIGEST);
	puppet_new(&unmeasured, 0);
	CHECK_KR(puppet_start(&unmeasured, control, "three", 0x33), KERN_SUCCESS);
	CHECK_KR(puppet_register(&unmeasured, "three"), ACS_WRONG_DIGEST);
	/* Two images are permitted for server one, but this task was measured as another. */
	puppet_new(&wrong, 0x12);
	CHECK_KR(puppet_start(&wrong, control, "one", 0x11), KERN_SUCCESS);
	CHECK_KR(puppet_register(&wrong, "one"), ACS_WRONG_DIGEST);
	CHECK_KR(puppet_start(&wrong, control, "one", 0x12), KERN_SUCCESS);
	CHECK_KR(puppet_register(&wrong, "one"), KERN_SUCCESS);
	puppet_end(&other);
	puppet_end(&unmeasured);
	puppet_end(&wrong);
}

/* The genuine binary, started by somebody else than the process server: also while it restarts. */
static void check_by_hand(void)
{
	struct puppet genuine, by_hand;
	mach_port_t found = MACH_PORT_NULL;
	mach_port_t used = MACH_PORT_NULL;

	puppet_serve(&genuine, control, "two", 0x22);
	used = genuine.registration;
	genuine.registration = MACH_PORT_NULL;
	puppet_new(&by_hand, 0x22);
	by_hand.registration = used;
	CHECK_KR(puppet_register(&by_hand, "two"), ACS_ALREADY_REGISTERED);
	by_hand.registration = MACH_PORT_NULL;
	/* The server dies: its registration port stays used. */
	puppet_end(&genuine);
	CHECK(TEST_WAIT_UNTIL(look_up("two", &found) == ACS_NAME_NOT_FOUND));
	by_hand.registration = used;
	CHECK(puppet_register(&by_hand, "two") != KERN_SUCCESS);
	/* It is started anew, and the one by hand is faster: with the new registration port, even.
	 */
	puppet_new(&genuine, 0x22);
	CHECK_KR(puppet_start(&genuine, control, "two", 0x22), KERN_SUCCESS);
	CHECK(puppet_register(&by_hand, "two") != KERN_SUCCESS);
	CHECK_KR(acs_register(genuine.registration, "two", by_hand.client, MACH_MSG_TYPE_COPY_SEND,
			      by_hand.trusted, MACH_MSG_TYPE_COPY_SEND),
		 ACS_WRONG_OWNER);
	CHECK_KR(puppet_register(&genuine, "two"), KERN_SUCCESS);
	CHECK_KR(look_up("two", &found), KERN_SUCCESS);
	CHECK_EQ(found, genuine.client);
	NEED_KR(mach_port_deallocate(mach_task_self(), found));
	puppet_end(&genuine);
	puppet_end(&by_hand);
}

/* An inter-server port whose queue is full gets no secret, and keeps nobody waiting. */
static void check_full_queue(void)
{
	struct puppet puppet;
	int sent = 0;
	struct msg msg;

	puppet_new(&puppet, 0x33);
	NEED_KR(puppet_start(&puppet, control, "three", 0x33));
	do {
		msg_begin(&msg, puppet.trusted, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
	} while (mach_msg(&msg.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, msg.size, 0, MACH_PORT_NULL,
			  0, MACH_PORT_NULL) == MACH_MSG_SUCCESS &&
		 sent++ < 100);
	CHECK_KR(puppet_register(&puppet, "three"), KERN_RESOURCE_SHORTAGE);
	puppet_end(&puppet);
}

int main(int argc, char **argv)
{
	struct puppet one, two;

	test_begin(argc, argv, "acs_register");
	control = acs_test_start();
	client = acs_test_client(control);
	check_get_server();
	check_whole(&one);
	check_second(&one);
	puppet_new(&two, 0x22);
	NEED_KR(puppet_start(&two, control, "two", 0x22));
	check_names(&two);
	check_ports(&one, &two);
	CHECK_KR(puppet_register(&two, "two"), KERN_SUCCESS);
	puppet_end(&one);
	puppet_end(&two);
	check_digests();
	check_by_hand();
	check_full_queue();
	port_destroy(client);
	acs_test_end(control);
	test_end();
}
