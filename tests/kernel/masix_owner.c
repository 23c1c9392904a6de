/* TEST: oracle=no */
/* Who holds a receive right, and from which image a task was loaded (masix_port_owner, the digest).
 */
#include "lib/msg.h"
#include <gen/masix_host.h>

#define SELF mach_task_self()

static masix_digest_t image;
static masix_digest_t other_image;
static masix_digest_t zero;
static int64_t self_number;

static kern_return_t owner(mach_port_t host, mach_port_t port, int64_t *number,
			   masix_digest_t digest)
{
	*number = -1;
	memset(digest, 0xee, MASIX_DIGEST_BYTES);
	return masix_port_owner(host, port, MACH_MSG_TYPE_COPY_SEND, number, digest);
}

static boolean_t digest_is(mach_port_t task, const masix_digest_t expected)
{
	int64_t number = -1;
	masix_digest_t digest;
	natural_t used = 0;
	natural_t limit = 0;

	NEED_KR(masix_task_get_info(host_priv, task, &number, digest, &used, &limit));
	return memcmp(digest, expected, MASIX_DIGEST_BYTES) == 0;
}

/* Moves a port's receive right into a message that waits at "carrier". */
static void send_receive_right(mach_port_t carrier, mach_port_t port)
{
	struct msg msg;

	msg_begin(&msg, carrier, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	NEED_KR(msg_send(&msg));
}

static void check_own(void)
{
	mach_port_t port = port_new_send();
	mach_port_t dead = port_new_dead();
	int64_t number = 0;
	masix_digest_t digest;
	natural_t used = 0;
	natural_t limit = 0;

	CHECK_KR(masix_task_get_info(host_priv, SELF, &self_number, digest, &used, &limit),
		 KERN_SUCCESS);
	CHECK(self_number > 0);
	CHECK(used > 0);
	CHECK_EQ(limit, 0xffffffffu);
	CHECK(memcmp(digest, zero, sizeof zero) == 0);
	CHECK_KR(owner(host_priv, port, &number, digest), KERN_SUCCESS);
	CHECK(number == self_number);
	CHECK(memcmp(digest, zero, sizeof zero) == 0);
	/* Asking costs no right. */
	CHECK_EQ(port_refs(port, MACH_PORT_RIGHT_SEND), 1);
	/* The name of the host is not the privileged port. */
	CHECK_KR(owner(mach_host_self(), port, &number, digest), KERN_INVALID_HOST);
	CHECK_KR(owner(SELF, port, &number, digest), KERN_INVALID_HOST);
	/* The kernel's own ports, nothing, and the dead. */
	CHECK_KR(owner(host_priv, SELF, &number, digest), KERN_FAILURE);
	CHECK_KR(owner(host_priv, host_priv, &number, digest), KERN_FAILURE);
	CHECK_KR(owner(host_priv, MACH_PORT_NULL, &number, digest), KERN_INVALID_RIGHT);
	CHECK_KR(owner(host_priv, dead, &number, digest), KERN_INVALID_RIGHT);
	port_destroy(port);
	port_destroy(dead);
}

static void check_transit(void)
{
	mach_port_t carrier = port_new_send();
	mach_port_t port = port_new_send();
	struct msg msg;
	int64_t number = 0;
	masix_digest_t digest;

	send_receive_right(carrier, port);
	CHECK_KR(owner(host_priv, port, &number, digest), KERN_FAILURE);
	NEED_KR(msg_receive(&msg, carrier, 0));
	(void)msg_item_port(&msg, MACH_MSG_TYPE_PORT_RECEIVE);
	CHECK_KR(owner(host_priv, port, &number, digest), KERN_SUCCESS);
	CHECK(number == self_number);
	port_destroy(port);
	port_destroy(carrier);
}

/* A task that never runs: its rights are what we put there. */
static mach_port_t task_new(void)
{
	mach_port_t task = MACH_PORT_NULL;

	NEED_KR(task_create(SELF, FALSE, &task));
	return task;
}

static void task_end(mach_port_t task)
{
	NEED_KR(task_terminate(task));
	NEED_KR(mach_port_deallocate(SELF, task));
}

static void check_other_task(void)
{
	mach_port_t task = task_new();
	mach_port_t port = port_new_send();
	int64_t first = 0;
	int64_t second = 0;
	masix_digest_t digest;

	CHECK_KR(masix_task_set_digest(mach_host_self(), task, image), KERN_INVALID_HOST);
	CHECK_KR(masix_task_set_digest(host_priv, port, image), KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_task_set_digest(host_priv, task, image), KERN_SUCCESS);
	CHECK(digest_is(task, image));
	CHECK_KR(masix_task_set_digest(host_priv, task, other_image), KERN_NAME_EXISTS);
	CHECK(digest_is(task, image));
	NEED_KR(mach_port_insert_right(task, TEST_CHILD_NAME(0), port, MACH_MSG_TYPE_MOVE_RECEIVE));
	CHECK_KR(owner(host_priv, port, &first, digest), KERN_SUCCESS);
	CHECK(first != self_number);
	CHECK(memcmp(digest, image, sizeof image) == 0);
	task_end(task);
	CHECK_KR(owner(host_priv, port, &second, digest), KERN_INVALID_RIGHT);
	port_destroy(port);
	/* A number is not used again. */
	task = task_new();
	port = port_new_send();
	NEED_KR(mach_port_insert_right(task, TEST_CHILD_NAME(0), port, MACH_MSG_TYPE_MOVE_RECEIVE));
	CHECK_KR(owner(host_priv, port, &second, digest), KERN_SUCCESS);
	CHECK(second > first);
	CHECK(memcmp(digest, zero, sizeof zero) == 0);
	task_end(task);
	port_destroy(port);
}

static void check_not_inherited(void)
{
	mach_port_t parent = task_new();
	mach_port_t child = MACH_PORT_NULL;

	NEED_KR(masix_task_set_digest(host_priv, parent, image));
	NEED_KR(task_create(parent, TRUE, &child));
	CHECK(digest_is(child, zero));
	CHECK_KR(masix_task_set_digest(host_priv, child, other_image), KERN_SUCCESS);
	CHECK(digest_is(child, other_image));
	CHECK(digest_is(parent, image));
	task_end(child);
	task_end(parent);
}

static int wait_forever(void *argument)
{
	(void)argument;
	for (;;) {
		test_sleep_ms(1000);
	}
	return 0;
}

/* Before its first thread runs, and never after: not even while it is stopped again, or empty. */
static void check_before_it_runs(void)
{
	struct test_task task;

	test_task_create(&task, wait_forever, NULL);
	CHECK_KR(masix_task_set_digest(host_priv, task.task, image), KERN_SUCCESS);
	test_task_run(&task);
	CHECK(test_wait_blocked(task.thread));
	CHECK(digest_is(task.task, image));
	test_task_kill(&task);

	test_task_create(&task, wait_forever, NULL);
	test_task_run(&task);
	CHECK(test_wait_blocked(task.thread));
	CHECK_KR(masix_task_set_digest(host_priv, task.task, image), KERN_NAME_EXISTS);
	NEED_KR(task_suspend(task.task));
	CHECK_KR(masix_task_set_digest(host_priv, task.task, image), KERN_NAME_EXISTS);
	NEED_KR(thread_terminate(task.thread));
	CHECK_KR(masix_task_set_digest(host_priv, task.task, image), KERN_NAME_EXISTS);
	CHECK(digest_is(task.task, zero));
	test_task_kill(&task);
}

/* Its own task and the one that wrote the digest may hold its control port; nobody else. */
static void check_cleared(void)
{
	mach_port_t task = task_new();
	mach_port_t third = task_new();
	mach_port_t port = port_new_send();
	struct msg msg;

	NEED_KR(masix_task_set_digest(host_priv, task, image));
	NEED_KR(mach_port_insert_right(task, TEST_CHILD_NAME(1), task, MACH_MSG_TYPE_COPY_SEND));
	CHECK(digest_is(task, image));
	/* Through a message to ourselves: still ours alone. */
	msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 1);
	msg_add_port(&msg, task, MACH_MSG_TYPE_COPY_SEND);
	NEED_KR(msg_send(&msg));
	NEED_KR(msg_receive(&msg, port, 0));
	CHECK_EQ(msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND), task);
	NEED_KR(mach_port_deallocate(SELF, task));
	CHECK(digest_is(task, image));
	NEED_KR(mach_port_insert_right(third, TEST_CHILD_NAME(2), task, MACH_MSG_TYPE_COPY_SEND));
	CHECK(digest_is(task, zero));
	/* And is not written again. */
	CHECK_KR(masix_task_set_digest(host_priv, task, image), KERN_NAME_EXISTS);
	task_end(third);
	task_end(task);
	port_destroy(port);
}

