/* TEST: oracle=no args="acs=${acs}" fw_cfg=build/tests/keys/fw_cfg/node1
   modules="build/servers/acs/acs ${host-port} ${test} $(acs=task-create)" */
/* The client interface of the ACS: waiting for names, time limits, quotas, lists, deaths. */
#include "lib/acs_boot.h"
#include "lib/msg.h"
#include "lib/server.h"
#include <gen/acs.h>
#include <gen/acs_control.h>
#include <gen/ipc.h>
#include <masix/subsystems.h>

#define SELF    mach_task_self()
#define WAITERS ACS_LOOK_UPS_MAX

static mach_port_t control, client;

struct waiter {
	struct test_thread thread;
	mach_port_t client;
	const char *name;
	natural_t wait_ms;
	kern_return_t result;
	mach_port_t port;
};

static void wait_for(void *argument)
{
	struct waiter *waiter = argument;

	waiter->result = acs_look_up(waiter->client, waiter->name, waiter->wait_ms, &waiter->port);
}

static void waiter_start(struct waiter *waiter, const char *name, natural_t wait_ms)
{
	*waiter = (struct waiter){.client = client, .name = name, .wait_ms = wait_ms};
	test_thread_start(&waiter->thread, wait_for, waiter);
	CHECK(test_wait_blocked(waiter->thread.port));
}

static void drop(mach_port_t port)
{
	NEED_KR(mach_port_deallocate(SELF, port));
}

/* 64 bytes without a 0, as no stub sends them. */
static kern_return_t look_up_endless(void)
{
	static struct msg msg;
	mach_port_t reply = port_new();
	kern_return_t result = KERN_FAILURE;
	char name[ACS_NAME_BYTES];

	memset(name, 'a', sizeof name);
	msg_begin(&msg, client, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  MASIX_BASE_ACS);
	msg_add(&msg, MACH_MSG_TYPE_STRING_C, 8, sizeof name, name);
	msg_add_int(&msg, 0);
	NEED_KR(msg_send(&msg));
	if (msg_receive(&msg, reply, 5000) == MACH_MSG_SUCCESS) {
		result = (kern_return_t)msg_item_int(&msg);
	}
	port_destroy(reply);
	return result;
}

static void check_names(void)
{
	mach_port_t port = MACH_PORT_NULL;

	CHECK_KR(acs_look_up(client, "", 0, &port), ACS_NAME_INVALID);
	CHECK_KR(acs_look_up(client, "One", 0, &port), ACS_NAME_INVALID);
	CHECK_KR(acs_look_up(client, "one ", 0, &port), ACS_NAME_INVALID);
	CHECK_KR(acs_look_up(client, "one@", 0, &port), ACS_NAME_INVALID);
	CHECK_KR(acs_look_up(client, "@node1", 0, &port), ACS_NAME_INVALID);
	CHECK_KR(acs_look_up(client, "one@node1@node2", 0, &port), ACS_NAME_INVALID);
	CHECK_KR(look_up_endless(), ACS_NAME_NOT_FOUND); /* the stub ends it: 63 bytes are a name */
	CHECK_KR(acs_look_up(client, "one", 0, &port), ACS_NAME_NOT_FOUND);
	CHECK_KR(acs_look_up(client, "nobody-has-this", 0, &port), ACS_NAME_NOT_FOUND);
	/* Another node's, and there is no network server; a node that the roster does not know. */
	CHECK_KR(acs_look_up(client, "one@node2", 0, &port), ACS_NAME_NOT_FOUND);
	CHECK_KR(acs_look_up(client, "one@node9", 60000, &port), ACS_NAME_NOT_FOUND);
}

static void check_node(void)
{
	acs_name_t name;
	acs_digest_t id, zero = {0};
	natural_t number = 0, version = 0;

	CHECK_KR(acs_get_node(client, name, &number, id, &version), KERN_SUCCESS);
	CHECK(strcmp(name, "node1") == 0);
	CHECK_EQ(number, 1);
	CHECK(version >= 1);
	CHECK(memcmp(id, zero, sizeof id) != 0);
}

/* Somebody waits, then the server comes; meanwhile others are answered. */
static void check_waiting(struct puppet *one)
{
	struct waiter waiter, again, other;
	mach_port_t found = MACH_PORT_NULL;

	waiter_start(&waiter, "one", 60000);
	waiter_start(&again, "one@node1", 60000);
	waiter_start(&other, "two", 200);
	puppet_serve(one, control, "one", 0x11);
	CHECK(test_thread_join(&waiter.thread, 0));
	CHECK(test_thread_join(&again.thread, 0));
	CHECK_KR(waiter.result, KERN_SUCCESS);
	CHECK_EQ(waiter.port, one->client);
	CHECK_KR(again.result, KERN_SUCCESS);
	CHECK_EQ(again.port, one->client);
	drop(waiter.port);
	drop(again.port);
	CHECK(test_thread_join(&other.thread, 0));
	CHECK_KR(other.result, ACS_NAME_NOT_FOUND);
	CHECK_KR(acs_look_up(client, "one@node1", 0, &found), KERN_SUCCESS);
	CHECK_EQ(found, one->client);
	drop(found);
}

