/* TEST: oracle=yes */
/* Two tasks: requests and replies, rights and memory across, what each sees when the other ends. */
#include "lib/msg.h"

#define SELF   mach_task_self()
#define SERVER TEST_CHILD_NAME(0)

enum { ID_ECHO = 100, ID_TAKE_RIGHT, ID_SUM, ID_KEEP, ID_GIVE, ID_QUIT };

static struct msg request;
static struct msg reply;

/* The child: answers requests on its receive right SERVER until it is told to quit. */
static int server(void *argument)
{
	mach_port_t kept = MACH_PORT_NULL;
	struct msg_item item;

	(void)argument;
	for (;;) {
		if (!CHECK_KR(msg_receive(&request, SERVER, 8000), MACH_MSG_SUCCESS)) {
			return 100;
		}
		msg_begin(&reply, request.head.msgh_remote_port,
			  MACH_MSGH_BITS_REMOTE(request.head.msgh_bits), MACH_PORT_NULL, 0,
			  request.head.msgh_id + 100);
		if (request.head.msgh_id == ID_ECHO) {
			msg_add_int(&reply, msg_item_int(&request) + 1);
		} else if (request.head.msgh_id == ID_TAKE_RIGHT) {
			mach_port_t right = msg_item_port(&request, MACH_MSG_TYPE_PORT_SEND);

			CHECK_KR(msg_send_id(right, MACH_MSG_TYPE_MOVE_SEND, 555),
				 MACH_MSG_SUCCESS);
		} else if (request.head.msgh_id == ID_SUM) {
			uint32_t sum = 0;

			CHECK(msg_item(&request, &item));
			for (unsigned int i = 0; i < item.number; i++) {
				sum += ((const uint8_t *)item.data)[i];
			}
			((uint8_t *)item.data)[0] = 0xff; /* ours to write now */
			NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)item.data,
					      item.number));
			msg_add_int(&reply, sum);
		} else if (request.head.msgh_id == ID_KEEP) {
			kept = msg_item_port(&request, MACH_MSG_TYPE_PORT_RECEIVE);
			CHECK_EQ(port_type(kept), MACH_PORT_TYPE_RECEIVE);
			CHECK_EQ(msg_receive_id(kept, 0), 556);
		} else if (request.head.msgh_id == ID_GIVE) {
			/* The send right goes first: it is made from the receive right. */
			msg_add_port(&reply, kept, MACH_MSG_TYPE_MAKE_SEND);
			msg_add_port(&reply, kept, MACH_MSG_TYPE_MOVE_RECEIVE);
		}
		CHECK_KR(msg_send(&reply), MACH_MSG_SUCCESS);
		if (request.head.msgh_id == ID_QUIT) {
			return test_child_failures();
		}
	}
}

/* Sends the request and receives what comes to its reply port. */
static mach_msg_return_t call(void)
{
	mach_msg_return_t result = mach_msg(&request.head, MACH_SEND_MSG, request.size, 0,
					    MACH_PORT_NULL, 0, MACH_PORT_NULL);

	if (result != MACH_MSG_SUCCESS) {
		return result;
	}
	return msg_receive(&reply, request.head.msgh_local_port, 8000);
}

static void begin(mach_port_t to, mach_port_t answer, mach_msg_id_t id)
{
	msg_begin(&request, to, MACH_MSG_TYPE_COPY_SEND, answer, MACH_MSG_TYPE_MAKE_SEND_ONCE, id);
}

static void check_echo(mach_port_t to, mach_port_t answer)
{
	test_group_begin("a thousand requests are answered");
	for (uint32_t i = 0; i < 1000; i++) {
		begin(to, answer, ID_ECHO);
		msg_add_int(&request, i);
		CHECK_KR(call(), MACH_MSG_SUCCESS);
		CHECK_EQ(reply.head.msgh_id, ID_ECHO + 100);
		CHECK_EQ(MACH_MSGH_BITS_LOCAL(reply.head.msgh_bits), MACH_MSG_TYPE_PORT_SEND_ONCE);
		CHECK_EQ(msg_item_int(&reply), i + 1);
	}
	test_group_end();
}

