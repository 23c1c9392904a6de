/* TEST: oracle=yes */
/* Port rights in a message's body: every disposition, arrays inline and out of line, bad ones. */
#include "lib/msg.h"

#define SELF mach_task_self()

static mach_port_t port; /* carries the messages */
static struct msg msg;

static void begin(void)
{
	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
}

static void send_and_receive(void)
{
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_bits,
		 MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND));
}

static void check_dispositions(void)
{
	mach_port_t right = port_new();
	mach_port_t once = MACH_PORT_NULL;

	begin();
	msg_add_port(&msg, right, MACH_MSG_TYPE_MAKE_SEND);
	send_and_receive();
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND), right);
	CHECK_EQ(port_refs(right, MACH_PORT_RIGHT_SEND), 1);
	begin();
	msg_add_port(&msg, right, MACH_MSG_TYPE_COPY_SEND);
	send_and_receive();
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND), right);
	CHECK_EQ(port_refs(right, MACH_PORT_RIGHT_SEND), 2);
	begin();
	msg_add_port(&msg, right, MACH_MSG_TYPE_MOVE_SEND);
	send_and_receive();
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND), right);
	CHECK_EQ(port_refs(right, MACH_PORT_RIGHT_SEND), 2);
	begin();
	msg_add_port(&msg, right, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	send_and_receive();
	once = msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND_ONCE);
	CHECK_EQ(port_type(once), MACH_PORT_TYPE_SEND_ONCE);
	begin();
	msg_add_port(&msg, once, MACH_MSG_TYPE_MOVE_SEND_ONCE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(once), 0);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	once = msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND_ONCE);
	CHECK_EQ(port_type(once), MACH_PORT_TYPE_SEND_ONCE);
	port_destroy(once);
	CHECK_EQ(msg_receive_id(right, 0), MACH_NOTIFY_SEND_ONCE);
	begin();
	msg_add_port(&msg, right, MACH_MSG_TYPE_MOVE_RECEIVE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(right), MACH_PORT_TYPE_SEND);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_RECEIVE), right);
	CHECK_EQ(port_type(right), MACH_PORT_TYPE_SEND_RECEIVE);
	port_destroy(right);
}

static void check_null_and_dead(void)
{
	mach_port_t dead = port_new_dead();

	NEED_KR(mach_port_mod_refs(SELF, dead, MACH_PORT_RIGHT_DEAD_NAME, 2));
	begin();
	msg_add_port(&msg, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND);
	msg_add_port(&msg, MACH_PORT_DEAD, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	msg_add_port(&msg, dead, MACH_MSG_TYPE_COPY_SEND);
	msg_add_port(&msg, dead, MACH_MSG_TYPE_MOVE_SEND);
	msg_add_port(&msg, dead, MACH_MSG_TYPE_MOVE_SEND_ONCE);
	send_and_receive();
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND), MACH_PORT_NULL);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND_ONCE), MACH_PORT_DEAD);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND), MACH_PORT_DEAD);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND), MACH_PORT_DEAD);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND_ONCE), MACH_PORT_DEAD);
	CHECK_EQ(port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME), 1);
	port_destroy(dead);
}

/* Rights whose port dies while they travel arrive as the dead port. */
static void check_death_in_transit(void)
{
	mach_port_t right = port_new();

	begin();
	msg_add_port(&msg, right, MACH_MSG_TYPE_MAKE_SEND);
	msg_add_port(&msg, right, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	port_destroy(right);
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND), MACH_PORT_DEAD);
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND_ONCE), MACH_PORT_DEAD);
	CHECK_EQ(port_type(right), 0);
}

/* Names that are not what the disposition needs. */
static void check_wrong_kind(void)
{
	mach_port_t set = set_new();
	mach_port_t right = port_new();
	mach_port_t dead = port_new_dead();
	const struct {
		mach_port_t name;
		mach_msg_type_name_t disposition;
	} wrong[] = {
		{set, MACH_MSG_TYPE_MOVE_RECEIVE},     {set, MACH_MSG_TYPE_MAKE_SEND},
		{set, MACH_MSG_TYPE_COPY_SEND},        {dead, MACH_MSG_TYPE_MOVE_RECEIVE},
		{dead, MACH_MSG_TYPE_MAKE_SEND},       {dead, MACH_MSG_TYPE_MAKE_SEND_ONCE},
		{right, MACH_MSG_TYPE_COPY_SEND},      {right, MACH_MSG_TYPE_MOVE_SEND},
		{right, MACH_MSG_TYPE_MOVE_SEND_ONCE}, {SELF, MACH_MSG_TYPE_MAKE_SEND},
		{SELF, MACH_MSG_TYPE_MOVE_RECEIVE},    {4999, MACH_MSG_TYPE_COPY_SEND},
		{4999, MACH_MSG_TYPE_MAKE_SEND},       {4999, MACH_MSG_TYPE_MOVE_RECEIVE},
	};

	test_group_begin("a name that is not of the disposition's kind is an invalid right");
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		begin();
		msg_add_port(&msg, wrong[i].name, wrong[i].disposition);
		if (!CHECK_KR(msg_send(&msg), MACH_SEND_INVALID_RIGHT)) {
			test_note("  case %d", (int)i);
			(void)msg_receive_id(port, 0);
		}
	}
	test_group_end();
	CHECK_EQ(port_type(set), MACH_PORT_TYPE_PORT_SET);
	CHECK_EQ(port_type(right), MACH_PORT_TYPE_RECEIVE);
	CHECK_EQ(port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME), 1);
	port_destroy(set);
	port_destroy(right);
	port_destroy(dead);
}

