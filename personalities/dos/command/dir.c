/* DIR and VOL. */
#include "command.h"

#define ROWS         24
#define WIDE_COLUMNS 5

struct listing {
	bool wide, pause, bare, all;
	uint32_t files, bytes, lines, column;
};

static void end_line(struct listing *listing)
{
	say("\r\n");
	if (listing->pause && ++listing->lines == ROWS - 1) {
		listing->lines = 0;
		command_pause("");
	}
}

/* "HELLO    COM" of "HELLO.COM". */
static void split_name(const char *name, char base[9], char extension[4])
{
	uint32_t bytes = 0, more = 0;

	if (name[0] == '.') {
		(void)text_copy(base, name, 9);
		extension[0] = 0;
		return;
	}
	while (name[bytes] != 0 && name[bytes] != '.' && bytes < 8) {
		base[bytes] = name[bytes];
		bytes++;
	}
	base[bytes] = 0;
	for (name += bytes + (name[bytes] == '.'); *name != 0 && more < 3; name++) {
		extension[more++] = *name;
	}
	extension[more] = 0;
}

static void show_time(const struct dos_found *found)
{
	uint32_t hour = found->time >> 11;

	say(" %02u-%02u-%02u  %2u:%02u%c", (unsigned int)(found->date >> 5 & 15),
	    (unsigned int)(found->date & 31), (unsigned int)((found->date >> 9) + 80) % 100,
	    (unsigned int)(hour % 12 == 0 ? 12 : hour % 12), (unsigned int)(found->time >> 5 & 63),
	    hour >= 12 ? 'p' : 'a');
}

static void show_wide(struct listing *listing, const struct dos_found *found, bool directory)
{
	char text[16] = "";

	(void)text_append(text, directory ? "[" : "", sizeof text);
	(void)text_append(text, found->name, sizeof text);
	(void)text_append(text, directory ? "]" : "", sizeof text);
	if (++listing->column == WIDE_COLUMNS) {
		say("%s", text);
		end_line(listing);
		listing->column = 0;
	} else {
		say("%-16s", text);
	}
}

static bool show_one(const char *path, const struct dos_found *found, void *argument)
{
	struct listing *listing = argument;
	bool directory = (found->attributes & DOS_DIRECTORY) != 0;
	char base[9], extension[4];

	(void)path;
	listing->files++;
	listing->bytes += found->bytes;
	if (listing->wide) {
		show_wide(listing, found, directory);
		return true;
	}
	if (listing->bare) {
		if (found->name[0] != '.') {
			say("%s", found->name);
			end_line(listing);
		}
		return true;
	}
	split_name(found->name, base, extension);
	if (directory) {
		say("%-8s %-3s <DIR>     ", base, extension);
	} else {
		say("%-8s %-3s %9u", base, extension, (unsigned int)found->bytes);
	}
	show_time(found);
	end_line(listing);
	return true;
}

/* The path that a DIR is about: a directory gets "\\*.*", a name without extension ".*". */
static void make_pattern(char *word)
{
	uint32_t bytes = text_length(word);
	bool dot = false;

	text_backslashes(word);
	if (bytes == 0 || word[bytes - 1] == '\\' || word[bytes - 1] == ':') {
		(void)text_append(word, "*.*", DOS_PATH_BYTES);
		return;
	}
	if (!text_has_wildcards(word) && files_is_directory(word)) {
		(void)text_append(word, "\\*.*", DOS_PATH_BYTES);
		return;
	}
	for (const char *at = text_base(word); *at != 0; at++) {
		dot = dot || *at == '.';
	}
	if (!dot) {
		(void)text_append(word, ".*", DOS_PATH_BYTES);
	}
}

static void show_volume(uint8_t drive)
{
	struct dos_found found;
	char pattern[] = "A:\\*.*";

	pattern[0] = (char)('A' + drive);
	if (dos_find_first(pattern, DOS_LABEL, &found) >= 0) {
		say(" Volume in drive %c is %s\r\n", 'A' + drive, found.name);
	} else {
		say(" Volume in drive %c has no label\r\n", 'A' + drive);
	}
}

