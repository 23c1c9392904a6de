/* Commands on files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <gen/file.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include "prompt.h"

#define ENTRIES_MAX 1024 /* of one directory, in ls */

static void close_port(mach_port_t port)
{
	(void)mach_port_deallocate(mach_task_self(), port);
}

/* Opens a file in our own name, which needs no identity. */
static kern_return_t open_file(const char *path, natural_t flags, mach_port_t *file,
			       file_attributes_t *attributes)
{
	return file_open(start_of(path), NULL, 0, path, strlen(path), flags, 0644, file,
			 attributes);
}

/* -------------------------------------------------------------------------------------- ls */

struct entry {
	char name[FILE_NAME_BYTES_MAX + 1];
};

static int compare_entries(const void *left, const void *right)
{
	return strcmp(((const struct entry *)left)->name, ((const struct entry *)right)->name);
}

/* "-rw-r--r--" */
static const char *mode_text(uint32_t mode, char text[11])
{
	static const char kinds[] = "?pc?d?b?-?l?s???";

	(void)strcpy(text, "?rwxrwxrwx");
	text[0] = kinds[mode >> 12 & 15];
	for (int bit = 0; bit < 9; bit++) {
		if (!(mode & 0400u >> bit)) {
			text[1 + bit] = '-';
		}
	}
	if (mode & 01000) {
		text[9] = text[9] == 'x' ? 't' : 'T';
	}
	if (mode & 02000) {
		text[6] = text[6] == 'x' ? 's' : 'S';
	}
	if (mode & 04000) {
		text[3] = text[3] == 'x' ? 's' : 'S';
	}
	return text;
}

/* A name as it may be shown: no byte of it moves the cursor. */
static const char *printable(const char *name)
{
	static char shown[FILE_PATH_BYTES_MAX];
	size_t i = 0;

	for (; name[i] != 0 && i < sizeof shown - 1; i++) {
		shown[i] = (unsigned char)name[i] < ' ' || name[i] == 0x7f ? '?' : name[i];
	}
	shown[i] = 0;
	return shown;
}

static void list_long(mach_port_t directory, const char *path, const char *name)
{
	file_attributes_t attributes;
	char mode[11];
	char date[20] = "?";
	char size[24];
	kern_return_t result = file_get_attributes(directory, NULL, 0, path, strlen(path),
						   FILE_NO_FOLLOW, &attributes);

	if (!succeeded("ls", printable(name), result)) {
		return;
	}
	time_t seconds = (time_t)(attributes.modify_ns / 1000000000);
	const struct tm *when = gmtime(&seconds);

	if (when != NULL) {
		(void)strftime(date, sizeof date, "%Y-%m-%d %H:%M", when);
	}
	uint32_t kind = attributes.mode & FILE_MODE_KIND;

	if (kind == FILE_MODE_CHARACTER || kind == FILE_MODE_BLOCK) {
		(void)snprintf(size, sizeof size, "%u, %u", (unsigned)(attributes.device >> 32),
			       (unsigned)attributes.device);
	} else {
		(void)snprintf(size, sizeof size, "%llu", (unsigned long long)attributes.size);
	}
	say("%s %3u %5u %5u %10s %s %s", mode_text(attributes.mode, mode),
	    (unsigned)attributes.links, (unsigned)attributes.uid, (unsigned)attributes.gid, size,
	    date, printable(name));
	if (kind == FILE_MODE_SYMLINK) {
		static char target[FILE_PATH_BYTES_MAX];
		mach_msg_type_number_t bytes = sizeof target;

		if (file_read_link(directory, NULL, 0, path, strlen(path), target, &bytes) ==
		    KERN_SUCCESS) {
			target[bytes < sizeof target ? bytes : sizeof target - 1] = 0;
			say(" -> %s", printable(target));
		}
	}
	say("\n");
}

/* Reads a directory's names into *entries (to be freed); -1: told why not. */
static int read_entries(mach_port_t directory, const char *path, struct entry **entries)
{
	static char data[FILE_DATA_MAX];
	int64_t cookie = 0;
	int count = 0;

	*entries = malloc(ENTRIES_MAX * sizeof **entries);
	if (*entries == NULL) {
		(void)succeeded("ls", path, KERN_RESOURCE_SHORTAGE);
		return -1;
	}
	for (;;) {
		mach_msg_type_number_t bytes = sizeof data;
		kern_return_t result =
			file_read_directory(directory, cookie, sizeof data, data, &bytes);

		if (!succeeded("ls", path, result)) {
			free(*entries);
			return -1;
		}
		if (bytes == 0 || terminal_interrupted()) {
			return count;
		}
		if (count == ENTRIES_MAX) {
			say("ls: %s: only the first %d entries are shown\n", path, ENTRIES_MAX);
			return count;
		}
		for (unsigned int at = 0; at < bytes && count < ENTRIES_MAX;) {
			const struct file_entry *entry = (const void *)(data + at);

			memcpy((*entries)[count].name, entry->name, entry->name_bytes);
			(*entries)[count].name[entry->name_bytes] = 0;
			/* Names that begin with a point are not shown. */
			count += entry->name[0] != '.';
			cookie = (int64_t)entry->cookie;
			at += entry->bytes;
		}
	}
}

