/* The DOS personality's rules: names, FCBs, program files, handles, time, keys, text.
   LINK: personalities/dos/name_core.c personalities/dos/fcb_core.c personalities/dos/exe_core.c
   personalities/dos/handle_core.c personalities/dos/time_core.c personalities/dos/psp_core.c
   personalities/dos/keyboard_core.c personalities/dos/screen_core.c
   personalities/dos/palette_core.c personalities/dos/xms_core.c
   personalities/dos/terminal_core.c
 */
#include <stdlib.h>
#include <string.h>

#include "../../personalities/dos/exe_core.h"
#include "../../personalities/dos/fcb_core.h"
#include "../../personalities/dos/handle_core.h"
#include "../../personalities/dos/keyboard_core.h"
#include "../../personalities/dos/name_core.h"
#include "../../personalities/dos/psp_core.h"
#include "../../personalities/dos/palette_core.h"
#include "../../personalities/dos/screen_core.h"
#include "../../personalities/dos/xms_core.h"
#include "../../personalities/dos/terminal_core.h"
#include "../../personalities/dos/time_core.h"
#include "tap.h"

#define DRIVES 5

static uint8_t *memory;

/* -------------------------------------------------------------------------------------- names */

static const char *resolve(const char *said)
{
	static const char directories[DRIVES][NAME_PATH_BYTES] = {"", "", "ONE\\TWO", "", ""};
	static char text[NAME_PATH_BYTES + 8];
	struct dos_path path;
	int error = name_resolve(&path, said, 2, directories, DRIVES);

	if (error != 0) {
		snprintf(text, sizeof text, "!%d", error);
	} else {
		snprintf(text, sizeof text, "%c:%s", 'A' + path.drive, path.text);
	}
	return text;
}

static void check_paths(void)
{
	static const char *const rows[][2] = {
		{"x.txt", "C:ONE\\TWO\\X.TXT"},
		{"\\x", "C:X"},
		{"/a/b", "C:A\\B"},
		{"..\\x", "C:ONE\\X"},
		{"..\\..", "C:"},
		{"..\\..\\..", "!3"},
		{"d:y", "D:Y"},
		{"z:y", "!15"},
		{".", "C:ONE\\TWO"},
		{"longername.text", "C:ONE\\TWO\\LONGERNA.TEX"},
		{"a.b.c", "!3"},
		{"a\\\\b", "C:ONE\\TWO\\A\\B"},
		{"a<b", "!3"},
		{"\\*.*", "C:????????.???"},
		{"", "C:ONE\\TWO"},
		{"c:", "C:ONE\\TWO"},
		{".x", "!3"},
	};

	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CHECK(strcmp(resolve(rows[i][0]), rows[i][1]) == 0, "[%s] is %s", rows[i][0],
		      rows[i][1]);
	}
}

static const char *alias(const char *name)
{
	static char text[NAME_TEXT_BYTES];
	uint8_t packed[NAME_BYTES];

	name_alias(name, (uint32_t)strlen(name), packed);
	(void)name_unpack(packed, text);
	return text;
}

static void check_aliases(void)
{
	char first[NAME_TEXT_BYTES];

	CHECK(strcmp(alias("hello.txt"), "HELLO.TXT") == 0, "a short name is its own alias");
	CHECK(strcmp(alias("a.b"), "A.B") == 0 && strcmp(alias("README"), "README") == 0,
	      "so are these");
	strcpy(first, alias("A long name.text"));
	CHECK(strncmp(first, "ALON~", 5) == 0 && strcmp(first + 8, ".TEX") == 0, "%s", first);
	CHECK(strcmp(first, alias("A long name.texx")) != 0, "another name, another alias");
	CHECK(strcmp(alias(".profile"), "PROF~") > 0 && alias("...")[0] == '~', "dots in front");
	CHECK(strcmp(alias("."), ".") == 0 && strcmp(alias(".."), "..") == 0, "dots");
}

static void check_devices(void)
{
	uint8_t packed[NAME_BYTES];

	CHECK(name_pack("nul.txt", 7, packed) && name_device(packed) == DEVICE_NUL, "nul.txt");
	CHECK(name_pack("con", 3, packed) && name_device(packed) == DEVICE_CON, "con");
	CHECK(name_pack("cons", 4, packed) && name_device(packed) == DEVICE_NONE, "cons");
	CHECK(name_upper(0x81) == 0x9a && name_upper('z') == 'Z' && name_upper(0xe1) == 0xe1,
	      "upper case");
}

/* --------------------------------------------------------------------------------------- FCBs */

