/* mach_msg: the trap, made again when it was interrupted. */
#include "libmach.h"

#define LIBRARY_OPTIONS (MACH_SEND_INTERRUPT | MACH_RCV_INTERRUPT)

/* What only a send looks at; a receive that is made again must not send again. */
#define SEND_OPTIONS (MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_SEND_NOTIFY | MACH_SEND_CANCEL)

mach_msg_return_t mach_msg(mach_msg_header_t *msg, mach_msg_option_t option,
			   mach_msg_size_t send_size, mach_msg_size_t rcv_size,
			   mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
			   mach_port_name_t notify)
{
	mach_msg_option_t trap_option = option & ~LIBRARY_OPTIONS;
	mach_msg_return_t result =
		mach_msg_trap(msg, trap_option, send_size, rcv_size, rcv_name, timeout, notify);

	/* An interrupted send left the message with us, so sending it again is safe. */
	while (result == MACH_SEND_INTERRUPTED && !(option & MACH_SEND_INTERRUPT)) {
		result = mach_msg_trap(msg, trap_option, send_size, rcv_size, rcv_name, timeout,
				       notify);
	}
	/* An interrupted receive came after the send: only the receive is made again. */
	while (result == MACH_RCV_INTERRUPTED && !(option & MACH_RCV_INTERRUPT)) {
		result = mach_msg_trap(msg, trap_option & ~SEND_OPTIONS, 0, rcv_size, rcv_name,
				       timeout, notify);
	}
	return result;
}
