/* The BIOS: interrupts 08 to 1C (hexadecimal) and its data at 40:0. */
#include "terminal.h"
#include "dos.h"
#include "keyboard_core.h"
#include "machine.h"
#include "screen_core.h"
#include "tick.h"
#include "time_core.h"
#include "video.h"

#define BIOS_EQUIPMENT 0x410u
#define BIOS_MEMORY_KB 0x413u
#define BIOS_TICKS     0x46cu
#define BIOS_MIDNIGHT  0x470u
#define EQUIPMENT      0x0022u /* 80x25 in colour, a coprocessor; no diskette drive */
#define ROM_SEGMENT    0xf000u
#define ROM_CONFIG     0xe6f5u /* INT 15h, C0h */
#define IDLE_POLLS     200u

static int64_t last_day;
static uint32_t idle_polls;
static uint8_t scan_latch;

/* ------------------------------------------------------------------------------ the beginning */

static void write_rom(void)
{
	static const uint8_t config[] = {8, 0, 0xfc, 0, 0, 0x70, 0, 0, 0, 0};
	static const char date[] = "01/01/92";

	for (uint32_t i = 0; i < sizeof config; i++) {
		poke8(ROM_SEGMENT, ROM_CONFIG + i, config[i]);
	}
	poke8(ROM_SEGMENT, 0xfff0, 0xf4);
	for (uint32_t i = 0; i < 8; i++) {
		poke8(ROM_SEGMENT, 0xfff5 + i, (uint8_t)date[i]);
	}
	poke8(ROM_SEGMENT, 0xfffe, 0xfc); /* an AT */
}

static void write_vectors(void)
{
	for (uint32_t vector = 0; vector < 0x100; vector++) {
		bool unused = (vector >= 0x60 && vector < 0x68) || vector >= 0x78;

		poke8(SERVICE_SEGMENT, vector * 4, 0xf4);
		poke8(SERVICE_SEGMENT, vector * 4 + 1, 0xcf);
		poke_far(0, vector * 4, unused ? 0 : SERVICE_SEGMENT, unused ? 0 : vector * 4);
	}
	for (uint32_t offset = SERVICE_STUBS; offset < STUB_IRET; offset++) {
		poke8(SERVICE_SEGMENT, offset, 0xf4);
	}
	poke8(SERVICE_SEGMENT, STUB_IRET, 0xcf);
	poke_far(0, 0x33 * 4, SERVICE_SEGMENT, STUB_IRET); /* no mouse */
	/* CP/M's CALL 5 ends here: JMP FAR. */
	poke8(0, 0xc0, 0xea);
	poke_far(0, 0xc1, SERVICE_SEGMENT, STUB_CALL_5);
	/* And so does its address without the wrap at 1 MB. */
	poke8(0xffff, 0xd0, 0xea);
	poke_far(0xffff, 0xd1, SERVICE_SEGMENT, STUB_CALL_5);
}

static void set_ticks(void)
{
	int64_t day = 0;

	poke32(0, BIOS_TICKS, tick_of_day(&day));
	if (day != last_day) {
		poke8(0, BIOS_MIDNIGHT, last_day != 0);
		last_day = day;
	}
}

void bios_reset(void)
{
	write_vectors();
	write_rom();
	poke16(0, BIOS_EQUIPMENT, EQUIPMENT);
	poke16(0, BIOS_MEMORY_KB, MEMORY_END / 64);
	keyboard_reset(machine_memory());
	screen_reset(machine_memory(), 3, 0);
	poke8(0, BIOS_MODE_OPTIONS, 0x60);
	video_start();
	set_ticks();
}

/* ------------------------------------------------------------------------------------ the clock */

static void timer_interrupt(void)
{
	set_ticks();
	if (!machine_vector_is_ours(0x1c)) {
		machine_begin_interrupt(0x1c);
	}
}

static void to_bcd(struct dos_time *now)
{
	uint8_t *fields[] = {&now->month, &now->day, &now->hour, &now->minute, &now->second};

	for (uint32_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		*fields[i] = (uint8_t)(*fields[i] / 10 << 4 | *fields[i] % 10);
	}
}

static void clock_interrupt(void)
{
	struct dos_time now;
	uint8_t hundredth = 0;
	uint16_t year = 0;

	time_split(&now, clock_seconds(&hundredth), hundredth);
	year = now.year;
	to_bcd(&now);
	machine_set_flag(FLAG_CARRY, false);
	switch (ah()) {
	case 0x00:
		set_ticks();
		set_cx(peek16(0, BIOS_TICKS + 2));
		set_dx(peek16(0, BIOS_TICKS));
		set_al(peek8(0, BIOS_MIDNIGHT));
		poke8(0, BIOS_MIDNIGHT, 0);
		break;
	case 0x01:
		tick_set((uint32_t)cx() << 16 | dx());
		set_ticks();
		break;
	case 0x02:
		set_cx(now.hour << 8 | now.minute);
		set_dx(now.second << 8);
		break;
	case 0x04:
		set_ch(year / 1000 << 4 | year / 100 % 10);
		set_cl(year / 10 % 10 << 4 | year % 10);
		set_dx(now.month << 8 | now.day);
		break;
	default:
		machine_set_flag(FLAG_CARRY, true);
		break;
	}
}

/* Does the program want the timer's interrupt, by one of its two vectors? */
static uint32_t timer_vector(void)
{
	if (!machine_vector_is_ours(8)) {
		return 8;
	}
	return machine_vector_is_ours(0x1c) ? 0 : 0x1c;
}

