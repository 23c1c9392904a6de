/* See exe_core.h. */
#include "exe_core.h"

#define PAGE_BYTES 512u

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

bool exe_parse(struct exe_header *header, const uint8_t *bytes, uint32_t count, uint32_t file_bytes)
{
	uint32_t total = 0;

	*header = (struct exe_header){.image_bytes = file_bytes};
	if (count < 2 ||
	    !((bytes[0] == 'M' && bytes[1] == 'Z') || (bytes[0] == 'Z' && bytes[1] == 'M'))) {
		return true;
	}
	if (count < EXE_HEADER_BYTES) {
		return false;
	}
	/* The last page's bytes; 0 and (by old linkers) 4 mean a full one. */
	total = get16(bytes + 4) * PAGE_BYTES;
	if (get16(bytes + 2) != 0 && get16(bytes + 2) != 4 && get16(bytes + 2) < PAGE_BYTES &&
	    total >= PAGE_BYTES) {
		total -= PAGE_BYTES - get16(bytes + 2);
	}
	total = total < file_bytes ? total : file_bytes;
	*header = (struct exe_header){
		.is_exe = true,
		.image_offset = get16(bytes + 8) * 16u,
		.relocations = get16(bytes + 6),
		.relocation_offset = get16(bytes + 24),
		.least = get16(bytes + 10),
		.most = get16(bytes + 12),
		.ss = get16(bytes + 14),
		.sp = get16(bytes + 16),
		.ip = get16(bytes + 20),
		.cs = get16(bytes + 22),
	};
	if (total < header->image_offset) {
		return false;
	}
	header->image_bytes = total - header->image_offset;
	return true;
}

uint16_t exe_paragraphs(const struct exe_header *header, uint16_t largest, bool *high)
{
	uint32_t image = EXE_PSP_PARAGRAPHS + (header->image_bytes + 15) / 16;
	uint32_t least = image + header->least, most = image + header->most;

	*high = false;
	if (!header->is_exe) {
		/* All there is; and a word of stack at least. */
		return header->image_bytes <= 0xff00 - 2u && image + 1 <= largest ? largest : 0;
	}
	if (header->least == 0 && header->most == 0) {
		*high = true;
		most = 0x10000;
	}
	if (least > largest) {
		return 0;
	}
	if (most < least) {
		most = least;
	}
	return (uint16_t)(most < largest ? most : largest);
}

bool exe_relocate(uint8_t *base, uint32_t image_bytes, uint16_t offset, uint16_t segment,
		  uint16_t factor)
{
	uint32_t place = segment * 16u + offset;
	uint16_t value = 0;

	if (place + 2 > image_bytes) {
		return false;
	}
	value = (uint16_t)(get16(base + place) + factor);
	base[place] = (uint8_t)value;
	base[place + 1] = (uint8_t)(value >> 8);
	return true;
}
