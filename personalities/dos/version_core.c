/* See version_core.h. */
#include "version_core.h"

#define MAJOR_LEAST 2 /* DOS 1 has no 30h */
#define MAJOR_MOST  6

/* Machine code that is being read. */
struct code {
	const uint8_t *at;
	uint32_t count;
};

static bool is_version(uint16_t version)
{
	return (version & 0xff) >= MAJOR_LEAST && (version & 0xff) <= MAJOR_MOST &&
	       version >> 8 < 100;
}

bool version_parse(const char *text, uint32_t bytes, uint16_t *version)
{
	uint32_t numbers[2] = {0, 0}, digits[2] = {0, 0}, part = 0;

	for (uint32_t i = 0; i < bytes; i++) {
		if (text[i] == '.' && part == 0) {
			part = 1;
		} else if (text[i] >= '0' && text[i] <= '9' && digits[part] < 2) {
			numbers[part] = numbers[part] * 10 + (uint32_t)(text[i] - '0');
			digits[part]++;
		} else {
			return false;
		}
	}
	/* "3.3" is 3.30, as DOS says it. */
	numbers[1] *= digits[1] == 1 ? 10u : 1u;
	*version = VERSION(numbers[0], numbers[1]);
	return digits[0] > 0 && (part == 0 || digits[1] > 0) && is_version(*version);
}

static bool skip(struct code *code, uint32_t count)
{
	if (count > code->count) {
		return false;
	}
	code->at += count;
	code->count -= count;
	return true;
}

static uint16_t swap(uint16_t word)
{
	return (uint16_t)(word << 8 | word >> 8);
}

/* CMP AX, word: in both of its forms. */
static bool take_compare(struct code *code, uint16_t *value)
{
	if (code->count >= 3 && code->at[0] == 0x3d) {
		*value = (uint16_t)(code->at[1] | code->at[2] << 8);
		return skip(code, 3);
	}
	if (code->count >= 3 && code->at[0] == 0x83 && code->at[1] == 0xf8) {
		*value = (uint16_t)(int8_t)code->at[2];
		return skip(code, 3);
	}
	return false;
}

bool version_after_call(const uint8_t *bytes, uint32_t count, uint16_t *version)
{
	struct code code = {bytes, count};
	uint16_t low = 0, high = 0;
	/* XCHG AH, AL: then versions are in their order as numbers. */
	bool ordered = count >= 2 && bytes[0] == 0x86 && (bytes[1] == 0xc4 || bytes[1] == 0xe0) &&
		       skip(&code, 2);

	if (!take_compare(&code, &low) || code.count < 2) {
		return false;
	}
	if (code.at[0] == 0x74 || code.at[0] == 0x75) { /* JE, JNE */
		*version = ordered ? swap(low) : low;
	} else if (ordered && code.at[0] == 0x72 && skip(&code, 2) && take_compare(&code, &high) &&
		   code.count > 0 && (code.at[0] == 0x76 || code.at[0] == 0x77)) {
		/* JB low, then JBE or JA high. */
		if (low > high || high >= swap(VERSION_OURS)) {
			return false;
		}
		*version = swap(high);
	} else {
		return false;
	}
	return is_version(*version) && *version != VERSION_OURS;
}

bool version_in_image(const uint8_t *image, uint32_t count, uint16_t *version)
{
	static const uint8_t call[] = {0xb4, 0x30, 0xcd, 0x21}; /* MOV AH, 30h; INT 21h */

	for (uint32_t i = 0; i + sizeof call < count; i++) {
		if (image[i] == call[0] && image[i + 1] == call[1] && image[i + 2] == call[2] &&
		    image[i + 3] == call[3] &&
		    version_after_call(image + i + 4, count - i - 4, version)) {
			return true;
		}
	}
	return false;
}