enum { ARRAY = 50 };

static void check_array(boolean_t is_inline, boolean_t is_long)
{
	static mach_port_t names[ARRAY];
	struct msg_item item;

	for (int i = 0; i < ARRAY; i++) {
		names[i] = i % 10 == 3 ? MACH_PORT_NULL : port_new();
	}
	begin();
	if (is_inline) {
		(is_long ? msg_add_long : msg_add)(&msg, MACH_MSG_TYPE_MAKE_SEND, 32, ARRAY, names);
	} else {
		(is_long ? msg_add_ool_long : msg_add_ool)(&msg, MACH_MSG_TYPE_MAKE_SEND, 32, ARRAY,
							   names, FALSE);
	}
	msg_add_int(&msg, 4711);
	send_and_receive();
	CHECK(msg_item(&msg, &item));
	CHECK_EQ(item.name, MACH_MSG_TYPE_PORT_SEND);
	CHECK_EQ(item.size_bits, 32);
	CHECK_EQ(item.number, ARRAY);
	CHECK_EQ(item.is_inline, is_inline);
	CHECK_EQ(item.is_long, is_long);
	CHECK_EQ(msg_item_int(&msg), 4711);
	test_group_begin("fifty rights arrive in order, null ones too");
	for (int i = 0; i < ARRAY; i++) {
		CHECK_EQ(((const mach_port_t *)item.data)[i], names[i]);
		if (names[i] != MACH_PORT_NULL) {
			CHECK_EQ(port_type(names[i]), MACH_PORT_TYPE_SEND_RECEIVE);
			port_destroy(names[i]);
		}
	}
	test_group_end();
	if (!is_inline) {
		NEED_KR(vm_deallocate(SELF, (vm_address_t)item.data, ARRAY * sizeof names[0]));
	}
}

/*
 * A bad right after good ones.  A kernel may give the good ones back, or destroy them as if the
 * message had been received and dropped (GNU Mach does); but each is in one place afterwards.
 */
static void check_bad_after_moved(void)
{
	mach_port_t good = port_new_send();
	mach_port_t once = port_make_send_once(good);
	boolean_t kept = FALSE;

	begin();
	msg_add_port(&msg, good, MACH_MSG_TYPE_MOVE_SEND);
	msg_add_port(&msg, once, MACH_MSG_TYPE_MOVE_SEND_ONCE);
	msg_add_port(&msg, 4999, MACH_MSG_TYPE_COPY_SEND);
	CHECK_KR(msg_send(&msg), MACH_SEND_INVALID_RIGHT);
	kept = port_type(once) == MACH_PORT_TYPE_SEND_ONCE;
	CHECK_EQ(port_refs(good, MACH_PORT_RIGHT_SEND), kept ? 1 : 0);
	CHECK_EQ(port_status(good).mps_msgcount, kept ? 0 : 1);
	CHECK_EQ(port_status(good).mps_sorights, 1);
	if (kept) {
		port_destroy(once);
	}
	CHECK_EQ(msg_receive_id(good, 0), MACH_NOTIFY_SEND_ONCE);
	port_destroy(good);
}

static void check_bad_after_copied(void)
{
	mach_port_t good = port_new_send();
	mach_port_t names[3] = {good, good, 4999};

	begin();
	msg_add_ool(&msg, MACH_MSG_TYPE_COPY_SEND, 32, 3, names, FALSE);
	CHECK_KR(msg_send(&msg), MACH_SEND_INVALID_RIGHT);
	begin();
	msg_add(&msg, MACH_MSG_TYPE_MAKE_SEND, 32, 3, names);
	CHECK_KR(msg_send(&msg), MACH_SEND_INVALID_RIGHT);
	begin();
	msg_add_long(&msg, MACH_MSG_TYPE_MAKE_SEND_ONCE, 32, 3, names);
	CHECK_KR(msg_send(&msg), MACH_SEND_INVALID_RIGHT);
	CHECK_EQ(port_type(good), MACH_PORT_TYPE_SEND_RECEIVE);
	CHECK_EQ(port_refs(good, MACH_PORT_RIGHT_SEND), 1);
	CHECK_EQ(port_status(port).mps_msgcount, 0);
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	port_destroy(good);
}

/* The same receive right twice. */
static void check_receive_twice(void)
{
	mach_port_t good = port_new();
	mach_port_t names[2] = {good, good};

	begin();
	msg_add(&msg, MACH_MSG_TYPE_MOVE_RECEIVE, 32, 2, names);
	CHECK_KR(msg_send(&msg), MACH_SEND_INVALID_RIGHT);
	CHECK(port_type(good) == 0 || port_type(good) == MACH_PORT_TYPE_RECEIVE);
	if (port_type(good) != 0) {
		port_destroy(good);
	}
	CHECK_EQ(port_status(port).mps_msgcount, 0);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "body_rights");
	port = port_new_send();
	check_dispositions();
	check_null_and_dead();
	check_death_in_transit();
	check_wrong_kind();
	check_array(TRUE, FALSE);
	check_array(TRUE, TRUE);
	check_array(FALSE, FALSE);
	check_array(FALSE, TRUE);
	check_bad_after_moved();
	check_bad_after_copied();
	check_receive_twice();
	port_destroy(port);
	test_end();
}
