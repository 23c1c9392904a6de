/*
 * One node's end of the wire: its associations with all its peers.  Pure: events go in (a frame
 * came, time passed, a job is done, something local), and effects come out, one at a time, when
 * wire_next_effect is called; memory, time, randomness and arithmetic are the caller's.
 *
 *	wire_take_...(node, now, ...);
 *	while (wire_next_effect(node, out, &effect)) { ... do it ... }
 *	wait until wire_next_deadline(node), or the next event
 *
 * Effects must be asked for until there are none before the next wire_take_ event; the other
 * routines may be called while effects are carried out.  Times are microseconds of any monotonic
 * clock.  A peer is a number below peer_count_max, a stream a handle of its association.
 *
 * An association is up from WIRE_EFFECT_UP to WIRE_EFFECT_DOWN.  Streams, exports and messages
 * belong to it: before DOWN every message was given back, after it all handles are void.
 */
#pragma once

#include "cookie_core.h"
#include "job_core.h"
#include "liveness_core.h"
#include "noise_core.h"
#include "replay_core.h"
#include "transport_core.h"

#define WIRE_PEERS_MAX   1024 /* the low bits of an index say whose it is */
#define WIRE_CHANGES_MAX 8

struct wire_settings {
	struct wire_liveness_settings life;
	struct wire_transport_settings transport;
	uint64_t clock_grace_us;                        /* who is called later was not running */
	uint64_t hello_repeat_us, hello_timeout_us;     /* HELLO1 */
	uint64_t job_timeout_us;                        /* arithmetic */
	uint64_t init_timeout_us;                       /* INIT to RESP */
	uint64_t confirm_repeat_us, confirm_timeout_us; /* new keys, until the peer used them */
	uint64_t retry_first_us, retry_max_us;          /* after a handshake that failed; doubled */
	uint32_t attempts_max;                          /* of a connection that is wanted */
	uint64_t cookie_age_us;
	uint64_t init_gap_us;    /* between two INITs of one peer */
	uint64_t hello_gap_us;   /* one more HELLO1 may be answered each */
	uint32_t hello_burst;    /* up to so many at once */
	uint64_t unknown_gap_us; /* between handshakes that unknown indices start */
	uint64_t resolve_gap_us; /* RESOLVE is handed on so often, */
	uint32_t resolve_burst;  /* up to so many at once */
	uint64_t rekey_us, rekey_frames, overlap_us;
	uint64_t idle_us, idle_repeat_us;
	uint32_t idle_tries;
	uint32_t clone_changes; /* at most WIRE_CHANGES_MAX */
	uint64_t clone_window_us, clone_ban_us;
};

/* The settings of docs/wire-protocol.md. */
extern const struct wire_settings wire_default_settings;

/* Why a frame was refused; each has a counter. */
#define WIRE_REFUSALS(REFUSAL)                                                                     \
	REFUSAL(MALFORMED, "not one of our frames")                                                \
	REFUSAL(STRANGER, "the sender is not in the roster")                                       \
	REFUSAL(BANNED, "the sender's key seems to be copied")                                     \
	REFUSAL(FORGED, "the seal or code does not match")                                         \
	REFUSAL(REPLAYED, "its counter or cookie was used before")                                 \
	REFUSAL(STALE, "the cookie is too old, or for somebody else")                              \
	REFUSAL(UNKNOWN, "no such index")                                                          \
	REFUSAL(ELSEWHERE, "meant for another node")                                               \
	REFUSAL(UNASKED, "nobody waits for it")                                                    \
	REFUSAL(TOO_MANY, "too many of its kind")                                                  \
	REFUSAL(OVERTAKEN, "the other side's handshake goes first")                                \
	REFUSAL(NOT_READY, "the static secret is not computed yet")

enum wire_refusal {
#define WIRE_REFUSAL_NAME(name, text) WIRE_REFUSED_##name,
	WIRE_REFUSALS(WIRE_REFUSAL_NAME)
#undef WIRE_REFUSAL_NAME
		WIRE_REFUSAL_COUNT
};

const char *wire_refusal_text(enum wire_refusal refusal);

struct wire_counters {
	uint64_t refused[WIRE_REFUSAL_COUNT];
	uint64_t accepted; /* frames that opened and were new */
	uint64_t answered; /* HELLO1 */
	uint64_t named;    /* RESOLVE and HERE, handed on */
	uint64_t sent;
	uint64_t jobs;       /* each at most four multiplications */
	uint64_t handshakes; /* confirmed */
};

