/* TEST: oracle=no timeout=400
   modules="build/servers/process/process ${host-port} ${device-port} ${test} $(task-create)
   $(task-resume); build/tests/kernel/programs/process.cpio $(archive=ramdisk-create)" */
/* 50,000 random and mutated messages to the process server's ports, and it serves on. */
#include "lib/mutate.h"
#include "lib/process_acs.h"
#include <gen/process.h>

MUTATE_INTERFACE(process);
MUTATE_INTERFACE(process_log);
MUTATE_INTERFACE(process_boot);

#define SELF         mach_task_self()
#define VICTIMS      6
#define CHILDREN     32
#define LOG_MESSAGES 2000 /* lines go to the serial line, which is slow */
#define ROUTINES_MAX 32

static mach_port_t administrator;
static mach_port_t plain;
static struct mutate noise;

static const struct acs_server_entry *roster(const char *name)
{
	static const struct acs_server_entry nothing = {.digests = 1};

	(void)name;
	return &nothing;
}

static void meet(int argc, char **argv)
{
	struct process_report reports[2];
	natural_t ids[2], parent = 0;
	int admin = 0;

	process_acs_start(argc, argv, roster);
	for (int i = 0; i < 2; i++) {
		if (!process_acs_report(&reports[i], 10000)) {
			test_bail_out("a program of /etc/servers does not report");
		}
		NEED_KR(process_get_id(reports[i].process, &ids[i], &parent));
	}
	admin = ids[0] > ids[1];
	administrator = reports[admin].process;
	plain = reports[!admin].process;
}

/* Those of the targets that noise has ended are replaced; the server still does its work. */
static void serves(void *argument)
{
	mach_port_t child = MACH_PORT_NULL;
	natural_t id = 0, parent = 0, ended = 0, status = 0;

	(void)argument;
	for (int i = 0; i < VICTIMS; i++) {
		mach_port_t *target = &noise.targets[i];

		if (*target != MACH_PORT_NULL &&
		    process_get_id(*target, &id, &parent) == KERN_SUCCESS) {
			continue;
		}
		if (*target != MACH_PORT_NULL) {
			NEED_KR(mach_port_deallocate(SELF, *target));
		}
		CHECK_KR(SPAWN(plain, "sleep", 0, target, &id), KERN_SUCCESS);
	}
	while (process_wait(plain, PROCESS_ANY, PROCESS_WAIT_NOW, &ended, &status) ==
	       KERN_SUCCESS) {
	}
	CHECK_KR(SPAWN(plain,
		       "exit\0"
		       "8",
		       0, &child, &id),
		 KERN_SUCCESS);
	CHECK_KR(process_wait(plain, id, 0, &ended, &status), KERN_SUCCESS);
	CHECK_EQ(status, PROCESS_STATUS(PROCESS_REASON_EXIT, 8));
	if (MACH_PORT_VALID(child)) {
		NEED_KR(mach_port_deallocate(SELF, child));
	}
}

static void end_victims(void)
{
	natural_t ended = 0, status = 0;

	for (int i = 0; i < VICTIMS; i++) {
		(void)process_exit(noise.targets[i], 0);
		NEED_KR(mach_port_deallocate(SELF, noise.targets[i]));
	}
	while (process_wait(plain, PROCESS_ANY, 0, &ended, &status) == KERN_SUCCESS) {
	}
}

/* All but process_exit, which would leave no target: mutated ids reach it often enough. */
static const struct mutate_interface *without_exit(void)
{
	static struct mutate_routine routines[ROUTINES_MAX];
	static struct mutate_interface interface = {.name = "process", .routines = routines};

	for (unsigned int i = 0; i < mutate_process.routine_count; i++) {
		if (strcmp(mutate_process.routines[i].name, "process_exit") != 0) {
			routines[interface.routine_count++] = mutate_process.routines[i];
		}
	}
	CHECK_EQ(interface.routine_count, mutate_process.routine_count - 1);
	return &interface;
}

static void check_processes(void)
{
	static const char *const words[] = {"child", "/servers/child", "exit", "file", NULL};

	noise = (struct mutate){
		.seed = 20260302,
		.messages = MUTATE_MESSAGES,
		.interfaces = {without_exit(), &mutate_process_boot},
		.words = words,
		.serves = serves,
	};
	serves(NULL);
	noise.targets[VICTIMS] = process_acs_boot;
	mutate_run(&noise);
	end_victims();
}

/* One of the standard ports of "plain": a right of ours. */
static mach_port_t port_of_plain(mach_msg_type_number_t wanted)
{
	mach_port_array_t ports = NULL;
	mach_msg_type_number_t count = 0;
	mach_port_t port = MACH_PORT_NULL;

	NEED_KR(process_get_ports(plain, &ports, &count));
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		if (i == wanted) {
			port = ports[i];
		} else if (MACH_PORT_VALID(ports[i])) {
			NEED_KR(mach_port_mod_refs(SELF, ports[i], MACH_PORT_RIGHT_SEND, -1));
		}
	}
	NEED_KR(vm_deallocate(SELF, (vm_address_t)ports, count * sizeof *ports));
	return port;
}

/*
 * Processes know a port to the ACS, whom this test plays: what noise sends there must go, or its
 * queue is full and the sender waits.  No message fits, so the kernel destroys each.
 */
static void swallow(void *port)
{
	mach_msg_header_t head;

	for (;;) {
		(void)mach_msg(&head, MACH_RCV_MSG, 0, 0, (mach_port_t)port, 0, MACH_PORT_NULL);
	}
}

static void check_log(void)
{
	mach_port_t log = port_of_plain(STANDARD_PORT_LOG);

	mutate_run(&(struct mutate){
		.seed = 20260303,
		.messages = LOG_MESSAGES,
		.interfaces = {&mutate_process_log},
		.targets = {log},
	});
	NEED_KR(mach_port_deallocate(SELF, log));
}

/* As many children at once as noise may have: both tasks keep the memory that this needs. */
static void touch_all(void)
{
	mach_port_t children[CHILDREN];
	natural_t id = 0, ended = 0, status = 0;

	for (int i = 0; i < CHILDREN; i++) {
		NEED_KR(SPAWN(plain, "sleep", 0, &children[i], &id));
	}
	for (int i = 0; i < CHILDREN; i++) {
		NEED_KR(process_exit(children[i], 0));
		NEED_KR(mach_port_deallocate(SELF, children[i]));
	}
	while (process_wait(plain, PROCESS_ANY, 0, &ended, &status) == KERN_SUCCESS) {
	}
}

int main(int argc, char **argv)
{
	struct test_thread swallower;
	mach_port_t acs = MACH_PORT_NULL;

	meet(argc, argv);
	process_acs_warm_up(plain);
	touch_all();
	test_begin(argc, argv, "server_process_mutated");
	acs = port_of_plain(STANDARD_PORT_ACS);
	test_thread_start(&swallower, swallow, (void *)acs);
	check_processes();
	check_log();
	test_thread_kill(&swallower);
	NEED_KR(mach_port_mod_refs(SELF, acs, MACH_PORT_RIGHT_SEND, -1));
	test_end();
}
