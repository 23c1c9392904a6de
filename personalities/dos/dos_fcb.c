/* INT 21h, 0F to 17 and 21 to 28 (hexadecimal): files by FCB, as programs of DOS 1 use them. */
#include <string.h>
#include "dos.h"
#include "fcb_core.h"
#include "files.h"
#include "machine.h"
#include "tick.h"
#include "time_core.h"

#define RECORD_BYTES 128
#define FAILED       0xff

#define AL_DONE    0
#define AL_END     1 /* nothing was there; or the disk is full */
#define AL_WRAP    2 /* the DTA's segment ends before the record does */
#define AL_PARTIAL 3 /* what was missing is zero */

/* In the 8 bytes that are ours while it is open; and, for searches, from the block number on. */
#define FCB_INDEX   (FCB_PRIVATE + 0)
#define FCB_SERIAL  (FCB_PRIVATE + 1)
#define FCB_OPENED  (FCB_PRIVATE + 3) /* the time that it had then */
#define FCB_WRITTEN (FCB_PRIVATE + 5)
#define FCB_SLOT    0x0c
#define FCB_STATE   0x0e
#define FCB_COOKIE  0x10

static uint16_t last_serial;
static uint32_t last_used;

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) | (uint32_t)get16(at + 2) << 16;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value);
	put16(at + 2, value >> 16);
}

/* The program's FCB at DS:DX, or behind the seven bytes of an extended one; all of it in the
 * memory. */
static uint8_t *fcb_at(uint8_t *attributes)
{
	uint32_t address = ds() * 16u + dx(), last = MACHINE_BYTES - 0x80;
	uint8_t *fcb = machine_memory() + (address < last ? address : last);

	*attributes = 0;
	if (fcb[0] == 0xff) {
		*attributes = fcb[6];
		fcb += FCB_EXTENDED;
	}
	return fcb;
}

/* The path of a name in FCB form, in the current directory of its drive; a DOS error. */
static int path_of(uint8_t drive, const uint8_t *name, struct dos_path *path)
{
	char text[NAME_TEXT_BYTES + 3] = "";
	uint32_t bytes = 0;

	if (drive != 0) {
		text[bytes++] = (char)('A' + drive - 1);
		text[bytes++] = ':';
	}
	(void)name_unpack(name, text + bytes);
	return name_resolve(path, text, dos.drive, (const char(*)[NAME_PATH_BYTES])dos.directories,
			    DOS_DRIVES);
}

static void finish(bool good)
{
	set_al(good ? 0 : FAILED);
}

/* -------------------------------------------------------------------------------- open and close
 */

static struct open_file *file_of(const uint8_t *fcb)
{
	uint32_t index = fcb[FCB_INDEX];
	struct open_file *file = index < HANDLE_FILES ? &dos.handles.files[index] : NULL;

	return file != NULL && file->references > 0 && file->fcb_serial != 0 &&
			       file->fcb_serial == get16(fcb + FCB_SERIAL)
		       ? file
		       : NULL;
}

static void close_file(struct open_file *file)
{
	if (file->device == DEVICE_NONE) {
		files_close(file->object);
	}
	*file = (struct open_file){.references = 0};
}

/*
 * Programs of DOS 1 do not close what they only read: if there is no place, the FCB's file that was
 * longest not used gives its own.  Its FCB opens it anew when it is used again.
 */
struct open_file *dos_new_file(void)
{
	struct open_file *file = handle_new(&dos.handles), *oldest = NULL;

	for (uint32_t i = 0; file == NULL && i < HANDLE_FILES; i++) {
		struct open_file *other = &dos.handles.files[i];

		if (other->fcb_serial != 0 && (oldest == NULL || other->used < oldest->used)) {
			oldest = other;
		}
	}
	if (oldest != NULL) {
		close_file(oldest);
		file = handle_new(&dos.handles);
	}
	return file;
}

