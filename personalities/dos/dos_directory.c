/* INT 21h: directories, drives, names, searches. */
#include <string.h>
#include "dos.h"
#include "fcb_core.h"
#include "files.h"
#include "machine.h"

#define SEARCHES        64
#define SECTOR_BYTES    512u
#define CLUSTER_SECTORS 16u
#define MEDIA_FIXED     0xf8

/* The first 21 bytes of the DTA between 4Eh and 4Fh are DOS's own. */
#define DTA_DRIVE      0
#define DTA_PATTERN    1
#define DTA_ATTRIBUTES 12
#define DTA_SLOT       13
#define DTA_SERIAL     15
#define DTA_COOKIE     17
#define DTA_BYTES      128
#define DTA_FOUND      21 /* attributes, time, date, size, name */

/*
 * The directories that searches go through.  All searches of one directory share its place (their
 * own state is the program's), so a search lasts however many others are begun beside it; the
 * directory that was longest not used loses its place.
 */
static struct {
	char path[FILES_PATH_BYTES];
	uint16_t serial;
	bool is_root;
	uint32_t used;
} searches[SEARCHES];
static uint16_t last_serial;
static uint32_t search_time;

static int get_path(uint32_t offset, struct dos_path *path)
{
	int error = dos_get_path(ds(), offset, path);

	return error == DOS_ERROR_DRIVE ? DOS_ERROR_NO_PATH : error;
}

/* ------------------------------------------------------------------------------------- drives */

void dos_disk_reset(void)
{
}

void dos_select_drive(void)
{
	if (files_has_drive(dl())) {
		dos.drive = dl();
	}
	set_al(DOS_DRIVES);
}

void dos_get_drive(void)
{
	set_al(dos.drive);
}

void dos_set_dta(void)
{
	dos.dta_segment = ds();
	dos.dta_offset = dx();
}

void dos_get_dta(void)
{
	set_es(dos.dta_segment);
	set_bx(dos.dta_offset);
}

/* In clusters of 8 KB; what is more than DOS can count is not told. */
void dos_free_space(void)
{
	uint64_t total = 0, left = 0, cluster = CLUSTER_SECTORS * SECTOR_BYTES;
	uint32_t drive = dl() == 0 ? dos.drive : dl() - 1u;

	if (!files_has_drive(drive) || !files_is_ready(drive) ||
	    files_free_space(&total, &left) != 0) {
		dos.error = DOS_ERROR_DRIVE;
		set_ax(0xffff);
		return;
	}
	set_ax(CLUSTER_SECTORS);
	set_cx(SECTOR_BYTES);
	set_bx(left / cluster > 0xfff0 ? 0xfff0 : (uint32_t)(left / cluster));
	set_dx(total / cluster > 0xfff0 ? 0xfff0 : (uint32_t)(total / cluster));
}

/* 1Bh, 1Ch: the sectors of a cluster, how many clusters, and the disk's kind at DS:BX. */
static void disk_kind(uint32_t drive)
{
	uint64_t total = 0, left = 0, cluster = CLUSTER_SECTORS * SECTOR_BYTES;

	if (!files_has_drive(drive) || files_free_space(&total, &left) != 0) {
		dos.error = DOS_ERROR_DRIVE;
		set_al(0xff);
		return;
	}
	set_al(CLUSTER_SECTORS);
	set_cx(SECTOR_BYTES);
	set_dx(total / cluster > 0xfff0 ? 0xfff0 : (uint32_t)(total / cluster));
	poke8(DOS_SEGMENT, DOS_MEDIA, MEDIA_FIXED);
	set_ds(DOS_SEGMENT);
	set_bx(DOS_MEDIA);
}

void dos_current_disk_kind(void)
{
	disk_kind(dos.drive);
}

void dos_disk_kind(void)
{
	disk_kind(dl() == 0 ? dos.drive : dl() - 1u);
}

/* -------------------------------------------------------------------------------- directories */

