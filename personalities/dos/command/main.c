/* COMMAND.COM: options, the loop, what interrupts call. */
#include "command.h"

#define FIRST_FILE 5 /* handles below are the standard ones */
#define LAST_FILE  20
#define NESTED_MAX 4 /* loops over batch files within commands: the stack is made for that */

extern uint8_t image_end[];
extern uint8_t psp_tail[]; /* the command line, with its length in front */
extern void interrupt_23(void), interrupt_24(void), interrupt_2e(void);
extern void shell_restart(void) __attribute__((noreturn)); /* command_aborted on an empty stack */

bool shell_ends, shell_stays, shell_echo = true;
uint8_t shell_errorlevel;
static bool permanent, once;
static uint32_t nested;
static char first_line[TEXT_LINE_BYTES];
static char line[TEXT_LINE_BYTES];

/* ---------------------------------------------------------------------------------- beginning */

static void set_vector(uint8_t number, void (*handler)(void))
{
	(void)dos_simple((uint16_t)(0x2500 | number), 0, 0, (void *)handler);
}

static void give_memory_back(void)
{
	struct dos_registers registers = {.ax = 0x4a00,
					  .bx = (uint16_t)((uintptr_t)image_end / 16)};

	(void)dos_call(&registers);
}

/* "/P" "/C line" "/K line" "/E:bytes"; how large the environment is to be. */
static uint32_t read_options(void)
{
	const char *at = (const char *)psp_tail + 1;
	uint32_t bytes = 0;

	psp_tail[1 + (psp_tail[0] & 0x7f)] = 0;
	for (; *at != 0; at++) {
		char option = *at == '/' ? text_upper(at[1]) : 0;

		if (option == 'P') {
			permanent = true;
		} else if (option == 'E' && at[2] == ':') {
			bytes = text_number(at + 3, &at);
			at--;
		} else if (option == 'C' || option == 'K') {
			once = option == 'C';
			(void)text_copy(first_line, at + 2, sizeof first_line);
			break;
		}
	}
	return bytes;
}

/* The first shell of a machine begins with C:\AUTOEXEC.BAT, if there is one. */
static void begin_autoexec(void)
{
	static const char path[] = "C:\\AUTOEXEC.BAT";

	if (permanent && dos_attributes(path) >= 0) {
		batch_begin(path, path, false);
	} else if (first_line[0] == 0) {
		command_ver("");
	}
}

/* --------------------------------------------------------------------------------------- lines */

static void say_prompt(void)
{
	const char *prompt = variables_get("PROMPT");
	char path[DOS_PATH_BYTES], text[TEXT_LINE_BYTES];

	(void)text_copy(text, prompt != NULL ? prompt : "$N$G", sizeof text);
	for (const char *at = text; *at != 0; at++) {
		static const char signs[] = "$$G>L<B|Q=E\033H\b";

		if (*at != '$' || at[1] == 0) {
			say("%c", *at);
			continue;
		}
		at++;
		switch (text_upper(*at)) {
		case 'P':
			say("%s",
			    dos_directory(0, path) < 0 ? "Current drive is no longer valid" : path);
			continue;
		case 'N':
			say("%c", 'A' + dos_drive());
			continue;
		case 'D':
			clock_say_date();
			continue;
		case 'T':
			clock_say_time();
			continue;
		case 'V':
			say("Masix DOS Version 5.0");
			continue;
		case '_':
			say("\r\n");
			continue;
		default:
			break;
		}
		for (const char *sign = signs; *sign != 0; sign += 2) {
			if (*sign == text_upper(*at)) {
				say("%c", sign[1]);
			}
		}
	}
}

/* Of a file, or what else is no console: byte by byte, as programs that follow want the rest. */
static bool read_from_file(char *text, uint32_t bytes_max)
{
	uint32_t used = 0;
	char character = 0;

	while (dos_read(0, &character, 1) == 1 && character != 0x1a) {
		if (character == '\n') {
			text[used] = 0;
			return true;
		}
		if (character != '\r' && used + 1 < bytes_max) {
			text[used++] = character;
		}
	}
	text[used] = 0;
	return used > 0;
}

bool shell_read_line(char *text, uint32_t bytes_max)
{
	static struct {
		uint8_t most, count;
		char text[128 + 1];
	} buffer = {.most = 128};

	if ((dos_information(0) & 0x80) == 0) {
		if (!read_from_file(text, bytes_max)) {
			return false;
		}
		say("%s\r\n", text);
		return true;
	}
	(void)dos_simple(0x0a00, 0, 0, &buffer);
	say("\n");
	/* The buffer stays as it is: the next line is edited from it. */
	(void)text_copy(text, buffer.text,
			buffer.count + 1u < bytes_max ? buffer.count + 1u : bytes_max);
	return true;
}

/* A line of the batch file that runs: executed.  false: there was none any more. */
static bool run_batch_line(void)
{
	char text[TEXT_LINE_BYTES], expanded[TEXT_LINE_BYTES];
	const char *at = expanded;

	if (batch_stopped) {
		batch_end_all();
		batch_stopped = false;
		return false;
	}
	if (!batch_read_line(text)) {
		batch_end();
		return false;
	}
	text_expand(text, expanded, batch_argument, variables_get);
	while (*at == ' ' || *at == '\t') {
		at++;
	}
	if (*at == ':' || *at == 0) {
		return true;
	}
	if (*at == '@') {
		at++;
	} else if (shell_echo) {
		say_prompt();
		say("%s\r\n", at);
	}
	(void)text_copy(text, at, sizeof text);
	line_execute(text);
	if (shell_echo) {
		say("\r\n");
	}
	return true;
}

