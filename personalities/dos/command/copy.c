/* COPY: files and devices, one after the other or together ("a+b c"). */
#include "command.h"

#define BUFFER_BYTES 4096
#define SOURCES_MAX  16

static char buffer[BUFFER_BYTES];

struct source {
	char path[80];
	bool text; /* /A: up to ^Z */
};

struct job {
	struct source sources[SOURCES_MAX];
	uint32_t count;
	bool together, text, binary, ends; /* ends: said what is wrong */
	char target[DOS_PATH_BYTES];       /* "": none was said */
	bool target_is_directory;
	uint32_t copied;
};
static struct job job;

/* ---------------------------------------------------------------------------------- the words */

static void read_options(const char **at, bool *text)
{
	while (**at == ' ' || **at == '/') {
		if (**at == '/') {
			char letter = text_upper((*at)[1]);

			*text = letter == 'A' ? true : letter == 'B' ? false : *text;
			job.text = job.text || letter == 'A';
			job.binary = job.binary || letter == 'B';
			*at += (*at)[1] != 0;
		}
		++*at;
	}
}

static const char *read_path(const char *at, char *path, uint32_t bytes_max)
{
	uint32_t bytes = 0;

	while (*at != 0 && *at != ' ' && *at != '\t' && *at != ',' && *at != '+' && *at != '/') {
		if (bytes + 1 < bytes_max) {
			path[bytes++] = *at;
		}
		at++;
	}
	path[bytes] = 0;
	return at;
}

/* Sources up to a word without '+', then the target. */
static bool read_words(const char *at)
{
	bool more = true, text = false;

	job = (struct job){.count = 0};
	read_options(&at, &text);
	at = text_skip(at);
	while (more && *at != 0) {
		struct source *source = &job.sources[job.count];

		if (job.count == SOURCES_MAX) {
			say_error("Too many parameters");
			return false;
		}
		at = read_path(at, source->path, sizeof source->path);
		read_options(&at, &text);
		source->text = text;
		job.count += source->path[0] != 0;
		more = *at == '+';
		job.together = job.together || more;
		at += more;
		at = text_skip(at);
	}
	at = read_path(at, job.target, sizeof job.target);
	read_options(&at, &text);
	if (job.count == 0) {
		say_error("Required parameter missing");
		return false;
	}
	if (*text_skip(at) != 0) {
		say_error("Too many parameters");
		return false;
	}
	return true;
}

/* ---------------------------------------------------------------------------------- the copying */

static bool is_device(int handle)
{
	return (dos_information(handle) & 0x80) != 0;
}

/* Everything from one handle to the other; false: there was no room. */
static bool move(int from, int to, bool text)
{
	int count = 0;

	do {
		int bytes = 0;

		count = dos_read(from, buffer, sizeof buffer);
		while (bytes < count && !(text && buffer[bytes] == 0x1a)) {
			bytes++;
		}
		if (bytes > 0 && dos_write(to, buffer, (uint16_t)bytes) < bytes) {
			say_error("Insufficient disk space");
			return false;
		}
		if (bytes < count) {
			return true;
		}
	} while (count > 0);
	return true;
}

static void full_path(const char *path, char full[DOS_PATH_BYTES])
{
	struct dos_registers registers = {
		.ax = 0x6000, .si = (uint16_t)(uintptr_t)path, .di = (uint16_t)(uintptr_t)full};

	if (dos_call(&registers) < 0) {
		(void)text_copy(full, path, DOS_PATH_BYTES);
	}
}

static bool is_same(const char *a, const char *b)
{
	char full_a[DOS_PATH_BYTES], full_b[DOS_PATH_BYTES];

	full_path(a, full_a);
	full_path(b, full_b);
	return text_is(full_a, full_b);
}

static void keep_time(int from, int to)
{
	struct dos_registers registers = {.ax = 0x5700, .bx = (uint16_t)from};

	if (dos_call(&registers) >= 0) {
		registers.ax = 0x5701;
		registers.bx = (uint16_t)to;
		(void)dos_call(&registers);
	}
}

/* What the target is called for a source of that name. */
static void target_of(const char *name, char *path)
{
	char made[13];

	if (job.target_is_directory) {
		uint32_t bytes = text_copy(path, job.target, DOS_PATH_BYTES);

		if (bytes > 0 && path[bytes - 1] != '\\' && path[bytes - 1] != ':') {
			(void)text_append(path, "\\", DOS_PATH_BYTES);
		}
		(void)text_append(path, name, DOS_PATH_BYTES);
		return;
	}
	files_directory_of(job.target, path);
	if (text_has_wildcards(text_base(job.target))) {
		text_apply(text_base(job.target), name, made);
		(void)text_append(path, made, DOS_PATH_BYTES);
	} else {
		(void)text_copy(path, job.target, DOS_PATH_BYTES);
	}
}

