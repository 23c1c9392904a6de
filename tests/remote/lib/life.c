/*
 * The beginning and the end of a test that is a process of a node: its baseline are the tables of
 * both nodes' network servers.
 */
#include "partner.h"
#include "lib/zones.h"
#include <gen/acs.h>
#include <gen/gns.h>
#include <masix/gns.h>

#define SELF    mach_task_self()
#define NODES   2
#define WAIT_MS 5000

/* What a network server has in its tables, altogether. */
struct tables {
	uint32_t exports, references, proxies, streams;
};

static mach_port_t servers[NODES];
static struct tables remembered[NODES];

int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);
kern_return_t __wrap_host_reboot(mach_port_t host, int options);

static struct tables read_tables(mach_port_t server)
{
	struct tables tables = {0};
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;

	NEED_KR(gns_get_peers(server, &list, &bytes));
	for (uint32_t i = 0; i < bytes / sizeof(struct gns_peer); i++) {
		const struct gns_peer *peer = (const struct gns_peer *)list + i;

		tables.exports += peer->exports;
		tables.references += peer->references;
		tables.proxies += peer->proxies;
		tables.streams += peer->streams;
	}
	NEED_KR(vm_deallocate(SELF, list, bytes));
	return tables;
}

void test_zones_remember(mach_port_t host)
{
	(void)host;
	/* What the program before this one had comes home yet. */
	for (int round = 0; round < 10 || !test_zones_at_baseline(host, FALSE); round++) {
		for (int i = 0; i < NODES; i++) {
			remembered[i] = read_tables(servers[i]);
		}
		test_sleep_ms(20);
	}
}

boolean_t test_zones_at_baseline(mach_port_t host, boolean_t tell)
{
	boolean_t same = TRUE;

	(void)host;
	for (int i = 0; i < NODES; i++) {
		struct tables now = read_tables(servers[i]);

		for (int waited = 0;
		     tell && waited < WAIT_MS && memcmp(&now, &remembered[i], sizeof now) != 0;
		     waited += 50) {
			test_sleep_ms(50);
			now = read_tables(servers[i]);
		}
		if (memcmp(&now, &remembered[i], sizeof now) == 0) {
			continue;
		}
		same = FALSE;
		if (tell) {
			test_note("  node %d: %u exports %u references %u proxies %u streams, "
				  "were %u %u %u %u",
				  i + 1, now.exports, now.references, now.proxies, now.streams,
				  remembered[i].exports, remembered[i].references,
				  remembered[i].proxies, remembered[i].streams);
		}
	}
	return same;
}

void test_zones_may_fall(void)
{
}

/* How every test ends. */
kern_return_t __wrap_host_reboot(mach_port_t host, int options)
{
	(void)host;
	(void)options;
	if (!partner_is_remote) {
		test_note("by the other node: %u messages, %u tasks; not by it: %u messages",
			  partner_sent, partner_tasks, partner_sent_itself);
	}
	standard_exit(0);
}

/* The runner starts the program twice: as the test, and with another word as its partner. */
int __wrap_main(int argc, char **argv)
{
	char *words[] = {argv[0], "0", "0", NULL};

	if (argc > 1) {
		partner_serve();
	}
	partner_port = standard_port(PARTNER_PORT);
	NEED_KR(acs_look_up(standard_port(STANDARD_PORT_ACS), "gns", 0, &servers[0]));
	NEED_KR(acs_look_up(standard_port(STANDARD_PORT_ACS), "gns@node2", 5000, &servers[1]));
	return __real_main(3, words);
}
