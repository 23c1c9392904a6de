/* A newer roster while this node runs: peers that it leaves out, and the cluster key without them.
 */
#include "network.h"

#include <crypto/crypto.h>
#include <gen/acs_network.h>
#include <gen/mach.h>

/* Nothing more goes to it or is taken from it; its association ends. */
static void leave_out(uint32_t number)
{
	struct peer *peer = &network.peers[number];
	bool up = peer->up;

	peer->gone = true;
	names_gone(number);
	wire_remove_peer(&network.node, number);
	network_pump();
	if (!up) { /* who waits for it hears that it does not come */
		wire_ports_unreachable(&network.ports, number);
		ports_pump();
		names_unreachable(number);
	}
}

static void compare(const struct acs_member *members, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t k = 0; members[i].gone != 0 && k < network.peer_count; k++) {
			if (!network.peers[k].gone && network.peers[k].place == i) {
				leave_out(k);
			}
		}
	}
}

void roster_take(void)
{
	int64_t version = 0;
	natural_t place = 0;
	acs_key_t key = {0};
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;
	kern_return_t result = acs_network_get_node(network.acs, &version, &place);

	result = result ?: acs_network_get_cluster_key(network.acs, key);
	result = result ?: acs_network_get_members(network.acs, &list, &bytes);
	if (result != KERN_SUCCESS) {
		mach_printf("gns: the new roster cannot be read: %s\n", mach_error_string(result));
		return;
	}
	network_enter();
	/* The node's clock may be as old as its last event. */
	wire_take_time(&network.node, network.now_us);
	network_pump();
	if (!wire_set_cluster_key(&network.node, key)) {
		mach_print("gns: the new cluster key cannot be used\n");
	}
	wire_set_roster(&network.node, (uint64_t)version);
	compare((const struct acs_member *)list, bytes / sizeof(struct acs_member));
	network_leave();
	crypto_wipe_bytes(key, sizeof key);
	(void)vm_deallocate(SELF, list, bytes);
}
