/* See meet.h. */
#include "meet.h"

static mach_port_t offered;
static mach_msg_type_name_t offered_by;

void meet_offer(mach_port_t port, mach_msg_type_name_t disposition)
{
	offered_by = disposition;
	offered = port;
}

static void meet(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	struct met {
		mig_reply_header_t head;
		mach_msg_type_t type;
		mach_port_t port;
	} *answer = (struct met *)reply;

	(void)request;
	if (offered == MACH_PORT_NULL) {
		answer->head.RetCode = KERN_FAILURE;
		return;
	}
	answer->head.RetCode = KERN_SUCCESS;
	answer->head.Head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	answer->head.Head.msgh_size = sizeof *answer;
	answer->type = (mach_msg_type_t){.msgt_name = offered_by & 0xff,
					 .msgt_size = 32,
					 .msgt_number = 1,
					 .msgt_inline = 1};
	answer->port = offered;
}

mig_routine_t meet_interface(const mach_msg_header_t *request)
{
	return request->msgh_id == MEET ? meet : NULL;
}
