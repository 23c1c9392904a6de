/* TEST: oracle=no libc=yes args="acs=${acs}" fw_cfg=build/tests/keys/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/* The inter-server interface of the ACS: no answer without a fresh proof; what the answer says. */
#include "lib/acs_boot.h"
#include "lib/msg.h"
#include <gen/acs_control.h>
#include <gen/acs_trusted.h>
#include <stdlib.h>
#include <string.h>
#include <trust/proof.h>

static mach_port_t control;
static struct puppet one, two;
static acs_secret_t secret_one, secret_two;
static mach_port_t port_one, port_two; /* of acs_trusted.defs */
static acs_grant_t grant;
static acs_ticket_t ticket;

static struct trust_question question_of(const char *asker, const char *server)
{
	struct trust_question question;

	memset(&question, 0, sizeof question);
	strcpy(question.asker, asker);
	strcpy(question.server, server);
	memset(question.nonce, 0x5a, sizeof question.nonce);
	return question;
}

static kern_return_t ask(mach_port_t port, const struct trust_question *question,
			 const acs_proof_t proof, mach_port_t *found)
{
	*found = MACH_PORT_NULL;
	return acs_look_up_server(port, question->server, question->nonce, proof, found, grant,
				  ticket);
}

static void drop(mach_port_t port)
{
	NEED_KR(mach_port_deallocate(mach_task_self(), port));
}

/* One asks for two: what each can open, and that nobody else can. */
static void check_answer(void)
{
	struct trust_question question = question_of("one", "two"), other;
	struct trust_ticket opened;
	acs_proof_t proof;
	uint8_t key[CRYPTO_KEY_BYTES];
	mach_port_t found = MACH_PORT_NULL;
	uint64_t serial = 0;

	CHECK_KR(acs_challenge(port_one, question.challenge), KERN_SUCCESS);
	CHECK_EQ(trust_make_proof(secret_one, &question, proof), CRYPTO_OK);
	CHECK_KR(ask(port_one, &question, proof, &found), KERN_SUCCESS);
	CHECK_EQ(found, two.trusted);
	drop(found);
	CHECK_EQ(trust_open_grant(secret_one, &question, grant, key), CRYPTO_OK);
	CHECK_EQ(trust_open_ticket(secret_two, question.server, ticket, &opened), CRYPTO_OK);
	CHECK(memcmp(opened.key, key, sizeof key) == 0);
	CHECK(strcmp(opened.asker, "one") == 0);
	serial = opened.serial;
	/* Not with another's secret, for another question, as another server, for the other use. */
	CHECK_EQ(trust_open_grant(secret_two, &question, grant, key), CRYPTO_ERROR_FORGED);
	other = question;
	other.nonce[0] ^= 1;
	CHECK_EQ(trust_open_grant(secret_one, &other, grant, key), CRYPTO_ERROR_FORGED);
	CHECK_EQ(trust_open_ticket(secret_one, question.server, ticket, &opened),
		 CRYPTO_ERROR_FORGED);
	CHECK_EQ(trust_open_ticket(secret_two, question.asker, ticket, &opened),
		 CRYPTO_ERROR_FORGED);
	/* Again: another key, a ticket with another serial. */
	CHECK_KR(acs_challenge(port_one, question.challenge), KERN_SUCCESS);
	CHECK_EQ(trust_make_proof(secret_one, &question, proof), CRYPTO_OK);
	CHECK_KR(ask(port_one, &question, proof, &found), KERN_SUCCESS);
	drop(found);
	CHECK_EQ(trust_open_ticket(secret_two, question.server, ticket, &opened), CRYPTO_OK);
	CHECK(opened.serial == serial + 1);
	CHECK(memcmp(opened.key, key, sizeof key) != 0);
}

static void check_proofs(void)
{
	struct trust_question question = question_of("one", "two"), forged;
	acs_proof_t proof;
	mach_port_t found = MACH_PORT_NULL;

	/* A proof serves once: what was seen cannot be shown again. */
	CHECK_KR(acs_challenge(port_one, question.challenge), KERN_SUCCESS);
	CHECK_EQ(trust_make_proof(secret_one, &question, proof), CRYPTO_OK);
	CHECK_KR(ask(port_one, &question, proof, &found), KERN_SUCCESS);
	drop(found);
	CHECK_KR(ask(port_one, &question, proof, &found), ACS_WRONG_PROOF);
	forged = question;
	CHECK_KR(acs_challenge(port_one, forged.challenge), KERN_SUCCESS);
	CHECK(memcmp(forged.challenge, question.challenge, sizeof question.challenge) != 0);
	CHECK_KR(ask(port_one, &question, proof, &found), ACS_WRONG_PROOF);
	/* The challenge is used up by a wrong proof, too. */
	CHECK_EQ(trust_make_proof(secret_one, &forged, proof), CRYPTO_OK);
	CHECK_KR(ask(port_one, &forged, proof, &found), ACS_WRONG_PROOF);
	/* Another's secret, another's port, another server or node than was proved, another nonce.
	 */
	CHECK_KR(acs_challenge(port_one, question.challenge), KERN_SUCCESS);
	CHECK_EQ(trust_make_proof(secret_two, &question, proof), CRYPTO_OK);
	CHECK_KR(ask(port_one, &question, proof, &found), ACS_WRONG_PROOF);
	CHECK_KR(acs_challenge(port_one, question.challenge), KERN_SUCCESS);
	CHECK_EQ(trust_make_proof(secret_one, &question, proof), CRYPTO_OK);
	CHECK_KR(ask(port_two, &question, proof, &found), ACS_WRONG_PROOF);
	forged = question;
	strcpy(forged.server, "one");
	CHECK_KR(ask(port_one, &forged, proof, &found), ACS_WRONG_PROOF);
	CHECK_KR(acs_challenge(port_one, question.challenge), KERN_SUCCESS);
	CHECK_EQ(trust_make_proof(secret_one, &question, proof), CRYPTO_OK);
	forged = question;
	forged.nonce[31] ^= 0x80;
	CHECK_KR(ask(port_one, &forged, proof, &found), ACS_WRONG_PROOF);
	CHECK_KR(acs_challenge(port_one, question.challenge), KERN_SUCCESS);
	CHECK_EQ(trust_make_proof(secret_one, &question, proof), CRYPTO_OK);
	CHECK_KR(acs_look_up_server(port_one, "two@node1", question.nonce, proof, &found, grant,
				    ticket),
		 ACS_WRONG_PROOF);
}

