/* The line discipline: what is typed, echoed and read, by examples and beside a naive model.
   LINK: lib/tty/line_core.c lib/tty/charset_core.c */
#include <string.h>

#include "../../lib/tty/line_core.h"
#include "tap.h"

static struct line line;
static struct line_effects effects;
static uint8_t echo[4 * LINE_ECHO_MAX];
static uint32_t echo_bytes;
static int signal_seen;
static bool flushed, started, bell;
static uint32_t column; /* as a terminal would have it, for plain text */

static void reset(void)
{
	line_init(&line);
	echo_bytes = 0;
	signal_seen = -1;
	flushed = started = bell = false;
	column = 0;
}

static void type_bytes(const char *bytes, uint32_t count, uint64_t now_ms)
{
	for (uint32_t i = 0; i < count; i++) {
		line_input(&line, (uint8_t)bytes[i], column, now_ms, &effects);
		if (echo_bytes + effects.echo_bytes <= sizeof echo) {
			memcpy(echo + echo_bytes, effects.echo, effects.echo_bytes);
			echo_bytes += effects.echo_bytes;
		}
		signal_seen = effects.signal >= 0 ? effects.signal : signal_seen;
		flushed |= effects.flush_output;
		started |= effects.started;
		bell |= effects.bell;
	}
}

#define TYPE(text) type_bytes(text, sizeof(text) - 1, 0)

static bool echo_is(const char *expected)
{
	bool same = echo_bytes == strlen(expected) && memcmp(echo, expected, echo_bytes) == 0;
	if (!same) {
		printf("# echo: ");
		for (uint32_t i = 0; i < echo_bytes; i++) {
			printf(echo[i] >= 0x20 && echo[i] < 0x7f ? "%c" : "\\%03o", echo[i]);
		}
		printf("\n");
	}
	echo_bytes = 0;
	return same;
}

static bool reads(uint32_t bytes_max, const char *expected)
{
	uint8_t bytes[LINE_INPUT_MAX];
	uint64_t wake_ms = 0;
	if (line_check(&line, bytes_max, 0, 0, &wake_ms) != LINE_READY) {
		return false;
	}
	uint32_t available = line_available(&line);
	uint32_t count = line_read(&line, bytes, bytes_max);
	return count == (available < bytes_max ? available : bytes_max) &&
	       count == strlen(expected) && memcmp(bytes, expected, count) == 0;
}

static bool waits(void)
{
	uint64_t wake_ms = 0;
	return line_check(&line, 100, 0, 0, &wake_ms) == LINE_WAIT && wake_ms == 0;
}

static void test_editing(void)
{
	static const struct {
		const char *typed, *echoed, *read;
	} cases[] = {
		{"ls\r", "ls\r\n", "ls\n"},
		{"lx\177s\n", "lx\b \bs\r\n", "ls\n"},
		{"\177\177a\n", "a\r\n", "a\n"},
		{"abc\025d\n", "abc\b \b\b \b\b \bd\r\n", "d\n"},
		{"one two\027x\n", "one two\b \b\b \b\b \bx\r\n", "one x\n"},
		{"one  \027x\n", "one  \b \b\b \b\b \b\b \b\b \bx\r\n", "x\n"},
		{"a\001\177b\n", "a^A\b \b\b \bb\r\n", "ab\n"},
		{"a\t\177b\n", "a\t\b \b\b \b\b \b\b \b\b \b\b \b\b \bb\r\n", "ab\n"},
		{"\303\251\177x\n", "\303\251\b \bx\r\n", "x\n"},
		{"\344\270\255\177x\n", "\344\270\255\b \b\b \bx\r\n", "x\n"},
		{"\303\177x\n", "\303x\r\n", "x\n"},
		{"a\026\003b\n", "a^\b^Cb\r\n", "a\003b\n"},
		{"a\026\nb\n", "a^\b^Jb\r\n", "a\nb\n"},
		{"ab\022c\n", "ab^R\r\nabc\r\n", "abc\n"},
		{"abc\004", "abc", "abc"},
		{"\004", "", ""},
		{"a\033[Ab\n", "a^[[Ab\r\n", "a\033[Ab\n"},
	};
	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		reset();
		type_bytes(cases[i].typed, (uint32_t)strlen(cases[i].typed), 0);
		CHECK(echo_is(cases[i].echoed) && reads(100, cases[i].read) && waits(),
		      "line %u is edited and echoed", i);
	}
}

