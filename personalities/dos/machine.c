/*
 * Running the program: what the kernel hands back (an INT that is ours, a port, a halt, an
 * interrupt that is due) is served here, until the program has ended.
 */
#include "machine.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gen/mach.h>
#include <gen/mach4.h>
#include <gen/masix_host.h>
#include <mach/vm_param.h>
#include "terminal.h"
#include "dos.h"
#include "host.h"
#include "interrupts.h"
#include "tick.h"
#include "xms.h"

#define NESTED_MAX 16 /* interrupts of the program's that run inside our calls */
#define CONTROL_C  3
/* CR0 (Intel SDM vol. 3A, 2.5). */
#define CR0_PROTECTION 0x00000001u
#define CR0_ET         0x00000010u
#define CR0_PAGING     0x80000000u
#define FRAME_BYTES    6 /* of an interrupt: flags and the return address */
#define SELF           mach_task_self()

#define ALL       (VM_PROT_READ | VM_PROT_WRITE | VM_PROT_EXECUTE)
#define MEGABYTE  0x100000u
#define HIGH      (MACHINE_BYTES - MEGABYTE)
#define A20       MEGABYTE
#define ADDRESSES (2 * MEGABYTE - 1)

struct masix_v86_block machine_block;
uint8_t *machine_ram;
uint32_t machine_addresses = ADDRESSES & ~A20;

static bool stopped;
static uint32_t stop_code;
static unsigned int nested;
static unsigned int epoch; /* counts machine_abandon */

static mach_port_t memory; /* all of it, as an object */

/* The program's mapping of a part. */
static kern_return_t map(vm_address_t address, vm_size_t bytes, vm_offset_t offset)
{
	return vm_map(SELF, &address, bytes, 0, FALSE, memory, offset, FALSE, ALL, ALL,
		      VM_INHERIT_COPY);
}

static kern_return_t make_memory(void)
{
	vm_address_t address = 0;
	kern_return_t result = masix_task_map_page_zero(SELF);

	if (result == KERN_SUCCESS) {
		result = vm_allocate(SELF, &address, MACHINE_BYTES, TRUE);
	}
	if (result == KERN_SUCCESS) {
		machine_ram = (uint8_t *)address;
		result = vm_region_create_proxy(SELF, address, ALL, MACHINE_BYTES, &memory);
	}
	if (result == KERN_SUCCESS) {
		result = map(0, MEGABYTE, 0);
	}
	return result ?: map(MEGABYTE, HIGH, 0);
}

void machine_open_a20(bool open)
{
	kern_return_t result = KERN_SUCCESS;

	if (open == machine_a20_is_open()) {
		return;
	}
	result = vm_deallocate(SELF, MEGABYTE, HIGH);
	result = result ?: map(MEGABYTE, HIGH, open ? MEGABYTE : 0);
	if (result != KERN_SUCCESS) {
		machine_refuse("moves the A20 line, and cannot: %s", mach_error_string(result));
		return;
	}
	machine_addresses = open ? ADDRESSES : ADDRESSES & ~A20;
}

bool machine_a20_is_open(void)
{
	return (machine_addresses & A20) != 0;
}

void machine_make(void)
{
	kern_return_t result = make_memory();

	if (result != KERN_SUCCESS) {
		printf("dos: no memory for a machine: %s\n", mach_error_string(result));
		exit(1);
	}
	machine_block.flags = MASIX_V86_REFLECT;
	machine_block.service_segment = SERVICE_SEGMENT;
	REGISTERS.eflags = 2 | FLAG_IF;
}

void machine_get_text(uint32_t segment, uint32_t offset, char *text, uint32_t bytes_max)
{
	uint32_t i = 0;

	for (; i + 1 < bytes_max && peek8(segment, offset + i) != 0; i++) {
		text[i] = (char)peek8(segment, offset + i);
	}
	text[i] = 0;
}

bool machine_vector_is_ours(uint32_t vector)
{
	return peek16(0, vector * 4 + 2) == SERVICE_SEGMENT;
}