/* "Directory of C:\\DIR" of a pattern. */
static void show_heading(const char *pattern, uint8_t drive)
{
	char full[DOS_PATH_BYTES], directory[DOS_PATH_BYTES];
	struct dos_registers registers = {
		.ax = 0x6000, .si = (uint16_t)(uintptr_t)pattern, .di = (uint16_t)(uintptr_t)full};
	uint32_t bytes = 0;

	if (dos_call(&registers) < 0) {
		(void)text_copy(full, pattern, sizeof full);
	}
	files_directory_of(full, directory);
	bytes = text_length(directory);
	if (bytes > 3) {
		directory[bytes - 1] = 0;
	}
	say("\r\n");
	show_volume(drive);
	say(" Directory of %s\r\n\r\n", directory);
}

static bool has_drive(uint8_t drive)
{
	char path[DOS_PATH_BYTES];

	return dos_directory((uint8_t)(drive + 1), path) >= 0;
}

/* A number with as many digits as the disk may need. */
static void show_free(uint8_t drive)
{
	struct dos_registers registers = {.ax = 0x3600, .dx = (uint16_t)(drive + 1)};
	uint32_t sectors = 0;

	(void)dos_call(&registers);
	if (registers.ax == 0xffff) {
		return;
	}
	sectors = (uint32_t)registers.ax * registers.bx;
	say("                 %12u bytes free\r\n", (unsigned int)(sectors * registers.cx));
}

static void read_options(char *line, struct listing *listing)
{
	for (char *at = line; *at != 0; at++) {
		if (*at == '/') {
			char letter = text_upper(at[1]);

			listing->wide = listing->wide || letter == 'W';
			listing->pause = listing->pause || letter == 'P';
			listing->bare = listing->bare || letter == 'B';
			listing->all = listing->all || letter == 'A';
			while (*at != 0 && *at != ' ') {
				*at++ = ' ';
			}
			at--;
		}
	}
}

/* '/' begins an option, and may stand right behind a name; so no path has it here. */
void command_dir(const char *tail)
{
	char line[TEXT_LINE_BYTES], word[DOS_PATH_BYTES];
	struct listing listing = {.files = 0};
	uint16_t attributes = DOS_DIRECTORY;
	uint8_t drive = dos_drive();
	int result = 0;

	(void)text_copy(line, tail, sizeof line);
	read_options(line, &listing);
	(void)text_word(line, false, word, sizeof word);
	if (word[0] != 0 && word[1] == ':') {
		drive = (uint8_t)(text_upper(word[0]) - 'A');
	}
	if (!has_drive(drive)) {
		say_error("Invalid drive specification");
		return;
	}
	make_pattern(word);
	if (!listing.bare) {
		show_heading(word, drive);
		listing.lines = 5;
	}
	attributes |= listing.all ? DOS_HIDDEN | DOS_SYSTEM : 0;
	result = files_for_each(word, attributes, show_one, &listing);
	if (listing.column != 0) {
		end_line(&listing);
	}
	if (result < 0) {
		say_error("File not found");
	} else if (!listing.bare) {
		say("%9u file(s) %10u bytes\r\n", (unsigned int)listing.files,
		    (unsigned int)listing.bytes);
		show_free(drive);
	}
}

void command_vol(const char *tail)
{
	char word[DOS_PATH_BYTES];
	uint8_t drive = dos_drive();

	(void)text_word(tail, false, word, sizeof word);
	if (word[0] != 0 && word[1] == ':') {
		drive = (uint8_t)(text_upper(word[0]) - 'A');
	}
	if (!has_drive(drive)) {
		say_error("Invalid drive specification");
		return;
	}
	say("\r\n");
	show_volume(drive);
}
