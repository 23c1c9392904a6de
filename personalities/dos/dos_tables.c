/*
 * The tables of DOS that programs walk: list of lists, devices, current directories, open files,
 * the swappable data area.  The monitor reads none of them; it writes them when a program asks
 * where they are, and from then on after each call.
 */
#include <string.h>
#include "dos.h"
#include "files.h"
#include "machine.h"

/* Of the current directory structures, one a drive. */
#define CDS_BYTES     0x58
#define CDS_FLAGS     0x43
#define CDS_PHYSICAL  0x4000
#define CDS_NETWORK   0x8000
#define CDS_SEPARATOR 0x4f

/* Of the system file table: a chain of one block, with a header. */
#define SFT_HEADER 6
#define SFT_BYTES  0x3b

#define REDIRECTED_DRIVE 4

/* Offsets in the swappable data area. */
#define SWAP_ERROR 0x04
#define SWAP_DTA   0x0c
#define SWAP_PSP   0x10
#define SWAP_END   0x14
#define SWAP_DRIVE 0x16
#define SWAP_BREAK 0x17
#define SWAP_BYTES 0x1a /* while in DOS; and always */

/* Device headers: next, attributes, strategy, interrupt, name. */
#define DEVICE_BYTES 18
#define NUL_DEVICE   (DOS_LISTS + 0x22)
#define BLOCK_DEVICE (ROUTINE + 8) /* the drives': not in the chain, as programs of a network's */
#define ROUTINE      (DOS_DEVICES + DEVICES * DEVICE_BYTES) /* what both of their entries are */

_Static_assert(DOS_CDS + DOS_DRIVES * CDS_BYTES <= DOS_SFT, "the tables stand apart");
_Static_assert(DOS_SEGMENT * 16 + DOS_SFT + SFT_HEADER + DOS_SFT_ENTRIES * SFT_BYTES <=
		       FIRST_BLOCK * 16,
	       "and below the first memory block");

static bool live; /* somebody knows where they are */

/* The chain behind NUL; 80h: a character device, and what IOCTL says of it. */
static const struct {
	char name[9];
	uint16_t attributes;
	uint8_t device;
} devices[] = {
	{"CON     ", 0x8013, DEVICE_CON},  {"AUX     ", 0x8000, DEVICE_AUX},
	{"PRN     ", 0xa000, DEVICE_PRN},  {"CLOCK$  ", 0x8008, DEVICE_CLOCK},
	{"COM1    ", 0x8000, DEVICE_NONE}, {"LPT1    ", 0xa000, DEVICE_NONE},
};
#define DEVICES (sizeof devices / sizeof devices[0])
_Static_assert(DOS_DEVICES + (DEVICES + 1) * DEVICE_BYTES + 8 <= DOS_CDS,
	       "devices before the drives");

static uint32_t device_at(uint32_t index)
{
	return DOS_DEVICES + index * DEVICE_BYTES;
}

uint32_t dos_device_header(uint8_t device)
{
	if (device == DEVICE_NONE) {
		return BLOCK_DEVICE;
	}
	for (uint32_t i = 0; i < DEVICES; i++) {
		if (devices[i].device == device) {
			return device_at(i);
		}
	}
	return NUL_DEVICE;
}

static void write_device(uint32_t at, uint32_t next, uint16_t attributes, const char *name)
{
	poke_far(DOS_SEGMENT, at, next == 0xffff ? 0xffff : DOS_SEGMENT, next);
	poke16(DOS_SEGMENT, at + 4, attributes);
	poke16(DOS_SEGMENT, at + 6, ROUTINE);
	poke16(DOS_SEGMENT, at + 8, ROUTINE);
	for (uint32_t i = 0; i < 8; i++) {
		poke8(DOS_SEGMENT, at + 10 + i, (uint8_t)name[i]);
	}
}

/* They do nothing when they are called: what they are for goes by DOS and the BIOS. */
static void write_devices(void)
{
	write_device(NUL_DEVICE, device_at(0), 0x8004, "NUL     ");
	for (uint32_t i = 0; i < DEVICES; i++) {
		write_device(device_at(i), i + 1 < DEVICES ? device_at(i + 1) : 0xffff,
			     devices[i].attributes, devices[i].name);
	}
	write_device(BLOCK_DEVICE, 0xffff, 0x1000, "\1DRIVES ");
	poke8(DOS_SEGMENT, ROUTINE, 0xcb); /* RETF */
}

/* --------------------------------------------------------------------------- drives and files */