static void push(uint32_t value)
{
	set_sp(sp() - 2u);
	poke16(ss(), sp(), value);
}

static uint16_t pop(void)
{
	uint16_t value = peek16(ss(), sp());

	set_sp(sp() + 2u);
	return value;
}

void machine_begin_interrupt(uint32_t vector)
{
	push(REGISTERS.eflags);
	push(cs());
	push(ip());
	machine_set_flag(FLAG_IF | FLAG_TRAP, false);
	REGISTERS.eip = peek16(0, vector * 4);
	REGISTERS.cs = peek16(0, vector * 4 + 2);
}

/* What IRET does. */
static void return_from_interrupt(void)
{
	REGISTERS.eip = pop();
	REGISTERS.cs = pop();
	REGISTERS.eflags = (REGISTERS.eflags & 0xffff0000u) | pop();
}

/* ------------------------------------------------------------------------- what it has done */

static void serve(uint32_t vector)
{
	switch (vector) {
	case 0x20:
		dos_terminate_old();
		break;
	case 0x21:
		dos_call();
		break;
	case 0x27:
		dos_stay((dx() + 15u) / 16);
		break;
	default:
		if (!bios_interrupt(vector)) {
			dos_other_interrupt(vector);
		}
		break;
	}
}

/* INT n whose vector leads to us; the program may have copied that of another number there. */
static void serve_int(uint32_t vector)
{
	uint32_t offset = peek16(0, vector * 4);

	if (offset < SERVICE_STUBS) {
		serve(offset / 4);
	}
}

/* HLT in our segment is how the program comes to us by a far call or jump. Whether it is over. */
static bool serve_stub(uint32_t offset)
{
	if (offset < SERVICE_STUBS) {
		return_from_interrupt();
		serve(offset / 4);
	} else if (offset == STUB_ENDED) {
		machine_stop(dos_last_code());
	} else if (offset == STUB_XMS_HALT) {
		xms_call();
	} else if (offset == STUB_CALL_5) {
		/* The return address of CALL 5 is behind its far call's. */
		uint16_t far_ip = pop(), far_cs = pop();

		(void)far_ip;
		REGISTERS.eip = pop();
		REGISTERS.cs = far_cs;
		set_ah(cl());
		if (cl() <= 0x24) {
			serve(0x21);
		} else {
			set_al(0);
		}
	}
	return offset == STUB_RETURNED;
}

static void halt(void)
{
	if ((REGISTERS.eflags & FLAG_IF) == 0) {
		machine_refuse("has halted the processor with interrupts off");
		return;
	}
	(void)machine_wait(MACHINE_TICK);
}

/* One element of INS or OUTS, from or to the program's memory. */
static void move_string(void)
{
	uint32_t bytes = machine_block.bytes;
	bool in = machine_block.reason == MASIX_V86_IN;
	int32_t step = (REGISTERS.eflags & 0x400) != 0 ? -(int32_t)bytes : (int32_t)bytes;
	uint32_t segment = in ? es() : machine_block.segment;
	uint32_t offset = in ? di() : si();

	if (in) {
		uint32_t value = ports_in(machine_block.port, bytes);

		for (uint32_t i = 0; i < bytes; i++) {
			poke8(segment, offset + i, value >> (8 * i));
		}
		set_di(offset + (uint32_t)step);
	} else {
		uint32_t value = 0;

		for (uint32_t i = 0; i < bytes; i++) {
			value |= (uint32_t)peek8(segment, offset + i) << (8 * i);
		}
		set_si(offset + (uint32_t)step);
		ports_out(machine_block.port, bytes, value);
	}
}

static void serve_port(void)
{
	uint32_t bytes = machine_block.bytes;
	uint32_t mask = bytes == 4 ? 0xffffffffu : (1u << (8 * bytes)) - 1;

	if ((machine_block.access & MASIX_V86_STRING) != 0) {
		bool repeat = (machine_block.access & MASIX_V86_REPEAT) != 0;
		unsigned int begun = epoch;

		for (uint32_t count = repeat ? cx() : 1; count > 0 && epoch == begun; count--) {
			if (repeat) {
				set_cx(count - 1);
			}
			move_string(); /* which may be the program's last */
		}
	} else if (machine_block.reason == MASIX_V86_IN) {
		uint32_t value = ports_in(machine_block.port, bytes);

		REGISTERS.eax = (REGISTERS.eax & ~mask) | (value & mask);
	} else {
		ports_out(machine_block.port, bytes, REGISTERS.eax & mask);
	}
}

