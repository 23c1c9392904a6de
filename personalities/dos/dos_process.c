/* Programs: loading, starting, ending; PSPs and vectors. */
#include <string.h>
#include "terminal.h"
#include "dos.h"
#include "exe_core.h"
#include "fcb_core.h"
#include "files.h"
#include "machine.h"
#include "psp_core.h"
#include "version_core.h"

#define ENVIRONMENT_MAX   0x8000u
#define ENVIRONMENT_BYTES 4096 /* of the first program */
#define SHELL_PSP         (FIRST_BLOCK + 1)
#define SHELL_STACK       0x100 /* offset of the little stack that the first program returns to */
#define SHELL_PARAGRAPHS  0x20

/* What 4B00h wants to know of the caller. */
struct start {
	uint16_t environment; /* 0: a copy of the parent's */
	uint16_t tail_segment, tail_offset;
	uint16_t fcb_segment[2], fcb_offset[2];
};

struct loaded {
	uint16_t psp, environment;
	uint16_t cs, ip, ss, sp;
};

static uint8_t *psp_at(uint16_t segment)
{
	return machine_at(segment, 0);
}

static uint16_t psp16(uint16_t segment, uint32_t field)
{
	return peek16(segment, field);
}

/*
 * The table of another PSP is what a program has that moved its own (COMMAND.COM of DOS 2, which
 * knows no address of a table): its is where PSPs have it.
 */
struct handle_names dos_names(void)
{
	uint16_t segment = psp16(dos.psp, PSP_HANDLES_AT + 2);
	uint16_t offset = psp16(dos.psp, PSP_HANDLES_AT);
	uint32_t count = psp16(dos.psp, PSP_HANDLES_MAX);

	if (offset == PSP_HANDLES && count <= PSP_HANDLES_DEFAULT) {
		segment = dos.psp;
	}
	return (struct handle_names){.bytes = machine_at(segment, offset),
				     .count = machine_span(offset, count)};
}

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

/* No error of DOS's: the file is a program, but of another kind (foreign.c). */
#define FOREIGN (-1)

static int read_header(mach_port_t file, uint32_t file_bytes, struct exe_header *header)
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

/* The image to segment:0 on, and its relocation by "factor". */
static int read_image(mach_port_t file, const struct exe_header *header, uint16_t segment,
		      uint16_t factor)
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

/* What memory blocks say of their owner: the name without its extension. */
static void name_owner(uint16_t segment, const char *path)
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
	int error = read_header(file, file_bytes, &header);

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
	error = read_image(file, &header, image, image);
	if (error != 0) {
		(void)memory_free(&dos.memory, loaded->psp);
		return error;
	}
	psp_make(psp_at(loaded->psp), loaded->psp, dos.psp, (uint16_t)(loaded->psp + paragraphs),
		 loaded->environment, version_for(path, psp_at(image), header.image_bytes));
	name_owner(loaded->psp, path);
	set_entry(&header, loaded, image, paragraphs);
	return 0;
}

/* The child has its parent's handles, but for those that are not to be inherited. */
static void inherit_handles(uint16_t child)
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

static void copy_bytes(uint16_t to, uint32_t to_offset, uint16_t from, uint32_t from_offset,
		       uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		poke8(to, to_offset + i, peek8(from, from_offset + i));
	}
}

