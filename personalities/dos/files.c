/* See files.h. */
#include "files.h"
#include <stdio.h>
#include <string.h>
#include "configuration_core.h"
#include "dos.h"
#include "host.h"
#include "time_core.h"

#define CONFIGURATION       "/etc/dos"
#define CONFIGURATION_BYTES 4096

static struct configuration configuration;

const struct configuration *files_configuration(void)
{
	return &configuration;
}

/* Drives are what /etc/dos says; a line that means nothing is told in the log. */
void files_start(void)
{
	static uint8_t text[CONFIGURATION_BYTES];
	file_attributes_t attributes;
	uint32_t file = 0, bytes = 0, wrong = 0;

	configuration_reset(&configuration);
	if (host->open(CONFIGURATION, FILE_READ, 0, &file, &attributes) != KERN_SUCCESS) {
		return;
	}
	if (files_read(file, text, sizeof text, &bytes) == 0) {
		wrong = configuration_parse(&configuration, (char *)text, bytes);
		if (wrong != 0) {
			printf("dos: " CONFIGURATION ": line %u means nothing\n",
			       (unsigned int)wrong);
		}
	}
	host->close(file);
}

bool files_has_drive(uint32_t drive)
{
	return drive < DOS_DRIVES && configuration.drives[drive][0] != 0;
}

/* ------------------------------------------------------------------------------------- trouble */

static struct critical_error trouble;
static bool is_trouble;

void files_forget_trouble(void)
{
	is_trouble = false;
}

bool files_take_trouble(struct critical_error *error)
{
	bool was = is_trouble;

	*error = trouble;
	is_trouble = false;
	return was;
}

bool files_is_ready(uint32_t drive)
{
	file_attributes_t attributes;

	if (host->get_attributes(configuration.drives[drive], &attributes) == KERN_SUCCESS) {
		return true;
	}
	trouble = (struct critical_error){
		.device = DEVICE_NONE, .drive = (uint8_t)drive, .code = CRITICAL_NOT_READY};
	is_trouble = true;
	return false;
}

static int error_of(kern_return_t result)
{
	switch (result) {
	case KERN_SUCCESS:
		return 0;
	case FILE_ENOENT:
		return DOS_ERROR_NO_FILE;
	case FILE_ENOTDIR:
	case FILE_ENAMETOOLONG:
	case FILE_ELOOP:
		return DOS_ERROR_NO_PATH;
	case FILE_EEXIST:
		return DOS_ERROR_EXISTS;
	case FILE_EXDEV:
		return DOS_ERROR_OTHER_DEVICE;
	case KERN_RESOURCE_SHORTAGE:
		return DOS_ERROR_TOO_MANY;
	default:
		return DOS_ERROR_ACCESS;
	}
}

/*
 * DOS's own attributes of a file are the three bits of its mode that mean nothing for files which
 * nobody can execute; of others only "hidden" is kept.
 */
#define MODE_HIDDEN 01000u /* sticky */
#define MODE_SYSTEM 02000u /* setgid */
#define MODE_SAVED                                                                                 \
	04000u /* setuid: not changed since it was saved, so without ATTRIBUTE_ARCHIVE             \
		*/

static bool is_plain(uint32_t mode)
{
	return (mode & 0111) == 0;
}

static int get_attributes(const char *path, file_attributes_t *attributes)
{
	return error_of(host->get_attributes(path, attributes));
}

/* ---------------------------------------------------------------------------------- directories */

/* Entries as the server sent them, and the directory and cookie that they belong to. */
static char entries[FILE_DATA_MAX];
static char entries_of[FILES_PATH_BYTES];
static int64_t entries_from;
static uint32_t entries_bytes;

static int read_entries(const char *directory, int64_t cookie)
{
	kern_return_t result = host->read_directory(directory, cookie, entries, &entries_bytes);

	entries_from = cookie;
	(void)snprintf(entries_of, sizeof entries_of, "%s", directory);
	return error_of(result);
}

/* The entry behind "cookie"; NULL: the end, or an error. */
static const struct file_entry *next_entry(const char *directory, int64_t cookie, int *error)
{
	bool known = strcmp(directory, entries_of) == 0 && entries_bytes > 0;
	uint32_t at = 0;

	*error = 0;
	if (known && cookie != 0 && cookie != entries_from) {
		/* Is it the one behind another that we have? */
		while (at < entries_bytes) {
			const struct file_entry *entry = (struct file_entry *)(entries + at);

			at += entry->bytes;
			if ((int64_t)entry->cookie == cookie) {
				break;
			}
		}
		if (at < entries_bytes) {
			return (struct file_entry *)(entries + at);
		}
	}
	*error = read_entries(directory, cookie);
	return entries_bytes > 0 ? (struct file_entry *)entries : NULL;
}