void dos_make_directory(void)
{
	struct dos_path path;
	struct files_place place;
	int error = get_path(dx(), &path);

	error = error ?: files_find(&path, &place);
	if (error == 0) {
		error = DOS_ERROR_ACCESS; /* it is there */
	} else if (error == DOS_ERROR_NO_FILE) {
		error = files_make_directory(place.path);
	}
	dos_finish(error);
}

void dos_remove_directory(void)
{
	struct dos_path path;
	struct files_place place;
	int error = get_path(dx(), &path);

	error = error ?: files_find(&path, &place);
	if (error == DOS_ERROR_NO_FILE) {
		error = DOS_ERROR_NO_PATH;
	} else if (error == 0 && (path.text[0] == 0 || (place.attributes.mode & FILE_MODE_KIND) !=
							       FILE_MODE_DIRECTORY)) {
		error = DOS_ERROR_ACCESS;
	} else if (error == 0 && strcmp(path.text, dos.directories[path.drive]) == 0) {
		error = DOS_ERROR_CURRENT;
	}
	dos_finish(error ?: files_remove(place.path, true));
}

void dos_change_directory(void)
{
	struct dos_path path;
	struct files_place place;
	int error = get_path(dx(), &path);

	error = error ?: files_find(&path, &place);
	if (error != 0 || (place.attributes.mode & FILE_MODE_KIND) != FILE_MODE_DIRECTORY ||
	    strlen(path.text) > 63) {
		dos_fail(DOS_ERROR_NO_PATH);
		return;
	}
	(void)strcpy(dos.directories[path.drive], path.text);
	dos_succeed();
}

void dos_get_directory(void)
{
	uint32_t drive = dl() == 0 ? dos.drive : dl() - 1u;
	const char *text = NULL;

	if (!files_has_drive(drive)) {
		dos_fail(DOS_ERROR_DRIVE);
		return;
	}
	text = dos.directories[drive];
	for (uint32_t i = 0; i <= strlen(text); i++) {
		poke8(ds(), si() + i, (uint8_t)text[i]);
	}
	set_ax(0x0100);
	dos_succeed();
}

/* -------------------------------------------------------------------------------------- names */

void dos_delete(void)
{
	struct dos_path path;
	struct files_place place;
	int error = get_path(dx(), &path);

	error = error ?: files_find(&path, &place);
	if (error == 0 && ((place.attributes.mode & FILE_MODE_KIND) == FILE_MODE_DIRECTORY ||
			   (place.attributes.mode & 0222) == 0)) {
		error = DOS_ERROR_ACCESS;
	}
	dos_finish(error ?: files_remove(place.path, false));
}

void dos_rename(void)
{
	struct dos_path from, to;
	struct files_place old_place, new_place;
	int error = get_path(dx(), &from);

	if (error == 0) {
		error = dos_get_path(es(), di(), &to);
		error = error == DOS_ERROR_DRIVE ? DOS_ERROR_NO_PATH : error;
	}
	error = error ?: files_find(&from, &old_place);
	if (error == 0) {
		error = files_find(&to, &new_place);
		if (error == 0) {
			error = DOS_ERROR_ACCESS; /* it is there */
		} else if (error == DOS_ERROR_NO_FILE) {
			error = files_rename(old_place.path, new_place.path);
		}
	}
	dos_finish(error);
}

void dos_attributes(void)
{
	struct dos_path path;
	struct files_place place;
	int error = get_path(dx(), &path);

	error = error ?: files_find(&path, &place);
	if (error != 0) {
		dos_fail((uint32_t)error);
	} else if (al() == 0) {
		uint8_t attributes = files_attributes(&place.attributes);

		set_cx(attributes);
		set_ax(attributes);
		dos_succeed();
	} else if (al() == 1) {
		bool wrong = (cl() & (ATTRIBUTE_LABEL | ATTRIBUTE_DIRECTORY)) != 0;

		dos_finish(wrong ? DOS_ERROR_ACCESS : files_set_attributes(place.path, cl()));
	} else {
		dos_fail(DOS_ERROR_FUNCTION);
	}
}

