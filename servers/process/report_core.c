/* See report_core.h. */
#include "report_core.h"

#include <stddef.h>
#include <mach/exception.h>

#define LINE_BYTES 160u

struct text {
	uint32_t used;
	char line[LINE_BYTES];
};

static void add(struct text *text, const char *string)
{
	while (*string != 0 && text->used + 1 < LINE_BYTES) {
		text->line[text->used++] = *string++;
	}
	text->line[text->used] = 0;
}

static void add_number(struct text *text, uint32_t number, uint32_t base, uint32_t width)
{
	char digits[12];
	uint32_t at = sizeof digits - 1;

	digits[at] = 0;
	do {
		digits[--at] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number != 0);
	while (sizeof digits - 1 - at < width) {
		digits[--at] = '0';
	}
	add(text, digits + at);
}

static void send(const struct report_source *source, struct text *text)
{
	source->line(source->context, text->line);
	text->used = 0;
	text->line[0] = 0;
}

const char *report_exception_name(int exception)
{
	static const char *const names[] = {
		[EXC_BAD_ACCESS] = "EXC_BAD_ACCESS", [EXC_BAD_INSTRUCTION] = "EXC_BAD_INSTRUCTION",
		[EXC_ARITHMETIC] = "EXC_ARITHMETIC", [EXC_EMULATION] = "EXC_EMULATION",
		[EXC_SOFTWARE] = "EXC_SOFTWARE",     [EXC_BREAKPOINT] = "EXC_BREAKPOINT",
	};
	const int known = (int)(sizeof names / sizeof names[0]);

	return exception > 0 && exception < known && names[exception] != NULL
		       ? names[exception]
		       : "an unknown exception";
}

static void write_head(const struct report_source *source, const struct report_crash *crash)
{
	struct text text = {.used = 0};

	add(&text, crash->name);
	add(&text, " (process ");
	add_number(&text, crash->id, 10, 1);
	add(&text, ") ended by ");
	add(&text, report_exception_name(crash->exception));
	add(&text, ", code 0x");
	add_number(&text, (uint32_t)crash->code, 16, 1);
	add(&text, ", subcode 0x");
	add_number(&text, (uint32_t)crash->subcode, 16, 1);
	if (crash->registers != NULL) {
		add(&text, ", at 0x");
		add_number(&text, crash->registers->eip, 16, 8);
	}
	send(source, &text);
}

static void write_registers(const struct report_source *source,
			    const struct i386_thread_state *state)
{
	const struct {
		const char *name;
		uint32_t value;
	} words[] = {
		{" eax ", state->eax}, {" ebx ", state->ebx},  {" ecx ", state->ecx},
		{" edx ", state->edx}, {" esi ", state->esi},  {" edi ", state->edi},
		{" ebp ", state->ebp}, {" esp ", state->uesp}, {" eip ", state->eip},
		{" efl ", state->efl}, {" cs ", state->cs},    {" ss ", state->ss},
		{" ds ", state->ds},   {" es ", state->es},    {" fs ", state->fs},
		{" gs ", state->gs},
	};
	struct text text = {.used = 0};

	for (uint32_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		add(&text, words[i].name);
		add_number(&text, words[i].value, 16, i < 10 ? 8 : 1);
		if (i == 4 || i == 9 || i == sizeof words / sizeof words[0] - 1) {
			send(source, &text);
		}
	}
}

static void write_frame(const struct report_source *source, uint32_t index, uint32_t address)
{
	struct text text = {.used = 0};
	char name[96] = "";

	/* A return address may lie behind the function's end: the call is before it. */
	source->describe(source->context, index == 0 ? address : address - 1, name, sizeof name);
	add(&text, " #");
	add_number(&text, index, 10, 1);
	add(&text, " 0x");
	add_number(&text, address, 16, 8);
	if (name[0] != 0) {
		add(&text, " ");
		add(&text, name);
	}
	send(source, &text);
}

/* The chain of frame pointers; it must go up, so it ends. */
static void write_backtrace(const struct report_source *source,
			    const struct i386_thread_state *state)
{
	uint32_t frame = state->ebp, address = state->eip;

	for (uint32_t i = 0; i < REPORT_FRAMES_MAX; i++) {
		uint32_t next = 0;

		write_frame(source, i, address);
		if (frame == 0 || (frame & 3) != 0 ||
		    !source->read_word(source->context, frame + 4, &address) ||
		    !source->read_word(source->context, frame, &next) || address == 0) {
			return;
		}
		if (next != 0 && next <= frame) {
			write_frame(source, i + 1, address);
			return;
		}
		frame = next;
	}
}

void report_write(const struct report_source *source, const struct report_crash *crash)
{
	write_head(source, crash);
	if (crash->registers != NULL) {
		write_registers(source, crash->registers);
		write_backtrace(source, crash->registers);
	}
}
