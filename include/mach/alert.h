/* Reasons for which a thread's wait is broken off. */
#pragma once

#define ALERT_BITS 32

#define ALERT_ABORT_STRONG 0x00000001
#define ALERT_ABORT_SAFE 0x00000002

#define ALERT_USER 0xffff0000	/* for the user's own purposes */