static void join(char *path, const char *directory, const char *name, uint32_t bytes)
{
	(void)snprintf(path, FILES_PATH_BYTES, "%s%s%.*s", directory,
		       strcmp(directory, "/") == 0 ? "" : "/", (int)bytes, name);
}

/* The next entry by name alone; false: the end, or an error. */
static bool next_name(const char *directory, int64_t *cookie, uint8_t packed[NAME_BYTES],
		      char *path, int *error)
{
	const struct file_entry *entry = next_entry(directory, *cookie, error);

	if (entry == NULL) {
		return false;
	}
	*cookie = (int64_t)entry->cookie;
	name_alias(entry->name, entry->name_bytes, packed);
	join(path, directory, entry->name, entry->name_bytes);
	return true;
}

/* Is it something that DOS has too?  It may be removed by now, or be a link that leads nowhere. */
static bool is_for_dos(struct files_place *place)
{
	uint32_t kind = 0;

	if (get_attributes(place->path, &place->attributes) != 0) {
		return false;
	}
	kind = place->attributes.mode & FILE_MODE_KIND;
	return kind == FILE_MODE_REGULAR || kind == FILE_MODE_DIRECTORY;
}

int files_next(const char *directory, int64_t *cookie, uint8_t packed[NAME_BYTES],
	       struct files_place *place)
{
	int error = 0;

	while (next_name(directory, cookie, packed, place->path, &error)) {
		if (is_for_dos(place)) {
			return 0;
		}
	}
	return error != 0 ? error : DOS_ERROR_NO_MORE;
}

/* An entry of a directory by its 8.3 name. */
static int find_entry(const char *directory, const uint8_t wanted[NAME_BYTES],
		      struct files_place *place)
{
	uint8_t packed[NAME_BYTES];
	int64_t cookie = 0;
	int error = 0;

	entries_bytes = 0; /* as it is now */
	while (next_name(directory, &cookie, packed, place->path, &error)) {
		if (memcmp(packed, wanted, NAME_BYTES) == 0 && is_for_dos(place)) {
			return 0;
		}
	}
	return error == 0 ? DOS_ERROR_NO_FILE : DOS_ERROR_NO_PATH;
}

/* -------------------------------------------------------------------------------------- names */

static void to_lower(char *text)
{
	for (; *text != 0; text++) {
		*text = (char)(*text == '\\'                  ? '/'
			       : *text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a'
							      : *text);
	}
}

/* One component below "directory"; what it would be called if it is not there. */
static int find_component(const char *directory, const char *text, uint32_t bytes,
			  struct files_place *place)
{
	uint8_t packed[NAME_BYTES];
	char lower[NAME_TEXT_BYTES];
	int error = 0;

	if (!name_pack(text, bytes, packed)) {
		return DOS_ERROR_NO_PATH;
	}
	(void)name_unpack(packed, lower);
	to_lower(lower);
	join(place->path, directory, lower, (uint32_t)strlen(lower));
	error = get_attributes(place->path, &place->attributes);
	if (error == DOS_ERROR_NO_FILE) {
		error = find_entry(directory, packed, place);
		if (error == DOS_ERROR_NO_FILE) {
			join(place->path, directory, lower, (uint32_t)strlen(lower));
		}
	}
	return error;
}

static int find_path(const struct dos_path *path, struct files_place *place)
{
	char directory[FILES_PATH_BYTES];
	const char *at = path->text;

	if (!files_has_drive(path->drive)) {
		return DOS_ERROR_NO_PATH;
	}
	/* Most names are as we make them: one question instead of one for each component. */
	(void)snprintf(directory, sizeof directory, "%s", configuration.drives[path->drive]);
	if (path->text[0] == 0) {
		(void)strcpy(place->path, directory);
	} else {
		join(place->path, directory, path->text, (uint32_t)strlen(path->text));
	}
	to_lower(place->path + (directory[1] == 0 ? 0 : strlen(directory)));
	if (get_attributes(place->path, &place->attributes) == 0) {
		return 0;
	}
	if (*at == 0) {
		return DOS_ERROR_NO_PATH; /* the drive's own directory */
	}
	while (*at != 0) {
		uint32_t bytes = (uint32_t)strcspn(at, "\\");
		int error = find_component(directory, at, bytes, place);

		at += bytes;
		if (error != 0) {
			return error == DOS_ERROR_NO_FILE && *at != 0 ? DOS_ERROR_NO_PATH : error;
		}
		if (*at != 0 && (place->attributes.mode & FILE_MODE_KIND) != FILE_MODE_DIRECTORY) {
			return DOS_ERROR_NO_PATH;
		}
		(void)strcpy(directory, place->path);
		at += *at != 0;
	}
	return 0;
}

