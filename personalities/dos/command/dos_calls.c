/* See dos_calls.h. */
#include "dos_calls.h"

uint16_t dos_segment(void)
{
	uint16_t segment = 0;

	__asm__("movw %%cs, %0" : "=r"(segment));
	return segment;
}

int dos_call(struct dos_registers *registers)
{
	registers->ds = registers->ds != 0 ? registers->ds : dos_segment();
	registers->es = registers->es != 0 ? registers->es : dos_segment();
	dos_int21(registers);
	return (registers->flags & DOS_CARRY) != 0 ? -(int)registers->ax : registers->ax;
}

static uint16_t near(const void *pointer)
{
	return (uint16_t)(uintptr_t)pointer;
}

int dos_simple(uint16_t ax, uint16_t bx, uint16_t cx, const void *dx)
{
	struct dos_registers registers = {.ax = ax, .bx = bx, .cx = cx, .dx = near(dx)};

	return dos_call(&registers);
}

int dos_find_first(const char *pattern, uint16_t attributes, struct dos_found *found)
{
	(void)dos_simple(0x1a00, 0, 0, found);
	return dos_simple(0x4e00, 0, attributes, pattern);
}

int dos_find_next(struct dos_found *found)
{
	(void)dos_simple(0x1a00, 0, 0, found);
	return dos_simple(0x4f00, 0, 0, NULL);
}

int dos_open(const char *path, uint8_t mode)
{
	return dos_simple((uint16_t)(0x3d00 | mode), 0, 0, path);
}

int dos_create(const char *path)
{
	return dos_simple(0x3c00, 0, 0, path);
}

void dos_close(int handle)
{
	(void)dos_simple(0x3e00, (uint16_t)handle, 0, NULL);
}

int dos_read(int handle, void *bytes, uint16_t count)
{
	return dos_simple(0x3f00, (uint16_t)handle, count, bytes);
}

int dos_write(int handle, const void *bytes, uint16_t count)
{
	return count == 0 ? 0 : dos_simple(0x4000, (uint16_t)handle, count, bytes);
}

bool dos_seek(int handle, uint32_t offset, uint8_t whence, uint32_t *position)
{
	struct dos_registers registers = {.ax = (uint16_t)(0x4200 | whence),
					  .bx = (uint16_t)handle,
					  .cx = (uint16_t)(offset >> 16),
					  .dx = (uint16_t)offset};

	if (dos_call(&registers) < 0) {
		return false;
	}
	if (position != NULL) {
		*position = (uint32_t)registers.dx << 16 | registers.ax;
	}
	return true;
}

uint16_t dos_information(int handle)
{
	struct dos_registers registers = {.ax = 0x4400, .bx = (uint16_t)handle};

	return dos_call(&registers) < 0 ? 0 : registers.dx;
}

int dos_attributes(const char *path)
{
	struct dos_registers registers = {.ax = 0x4300, .dx = near(path)};
	int result = dos_call(&registers);

	return result < 0 ? result : registers.cx;
}

uint8_t dos_drive(void)
{
	return (uint8_t)dos_simple(0x1900, 0, 0, NULL);
}

int dos_directory(uint8_t drive, char path[DOS_PATH_BYTES])
{
	struct dos_registers registers = {.ax = 0x4700, .dx = drive, .si = near(path + 3)};

	path[0] = (char)('A' + (drive == 0 ? dos_drive() : drive - 1));
	path[1] = ':';
	path[2] = '\\';
	path[3] = 0;
	return dos_call(&registers);
}

uint8_t dos_key(bool echo)
{
	return (uint8_t)dos_simple(echo ? 0x0c01 : 0x0c08, 0, 0, NULL);
}