static bool copy_file(const char *path, const struct source *source)
{
	char target[DOS_PATH_BYTES];
	int from = 0, to = 0;
	bool good = false;

	target_of(text_base(path), target);
	from = dos_open(path, 0);
	if (from < 0) {
		say_code(from);
		return false;
	}
	if (!is_device(from) && is_same(path, target)) {
		say_error("File cannot be copied onto itself");
		dos_close(from);
		return false;
	}
	to = dos_create(target);
	if (to < 0) {
		say_error("File creation error");
	} else {
		good = move(from, to, source->text || is_device(from));
		if (good && source->text && job.text && !is_device(to)) {
			(void)dos_write(to, "\x1a", 1);
		}
		if (good && !is_device(from) && !is_device(to)) {
			keep_time(from, to);
		}
		dos_close(to);
		if (!good) {
			(void)dos_simple(0x4100, 0, 0, target);
		}
	}
	dos_close(from);
	job.copied += good;
	return good;
}

static bool copy_found(const char *path, const struct dos_found *found, void *argument)
{
	(void)found;
	say("%s\r\n", path);
	job.ends = !copy_file(path, argument);
	return !job.ends;
}

static void copy_each(void)
{
	struct source *source = &job.sources[0];
	int result = 0;

	if (files_is_directory(source->path) && !text_has_wildcards(source->path)) {
		uint32_t bytes = text_length(source->path);
		char last = bytes > 0 ? source->path[bytes - 1] : 0;

		(void)text_append(source->path,
				  last == '\\' || last == ':' || last == 0 ? "*.*" : "\\*.*",
				  sizeof source->path);
	}
	if (!text_has_wildcards(source->path)) {
		(void)copy_file(source->path, source);
		return;
	}
	result = files_for_each(source->path, 0, copy_found, source);
	if (result < 0) {
		say("%s\r\n", source->path);
		say_code(result);
	}
}

/* ------------------------------------------------------------------------------- one behind
 * another */

static int together_to;

static bool append_found(const char *path, const struct dos_found *found, void *argument)
{
	const struct source *source = argument;
	int from = 0;

	(void)found;
	if (is_same(path, job.target)) {
		return true; /* it is where the rest goes */
	}
	say("%s\r\n", path);
	from = dos_open(path, 0);
	if (from >= 0) {
		job.ends = !move(from, together_to, source->text || !job.binary);
		dos_close(from);
		job.copied = 1;
	}
	return !job.ends;
}

/* Into the target; without one into the first source, behind what it has. */
static void copy_together(void)
{
	uint32_t first = 0;
	char target[DOS_PATH_BYTES];

	if (job.target[0] == 0 || is_same(job.target, job.sources[0].path)) {
		(void)text_copy(job.target, job.sources[0].path, sizeof job.target);
		together_to = dos_open(job.target, 2);
		(void)dos_seek(together_to, 0, 2, NULL);
		first = 1;
		job.copied = together_to >= 0;
	} else {
		target_of(text_base(job.sources[0].path), target);
		(void)text_copy(job.target, target, sizeof job.target);
		together_to = dos_create(target);
	}
	if (together_to < 0) {
		say_error("File creation error");
		return;
	}
	for (uint32_t i = first; i < job.count && !job.ends; i++) {
		struct source *source = &job.sources[i];

		if (files_for_each(source->path, 0, append_found, source) < 0 &&
		    dos_attributes(source->path) >= 0) {
			(void)append_found(source->path, NULL, source); /* a device */
		}
	}
	if (!job.binary && !is_device(together_to)) {
		(void)dos_write(together_to, "\x1a", 1);
	}
	dos_close(together_to);
}

void command_copy(const char *tail)
{
	char words[TEXT_LINE_BYTES];

	(void)text_copy(words, tail, sizeof words);
	if (!read_words(words)) {
		return;
	}
	job.target_is_directory = job.target[0] == 0 || (!text_has_wildcards(job.target) &&
							 files_is_directory(job.target));
	/* Several files into one that is no directory: one behind another too. */
	if (!job.together && !job.target_is_directory && !text_has_wildcards(job.target) &&
	    text_has_wildcards(job.sources[0].path)) {
		job.together = true;
	}
	if (job.together) {
		copy_together();
	} else {
		copy_each();
	}
	say("%9u file(s) copied\r\n", (unsigned int)job.copied);
}
