/*
 * QEMU's firmware configuration: its list of files (docs/specs/fw_cfg of QEMU).  Big-endian: u32
 * count, then for each file u32 bytes, u16 selector, u16 reserved, 56 bytes of name with a 0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FW_CFG_SELECT     0x510  /* u16: which item */
#define FW_CFG_DATA       0x511  /* u8: its next byte */
#define FW_CFG_SIGNATURE  0x0000 /* item: "QEMU" */
#define FW_CFG_FILES      0x0019 /* item: the list */
#define FW_CFG_NAME_BYTES 56
#define FW_CFG_FILE_BYTES 64
#define FW_CFG_FILES_MAX  256

struct fw_cfg_file {
	uint16_t selector;
	uint32_t bytes;
};

/* How many files a list has; more than FW_CFG_FILES_MAX are not looked at. */
uint32_t fw_cfg_count(const uint8_t head[4]);

/* Whether this entry of the list is the file of that name, and what it is. */
bool fw_cfg_match(const uint8_t entry[FW_CFG_FILE_BYTES], const char *name,
		  struct fw_cfg_file *file);
