/* TEST: oracle=no mem=64 timeout=180 network=two-ne2000 args="ps=${ps}"
   fw_cfg=build/tests/node/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${ps} $(acs=task-create);
   build/servers/process/process ${host-port} ${device-port} ${acs} $(ps=task-create)
   $(task-resume); build/tests/kernel/programs/network_node.cpio $(archive=ramdisk-create)" */
/* 50,000 random and mutated messages to the network server's client port, and it serves on. */
#include "lib/mutate.h"
#include "lib/node.h"
#include <gen/gns.h>
#include <gen/process.h>
#include <masix/gns.h>

MUTATE_INTERFACE(gns);

static mach_port_t server;

/* It knows the other nodes, has not been started again, and counts. */
static void serves(void *argument)
{
	pointer_t answer = 0;
	mach_msg_type_number_t bytes = 0;
	struct process_server_info info;

	(void)argument;
	CHECK(node_server("gns", &info) && info.restarts == 0);
	CHECK_KR(gns_get_peers(server, &answer, &bytes), KERN_SUCCESS);
	CHECK(bytes >= sizeof(struct gns_peer) && bytes % sizeof(struct gns_peer) == 0);
	NEED_KR(vm_deallocate(mach_task_self(), answer, bytes));
	CHECK_KR(gns_get_counters(server, &answer, &bytes), KERN_SUCCESS);
	CHECK(bytes >= sizeof(struct gns_counter));
	NEED_KR(vm_deallocate(mach_task_self(), answer, bytes));
}

/* Waits until it has its card and knows who else there is, and whatever that began has ended. */
static void settle(void)
{
	mach_port_t found = node_look_up("gns");
	boolean_t runs = FALSE;

	for (int tries = 0; !runs && tries < 100; tries++) {
		pointer_t peers = 0;
		mach_msg_type_number_t bytes = 0;

		NEED_KR(gns_get_peers(found, &peers, &bytes));
		runs = bytes != 0;
		if (bytes != 0) {
			NEED_KR(vm_deallocate(mach_task_self(), peers, bytes));
		}
		test_sleep_ms(100);
	}
	NEED_KR(mach_port_deallocate(mach_task_self(), found));
	test_sleep_ms(1000);
}

/* The next one has the threads that it begins with, and the card; what the first had is counted. */
static void start_again(void)
{
	struct process_server_info info;

	CHECK(node_server("gns", &info));
	CHECK_KR(process_kill(node_administrator, info.id), KERN_SUCCESS);
	CHECK(node_wait_server("gns", 1));
	settle();
}

int main(int argc, char **argv)
{
	node_join(argc, argv);
	(void)node_wait_server("gns", 0);
	settle();
	test_begin(argc, argv, "gns_mutated");
	server = node_look_up("gns");
	mutate_run(&(struct mutate){
		.seed = 20261123,
		.messages = MUTATE_MESSAGES,
		.interfaces = {&mutate_gns},
		.targets = {server},
		.serves = serves,
	});
	NEED_KR(mach_port_deallocate(mach_task_self(), server));
	start_again();
	test_end();
}
