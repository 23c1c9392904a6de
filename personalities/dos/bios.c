/* The BIOS: interrupts 08 to 1C (hexadecimal) and its data at 40:0. */
#include <string.h>
#include "cmos.h"
#include "controller.h"
#include "interrupts.h"
#include "terminal.h"
#include "dos.h"
#include "keyboard_core.h"
#include "machine.h"
#include "screen_core.h"
#include "tick.h"
#include "time_core.h"
#include "video.h"
#include "xms.h"

#define BIOS_EQUIPMENT 0x410u
#define BIOS_MEMORY_KB 0x413u
#define BIOS_TICKS     0x46cu
#define BIOS_MIDNIGHT  0x470u
#define EQUIPMENT      0x0022u /* 80x25 in colour, a coprocessor; no diskette drive */
#define ROM_SEGMENT    0xf000u
#define ROM_CONFIG     0xe6f5u /* INT 15h, C0h */
#define HIGH_CALL_5    0x1000c0u
#define IDLE_POLLS     200u
#define LOOK_US        27000u
#define SERVED_MAX     64u /* interrupts at a time */

static int64_t last_day;
static uint32_t idle_polls;

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
	/* JMP over three NOPs; HLT; RETF */
	static const uint8_t xms_entry[] = {0xeb, 0x03, 0x90, 0x90, 0x90, 0xf4, 0xcb};

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
	for (uint32_t i = 0; i < sizeof xms_entry; i++) {
		poke8(SERVICE_SEGMENT, STUB_XMS + i, xms_entry[i]);
	}
	poke_far(0, 0x33 * 4, SERVICE_SEGMENT, STUB_IRET); /* no mouse */
	/* CP/M's CALL 5 ends here: JMP FAR. */
	poke8(0, 0xc0, 0xea);
	poke_far(0, 0xc1, SERVICE_SEGMENT, STUB_CALL_5);
	/* And so does its address without the wrap at 1 MB. */
	memcpy(machine_memory() + HIGH_CALL_5, machine_memory() + 0xc0, 5);
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
	interrupts_reset();
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
	interrupts_end(0);
	if (!machine_vector_is_ours(0x1c)) {
		machine_begin_interrupt(0x1c);
	}
}

/* INT 70h: the alarm is INT 4Ah. */
static void clock_chip_interrupt(void)
{
	uint8_t reasons = cmos_get(CMOS_STATUS_C) & cmos_get(CMOS_STATUS_B);

	interrupts_end(8);
	if ((reasons & CMOS_ALARM) != 0 && !machine_vector_is_ours(0x4a)) {
		(void)machine_call_interrupt(0x4a);
	}
}

static uint32_t from_bcd(uint32_t value)
{
	return (value >> 4) * 10 + (value & 15);
}

/* AH=03h, 05h: the clock of this machine alone. */
static void set_clock(void)
{
	struct dos_time now;
	uint8_t hundredth = 0;
	int64_t seconds = clock_seconds(&hundredth);

	time_split(&now, seconds, hundredth);
	if (ah() == 0x03) {
		now.hour = (uint8_t)from_bcd(ch());
		now.minute = (uint8_t)from_bcd(cl());
		now.second = (uint8_t)from_bcd(dh());
	} else {
		now.year = (uint16_t)(from_bcd(ch()) * 100 + from_bcd(cl()));
		now.month = (uint8_t)from_bcd(dh());
		now.day = (uint8_t)from_bcd(dl());
	}
	if (time_is_time(now.hour, now.minute, now.second, 0) &&
	    time_is_date(now.year, now.month, now.day)) {
		clock_move(time_join(&now) - seconds);
	} else {
		machine_set_flag(FLAG_CARRY, true);
	}
}

