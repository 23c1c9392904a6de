/* What node_core.c, handshake_core.c and association_core.c share; nobody else includes it. */
#pragma once

#include "node_core.h"

static inline void wire_refuse(struct wire_node *node, enum wire_refusal why)
{
	node->counters.refused[why]++;
}

/* Puts the peer among those that may have effects. */
void wire_touch(struct wire_node *node, struct wire_peer *peer);

/* The peer with this short id, or null. */
struct wire_peer *wire_find_peer(struct wire_node *node, const uint8_t id[WIRE_SHORT_ID_BYTES]);

/* Random bytes; false: the suite failed. */
bool wire_make_random(struct wire_node *node, void *out, size_t bytes);

/* --- handshake_core.c */

/* Makes the keys that a node has all its life. */
bool wire_start_hello(struct wire_node *node, const uint8_t cluster_key[WIRE_KEY_BYTES]);

/* The header of a frame that everybody in the cluster can open. */
void wire_write_named_header(struct wire_node *node, struct wire_writer *writer, uint8_t type);

/* Opens such a frame in place; who sent it.  Null: it is refused, and counted. */
struct wire_peer *wire_open_named(struct wire_node *node, const struct wire_header *header,
				  uint8_t *frame, size_t bytes);

/* One more answer that costs the sender nothing: one each gap_us, "burst" of them at once. */
bool wire_may_answer(uint64_t *next_us, uint64_t now_us, uint64_t gap_us, uint32_t burst);

/* --- resolve_core.c */

void wire_take_resolve(struct wire_node *node, const struct wire_header *header,
		       const struct wire_address *from, uint8_t *frame, size_t bytes);

/* --- handshake_core.c, further */

void wire_take_hello(struct wire_node *node, const struct wire_header *header,
		     const struct wire_address *from, uint8_t *frame, size_t bytes);
void wire_take_init(struct wire_node *node, const struct wire_header *header,
		    const struct wire_address *from, const uint8_t *frame, size_t bytes);
void wire_take_resp(struct wire_node *node, struct wire_peer *peer,
		    const struct wire_header *header, const struct wire_address *from,
		    const uint8_t *frame, size_t bytes);

/* The arithmetic that the peer's handshake asked for is done. */
void wire_handshake_job(struct wire_node *node, struct wire_peer *peer, const struct wire_job *job);

/* What the handshake has to do now; true: *effect is to be carried out. */
bool wire_handshake_effect(struct wire_node *node, struct wire_peer *peer, uint8_t *out,
			   struct wire_effect *effect);
uint64_t wire_handshake_deadline(const struct wire_node *node, const struct wire_peer *peer);

/* Forgets the handshake and wipes its secrets. */
void wire_forget_attempt(struct wire_node *node, struct wire_peer *peer);

/* --- association_core.c */

void wire_take_data(struct wire_node *node, struct wire_peer *peer,
		    const struct wire_header *header, const struct wire_address *from,
		    uint8_t *frame, size_t bytes);

/* The association is to end; "bye" tells the peer. */
void wire_end_association(struct wire_node *node, struct wire_peer *peer, uint8_t reason, bool bye);

/* Seals "bytes" of payload, which lie behind the header's place in "out", and fills the effect. */
bool wire_seal_frame(struct wire_node *node, struct wire_peer *peer, const struct wire_keys *keys,
		     uint64_t counter, const struct wire_address *address, uint8_t *out,
		     size_t bytes, struct wire_effect *effect);

bool wire_association_effect(struct wire_node *node, struct wire_peer *peer, uint8_t *out,
			     struct wire_effect *effect);
uint64_t wire_association_deadline(const struct wire_node *node, const struct wire_peer *peer);

/* Whether the keys are old enough for new ones; and when they will be. */
bool wire_wants_rekey(const struct wire_node *node, const struct wire_peer *peer);
uint64_t wire_rekey_deadline(const struct wire_node *node, const struct wire_peer *peer);
