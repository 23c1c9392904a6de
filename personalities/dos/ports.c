/*
 * The PC's devices, as far as programs look at them: interrupt controllers, timer, keyboard, clock,
 * and the registers of the screen that text programs use.  A port with nothing behind it reads
 * ones.
 */
#include "cmos.h"
#include "controller.h"
#include "interrupts.h"
#include "terminal.h"
#include "machine.h"
#include "screen_core.h"
#include "tick.h"
#include "video.h"

static uint8_t crtc_index;

static uint32_t cursor_place(void)
{
	uint8_t row = 0, column = 0;

	screen_get_cursor(machine_memory(), peek8(0, BIOS_PAGE), &row, &column);
	return row * screen_columns(machine_memory()) + column;
}

static uint8_t crtc_in(void)
{
	switch (crtc_index) {
	case 0x0e:
		return (uint8_t)(cursor_place() >> 8);
	case 0x0f:
		return (uint8_t)cursor_place();
	default:
		return 0;
	}
}

static void crtc_out(uint8_t value)
{
	uint32_t place = cursor_place();

	if (crtc_index != 0x0e && crtc_index != 0x0f) {
		return;
	}
	place = crtc_index == 0x0e ? (place & 0xff) | (uint32_t)value << 8
				   : (place & 0xff00) | value;
	terminal_take_screen();
	screen_set_cursor(machine_memory(), peek8(0, BIOS_PAGE),
			  (uint8_t)(place / screen_columns(machine_memory())),
			  (uint8_t)(place % screen_columns(machine_memory())));
}

/* Retrace bits of 3DAh: 70 frames a second, each with a short vertical retrace. */
static uint8_t retrace(void)
{
	uint64_t now = clock_microseconds();
	uint32_t in_frame = (uint32_t)(now % 14286), in_line = (uint32_t)(now % 32);

	return (uint8_t)(in_frame < 1000 ? 0x09 : in_line < 6 ? 0x01 : 0x00);
}

/* A program that looks at the keyboard with interrupts off brings its keys itself. */
static uint8_t keyboard_status(void)
{
	if (controller_is_polled()) {
		terminal_poll_keys();
	}
	interrupts_look();
	return controller_in(0x64);
}

static uint8_t keyboard_data(void)
{
	uint8_t value = controller_in(0x60);

	interrupts_changed();
	return value;
}

static void write_port_92(uint8_t value)
{
	if ((value & 1) != 0) {
		machine_refuse("has restarted the machine");
		return;
	}
	machine_open_a20((value & 2) != 0);
}

static uint8_t byte_in(uint32_t port)
{
	switch (port) {
	case 0x20:
	case 0x21:
	case 0xa0:
	case 0xa1:
	case 0x40:
	case 0x41:
	case 0x42:
	case 0x43:
	case 0x61:
		return interrupts_port_in(port);
	case 0x60:
		return keyboard_data();
	case 0x64:
		return keyboard_status();
	case 0x70:
	case 0x71:
		return cmos_in(port);
	case 0x92:
		return machine_a20_is_open() ? 2 : 0;
	case 0x3b4:
	case 0x3d4:
		return crtc_index;
	case 0x3b5:
	case 0x3d5:
		return crtc_in();
	case 0x3ba:
	case 0x3da:
		video_status_read();
		return retrace();
	default:
		return video_port_in(port);
	}
}

static void byte_out(uint32_t port, uint8_t value)
{
	switch (port) {
	case 0x20:
	case 0x21:
	case 0xa0:
	case 0xa1:
	case 0x40:
	case 0x41:
	case 0x42:
	case 0x43:
	case 0x61:
		interrupts_port_out(port, value);
		break;
	case 0x60:
	case 0x64:
		controller_out(port, value);
		interrupts_changed();
		break;
	case 0x70:
	case 0x71:
		cmos_out(port, value);
		tick_changed();
		break;
	case 0x92:
		write_port_92(value);
		break;
	case 0x3b4:
	case 0x3d4:
		crtc_index = value;
		break;
	case 0x3b5:
	case 0x3d5:
		crtc_out(value);
		break;
	default:
		video_port_out(port, value);
		break;
	}
}

uint32_t ports_in(uint32_t port, uint32_t bytes)
{
	uint32_t value = 0;

	for (uint32_t i = 0; i < bytes; i++) {
		value |= (uint32_t)byte_in((port + i) & 0xffff) << (8 * i);
	}
	return value;
}

void ports_out(uint32_t port, uint32_t bytes, uint32_t value)
{
	for (uint32_t i = 0; i < bytes; i++) {
		byte_out((port + i) & 0xffff, (uint8_t)(value >> (8 * i)));
	}
}
