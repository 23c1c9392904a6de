/* TEST: oracle=no libc=yes args="acs=${acs}" fw_cfg=build/tests/keys/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/*
 * Names of other nodes, the ACS's side: what the network server is asked and told, what its answers
 * do.  The test is the network server.
 */
#include "lib/introduce.h"
#include "lib/msg.h"
#include <gen/acs.h>
#include <gen/acs_control.h>
#include <gen/acs_network.h>
#include <gen/acs_peer.h>
#include <gen/acs_peer_answer.h>
#include <gen/acs_trusted.h>
#include <masix/gns.h>
#include <masix/subsystems.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SELF mach_task_self()

static mach_port_t control, client;
static struct puppet gns;
static mach_port_t trusted, network; /* the network server's ports of the ACS */
static mach_port_t names;            /* its own, of gns_names.defs */
static acs_digest_t ids[3];          /* of node1 to node3 */

static void drop(mach_port_t port)
{
	NEED_KR(mach_port_deallocate(SELF, port));
}

/* ---------------------------------------------------------------------------- the network server
 */

/* What the ACS told it. */
struct told {
	mach_msg_id_t routine; /* -1: nothing */
	natural_t number;      /* flags, or the question */
	char name[ACS_NAME_BYTES];
	acs_digest_t node;
	mach_port_t port;
};

static struct told next_told(mach_msg_timeout_t time_ms)
{
	static struct msg msg;
	struct told told = {.routine = -1};
	struct msg_item item;

	if (msg_receive(&msg, names, time_ms) != MACH_MSG_SUCCESS) {
		return told;
	}
	told.routine = msg.head.msgh_id - MASIX_BASE_GNS_NAMES;
	if (told.routine == 2) {
		told.number = msg_item_int(&msg);
	}
	CHECK(msg_item(&msg, &item));
	memcpy(told.name, item.data, item.number < ACS_NAME_BYTES ? item.number : ACS_NAME_BYTES);
	if (told.routine == 0) {
		told.number = msg_item_int(&msg);
		told.port = msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND);
	}
	if (told.routine == 2) {
		CHECK(msg_item(&msg, &item));
		memcpy(told.node, item.data, sizeof told.node);
	}
	return told;
}

/* The next question; its number. */
static natural_t expect_question(const char *name, const uint8_t *node)
{
	static const acs_digest_t anywhere;
	struct told told = next_told(20000);

	CHECK_EQ(told.routine, 2);
	CHECK(strcmp(told.name, name) == 0);
	CHECK(memcmp(told.node, node != NULL ? node : anywhere, sizeof told.node) == 0);
	return told.number;
}

static void expect_nothing(void)
{
	CHECK_EQ(next_told(0).routine, -1);
}

static void expect_published(const char *name, natural_t flags, mach_port_t port)
{
	struct told told = next_told(20000);

	CHECK_EQ(told.routine, 0);
	CHECK(strcmp(told.name, name) == 0);
	CHECK_EQ(told.number, flags);
	CHECK_EQ(told.port, port);
	drop(told.port);
}

static void expect_withdrawn(const char *name)
{
	struct told told = next_told(20000);

	CHECK_EQ(told.routine, 1);
	CHECK(strcmp(told.name, name) == 0);
}

static kern_return_t answer(natural_t question, const uint8_t *owner, mach_port_t port)
{
	return acs_network_answer(network, question,
				  port != MACH_PORT_NULL ? KERN_SUCCESS : ACS_NAME_NOT_FOUND, owner,
				  port, MACH_MSG_TYPE_COPY_SEND);
}

static void start_network_server(void)
{
	struct trust_question question;
	acs_secret_t secret;
	acs_proof_t proof;

	puppet_serve(&gns, control, "gns", 0x66);
	CHECK(puppet_take_secret(&gns, secret, &trusted));
	memset(&question, 0, sizeof question);
	strcpy(question.asker, "gns");
	strcpy(question.server, "acs");
	NEED_KR(acs_challenge(trusted, question.challenge));
	CHECK_EQ(trust_make_proof(secret, &question, proof), CRYPTO_OK);
	NEED_KR(acs_open_network(trusted, question.nonce, proof, &network));
}

