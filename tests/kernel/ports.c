/* TEST: oracle=yes */
/* Port names: allocated, chosen, renamed, counted, destroyed. */
#include "lib/msg.h"

#define SELF mach_task_self()

static void check_allocate(void)
{
	mach_port_t port = MACH_PORT_NULL;
	mach_port_t set = MACH_PORT_NULL;
	mach_port_t dead = MACH_PORT_NULL;
	mach_port_t none = MACH_PORT_NULL;

	CHECK_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &port), KERN_SUCCESS);
	CHECK_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &set), KERN_SUCCESS);
	CHECK_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_DEAD_NAME, &dead), KERN_SUCCESS);
	CHECK_EQ(port_type(port), MACH_PORT_TYPE_RECEIVE);
	CHECK_EQ(port_type(set), MACH_PORT_TYPE_PORT_SET);
	CHECK_EQ(port_type(dead), MACH_PORT_TYPE_DEAD_NAME);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_RECEIVE), 1);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 0);
	CHECK_EQ(port_refs(set, MACH_PORT_RIGHT_PORT_SET), 1);
	CHECK_EQ(port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME), 1);
	CHECK_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_SEND, &none), KERN_INVALID_VALUE);
	CHECK_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_SEND_ONCE, &none), KERN_INVALID_VALUE);
	CHECK_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_NUMBER, &none), KERN_INVALID_VALUE);
	CHECK_KR(mach_port_allocate(SELF, 0xffffffff, &none), KERN_INVALID_VALUE);
	port_destroy(port);
	port_destroy(set);
	port_destroy(dead);
	CHECK_EQ(port_type(port), 0);
	CHECK_EQ(port_type(set), 0);
	CHECK_EQ(port_type(dead), 0);
}

static void check_small_names(void)
{
	mach_port_t names[8];

	test_group_begin("fresh names are small integers, all different");
	for (int i = 0; i < 8; i++) {
		names[i] = port_new();
		CHECK(names[i] != MACH_PORT_NULL && names[i] < 64);
		for (int j = 0; j < i; j++) {
			CHECK(names[i] != names[j]);
		}
	}
	test_group_end();
	/* No smaller name is free any more; which of several free ones comes first is not said. */
	port_destroy(names[3]);
	CHECK_EQ(port_new(), names[3]);
	for (int i = 0; i < 8; i++) {
		port_destroy(names[i]);
	}
}

static void check_allocate_name(void)
{
	mach_port_t name = port_unused_name();

	CHECK_KR(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, name), KERN_SUCCESS);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_RECEIVE);
	CHECK_KR(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, name), KERN_NAME_EXISTS);
	CHECK_KR(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_PORT_SET, name), KERN_NAME_EXISTS);
	port_destroy(name);
	CHECK_KR(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_PORT_SET, name), KERN_SUCCESS);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_PORT_SET);
	port_destroy(name);
	CHECK_KR(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_DEAD_NAME, name), KERN_SUCCESS);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_DEAD_NAME);
	CHECK_KR(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_DEAD_NAME, name), KERN_NAME_EXISTS);
	port_destroy(name);
	CHECK_KR(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, MACH_PORT_NULL),
		 KERN_INVALID_VALUE);
	CHECK_KR(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, MACH_PORT_DEAD),
		 KERN_INVALID_VALUE);
	CHECK_KR(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_SEND, name), KERN_INVALID_VALUE);
	CHECK_KR(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_SEND_ONCE, name),
		 KERN_INVALID_VALUE);
	CHECK_KR(mach_port_allocate_name(SELF, MACH_PORT_RIGHT_RECEIVE, 0xfffffffe), KERN_SUCCESS);
	CHECK_EQ(port_type(0xfffffffe), MACH_PORT_TYPE_RECEIVE);
	port_destroy(0xfffffffe);
}

static void check_rename(void)
{
	mach_port_t port = port_new_send();
	mach_port_t other = port_new();
	mach_port_t name = port_unused_name();
	mach_port_t set = set_new();

	CHECK_KR(mach_port_rename(SELF, port, other), KERN_NAME_EXISTS);
	CHECK_KR(mach_port_rename(SELF, port, port), KERN_NAME_EXISTS);
	CHECK_KR(mach_port_rename(SELF, name, name + 1), KERN_INVALID_NAME);
	CHECK_KR(mach_port_rename(SELF, port, MACH_PORT_NULL), KERN_INVALID_VALUE);
	CHECK_KR(mach_port_rename(SELF, port, MACH_PORT_DEAD), KERN_INVALID_VALUE);
	CHECK_KR(msg_send_id(port, MACH_MSG_TYPE_COPY_SEND, 77), MACH_MSG_SUCCESS);
	CHECK_KR(mach_port_rename(SELF, port, name), KERN_SUCCESS);
	CHECK_EQ(port_type(port), 0);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_SEND_RECEIVE);
	CHECK_EQ(msg_receive_id(name, 0), 77);
	CHECK_KR(msg_send_id(name, MACH_MSG_TYPE_MAKE_SEND, 78), MACH_MSG_SUCCESS);
	CHECK_EQ(msg_receive_id(name, 0), 78);
	NEED_KR(mach_port_move_member(SELF, name, set));
	CHECK_KR(mach_port_rename(SELF, set, name + 1), KERN_SUCCESS);
	CHECK_EQ(port_status(name).mps_pset, name + 1);
	CHECK_KR(mach_port_rename(SELF, name, port), KERN_SUCCESS);
	CHECK_EQ(port_status(port).mps_pset, name + 1);
	port_destroy(name + 1);
	CHECK_EQ(port_status(port).mps_pset, MACH_PORT_NULL);
	port_destroy(port);
	port_destroy(other);
}

