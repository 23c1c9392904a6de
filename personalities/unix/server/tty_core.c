/* tty_core.h; numbers: Linux's asm-generic/termbits.h. */
#include "tty_core.h"

#define VTIME  5
#define VMIN   6
#define ICANON 0000002u

struct pair {
	uint32_t bit, mode;
};

static const struct pair input_pairs[] = {
	{0000100, CONSOLE_INPUT_NL_TO_CR},   /* INLCR */
	{0000200, CONSOLE_INPUT_DROP_CR},    /* IGNCR */
	{0000400, CONSOLE_INPUT_CR_TO_NL},   /* ICRNL */
	{0002000, CONSOLE_INPUT_FLOW},       /* IXON */
	{0004000, CONSOLE_INPUT_ANY_STARTS}, /* IXANY */
	{0040000, CONSOLE_INPUT_UTF8},       /* IUTF8 */
	{0, 0},
};

static const struct pair output_pairs[] = {
	{0000001, CONSOLE_OUTPUT_PROCESSED},  /* OPOST */
	{0000004, CONSOLE_OUTPUT_NL_TO_CRNL}, /* ONLCR */
	{0000010, CONSOLE_OUTPUT_CR_TO_NL},   /* OCRNL */
	{0, 0},
};

static const struct pair local_pairs[] = {
	{0000001, CONSOLE_LOCAL_SIGNALS}, /* ISIG */
	{ICANON, CONSOLE_LOCAL_LINES},
	{0000010, CONSOLE_LOCAL_ECHO},         /* ECHO */
	{0000020, CONSOLE_LOCAL_ECHO_ERASE},   /* ECHOE */
	{0000040, CONSOLE_LOCAL_ECHO_KILL},    /* ECHOK */
	{0000100, CONSOLE_LOCAL_ECHO_NL},      /* ECHONL */
	{0000200, CONSOLE_LOCAL_KEEP},         /* NOFLSH */
	{0001000, CONSOLE_LOCAL_ECHO_CONTROL}, /* ECHOCTL */
	{0100000, CONSOLE_LOCAL_EXTENDED},     /* IEXTEN */
	{0, 0},
};

/* Where Linux has each CONSOLE_CHARACTER_*. */
static const uint8_t places[] = {
	[CONSOLE_CHARACTER_INTERRUPT] = 0,   [CONSOLE_CHARACTER_QUIT] = 1,
	[CONSOLE_CHARACTER_ERASE] = 2,       [CONSOLE_CHARACTER_KILL] = 3,
	[CONSOLE_CHARACTER_END] = 4,         [CONSOLE_CHARACTER_START] = 8,
	[CONSOLE_CHARACTER_STOP] = 9,        [CONSOLE_CHARACTER_SUSPEND] = 10,
	[CONSOLE_CHARACTER_LINE_END] = 11,   [CONSOLE_CHARACTER_REPRINT] = 12,
	[CONSOLE_CHARACTER_WORD_ERASE] = 14, [CONSOLE_CHARACTER_LITERAL] = 15,
	[CONSOLE_CHARACTER_LINE_END_2] = 16,
};

#define PLACES (sizeof(places) / sizeof(places[0]))

static uint32_t to_mode(const struct pair *pairs, uint32_t bits)
{
	uint32_t mode = 0;

	for (; pairs->bit != 0; pairs++) {
		mode |= (bits & pairs->bit) != 0 ? pairs->mode : 0;
	}
	return mode;
}

static uint32_t from_mode(const struct pair *pairs, uint32_t bits, uint32_t mode)
{
	for (; pairs->bit != 0; pairs++) {
		bits = (mode & pairs->mode) != 0 ? bits | pairs->bit : bits & ~pairs->bit;
	}
	return bits;
}

void tty_default(struct linux_termios *termios)
{
	*termios = (struct linux_termios){
		.input = 0002400,   /* ICRNL IXON */
		.output = 0000005,  /* OPOST ONLCR */
		.control = 0000277, /* B38400 CS8 CREAD */
		.local = 0105073,   /* ISIG ICANON ECHO ECHOE ECHOK ECHOCTL ECHOKE IEXTEN */
		.characters = {3, 034, 0177, 025, 4, 0, 1, 0, 021, 023, 032, 0, 022, 017, 027, 026},
	};
}

void tty_to_modes(const struct linux_termios *termios, struct console_modes *modes)
{
	*modes = (struct console_modes){
		.input = to_mode(input_pairs, termios->input),
		.output = to_mode(output_pairs, termios->output),
		.local = to_mode(local_pairs, termios->local),
		.read_bytes = termios->characters[VMIN],
		.read_time_ms = termios->characters[VTIME] * 100u,
	};
	for (uint32_t i = 0; i < PLACES; i++) {
		modes->characters[i] = termios->characters[places[i]];
	}
}

void tty_from_modes(const struct console_modes *modes, struct linux_termios *termios)
{
	uint32_t time = modes->read_time_ms / 100;

	termios->input = from_mode(input_pairs, termios->input, modes->input);
	termios->output = from_mode(output_pairs, termios->output, modes->output);
	termios->local = from_mode(local_pairs, termios->local, modes->local);
	termios->characters[VMIN] = (uint8_t)(modes->read_bytes < 255 ? modes->read_bytes : 255);
	termios->characters[VTIME] = (uint8_t)(time < 255 ? time : 255);
	for (uint32_t i = 0; i < PLACES; i++) {
		termios->characters[places[i]] = modes->characters[i];
	}
}

void tty_to_termio(const struct linux_termios *termios, struct linux_termio *termio)
{
	*termio = (struct linux_termio){
		.input = (uint16_t)termios->input,
		.output = (uint16_t)termios->output,
		.control = (uint16_t)termios->control,
		.local = (uint16_t)termios->local,
		.discipline = termios->discipline,
	};
	__builtin_memcpy(termio->characters, termios->characters, sizeof(termio->characters));
}

void tty_from_termio(const struct linux_termio *termio, struct linux_termios *termios)
{
	termios->input = (termios->input & 0xffff0000) | termio->input;
	termios->output = (termios->output & 0xffff0000) | termio->output;
	termios->control = (termios->control & 0xffff0000) | termio->control;
	termios->local = (termios->local & 0xffff0000) | termio->local;
	termios->discipline = termio->discipline;
	__builtin_memcpy(termios->characters, termio->characters, sizeof(termio->characters));
}

uint32_t tty_column(uint32_t column, uint8_t byte)
{
	switch (byte) {
	case '\r':
		return 0;
	case '\b':
		return column > 0 ? column - 1 : 0;
	case '\t':
		return (column / 8 + 1) * 8;
	default:
		/* A control character moves nothing, nor do the later bytes of a UTF-8 character.
		 */
		return byte < 0x20 || byte == 0x7f || (byte & 0xc0) == 0x80 ? column : column + 1;
	}
}