/* Sixteen wait, one more is refused; the quota is the port's own, and comes back. */
static void check_quota(void)
{
	static struct waiter waiters[WAITERS];
	mach_port_t second = acs_test_client(control);
	mach_port_t found = MACH_PORT_NULL;
	struct puppet two;

	test_group_begin("sixteen look-ups wait");
	for (int i = 0; i < WAITERS; i++) {
		waiter_start(&waiters[i], i % 2 == 0 ? "two" : "three", 60000);
	}
	test_group_end();
	CHECK(TEST_WAIT_UNTIL(acs_look_up(client, "two", 60000, &found) == KERN_RESOURCE_SHORTAGE));
	CHECK_KR(acs_look_up(client, "one", 0, &found), KERN_SUCCESS);
	drop(found);
	CHECK_KR(acs_look_up(second, "two", 1, &found), ACS_NAME_NOT_FOUND);
	puppet_serve(&two, control, "two", 0x22);
	test_group_begin("those who waited for two are answered, the others wait on");
	for (int i = 0; i < WAITERS; i += 2) {
		CHECK(test_thread_join(&waiters[i].thread, 0));
		CHECK_KR(waiters[i].result, KERN_SUCCESS);
		drop(waiters[i].port);
	}
	test_group_end();
	CHECK_KR(acs_look_up(client, "three", 1, &found), ACS_NAME_NOT_FOUND);
	/* The client interrupts what it has waiting. */
	CHECK_KR(ipc_interrupt(client), KERN_SUCCESS);
	test_group_begin("an interrupt ends the other look-ups");
	for (int i = 1; i < WAITERS; i += 2) {
		CHECK(test_thread_join(&waiters[i].thread, 0));
		CHECK_KR(waiters[i].result, KERN_ABORTED);
	}
	test_group_end();
	puppet_end(&two);
	port_destroy(second);
}

/* Those who wait go away without a word: their places come back. */
static void check_gone(void)
{
	static struct waiter waiters[WAITERS];
	mach_port_t found = MACH_PORT_NULL;

	for (int round = 0; round < 3; round++) {
		test_group_begin("as many go away while they wait");
		for (int i = 0; i < WAITERS; i++) {
			waiter_start(&waiters[i], "three", 60000);
		}
		for (int i = 0; i < WAITERS; i++) {
			test_thread_kill(&waiters[i].thread);
		}
		CHECK(TEST_WAIT_UNTIL(acs_look_up(client, "three", 1, &found) ==
				      ACS_NAME_NOT_FOUND));
		test_group_end();
	}
}

static void check_list(struct puppet *one)
{
	vm_address_t memory = 0;
	mach_msg_type_number_t bytes = 0;
	const struct acs_entry *entry = NULL;

	CHECK_KR(acs_list(client, &memory, &bytes), KERN_SUCCESS);
	CHECK_EQ(bytes, 2 * sizeof *entry); /* one lives, two is dead, three was never started */
	entry = (const struct acs_entry *)memory;
	CHECK(strcmp(entry[0].name, "one") == 0);
	CHECK(strcmp(entry[0].node, "node1") == 0);
	CHECK_EQ(entry[0].state, ACS_STATE_REGISTERED);
	CHECK(entry[0].task_number == (uint64_t)one->number);
	CHECK(entry[0].look_ups >= 4);
	CHECK(strcmp(entry[1].name, "two") == 0);
	CHECK_EQ(entry[1].state, ACS_STATE_DEAD);
	NEED_KR(vm_deallocate(SELF, memory, bytes));
}

/* A server dies: its name is nobody's until it is started and registered again. */
static void check_death(struct puppet *one)
{
	mach_port_t found = MACH_PORT_NULL;
	struct waiter waiter;

	puppet_end(one);
	CHECK(TEST_WAIT_UNTIL(acs_look_up(client, "one", 0, &found) == ACS_NAME_NOT_FOUND));
	waiter_start(&waiter, "one", 60000);
	puppet_serve(one, control, "one", 0x11);
	CHECK(test_thread_join(&waiter.thread, 0));
	CHECK_KR(waiter.result, KERN_SUCCESS);
	CHECK_EQ(waiter.port, one->client);
	drop(waiter.port);
	/* It is started anew while it lives: void from then on. */
	NEED_KR(puppet_start(one, control, "one", 0x11));
	CHECK_KR(acs_look_up(client, "one", 0, &found), ACS_NAME_NOT_FOUND);
	CHECK_KR(puppet_register(one, "one"), KERN_SUCCESS);
	CHECK_KR(acs_look_up(client, "one", 0, &found), KERN_SUCCESS);
	drop(found);
}

int main(int argc, char **argv)
{
	struct puppet one;

	test_begin(argc, argv, "acs_look_up");
	control = acs_test_start();
	client = acs_test_client(control);
	check_names();
	check_node();
	check_waiting(&one);
	check_quota();
	check_gone();
	check_list(&one);
	check_death(&one);
	puppet_end(&one);
	port_destroy(client);
	acs_test_end(control);
	test_end();
}
