/* TEST: oracle=no */
/* To which of a task's own receive rights does a right lead (masix_port_receiver)? */
#include "lib/msg.h"
#include "lib/tasks.h"
#include <gen/masix_host.h>

#define SELF mach_task_self()

static kern_return_t receiver(mach_port_t name, mach_port_t *own)
{
	*own = 0xeeee;
	return masix_port_receiver(SELF, name, own);
}

static void check_own(void)
{
	mach_port_t port = port_new_send();
	mach_port_t once = port_make_send_once(port);
	mach_port_t again = port_make_send_once(port);
	mach_port_t own = 0;

	CHECK_KR(receiver(port, &own), KERN_SUCCESS);
	CHECK_EQ(own, port);
	CHECK(once != port && again != once);
	CHECK_KR(receiver(once, &own), KERN_SUCCESS);
	CHECK_EQ(own, port);
	CHECK_KR(receiver(again, &own), KERN_SUCCESS);
	CHECK_EQ(own, port);
	/* Asking costs no right. */
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	CHECK_EQ(port_refs(once, MACH_PORT_RIGHT_SEND_ONCE), 1);
	NEED_KR(mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_RECEIVE, -1));
	CHECK_KR(receiver(once, &own), KERN_INVALID_RIGHT);
	port_destroy(port);
	port_destroy(once);
	port_destroy(again);
}

static void check_elsewhere(void)
{
	mach_port_t task = MACH_PORT_NULL;
	mach_port_t carrier = port_new_send();
	mach_port_t port = port_new_send();
	mach_port_t once = port_make_send_once(port);
	mach_port_t own = 0;
	struct msg msg;

	msg_begin(&msg, carrier, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	NEED_KR(msg_send(&msg));
	CHECK_KR(receiver(once, &own), KERN_SUCCESS);
	CHECK_EQ(own, MACH_PORT_NULL); /* in a message */
	NEED_KR(msg_receive(&msg, carrier, 0));
	CHECK_KR(receiver(once, &own), KERN_SUCCESS);
	CHECK_EQ(own, port);
	NEED_KR(task_create(SELF, FALSE, &task));
	NEED_KR(mach_port_insert_right(task, TEST_CHILD_NAME(0), port, MACH_MSG_TYPE_MOVE_RECEIVE));
	CHECK_KR(receiver(once, &own), KERN_SUCCESS);
	CHECK_EQ(own, MACH_PORT_NULL); /* another task's */
	CHECK_KR(receiver(port, &own), KERN_SUCCESS);
	CHECK_EQ(own, MACH_PORT_NULL);
	/* Asked for the other task, with its port. */
	CHECK_KR(masix_port_receiver(task, TEST_CHILD_NAME(0), &own), KERN_SUCCESS);
	CHECK_EQ(own, TEST_CHILD_NAME(0));
	NEED_KR(task_terminate(task));
	CHECK_KR(receiver(once, &own), KERN_INVALID_RIGHT);
	port_destroy(port);
	port_destroy(once);
	port_destroy(carrier);
	port_destroy(task);
}

static void check_errors(void)
{
	mach_port_t set = MACH_PORT_NULL;
	mach_port_t own = 0;

	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_PORT_SET, &set));
	CHECK_KR(receiver(set, &own), KERN_INVALID_RIGHT);
	CHECK_KR(receiver(SELF, &own), KERN_FAILURE); /* the kernel's */
	CHECK_KR(receiver(host_priv, &own), KERN_FAILURE);
	CHECK_KR(receiver(MACH_PORT_NULL, &own), KERN_INVALID_NAME);
	CHECK_KR(receiver(MACH_PORT_DEAD, &own), KERN_INVALID_NAME);
	CHECK_KR(receiver(0x7ffff, &own), KERN_INVALID_NAME);
	CHECK_KR(masix_port_receiver(set, set, &own), MACH_SEND_INVALID_DEST);
	port_destroy(set);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "masix_receiver");
	check_own();
	check_elsewhere();
	check_errors();
	test_end();
}
