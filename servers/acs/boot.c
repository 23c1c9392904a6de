/* What the host gave this node, and who it is. */
#include <stdlib.h>
#include <string.h>

#include <libmach.h>
#include <gen/mach.h>
#include <gen/mach_i386.h>
#include <gen/masix_host.h>
#include <gen/process_boot.h>
#include <trust/name_core.h>
#include "fw_cfg.h"
#include "state.h"

#define ITEM(name)     "opt/masix/" name
#define SEED_BYTES_MAX 256

/* ---------------------------------------------------------------------------- the process server
 */

/* The port that the process server registered for this task before it let it run. */
static mach_port_t find_boot_port(void)
{
	mach_port_array_t ports = NULL;
	mach_msg_type_number_t count = 0;
	mach_port_t boot = MACH_PORT_NULL;

	if (mach_ports_lookup(mach_task_self(), &ports, &count) == KERN_SUCCESS && count != 0) {
		boot = ports[0];
		(void)vm_deallocate(mach_task_self(), (vm_address_t)ports, count * sizeof *ports);
	}
	if (!MACH_PORT_VALID(boot)) {
		acs_fail("nobody has given it a boot port");
	}
	return boot;
}

/* That the boot port is the process server's, whose task the boot script named. */
static void meet_process_server(mach_port_t process_task)
{
	int64_t owner = 0, number = 0;
	masix_digest_t digest;
	natural_t used = 0, limit = 0;
	kern_return_t result =
		masix_port_owner(acs.host_priv, acs.boot, MACH_MSG_TYPE_COPY_SEND, &owner, digest);

	result = result
			 ?: masix_task_get_info(acs.host_priv, process_task, &number, digest, &used,
						&limit);
	if (result != KERN_SUCCESS || owner != number) {
		acs_fail("its boot port is not the process server's");
	}
	acs.process_task = (uint64_t)owner;
}

static void take_io_ports(void)
{
	mach_port_t ports = MACH_PORT_NULL;
	kern_return_t result = process_boot_get_ports(acs.boot, &ports);

	result = result ?: i386_io_perm_modify(mach_task_self(), ports, TRUE);
	if (result != KERN_SUCCESS) {
		acs_fail("it gets no ports for fw_cfg: %s", mach_error_string(result));
	}
	if (!fw_cfg_present()) {
		acs_fail("there is no fw_cfg on this machine");
	}
}

/* ------------------------------------------------------------------------------------- the items
 */

static void read_exact(const char *name, void *content, size_t bytes)
{
	long got = fw_cfg_read(name, content, bytes);

	if (got == -1) {
		acs_fail("the host gave it no %s", name);
	}
	if (got != (long)bytes) {
		acs_fail("%s has the wrong size", name);
	}
}

static void read_roster(void)
{
	uint8_t *bytes = malloc(ROSTER_BYTES_MAX);
	uint8_t *kept = NULL;
	long got = bytes != NULL ? fw_cfg_read(ITEM("roster"), bytes, ROSTER_BYTES_MAX) : 0;
	const char *fault = NULL;

	if (got <= 0) {
		acs_fail(got == -1   ? "the host gave it no roster"
			 : got == -2 ? "the roster is too large"
				     : "there is no memory for the roster");
	}
	kept = realloc(bytes, (size_t)got);
	bytes = kept != NULL ? kept : bytes;
	fault = roster_check(&acs.roster, bytes, (size_t)got, 1, acs.cluster_public);
	if (fault != NULL) {
		acs_fail("%s", fault);
	}
}

/* The roster as tables: reading it in place is a search each time. */
static void list_members(void)
{
	acs.members = calloc(acs.roster.nodes + 1, sizeof *acs.members);
	acs.licences = calloc(acs.roster.licences + 1, sizeof *acs.licences);
	acs.gone = calloc(acs.roster.nodes + 1, sizeof *acs.gone);
	acs.in_force = acs.roster;
	if (acs.gone == NULL || acs.members == NULL || acs.licences == NULL) {
		acs_fail("there is no memory for the roster");
	}
	for (unsigned int i = 0; roster_get_node(&acs.roster, i, &acs.members[i]); i++) {
	}
	for (unsigned int i = 0; roster_get_licence(&acs.roster, i, &acs.licences[i]); i++) {
	}
}

uint16_t acs_find_member(const uint8_t id[ROSTER_ID_BYTES])
{
	for (uint16_t place = 0; place < acs.roster.nodes; place++) {
		if (!acs_is_gone(place) &&
		    memcmp(acs.members[place].id, id, ROSTER_ID_BYTES) == 0) {
			return place;
		}
	}
	return REGISTRY_HERE;
}

