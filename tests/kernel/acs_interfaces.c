/* TEST: oracle=no args="acs=${acs}" fw_cfg=build/tests/keys/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/* Each port of the ACS has one interface: no message to one kind of port reaches another's routine.
 */
#include "lib/acs_boot.h"
#include "lib/msg.h"
#include <gen/acs.h>
#include <gen/acs_control.h>
#include <gen/acs_trusted.h>
#include <masix/subsystems.h>

#define ROUTINES 12 /* more than any of them has */

static mach_port_t control, client;
static struct puppet one, two;

static const struct {
	const char *name;
	mach_msg_id_t base;
} interfaces[] = {
	{"acs", MASIX_BASE_ACS},
	{"acs_trusted", MASIX_BASE_ACS_TRUSTED},
	{"acs_register", MASIX_BASE_ACS_REGISTER},
	{"acs_control", MASIX_BASE_ACS_CONTROL},
	{"acs_network", MASIX_BASE_ACS_NETWORK},
	{"server_auth", MASIX_BASE_SERVER_AUTH},
	{"process_boot", MASIX_BASE_PROCESS_BOOT},
};

#define INTERFACES (sizeof interfaces / sizeof interfaces[0])

/*
 * What the port says to a request of that id, of a header and as many bytes as a name, a digest and
 * ports take up; ids that it knows complain of the request, others of the id.
 */
static kern_return_t ask(mach_port_t port, mach_msg_id_t id)
{
	static struct msg msg;
	static const uint8_t text[ACS_NAME_BYTES] = "one";
	mach_port_t reply = port_new();
	kern_return_t result = KERN_FAILURE;

	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE, id);
	msg_add(&msg, MACH_MSG_TYPE_STRING_C, 8, sizeof text, text);
	msg_add_port(&msg, one.client, MACH_MSG_TYPE_COPY_SEND);
	msg_add_port(&msg, one.trusted, MACH_MSG_TYPE_COPY_SEND);
	NEED_KR(msg_send(&msg));
	if (msg_receive(&msg, reply, 1000) == MACH_MSG_SUCCESS) {
		result = (kern_return_t)msg_item_int(&msg);
	}
	port_destroy(reply);
	return result;
}

/* Every id of every interface, to a port that has interface "own": only its own are known. */
static void check_port(mach_port_t port, mach_msg_id_t own, const char *text)
{
	test_group_begin(text);
	for (unsigned int i = 0; i < INTERFACES; i++) {
		for (int id = 0; id < ROUTINES && interfaces[i].base != own; id++) {
			CHECK_KR(ask(port, interfaces[i].base + id), MIG_BAD_ID);
		}
	}
	test_group_end();
}

/* A port that was looked up as a client is never an inter-server port. */
static void check_look_up(void)
{
	mach_port_t found = MACH_PORT_NULL;
	static const char *const names[] = {"one", "two", "one@node1", "two@node1"};

	for (int i = 0; i < 4; i++) {
		CHECK_KR(acs_look_up(client, names[i], 0, &found), KERN_SUCCESS);
		CHECK(found == one.client || found == two.client);
		NEED_KR(mach_port_deallocate(mach_task_self(), found));
	}
	CHECK_KR(acs_look_up(client, "process", 0, &found), ACS_NAME_NOT_FOUND);
}

/* The control port makes no client of itself, the client port no registration. */
static void check_stubs(mach_port_t trusted)
{
	acs_nonce_t nonce;
	mach_port_t port = MACH_PORT_NULL;

	CHECK_KR(acs_challenge(client, nonce), MIG_BAD_ID);
	CHECK_KR(acs_challenge(control, nonce), MIG_BAD_ID);
	CHECK_KR(acs_challenge(trusted, nonce), KERN_SUCCESS);
	CHECK_KR(acs_make_client(client, 1, &port), MIG_BAD_ID);
	CHECK_KR(acs_make_client(trusted, 1, &port), MIG_BAD_ID);
	CHECK_KR(acs_start_server(client, "one", 1, DIGEST_OF(0x11), &port), MIG_BAD_ID);
	CHECK_KR(acs_look_up(control, "one", 0, &port), MIG_BAD_ID);
	CHECK_KR(acs_look_up(trusted, "one", 0, &port), MIG_BAD_ID);
}

int main(int argc, char **argv)
{
	acs_secret_t secret;
	mach_port_t trusted = MACH_PORT_NULL;

	test_begin(argc, argv, "acs_interfaces");
	control = acs_test_start();
	client = acs_test_client(control);
	puppet_serve(&one, control, "one", 0x11);
	puppet_serve(&two, control, "two", 0x22);
	CHECK(puppet_take_secret(&one, secret, &trusted));
	check_port(client, MASIX_BASE_ACS, "a client's port knows acs alone");
	check_port(control, MASIX_BASE_ACS_CONTROL, "the control port knows acs_control alone");
	check_port(one.registration, MASIX_BASE_ACS_REGISTER,
		   "a registration port knows acs_register alone");
	check_port(trusted, MASIX_BASE_ACS_TRUSTED, "a server's port knows acs_trusted alone");
	check_look_up();
	check_stubs(trusted);
	puppet_end(&one);
	puppet_end(&two);
	CHECK(TEST_WAIT_UNTIL((port_type(trusted) & MACH_PORT_TYPE_DEAD_NAME) != 0));
	port_destroy(trusted);
	port_destroy(client);
	acs_test_end(control);
	test_end();
}