/* What was looked for is not there; or is the drive not there? */
int files_find(const struct dos_path *path, struct files_place *place)
{
	int error = find_path(path, place);

	if ((error == DOS_ERROR_NO_PATH || (error != 0 && path->text[0] == 0)) &&
	    files_has_drive(path->drive)) {
		(void)files_is_ready(path->drive);
	}
	return error;
}

/* How much of a path is a drive's root: 0, it is not on the drive. */
static uint32_t root_bytes(uint32_t drive, const char *path)
{
	const char *root = configuration.drives[drive];
	uint32_t bytes = (uint32_t)strlen(root);

	if (bytes == 0 || strncmp(path, root, bytes) != 0) {
		return 0;
	}
	return bytes == 1 || path[bytes] == 0 || path[bytes] == '/' ? bytes : 0;
}

int files_name(const char *path, struct dos_path *named)
{
	uint32_t used = 0, root = 0;

	named->drive = DOS_DRIVE_C;
	for (uint32_t i = 0; path[0] == '/' && i < DOS_DRIVES; i++) {
		if (root_bytes(i, path) > root) {
			root = root_bytes(i, path);
			named->drive = (uint8_t)i;
		}
	}
	if (path[0] == '/' && root == 0) {
		return DOS_ERROR_DRIVE;
	}
	path += root;
	while (*path != 0) {
		uint8_t packed[NAME_BYTES];
		char text[NAME_TEXT_BYTES];
		uint32_t bytes = 0;

		path += strspn(path, "/");
		bytes = (uint32_t)strcspn(path, "/");
		if (bytes == 0) {
			break;
		}
		name_alias(path, bytes, packed);
		if (used + 1 + name_unpack(packed, text) >= NAME_PATH_BYTES) {
			return DOS_ERROR_NO_PATH;
		}
		used += (uint32_t)snprintf(named->text + used, NAME_PATH_BYTES - used, "%s%s",
					   used > 0 ? "\\" : "", text);
		path += bytes;
	}
	named->text[used] = 0;
	return 0;
}

void files_directory(char *path, uint32_t bytes_max)
{
	host->get_directory(path, bytes_max);
}

/* --------------------------------------------------------------------------------- open files */

/* Programs that DOS programs make (compilers, linkers) can be started from everywhere. */
static uint32_t mode_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot != NULL && (strcmp(dot, ".com") == 0 || strcmp(dot, ".exe") == 0 ||
			       strcmp(dot, ".bat") == 0)
		       ? 0755
		       : 0644;
}

int files_open(const char *path, uint8_t access, natural_t flags, mach_port_t *file,
	       file_attributes_t *attributes)
{
	static const natural_t of_access[] = {FILE_READ, FILE_WRITE, FILE_READ | FILE_WRITE};
	uint32_t opened = 0;
	int error = error_of(host->open(path, of_access[access % 3] | flags, mode_of(path), &opened,
					attributes));
	uint32_t kind = 0;

	*file = opened;
	if (error != 0) {
		return error;
	}
	kind = attributes->mode & FILE_MODE_KIND;
	if (kind == FILE_MODE_DIRECTORY) {
		files_close(*file);
		return DOS_ERROR_ACCESS;
	}
	if (access != 0 && is_plain(attributes->mode) && (attributes->mode & MODE_SAVED) != 0) {
		/* It is going to be changed. */
		(void)host->set_mode(path, attributes->mode & 07777 & ~MODE_SAVED);
	}
	return 0;
}

void files_close(mach_port_t file)
{
	host->close(file);
}

int files_read(mach_port_t file, uint8_t *bytes, uint32_t count, uint32_t *got)
{
	*got = 0;
	while (*got < count) {
		uint32_t rest = count - *got;
		uint32_t wanted = rest < FILE_DATA_MAX ? rest : FILE_DATA_MAX, part = 0;
		kern_return_t result = host->read(file, bytes + *got, wanted, &part);

		if (result != KERN_SUCCESS) {
			return *got > 0 ? 0 : error_of(result);
		}
		*got += part;
		if (part < wanted) {
			break;
		}
	}
	return 0;
}

