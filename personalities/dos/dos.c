/* INT 21h: which function is whose, and how one ends; the other interrupts of DOS. */
#include "dos.h"
#include <stdio.h>
#include <string.h>
#include "terminal.h"
#include "files.h"
#include "machine.h"
#include "xms.h"

#define FUNCTIONS_MAX 0x73

struct dos_state dos;
static uint32_t unknown[256]; /* how often a function was called that is not there */

typedef void (*dos_function_t)(void);

static const dos_function_t functions[FUNCTIONS_MAX] = {
#define DOS_ROW(number, name) [number] = dos_##name,
	DOS_FUNCTIONS(DOS_ROW)};

void dos_fail(uint32_t error)
{
	dos.error = (uint16_t)error;
	set_ax(error);
	machine_set_flag(FLAG_CARRY, true);
}

void dos_succeed(void)
{
	machine_set_flag(FLAG_CARRY, false);
}

void dos_finish(int error)
{
	if (error != 0) {
		dos_fail((uint32_t)error);
	} else {
		dos_succeed();
	}
}

/* A function that is not there: as DOS answers, AL 0 for the old ones and error 1 for others. */
static void unknown_function(void)
{
	uint8_t number = ah();

	if (unknown[number]++ == 0) {
		printf("dos: INT 21h, AH=%02Xh (AL=%02Xh) is not there\n", number, al());
	}
	if (number < 0x38) {
		set_al((number >= 0x0f && number <= 0x28) || number == 0x32 ? 0xff : 0);
	}
	if (number >= 0x38) {
		dos_fail(DOS_ERROR_FUNCTION);
	}
}

/* ^C from outside ends any call, but those that would give it to the program as a key. */
static bool minds_break(uint8_t number)
{
	return number != 0x06 && number != 0x07 && number != 0x0b && number != 0x0c;
}

/* Functions that DOS has only for their numbers. */
void dos_nothing(void)
{
	set_al(0);
}

void dos_call(void)
{
	dos_function_t function = ah() < FUNCTIONS_MAX ? functions[ah()] : NULL;

	if (terminal_break_waits() && minds_break(ah()) && !dos_take_break()) {
		return;
	}
	if (function == NULL) {
		unknown_function();
		return;
	}
	function();
}

void dos_other_interrupt(uint32_t vector)
{
	switch (vector) {
	case 0x25:
	case 0x26:
		/* No sectors; their flags stay on the stack. */
		set_sp(sp() - 2u);
		poke16(ss(), sp(), REGISTERS.eflags);
		set_ax(0x0201);
		machine_set_flag(FLAG_CARRY, true);
		break;
	case 0x29:
		terminal_put_console(al());
		break;
	case 0x2f:
		if (ax() == 0x1680) {
			set_al(0);
			(void)machine_wait(MACHINE_TICK);
		} else if (ax() == 0x1a00) {
			set_al(0xff); /* ANSI.SYS is part of the console */
		} else if (ah() == 0x43) {
			xms_multiplex();
		} else if (ax() == 0x1600) {
			set_al(0); /* no Windows */
		}
		break;
	default:
		break;
	}
}

uint32_t dos_last_code(void)
{
	return dos.last_end & 0xff;
}

void dos_write_error(const char *text)
{
	struct open_file *file = handle_find(&dos.handles, dos_names(), 2);
	uint32_t written = 0;

	if (file != NULL) {
		(void)dos_write(file, (const uint8_t *)text, (uint32_t)strlen(text), &written);
	}
}

int dos_get_path(uint32_t segment, uint32_t offset, struct dos_path *path)
{
	char text[NAME_PATH_BYTES];

	machine_get_text(segment, offset, text, sizeof text);
	if (text[0] == 0) {
		return DOS_ERROR_NO_FILE;
	}
	return name_resolve(path, text, dos.drive, (const char(*)[NAME_PATH_BYTES])dos.directories,
			    DOS_DRIVES);
}

/* A standard stream: the console, or an open file that is given to us. */
static void open_stream(mach_port_t given, uint8_t access)
{
	struct open_file *file = handle_new(&dos.handles);

	file->access = access;
	if (given != MACH_PORT_NULL) {
		file->object = given;
		file->drive = DOS_DRIVE_C;
	} else {
		file->device = DEVICE_CON;
	}
}

void dos_start(void)
{
	dos.memory.base = machine_memory();
	memory_format(&dos.memory, FIRST_BLOCK, MEMORY_END);
	dos.drive = DOS_DRIVE_C;
	dos.switch_character = '/';
	files_start();
	/* The first five open files, in the order of the handles. */
	open_stream(terminal_input_file(), 2);
	open_stream(terminal_output_file(), 2);
	open_stream(terminal_error_file(), 2);
	handle_new(&dos.handles)->device = DEVICE_AUX;
	handle_new(&dos.handles)->device = DEVICE_PRN;
	dos_tables_start();
}
