/* The console's terminal: sequences with the grids they must make, resizing, history, and any bytes
   at all. LINK: servers/console/vt_core.c servers/console/vt_csi_core.c
   servers/console/vt_colour_core.c servers/console/grid_core.c lib/tty/charset_core.c */
#include "tap.h"

#include "console_grid.h"

#define HISTORY_LINES 50u

static struct vt vt;
static uint16_t history[HISTORY_LINES * 80];

static void fresh(uint32_t columns, uint32_t rows)
{
	vt_init(&vt, columns, rows, history, HISTORY_LINES, 80);
}

static int at(uint32_t row, uint32_t column)
{
	if (vt.row != row || vt.column != column) {
		printf("# cursor at %u,%u, expected %u,%u\n", vt.row, vt.column, row, column);
	}
	return vt.row == row && vt.column == column;
}

static int replied(const char *expected)
{
	return grid_reply_bytes == strlen(expected) &&
	       memcmp(grid_replies, expected, grid_reply_bytes) == 0;
}

static void test_printing(void)
{
	fresh(10, 4);
	grid_write(&vt, "abc\r\ndef\tx");
	CHECK(grid_is(&vt, 0, "abc") && grid_is(&vt, 1, "def     x") && at(1, 9),
	      "text, CR LF, tab");
	fresh(10, 4);
	grid_write(&vt, "0123456789");
	CHECK(at(0, 9) && vt.wrap_pending, "the last column waits before it wraps");
	grid_write(&vt, "\r\n");
	CHECK(at(1, 0), "so CR LF after a full line makes no blank one");
	fresh(10, 4);
	grid_write(&vt, "0123456789a");
	CHECK(grid_is(&vt, 0, "0123456789") && grid_is(&vt, 1, "a"),
	      "and the next character wraps");
	fresh(10, 4);
	grid_write(&vt, "0123456789\bX");
	CHECK(grid_is(&vt, 0, "01234567X9"), "a backspace from there goes to the last but one");
	fresh(10, 4);
	grid_write(&vt, "\033[?7l0123456789abc");
	CHECK(grid_is(&vt, 0, "012345678c") && at(0, 9),
	      "without wrapping the last column is overwritten");
	fresh(10, 3);
	grid_write(&vt, "1\n2\n3\n4");
	CHECK(grid_is(&vt, 0, " 2") && grid_is(&vt, 2, "   4"),
	      "LF alone goes straight down and scrolls");
	fresh(10, 3);
	grid_write(&vt, "\033[20hab\ncd");
	CHECK(grid_is(&vt, 1, "cd"), "LNM: LF returns as well");
	fresh(10, 3);
	grid_write(&vt, "abcdef\033[4D\033[4hXY\033[4lZ");
	CHECK(grid_is(&vt, 0, "abXYZdef"), "insert mode");
	grid_write(&vt, "\r\nab\033[3b");
	CHECK(grid_is(&vt, 1, "abbbb"), "REP");
	fresh(10, 3);
	grid_write(&vt, "a\033[2");
	grid_write(&vt, "\nC");
	CHECK(grid_is(&vt, 0, "a") && at(1, 3),
	      "a control character inside a sequence acts, the sequence goes on");
	grid_write(&vt, "\033[2\030mZ");
	CHECK(grid_is(&vt, 1, "   mZ"), "CAN ends a sequence");
}