/* 60h: DS:SI to a full path at ES:DI. */
void dos_true_name(void)
{
	struct dos_path path;
	int error = get_path(si(), &path);

	if (error == 0 && !files_has_drive(path.drive)) {
		error = DOS_ERROR_NO_PATH;
	}
	if (error != 0) {
		dos_fail((uint32_t)error);
		return;
	}
	poke8(es(), di(), (uint8_t)('A' + path.drive));
	poke8(es(), di() + 1u, ':');
	poke8(es(), di() + 2u, '\\');
	for (uint32_t i = 0; i <= strlen(path.text); i++) {
		poke8(es(), di() + 3u + i, (uint8_t)path.text[i]);
	}
	set_al(0x5c);
	dos_succeed();
}

void dos_parse_name(void)
{
	uint32_t used = 0;
	uint8_t result = fcb_parse(machine_at(es(), di()), machine_at(ds(), si()),
				   machine_span(si(), 128), al(), DOS_DRIVES, &used);
	uint8_t drive = peek8(es(), di());

	set_al(drive != 0 && !files_has_drive(drive - 1u) ? 0xff : result);
	set_si(si() + used);
}

/* ----------------------------------------------------------------------------------- searches */

/* One at the very end of the memory is moved so that all of it lies there. */
uint8_t *dos_dta(void)
{
	uint32_t address = dos.dta_segment * 16u + dos.dta_offset;
	uint32_t last = MACHINE_BYTES - DTA_BYTES;

	return machine_memory() + (address < last ? address : last);
}

static uint32_t get32(const uint8_t *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value);
	put16(at + 2, value >> 16);
}

/* Does a search for these attributes find such a file?  Plain files always; others if asked for. */
static bool fits(uint8_t wanted, uint8_t attributes)
{
	uint8_t special = ATTRIBUTE_HIDDEN | ATTRIBUTE_SYSTEM | ATTRIBUTE_DIRECTORY;

	return (attributes & special & ~wanted) == 0;
}

static void put_found(const uint8_t packed[NAME_BYTES], const file_attributes_t *attributes)
{
	uint8_t *found = dos_dta() + DTA_FOUND;
	uint16_t date = 0, time = 0;
	char name[NAME_TEXT_BYTES] = "";
	bool directory = (attributes->mode & FILE_MODE_KIND) == FILE_MODE_DIRECTORY;

	files_time(attributes, &date, &time);
	found[0] = files_attributes(attributes);
	put16(found + 1, time);
	put16(found + 3, date);
	put32(found + 5, directory ? 0 : (uint32_t)attributes->size);
	(void)name_unpack(packed, name);
	memcpy(found + 9, name, sizeof name);
}

int dos_search_next(struct dos_search *search, uint8_t packed[NAME_BYTES],
		    file_attributes_t *attributes)
{
	uint32_t slot = search->slot % SEARCHES;
	struct files_place place;
	int64_t cookie = search->cookie;
	int error = 0;

	if (search->serial == 0 || searches[slot].serial != search->serial) {
		return DOS_ERROR_NO_MORE;
	}
	searches[slot].used = ++search_time;
	while ((error = files_next(searches[slot].path, &cookie, packed, &place)) == 0) {
		bool dots = packed[0] == '.';

		search->cookie = (uint32_t)cookie;
		if (name_match(search->pattern, packed) &&
		    fits(search->attributes, files_attributes(&place.attributes)) &&
		    !(dots && searches[slot].is_root)) {
			*attributes = place.attributes;
			return 0;
		}
	}
	return error;
}

