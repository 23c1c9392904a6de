/* TEST: oracle=no
 * kernel-args=padding=01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789
 */
/* Devices and the host asked in ways that nobody needs: reads whose answers go to the device
   itself, reads of nothing, a command line longer than a small message. */
#include "lib/msg.h"
#include <gen/device.h>
#include <gen/mach_host.h>
#include <gen/mach_i386.h>
#include <masix/console_capture.h>

#define SELF          mach_task_self()
#define GET_NAME      4214
#define READ_INBAND   2805
#define GET_BOOT_INFO 2642

static void read_begin(struct msg *msg, mach_port_t device, mach_port_t reply,
		       mach_msg_type_name_t type, uint32_t bytes)
{
	msg_begin(msg, device, MACH_MSG_TYPE_COPY_SEND, reply, type, READ_INBAND);
	msg_add_int(msg, 0);
	msg_add_int(msg, 0);
	msg_add_int(msg, bytes);
}

/* Reads all there is of the kernel's log. */
static void log_drain(mach_port_t device)
{
	io_buf_ptr_inband_t text;
	mach_msg_type_number_t count = 0;

	do {
		count = sizeof text;
	} while (device_read_inband(device, D_NOWAIT, 0, sizeof text, text, &count) ==
		 KERN_SUCCESS);
}

/* Two reads wait; the answer to the first takes the device's last right along, which ends the
 * other. */
static void check_answers_to_itself(void)
{
	struct msg msg;
	mach_port_t device = MACH_PORT_NULL;
	mach_port_t replies[3];

	NEED_KR(device_open(device_master, D_READ, "kmsg", &device));
	log_drain(device);
	read_begin(&msg, device, device, MACH_MSG_TYPE_COPY_SEND, 64);
	NEED_KR(msg_send(&msg)); /* no checks here: what they print would be read */
	for (int i = 0; i < 3; i++) {
		replies[i] = port_new();
		read_begin(&msg, device, replies[i], MACH_MSG_TYPE_MAKE_SEND_ONCE, 64);
		NEED_KR(msg_send(&msg));
	}
	NEED_KR(mach_port_deallocate(SELF, device));
	test_note("this line is what the reads wait for");
	for (int i = 0; i < 3; i++) {
		CHECK_KR(msg_receive(&msg, replies[i], 1000), MACH_MSG_SUCCESS);
		CHECK_KR((kern_return_t)msg_item_int(&msg), D_DEVICE_DOWN);
		port_destroy(replies[i]);
	}
}

/* Nothing is there at once. */
static void check_read_nothing(void)
{
	struct msg msg;
	mach_port_t device = MACH_PORT_NULL;
	mach_port_t reply = port_new();

	NEED_KR(device_open(device_master, D_READ, "kmsg", &device));
	log_drain(device);
	read_begin(&msg, device, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE, 0);
	NEED_KR(msg_send(&msg));
	CHECK_KR(msg_receive(&msg, reply, 1000), MACH_MSG_SUCCESS);
	CHECK_KR((kern_return_t)msg_item_int(&msg), D_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, device));
	port_destroy(reply);
}

