/* INT 21h: files and devices by handle. */
#include <string.h>
#include "terminal.h"
#include "dos.h"
#include "files.h"
#include "machine.h"
#include "psp_core.h"

#define SHARE_NO_INHERIT 0x80
#define REMOTE_FILE      0x8000 /* of a drive that is not made of sectors here */
#define SPECIAL          (ATTRIBUTE_READ_ONLY | ATTRIBUTE_HIDDEN | ATTRIBUTE_SYSTEM)
#define REMOTE_DRIVE     0x1000

static struct open_file *find(uint32_t handle)
{
	return handle_find(&dos.handles, dos_names(), handle);
}

/* -------------------------------------------------------------------------------- open, create */

/* The last component of a path, as a directory has it; false: it has none. */
static bool last_name(const struct dos_path *path, uint8_t packed[NAME_BYTES])
{
	uint32_t parent = name_parent(path);
	const char *name = path->text + parent + (parent > 0 ? 1 : 0);

	return name_pack(name, (uint32_t)strlen(name), packed);
}

/* A new handle for a device or a port, which is the table's from here on; -1 and a DOS error. */
static int bind(const struct dos_path *path, uint8_t device, mach_port_t port, uint8_t mode,
		int *error)
{
	struct open_file *file = dos_new_file();
	int handle = -1;

	if (file != NULL) {
		file->device = device;
		file->object = port;
		file->access = mode & 3;
		file->no_inherit = mode & SHARE_NO_INHERIT;
		file->drive = path->drive;
		file->owner = dos.psp;
		(void)last_name(path, file->name);
		handle = handle_bind(&dos.handles, dos_names(), file);
		if (handle < 0) {
			file->references = 0;
		}
	}
	if (handle < 0) {
		*error = DOS_ERROR_TOO_MANY;
		if (device == DEVICE_NONE) {
			files_close(port);
		}
	}
	return handle;
}

/* The device that a path names, in whatever directory. */
static int device_of(const struct dos_path *path)
{
	uint8_t packed[NAME_BYTES];

	return last_name(path, packed) ? name_device(packed) : DEVICE_NONE;
}

/* Opens a file that must be there; its handle, or a DOS error. */
static int open_path(const struct dos_path *path, uint8_t mode, int *error)
{
	struct files_place place;
	mach_port_t port = MACH_PORT_NULL;
	int device = device_of(path);

	*error = 0;
	if ((mode & 7) > 2) {
		*error = DOS_ERROR_ACCESS_CODE;
	} else if (device != DEVICE_NONE) {
		return bind(path, (uint8_t)device, 0, mode, error);
	} else {
		*error = files_find(path, &place);
	}
	if (*error == 0 && (mode & 7) != 0 && (place.attributes.mode & 0222) == 0) {
		*error = DOS_ERROR_ACCESS; /* read-only, whoever we are */
	}
	if (*error == 0) {
		*error = files_open(place.path, mode & 7, 0, &port, &place.attributes);
	}
	return *error == 0 ? bind(path, DEVICE_NONE, port, mode, error) : -1;
}

/* Makes a file; with "fresh" it must not be there yet. */
static int create_path(const struct dos_path *path, uint8_t attributes, bool fresh, uint8_t mode,
		       int *error)
{
	struct files_place place;
	mach_port_t port = MACH_PORT_NULL;
	int device = device_of(path);

	if (device != DEVICE_NONE) {
		return bind(path, (uint8_t)device, 0, mode, error);
	}
	*error = files_find(path, &place);
	if (*error == 0 && fresh) {
		*error = DOS_ERROR_EXISTS;
	} else if (*error == 0 && (place.attributes.mode & 0222) == 0) {
		*error = DOS_ERROR_ACCESS;
	} else if (*error == 0 || *error == DOS_ERROR_NO_FILE) {
		natural_t flags =
			fresh ? FILE_CREATE | FILE_EXCLUSIVE : FILE_CREATE | FILE_TRUNCATE;

		if ((attributes & (ATTRIBUTE_LABEL | ATTRIBUTE_DIRECTORY)) != 0) {
			*error = DOS_ERROR_ACCESS;
		} else {
			*error = files_open(place.path, 2, flags, &port, &place.attributes);
		}
		if (*error == 0 && (attributes & SPECIAL) != 0) {
			(void)files_set_attributes(place.path, attributes | ATTRIBUTE_ARCHIVE);
		}
	}
	return *error == 0 ? bind(path, DEVICE_NONE, port, mode, error) : -1;
}

static void finish_open(int handle, int error)
{
	if (handle < 0) {
		dos_fail((uint32_t)error);
	} else {
		set_ax((uint32_t)handle);
		dos_succeed();
	}
}

