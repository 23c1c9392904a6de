/* The roster's core: what is written is read back; what is altered, cut, older or unknown is
   refused or skipped as it should be; hundreds of nodes; and nothing made of chance reaches beyond
   its bytes. LINK: lib/trust/roster_core.c lib/trust/roster_write_core.c lib/trust/name_core.c
*/
#include <stdlib.h>
#include <string.h>

#include "../../lib/trust/name_core.h"
#include "../../lib/trust/roster_write_core.h"
#include "tap.h"

#define MUTATIONS 60000u
#define NODES     400u

static uint64_t seed = 0x726f73746572u;

static unsigned chance(unsigned below)
{
	return (unsigned)((tap_random(&seed) >> 16) % below);
}

static uint8_t keys[NODES][ROSTER_PUBLIC_BYTES];
static uint8_t ids[NODES][ROSTER_ID_BYTES];
static uint8_t digests[3][MASIX_DIGEST_BYTES];

static void fill_keys(void)
{
	for (unsigned i = 0; i < NODES; i++) {
		memset(keys[i], (int)(i % 251), sizeof keys[i]);
		memset(ids[i], (int)(i % 253), sizeof ids[i]);
		ids[i][0] = (uint8_t)i;
		ids[i][1] = (uint8_t)(i >> 8);
	}
	for (unsigned i = 0; i < 3; i++) {
		memset(digests[i], (int)(0x10 + i), sizeof digests[i]);
	}
}

static struct roster_node node_of(unsigned i)
{
	struct roster_node node = {
		.number = i < 63 ? i + 1 : 0, .roles = i % 4, .public_key = keys[i], .id = ids[i]};

	snprintf(node.name, sizeof node.name, "node%03u", i);
	return node;
}

static void add_server(struct roster_writer *writer, const char *name, unsigned digest_count,
		       unsigned resources)
{
	struct roster_server server = {.entry.digests = digest_count,
				       .entry.roles = ACS_ROLE_PERSONALITY,
				       .entry.resources = resources};

	snprintf(server.name, sizeof server.name, "%s", name);
	for (unsigned i = 0; i < digest_count; i++) {
		server.digests[i] = digests[i];
	}
	for (unsigned i = 0; i < resources; i++) {
		server.entry.resource[i] = (struct acs_resource){i + 1, i * 16, 16};
	}
	roster_add_server(writer, &server);
}

static void add_rest(struct roster_writer *writer)
{
	struct roster_licence licence = {.name = "time", .count = 2, .nodes = {ids[1], ids[0]}};

	add_server(writer, "console", 1, 5);
	add_server(writer, "file", 3, 0);
	roster_add_licence(writer, &licence);
}

/* A roster of so many nodes; its whole size. */
static size_t make(uint8_t *bytes, size_t size, unsigned nodes, uint64_t version)
{
	struct roster_writer writer;
	size_t count = 0;

	roster_begin(&writer, bytes, size, version);
	for (unsigned i = 0; i < nodes; i++) {
		struct roster_node node = node_of(i);

		roster_add_node(&writer, &node);
	}
	add_rest(&writer);
	count = roster_finish(&writer);
	if (count == 0) {
		return 0;
	}
	memset(bytes + count, 0x5e, ROSTER_SIGNATURE_BYTES);
	return count + ROSTER_SIGNATURE_BYTES;
}

static uint8_t buffer[ROSTER_BYTES_MAX + 64];

