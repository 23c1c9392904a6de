/* INT 10h: text modes 2, 3 and 7, with 80x25 cells. */
#pragma once

void video_interrupt(void);