/* The FCB's own fields of an open file. */
static void bind_fcb(uint8_t *fcb, struct open_file *file)
{
	last_serial = last_serial == 0xffff ? 1 : (uint16_t)(last_serial + 1);
	file->access = 2;
	file->fcb_serial = last_serial;
	file->owner = dos.psp;
	file->used = ++last_used;
	memcpy(file->name, fcb + FCB_NAME, NAME_BYTES);
	fcb[FCB_INDEX] = (uint8_t)(file - dos.handles.files);
	put16(fcb + FCB_SERIAL, last_serial);
}

static bool open_device(uint8_t *fcb, uint8_t device)
{
	struct open_file *file = dos_new_file();
	struct dos_time now;
	uint16_t date = 0, time = 0;
	uint8_t hundredth = 0;

	if (file == NULL) {
		return false;
	}
	file->device = device;
	bind_fcb(fcb, file);
	time_split(&now, clock_seconds(&hundredth), hundredth);
	time_pack(&now, &date, &time);
	put16(fcb + FCB_BLOCK, 0);
	put16(fcb + FCB_RECORD_BYTES, RECORD_BYTES);
	put32(fcb + FCB_SIZE, 0);
	put16(fcb + FCB_DATE, date);
	put16(fcb + FCB_TIME, time);
	return true;
}

/* The open file of a path; its attributes.  NULL: there is none. */
static struct open_file *open_path(const struct dos_path *path, natural_t flags,
				   file_attributes_t *attributes)
{
	struct files_place place;
	mach_port_t port = MACH_PORT_NULL;
	struct open_file *file = NULL;
	int error = files_find(path, &place);

	if (error == DOS_ERROR_NO_FILE && flags != 0) {
		error = 0;
	}
	if (error == 0) {
		error = files_open(place.path, 2, flags, &port, &place.attributes);
		if (error == DOS_ERROR_ACCESS && flags == 0) {
			error = files_open(place.path, 0, 0, &port, &place.attributes);
		}
	}
	file = error == 0 ? dos_new_file() : NULL;
	if (file != NULL) {
		file->object = port;
		file->drive = path->drive;
		*attributes = place.attributes;
	} else if (error == 0) {
		files_close(port);
	}
	return file;
}

static bool open_fcb(uint8_t *fcb, natural_t flags)
{
	struct dos_path path;
	file_attributes_t attributes;
	uint16_t date = 0, time = 0;
	struct open_file *file = NULL;
	int device = name_device(fcb + FCB_NAME);

	if (device != DEVICE_NONE) {
		return open_device(fcb, (uint8_t)device);
	}
	if (path_of(fcb[FCB_DRIVE], fcb + FCB_NAME, &path) == 0) {
		file = open_path(&path, flags, &attributes);
	}
	if (file == NULL) {
		return false;
	}
	bind_fcb(fcb, file);
	fcb[FCB_DRIVE] = (uint8_t)(path.drive + 1);
	put16(fcb + FCB_BLOCK, 0);
	put16(fcb + FCB_RECORD_BYTES, RECORD_BYTES);
	put32(fcb + FCB_SIZE, (uint32_t)attributes.size);
	files_time(&attributes, &date, &time);
	put16(fcb + FCB_DATE, date);
	put16(fcb + FCB_TIME, time);
	put16(fcb + FCB_OPENED, time);
	return true;
}

/* The open file of an FCB for reading or writing, opened anew if it had to give its place away. */
static struct open_file *use(uint8_t *fcb)
{
	struct open_file *file = file_of(fcb);
	struct dos_path path;
	file_attributes_t attributes;

	if (file == NULL && get16(fcb + FCB_SERIAL) != 0 && fcb[FCB_INDEX] < HANDLE_FILES &&
	    path_of(fcb[FCB_DRIVE], fcb + FCB_NAME, &path) == 0) {
		file = open_path(&path, 0, &attributes);
		if (file != NULL) {
			bind_fcb(fcb, file);
		}
	}
	if (file != NULL) {
		file->used = ++last_used;
	}
	return file;
}

void dos_fcb_open(void)
{
	uint8_t attributes = 0, *fcb = fcb_at(&attributes);

	finish(!name_has_wildcards(fcb + FCB_NAME) && open_fcb(fcb, 0));
}

