/* TEST: oracle=no */
/*
 * Virtual-8086 mode in memory that a pager has: the program's accesses and those that the kernel
 * makes for it wait for the page; what is done to the thread meanwhile stands.
 */
#include "lib/msg.h"
#include "lib/v86.h"

#define SELF            mach_task_self()
#define PAGE            0x1000u
#define PAGER_INIT      2200
#define PAGER_TERMINATE 2201
#define PAGER_REQUEST   2203
#define COPY_DELAY      2

#define WINDOW         0x80000u
#define WINDOW_BYTES   (8 * PAGE)
#define WINDOW_SEGMENT 0x8000u
#define PAGE_CODE      1u /* HLT throughout */
#define PAGE_SILENT    4u /* never answered */

static mach_port_t object;
static mach_port_t control;
static volatile uint32_t requests;
static volatile int terminated;
static struct masix_v86_block block;

static void answer(vm_offset_t offset)
{
	vm_address_t page = 0;

	requests++;
	if (offset / PAGE == PAGE_SILENT) {
		return;
	}
	NEED_KR(vm_allocate(SELF, &page, PAGE, TRUE));
	memset((void *)page, offset / PAGE == PAGE_CODE ? 0xf4 : 0x5a, PAGE);
	NEED_KR(memory_object_data_supply(control, offset, page, PAGE, TRUE, VM_PROT_NONE, FALSE,
					  MACH_PORT_NULL));
}

static void serve(void *argument)
{
	static struct msg msg;

	(void)argument;
	while (!terminated && msg_receive(&msg, object, 60000) == MACH_MSG_SUCCESS) {
		switch (msg.head.msgh_id) {
		case PAGER_INIT:
			control = msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND);
			(void)mach_port_deallocate(SELF,
						   msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND));
			NEED_KR(memory_object_ready(control, FALSE, COPY_DELAY));
			break;
		case PAGER_REQUEST:
			(void)mach_port_deallocate(SELF,
						   msg_item_port(&msg, MACH_MSG_TYPE_PORT_SEND));
			answer(msg_item_int(&msg));
			break;
		case PAGER_TERMINATE:
			(void)mach_port_destroy(SELF,
						msg_item_port(&msg, MACH_MSG_TYPE_PORT_RECEIVE));
			(void)mach_port_destroy(SELF,
						msg_item_port(&msg, MACH_MSG_TYPE_PORT_RECEIVE));
			terminated = 1;
			break;
		default:
			break;
		}
	}
}

/* pushf at V86_CODE_SEGMENT:0, then HLT. */
static void program_write(void)
{
	static const uint8_t code[] = {0x9c, 0xf4};

	v86_copy(V86_CODE_SEGMENT, 0, code, sizeof code);
	v86_block_init(&block);
}

static void checks(void *argument)
{
	(void)argument;
	test_group_begin("the kernel and the processor wait for pages");
	program_write(); /* the kernel pushes into page 0 */
	block.registers.ss = WINDOW_SEGMENT;
	block.registers.esp = 0x100;
	NEED_KR(masix_v86_run(&block));
	CHECK_EQ(block.reason, MASIX_V86_HLT);
	CHECK_EQ(block.registers.esp, 0xfe);
	CHECK_EQ(v86_peek16(WINDOW_SEGMENT, 0xfe), V86_EFL_IF | 2);
	CHECK_EQ(v86_peek16(WINDOW_SEGMENT, 0x100), 0x5a5a);
	CHECK_EQ(requests, 1);
	v86_block_init(&block); /* the processor fetches from page 1 */
	block.registers.cs = WINDOW_SEGMENT;
	block.registers.eip = PAGE_CODE * PAGE + 7;
	NEED_KR(masix_v86_run(&block));
	CHECK_EQ(block.reason, MASIX_V86_HLT);
	CHECK_EQ(block.registers.eip, PAGE_CODE * PAGE + 8);
	CHECK_EQ(requests, 2);
	/* The block itself, which the kernel reads and writes, lies in page 2. */
	struct masix_v86_block *paged = (struct masix_v86_block *)(WINDOW + 2 * PAGE);
	program_write();
	*paged = block;
	NEED_KR(masix_v86_run(paged));
	CHECK_EQ(paged->reason, MASIX_V86_HLT);
	CHECK_EQ(requests, 3);
	test_group_end();
}

static void state_read(mach_port_t thread, struct i386_thread_state *state)
{
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	NEED_KR(thread_get_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)state, &count));
}

static void run_silent(void *argument)
{
	(void)argument;
	program_write();
	block.registers.ss = WINDOW_SEGMENT;
	block.registers.esp = PAGE_SILENT * PAGE + 0x100;
	NEED_KR(masix_v86_run(&block));
}

/* The kernel waits to push flags; the thread gets another state, and then the wait ends. */
static void check_changed(void)
{
	struct test_thread thread;
	struct i386_thread_state state;

	test_group_begin("a state set while the kernel waits stands");
	test_thread_start(&thread, run_silent, NULL);
	CHECK(TEST_WAIT_UNTIL(requests == 4));
	CHECK(test_wait_blocked(thread.port));
	state_read(thread.port, &state);
	CHECK(state.efl & V86_EFL_VM);
	CHECK_EQ(state.ss, WINDOW_SEGMENT);
	state.ss = V86_STACK_SEGMENT;
	state.uesp = 0x200;
	state.eip = 1;
	state.ebx = 0x1234;
	NEED_KR(thread_set_state(thread.port, i386_REGS_SEGS_STATE, (thread_state_t)&state,
				 i386_THREAD_STATE_COUNT));
	NEED_KR(memory_object_data_unavailable(control, PAGE_SILENT * PAGE, PAGE));
	CHECK(test_thread_join(&thread, 5000));
	CHECK_EQ(block.reason, MASIX_V86_HLT);
	CHECK_EQ(block.registers.eip, 2);
	CHECK_EQ(block.registers.esp, 0x200);
	CHECK_EQ(block.registers.ss, V86_STACK_SEGMENT);
	CHECK_EQ(block.registers.ebx, 0x1234);
	test_group_end();
}

int main(int argc, char **argv)
{
	struct test_thread server;
	struct test_thread thread;
	vm_address_t address = WINDOW;

	v86_memory_make();
	NEED_KR(vm_deallocate(SELF, WINDOW, WINDOW_BYTES));
	test_begin(argc, argv, "v86_paged");
	object = port_new_send();
	test_thread_start(&server, serve, NULL);
	NEED_KR(vm_map(SELF, &address, WINDOW_BYTES, 0, FALSE, object, 0, FALSE, VM_PROT_DEFAULT,
		       VM_PROT_ALL, VM_INHERIT_SHARE));
	test_thread_start(&thread, checks, NULL);
	CHECK(test_thread_join(&thread, 20000));
	check_changed();
	NEED_KR(vm_deallocate(SELF, WINDOW, WINDOW_BYTES));
	CHECK(test_thread_join(&server, 5000));
	port_destroy(object);
	test_end();
}