static void check_null_and_dead(void)
{
	mach_port_type_t type = 0;
	mach_port_urefs_t refs = 0;

	CHECK_KR(mach_port_type(SELF, MACH_PORT_NULL, &type), KERN_INVALID_NAME);
	CHECK_KR(mach_port_type(SELF, MACH_PORT_DEAD, &type), KERN_INVALID_NAME);
	CHECK_KR(mach_port_get_refs(SELF, MACH_PORT_NULL, MACH_PORT_RIGHT_SEND, &refs),
		 KERN_INVALID_NAME);
	CHECK_KR(mach_port_get_refs(SELF, 3000, MACH_PORT_RIGHT_NUMBER, &refs), KERN_INVALID_VALUE);
	CHECK_KR(mach_port_get_refs(SELF, 3000, MACH_PORT_RIGHT_SEND, &refs), KERN_INVALID_NAME);
	CHECK_KR(mach_port_destroy(SELF, MACH_PORT_NULL), KERN_INVALID_NAME);
	CHECK_KR(mach_port_destroy(SELF, MACH_PORT_DEAD), KERN_INVALID_NAME);
	CHECK_KR(mach_port_deallocate(SELF, MACH_PORT_NULL), KERN_INVALID_NAME);
	CHECK_KR(mach_port_deallocate(SELF, MACH_PORT_DEAD), KERN_INVALID_NAME);
	CHECK_KR(mach_port_deallocate(SELF, port_unused_name()), KERN_INVALID_NAME);
	CHECK_KR(mach_port_mod_refs(SELF, MACH_PORT_NULL, MACH_PORT_RIGHT_SEND, 0),
		 KERN_INVALID_NAME);
	CHECK_KR(mach_port_mod_refs(SELF, MACH_PORT_DEAD, MACH_PORT_RIGHT_SEND, -1),
		 KERN_INVALID_NAME);
}

static boolean_t listed(mach_port_t wanted, mach_port_type_t wanted_type)
{
	mach_port_array_t names = NULL;
	mach_port_type_array_t types = NULL;
	mach_msg_type_number_t count = 0;
	mach_msg_type_number_t types_count = 0;
	boolean_t found = FALSE;

	NEED_KR(mach_port_names(SELF, &names, &count, &types, &types_count));
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		found = found || (names[i] == wanted && types[i] == wanted_type);
	}
	NEED_KR(vm_deallocate(SELF, (vm_address_t)names, count * sizeof names[0]));
	NEED_KR(vm_deallocate(SELF, (vm_address_t)types, count * sizeof types[0]));
	return found && count == types_count;
}

static void check_names(void)
{
	mach_port_t port = port_new_send();
	mach_port_t once = port_make_send_once(port);
	mach_port_t set = set_new();
	mach_port_t dead = port_new_dead();

	CHECK(listed(port, MACH_PORT_TYPE_SEND_RECEIVE));
	CHECK(listed(once, MACH_PORT_TYPE_SEND_ONCE));
	CHECK(listed(set, MACH_PORT_TYPE_PORT_SET));
	CHECK(listed(dead, MACH_PORT_TYPE_DEAD_NAME));
	port_destroy(once);
	port_destroy(port);
	CHECK_EQ(port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME), 1);
	port_destroy(set);
	port_destroy(dead);
	CHECK(!listed(port, MACH_PORT_TYPE_SEND_RECEIVE));
}

/* In a child, whose name space ends with it: a name space keeps the room it once needed. */
static int make_many(void *argument)
{
	enum { COUNT = 2000 };
	static mach_port_t ports[COUNT];

	(void)argument;
	for (int i = 0; i < COUNT; i++) {
		CHECK_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &ports[i]),
			 KERN_SUCCESS);
	}
	for (int i = 0; i < COUNT; i += 2) {
		CHECK_KR(mach_port_destroy(SELF, ports[i]), KERN_SUCCESS);
	}
	for (int i = 0; i < COUNT; i += 2) {
		CHECK_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &ports[i]),
			 KERN_SUCCESS);
	}
	for (int i = 0; i < COUNT; i++) {
		CHECK_EQ(port_type(ports[i]), MACH_PORT_TYPE_RECEIVE);
		CHECK_KR(mach_port_destroy(SELF, ports[i]), KERN_SUCCESS);
	}
	return test_child_failures();
}

static void check_many(void)
{
	struct test_task child;

	test_group_begin("two thousand ports, every second destroyed and made again");
	test_task_create(&child, make_many, NULL);
	test_task_run(&child);
	CHECK_EQ(test_task_join(&child), 0);
	test_group_end();
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "ports");
	check_allocate();
	check_small_names();
	check_allocate_name();
	check_rename();
	check_null_and_dead();
	check_names();
	check_many();
	test_end();
}
