/* Flags of gsync_wait, gsync_wake and gsync_requeue (mach/gnumach.defs). */
#pragma once

#define GSYNC_SHARED 0x01	/* the word is memory shared with other tasks */
#define GSYNC_QUAD 0x02		/* wait: compare two words */
#define GSYNC_TIMED 0x04	/* wait: msec counts */
#define GSYNC_BROADCAST 0x08	/* wake: all waiters */
#define GSYNC_MUTATE 0x10	/* wake: store the value first */