void shell_run_batches(uint32_t depth)
{
	if (nested == NESTED_MAX) {
		say_error("Too many batch files call each other");
		batch_end_all();
		return;
	}
	nested++;
	while (batch_depth > depth && !shell_ends) {
		(void)run_batch_line();
	}
	nested--;
}

static void __attribute__((noreturn)) leave(void)
{
	for (;;) {
		(void)dos_simple((uint16_t)(0x4c00 | shell_errorlevel), 0, 0, NULL);
	}
}

static void __attribute__((noreturn)) loop(void)
{
	for (;;) {
		char expanded[TEXT_LINE_BYTES];

		shell_run_batches(0);
		shell_echo = true;
		batch_stopped = false;
		if (shell_ends || once) {
			leave();
		}
		say("\r\n");
		say_prompt();
		if (!shell_read_line(line, 128)) {
			say("\r\n");
			leave();
		}
		text_expand_known(line, expanded, variables_get);
		line_execute(expanded);
	}
}

/* ----------------------------------------------------------------------------- what is called */

void command_main(void)
{
	uint32_t environment_bytes = read_options();

	give_memory_back();
	variables_start(environment_bytes);
	set_vector(0x23, interrupt_23);
	set_vector(0x24, interrupt_24);
	set_vector(0x2e, interrupt_2e);
	begin_autoexec();
	if (first_line[0] != 0) {
		char text[TEXT_LINE_BYTES];

		(void)text_copy(text, first_line, sizeof text);
		if (once) {
			shell_echo = true;
		}
		line_execute(text);
	}
	loop();
}

/* What a command was doing is given up: all that it has open is closed. */
static void give_up(void)
{
	line_give_up();
	flow_give_up();
	nested = 0;
	for (int handle = FIRST_FILE; handle < LAST_FILE; handle++) {
		dos_close(handle);
	}
}

/* The answer to a critical error of the shell's own was to abort: the next line. */
void command_aborted(void)
{
	give_up();
	loop();
}

/* ^C while the shell itself was at work. */
void command_broken(void)
{
	give_up();
	if (batch_depth > 0 && say_question("\r\nTerminate batch job (Y/N)? ")) {
		batch_end_all();
	}
	loop();
}

static uint16_t current_psp(void)
{
	struct dos_registers registers = {.ax = 0x5100};

	(void)dos_call(&registers);
	return registers.bx;
}

/* "Not ready writing drive A". */
static void say_critical(uint32_t ax, uint32_t number)
{
	static const char *const errors[] = {"Write protect error", "Invalid unit",
					     "Not ready",           "Invalid device request",
					     "Data error",          "Invalid device request",
					     "Seek error",          "Invalid media type",
					     "Sector not found",    "Printer out of paper error",
					     "Write fault error",   "Read fault error",
					     "General failure"};
	char text[64];

	(void)text_copy(text, errors[number < 13 ? number : 12], sizeof text);
	(void)text_append(text, (ax & 0x0100) != 0 ? " writing" : " reading", sizeof text);
	if ((ax & 0x8000) == 0) {
		char drive[] = " drive A";

		drive[7] = (char)('A' + (ax & 0xff));
		(void)text_append(text, drive, sizeof text);
	} else {
		(void)text_append(text, " device", sizeof text);
	}
	say_error("");
	say_error(text);
}

/* Asked by standard error, as standard output may be what is not ready.  2: abort. */
uint8_t command_critical(uint32_t ax, uint32_t di)
{
	bool fail = (ax & 0x0800) != 0, retry = (ax & 0x1000) != 0, ignore = (ax & 0x2000) != 0;

	for (;;) {
		char text[48] = "Abort", key[3] = {0, ' ', 0};

		say_critical(ax, di & 0xff);
		(void)text_append(text, retry ? ", Retry" : "", sizeof text);
		(void)text_append(text, ignore ? ", Ignore" : "", sizeof text);
		(void)text_append(text, fail ? ", Fail? " : "? ", sizeof text);
		(void)dos_write(2, text, (uint16_t)text_length(text));
		key[0] = text_upper((char)dos_simple(0x0800, 0, 0, NULL));
		say_error(key);
		if (key[0] == 'A' || key[0] == 0x1a) {
			if (current_psp() == dos_segment()) {
				shell_restart();
			}
			return 2;
		}
		if ((key[0] == 'R' && retry) || (key[0] == 'I' && ignore)) {
			return key[0] == 'R';
		}
		if (key[0] == 'F' && fail) {
			return 3;
		}
	}
}

/* The command runs as if it had been typed, with the shell's PSP. */
void command_interrupt_2e(uint32_t segment, uint32_t offset)
{
	char text[TEXT_LINE_BYTES];
	uint32_t bytes = far_get((uint16_t)segment, (uint16_t)offset);
	uint16_t psp = current_psp();

	for (uint32_t i = 0; i < bytes; i++) {
		text[i] = (char)far_get((uint16_t)segment, (uint16_t)(offset + 1 + i));
	}
	text[bytes] = 0;
	(void)dos_simple(0x5000, dos_segment(), 0, NULL);
	line_execute(text);
	shell_run_batches(0);
	(void)dos_simple(0x5000, psp, 0, NULL);
}