static void fill_psp(const struct loaded *loaded, const struct start *start)
{
	uint16_t psp = loaded->psp;

	inherit_handles(psp);
	copy_bytes(psp, PSP_INT22, 0, 0x22 * 4, 12);
	copy_bytes(psp, PSP_TAIL, start->tail_segment, start->tail_offset, 128);
	copy_bytes(psp, PSP_FCB1, start->fcb_segment[0], start->fcb_offset[0], 16);
	copy_bytes(psp, PSP_FCB2, start->fcb_segment[1], start->fcb_offset[1], 16);
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

static int load_program(const struct dos_path *path, const struct start *start,
			struct loaded *loaded)
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

/* ----------------------------------------------------------------------------------- starting */

/* What AL and AH say of the drives of the two FCBs. */
static uint32_t wrong_drive(uint16_t psp, uint32_t fcb)
{
	uint8_t drive = peek8(psp, fcb);

	return drive != 0 && !files_has_drive(drive - 1u) ? 0xff : 0;
}

static void enter(const struct loaded *loaded)
{

	dos.psp = loaded->psp;
	dos.dta_segment = loaded->psp;
	dos.dta_offset = PSP_TAIL;
	REGISTERS = (struct masix_v86_registers){
		.eflags = 2 | FLAG_IF,
		.eax = wrong_drive(loaded->psp, PSP_FCB1) | wrong_drive(loaded->psp, PSP_FCB2) << 8,
		.ecx = 0xff,
		.edx = loaded->psp,
		.esi = loaded->ip,
		.edi = loaded->sp,
		.ebp = 0x91c,
		.cs = loaded->cs,
		.eip = loaded->ip,
		.ss = loaded->ss,
		.esp = loaded->sp,
		.ds = loaded->psp,
		.es = loaded->psp,
	};
	machine_abandon();
}

uint16_t dos_store_registers(void)
{
	const uint16_t words[] = {(uint16_t)REGISTERS.eflags,
				  cs(),
				  ip(),
				  es(),
				  ds(),
				  bp(),
				  di(),
				  si(),
				  dx(),
				  cx(),
				  bx(),
				  ax()};
	uint16_t top = sp();

	for (uint32_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		top = (uint16_t)(top - 2u);
		poke16(ss(), top, words[i]);
	}
	return top;
}

/* The caller's registers on its stack; its PSP says where. */
static void save_caller(void)
{
	poke16(dos.psp, PSP_STACK, dos_store_registers());
	poke16(dos.psp, PSP_STACK + 2, ss());
}

static void restore_caller(uint16_t psp, uint16_t segment, uint16_t offset)
{
	set_ss(psp16(psp, PSP_STACK + 2));
	set_sp(psp16(psp, PSP_STACK));
	set_ax(peek16(ss(), sp() + 0u));
	set_bx(peek16(ss(), sp() + 2u));
	set_cx(peek16(ss(), sp() + 4u));
	set_dx(peek16(ss(), sp() + 6u));
	set_si(peek16(ss(), sp() + 8u));
	set_di(peek16(ss(), sp() + 10u));
	set_bp(peek16(ss(), sp() + 12u));
	set_ds(peek16(ss(), sp() + 14u));
	set_es(peek16(ss(), sp() + 16u));
	REGISTERS.eflags = peek16(ss(), sp() + 22u) & ~FLAG_CARRY;
	set_sp(sp() + 24u);
	REGISTERS.cs = segment;
	REGISTERS.eip = offset;
}

static void get_start(struct start *start)
{
	start->environment = peek16(es(), bx());
	start->tail_offset = peek16(es(), bx() + 2u);
	start->tail_segment = peek16(es(), bx() + 4u);
	for (uint32_t i = 0; i < 2; i++) {
		start->fcb_offset[i] = peek16(es(), bx() + 6u + 4 * i);
		start->fcb_segment[i] = peek16(es(), bx() + 8u + 4 * i);
	}
}

/* A Unix program: it has run when this comes back. */
static void execute_foreign(const struct dos_path *path, const struct start *start)
{
	struct files_place place;
	char tail[PSP_TAIL_MAX + 1];
	uint32_t bytes = peek8(start->tail_segment, start->tail_offset);
	uint16_t environment =
		start->environment != 0 ? start->environment : psp16(dos.psp, PSP_ENVIRONMENT);
	int code = -1;

	for (uint32_t i = 0; i < bytes && i < PSP_TAIL_MAX; i++) {
		tail[i] = (char)peek8(start->tail_segment, start->tail_offset + 1u + i);
	}
	tail[bytes < PSP_TAIL_MAX ? bytes : PSP_TAIL_MAX] = 0;
	if (files_find(path, &place) == 0) {
		code = foreign_run(place.path, environment, tail);
	}
	if (code < 0) {
		dos_fail(DOS_ERROR_FORMAT);
		return;
	}
	dos.last_end = (uint16_t)code;
	dos_succeed();
}

static void execute(bool run)
{
	struct dos_path path;
	struct start start;
	struct loaded loaded;
	int error = dos_get_path(ds(), dx(), &path);

	get_start(&start);
	poke_far(0, 0x22 * 4, cs(), ip());
	error = error ?: load_program(&path, &start, &loaded);
	if (error == FOREIGN && run) {
		execute_foreign(&path, &start);
		return;
	}
	if (error != 0) {
		dos_fail(error == FOREIGN ? DOS_ERROR_FORMAT : (uint32_t)error);
		return;
	}
	save_caller();
	if (run) {
		enter(&loaded);
		return;
	}
	/* For a debugger: AX is on the child's stack, and its PSP is the current one. */
	loaded.sp = (uint16_t)(loaded.sp - 2);
	poke16(loaded.ss, loaded.sp, 0);
	poke_far(es(), bx() + 0x0eu, loaded.ss, loaded.sp);
	poke_far(es(), bx() + 0x12u, loaded.cs, loaded.ip);
	dos.psp = loaded.psp;
	dos_succeed();
}

/* 4B03h: an overlay, to a segment that the caller has. */
static void load_overlay(void)
{
	struct dos_path path;
	struct files_place place;
	struct exe_header header;
	mach_port_t file = MACH_PORT_NULL;
	uint16_t segment = peek16(es(), bx()), factor = peek16(es(), bx() + 2u);
	int error = dos_get_path(ds(), dx(), &path);

	error = error ?: files_find(&path, &place);
	error = error ?: files_open(place.path, 0, 0, &file, &place.attributes);
	if (error != 0) {
		dos_fail((uint32_t)error);
		return;
	}
	error = read_header(
		file, place.attributes.size > 0xfffff ? 0xfffff : (uint32_t)place.attributes.size,
		&header);
	if (error == 0 && segment * 16u + header.image_bytes > MACHINE_BYTES) {
		error = DOS_ERROR_MEMORY;
	}
	error = error ?: read_image(file, &header, segment, factor);
	files_close(file);
	dos_finish(error == FOREIGN ? DOS_ERROR_FORMAT : error);
}

void dos_execute(void)
{
	switch (al()) {
	case 0x00:
		execute(true);
		break;
	case 0x01:
		execute(false);
		break;
	case 0x03:
		load_overlay();
		break;
	default:
		dos_fail(DOS_ERROR_FUNCTION);
		break;
	}
}

/* What stands where the shell would: a PSP with the standard handles, and an environment. */
static int make_shell(void)
{
	static char environment[ENVIRONMENT_BYTES];
	uint32_t bytes = environment_make(environment, sizeof environment - 16);
	uint16_t segment = 0, largest = 0, variables = 0;
	int error = memory_allocate(&dos.memory, SHELL_PSP, SHELL_PARAGRAPHS, &segment, &largest);

	error = error
			?: memory_allocate(&dos.memory, SHELL_PSP, (uint16_t)((bytes + 31) / 16),
					   &variables, &largest);
	if (error != 0) {
		return error;
	}
	memcpy(psp_at(variables), environment, bytes);
	psp_make(psp_at(segment), segment, segment, (uint16_t)(segment + SHELL_PARAGRAPHS),
		 variables, VERSION_OURS);
	dos.psp = segment;
	for (uint32_t i = 0; i < 5; i++) {
		poke8(segment, PSP_HANDLES + i, i);
	}
	name_owner(segment, "SHELL");
	REGISTERS.ss = segment;
	REGISTERS.esp = SHELL_STACK + 0x80;
	REGISTERS.cs = SERVICE_SEGMENT;
	REGISTERS.eip = STUB_ENDED;
	poke_far(0, 0x22 * 4, SERVICE_SEGMENT, STUB_ENDED);
	return 0;
}

int dos_first_program(const char *path, const char *tail)
{
	struct dos_path named;
	struct start start;
	struct loaded loaded;
	uint32_t used = 0, more = 0;
	int error = make_shell();

	error = error
			?: name_resolve(&named, path, dos.drive,
					(const char(*)[NAME_PATH_BYTES])dos.directories,
					DOS_DRIVES);
	if (error != 0) {
		return error;
	}
	/* The shell's own PSP holds what it gives to the program. */
	psp_set_tail(psp_at(dos.psp), tail, (uint32_t)strlen(tail));
	(void)fcb_parse(machine_at(dos.psp, PSP_FCB1), (const uint8_t *)tail,
			(uint32_t)strlen(tail), FCB_SKIP_SEPARATORS, DOS_DRIVES, &used);
	(void)fcb_parse(machine_at(dos.psp, PSP_FCB2), (const uint8_t *)tail + used,
			(uint32_t)strlen(tail + used), FCB_SKIP_SEPARATORS, DOS_DRIVES, &more);
	start = (struct start){
		.tail_segment = dos.psp,
		.tail_offset = PSP_TAIL,
		.fcb_segment = {dos.psp, dos.psp},
		.fcb_offset = {PSP_FCB1, PSP_FCB2},
	};
	error = load_program(&named, &start, &loaded);
	if (error == 0) {
		save_caller();
		enter(&loaded);
	}
	return error == FOREIGN ? DOS_ERROR_FORMAT : error;
}

/* ------------------------------------------------------------------------------------- ending */

static void close_all(void)
{
	struct handle_names names = dos_names();
	struct open_file last;

	for (uint32_t i = 0; i < names.count; i++) {
		if (handle_close(&dos.handles, names, i, &last) && last.device == DEVICE_NONE) {
			files_close(last.object);
		}
	}
}

static void end_program(uint32_t code, uint32_t kind)
{
	uint16_t child = dos.psp, parent = psp16(child, PSP_PARENT);
	uint16_t offset = psp16(child, PSP_INT22), segment = psp16(child, PSP_INT22 + 2);

	dos.last_end = (uint16_t)(kind << 8 | (code & 0xff));
	if (parent == child) {
		return; /* a shell: it cannot end itself */
	}
	copy_bytes(0, 0x22 * 4, child, PSP_INT22, 12);
	if (kind != DOS_END_RESIDENT) {
		close_all();
		dos_fcb_end(child);
		(void)memory_free_owner(&dos.memory, child);
	}
	dos.psp = parent;
	restore_caller(parent, segment, offset);
	machine_abandon();
}

void dos_terminate(uint32_t code, uint32_t kind)
{
	if (dos.psp == SHELL_PSP) {
		machine_stop(code);
		return;
	}
	end_program(code, kind);
}

void dos_stay(uint32_t paragraphs)
{
	uint16_t largest = 0;

	(void)memory_resize(&dos.memory, dos.psp, (uint16_t)(paragraphs < 6 ? 6 : paragraphs),
			    &largest);
	end_program(al(), DOS_END_RESIDENT);
}

void dos_stay_resident(void)
{
	dos_stay(dx());
}

/*
 * INT 20h and function 0 of a program of DOS 1 end what is in CS.  If a program has made that PSP
 * by function 26h (as DOS 1's COMMAND.COM does, which loads programs by itself), its own INT 22h is
 * where it goes, and no more happens.
 */
void dos_terminate_old(void)
{
	uint16_t child = cs();

	if (psp16(child, 0) != PSP_INT20 || psp16(child, PSP_PREVIOUS) != PSP_BY_PROGRAM ||
	    psp16(child, PSP_PREVIOUS + 2) != child) {
		dos_terminate(0, DOS_END_NORMAL);
		return;
	}
	copy_bytes(0, 0x22 * 4, child, PSP_INT22, 12);
	REGISTERS.cs = psp16(child, PSP_INT22 + 2);
	REGISTERS.eip = psp16(child, PSP_INT22);
	dos.last_end = DOS_END_NORMAL << 8;
}

void dos_exit(void)
{
	dos_terminate(al(), DOS_END_NORMAL);
}

void dos_get_return_code(void)
{
	set_ax(dos.last_end);
	dos.last_end = 0;
	dos_succeed();
}

/* --------------------------------------------------------------------------- PSPs and vectors */

void dos_set_psp(void)
{
	dos.psp = bx();
}

void dos_get_psp(void)
{
	set_bx(dos.psp);
}

/* 26h: a copy of the program's own PSP. */
void dos_create_psp(void)
{
	copy_bytes(dx(), 0, dos.psp, 0, PSP_BYTES);
	copy_bytes(dx(), PSP_INT22, 0, 0x22 * 4, 12);
	poke_far(dx(), PSP_PREVIOUS, dx(), PSP_BY_PROGRAM);
}

/* 55h: a child's PSP at DX with the end of memory in SI, which becomes the current one. */
void dos_create_child_psp(void)
{
	copy_bytes(dx(), 0, dos.psp, 0, PSP_BYTES);
	poke_far(dx(), PSP_PREVIOUS, 0xffff, 0xffff);
	poke16(dx(), PSP_PARENT, dos.psp);
	poke16(dx(), PSP_END, si());
	poke16(dx(), PSP_HANDLES_MAX, PSP_HANDLES_DEFAULT);
	poke_far(dx(), PSP_HANDLES_AT, dx(), PSP_HANDLES);
	for (uint32_t i = 0; i < PSP_HANDLES_DEFAULT; i++) {
		poke8(dx(), PSP_HANDLES + i, PSP_CLOSED);
	}
	inherit_handles(dx());
	copy_bytes(dx(), PSP_INT22, 0, 0x22 * 4, 12);
	dos.psp = dx();
}

void dos_set_vector(void)
{
	poke_far(0, al() * 4u, ds(), dx());
}

void dos_get_vector(void)
{
	uint32_t vector = al();

	set_bx(peek16(0, vector * 4));
	set_es(peek16(0, vector * 4 + 2));
}
