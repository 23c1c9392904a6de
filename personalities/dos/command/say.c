/* Text to standard output and standard error. */
#include <stdarg.h>
#include "command.h"

/* What is written at once. */
struct text {
	char bytes[160];
	uint16_t count;
};

static void flush(struct text *text)
{
	(void)dos_write(1, text->bytes, text->count);
	text->count = 0;
}

static void put(struct text *text, char character)
{
	if (text->count == sizeof text->bytes) {
		flush(text);
	}
	text->bytes[text->count++] = character;
}

static void put_padded(struct text *text, const char *string, uint32_t width, char fill, bool left)
{
	uint32_t bytes = text_length(string);

	for (uint32_t i = bytes; !left && i < width; i++) {
		put(text, fill);
	}
	while (*string != 0) {
		put(text, *string++);
	}
	for (uint32_t i = bytes; left && i < width; i++) {
		put(text, ' ');
	}
}

static const char *digits_of(uint32_t number, char digits[11])
{
	uint32_t at = 10;

	digits[at] = 0;
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number != 0);
	return digits + at;
}

void say(const char *format, ...)
{
	struct text text = {.count = 0};
	va_list values;
	char digits[11];

	va_start(values, format);
	for (; *format != 0; format++) {
		uint32_t width = 0;
		bool left = false, zeros = false;

		if (*format != '%') {
			put(&text, *format);
			continue;
		}
		left = *++format == '-';
		format += left;
		zeros = *format == '0';
		width = text_number(format, &format);
		switch (*format) {
		case 's':
			put_padded(&text, va_arg(values, const char *), width, ' ', left);
			break;
		case 'u':
			put_padded(&text, digits_of(va_arg(values, unsigned int), digits), width,
				   zeros ? '0' : ' ', left);
			break;
		case 'c':
			put(&text, (char)va_arg(values, int));
			break;
		default:
			put(&text, *format);
			break;
		}
	}
	va_end(values);
	flush(&text);
}

void say_error(const char *text)
{
	(void)dos_write(2, text, (uint16_t)text_length(text));
	(void)dos_write(2, "\r\n", 2);
}

void say_code(int error)
{
	static const struct {
		int code;
		const char *text;
	} sentences[] = {
		{2, "File not found"},
		{3, "Path not found"},
		{4, "Too many open files"},
		{5, "Access denied"},
		{8, "Insufficient memory"},
		{11, "Invalid format"},
		{15, "Invalid drive specification"},
		{17, "Not same device"},
		{18, "File not found"},
		{80, "File exists"},
	};

	for (uint32_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
		if (sentences[i].code == -error) {
			say_error(sentences[i].text);
			return;
		}
	}
	say_error("Failed");
}

bool say_question(const char *question)
{
	char answer = 0;

	for (;;) {
		say("%s", question);
		answer = text_upper((char)dos_key(true));
		say("\r\n");
		if (answer == 'Y' || answer == 'N' || answer == 0x1a) {
			return answer == 'Y';
		}
	}
}
