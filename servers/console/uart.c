/* The serial line (National Semiconductor PC16550D data sheet), by interrupts both ways. */
#include "devices.h"
#include "port_io.h"
#include "server.h"

#define DATA            0
#define INTERRUPTS      1
#define INTERRUPT_CAUSE 2 /* reading */
#define FIFO            2 /* writing */
#define LINE_CONTROL    3
#define MODEM_CONTROL   4
#define LINE_STATUS     5
#define MODEM_STATUS    6
#define INTERRUPT_DATA  0x01
#define INTERRUPT_EMPTY 0x02
#define CAUSE_NONE      0x01
#define CAUSE_MASK      0x0f
#define CAUSE_EMPTY     0x02
#define FIFO_ON_CLEAR_8                                                                            \
	0x87 /* both sides cleared; an interrupt from eight bytes on, or when idle */
#define FIFO_BYTES       16u
#define LINE_8N1         0x03
#define LINE_DIVISOR     0x80
#define MODEM_DTR_RTS    0x03
#define MODEM_INTERRUPTS 0x08 /* output 2: the way to the interrupt controller */
#define STATUS_DATA      0x01
#define STATUS_EMPTY     0x20
#define DIVISOR_115200   1
#define CAUSES_MAX       4096u /* of one service: a UART that always has one more is broken */

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
		write_register(INTERRUPTS, wanted);
	}
}

void uart_start(void)
{
	write_register(INTERRUPTS, 0);
	write_register(LINE_CONTROL, LINE_DIVISOR);
	write_register(DATA, DIVISOR_115200);
	write_register(INTERRUPTS, 0);
	write_register(LINE_CONTROL, LINE_8N1);
	write_register(FIFO, FIFO_ON_CLEAR_8);
	write_register(MODEM_CONTROL, MODEM_DTR_RTS | MODEM_INTERRUPTS);
	if (read_register(LINE_STATUS) == 0xff) {
		devices.serial = false; /* no chip: the bus floats */
		return;
	}
	enable(INTERRUPT_DATA);
}

static void receive(void)
{
	while ((read_register(LINE_STATUS) & STATUS_DATA) != 0) {
		input_serial(read_register(DATA));
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
		enable(INTERRUPT_DATA);
	}
	for (uint32_t i = 0; i < FIFO_BYTES && next < count; i++) {
		write_register(DATA, waiting[next++]);
	}
}

/* That it is empty is told at once when this is enabled. */
void uart_send(void)
{
	if (has_more()) {
		enable(INTERRUPT_DATA | INTERRUPT_EMPTY);
		uart_service();
	}
}

/* Until it has nothing more to tell: the interrupt controller sees the line rise, not stand. */
void uart_service(void)
{
	for (uint32_t i = 0; i < CAUSES_MAX; i++) {
		uint8_t cause = read_register(INTERRUPT_CAUSE) & CAUSE_MASK;

		if ((cause & CAUSE_NONE) != 0) {
			return;
		}
		receive();
		(void)read_register(MODEM_STATUS);
		if (cause == CAUSE_EMPTY) {
			transmit();
		}
	}
	mach_print("console: the serial line does not answer\n");
	enable(0);
	devices.serial = false;
}