void dos_open(void)
{
	struct dos_path path;
	int error = dos_get_path(ds(), dx(), &path);
	int handle = error == 0 ? open_path(&path, al(), &error) : -1;

	finish_open(handle, error == DOS_ERROR_DRIVE ? DOS_ERROR_NO_PATH : error);
}

static void create(bool fresh)
{
	struct dos_path path;
	int error = dos_get_path(ds(), dx(), &path);
	int handle = error == 0 ? create_path(&path, cl(), fresh, 2, &error) : -1;

	finish_open(handle, error == DOS_ERROR_DRIVE ? DOS_ERROR_NO_PATH : error);
}

void dos_create(void)
{
	create(false);
}

void dos_create_new(void)
{
	create(true);
}

/* 5Ah: a name that is not there yet, behind the directory that is given. */
void dos_create_temporary(void)
{
	static uint32_t serial;
	char directory[NAME_PATH_BYTES];
	uint32_t bytes = 0;
	uint16_t offset = dx();

	machine_get_text(ds(), offset, directory, sizeof directory);
	bytes = (uint32_t)strlen(directory);
	if (bytes > 0 && directory[bytes - 1] != '\\' && directory[bytes - 1] != '/' &&
	    directory[bytes - 1] != ':') {
		poke8(ds(), offset + bytes++, '\\');
	}
	for (uint32_t tries = 0; tries < 1000; tries++) {
		struct dos_path path;
		uint32_t number = serial++;
		int error = 0, handle = -1;

		for (uint32_t i = 0; i < 8; i++) {
			poke8(ds(), offset + bytes + i, 'A' + (number >> (28 - 4 * i) & 15));
		}
		poke8(ds(), offset + bytes + 8, 0);
		error = dos_get_path(ds(), offset, &path);
		handle = error == 0 ? create_path(&path, cl(), true, 2, &error) : -1;
		if (handle >= 0 || error != DOS_ERROR_EXISTS) {
			finish_open(handle, error);
			return;
		}
	}
	dos_fail(DOS_ERROR_ACCESS);
}

/* 6Ch: BX mode, CX attributes, DX what to do if it is (not) there, DS:SI the path. */
void dos_extended_open(void)
{
	struct dos_path path;
	int error = dos_get_path(ds(), si(), &path), handle = -1;
	uint32_t done = 1;

	if (dl() == 0 || (dl() & 0x0f) > 2 || (dl() & 0xf0) > 0x10) {
		dos_fail(DOS_ERROR_FUNCTION);
		return;
	}
	if (error == 0 && (dl() & 0x0f) != 0) {
		if ((dl() & 0x0f) == 1) {
			handle = open_path(&path, bl(), &error);
		} else {
			handle = open_path(&path, 0, &error);
			if (handle >= 0) { /* it is there, and is to be replaced */
				struct open_file last;

				if (handle_close(&dos.handles, dos_names(), (uint32_t)handle,
						 &last) &&
				    last.device == DEVICE_NONE) {
					files_close(last.object);
				}
				handle = create_path(&path, cl(), false, bl(), &error);
				done = 3;
			}
		}
	} else if (error == 0) {
		handle = open_path(&path, 0, &error);
		if (handle >= 0) {
			struct open_file last;

			if (handle_close(&dos.handles, dos_names(), (uint32_t)handle, &last) &&
			    last.device == DEVICE_NONE) {
				files_close(last.object);
			}
			handle = -1;
			error = DOS_ERROR_EXISTS;
		}
	}
	if (handle < 0 && error == DOS_ERROR_NO_FILE && (dl() & 0xf0) == 0x10) {
		handle = create_path(&path, cl(), true, bl(), &error);
		done = 2;
	}
	if (handle >= 0) {
		set_cx(done);
	}
	finish_open(handle, error);
}

void dos_close(void)
{
	struct open_file last;

	if (find(bx()) == NULL) {
		dos_fail(DOS_ERROR_HANDLE);
		return;
	}
	if (handle_close(&dos.handles, dos_names(), bx(), &last) && last.device == DEVICE_NONE) {
		files_close(last.object);
	}
	dos_succeed();
}

/* ------------------------------------------------------------------------------- read and write */

static void read_handle(uint16_t segment, uint16_t offset, uint32_t count, struct open_file *file)
{
	uint32_t got = 0;
	int error = 0;

	if (!dos_read(file, machine_at(segment, offset), machine_span(offset, count), &got,
		      &error)) {
		return;
	}
	if (error != 0) {
		dos_fail((uint32_t)error);
		return;
	}
	set_ax(got);
	dos_succeed();
}