struct wire_keys {
	bool valid;
	uint32_t local, remote; /* indices: in frames to us, to the peer */
	uint8_t send[WIRE_KEY_BYTES], receive[WIRE_KEY_BYTES];
};

enum wire_attempt_state {
	WIRE_ATTEMPT_NONE,
	WIRE_ATTEMPT_HELLO,      /* initiator: HELLO1 sent */
	WIRE_ATTEMPT_KEYING,     /* HELLO2 came, arithmetic for INIT */
	WIRE_ATTEMPT_SENT,       /* INIT sent */
	WIRE_ATTEMPT_FINISHING,  /* RESP came, arithmetic */
	WIRE_ATTEMPT_CONFIRMING, /* new keys; the peer has not used them yet */
	WIRE_ATTEMPT_ANSWERING,  /* responder: INIT came, arithmetic */
	WIRE_ATTEMPT_ANSWERED,   /* RESP sent; the peer has not used the new keys yet */
};

/* A handshake that is under way.  It changes nothing until a frame with its keys has opened. */
struct wire_attempt {
	enum wire_attempt_state state;
	uint64_t timeout_us, repeat_us;
	bool send; /* INIT or RESP is to be sent */
	uint8_t nonce[WIRE_NONCE_BYTES];
	struct wire_address address;
	uint8_t cookie[WIRE_COOKIE_BYTES];
	uint64_t believed; /* the association that we believe in; 0: none */
	uint32_t local;    /* our index */
	struct wire_noise noise;
	uint8_t private_key[WIRE_PRIVATE_BYTES], public_key[WIRE_PUBLIC_BYTES];
	uint8_t es[WIRE_KEY_BYTES];
	bool offered; /* es is there */
	uint8_t peer_ephemeral[WIRE_PUBLIC_BYTES];
	uint8_t head[WIRE_NAMED_HEADER_BYTES + 2]; /* INIT's header and suite */
	uint8_t sealed[WIRE_TERMS_BYTES + WIRE_TAG_BYTES];
	uint8_t frame[WIRE_INIT_BYTES]; /* RESP, to be sent */

	struct wire_keys keys; /* from here on: CONFIRMING and ANSWERED */
	struct wire_terms terms;
	uint64_t serial;
	bool rekey;                /* of the association that both believe in */
	uint64_t counter;          /* of a new association */
	struct wire_replay replay; /* likewise */
	bool initiator;
};

struct wire_peer {
	bool used, listed, removing;
	struct wire_peer *next_work;
	uint32_t number;
	uint8_t id[WIRE_ID_BYTES], public_key[WIRE_PUBLIC_BYTES];
	struct wire_out *outs;
	struct wire_in *ins;
	uint32_t out_count, in_count;

	/* What is kept of it between associations. */
	struct wire_address address;
	uint8_t share[WIRE_KEY_BYTES],
		early[WIRE_KEY_BYTES]; /* static secret, key of early codes */
	bool share_known, share_asked, share_wanted;
	uint64_t cookie_serial; /* of the last accepted */
	uint64_t init_us;       /* when it was */
	bool hello_waits;       /* a HELLO1, for the static secret */
	uint8_t hello_nonce[WIRE_NONCE_BYTES];
	uint64_t hello_incarnation;
	struct wire_address hello_address;
	uint64_t roster_version; /* it has said */
	uint32_t ended_index;    /* of an association that both ended; 0: none */
	uint64_t last_incarnation, changes_us[WIRE_CHANGES_MAX], banned_until_us;
	uint32_t change_count;

	/* The handshake. */
	bool wanted;
	uint32_t failures;
	uint64_t retry_us;
	struct wire_attempt attempt;
	uint32_t ticket;
	bool job_wanted;
	enum wire_job_kind job_kind;

	/* The association. */
	bool up;
	uint64_t serial, incarnation;
	struct wire_terms terms;
	struct wire_keys keys[2]; /* those in use, and the ones before */
	uint64_t previous_until_us, keys_since_us, keys_counter;
	bool keys_ours; /* we were the initiator */
	struct wire_replay replay;
	struct wire_transport transport;
	struct wire_liveness life;
	size_t payload_bytes_max;
	uint32_t held;                   /* entries that need it */
	uint64_t data_us;                /* when a message last moved */
	uint64_t idle_repeat_us;         /* when we ask again whether to end */
	uint32_t idle_tries, idle_asked; /* of this round; which it is */
	uint32_t idle_refused;           /* the peer's last round that we said NO to */

