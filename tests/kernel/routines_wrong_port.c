/* TEST: oracle=yes */
/* Routines sent to ports of another kind, or with what they do not know: the words in which they
 * refuse. */
#include "lib/harness.h"
#include <gen/device.h>
#include <gen/gnumach.h>
#include <gen/mach_debug.h>
#include <gen/mach_host.h>

#define SELF         mach_task_self()
#define EML_BAD_TASK 0x8001
#define GSYNC_TIMED  4

static uint32_t word = 7;

static void check_no_task(void)
{
	mach_port_t host = mach_host_self();
	mach_port_t child = MACH_PORT_NULL;
	emulation_vector_t vector = NULL;
	mach_msg_type_number_t count = 0;
	int start = 0;

	CHECK_KR(task_create(host, FALSE, &child), KERN_INVALID_TASK);
	CHECK_KR(task_create(device_master, FALSE, &child), KERN_INVALID_TASK);
	CHECK_KR(task_set_emulation(host, 0, 1), EML_BAD_TASK);
	CHECK_KR(task_get_emulation_vector(host, &start, &vector, &count), EML_BAD_TASK);
	CHECK_KR(task_suspend(host), KERN_INVALID_ARGUMENT);
	CHECK_KR(thread_suspend(SELF), KERN_INVALID_ARGUMENT);
	CHECK_KR(vm_wire_all(host, SELF, VM_WIRE_NONE), KERN_INVALID_HOST);
}

static void check_unknown(void)
{
	vm_address_t address = 0;
	unsigned int type = 0;
	integer_t info[64];
	mach_msg_type_number_t count = 64;
	mach_port_t host = MACH_PORT_NULL;
	mach_port_t *processors = NULL;
	mach_msg_type_number_t processor_count = 0;

	CHECK_KR(mach_port_kernel_object(SELF, 0x7fff0000, &type, &address), KERN_INVALID_NAME);
	CHECK_KR(vm_allocate(SELF, &address, 0xffffffff, TRUE), KERN_INVALID_ARGUMENT);
	NEED_KR(host_processors(host_priv, &processors, &processor_count));
	CHECK_KR(processor_info(processors[0], 99, &host, info, &count), KERN_FAILURE);
	NEED_KR(mach_port_deallocate(SELF, processors[0]));
	NEED_KR(vm_deallocate(SELF, (vm_address_t)processors, 0x1000));
}

/* The list of flavours is a flavour. */
static void check_flavors(void)
{
	static natural_t flavors[THREAD_STATE_MAX];
	mach_msg_type_number_t count = THREAD_STATE_MAX;
	mach_port_t thread = MACH_PORT_NULL;
	boolean_t found = FALSE;

	NEED_KR(thread_create(SELF, &thread));
	CHECK_KR(thread_get_state(thread, THREAD_STATE_FLAVOR_LIST, flavors, &count), KERN_SUCCESS);
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		found |= flavors[i] == i386_THREAD_STATE;
	}
	CHECK(found);
	NEED_KR(thread_terminate(thread));
	NEED_KR(mach_port_deallocate(SELF, thread));
}

static mach_port_type_t type_of(mach_port_t name)
{
	mach_port_type_t type = 0;

	(void)mach_port_type(SELF, name, &type);
	return type;
}

/* Opened twice it is closed at the second device_close, and its port dies. */
static void check_close(void)
{
	mach_port_t device = MACH_PORT_NULL;
	mach_port_t again = MACH_PORT_NULL;

	NEED_KR(device_open(device_master, D_READ, "time", &device));
	NEED_KR(device_open(device_master, D_READ, "time", &again));
	CHECK_EQ(again, device);
	CHECK_KR(device_close(device), D_SUCCESS);
	CHECK_EQ(type_of(device), MACH_PORT_TYPE_SEND);
	CHECK_KR(device_close(device), D_SUCCESS);
	CHECK_EQ(type_of(device), MACH_PORT_TYPE_DEAD_NAME);
	CHECK_KR(device_close(device), MACH_SEND_INVALID_DEST);
	NEED_KR(mach_port_mod_refs(SELF, device, MACH_PORT_RIGHT_DEAD_NAME, -2));
}

/* A word of another task, which has a copy of it. */
static void check_foreign_word(void)
{
	mach_port_t child = MACH_PORT_NULL;

	NEED_KR(task_create(SELF, TRUE, &child));
	word = 8;
	CHECK_KR(gsync_wait(child, (vm_address_t)&word, 8, 0, 0, 0), KERN_INVALID_ARGUMENT);
	CHECK_KR(gsync_wait(child, (vm_address_t)&word, 7, 0, 20, GSYNC_TIMED), KERN_TIMEDOUT);
	CHECK_KR(gsync_wait(child, 0x10, 0, 0, 20, GSYNC_TIMED), KERN_INVALID_ADDRESS);
	NEED_KR(task_terminate(child));
	NEED_KR(mach_port_deallocate(SELF, child));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "routines_wrong_port");
	check_no_task();
	check_unknown();
	check_flavors();
	check_close();
	check_foreign_word();
	test_end();
}
