/* TEST: oracle=no */
/* What the kernel's stubs check of arrays and strings, and GNU MIG by itself does not. */
#include "lib/msg.h"
#include "lib/mutate.h"
#include <gen/gnumach.h>
#include <mach/mig_errors.h>

MUTATE_INTERFACE(mach);
MUTATE_INTERFACE(mach4);
MUTATE_INTERFACE(gnumach);
MUTATE_INTERFACE(mach_i386);

static struct msg msg;

static mach_msg_id_t id_of(const struct mutate_interface *interface, const char *name)
{
	for (unsigned int i = 0; i < interface->routine_count; i++) {
		if (strcmp(interface->routines[i].name, name) == 0) {
			return interface->routines[i].id;
		}
	}
	test_bail_out("no such routine");
}

static kern_return_t set_name(mach_port_t thread, const char *name, unsigned int bytes)
{
	mach_port_t reply = mach_reply_port();
	kern_return_t code = KERN_FAILURE;

	msg_begin(&msg, thread, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  id_of(&mutate_gnumach, "thread_set_name"));
	msg_add(&msg, MACH_MSG_TYPE_STRING_C, 8, bytes, name);
	NEED_KR(msg_send(&msg));
	NEED_KR(msg_receive(&msg, reply, 10000));
	code = (kern_return_t)msg_item_int(&msg);
	NEED_KR(mach_port_mod_refs(mach_task_self(), reply, MACH_PORT_RIGHT_RECEIVE, -1));
	return code;
}

/* Strings end in their last byte, whatever the sender has there. */
static void check_strings(mach_port_t thread)
{
	char name[64] = "";

	CHECK_KR(set_name(thread, "abcdefgh", 8), KERN_SUCCESS);
	CHECK_KR(thread_get_name(thread, name), KERN_SUCCESS);
	CHECK(strcmp(name, "abcdefg") == 0);
	CHECK_KR(set_name(thread, "", 0), MIG_BAD_ARGUMENTS);
}

int main(int argc, char **argv)
{
	mach_port_t thread = (mach_thread_self)();
	unsigned int arrays = 0;

	test_begin(argc, argv, "kernel_counts");
	arrays = mutate_counts(&(struct mutate){
		.interfaces = {&mutate_mach, &mutate_mach4, &mutate_gnumach, &mutate_mach_i386},
		.targets = {mach_task_self(), thread},
	});
	CHECK(arrays >= 4); /* both names, a thread's state, the LDT */
	check_strings(thread);
	test_end();
}
