/* The program segment prefix: the 256 bytes in front of each program. */
#pragma once

#include <stdint.h>

#define PSP_BYTES       0x100
#define PSP_END         0x02 /* segment behind the program's memory */
#define PSP_INT22       0x0a /* where it goes when it ends; as it was when the program began */
#define PSP_INT23       0x0e
#define PSP_INT24       0x12
#define PSP_PARENT      0x16
#define PSP_HANDLES     0x18 /* the job file table, one byte a handle */
#define PSP_ENVIRONMENT 0x2c
#define PSP_STACK       0x2e /* ss:sp at its last INT 21h */
#define PSP_HANDLES_MAX 0x32
#define PSP_HANDLES_AT  0x34 /* far address of the table */
#define PSP_PREVIOUS    0x38 /* the PSP itself, PSP_BY_PROGRAM: function 26h has made it */
#define PSP_VERSION     0x40
#define PSP_CALL        0x50 /* INT 21h, RETF */
#define PSP_FCB1        0x5c
#define PSP_FCB2        0x6c
#define PSP_TAIL        0x80 /* count, text, CR: the command line; and the first DTA */

#define PSP_INT20           0x20cd /* its first word */
#define PSP_BY_PROGRAM      0x26
#define PSP_TAIL_MAX        126
#define PSP_HANDLES_DEFAULT 20
#define PSP_CLOSED          0xff /* in the job file table */

/* A fresh PSP at "psp" (its own segment is given), without vectors and with all handles closed. */
void psp_make(uint8_t *psp, uint16_t segment, uint16_t parent, uint16_t end, uint16_t environment,
	      uint16_t version);

/* The command line; what is too long is cut. */
void psp_set_tail(uint8_t *psp, const char *text, uint32_t bytes);
