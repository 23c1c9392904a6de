/* TEST: oracle=no */
/* Segment registers over switches that happen where nobody expects them: in a fault of the kernel's
   own, at a thread's end, and with descriptors that go away meanwhile. */
#include "lib/msg.h"
#include <gen/mach_i386.h>

#define SELF          mach_task_self()
#define PAGE          0x1000u
#define RW            (VM_PROT_READ | VM_PROT_WRITE)
#define PAGER_INIT    2200
#define PAGER_REQUEST 2203
#define USER_GDT      0x4b
#define LINUX_DS      0x7b

static mach_port_t object;
static mach_port_t control;
static volatile mach_port_t sender;
static volatile uint32_t requests;
static volatile uint32_t counter;
static volatile boolean_t stop;
static volatile mach_msg_return_t sent;

/* Flat, ring 3: type 0x2 writable data, 0xa readable code. */
static struct descriptor flat_segment(uint32_t type)
{
	return (struct descriptor){.low_word = 0xffff, .high_word = 0x00cff000 | type << 8};
}

static void set_gdt(mach_port_t thread, struct descriptor descriptor)
{
	int selector = USER_GDT;

	NEED_KR(i386_set_gdt(thread, &selector, descriptor));
}

/* Takes the sender's descriptor away before it gets its page. */
static void answer(vm_offset_t offset, vm_size_t size)
{
	struct descriptor none = {0, 0};

	set_gdt(sender, none);
	NEED_KR(memory_object_data_unavailable(control, offset, size));
	requests++;
}

static void serve(void *argument)
{
	static struct msg msg;
	vm_offset_t offset = 0;

	(void)argument;
	while (msg_receive(&msg, object, 60000) == MACH_MSG_SUCCESS) {
		switch (msg.head.msgh_id) {
		case PAGER_INIT:
			control = msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND);
			(void)mach_port_deallocate(SELF,
						   msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND));
			NEED_KR(memory_object_ready(control, FALSE, 0));
			break;
		case PAGER_REQUEST:
			(void)mach_port_deallocate(SELF,
						   msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND));
			offset = msg_item_int(&msg);
			answer(offset, msg_item_int(&msg));
			break;
		default:
			break;
		}
	}
}

/* Lets the kernel fault on the pager's page while gs holds a segment of our own. */
static void send_from(void *argument)
{
	mach_port_t self = (mach_thread_self)();

	sender = self;
	set_gdt(self, flat_segment(0x2));
	__asm__ volatile("movl %0, %%gs" : : "r"(USER_GDT));
	sent = mach_msg(argument, MACH_SEND_MSG, sizeof(mach_msg_header_t), 0, MACH_PORT_NULL, 0,
			MACH_PORT_NULL);
	__asm__ volatile("movl %0, %%gs" : : "r"(0));
}

static void check_kernel_fault(void)
{
	struct test_thread server;
	struct test_thread thread;
	vm_address_t address = 0;

	object = port_new_send();
	test_thread_start(&server, serve, NULL);
	CHECK_KR(vm_map(SELF, &address, PAGE, 0, TRUE, object, 0, FALSE, RW, VM_PROT_ALL,
			VM_INHERIT_SHARE),
		 KERN_SUCCESS);
	test_thread_start(&thread, send_from, (void *)address);
	CHECK(test_thread_join(&thread, 10000));
	CHECK_EQ(requests, 1);
	CHECK_KR(sent, MACH_SEND_INVALID_HEADER); /* all zero */
	NEED_KR(mach_port_deallocate(SELF, sender));
	test_thread_kill(&server);
	port_destroy(object);
	NEED_KR(vm_deallocate(SELF, address, PAGE));
	if (port_type(control) != 0) {
		port_destroy(control);
	}
}

static void load_data_segments(uint32_t selector)
{
	__asm__ volatile("movl %0, %%ds\n movl %0, %%es" : : "r"(selector) : "memory");
}

static void count_in_linux_segments(void *argument)
{
	(void)argument;
	load_data_segments(LINUX_DS);
	while (!stop) {
		counter++;
	}
	load_data_segments(0x1f);
}