static void test_lines(void)
{
	reset();
	TYPE("first\nsecond\nthird");
	CHECK(line_available(&line) == 6, "a line is available");
	CHECK(reads(3, "fir") && reads(100, "st\n"), "a line in two pieces");
	CHECK(reads(100, "second\n") && waits(), "and the next, and not the one being typed");
	TYPE("\004");
	CHECK(reads(5, "third") && waits(),
	      "an end that is no byte goes with its line's last byte");
	TYPE("x\n\004");
	CHECK(reads(2, "x\n") && line_at_end(&line) && reads(10, "") && waits(),
	      "but the end of file behind a whole line is one");
	line.modes.characters[CONSOLE_CHARACTER_LINE_END] = ';';
	TYPE("a;b\n");
	CHECK(reads(100, "a;") && reads(100, "b\n"), "another end of lines");
	TYPE("typed\nand lost");
	line_flush(&line);
	CHECK(waits() && line.count == 0, "flushed");
}

static void test_full(void)
{
	reset();
	for (uint32_t i = 0; i < LINE_INPUT_MAX + 10; i++) {
		TYPE("x");
	}
	CHECK(bell && line.count == LINE_INPUT_MAX - 1, "a line that is full rings");
	bell = false;
	echo_bytes = 0;
	TYPE("\022");
	CHECK(echo_bytes == LINE_INPUT_MAX - 1 + 4, "and can be printed again");
	TYPE("\n");
	CHECK(!bell && line_available(&line) == LINE_INPUT_MAX, "and ended");
	TYPE("\n\004y");
	CHECK(bell && line.count == LINE_INPUT_MAX, "nothing fits behind it");
	reset();
	line.modes.local |= CONSOLE_LOCAL_ECHO_CONTROL;
	for (uint32_t i = 0; i < LINE_INPUT_MAX; i++) {
		TYPE("\026\001");
	}
	line_input(&line, 'R' ^ 0x40, 0, 0, &effects);
	CHECK(effects.echo_bytes <= LINE_ECHO_MAX && effects.echo_bytes > 2 * (LINE_INPUT_MAX - 1),
	      "the longest echo has room");
}

static void test_signals(void)
{
	reset();
	TYPE("abc\003");
	CHECK(signal_seen == CONSOLE_CHARACTER_INTERRUPT && flushed && echo_is("abc^C") && waits(),
	      "an interrupt discards what was typed");
	reset();
	line.modes.local |= CONSOLE_LOCAL_KEEP;
	TYPE("ab\034c\n");
	CHECK(signal_seen == CONSOLE_CHARACTER_QUIT && !flushed && reads(100, "abc\n"),
	      "or keeps it");
	reset();
	TYPE("\032");
	CHECK(signal_seen == CONSOLE_CHARACTER_SUSPEND && echo_is("^Z"), "suspend");
	reset();
	line.modes.local &= ~CONSOLE_LOCAL_SIGNALS;
	TYPE("\003\n");
	CHECK(signal_seen < 0 && reads(100, "\003\n"), "without signals it is a character");
	reset();
	line.modes.characters[CONSOLE_CHARACTER_INTERRUPT] = 0;
	type_bytes("\0\n", 2, 0);
	CHECK(signal_seen < 0, "a character that is none is not the byte 0");
}

