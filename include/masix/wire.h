/*
 * The wire between the Generic Network Servers of a cluster: every number that travels.  All
 * numbers are little-endian and nothing is aligned.  lib/wire/frame_core.c alone reads and writes
 * these layouts; docs/wire-protocol.md says what the fields are for.
 */
#pragma once

#define WIRE_ETHERTYPE	    0x88b5
#define WIRE_ETHERNET_BYTES 14 /* of the Ethernet header, which a frame here does not include */
#define WIRE_VERSION	    1
#define WIRE_SUITE	    1 /* Noise_KK_P256_ChaChaPoly_SHA256 */
#define WIRE_NOISE_NAME	    "Noise_KK_P256_ChaChaPoly_SHA256"

/* Frame types. */
#define WIRE_DATA    1 /* records, sealed with the keys of an association */
#define WIRE_HELLO1  2 /* broadcast: who answers as this node? */
#define WIRE_HELLO2  3 /* a cookie for it */
#define WIRE_INIT    4 /* first message of the handshake */
#define WIRE_RESP    5 /* its answer */
#define WIRE_RESOLVE 6 /* broadcast: who has this name? */
#define WIRE_HERE    7 /* its answer, a hint: ask me */

/* Sizes in bytes. */
#define WIRE_ID_BYTES		32 /* of a node: SHA-256 of its public key */
#define WIRE_SHORT_ID_BYTES	16 /* its beginning, in headers */
#define WIRE_PUBLIC_BYTES	65
#define WIRE_PRIVATE_BYTES	32
#define WIRE_KEY_BYTES		32
#define WIRE_DIGEST_BYTES	32
#define WIRE_TAG_BYTES		16
#define WIRE_MAC_BYTES		16 /* of the early code of INIT and RESP, and of a cookie */
#define WIRE_NONCE_BYTES	16
#define WIRE_COOKIE_BYTES	32
#define WIRE_ADDRESS_BYTES_MAX	20
#define WIRE_FRAME_BYTES_MIN	60 /* with the Ethernet header, without the checksum */
#define WIRE_FRAME_BYTES_LEAST	576
#define WIRE_FRAME_BYTES_MAX	1514
#define WIRE_PAYLOAD_BYTES_MAX	(WIRE_FRAME_BYTES_MAX - WIRE_ETHERNET_BYTES)

/* Header of DATA and RESP: version u8, type u8, receiver index u32, counter u64. */
#define WIRE_INDEXED_HEADER_BYTES 14
/* Of the others: version u8, type u8, sender id [16], incarnation u64, counter u64. */
#define WIRE_NAMED_HEADER_BYTES 34

/* HELLO1, sealed: nonce [16], target id [16], roster version u64. */
#define WIRE_HELLO1_BYTES 40
/* HELLO2, sealed: nonce [16], target id [16], cookie [32], roster version u64. */
#define WIRE_HELLO2_BYTES 72
/* RESOLVE, sealed: nonce [16], mode u8, name [64], roster version u64. */
#define WIRE_NAME_BYTES		64 /* zero-filled, its last byte is 0 */
#define WIRE_RESOLVE_BYTES	(WIRE_NONCE_BYTES + 1 + WIRE_NAME_BYTES + 8)
#define WIRE_RESOLVE_ANYWHERE	0 /* mode; 2, who is asked is chosen by hash, is reserved */
/* HERE, sealed: like HELLO1. */
#define WIRE_HERE_BYTES		WIRE_HELLO1_BYTES
/* A cookie: issued u64, serial u64, code [16]. */

/* What INIT and RESP say, sealed: index u32, serial u64, incarnation u64, features u32,
   byte order u8, word bytes u8, largest frame u16, roster version u64. */
#define WIRE_TERMS_BYTES 36
/* INIT after its header: suite u16, target id [16], cookie [32], ephemeral key [65], the above
   sealed, early code [16]. */
#define WIRE_INIT_BYTES                                                                            \
	(WIRE_NAMED_HEADER_BYTES + 2 + WIRE_SHORT_ID_BYTES + WIRE_COOKIE_BYTES +                   \
	 WIRE_PUBLIC_BYTES + WIRE_TERMS_BYTES + WIRE_TAG_BYTES + WIRE_MAC_BYTES)
