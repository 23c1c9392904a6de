/* See process_acs.h. */
#include "process_acs.h"
#include <archive/cpio_core.h>
#include <device/device_types.h>
#include <gen/acs_control_server.h>
#include <gen/acs_server.h>
#include <gen/device.h>
#include <gen/gnumach.h>
#include <gen/ipc.h>
#include <gen/mach4.h>
#include <gen/process.h>
#include <gen/process_boot.h>
#include <ipc/ipc.h>

#define SELF mach_task_self()

struct process_acs_started process_acs_last;
mach_port_t process_acs_io;
mach_port_t process_acs_boot;
const char *process_acs_refused = "";
kern_return_t (*process_acs_registered)(mach_port_t trusted);
kern_return_t process_acs_met[5];

static process_acs_roster_t roster;
static struct ipc_bucket *bucket;
static struct ipc_object *node_client; /* the process server's own */
static mach_port_t meeting;            /* everybody else's client port */
static mach_port_t registration;
static mach_port_t control_port;
static vm_address_t image;
static natural_t image_bytes;

static struct ipc_class control_class = {
	.name = "control",
	.interfaces = (const ipc_interface_t[]){acs_control_server_routine, NULL},
};
static struct ipc_class client_class = {
	.name = "client",
	.interfaces = (const ipc_interface_t[]){acs_server_routine, NULL},
};

/* ------------------------------------------------------------------------- what an ACS answers */

kern_return_t serve_acs_get_server(ipc_call_t call, const_acs_name_t name,
				   acs_server_entry_t *entry)
{
	const struct acs_server_entry *known = roster(name);

	(void)call;
	if (known == NULL) {
		return ACS_NOT_IN_ROSTER;
	}
	*entry = *known;
	return KERN_SUCCESS;
}

kern_return_t serve_acs_start_server(ipc_call_t call, const_acs_name_t name, int64_t task_number,
				     const acs_digest_t digest, mach_port_t *port)
{
	(void)call;
	if (strcmp(name, process_acs_refused) == 0) {
		return ACS_WRONG_DIGEST;
	}
	process_acs_last.task_number = task_number;
	memcpy(process_acs_last.digest, digest, sizeof process_acs_last.digest);
	(void)strncpy(process_acs_last.name, name, sizeof process_acs_last.name - 1);
	process_acs_last.times++;
	*port = registration;
	return KERN_SUCCESS;
}

kern_return_t serve_acs_make_client(ipc_call_t call, int64_t task_number, mach_port_t *client)
{
	(void)call;
	*client = task_number == 0 ? node_client->port : meeting;
	return KERN_SUCCESS;
}

kern_return_t serve_acs_register_process(ipc_call_t call, mach_port_t client, mach_port_t trusted)
{
	(void)call, (void)client;
	/* Without a hook it is known to nobody, and goes on. */
	return process_acs_registered != NULL ? process_acs_registered(trusted) : ACS_NO_RANDOMNESS;
}

kern_return_t serve_acs_look_up(ipc_call_t call, const_acs_name_t name, natural_t wait_ms,
				mach_port_t *port)
{
	(void)call, (void)name, (void)wait_ms, (void)port;
	return ACS_NAME_NOT_FOUND;
}

kern_return_t serve_acs_list(ipc_call_t call, vm_offset_t *entries, mach_msg_type_number_t *bytes)
{
	(void)call, (void)entries, (void)bytes;
	return KERN_FAILURE;
}

kern_return_t serve_acs_get_node(ipc_call_t call, acs_name_t name, natural_t *number,
				 acs_digest_t id, natural_t *version)
{
	(void)call;
	memset(name, 0, ACS_NAME_BYTES);
	memset(id, 0, sizeof(acs_digest_t));
	memcpy(name, "test", 5);
	*number = 5;
	*version = 1;
	return KERN_SUCCESS;
}

kern_return_t serve_acs_get_member(ipc_call_t call, const acs_digest_t id, acs_name_t name,
				   natural_t *roles)
{
	(void)call;
	(void)id;
	memset(name, 0, ACS_NAME_BYTES);
	*roles = 0;
	return ACS_NOT_IN_ROSTER;
}

/* --------------------------------------------------------------------------------- the meeting */

static void serve(void *unused)
{
	(void)unused;
	ipc_bucket_serve(bucket);
}

static mach_port_t find_boot_port(void)
{
	mach_port_array_t ports = NULL;
	mach_msg_type_number_t count = 0;
	mach_port_t port = MACH_PORT_NULL;

	for (int tries = 0; tries < 5000 && port == MACH_PORT_NULL; tries++) {
		NEED_KR(mach_ports_lookup(SELF, &ports, &count));
		port = count > 0 ? ports[0] : MACH_PORT_NULL;
		if (count > 0) {
			(void)vm_deallocate(SELF, (vm_address_t)ports, count * sizeof *ports);
		}
		test_sleep_ms(1);
	}
	if (port == MACH_PORT_NULL) {
		test_bail_out("the process server does not meet us");
	}
	return port;
}