static void test_flow(void)
{
	reset();
	TYPE("a\023b\n");
	CHECK(line.stopped && !started && reads(100, "ab\n"), "stopped, and typing goes on");
	TYPE("\021");
	CHECK(!line.stopped && started && waits(), "started, and it was no input");
	TYPE("\023");
	line.modes.input |= CONSOLE_INPUT_ANY_STARTS;
	started = false;
	TYPE("x");
	CHECK(!line.stopped && started && line.count == 1, "any key starts, and counts");
	TYPE("\023\003");
	CHECK(!line.stopped, "so does a signal");
	TYPE("\023");
	struct console_modes modes = line.modes;
	modes.input &= ~CONSOLE_INPUT_FLOW;
	line_set_modes(&line, &modes, &effects);
	CHECK(!line.stopped && effects.started, "nothing stays stopped without flow control");
	TYPE("\023\n");
	CHECK(!line.stopped && reads(100, "\023\n"), "and the character is one");
}

static void test_echo_modes(void)
{
	reset();
	line.modes.local &= ~CONSOLE_LOCAL_ECHO;
	TYPE("secret\177\n");
	CHECK(echo_is("") && reads(100, "secre\n"), "no echo");
	line.modes.local |= CONSOLE_LOCAL_ECHO_NL;
	TYPE("secret\n");
	CHECK(echo_is("\r\n") && reads(100, "secret\n"), "but of the new line");
	reset();
	line.modes.local &= ~CONSOLE_LOCAL_ECHO_CONTROL;
	TYPE("a\001\177\177\n");
	CHECK(echo_is("a\001\b \b\r\n"), "control characters as they are take no column");
	reset();
	line.modes.local &= ~CONSOLE_LOCAL_ECHO_ERASE;
	TYPE("ab\177\025\n");
	CHECK(echo_is("ab^?^U\r\n\r\n") && reads(100, "\n"), "a terminal that cannot erase");
	reset();
	line.modes.output = 0;
	TYPE("a\n");
	CHECK(echo_is("a\n"), "output that is not processed");
	reset();
	line.modes.input = CONSOLE_INPUT_DROP_CR | CONSOLE_INPUT_NL_TO_CR;
	line.modes.local = 0;
	TYPE("a\r\n");
	CHECK(reads(100, "a\r"), "carriage returns dropped, new lines turned into them");
}

static void test_without_lines(void)
{
	uint64_t wake_ms = 0;
	struct console_modes modes;
	reset();
	modes = line.modes;
	modes.local = 0;
	modes.read_bytes = 3;
	line_set_modes(&line, &modes, &effects);
	TYPE("ab");
	CHECK(line_check(&line, 100, 0, 0, &wake_ms) == LINE_WAIT && wake_ms == 0,
	      "three, or wait");
	CHECK(line_check(&line, 2, 0, 0, &wake_ms) == LINE_READY, "or as many as fit");
	TYPE("\004");
	CHECK(reads(100, "ab\004"), "three");
	modes.read_time_ms = 100;
	line_set_modes(&line, &modes, &effects);
	CHECK(line_check(&line, 100, 5, 1000, &wake_ms) == LINE_WAIT && wake_ms == 0,
	      "time does not begin before the first byte");
	type_bytes("x", 1, 1000);
	CHECK(line_check(&line, 100, 5, 1099, &wake_ms) == LINE_WAIT && wake_ms == 1100,
	      "it begins with it");
	CHECK(line_check(&line, 100, 5, 1100, &wake_ms) == LINE_READY, "and ends the read");
	CHECK(line_check(&line, 100, 2000, 2000, &wake_ms) == LINE_WAIT && wake_ms == 2100,
	      "a later read counts anew");
	(void)reads(1, "x");
	modes.read_bytes = 0;
	line_set_modes(&line, &modes, &effects);
	CHECK(line_check(&line, 100, 50, 149, &wake_ms) == LINE_WAIT && wake_ms == 150 &&
		      line_check(&line, 100, 50, 150, &wake_ms) == LINE_READY,
	      "no byte asked for: so long from the read on");
	modes.read_time_ms = 0;
	line_set_modes(&line, &modes, &effects);
	CHECK(reads(100, ""), "neither: what there is, at once");
}