static void check_rights(mach_port_t to, mach_port_t answer)
{
	mach_port_t port = port_new();
	mach_port_t moved = port_new();
	mach_port_t name = MACH_PORT_NULL;

	begin(to, answer, ID_TAKE_RIGHT);
	msg_add_port(&request, port, MACH_MSG_TYPE_MAKE_SEND);
	CHECK_KR(call(), MACH_MSG_SUCCESS);
	CHECK_EQ(msg_receive_id(port, 0), 555);
	port_destroy(port);
	CHECK_KR(msg_send_id(moved, MACH_MSG_TYPE_MAKE_SEND, 556), MACH_MSG_SUCCESS);
	begin(to, answer, ID_KEEP);
	msg_add_port(&request, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	CHECK_KR(call(), MACH_MSG_SUCCESS);
	CHECK_EQ(port_type(moved), 0);
	begin(to, answer, ID_GIVE);
	CHECK_KR(call(), MACH_MSG_SUCCESS);
	name = msg_item_port(&reply, MACH_MSG_TYPE_PORT_SEND);
	CHECK_EQ(msg_item_port(&reply, MACH_MSG_TYPE_PORT_RECEIVE), name);
	CHECK_EQ(port_type(name), MACH_PORT_TYPE_SEND_RECEIVE);
	port_destroy(name);
}

static void check_memory(mach_port_t to, mach_port_t answer)
{
	enum { BYTES = 50000 };
	vm_address_t data = 0;
	uint32_t sum = 0;

	NEED_KR(vm_allocate(SELF, &data, BYTES, TRUE));
	for (unsigned int i = 0; i < BYTES; i++) {
		((uint8_t *)data)[i] = (uint8_t)(i * 3);
		sum += (uint8_t)(i * 3);
	}
	test_group_begin("fifty thousand bytes out of line, copied ten times, then moved");
	for (int i = 0; i <= 10; i++) {
		begin(to, answer, ID_SUM);
		msg_add_ool_long(&request, MACH_MSG_TYPE_BYTE, 8, BYTES, (void *)data, i == 10);
		CHECK_KR(call(), MACH_MSG_SUCCESS);
		CHECK_EQ(msg_item_int(&reply), sum);
	}
	test_group_end();
}

static void check_served(void)
{
	struct test_task child;
	mach_port_t service = port_new_send();
	mach_port_t answer = port_new();

	test_task_create(&child, server, NULL);
	test_task_give(&child, SERVER, service, MACH_MSG_TYPE_MOVE_RECEIVE);
	test_task_run(&child);
	check_echo(service, answer);
	check_rights(service, answer);
	check_memory(service, answer);
	begin(service, answer, ID_QUIT);
	CHECK_KR(call(), MACH_MSG_SUCCESS);
	CHECK_EQ(test_task_join(&child), 0);
	CHECK(TEST_WAIT_UNTIL(port_type(service) == MACH_PORT_TYPE_DEAD_NAME));
	begin(service, answer, ID_ECHO);
	CHECK_KR(call(), MACH_SEND_INVALID_DEST);
	port_destroy(service);
	port_destroy(answer);
}

/* A server that ends with requests in its queue: each send-once right to answer by is used up. */
static void check_server_dies(void)
{
	struct test_task child;
	mach_port_t service = port_new_send();
	mach_port_t answer = port_new();

	test_task_create(&child, server, NULL);
	test_task_give(&child, SERVER, service, MACH_MSG_TYPE_MOVE_RECEIVE);
	test_group_begin("three requests nobody will answer");
	for (int i = 0; i < 3; i++) {
		begin(service, answer, ID_ECHO);
		msg_add_port(&request, answer, MACH_MSG_TYPE_MAKE_SEND_ONCE);
		CHECK_KR(msg_send(&request), MACH_MSG_SUCCESS);
	}
	CHECK_EQ(port_status(answer).mps_sorights, 6);
	test_task_kill(&child);
	for (int i = 0; i < 6; i++) {
		CHECK_EQ(msg_receive_id(answer, 5000), MACH_NOTIFY_SEND_ONCE);
	}
	test_group_end();
	CHECK_EQ(port_status(answer).mps_sorights, 0);
	CHECK_EQ(port_type(service), MACH_PORT_TYPE_DEAD_NAME);
	port_destroy(service);
	port_destroy(answer);
}

/* A client that holds the only send right and ends: the server is told that no senders are left. */
static void check_client_dies(void)
{
	struct test_task child;
	mach_port_t service = port_new();
	mach_port_t notify = port_new();
	mach_port_t previous = MACH_PORT_NULL;

	test_task_create(&child, server, NULL);
	test_task_give(&child, SERVER, service, MACH_MSG_TYPE_MAKE_SEND);
	NEED_KR(mach_port_request_notification(SELF, service, MACH_NOTIFY_NO_SENDERS, 0, notify,
					       MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	CHECK_EQ(msg_receive_id(notify, 0), -1);
	test_task_kill(&child);
	CHECK_EQ(msg_receive_id(notify, 5000), MACH_NOTIFY_NO_SENDERS);
	port_destroy(service);
	port_destroy(notify);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "two_tasks");
	check_served();
	check_server_dies();
	check_client_dies();
	test_end();
}
