/* Names of servers and nodes. */
#include "name_core.h"

static bool is_name_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '.' ||
	       byte == '_' || byte == '-';
}

bool name_check(const char *bytes, size_t count)
{
	if (count == 0 || count >= ACS_NAME_BYTES) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (!is_name_byte(bytes[i])) {
			return false;
		}
	}
	return true;
}

/* How many bytes come before the first "end" or 0; ACS_NAME_BYTES: neither is there. */
static size_t count_until(const char *text, size_t size, char end)
{
	size_t count = 0;

	while (count < size && text[count] != '\0' && text[count] != end) {
		count++;
	}
	return count;
}

void name_copy(char field[ACS_NAME_BYTES], const char *bytes, size_t count)
{
	for (size_t i = 0; i < ACS_NAME_BYTES; i++) {
		field[i] = i < count ? bytes[i] : '\0';
	}
	field[ACS_NAME_BYTES - 1] = '\0';
}

bool name_parse(const char *text, struct server_name *parsed)
{
	size_t length = count_until(text, ACS_NAME_BYTES, '\0');
	size_t first = count_until(text, ACS_NAME_BYTES, '@');

	name_copy(parsed->name, text, 0);
	name_copy(parsed->node, text, 0);
	if (length == ACS_NAME_BYTES || !name_check(text, first)) {
		return false;
	}
	if (first < length) {
		if (!name_check(text + first + 1, length - first - 1)) {
			return false;
		}
		name_copy(parsed->node, text + first + 1, length - first - 1);
	}
	name_copy(parsed->name, text, first);
	return true;
}

int name_compare(const char left[ACS_NAME_BYTES], const char right[ACS_NAME_BYTES])
{
	return __builtin_memcmp(left, right, ACS_NAME_BYTES);
}

bool name_equal(const char left[ACS_NAME_BYTES], const char right[ACS_NAME_BYTES])
{
	return name_compare(left, right) == 0;
}
