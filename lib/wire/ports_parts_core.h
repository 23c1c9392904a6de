/* What ports_core.c, handover_core.c and move_core.c share; nobody else includes it. */
#pragma once

#include "ports_core.h"

/* An effect to be filled in; there is always room, as callers fetch all between events. */
struct wire_ports_effect *wire_ports_add(struct wire_ports *ports,
					 enum wire_ports_effect_kind kind);

/* An item on a stream of the peer. */
struct wire_ports_effect *wire_ports_say(struct wire_ports *ports, uint32_t peer,
					 uint32_t export_id, uint32_t generation, uint8_t kind);

void wire_ports_drop(struct wire_ports *ports, uint32_t port, uint8_t right);

/* One reference more on the peer's export of the port; WIRE_EXPORT_NONE: no room.  *kept: the
   caller's right is the export's now. */
uint32_t wire_ports_export(struct wire_ports *ports, uint32_t peer, uint32_t port, uint8_t right,
			   bool *kept);

/* Frees the export without touching its right. */
void wire_ports_free_export(struct wire_ports *ports, uint32_t peer, uint32_t export_id);

/* The export, if it is not free and of this generation; or null. */
struct wire_export *wire_ports_find_export(struct wire_ports *ports, uint32_t peer,
					   uint32_t export_id, uint32_t generation);

/* A right to an export of the peer came. */
enum wire_taken_right wire_ports_take_mine(struct wire_ports *ports, uint32_t peer,
					   uint32_t export_id, uint32_t generation, uint8_t right,
					   uint32_t *port);

/* RELEASE goes behind the last message to the export. */
void wire_ports_say_release(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
			    uint32_t generation, uint32_t count);

/* There is one for this export: wire_ports_find_proxy looks so far. */
static inline void wire_ports_note_proxy(struct wire_ports_peer *peer, uint32_t export_id)
{
	if (export_id >= peer->proxies_end) {
		peer->proxies_end = export_id + 1;
	}
}

void wire_ports_destroy_proxy(struct wire_ports *ports, struct wire_proxy *proxy,
			      enum wire_proxy_state state);

/* The peer gave references back; false: more than it had. */
bool wire_ports_release(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
			struct wire_export *export, uint32_t count);

/* Frees the export if no reference is out and its port does not wait to be accepted. */
void wire_ports_settle(struct wire_ports *ports, uint32_t peer, uint32_t export_id);

/* --- move_core.c */

enum wire_taken_right wire_ports_take_moved(struct wire_ports *ports, uint32_t peer,
					    const struct wire_descriptor *descriptor,
					    uint32_t *port, uint32_t *pickup);
void wire_ports_accepted(struct wire_ports *ports, uint32_t peer, uint32_t old_id,
			 uint32_t old_generation, uint32_t export_id, uint32_t generation);
void wire_ports_withdraw(struct wire_ports *ports, struct wire_export *export);

/* A right to a port that came from this peer, which may not know yet that it was accepted. */
void wire_ports_mark_moved(struct wire_ports *ports, uint32_t peer,
			   struct wire_descriptor *descriptor);

/* All references to a port that came from the peer go back, when nothing more will be said of them
   on its stream, and none is on its way there. */
void wire_ports_release_home(struct wire_ports *ports, uint32_t peer, uint32_t export_id);

/* Whether we gave a right to the proxy away, and it was not taken yet. */
bool wire_ports_is_given(const struct wire_ports *ports, uint32_t owner, uint32_t export_id);

/* FREED for a port that is ours now; the end of the association with its old home. */
void wire_ports_home_freed(struct wire_ports *ports, struct wire_proxy *proxy);
void wire_ports_moving_down(struct wire_ports *ports, struct wire_proxy *proxy);
/* What was sent before does not come: the port is handed out without it. */
void wire_ports_move_late(struct wire_ports *ports, struct wire_pickup *pickup);
bool wire_ports_move_item(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
			  uint32_t generation, uint8_t kind, const uint8_t *body, uint32_t bytes);

/* --- handover_core.c */

/* A free pickup for a right in the peer's message, or null: it has as many as are free. */
struct wire_pickup *wire_ports_new_pickup(struct wire_ports *ports, uint32_t peer,
					  const struct wire_node_name *owner);

enum wire_given wire_ports_hand_over(struct wire_ports *ports, uint32_t peer, uint32_t owner,
				     uint32_t export_id, struct wire_proxy *proxy,
				     const uint8_t token[WIRE_TOKEN_BYTES],
				     struct wire_descriptor *descriptor);
enum wire_taken_right wire_ports_take_third(struct wire_ports *ports, uint32_t peer,
					    const struct wire_descriptor *descriptor,
					    uint32_t *pickup);
void wire_ports_cancel(struct wire_ports *ports, const uint8_t token[WIRE_TOKEN_BYTES]);
bool wire_ports_handover_item(struct wire_ports *ports, uint32_t peer, uint32_t export_id,
			      uint8_t kind, const uint8_t *body, uint32_t bytes);

/* One thing that is to be asked or told about pickups; false: nothing. */
bool wire_ports_look(struct wire_ports *ports);

/* The token in this slot, when a port died: who picks it up gets a dead right. */
void wire_ports_handover_dead(struct wire_ports *ports, uint32_t slot);

/* One slot of each table, after the peer's association ended. */
void wire_ports_handover_down(struct wire_ports *ports, uint32_t peer, uint32_t slot);
