/* TEST: oracle=no libc=yes
   modules="build/servers/process/process ${host-port} ${device-port} ${test} $(task-create)
   $(task-resume); build/tests/kernel/programs/process_adopt.cpio $(archive=ramdisk-create)" */
/*
 * Tasks that a personality made.  The test is the ACS, which gives the process server its secret,
 * and the personality "unix", which proves by a ticket under that secret who it is.
 */
#include <string.h>
#include <trust/proof.h>
#include "lib/msg.h"
#include "lib/process_acs.h"
#include "lib/zones.h"
#include <gen/personality.h>
#include <gen/process.h>
#include <gen/server_auth.h>

#define SELF mach_task_self()

static const acs_secret_t secret = {1, 2, 3};
static mach_port_t inter_server; /* the process server's port */
static mach_port_t trusted;      /* what an ACS would serve acs_trusted.defs on */
static mach_port_t administrator;
static mach_port_t personality; /* the process of the server "unix" */
static natural_t personality_id;
static mach_port_t adoptions; /* its port of personality.defs */

static const struct acs_server_entry *roster(const char *name)
{
	static const struct acs_server_entry plain = {.digests = 1};
	static const struct acs_server_entry unix_entry = {.digests = 1,
							   .roles = ACS_ROLE_PERSONALITY};

	return strcmp(name, "unix") == 0 ? &unix_entry : &plain;
}

static kern_return_t registered(mach_port_t port)
{
	inter_server = port;
	return server_take_secret(port, 0, secret, trusted);
}

/* Figure 4's second half, as "asker": the port that its proof opens. */
static kern_return_t authenticate(const char *asker, uint64_t serial, uint8_t node,
				  mach_port_t *port)
{
	struct trust_ticket ticket = {.serial = serial, .key = {9, 9}};
	struct trust_exchange exchange = {.server = "process", .asker_nonce = {4}};
	char server[ACS_NAME_BYTES] = "process";
	mach_port_t half = MACH_PORT_NULL;
	acs_ticket_t sealed;
	acs_proof_t proof;
	kern_return_t result = KERN_SUCCESS;

	ticket.node[0] = node;
	(void)strncpy(ticket.asker, asker, sizeof ticket.asker - 1);
	(void)strncpy(exchange.asker, asker, sizeof exchange.asker - 1);
	if (trust_seal_ticket(secret, server, &ticket, sealed) != CRYPTO_OK) {
		return KERN_FAILURE;
	}
	result = server_begin(inter_server, sealed, exchange.asker_nonce, exchange.server_nonce,
			      proof, &half);
	if (result != KERN_SUCCESS) {
		return result;
	}
	if (trust_check_answer(ticket.key, TRUST_SERVER, &exchange, proof) != CRYPTO_OK ||
	    trust_make_answer(ticket.key, TRUST_ASKER, &exchange, proof) != CRYPTO_OK) {
		return ACS_WRONG_PROOF;
	}
	result = server_finish(half, proof, port);
	(void)mach_port_deallocate(SELF, half);
	return result;
}

/* Only a server of this node that has the role. */
static void check_authority(void)
{
	mach_port_t port = MACH_PORT_NULL;

	CHECK_KR(authenticate("admin", 1, 0, &port), KERN_NO_ACCESS);
	CHECK_KR(authenticate("nobody", 2, 0, &port), KERN_NO_ACCESS);
	CHECK_KR(authenticate("unix", 3, 1, &port), KERN_NO_ACCESS); /* of another node */
	CHECK_KR(authenticate("unix", 4, 0, &adoptions), KERN_SUCCESS);
	CHECK_KR(authenticate("unix", 4, 0, &port), ACS_WRONG_PROOF); /* used */
}

static boolean_t find_line(natural_t id, struct process_info *info)
{
	vm_offset_t list = 0;
	mach_msg_type_number_t bytes = 0;
	boolean_t found = FALSE;

	NEED_KR(process_list(administrator, &list, &bytes));
	for (unsigned int i = 0; i < bytes / sizeof *info; i++) {
		if (((const struct process_info *)list)[i].id == id) {
			*info = ((const struct process_info *)list)[i];
			found = TRUE;
		}
	}
	NEED_KR(vm_deallocate(SELF, list, bytes));
	return found;
}

static kern_return_t adopt(mach_port_t task, natural_t parent, const char *name, natural_t *id)
{
	process_name_t text = "";

	(void)strncpy(text, name, sizeof text - 1);
	return process_adopt(adoptions, task, MACH_MSG_TYPE_COPY_SEND, parent, text, 50, id);
}

