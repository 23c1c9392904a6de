/* See controller.h; "IBM PC AT technical reference", keyboard and controller. */
#include "controller.h"
#include "keyboard_core.h"
#include "machine.h"
#include "terminal.h"

#define ANSWERS_MAX 8u
#define ACKNOWLEDGE 0xfau
#define LED_ACK     0x10u /* in KEYBOARD_LEDS */

/* Bits of the status. */
#define STATUS_FULL    0x01u
#define STATUS_SYSTEM  0x04u
#define STATUS_COMMAND 0x08u
#define STATUS_OPEN    0x10u /* not locked by its key */

#define COMMAND_INTERRUPTS 0x01u /* of the command byte */
#define COMMAND_OFF        0x10u
#define POLLS_MAX          64u

static uint8_t command_byte = 0x45;
static uint8_t output; /* what port 60 reads */
static bool full;      /* and nobody has read it */
static uint8_t answers[ANSWERS_MAX];
static uint32_t answer_at, answer_count;
static uint8_t wanted;          /* the command of port 64 whose byte comes next at port 60 */
static uint8_t keyboard_wanted; /* the same of the keyboard's own commands */
static bool last_was_command;
static uint32_t polls;

void controller_reset(void)
{
	command_byte = 0x45;
	full = false;
	answer_at = 0;
	answer_count = 0;
	wanted = 0;
	keyboard_wanted = 0;
}

static void answer(uint8_t value)
{
	if (answer_at == answer_count) {
		answer_at = 0;
		answer_count = 0;
	}
	if (answer_count < ANSWERS_MAX) {
		answers[answer_count++] = value;
	}
}

bool controller_look(void)
{
	if (full) {
		return false;
	}
	if (answer_at < answer_count) {
		output = answers[answer_at++];
	} else if ((command_byte & COMMAND_OFF) != 0 || !terminal_next_scan(&output)) {
		return false;
	}
	full = true;
	return (command_byte & COMMAND_INTERRUPTS) != 0;
}

bool controller_is_full(void)
{
	return full;
}

uint8_t controller_read(void)
{
	full = false;
	return output;
}

bool controller_is_polled(void)
{
	bool is = polls >= POLLS_MAX;

	polls = is ? 0 : polls;
	return is;
}

uint8_t controller_in(uint32_t port)
{
	if (port == 0x60) {
		return controller_read();
	}
	polls++;
	return (uint8_t)((full ? STATUS_FULL : 0) | STATUS_SYSTEM | STATUS_OPEN |
			 (last_was_command ? STATUS_COMMAND : 0));
}

/* What the keyboard itself is told. */
static void tell_keyboard(uint8_t value)
{
	uint8_t before = keyboard_wanted;

	keyboard_wanted = 0;
	if (value == 0xee) {
		answer(0xee);
		return;
	}
	answer(ACKNOWLEDGE);
	poke8(0, KEYBOARD_LEDS, peek8(0, KEYBOARD_LEDS) | LED_ACK);
	if (before != 0) {
		return; /* the lamps, the rate, the set of codes */
	}
	switch (value) {
	case 0xed:
	case 0xf0:
	case 0xf3:
		keyboard_wanted = value;
		break;
	case 0xf2:
		answer(0xab);
		answer(0x83);
		break;
	case 0xff:
		answer(0xaa);
		break;
	default:
		break;
	}
}

static void write_output_port(uint8_t value)
{
	if ((value & 1) == 0) {
		machine_refuse("has restarted the machine");
		return;
	}
	machine_open_a20((value & 2) != 0);
}

static void write_data(uint8_t value)
{
	uint8_t command = wanted;

	wanted = 0;
	switch (command) {
	case 0x60:
		command_byte = value;
		break;
	case 0xd1:
		write_output_port(value);
		break;
	case 0xd2:
		answer(value);
		break;
	default:
		tell_keyboard(value);
		break;
	}
}

static void write_command(uint8_t value)
{
	wanted = 0;
	switch (value) {
	case 0x20:
		answer(command_byte);
		break;
	case 0x60:
	case 0xd1:
	case 0xd2:
		wanted = value;
		break;
	case 0xaa:
		answer(0x55);
		break;
	case 0xab:
		answer(0x00);
		break;
	case 0xad:
		command_byte |= COMMAND_OFF;
		break;
	case 0xae:
		command_byte &= (uint8_t)~COMMAND_OFF;
		break;
	case 0xc0:
		answer(0x80);
		break;
	case 0xd0:
		answer(machine_a20_is_open() ? 0xdf : 0xdd);
		break;
	case 0xdd:
	case 0xdf:
		machine_open_a20(value == 0xdf);
		break;
	case 0xfe:
		machine_refuse("has restarted the machine");
		break;
	default:
		break;
	}
}

void controller_out(uint32_t port, uint8_t value)
{
	last_was_command = port == 0x64;
	if (port == 0x64) {
		write_command(value);
	} else {
		write_data(value);
	}
}
