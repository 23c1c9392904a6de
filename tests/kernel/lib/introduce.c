/* A puppet asks the ACS for another server. */
#include "introduce.h"
#include <gen/acs_trusted.h>

void introduce(mach_port_t trusted, const acs_secret_t secret, const char *asker,
	       const char *server, struct introduction *introduction)
{
	struct trust_question question;
	acs_proof_t proof;
	acs_grant_t grant;

	memset(&question, 0, sizeof question);
	memcpy(question.asker, asker, strlen(asker));
	memcpy(question.server, server, strlen(server));
	NEED_KR(acs_challenge(trusted, question.challenge));
	if (trust_make_proof(secret, &question, proof) != CRYPTO_OK) {
		test_bail_out("no proof");
	}
	NEED_KR(acs_look_up_server(trusted, server, question.nonce, proof, &introduction->port,
				   grant, introduction->ticket));
	if (trust_open_grant(secret, &question, grant, introduction->key) != CRYPTO_OK) {
		test_bail_out("no key");
	}
}