/* The name of an instruction that no program may use here; NULL: we have none. */
static const char *instruction_name(const uint8_t *bytes, uint32_t count)
{
	static const char *const group7[] = {"SGDT", "SIDT", "LGDT", "LIDT",
					     "SMSW", NULL,   "LMSW", "INVLPG"};
	uint32_t i = 0;

	while (i < count && (bytes[i] == 0x66 || bytes[i] == 0x67 || bytes[i] == 0x2e ||
			     bytes[i] == 0x26 || bytes[i] == 0x36 || bytes[i] == 0x3e)) {
		i++;
	}
	if (i + 2 >= count || bytes[i] != 0x0f) {
		return NULL;
	}
	switch (bytes[i + 1]) {
	case 0x01:
		return group7[bytes[i + 2] >> 3 & 7];
	case 0x00:
		return "LLDT or LTR";
	case 0x06:
		return "CLTS";
	case 0x08:
		return "INVD";
	case 0x09:
		return "WBINVD";
	case 0x20:
	case 0x22:
		return "MOV with a control register";
	case 0x21:
	case 0x23:
		return "MOV with a debug register";
	case 0x30:
	case 0x32:
		return "RDMSR or WRMSR";
	default:
		return NULL;
	}
}

/*
 * MOV r32, CR0: programs look whether the processor is theirs, as memory managers let them.  It is
 * not: paging and protection are on.  What would change a control register stays refused.
 */
static bool read_control_register(void)
{
	natural_t *const registers[8] = {&REGISTERS.eax, &REGISTERS.ecx, &REGISTERS.edx,
					 &REGISTERS.ebx, &REGISTERS.esp, &REGISTERS.ebp,
					 &REGISTERS.esi, &REGISTERS.edi};
	const uint8_t *bytes = machine_block.instruction;

	if (machine_block.instruction_bytes < 3 || bytes[0] != 0x0f || bytes[1] != 0x20 ||
	    (bytes[2] & 0x38) != 0) {
		return false;
	}
	*registers[bytes[2] & 7] = CR0_PAGING | CR0_ET | CR0_PROTECTION;
	set_ip(ip() + 3u);
	return true;
}

static void serve_exception(void)
{
	const char *name =
		instruction_name(machine_block.instruction, machine_block.instruction_bytes);

	if (read_control_register()) {
		return;
	}
	if (machine_block.vector == 0) {
		dos_write_error("\r\nDivide overflow\r\n");
		dos_terminate(0, DOS_END_ABORT);
	} else if (machine_block.vector == 1 || machine_block.vector == 3 ||
		   machine_block.vector == 4) {
		return; /* INT 1, 3, 4 that nobody has: nothing happens, as with a BIOS's IRET */
	} else if (name != NULL) {
		machine_refuse("has used %s at %04x:%04x, which takes a machine of its own", name,
			       cs(), ip());
	} else {
		machine_refuse("has caused exception %u at %04x:%04x (%02x %02x %02x %02x)",
			       machine_block.vector, cs(), ip(), machine_block.instruction[0],
			       machine_block.instruction[1], machine_block.instruction[2],
			       machine_block.instruction[3]);
	}
}

/* A second has gone by with interrupts off: the screen is to be seen, and ^C ends the program. */
static void look_in(void)
{
	uint16_t key = 0;

	terminal_update();
	if (bios_peek_key(&key) && (key & 0xff) == CONTROL_C) {
		(void)bios_wait_key(true, &key);
		dos_write_error("^C\r\n");
		dos_terminate(0, DOS_END_BREAK);
	}
}

