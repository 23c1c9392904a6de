/* TEST: oracle=no */
/* Two drivers share an interrupt line, and one of them dies without acknowledging: the other goes
   on. The line is the real-time clock's. */
#include "lib/msg.h"
#include <device/notify.h>
#include <gen/device.h>
#include <gen/mach_i386.h>

#define SELF       mach_task_self()
#define LINE       8
#define REGISTER_B 0x8b /* with NMI off, as firmware leaves it */
#define REGISTER_C 0x8c
#define PERIODIC   0x40

static uint8_t rtc_read(uint8_t index)
{
	uint8_t value = 0;

	__asm__ volatile("outb %1, $0x70\n\tinb $0x71, %0" : "=a"(value) : "0"(index));
	return value;
}

static void rtc_write(uint8_t index, uint8_t value)
{
	__asm__ volatile("outb %%al, $0x70\n\tmovb %1, %%al\n\toutb %%al, $0x71"
			 : "+a"(index)
			 : "q"(value)
			 : "memory");
}

static mach_port_t line;

/* The clock says why it interrupted when it is asked; only then does it interrupt again. */
static void check_told(mach_port_t driver)
{
	struct msg msg;

	CHECK_KR(msg_receive(&msg, driver, 2000), MACH_MSG_SUCCESS);
	CHECK_EQ(msg.head.msgh_id, DEVICE_INTR_NOTIFY);
	(void)rtc_read(REGISTER_C);
}

static mach_port_t driver_new(void)
{
	mach_port_t port = port_new_send();

	NEED_KR(device_intr_register(line, LINE, 0, port, MACH_MSG_TYPE_COPY_SEND));
	return port;
}

static kern_return_t ack(mach_port_t driver)
{
	return device_intr_ack(line, driver, MACH_MSG_TYPE_COPY_SEND);
}

int main(int argc, char **argv)
{
	mach_port_t permission = MACH_PORT_NULL;
	mach_port_t living = MACH_PORT_NULL;
	mach_port_t dying = MACH_PORT_NULL;

	test_begin(argc, argv, "irq_sharing");
	NEED_KR(i386_io_perm_create(device_master, 0x70, 0x71, &permission));
	NEED_KR(i386_io_perm_modify(SELF, permission, TRUE));
	NEED_KR(device_open(device_master, D_READ | D_WRITE, "irq8", &line));
	living = driver_new();
	dying = driver_new();
	rtc_write(REGISTER_B, rtc_read(REGISTER_B) | PERIODIC);
	(void)rtc_read(REGISTER_C);

	/* It dies before the other acknowledges ... */
	check_told(living);
	check_told(dying);
	port_destroy(dying);
	CHECK_KR(ack(living), D_SUCCESS);
	check_told(living);

	/* ... and after. */
	dying = driver_new();
	CHECK_KR(ack(living), D_SUCCESS);
	check_told(living);
	CHECK_KR(ack(living), D_SUCCESS);
	check_told(dying);
	port_destroy(dying);
	check_told(living);

	rtc_write(REGISTER_B, rtc_read(REGISTER_B) & ~PERIODIC);
	port_destroy(living);
	/* The kernel forgets a dead driver when the next one comes, or an interrupt. */
	living = driver_new();
	port_destroy(living);
	test_sleep_ms(30);
	NEED_KR(mach_port_deallocate(SELF, line));
	NEED_KR(i386_io_perm_modify(SELF, permission, FALSE));
	NEED_KR(mach_port_deallocate(SELF, permission));
	test_end();
}
