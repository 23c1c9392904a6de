/* The message that an interrupt becomes (device/notify.defs). */
#pragma once

#include <mach/message.h>
#include <mach/port.h>

typedef struct {
	mach_msg_header_t intr_header;
	mach_msg_type_t intr_type;
	int id;				/* the interrupt line */
} device_intr_notification_t;

#define DEVICE_INTR_NOTIFY 100
