#include "checks.h"

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9') {
		return digit - '0';
	}
	return digit - 'a' + 10;
}

void hex_bytes(const char *text, uint8_t *out, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		out[i] = (uint8_t)(digit_value(text[2 * i]) * 16 + digit_value(text[2 * i + 1]));
	}
}

bool is_hex(const uint8_t *data, const char *text)
{
	for (size_t i = 0; text[2 * i] != '\0'; i++) {
		uint8_t byte = 0;

		hex_bytes(text + 2 * i, &byte, 1);
		if (byte != data[i]) {
			return false;
		}
	}
	return true;
}

bool is_zero(const void *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (((const uint8_t *)data)[i] != 0) {
			return false;
		}
	}
	return true;
}

static enum crypto_error read_test_source(void *context, uint8_t *out, size_t bytes)
{
	struct test_source *source = context;
	uint32_t state = source->state;

	source->reads++;
	for (size_t i = 0; i < bytes; i++) {
		state = state * 1664525 + 1013904223;
		out[i] = source->stuck ? (uint8_t)source->reads : (uint8_t)(state >> 24);
	}
	if (!source->repeats) {
		source->state = state;
	}
	return source->fails ? CRYPTO_ERROR_ENTROPY : CRYPTO_OK;
}

struct crypto_source test_source_of(struct test_source *source)
{
	return (struct crypto_source){.read = read_test_source, .context = source};
}

struct crypto_random *test_random(void)
{
	static struct test_source source = {.state = 20260101};
	static struct crypto_random random;
	static bool begun;

	if (!begun) {
		struct crypto_source interface = test_source_of(&source);

		begun = crypto_start_random(&random, &interface) == CRYPTO_OK;
	}
	return &random;
}
