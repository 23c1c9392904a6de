/* line.h */
#include <pthread.h>
#include <device/notify.h>
#include <gen/device.h>
#include <gen/mach_i386.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <masix/pc16550.h>
#include <standard_ports.h>
#include "frame_core.h"
#include "line.h"

#define SELF  mach_task_self()
#define LOOKS 2000u /* at an empty receiver after a byte, before its interrupt is waited for */

static uint16_t base;
static natural_t interrupt_line;
static mach_port_t interrupt, notices;

static pthread_mutex_t sending = PTHREAD_MUTEX_INITIALIZER; /* a frame at a time */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* the UART's registers but UART_DATA */
static pthread_cond_t emptied = PTHREAD_COND_INITIALIZER;

static void write_register(uint16_t index, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"((uint16_t)(base + index)));
}

static uint8_t read_register(uint16_t index)
{
	uint8_t value = 0;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"((uint16_t)(base + index)));
	return value;
}

static kern_return_t get_resources(void)
{
	mach_port_t process = standard_process_port();
	mach_port_t ports = MACH_PORT_NULL;
	natural_t first = 0, count = 0;
	kern_return_t result =
		process_get_resource(process, PROCESS_RESOURCE_IO, 0, &ports, &first, &count);

	if (result == KERN_SUCCESS) {
		base = (uint16_t)first;
		result = i386_io_perm_modify(SELF, ports, TRUE);
	}
	return result
		       ?: process_get_resource(process, PROCESS_RESOURCE_INTERRUPT, 0, &interrupt,
					       &interrupt_line, &count);
}

kern_return_t line_start(void)
{
	kern_return_t result = get_resources();

	result = result ?: mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &notices);
	if (result != KERN_SUCCESS) {
		return result;
	}
	write_register(UART_INTERRUPTS, 0);
	write_register(UART_LINE_CONTROL, UART_LINE_DIVISOR);
	write_register(UART_DATA, UART_DIVISOR_115200);
	write_register(UART_INTERRUPTS, 0);
	write_register(UART_LINE_CONTROL, UART_LINE_8N1);
	write_register(UART_FIFO, UART_FIFO_ON_CLEAR_14);
	write_register(UART_MODEM_CONTROL, UART_MODEM_DTR_RTS | UART_MODEM_INTERRUPTS);
	if (read_register(UART_LINE_STATUS) == 0xff) {
		return KERN_FAILURE; /* no chip: the bus floats */
	}
	result = device_intr_register(interrupt, (int)interrupt_line, 0, notices,
				      MACH_MSG_TYPE_MAKE_SEND);
	write_register(UART_INTERRUPTS, UART_INTERRUPT_DATA);
	return result;
}

/* All that has come.  QEMU has more soon after we read, which then comes without an interrupt. */
static void receive(void (*take)(const uint8_t *bytes, size_t count))
{
	uint8_t bytes[512];
	size_t count = 0;

	for (uint32_t looks = 1; looks != 0; looks--) {
		while ((read_register(UART_LINE_STATUS) & UART_STATUS_DATA) != 0) {
			bytes[count++] = read_register(UART_DATA);
			if (count == sizeof bytes) {
				take(bytes, count);
				count = 0;
			}
			looks = LOOKS;
		}
	}
	if (count != 0) {
		take(bytes, count);
	}
}

/* Until it has nothing more to tell: the interrupt controller sees the line rise, not stand. */
static void service(void (*take)(const uint8_t *bytes, size_t count))
{
	while ((read_register(UART_INTERRUPT_CAUSE) & UART_CAUSE_NONE) == 0) {
		receive(take);
		(void)pthread_mutex_lock(&lock);
		if ((read_register(UART_LINE_STATUS) & UART_STATUS_EMPTY) != 0) {
			write_register(UART_INTERRUPTS, UART_INTERRUPT_DATA);
			(void)pthread_cond_broadcast(&emptied);
		}
		(void)pthread_mutex_unlock(&lock);
	}
}

void line_serve(void (*take)(const uint8_t *bytes, size_t count))
{
	union {
		mach_msg_header_t head;
		device_intr_notification_t notice;
		uint8_t bytes[128];
	} message;

	for (;;) {
		if (mach_msg(&message.head, MACH_RCV_MSG, 0, sizeof message, notices, 0,
			     MACH_PORT_NULL) == MACH_MSG_SUCCESS &&
		    message.head.msgh_id == DEVICE_INTR_NOTIFY) {
			service(take);
			(void)device_intr_ack(interrupt, notices, MACH_MSG_TYPE_MAKE_SEND);
		}
	}
}

/* Waits until the transmitter takes UART_FIFO_BYTES again. */
static void wait_empty(void)
{
	if ((read_register(UART_LINE_STATUS) & UART_STATUS_EMPTY) != 0) {
		return;
	}
	(void)pthread_mutex_lock(&lock);
	while ((read_register(UART_LINE_STATUS) & UART_STATUS_EMPTY) == 0) {
		write_register(UART_INTERRUPTS, UART_INTERRUPT_DATA | UART_INTERRUPT_EMPTY);
		(void)pthread_cond_wait(&emptied, &lock);
	}
	(void)pthread_mutex_unlock(&lock);
}

static void transmit(const uint8_t *bytes, uint32_t count)
{
	while (count != 0) {
		uint32_t part = count < UART_FIFO_BYTES ? count : UART_FIFO_BYTES;

		wait_empty();
		count -= part;
		__asm__ volatile("rep outsb" : "+S"(bytes), "+c"(part) : "d"(base) : "memory");
	}
}

void line_send(uint8_t kind, const void *data, uint32_t bytes)
{
	uint8_t header[FRAME_HEADER_BYTES];

	frame_write_header(header, kind, bytes);
	(void)pthread_mutex_lock(&sending);
	transmit(header, sizeof header);
	transmit(data, bytes);
	(void)pthread_mutex_unlock(&sending);
}