static void make_ports(void)
{
	struct ipc_object *control = NULL;

	NEED_KR(ipc_bucket_create(NULL, &bucket));
	NEED_KR(ipc_object_create_public(bucket, &control_class, &control));
	NEED_KR(ipc_object_create_public(bucket, &client_class, &node_client));
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &meeting));
	NEED_KR(mach_port_set_qlimit(SELF, meeting, MACH_PORT_QLIMIT_MAX));
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &registration));
	control_port = control->port;
	NEED_KR(mach_port_insert_right(SELF, control_port, control_port, MACH_MSG_TYPE_MAKE_SEND));
}

/* Copies the program out of the archive. */
static void load_image(void)
{
	mach_port_t device = MACH_PORT_NULL;
	int status[DEV_GET_SIZE_COUNT];
	mach_msg_type_number_t count = DEV_GET_SIZE_COUNT, bytes = 0;
	io_buf_ptr_t archive = NULL;
	struct cpio_file file = {.data_bytes = 0};
	uint32_t at = 0;

	NEED_KR(device_open(device_master, D_READ, (char *)"rd0", &device));
	NEED_KR(device_get_status(device, DEV_GET_SIZE, status, &count));
	NEED_KR(device_read(device, 0, 0, status[DEV_GET_SIZE_DEVICE_SIZE], &archive, &bytes));
	while (cpio_next((const uint8_t *)archive, bytes, &at, &file) == CPIO_FILE &&
	       strcmp(file.name, PROCESS_CHILD) != 0) {
	}
	image_bytes = file.data_bytes;
	NEED_KR(vm_allocate(SELF, &image, image_bytes, TRUE));
	memcpy((void *)image, file.data, image_bytes);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)archive, bytes));
	NEED_KR(mach_port_deallocate(SELF, device));
}

void process_acs_start(int argc, char **argv, process_acs_roster_t known)
{
	static struct test_thread thread;
	mach_port_t again = MACH_PORT_NULL;

	if (argc < 3) {
		test_bail_out("the boot script's ports are missing");
	}
	host_priv = strtoul(argv[1], NULL, 10);
	device_master = strtoul(argv[2], NULL, 10);
	process_acs_boot = find_boot_port();
	roster = known;
	make_ports();
	load_image();
	test_thread_start(&thread, serve, NULL);
	process_acs_met[0] = process_boot_get_ports(process_acs_boot, &process_acs_io);
	process_acs_met[1] = process_boot_get_ports(process_acs_boot, &again);
	process_acs_met[2] = process_boot_ready(process_acs_boot, MACH_PORT_NULL);
	process_acs_met[3] = process_boot_ready(process_acs_boot, control_port);
	NEED_KR(mach_port_insert_right(SELF, control_port, control_port, MACH_MSG_TYPE_MAKE_SEND));
	process_acs_met[4] = process_boot_ready(process_acs_boot, control_port);
}

const struct acs_server_entry *process_acs_gives_nothing(const char *name)
{
	static const struct acs_server_entry nothing = {.digests = 1};

	(void)name;
	return &nothing;
}

void process_acs_meet(int argc, char **argv, process_acs_roster_t given,
		      struct process_acs_pair *pair)
{
	natural_t ids[2], parent = 0;
	int administrator = 0;

	process_acs_start(argc, argv, given);
	for (int i = 0; i < 2; i++) {
		if (!process_acs_report(&pair->reports[i], 10000)) {
			test_bail_out("a program of /etc/servers does not report");
		}
		NEED_KR(process_get_id(pair->reports[i].process, &ids[i], &parent));
	}
	administrator = ids[0] > ids[1]; /* ids are given in the order of the starts */
	pair->administrator = pair->reports[administrator].process;
	pair->administrator_id = ids[administrator];
	pair->plain = pair->reports[!administrator].process;
	pair->plain_id = ids[!administrator];
}

void process_acs_check_meeting(void)
{
	CHECK_KR(process_acs_met[0], KERN_SUCCESS);
	CHECK_KR(process_acs_met[1], KERN_NAME_EXISTS);      /* the ports, once */
	CHECK_KR(process_acs_met[2], KERN_INVALID_ARGUMENT); /* no control port */
	CHECK_KR(process_acs_met[3], KERN_SUCCESS);
	CHECK_KR(process_acs_met[4], KERN_NAME_EXISTS);
}

/* ------------------------------------------------------------------------------ what children say
 */

boolean_t process_acs_report(struct process_report *report, mach_msg_timeout_t time_ms)
{
	union {
		struct process_report report;
		char room[sizeof(struct process_report) + 64];
	} message;

	if (mach_msg(&message.report.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof message,
		     meeting, time_ms, MACH_PORT_NULL) != MACH_MSG_SUCCESS ||
	    message.report.header.msgh_id != PROCESS_REPORT_ID) {
		return FALSE;
	}
	*report = message.report;
	return TRUE;
}

static struct test_thread ignorer;
static volatile boolean_t ignoring;