static void check_adopt(mach_port_t task, mach_port_t other, mach_port_t third)
{
	static process_name_t renamed = "sh";
	struct process_info info;
	mach_port_t port = port_new();
	natural_t id = 0, child = 0, unused = 0;

	NEED_KR(mach_port_insert_right(SELF, port, port, MACH_MSG_TYPE_MAKE_SEND));
	CHECK_KR(adopt(port, 0, "none", &unused), KERN_INVALID_VALUE); /* not a task */
	CHECK_KR(adopt(task, personality_id, "none", &unused), PROCESS_NOT_FOUND);
	unused = 5u << 16 | 0x3fff; /* not one that a personality may choose */
	CHECK_KR(adopt(task, 0, "init", &unused), PROCESS_TOO_MANY);
	unused = 6u << 16 | 0x4001; /* of another node */
	CHECK_KR(adopt(task, 0, "init", &unused), PROCESS_TOO_MANY);
	id = 5u << 16 | 0x4001;
	CHECK_KR(adopt(task, 0, "init", &id), KERN_SUCCESS);
	CHECK_EQ(id, 5u << 16 | 0x4001);
	unused = id;
	CHECK_KR(adopt(other, 0, "same", &unused), PROCESS_TOO_MANY);
	unused = 0;
	CHECK_KR(adopt(task, 0, "again", &unused), KERN_NAME_EXISTS);
	CHECK_KR(adopt(other, id, "child", &child), KERN_SUCCESS);
	CHECK(find_line(child, &info));
	CHECK_EQ(info.parent, id);
	CHECK_EQ(info.state, PROCESS_STATE_RUNS | PROCESS_STATE_ADOPTED);
	CHECK_EQ(info.pages_limit, 50);
	CHECK_KR(process_rename(adoptions, id, renamed), KERN_SUCCESS);
	CHECK(find_line(id, &info) && strcmp(info.name, "sh") == 0);
	CHECK_KR(process_rename(adoptions, personality_id, renamed), PROCESS_NOT_FOUND);
	CHECK_KR(process_forget(adoptions, personality_id), PROCESS_NOT_FOUND);
	/* Its end is seen; the id stays until it is given back. */
	NEED_KR(task_terminate(other));
	CHECK(TEST_WAIT_UNTIL(find_line(child, &info) &&
			      info.state == (PROCESS_STATE_ENDED | PROCESS_STATE_ADOPTED)));
	/* Another program takes its place: it runs again. */
	CHECK_KR(process_replace(adoptions, child, third, MACH_MSG_TYPE_COPY_SEND), KERN_SUCCESS);
	CHECK(find_line(child, &info) &&
	      info.state == (PROCESS_STATE_RUNS | PROCESS_STATE_ADOPTED));
	CHECK_KR(process_replace(adoptions, child, task, MACH_MSG_TYPE_COPY_SEND),
		 KERN_NAME_EXISTS);
	CHECK_KR(process_replace(adoptions, personality_id, third, MACH_MSG_TYPE_COPY_SEND),
		 PROCESS_NOT_FOUND);
	CHECK_KR(process_replace(adoptions, child, port, MACH_MSG_TYPE_COPY_SEND),
		 KERN_INVALID_VALUE);
	CHECK_KR(process_forget(adoptions, child), KERN_SUCCESS);
	CHECK_EQ(port_type(third), MACH_PORT_TYPE_DEAD_NAME);
	CHECK(!find_line(child, &info));
	/* Forgotten while it runs: it is ended. */
	CHECK_KR(process_forget(adoptions, id), KERN_SUCCESS);
	CHECK(!find_line(id, &info));
	CHECK_EQ(port_type(task), MACH_PORT_TYPE_DEAD_NAME);
	port_destroy(port);
}

/* When the personality ends, so do the tasks that it adopted. */
static void check_end(mach_port_t task)
{
	struct process_info info;
	natural_t id = 0, late = 0;

	CHECK_KR(adopt(task, 0, "orphan", &id), KERN_SUCCESS);
	CHECK_KR(process_kill(administrator, personality_id), KERN_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(port_type(task) == MACH_PORT_TYPE_DEAD_NAME));
	CHECK(!find_line(id, &info));
	CHECK_KR(adopt(SELF, 0, "late", &late), PROCESS_NOT_PERMITTED);
	CHECK_KR(process_forget(adoptions, id), PROCESS_NOT_FOUND);
}

int main(int argc, char **argv)
{
	static struct process_acs_pair pair;
	mach_port_t tasks[4];

	if (crypto_start() != CRYPTO_OK) {
		return 1;
	}
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &trusted));
	process_acs_registered = registered;
	process_acs_meet(argc, argv, roster, &pair);
	administrator = pair.administrator;
	personality = pair.plain;
	personality_id = pair.plain_id;
	process_acs_warm_up(administrator);
	for (int i = 0; i < 4; i++) {
		NEED_KR(task_create(SELF, FALSE, &tasks[i]));
	}
	test_begin(argc, argv, "server_process_adopt");
	check_authority();
	check_adopt(tasks[0], tasks[1], tasks[3]);
	check_end(tasks[2]);
	NEED_KR(mach_port_deallocate(SELF, adoptions));
	test_zones_may_fall();
	test_end();
}
