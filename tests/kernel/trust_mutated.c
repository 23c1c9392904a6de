/* TEST: oracle=no libc=yes timeout=180 args="acs=${acs} one=${one}"
   fw_cfg=build/tests/keys/fw_cfg/node1 modules="build/servers/acs/acs ${host-port} ${test}
   $(acs=task-create); build/tests/servers/peer one three $(one=task-create)" */
/* 50,000 random and mutated messages to a server's inter-server port, as lib/trust serves it. */
#include "lib/introduce.h"
#include "lib/msg.h"
#include "lib/mutate.h"
#include "lib/server.h"
#include <gen/acs.h>
#include <gen/acs_control.h>
#include <gen/server_auth.h>
#include <stdlib.h>
#include <string.h>

MUTATE_INTERFACE(server_auth);

static mach_port_t control, trusted, public;
static struct puppet three;
static acs_secret_t secret;

/* A peer still gets in, so the secret is what it was. */
static void serves(void *argument)
{
	struct introduction introduction;
	struct trust_exchange exchange = {.asker = "three", .server = "one"};
	mach_port_t half = MACH_PORT_NULL, port = MACH_PORT_NULL;
	acs_proof_t proof;

	(void)argument;
	introduce(trusted, secret, "three", "one", &introduction);
	CHECK_KR(server_begin(introduction.port, introduction.ticket, exchange.asker_nonce,
			      exchange.server_nonce, proof, &half),
		 KERN_SUCCESS);
	CHECK_EQ(trust_check_answer(introduction.key, TRUST_SERVER, &exchange, proof), CRYPTO_OK);
	CHECK_EQ(trust_make_answer(introduction.key, TRUST_ASKER, &exchange, proof), CRYPTO_OK);
	CHECK_KR(server_finish(half, proof, &port), KERN_SUCCESS);
	port_destroy(port);
	port_destroy(half);
	NEED_KR(mach_port_deallocate(mach_task_self(), introduction.port));
}

int main(int argc, char **argv)
{
	struct introduction introduction;
	mach_port_t client = MACH_PORT_NULL;

	free(malloc(1)); /* the heap, which stays, begins before the count */
	test_begin(argc, argv, "trust_mutated");
	if (crypto_start() != CRYPTO_OK) {
		test_bail_out("crypto_start failed");
	}
	control = acs_test_start();
	client = acs_test_client(control);
	acs_test_start_booted("one", control, 0x11);
	puppet_serve(&three, control, "three", 0x33);
	CHECK(puppet_take_secret(&three, secret, &trusted));
	CHECK_KR(acs_look_up(client, "one", 10000, &public), KERN_SUCCESS);
	introduce(trusted, secret, "three", "one", &introduction);
	mutate_run(&(struct mutate){
		.seed = 20260303,
		.messages = MUTATE_MESSAGES,
		.interfaces = {&mutate_server_auth},
		.targets = {introduction.port},
		.serves = serves,
	});
	CHECK(TEST_WAIT_UNTIL(test_server_objects(public) == 2));
	port_destroy(introduction.port);
	puppet_end(&three);
	port_destroy(trusted);
	port_destroy(client);
	test_server_end("one", public);
	acs_test_end(control);
	test_end();
}