void dos_fcb_create(void)
{
	uint8_t attributes = 0, *fcb = fcb_at(&attributes);

	finish(!name_has_wildcards(fcb + FCB_NAME) && open_fcb(fcb, FILE_CREATE | FILE_TRUNCATE));
}

/* A program that wants another time than the present writes it into the FCB before. */
void dos_fcb_close(void)
{
	uint8_t attributes = 0, *fcb = fcb_at(&attributes);
	struct open_file *file = file_of(fcb);

	if (file != NULL) {
		if (file->device == DEVICE_NONE && fcb[FCB_WRITTEN] != 0 &&
		    get16(fcb + FCB_TIME) != get16(fcb + FCB_OPENED)) {
			(void)files_set_time(file->object, get16(fcb + FCB_DATE),
					     get16(fcb + FCB_TIME));
		}
		close_file(file);
	}
	finish(file != NULL || name_device(fcb + FCB_NAME) != DEVICE_NONE);
}

void dos_fcb_end(uint16_t psp)
{
	for (uint32_t i = 0; i < HANDLE_FILES; i++) {
		struct open_file *file = &dos.handles.files[i];

		if (file->references > 0 && file->fcb_serial != 0 && file->owner == psp) {
			close_file(file);
		}
	}
}

/* --------------------------------------------------------------------------------------- records
 */

/* From the console: lines, up to ^Z.  false: the program has ended. */
static bool read_lines(struct open_file *file, uint8_t *at, uint32_t bytes, uint32_t *done)
{
	uint32_t got = 1;
	int error = 0;

	*done = 0;
	while (*done < bytes && got > 0) {
		if (!dos_read(file, at + *done, bytes - *done, &got, &error)) {
			return false;
		}
		*done += got;
		if (got > 0 && at[*done - 1] != '\n' && *done < bytes) {
			break; /* ^Z was behind it */
		}
	}
	return true;
}

/*
 * Reads (writes) "bytes" at a place of the file, from (to) the DTA; how much.  false: the program
 * has ended.
 */
static bool move(struct open_file *file, uint64_t place, uint32_t bytes, bool write, uint32_t *done)
{
	uint8_t *at = machine_at(dos.dta_segment, dos.dta_offset);
	int64_t position = 0;

	*done = 0;
	if (file->device == DEVICE_AUX || file->device == DEVICE_PRN) {
		return !write || dos_write_nowhere(file, bytes, done);
	}
	if (file->device != DEVICE_NONE && !write) {
		return read_lines(file, at, bytes, done);
	}
	if (file->device != DEVICE_NONE) {
		(void)dos_write(file, at, bytes, done);
	} else if (files_seek(file->object, (int64_t)place, FILE_SEEK_SET, &position) == 0) {
		(void)(write ? files_write(file->object, at, bytes, done)
			     : files_read(file->object, at, bytes, done));
	}
	return true;
}

static uint32_t record_bytes(const uint8_t *fcb)
{
	uint32_t bytes = get16(fcb + FCB_RECORD_BYTES);

	return bytes != 0 ? bytes : RECORD_BYTES;
}

/*
 * Moves records from "first" on; *records is how many there were.  What AL is to be; less than 0:
 * the program has ended.
 */
static int move_records(uint8_t *fcb, uint32_t first, uint32_t *records, bool write)
{
	struct open_file *file = use(fcb);
	uint32_t size = record_bytes(fcb), wanted = *records * size, done = 0;
	uint64_t place = (uint64_t)first * size;

	*records = 0;
	if (file == NULL) {
		return AL_END;
	}
	if (machine_span(dos.dta_offset, wanted) < wanted) {
		return AL_WRAP;
	}
	if (!move(file, place, wanted, write, &done)) {
		return -1;
	}
	*records = done / size;
	if (write) {
		fcb[FCB_WRITTEN] = 1;
		if (file->device == DEVICE_NONE && place + done > get32(fcb + FCB_SIZE)) {
			put32(fcb + FCB_SIZE, (uint32_t)(place + done));
		}
		return done == wanted ? AL_DONE : AL_END;
	}
	if (done == wanted) {
		return AL_DONE;
	}
	if (done % size == 0) {
		return AL_END;
	}
	memset(machine_at(dos.dta_segment, dos.dta_offset) + done, 0, size - done % size);
	++*records;
	return AL_PARTIAL;
}

