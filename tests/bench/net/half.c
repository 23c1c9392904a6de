/*
 * Half a node: the network server as it is, without a node around it, so that two of them fit into
 * one machine (hub).  What it asks of the ACS and of the process server is answered here, in their
 * stubs' place; their part in a call is none.
 *	half DEVICE-PORT PLACE PROGRAM	the first of two (0) has the program that asks
 */
#include "hub.h"

#include "../../../servers/gns/network.h"

#include <gen/acs_network.h>
#include <gen/device.h>
#include <gen/gns_names_server.h>
#include <gen/mach.h>
#include <gen/mach_i386.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <ipc/ipc.h>
#include <crypto/crypto.h>
#include <device/device_types.h>
#include <masix/process.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <trust/trust.h>

#define HALVES   2
#define QUESTION 1
#define NAME     "echo"

static const struct {
	uint32_t ports;
	char line[8];
	natural_t number;
} cards[HALVES] = {{0x300, "irq5", 5}, {0x280, "irq10", 10}};

static mach_port_t device_master, program;
static unsigned int place;
static struct acs_member members[HALVES];
static bool found;

static void need(kern_return_t result, const char *what)
{
	if (result != KERN_SUCCESS) {
		mach_printf("NB-END half %u, %s: %s\n", place, what, mach_error_string(result));
		exit(1);
	}
}

static void sleep_ms(unsigned int time_ms)
{
	const struct timespec time = {.tv_sec = time_ms / 1000,
				      .tv_nsec = (long)(time_ms % 1000) * 1000000};

	(void)nanosleep(&time, NULL);
}

/* Keys that everybody knows: nothing here is secret. */
static void make_private(unsigned int half, uint8_t key[CRYPTO_PRIVATE_BYTES])
{
	memset(key, 0x11 * (int)(half + 1), CRYPTO_PRIVATE_BYTES);
}

static void make_members(void)
{
	uint8_t private[CRYPTO_PRIVATE_BYTES];

	for (unsigned int i = 0; i < HALVES; i++) {
		make_private(i, private);
		if (crypto_derive_public(private, members[i].public_key) != CRYPTO_OK ||
		    crypto_hash_data(members[i].public_key, sizeof members[i].public_key,
				     members[i].id) != CRYPTO_OK) {
			need(KERN_FAILURE, "keys");
		}
		members[i].number = i + 1;
		(void)mach_snprintf(members[i].name, sizeof members[i].name, "half%u", i);
	}
}

/* --- in place of the process server's stub (the linker's --wrap) */

kern_return_t __wrap_process_get_resource(mach_port_t process, natural_t kind, natural_t index,
					  mach_port_t *port, natural_t *first, natural_t *count);

kern_return_t __wrap_process_get_resource(mach_port_t process, natural_t kind, natural_t index,
					  mach_port_t *port, natural_t *first, natural_t *count)
{
	(void)process;
	if (index > 0) {
		return PROCESS_NO_SUCH_RESOURCE;
	}
	if (kind == PROCESS_RESOURCE_INTERRUPT) {
		*first = cards[place].number;
		*count = 1;
		return device_open(device_master, D_READ | D_WRITE, (char *)cards[place].line,
				   port);
	}
	*first = cards[place].ports;
	*count = 0x20;
	return i386_io_perm_create(device_master, (io_port_t)*first,
				   (io_port_t)(*first + *count - 1), port);
}

/* --- in place of the ACS's stubs */

kern_return_t acs_network_get_node(mach_port_t acs, int64_t *version, natural_t *own_place)
{
	(void)acs;
	*version = 1;
	*own_place = place;
	return KERN_SUCCESS;
}

kern_return_t acs_network_get_members(mach_port_t acs, pointer_t *list,
				      mach_msg_type_number_t *bytes)
{
	kern_return_t result = vm_allocate(SELF, list, sizeof members, TRUE);

	(void)acs;
	if (result == KERN_SUCCESS) {
		memcpy((void *)*list, members, sizeof members);
		*bytes = sizeof members;
	}
	return result;
}