/* The answer has room for 4 KB of text, and all of it is the kernel's to give. */
static void check_boot_info(void)
{
	static struct msg msg;
	const char *info = (const char *)msg.body + 20; /* behind the result and a long type */
	mach_port_t reply = port_new();
	size_t length = 0;
	boolean_t clean = TRUE;

	msg_begin(&msg, host_priv, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  GET_BOOT_INFO);
	NEED_KR(msg_send(&msg));
	memset(msg.body, 0x55, sizeof msg.body);
	CHECK_KR(msg_receive(&msg, reply, 1000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_size, sizeof msg.head + 20 + KERNEL_BOOT_INFO_MAX);
	length = strlen(info);
	CHECK(length > 256 && length < KERNEL_BOOT_INFO_MAX);
	for (size_t i = length; i < KERNEL_BOOT_INFO_MAX; i++) {
		clean = clean && info[i] == 0;
	}
	port_destroy(reply);
	CHECK(clean);
}

/* Leaves what a message carried in the memory that the next one gets. */
static void memory_mark(mach_port_t port)
{
	static struct msg msg;
	uint32_t marks[48];

	memset(marks, 0xaa, sizeof marks);
	msg_begin(&msg, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, MACH_PORT_NULL, 0, 1);
	msg_add(&msg, MACH_MSG_TYPE_INTEGER_32, 32, 48, marks);
	for (int i = 0; i < 3; i++) {
		struct msg copy = msg;

		NEED_KR(msg_send(&copy));
	}
	for (int i = 0; i < 3; i++) {
		NEED_KR(msg_receive(&msg, port, 0));
	}
}

/* Text is padded to a word: with nothing that others have written. */
static void check_padding(void)
{
	static struct msg msg;
	mach_port_t port = port_new();
	mach_port_t reply = port_new();
	mach_port_t device = MACH_PORT_NULL;
	mach_port_t thread = mach_thread_self();

	memory_mark(port);
	msg_begin(&msg, thread, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  GET_NAME);
	NEED_KR(msg_send(&msg));
	CHECK_KR(msg_receive(&msg, reply, 1000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_size, sizeof msg.head + 8 + 4 + 4);
	CHECK_EQ(*(uint32_t *)(void *)&msg.body[12], 0);
	NEED_KR(mach_port_deallocate(SELF, thread));

	NEED_KR(device_open(device_master, D_READ, "kmsg", &device));
	memory_mark(port);
	read_begin(&msg, device, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE, 1);
	NEED_KR(msg_send(&msg));
	CHECK_KR(msg_receive(&msg, reply, 1000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_size, sizeof msg.head + 8 + 4 + 4);
	CHECK_EQ(*(uint32_t *)(void *)&msg.body[12] & 0xffffff00u, 0);
	NEED_KR(mach_port_deallocate(SELF, device));
	port_destroy(port);
	port_destroy(reply);
}

/* A range that a task has already is not granted again: grants are few. */
static void check_grants(void)
{
	mach_port_t permission = MACH_PORT_NULL;

	NEED_KR(i386_io_perm_create(device_master, 0x80, 0x80, &permission));
	test_group_begin("a range can be granted to one task as often as it likes");
	for (int i = 0; i < 1100; i++) {
		CHECK_KR(i386_io_perm_modify(SELF, permission, TRUE), KERN_SUCCESS);
	}
	test_group_end();
	CHECK_KR(i386_io_perm_modify(SELF, permission, FALSE), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, permission));
}

/* Who takes the screen takes it from the kernel, not from another; the serial line stays, or these
   lines would not be seen. */
static void check_capture(void)
{
	mach_port_t console = MACH_PORT_NULL;
	mach_port_t other = MACH_PORT_NULL;
	int parts = CONSOLE_CAPTURE_SCREEN | CONSOLE_CAPTURE_SERIAL | 4;

	NEED_KR(device_open(device_master, D_READ | D_WRITE, "console", &console));
	NEED_KR(device_open(device_master, D_READ | D_WRITE, "kd", &other));
	CHECK_KR(device_set_status(console, CONSOLE_CAPTURE, &parts, CONSOLE_CAPTURE_COUNT),
		 D_INVALID_OPERATION);
	CHECK_KR(device_set_status(console, CONSOLE_CAPTURE, &parts, 0), D_INVALID_OPERATION);
	parts = CONSOLE_CAPTURE_SCREEN;
	CHECK_KR(device_set_status(console, CONSOLE_CAPTURE, &parts, CONSOLE_CAPTURE_COUNT),
		 D_SUCCESS);
	CHECK_KR(device_set_status(other, CONSOLE_CAPTURE, &parts, CONSOLE_CAPTURE_COUNT),
		 D_ALREADY_OPEN);
	NEED_KR(mach_port_deallocate(SELF, console)); /* that gives it back */
	CHECK_KR(device_set_status(other, CONSOLE_CAPTURE, &parts, CONSOLE_CAPTURE_COUNT),
		 D_SUCCESS);
	parts = 0;
	CHECK_KR(device_set_status(other, CONSOLE_CAPTURE, &parts, CONSOLE_CAPTURE_COUNT),
		 D_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, other));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "hostile_devices");
	check_boot_info();
	check_padding();
	check_answers_to_itself();
	check_read_nothing();
	check_grants();
	check_capture();
	test_end();
}
