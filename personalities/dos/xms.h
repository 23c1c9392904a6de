/* Extended memory: XMS 3.0 with the high memory area, and INT 15h, 87h. */
#pragma once

/* INT 2Fh, 43xx. */
void xms_multiplex(void);

/* The far call that 4310h leads to. */
void xms_call(void);

/* INT 15h, 87h: moves words between physical addresses. */
void xms_move_physical(void);