static void check_round(void)
{
	struct roster roster;
	struct roster_node node;
	struct roster_server server;
	struct roster_licence licence;
	char name[ACS_NAME_BYTES] = "file";
	size_t size = make(buffer, sizeof buffer, 3, 7);

	CHECK(roster_open(&roster, buffer, size, 1) == ROSTER_OK, "a roster is read back");
	CHECK(roster.version == 7 && roster.nodes == 3 && roster.servers == 2 &&
		      roster.licences == 1 && roster.signed_bytes == size - 64,
	      "version and counts");
	CHECK(roster_get_node(&roster, 2, &node) && strcmp(node.name, "node002") == 0 &&
		      node.number == 3 && node.roles == 2 &&
		      memcmp(node.public_key, keys[2], sizeof keys[2]) == 0 &&
		      memcmp(node.id, ids[2], sizeof ids[2]) == 0,
	      "a node");
	CHECK(!roster_get_node(&roster, 3, &node), "no node behind the last");
	CHECK(roster_find_id(&roster, ids[1], &node) && node.number == 2, "a node by its id");
	CHECK(!roster_find_id(&roster, ids[3], &node), "no node of another id");
	CHECK(roster_find_server(&roster, name, &server) && server.entry.digests == 3 &&
		      server.entry.roles == ACS_ROLE_PERSONALITY,
	      "a server by its name");
	CHECK(roster_permits(&server, digests[2]) && !roster_permits(&server, ids[1]),
	      "its images, and no other");
	CHECK(roster_get_server(&roster, 0, &server) && server.entry.resources == 5 &&
		      server.entry.resource[4].kind == 5 && server.entry.resource[4].first == 64 &&
		      server.entry.resource[4].count == 16,
	      "a server's resources, in their order");
	CHECK(roster_get_licence(&roster, 0, &licence) && licence.count == 2 &&
		      memcmp(licence.nodes[0], ids[1], ROSTER_ID_BYTES) == 0,
	      "a cluster-wide name, its nodes in their order");
	name[0] = 'g';
	CHECK(!roster_find_server(&roster, name, &server), "no server of another name");
}

static void check_versions(void)
{
	struct roster roster;
	size_t size = make(buffer, sizeof buffer, 2, 0x100000005u);

	CHECK(roster_open(&roster, buffer, size, 0x100000005u) == ROSTER_OK &&
		      roster.version == 0x100000005u,
	      "the version that is wanted, above 32 bits");
	CHECK(roster_open(&roster, buffer, size, 0x100000006u) == ROSTER_TOO_OLD,
	      "an older one is refused");
	size = make(buffer, sizeof buffer, 2, 0);
	CHECK(roster_open(&roster, buffer, size, 0) == ROSTER_BAD_FORM, "there is no version 0");
}

static void check_many(void)
{
	struct roster roster;
	struct roster_node node;
	size_t size = make(buffer, sizeof buffer, NODES, 1);
	bool good = roster_open(&roster, buffer, size, 1) == ROSTER_OK && roster.nodes == NODES;

	for (unsigned i = 0; i < NODES; i++) {
		struct roster_node expected = node_of(i);

		good = good && roster_find_node(&roster, expected.name, &node) &&
		       memcmp(node.id, ids[i], ROSTER_ID_BYTES) == 0 &&
		       node.number == expected.number;
	}
	CHECK(good, "%u nodes, %zu bytes, each found by its name", NODES, size);
	CHECK(make(buffer, 1000, NODES, 1) == 0, "what does not fit is not written");
}

/* Whatever length it is cut to, it is refused; so is anything behind it. */
static void check_cut(void)
{
	struct roster roster;
	size_t size = make(buffer, sizeof buffer, 3, 1);
	unsigned accepted = 0;

	for (size_t bytes = 0; bytes < size; bytes++) {
		uint8_t *cut = malloc(bytes + 1); /* the sanitizer sees what is read behind it */

		memcpy(cut, buffer, bytes);
		accepted += roster_open(&roster, cut, bytes, 1) == ROSTER_OK;
		free(cut);
	}
	CHECK(accepted == 0, "cut anywhere it is refused (%u accepted)", accepted);
	buffer[size] = 0;
	CHECK(roster_open(&roster, buffer, size + 1, 1) == ROSTER_BAD_FORM,
	      "a byte behind it is refused");
	CHECK(roster_open(&roster, buffer, ROSTER_BYTES_MAX + 1, 1) == ROSTER_TOO_LARGE,
	      "so is one that is too large");
}

/* Writes a roster by hand: header, "body", room for a signature. */
static struct roster opened;
static enum roster_error open_body(void (*body)(struct roster_writer *writer))
{
	struct roster_writer writer;
	size_t count = 0;

	roster_begin(&writer, buffer, sizeof buffer, 1);
	body(&writer);
	count = roster_finish(&writer);
	return roster_open(&opened, buffer, count + ROSTER_SIGNATURE_BYTES, 1);
}

static void unknown_skipped(struct roster_writer *writer)
{
	struct roster_node node = node_of(0);
	size_t place = 0;

	roster_add_record(writer, 77, 0, "later", 5);
	roster_add_node(writer, &node);
	/* A server with a field of a later form. */
	place = roster_open_record(writer, ROSTER_SERVER, ROSTER_MUST);
	roster_add_record(writer, ROSTER_SERVER_NAME, 0, "file", 4);
	roster_add_record(writer, 99, 0, "later", 5);
	roster_add_record(writer, ROSTER_SERVER_ROLES, 0, "\0\0\0\0", 4);
	roster_close_record(writer, place);
}