void dos_read_file(void)
{
	struct open_file *file = find(bx());

	if (file == NULL) {
		dos_fail(DOS_ERROR_HANDLE);
	} else if (file->access == 1) {
		dos_fail(DOS_ERROR_ACCESS);
	} else {
		read_handle(ds(), dx(), cx(), file);
	}
}

/* A write of nothing cuts the file, or makes it longer, to where it stands. */
static int cut(const struct open_file *file)
{
	int64_t position = 0;
	int error = 0;

	if (file->device != DEVICE_NONE) {
		return 0;
	}
	error = files_seek(file->object, 0, FILE_SEEK_CURRENT, &position);
	return error != 0 ? error : files_set_size(file->object, position);
}

/* As a printer that is switched off. */
bool dos_write_nowhere(const struct open_file *file, uint32_t count, uint32_t *written)
{
	const struct critical_error error = {
		.device = file->device, .code = CRITICAL_NOT_READY, .write = true};
	uint8_t answer = CRITICAL_IGNORE;

	do {
		if (!dos_critical_error(&error, &answer)) {
			return false;
		}
	} while (answer == CRITICAL_RETRY);
	*written = answer == CRITICAL_IGNORE ? count : 0;
	return true;
}

static void write_to_port(const struct open_file *file)
{
	uint32_t written = 0;

	if (!dos_write_nowhere(file, cx(), &written)) {
		return;
	}
	if (written == cx()) {
		set_ax(written);
		dos_succeed();
	} else {
		dos_fail(DOS_ERROR_ACCESS);
		dos.error = DOS_ERROR_FAIL;
	}
}

void dos_write_file(void)
{
	struct open_file *file = find(bx());
	uint32_t written = 0;
	int error = 0;

	if (file == NULL) {
		dos_fail(DOS_ERROR_HANDLE);
		return;
	}
	if (file->access == 0 && file->device == DEVICE_NONE) {
		dos_fail(DOS_ERROR_ACCESS);
		return;
	}
	if (file->device == DEVICE_AUX || file->device == DEVICE_PRN) {
		write_to_port(file);
		return;
	}
	error = cx() == 0 ? cut(file)
			  : dos_write(file, machine_at(ds(), dx()), machine_span(dx(), cx()),
				      &written);
	if (error != 0) {
		dos_fail((uint32_t)error);
		return;
	}
	set_ax(written);
	dos_succeed();
}

void dos_seek(void)
{
	struct open_file *file = find(bx());
	int64_t position = 0;
	int error = 0;
	int32_t offset = (int32_t)((uint32_t)cx() << 16 | dx());

	if (file == NULL) {
		dos_fail(DOS_ERROR_HANDLE);
		return;
	}
	if (al() > 2) {
		dos_fail(DOS_ERROR_FUNCTION);
		return;
	}
	if (file->device == DEVICE_NONE) {
		/* From the beginning offsets have no sign. */
		error = files_seek(file->object, al() == 0 ? (int64_t)(uint32_t)offset : offset,
				   al(), &position);
	}
	if (error != 0) {
		dos_fail(DOS_ERROR_ACCESS);
		return;
	}
	set_ax((uint32_t)position);
	set_dx((uint32_t)position >> 16);
	dos_succeed();
}

/* -------------------------------------------------------------------------------------- handles */

void dos_duplicate(void)
{
	struct open_file *file = find(bx());
	int handle = 0;

	if (file == NULL) {
		dos_fail(DOS_ERROR_HANDLE);
		return;
	}
	handle = handle_duplicate(&dos.handles, dos_names(), file);
	finish_open(handle, DOS_ERROR_TOO_MANY);
}

void dos_force_duplicate(void)
{
	struct handle_names names = dos_names();
	struct open_file *file = find(bx());
	struct open_file last;

	if (file == NULL || cx() >= names.count) {
		dos_fail(DOS_ERROR_HANDLE);
		return;
	}
	if (bx() != cx()) {
		file->references++; /* held, should the other handle be the last one of it */
		if (handle_close(&dos.handles, names, cx(), &last) && last.device == DEVICE_NONE) {
			files_close(last.object);
		}
		names.bytes[cx()] = (uint8_t)(file - dos.handles.files);
	}
	dos_succeed();
}

