/* TEST: oracle=no libc=yes args="acs=${acs} one=${one} two=${two}"
   fw_cfg=build/tests/keys/fw_cfg/node1 modules="build/servers/acs/acs ${host-port} ${test}
   $(acs=task-create); build/tests/servers/peer one two $(one=task-create); build/tests/servers/peer
   two one $(two=task-create)" */
/* Two servers on lib/trust prove to each other who they are; what a third can do with their ports.
 */
#include "lib/introduce.h"
#include "lib/msg.h"
#include "lib/server.h"
#include "lib/zones.h"
#include <gen/acs.h>
#include <gen/acs_control.h>
#include <gen/example.h>
#include <gen/server_auth.h>
#include <masix/subsystems.h>
#include <stdlib.h>
#include <string.h>

#define SELF    mach_task_self()
#define TICKETS 300 /* more than lib/trust remembers */

static mach_port_t control, client;
static mach_port_t task_one, task_two;
static mach_port_t client_one; /* what anybody gets who asks for "one" */
static struct puppet three;
static acs_secret_t secret;
static mach_port_t trusted; /* three's port of acs_trusted.defs */

static mach_port_t task_of(const char *argument)
{
	return strtoul(test_argument(argument), NULL, 10);
}

static void drop(mach_port_t port)
{
	NEED_KR(mach_port_deallocate(SELF, port));
}

/* Three asks for another. */
static void ask_for(const char *server, struct introduction *introduction)
{
	introduce(trusted, secret, "three", server, introduction);
}

static kern_return_t begin(const struct introduction *introduction, struct trust_exchange *exchange,
			   acs_proof_t proof, mach_port_t *half)
{
	memset(exchange, 0, sizeof *exchange);
	strcpy(exchange->asker, "three");
	strcpy(exchange->server, "one");
	memset(exchange->asker_nonce, 7, sizeof exchange->asker_nonce);
	return server_begin(introduction->port, introduction->ticket, exchange->asker_nonce,
			    exchange->server_nonce, proof, half);
}

/* The two servers, each asking the other. */
static void check_two(void)
{
	mach_port_t client_two = MACH_PORT_NULL;
	natural_t total = 0;

	CHECK_KR(acs_look_up(client, "one", 10000, &client_one), KERN_SUCCESS);
	/* Two is not there yet, and then it is. */
	CHECK_KR(example_add(client_one, 0, &total), ACS_NAME_NOT_FOUND);
	acs_test_start_booted("two", control, 0x22);
	CHECK_KR(example_add(client_one, 10000, &total), KERN_SUCCESS);
	CHECK_EQ(total, 5 + 1000 * 'o');
	CHECK_KR(acs_look_up(client, "two", 10000, &client_two), KERN_SUCCESS);
	CHECK_KR(example_add(client_two, 0, &total), KERN_SUCCESS);
	CHECK_EQ(total, 5 + 1000 * 't');
	CHECK_KR(example_wait(client_two, 9, &total), KERN_SUCCESS);
	CHECK_EQ(total, 9 + 1000 * 't');
	drop(client_two);
}

static void check_third(void)
{
	struct introduction introduction;
	struct trust_exchange exchange;
	acs_proof_t proof;
	mach_port_t half = MACH_PORT_NULL, port = MACH_PORT_NULL;
	natural_t total = 0;

	ask_for("one", &introduction);
	CHECK_KR(begin(&introduction, &exchange, proof, &half), KERN_SUCCESS);
	CHECK_EQ(trust_check_answer(introduction.key, TRUST_SERVER, &exchange, proof), CRYPTO_OK);
	/* Its own proof is not ours: the roles have labels of their own. */
	CHECK_KR(server_finish(half, proof, &port), ACS_WRONG_PROOF);
	CHECK_EQ(trust_make_answer(introduction.key, TRUST_ASKER, &exchange, proof), CRYPTO_OK);
	CHECK_KR(server_finish(half, proof, &port), ACS_WRONG_PROOF);
	drop(half);
	/* The ticket was used. */
	CHECK_KR(begin(&introduction, &exchange, proof, &half), ACS_WRONG_PROOF);
	drop(introduction.port);
	ask_for("one", &introduction);
	CHECK_KR(begin(&introduction, &exchange, proof, &half), KERN_SUCCESS);
	CHECK_EQ(trust_make_answer(introduction.key, TRUST_ASKER, &exchange, proof), CRYPTO_OK);
	CHECK_KR(server_finish(half, proof, &port), KERN_SUCCESS);
	CHECK_KR(example_add(port, 3, &total), KERN_SUCCESS);
	CHECK_EQ(total, 3 + 1000 * 't');
	CHECK_KR(server_finish(half, proof, &port), ACS_WRONG_PROOF);
	drop(port);
	drop(half);
	drop(introduction.port);
}