static void keylog(struct roster_writer *writer)
{
	struct roster_node node = node_of(0);

	roster_add_node(writer, &node);
	roster_add_record(writer, ROSTER_KEYLOG, 0, "", 0);
}

static void keylog_with_content(struct roster_writer *writer)
{
	roster_add_record(writer, ROSTER_KEYLOG, 0, "yes", 3);
}

static void unknown_record(struct roster_writer *writer)
{
	roster_add_record(writer, 77, ROSTER_MUST, "later", 5);
}

static void unknown_field(struct roster_writer *writer)
{
	size_t place = roster_open_record(writer, ROSTER_SERVER, ROSTER_MUST);

	roster_add_record(writer, ROSTER_SERVER_NAME, 0, "file", 4);
	roster_add_record(writer, ROSTER_SERVER_ROLES, 0, "\0\0\0\0", 4);
	roster_add_record(writer, 99, ROSTER_MUST, "later", 5);
	roster_close_record(writer, place);
}

static void same_name(struct roster_writer *writer)
{
	add_server(writer, "file", 1, 0);
	add_server(writer, "file", 1, 0);
}

static void wrong_order(struct roster_writer *writer)
{
	add_server(writer, "file", 1, 0);
	add_server(writer, "console", 1, 0);
}

static void same_number(struct roster_writer *writer)
{
	struct roster_node first = node_of(0), second = node_of(1);

	second.number = first.number;
	roster_add_node(writer, &first);
	roster_add_node(writer, &second);
}

static void large_number(struct roster_writer *writer)
{
	struct roster_node node = node_of(0);

	node.number = 64;
	roster_add_node(writer, &node);
}

static void no_name(struct roster_writer *writer)
{
	size_t place = roster_open_record(writer, ROSTER_SERVER, 0);

	roster_add_record(writer, ROSTER_SERVER_ROLES, 0, "\0\0\0\0", 4);
	roster_close_record(writer, place);
}

static void two_names(struct roster_writer *writer)
{
	size_t place = roster_open_record(writer, ROSTER_SERVER, 0);

	roster_add_record(writer, ROSTER_SERVER_ROLES, 0, "\0\0\0\0", 4);
	roster_add_record(writer, ROSTER_SERVER_NAME, 0, "a", 1);
	roster_add_record(writer, ROSTER_SERVER_NAME, 0, "b", 1);
	roster_close_record(writer, place);
}

static void bad_name(struct roster_writer *writer)
{
	add_server(writer, "File", 1, 0);
}

static void short_digest(struct roster_writer *writer)
{
	size_t place = roster_open_record(writer, ROSTER_SERVER, 0);

	roster_add_record(writer, ROSTER_SERVER_NAME, 0, "file", 4);
	roster_add_record(writer, ROSTER_SERVER_ROLES, 0, "\0\0\0\0", 4);
	roster_add_record(writer, ROSTER_SERVER_DIGEST, 0, digests[0], 31);
	roster_close_record(writer, place);
}

static void many_digests(struct roster_writer *writer)
{
	size_t place = roster_open_record(writer, ROSTER_SERVER, 0);

	roster_add_record(writer, ROSTER_SERVER_NAME, 0, "file", 4);
	roster_add_record(writer, ROSTER_SERVER_ROLES, 0, "\0\0\0\0", 4);
	for (int i = 0; i < ROSTER_DIGESTS_MAX + 1; i++) {
		roster_add_record(writer, ROSTER_SERVER_DIGEST, 0, digests[0], 32);
	}
	roster_close_record(writer, place);
}

static void long_record(struct roster_writer *writer)
{
	add_server(writer, "file", 1, 0);
	writer->bytes[ROSTER_HEADER_BYTES + 4] += 1;
}