static void check_fcb(const char *text, uint8_t flags, uint8_t result, const char *name,
		      uint32_t stopped)
{
	uint8_t fcb[FCB_BYTES] = {9, 'o', 'l', 'd'};
	uint32_t used = 0;
	uint8_t got = fcb_parse(fcb, (const uint8_t *)text, (uint32_t)strlen(text) + 1, flags,
				DRIVES, &used);
	char found[16];

	snprintf(found, sizeof found, "%d%.11s", fcb[0], fcb + 1);
	CHECK(got == result && strcmp(found, name) == 0 && used == stopped, "29h [%s]: %s", text,
	      name);
	if (strcmp(found, name) != 0 || got != result || used != stopped) {
		printf("# got %d [%s] %u\n", got, found, used);
	}
}

static void check_fcbs(void)
{
	uint8_t fcb[FCB_BYTES] = {0};

	check_fcb("a.b", 0, 0, "0A       B  ", 3);
	check_fcb("  c:name.ext rest", 1, 0, "3NAME    EXT", 12);
	check_fcb(";x", 0, 0, "0           ", 0);
	check_fcb(";x", 1, 0, "0X          ", 2);
	check_fcb("*.?", 0, 1, "0?????????  ", 3);
	check_fcb("z:f", 0, 0xff, "26F          ", 3);
	check_fcb("longername", 0, 0, "0LONGERNA   ", 10);
	check_fcb(".", 0, 0, "0.          ", 1);
	fcb_set_sequential(fcb, 300);
	CHECK(fcb_sequential(fcb) == 300 && fcb[FCB_RECORD] == 44 && fcb[FCB_BLOCK] == 2,
	      "records");
	fcb[FCB_RECORD_BYTES] = 128;
	fcb_set_random(fcb, 0x123456);
	CHECK(fcb_random(fcb) == 0x123456 && fcb[FCB_RANDOM + 3] == 0, "random records");
}

/* -------------------------------------------------------------------------------- program files */

static void check_programs(void)
{
	uint8_t bytes[EXE_HEADER_BYTES] = {'M', 'Z', 10, 0, 2, 0, 1, 0, 2, 0, 5, 0, 0xff, 0xff};
	struct exe_header header;
	bool high = false;
	uint8_t image[4] = {0, 1, 2, 0};

	CHECK(exe_parse(&header, bytes, sizeof bytes, 10000) && header.is_exe &&
		      header.image_offset == 32 && header.image_bytes == 512 + 10 - 32,
	      "an EXE file");
	CHECK(exe_paragraphs(&header, 0x9000, &high) == 0x9000 && !high, "it takes all");
	CHECK(exe_paragraphs(&header, 0x10 + 31 + 5, &high) == 0x10 + 31 + 5, "just enough");
	CHECK(exe_paragraphs(&header, 0x10 + 31 + 4, &high) == 0, "too little");
	CHECK(!exe_parse(&header, bytes, 20, 20), "a header that is cut");
	bytes[8] = 0xff;
	bytes[9] = 0xff;
	CHECK(!exe_parse(&header, bytes, sizeof bytes, 10000), "an image behind the file");
	CHECK(exe_parse(&header, (const uint8_t *)"\xb8", 1, 1) && !header.is_exe, "a COM file");
	header.image_bytes = 0x10000;
	CHECK(exe_paragraphs(&header, 0xffff, &high) == 0, "a COM file that is too large");
	CHECK(exe_relocate(image, 4, 2, 0, 0x1234) && image[2] == 0x36 && image[3] == 0x12,
	      "relocation");
	CHECK(!exe_relocate(image, 4, 3, 0, 1) && !exe_relocate(image, 4, 0xffff, 0xffff, 1),
	      "outside");
}

static void check_psp(void)
{
	uint8_t psp[PSP_BYTES];

	psp_make(psp, 0x1234, 0x1111, 0xa000, 0x2222, 5);
	psp_set_tail(psp, " abc", 4);
	CHECK(psp[0] == 0xcd && psp[1] == 0x20 && psp[PSP_TAIL] == 4 && psp[PSP_TAIL + 5] == '\r',
	      "a PSP");
	CHECK(psp[PSP_HANDLES_AT] == PSP_HANDLES && psp[PSP_HANDLES_AT + 3] == 0x12, "its handles");
	/* 6: f01d:fef0 is 0:c0 beyond 1 MB. */
	CHECK((0xf01d0 + 0xfef0) % 0x100000 == 0xc0 && psp[5] == 0x9a && psp[6] == 0xf0, "CALL 5");
}

