/* The first stack of a Unix program, read as a program reads it; and the signals of faults.
   LINK: personalities/unix/server/stack_core.c personalities/unix/server/fault_core.c */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <mach/kern_return.h>

#include "../../personalities/unix/server/fault_core.h"
#include "../../personalities/unix/server/stack_core.h"

#include "tap.h"

#define TOP 0xc0000000u

static char *image;
static uint32_t bottom;

static uint32_t word(uint32_t address)
{
	uint32_t value = 0;

	memcpy(&value, image + (address - bottom), 4);
	return value;
}

static const char *string(uint32_t address)
{
	return image + (address - bottom);
}

/* Reads all as crt0 does; false: something is not where it should be. */
static bool walk(uint32_t esp, const struct stack_contents *contents, uint32_t *auxiliary)
{
	uint32_t at = esp;
	uint32_t count = word(at);
	uint32_t bytes = 0;

	if ((esp & 15) != 0) {
		return false;
	}
	at += 4;
	for (uint32_t i = 0; i < count; i++, at += 4) {
		if (strcmp(string(word(at)), contents->arguments + bytes) != 0) {
			return false;
		}
		bytes += (uint32_t)strlen(contents->arguments + bytes) + 1;
	}
	if (bytes != contents->arguments_bytes || word(at) != 0) {
		return false;
	}
	at += 4;
	for (bytes = 0; word(at) != 0; at += 4) {
		if (strcmp(string(word(at)), contents->environment + bytes) != 0) {
			return false;
		}
		bytes += (uint32_t)strlen(contents->environment + bytes) + 1;
	}
	*auxiliary = at + 4;
	return bytes == contents->environment_bytes;
}

static uint32_t auxiliary_of(uint32_t at, uint32_t type)
{
	while (word(at) != 0 && word(at) != type) {
		at += 8;
	}
	return word(at + 4);
}

static void check_stack(const char *what, const struct stack_contents *contents, uint32_t more)
{
	uint32_t bytes = stack_bytes(contents) + more;
	uint32_t esp = 0, at = 0;

	image = malloc(bytes); /* exactly: the sanitizer sees a byte too far */
	memset(image, 0x55, bytes);
	bottom = TOP - bytes;
	esp = stack_build(contents, image, bytes, TOP);
	CHECK(esp >= bottom && walk(esp, contents, &at), "%s: arguments and environment", what);
	CHECK(auxiliary_of(at, 6) == 4096 && auxiliary_of(at, 9) == contents->entry &&
		      auxiliary_of(at, 3) == contents->headers_address &&
		      auxiliary_of(at, 23) == (contents->uid != contents->euid),
	      "%s: the auxiliary vector", what);
	CHECK(strcmp(string(auxiliary_of(at, 31)), contents->file_name) == 0 &&
		      strcmp(string(auxiliary_of(at, 15)), "i686") == 0 &&
		      memcmp(string(auxiliary_of(at, 25)), contents->random, 16) == 0,
	      "%s: what it points to", what);
	free(image);
}

static void check_faults(void)
{
	static const struct {
		struct fault fault;
		struct fault_signal signal;
	} table[] = {
		{{0, 0, 0, 0x1000}, {8, 1, 0x1000}},
		{{1, 0, 0, 0x1000}, {5, 2, 0x1000}},
		{{3, 0, 0, 0x1000}, {5, 0x80, 0}},
		{{6, 0, 0, 0x1000}, {4, 2, 0x1000}},
		{{12, 0, 0, 0x1000}, {7, 0x80, 0}},
		{{13, 0, 0, 0x1000}, {11, 0x80, 0}},
		{{14, KERN_INVALID_ADDRESS, 0x22, 0x1000}, {11, 1, 0x22}},
		{{14, KERN_PROTECTION_FAILURE, 0x22, 0x1000}, {11, 2, 0x22}},
		{{14, KERN_MEMORY_ERROR, 0x22, 0x1000}, {7, 2, 0x22}},
		{{14, KERN_RESOURCE_SHORTAGE, 0x22, 0x1000}, {0, 0, 0x22}},
		{{16, 0, 0x04, 0x1000}, {8, 3, 0x1000}},
		{{19, 0, 0x1f01 & ~0x80u, 0x1000}, {8, 7, 0x1000}},
		{{19, 0, 0x1d81, 0x1000}, {8, 0, 0x1000}},
		{{99, 0, 0, 0x1000}, {11, 0x80, 0}},
	};

	for (unsigned int i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct fault_signal got = fault_signal_of(&table[i].fault);

		CHECK(got.signal == table[i].signal.signal && got.code == table[i].signal.code &&
			      got.address == table[i].signal.address,
		      "vector %u, code %u: signal %u", table[i].fault.vector, table[i].fault.code,
		      table[i].signal.signal);
	}
}

int main(void)
{
	static char many[60000];
	struct stack_contents contents = {.arguments = "a\0\0two words",
					  .arguments_bytes = 13,
					  .environment = "X=1\0Y=",
					  .environment_bytes = 7,
					  .file_name = "/bin/a",
					  .uid = 1,
					  .entry = 0x08048123,
					  .headers_address = 0x08048034,
					  .random = "0123456789abcde"};

	check_stack("a few", &contents, 0);
	check_stack("with more room", &contents, 4096);
	contents.arguments_bytes = contents.environment_bytes = 0;
	contents.uid = 0;
	contents.file_name = "";
	check_stack("none", &contents, 0);
	for (uint32_t i = 0; i < sizeof many; i++) {
		many[i] = i % 7 == 6 ? '\0' : 'x';
	}
	many[sizeof many - 1] = '\0';
	contents.arguments = contents.environment = many;
	contents.arguments_bytes = contents.environment_bytes = sizeof many;
	check_stack("many", &contents, 0);
	check_faults();
	return tap_done();
}