/* In the child: takes the message that carries a task's port, and tells that it has. */
static int take_message(void *argument)
{
	(void)argument;
	return msg_receive_id(TEST_CHILD_NAME(0), 5000) == 42 ? 0 : 1;
}

static void check_cleared_by_message(boolean_t as_reply_port)
{
	struct test_task third;
	mach_port_t task = task_new();
	mach_port_t port = port_new_send();
	struct msg msg;

	NEED_KR(masix_task_set_digest(host_priv, task, image));
	test_task_create(&third, take_message, NULL);
	test_task_give(&third, TEST_CHILD_NAME(0), port, MACH_MSG_TYPE_MOVE_RECEIVE);
	if (as_reply_port) {
		msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, task, MACH_MSG_TYPE_COPY_SEND, 42);
	} else {
		msg_begin(&msg, port, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, 42);
		msg_add_port(&msg, task, MACH_MSG_TYPE_COPY_SEND);
	}
	NEED_KR(msg_send(&msg));
	CHECK(digest_is(task, image)); /* on its way it is in no space */
	test_task_run(&third);
	CHECK_EQ(test_task_join(&third), 0);
	CHECK(digest_is(task, zero));
	task_end(task);
	port_destroy(port);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "masix_owner");
	for (int i = 0; i < MASIX_DIGEST_BYTES; i++) {
		image[i] = (unsigned char)(i + 1);
		other_image[i] = (unsigned char)(0x80 + i);
	}
	check_own();
	check_transit();
	check_other_task();
	check_not_inherited();
	check_before_it_runs();
	check_cleared();
	check_cleared_by_message(FALSE);
	check_cleared_by_message(TRUE);
	test_end();
}
