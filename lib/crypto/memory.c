#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* In front of each block, so that its end is known; as large as the strictest alignment. */
struct block {
	_Alignas(16) size_t bytes;
};

void *crypto_memory_get(size_t bytes)
{
	struct block *block = NULL;

	if (bytes <= SIZE_MAX - sizeof *block) {
		block = malloc(sizeof *block + bytes);
	}
	if (block == NULL) {
		return NULL;
	}
	block->bytes = bytes;
	return block + 1;
}

void *crypto_memory_get_zeroed(size_t count, size_t bytes)
{
	size_t total = 0;
	void *memory = NULL;

	if (!__builtin_mul_overflow(count, bytes, &total)) {
		memory = crypto_memory_get(total);
	}
	if (memory != NULL) {
		memset(memory, 0, total);
	}
	return memory;
}

void crypto_memory_release(void *memory)
{
	if (memory != NULL) {
		struct block *block = (struct block *)memory - 1;

		memset(memory, 0, block->bytes);
		/* the compiler knows free: without this it would leave the memset out */
		__asm__ volatile("" : : "r"(memory) : "memory");
		free(block);
	}
}

void *crypto_memory_resize(void *memory, size_t bytes)
{
	void *larger = crypto_memory_get(bytes);

	if (larger != NULL && memory != NULL) {
		size_t old_bytes = ((struct block *)memory - 1)->bytes;

		/* not realloc, which would leave a copy behind */
		memcpy(larger, memory, old_bytes < bytes ? old_bytes : bytes);
		crypto_memory_release(memory);
	}
	return larger;
}

void *crypto_memory_resize_known(void *memory, size_t old_bytes, size_t bytes)
{
	(void)old_bytes;
	return crypto_memory_resize(memory, bytes);
}

void crypto_memory_release_known(void *memory, size_t bytes)
{
	(void)bytes;
	crypto_memory_release(memory);
}
