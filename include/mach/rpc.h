/* A right together with what is to become of it in a message. */
#pragma once

#include <mach/kern_return.h>
#include <mach/message.h>

struct rpc_port_desc {
	mach_port_t name;
	mach_msg_type_name_t msgt_name;
};
