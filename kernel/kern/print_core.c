#include <kern/print_core.h>

#include <stdbool.h>
#include <stddef.h>

#define DIGITS_MAX 24 /* 2^64 has 20 decimal digits */

struct print_spec {
	bool left, zero;
	uint32_t width;
	int32_t precision; /* -1: none */
	uint32_t longs;    /* 0: int, 1: long, 2: long long */
};

static void print_char(struct print_sink *sink, char c)
{
	sink->total++;
	if (sink->used == sink->size) {
		if (sink->flush == NULL || sink->size == 0) {
			return;
		}
		sink->flush(sink);
	}
	sink->buffer[sink->used++] = c;
}

static void print_repeat(struct print_sink *sink, char c, uint32_t count)
{
	while (count-- > 0) {
		print_char(sink, c);
	}
}

/* prefix ("-", "0x" or "") and text, padded to the width; zeros go between the two. */
static void print_field(struct print_sink *sink, const struct print_spec *spec, const char *prefix,
			uint32_t zeros, const char *text, uint32_t length)
{
	uint32_t taken = zeros + length;
	for (const char *p = prefix; *p != 0; p++) {
		taken++;
	}
	uint32_t padding = spec->width > taken ? spec->width - taken : 0;
	if (!spec->left && !spec->zero) {
		print_repeat(sink, ' ', padding);
	}
	while (*prefix != 0) {
		print_char(sink, *prefix++);
	}
	if (!spec->left && spec->zero) {
		print_repeat(sink, '0', padding);
	}
	print_repeat(sink, '0', zeros);
	for (uint32_t i = 0; i < length; i++) {
		print_char(sink, text[i]);
	}
	if (spec->left) {
		print_repeat(sink, ' ', padding);
	}
}

static void print_number(struct print_sink *sink, struct print_spec *spec, uint64_t value,
			 uint32_t base, bool upper, const char *prefix)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[DIGITS_MAX];
	uint32_t start = DIGITS_MAX;
	while (value > 0xffffffffu) {
		text[--start] = digits[value % base];
		value /= base;
	}
	for (uint32_t low = (uint32_t)value; low != 0; low /= base) {
		text[--start] = digits[low % base];
	}
	uint32_t length = DIGITS_MAX - start;
	uint32_t least = spec->precision >= 0 ? (uint32_t)spec->precision : 1;
	if (spec->precision >= 0) {
		spec->zero = false; /* as in C: a precision says how many digits */
	}
	print_field(sink, spec, prefix, least > length ? least - length : 0, text + start, length);
}

static void print_string(struct print_sink *sink, struct print_spec *spec, const char *text)
{
	if (text == NULL) {
		text = "(null)";
	}
	uint32_t length = 0;
	while ((spec->precision < 0 || length < (uint32_t)spec->precision) && text[length] != 0) {
		length++;
	}
	spec->zero = false;
	print_field(sink, spec, "", 0, text, length);
}

static uint32_t parse_number(const char **format)
{
	uint32_t value = 0;
	while (**format >= '0' && **format <= '9') {
		if (value < 100000) {
			value = value * 10 + (uint32_t)(**format - '0');
		}
		(*format)++;
	}
	return value;
}

/* Reads flags, width, precision and length after a '%'. The caller's va_list moves on. */
static const char *parse_spec(const char *format, struct print_spec *spec, va_list *arguments)
{
	*spec = (struct print_spec){.precision = -1};
	for (;; format++) {
		if (*format == '-') {
			spec->left = true;
		} else if (*format == '0') {
			spec->zero = true;
		} else {
			break;
		}
	}
	if (*format == '*') {
		int width = va_arg(*arguments, int);
		spec->left = spec->left || width < 0;
		spec->width = width < 0 ? 0u - (uint32_t)width : (uint32_t)width;
		format++;
	} else {
		spec->width = parse_number(&format);
	}
	if (*format == '.') {
		format++;
		if (*format == '*') {
			spec->precision = va_arg(*arguments, int);
			format++;
		} else {
			spec->precision = (int32_t)parse_number(&format);
		}
	}
	while (*format == 'l' || *format == 'z') {
		spec->longs++;
		format++;
	}
	return format;
}

static uint64_t argument_unsigned(const struct print_spec *spec, va_list *arguments)
{
	if (spec->longs == 0) {
		return va_arg(*arguments, unsigned int);
	}
	return spec->longs == 1 ? va_arg(*arguments, unsigned long)
				: va_arg(*arguments, unsigned long long);
}

static int64_t argument_signed(const struct print_spec *spec, va_list *arguments)
{
	if (spec->longs == 0) {
		return va_arg(*arguments, int);
	}
	return spec->longs == 1 ? va_arg(*arguments, long) : va_arg(*arguments, long long);
}

/* One conversion. False: not one that we know. */
static bool print_conversion(struct print_sink *sink, char conversion, struct print_spec *spec,
			     va_list *arguments)
{
	switch (conversion) {
	case 'd':
	case 'i': {
		int64_t value = argument_signed(spec, arguments);
		uint64_t size = value < 0 ? 0u - (uint64_t)value : (uint64_t)value;
		print_number(sink, spec, size, 10, false, value < 0 ? "-" : "");
		return true;
	}
	case 'u':
		print_number(sink, spec, argument_unsigned(spec, arguments), 10, false, "");
		return true;
	case 'x':
	case 'X':
		print_number(sink, spec, argument_unsigned(spec, arguments), 16, conversion == 'X',
			     "");
		return true;
	case 'p':
		print_number(sink, spec, (uintptr_t)va_arg(*arguments, void *), 16, false, "0x");
		return true;
	case 's':
		print_string(sink, spec, va_arg(*arguments, const char *));
		return true;
	case 'c': {
		char c = (char)va_arg(*arguments, int);
		spec->zero = false;
		print_field(sink, spec, "", 0, &c, 1);
		return true;
	}
	case '%':
		print_char(sink, '%');
		return true;
	default:
		return false;
	}
}

void print_format(struct print_sink *sink, const char *format, va_list arguments)
{
	va_list list;
	va_copy(list,
		arguments); /* a va_list parameter may be an array: its address is not one's own */
	while (*format != 0) {
		if (*format != '%') {
			print_char(sink, *format++);
			continue;
		}
		struct print_spec spec;
		const char *conversion = parse_spec(format + 1, &spec, &list);
		if (*conversion != 0 && print_conversion(sink, *conversion, &spec, &list)) {
			format = conversion + 1;
		} else {
			print_char(sink, *format++);
		}
	}
	va_end(list);
}

char print_harmless(char c, char before)
{
	unsigned char byte = (unsigned char)c;
	bool second_set = (unsigned char)before == 0xc2 && byte >= 0x80 && byte < 0xa0;
	bool control = (byte < ' ' && c != '\n' && c != '\t') || byte == 0x7f;
	return control || second_set ? '?' : c;
}
