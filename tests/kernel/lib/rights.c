/* What tests ask about rights, in few words. */
#include "msg.h"

mach_port_t port_new(void)
{
	mach_port_t port = MACH_PORT_NULL;

	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port));
	return port;
}

mach_port_t port_new_send(void)
{
	mach_port_t port = port_new();

	NEED_KR(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND));
	return port;
}

mach_port_t set_new(void)
{
	mach_port_t set = MACH_PORT_NULL;

	NEED_KR(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set));
	return set;
}

mach_port_t port_make_send_once(mach_port_t port)
{
	mach_port_t right = MACH_PORT_NULL;
	mach_msg_type_name_t type = 0;

	NEED_KR(mach_port_extract_right(mach_task_self(), port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
					&right, &type));
	return right;
}

mach_port_type_t port_type(mach_port_t name)
{
	mach_port_type_t type = 0;

	if (mach_port_type(mach_task_self(), name, &type) != KERN_SUCCESS) {
		return 0;
	}
	return type;
}

int port_refs(mach_port_t name, mach_port_right_t right)
{
	mach_port_urefs_t refs = 0;

	if (mach_port_get_refs(mach_task_self(), name, right, &refs) != KERN_SUCCESS) {
		return -1;
	}
	return (int)refs;
}

mach_port_status_t port_status(mach_port_t name)
{
	mach_port_status_t status;

	if (mach_port_get_receive_status(mach_task_self(), name, &status) != KERN_SUCCESS) {
		memset(&status, 0xff, sizeof status);
	}
	return status;
}

void port_destroy(mach_port_t name)
{
	NEED_KR(mach_port_destroy(mach_task_self(), name));
}

mach_port_t port_unused_name(void)
{
	mach_port_t name = 5000;

	while (port_type(name) != 0) {
		name++;
	}
	return name;
}

mach_port_t port_new_dead(void)
{
	mach_port_t port = port_new_send();

	NEED_KR(mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1));
	return port;
}