static void check_forms(void)
{
	CHECK(open_body(unknown_skipped) == ROSTER_OK && !roster_has_keylog(&opened),
	      "what is unknown is skipped");
	CHECK(open_body(keylog) == ROSTER_OK && roster_has_keylog(&opened), "a keylog is wanted");
	CHECK(open_body(keylog_with_content) == ROSTER_BAD_FORM, "refused: a keylog with content");
	CHECK(open_body(unknown_record) == ROSTER_UNKNOWN,
	      "unless it must be understood: a record");
	CHECK(open_body(unknown_field) == ROSTER_UNKNOWN, "... a field");
	CHECK(open_body(same_name) == ROSTER_BAD_FORM, "refused: two servers of one name");
	CHECK(open_body(wrong_order) == ROSTER_BAD_FORM, "refused: names out of order");
	CHECK(open_body(same_number) == ROSTER_BAD_FORM, "refused: two nodes of one number");
	CHECK(open_body(large_number) == ROSTER_BAD_FORM, "refused: number 64");
	CHECK(open_body(no_name) == ROSTER_BAD_FORM, "refused: no name");
	CHECK(open_body(two_names) == ROSTER_BAD_FORM, "refused: two names of one server");
	CHECK(open_body(bad_name) == ROSTER_BAD_FORM, "refused: a name that is none");
	CHECK(open_body(short_digest) == ROSTER_BAD_FORM, "refused: a digest that is too short");
	CHECK(open_body(many_digests) == ROSTER_TOO_LARGE, "refused: too many digests");
	CHECK(open_body(long_record) == ROSTER_BAD_FORM, "refused: a record longer than the rest");
}

static void use(const struct roster *roster)
{
	struct roster_node node;
	struct roster_server server;
	struct roster_licence licence;

	for (unsigned i = 0; i < roster->nodes; i++) {
		if (!roster_get_node(roster, i, &node) || !roster_find_id(roster, node.id, &node)) {
			abort();
		}
	}
	for (unsigned i = 0; i < roster->servers; i++) {
		if (!roster_get_server(roster, i, &server) ||
		    !roster_find_server(roster, server.name, &server) ||
		    server.entry.digests > ROSTER_DIGESTS_MAX ||
		    server.entry.resources > ACS_RESOURCES_MAX) {
			abort();
		}
		(void)roster_permits(&server, digests[0]);
	}
	for (unsigned i = 0; i < roster->licences; i++) {
		if (!roster_get_licence(roster, i, &licence)) {
			abort();
		}
	}
}

/* Bytes, lengths and kinds altered by chance: it is refused, or what it says can be used. */
static void check_fuzz(void)
{
	size_t size = make(buffer, sizeof buffer, 3, 1);
	unsigned accepted = 0;

	printf("# seed %llx\n", (unsigned long long)seed);
	for (unsigned i = 0; i < MUTATIONS; i++) {
		size_t bytes = chance(8) == 0 ? chance((unsigned)size + 1) : size;
		uint8_t *copy = malloc(bytes + 1);
		struct roster roster;

		memcpy(copy, buffer, bytes);
		for (unsigned j = 1 + chance(4); j > 0 && bytes > 0; j--) {
			size_t at = chance((unsigned)bytes);

			copy[at] = chance(2) == 0 ? (uint8_t)chance(256)
						  : copy[at] ^ (uint8_t)(1u << chance(8));
		}
		if (bytes != size && bytes >= ROSTER_HEADER_BYTES + ROSTER_SIGNATURE_BYTES) {
			uint32_t body =
				(uint32_t)bytes - ROSTER_HEADER_BYTES - ROSTER_SIGNATURE_BYTES;

			memcpy(copy + 12, &body, sizeof body);
		}
		if (roster_open(&roster, copy, bytes, 1) == ROSTER_OK) {
			accepted++;
			use(&roster);
		}
		free(copy);
	}
	CHECK(accepted > 0 && accepted < MUTATIONS, "%u of %u altered rosters are well-formed",
	      accepted, MUTATIONS);
}

static bool parses(const char *text)
{
	char field[ACS_NAME_BYTES];
	struct server_name name;

	memset(field, 'x', sizeof field);
	memcpy(field, text, strlen(text) < sizeof field ? strlen(text) + 1 : sizeof field);
	return name_parse(field, &name);
}