static void serve_names(void)
{
	names = port_new_send();
	CHECK_KR(acs_network_serve_names(network, names, MACH_MSG_TYPE_COPY_SEND), KERN_SUCCESS);
}

static void read_ids(void)
{
	struct acs_member *members = NULL;
	mach_msg_type_number_t bytes = 0;

	NEED_KR(acs_network_get_members(network, (pointer_t *)&members, &bytes));
	for (int i = 0; i < 3; i++) {
		memcpy(ids[i], members[i].id, sizeof ids[i]);
	}
	NEED_KR(vm_deallocate(SELF, (vm_address_t)members, bytes));
}

/* --------------------------------------------------------------------------------- look-ups */

/* Sends one without waiting for the answer, which goes to "reply". */
static void send_look_up_to(mach_port_t port, mach_port_t reply, const char *text,
			    natural_t wait_ms)
{
	static struct msg msg;
	char name[ACS_NAME_BYTES] = "";

	strcpy(name, text);
	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  MASIX_BASE_ACS);
	msg_add(&msg, MACH_MSG_TYPE_STRING_C, 8, sizeof name, name);
	msg_add_int(&msg, wait_ms);
	NEED_KR(msg_send(&msg));
}

/* The same with a reply port of its own, which expect_found or expect_code destroys. */
static mach_port_t send_look_up(const char *text, natural_t wait_ms)
{
	mach_port_t reply = port_new();

	send_look_up_to(client, reply, text, wait_ms);
	return reply;
}

/* Its answer. */
static void expect_found(mach_port_t reply, mach_port_t port)
{
	static struct msg msg;

	CHECK_KR(msg_receive(&msg, reply, 20000), MACH_MSG_SUCCESS);
	CHECK_KR(msg_item_int(&msg), KERN_SUCCESS);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND), port);
	drop(port);
	port_destroy(reply);
}

static void expect_code(mach_port_t reply, kern_return_t code)
{
	static struct msg msg;

	CHECK_KR(msg_receive(&msg, reply, 20000), MACH_MSG_SUCCESS);
	CHECK_KR(msg_item_int(&msg), code);
	port_destroy(reply);
}

/* -------------------------------------------------------------------------------------- checks */

/* Nobody to ask yet: an answer at once, but for who waits. */
static void check_alone(void)
{
	mach_port_t found = MACH_PORT_NULL, reply = MACH_PORT_NULL, port = port_new_send();

	CHECK_KR(acs_look_up(client, "two@node2", 0, &found), ACS_NAME_NOT_FOUND);
	CHECK_KR(acs_look_up(client, "two@node9", 60000, &found), ACS_NAME_NOT_FOUND);
	reply = send_look_up("two@node2", 60000);
	serve_names();
	expect_published("gns", 0, gns.client);
	CHECK_KR(answer(expect_question("two", ids[1]), ids[1], port), KERN_SUCCESS);
	expect_found(reply, port);
	expect_nothing();
	port_destroy(port);
}

static void check_published(void)
{
	struct puppet one, time;

	puppet_serve(&one, control, "one", 0x11);
	expect_published("one", 0, one.client);
	puppet_serve(&time, control, "time", 0x77);
	expect_published("time", GNS_NAME_CLUSTER, time.client);
	NEED_KR(puppet_start(&one, control, "one", 0x11));
	expect_withdrawn("one");
	NEED_KR(puppet_register(&one, "one"));
	expect_published("one", 0, one.client);
	puppet_end(&one);
	expect_withdrawn("one");
	puppet_end(&time);
	expect_withdrawn("time");
	expect_nothing();
}

/* A personality starts tasks: other nodes' tasks do not find it. */
static void check_personality(void)
{
	struct puppet three;
	mach_port_t found = MACH_PORT_NULL;

	puppet_serve(&three, control, "three", 0x33);
	CHECK_KR(acs_look_up(client, "three", 0, &found), KERN_SUCCESS);
	drop(found);
	expect_nothing();
	puppet_end(&three);
	expect_nothing();
}

