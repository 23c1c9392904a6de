/* TEST: oracle=no libc=yes args="acs=${acs}" fw_cfg=build/tests/keys/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/* What the ACS does for the network server, and refuses to everybody else. */
#include "lib/introduce.h"
#include "lib/msg.h"
#include <gen/acs.h>
#include <gen/acs_network.h>
#include <gen/acs_trusted.h>
#include <masix/subsystems.h>
#include <stdlib.h>
#include <string.h>

#define SELF mach_task_self()

static mach_port_t control, client;
static struct puppet gns, one;
static acs_secret_t secret_gns, secret_one;
static mach_port_t trusted_gns, trusted_one; /* of acs_trusted.defs */
static mach_port_t network;
static uint8_t node_public[CRYPTO_PUBLIC_BYTES];
static struct crypto_random randomness;

static void drop(mach_port_t port)
{
	NEED_KR(mach_port_deallocate(SELF, port));
}

/* What lib/trust does: "server" is what the proof says is asked for. */
static kern_return_t open_network(mach_port_t trusted, const char *asker, const char *server,
				  const acs_secret_t secret, mach_port_t *port)
{
	struct trust_question question;
	acs_proof_t proof;

	memset(&question, 0, sizeof question);
	strcpy(question.asker, asker);
	strcpy(question.server, server);
	*port = MACH_PORT_NULL;
	NEED_KR(acs_challenge(trusted, question.challenge));
	CHECK_EQ(trust_make_proof(secret, &question, proof), CRYPTO_OK);
	return acs_open_network(trusted, question.nonce, proof, port);
}

static void check_open(void)
{
	mach_port_t other = MACH_PORT_NULL;
	acs_nonce_t nonce = {0};
	acs_proof_t proof = {0};

	CHECK_KR(open_network(trusted_one, "one", "acs", secret_one, &other), KERN_NO_ACCESS);
	CHECK_KR(open_network(trusted_one, "gns", "acs", secret_one, &other), ACS_WRONG_PROOF);
	CHECK_KR(open_network(trusted_gns, "gns", "acs", secret_one, &other), ACS_WRONG_PROOF);
	CHECK_KR(open_network(trusted_gns, "gns", "one", secret_gns, &other), ACS_WRONG_PROOF);
	/* Without a challenge. */
	CHECK_KR(acs_open_network(trusted_gns, nonce, proof, &other), ACS_WRONG_PROOF);
	CHECK_KR(acs_open_network(client, nonce, proof, &other), MIG_BAD_ID);
	CHECK_KR(open_network(trusted_gns, "gns", "acs", secret_gns, &network), KERN_SUCCESS);
	/* Again: the first one is void. */
	CHECK_KR(open_network(trusted_gns, "gns", "acs", secret_gns, &other), KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL((port_type(network) & MACH_PORT_TYPE_DEAD_NAME) != 0));
	port_destroy(network);
	network = other;
	CHECK_KR(acs_look_up(client, "acs", 0, &other), ACS_NAME_NOT_FOUND);
}

static void check_roster(void)
{
	struct acs_member *members = NULL;
	struct acs_licence *licences = NULL;
	mach_msg_type_number_t bytes = 0;
	int64_t version = 0;
	natural_t place = 99, number = 0, known = 0, flags = 99;
	acs_name_t name;
	acs_digest_t id;
	uint8_t digest[CRYPTO_DIGEST_BYTES];

	CHECK_KR(acs_network_get_node(network, &version, &place), KERN_SUCCESS);
	NEED_KR(acs_get_node(client, name, &number, id, &known));
	CHECK_EQ(version, known);
	CHECK_KR(acs_network_get_members(network, (pointer_t *)&members, &bytes), KERN_SUCCESS);
	CHECK_EQ(bytes, 3 * sizeof *members);
	CHECK_EQ(place, 0);
	CHECK(strcmp(members[0].name, "node1") == 0 && strcmp(members[1].name, "node2") == 0);
	CHECK(memcmp(members[0].id, id, sizeof id) == 0);
	CHECK_EQ(members[0].number, 1);
	CHECK_EQ(members[0].roles, ACS_NODE_START_TASKS | ACS_NODE_PUBLISH);
	CHECK_EQ(members[1].number, 2);
	CHECK_EQ(members[1].roles, ACS_NODE_PUBLISH);
	CHECK_EQ(members[2].roles, 0);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(crypto_hash_data(members[i].public_key, sizeof members[i].public_key,
					  digest),
			 CRYPTO_OK);
		CHECK(memcmp(digest, members[i].id, sizeof digest) == 0);
	}
	memcpy(node_public, members[0].public_key, sizeof node_public);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)members, bytes));
	CHECK_KR(acs_network_get_flags(network, &flags), KERN_SUCCESS);
	CHECK_EQ(flags, 0);
	CHECK_KR(acs_network_get_licences(network, (pointer_t *)&licences, &bytes), KERN_SUCCESS);
	CHECK_EQ(bytes, sizeof *licences);
	CHECK(strcmp(licences[0].name, "time") == 0);
	CHECK_EQ(licences[0].count, 2); /* not node3, which may not publish */
	CHECK_EQ(licences[0].members[0], 0);
	CHECK_EQ(licences[0].members[1], 1);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)licences, bytes));
}

static void check_cluster_key(void)
{
	acs_key_t key, again;
	static const acs_key_t none;

	CHECK_KR(acs_network_get_cluster_key(network, key), KERN_SUCCESS);
	CHECK_KR(acs_network_get_cluster_key(network, again), KERN_SUCCESS);
	CHECK(memcmp(key, again, sizeof key) == 0);
	CHECK(memcmp(key, none, sizeof key) != 0);
	CHECK_KR(acs_network_get_cluster_key(trusted_gns, key), MIG_BAD_ID);
	CHECK_KR(acs_network_get_cluster_key(client, key), MIG_BAD_ID);
}

