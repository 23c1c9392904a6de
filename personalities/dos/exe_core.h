/* Program files: COM, and EXE with the MZ header (relocation, least and most memory). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define EXE_HEADER_BYTES   28
#define EXE_PSP_PARAGRAPHS 0x10

struct exe_header {
	bool is_exe;           /* false: a COM file; the rest is 0, but for image_bytes */
	uint32_t image_offset; /* of the load image in the file */
	uint32_t image_bytes;
	uint32_t relocation_offset;
	uint16_t relocations;
	uint16_t least; /* paragraphs beyond the image */
	uint16_t most;
	uint16_t ss, sp, cs, ip; /* segments relative to the image */
};

/* Reads the beginning of a file; false: an EXE file that is none (DOS error 11). */
bool exe_parse(struct exe_header *header, const uint8_t *bytes, uint32_t count,
	       uint32_t file_bytes);

/*
 * How many paragraphs a program gets, its PSP included, if the largest free block has "largest";
 * 0: that is too few.  "high": its image is to be placed at the upper end (least and most are 0).
 */
uint16_t exe_paragraphs(const struct exe_header *header, uint16_t largest, bool *high);

/*
 * Applies one entry of the relocation table (offset, segment) to an image that lies at "base"
 * (image_bytes long): adds "factor".  false: it lies outside.
 */
bool exe_relocate(uint8_t *base, uint32_t image_bytes, uint16_t offset, uint16_t segment,
		  uint16_t factor);
