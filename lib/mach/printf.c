/* Formatted printing, into a buffer or to the kernel's console. */
#include "libmach.h"

/* Where characters go: a piece of memory, emptied by flush when full (null: the rest is lost). */
struct sink {
	char *buffer;
	size_t size; /* of the buffer, with room for the final zero */
	size_t used; /* characters in the buffer */
	int total;   /* characters asked for so far */
	void (*flush)(struct sink *sink);
};

/* One conversion, as read from the format. */
struct conversion {
	boolean_t left;
	boolean_t zero;
	int width;
	int precision; /* -1: none given */
	int longs;     /* how many l; z counts as one */
	char letter;
};

static void sink_put(struct sink *sink, char character)
{
	sink->total++;
	if (sink->used + 1 >= sink->size) {
		if (sink->flush == NULL) {
			return;
		}
		sink->flush(sink);
	}
	sink->buffer[sink->used++] = character;
}

static void sink_fill(struct sink *sink, char character, int count)
{
	while (count-- > 0) {
		sink_put(sink, character);
	}
}

/* Prints "text", "length" characters, in its field; "sign" (or zero) stands before zero filling. */
static void put_field(struct sink *sink, const struct conversion *conversion, char sign,
		      const char *text, int length)
{
	int fill = conversion->width - length - (sign != '\0');

	if (!conversion->left && !conversion->zero) {
		sink_fill(sink, ' ', fill);
	}
	if (sign != '\0') {
		sink_put(sink, sign);
	}
	if (!conversion->left && conversion->zero) {
		sink_fill(sink, '0', fill);
	}
	for (int i = 0; i < length; i++) {
		sink_put(sink, text[i]);
	}
	if (conversion->left) {
		sink_fill(sink, ' ', fill);
	}
}

/* Divides in place by a small number and returns the remainder, without the compiler's helpers. */
static unsigned int divide(uint64_t *value, unsigned int divisor)
{
	uint32_t high = (uint32_t)(*value >> 32);
	uint32_t low = (uint32_t)*value;
	uint32_t quotient_high = high / divisor;
	uint32_t remainder = high % divisor;

	/* remainder < divisor, so the quotient fits 32 bits and divl cannot fault. */
	__asm__("divl %2" : "+a"(low), "+d"(remainder) : "r"(divisor));
	*value = ((uint64_t)quotient_high << 32) | low;
	return remainder;
}

static void put_number(struct sink *sink, const struct conversion *conversion, uint64_t value,
		       unsigned int base, char sign)
{
	const char *digits = conversion->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[24];
	int first = sizeof text;

	do {
		text[--first] = digits[divide(&value, base)];
	} while (value != 0);
	put_field(sink, conversion, sign, text + first, (int)sizeof text - first);
}

static const char *read_conversion(const char *format, struct conversion *conversion,
				   va_list *arguments)
{
	*conversion = (struct conversion){.precision = -1};
	for (; *format == '-' || *format == '0'; format++) {
		if (*format == '-') {
			conversion->left = TRUE;
		} else {
			conversion->zero = TRUE;
		}
	}
	if (*format == '*') {
		conversion->width = va_arg(*arguments, int);
		format++;
	}
	for (; *format >= '0' && *format <= '9'; format++) {
		conversion->width = conversion->width * 10 + (*format - '0');
	}
	if (*format == '.') {
		conversion->precision = 0;
		format++;
		if (*format == '*') {
			conversion->precision = va_arg(*arguments, int);
			format++;
		}
		for (; *format >= '0' && *format <= '9'; format++) {
			conversion->precision = conversion->precision * 10 + (*format - '0');
		}
	}
	for (; *format == 'l' || *format == 'z'; format++) {
		conversion->longs++;
	}
	conversion->letter = *format;
	return *format == '\0' ? format : format + 1;
}

static void put_string(struct sink *sink, const struct conversion *conversion, const char *string)
{
	int length = 0;

	if (string == NULL) {
		string = "(null)";
	}
	while (string[length] != '\0' && length != conversion->precision) {
		length++;
	}
	put_field(sink, conversion, '\0', string, length);
}

static void put_conversion(struct sink *sink, const struct conversion *conversion,
			   va_list *arguments)
{
	int64_t number = 0;
	char character = conversion->letter;

	switch (conversion->letter) {
	case 'd':
	case 'i':
		number = conversion->longs > 1 ? va_arg(*arguments, int64_t)
					       : va_arg(*arguments, int32_t);
		put_number(sink, conversion, number < 0 ? -(uint64_t)number : (uint64_t)number, 10,
			   number < 0 ? '-' : '\0');
		break;
	case 'u':
	case 'x':
	case 'X':
		number = conversion->longs > 1 ? va_arg(*arguments, int64_t)
					       : va_arg(*arguments, uint32_t);
		put_number(sink, conversion, (uint64_t)number, conversion->letter == 'u' ? 10 : 16,
			   '\0');
		break;
	case 'p':
		put_field(sink, conversion, '\0', "0x", 2);
		put_number(sink, conversion, va_arg(*arguments, uint32_t), 16, '\0');
		break;
	case 's':
		put_string(sink, conversion, va_arg(*arguments, const char *));
		break;
	case 'c':
		character = (char)va_arg(*arguments, int);
		put_field(sink, conversion, '\0', &character, 1);
		break;
	default: /* "%%", and what we do not know, which then shows itself */
		put_field(sink, conversion, '\0', &character, character != '\0');
		break;
	}
}

static void format_into(struct sink *sink, const char *format, va_list *arguments)
{
	while (*format != '\0') {
		if (*format == '%') {
			struct conversion conversion;

			format = read_conversion(format + 1, &conversion, arguments);
			put_conversion(sink, &conversion, arguments);
		} else {
			sink_put(sink, *format++);
		}
	}
}

int mach_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
	struct sink sink = {.buffer = buffer, .size = size};
	va_list copy;

	va_copy(copy, arguments);
	format_into(&sink, format, &copy);
	va_end(copy);
	if (size > 0) {
		buffer[sink.used] = '\0';
	}
	return sink.total;
}

int mach_snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	int length = 0;

	va_start(arguments, format);
	length = mach_vsnprintf(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}

static void print_flush(struct sink *sink)
{
	sink->buffer[sink->used] = '\0';
	mach_print(sink->buffer);
	sink->used = 0;
}

int mach_vprintf(const char *format, va_list arguments)
{
	char buffer[256];
	struct sink sink = {.buffer = buffer, .size = sizeof buffer, .flush = print_flush};
	va_list copy;

	va_copy(copy, arguments);
	format_into(&sink, format, &copy);
	va_end(copy);
	print_flush(&sink);
	return sink.total;
}

int mach_printf(const char *format, ...)
{
	va_list arguments;
	int length = 0;

	va_start(arguments, format);
	length = mach_vprintf(format, arguments);
	va_end(arguments);
	return length;
}