/* Asked once, remembered until the port dies. */
static void check_cache(void)
{
	mach_port_t port = port_new_send(), reply = send_look_up("one@node2", 0);
	mach_port_t found = MACH_PORT_NULL;
	natural_t question = expect_question("one", ids[1]);
	struct acs_entry *entries = NULL;
	mach_msg_type_number_t bytes = 0;
	unsigned int listed = 0;

	CHECK_KR(answer(question + GNS_QUESTIONS, ids[1], port), KERN_INVALID_VALUE);
	CHECK_KR(answer(question + 1, ids[1], port), KERN_INVALID_VALUE);
	CHECK_KR(answer(question, ids[1], port), KERN_SUCCESS);
	expect_found(reply, port);
	CHECK_KR(answer(question, ids[1], port), KERN_INVALID_VALUE);
	CHECK_KR(acs_look_up(client, "one@node2", 0, &found), KERN_SUCCESS);
	CHECK_EQ(found, port);
	drop(found);
	expect_nothing();
	NEED_KR(acs_list(client, (pointer_t *)&entries, &bytes));
	for (unsigned int i = 0; i < bytes / sizeof *entries; i++) {
		listed += strcmp(entries[i].name, "one") == 0 &&
			  strcmp(entries[i].node, "node2") == 0 &&
			  entries[i].state == ACS_STATE_REGISTERED && entries[i].task_number == 0;
	}
	CHECK_EQ(listed, 1);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)entries, bytes));
	/* The server, or its node, dies: the name is asked for again. */
	port_destroy(port);
	port = port_new_send();
	reply = send_look_up("one@node2", 0);
	question = expect_question("one", ids[1]);
	CHECK_KR(answer(question, ids[1], port), KERN_SUCCESS);
	expect_found(reply, port);
	port_destroy(port);
}

/* Nobody has it: remembered for a while; who waits has it asked for again. */
static void check_missing(void)
{
	mach_port_t port = port_new_send(), found = MACH_PORT_NULL;
	mach_port_t reply = send_look_up("three@node2", 0), again = MACH_PORT_NULL;

	CHECK_KR(answer(expect_question("three", ids[1]), ids[1], MACH_PORT_NULL), KERN_SUCCESS);
	expect_code(reply, ACS_NAME_NOT_FOUND);
	CHECK_KR(acs_look_up(client, "three@node2", 0, &found), ACS_NAME_NOT_FOUND);
	expect_nothing();
	/* Equal questions are one; patience differs. */
	reply = send_look_up("three@node2", 60000);
	again = send_look_up("three@node2", 60000);
	CHECK_KR(answer(expect_question("three", ids[1]), ids[1], MACH_PORT_NULL), KERN_SUCCESS);
	expect_nothing();
	CHECK_KR(answer(expect_question("three", ids[1]), ids[1], port), KERN_SUCCESS);
	expect_found(reply, port);
	expect_found(again, port);
	port_destroy(port);
	/* A port that died on the way is none. */
	port = port_new_dead();
	reply = send_look_up("two@node3", 0);
	CHECK_KR(answer(expect_question("two", ids[2]), ids[2], port), KERN_SUCCESS);
	expect_code(reply, ACS_NAME_NOT_FOUND);
	port_destroy(port);
}

/* Only who may have a name may answer for it. */
static void check_licence(void)
{
	mach_port_t port = port_new_send(), reply = MACH_PORT_NULL, found = MACH_PORT_NULL;
	natural_t question = 0;

	/* A name without a licence is this node's alone. */
	CHECK_KR(acs_look_up(client, "three", 0, &found), ACS_NAME_NOT_FOUND);
	CHECK_KR(acs_look_up(client, "three@node1", 0, &found), ACS_NAME_NOT_FOUND);
	expect_nothing();
	reply = send_look_up("time", 0);
	question = expect_question("time", NULL);
	/* Licensed, but not to publish; not a node; this one itself. */
	CHECK_KR(answer(question, ids[2], port), KERN_NO_ACCESS);
	CHECK_KR(answer(question, (const uint8_t[32]){1}, port), KERN_NO_ACCESS);
	CHECK_KR(answer(question, ids[0], port), KERN_NO_ACCESS);
	CHECK_KR(answer(question, ids[1], port), KERN_SUCCESS);
	expect_found(reply, port);
	reply = send_look_up("time@node3", 0);
	question = expect_question("time", ids[2]);
	CHECK_KR(answer(question, ids[1], port), KERN_NO_ACCESS);
	CHECK_KR(answer(question, ids[2], MACH_PORT_NULL), KERN_SUCCESS);
	expect_code(reply, ACS_NAME_NOT_FOUND);
	/* Rights that were refused are given back; one is remembered. */
	CHECK_EQ(port_status(port).mps_srights, 1);
	port_destroy(port);
}

