/* See psp_core.h. */
#include "psp_core.h"

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put_far(uint8_t *at, uint16_t segment, uint16_t offset)
{
	put16(at, offset);
	put16(at + 2, segment);
}

/* An FCB without a name. */
static void empty_fcb(uint8_t *fcb)
{
	for (int i = 1; i < 12; i++) {
		fcb[i] = ' ';
	}
}

void psp_make(uint8_t *psp, uint16_t segment, uint16_t parent, uint16_t end, uint16_t environment,
	      uint16_t version)
{
	for (int i = 0; i < PSP_BYTES; i++) {
		psp[i] = 0;
	}
	put16(psp, PSP_INT20);
	put16(psp + PSP_END, end);
	/* CALL FAR to 0:c0, written so that the word at 6 looks like CP/M's size of the segment. */
	psp[5] = 0x9a;
	put_far(psp + 6, 0xf01d, 0xfef0);
	put16(psp + PSP_PARENT, parent);
	for (int i = 0; i < PSP_HANDLES_DEFAULT; i++) {
		psp[PSP_HANDLES + i] = PSP_CLOSED;
	}
	put16(psp + PSP_ENVIRONMENT, environment);
	put16(psp + PSP_HANDLES_MAX, PSP_HANDLES_DEFAULT);
	put_far(psp + PSP_HANDLES_AT, segment, PSP_HANDLES);
	put_far(psp + PSP_PREVIOUS, 0xffff, 0xffff);
	put16(psp + PSP_VERSION, version);
	put16(psp + PSP_CALL, 0x21cd);
	psp[PSP_CALL + 2] = 0xcb;
	empty_fcb(psp + PSP_FCB1);
	empty_fcb(psp + PSP_FCB2);
	psp_set_tail(psp, "", 0);
}

void psp_set_tail(uint8_t *psp, const char *text, uint32_t bytes)
{
	bytes = bytes < PSP_TAIL_MAX ? bytes : PSP_TAIL_MAX;
	psp[PSP_TAIL] = (uint8_t)bytes;
	for (uint32_t i = 0; i < bytes; i++) {
		psp[PSP_TAIL + 1 + i] = (uint8_t)text[i];
	}
	psp[PSP_TAIL + 1 + bytes] = '\r';
}