	/* What is to be told. */
	bool ending, bye, install, end_after_write;
	uint8_t reason;
	bool say_suspect, say_trust, say_unreachable, say_clone;
};

struct wire_node {
	const struct wire_suite *suite;
	struct wire_settings settings;
	struct wire_clock clock;
	uint8_t id[WIRE_ID_BYTES], public_key[WIRE_PUBLIC_BYTES];
	uint64_t incarnation, roster_version;
	uint16_t frame_bytes_max;
	uint8_t cluster[WIRE_KEY_BYTES]; /* extracted from the cluster key */
	uint8_t hello_key[WIRE_KEY_BYTES], cookie_key[WIRE_KEY_BYTES], random_key[WIRE_KEY_BYTES];
	uint64_t hello_counter, cookie_serial, random_counter;
	uint64_t hello_us; /* when the next HELLO1 may be answered, less the burst */
	uint64_t unknown_us;
	struct wire_peer *peers;
	uint32_t peer_count_max;
	struct wire_pool pool;
	struct wire_peer *work_first, *work_last;
	struct {
		struct wire_peer *peer; /* whose frame is being read; null: none */
		uint8_t *payload;
		size_t bytes;
		uint64_t counter;
		bool begun;
	} input;
	struct {
		bool waits;
		uint32_t peer;
		struct wire_address address;
		uint8_t frame[WIRE_NAMED_HEADER_BYTES + WIRE_HELLO2_BYTES + WIRE_TAG_BYTES];
	} hello2;
	struct {
		bool waits;
		uint8_t type;
		uint32_t peer;
		struct wire_address address;
		struct wire_resolve resolve;
	} named;
	uint64_t resolve_us; /* when the next RESOLVE may be handed on, less the burst */
	struct wire_job job; /* given with COMPUTE */
	bool job_given;
	struct wire_counters counters;
};

/* What a node starts with; all is copied but the suite and the memory. */
struct wire_start {
	const struct wire_suite *suite;
	const struct wire_settings *settings;
	const uint8_t *id;          /* [WIRE_ID_BYTES] */
	const uint8_t *public_key;  /* [WIRE_PUBLIC_BYTES] */
	const uint8_t *cluster_key; /* [WIRE_KEY_BYTES] */
	const uint8_t *random;      /* [WIRE_KEY_BYTES], fresh and secret */
	uint64_t incarnation;       /* fresh and random, not 0 */
	uint64_t roster_version;
	uint64_t now_us;
	uint16_t frame_bytes_max; /* of this node's card, with the Ethernet header */
	struct wire_peer *peers;
	uint32_t peer_count_max; /* at most WIRE_PEERS_MAX */
	struct wire_block *blocks;
	uint32_t block_count;
};

enum wire_effect_kind {
	WIRE_EFFECT_SEND,        /* frame, bytes; to address, or to all if broadcast */
	WIRE_EFFECT_COMPUTE,     /* job: run it in a worker, then wire_take_job */
	WIRE_EFFECT_UP,          /* peer, incarnation, serial: an association began */
	WIRE_EFFECT_DOWN,        /* peer, serial, reason: it ended */
	WIRE_EFFECT_UNREACHABLE, /* peer: a connection that was wanted did not come about */
	WIRE_EFFECT_SUSPECT,     /* peer: it has been silent */
	WIRE_EFFECT_TRUST,       /* peer: it speaks again */
	WIRE_EFFECT_CLONED,      /* peer: too many incarnations; it is refused for a while */
	WIRE_EFFECT_DELIVER,     /* peer, piece: bytes of a message, in order */
	WIRE_EFFECT_SENT,        /* peer, message: the peer has all of it */
	WIRE_EFFECT_FAILED, /* peer, message: given back; if !message->begun, surely not sent */
	WIRE_EFFECT_NAMED,  /* peer, address, type, resolve: RESOLVE or HERE came (names_core.h) */
};