int files_write(mach_port_t file, const uint8_t *bytes, uint32_t count, uint32_t *written)
{
	*written = 0;
	while (*written < count) {
		uint32_t rest = count - *written;
		uint32_t part = 0;
		kern_return_t result = host->write(
			file, bytes + *written, rest < FILE_DATA_MAX ? rest : FILE_DATA_MAX, &part);

		if (result == FILE_ENOSPC || result == FILE_EFBIG) {
			return 0; /* a full disk: less is written than was asked */
		}
		if (result != KERN_SUCCESS || part == 0) {
			return *written > 0 ? 0 : error_of(result);
		}
		*written += part;
	}
	return 0;
}

int files_seek(mach_port_t file, int64_t offset, uint32_t whence, int64_t *position)
{
	return error_of(host->seek(file, offset, whence, position));
}

int files_set_size(mach_port_t file, int64_t size)
{
	return error_of(host->set_size(file, size));
}

int files_set_time(mach_port_t file, uint16_t date, uint16_t time)
{
	struct dos_time moment;

	time_unpack(&moment, date, time);
	return error_of(host->set_modified(file, time_join(&moment) * 1000000000));
}

int files_get_attributes(mach_port_t file, file_attributes_t *attributes)
{
	return error_of(host->get_file_attributes(file, attributes));
}

bool files_has_input(mach_port_t file)
{
	return host->has_input(file);
}

/* ----------------------------------------------------------------------------- changes of names */

int files_make_directory(const char *path)
{
	int error = error_of(host->make_directory(path));

	entries_bytes = 0;
	return error == DOS_ERROR_EXISTS ? DOS_ERROR_ACCESS : error;
}

int files_remove(const char *path, bool directory)
{
	int error = error_of(host->remove(path, directory));

	return error == DOS_ERROR_EXISTS ? DOS_ERROR_ACCESS : error;
}

int files_rename(const char *from, const char *to)
{
	int error = error_of(host->rename(from, to));

	entries_bytes = 0;
	return error == DOS_ERROR_EXISTS ? DOS_ERROR_ACCESS : error;
}

int files_set_attributes(const char *path, uint8_t attributes)
{
	file_attributes_t now;
	int error = get_attributes(path, &now);

	if (error != 0 || (now.mode & FILE_MODE_KIND) == FILE_MODE_DIRECTORY) {
		return error;
	}
	now.mode = (attributes & ATTRIBUTE_READ_ONLY) != 0 ? now.mode & ~0222u : now.mode | 0200u;
	now.mode &= is_plain(now.mode) ? ~(MODE_HIDDEN | MODE_SYSTEM | MODE_SAVED) : ~MODE_HIDDEN;
	if ((attributes & ATTRIBUTE_HIDDEN) != 0) {
		now.mode |= MODE_HIDDEN;
	}
	if ((attributes & ATTRIBUTE_SYSTEM) != 0 && is_plain(now.mode)) {
		now.mode |= MODE_SYSTEM;
	}
	if ((attributes & ATTRIBUTE_ARCHIVE) == 0 && is_plain(now.mode)) {
		now.mode |= MODE_SAVED;
	}
	return error_of(host->set_mode(path, now.mode & 07777));
}

int files_free_space(uint64_t *bytes_total, uint64_t *bytes_free)
{
	return error_of(host->get_space(bytes_total, bytes_free));
}

/* -------------------------------------------------------------------------- what DOS sees of it */

uint8_t files_attributes(const file_attributes_t *attributes)
{
	uint32_t mode = attributes->mode;
	bool plain = is_plain(mode);

	if ((mode & FILE_MODE_KIND) == FILE_MODE_DIRECTORY) {
		return ATTRIBUTE_DIRECTORY;
	}
	return (uint8_t)((plain && (mode & MODE_SAVED) != 0 ? 0 : ATTRIBUTE_ARCHIVE) |
			 ((mode & MODE_HIDDEN) != 0 ? ATTRIBUTE_HIDDEN : 0) |
			 (plain && (mode & MODE_SYSTEM) != 0 ? ATTRIBUTE_SYSTEM : 0) |
			 ((mode & 0222) == 0 ? ATTRIBUTE_READ_ONLY : 0));
}

void files_time(const file_attributes_t *attributes, uint16_t *date, uint16_t *time)
{
	struct dos_time moment;

	time_split(&moment, attributes->modify_ns / 1000000000, 0);
	time_pack(&moment, date, time);
}