static void write_drive(uint32_t drive)
{
	uint32_t at = DOS_CDS + drive * CDS_BYTES;
	const char *text = dos.directories[drive];

	for (uint32_t i = 0; i < CDS_BYTES; i++) {
		poke8(DOS_SEGMENT, at + i, 0);
	}
	poke8(DOS_SEGMENT, at, 'A' + drive);
	poke8(DOS_SEGMENT, at + 1, ':');
	poke8(DOS_SEGMENT, at + 2, '\\');
	for (uint32_t i = 0; text[i] != 0 && i < CDS_FLAGS - 4; i++) {
		poke8(DOS_SEGMENT, at + 3 + i, (uint8_t)text[i]);
	}
	poke16(DOS_SEGMENT, at + CDS_FLAGS,
	       files_has_drive(drive) ? CDS_NETWORK | CDS_PHYSICAL : 0);
	poke32(DOS_SEGMENT, at + CDS_FLAGS + 2, 0xffffffff); /* no parameter block */
	poke16(DOS_SEGMENT, at + CDS_SEPARATOR, 2);
}

static uint32_t file_at(uint32_t index)
{
	return DOS_SFT + SFT_HEADER + index * SFT_BYTES;
}

/* What is known of it without a question. */
static void write_file(uint32_t index)
{
	const struct open_file *file = &dos.handles.files[index];
	uint32_t at = file_at(index);

	poke16(DOS_SEGMENT, at, file->references);
	poke16(DOS_SEGMENT, at + 2, file->access | (file->fcb_serial != 0 ? 0x8000 : 0));
	poke16(DOS_SEGMENT, at + 5, dos_file_information(file));
	if (file->device != DEVICE_NONE) {
		poke_far(DOS_SEGMENT, at + 7, DOS_SEGMENT, dos_device_header(file->device));
	} else {
		poke32(DOS_SEGMENT, at + 7, 0xffffffff);
	}
	for (uint32_t i = 0; i < NAME_BYTES; i++) {
		poke8(DOS_SEGMENT, at + 0x20 + i, file->name[i]);
	}
	poke16(DOS_SEGMENT, at + 0x31, file->owner);
}

/* Attributes, time, size and place, which the host knows. */
static void ask_file(uint32_t index)
{
	const struct open_file *file = &dos.handles.files[index];
	uint32_t at = file_at(index);
	file_attributes_t attributes = {.size = 0};
	uint16_t date = 0, time = 0;
	int64_t position = 0;

	if (file->references == 0 || file->device != DEVICE_NONE ||
	    files_get_attributes(file->object, &attributes) != 0) {
		return;
	}
	(void)files_seek(file->object, 0, FILE_SEEK_CURRENT, &position);
	files_time(&attributes, &date, &time);
	poke8(DOS_SEGMENT, at + 4, files_attributes(&attributes));
	poke16(DOS_SEGMENT, at + 0x0d, time);
	poke16(DOS_SEGMENT, at + 0x0f, date);
	poke32(DOS_SEGMENT, at + 0x11, (uint32_t)attributes.size);
	poke32(DOS_SEGMENT, at + 0x15, (uint32_t)position);
}

static void write_swap(void)
{
	poke16(DOS_SEGMENT, DOS_SWAP + SWAP_ERROR, dos.error);
	poke_far(DOS_SEGMENT, DOS_SWAP + SWAP_DTA, dos.dta_segment, dos.dta_offset);
	poke16(DOS_SEGMENT, DOS_SWAP + SWAP_PSP, dos.psp);
	poke16(DOS_SEGMENT, DOS_SWAP + SWAP_END, dos.last_end);
	poke8(DOS_SEGMENT, DOS_SWAP + SWAP_DRIVE, dos.drive);
	poke8(DOS_SEGMENT, DOS_SWAP + SWAP_BREAK, dos.break_check);
}

void dos_tables_refresh(void)
{
	if (!live) {
		return;
	}
	for (uint32_t drive = 0; drive < DOS_DRIVES; drive++) {
		write_drive(drive);
	}
	for (uint32_t i = 0; i < DOS_SFT_ENTRIES; i++) {
		write_file(i);
	}
	write_swap();
}

/* A program has just asked where they are. */
static void begin(void)
{
	live = true;
	dos_tables_refresh();
	for (uint32_t i = 0; i < DOS_SFT_ENTRIES; i++) {
		ask_file(i);
	}
}

uint32_t dos_table_of_drive(uint32_t drive)
{
	begin();
	return drive < DOS_DRIVES ? DOS_CDS + drive * CDS_BYTES : 0;
}

uint32_t dos_table_of_file(uint32_t index)
{
	begin();
	return index < DOS_SFT_ENTRIES ? file_at(index) : 0;
}

/* --------------------------------------------------------------------------------- the lists */