void dos_set_handle_count(void)
{
	uint32_t count = bx() < PSP_HANDLES_DEFAULT ? PSP_HANDLES_DEFAULT : bx();
	struct handle_names names = dos_names();
	uint16_t segment = 0, largest = 0;

	if (count > names.count) {
		int error = memory_allocate(&dos.memory, dos.psp, (uint16_t)((count + 15) / 16),
					    &segment, &largest);

		if (error != 0) {
			dos_fail(DOS_ERROR_MEMORY);
			return;
		}
		memset(machine_at(segment, 0), HANDLE_CLOSED, count);
		memcpy(machine_at(segment, 0), names.bytes, names.count);
		poke_far(dos.psp, PSP_HANDLES_AT, segment, 0);
		poke16(dos.psp, PSP_HANDLES_MAX, count);
	}
	dos_succeed();
}

void dos_commit(void)
{
	dos_finish(find(bx()) == NULL ? DOS_ERROR_HANDLE : 0);
}

void dos_file_time(void)
{
	struct open_file *file = find(bx());
	file_attributes_t attributes = {.modify_ns = 0};
	uint16_t date = 0, time = 0;
	int error = 0;

	if (file == NULL) {
		dos_fail(DOS_ERROR_HANDLE);
		return;
	}
	if (al() > 1) {
		dos_fail(DOS_ERROR_FUNCTION);
		return;
	}
	if (al() == 1) {
		dos_finish(file->device == DEVICE_NONE ? files_set_time(file->object, dx(), cx())
						       : 0);
		return;
	}
	error = file->device == DEVICE_NONE ? files_get_attributes(file->object, &attributes) : 0;
	if (error == 0) {
		files_time(&attributes, &date, &time);
		set_cx(time);
		set_dx(date);
	}
	dos_finish(error);
}

/* ---------------------------------------------------------------------------------------- IOCTL */

/* What it is, and whether it is at its end. */
uint16_t dos_file_information(const struct open_file *file)
{
	switch (file->device) {
	case DEVICE_NONE:
		return REMOTE_FILE | file->drive; /* bit 6: not written to; we write at once */
	case DEVICE_CON:
		return (uint16_t)(0x80d3 | (file->raw != 0 ? 0x20 : 0));
	case DEVICE_NUL:
		return 0x80c4;
	default:
		return 0x80c0;
	}
}

static void get_information(struct open_file *file)
{
	set_dx(dos_file_information(file));
	set_ax(dos_file_information(file));
	dos_succeed();
}

static void set_information(struct open_file *file)
{
	if (dh() != 0) {
		dos_fail(DOS_ERROR_DATA);
	} else if (file->device == DEVICE_NONE) {
		dos_fail(DOS_ERROR_FUNCTION);
	} else {
		file->raw = (dl() & 0x20) != 0;
		dos_succeed();
	}
}

/* 06h, 07h: is it ready for input (for a file: not at its end), for output? */
static void get_ready(struct open_file *file)
{
	uint16_t key = 0;
	int64_t position = 0;
	file_attributes_t attributes = {.size = 0};
	bool ready = true;

	if (al() == 0x06 && file->device == DEVICE_CON) {
		ready = bios_look_key(&key);
	} else if (al() == 0x06 && file->device == DEVICE_NONE) {
		ready = files_seek(file->object, 0, FILE_SEEK_CURRENT, &position) == 0 &&
			files_get_attributes(file->object, &attributes) == 0 &&
			position < (int64_t)attributes.size;
	}
	set_al(ready ? 0xff : 0);
	dos_succeed();
}

void dos_control(void)
{
	struct open_file *file = find(bx());
	bool has_drive = bl() == 0 || files_has_drive(bl() - 1u);

	switch (al()) {
	case 0x00:
	case 0x01:
	case 0x06:
	case 0x07:
	case 0x0a:
		if (file == NULL) {
			dos_fail(DOS_ERROR_HANDLE);
		} else if (al() == 0x00) {
			get_information(file);
		} else if (al() == 0x01) {
			set_information(file);
		} else if (al() == 0x0a) {
			set_dx(dos_file_information(file));
			dos_succeed();
		} else {
			get_ready(file);
		}
		break;
	case 0x08: /* fixed? */
		dos_finish(has_drive ? DOS_ERROR_FUNCTION : DOS_ERROR_DRIVE);
		break;
	case 0x09:
		if (has_drive) {
			set_dx(REMOTE_DRIVE);
		}
		dos_finish(has_drive ? 0 : DOS_ERROR_DRIVE);
		break;
	case 0x0b:
		dos_succeed();
		break;
	case 0x0e: /* one letter a drive */
		if (has_drive) {
			set_al(0);
		}
		dos_finish(has_drive ? 0 : DOS_ERROR_DRIVE);
		break;
	default:
		dos_fail(DOS_ERROR_FUNCTION);
		break;
	}
}
