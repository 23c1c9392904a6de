/* Notifications: their ids and layouts (manual, "Request Notifications"). */
#pragma once

#include <mach/message.h>
#include <mach/port.h>

#define MACH_NOTIFY_FIRST 0100
#define MACH_NOTIFY_PORT_DELETED (MACH_NOTIFY_FIRST + 001)	/* instead of a dead name */
#define MACH_NOTIFY_MSG_ACCEPTED (MACH_NOTIFY_FIRST + 002)	/* a forced message was queued */
#define MACH_NOTIFY_PORT_DESTROYED (MACH_NOTIFY_FIRST + 005)	/* gives the receive right back */
#define MACH_NOTIFY_NO_SENDERS (MACH_NOTIFY_FIRST + 006)
#define MACH_NOTIFY_SEND_ONCE (MACH_NOTIFY_FIRST + 007)	/* a send-once right died unused */
#define MACH_NOTIFY_DEAD_NAME (MACH_NOTIFY_FIRST + 010)
#define MACH_NOTIFY_LAST (MACH_NOTIFY_FIRST + 015)

typedef struct {
	mach_msg_header_t not_header;
	mach_msg_type_t not_type;
	mach_port_t not_port;		/* MACH_MSG_TYPE_PORT_NAME */
} mach_port_deleted_notification_t;

typedef struct {
	mach_msg_header_t not_header;
	mach_msg_type_t not_type;
	mach_port_t not_port;		/* MACH_MSG_TYPE_PORT_NAME */
} mach_msg_accepted_notification_t;

typedef struct {
	mach_msg_header_t not_header;
	mach_msg_type_t not_type;
	mach_port_t not_port;		/* MACH_MSG_TYPE_PORT_RECEIVE */
} mach_port_destroyed_notification_t;

typedef struct {
	mach_msg_header_t not_header;
	mach_msg_type_t not_type;
	unsigned int not_count;		/* the make-send count */
} mach_no_senders_notification_t;

typedef struct {
	mach_msg_header_t not_header;
} mach_send_once_notification_t;

typedef struct {
	mach_msg_header_t not_header;
	mach_msg_type_t not_type;
	mach_port_t not_port;		/* MACH_MSG_TYPE_PORT_NAME */
} mach_dead_name_notification_t;