static void test_charsets(void)
{
	fresh(20, 4);
	grid_write(&vt, "\xe2\x94\x80\xe2\x95\x94\xc3\xa9\xe2\x96\x88\xe2\x98\xba");
	CHECK(grid_is(&vt, 0, "\xc4\xc9\x82\xdb\x01"), "UTF-8 becomes code page 437");
	grid_write(&vt, "\r\n\xe4\xb8\xad|e\xcc\x81|\xe2\x82\xac|\xf0\x9f\x98\x80|");
	CHECK(grid_is(&vt, 1, "? |e|E|? |"), "wide ones take two columns, combining ones none");
	grid_write(&vt, "\r\n\xc3(\xff\xc0\x80\xed\xa0\x80"
			"a\xe2\x82");
	grid_write(&vt, "b");
	CHECK(grid_is(&vt, 2, "?(????a?b"), "what is not UTF-8 is shown as such");
	fresh(20, 4);
	grid_write(&vt, "\033(0lqk\033(Bq\r\n\033)0\016x\017x\r\n\033(Uaq\xb0\033(B");
	CHECK(grid_is(&vt, 0, "\xda\xc4\xbfq"), "line drawing in G0");
	CHECK(grid_is(&vt, 1, "\xb3x"), "and in G1 by SO and SI");
	CHECK(grid_is(&vt, 2, "aq\xb0"), "the raw set");
	grid_write(&vt, "\r\n\033[11m\x01\xdb\033[10m\033%@\xe9\033%G\xc3\xa9");
	CHECK(grid_is(&vt, 3, "\x01\xdb\x82\x82"), "SGR 11, Latin-1");
	uint32_t wrong = 0;
	for (uint32_t i = 1; i < 256; i++) {
		wrong += charset_to_cp437(charset_from_cp437((uint8_t)i)) != (int)i;
	}
	CHECK(wrong == 0, "each code of the page comes back from its character");
	wrong = 0;
	for (uint32_t i = 0; i < 0x110000; i += 7) {
		uint8_t bytes[4];
		struct charset_decoder decoder = {0};
		uint32_t count = charset_encode(i, bytes);
		uint32_t back = 0;
		enum charset_result result = CHARSET_MORE;
		for (uint32_t j = 0; j < count; j++) {
			result = charset_decode(&decoder, bytes[j], &back);
		}
		uint32_t expected = i >= 0xd800 && i <= 0xdfff ? CHARSET_REPLACEMENT : i;
		wrong += result != CHARSET_DONE || back != expected;
	}
	CHECK(wrong == 0, "each character comes back from its UTF-8");
}

static void test_cursor(void)
{
	fresh(80, 25);
	grid_write(&vt, "\033[5;10H");
	CHECK(at(4, 9), "CUP");
	grid_write(&vt, "\033[2A\033[3C\033[B\033[D");
	CHECK(at(3, 11), "up, right, down, left");
	grid_write(&vt, "\033[999;999H");
	CHECK(at(24, 79), "a place outside is brought inside");
	grid_write(&vt, "\033[99999999999A\033[99999999999D");
	CHECK(at(0, 0), "so is a step, however long");
	grid_write(&vt, "\033[7d\033[9G");
	CHECK(at(6, 8), "VPA and CHA");
	grid_write(&vt, "\0337\033[H\0338");
	CHECK(at(6, 8), "save and restore");
	grid_write(&vt, "\033[2E");
	CHECK(at(8, 0), "CNL");
	grid_write(&vt, "\033[5;20r\033[?6h");
	CHECK(at(4, 0), "origin mode: home is the region's");
	grid_write(&vt, "\033[99;3H\033[6n");
	CHECK(at(19, 2) && replied("\033[16;3R"), "places and reports count from there");
	grid_write(&vt, "\033[?6l\033[r\033[3g\033[1;5H\033H\033[1;1H\t");
	CHECK(at(0, 4), "a tab stop of one's own");
	grid_write(&vt, "\t\033[Z");
	CHECK(at(0, 4), "and back");
	fresh(80, 25);
	grid_write(&vt, "\t\t\033[2I\033[Z");
	CHECK(at(0, 24), "tabs every eight columns, forward and back");
	fresh(20, 5);
	grid_write(&vt, "\033[2;4r\033[3;1H\033[9A");
	CHECK(at(1, 0), "the region stops a cursor that starts inside");
	grid_write(&vt, "\033[1;1H\033[9B");
	CHECK(at(3, 0), "from above it too");
}

static void fill(const char *letters)
{
	fresh(10, 5);
	for (uint32_t i = 0; letters[i] != 0; i++) {
		char line[] = {letters[i], letters[i], letters[i], 0};
		grid_write(&vt, i == 0 ? "" : "\r\n");
		grid_write(&vt, line);
	}
}

static int column_is(const char *expected)
{
	for (uint32_t row = 0; expected[row] != 0; row++) {
		char want[] = {expected[row] == '.' ? 0 : expected[row], 0};
		char first[] = {grid_text(&vt, row)[0], 0};
		if (strcmp(want, first) != 0) {
			printf("# row %u begins with '%s', expected '%s'\n", row, first, want);
			return 0;
		}
	}
	return 1;
}

