/* DATE and TIME. */
#include "command.h"

static const char *const weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

void clock_say_date(void)
{
	struct dos_registers now = {.ax = 0x2a00};

	(void)dos_call(&now);
	say("%s %02u-%02u-%u", weekdays[(now.ax & 0xff) % 7], (unsigned int)(now.dx >> 8),
	    (unsigned int)(now.dx & 0xff), (unsigned int)now.cx);
}

void clock_say_time(void)
{
	struct dos_registers now = {.ax = 0x2c00};

	(void)dos_call(&now);
	say("%2u:%02u:%02u.%02u", (unsigned int)(now.cx >> 8), (unsigned int)(now.cx & 0xff),
	    (unsigned int)(now.dx >> 8), (unsigned int)(now.dx & 0xff));
}

/* Up to four numbers with '-' '/' ':' or '.' between; how many. */
static uint32_t read_numbers(const char *text, uint32_t numbers[4])
{
	uint32_t count = 0;

	text = text_skip(text);
	while (count < 4) {
		const char *end = NULL;

		numbers[count] = text_number(text, &end);
		if (end == text) {
			break;
		}
		count++;
		if (*end != '-' && *end != '/' && *end != ':' && *end != '.') {
			break;
		}
		text = end + 1;
	}
	return count;
}

static bool set_date(const char *text)
{
	uint32_t numbers[4] = {0, 0, 0, 0};
	struct dos_registers date = {.ax = 0x2b00};

	if (read_numbers(text, numbers) != 3) {
		return false;
	}
	numbers[2] += numbers[2] < 80 ? 2000 : numbers[2] < 100 ? 1900 : 0;
	date.cx = (uint16_t)numbers[2];
	date.dx = (uint16_t)(numbers[0] << 8 | (numbers[1] & 0xff));
	(void)dos_call(&date);
	return (date.ax & 0xff) == 0;
}

static bool set_time(const char *text)
{
	uint32_t numbers[4] = {0, 0, 0, 0};
	struct dos_registers time = {.ax = 0x2d00};

	if (read_numbers(text, numbers) == 0) {
		return false;
	}
	while (*text != 0 && text_upper(*text) != 'P') {
		text++;
	}
	numbers[0] += *text != 0 && numbers[0] < 12 ? 12 : 0;
	time.cx = (uint16_t)(numbers[0] << 8 | (numbers[1] & 0xff));
	time.dx = (uint16_t)(numbers[2] << 8 | (numbers[3] & 0xff));
	(void)dos_call(&time);
	return (time.ax & 0xff) == 0;
}

/* Shows, asks, and sets what the answer says; an empty one leaves it. */
static void ask(const char *tail, const char *what, const char *form, void (*show)(void),
		bool (*set)(const char *text))
{
	char answer[DOS_PATH_BYTES];

	tail = text_skip(tail);
	(void)text_copy(answer, tail, sizeof answer);
	if (*tail == 0) {
		say("Current %s is ", what);
		show();
		say("\r\n");
	}
	for (;;) {
		if (*tail == 0) {
			say("Enter new %s%s: ", what, form);
			if (!shell_read_line(answer, sizeof answer) || *text_skip(answer) == 0) {
				return;
			}
		}
		if (set(answer)) {
			return;
		}
		say("Invalid %s\r\n", what);
		tail = "";
	}
}

void command_date(const char *tail)
{
	ask(tail, "date", " (mm-dd-yy)", clock_say_date, set_date);
}

void command_time(const char *tail)
{
	ask(tail, "time", "", clock_say_time, set_time);
}
