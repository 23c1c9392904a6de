/* Bytes and strings. The string instructions are used because they are one instruction a word, also
   as QEMU counts them. The direction flag is clear: every entry into the kernel clears it. */
#include <kern/string.h>

#include <stdint.h>

void *memcpy(void *to, const void *from, size_t bytes)
{
	void *target = to;
	size_t words = bytes >> 2;
	__asm__ volatile("rep movsl" : "+D"(target), "+S"(from), "+c"(words) : : "memory");
	bytes &= 3;
	if (bytes != 0) {
		__asm__ volatile("rep movsb" : "+D"(target), "+S"(from), "+c"(bytes) : : "memory");
	}
	return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
	if ((uintptr_t)to - (uintptr_t)from >= bytes) {
		return memcpy(to, from,
			      bytes); /* ascending copies overwrite nothing not yet read */
	}
	char *target = (char *)to + bytes - 1;
	const char *source = (const char *)from + bytes - 1;
	__asm__ volatile("std; rep movsb; cld"
			 : "+D"(target), "+S"(source), "+c"(bytes)
			 :
			 : "memory");
	return to;
}

void *memset(void *to, int value, size_t bytes)
{
	void *target = to;
	uint32_t word = (uint8_t)value * 0x01010101u;
	size_t words = bytes >> 2;
	__asm__ volatile("rep stosl" : "+D"(target), "+c"(words) : "a"(word) : "memory");
	bytes &= 3;
	if (bytes != 0) {
		__asm__ volatile("rep stosb" : "+D"(target), "+c"(bytes) : "a"(word) : "memory");
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const uint8_t *left = a;
	const uint8_t *right = b;
	for (size_t i = 0; i < bytes; i++) {
		if (left[i] != right[i]) {
			return left[i] < right[i] ? -1 : 1;
		}
	}
	return 0;
}

size_t strlen(const char *text)
{
	const char *end = text;
	while (*end != 0) {
		end++;
	}
	return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t max)
{
	size_t length = 0;
	while (length < max && text[length] != 0) {
		length++;
	}
	return length;
}

int strcmp(const char *a, const char *b)
{
	while (*a != 0 && *a == *b) {
		a++;
		b++;
	}
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (; max > 0; max--, a++, b++) {
		if (*a != *b || *a == 0) {
			return (uint8_t)*a - (uint8_t)*b;
		}
	}
	return 0;
}
