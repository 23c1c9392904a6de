/* Bits of msgh_id's companions in old network servers; the kernel knows none of them. */
#pragma once

#include <mach/message.h>

#define MSG_TYPE_CAMELOT (1 << 6)
#define MSG_TYPE_ENCRYPTED (1 << 7)
#define MSG_TYPE_RPC (1 << 8)