/* Every message is too large for no buffer at all, and the kernel destroys it. */
static void ignore(void *unused)
{
	mach_msg_header_t nothing;

	(void)unused;
	while (ignoring) {
		(void)mach_msg(&nothing, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, 0, meeting, 20,
			       MACH_PORT_NULL);
	}
}

void process_acs_ignore_begin(void)
{
	ignoring = TRUE;
	test_thread_start(&ignorer, ignore, NULL);
}

void process_acs_ignore_end(void)
{
	ignoring = FALSE;
	(void)test_thread_join(&ignorer, 10000);
}

void process_acs_drop(struct process_report *report)
{
	if (MACH_PORT_VALID(report->process)) {
		(void)mach_port_deallocate(SELF, report->process);
	}
	for (int i = 0; i < (int)STANDARD_PORTS; i++) {
		if (MACH_PORT_VALID(report->ports[i])) {
			(void)mach_port_deallocate(SELF, report->ports[i]);
		}
	}
}

const void *process_acs_image_data(natural_t *bytes)
{
	*bytes = image_bytes;
	return (const void *)image;
}

mach_port_t process_acs_image(natural_t *bytes)
{
	mach_port_t memory = MACH_PORT_NULL;

	*bytes = image_bytes;
	NEED_KR(vm_region_create_proxy(SELF, image, VM_PROT_READ, image_bytes, &memory));
	return memory;
}

kern_return_t process_acs_spawn(mach_port_t parent, const char *text, natural_t bytes,
				natural_t flags, natural_t pages, mach_port_t *child, natural_t *id)
{
	static process_name_t name = "child";
	natural_t size = 0;
	mach_port_t memory = process_acs_image(&size);
	kern_return_t result = process_spawn(parent, memory, MACH_MSG_TYPE_COPY_SEND, size, name,
					     (vm_offset_t)text, bytes, 0, 0, NULL,
					     MACH_MSG_TYPE_COPY_SEND, 0, flags, pages, child, id);

	NEED_KR(mach_port_deallocate(SELF, memory));
	return result;
}

/* Looks through all that the log has now. */
static boolean_t log_has(mach_port_t administrator, const char *text)
{
	static char seen[0x40000];
	size_t used = 0, length = strlen(text);
	int64_t position = 0, next = 0;
	vm_offset_t data = 0;
	mach_msg_type_number_t bytes = 0;

	do {
		NEED_KR(process_read_log(administrator, position, &data, &bytes, &next));
		if (bytes > 0 && used + bytes <= sizeof seen) {
			memcpy(seen + used, (const void *)data, bytes);
			used += bytes;
		}
		if (bytes > 0) {
			NEED_KR(vm_deallocate(SELF, data, bytes));
		}
		position = next;
	} while (bytes > 0);
	for (size_t i = 0; i + length <= used; i++) {
		if (memcmp(seen + i, text, length) == 0) {
			return TRUE;
		}
	}
	return FALSE;
}

boolean_t process_acs_log_has(mach_port_t administrator, const char *text)
{
	return TEST_WAIT_UNTIL(log_has(administrator, text));
}

#define CROWD 8

static void crowd_member(void *parent)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0, ended = 0, status = 0;

	for (int i = 0; i < 4; i++) {
		kern_return_t result =
			i == 0 ? SPAWN(*(mach_port_t *)parent, "die", 0, &child, &id)
			       : SPAWN(*(mach_port_t *)parent, "fault", 0, &child, &id);

		if (result == KERN_SUCCESS) {
			(void)process_wait(*(mach_port_t *)parent, id, 0, &ended, &status);
			(void)mach_port_deallocate(SELF, child);
		}
	}
}

/* Names in both tasks' tables: as many at once as no check needs. */
static void hold_many(mach_port_t parent)
{
	mach_port_t children[2 * CROWD];
	natural_t id = 0, ended = 0, status = 0;

	for (int i = 0; i < 2 * CROWD; i++) {
		NEED_KR(SPAWN(parent, "sleep", 0, &children[i], &id));
	}
	for (int i = 0; i < 2 * CROWD; i++) {
		NEED_KR(process_exit(children[i], 0));
		NEED_KR(process_wait(parent, PROCESS_ANY, 0, &ended, &status));
		NEED_KR(mach_port_deallocate(SELF, children[i]));
	}
}

void process_acs_warm_up(mach_port_t parent)
{
	static struct test_thread threads[CROWD];
	natural_t clients = 0, objects = 0, calls = 0, workers = 0, workers_max = 1;

	for (int round = 0; round < 10 && (round < 2 || workers < workers_max); round++) {
		for (int i = 0; i < CROWD; i++) {
			test_thread_start(&threads[i], crowd_member, &parent);
		}
		for (int i = 0; i < CROWD; i++) {
			(void)test_thread_join(&threads[i], 60000);
		}
		NEED_KR(ipc_statistics(process_acs_boot, &clients, &objects, &calls, &workers,
				       &workers_max));
	}
	hold_many(parent);
	test_note("the process server has %u workers", (unsigned)workers);
}
