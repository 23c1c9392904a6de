/* Reading it: 16 bits to FW_CFG_SELECT choose an item, then FW_CFG_DATA gives its bytes in turn. */
#include <string.h>

#include "fw_cfg.h"
#include "fw_cfg_core.h"

static void select_item(uint16_t item)
{
	__asm__ volatile("outw %0, %1" : : "a"(item), "Nd"((uint16_t)FW_CFG_SELECT));
}

static void read_bytes(void *content, size_t count)
{
	__asm__ volatile("cld; rep insb"
			 : "+D"(content), "+c"(count)
			 : "d"((uint16_t)FW_CFG_DATA)
			 : "memory", "cc");
}

int fw_cfg_present(void)
{
	char signature[4];

	select_item(FW_CFG_SIGNATURE);
	read_bytes(signature, sizeof signature);
	return memcmp(signature, "QEMU", sizeof signature) == 0;
}

long fw_cfg_read(const char *name, void *content, size_t max)
{
	uint8_t entry[FW_CFG_FILE_BYTES];
	struct fw_cfg_file file;
	uint32_t count = 0;

	select_item(FW_CFG_FILES);
	read_bytes(entry, 4);
	count = fw_cfg_count(entry);
	for (uint32_t i = 0; i < count; i++) {
		read_bytes(entry, sizeof entry);
		if (fw_cfg_match(entry, name, &file)) {
			if (file.bytes > max) {
				return -2;
			}
			select_item(file.selector);
			read_bytes(content, file.bytes);
			return (long)file.bytes;
		}
	}
	return -1;
}