static void check_handles(void)
{
	static struct handle_table table;
	uint8_t bytes[4];
	struct handle_names names = {bytes, sizeof bytes};
	struct open_file *file = handle_new(&table), last;

	memset(bytes, HANDLE_CLOSED, sizeof bytes);
	CHECK(handle_bind(&table, names, file) == 0 && handle_find(&table, names, 0) == file,
	      "bind");
	CHECK(handle_duplicate(&table, names, file) == 1 && file->references == 2, "duplicate");
	CHECK(!handle_close(&table, names, 0, &last) && handle_close(&table, names, 1, &last),
	      "the last one");
	CHECK(handle_find(&table, names, 0) == NULL && handle_find(&table, names, 9) == NULL,
	      "closed");
	bytes[2] = 200; /* a program may write there */
	CHECK(handle_find(&table, names, 2) == NULL, "no such file");
	for (unsigned i = 0; i < HANDLE_FILES; i++) {
		file = handle_new(&table);
	}
	CHECK(file != NULL && handle_new(&table) == NULL, "%u files", HANDLE_FILES);
}

static void check_time(void)
{
	struct dos_time time, again;
	uint16_t date_word = 0, time_word = 0;
	uint64_t state = 5;
	bool good = true;

	time_split(&time, 1709164799, 99); /* 28 February 2024, 23:59:59 */
	CHECK(time.year == 2024 && time.month == 2 && time.day == 28 && time.weekday == 3 &&
		      time.second == 59,
	      "a moment");
	time_split(&time, -5, 0);
	CHECK(time.year == 1980 && time.day == 1, "before DOS");
	CHECK(time_is_date(2000, 2, 29) && !time_is_date(2100, 1, 1) &&
		      !time_is_date(2001, 2, 29) && !time_is_time(24, 0, 0, 0),
	      "dates");
	for (int i = 0; i < 100000; i++) {
		int64_t seconds = 315532800 + (int64_t)(tap_random(&state) % 4000000000u);

		time_split(&time, seconds, 0);
		time_pack(&time, &date_word, &time_word);
		time_unpack(&again, date_word, time_word);
		good = good && time_join(&time) == seconds && again.day == time.day &&
		       again.year == time.year && again.second == time.second / 2 * 2;
	}
	CHECK(good, "there and back");
}

/* --------------------------------------------------------------------------- keys and the screen
 */

static uint16_t scanned(const char *codes)
{
	uint16_t key = 0xffff;

	for (; *codes != 0; codes++) {
		keyboard_scan(memory, (uint8_t)*codes);
	}
	(void)keyboard_get(memory, true, &key);
	return key;
}

static void check_keys(void)
{
	uint16_t key = 0;
	unsigned put = 0;

	keyboard_reset(memory);
	CHECK(scanned("\x1e\x9e") == 0x1e61, "a");
	CHECK(scanned("\x2a\x1e\x9e\xaa") == 0x1e41, "A");
	CHECK(scanned("\x1d\x2e\xae\x9d") == 0x2e03, "^C");
	CHECK(scanned("\x3b\xbb") == 0x3b00 && scanned("\xe0\x48\xe0\xc8") == 0x48e0, "F1 and up");
	CHECK(scanned("\x38\x1e\x9e\xb8") == 0x1e00, "Alt-A");
	CHECK(scanned("\x3a\xba\x1e\x9e\x3a\xba") == 0x1e41, "Caps Lock");
	CHECK(!keyboard_get(memory, false, &key), "nothing is left");
	while (keyboard_put(memory, 0x1e61)) {
		put++;
	}
	CHECK(put == 15, "fifteen keys fit");
	memory[KEYBOARD_START] = 0xff;
	memory[KEYBOARD_HEAD + 1] = 0xff;
	memory[KEYBOARD_TAIL + 1] = 0xfe;
	(void)keyboard_put(memory, 1);
	(void)keyboard_get(memory, true, &key);
	CHECK(true, "a ring that points nowhere");
	CHECK(keyboard_of_character('A') == 0x1e41 && keyboard_of_character(3) == 0x2e03 &&
		      keyboard_of_character('\r') == 0x1c0d,
	      "characters");
}