static void test_scrolling(void)
{
	fill("abcde");
	grid_write(&vt, "\033[2;4r\033[4;1H\n");
	CHECK(column_is("acd.e"), "LF at the region's bottom scrolls the region");
	grid_write(&vt, "\033[2;1H\033M");
	CHECK(column_is("a.cde"), "RI at its top scrolls it down");
	grid_write(&vt, "\033[5;1H\n\n");
	CHECK(column_is("a.cde") && at(4, 0), "below the region nothing scrolls");
	fill("abcde");
	grid_write(&vt, "\033[2;1H\033[2L");
	CHECK(column_is("a..bc"), "IL");
	grid_write(&vt, "\033[M");
	CHECK(column_is("a.bc."), "DL");
	fill("abcde");
	grid_write(&vt, "\033[2S");
	CHECK(column_is("cde.."), "SU");
	grid_write(&vt, "\033[T");
	CHECK(column_is(".cde."), "SD");
	fill("abcde");
	grid_write(&vt, "\033[99L");
	CHECK(column_is("abcd."), "more lines than there are");
	fill("abcde");
	grid_write(&vt, "\033[4;2r\033[1;1H\033[3;3r\033[5;1H\n");
	CHECK(column_is("bcde."), "a region without two rows is refused");
}

static void test_erasing(void)
{
	fresh(10, 3);
	grid_write(&vt, "0123456789\033[1;4H\033[K");
	CHECK(grid_is(&vt, 0, "012"), "EL to the end");
	grid_write(&vt, "\r0123456789\033[1;4H\033[1K");
	CHECK(grid_is(&vt, 0, "    456789"), "EL to the cursor, inclusive");
	grid_write(&vt, "\r0123456789\033[1;4H\033[2P");
	CHECK(grid_is(&vt, 0, "01256789"), "DCH");
	grid_write(&vt, "\033[3@");
	CHECK(grid_is(&vt, 0, "012   5678"), "ICH pushes out at the right");
	grid_write(&vt, "\033[1;1H\033[2X");
	CHECK(grid_is(&vt, 0, "  2   5678"), "ECH");
	grid_write(&vt, "\033[1;1Hab\r\ncd\r\nef\033[2;2H\033[J");
	CHECK(grid_is(&vt, 1, "c") && grid_is(&vt, 2, ""), "ED to the end");
	grid_write(&vt, "\033[44m\033[1J");
	CHECK(grid_is(&vt, 0, "") && grid_attribute(&vt, 0, 5) == 0x17,
	      "ED to the cursor, in the pen's colours");
	grid_write(&vt, "\033[0m\033[2J");
	CHECK(grid_attribute(&vt, 0, 5) == 0x07 && at(1, 1), "ED of all leaves the cursor");
	grid_write(&vt, "\033#8");
	CHECK(grid_is(&vt, 2, "EEEEEEEEEE") && at(0, 0), "the alignment pattern");
}

static uint8_t colours_of(const char *sequence)
{
	fresh(10, 3);
	grid_write(&vt, sequence);
	grid_write(&vt, "x");
	return grid_attribute(&vt, 0, 0);
}

static void test_colours(void)
{
	static const struct {
		const char *sequence;
		uint8_t attribute;
	} cases[] = {
		{"", 0x07},
		{"\033[31m", 0x04},
		{"\033[1;34m", 0x09},
		{"\033[33;44m", 0x16},
		{"\033[7m", 0x70},
		{"\033[94;103m", 0xe9},
		{"\033[4m", 0x03},
		{"\033[2m", 0x08},
		{"\033[1m\033[22m", 0x07},
		{"\033[31;42;39;49m", 0x07},
		{"\033[5m", 0x87},
		{"\033[8m", 0x00},
		{"\033[38;5;9m", 0x0c},
		{"\033[38;5;196m", 0x04},
		{"\033[38;2;0;170;0m", 0x02},
		{"\033[48;2;0;0;170m", 0x17},
		{"\033[38:5:12m", 0x09},
		{"\033[38:2::0:0:170m", 0x01},
		{"\033[38:2:0:0:170m", 0x01},
		{"\033[38;5;1;44m", 0x14},
		{"\033[38;5m", 0x07},
		{"\033[38;9;31m", 0x04},
		{"\033[4:3;31m", 0x03},
		{"\033[4:0;31m", 0x04},
		{"\033[38;5;232m", 0x00},
		{"\033[38;5;999m", 0x07},
		{"\033[1;31m\033[m", 0x07},
		{"\033[>4;31m", 0x07},
		{"\033[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;31m", 0x07},
	};
	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t got = colours_of(cases[i].sequence);
		CHECK(got == cases[i].attribute, "SGR case %u: %02x, expected %02x", i, got,
		      cases[i].attribute);
	}
}