/* A ticket for another server, altered ones, and ones that are far too old. */
static void check_tickets(void)
{
	struct introduction introduction, old;
	struct trust_exchange exchange;
	acs_proof_t proof;
	mach_port_t half = MACH_PORT_NULL;

	ask_for("two", &old);
	ask_for("one", &introduction);
	drop(old.port);
	old.port = introduction.port;
	CHECK_KR(begin(&old, &exchange, proof, &half), ACS_WRONG_PROOF);
	test_group_begin("a ticket with any byte altered is refused");
	for (int i = 0; i < ACS_TICKET_BYTES; i++) {
		introduction.ticket[i] ^= 1;
		CHECK_KR(begin(&introduction, &exchange, proof, &half), ACS_WRONG_PROOF);
		introduction.ticket[i] ^= 1;
	}
	test_group_end();
	test_group_begin("every ticket counts once, whatever their order");
	for (int i = 0; i < TICKETS; i++) {
		ask_for("one", &old);
		drop(old.port);
		old.port = introduction.port;
		if (i == 0) {
			continue;
		}
		CHECK_KR(begin(&old, &exchange, proof, &half), KERN_SUCCESS);
		drop(half);
		CHECK_KR(begin(&old, &exchange, proof, &half), ACS_WRONG_PROOF);
	}
	test_group_end();
	/* Good as it is, it is older than what the server remembers. */
	CHECK_KR(begin(&introduction, &exchange, proof, &half), ACS_WRONG_PROOF);
	drop(introduction.port);
}

/* So many may be half way, and the rest is told. */
static void check_halves(void)
{
	static mach_port_t halves[64];
	struct introduction introduction;
	struct trust_exchange exchange;
	acs_proof_t proof;
	kern_return_t result = KERN_SUCCESS;
	unsigned int count = 0;

	/* Its two ports, and what it made for two: no half of before. */
	CHECK(TEST_WAIT_UNTIL(test_server_objects(client_one) == 3));
	while (result == KERN_SUCCESS && count < 64) {
		ask_for("one", &introduction);
		result = begin(&introduction, &exchange, proof, &halves[count]);
		drop(introduction.port);
		count += result == KERN_SUCCESS;
	}
	CHECK_KR(result, KERN_RESOURCE_SHORTAGE);
	CHECK_EQ(count, 32);
	while (count > 0) {
		drop(halves[--count]);
	}
	CHECK(TEST_WAIT_UNTIL(test_server_objects(client_one) == 3));
	ask_for("one", &introduction);
	CHECK_KR(begin(&introduction, &exchange, proof, &halves[0]), KERN_SUCCESS);
	drop(halves[0]);
	drop(introduction.port);
}

/* A secret from anybody but the ACS is not believed; nor is there another way in. */
static void check_no_way(void)
{
	struct introduction introduction;
	struct trust_exchange exchange;
	acs_proof_t proof;
	acs_secret_t forged = {1};
	mach_port_t fake = port_new_send(), half = MACH_PORT_NULL;
	natural_t total = 0;

	ask_for("one", &introduction);
	CHECK_KR(server_take_secret(introduction.port, 0, forged, fake), KERN_SUCCESS);
	CHECK_KR(begin(&introduction, &exchange, proof, &half), KERN_SUCCESS);
	CHECK_EQ(trust_check_answer(introduction.key, TRUST_SERVER, &exchange, proof), CRYPTO_OK);
	drop(half);
	/* The client port does not speak server_auth, the inter-server port nothing else. */
	half = introduction.port;
	introduction.port = client_one;
	CHECK_KR(begin(&introduction, &exchange, proof, &introduction.port), MIG_BAD_ID);
	introduction.port = half;
	CHECK_KR(example_add(introduction.port, 1, &total), MIG_BAD_ID);
	CHECK_KR(server_finish(introduction.port, proof, &half), KERN_INVALID_ARGUMENT);
	drop(introduction.port);
	port_destroy(fake);
}

/* Two dies: what it gave dies with it, and one finds nobody. */
static void check_death(void)
{
	mach_port_t found = MACH_PORT_NULL;
	natural_t total = 0;

	CHECK_KR(example_wait(client_one, 1, &total), KERN_SUCCESS);
	NEED_KR(task_terminate(task_two));
	CHECK(TEST_WAIT_UNTIL(acs_look_up(client, "two", 0, &found) == ACS_NAME_NOT_FOUND));
	CHECK_KR(example_wait(client_one, 1, &total), MACH_SEND_INVALID_DEST);
	CHECK_KR(example_add(client_one, 0, &total), ACS_NAME_NOT_FOUND);
}

int main(int argc, char **argv)
{
	free(malloc(1)); /* the heap, which stays, begins before the count */
	test_begin(argc, argv, "acs_authenticate");
	if (crypto_start() != CRYPTO_OK) {
		test_bail_out("crypto_start failed");
	}
	task_one = task_of("one");
	task_two = task_of("two");
	control = acs_test_start();
	client = acs_test_client(control);
	acs_test_start_booted("one", control, 0x11);
	puppet_serve(&three, control, "three", 0x33);
	CHECK(puppet_take_secret(&three, secret, &trusted));
	check_two();
	check_third();
	check_tickets();
	check_halves();
	check_no_way();
	check_death();
	puppet_end(&three);
	port_destroy(trusted);
	port_destroy(client_one);
	port_destroy(client);
	NEED_KR(task_terminate(task_one));
	acs_test_end(control);
	test_end();
}
