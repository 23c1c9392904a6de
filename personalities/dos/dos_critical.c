/* Critical errors: INT 24h, and what is asked when no program has it. */
#include <stdio.h>
#include "dos.h"
#include "machine.h"
#include "terminal.h"

#define DEVICE    0x80 /* in AH: of a device, not of a drive */
#define WRITING   0x01
#define DIRECTORY 0x04 /* the part of the drive */
#define MAY_FAIL  0x08
#define MAY_RETRY 0x10
#define MAY_SKIP  0x20

/* The program's own handler: AL as it says.  false: the program has ended, or goes on elsewhere. */
static bool ask_program(const struct critical_error *error, uint8_t *answer)
{
	struct masix_v86_registers before = REGISTERS;
	bool device = error->device != DEVICE_NONE;

	/* What the program's registers were stands on its stack when the handler runs, as DOS has
	 * it. */
	set_sp(dos_store_registers());
	set_ah((device ? DEVICE | MAY_SKIP : DIRECTORY) | (error->write ? WRITING : 0) | MAY_FAIL |
	       MAY_RETRY);
	set_al(device ? 0 : error->drive);
	set_di(error->code);
	set_bp(DOS_SEGMENT);
	set_si(dos_device_header(error->device));
	if (!machine_call_interrupt(0x24)) {
		return false;
	}
	*answer = al();
	REGISTERS = before;
	/* "Ignore" is for devices alone; what is no answer is the mildest one. */
	if (*answer > CRITICAL_FAIL || (*answer == CRITICAL_IGNORE && !device)) {
		*answer = CRITICAL_FAIL;
	}
	return true;
}

/* At the terminal.  false: the program has ended. */
static bool ask_person(const struct critical_error *error, uint8_t *answer)
{
	static const char letters[] = "IRAF";
	const char *device = error->device == DEVICE_PRN ? "PRN" : "AUX";
	char text[64];
	uint16_t key = 0;

	*answer = CRITICAL_FAIL;
	if (!terminal_is_there()) {
		return true; /* nobody to ask */
	}
	if (error->device != DEVICE_NONE) {
		(void)snprintf(text, sizeof text, "\r\nNot ready writing device %s\r\n", device);
	} else {
		(void)snprintf(text, sizeof text, "\r\nNot ready reading drive %c\r\n",
			       'A' + error->drive);
	}
	dos_write_error(text);
	for (;;) {
		dos_write_error(error->device != DEVICE_NONE ? "Abort, Retry, Ignore, Fail? "
							     : "Abort, Retry, Fail? ");
		if (!bios_wait_key(true, &key)) {
			return false;
		}
		(void)snprintf(text, sizeof text, "%c\r\n",
			       (key & 0xff) > ' ' ? (int)(key & 0xff) : ' ');
		dos_write_error(text);
		for (uint8_t i = error->device == DEVICE_NONE; i < 4; i++) {
			if (name_upper((uint8_t)key) == letters[i]) {
				*answer = i;
				return true;
			}
		}
	}
}

bool dos_critical_error(const struct critical_error *error, uint8_t *answer)
{
	uint8_t in_error = peek8(DOS_SEGMENT, DOS_SWAP);
	bool goes_on = false;

	if (in_error != 0) { /* within a handler: no second one */
		*answer = CRITICAL_FAIL;
		return true;
	}
	poke8(DOS_SEGMENT, DOS_SWAP, 1);
	goes_on = machine_vector_is_ours(0x24) ? ask_person(error, answer)
					       : ask_program(error, answer);
	poke8(DOS_SEGMENT, DOS_SWAP, 0);
	if (goes_on && *answer == CRITICAL_ABORT) {
		dos_terminate(0, DOS_END_ABORT);
		return false;
	}
	return goes_on;
}