static bool take_scan(void)
{
	return !machine_vector_is_ours(9) && terminal_next_scan(&scan_latch);
}

void bios_tick(void)
{
	set_ticks();
	idle_polls = 0;
	terminal_update();
	if (terminal_break_is_urgent()) {
		dos_terminate(0, DOS_END_BREAK);
		return;
	}
	if (timer_vector() != 0) {
		machine_begin_interrupt(timer_vector());
	}
	if (take_scan()) {
		machine_begin_interrupt(9);
		machine_block.pending = 1; /* there may be more */
	}
}

void bios_tick_now(void)
{
	set_ticks();
	terminal_update();
	if (terminal_break_is_urgent()) {
		dos_terminate(0, DOS_END_BREAK);
		return;
	}
	if (timer_vector() != 0 && !machine_call_interrupt(timer_vector())) {
		return;
	}
	while (take_scan()) {
		if (!machine_call_interrupt(9)) {
			return;
		}
	}
}

uint8_t bios_scan_code(void)
{
	return scan_latch;
}

/* --------------------------------------------------------------------------------- the keyboard */

bool bios_wait_key(bool take, uint16_t *key)
{
	while (!keyboard_get(machine_memory(), take, key)) {
		terminal_poll_keys();
		if (keyboard_get(machine_memory(), take, key)) {
			break;
		}
		if (!terminal_has_keyboard()) {
			machine_refuse("waits for a key, and there is no keyboard");
			return false;
		}
		if (!machine_wait()) {
			return false;
		}
	}
	return true;
}

bool bios_look_key(uint16_t *key)
{
	if (keyboard_get(machine_memory(), false, key)) {
		idle_polls = 0;
		return true;
	}
	terminal_poll_keys();
	if (!keyboard_get(machine_memory(), false, key)) {
		/* A program that only asks, again and again, waits. */
		if (++idle_polls > IDLE_POLLS) {
			idle_polls = 0;
			(void)machine_wait();
		}
		return false;
	}
	return true;
}

bool bios_peek_key(uint16_t *key)
{
	return keyboard_get(machine_memory(), false, key);
}

/* Grey keys have e0 as character for programs that know them, and 0 for others. */
static uint16_t old_key(uint16_t key)
{
	return (key & 0xff) == 0xe0 && (key & 0xff00) != 0 ? (uint16_t)(key & 0xff00) : key;
}

static void keyboard_interrupt(void)
{
	uint16_t key = 0;
	bool extended = (ah() & 0x10) != 0;

	switch (ah()) {
	case 0x00:
	case 0x10:
		if (bios_wait_key(true, &key)) {
			set_ax(extended ? key : old_key(key));
		}
		break;
	case 0x01:
	case 0x11:
		if (bios_look_key(&key)) {
			set_ax(extended ? key : old_key(key));
			machine_set_flag(FLAG_ZERO, false);
		} else {
			machine_set_flag(FLAG_ZERO, true);
		}
		break;
	case 0x02:
		set_al(peek8(0, KEYBOARD_FLAGS));
		break;
	case 0x05:
		set_al(keyboard_put(machine_memory(), cx()) ? 0 : 1);
		break;
	case 0x12:
		set_ax(peek8(0, KEYBOARD_FLAGS) | peek8(0, KEYBOARD_FLAGS2) << 8);
		break;
	default:
		break;
	}
}

/* ----------------------------------------------------------------------------------- the others */

static void wait_microseconds(uint64_t microseconds)
{
	uint64_t end = clock_microseconds() + microseconds;

	while (clock_microseconds() < end) {
		if (!machine_wait()) {
			return;
		}
	}
}

static void system_interrupt(void)
{
	machine_set_flag(FLAG_CARRY, false);
	switch (ah()) {
	case 0x86:
		wait_microseconds((uint64_t)cx() << 16 | dx());
		break;
	case 0x88:
		set_ax(0); /* no memory beyond 1 MB that INT 15h, 87h could move */
		break;
	case 0xc0:
		set_es(ROM_SEGMENT);
		set_bx(ROM_CONFIG);
		set_ah(0);
		break;
	case 0x4f: /* the scan code as it is */
		machine_set_flag(FLAG_CARRY, true);
		break;
	default:
		set_ah(0x86);
		machine_set_flag(FLAG_CARRY, true);
		break;
	}
}

bool bios_interrupt(uint32_t vector)
{
	switch (vector) {
	case 0x08:
		timer_interrupt();
		return true;
	case 0x09:
		keyboard_scan(machine_memory(), scan_latch);
		return true;
	case 0x10:
		video_interrupt();
		return true;
	case 0x11:
		set_ax(peek16(0, BIOS_EQUIPMENT));
		return true;
	case 0x12:
		set_ax(peek16(0, BIOS_MEMORY_KB));
		return true;
	case 0x13: /* no disk that programs could reach without files */
		set_ah(ah() == 0 ? 0 : 1);
		machine_set_flag(FLAG_CARRY, ah() != 0);
		return true;
	case 0x14: /* no serial line: it times out */
		set_ah(0x80);
		return true;
	case 0x15:
		system_interrupt();
		return true;
	case 0x16:
		keyboard_interrupt();
		return true;
	case 0x17: /* no printer: it times out */
		set_ah(0x01);
		return true;
	case 0x19:
		machine_refuse("has restarted the machine");
		return true;
	case 0x1a:
		clock_interrupt();
		return true;
	case 0x1b:
	case 0x1c:
		return true;
	default:
		return false;
	}
}
