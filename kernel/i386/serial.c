/* COM1, polled (National Semiconductor PC16550D datasheet, "Registers"). */
#include <i386/console.h>

#include <stdbool.h>

#include <i386/port_io.h>

#define COM1             0x3f8
#define DATA             (COM1 + 0)
#define INTERRUPT_ENABLE (COM1 + 1)
#define FIFO_CONTROL     (COM1 + 2)
#define LINE_CONTROL     (COM1 + 3)
#define MODEM_CONTROL    (COM1 + 4)
#define LINE_STATUS      (COM1 + 5)

#define LINE_8N1       0x03
#define LINE_DIVISOR   0x80 /* DATA and INTERRUPT_ENABLE become the divisor */
#define FIFO_ON_CLEAR  0x07
#define MODEM_DTR_RTS  0x03
#define STATUS_DATA    0x01
#define STATUS_EMPTY   0x20 /* the transmitter takes a character */
#define DIVISOR_115200 1

/* A character at 115200 takes 87 us; a port read on a real bus about 1 us. */
#define SPINS_MAX 100000u

static bool present;

void serial_init(void)
{
	port_write8(INTERRUPT_ENABLE, 0);
	port_write8(LINE_CONTROL, LINE_DIVISOR);
	port_write8(DATA, DIVISOR_115200);
	port_write8(INTERRUPT_ENABLE, 0);
	port_write8(LINE_CONTROL, LINE_8N1);
	port_write8(FIFO_CONTROL, FIFO_ON_CLEAR);
	port_write8(MODEM_CONTROL, MODEM_DTR_RTS);
	present = port_read8(LINE_STATUS) != 0xff; /* no chip: the bus floats */
}

static void put(char c)
{
	for (uint32_t spins = 0; (port_read8(LINE_STATUS) & STATUS_EMPTY) == 0; spins++) {
		if (spins == SPINS_MAX) {
			return; /* nobody takes it: a character lost is better than a machine hung
				 */
		}
	}
	port_write8(DATA, (uint8_t)c);
}

void serial_write(const char *text, uint32_t bytes)
{
	if (!present) {
		return;
	}
	for (uint32_t i = 0; i < bytes; i++) {
		if (text[i] == '\n') {
			put('\r');
		}
		put(text[i]);
	}
}

int serial_poll(void)
{
	if (!present || (port_read8(LINE_STATUS) & STATUS_DATA) == 0) {
		return -1;
	}
	return port_read8(DATA);
}