static void write_lists(void)
{
	poke16(DOS_SEGMENT, DOS_LISTS - 2, dos.memory.first);
	poke32(DOS_SEGMENT, DOS_LISTS + 0x00, 0xffffffff); /* no drive parameter blocks */
	poke_far(DOS_SEGMENT, DOS_LISTS + 0x04, DOS_SEGMENT, DOS_SFT);
	poke_far(DOS_SEGMENT, DOS_LISTS + 0x08, DOS_SEGMENT, dos_device_header(DEVICE_CLOCK));
	poke_far(DOS_SEGMENT, DOS_LISTS + 0x0c, DOS_SEGMENT, dos_device_header(DEVICE_CON));
	poke16(DOS_SEGMENT, DOS_LISTS + 0x10, 512);
	poke32(DOS_SEGMENT, DOS_LISTS + 0x12, 0xffffffff); /* no buffers */
	poke_far(DOS_SEGMENT, DOS_LISTS + 0x16, DOS_SEGMENT, DOS_CDS);
	poke_far(DOS_SEGMENT, DOS_LISTS + 0x1a, DOS_SEGMENT, DOS_FCB_TABLE);
	poke8(DOS_SEGMENT, DOS_LISTS + 0x20, 0); /* no block devices: drives are remote */
	poke8(DOS_SEGMENT, DOS_LISTS + 0x21, DOS_DRIVES);
	poke16(DOS_SEGMENT, DOS_LISTS + 0x3f, 20); /* BUFFERS= */
	poke8(DOS_SEGMENT, DOS_LISTS + 0x43, DOS_DRIVE_C + 1);
	poke8(DOS_SEGMENT, DOS_LISTS + 0x44, 1);       /* a 386 */
	poke16(DOS_SEGMENT, DOS_LISTS + 0x66, 0xffff); /* no upper memory */
	poke32(DOS_SEGMENT, DOS_SFT, 0xffffffff);
	poke16(DOS_SEGMENT, DOS_SFT + 4, DOS_SFT_ENTRIES);
	poke32(DOS_SEGMENT, DOS_FCB_TABLE, 0xffffffff); /* FCBs are in the other table */
	poke16(DOS_SEGMENT, DOS_FCB_TABLE + 4, 0);
}

void dos_tables_start(void)
{
	write_lists();
	write_devices();
}

void dos_list_of_lists(void)
{
	begin();
	set_es(DOS_SEGMENT);
	set_bx(DOS_LISTS);
}

/* 1Fh, 32h: there is no parameter block of a drive that is not made of sectors. */
void dos_drive_parameters(void)
{
	dos.error = files_has_drive(dl() == 0 || ah() == 0x1f ? dos.drive : dl() - 1u)
			    ? DOS_ERROR_FUNCTION
			    : DOS_ERROR_DRIVE;
	set_al(0xff);
}

/* 5Dh: the swappable data area (06h), and the last error from DS:DX (0Ah); nothing for networks. */
void dos_server_call(void)
{
	switch (al()) {
	case 0x01: /* all files are written at once */
		dos_succeed();
		break;
	case 0x06:
		begin();
		set_ds(DOS_SEGMENT);
		set_si(DOS_SWAP);
		set_cx(SWAP_BYTES);
		set_dx(SWAP_BYTES);
		dos_succeed();
		break;
	case 0x0a:
		dos.error = peek16(ds(), dx());
		dos_succeed();
		break;
	default:
		dos_fail(DOS_ERROR_FUNCTION);
		break;
	}
}

/* 5Eh: this machine's name in its network: it has none. */
void dos_machine_name(void)
{
	if (al() != 0) {
		dos_fail(DOS_ERROR_FUNCTION);
		return;
	}
	poke8(ds(), dx(), 0);
	set_cx(0);
	dos_succeed();
}

static void put_text(uint32_t segment, uint32_t offset, const char *text)
{
	for (uint32_t i = 0; i <= strlen(text); i++) {
		poke8(segment, offset + i, (uint8_t)text[i]);
	}
}

/* 5F02h: the BXth remote drive, its letter at DS:SI and its name at ES:DI. */
void dos_redirection(void)
{
	char letter[] = "A:", name[] = "\\\\MASIX\\A";
	uint32_t drive = 0, left = bx();

	while (drive < DOS_DRIVES && (!files_has_drive(drive) || left-- > 0)) {
		drive++;
	}
	if (al() != 0x02 || drive == DOS_DRIVES) {
		dos_fail(al() != 0x02 ? DOS_ERROR_FUNCTION : DOS_ERROR_NO_MORE);
		return;
	}
	letter[0] = (char)('A' + drive);
	name[sizeof name - 2] = letter[0];
	put_text(ds(), si(), letter);
	put_text(es(), di(), name);
	set_bx(REDIRECTED_DRIVE);
	set_cx(0);
	dos_succeed();
}