/* The place of a directory: its old one, or that of another. */
static uint32_t place_of(const char *path, bool is_root)
{
	uint32_t oldest = 0;

	for (uint32_t i = 0; i < SEARCHES; i++) {
		if (searches[i].serial != 0 && searches[i].is_root == is_root &&
		    strcmp(searches[i].path, path) == 0) {
			return i;
		}
		if (searches[i].used < searches[oldest].used) {
			oldest = i;
		}
	}
	last_serial = last_serial == 0xffff ? 1 : (uint16_t)(last_serial + 1);
	(void)strcpy(searches[oldest].path, path);
	searches[oldest].serial = last_serial;
	searches[oldest].is_root = is_root;
	return oldest;
}

int dos_search_begin(struct dos_search *search, struct dos_path *path, uint8_t attributes)
{
	uint32_t parent = name_parent(path);
	const char *name = path->text + parent + (parent > 0 ? 1 : 0);
	struct files_place place;
	uint32_t slot = 0;
	int error = 0;

	if (!name_pack(name, (uint32_t)strlen(name), search->pattern)) {
		return path->text[0] == 0 ? DOS_ERROR_NO_MORE : DOS_ERROR_NO_PATH;
	}
	path->text[parent] = 0;
	error = files_find(path, &place);
	if (error != 0 || (place.attributes.mode & FILE_MODE_KIND) != FILE_MODE_DIRECTORY) {
		return DOS_ERROR_NO_PATH;
	}
	slot = place_of(place.path, path->text[0] == 0);
	searches[slot].used = ++search_time;
	search->drive = (uint8_t)(path->drive + 1);
	search->attributes = attributes;
	search->slot = (uint16_t)slot;
	search->serial = searches[slot].serial;
	search->cookie = 0;
	return 0;
}

/* The next one into the DTA, which keeps the search's state; a DOS error. */
static int search_to_dta(struct dos_search *search)
{
	uint8_t packed[NAME_BYTES], *own = dos_dta();
	file_attributes_t attributes;
	int error = dos_search_next(search, packed, &attributes);

	own[DTA_DRIVE] = search->drive;
	memcpy(own + DTA_PATTERN, search->pattern, NAME_BYTES);
	own[DTA_ATTRIBUTES] = search->attributes;
	put16(own + DTA_SLOT, search->slot);
	put16(own + DTA_SERIAL, search->serial);
	put32(own + DTA_COOKIE, search->cookie);
	if (error == 0) {
		put_found(packed, &attributes);
	}
	return error;
}

/* The drive's label, which only a search for nothing else finds. */
static void found_label(void)
{
	file_attributes_t attributes = {.mode = FILE_MODE_REGULAR | 0200};

	dos_dta()[DTA_SERIAL] = dos_dta()[DTA_SERIAL + 1] = 0;
	put_found((const uint8_t *)DOS_LABEL, &attributes);
	dos_dta()[DTA_FOUND] = ATTRIBUTE_LABEL;
}

static void finish_search(int error)
{
	if (error == 0) {
		set_ax(0);
	}
	dos_finish(error);
}

void dos_find_first(void)
{
	struct dos_path path;
	struct dos_search search;
	int error = get_path(dx(), &path);

	if (error == 0 && cx() == ATTRIBUTE_LABEL) {
		found_label();
	} else {
		error = error ?: dos_search_begin(&search, &path, cl());
		error = error ?: search_to_dta(&search);
	}
	finish_search(error);
}

void dos_find_next(void)
{
	const uint8_t *own = dos_dta();
	struct dos_search search = {
		.drive = own[DTA_DRIVE],
		.attributes = own[DTA_ATTRIBUTES],
		.slot = (uint16_t)(own[DTA_SLOT] | own[DTA_SLOT + 1] << 8),
		.serial = (uint16_t)(own[DTA_SERIAL] | own[DTA_SERIAL + 1] << 8),
		.cookie = get32(own + DTA_COOKIE),
	};

	memcpy(search.pattern, own + DTA_PATTERN, NAME_BYTES);
	finish_search(search_to_dta(&search));
}
