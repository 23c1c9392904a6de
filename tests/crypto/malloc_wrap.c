/* malloc and free as the linker's --wrap sees them: counted, and refused on demand. */
#include "checks.h"

void *__real_malloc(size_t bytes);
void __real_free(void *memory);
void *__wrap_malloc(size_t bytes);
void __wrap_free(void *memory);

static int in_use;
static unsigned int taken;
static unsigned int left = UINT32_MAX;
static bool watching;
static unsigned int unwiped;

int memory_in_use(void)
{
	return in_use;
}

unsigned int memory_taken(void)
{
	return taken;
}

void memory_fail_after(unsigned int count)
{
	left = count;
}

void memory_watch_wiping(bool watch)
{
	watching = watch;
}

unsigned int memory_unwiped(void)
{
	return unwiped;
}

void *__wrap_malloc(size_t bytes)
{
	void *memory = NULL;

	if (left == 0) {
		return NULL;
	}
	if (left != UINT32_MAX) {
		left--;
	}
	memory = __real_malloc(bytes);
	in_use += memory != NULL;
	taken++;
	return memory;
}

void __wrap_free(void *memory)
{
	/* lib/crypto/memory.c: the size, at a distance of 16 the block */
	if (watching && !is_zero((uint8_t *)memory + 16, *(size_t *)memory)) {
		unwiped++;
	}
	in_use -= memory != NULL;
	__real_free(memory);
}