/* AH=06h, 07h: the alarm at CH:CL:DH; one at a time. */
static void set_alarm(void)
{
	uint8_t modes = cmos_get(CMOS_STATUS_B);

	if (ah() == 0x07) {
		cmos_set(CMOS_STATUS_B, modes & (uint8_t)~CMOS_ALARM);
		return;
	}
	if ((modes & CMOS_ALARM) != 0) {
		machine_set_flag(FLAG_CARRY, true);
		return;
	}
	cmos_set(CMOS_ALARM_HOUR, ch());
	cmos_set(CMOS_ALARM_MINUTE, cl());
	cmos_set(CMOS_ALARM_SECOND, dh());
	cmos_set(CMOS_STATUS_B, modes | CMOS_ALARM);
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
	case 0x03:
	case 0x05:
		set_clock();
		break;
	case 0x06:
	case 0x07:
		set_alarm();
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

/* The clock, the screen, keys: what does not come by an interrupt.  At most as often as the PC's
   clock ticks, or as a picture is worth to be looked at.  false: the program is to end. */
static bool look_around(void)
{
	static uint64_t last;
	uint64_t now = clock_microseconds();

	set_ticks();
	if (now - last >= LOOK_US) {
		last = now;
		idle_polls = 0;
		terminal_update();
	}
	if (terminal_break_is_urgent()) {
		dos_terminate(0, DOS_END_BREAK);
		return false;
	}
	interrupts_look();
	tick_changed();
	return true;
}

void bios_tick(void)
{
	uint32_t vector = 0;

	if (!look_around()) {
		return;
	}
	vector = interrupts_next();
	if (vector != 0) {
		machine_begin_interrupt(vector);
	}
	machine_block.pending = interrupts_wait();
}

void bios_tick_now(void)
{
	uint32_t vector = 0;

	if (!look_around()) {
		return;
	}
	for (uint32_t i = 0; i < SERVED_MAX && (vector = interrupts_next()) != 0; i++) {
		if (!machine_call_interrupt(vector)) {
			return;
		}
		interrupts_look();
	}
}

/* --------------------------------------------------------------------------------- the keyboard */

/* An interrupt with AX, within one of ours; the flags and AX that it comes back with.  false: the
   program has ended. */
static bool call_with(uint32_t vector, uint32_t value, uint16_t *result, bool *carry)
{
	struct masix_v86_registers saved = REGISTERS;

	set_ax(value);
	machine_set_flag(FLAG_CARRY, true);
	if (!machine_call_interrupt(vector)) {
		return false;
	}
	*result = ax();
	*carry = (REGISTERS.eflags & FLAG_CARRY) != 0;
	REGISTERS = saved;
	return true;
}

/* INT 15h, 4Fh: a program may change a scan code, or keep it.  false: there is none any more. */
static bool intercept(uint8_t *code)
{
	uint16_t result = *code;
	bool carry = true;

	if (!machine_vector_is_ours(0x15)) {
		if (!call_with(0x15, 0x4f00u | *code, &result, &carry)) {
			return false;
		}
		*code = (uint8_t)result;
	}
	return carry;
}

/* Until the next key. */
static void pause_machine(void)
{
	static bool is_paused;
	bool goes_on = !is_paused;

	is_paused = true;
	while (goes_on && (peek8(0, KEYBOARD_FLAGS2) & KEYBOARD_PAUSED) != 0) {
		goes_on = machine_wait(MACHINE_TICK);
	}
	is_paused = false;
}

static void call_hook(uint32_t vector, uint32_t value)
{
	uint16_t result = 0;
	bool carry = false;

	if (!machine_vector_is_ours(vector)) {
		(void)call_with(vector, value, &result, &carry);
	} else if (vector == 0x1b) {
		terminal_break();
	}
}

/* INT 9: one scan code. */
static void scan_interrupt(void)
{
	uint8_t code = controller_read();
	enum keyboard_action action = KEYBOARD_NOTHING;

	if (intercept(&code)) {
		action = keyboard_scan(machine_memory(), code);
	}
	interrupts_end(1);
	switch (action) {
	case KEYBOARD_DO_BREAK:
		call_hook(0x1b, 0);
		break;
	case KEYBOARD_DO_PRINT:
		call_hook(0x05, 0);
		break;
	case KEYBOARD_DO_SYSREQ:
	case KEYBOARD_DO_SYSREQ_UP:
		call_hook(0x15, action == KEYBOARD_DO_SYSREQ ? 0x8500 : 0x8501);
		break;
	case KEYBOARD_DO_RESTART:
		machine_refuse("was ended by Ctrl-Alt-Del");
		break;
	default:
		pause_machine();
		break;
	}
}

/* Brings what was typed into the ring.  false: the program has ended meanwhile. */
static bool bring_keys(void)
{
	terminal_poll_keys();
	return !terminal_has_codes() || machine_wait(0);
}

static bool wait_key(bool take, uint16_t *key, bool idle)
{
	while (!keyboard_get(machine_memory(), take, key)) {
		bool idles = idle && !machine_vector_is_ours(0x28);

		if (!bring_keys()) {
			return false;
		}
		if (idles && !machine_call_interrupt(0x28)) {
			return false;
		}
		if (keyboard_get(machine_memory(), take, key)) {
			break;
		}
		if (!terminal_has_keyboard()) {
			machine_refuse("waits for a key, and there is no keyboard");
			return false;
		}
		if (!machine_wait(idles ? MACHINE_TICK : MACHINE_KEY)) {
			return false;
		}
	}
	return true;
}

bool bios_wait_key(bool take, uint16_t *key)
{
	return wait_key(take, key, false);
}

bool bios_wait_key_idle(uint16_t *key)
{
	return wait_key(true, key, true);
}

bool bios_look_key(uint16_t *key)
{
	if (keyboard_get(machine_memory(), false, key)) {
		idle_polls = 0;
		return true;
	}
	/* A program that only asks, again and again, waits. */
	if (!bring_keys() || (++idle_polls > IDLE_POLLS && !machine_wait(MACHINE_TICK))) {
		return false;
	}
	return keyboard_get(machine_memory(), false, key);
}

bool bios_peek_key(uint16_t *key)
{
	return keyboard_get(machine_memory(), false, key);
}

/* Functions 00 and 01 know fewer keys than 10 and 11. */
static void read_key(bool extended)
{
	uint16_t key = 0;

	do {
		if (!bios_wait_key(false, &key)) {
			return;
		}
	} while (!(extended ? keyboard_get : keyboard_get_old)(machine_memory(), true, &key));
	set_ax(extended && (key & 0xff) == 0xf0 && key >= 0x100 ? key & 0xff00u : key);
}

static void look_at_key(bool extended)
{
	unsigned int begun = machine_epoch();
	uint16_t key = 0;
	bool is_there = bios_look_key(&key);

	if (machine_epoch() != begun) {
		return;
	}
	if (is_there && !extended) {
		is_there = keyboard_get_old(machine_memory(), false, &key);
	}
	if (is_there) {
		set_ax(key);
	}
	machine_set_flag(FLAG_ZERO, !is_there);
}

static void keyboard_interrupt(void)
{
	switch (ah()) {
	case 0x00:
	case 0x10:
		read_key(ah() == 0x10);
		break;
	case 0x01:
	case 0x11:
		look_at_key(ah() == 0x11);
		break;
	case 0x02:
		set_al(peek8(0, KEYBOARD_FLAGS));
		break;
	case 0x05:
		set_al(keyboard_put(machine_memory(), cx()) ? 0 : 1);
		break;
	case 0x09:
		set_al(0x20); /* functions 10 to 12 are there */
		break;
	case 0x0a:
		set_bx(0x41ab);
		break;
	case 0x12:
		set_ax(keyboard_shifts(machine_memory()));
		break;
	default:
		break;
	}
}

/* ----------------------------------------------------------------------------------- the others */

static void wait_microseconds(uint64_t microseconds)
{
	uint64_t end = clock_microseconds() + microseconds;

	for (uint64_t now = 0; (now = clock_microseconds()) < end;) {
		uint64_t left = end - now;

		if (!machine_wait(left < 1000000 ? (uint32_t)left : MACHINE_TICK)) {
			return;
		}
	}
}

/* AH=83h: a byte at ES:BX gets its bit 7 in CX:DX microseconds; with AL 1 not any more. */
static void wait_event(void)
{
	if (al() == 1) {
		interrupts_cancel_event();
	} else if (!interrupts_set_event(es(), bx(), (uint32_t)cx() << 16 | dx())) {
		set_ah(0x80);
		machine_set_flag(FLAG_CARRY, true);
		return;
	}
	tick_changed();
	set_ah(0);
}

/* AX=E801h: all of it is XMS's. */
static void extended_memory(void)
{
	if (al() != 0x01) {
		set_ah(0x86);
		machine_set_flag(FLAG_CARRY, true);
		return;
	}
	set_ax(0);
	set_bx(0);
	set_cx(0);
	set_dx(0);
}

/* AH=24h: the A20 line. */
static void a20_interrupt(void)
{
	uint32_t function = al();

	set_ah(0);
	switch (function) {
	case 0:
	case 1:
		machine_open_a20(function == 1);
		break;
	case 2:
		set_al(machine_a20_is_open());
		break;
	case 3:
		set_bx(0x0003); /* by the keyboard's controller and by port 92 */
		break;
	default:
		set_ah(0x86);
		machine_set_flag(FLAG_CARRY, true);
		break;
	}
}

static void system_interrupt(void)
{
	machine_set_flag(FLAG_CARRY, false);
	switch (ah()) {
	case 0x83:
		wait_event();
		break;
	case 0xe8:
		extended_memory();
		break;
	case 0x86:
		wait_microseconds((uint64_t)cx() << 16 | dx());
		break;
	case 0x87:
		xms_move_physical();
		break;
	case 0x88:
		set_ax(0); /* all of it is XMS's */
		break;
	case 0xc0:
		set_es(ROM_SEGMENT);
		set_bx(ROM_CONFIG);
		set_ah(0);
		break;
	case 0x24:
		a20_interrupt();
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
		scan_interrupt();
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
		terminal_break();
		return true;
	case 0x1c:
		return true;
	case 0x70:
		clock_chip_interrupt();
		return true;
	default:
		return false;
	}
}