static void check_terminal(void)
{
	struct terminal_input input = {.count = 0};
	uint16_t key = 0;
	char text[4];

	terminal_add(&input, (const uint8_t *)"\x1b[Ax\xc3\xa9\x7f", 7);
	CHECK(terminal_next(&input, &key) && key == 0x4800, "up");
	CHECK(terminal_next(&input, &key) && key == 0x2d78, "x");
	terminal_undo(&input);
	CHECK(terminal_next(&input, &key) && key == 0x2d78, "x, put back");
	CHECK(terminal_next(&input, &key) && key == 0x82, "e with an accent");
	CHECK(terminal_next(&input, &key) && key == 0x0e08 && !terminal_next(&input, &key),
	      "erase");
	CHECK(terminal_utf8(0xc4, text) == 3 && memcmp(text, "\xe2\x94\x80", 3) == 0, "a line");
}

static void check_screen(void)
{
	uint8_t row = 0, column = 0;

	screen_reset(memory, 3, 0);
	for (unsigned i = 0; i < SCREEN_ROWS; i++) {
		screen_teletype(memory, 0, (uint8_t)('a' + i));
		screen_teletype(memory, 0, '\r');
		screen_teletype(memory, 0, '\n');
	}
	screen_get_cursor(memory, 0, &row, &column);
	CHECK(row == 24 && column == 0 && memory[SCREEN_CELLS] == 'b', "it scrolls");
	screen_set_cursor(memory, 0, 24, 79);
	screen_teletype(memory, 0, 'x');
	CHECK(memory[SCREEN_CELLS] == 'c' && memory[SCREEN_CELLS + (23 * 80 + 79) * 2] == 'x',
	      "and after its last cell");
	screen_scroll(memory, 0, 1, 1, 0x1f, 0, 0, 1, 79);
	CHECK(memory[SCREEN_CELLS] == ' ' && memory[SCREEN_CELLS + 1] == 0x1f &&
		      memory[SCREEN_CELLS + 160] == 'c',
	      "down");
	screen_set_cursor(memory, 0, 0, 0);
	screen_write(memory, 0, 'y', 0x2e, 3);
	CHECK(screen_read(memory, 0) == 0x2e79 && memory[SCREEN_CELLS + 4] == 'y', "write");
}

/* Nonsense in all places: nothing may be read or written outside, which the sanitizer watches. */
#define ARENA_KB 1024u

/* No two blocks share a kilobyte, all lie in the arena, and what is said to be free can be had. */
static bool xms_is_sound(struct xms *xms)
{
	static uint8_t owner[ARENA_KB];
	uint32_t free_kb = ARENA_KB, largest = 0, total = 0, handle = 0;

	memset(owner, 0, sizeof owner);
	for (uint32_t i = 0; i < XMS_HANDLES; i++) {
		const struct xms_block *block = &xms->blocks[i];

		for (uint32_t k = 0; block->used != 0 && k < block->size_kb; k++) {
			if (block->start_kb + k >= ARENA_KB || owner[block->start_kb + k]++ != 0) {
				return false;
			}
			free_kb--;
		}
	}
	xms_query(xms, &largest, &total);
	if (total != free_kb || largest > total) {
		return false;
	}
	if (xms_free_handles(xms) == 0 || largest == 0) {
		return true;
	}
	return xms_allocate(xms, largest + 1, &handle) == XMS_ERROR_MEMORY &&
	       xms_allocate(xms, largest, &handle) == 0 && xms_free(xms, handle) == 0;
}

static void check_xms(void)
{
	static struct xms xms = {.size_kb = ARENA_KB};
	uint64_t state = 12;
	uint32_t handle = 0, from = 0;
	bool sound = true;

	CHECK(xms_free(&xms, 0) == XMS_ERROR_HANDLE && xms_lock(&xms, 65) == XMS_ERROR_HANDLE,
	      "no such handles");
	CHECK(xms_allocate(&xms, 0, &handle) == 0 && handle == 1 && xms_lock(&xms, 1) == 0 &&
		      xms_free(&xms, 1) == XMS_ERROR_LOCKED &&
		      xms_resize(&xms, 1, 5, &from) == XMS_ERROR_LOCKED &&
		      xms_unlock(&xms, 1) == 0 && xms_unlock(&xms, 1) == XMS_ERROR_NOT_LOCKED &&
		      xms_free(&xms, 1) == 0,
	      "an empty block, and locks");
	for (int i = 0; i < 20000 && sound; i++) {
		uint32_t any = (uint32_t)(tap_random(&state) % (XMS_HANDLES + 2));
		uint32_t size = (uint32_t)(tap_random(&state) % (ARENA_KB / 8));

		switch (tap_random(&state) % 4) {
		case 0:
			(void)xms_free(&xms, any);
			break;
		case 1:
			(void)xms_resize(&xms, any, size, &from);
			break;
		default:
			(void)xms_allocate(&xms, size, &handle);
			break;
		}
		sound = xms_is_sound(&xms);
	}
	CHECK(sound, "extended memory stays sound");
}

