/* Start: the file tree, the emulation library, the public ports; then serve. */
#include <stdio.h>
#include <gen/acs.h>
#include <gen/exc_server.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <gen/unix_client_server.h>
#include <gen/unix_server.h>
#include <masix/subsystems.h>
#include <standard_ports.h>
#include <trust/trust.h>
#include "adopt.h"
#include "library.h"
#include "nodes.h"
#include "quota.h"
#include "random.h"
#include "run.h"

#define SELF	mach_task_self()
#define PORTS	2 /* the public one and the administrators' */
#define FILE_WAIT_MS 60000u

struct ipc_bucket *bucket;
mach_port_t file_root;

static acs_digest_t own_node;

/* embedded.S */
extern const char emulation_library[], emulation_library_end[];

struct ipc_class thread_class = {
	.name = "thread",
	.interfaces = (const ipc_interface_t[]){ unix_server_routine, exc_server_routine, NULL },
	.data_bytes = sizeof(struct thread *),
	.reclaim = thread_reclaim,
};

/* Starting programs: what the ports of starters answer, and runs do not. */
static bool starts_program(const mach_msg_header_t *request)
{
	return request->msgh_id == MASIX_BASE_UNIX_CLIENT ||
	       request->msgh_id == MASIX_BASE_UNIX_CLIENT + 5;
}

/* What the port of another node's Unix server answers (nodes.c). */
static bool makes_starter(const mach_msg_header_t *request)
{
	return request->msgh_id == MASIX_BASE_UNIX_CLIENT + 7;
}

static mig_routine_t starter_routine(const mach_msg_header_t *request)
{
	return starts_program(request) ? unix_client_server_routine(request) : NULL;
}

static mig_routine_t run_routine(const mach_msg_header_t *request)
{
	return starts_program(request) || makes_starter(request)
		       ? NULL
		       : unix_client_server_routine(request);
}

struct ipc_class run_class = {
	.name = "run",
	.interfaces = (const ipc_interface_t[]){ run_routine, NULL },
	.data_bytes = sizeof(struct run *),
	.reclaim = run_reclaim,
};

static struct ipc_class starter_class = {
	.name = "starter",
	.interfaces = (const ipc_interface_t[]){ starter_routine, NULL },
	.data_bytes = sizeof(struct starter),
};

static mach_port_t word_port(int argc, char **argv, const char *name)
{
	size_t length = strlen(name);

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=') {
			return (mach_port_t)strtoul(argv[i] + length + 1, NULL, 10);
		}
	}
	return MACH_PORT_NULL;
}

/* The second of the ports that the file server's task has: the root without restriction. */
static mach_port_t root_of(mach_port_t file_task)
{
	mach_port_array_t ports = NULL;
	mach_msg_type_number_t count = 0;
	mach_port_t root = MACH_PORT_NULL;

	if (mach_ports_lookup(file_task, &ports, &count) != KERN_SUCCESS) {
		return MACH_PORT_NULL;
	}
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		if (i == 1) {
			root = ports[i];
		} else if (MACH_PORT_VALID(ports[i])) {
			(void)mach_port_deallocate(SELF, ports[i]);
		}
	}
	(void)vm_deallocate(SELF, (vm_address_t)ports, count * sizeof(*ports));
	return root;
}

/* The boot script starts both at once, so the file server may not be there yet. */
static kern_return_t find_files(int argc, char **argv)
{
	mach_port_t task = word_port(argc, argv, "file");
	mach_port_t nobody_sends = mach_reply_port();
	mach_msg_header_t nothing;

	for (int tries = 0; tries < 30000 && task != MACH_PORT_NULL; tries++) {
		file_root = root_of(task);
		if (MACH_PORT_VALID(file_root)) {
			(void)mach_port_deallocate(SELF, task);
			(void)mach_port_mod_refs(SELF, nobody_sends, MACH_PORT_RIGHT_RECEIVE, -1);
			return KERN_SUCCESS;
		}
		(void)mach_msg(&nothing, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(nothing),
			       nobody_sends, 1, MACH_PORT_NULL);
	}
	return KERN_FAILURE;
}

static kern_return_t create_starter(uint32_t uid, struct ipc_object **object)
{
	kern_return_t code = ipc_object_create_public(bucket, &starter_class, object);

	if (code == KERN_SUCCESS) {
		*(struct starter *)ipc_object_data(*object) = (struct starter){ uid, uid };
	}
	return code;
}