/* What the ACS computes with the node's key is what we compute with the node's public key. */
static void check_agree(void)
{
	uint8_t private_key[CRYPTO_PRIVATE_BYTES], public_key[CRYPTO_PUBLIC_BYTES];
	uint8_t expected[CRYPTO_SECRET_BYTES];
	acs_key_t secret;

	CHECK_EQ(crypto_make_pair(&randomness, private_key, public_key), CRYPTO_OK);
	CHECK_EQ(crypto_agree_secret(private_key, node_public, expected), CRYPTO_OK);
	CHECK_KR(acs_network_agree(network, public_key, secret), KERN_SUCCESS);
	CHECK(memcmp(secret, expected, sizeof expected) == 0);
	/* Off the curve, in another form, nowhere. */
	public_key[64] ^= 1;
	CHECK_KR(acs_network_agree(network, public_key, secret), ACS_BAD_POINT);
	public_key[64] ^= 1;
	public_key[0] = 2;
	CHECK_KR(acs_network_agree(network, public_key, secret), ACS_BAD_POINT);
	memset(public_key, 0, sizeof public_key);
	CHECK_KR(acs_network_agree(network, public_key, secret), ACS_BAD_POINT);
	CHECK_KR(acs_network_agree(trusted_gns, node_public, secret), MIG_BAD_ID);
}

/* Sends a question without waiting. */
static void send_agree(mach_port_t reply)
{
	static struct msg msg;

	msg_begin(&msg, network, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  MASIX_BASE_ACS_NETWORK + 4);
	msg_add(&msg, MACH_MSG_TYPE_BYTE, 8, sizeof node_public, node_public);
	NEED_KR(msg_send(&msg));
}

/* How many answers wait there. */
static natural_t done_of(mach_port_t reply)
{
	mach_port_status_t status;

	NEED_KR(mach_port_get_receive_status(SELF, reply, &status));
	return status.mps_msgcount;
}

/* So many at once and in a second; meanwhile names are looked up as ever; then it goes on. */
static void check_bounds(void)
{
	static struct msg msg;
	mach_port_t reply = port_new(), found = MACH_PORT_NULL;
	acs_key_t secret;
	int done = 0, refused = 0;

	for (int i = 0; i < ACS_AGREEMENTS_MAX + 4; i++) {
		send_agree(reply);
	}
	/* The last of them is not done yet, and this does not wait for it. */
	CHECK_KR(acs_look_up(client, "one", 0, &found), KERN_SUCCESS);
	drop(found);
	CHECK(done_of(reply) < ACS_AGREEMENTS_MAX);
	for (int i = 0; i < ACS_AGREEMENTS_MAX + 4; i++) {
		kern_return_t result = KERN_FAILURE;

		CHECK_KR(msg_receive(&msg, reply, 30000), MACH_MSG_SUCCESS);
		result = (kern_return_t)msg_item_int(&msg);
		done += result == KERN_SUCCESS;
		refused += result == KERN_RESOURCE_SHORTAGE;
	}
	CHECK(done >= ACS_AGREEMENTS_MAX);
	CHECK_EQ(done + refused, ACS_AGREEMENTS_MAX + 4);
	port_destroy(reply);
	CHECK(TEST_WAIT_UNTIL(acs_network_agree(network, node_public, secret) == KERN_SUCCESS));
}

/* The port dies with the server, and the next one gets one of its own. */
static void check_restart(void)
{
	mach_port_t reply = port_new();
	acs_key_t key;

	send_agree(reply); /* is under way when it dies */
	port_destroy(reply);
	NEED_KR(puppet_start(&gns, control, "gns", 0x66));
	CHECK(TEST_WAIT_UNTIL((port_type(network) & MACH_PORT_TYPE_DEAD_NAME) != 0));
	port_destroy(network);
	port_destroy(trusted_gns);
	NEED_KR(puppet_register(&gns, "gns"));
	CHECK(puppet_take_secret(&gns, secret_gns, &trusted_gns));
	CHECK_KR(open_network(trusted_gns, "gns", "acs", secret_gns, &network), KERN_SUCCESS);
	CHECK_KR(acs_network_get_cluster_key(network, key), KERN_SUCCESS);
	puppet_end(&gns);
	CHECK(TEST_WAIT_UNTIL((port_type(network) & MACH_PORT_TYPE_DEAD_NAME) != 0));
}

int main(int argc, char **argv)
{
	free(malloc(1)); /* the heap, which stays, begins before the count */
	test_begin(argc, argv, "acs_network");
	if (crypto_start() != CRYPTO_OK ||
	    crypto_start_random(&randomness, &crypto_rdrand_source) != CRYPTO_OK) {
		test_bail_out("crypto_start failed");
	}
	control = acs_test_start();
	client = acs_test_client(control);
	puppet_serve(&gns, control, "gns", 0x66);
	puppet_serve(&one, control, "one", 0x11);
	CHECK(puppet_take_secret(&gns, secret_gns, &trusted_gns));
	CHECK(puppet_take_secret(&one, secret_one, &trusted_one));
	check_open();
	check_roster();
	check_cluster_key();
	check_agree();
	check_bounds();
	check_restart();
	puppet_end(&one);
	port_destroy(network);
	port_destroy(trusted_gns);
	port_destroy(trusted_one);
	port_destroy(client);
	acs_test_end(control);
	test_end();
}
