/* TEST: oracle=no icount=yes */
/*
 * Interrupts as messages: the clock chip's periodic interrupt (line 8), acknowledged or not, told
 * to two listeners, to a dead one; and I/O ports, which are one task's at a time.
 */
#include "lib/msg.h"
#include <device/notify.h>
#include <gen/device.h>
#include <gen/mach_i386.h>

#define SELF     mach_task_self()
#define RTC_LINE 8

/* MC146818 datasheet: registers A, B, C by index port 70 and data port 71. */
#define RTC_A          0x0a
#define RTC_B          0x0b
#define RTC_C          0x0c
#define RTC_B_PERIODIC 0x40
#define RTC_RATE_64_HZ 0x0a

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t value = 0;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static uint8_t rtc_read(uint8_t index)
{
	out8(0x70, index);
	return in8(0x71);
}

static void rtc_write(uint8_t index, uint8_t value)
{
	out8(0x70, index);
	out8(0x71, value);
}

static void rtc_stop(void)
{
	rtc_write(RTC_B, rtc_read(RTC_B) & ~RTC_B_PERIODIC);
	(void)rtc_read(RTC_C);
}

static void rtc_start(void)
{
	rtc_write(RTC_A, (rtc_read(RTC_A) & 0xf0) | RTC_RATE_64_HZ);
	rtc_write(RTC_B, rtc_read(RTC_B) | RTC_B_PERIODIC);
	(void)rtc_read(RTC_C);
}

static mach_port_t device;

static kern_return_t listen(int line, mach_port_t port)
{
	return device_intr_register(device, line, 0, port, MACH_MSG_TYPE_MAKE_SEND);
}

static kern_return_t acknowledge(mach_port_t port)
{
	return device_intr_ack(device, port, MACH_MSG_TYPE_MAKE_SEND);
}

/* Has the port a message within time_ms?  The line it tells, or -1. */
static int interrupt_of(mach_port_t port, mach_msg_timeout_t time_ms)
{
	device_intr_notification_t message;

	memset(&message, 0, sizeof message);
	if (mach_msg(&message.intr_header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof message, port,
		     time_ms, MACH_PORT_NULL) != MACH_MSG_SUCCESS) {
		return -1;
	}
	CHECK_EQ(message.intr_header.msgh_id, DEVICE_INTR_NOTIFY);
	CHECK_EQ(message.intr_header.msgh_size, sizeof message);
	return message.id;
}

/* The chip holds its line until register C is read. */
static int next_interrupt(mach_port_t port)
{
	int line = interrupt_of(port, 2000);

	(void)rtc_read(RTC_C);
	return line;
}

static void check_one_listener(void)
{
	mach_port_t port = port_new();

	CHECK_KR(acknowledge(port), D_INVALID_OPERATION);
	CHECK_KR(listen(RTC_LINE, port), D_SUCCESS);
	CHECK_KR(listen(RTC_LINE, port), D_ALREADY_OPEN);
	CHECK_KR(acknowledge(port), D_INVALID_OPERATION); /* it owes nothing yet */
	rtc_start();
	test_group_begin("ten interrupts, each acknowledged");
	for (int i = 0; i < 10; i++) {
		CHECK_EQ(next_interrupt(port), RTC_LINE);
		CHECK_KR(acknowledge(port), D_SUCCESS);
	}
	test_group_end();
	/* Not acknowledged, there is no other, however often the chip asks. */
	CHECK_EQ(next_interrupt(port), RTC_LINE);
	(void)rtc_read(RTC_C);
	CHECK_EQ(interrupt_of(port, 100), -1);
	CHECK_KR(acknowledge(port), D_SUCCESS);
	(void)rtc_read(RTC_C);
	CHECK_EQ(next_interrupt(port), RTC_LINE);
	/* The listener goes; whoever comes next gets the line, although this one still owes. */
	port_destroy(port);
}

static void check_two_listeners(void)
{
	mach_port_t one = port_new();
	mach_port_t two = port_new();

	rtc_stop(); /* so that the first interrupt finds both */
	CHECK_KR(listen(RTC_LINE, one), D_SUCCESS);
	CHECK_KR(listen(RTC_LINE, two), D_SUCCESS);
	if (interrupt_of(one, 50) ==
	    RTC_LINE) { /* one that had been waiting since the former listener */
		NEED_KR(acknowledge(one));
	}
	rtc_start();
	CHECK_EQ(next_interrupt(one), RTC_LINE);
	CHECK_EQ(next_interrupt(two), RTC_LINE);
	/* Both must have acknowledged. */
	CHECK_KR(acknowledge(one), D_SUCCESS);
	(void)rtc_read(RTC_C);
	CHECK_EQ(interrupt_of(one, 100), -1);
	CHECK_KR(acknowledge(two), D_SUCCESS);
	(void)rtc_read(RTC_C);
	CHECK_EQ(next_interrupt(one), RTC_LINE);
	CHECK_EQ(next_interrupt(two), RTC_LINE);
	/* One that dies while it owes does not take the line from the other: before it, or after.
	 */
	CHECK_KR(acknowledge(one), D_SUCCESS);
	port_destroy(two);
	(void)rtc_read(RTC_C);
	CHECK_EQ(next_interrupt(one), RTC_LINE);
	two = port_new();
	CHECK_KR(listen(RTC_LINE, two), D_SUCCESS);
	CHECK_KR(acknowledge(one), D_SUCCESS);
	(void)rtc_read(RTC_C);
	CHECK_EQ(interrupt_of(one, 2000), RTC_LINE);
	CHECK_EQ(next_interrupt(two), RTC_LINE);
	port_destroy(two);
	CHECK_KR(acknowledge(one), D_SUCCESS);
	(void)rtc_read(RTC_C);
	CHECK_EQ(next_interrupt(one), RTC_LINE);
	port_destroy(one);
}