kern_return_t starter_create(struct ipc_client *client, uint32_t uid, uint32_t gid,
			     struct ipc_object **object)
{
	kern_return_t code = ipc_object_create(client, &starter_class, object);

	if (code == KERN_SUCCESS) {
		*(struct starter *)ipc_object_data(*object) = (struct starter){ uid, gid };
	}
	return code;
}

/*
 * The runner starts what the host's user says, who is the administrator of that node; of no other
 * one, whatever their ACSs vouch for.  The Unix servers of other nodes start programs for their
 * users: the ACS lets through those whose nodes have the role.
 */
static kern_return_t accept_peer(const struct trust_peer *peer, struct ipc_client *client,
				 struct ipc_object **object)
{
	bool here = memcmp(peer->node, own_node, sizeof(own_node)) == 0;

	if (here && strcmp(peer->name, "runner") == 0) {
		return create_starter(0, object);
	}
	return !here && strcmp(peer->name, "unix") == 0 ? nodes_accept(client, object)
							: KERN_NO_ACCESS;
}

/* This node's id, and its name as that of the host. */
static kern_return_t learn_node(void)
{
	acs_name_t name = "";
	natural_t number = 0, version = 0;
	kern_return_t code =
		acs_get_node(standard_port(STANDARD_PORT_ACS), name, &number, own_node, &version);

	if (code == KERN_SUCCESS) {
		system_set_host_name(name);
		nodes_begin(name);
	}
	return code;
}

/*
 * As a server of a node: known by the ACS, the root from the file server.  Whoever finds this
 * server meanwhile waits for the lock.
 */
static kern_return_t join_node(void)
{
	struct ipc_object *public = NULL;
	mach_port_t personality = MACH_PORT_NULL;
	natural_t id = 0, parent = 0;
	struct trust_server server = {
		.name = "unix",
		.acs = standard_port(STANDARD_PORT_ACS),
		.registration = standard_port(STANDARD_PORT_REGISTRATION),
		.accept = accept_peer,
	};
	kern_return_t code = KERN_SUCCESS;

	server_lock();
	code = create_starter(UNIX_CLIENT_UID, &public);
	server.client = public;
	code = code ?: learn_node();
	code = code ?: trust_start(&server);
	code = code ?: trust_connect("file", FILE_WAIT_MS, &file_root);
	code = code ?: trust_connect("process", 0, &personality); /* it was there before us */
	code = code ?: process_get_id(standard_process_port(), &id, &parent);
	if (code == KERN_SUCCESS) {
		process_set_node(id >> 16);
		code = adopt_start(personality);
	}
	server_unlock();
	return code;
}

/* For who holds this task: nobody but its maker. */
static kern_return_t publish(void)
{
	static const uint32_t uids[PORTS] = { UNIX_CLIENT_UID, 0 };
	mach_port_t ports[PORTS];
	kern_return_t code = KERN_SUCCESS;

	for (int i = 0; i < PORTS && code == KERN_SUCCESS; i++) {
		struct ipc_object *object = NULL;

		code = create_starter(uids[i], &object);
		if (code == KERN_SUCCESS) {
			ports[i] = ipc_object_give(object);
			code = mach_port_insert_right(SELF, ports[i], ports[i],
						      MACH_MSG_TYPE_MAKE_SEND);
		}
	}
	return code ?: mach_ports_register(SELF, ports, PORTS);
}

int main(int argc, char **argv)
{
	bool in_node = standard_port(STANDARD_PORT_REGISTRATION) != MACH_PORT_NULL;
	kern_return_t code = random_start();

	quotas_begin();
	code = code ?: (in_node ? KERN_SUCCESS : find_files(argc, argv));
	code = code ?: library_load(emulation_library,
				    (size_t)(emulation_library_end - emulation_library));
	code = code ?: ipc_bucket_create(NULL, &bucket);
	if (code == KERN_SUCCESS && server_start_timer() != 0) {
		code = KERN_RESOURCE_SHORTAGE;
	}
	code = code ?: (in_node ? join_node() : publish());
	if (code != KERN_SUCCESS) {
		server_log("unix: cannot start: %s", mach_error_string(code));
		return 1;
	}
	ipc_bucket_serve(bucket);
}