static void check_names(void)
{
	struct server_name name;
	char longest[ACS_NAME_BYTES], endless[ACS_NAME_BYTES];

	memset(longest, 'a', sizeof longest);
	longest[63] = '\0';
	memset(endless, 'a', sizeof endless);
	CHECK(parses("file") && parses("a") && parses("0.9_z-") && parses("file@node-1"), "names");
	CHECK(!parses("") && !parses("@node") && !parses("file@") && !parses("File") &&
		      !parses("a b") && !parses("a@b@c") && !parses("a/b") && !parses("\xe9"),
	      "no names");
	CHECK(name_parse(longest, &name) && !name_parse(endless, &name),
	      "63 bytes and no more; the end is looked for within 64");
	CHECK(name_parse("file@node2\0junk that follows, up to the field's end, which is far off",
			 &name) &&
		      strcmp(name.name, "file") == 0 && strcmp(name.node, "node2") == 0,
	      "a name with its node");
}

/* --- a newer one while a node runs */

/* The nodes of a bit set, node 2 with another number if "other"; a key for each; its size. */
static size_t make_some(uint8_t *bytes, unsigned set, uint64_t version, bool other)
{
	static uint8_t content[ROSTER_PUBLIC_BYTES + 8 * (ROSTER_ID_BYTES + ROSTER_SEALED_BYTES)];
	struct roster_writer writer;
	uint8_t *at = content + ROSTER_PUBLIC_BYTES;

	roster_begin(&writer, bytes, 8192, version);
	for (unsigned i = 0; i < 8; i++) {
		struct roster_node node = node_of(i);

		if ((set & 1u << i) != 0) {
			node.number += other && i == 2 ? 40 : 0;
			roster_add_node(&writer, &node);
			memcpy(at, ids[i], ROSTER_ID_BYTES);
			memset(at + ROSTER_ID_BYTES, (int)i + 1, ROSTER_SEALED_BYTES);
			at += ROSTER_ID_BYTES + ROSTER_SEALED_BYTES;
		}
	}
	roster_add_record(&writer, ROSTER_CLUSTER_KEY, 0, content, (size_t)(at - content));
	return roster_finish(&writer) + ROSTER_SIGNATURE_BYTES;
}

static const char *change(unsigned from, unsigned to, uint64_t version, bool other)
{
	static uint8_t old_bytes[8192], new_bytes[8192];
	struct roster now, next;

	if (roster_open(&now, old_bytes, make_some(old_bytes, from, 5, false), 1) != ROSTER_OK ||
	    roster_open(&next, new_bytes, make_some(new_bytes, to, version, other), 1) !=
		    ROSTER_OK) {
		return "not made";
	}
	return roster_refuse_change(&now, &next, ids[1]);
}

static bool refused_as(const char *fault, const char *words)
{
	return fault != NULL && strstr(fault, words) != NULL;
}

static void check_changes(void)
{
	struct roster roster;
	const uint8_t *public_key = NULL, *sealed = NULL;
	size_t size = 0;

	CHECK(change(0x0f, 0x0b, 6, false) == NULL, "a newer roster may leave a node out");
	CHECK(change(0x0f, 0x02, 900, false) == NULL, "or several, whatever its version");
	CHECK(refused_as(change(0x0f, 0x0b, 5, false), "not newer"), "the same version may not");
	CHECK(refused_as(change(0x0f, 0x0b, 4, false), "not newer"), "an older one may not");
	CHECK(refused_as(change(0x0f, 0x0d, 6, false), "leaves out this node"),
	      "a node is told nothing by a roster without it");
	CHECK(refused_as(change(0x0b, 0x0f, 6, false), "does not have so"),
	      "who was left out does not come back");
	CHECK(refused_as(change(0x0f, 0x0f, 6, true), "does not have so"),
	      "a node does not become another");
	size = make_some(buffer, 0x0b, 6, false);
	CHECK(roster_measure(buffer) == size, "its size stands in its head");
	CHECK(roster_open(&roster, buffer, size, 1) == ROSTER_OK &&
		      roster_find_key(&roster, ids[3], &public_key, &sealed) && sealed[0] == 4 &&
		      sealed[ROSTER_SEALED_BYTES - 1] == 4,
	      "a node finds its key");
	CHECK(!roster_find_key(&roster, ids[2], &public_key, &sealed),
	      "who was left out finds none");
	buffer[12] = buffer[13] = buffer[14] = 0xff;
	CHECK(roster_measure(buffer) == 0, "one that is too large is not waited for");
	buffer[0] ^= 1;
	CHECK(roster_measure(buffer) == 0, "nor anything else");
}

int main(void)
{
	fill_keys();
	check_changes();
	check_round();
	check_versions();
	check_many();
	check_cut();
	check_forms();
	check_fuzz();
	check_names();
	return tap_done();
}
