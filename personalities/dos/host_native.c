/* host.h for a native program: file server and console server, by the standard ports. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <gen/console.h>
#include <gen/file.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <libc/log.h>
#include <libmach.h>
#include <mach/mig_errors.h>
#include <mach/vm_prot.h>
#include <masix/subsystems.h>
#include <standard_ports.h>
#include "host.h"

#define SELF        mach_task_self()
#define NO_IDENTITY NULL, 0 /* whoever started us gave us what we may do */
#define COLUMNS     80u
#define ROWS        25u

static mach_port_t root_directory(void)
{
	return standard_port(STANDARD_PORT_ROOT);
}

/* ---------------------------------------------------------------------------------------- files */

static kern_return_t get_attributes(const char *path, file_attributes_t *attributes)
{
	return file_get_attributes(root_directory(), NO_IDENTITY, path, strlen(path), 0,
				   attributes);
}

static void close_file(uint32_t file)
{
	(void)mach_port_deallocate(SELF, file);
}

static kern_return_t open_file(const char *path, uint32_t flags, uint32_t mode, uint32_t *file,
			       file_attributes_t *attributes)
{
	mach_port_t port = MACH_PORT_NULL;
	kern_return_t result = file_open(root_directory(), NO_IDENTITY, path, strlen(path), flags,
					 mode, &port, attributes);

	*file = port;
	return result;
}

static kern_return_t read_directory(const char *path, int64_t cookie, char *entries,
				    uint32_t *bytes)
{
	file_attributes_t attributes;
	uint32_t port = 0;
	mach_msg_type_number_t count = FILE_DATA_MAX;
	kern_return_t result = open_file(path, FILE_READ | FILE_DIRECTORY, 0, &port, &attributes);

	if (result == KERN_SUCCESS) {
		result = file_read_directory(port, cookie, FILE_DATA_MAX, entries, &count);
		close_file(port);
	}
	*bytes = result == KERN_SUCCESS ? count : 0;
	return result;
}

static kern_return_t read_file(uint32_t file, uint8_t *bytes, uint32_t count, uint32_t *got)
{
	mach_msg_type_number_t part = count;
	kern_return_t result = file_read(file, FILE_CURRENT, count, 0, (char *)bytes, &part);

	*got = result == KERN_SUCCESS ? part : 0;
	return result;
}

static kern_return_t write_file(uint32_t file, const uint8_t *bytes, uint32_t count,
				uint32_t *written)
{
	natural_t part = 0;
	kern_return_t result = file_write(file, FILE_CURRENT, 0, (const char *)bytes, count, &part);

	*written = part;
	return result;
}

static kern_return_t seek_file(uint32_t file, int64_t offset, uint32_t whence, int64_t *position)
{
	return file_seek(file, offset, whence, position);
}

static kern_return_t get_file_attributes(uint32_t file, file_attributes_t *attributes)
{
	return file_get_attributes(file, NO_IDENTITY, "", 0, 0, attributes);
}

static kern_return_t set_size(uint32_t file, int64_t size)
{
	file_attributes_t attributes = {.size = (uint64_t)size};

	return file_set_attributes(file, NO_IDENTITY, "", 0, 0, FILE_SET_SIZE, attributes);
}

static kern_return_t set_modified(uint32_t file, int64_t modify_ns)
{
	file_attributes_t attributes = {.modify_ns = modify_ns};

	return file_set_attributes(file, NO_IDENTITY, "", 0, 0, FILE_SET_MODIFY, attributes);
}

static bool has_input(uint32_t file)
{
	natural_t ready = 0;

	return file_poll(file, &ready) == KERN_SUCCESS && (ready & FILE_POLL_READABLE) != 0;
}

static kern_return_t make_directory(const char *path)
{
	return file_make_directory(root_directory(), NO_IDENTITY, path, strlen(path), 0755);
}

static kern_return_t remove_name(const char *path, bool directory)
{
	return file_unlink(root_directory(), NO_IDENTITY, path, strlen(path),
			   directory ? FILE_REMOVE_DIRECTORY : 0);
}

static kern_return_t rename_file(const char *from, const char *to)
{
	return file_rename(root_directory(), NO_IDENTITY, from, strlen(from), root_directory(),
			   MACH_MSG_TYPE_COPY_SEND, to, strlen(to), FILE_RENAME_EXCLUSIVE);
}