static void test_modes_change(void)
{
	struct console_modes lines, raw;
	reset();
	lines = line.modes;
	raw = lines;
	raw.local = 0;
	TYPE("one\n\004two");
	line_set_modes(&line, &raw, &effects);
	CHECK(reads(100, "one\ntwo"), "lines, read without: no end of file");
	TYPE("ab");
	line_set_modes(&line, &lines, &effects);
	CHECK(line_available(&line) == 2, "typed without lines: it is there");
	TYPE("c\177\177\177d\n");
	CHECK(reads(100, "abd\n"), "and is not erased any more");
	TYPE("\026");
	line_set_modes(&line, &raw, &effects);
	line_set_modes(&line, &lines, &effects);
	TYPE("\003");
	CHECK(signal_seen == CONSOLE_CHARACTER_INTERRUPT, "a literal-next does not outlive lines");
	struct console_modes bad = lines;
	CHECK(line_modes_valid(&lines), "modes are valid");
	bad.local |= 0x200;
	CHECK(!line_modes_valid(&bad), "a flag that means nothing is not");
	bad = lines;
	bad.input |= 0x40;
	CHECK(!line_modes_valid(&bad), "nor of the input");
	bad = lines;
	bad.output |= 0x8;
	CHECK(!line_modes_valid(&bad), "nor of the output");
}

static void test_output(void)
{
	uint8_t out[32];
	reset();
	CHECK(line_output(&line.modes, (const uint8_t *)"a\nb\r", 4, out) == 5 &&
		      memcmp(out, "a\r\nb\r", 5) == 0,
	      "new lines return");
	line.modes.output = CONSOLE_OUTPUT_PROCESSED | CONSOLE_OUTPUT_CR_TO_NL;
	CHECK(line_output(&line.modes, (const uint8_t *)"a\nb\r", 4, out) == 4 &&
		      memcmp(out, "a\nb\n", 4) == 0,
	      "returns are new lines");
	line.modes.output = CONSOLE_OUTPUT_NL_TO_CRNL;
	CHECK(line_output(&line.modes, (const uint8_t *)"\n", 1, out) == 1, "not processed");
}

/* ------------------------------------------------------------------- beside a model of lists */

/* Lines as strings, the newest the one being edited; no ring, no marks, no echo. */
#define MODEL_LINES 64u
struct model {
	char text[MODEL_LINES][LINE_INPUT_MAX];
	uint32_t length[MODEL_LINES];
	bool eof[MODEL_LINES]; /* ended without a byte */
	uint32_t count;        /* whole lines; text[count] is edited */
	bool literal;
};
static struct model model;

static void model_end(bool eof)
{
	model.eof[model.count] = eof;
	model.count++;
	model.length[model.count] = 0;
}

static void model_add(char byte)
{
	model.text[model.count][model.length[model.count]++] = byte;
}

static void model_erase(void)
{
	uint32_t *length = &model.length[model.count];
	while (*length > 0 && ((uint8_t)model.text[model.count][--*length] & 0xc0) == 0x80) {
	}
}

/* All of the model's alphabet that words are made of. */
#define WORD "abc_9\303\251"

static void model_word(void)
{
	uint32_t *length = &model.length[model.count];
	const char *text = model.text[model.count];
	while (*length > 0 && strchr(WORD, text[*length - 1]) == NULL) {
		--*length;
	}
	while (*length > 0 && strchr(WORD, text[*length - 1]) != NULL) {
		--*length;
	}
}

static void model_type(char byte)
{
	if (model.literal) {
		model.literal = false;
		model_add(byte);
		return;
	}
	switch (byte) {
	case '\r':
	case '\n':
		model_add('\n');
		model_end(false);
		break;
	case 4:
		model_end(true);
		break;
	case 0x7f:
		model_erase();
		break;
	case 0x15:
		model.length[model.count] = 0;
		break;
	case 0x17:
		model_word();
		break;
	case 0x16:
		model.literal = true;
		break;
	case 0x12:
		break;
	case 3:
		memset(&model, 0, sizeof model);
		break;
	default:
		model_add(byte);
		break;
	}
}

