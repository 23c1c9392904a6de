/* INT 21h: which function is whose, and how one ends; the other interrupts of DOS. */
#include "dos.h"
#include <stdio.h>
#include <string.h>
#include "terminal.h"
#include "files.h"
#include "machine.h"

#define FUNCTIONS_MAX 0x6d
#define FUNCTION_LAST 0x6c
#define LONG_NAMES    0x71

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

/*
 * A function that is not there: as DOS answers, AL 0 for the old ones and those behind its last,
 * whose flags stay as they were (networks have theirs there), and error 1 for others.
 */
static void unknown_function(void)
{
	uint8_t number = ah();

	if (unknown[number]++ == 0) {
		printf("dos: INT 21h, AH=%02Xh (AL=%02Xh) is not there\n", number, al());
	}
	if (number == LONG_NAMES) {
		machine_set_flag(FLAG_CARRY, true);
	}
	if (number < 0x38 || number > FUNCTION_LAST) {
		set_al(0);
	} else {
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

/* The same call again and again, for as long as its drive does not answer and that is retried. */
static void serve_function(void)
{
	dos_function_t function = ah() < FUNCTIONS_MAX ? functions[ah()] : unknown_function;
	struct masix_v86_registers before = REGISTERS;
	struct critical_error error;
	uint8_t answer = CRITICAL_RETRY;

	if (terminal_break_waits() && minds_break(ah()) && !dos_take_break()) {
		return;
	}
	function = function != NULL ? function : unknown_function;
	for (;;) {
		files_forget_trouble();
		function();
		if (!files_take_trouble(&error)) {
			return;
		}
		if (!dos_critical_error(&error, &answer)) {
			return;
		}
		if (answer != CRITICAL_RETRY) {
			dos.error = DOS_ERROR_FAIL;
			return;
		}
		REGISTERS = before;
	}
}

/*
 * Calls can be within calls (of handlers that run while one waits), which TSRs look at the InDOS
 * flag to avoid.  Whoever leaves in between by another way, leaves all of them: each sets back what
 * it found, the outermost at last.
 */
void dos_call(void)
{
	uint32_t before = dos.calls;

	dos.calls = before + 1;
	poke8(DOS_SEGMENT, DOS_IN_DOS, dos.calls);
	serve_function();
	dos.calls = before;
	poke8(DOS_SEGMENT, DOS_IN_DOS, dos.calls);
	dos_tables_refresh();
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
		dos_multiplex();
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

static void name_device_file(struct open_file *file, uint8_t device)
{
	static const char *const names[] = {[DEVICE_CON] = "CON        ",
					    [DEVICE_AUX] = "AUX        ",
					    [DEVICE_PRN] = "PRN        "};

	file->device = device;
	file->access = 2;
	memcpy(file->name, names[device], sizeof file->name);
}

/* A standard stream: the console, or an open file that is given to us. */
static void open_stream(mach_port_t given, uint8_t access)
{
	struct open_file *file = handle_new(&dos.handles);

	file->access = access;
	if (given != MACH_PORT_NULL) {
		file->object = given;
		file->drive = DOS_DRIVE_C;
		memset(file->name, ' ', sizeof file->name);
	} else {
		name_device_file(file, DEVICE_CON);
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
	name_device_file(handle_new(&dos.handles), DEVICE_AUX);
	name_device_file(handle_new(&dos.handles), DEVICE_PRN);
	dos_country_start();
	dos_tables_start();
}
