/* What frames are opened with: the cluster key, and the keys that nodes told on the wire. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <trust/roster_core.h>
#include <wire/keylog_core.h>
#include <wire/suite.h>

#include "decode.h"

static const char hello_label[] = "masix hello"; /* docs/wire-protocol.md, 2 */

/* Frames to this index: whose they are, and the key. */
struct way {
	struct wire_keylog_way way;
	uint8_t from[WIRE_SHORT_ID_BYTES], to[WIRE_SHORT_ID_BYTES];
};

static struct way *ways;
static size_t way_count, way_room;
static bool cluster_known, roster_known;
static uint8_t cluster[WIRE_KEY_BYTES]; /* extracted */
static uint8_t roster_bytes[ROSTER_BYTES_MAX];
static struct roster roster;

/* --- the cluster's */

static size_t read_file(const char *folder, const char *name, uint8_t *content, size_t max)
{
	char path[4096];
	FILE *file = NULL;
	size_t bytes = 0;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (file == NULL) {
		refuse("%s: %s", path, strerror(errno));
	}
	bytes = fread(content, 1, max, file);
	fclose(file);
	return bytes;
}

void keys_of_cluster(const char *folder)
{
	const struct wire_suite *suite = &wire_crypto_suite;
	uint8_t key[WIRE_KEY_BYTES], salt[WIRE_KEY_BYTES] = {0};
	size_t bytes = read_file(folder, "roster", roster_bytes, sizeof roster_bytes);

	/* The signature is the nodes' business: names are for people here. */
	roster_known = roster_open(&roster, roster_bytes, bytes, 1) == ROSTER_OK;
	if (!roster_known || read_file(folder, "cluster-key", key, sizeof key) != sizeof key) {
		refuse("%s: not a cluster's keys", folder);
	}
	cluster_known = suite->extract(suite->context, salt, key, sizeof key, cluster);
}

const char *keys_node_name(const uint8_t id[WIRE_SHORT_ID_BYTES])
{
	static char texts[8][NAME_BYTES];
	static unsigned int next;
	char *text = texts[next++ % 8];
	struct roster_node node;

	for (unsigned int i = 0; roster_known && roster_get_node(&roster, i, &node); i++) {
		if (memcmp(node.id, id, WIRE_SHORT_ID_BYTES) == 0) {
			snprintf(text, NAME_BYTES, "%s", node.name);
			return text;
		}
	}
	snprintf(text, NAME_BYTES, "%02x%02x%02x", id[0], id[1], id[2]);
	return text;
}

/* --- those that were told */

static void add_way(const struct wire_keylog_way *way, const uint8_t *from, const uint8_t *to)
{
	if (way_count == way_room) {
		way_room = way_room * 2 + 64;
		ways = realloc(ways, way_room * sizeof *ways);
		if (ways == NULL) {
			refuse("no memory");
		}
	}
	ways[way_count].way = *way;
	memcpy(ways[way_count].from, from, WIRE_SHORT_ID_BYTES);
	memcpy(ways[way_count++].to, to, WIRE_SHORT_ID_BYTES);
}

void keys_of_capture(const struct capture *capture)
{
	for (size_t i = 0; i < capture->count; i++) {
		const struct frame *frame = &capture->frames[i];
		struct wire_keylog keylog;

		if (frame->bytes < WIRE_ETHERNET_BYTES ||
		    frame->data[12] != WIRE_KEYLOG_ETHERTYPE >> 8 ||
		    frame->data[13] != (WIRE_KEYLOG_ETHERTYPE & 0xff) ||
		    !wire_decode_keylog(frame->data + WIRE_ETHERNET_BYTES,
					frame->bytes - WIRE_ETHERNET_BYTES, &keylog)) {
			continue;
		}
		add_way(&keylog.to_node, keylog.peer, keylog.node);
		add_way(&keylog.to_peer, keylog.node, keylog.peer);
	}
}

/* --- opening */

static bool open_with(const uint8_t key[WIRE_KEY_BYTES], uint8_t *frame, size_t bytes,
		      struct opened *opened)
{
	const struct wire_suite *suite = &wire_crypto_suite;
	size_t head = opened->header.bytes;
	uint8_t kept[WIRE_PAYLOAD_BYTES_MAX];

	if (bytes < head + WIRE_TAG_BYTES || bytes > sizeof kept) {
		return false;
	}
	memcpy(kept, frame, bytes); /* what does not open is gone */
	opened->open = suite->open(suite->context, key, opened->header.counter, frame, head,
				   frame + head, bytes - head);
	if (!opened->open) {
		memcpy(frame, kept, bytes);
		return false;
	}
	opened->payload = frame + head;
	opened->bytes = bytes - head - WIRE_TAG_BYTES;
	return true;
}

/* HELLO1, HELLO2, RESOLVE, HERE: with a key that every member can make. */
static void open_named(uint8_t *frame, size_t bytes, struct opened *opened)
{
	const struct wire_suite *suite = &wire_crypto_suite;
	uint8_t info[sizeof hello_label + WIRE_SHORT_ID_BYTES + 8], key[WIRE_KEY_BYTES];
	struct wire_writer writer = wire_writer(info, sizeof info);
	struct wire_question question;
	struct wire_resolve resolve;
	struct wire_shake shake;

	wire_write_copy(&writer, hello_label, sizeof hello_label);
	wire_write_copy(&writer, opened->header.sender, WIRE_SHORT_ID_BYTES);
	wire_write_u64(&writer, opened->header.incarnation);
	opened->from = keys_node_name(opened->header.sender);
	if (opened->header.type == WIRE_INIT &&
	    wire_decode_shake(&opened->header, frame, bytes, &shake)) {
		opened->to = keys_node_name(shake.target);
	}
	if (opened->header.type == WIRE_INIT || !cluster_known ||
	    !suite->expand(suite->context, cluster, info, sizeof info, key, sizeof key) ||
	    !open_with(key, frame, bytes, opened)) {
		return;
	}
	if (wire_decode_question(opened->header.type, opened->payload, opened->bytes, &question)) {
		opened->to = keys_node_name(question.target);
	} else if (opened->header.type == WIRE_HERE &&
		   wire_decode_resolve(WIRE_HERE, opened->payload, opened->bytes, &resolve)) {
		opened->to = keys_node_name(resolve.target);
	} else {
		opened->to = "*";
	}
}

bool keys_open(uint8_t *frame, size_t bytes, struct opened *opened)
{
	*opened = (struct opened){.from = "?", .to = "?"};
	if (!wire_decode_header(frame, bytes, &opened->header)) {
		return false;
	}
	if (opened->header.bytes == WIRE_NAMED_HEADER_BYTES) {
		open_named(frame, bytes, opened);
		return true;
	}
	for (size_t i = 0; i < way_count; i++) {
		const struct way *way = &ways[i];

		if (way->way.index == opened->header.index) {
			opened->from = keys_node_name(way->from);
			opened->to = keys_node_name(way->to);
			if (opened->header.type == WIRE_DATA &&
			    open_with(way->way.key, frame, bytes, opened)) {
				break;
			}
		}
	}
	return true;
}