static void test_modes_and_replies(void)
{
	fresh(80, 25);
	grid_write(&vt, "\033[c");
	CHECK(replied("\033[?6c"), "DA");
	grid_write(&vt, "\033[5n\033[3;4H\033[6n");
	CHECK(replied("\033[0n\033[3;4R"), "DSR");
	grid_write(&vt, "\033[18t");
	CHECK(replied("\033[8;25;80t"), "the window's size");
	uint8_t many[300];
	for (uint32_t i = 0; i < 300; i += 3) {
		memcpy(many + i, "\033[c", 3);
	}
	struct vt_effects effects;
	vt_write(&vt, many, 300, &effects);
	CHECK(effects.consumed < 300 && effects.reply_bytes <= VT_REPLY_MAX,
	      "replies are bounded: the rest waits");
	grid_write_bytes(&vt, many, 300);
	CHECK(grid_reply_bytes == 500, "and none is lost");
	grid_write(&vt, "\033[?1h\033=");
	CHECK((vt.modes & VT_MODE_CURSOR_KEYS) && (vt.modes & VT_MODE_KEYPAD) &&
		      grid_effects.modes_changed,
	      "application keys");
	grid_write(&vt, "\033[?25l");
	CHECK(!vt_cursor_shown(&vt) && grid_effects.modes_changed, "the cursor hides");
	grid_write(&vt, "\a");
	CHECK(grid_effects.bell, "BEL");
	grid_write(&vt, "\033[!p");
	CHECK(vt_cursor_shown(&vt) && !(vt.modes & VT_MODE_CURSOR_KEYS), "DECSTR");
	fresh(20, 3);
	grid_write(&vt, "\033]0;title\a\033]2;more\033\\\033]P7aabbcc\033]R\033P1$r\033\\\033[?"
			"2004h\033[[A\033kname\033\\ok");
	CHECK(grid_is(&vt, 0, "ok"),
	      "titles, palettes, device strings and pasting modes show nothing");
	fresh(20, 3);
	grid_write(&vt, "main\033[?1049h\033[Halt");
	CHECK(grid_is(&vt, 0, "alt"), "the alternate screen");
	grid_write(&vt, "\033[2;7H\033[31m\033[?1049l!");
	CHECK(grid_is(&vt, 0, "main!") && grid_attribute(&vt, 0, 4) == 7,
	      "and back, with cursor and pen");
	grid_write(&vt, "\033[?5h");
	CHECK(grid_attribute(&vt, 0, 0) == 0x70 && vt_take_dirty(&vt) == 7,
	      "the whole screen in reverse");
	grid_write(&vt, "\033c");
	CHECK(grid_is(&vt, 0, "") && grid_attribute(&vt, 0, 0) == 7, "RIS");
}

static void test_history_and_size(void)
{
	fresh(80, 5);
	for (uint32_t i = 0; i < 100; i++) {
		char line[16];
		snprintf(line, sizeof line, "%sline %u", i == 0 ? "" : "\r\n", i);
		grid_write(&vt, line);
	}
	CHECK(vt.history.lines == HISTORY_LINES, "the ring keeps what it can");
	vt_take_dirty(&vt);
	vt_scroll_view(&vt, 3);
	CHECK(grid_is(&vt, 0, "line 92") && grid_is(&vt, 4, "line 96") && vt_take_dirty(&vt) == 31,
	      "the view moves back");
	CHECK(!vt_cursor_shown(&vt), "the cursor is not in it");
	grid_write(&vt, "\r\nline 100");
	CHECK(grid_is(&vt, 0, "line 92"), "it stays where it is when more comes");
	vt_scroll_view(&vt, 1000);
	CHECK(grid_is(&vt, 0, "line 46"), "as far as there are lines");
	vt_scroll_view(&vt, -1000);
	CHECK(grid_is(&vt, 4, "line 100"), "and returns");
	vt_resize(&vt, 40, 3);
	CHECK(grid_is(&vt, 2, "line 100") && at(2, 8) &&
		      *history_line(&vt.history, 1) != CONSOLE_BLANK,
	      "a smaller screen keeps the cursor's line, the upper ones go to the history");
	vt_resize(&vt, 132, 60);
	CHECK(grid_is(&vt, 2, "line 100") && grid_is(&vt, 59, ""), "a larger one adds blanks");
	grid_write(&vt, "\033[60;132Hx");
	CHECK(at(59, 131), "up to 132 by 60");
	vt_resize(&vt, 1000, 1000);
	CHECK(vt_grid(&vt)->columns == 132 && vt_grid(&vt)->rows == 60, "and no larger");
	vt_resize(&vt, 0, 0);
	grid_write(&vt, "abc\r\n\033[M\033[L\033[5S\033[2;9r\033[T\033Mx");
	CHECK(vt_grid(&vt)->columns == 1 && grid_is_sound(&vt), "one cell works too");
	fresh(80, 5);
	grid_write(&vt, "a\r\n\r\n\r\n\r\n\r\n\033[3J");
	CHECK(vt.history.lines == 0, "ED 3 forgets the history");
	vt_init(&vt, 80, 5, 0, 0, 0);
	grid_write(&vt, "a\n\n\n\n\n\n\n");
	vt_scroll_view(&vt, 5);
	CHECK(vt.view == 0, "a terminal without history");
	fresh(80, 25);
	grid_write(&vt, "\033[?1049h\r\n\r\nx");
	vt_resize(&vt, 80, 2);
	grid_write(&vt, "\033[?1049l");
	CHECK(grid_is_sound(&vt), "resizing while the alternate screen is seen");
}

