/* The keyboard behind its controller (8042 data sheet; IBM PS/2 technical reference). */
#include "devices.h"
#include "port_io.h"
#include "server.h"

#define DATA               0x60
#define STATUS             0x64
#define COMMAND            0x64
#define STATUS_FULL        0x01 /* a byte for us */
#define STATUS_BUSY        0x02 /* it has not taken our last byte */
#define STATUS_MOUSE       0x20
#define COMMAND_READ_MODE  0x20
#define COMMAND_WRITE_MODE 0x60
#define COMMAND_RESET      0xfe
#define MODE_INTERRUPT     0x01
#define MODE_DISABLED      0x10
#define MODE_TRANSLATE     0x40 /* to scan code set 1 */
#define KEYBOARD_LIGHTS    0xed
#define KEYBOARD_ACK       0xfa
#define SPINS_MAX          100000u
#define BYTES_MAX          64u /* of one interrupt: a controller that never empties is broken */

static bool lights_asked; /* the keyboard's ack brings it the lights */
static uint8_t lights;

/* False: it does not answer. */
static bool wait_status(uint8_t mask, uint8_t value)
{
	for (uint32_t spins = 0; spins < SPINS_MAX; spins++) {
		if ((port_read(STATUS) & mask) == value) {
			return true;
		}
	}
	return false;
}

static void send(uint16_t port, uint8_t byte)
{
	if (wait_status(STATUS_BUSY, 0)) {
		port_write(port, byte);
	}
}

static void drain(void)
{
	for (uint32_t i = 0; i < BYTES_MAX && (port_read(STATUS) & STATUS_FULL) != 0; i++) {
		(void)port_read(DATA);
	}
}

void keyboard_start(void)
{
	uint8_t controller = MODE_INTERRUPT | MODE_TRANSLATE;

	drain();
	send(COMMAND, COMMAND_READ_MODE);
	if (wait_status(STATUS_FULL, STATUS_FULL)) {
		controller |= port_read(DATA);
	}
	send(COMMAND, COMMAND_WRITE_MODE);
	send(DATA, controller & (uint8_t)~MODE_DISABLED);
	drain();
}

void keyboard_lights(uint8_t wanted)
{
	lights = wanted;
	lights_asked = true;
	send(DATA, KEYBOARD_LIGHTS);
}

void keyboard_service(void)
{
	for (uint32_t i = 0; i < BYTES_MAX; i++) {
		uint8_t status = port_read(STATUS);

		if ((status & STATUS_FULL) == 0) {
			break;
		}
		uint8_t byte = port_read(DATA);
		if ((status & STATUS_MOUSE) != 0) {
			continue;
		}
		if (byte == KEYBOARD_ACK && lights_asked) {
			lights_asked = false;
			send(DATA, lights);
		} else {
			input_scan(byte);
		}
	}
}

void keyboard_reboot(void)
{
	send(COMMAND, COMMAND_RESET);
}