/* What a read gets; -1: it waits. */
static int model_read(char *bytes, uint32_t bytes_max)
{
	if (model.count == 0) {
		return -1;
	}
	uint32_t count = model.length[0] < bytes_max ? model.length[0] : bytes_max;
	memcpy(bytes, model.text[0], count);
	model.length[0] -= count;
	memmove(model.text[0], model.text[0] + count, model.length[0]);
	if (model.length[0] == 0) {
		for (uint32_t i = 0; i < model.count; i++) {
			memcpy(model.text[i], model.text[i + 1], model.length[i + 1]);
			model.length[i] = model.length[i + 1];
			model.eof[i] = model.eof[i + 1];
		}
		model.count--;
	}
	return (int)count;
}

static bool same_read(uint32_t bytes_max)
{
	char expected[LINE_INPUT_MAX];
	uint8_t got[LINE_INPUT_MAX];
	uint64_t wake_ms = 0;
	int count = model_read(expected, bytes_max);
	if (line_check(&line, bytes_max, 0, 0, &wake_ms) == LINE_WAIT) {
		return count < 0;
	}
	return (int)line_read(&line, got, bytes_max) == count && memcmp(expected, got, count) == 0;
}

static void test_model(void)
{
	static const char alphabet[] = "abc_9 ;\t\n\r\004\177\177\025\027\026\022\003\303\251";
	uint64_t seed = 20260102;
	bool good = true;
	reset();
	memset(&model, 0, sizeof model);
	for (uint32_t step = 0; step < 300000 && good; step++) {
		uint64_t random = tap_random(&seed);
		if (random % 8 == 0 || model.count > MODEL_LINES - 3 ||
		    line.count > LINE_INPUT_MAX / 2) {
			good = same_read(1 + random / 8 % 20);
		} else {
			char byte = alphabet[random / 8 % (sizeof alphabet - 1)];
			model_type(byte);
			line_input(&line, (uint8_t)byte, 0, 0, &effects);
		}
		if (!good) {
			printf("# step %u of seed 20260102\n", step);
		}
	}
	CHECK(good, "300000 steps, as the model says");
}

/* Any bytes under any modes: bounds hold (the sanitizers look), echo has room. */
static void test_anything(void)
{
	uint64_t seed = 77;
	bool good = true;
	reset();
	for (uint32_t step = 0; step < 300000; step++) {
		uint64_t random = tap_random(&seed);
		uint8_t bytes[300];
		if (random % 500 == 0) {
			struct console_modes modes = {
				.input = (natural_t)(random >> 10) & CONSOLE_INPUT_ALL,
				.output = (natural_t)(random >> 20) & CONSOLE_OUTPUT_ALL,
				.local = (natural_t)(random >> 30) & CONSOLE_LOCAL_ALL,
				.read_bytes = (natural_t)(random >> 40) % 5,
				.read_time_ms = (natural_t)(random >> 45) % 3,
			};
			for (uint32_t i = 0; i < 16; i++) {
				modes.characters[i] = (uint8_t)(tap_random(&seed) % 40);
			}
			line_set_modes(&line, &modes, &effects);
		} else if (random % 50 == 1) {
			uint64_t wake_ms = 0;
			if (line_check(&line, 300, step, step, &wake_ms) == LINE_READY) {
				uint32_t available = line_available(&line);
				uint32_t want = 1 + (uint32_t)(random >> 10) % 300;
				uint32_t got = line_read(&line, bytes, want);
				good &= got == (available < want ? available : want);
			}
		} else {
			line_input(&line, (uint8_t)(random >> 8 & (random & 0x80 ? 0x1f : 0xff)),
				   (uint32_t)(random >> 20) % 132, step, &effects);
			good &= effects.echo_bytes <= LINE_ECHO_MAX;
		}
		good &= line.ready <= line.count || (line.modes.local & CONSOLE_LOCAL_LINES) == 0;
		good &= line.count <= LINE_INPUT_MAX && line.first < LINE_INPUT_MAX;
	}
	CHECK(good, "any bytes under any modes");
}

int main(void)
{
	test_editing();
	test_lines();
	test_full();
	test_signals();
	test_flow();
	test_echo_modes();
	test_without_lines();
	test_modes_change();
	test_output();
	test_model();
	test_anything();
	return tap_done();
}
