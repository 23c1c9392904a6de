/* The serial line, by interrupts both ways. */
#include <masix/pc16550.h>
#include "devices.h"
#include "port_io.h"
#include "server.h"

#define CAUSES_MAX 4096u /* of one service: a UART that always has one more is broken */

static uint8_t interrupts; /* what is enabled */

static void write_register(uint16_t index, uint8_t value)
{
	port_write((uint16_t)(devices.serial_port + index), value);
}

static uint8_t read_register(uint16_t index)
{
	return port_read((uint16_t)(devices.serial_port + index));
}

static void enable(uint8_t wanted)
{
	if (interrupts != wanted) {
		interrupts = wanted;
		write_register(UART_INTERRUPTS, wanted);
	}
}

void uart_start(void)
{
	write_register(UART_INTERRUPTS, 0);
	write_register(UART_LINE_CONTROL, UART_LINE_DIVISOR);
	write_register(UART_DATA, UART_DIVISOR_115200);
	write_register(UART_INTERRUPTS, 0);
	write_register(UART_LINE_CONTROL, UART_LINE_8N1);
	write_register(UART_FIFO, UART_FIFO_ON_CLEAR_8);
	write_register(UART_MODEM_CONTROL, UART_MODEM_DTR_RTS | UART_MODEM_INTERRUPTS);
	if (read_register(UART_LINE_STATUS) == 0xff) {
		devices.serial = false; /* no chip: the bus floats */
		return;
	}
	enable(UART_INTERRUPT_DATA);
}

static void receive(void)
{
	while ((read_register(UART_LINE_STATUS) & UART_STATUS_DATA) != 0) {
		input_serial(read_register(UART_DATA));
	}
}

/* What waits to be sent. */
static uint8_t waiting[256]; /* few, for what is typed meanwhile to be seen soon */
static uint32_t next, count;

static bool has_more(void)
{
	if (next == count) {
		next = 0;
		count = display_serial_bytes(waiting, sizeof waiting);
	}
	return next < count;
}

/* The transmitter is empty: as much as it takes at once. */
static void transmit(void)
{
	if (!has_more()) {
		enable(UART_INTERRUPT_DATA);
	}
	for (uint32_t i = 0; i < UART_FIFO_BYTES && next < count; i++) {
		write_register(UART_DATA, waiting[next++]);
	}
}

/* That it is empty is told at once when this is enabled. */
void uart_send(void)
{
	if (has_more()) {
		enable(UART_INTERRUPT_DATA | UART_INTERRUPT_EMPTY);
		uart_service();
	}
}

/* Until it has nothing more to tell: the interrupt controller sees the line rise, not stand. */
void uart_service(void)
{
	for (uint32_t i = 0; i < CAUSES_MAX; i++) {
		uint8_t cause = read_register(UART_INTERRUPT_CAUSE) & UART_CAUSE_MASK;

		if ((cause & UART_CAUSE_NONE) != 0) {
			return;
		}
		receive();
		(void)read_register(UART_MODEM_STATUS);
		if (cause == UART_CAUSE_EMPTY) {
			transmit();
		}
	}
	mach_print("console: the serial line does not answer\n");
	enable(0);
	devices.serial = false;
}