/* Serves what the kernel returned with; true: STUB_RETURNED was reached. */
static bool serve_reason(void)
{
	switch (machine_block.reason) {
	case MASIX_V86_INT:
		serve_int(machine_block.vector);
		return false;
	case MASIX_V86_IN:
	case MASIX_V86_OUT:
		serve_port();
		return false;
	case MASIX_V86_HLT:
		if (cs() == SERVICE_SEGMENT) {
			return serve_stub(ip() - 1u);
		}
		halt();
		return false;
	case MASIX_V86_POSTED:
		if ((REGISTERS.eflags & FLAG_IF) == 0) {
			look_in();
			return false;
		}
		/* fall through */
	case MASIX_V86_INTERRUPT:
		machine_block.pending = 0;
		bios_tick();
		return false;
	default:
		serve_exception();
		return false;
	}
}

/* ------------------------------------------------------------------------------- the loops */

/* What the kernel returned with was not served yet: who sees it next does that first. */
static bool reason_waits;

/* Where the stack was when an interrupt of the program's was begun inside one of our calls. */
struct frame {
	uint16_t ss, sp;
};

/*
 * A handler may leave by a jump into the program (longjmp at ^C, a critical error that is given to
 * the program): then the interrupt's frame is not on the stack any more.
 */
static bool is_left(const struct frame *frame)
{
	bool returned = machine_block.reason == MASIX_V86_HLT && cs() == SERVICE_SEGMENT;

	return frame != NULL && !returned && ss() == frame->ss && sp() > frame->sp - FRAME_BYTES;
}

static bool run_until_returned(unsigned int begun, const struct frame *frame)
{
	while (!stopped && epoch == begun) {
		kern_return_t result = reason_waits ? KERN_SUCCESS : masix_v86_run(&machine_block);

		reason_waits = false;
		if (result != KERN_SUCCESS) {
			machine_refuse("cannot be run: %s", mach_error_string(result));
		} else if (is_left(frame)) {
			reason_waits = true;
			machine_abandon();
		} else if (serve_reason() && nested > 0) {
			return true;
		}
	}
	return false;
}

bool machine_call_interrupt(uint32_t vector)
{
	uint32_t segment = REGISTERS.cs, offset = REGISTERS.eip;
	const struct frame frame = {ss(), sp()};
	bool returned = false;

	if (nested == NESTED_MAX) {
		return false;
	}
	nested++;
	REGISTERS.cs = SERVICE_SEGMENT;
	REGISTERS.eip = STUB_RETURNED;
	machine_begin_interrupt(vector);
	returned = run_until_returned(epoch, &frame);
	nested--;
	if (returned) {
		REGISTERS.cs = segment;
		REGISTERS.eip = offset;
	}
	return returned;
}

uint32_t machine_run(void)
{
	while (!stopped) {
		(void)run_until_returned(epoch, NULL);
	}
	return stop_code;
}

void machine_stop(uint32_t code)
{
	stopped = true;
	stop_code = code;
}

void machine_abandon(void)
{
	epoch++;
	interrupts_abandon();
}

static void sleep_until_key(uint32_t microseconds)
{
	bool wanted = false;
	uint32_t tick_us = interrupts_period_us(&wanted);

	terminal_update();
	if (terminal_has_keys()) {
		return;
	}
	if (microseconds == MACHINE_KEY && !wanted) {
		tick_pause();
		host->wait(HOST_FOREVER, true);
		tick_resume();
	} else {
		host->wait(microseconds < tick_us ? microseconds : tick_us, true);
	}
}

bool machine_wait(uint32_t microseconds)
{
	unsigned int begun = epoch;

	if (microseconds > 0) {
		sleep_until_key(microseconds);
	}
	machine_block.pending = 0;
	bios_tick_now();
	return epoch == begun && !stopped;
}

unsigned int machine_epoch(void)
{
	return epoch;
}

void machine_refuse(const char *format, ...)
{
	char text[160];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	dos_write_error("\r\ndos: the program ");
	dos_write_error(text);
	dos_write_error("\r\n");
	dos_kill(0xff);
}
