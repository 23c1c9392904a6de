/* Commands that show and set: SET PATH PROMPT VER CLS BREAK VERIFY CHCP CTTY LH. */
#include "command.h"

static void set(const char *name, const char *value)
{
	if (!variables_set(name, value)) {
		say_error("Out of environment space");
	}
}

void command_set(const char *tail)
{
	char name[DOS_PATH_BYTES];
	uint32_t bytes = 0;

	while (*tail == ' ' || *tail == '\t') {
		tail++;
	}
	if (*tail == 0) {
		variables_show();
		return;
	}
	while (*tail != 0 && *tail != '=' && bytes + 1 < sizeof name) {
		name[bytes++] = *tail++;
	}
	name[bytes] = 0;
	if (*tail != '=' || bytes == 0) {
		say_error("Syntax error");
		return;
	}
	set(name, tail + 1);
}

void command_path(const char *tail)
{
	const char *value = variables_get("PATH");
	char text[TEXT_LINE_BYTES];

	while (*tail == ' ' || *tail == '=') {
		tail++;
	}
	if (*tail == 0) {
		if (value == NULL) {
			say("No Path\r\n");
		} else {
			say("PATH=%s\r\n", value);
		}
		return;
	}
	(void)text_copy(text, *tail == ';' && tail[1] == 0 ? "" : tail, sizeof text);
	text_make_upper(text);
	set("PATH", text);
}

void command_prompt(const char *tail)
{
	set("PROMPT", text_skip(tail));
}

void command_ver(const char *tail)
{
	int version = dos_simple(0x3000, 0, 0, NULL);

	(void)tail;
	say("\r\nMasix DOS Version %u.%02u\r\n", (unsigned int)(version & 0xff),
	    (unsigned int)(version >> 8 & 0xff));
}

/* As with ANSI.SYS: the terminal understands it. */
void command_cls(const char *tail)
{
	(void)tail;
	say("\033[2J\033[H");
}

static void show_switch(const char *name, bool is_on)
{
	say("%s is %s\r\n", name, is_on ? "on" : "off");
}

/* 0: off, 1: on, -1: it said what is wrong; 2: nothing was said. */
static int read_switch(const char *tail)
{
	char word[8];

	(void)text_word(tail, false, word, sizeof word);
	if (word[0] == 0) {
		return 2;
	}
	if (text_is(word, "ON") || text_is(word, "OFF")) {
		return text_is(word, "ON");
	}
	say_error("Must specify ON or OFF");
	return -1;
}

void command_break(const char *tail)
{
	int wanted = read_switch(tail);
	struct dos_registers registers = {.ax = 0x3300};

	if (wanted == 2) {
		(void)dos_call(&registers);
		show_switch("BREAK", (registers.dx & 0xff) != 0);
	} else if (wanted >= 0) {
		registers.ax = 0x3301;
		registers.dx = (uint16_t)wanted;
		(void)dos_call(&registers);
	}
}

void command_verify(const char *tail)
{
	int wanted = read_switch(tail);

	if (wanted == 2) {
		show_switch("VERIFY", (dos_simple(0x5400, 0, 0, NULL) & 0xff) != 0);
	} else if (wanted >= 0) {
		(void)dos_simple((uint16_t)(0x2e00 | wanted), 0, 0, NULL);
	}
}

void command_chcp(const char *tail)
{
	const char *end = NULL;
	struct dos_registers registers = {.ax = 0x6601};

	tail = text_skip(tail);
	if (*tail == 0) {
		(void)dos_call(&registers);
		say("Active code page: %u\r\n", (unsigned int)registers.bx);
		return;
	}
	registers.ax = 0x6602;
	registers.bx = (uint16_t)text_number(tail, &end);
	if (dos_call(&registers) < 0) {
		say_error("Invalid code page");
	}
}

void command_ctty(const char *tail)
{
	char word[DOS_PATH_BYTES];
	int handle = 0;

	if (!files_one_word(tail, word)) {
		return;
	}
	handle = dos_open(word, 2);
	if (handle < 0 || (dos_information(handle) & 0x80) == 0) {
		say_error("Invalid device");
	} else {
		for (uint16_t place = 0; place < 3; place++) {
			(void)dos_simple(0x4600, (uint16_t)handle, place, NULL);
		}
	}
	if (handle >= 0) {
		dos_close(handle);
	}
}

/* There is no upper memory to load into. */
void command_high(const char *tail)
{
	line_command(tail);
}