static void check_refused(void)
{
	mach_port_t port = port_new();
	mach_port_t dead = port_new_dead();
	mach_port_t line_device = MACH_PORT_NULL;
	mach_port_t irq = device;

	CHECK_KR(listen(0, port), D_INVALID_OPERATION); /* the kernel's clock */
	CHECK_KR(listen(2, port), D_INVALID_OPERATION); /* the second interrupt controller */
	CHECK_KR(listen(16, port), D_INVALID_OPERATION);
	CHECK_KR(listen(-1, port), D_INVALID_OPERATION);
	CHECK_KR(device_intr_register(irq, RTC_LINE, 0, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND),
		 D_INVALID_OPERATION);
	CHECK_KR(device_intr_register(irq, RTC_LINE, 0, dead, MACH_MSG_TYPE_COPY_SEND),
		 D_INVALID_OPERATION);
	/* A driver's line alone. */
	CHECK_KR(device_open(device_master, D_READ | D_WRITE, "irq8", &line_device), D_SUCCESS);
	device = line_device;
	CHECK_KR(listen(9, port), D_INVALID_OPERATION);
	CHECK_KR(listen(RTC_LINE, port), D_SUCCESS);
	(void)rtc_read(RTC_C);
	CHECK_EQ(next_interrupt(port), RTC_LINE);
	CHECK_KR(acknowledge(port), D_SUCCESS);
	device = irq;
	CHECK_KR(device_close(line_device), D_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, line_device));
	port_destroy(port);
	port_destroy(dead);
}

/* A range that one task uses is refused to any other, and free when its task gives it up or ends.
 */
static mach_port_t range(uint16_t from, uint16_t to)
{
	mach_port_t permission = MACH_PORT_NULL;

	NEED_KR(i386_io_perm_create(device_master, from, to, &permission));
	return permission;
}

static void check_disjoint(void)
{
	mach_port_t task = MACH_PORT_NULL;
	mach_port_t low = range(0x300, 0x30f);
	mach_port_t touching = range(0x310, 0x31f);
	mach_port_t across = range(0x30f, 0x310);
	mach_port_t within = range(0x304, 0x304);
	mach_port_t around = range(0x200, 0x3ff);

	NEED_KR(task_create(SELF, FALSE, &task));
	CHECK_KR(i386_io_perm_modify(SELF, low, TRUE), KERN_SUCCESS);
	CHECK_KR(i386_io_perm_modify(task, low, TRUE), KERN_NO_ACCESS);
	CHECK_KR(i386_io_perm_modify(task, across, TRUE), KERN_NO_ACCESS);
	CHECK_KR(i386_io_perm_modify(task, within, TRUE), KERN_NO_ACCESS);
	CHECK_KR(i386_io_perm_modify(task, around, TRUE), KERN_NO_ACCESS);
	CHECK_KR(i386_io_perm_modify(task, touching, TRUE), KERN_SUCCESS);
	CHECK_KR(i386_io_perm_modify(SELF, across, TRUE), KERN_NO_ACCESS);
	CHECK_KR(i386_io_perm_modify(SELF, within, TRUE), KERN_SUCCESS); /* its own */
	CHECK_KR(i386_io_perm_modify(SELF, within, FALSE), KERN_SUCCESS);
	CHECK_KR(i386_io_perm_modify(SELF, low, FALSE), KERN_SUCCESS);
	CHECK_KR(i386_io_perm_modify(task, low, TRUE), KERN_SUCCESS);
	CHECK_KR(i386_io_perm_modify(SELF, low, TRUE), KERN_NO_ACCESS);
	NEED_KR(task_terminate(task));
	CHECK_KR(i386_io_perm_modify(SELF, around, TRUE), KERN_SUCCESS);
	CHECK_KR(i386_io_perm_modify(SELF, around, FALSE), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, task));
	NEED_KR(mach_port_deallocate(SELF, low));
	NEED_KR(mach_port_deallocate(SELF, touching));
	NEED_KR(mach_port_deallocate(SELF, across));
	NEED_KR(mach_port_deallocate(SELF, within));
	NEED_KR(mach_port_deallocate(SELF, around));
}

int main(int argc, char **argv)
{
	mach_port_t clock_ports = MACH_PORT_NULL;

	test_begin(argc, argv, "device_irq");
	check_disjoint();
	clock_ports = range(0x70, 0x71);
	CHECK_KR(i386_io_perm_modify(SELF, clock_ports, TRUE), KERN_SUCCESS);
	CHECK_KR(device_open(device_master, D_READ | D_WRITE, "irq", &device), D_SUCCESS);
	check_one_listener();
	check_two_listeners();
	check_refused();
	rtc_stop();
	CHECK_KR(device_close(device), D_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, device));
	CHECK_KR(i386_io_perm_modify(SELF, clock_ports, FALSE), KERN_SUCCESS);
	NEED_KR(mach_port_deallocate(SELF, clock_ports));
	test_end();
}