struct wire_effect {
	enum wire_effect_kind kind;
	uint32_t peer;
	uint8_t *frame; /* in the memory given to wire_next_effect */
	size_t bytes;
	bool broadcast;
	struct wire_address address;
	struct wire_job *job; /* the node's; to be copied before the next effect is asked for */
	uint64_t incarnation, serial;
	uint8_t reason;
	struct wire_piece piece;
	struct wire_message *message;
	uint8_t type;
	const struct wire_resolve *resolve; /* the node's; until the next effect */
};

/* False: the suite failed, or a number cannot be; then the node is not to be used. */
bool wire_start_node(struct wire_node *node, const struct wire_start *start);

/*
 * A member of the roster, and memory for its association's streams; its number, or -1: no room,
 * known already, or this node itself.
 */
int32_t wire_add_peer(struct wire_node *node, const uint8_t id[WIRE_ID_BYTES],
		      const uint8_t public_key[WIRE_PUBLIC_BYTES], struct wire_out *outs,
		      uint32_t out_count, struct wire_in *ins, uint32_t in_count);

/* Not a member any more: its association ends; then the number is free. */
void wire_remove_peer(struct wire_node *node, uint32_t peer);

/* --- events */

/* The frame without its Ethernet header; it is overwritten, and must stay until there are no more
   effects. */
void wire_take_frame(struct wire_node *node, uint64_t now_us, const struct wire_address *from,
		     void *frame, size_t bytes);
void wire_take_time(struct wire_node *node, uint64_t now_us);
void wire_take_job(struct wire_node *node, uint64_t now_us, struct wire_job *job);

/*
 * The next effect; false: none.  "out" has WIRE_PAYLOAD_BYTES_MAX bytes, and stays the effect's
 * until the next call.
 */
bool wire_next_effect(struct wire_node *node, uint8_t *out, struct wire_effect *effect);

/* When wire_take_time is to be called at the latest, or WIRE_NEVER. */
uint64_t wire_next_deadline(struct wire_node *node);

/* --- local */

/* An association is wanted: UP or UNREACHABLE follows, unless one is up. */
void wire_connect(struct wire_node *node, uint32_t peer);

/* Ends the association and tells the peer why. */
void wire_disconnect(struct wire_node *node, uint32_t peer, uint8_t reason);

/*
 * The cluster key, as from the next HELLO and RESOLVE on, sent or received; associations have keys
 * of their own.  False: the suite failed.
 */
bool wire_set_cluster_key(struct wire_node *node, const uint8_t cluster_key[WIRE_KEY_BYTES]);

/* The version of the roster that this node tells its peers from now on; and the one that the peer
   told it last, 0: none. */
void wire_set_roster(struct wire_node *node, uint64_t version);
uint64_t wire_peer_roster(const struct wire_node *node, uint32_t peer);

/* Whether the peer answers: its association is up, or a handshake with it has got beyond HELLO1. */
bool wire_is_met(const struct wire_node *node, uint32_t peer);
bool wire_is_up(const struct wire_node *node, uint32_t peer);

/*
 * A RESOLVE or HERE of this node's, sealed, in "out" (WIRE_PAYLOAD_BYTES_MAX); its size, or 0: the
 * suite failed.  The caller sends it.  The roster's version is filled in.
 */
size_t wire_write_resolve(struct wire_node *node, uint8_t *out, uint8_t type,
			  struct wire_resolve *resolve);
bool wire_make_nonce(struct wire_node *node, uint8_t nonce[WIRE_NONCE_BYTES]);

/* So many entries (exports, proxies) need the association: its peer is watched, it stays. */
void wire_hold(struct wire_node *node, uint32_t peer, uint32_t entries);

/* Streams; see out_core.h. */
int32_t wire_open_stream(struct wire_node *node, uint32_t peer, uint32_t export_id,
			 uint32_t generation, uint8_t lane);
void wire_close_stream(struct wire_node *node, uint32_t peer, uint32_t stream);
bool wire_send(struct wire_node *node, uint32_t peer, uint32_t stream,
	       struct wire_message *message);

/* Exports; see in_core.h. */
bool wire_open_export(struct wire_node *node, uint32_t peer, uint32_t export_id,
		      uint32_t generation, uint32_t slots);
void wire_close_export(struct wire_node *node, uint32_t peer, uint32_t export_id);
void wire_grant(struct wire_node *node, uint32_t peer, uint32_t export_id, uint32_t slots);
void wire_consume(struct wire_node *node, uint32_t peer, uint32_t bytes);
