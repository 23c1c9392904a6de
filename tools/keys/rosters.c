/* Making, loading and showing rosters. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <masix/process.h>
#include <trust/cluster_key.h>
#include <trust/name_core.h>
#include <trust/roster.h>
#include <trust/roster_write_core.h>

#include "keys.h"

/* -------------------------------------------------------------------------------------- making */

static uint8_t (*load_keys(const char *folder, const struct conf *conf))[ROSTER_PUBLIC_BYTES]
{
	uint8_t(*keys)[ROSTER_PUBLIC_BYTES] = calloc(conf->node_count, sizeof *keys);

	if (keys == NULL) {
		refuse("no memory");
	}
	for (unsigned int i = 0; i < conf->node_count; i++) {
		const char *path =
			path_of(path_of(folder, "nodes", ""), conf->nodes[i].name, ".public");
		uint8_t point[ROSTER_PUBLIC_BYTES];

		file_read_exact(path, point, sizeof point);
		need(crypto_import_public(point, sizeof point, keys[i]), path);
		for (unsigned int other = 0; other < i; other++) {
			if (memcmp(keys[other], keys[i], sizeof keys[i]) == 0) {
				refuse("%s: it is %s's key, too", path, conf->nodes[other].name);
			}
		}
	}
	return keys;
}

/* Names to ids. */
static void add_licence(struct roster_writer *writer, const struct conf *conf,
			const struct conf_licence *from, uint8_t (*ids)[ROSTER_ID_BYTES])
{
	struct roster_licence licence = {.count = 0};

	memcpy(licence.name, from->name, sizeof licence.name);
	for (unsigned int i = 0; i < from->count; i++) {
		unsigned int node = 0;

		while (node < conf->node_count &&
		       !name_equal(conf->nodes[node].name, from->nodes[i])) {
			node++;
		}
		if (node == conf->node_count) {
			refuse("name %s: there is no node %s", from->name, from->nodes[i]);
		}
		licence.nodes[licence.count++] = ids[node];
	}
	roster_add_licence(writer, &licence);
}

size_t roster_make(const char *folder, const struct conf *conf, uint64_t version, uint8_t *bytes,
		   size_t size)
{
	uint8_t(*keys)[ROSTER_PUBLIC_BYTES] = load_keys(folder, conf);
	uint8_t(*ids)[ROSTER_ID_BYTES] = calloc(conf->node_count, sizeof *ids);
	struct roster_writer writer;
	size_t made = 0;

	if (ids == NULL) {
		refuse("no memory");
	}
	roster_begin(&writer, bytes, size, version);
	for (unsigned int i = 0; i < conf->node_count; i++) {
		struct roster_node node = conf->nodes[i];

		need(crypto_hash_data(keys[i], sizeof keys[i], ids[i]), "an id");
		node.public_key = keys[i];
		node.id = ids[i];
		roster_add_node(&writer, &node);
	}
	for (unsigned int i = 0; i < conf->server_count; i++) {
		struct roster_server server = conf->servers[i].roster;

		for (unsigned int j = 0; j < server.entry.digests; j++) {
			server.digests[j] = conf->servers[i].digests[j];
		}
		roster_add_server(&writer, &server);
	}
	for (unsigned int i = 0; i < conf->licence_count; i++) {
		add_licence(&writer, conf, &conf->licences[i], ids);
	}
	if (conf->keylog) {
		roster_add_record(&writer, ROSTER_KEYLOG, 0, "", 0);
	}
	made = roster_finish(&writer);
	if (made == 0) {
		refuse("the roster is larger than %u bytes", ROSTER_BYTES_MAX);
	}
	free(keys);
	free(ids);
	return made;
}

/* ------------------------------------------------------------------------------ leaving one out */

/* The names that others may have, too; one that nobody is left for goes. */
static void copy_licences(struct roster_writer *writer, const struct roster *old,
			  const uint8_t gone[ROSTER_ID_BYTES])
{
	struct roster_licence licence;

	for (unsigned int i = 0; roster_get_licence(old, i, &licence); i++) {
		unsigned int kept = 0;

		for (unsigned int k = 0; k < licence.count; k++) {
			if (memcmp(licence.nodes[k], gone, ROSTER_ID_BYTES) != 0) {
				licence.nodes[kept++] = licence.nodes[k];
			}
		}
		licence.count = kept;
		if (kept != 0) {
			roster_add_licence(writer, &licence);
		}
	}
}

/* The cluster key, sealed for each node but one. */
static void add_cluster_key(struct roster_writer *writer, const struct roster *old,
			    const uint8_t gone[ROSTER_ID_BYTES], uint64_t version,
			    const uint8_t key[CRYPTO_KEY_BYTES])
{
	uint8_t *content = malloc(ROSTER_BYTES_MAX), *at = content + ROSTER_PUBLIC_BYTES;
	uint8_t private_key[CRYPTO_PRIVATE_BYTES], secret[CRYPTO_SECRET_BYTES];
	struct roster_node node;

	if (content == NULL) {
		refuse("no memory");
	}
	need(crypto_make_pair(host_random(), private_key, content), "a key pair");
	for (unsigned int i = 0; roster_get_node(old, i, &node); i++) {
		if (memcmp(node.id, gone, ROSTER_ID_BYTES) == 0) {
			continue;
		}
		need(crypto_agree_secret(private_key, node.public_key, secret), node.name);
		memcpy(at, node.id, ROSTER_ID_BYTES);
		need(trust_seal_cluster_key(secret, version, node.id, key, at + ROSTER_ID_BYTES),
		     node.name);
		at += ROSTER_ID_BYTES + ROSTER_SEALED_BYTES;
	}
	roster_add_record(writer, ROSTER_CLUSTER_KEY, 0, content, (size_t)(at - content));
	crypto_wipe_bytes(private_key, sizeof private_key);
	crypto_wipe_bytes(secret, sizeof secret);
	free(content);
}

