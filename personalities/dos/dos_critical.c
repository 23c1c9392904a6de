/* Critical errors: INT 24h, and what is asked when no program has it. */
#include <stdio.h>
#include "dos.h"
#include "machine.h"
#include "terminal.h"

#define NOT_READY 0x02
#define DEVICE    0x80 /* in AH: of a device, not of a drive */
#define WRITING   0x01
#define MAY_FAIL  0x08
#define MAY_RETRY 0x10
#define MAY_SKIP  0x20

/* The program's own handler: AL as it says.  false: the program has ended, or goes on elsewhere. */
static bool ask_program(uint8_t *answer)
{
	struct masix_v86_registers before = REGISTERS;

	/* What the program's registers were stands on its stack when the handler runs, as DOS has
	 * it. */
	set_sp(dos_store_registers());
	set_ax((DEVICE | WRITING | MAY_FAIL | MAY_RETRY | MAY_SKIP) << 8);
	set_di(NOT_READY);
	set_bp(DOS_SEGMENT);
	set_si(DOS_LISTS + 0x22); /* a device's header */
	if (!machine_call_interrupt(0x24)) {
		return false;
	}
	*answer = al();
	REGISTERS = before;
	return true;
}

/* At the terminal.  false: the program has ended. */
static bool ask_person(const char *device, uint8_t *answer)
{
	static const char letters[] = "IRAF";
	char text[64];
	uint16_t key = 0;

	*answer = CRITICAL_FAIL;
	if (!terminal_is_there()) {
		return true; /* nobody to ask */
	}
	(void)snprintf(text, sizeof text, "\r\nNot ready writing device %s\r\n", device);
	dos_write_error(text);
	for (;;) {
		dos_write_error("Abort, Retry, Ignore, Fail? ");
		if (!bios_wait_key(true, &key)) {
			return false;
		}
		(void)snprintf(text, sizeof text, "%c\r\n",
			       (key & 0xff) > ' ' ? (int)(key & 0xff) : ' ');
		dos_write_error(text);
		for (uint8_t i = 0; i < 4; i++) {
			if (name_upper((uint8_t)key) == letters[i]) {
				*answer = i;
				return true;
			}
		}
	}
}

bool dos_critical_error(const char *device, uint8_t *answer)
{
	uint8_t in_error = peek8(DOS_SEGMENT, DOS_SWAP);
	bool goes_on = false;

	if (in_error != 0) { /* within a handler: no second one */
		*answer = CRITICAL_FAIL;
		return true;
	}
	poke8(DOS_SEGMENT, DOS_SWAP, 1);
	goes_on = machine_vector_is_ours(0x24) ? ask_person(device, answer) : ask_program(answer);
	poke8(DOS_SEGMENT, DOS_SWAP, 0);
	if (goes_on && *answer == CRITICAL_ABORT) {
		dos_terminate(0, DOS_END_ABORT);
		return false;
	}
	return goes_on;
}
