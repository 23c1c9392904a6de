/* The two 8259 interrupt controllers: lines 0..15 become vectors 0x20..0x2f. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PIC_VECTOR_BASE 0x20u
#define PIC_LINES       16u

/* Everything masked but the cascade. */
void pic_init(void);
void pic_mask(uint32_t line);
void pic_unmask(uint32_t line);
/* Says that the interrupt on `line` has been taken: the controller may deliver others. */
void pic_end(uint32_t line);
/* Lines 7 and 15 are also raised when an interrupt goes away before it is acknowledged. True: it
   was that, has been dealt with, and is to be ignored. Call before pic_end; cheap for other lines.
 */
bool pic_spurious(uint32_t line);
