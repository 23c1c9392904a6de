/* TEST: oracle=no mem=128 timeout=60 */
/* The kernel has no message left: sends are refused, and a call that got one through is answered by
   an error, not by silence. */
#include "lib/msg.h"

#define SELF      mach_task_self()
#define PORT_TYPE 3201

/* Send-once rights are not counted against a queue's limit. */
static uint32_t fill(mach_port_t port)
{
	struct msg msg;
	uint32_t sent = 0;
	mach_msg_return_t result = MACH_MSG_SUCCESS;

	while (result == MACH_MSG_SUCCESS) {
		msg_begin(&msg, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, MACH_PORT_NULL, 0, 1);
		result = msg_send(&msg);
		sent += result == MACH_MSG_SUCCESS;
	}
	CHECK_KR(result, MACH_SEND_NO_BUFFER);
	return sent;
}

static void fault(void *argument)
{
	*(volatile int *)argument = 1;
}

/* A thread waits for the answer to its exception; the message dies with its port, and there is no
   memory to say so by a notification. The thread asks the next port all the same. */
static void check_exception(void)
{
	static struct msg msg;
	struct test_exception message;
	struct test_thread thread;
	mach_port_t port = port_new();
	mach_port_t handler = port_new_send();
	mach_port_t second = port_new_send();
	mach_port_t usual = MACH_PORT_NULL;

	NEED_KR(task_get_special_port(SELF, TASK_EXCEPTION_PORT, &usual));
	NEED_KR(task_set_special_port(SELF, TASK_EXCEPTION_PORT, second));
	test_thread_create(&thread, fault, (void *)0x10);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, handler));
	NEED_KR(thread_resume(thread.port));
	CHECK(TEST_WAIT_UNTIL(port_status(handler).mps_msgcount == 1));
	(void)fill(port);
	/* Two are free: for the call that destroys the handler, and its answer. */
	NEED_KR(msg_receive(&msg, port, 0));
	NEED_KR(msg_receive(&msg, port, 0));
	CHECK_KR(mach_port_destroy(SELF, handler), KERN_SUCCESS);
	CHECK_KR(test_exception_receive(second, &message, 1000), MACH_MSG_SUCCESS);
	while (msg_receive(&msg, port, 0) == MACH_MSG_SUCCESS) {
	}
	NEED_KR(task_set_special_port(SELF, TASK_EXCEPTION_PORT, usual));
	NEED_KR(mach_port_deallocate(SELF, usual));
	NEED_KR(thread_terminate(thread.port));
	test_exception_drop(&message);
	test_thread_kill(&thread);
	port_destroy(second);
	port_destroy(port);
}

int main(int argc, char **argv)
{
	struct msg msg;
	mach_port_t port = MACH_PORT_NULL;
	mach_port_t reply = MACH_PORT_NULL;
	uint32_t name = 0;
	uint32_t left = 0;

	test_begin(argc, argv, "limits_messages");
	port = port_new();
	reply = port_new();
	name = port;
	left = fill(port);
	test_note("%u messages", left);
	CHECK(left > 1000);
	/* One is free for a request, and then none for its answer. */
	CHECK_KR(msg_receive(&msg, port, 0), MACH_MSG_SUCCESS);
	msg_begin(&msg, SELF, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  PORT_TYPE);
	msg_add(&msg, MACH_MSG_TYPE_PORT_NAME, 32, 1, &name);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, reply, 500), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, PORT_TYPE + 100);
	CHECK_KR((kern_return_t)msg_item_int(&msg), KERN_RESOURCE_SHORTAGE);
	/* The same with something to give back. */
	msg_begin(&msg, SELF, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  PORT_TYPE);
	msg_add_port(&msg, reply, MACH_MSG_TYPE_MAKE_SEND);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, reply, 500), MACH_MSG_SUCCESS);
	CHECK_KR((kern_return_t)msg_item_int(&msg), KERN_RESOURCE_SHORTAGE);
	while (msg_receive(&msg, port, 0) == MACH_MSG_SUCCESS) {
		left--;
	}
	CHECK_EQ(left, 1);
	CHECK(!port_status(reply).mps_srights);
	port_destroy(port);
	port_destroy(reply);
	check_exception();
	test_end();
}