uint16_t acs_find_member_name(const char name[ACS_NAME_BYTES])
{
	for (uint16_t place = 0; place < acs.roster.nodes; place++) {
		if (!acs_is_gone(place) && name_equal(acs.members[place].name, name)) {
			return place;
		}
	}
	return REGISTRY_HERE;
}

const struct roster_licence *acs_find_licence(const char name[ACS_NAME_BYTES])
{
	for (unsigned int i = 0; i < acs.roster.licences; i++) {
		if (name_equal(acs.licences[i].name, name)) {
			return &acs.licences[i];
		}
	}
	return NULL;
}

bool acs_may_have(const struct roster_licence *licence, uint16_t member)
{
	if (member >= acs.roster.nodes || acs_is_gone(member)) {
		return false;
	}
	for (unsigned int i = 0; i < licence->count; i++) {
		if (memcmp(licence->nodes[i], acs.members[member].id, ROSTER_ID_BYTES) == 0) {
			return (acs.members[member].roles & ROSTER_ROLE_PUBLISH) != 0;
		}
	}
	return false;
}

/* This node is the one whose key it has. */
static void find_node(void)
{
	uint8_t public_key[CRYPTO_PUBLIC_BYTES];
	uint8_t id[CRYPTO_DIGEST_BYTES];
	enum crypto_error error = crypto_derive_public(acs.node_key, public_key);

	if (error == CRYPTO_OK) {
		error = crypto_hash_data(public_key, sizeof public_key, id);
	}
	if (error != CRYPTO_OK) {
		acs_fail("the node's key: %s", crypto_describe_error(error));
	}
	if (!roster_find_id(&acs.roster, id, &acs.node)) {
		acs_fail("the roster does not know this node's key");
	}
	acs.place = acs_find_member(id);
}

static void start_random(void)
{
	uint8_t seed[SEED_BYTES_MAX];
	long seed_bytes = fw_cfg_read(ITEM("seed"), seed, sizeof seed);
	enum crypto_error error = crypto_start_random(&acs.random, &crypto_rdrand_source);

	if (seed_bytes <= 0) {
		acs_fail("the host gave it no seed, or one that is too long");
	}
	if (error == CRYPTO_OK) {
		error = crypto_mix_seed(&acs.random, seed, (size_t)seed_bytes);
	}
	if (error == CRYPTO_OK) {
		error = crypto_make_random(&acs.random, &acs.incarnation, sizeof acs.incarnation);
	}
	crypto_wipe_bytes(seed, sizeof seed);
	if (error != CRYPTO_OK) {
		crypto_stop_random(&acs.random);
		mach_printf("acs: no secret will be made, so no server can register: %s\n",
			    crypto_describe_error(error));
	}
}

static void fill_registry(void)
{
	char process[ACS_NAME_BYTES] = "process", self[ACS_NAME_BYTES] = "acs";
	struct roster_server server;

	registry_begin(&acs.registry);
	for (unsigned int i = 0; roster_get_server(&acs.roster, i, &server); i++) {
		if (name_equal(server.name, process) || name_equal(server.name, self) ||
		    !registry_add(&acs.registry, server.name)) {
			acs_fail("the roster may not have a server %s", server.name);
		}
	}
	(void)registry_add(&acs.registry, process);
}

void acs_boot(int argc, char **argv)
{
	if (argc < 3) {
		acs_fail("it needs the host's port and the process server's task");
	}
	acs.host_priv = strtoul(argv[1], NULL, 10);
	acs.boot = find_boot_port();
	meet_process_server(strtoul(argv[2], NULL, 10));
	take_io_ports();
	if (crypto_start() != CRYPTO_OK) {
		acs_fail("its cryptography does not work");
	}
	read_exact(ITEM("node-key"), acs.node_key, sizeof acs.node_key);
	read_exact(ITEM("cluster-public"), acs.cluster_public, sizeof acs.cluster_public);
	read_exact(ITEM("cluster-key"), acs.cluster_key, sizeof acs.cluster_key);
	read_roster();
	list_members();
	find_node();
	start_random();
	fill_registry();
	acs.names_retry_ms = UINT64_MAX;
	mach_printf("acs: node %s, roster version %llu with %u nodes and %u servers\n",
		    acs.node.name, (unsigned long long)acs.roster.version, acs.roster.nodes,
		    acs.roster.servers);
}