static kern_return_t set_mode(const char *path, uint32_t mode)
{
	file_attributes_t attributes = {.mode = mode};

	return file_set_attributes(root_directory(), NO_IDENTITY, path, strlen(path), 0,
				   FILE_SET_MODE, attributes);
}

static kern_return_t get_space(uint64_t *bytes_total, uint64_t *bytes_free)
{
	file_system_info_t info;
	kern_return_t result = file_get_system(root_directory(), &info);

	if (result == KERN_SUCCESS) {
		*bytes_total = info.bytes_total;
		*bytes_free = info.bytes_free;
	}
	return result;
}

static void get_directory(char *path, uint32_t bytes_max)
{
	mach_msg_type_number_t bytes = bytes_max - 1;

	if (file_get_path(standard_port(STANDARD_PORT_DIRECTORY), path, &bytes) != KERN_SUCCESS) {
		bytes = 0;
	}
	path[bytes] = 0;
}

/* ------------------------------------------------------------------------- streams and terminal */

static mach_port_t terminal; /* a console; MACH_PORT_NULL: there is none */
static mach_port_t streams[HOST_STREAMS];
static console_modes_t modes_found;
static vm_address_t screen;
static vm_size_t screen_bytes;

static bool is_console(mach_port_t port)
{
	natural_t status = 0, in = 0, out = 0;

	return MACH_PORT_VALID(port) &&
	       console_get_status(port, &status, &in, &out) == KERN_SUCCESS;
}

static bool start_terminal(void)
{
	static const unsigned int ports[HOST_STREAMS] = {STANDARD_PORT_INPUT, STANDARD_PORT_OUTPUT,
							 STANDARD_PORT_ERROR};
	console_modes_t raw = {.read_bytes = 1};

	libc_log_set(standard_log);
	for (unsigned int i = 0; i < HOST_STREAMS; i++) {
		mach_port_t port = standard_port(ports[i]);

		if (!is_console(port)) {
			streams[i] = MACH_PORT_VALID(port) ? port : MACH_PORT_NULL;
		} else if (terminal == MACH_PORT_NULL && i < 2) {
			terminal = port;
		}
	}
	if (terminal != MACH_PORT_NULL &&
	    console_get_modes(terminal, &modes_found) == KERN_SUCCESS) {
		(void)console_set_modes(terminal, CONSOLE_WHEN_WRITTEN, raw);
	}
	return terminal != MACH_PORT_NULL;
}

static void end_terminal(void)
{
	if (terminal != MACH_PORT_NULL) {
		(void)console_set_modes(terminal, CONSOLE_WHEN_WRITTEN, modes_found);
	}
}

static uint32_t stream(uint32_t number)
{
	return streams[number];
}

static void write_terminal(const char *bytes, uint32_t count)
{
	(void)console_write(terminal, bytes, count);
}

static uint32_t read_terminal(uint8_t *bytes, uint32_t bytes_max, bool wanted)
{
	static console_data_t data; /* the stub wants room for the largest answer */
	mach_msg_type_number_t count = sizeof data;

	(void)wanted;
	if (console_read(terminal, bytes_max, CONSOLE_READ_NOW, data, &count) != KERN_SUCCESS) {
		return 0;
	}
	memcpy(bytes, data, count);
	return count;
}

static struct console_screen *take_screen(bool *pictures)
{
	mach_port_t memory = MACH_PORT_NULL;
	natural_t columns = 0, rows = 0;
	kern_return_t result =
		console_screen_take(terminal, CONSOLE_SCREEN_GRAPHICS, &memory, &columns, &rows);

	*pictures = result == KERN_SUCCESS;
	screen_bytes = CONSOLE_SCREEN_GRAPHICS_BYTES;
	if (result == KERN_NO_ACCESS) {
		result = console_screen_take(terminal, 0, &memory, &columns, &rows);
		screen_bytes = CONSOLE_SCREEN_BYTES(COLUMNS, ROWS);
	}
	if (result == KERN_SUCCESS) {
		screen = 0;
		if (columns == COLUMNS && rows == ROWS) {
			result = vm_map(SELF, &screen, screen_bytes, 0, TRUE, memory, 0, FALSE,
					VM_PROT_READ | VM_PROT_WRITE, VM_PROT_READ | VM_PROT_WRITE,
					VM_INHERIT_NONE);
		} else {
			result = KERN_NO_ACCESS; /* a console of another size */
		}
		(void)mach_port_deallocate(SELF, memory);
		if (result != KERN_SUCCESS) {
			(void)console_screen_release(terminal);
		}
	}
	if (result != KERN_SUCCESS) {
		printf("dos: no screen: %s\n", mach_error_string(result));
		return NULL;
	}
	return (struct console_screen *)screen;
}

