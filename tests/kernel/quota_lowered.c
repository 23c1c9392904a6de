/* TEST: oracle=no */
/* A task whose quota is lowered below what it uses goes on with what it has: memory that it sends
 * away moves. */
#include "lib/msg.h"
#include <gen/masix_host.h>

#define SELF      mach_task_self()
#define PAGE      0x1000u
#define PAGES     8u
#define UNLIMITED 0xffffffffu

int main(int argc, char **argv)
{
	static struct msg msg;
	struct msg_item item;
	vm_address_t memory = 0;
	mach_port_t port = MACH_PORT_NULL;

	test_begin(argc, argv, "quota_lowered");
	port = port_new_send();
	NEED_KR(vm_allocate(SELF, &memory, PAGES * PAGE, TRUE));
	memset((void *)memory, 7, PAGES * PAGE);
	CHECK_KR(masix_task_set_page_quota(host_priv, SELF, 1), KERN_SUCCESS);
	msg_begin(&msg, port, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0, 100);
	msg_add_ool(&msg, MACH_MSG_TYPE_BYTE, 8, 0, NULL, FALSE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 1000), MACH_MSG_SUCCESS);
	msg_begin(&msg, port, MACH_MSG_TYPE_MAKE_SEND, MACH_PORT_NULL, 0, 100);
	msg_add_ool_long(&msg, MACH_MSG_TYPE_BYTE, 8, PAGES * PAGE, (void *)memory, TRUE);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(masix_task_set_page_quota(host_priv, SELF, UNLIMITED), KERN_SUCCESS);
	CHECK_KR(msg_receive(&msg, port, 1000), MACH_MSG_SUCCESS);
	CHECK(msg_item(&msg, &item));
	CHECK_EQ(item.number, PAGES * PAGE);
	CHECK_EQ(*(const uint32_t *)item.data, 0x07070707);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)item.data, PAGES * PAGE));
	port_destroy(port);
	test_end();
}
