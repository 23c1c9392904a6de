/* TEST: oracle=no libc=yes timeout=180 args="acs=${acs}" fw_cfg=build/tests/keys/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/*
 * 50,000 random and mutated messages to what the ACS has for the network server and for the ACSs of
 * other nodes.
 */
#include "lib/introduce.h"
#include "lib/msg.h"
#include "lib/mutate.h"
#include <gen/acs.h>
#include <gen/acs_network.h>
#include <gen/acs_trusted.h>
#include <masix/subsystems.h>
#include <stdlib.h>
#include <string.h>

MUTATE_INTERFACE(acs_network);
MUTATE_INTERFACE(acs_peer);

#define SERVE_NAMES_ID (MASIX_BASE_ACS_NETWORK + 5)

static mach_port_t control, client, trusted, network, peer;
static struct puppet gns, one;

static void open_network(const acs_secret_t secret)
{
	struct trust_question question;
	acs_proof_t proof;

	memset(&question, 0, sizeof question);
	strcpy(question.asker, "gns");
	strcpy(question.server, "acs");
	NEED_KR(acs_challenge(trusted, question.challenge));
	CHECK_EQ(trust_make_proof(secret, &question, proof), CRYPTO_OK);
	NEED_KR(acs_open_network(trusted, question.nonce, proof, &network));
}

static void open_peer(void)
{
	struct acs_member *members = NULL;
	mach_msg_type_number_t bytes = 0;

	NEED_KR(acs_network_get_members(network, (pointer_t *)&members, &bytes));
	NEED_KR(acs_network_make_peer(network, members[1].id, &peer));
	NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)members, bytes));
}

/* It would be told of the puppets' ports: see words. */
static boolean_t spares(const mach_msg_header_t *head, unsigned int index)
{
	(void)index;
	return head->msgh_id == SERVE_NAMES_ID;
}

/* The names are what they were, and the network server can still have a key agreed on. */
static void serves(void *argument)
{
	acs_key_t key, secret;
	mach_port_t found = MACH_PORT_NULL;
	struct acs_member *members = NULL;
	mach_msg_type_number_t bytes = 0;

	(void)argument;
	CHECK_KR(acs_look_up(client, "one", 0, &found), KERN_SUCCESS);
	CHECK_EQ(found, one.client);
	NEED_KR(mach_port_deallocate(mach_task_self(), found));
	CHECK_KR(acs_network_get_cluster_key(network, key), KERN_SUCCESS);
	NEED_KR(acs_network_get_members(network, (pointer_t *)&members, &bytes));
	/* What the messages asked for may take up this second's agreements. */
	CHECK(TEST_WAIT_UNTIL(acs_network_agree(network, members[1].public_key, secret) ==
			      KERN_SUCCESS));
	NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)members, bytes));
}

int main(int argc, char **argv)
{
	/* Not the puppets: their ports would become targets, and nobody receives there. */
	static const char *const words[] = {"two", "time", "one@node2", NULL};
	acs_secret_t secret;

	free(malloc(1)); /* the heap, which stays, begins before the count */
	test_begin(argc, argv, "acs_network_mutated");
	if (crypto_start() != CRYPTO_OK) {
		test_bail_out("crypto_start failed");
	}
	control = acs_test_start();
	client = acs_test_client(control);
	puppet_serve(&gns, control, "gns", 0x66);
	puppet_serve(&one, control, "one", 0x11);
	CHECK(puppet_take_secret(&gns, secret, &trusted));
	open_network(secret);
	open_peer();
	mutate_run(&(struct mutate){
		.seed = 20261122,
		.messages = MUTATE_MESSAGES,
		.interfaces = {&mutate_acs_network, &mutate_acs_peer},
		.targets = {network, peer},
		.words = words,
		.spares = spares,
		.serves = serves,
	});
	puppet_end(&one);
	puppet_end(&gns);
	CHECK(TEST_WAIT_UNTIL((port_type(network) & MACH_PORT_TYPE_DEAD_NAME) != 0));
	port_destroy(network);
	port_destroy(peer);
	port_destroy(trusted);
	port_destroy(client);
	acs_test_end(control);
	test_end();
}