static void sequential(bool write)
{
	uint8_t attributes = 0, *fcb = fcb_at(&attributes);
	uint32_t record = fcb_sequential(fcb), count = 1;
	int result = move_records(fcb, record, &count, write);

	if (result >= 0) {
		set_al((uint32_t)result);
		fcb_set_sequential(fcb, record + count);
	}
}

void dos_fcb_read(void)
{
	sequential(false);
}

void dos_fcb_write(void)
{
	sequential(true);
}

static void random_record(bool write)
{
	uint8_t attributes = 0, *fcb = fcb_at(&attributes);
	uint32_t record = fcb_random(fcb), count = 1;
	int result = 0;

	fcb_set_sequential(fcb, record);
	result = move_records(fcb, record, &count, write);
	if (result >= 0) {
		set_al((uint32_t)result);
	}
}

void dos_fcb_random_read(void)
{
	random_record(false);
}

void dos_fcb_random_write(void)
{
	random_record(true);
}

static void block(bool write)
{
	uint8_t attributes = 0, *fcb = fcb_at(&attributes);
	uint32_t record = fcb_random(fcb), count = cx();
	int result = 0;

	if (write && count == 0) {
		/* The file ends at this record. */
		uint32_t size = record * record_bytes(fcb);
		const struct open_file *file = use(fcb);
		bool good = file != NULL && (file->device != DEVICE_NONE ||
					     files_set_size(file->object, size) == 0);

		if (good) {
			put32(fcb + FCB_SIZE, size);
		}
		set_al(good ? AL_DONE : AL_END);
		return;
	}
	result = move_records(fcb, record, &count, write);
	if (result < 0) {
		return;
	}
	set_al((uint32_t)result);
	set_cx(count);
	fcb_set_random(fcb, record + count);
	fcb_set_sequential(fcb, record + count);
}

void dos_fcb_block_read(void)
{
	block(false);
}

void dos_fcb_block_write(void)
{
	block(true);
}

void dos_fcb_size(void)
{
	uint8_t attributes = 0, *fcb = fcb_at(&attributes);
	struct dos_path path;
	struct files_place place;
	bool good = path_of(fcb[FCB_DRIVE], fcb + FCB_NAME, &path) == 0 &&
		    files_find(&path, &place) == 0;

	if (good) {
		uint64_t size = place.attributes.size, bytes = record_bytes(fcb);

		fcb_set_random(fcb, (uint32_t)((size + bytes - 1) / bytes));
	}
	finish(good);
}

void dos_fcb_set_random(void)
{
	uint8_t attributes = 0, *fcb = fcb_at(&attributes);

	fcb_set_random(fcb, fcb_sequential(fcb));
}

/* ---------------------------------------------------------------------------- searches and names
 */

/* A directory entry of 32 bytes into the DTA, behind a drive number, as an FCB that is not open. */
static void put_entry(bool extended, const struct dos_search *search,
		      const uint8_t packed[NAME_BYTES], const file_attributes_t *attributes)
{
	uint8_t *entry = dos_dta();
	uint16_t date = 0, time = 0;

	if (extended) {
		memset(entry, 0, FCB_EXTENDED);
		entry[0] = 0xff;
		entry[6] = search->attributes;
		entry += FCB_EXTENDED;
	}
	memset(entry, 0, 33);
	files_time(attributes, &date, &time);
	entry[0] = search->drive;
	memcpy(entry + 1, packed, NAME_BYTES);
	entry[12] = files_attributes(attributes);
	put16(entry + 23, time);
	put16(entry + 25, date);
	put32(entry + 29, (entry[12] & ATTRIBUTE_DIRECTORY) != 0 ? 0 : (uint32_t)attributes->size);
}