/* The console server looks by itself. */
static void show_screen(void)
{
}

static void release_screen(void)
{
	(void)console_screen_release(terminal);
	(void)vm_deallocate(SELF, screen, screen_bytes);
}

static uint32_t read_keys(uint8_t *codes, uint32_t codes_max)
{
	console_keys_t keys;
	mach_msg_type_number_t count = sizeof keys;

	if (console_read_keys(terminal, CONSOLE_READ_NOW, keys, &count) != KERN_SUCCESS) {
		return 0;
	}
	count = count < codes_max ? count : codes_max;
	memcpy(codes, keys, count);
	return count;
}

/* ---------------------------------------------------------------------------------- the process */

#define WAIT_ID  (MASIX_BASE_CONSOLE + 16) /* console_wait */
#define LOOK_US  20000u                    /* without that: how often somebody looks */
#define ROUND_UP 999u

static mach_port_t waiter; /* where the answer comes */
static bool is_asked;      /* and is still to come */

/* Asks the console to tell when there is something to read; false: it cannot. */
static bool ask_for_keys(void)
{
	mach_msg_header_t message = {
		.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE),
		.msgh_size = sizeof message,
		.msgh_remote_port = terminal,
		.msgh_id = WAIT_ID,
	};

	if (is_asked) {
		return true;
	}
	if (waiter == MACH_PORT_NULL &&
	    mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &waiter) != KERN_SUCCESS) {
		return false;
	}
	message.msgh_local_port = waiter;
	is_asked = mach_msg(&message, MACH_SEND_MSG, sizeof message, 0, MACH_PORT_NULL,
			    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL) == MACH_MSG_SUCCESS;
	return is_asked;
}

static void wait_for(uint32_t microseconds, bool keys)
{
	union {
		mach_msg_header_t header;
		mig_reply_header_t reply;
		uint8_t bytes[128];
	} answer;
	mach_msg_return_t result = 0;
	bool forever = microseconds == HOST_FOREVER;

	if (!keys || terminal == MACH_PORT_NULL || !ask_for_keys()) {
		(void)usleep(microseconds < LOOK_US || !forever ? microseconds : LOOK_US);
		return;
	}
	result = mach_msg(&answer.header, forever ? MACH_RCV_MSG : MACH_RCV_MSG | MACH_RCV_TIMEOUT,
			  0, sizeof answer, waiter, (microseconds + ROUND_UP) / 1000,
			  MACH_PORT_NULL);
	if (result == MACH_MSG_SUCCESS) {
		is_asked = false;
		if (answer.header.msgh_id != WAIT_ID + 100 ||
		    answer.reply.RetCode != KERN_SUCCESS) {
			(void)usleep(LOOK_US); /* there is none any more: nobody is to spin */
		}
	}
}

/* A native program gets ^C as a character, or is ended from outside. */
static bool take_break(void)
{
	return false;
}

static int execute(const struct host_program *program)
{
	(void)program;
	return -1;
}

static void __attribute__((noreturn)) exit_process(uint32_t code, bool by_break)
{
	(void)by_break;
	standard_exit(code);
}

const struct host host_native = {
	.get_attributes = get_attributes,
	.read_directory = read_directory,
	.open = open_file,
	.close = close_file,
	.read = read_file,
	.write = write_file,
	.seek = seek_file,
	.get_file_attributes = get_file_attributes,
	.set_size = set_size,
	.set_modified = set_modified,
	.has_input = has_input,
	.make_directory = make_directory,
	.remove = remove_name,
	.rename = rename_file,
	.set_mode = set_mode,
	.get_space = get_space,
	.get_directory = get_directory,
	.start_terminal = start_terminal,
	.end_terminal = end_terminal,
	.stream = stream,
	.write_terminal = write_terminal,
	.read_terminal = read_terminal,
	.take_screen = take_screen,
	.show_screen = show_screen,
	.release_screen = release_screen,
	.read_keys = read_keys,
	.wait = wait_for,
	.take_break = take_break,
	.execute = execute,
	.exit = exit_process,
};