size_t roster_make_without(const struct roster *old, const uint8_t gone[ROSTER_ID_BYTES],
			   uint64_t version, const uint8_t key[CRYPTO_KEY_BYTES], uint8_t *bytes,
			   size_t size)
{
	struct roster_writer writer;
	struct roster_node node;
	struct roster_server server;
	size_t made = 0;

	roster_begin(&writer, bytes, size, version);
	for (unsigned int i = 0; roster_get_node(old, i, &node); i++) {
		if (memcmp(node.id, gone, ROSTER_ID_BYTES) != 0) {
			roster_add_node(&writer, &node);
		}
	}
	for (unsigned int i = 0; roster_get_server(old, i, &server); i++) {
		roster_add_server(&writer, &server);
	}
	copy_licences(&writer, old, gone);
	if (roster_has_keylog(old)) {
		roster_add_record(&writer, ROSTER_KEYLOG, 0, "", 0);
	}
	add_cluster_key(&writer, old, gone, version, key);
	made = roster_finish(&writer);
	if (made == 0) {
		refuse("the roster is larger than %u bytes", ROSTER_BYTES_MAX);
	}
	return made;
}

/* ------------------------------------------------------------------------------------- loading */

uint8_t *roster_load(const char *folder, struct roster *roster)
{
	const char *path = path_of(folder, "roster", "");
	uint8_t public_key[CRYPTO_PUBLIC_BYTES];
	size_t size = 0;
	uint8_t *bytes = file_read(path, ROSTER_BYTES_MAX, &size);
	const char *fault = NULL;

	if (bytes == NULL) {
		return NULL;
	}
	file_read_exact(path_of(folder, "cluster-public", ""), public_key, sizeof public_key);
	fault = roster_check(roster, bytes, size, 1, public_key);
	if (fault != NULL) {
		refuse("%s: %s", path, fault);
	}
	return bytes;
}

/* ------------------------------------------------------------------------------------- showing */

static void print_hex(const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		printf("%02x", bytes[i]);
	}
}

static void print_resource(const struct acs_resource *resource)
{
	uint32_t last = resource->first + resource->count - 1;

	switch (resource->kind) {
	case PROCESS_RESOURCE_IO:
		printf("\tio 0x%x-0x%x\n", resource->first, last);
		break;
	case PROCESS_RESOURCE_INTERRUPT:
		printf("\tinterrupt %u\n", resource->first);
		break;
	case PROCESS_RESOURCE_MEMORY:
		printf("\tmemory 0x%x-0x%x\n", resource->first, last);
		break;
	case PROCESS_RESOURCE_PCI:
		printf("\tpci %04x:%04x\n", resource->first >> 16, resource->first & 0xffff);
		break;
	case PROCESS_RESOURCE_CONSOLE:
		printf("\tconsole\n");
		break;
	case PROCESS_RESOURCE_ARCHIVE:
		printf("\tarchive\n");
		break;
	case PROCESS_RESOURCE_CLOCK:
		printf("\tclock\n");
		break;
	default:
		printf("\t# resource of kind %u: %u %u\n", resource->kind, resource->first,
		       resource->count);
		break;
	}
}

static void print_server(const struct roster_server *server)
{
	printf("server %s\n", server->name);
	for (unsigned int i = 0; i < server->entry.digests; i++) {
		printf("\tdigest ");
		print_hex(server->digests[i], MASIX_DIGEST_BYTES);
		printf("\n");
	}
	for (unsigned int i = 0; i < server->entry.resources; i++) {
		print_resource(&server->entry.resource[i]);
	}
	if ((server->entry.roles & ACS_ROLE_PERSONALITY) != 0) {
		printf("\tpersonality\n");
	}
}

static void print_licence(const struct roster *roster, const struct roster_licence *licence)
{
	printf("publish %s", licence->name);
	for (unsigned int i = 0; i < licence->count; i++) {
		struct roster_node node;

		if (roster_find_id(roster, licence->nodes[i], &node)) {
			printf(" %s", node.name);
		} else {
			printf(" ?");
		}
	}
	printf("\n");
}

void roster_print(const struct roster *roster)
{
	struct roster_node node;
	struct roster_server server;
	struct roster_licence licence;

	printf("# version %" PRIu64 ", %u nodes, %u servers\n", roster->version, roster->nodes,
	       roster->servers);
	for (unsigned int i = 0; roster_get_node(roster, i, &node); i++) {
		printf("node %s %u%s%s # ", node.name, node.number,
		       (node.roles & ROSTER_ROLE_START_TASKS) != 0 ? " may-start-tasks" : "",
		       (node.roles & ROSTER_ROLE_PUBLISH) != 0 ? " may-publish" : "");
		print_hex(node.id, ROSTER_ID_BYTES);
		printf("\n");
	}
	for (unsigned int i = 0; roster_get_licence(roster, i, &licence); i++) {
		print_licence(roster, &licence);
	}
	if (roster_has_keylog(roster)) {
		printf("keylog\n");
	}
	for (unsigned int i = 0; roster_get_server(roster, i, &server); i++) {
		print_server(&server);
	}
}
