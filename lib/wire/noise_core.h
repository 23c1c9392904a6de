/*
 * The symmetric state of Noise (revision 34, section 5.2) for the pattern KK, without the
 * arithmetic: who has a secret mixes it in.
 *
 *	-> s, <- s (known), -> e, es, ss, <- e, ee, se
 *
 * A primitive that fails (no memory) sets "failed"; such a state neither seals nor opens.
 */
#pragma once

#include "suite_core.h"

struct wire_noise {
	uint8_t chain[WIRE_KEY_BYTES];
	uint8_t hash[WIRE_DIGEST_BYTES];
	uint8_t key[WIRE_KEY_BYTES];
	bool failed;
};

/* What both know beforehand: prologue (at most 128 bytes) and the two static keys. */
void wire_noise_start(struct wire_noise *noise, const struct wire_suite *suite,
		      const void *prologue, size_t prologue_bytes,
		      const uint8_t initiator[WIRE_PUBLIC_BYTES],
		      const uint8_t responder[WIRE_PUBLIC_BYTES]);

/* MixHash: an ephemeral public key that was sent. */
void wire_noise_mix_public(struct wire_noise *noise, const struct wire_suite *suite,
			   const uint8_t public_key[WIRE_PUBLIC_BYTES]);

/* MixKey: es, ss, ee or se. */
void wire_noise_mix_secret(struct wire_noise *noise, const struct wire_suite *suite,
			   const uint8_t secret[WIRE_KEY_BYTES]);

/* EncryptAndHash, DecryptAndHash of the one payload of a message, which is WIRE_TERMS_BYTES. */
bool wire_noise_seal(struct wire_noise *noise, const struct wire_suite *suite,
		     uint8_t payload[WIRE_TERMS_BYTES + WIRE_TAG_BYTES]);
bool wire_noise_open(struct wire_noise *noise, const struct wire_suite *suite,
		     uint8_t payload[WIRE_TERMS_BYTES + WIRE_TAG_BYTES]);

/* Split: the keys from initiator to responder and back.  The hash stays: it names the handshake. */
bool wire_noise_split(struct wire_noise *noise, const struct wire_suite *suite,
		      uint8_t to_responder[WIRE_KEY_BYTES], uint8_t to_initiator[WIRE_KEY_BYTES]);