/* In as many columns as fit, one below the other. */
static void list_columns(const struct entry *entries, int count)
{
	size_t width = 1;

	for (int i = 0; i < count; i++) {
		size_t length = strlen(entries[i].name);

		width = length > width ? length : width;
	}
	width += 2;
	int columns = width < SCREEN_COLUMNS ? (int)((SCREEN_COLUMNS + 1) / width) : 1;
	int rows = (count + columns - 1) / columns;

	for (int row = 0; row < rows; row++) {
		for (int i = row; i < count; i += rows) {
			say("%-*s", i + rows < count ? (int)width : 0, printable(entries[i].name));
		}
		say("\n");
	}
}

static void list_directory(const char *path, bool is_long)
{
	mach_port_t directory = MACH_PORT_NULL;
	file_attributes_t attributes;
	struct entry *entries = NULL;
	int count = 0;

	if (!succeeded("ls", path,
		       open_file(path, FILE_READ | FILE_DIRECTORY, &directory, &attributes))) {
		return;
	}
	count = read_entries(directory, path, &entries);
	if (count >= 0) {
		qsort(entries, (size_t)count, sizeof *entries, compare_entries);
		if (!is_long) {
			list_columns(entries, count);
		}
		for (int i = 0; is_long && i < count && !terminal_interrupted(); i++) {
			list_long(directory, entries[i].name, entries[i].name);
		}
		free(entries);
	}
	close_port(directory);
}

void command_ls(const struct words *words)
{
	unsigned int first = 1;
	bool is_long = words->count > 1 && strcmp(words->word[1], "-l") == 0;

	first += is_long;
	for (unsigned int i = first; i < words->count || i == first; i++) {
		const char *path = i < words->count ? words->word[i] : ".";
		file_attributes_t attributes;

		if (!succeeded("ls", path,
			       file_get_attributes(start_of(path), NULL, 0, path, strlen(path), 0,
						   &attributes))) {
			continue;
		}
		if ((attributes.mode & FILE_MODE_KIND) != FILE_MODE_DIRECTORY) {
			if (is_long) {
				list_long(start_of(path), path, path);
			} else {
				say("%s\n", printable(path));
			}
			continue;
		}
		if (words->count > first + 1) {
			say("%s%s:\n", i > first ? "\n" : "", path);
		}
		list_directory(path, is_long);
	}
}

/* -------------------------------------------------------------------------------- contents */

/* Reads the next piece of an open file: its bytes; 0: the end; -1: told why not. */
static int read_piece(const char *command, const char *path, mach_port_t file, char *data)
{
	mach_msg_type_number_t bytes = FILE_DATA_MAX;

	if (!succeeded(command, path,
		       file_read(file, FILE_CURRENT, FILE_DATA_MAX, 0, data, &bytes))) {
		return -1;
	}
	return (int)bytes;
}

static bool write_piece(const char *command, const char *path, mach_port_t file, const char *data,
			natural_t bytes)
{
	while (bytes != 0) {
		natural_t written = 0;

		if (!succeeded(command, path,
			       file_write(file, FILE_CURRENT, 0, data, bytes, &written))) {
			return false;
		}
		data += written;
		bytes -= written;
	}
	return true;
}

void command_cat(const struct words *words)
{
	static char data[FILE_DATA_MAX];

	for (unsigned int i = 1; i < words->count; i++) {
		const char *path = words->word[i];
		mach_port_t file = MACH_PORT_NULL;
		file_attributes_t attributes;
		int bytes = 0;

		if (!succeeded("cat", path, open_file(path, FILE_READ, &file, &attributes))) {
			continue;
		}
		while ((bytes = read_piece("cat", path, file, data)) > 0) {
			say_bytes(data, (size_t)bytes);
			if (terminal_interrupted()) {
				say("^C\n");
				i = words->count;
				break;
			}
		}
		close_port(file);
	}
}

/* "to", or what is called as "from" in it if it is a directory. */
static const char *target_path(const char *from, const char *to, char *path, size_t bytes)
{
	file_attributes_t attributes;
	const char *name = strrchr(from, '/');

	if (file_get_attributes(start_of(to), NULL, 0, to, strlen(to), 0, &attributes) ==
		    KERN_SUCCESS &&
	    (attributes.mode & FILE_MODE_KIND) == FILE_MODE_DIRECTORY) {
		(void)snprintf(path, bytes, "%s/%s", to, name != NULL ? name + 1 : from);
		return path;
	}
	return to;
}

/* The path of an open file itself. */
static const char itself[FILE_PATH_BYTES_MAX];

