/* Program files: their environment, block, image and PSP.  See dos_load.h. */
#include <string.h>
#include "dos_load.h"
#include "files.h"
#include "psp_core.h"
#include "version_core.h"

#define ENVIRONMENT_MAX 0x8000u

/* ------------------------------------------------------------------------------- environments */

static const char *program_name(const char *path)
{
	const char *name = strrchr(path, '\\');

	return name != NULL ? name + 1 : path;
}

/* A text with its 0; its bytes. */
static uint32_t put_text(uint16_t segment, uint32_t offset, const char *text)
{
	uint32_t bytes = (uint32_t)strlen(text) + 1;

	for (uint32_t i = 0; i < bytes; i++) {
		poke8(segment, offset + i, (uint8_t)text[i]);
	}
	return bytes;
}

/* Its bytes, up to and with the empty string at the end. */
static uint32_t environment_bytes(uint16_t segment)
{
	uint32_t bytes = 0;

	while (bytes < ENVIRONMENT_MAX &&
	       (peek8(segment, bytes) != 0 || peek8(segment, bytes + 1) != 0)) {
		bytes++;
	}
	return bytes + 2;
}

static bool is_shell(const char *path)
{
	return strcmp(program_name(path), "COMMAND.COM") == 0;
}

/*
 * A copy of an environment, with the program's path behind it; a DOS error.  A command interpreter
 * loads parts of itself again and again from the file that COMSPEC names: that must be itself, not
 * the one that has started it.
 */
static int copy_environment(uint16_t from, const char *path, uint16_t *segment)
{
	static const char comspec[] = "COMSPEC=";
	uint32_t path_bytes = (uint32_t)strlen(path) + 1, to = 0, at = 0;
	uint32_t most = environment_bytes(from) + sizeof comspec + path_bytes;
	uint16_t largest = 0;
	int error =
		memory_allocate(&dos.memory, dos.psp, (uint16_t)((most + 2 + path_bytes + 15) / 16),
				segment, &largest);

	if (error != 0) {
		return error;
	}
	if (is_shell(path)) {
		to = put_text(*segment, 0, comspec) - 1;
		to += put_text(*segment, to, path);
	}
	while (at < ENVIRONMENT_MAX && peek8(from, at) != 0) {
		char name[sizeof comspec];
		uint32_t begin = to;

		machine_get_text(from, at, name, sizeof name);
		do {
			poke8(*segment, to++, peek8(from, at));
		} while (peek8(from, at++) != 0 && at < ENVIRONMENT_MAX);
		if (is_shell(path) && strcmp(name, comspec) == 0) {
			to = begin;
		}
	}
	if (to == 0) {
		poke8(*segment, to++, 0);
	}
	poke8(*segment, to++, 0);
	poke16(*segment, to, 1);
	(void)put_text(*segment, to + 2, path);
	return 0;
}

/* ------------------------------------------------------------------------------------ loading */

int load_header(mach_port_t file, uint32_t file_bytes, struct exe_header *header)
{
	uint8_t bytes[EXE_HEADER_BYTES];
	uint32_t got = 0;
	int error = files_read(file, bytes, sizeof bytes, &got);

	if (error == 0 && foreign_is(bytes, got)) {
		error = FOREIGN;
	} else if (error == 0 && !exe_parse(header, bytes, got, file_bytes)) {
		error = DOS_ERROR_FORMAT;
	}
	return error;
}

int load_image(mach_port_t file, const struct exe_header *header, uint16_t segment, uint16_t factor)
{
	uint8_t *base = machine_memory() + segment * 16u;
	int64_t position = 0;
	uint32_t got = 0;
	int error = files_seek(file, header->image_offset, FILE_SEEK_SET, &position);

	error = error ?: files_read(file, base, header->image_bytes, &got);
	error = error ?: files_seek(file, header->relocation_offset, FILE_SEEK_SET, &position);
	for (uint32_t i = 0; error == 0 && i < header->relocations;) {
		uint8_t entries[512];
		uint32_t count = header->relocations - i;

		count = count < sizeof entries / 4 ? count : sizeof entries / 4;
		error = files_read(file, entries, count * 4, &got);
		if (error == 0 && got < count * 4) {
			error = DOS_ERROR_FORMAT;
		}
		for (uint32_t k = 0; error == 0 && k < count * 4; k += 4) {
			if (!exe_relocate(base, header->image_bytes,
					  (uint16_t)(entries[k] | entries[k + 1] << 8),
					  (uint16_t)(entries[k + 2] | entries[k + 3] << 8),
					  factor)) {
				error = DOS_ERROR_FORMAT;
			}
		}
		i += count;
	}
	return error;
}

/* Where the registers of a program begin, whose block has that many paragraphs. */
static void set_entry(const struct exe_header *header, struct loaded *loaded, uint16_t image,
		      uint16_t paragraphs)
{
	if (header->is_exe) {
		loaded->cs = (uint16_t)(image + header->cs);
		loaded->ip = header->ip;
		loaded->ss = (uint16_t)(image + header->ss);
		loaded->sp = header->sp;
	} else {
		uint32_t top = paragraphs >= 0x1000 ? 0x10000 : paragraphs * 16u;

		loaded->cs = loaded->ss = loaded->psp;
		loaded->ip = PSP_BYTES;
		loaded->sp = (uint16_t)(top - 2);
		poke16(loaded->ss, loaded->sp, 0);
	}
}

