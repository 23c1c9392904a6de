/* Programs: starting, ending; PSPs and vectors. */
#include <string.h>
#include "dos.h"
#include "dos_load.h"
#include "fcb_core.h"
#include "files.h"
#include "machine.h"
#include "psp_core.h"
#include "version_core.h"

#define ENVIRONMENT_BYTES 4096 /* of the first program */
#define SHELL_PSP         (FIRST_BLOCK + 1)
#define SHELL_STACK       0x100 /* offset of the little stack that the first program returns to */
#define SHELL_PARAGRAPHS  0x20

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
	uint16_t old_segment = peek16(0, 0x22 * 4 + 2), old_offset = peek16(0, 0x22 * 4);
	int error = dos_get_path(ds(), dx(), &path);

	get_start(&start);
	poke_far(0, 0x22 * 4, cs(), ip());
	error = error ?: load_program(&path, &start, &loaded);
	if (error != 0) {
		poke_far(0, 0x22 * 4, old_segment, old_offset);
	}
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
	/* For a debugger: AX is on the child's stack; its PSP and DTA are the current ones. */
	loaded.sp = (uint16_t)(loaded.sp - 2);
	poke16(loaded.ss, loaded.sp,
	       wrong_drive(loaded.psp, PSP_FCB1) | wrong_drive(loaded.psp, PSP_FCB2) << 8);
	dos.dta_segment = loaded.psp;
	dos.dta_offset = PSP_TAIL;
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
	error = load_header(
		file, place.attributes.size > 0xfffff ? 0xfffff : (uint32_t)place.attributes.size,
		&header);
	if (error == 0 && segment * 16u + header.image_bytes > MACHINE_BYTES) {
		error = DOS_ERROR_MEMORY;
	}
	error = error ?: load_image(file, &header, segment, factor);
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
	case 0x05: /* a program that loads others is about to start one: each has its version */
		set_ax(0);
		dos_succeed();
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
	load_name_owner(segment, "SHELL");
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
	psp_copy(0, 0x22 * 4, child, PSP_INT22, 12);
	/* Who is its own parent (a shell) keeps what it has, and goes on where its INT 22h says. */
	if (kind != DOS_END_RESIDENT && parent != child) {
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

void dos_kill(uint32_t code)
{
	if (psp16(dos.psp, PSP_PARENT) == dos.psp) {
		machine_stop(code);
		machine_abandon();
	} else {
		dos_terminate(code, DOS_END_ABORT);
	}
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
	psp_copy(0, 0x22 * 4, child, PSP_INT22, 12);
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
	psp_copy(dx(), 0, dos.psp, 0, PSP_BYTES);
	psp_copy(dx(), PSP_INT22, 0, 0x22 * 4, 12);
	poke_far(dx(), PSP_PREVIOUS, dx(), PSP_BY_PROGRAM);
}

/* 55h: a child's PSP at DX with the end of memory in SI, which becomes the current one. */
void dos_create_child_psp(void)
{
	psp_copy(dx(), 0, dos.psp, 0, PSP_BYTES);
	poke_far(dx(), PSP_PREVIOUS, 0xffff, 0xffff);
	poke16(dx(), PSP_PARENT, dos.psp);
	poke16(dx(), PSP_END, si());
	poke16(dx(), PSP_HANDLES_MAX, PSP_HANDLES_DEFAULT);
	poke_far(dx(), PSP_HANDLES_AT, dx(), PSP_HANDLES);
	for (uint32_t i = 0; i < PSP_HANDLES_DEFAULT; i++) {
		poke8(dx(), PSP_HANDLES + i, PSP_CLOSED);
	}
	load_inherit_handles(dx());
	psp_copy(dx(), PSP_INT22, 0, 0x22 * 4, 12);
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
