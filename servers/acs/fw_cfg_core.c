/* The list of files. */
#include "fw_cfg_core.h"

static uint32_t get_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

uint32_t fw_cfg_count(const uint8_t head[4])
{
	uint32_t count = get_u32(head);

	return count < FW_CFG_FILES_MAX ? count : FW_CFG_FILES_MAX;
}

bool fw_cfg_match(const uint8_t entry[FW_CFG_FILE_BYTES], const char *name,
		  struct fw_cfg_file *file)
{
	const char *found = (const char *)entry + 8;
	size_t i = 0;

	while (i < FW_CFG_NAME_BYTES && found[i] == name[i] && name[i] != '\0') {
		i++;
	}
	if (i == FW_CFG_NAME_BYTES || found[i] != name[i]) {
		return false;
	}
	*file = (struct fw_cfg_file){.selector = (uint16_t)(entry[4] << 8 | entry[5]),
				     .bytes = get_u32(entry)};
	return true;
}
