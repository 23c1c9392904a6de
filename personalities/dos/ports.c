/*
 * The PC's devices, as far as programs look at them: interrupt controllers, timer, keyboard, clock,
 * and the registers of the screen that text programs use.  A port with nothing behind it reads
 * ones.
 */
#include "terminal.h"
#include "machine.h"
#include "screen_core.h"
#include "tick.h"
#include "time_core.h"
#include "video.h"

#define PIT_HZ 1193182u

static uint8_t pic_mask[2] = {0xb8, 0xff};
static uint8_t cmos_index, crtc_index, speaker;
static uint16_t latched;
static int latched_bytes; /* of the timer's count, still to be read */
static bool count_high;

static uint8_t timer_in(void)
{
	if (latched_bytes == 0) {
		uint16_t count = (uint16_t)(0x10000u - clock_microseconds() * PIT_HZ / 1000000);

		count_high = !count_high;
		return (uint8_t)(count_high ? count : count >> 8);
	}
	return (uint8_t)(--latched_bytes == 1 ? latched : latched >> 8);
}

static void timer_control(uint32_t value)
{
	if ((value & 0xf0) == 0x00) {
		latched = (uint16_t)(0x10000u - clock_microseconds() * PIT_HZ / 1000000);
		latched_bytes = 2;
	}
	count_high = false;
}

static uint8_t bcd(uint32_t value)
{
	return (uint8_t)(value / 10 << 4 | value % 10);
}

static uint8_t cmos_in(void)
{
	struct dos_time now;
	uint8_t hundredth = 0;

	time_split(&now, clock_seconds(&hundredth), hundredth);
	switch (cmos_index) {
	case 0x00:
		return bcd(now.second);
	case 0x02:
		return bcd(now.minute);
	case 0x04:
		return bcd(now.hour);
	case 0x06:
		return (uint8_t)(now.weekday + 1);
	case 0x07:
		return bcd(now.day);
	case 0x08:
		return bcd(now.month);
	case 0x09:
		return bcd(now.year % 100u);
	case 0x0a:
		return 0x26;
	case 0x0b:
		return 0x02;
	case 0x0d:
		return 0x80;
	case 0x15:
		return 0x80; /* 640 KB */
	case 0x16:
		return 0x02;
	case 0x32:
		return bcd(now.year / 100u);
	default:
		return 0;
	}
}

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

static uint8_t byte_in(uint32_t port)
{
	switch (port) {
	case 0x20:
	case 0xa0:
		return 0; /* nothing is being served */
	case 0x21:
		return pic_mask[0];
	case 0xa1:
		return pic_mask[1];
	case 0x40:
	case 0x42:
		return timer_in();
	case 0x60:
		return bios_scan_code();
	case 0x61:
		speaker ^= 0x10; /* the memory's refresh */
		return speaker;
	case 0x64:
		return 0x14;
	case 0x71:
		return cmos_in();
	case 0x92:
		return 0x02; /* A20 is open */
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
	case 0x21:
		pic_mask[0] = value;
		break;
	case 0xa1:
		pic_mask[1] = value;
		break;
	case 0x43:
		timer_control(value);
		break;
	case 0x61:
		speaker = (uint8_t)((speaker & 0x30) | (value & 0x0f));
		break;
	case 0x70:
		cmos_index = value & 0x7f;
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
