/* INT 21h, 48 to 4A and 58 (hexadecimal): memory. */
#include "dos.h"
#include "machine.h"

void dos_allocate(void)
{
	uint16_t segment = 0, largest = 0;
	int error = memory_allocate(&dos.memory, dos.psp, bx(), &segment, &largest);

	if (error != 0) {
		set_bx(largest);
		dos_fail((uint32_t)error);
		return;
	}
	set_ax(segment);
	dos_succeed();
}

void dos_free(void)
{
	dos_finish(memory_free(&dos.memory, es()));
}

void dos_resize(void)
{
	uint16_t largest = 0;
	int error = memory_resize(&dos.memory, es(), bx(), &largest);

	if (error == MEMORY_INSUFFICIENT) {
		set_bx(largest);
	}
	dos_finish(error);
}

void dos_strategy(void)
{
	switch (al()) {
	case 0x00:
		set_ax(dos.memory.strategy);
		dos_succeed();
		break;
	case 0x01:
		if ((bl() & 0x3f) > MEMORY_LAST_FIT) {
			dos_fail(DOS_ERROR_FUNCTION);
		} else {
			dos.memory.strategy = bl();
			dos_succeed();
		}
		break;
	case 0x02: /* upper memory is not linked: there is none */
		set_al(0);
		dos_succeed();
		break;
	default:
		dos_fail(DOS_ERROR_FUNCTION);
		break;
	}
}