/* A cluster-wide name that comes up here, while others are asked. */
static void check_here_first(void)
{
	struct puppet time;
	mach_port_t port = port_new_send(), found = MACH_PORT_NULL;
	mach_port_t reply = MACH_PORT_NULL;
	natural_t question = 0;

	reply = send_look_up("time", 60000);
	question = expect_question("time", NULL);
	puppet_serve(&time, control, "time", 0x77);
	expect_found(reply, time.client);
	expect_published("time", GNS_NAME_CLUSTER, time.client);
	CHECK_KR(answer(question, ids[1], port), KERN_SUCCESS); /* nobody waits for it now */
	CHECK_KR(acs_look_up(client, "time", 0, &found), KERN_SUCCESS);
	CHECK_EQ(found, time.client);
	drop(found);
	puppet_end(&time);
	expect_withdrawn("time");
	/* It is that one now. */
	CHECK_KR(acs_look_up(client, "time", 0, &found), KERN_SUCCESS);
	CHECK_EQ(found, port);
	drop(found);
	port_destroy(port);
}

/* A network server that does not listen holds nobody up, and misses nothing. */
static void check_deaf(void)
{
	static const char *const wanted[] = {"a@node2", "b@node2", "c@node2", "d@node2",
					     "e@node2", "f@node2", "g@node2", "h@node2",
					     "i@node2", "j@node2", "k@node2", "l@node2"};
	enum { COUNT = sizeof wanted / sizeof wanted[0] };
	mach_port_t replies[COUNT], port = port_new_send(), found = MACH_PORT_NULL;
	struct puppet one;

	for (int i = 0; i < COUNT; i++) {
		replies[i] = send_look_up(wanted[i], 0);
	}
	puppet_serve(&one, control, "one", 0x11);
	CHECK_KR(acs_look_up(client, "one", 0, &found), KERN_SUCCESS);
	drop(found);
	for (int i = 0; i <= COUNT; i++) {
		struct told told = next_told(20000);

		if (told.routine == 0) {
			CHECK(strcmp(told.name, "one") == 0);
			drop(told.port);
		} else {
			CHECK_KR(answer(told.number, ids[1], port), KERN_SUCCESS);
		}
	}
	for (int i = 0; i < COUNT; i++) {
		expect_found(replies[i], port);
	}
	expect_nothing();
	puppet_end(&one);
	expect_withdrawn("one");
	port_destroy(port);
}

/* A task has 16 look-ups; those that it gives up are places for others. */
static void check_quota(void)
{
	mach_port_t reply = port_new(), second = acs_test_client(control);
	char text[ACS_NAME_BYTES];
	int told = 0;

	for (int i = 0; i <= ACS_LOOK_UPS_MAX; i++) {
		snprintf(text, sizeof text, "x%d@node2", i);
		send_look_up_to(client, reply, text, 60000);
	}
	/* One of them, whichever came last. */
	expect_code(reply, KERN_RESOURCE_SHORTAGE);
	test_group_begin("questions that nobody waits for hold no place");
	for (int i = 0; i < 3 * GNS_QUESTIONS; i++) {
		reply = port_new();
		snprintf(text, sizeof text, "y%d@node2", i);
		send_look_up_to(second, reply, text, 0);
		while (next_told(told < 2 ? 100 : 0).routine == 2) {
			told++;
		}
		port_destroy(reply);
	}
	test_group_end();
	CHECK(told > 3);
	port_destroy(second);
}

/* ------------------------------------------------------------------------- servers of two nodes */

/* What one ACS says to the other, as it was received. */
struct introduction_said {
	mach_port_t port; /* where the answer goes; the server's */
	kern_return_t result;
	acs_name_t asker, server;
	acs_ticket_t ticket;
	struct trust_share share;
};

static void read_share(struct msg *msg, struct trust_share *share)
{
	struct msg_item item;

	CHECK(msg_item(msg, &item));
	memcpy(&share->incarnation, item.data, sizeof share->incarnation);
	CHECK(msg_item(msg, &item));
	memcpy(share->nonce, item.data, sizeof share->nonce);
	CHECK(msg_item(msg, &item));
	memcpy(share->random, item.data, sizeof share->random);
}

