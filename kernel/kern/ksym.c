/* The kernel's own symbols, from tables that the build makes after a first link. */
#include <kern/panic.h>

extern const uint32_t ksym_count;
extern const uint32_t ksym_addresses[];    /* ascending; each reaches to the next */
extern const uint32_t ksym_name_offsets[]; /* into ksym_names */
extern const char ksym_names[];
extern const char kernel_text_end[]
	__attribute__((weak)); /* where the last function ends, if the linker script says */

const char *ksym_lookup(uint32_t address, uint32_t *offset)
{
	uint32_t count = ksym_count;
	if (count == 0 || address < ksym_addresses[0]) {
		return NULL;
	}
	if (kernel_text_end != NULL && address >= (uint32_t)(uintptr_t)kernel_text_end) {
		return NULL;
	}
	uint32_t low = 0; /* ksym_addresses[low] <= address < ksym_addresses[high] */
	uint32_t high = count;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (ksym_addresses[middle] <= address) {
			low = middle;
		} else {
			high = middle;
		}
	}
	*offset = address - ksym_addresses[low];
	return ksym_names + ksym_name_offsets[low];
}