/* RESP after its header: ephemeral key [65], the above sealed, early code [16]. */
#define WIRE_RESP_BYTES                                                                            \
	(WIRE_INDEXED_HEADER_BYTES + WIRE_PUBLIC_BYTES + WIRE_TERMS_BYTES + WIRE_TAG_BYTES +       \
	 WIRE_MAC_BYTES)

#define WIRE_ORDER_LITTLE 1 /* byte order of message data */

/* A record: kind u8, flags u8, length u16 of what follows. */
#define WIRE_RECORD_HEADER_BYTES 4
#define WIRE_FLAG_LANE		 0x03 /* which lane it came by */
#define WIRE_FLAG_MUST		 0x80 /* who does not know the kind ends the association */

/* Lanes. */
#define WIRE_LANE_CONTROL 0
#define WIRE_LANE_URGENT  1
#define WIRE_LANE_NORMAL  2
#define WIRE_LANE_BULK	  3
#define WIRE_LANES	  4

/* Kinds below WIRE_KIND_STREAM concern the association itself. */
#define WIRE_KIND_PADDING 0 /* zeroes to the end of the frame; its length is 0 */
#define WIRE_KIND_ACK	  1 /* largest counter u64, then a bit for each counter below it */
#define WIRE_KIND_PROBE	  2 /* nothing: asks for an ACK */
#define WIRE_KIND_WINDOW  3 /* export u32, generation u32, limit u32: messages below it may come */
#define WIRE_KIND_BUDGET  4 /* limit u64: so many bytes may come */
#define WIRE_KIND_IDLE	  5 /* WIRE_IDLE_ASK, YES or NO u8, round u32: shall we end? */
#define WIRE_KIND_CLOSE	  6 /* reason u8: the sender has ended the association */

/* Kinds from WIRE_KIND_STREAM to WIRE_KIND_STREAM_LAST are pieces of what a stream carries in
   order: export u32, generation u32, sequence u32, offset u32, total u32, then the bytes. */
#define WIRE_KIND_STREAM	0x20
#define WIRE_KIND_MESSAGE	0x20 /* a message for the export's port */
#define WIRE_KIND_PROVIDE	0x21 /* rights: see ports_core.h; PULL is reserved */
#define WIRE_KIND_PICKUP	0x22
#define WIRE_KIND_CANCEL	0x23
#define WIRE_KIND_MOVE		0x24
#define WIRE_KIND_MOVED		0x25
#define WIRE_KIND_RELEASE	0x26
#define WIRE_KIND_PULL		0x27
#define WIRE_KIND_PICKED	0x28
#define WIRE_KIND_TAKEN		0x29
#define WIRE_KIND_DEAD		0x2a
#define WIRE_KIND_FREED		0x2b
#define WIRE_KIND_REGION	0x2c /* out-of-line memory of the next MESSAGE of its stream */
#define WIRE_KIND_FLUSHED	0x2d /* rights: behind all messages that PROVIDE's sender sent */
#define WIRE_KIND_NAME_ASK	0x30 /* who has a name, to the one that is thought to have it */
#define WIRE_KIND_NAME_ANSWER	0x31
#define WIRE_KIND_KNOWN_LAST	0x31
#define WIRE_KIND_STREAM_LAST	0x3f
#define WIRE_FRAGMENT_BYTES	20 /* of the fields before a piece's bytes */
#define WIRE_ACK_BITS_BYTES_MAX 16

/* What the kinds for rights carry: RELEASE count u32; PROVIDE token [16], node [16], incarnation
   u64, export u32, generation u32; PICKUP token, giver [16], incarnation u64; CANCEL, TAKEN,
   FLUSHED token; PICKED token, export u32,
   generation u32, right u8; DEAD, FREED export u32, generation u32; MOVED the moved export u32,
   generation u32, the one it has become u32, generation u32; MOVE count u32. */
#define WIRE_TOKEN_BYTES 16
#define WIRE_GIFT_BYTES	 (WIRE_TOKEN_BYTES + WIRE_SHORT_ID_BYTES + 8)
#define WIRE_PROVIDE_BYTES (WIRE_GIFT_BYTES + 8)
#define WIRE_PICKED_BYTES  (WIRE_TOKEN_BYTES + 9)