static void end_in_linux_segments(void *argument)
{
	mach_port_t self = (mach_thread_self)();

	(void)argument;
	NEED_KR(mach_port_deallocate(SELF, self)); /* test_thread has a right of the same name */
	load_data_segments(LINUX_DS);
	(void)thread_terminate(self);
}

/* Each end hands the processor to a thread with the same segment registers. */
static void check_end(void)
{
	struct test_thread counting;
	struct test_thread ending;

	test_thread_start(&counting, count_in_linux_segments, NULL);
	for (int i = 0; i < 5; i++) {
		test_thread_start(&ending, end_in_linux_segments, NULL);
		test_sleep_ms(300);
		test_thread_kill(&ending);
	}
	uint32_t before = counter;

	test_sleep_ms(50);
	CHECK(counter != before);
	stop = TRUE;
	CHECK(test_thread_join(&counting, 10000));
}

static void count(void *argument)
{
	(void)argument;
	for (;;) {
		counter++;
	}
}

static void get_state(mach_port_t thread, struct i386_thread_state *state)
{
	mach_msg_type_number_t words = i386_THREAD_STATE_COUNT;

	NEED_KR(thread_get_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)state, &words));
}

/* A thread whose cs (or ss) names a descriptor that goes away: an exception of its own, and the
 * machine goes on. */
static void check_return(boolean_t code)
{
	struct test_thread thread;
	struct test_exception message;
	struct i386_thread_state state;
	struct descriptor none = {0, 0};
	mach_port_t port = port_new_send();

	test_thread_create(&thread, count, NULL);
	NEED_KR(thread_set_special_port(thread.port, THREAD_EXCEPTION_PORT, port));
	set_gdt(thread.port, flat_segment(code ? 0xa : 0x2));
	get_state(thread.port, &state);
	if (code) {
		state.cs = USER_GDT;
	} else {
		state.ss = USER_GDT;
	}
	CHECK_KR(thread_set_state(thread.port, i386_REGS_SEGS_STATE, (thread_state_t)&state,
				  i386_THREAD_STATE_COUNT),
		 KERN_SUCCESS);
	uint32_t before = counter;

	NEED_KR(thread_resume(thread.port));
	CHECK(TEST_WAIT_UNTIL(counter != before));
	NEED_KR(thread_suspend(thread.port));
	get_state(thread.port, &state);
	CHECK_EQ(code ? state.cs : state.ss, USER_GDT);
	set_gdt(thread.port, none);
	NEED_KR(thread_resume(thread.port));
	CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
	CHECK_EQ(message.exception, EXC_BAD_INSTRUCTION);
	CHECK_EQ(message.subcode, USER_GDT & ~3);
	get_state(thread.port, &state);
	/* Not put right: the same again. */
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK_KR(test_exception_receive(port, &message, 5000), MACH_MSG_SUCCESS);
	state.cs = 0x17;
	state.ss = 0x1f;
	CHECK_KR(thread_set_state(thread.port, i386_REGS_SEGS_STATE, (thread_state_t)&state,
				  i386_THREAD_STATE_COUNT),
		 KERN_SUCCESS);
	before = counter;
	CHECK_KR(test_exception_reply(&message, KERN_SUCCESS), MACH_MSG_SUCCESS);
	CHECK(TEST_WAIT_UNTIL(counter != before));
	test_thread_kill(&thread);
	port_destroy(port);
}

/* Interrupts come while ss is 16 bits wide and a page long: the kernel has a stack of its own. */
static void check_small_stack(void)
{
	struct test_thread thread;
	struct i386_thread_state state;
	struct descriptor small = {0x0fff, 0x0000f200};

	test_thread_create(&thread, count, NULL);
	set_gdt(thread.port, small);
	get_state(thread.port, &state);
	state.ss = USER_GDT;
	state.uesp = 0xfff0;
	state.eip = (uint32_t)count;
	NEED_KR(thread_set_state(thread.port, i386_REGS_SEGS_STATE, (thread_state_t)&state,
				 i386_THREAD_STATE_COUNT));
	NEED_KR(thread_resume(thread.port));
	test_sleep_ms(200);
	test_thread_kill(&thread);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "switch_segments");
	check_kernel_fault();
	check_end();
	check_return(TRUE);
	check_return(FALSE);
	check_small_stack();
	test_end();
}