kern_return_t acs_network_get_licences(mach_port_t acs, pointer_t *list,
				       mach_msg_type_number_t *bytes)
{
	(void)acs;
	*list = 0;
	*bytes = 0;
	return KERN_SUCCESS;
}

kern_return_t acs_network_get_cluster_key(mach_port_t acs, acs_key_t key)
{
	(void)acs;
	memset(key, 0x77, sizeof(acs_key_t));
	return KERN_SUCCESS;
}

kern_return_t acs_network_agree(mach_port_t acs, const acs_point_t point, acs_key_t secret)
{
	uint8_t private[CRYPTO_PRIVATE_BYTES];

	(void)acs;
	make_private(place, private);
	return crypto_agree_secret(private, point, secret) == CRYPTO_OK ? KERN_SUCCESS
									: ACS_BAD_POINT;
}

kern_return_t acs_network_serve_names(mach_port_t acs, mach_port_t names,
				      mach_msg_type_name_t names_type)
{
	(void)acs;
	(void)names;
	(void)names_type;
	return KERN_SUCCESS;
}

/* The right goes to the program that asks. */
kern_return_t acs_network_answer(mach_port_t acs, natural_t question, kern_return_t result,
				 const acs_digest_t owner, mach_port_t port,
				 mach_msg_type_name_t port_type)
{
	(void)acs;
	(void)question;
	(void)owner;
	if (result == KERN_SUCCESS) {
		need(mach_port_insert_right(program, HUB_PORT, port, port_type), "the right");
		found = true;
	}
	return KERN_SUCCESS;
}

kern_return_t acs_network_make_peer(mach_port_t acs, const acs_digest_t node, mach_port_t *port)
{
	(void)acs;
	(void)node;
	*port = MACH_PORT_NULL;
	return ACS_NOT_IN_ROSTER;
}

/* --- a network server's start (servers/gns/main.c) */

static void *run(void *argument)
{
	(void)argument;
	loop_run();
}

static void start(void)
{
	struct ipc_bucket *bucket = NULL;
	pthread_t thread;

	need(mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &network.set), "a set");
	need(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &network.events), "a port");
	need(mach_port_move_member(SELF, network.events, network.set), "a port");
	need(card_open(), "the card");
	need(network_start(), "start");
	need(worker_start(), "the worker");
	need(pthread_create(&thread, NULL, run, NULL) == 0 ? KERN_SUCCESS : KERN_FAILURE,
	     "the loop");
	need(ipc_bucket_create(NULL, &bucket), "a bucket");
	need(names_start(bucket), "names");
}

/* The program makes its port first. */
static mach_port_t take_port(void)
{
	mach_port_t port = MACH_PORT_NULL;
	mach_msg_type_name_t type = 0;

	while (mach_port_extract_right(program, HUB_PORT, MACH_MSG_TYPE_MAKE_SEND, &port, &type) !=
	       KERN_SUCCESS) {
		sleep_ms(10);
	}
	return port;
}

int main(int argc, char **argv)
{
	static acs_name_t name = NAME;

	if (argc != 4 || crypto_start() != CRYPTO_OK) {
		need(KERN_INVALID_ARGUMENT, "arguments");
	}
	device_master = strtoul(argv[1], NULL, 10);
	place = strtoul(argv[2], NULL, 10) % HALVES;
	program = strtoul(argv[3], NULL, 10);
	make_members();
	start();
	if (place == 1) {
		need(serve_gns_publish(NULL, name, 0, take_port()), "the name");
	}
	while (place == 0 && !found) {
		need(serve_gns_resolve(NULL, QUESTION, name, members[1].id), "the question");
		sleep_ms(2000);
	}
	for (;;) {
		sleep_ms(60000);
	}
}
