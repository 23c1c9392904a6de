/* TEST: oracle=no */
/* Pagers that lie and kill: answers with a number where a right belongs, a task that ends while its
   memory is being mapped. */
#include "lib/msg.h"

#define SELF              mach_task_self()
#define PAGE              0x1000u
#define RW                (VM_PROT_READ | VM_PROT_WRITE)
#define PAGER_INIT        2200
#define PAGER_REQUEST     2203
#define DATA_SUPPLY       2093
#define CHANGE_ATTRIBUTES 2095
#define COPY_DELAY        2

static mach_port_t object;
static mach_port_t control;

/* Waits for the kernel's introduction of the object. */
static void take_init(void)
{
	static struct msg msg;

	NEED_KR(msg_receive(&msg, object, 5000));
	CHECK_EQ(msg.head.msgh_id, PAGER_INIT);
	control = msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND);
	NEED_KR(mach_port_deallocate(SELF, msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND)));
	NEED_KR(memory_object_ready(control, FALSE, COPY_DELAY));
}

/* Waits for a request for a page: its offset. */
static vm_offset_t take_request(void)
{
	static struct msg msg;

	NEED_KR(msg_receive(&msg, object, 5000));
	CHECK_EQ(msg.head.msgh_id, PAGER_REQUEST);
	NEED_KR(mach_port_deallocate(SELF, msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND)));
	return msg_item_int(&msg);
}

/* The kernel gives the ports of the object back when it ends; here only the names have to go. */
static void object_end(void)
{
	port_destroy(object);
	NEED_KR(mach_port_destroy(SELF, control));
}

static vm_address_t map_object(void)
{
	vm_address_t address = 0;

	NEED_KR(vm_map(SELF, &address, 8 * PAGE, 0, TRUE, object, 0, FALSE, RW, VM_PROT_ALL,
		       VM_INHERIT_SHARE));
	return address;
}

/* The reply port is declared polymorphic: its type word may say anything. */
static void check_reply_to(void)
{
	static struct msg msg;
	uint32_t flag = FALSE;
	uint32_t number = 0x12345678;
	mach_port_t reply = port_new();
	vm_address_t address = 0;
	vm_address_t page = 0;

	object = port_new_send();
	address = map_object();
	take_init();
	msg_begin(&msg, control, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  CHANGE_ATTRIBUTES);
	msg_add(&msg, MACH_MSG_TYPE_BOOLEAN, 32, 1, &flag);
	msg_add_int(&msg, COPY_DELAY);
	msg_add(&msg, MACH_MSG_TYPE_INTEGER_32, 32, 1, &number);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, reply, 1000), MACH_MSG_SUCCESS);
	CHECK_KR((kern_return_t)msg_item_int(&msg), KERN_INVALID_ARGUMENT);

	NEED_KR(vm_allocate(SELF, &page, PAGE, TRUE));
	msg_begin(&msg, control, MACH_MSG_TYPE_COPY_SEND, reply, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		  DATA_SUPPLY);
	msg_add_int(&msg, 0);
	msg_add_ool_long(&msg, MACH_MSG_TYPE_INTEGER_8, 8, PAGE, (void *)page, FALSE);
	msg_add_int(&msg, VM_PROT_NONE);
	msg_add(&msg, MACH_MSG_TYPE_BOOLEAN, 32, 1, &flag);
	msg_add(&msg, MACH_MSG_TYPE_INTEGER_32, 32, 1, &number);
	CHECK_KR(msg_send(&msg), MACH_MSG_SUCCESS);
	CHECK_KR(msg_receive(&msg, reply, 1000), MACH_MSG_SUCCESS);
	CHECK_KR((kern_return_t)msg_item_int(&msg), KERN_INVALID_ARGUMENT);
	NEED_KR(vm_deallocate(SELF, page, PAGE));
	NEED_KR(vm_deallocate(SELF, address, 8 * PAGE));
	port_destroy(reply);
	object_end();
}

static mach_port_t victim;
static volatile kern_return_t mapped;

/* Maps a copy of the object in the victim by the trap, which must wait for the object's pages. */
static void map_into_victim(void *argument)
{
	vm_address_t address = 0;

	(void)argument;
	mapped = syscall_vm_map(victim, &address, PAGE, 0, TRUE, object, 0, TRUE, RW, VM_PROT_ALL,
				VM_INHERIT_COPY);
}

/* The victim ends while the trap waits, and a new task has its map's place. */
static void check_victim(void)
{
	struct test_thread thread;
	mach_port_t heir = MACH_PORT_NULL;
	vm_address_t page = 0;
	vm_address_t address = 0;
	vm_size_t size = 0;
	vm_prot_t protection = 0;
	vm_prot_t max_protection = 0;
	vm_inherit_t inheritance = 0;
	boolean_t is_shared = FALSE;
	mach_port_t name = MACH_PORT_NULL;
	vm_offset_t offset = 0;

	object = port_new_send();
	mapped = 99;
	NEED_KR(task_create(SELF, FALSE, &victim));
	test_thread_start(&thread, map_into_victim, NULL);
	take_init();
	offset = take_request();
	NEED_KR(task_terminate(victim));
	NEED_KR(task_create(SELF, FALSE, &heir));
	NEED_KR(vm_allocate(SELF, &page, PAGE, TRUE));
	NEED_KR(memory_object_data_supply(control, offset, page, PAGE, TRUE, VM_PROT_NONE, FALSE,
					  MACH_PORT_NULL));
	CHECK(test_thread_join(&thread, 0));
	CHECK(mapped != KERN_SUCCESS);
	CHECK_KR(vm_region(heir, &address, &size, &protection, &max_protection, &inheritance,
			   &is_shared, &name, &offset),
		 KERN_NO_SPACE);
	NEED_KR(task_terminate(heir));
	NEED_KR(mach_port_deallocate(SELF, heir));
	NEED_KR(mach_port_deallocate(SELF, victim));
	object_end();
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "hostile_pager");
	check_victim();
	check_reply_to();
	test_end();
}