static void next(uint8_t *fcb, struct dos_search *search)
{
	uint8_t packed[NAME_BYTES];
	file_attributes_t attributes;
	int error = dos_search_next(search, packed, &attributes);

	put16(fcb + FCB_SLOT, search->slot);
	put16(fcb + FCB_STATE, search->serial);
	put32(fcb + FCB_COOKIE, search->cookie);
	if (error == 0) {
		put_entry(peek8(ds(), dx()) == 0xff, search, packed, &attributes);
	}
	finish(error == 0);
}

void dos_fcb_find_first(void)
{
	uint8_t attributes = 0, *fcb = fcb_at(&attributes);
	struct dos_path path;
	struct dos_search search = {.attributes = attributes};
	file_attributes_t label = {.mode = FILE_MODE_REGULAR | 0200};

	if (path_of(fcb[FCB_DRIVE], fcb + FCB_NAME, &path) != 0) {
		finish(false);
	} else if (attributes == ATTRIBUTE_LABEL) {
		/* A drive has one at most: the next search finds none. */
		put16(fcb + FCB_STATE, 0);
		search.drive = (uint8_t)(path.drive + 1);
		put_entry(true, &search, (const uint8_t *)DOS_LABEL, &label);
		dos_dta()[FCB_EXTENDED + 12] = ATTRIBUTE_LABEL;
		finish(name_match(fcb + FCB_NAME, (const uint8_t *)DOS_LABEL));
	} else if (dos_search_begin(&search, &path, attributes) != 0) {
		finish(false);
	} else {
		next(fcb, &search);
	}
}

void dos_fcb_find_next(void)
{
	uint8_t attributes = 0, *fcb = fcb_at(&attributes);
	struct dos_search search = {
		.drive = (uint8_t)((fcb[FCB_DRIVE] != 0 ? fcb[FCB_DRIVE] : dos.drive + 1)),
		.attributes = attributes,
		.slot = get16(fcb + FCB_SLOT),
		.serial = get16(fcb + FCB_STATE),
		.cookie = get32(fcb + FCB_COOKIE),
	};

	memcpy(search.pattern, fcb + FCB_NAME, NAME_BYTES);
	next(fcb, &search);
}

/* Does something with each file that fits the FCB's name; whether there was one. */
static bool for_each(const uint8_t *fcb, int (*act)(const uint8_t *fcb, const uint8_t *name))
{
	struct dos_path path;
	struct dos_search search;
	uint8_t packed[NAME_BYTES];
	file_attributes_t attributes;
	bool any = false;

	if (path_of(fcb[FCB_DRIVE], fcb + FCB_NAME, &path) != 0 ||
	    dos_search_begin(&search, &path, 0) != 0) {
		return false;
	}
	while (dos_search_next(&search, packed, &attributes) == 0) {
		if ((attributes.mode & 0222) == 0 || act(fcb, packed) != 0) {
			return false;
		}
		any = true;
	}
	return any;
}

static int delete_one(const uint8_t *fcb, const uint8_t *name)
{
	struct dos_path path;
	struct files_place place;
	int error = path_of(fcb[FCB_DRIVE], name, &path);

	error = error ?: files_find(&path, &place);
	return error ?: files_remove(place.path, false);
}

/* The new name is where the size and the date are in an open FCB. */
static int rename_one(const uint8_t *fcb, const uint8_t *name)
{
	uint8_t new_name[NAME_BYTES];
	struct dos_path from, to;
	struct files_place old_place, new_place;
	int error = path_of(fcb[FCB_DRIVE], name, &from);

	name_apply(fcb + FCB_NAME + 0x10, name, new_name);
	error = error ?: path_of(fcb[FCB_DRIVE], new_name, &to);
	error = error ?: files_find(&from, &old_place);
	if (error == 0 && files_find(&to, &new_place) != DOS_ERROR_NO_FILE) {
		error = DOS_ERROR_ACCESS;
	}
	return error ?: files_rename(old_place.path, new_place.path);
}

void dos_fcb_delete(void)
{
	uint8_t attributes = 0;

	finish(for_each(fcb_at(&attributes), delete_one));
}

void dos_fcb_rename(void)
{
	uint8_t attributes = 0;

	finish(for_each(fcb_at(&attributes), rename_one));
}