static struct introduction_said receive_introduce(mach_port_t port)
{
	static struct msg msg;
	struct introduction_said said = {.port = MACH_PORT_NULL};
	struct msg_item item;

	CHECK_KR(msg_receive(&msg, port, 20000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, MASIX_BASE_ACS_PEER);
	said.port = msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND);
	CHECK(msg_item(&msg, &item));
	memcpy(said.asker, item.data, sizeof said.asker);
	CHECK(msg_item(&msg, &item));
	memcpy(said.server, item.data, sizeof said.server);
	read_share(&msg, &said.share);
	return said;
}

static struct introduction_said receive_introduced(mach_port_t port)
{
	static struct msg msg;
	struct introduction_said said = {.port = MACH_PORT_NULL};
	struct msg_item item;

	CHECK_KR(msg_receive(&msg, port, 20000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, MASIX_BASE_ACS_PEER_ANSWER);
	said.result = (kern_return_t)msg_item_int(&msg);
	CHECK(msg_item(&msg, &item));
	said.port = *(const mach_port_t *)item.data;
	CHECK(msg_item(&msg, &item));
	memcpy(said.ticket, item.data, sizeof said.ticket);
	read_share(&msg, &said.share);
	return said;
}

/* "one" asks for a server of another node: a thread, as the answer comes later. */
static struct asking {
	struct test_thread thread;
	mach_port_t trusted;
	acs_secret_t secret;
	struct trust_question question;
	acs_proof_t proof;
	kern_return_t result;
	mach_port_t port;
	acs_grant_t grant;
	acs_ticket_t ticket;
} asking;

static void ask_for_server(void *argument)
{
	(void)argument; /* the C library is not for this thread */
	asking.result = acs_look_up_server(asking.trusted, "two@node2", asking.question.nonce,
					   asking.proof, &asking.port, asking.grant, asking.ticket);
}

/* node: that the proof is for. */
static void start_asking_for(const char *node)
{
	memset(&asking.question, 0, sizeof asking.question);
	strcpy(asking.question.asker, "one");
	strcpy(asking.question.server, "two");
	strcpy(asking.question.node, node);
	memset(asking.question.nonce, 0x5a, sizeof asking.question.nonce);
	asking.port = MACH_PORT_NULL;
	NEED_KR(acs_challenge(asking.trusted, asking.question.challenge));
	CHECK_EQ(trust_make_proof(asking.secret, &asking.question, asking.proof), CRYPTO_OK);
	test_thread_start(&asking.thread, ask_for_server, NULL);
}

static void start_asking(void)
{
	start_asking_for("node2");
}

static void expect_asking(kern_return_t result)
{
	CHECK(test_thread_join(&asking.thread, 20000));
	CHECK_KR(asking.result, result);
}

static struct trust_share make_share(uint8_t seed, const acs_digest_t node)
{
	struct trust_share share = {.incarnation = seed};

