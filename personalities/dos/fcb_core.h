/* File control blocks: parsing names into them (INT 21h, 29h), and the fields they have. */
#pragma once

#include <stdint.h>

#define FCB_DRIVE        0x00 /* 0: the current one, 1: A: */
#define FCB_NAME         0x01
#define FCB_BLOCK        0x0c
#define FCB_RECORD_BYTES 0x0e
#define FCB_SIZE         0x10
#define FCB_DATE         0x14
#define FCB_TIME         0x16
#define FCB_PRIVATE      0x18 /* 8 bytes that are DOS's own while it is open */
#define FCB_RECORD       0x20
#define FCB_RANDOM       0x21
#define FCB_BYTES        0x25
#define FCB_EXTENDED     7 /* bytes that may stand in front: ff, 5 times 0, attribute */

/* fcb_parse's flags, as in AL. */
#define FCB_SKIP_SEPARATORS 0x1
#define FCB_KEEP_DRIVE      0x2 /* if none is named */
#define FCB_KEEP_NAME       0x4
#define FCB_KEEP_EXTENSION  0x8

/*
 * Parses text (it ends with a 0 or CR at the latest, or after "count") into the first 12 bytes of
 * an FCB; "used" is where it stopped.  Returns what AL is to be: 0, 1 (wildcards), ff (no such
 * drive).
 */
uint8_t fcb_parse(uint8_t *fcb, const uint8_t *text, uint32_t count, uint8_t flags, uint8_t drives,
		  uint32_t *used);

/* The sequential position: block * 128 + record; and setting it. */
uint32_t fcb_sequential(const uint8_t *fcb);
void fcb_set_sequential(uint8_t *fcb, uint32_t record);

/* The random record, of 4 bytes if records are shorter than 64 bytes and of 3 otherwise. */
uint32_t fcb_random(const uint8_t *fcb);
void fcb_set_random(uint8_t *fcb, uint32_t record);