/* A right in a message: where u8, right u8, then as "where" says. */
#define WIRE_WHERE_NOWHERE 0 /* a dead right: nothing */
#define WIRE_WHERE_YOURS   1 /* an export of the receiver: export u32, generation u32 */
#define WIRE_WHERE_MINE	   2 /* an export of the sender: likewise */
#define WIRE_WHERE_THIRD   3 /* of another node: token [16], its id [16], incarnation u64 */
#define WIRE_WHERE_MOVED   4 /* of the sender, once of the receiver: export, generation, the old ones */
#define WIRE_RIGHT_SEND	     1
#define WIRE_RIGHT_SEND_ONCE 2
/* MINE (or NOWHERE) alone, and then the port's state: queue limit u32, sequence number u32,
   make-send count u32, send-once rights u32, senders u8 (0 or 1). */
#define WIRE_RIGHT_RECEIVE 3
#define WIRE_RIGHT_YOURS   0x80 /* in PICKED: the export is the receiver's */
#define WIRE_RIGHT_BYTES_MAX (2 + WIRE_GIFT_BYTES)

/* NAME_ASK: nonce [16], what u8, name [64].  NAME_ANSWER: nonce [16], found u8, and the right, if
   it is 1. */
#define WIRE_NAME_ASK_BYTES	   (WIRE_NONCE_BYTES + 1 + WIRE_NAME_BYTES)
#define WIRE_NAME_ANSWER_BYTES_MAX (WIRE_NONCE_BYTES + 1 + WIRE_RIGHT_BYTES_MAX)
#define WIRE_WHAT_CLUSTER	   0 /* a name that the asked node is licensed for */
#define WIRE_WHAT_NODE		   1 /* any name of the asked node */
#define WIRE_WHAT_ACS		   2 /* its ACS's port for the ACS that asks; no name */
/* What a MESSAGE is: id u32, flags u8 (WIRE_MESSAGE_*), whether there is a reply right u8,
   that right; then the body: as it was, or, if complex, items: flags u8, type name u16, bits of an
   element u16, elements u32, and for rights each 0 u8 (null) or 1 u8 and the right, for data the
   bytes, unless they come APART: then they were the next of the REGIONs before the MESSAGE. */
#define WIRE_MESSAGE_COMPLEX	0x01
#define WIRE_MESSAGE_NO_SEND	0x02 /* the reply right is a send right that is null */
#define WIRE_MESSAGE_NO_ONCE	0x04 /* ... a send-once right that is null */
#define WIRE_MESSAGE_BYTES_MIN	6
#define WIRE_PART_IN_LINE	0x01
#define WIRE_PART_LONG		0x02 /* its descriptor was a long one */
#define WIRE_PART_RIGHTS	0x04
#define WIRE_PART_APART		0x08
#define WIRE_PART_FLAGS		0x0f
#define WIRE_PART_BYTES		9

#define WIRE_IDLE_ASK 0
#define WIRE_IDLE_YES 1
#define WIRE_IDLE_NO  2

/* Exports that every association has. */
#define WIRE_EXPORT_GNS	  0 /* the peer's network server */
#define WIRE_EXPORT_ACS	  1 /* reserved: the way to its ACS is asked for (WIRE_WHAT_ACS) */
#define WIRE_EXPORT_FIRST 16

/* What a sender may send before the receiver said anything. */
#define WIRE_WINDOW_FIRST 2	/* messages to each export */
#define WIRE_BUDGET_FIRST 65536 /* bytes, but for those of the control lane */

/* Why an association ended. */
#define WIRE_REASON_NONE     0
#define WIRE_REASON_DEAD     1 /* it did not answer */
#define WIRE_REASON_IDLE     2
#define WIRE_REASON_REPLACED 3 /* the peer has no part in it any more, and began another */
#define WIRE_REASON_PROTOCOL 4 /* it said what it must not say */
#define WIRE_REASON_UNKNOWN  5 /* it said what we must know and do not */
#define WIRE_REASON_REVOKED  6
#define WIRE_REASON_CLONED   7 /* too many incarnations: somebody copied its key */
#define WIRE_REASON_CLOSED   8 /* the peer ended it */