void command_cp(const struct words *words)
{
	static char data[FILE_DATA_MAX];
	static char path[FILE_PATH_BYTES_MAX];
	const char *from = words->word[1];
	const char *to = target_path(from, words->word[2], path, sizeof path);
	mach_port_t in = MACH_PORT_NULL, out = MACH_PORT_NULL;
	file_attributes_t source, target;
	int bytes = 0;

	if (!succeeded("cp", from, open_file(from, FILE_READ, &in, &source))) {
		return;
	}
	kern_return_t result =
		file_open(start_of(to), NULL, 0, to, strlen(to), FILE_WRITE | FILE_CREATE,
			  source.mode & 0777, &out, &target);

	if (succeeded("cp", to, result)) {
		target.size = 0;
		if (target.number == source.number) {
			say("cp: %s: it is the same file\n", to);
		} else if (succeeded("cp", to,
				     file_set_attributes(out, NULL, 0, itself, 0, 0, FILE_SET_SIZE,
							 target))) {
			while ((bytes = read_piece("cp", from, in, data)) > 0 &&
			       write_piece("cp", to, out, data, (natural_t)bytes) &&
			       !terminal_interrupted()) {
			}
		}
		close_port(out);
	}
	close_port(in);
}

/* To the screen, or behind > or >> to a file. */
void command_echo(const struct words *words)
{
	mach_port_t file = MACH_PORT_NULL;
	file_attributes_t attributes;

	if (words->output == NULL) {
		for (unsigned int i = 1; i < words->count; i++) {
			say("%s%s", i > 1 ? " " : "", words->word[i]);
		}
		say("\n");
		return;
	}
	natural_t flags = FILE_WRITE | FILE_CREATE | (words->append ? FILE_APPEND : FILE_TRUNCATE);

	if (!succeeded("echo", words->output,
		       open_file(words->output, flags, &file, &attributes))) {
		return;
	}
	bool going = true;

	for (unsigned int i = 1; i < words->count && going; i++) {
		going = (i == 1 || write_piece("echo", words->output, file, " ", 1)) &&
			write_piece("echo", words->output, file, words->word[i],
				    strlen(words->word[i]));
	}
	(void)(going && write_piece("echo", words->output, file, "\n", 1));
	close_port(file);
}

/* ------------------------------------------------------------------------------ directories */

void command_cd(const struct words *words)
{
	const char *path = words->count > 1 ? words->word[1] : "/";
	mach_port_t directory = MACH_PORT_NULL;
	file_attributes_t attributes;

	if (succeeded("cd", path,
		      open_file(path, FILE_READ | FILE_DIRECTORY, &directory, &attributes))) {
		here_set(directory);
	}
}

void command_pwd(const struct words *words)
{
	static char path[FILE_PATH_BYTES_MAX];
	mach_msg_type_number_t bytes = sizeof path;

	(void)words;
	if (succeeded("pwd", ".", file_get_path(here(), path, &bytes))) {
		path[bytes < sizeof path ? bytes : sizeof path - 1] = 0;
		const char *shown = printable(path);

		say_bytes(shown, strlen(shown));
		say("\n");
	}
}

void command_mkdir(const struct words *words)
{
	for (unsigned int i = 1; i < words->count; i++) {
		const char *path = words->word[i];

		(void)succeeded(
			"mkdir", path,
			file_make_directory(start_of(path), NULL, 0, path, strlen(path), 0755));
	}
}

static void unlink_all(const char *command, const struct words *words, natural_t flags)
{
	for (unsigned int i = 1; i < words->count; i++) {
		const char *path = words->word[i];

		(void)succeeded(command, path,
				file_unlink(start_of(path), NULL, 0, path, strlen(path), flags));
	}
}

void command_rmdir(const struct words *words)
{
	unlink_all("rmdir", words, FILE_REMOVE_DIRECTORY);
}

void command_rm(const struct words *words)
{
	unlink_all("rm", words, 0);
}

void command_mv(const struct words *words)
{
	static char path[FILE_PATH_BYTES_MAX];
	const char *from = words->word[1];
	const char *to = target_path(from, words->word[2], path, sizeof path);

	(void)succeeded("mv", from,
			file_rename(start_of(from), NULL, 0, from, strlen(from), start_of(to),
				    MACH_MSG_TYPE_COPY_SEND, to, strlen(to), 0));
}

/* ln FILE NAME, ln -s TEXT NAME */
void command_ln(const struct words *words)
{
	static char path[FILE_PATH_BYTES_MAX];
	bool symbolic = strcmp(words->word[1], "-s") == 0;

	if (symbolic != (words->count == 4)) {
		say("ln: usage: ln [-s] FILE NAME\n");
		return;
	}
	const char *from = words->word[words->count - 2];
	const char *to = target_path(from, words->word[words->count - 1], path, sizeof path);
	kern_return_t result =
		symbolic ? file_make_symlink(start_of(to), NULL, 0, to, strlen(to), from,
					     strlen(from))
			 : file_link(start_of(from), NULL, 0, from, strlen(from), 0, start_of(to),
				     MACH_MSG_TYPE_COPY_SEND, to, strlen(to));

	(void)succeeded("ln", symbolic ? to : from, result);
}