/* Bytes that begin sequences come often, so that chance gets deep into them. */
static uint8_t random_byte(uint64_t *seed)
{
	static const char likely[] = "\033\033\033[[[;;:?>!0123456789012345mHJKLMPSTXhlrbdGfnc@(0)"
				     "B%#78DEM]P\a\r\n\b\t\016\017";
	uint64_t chance = tap_random(seed);
	if (chance % 8 < 5) {
		return (uint8_t)likely[(chance >> 8) % (sizeof likely - 1)];
	}
	return (uint8_t)(chance >> 16);
}

static void test_any_bytes(void)
{
	uint64_t seed = 0x2545f4914f6cdd1d;
	printf("# seed %#llx\n", (unsigned long long)seed);
	uint8_t bytes[500];
	uint32_t unsound = 0;
	fresh(80, 25);
	for (uint32_t turn = 0; turn < 2000; turn++) {
		for (uint32_t i = 0; i < sizeof bytes; i++) {
			bytes[i] = random_byte(&seed);
		}
		grid_write_bytes(&vt, bytes, sizeof bytes);
		uint64_t chance = tap_random(&seed);
		if (chance % 16 == 0) {
			vt_resize(&vt, (uint32_t)(chance >> 8) % 140,
				  (uint32_t)(chance >> 24) % 64);
		} else if (chance % 16 == 1) {
			vt_scroll_view(&vt, (int32_t)(chance >> 8) % 80);
		}
		unsound += !grid_is_sound(&vt);
		for (uint32_t row = 0; row < vt_grid(&vt)->rows; row++) {
			uint16_t cells[CONSOLE_COLUMNS_MAX];
			vt_read_row(&vt, row, cells);
		}
	}
	CHECK(unsound == 0, "a million random bytes leave it sound");
	grid_write(&vt, "\030\033c\033%G");
	vt_resize(&vt, 80, 25);
	grid_write(&vt, "alive");
	CHECK(grid_is(&vt, 0, "alive"), "and a reset brings it back");
}

/* Pieces of real sessions, a few bytes of each changed: the tree of states near what programs
   really write. */
static void test_mutated(void)
{
	static const char session[] = "\033[?1049h\033[22;0;0t\033[1;24r\033(B\033[m\033[4l\033[?"
				      "7h\033[H\033[2J\033[24;1H\033[?25l"
				      "\033[38;5;130m  1 \033[m#include "
				      "<stdio.h>\r\n\033[1;31mred\033[0;10m \033[K\033[5;9H\033[3P"
				      "\xe2\x94\x8c\xe2\x94\x80\xe2\x94\x90\033[48;2;10;20;30m\033["
				      "2L\033[M\033M\033D\033E\033[10@"
				      "\033[?1h\033=\033]0;vim\a\033[6n\033[>c\033P+"
				      "q544e\033\\\033#8\033[3;7r\033[?6h\033[9;9H\016lqk\017";
	uint64_t seed = 0x9e3779b97f4a7c15;
	uint32_t unsound = 0;
	uint8_t bytes[sizeof session];
	for (uint32_t turn = 0; turn < 1000; turn++) {
		memcpy(bytes, session, sizeof session);
		for (uint32_t i = 0; i < 1 + turn % 9; i++) {
			uint64_t chance = tap_random(&seed);
			bytes[(chance >> 8) % (sizeof session - 1)] =
				chance & 1 ? (uint8_t)(chance >> 40) : random_byte(&seed);
		}
		grid_write_bytes(&vt, bytes, sizeof session - 1);
		unsound += !grid_is_sound(&vt);
	}
	CHECK(unsound == 0, "so do real sessions with bytes changed");
}

int main(void)
{
	test_printing();
	test_charsets();
	test_cursor();
	test_scrolling();
	test_erasing();
	test_colours();
	test_modes_and_replies();
	test_history_and_size();
	test_any_bytes();
	test_mutated();
	return tap_done();
}