static void check_names(void)
{
	static const char *const names[] = {"three", "four", "process", "two@node2"};
	mach_port_t found = MACH_PORT_NULL;

	for (int i = 0; i < 4; i++) {
		struct trust_question question = question_of("one", names[i]);
		acs_proof_t proof;

		if (i == 3) {
			question = question_of("one", "two");
			strcpy(question.node, "node2");
		}
		NEED_KR(acs_challenge(port_one, question.challenge));
		CHECK_EQ(trust_make_proof(secret_one, &question, proof), CRYPTO_OK);
		CHECK_KR(acs_look_up_server(port_one, names[i], question.nonce, proof, &found,
					    grant, ticket),
			 ACS_NAME_NOT_FOUND);
	}
	CHECK_KR(acs_look_up_server(port_one, "Two", grant, grant, &found, grant, ticket),
		 ACS_NAME_INVALID);
}

/* Neither a server that was started anew, nor one that died, is asked for with its old secret. */
static void check_void(void)
{
	struct trust_question question = question_of("one", "two");
	acs_proof_t proof;
	mach_port_t found = MACH_PORT_NULL;

	CHECK_KR(acs_challenge(port_one, question.challenge), KERN_SUCCESS);
	NEED_KR(puppet_start(&one, control, "one", 0x11));
	CHECK_EQ(trust_make_proof(secret_one, &question, proof), CRYPTO_OK);
	CHECK(ask(port_one, &question, proof, &found) != KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL((port_type(port_one) & MACH_PORT_TYPE_DEAD_NAME) != 0));
	NEED_KR(puppet_register(&one, "one"));
	port_destroy(port_one);
	CHECK(puppet_take_secret(&one, secret_one, &port_one));
	CHECK_KR(acs_challenge(port_one, question.challenge), KERN_SUCCESS);
	puppet_end(&two);
	CHECK(TEST_WAIT_UNTIL((port_type(port_two) & MACH_PORT_TYPE_DEAD_NAME) != 0));
	CHECK_EQ(trust_make_proof(secret_one, &question, proof), CRYPTO_OK);
	CHECK_KR(ask(port_one, &question, proof, &found), ACS_NAME_NOT_FOUND);
}

/* The process server is a server, too: by its own word, once. */
static void check_process(void)
{
	struct trust_question question = question_of("one", "process");
	static struct msg msg;
	mach_port_t trusted = port_new_send(), client = port_new_send();
	mach_port_t found = MACH_PORT_NULL;
	acs_proof_t proof;
	const mach_msg_type_name_t copy = MACH_MSG_TYPE_COPY_SEND;

	CHECK_KR(acs_register_process(control, client, copy, one.trusted, copy), ACS_WRONG_OWNER);
	CHECK_KR(acs_register_process(control, one.client, copy, trusted, copy), ACS_WRONG_OWNER);
	CHECK_KR(acs_register_process(control, MACH_PORT_NULL, copy, trusted, copy), KERN_SUCCESS);
	CHECK_KR(acs_register_process(control, client, copy, trusted, copy),
		 ACS_ALREADY_REGISTERED);
	CHECK_KR(msg_receive(&msg, trusted, 0), MACH_MSG_SUCCESS);
	struct msg_item item;
	CHECK(msg_item(&msg, &item));
	port_destroy(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND));
	NEED_KR(acs_challenge(port_one, question.challenge));
	CHECK_EQ(trust_make_proof(secret_one, &question, proof), CRYPTO_OK);
	CHECK_KR(ask(port_one, &question, proof, &found), KERN_SUCCESS);
	CHECK_EQ(found, trusted);
	port_destroy(trusted);
	port_destroy(client);
}

int main(int argc, char **argv)
{
	free(malloc(1)); /* the heap, which stays, begins before the count */
	test_begin(argc, argv, "acs_trusted");
	if (crypto_start() != CRYPTO_OK) {
		test_bail_out("crypto_start failed");
	}
	control = acs_test_start();
	puppet_serve(&one, control, "one", 0x11);
	puppet_serve(&two, control, "two", 0x22);
	CHECK(puppet_take_secret(&one, secret_one, &port_one));
	CHECK(puppet_take_secret(&two, secret_two, &port_two));
	CHECK(memcmp(secret_one, secret_two, sizeof secret_one) != 0);
	check_answer();
	check_proofs();
	check_names();
	check_void();
	check_process();
	puppet_end(&one);
	port_destroy(port_one);
	port_destroy(port_two);
	acs_test_end(control);
	test_end();
}