static bool colour_is(const struct palette *palette, uint32_t index, int red, int green, int blue)
{
	const uint8_t *rgb = palette->rgb + 3 * index;

	return rgb[0] == red && rgb[1] == green && rgb[2] == blue;
}

static void check_palette(void)
{
	static struct palette palette;
	uint64_t state = 4;

	palette_reset(&palette, true);
	CHECK(colour_is(&palette, 6, 42, 21, 0) && colour_is(&palette, 15, 63, 63, 63),
	      "brown, white");
	CHECK(colour_is(&palette, 16, 0, 0, 0) && colour_is(&palette, 23, 24, 24, 24), "greys");
	CHECK(colour_is(&palette, 32, 0, 0, 63) && colour_is(&palette, 33, 16, 0, 63) &&
		      colour_is(&palette, 36, 63, 0, 63) && colour_is(&palette, 40, 63, 0, 0) &&
		      colour_is(&palette, 44, 63, 63, 0) && colour_is(&palette, 48, 0, 63, 0) &&
		      colour_is(&palette, 52, 0, 63, 63) && colour_is(&palette, 55, 0, 16, 63),
	      "24 hues");
	CHECK(colour_is(&palette, 247, 11, 12, 16) && colour_is(&palette, 248, 0, 0, 0),
	      "the last");
	palette_out(&palette, 0x3c8, 255);
	for (uint8_t i = 1; i < 7; i++) {
		palette_out(&palette, 0x3c9, i);
	}
	CHECK(colour_is(&palette, 255, 1, 2, 3) && colour_is(&palette, 0, 4, 5, 6),
	      "three bytes each");
	palette_out(&palette, 0x3c7, 255);
	CHECK(palette_in(&palette, 0x3c9) == 1 && palette_in(&palette, 0x3c9) == 2 &&
		      palette_in(&palette, 0x3c9) == 3 && palette_in(&palette, 0x3c9) == 4,
	      "and back");
	palette_out(&palette, 0x3c0, 5);
	palette_out(&palette, 0x3c0, 9);
	palette_out(&palette, 0x3c0, 6);
	palette_status_read(&palette);
	palette_out(&palette, 0x3c0, 5);
	CHECK(palette_in(&palette, 0x3c1) == 9, "index and data take turns");
	for (int i = 0; i < 20000; i++) {
		palette_out(&palette, 0x3c0 + tap_random(&state) % 16, (uint8_t)tap_random(&state));
		(void)palette_in(&palette, 0x3c0 + tap_random(&state) % 16);
	}
	CHECK(true, "nonsense at the ports");
}

static void check_fuzz(uint64_t seed)
{
	uint64_t state = seed;

	for (int i = 0; i < 200000; i++) {
		char text[40];
		uint8_t packed[NAME_BYTES], fcb[FCB_BYTES];
		uint32_t used = 0, bytes = tap_random(&state) % 39;
		struct exe_header header;

		for (uint32_t k = 0; k < sizeof text; k++) {
			text[k] = (char)(tap_random(&state) % 3 == 0 ? (uint8_t) ".\\/:*?~a"[k % 8]
								     : (uint8_t)tap_random(&state));
		}
		text[bytes] = 0;
		(void)resolve(text);
		name_alias(text, bytes, packed);
		(void)fcb_parse(fcb, (const uint8_t *)text, bytes, (uint8_t)text[39], DRIVES,
				&used);
		(void)exe_parse(&header, (const uint8_t *)text, 39, (uint32_t)tap_random(&state));
		memory[0x400 + tap_random(&state) % 0x100] = (uint8_t)tap_random(&state);
		keyboard_scan(memory, (uint8_t)tap_random(&state));
		screen_teletype(memory, (uint8_t)tap_random(&state), (uint8_t)tap_random(&state));
		screen_write(memory, (uint8_t)tap_random(&state), 1, 2,
			     (uint16_t)tap_random(&state));
		if (used > bytes) {
			CHECK(false, "29h read behind its text");
		}
	}
	CHECK(true, "nonsense from seed %llu", (unsigned long long)seed);
}

int main(void)
{
	memory = calloc(1, 0x110000);
	check_paths();
	check_aliases();
	check_devices();
	check_fcbs();
	check_programs();
	check_psp();
	check_handles();
	check_time();
	check_keys();
	check_terminal();
	check_screen();
	check_palette();
	check_xms();
	check_fuzz(9);
	free(memory);
	return tap_done();
}