	memcpy(share.node, node, sizeof share.node);
	memset(share.nonce, seed, sizeof share.nonce);
	memset(share.random, seed + 1, sizeof share.random);
	return share;
}

/* A server of this node asks for one of node2; the test is the ACS of node2. */
static void check_asker(void)
{
	struct puppet one;
	mach_port_t other_acs = port_new_send(), server = port_new_send();
	struct introduction_said said;
	struct trust_share theirs = make_share(9, ids[1]);
	uint8_t key[CRYPTO_KEY_BYTES], expected[CRYPTO_KEY_BYTES];
	const mach_msg_type_name_t copy = MACH_MSG_TYPE_COPY_SEND;
	acs_ticket_t ticket;

	memset(ticket, 3, sizeof ticket);
	puppet_serve(&one, control, "one", 0x11);
	expect_published("one", 0, one.client);
	CHECK(puppet_take_secret(&one, asking.secret, &asking.trusted));
	start_asking();
	CHECK_KR(answer(expect_question("", ids[1]), ids[1], other_acs), KERN_SUCCESS);
	said = receive_introduce(other_acs);
	CHECK(strcmp(said.asker, "one") == 0 && strcmp(said.server, "two") == 0);
	CHECK(memcmp(said.share.nonce, asking.question.nonce, sizeof said.share.nonce) == 0);
	NEED_KR(acs_peer_introduced(said.port, 0, KERN_SUCCESS, server, copy, ticket, 9,
				    theirs.nonce, theirs.random));
	expect_asking(KERN_SUCCESS);
	CHECK_EQ(asking.port, server);
	CHECK(memcmp(asking.ticket, ticket, sizeof ticket) == 0);
	drop(asking.port);
	/* The key is of both shares, for each of the two. */
	memcpy(said.share.node, ids[0], sizeof said.share.node);
	CHECK_EQ(trust_open_grant(asking.secret, &asking.question, asking.grant, key), CRYPTO_OK);
	CHECK_EQ(trust_make_key(&asking.question, &said.share, &theirs, expected), CRYPTO_OK);
	CHECK(memcmp(key, expected, sizeof key) == 0);
	/* An answer counts once. */
	CHECK_KR(acs_peer_introduced(said.port, 0, KERN_SUCCESS, server, copy, ticket, 9,
				     theirs.nonce, theirs.random),
		 KERN_SUCCESS);
	drop(said.port);
	/* The port is known now.  No; silence; the end of the other ACS. */
	start_asking();
	said = receive_introduce(other_acs);
	NEED_KR(acs_peer_introduced(said.port, 0, ACS_NAME_NOT_FOUND, MACH_PORT_NULL, copy, ticket,
				    9, theirs.nonce, theirs.random));
	drop(said.port);
	expect_asking(ACS_NAME_NOT_FOUND);
	start_asking();
	said = receive_introduce(other_acs);
	drop(said.port);
	expect_asking(ACS_NAME_NOT_FOUND);
	start_asking();
	CHECK(TEST_WAIT_UNTIL(port_status(other_acs).mps_msgcount == 1));
	port_destroy(other_acs);
	expect_asking(ACS_NAME_NOT_FOUND);
	/* Nobody can reach that node. */
	start_asking();
	CHECK_KR(answer(expect_question("", ids[1]), ids[1], MACH_PORT_NULL), KERN_SUCCESS);
	expect_asking(ACS_NAME_NOT_FOUND);
	/* A proof for another node than is asked. */
	start_asking();
	expect_asking(ACS_NAME_NOT_FOUND);
	start_asking_for("node3");
	expect_asking(ACS_WRONG_PROOF);
	expect_nothing();
	puppet_end(&one);
	expect_withdrawn("one");
	port_destroy(asking.trusted);
	CHECK(TEST_WAIT_UNTIL(port_status(server).mps_srights == 1));
	port_destroy(server);
}

/* The ACS of node2, which is the test, asks for a server of this node. */
static void check_asked(void)
{
	struct puppet two;
	acs_secret_t secret;
	mach_port_t trusted_two = MACH_PORT_NULL, peer = MACH_PORT_NULL, other = port_new_send();
	mach_port_t unknown = MACH_PORT_NULL;
	struct trust_share ours = make_share(5, ids[1]);
	struct trust_question question;
	struct trust_ticket ticket;
	struct introduction_said said;
	uint8_t expected[CRYPTO_KEY_BYTES];
	const mach_msg_type_name_t copy = MACH_MSG_TYPE_COPY_SEND;

	memset(&question, 0, sizeof question);
	strcpy(question.asker, "one");
	strcpy(question.server, "two");
	puppet_serve(&two, control, "two", 0x22);
	expect_published("two", 0, two.client);
	CHECK(puppet_take_secret(&two, secret, &trusted_two));
	CHECK_KR(acs_network_make_peer(network, ids[0], &unknown), ACS_NOT_IN_ROSTER);
	CHECK_KR(acs_network_make_peer(network, (const uint8_t[32]){7}, &unknown),
		 ACS_NOT_IN_ROSTER);
	CHECK_KR(acs_network_make_peer(network, ids[1], &peer), KERN_SUCCESS);
	NEED_KR(acs_peer_introduce(peer, 0, other, copy, "one", "two", 5, ours.nonce, ours.random));
	said = receive_introduced(other);
	CHECK_KR(said.result, KERN_SUCCESS);
	CHECK_EQ(said.port, two.trusted);
	drop(said.port);
	memcpy(said.share.node, ids[0], sizeof said.share.node);
	CHECK_EQ(trust_open_ticket(secret, question.server, said.ticket, &ticket), CRYPTO_OK);
	CHECK(strcmp(ticket.asker, "one") == 0);
	CHECK(memcmp(ticket.node, ids[1], sizeof ticket.node) == 0);
	CHECK_EQ(ticket.incarnation, 5);
	CHECK_EQ(trust_make_key(&question, &ours, &said.share, expected), CRYPTO_OK);
	CHECK(memcmp(ticket.key, expected, sizeof expected) == 0);
	NEED_KR(acs_peer_introduce(peer, 0, other, copy, "one", "three", 5, ours.nonce,
				   ours.random));
	/* A personality, and node2 may not start tasks, whether it is there or not. */
	CHECK_KR(receive_introduced(other).result, ACS_ROLE_MISSING);
	NEED_KR(acs_peer_introduce(peer, 0, other, copy, "two", "one", 5, ours.nonce, ours.random));
	CHECK_KR(receive_introduced(other).result, ACS_NAME_NOT_FOUND);
	NEED_KR(acs_peer_introduce(peer, 0, other, copy, "one", "two@node1", 5, ours.nonce,
				   ours.random));
	CHECK_KR(receive_introduced(other).result, ACS_NAME_INVALID);
	NEED_KR(acs_peer_introduce(peer, 0, other, copy, "one@node3", "two", 5, ours.nonce,
				   ours.random));
	CHECK_KR(receive_introduced(other).result, ACS_NAME_INVALID);
	/* That port is of no other use. */
	CHECK_KR(acs_challenge(peer, said.share.nonce), MIG_BAD_ID);
	CHECK_KR(acs_network_make_peer(peer, ids[1], &unknown), MIG_BAD_ID);
	drop(peer);
	puppet_end(&two);
	expect_withdrawn("two");
	port_destroy(trusted_two);
	port_destroy(other);
}

/* The network server goes: who waits is told, and the next one is asked and told anew. */
static void check_gone(void)
{
	mach_port_t reply = MACH_PORT_NULL, patient = MACH_PORT_NULL, found = MACH_PORT_NULL;
	mach_port_t port = port_new_send();
	natural_t question = 0;

	while (next_told(100).routine >= 0) {
	}
	reply = send_look_up("last@node2", 0);
	patient = send_look_up("last@node2", 60000);
	question = expect_question("last", ids[1]);
	port_destroy(names);
	expect_code(reply, ACS_NAME_NOT_FOUND);
	CHECK_KR(acs_look_up(client, "last@node2", 0, &found), ACS_NAME_NOT_FOUND);
	serve_names();
	expect_published("gns", 0, gns.client);
	CHECK_KR(answer(question, ids[1], port), KERN_INVALID_VALUE);
	for (;;) {
		struct told told = next_told(20000);

		CHECK_EQ(told.routine, 2);
		if (told.routine != 2 || strcmp(told.name, "last") == 0) {
			CHECK_KR(answer(told.number, ids[1], port), KERN_SUCCESS);
			break;
		}
	}
	expect_found(patient, port);
	/* The server itself dies, and its port of the ACS with it. */
	puppet_end(&gns);
	CHECK(TEST_WAIT_UNTIL((port_type(network) & MACH_PORT_TYPE_DEAD_NAME) != 0));
	CHECK_KR(acs_look_up(client, "more@node2", 0, &found), ACS_NAME_NOT_FOUND);
	port_destroy(port);
	port_destroy(names);
}

int main(int argc, char **argv)
{
	free(malloc(1)); /* the heap, which stays, begins before the count */
	test_begin(argc, argv, "acs_names");
	if (crypto_start() != CRYPTO_OK) {
		test_bail_out("crypto_start failed");
	}
	control = acs_test_start();
	client = acs_test_client(control);
	start_network_server();
	read_ids();
	check_alone();
	check_published();
	check_personality();
	check_cache();
	check_missing();
	check_licence();
	check_here_first();
	check_deaf();
	check_asker();
	check_asked();
	check_quota();
	check_gone();
	port_destroy(network);
	port_destroy(trusted);
	port_destroy(client);
	acs_test_end(control);
	test_end();
}