void load_name_owner(uint16_t segment, const char *path)
{
	char name[9] = "";

	(void)strncpy(name, program_name(path), 8);
	name[strcspn(name, ".")] = 0;
	memory_set_owner(&dos.memory, segment, segment, name);
}

/* The version of DOS that a program is told: as /etc/dos says, or what it demands. */
static uint16_t version_for(const char *path, const uint8_t *image, uint32_t image_bytes)
{
	uint16_t version = configuration_version(files_configuration(), program_name(path));

	if (version == 0 && !version_in_image(image, image_bytes, &version)) {
		version = VERSION_OURS;
	}
	return version;
}

/* Block, image and PSP of an open program file. */
static int load(mach_port_t file, uint32_t file_bytes, const char *path, struct loaded *loaded)
{
	struct exe_header header;
	uint16_t largest = 0, paragraphs = 0, image = 0, ignored = 0;
	bool high = false;
	int error = load_header(file, file_bytes, &header);

	if (error != 0) {
		return error;
	}
	(void)memory_allocate(&dos.memory, dos.psp, 0xffff, &ignored, &largest);
	paragraphs = exe_paragraphs(&header, largest, &high);
	if (paragraphs == 0) {
		return DOS_ERROR_MEMORY;
	}
	error = memory_allocate(&dos.memory, dos.psp, paragraphs, &loaded->psp, &largest);
	if (error == 0 && loaded->psp + paragraphs > MEMORY_END) {
		error = MEMORY_DESTROYED; /* the program has written a size of its own */
	}
	if (error != 0) {
		return error;
	}
	/* Nothing of what was there before; and the processor's emulator forgets old code. */
	memset(psp_at(loaded->psp), 0, paragraphs * 16u);
	image = (uint16_t)(loaded->psp + EXE_PSP_PARAGRAPHS);
	if (high) {
		image = (uint16_t)(loaded->psp + paragraphs - (header.image_bytes + 15) / 16);
	}
	error = load_image(file, &header, image, image);
	if (error != 0) {
		(void)memory_free(&dos.memory, loaded->psp);
		return error;
	}
	psp_make(psp_at(loaded->psp), loaded->psp, dos.psp, (uint16_t)(loaded->psp + paragraphs),
		 loaded->environment, version_for(path, psp_at(image), header.image_bytes));
	load_name_owner(loaded->psp, path);
	set_entry(&header, loaded, image, paragraphs);
	return 0;
}

void load_inherit_handles(uint16_t child)
{
	struct handle_names names = dos_names();

	for (uint32_t i = 0; i < PSP_HANDLES_DEFAULT; i++) {
		struct open_file *file = handle_find(&dos.handles, names, i);

		if (file != NULL && file->no_inherit == 0 && file->references < 0xffff) {
			file->references++;
			poke8(child, PSP_HANDLES + i, names.bytes[i]);
		}
	}
}

static void fill_psp(const struct loaded *loaded, const struct start *start)
{
	uint16_t psp = loaded->psp;

	load_inherit_handles(psp);
	psp_copy(psp, PSP_INT22, 0, 0x22 * 4, 12);
	psp_copy(psp, PSP_TAIL, start->tail_segment, start->tail_offset, 128);
	psp_copy(psp, PSP_FCB1, start->fcb_segment[0], start->fcb_offset[0], 16);
	psp_copy(psp, PSP_FCB2, start->fcb_segment[1], start->fcb_offset[1], 16);
	poke16(psp, PSP_STACK, loaded->sp);
	poke16(psp, PSP_STACK + 2, loaded->ss);
	memory_set_owner(&dos.memory, loaded->environment, psp, NULL);
}

/* The path as programs are told it: C:\DIR\NAME.EXT. */
static void full_path(const struct dos_path *path, char *text)
{
	text[0] = (char)('A' + path->drive);
	text[1] = ':';
	text[2] = '\\';
	(void)strcpy(text + 3, path->text);
}

int load_program(const struct dos_path *path, const struct start *start, struct loaded *loaded)
{
	struct files_place place;
	char full[NAME_PATH_BYTES + 4];
	mach_port_t file = MACH_PORT_NULL;
	uint16_t from =
		start->environment != 0 ? start->environment : psp16(dos.psp, PSP_ENVIRONMENT);
	int error = files_find(path, &place);

	error = error ?: files_open(place.path, 0, 0, &file, &place.attributes);
	if (error != 0) {
		return error;
	}
	full_path(path, full);
	error = copy_environment(from, full, &loaded->environment);
	if (error == 0) {
		error = load(file,
			     place.attributes.size > 0xfffff ? 0xfffff
							     : (uint32_t)place.attributes.size,
			     full, loaded);
		if (error != 0) {
			(void)memory_free(&dos.memory, loaded->environment);
		}
	}
	files_close(file);
	if (error == 0) {
		fill_psp(loaded, start);
	}
	return error;
}
