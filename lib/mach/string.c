/* The few routines of <string.h> and <stdlib.h> that the compiler and programs need. */
#include "libmach.h"

/* The loops must stay loops: a compiler may not turn memset into a call of itself. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	void *start = to;
	size_t words = size / 4;
	size_t rest = size % 4;

	__asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
	return start;
}

void *memmove(void *to, const void *from, size_t size)
{
	char *target = to;
	const char *source = from;

	if (target <= source || target >= source + size) {
		return memcpy(to, from, size);
	}
	while (size-- > 0) {
		target[size] = source[size];
	}
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	void *start = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(byte) : "memory");
	return start;
}

int memcmp(const void *left, const void *right, size_t size)
{
	const unsigned char *l = left;
	const unsigned char *r = right;

	for (size_t i = 0; i < size; i++) {
		if (l[i] != r[i]) {
			return l[i] - r[i];
		}
	}
	return 0;
}

size_t strlen(const char *string)
{
	size_t length = 0;

	while (string[length] != '\0') {
		length++;
	}
	return length;
}

int strcmp(const char *left, const char *right)
{
	return strncmp(left, right, (size_t)-1);
}

int strncmp(const char *left, const char *right, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (left[i] != right[i] || left[i] == '\0') {
			return (unsigned char)left[i] - (unsigned char)right[i];
		}
	}
	return 0;
}

char *strchr(const char *string, int character)
{
	for (;; string++) {
		if (*string == (char)character) {
			return (char *)string;
		}
		if (*string == '\0') {
			return NULL;
		}
	}
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
	size_t i = 0;

	for (; i < size && from[i] != '\0'; i++) {
		to[i] = from[i];
	}
	for (; i < size; i++) {
		to[i] = '\0';
	}
	return to;
}

static int digit_value(char character)
{
	if (character >= '0' && character <= '9') {
		return character - '0';
	}
	if (character >= 'a' && character <= 'z') {
		return character - 'a' + 10;
	}
	if (character >= 'A' && character <= 'Z') {
		return character - 'A' + 10;
	}
	return 36;
}

unsigned long strtoul(const char *string, char **end, int base)
{
	unsigned long value = 0;

	if ((base == 0 || base == 16) && string[0] == '0' && (string[1] | 32) == 'x') {
		string += 2;
		base = 16;
	}
	if (base == 0) {
		base = string[0] == '0' ? 8 : 10;
	}
	while (digit_value(*string) < base) {
		value = value * (unsigned long)base + (unsigned long)digit_value(*string);
		string++;
	}
	if (end != NULL) {
		*end = (char *)string;
	}
	return value;
}
