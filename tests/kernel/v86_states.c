/* TEST: oracle=no */
/*
 * Virtual-8086 mode the Mach way: thread_set_state with VM in the flags, exceptions as messages,
 * the V86_ASSIST table; states that no program may have; page 0.
 */
#include "lib/v86.h"
#include <gen/mach_i386.h>

#define SELF mach_task_self()
#define PAGE 0x1000u

#define PROGRAM_SEGMENT 0x4000u

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static mach_port_t handler_port;
static volatile uint32_t flat_runs;

/* A thread in the mode, suspended, whose exceptions come to handler_port. */
static mach_port_t thread_make(const uint8_t *code, uint32_t bytes, uint32_t eflags)
{
	mach_port_t thread = MACH_PORT_NULL;
	struct i386_thread_state state = {
		.efl = eflags | V86_EFL_VM,
		.cs = V86_CODE_SEGMENT,
		.ss = V86_STACK_SEGMENT,
		.uesp = V86_STACK_TOP,
		.ds = V86_DATA_SEGMENT,
		.es = V86_DATA_SEGMENT,
		.fs = 0x1f,
		.gs = 0x3,
	};

	v86_copy(V86_CODE_SEGMENT, 0, code, bytes);
	*v86_byte(V86_CODE_SEGMENT, bytes) = 0xf4;
	NEED_KR(thread_create(SELF, &thread));
	NEED_KR(thread_set_special_port(thread, THREAD_EXCEPTION_PORT, handler_port));
	NEED_KR(thread_set_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)&state,
				 i386_THREAD_STATE_COUNT));
	return thread;
}

static void thread_drop(mach_port_t thread)
{
	NEED_KR(thread_terminate(thread));
	NEED_KR(mach_port_deallocate(SELF, thread));
}

static void state_get(mach_port_t thread, struct i386_thread_state *state)
{
	mach_msg_type_number_t count = i386_THREAD_STATE_COUNT;

	NEED_KR(thread_get_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)state, &count));
}

static void state_set(mach_port_t thread, struct i386_thread_state *state)
{
	NEED_KR(thread_set_state(thread, i386_REGS_SEGS_STATE, (thread_state_t)state,
				 i386_THREAD_STATE_COUNT));
}

/* Waits for its exception: one message, with the thread's registers still where they were. */
static void exception_wait(mach_port_t thread, struct test_exception *message,
			   struct i386_thread_state *state)
{
	message->exception = 0;
	CHECK_KR(test_exception_receive(handler_port, message, 5000), MACH_MSG_SUCCESS);
	state_get(thread, state);
	CHECK(state->efl & V86_EFL_VM);
}

/* Each sensitive instruction that is not the kernel's: one message. */
static void check_messages(void)
{
	struct test_exception message;
	struct i386_thread_state state;
	mach_port_t thread = MACH_PORT_NULL;

	test_group_begin("sensitive instructions as messages");
	/* sti pushf popf; int 21; in al,61; hlt */
	thread = thread_make(BYTES(0xfb, 0x9c, 0x9d, 0xcd, 0x21, 0xe4, 0x61), 2);
	NEED_KR(thread_resume(thread));
	exception_wait(thread, &message, &state);
	CHECK_EQ(message.exception, EXC_BAD_INSTRUCTION);
	CHECK_EQ(message.code, EXC_I386_GPFLT);
	CHECK_EQ(message.subcode, 0x61e421cd);
	CHECK_EQ(state.eip, 3);
	CHECK_EQ(state.cs, V86_CODE_SEGMENT);
	CHECK_EQ(state.ds, V86_DATA_SEGMENT);
	CHECK_EQ(state.es, V86_DATA_SEGMENT);
	CHECK_EQ(state.fs, 0x1f);
	CHECK_EQ(state.gs, 0x3);
	CHECK_EQ(state.uesp, V86_STACK_TOP);
	CHECK_EQ(state.efl, V86_EFL_VM | V86_EFL_IF | 2);
	state.eip = 5;
	state.eax = 0x3000;
	state_set(thread, &state);
	NEED_KR(test_exception_reply(&message, KERN_SUCCESS));
	exception_wait(thread, &message, &state);
	CHECK_EQ(message.subcode & 0xffff, 0x61e4);
	CHECK_EQ(state.eip, 5);
	CHECK_EQ(state.eax, 0x3000);
	state.eip = 7;
	state_set(thread, &state);
	NEED_KR(test_exception_reply(&message, KERN_SUCCESS));
	exception_wait(thread, &message, &state);
	CHECK_EQ(message.subcode & 0xff, 0xf4);
	/* Answered without a change: it happens again. */
	NEED_KR(test_exception_reply(&message, KERN_SUCCESS));
	exception_wait(thread, &message, &state);
	CHECK_EQ(state.eip, 7);
	thread_drop(thread);
	test_exception_drop(&message);
	test_group_end();
}

static void flat_code(void)
{
	for (;;) {
		flat_runs++;
	}
}

/* Out of the mode by thread_set_state, and on in C. */
static void check_to_flat(void)
{
	struct test_exception message;
	struct i386_thread_state state;
	struct i386_thread_state flat = {.efl = 2};
	mach_port_t thread = thread_make(BYTES(0xf4), 2);
	vm_address_t stack = 0;

	test_group_begin("from the mode to flat segments");
	NEED_KR(vm_allocate(SELF, &stack, 2 * MACH_STACK_SIZE, TRUE));
	NEED_KR(thread_resume(thread));
	exception_wait(thread, &message, &state);
	{
		vm_address_t base = (stack + MACH_STACK_SIZE - 1) & -MACH_STACK_SIZE;
		mach_thread_block_init(base);
		flat.eip = (uint32_t)flat_code;
		flat.uesp = base + MACH_STACK_SIZE - 64;
	}
	NEED_KR(thread_set_state(thread, i386_THREAD_STATE, (thread_state_t)&flat,
				 i386_THREAD_STATE_COUNT));
	state_get(thread, &state);
	CHECK_EQ(state.efl & V86_EFL_VM, 0);
	CHECK_EQ(state.ds, 0x1f);
	NEED_KR(test_exception_reply(&message, KERN_SUCCESS));
	CHECK(TEST_WAIT_UNTIL(flat_runs > 1000));
	thread_drop(thread);
	NEED_KR(vm_deallocate(SELF, stack, 2 * MACH_STACK_SIZE));
	test_group_end();
}

/* Hostile states: what is read back is harmless, and the kernel lives when they run. */
static void check_hostile(void)
{
	uint32_t seed = 0x8086;

	test_group_begin("no state in the mode is refused, and none does harm");
	for (int round = 0; round < 200; round++) {
		struct test_exception message;
		struct i386_thread_state state;
		uint32_t *words = (uint32_t *)&state;
		mach_port_t thread = thread_make(BYTES(0xf4), 2);

		for (uint32_t i = 0; i < i386_THREAD_STATE_COUNT; i++) {
			seed = seed * 1664525 + 1013904223;
			words[i] = round == 0 ? 0xffffffff : seed;
		}
		state.efl |= V86_EFL_VM;
		state_set(thread, &state);
		state_get(thread, &state);
		CHECK((state.cs | state.ss | state.ds | state.es | state.fs | state.gs |
		       state.eip) <= 0xffff);
		CHECK_EQ(state.efl & ~0x00247ed5u, V86_EFL_VM | (state.efl & V86_EFL_TF) | 2);
		NEED_KR(thread_resume(thread));
		if (test_exception_receive(handler_port, &message, 20) == MACH_MSG_SUCCESS) {
			thread_drop(thread);
			test_exception_drop(&message);
		} else {
			thread_drop(thread);
		}
	}
	test_group_end();
}

/* ---------------------------------------------------------------------------- V86_ASSIST */

static struct v86_interrupt_table table[3];

static void assist_set(mach_port_t thread, void *address, int rows, kern_return_t expected)
{
	struct i386_v86_assist_state assist = {(unsigned int)address, rows};

	CHECK_KR(thread_set_state(thread, i386_V86_ASSIST_STATE, (thread_state_t)&assist,
				  i386_V86_ASSIST_STATE_COUNT),
		 expected);
}

static void check_assist_refused(void)
{
	struct i386_v86_assist_state assist = {1, 1};
	mach_msg_type_number_t count = i386_V86_ASSIST_STATE_COUNT;
	mach_port_t thread = thread_make(BYTES(0xf4), 2);

	test_group_begin("V86_ASSIST: what it takes");
	CHECK_KR(thread_get_state(thread, i386_V86_ASSIST_STATE, (thread_state_t)&assist, &count),
		 KERN_SUCCESS);
	CHECK_EQ(assist.int_table, 0);
	CHECK_EQ(assist.int_count, 0);
	assist_set(thread, table, -1, KERN_INVALID_ARGUMENT);
	assist_set(thread, table, 257, KERN_INVALID_ARGUMENT);
	assist_set(thread, (void *)0xbffffff9, 1, KERN_INVALID_ARGUMENT);
	assist_set(thread, (void *)0xfffffff8, 1, KERN_INVALID_ARGUMENT);
	assist_set(thread, table, 3, KERN_SUCCESS);
	CHECK_KR(thread_get_state(thread, i386_V86_ASSIST_STATE, (thread_state_t)&assist, &count),
		 KERN_SUCCESS);
	CHECK_EQ(assist.int_table, table);
	CHECK_EQ(assist.int_count, 3);
	thread_drop(thread);
	test_group_end();
}

/* cli; nop; sti; nop; nop; hlt with the interrupts 70 and 71 waiting: they come one by one, the
   first after the nop behind STI, and the handlers' IRETs let the next come. */
static void check_assist(void)
{
	struct test_exception message;
	struct i386_thread_state state;
	mach_port_t thread = thread_make(BYTES(0xfa, 0x90, 0xfb, 0x90, 0x90), V86_EFL_IF | 2);

	test_group_begin("V86_ASSIST: interrupts through the program's table");
	/* inc bx; mov [cs:bx], sp-ish traces: bx counts, si keeps who came last */
	v86_copy(PROGRAM_SEGMENT, 0x00, BYTES(0x43, 0xbe, 0x70, 0x00, 0x5f, 0x57, 0xcf));
	v86_copy(PROGRAM_SEGMENT, 0x10, BYTES(0x43, 0xbe, 0x71, 0x00, 0x5d, 0x55, 0xcf));
	v86_poke16(0, 0x70 * 4, 0x00);
	v86_poke16(0, 0x70 * 4 + 2, PROGRAM_SEGMENT);
	v86_poke16(0, 0x71 * 4, 0x10);
	v86_poke16(0, 0x71 * 4 + 2, PROGRAM_SEGMENT);
	table[0] = (struct v86_interrupt_table){.count = 5, .mask = 1, .vec = 0x72};
	table[1] = (struct v86_interrupt_table){.count = 1, .mask = 0, .vec = 0x70};
	table[2] = (struct v86_interrupt_table){.count = 2, .mask = 0, .vec = 0x71};
	state_get(thread, &state);
	state.efl &= ~V86_EFL_IF;
	state_set(thread, &state);
	assist_set(thread, table, 3, KERN_SUCCESS);
	NEED_KR(thread_resume(thread));
	exception_wait(thread, &message, &state);
	CHECK_EQ(message.subcode & 0xff, 0xf4);
	CHECK_EQ(state.eip, 5);
	CHECK_EQ(state.ebx, 3);
	CHECK_EQ(state.esi, 0x71);
	CHECK_EQ(state.edi, 4); /* where 70 returned to */
	CHECK_EQ(state.ebp, 4);
	CHECK_EQ(state.efl, V86_EFL_VM | V86_EFL_IF | 2);
	CHECK_EQ(state.uesp, V86_STACK_TOP);
	CHECK_EQ(table[0].count, 5);
	CHECK_EQ(table[1].count, 0);
	CHECK_EQ(table[2].count, 0);
	/* A row becomes ready while it runs: a post is enough. */
	*v86_byte(V86_CODE_SEGMENT, 5) = 0xeb; /* jmp $ */
	*v86_byte(V86_CODE_SEGMENT, 6) = 0xfe;
	NEED_KR(test_exception_reply(&message, KERN_SUCCESS));
	test_sleep_ms(10);
	*v86_byte(PROGRAM_SEGMENT, 0x00) = 0xf4;
	table[1].count = 1;
	NEED_KR(masix_thread_post_v86(thread, FALSE));
	exception_wait(thread, &message, &state);
	CHECK_EQ(state.cs, PROGRAM_SEGMENT);
	CHECK_EQ(state.eip, 0);
	CHECK_EQ(state.efl, V86_EFL_VM | 2);
	thread_drop(thread);
	test_exception_drop(&message);
	test_group_end();
}

static void check_port_map(void)
{
	struct i386_isa_port_map_state map;
	mach_msg_type_number_t count = i386_ISA_PORT_MAP_STATE_COUNT;
	mach_port_t thread = thread_make(BYTES(0xf4), 2);
	io_perm_t perm = MACH_PORT_NULL;

	test_group_begin("ISA_PORT_MAP tells what the task may use, and IN uses it");
	CHECK_KR(thread_get_state(thread, i386_ISA_PORT_MAP_STATE, (thread_state_t)&map, &count),
		 KERN_SUCCESS);
	CHECK_EQ(map.pm[0x80 / 8], 0xff);
	NEED_KR(i386_io_perm_create(device_master, 0x80, 0x80, &perm));
	NEED_KR(i386_io_perm_modify(SELF, perm, TRUE));
	CHECK_KR(thread_get_state(thread, i386_ISA_PORT_MAP_STATE, (thread_state_t)&map, &count),
		 KERN_SUCCESS);
	CHECK_EQ(map.pm[0x80 / 8], 0xfe);
	CHECK_KR(thread_set_state(thread, i386_ISA_PORT_MAP_STATE, (thread_state_t)&map, count),
		 KERN_INVALID_ARGUMENT);
	thread_drop(thread);
	{
		struct test_exception message;
		struct i386_thread_state state;

		thread = thread_make(BYTES(0xe6, 0x80, 0xe6, 0x81), 2);
		NEED_KR(thread_resume(thread));
		exception_wait(thread, &message, &state);
		CHECK_EQ(state.eip, 2);
		CHECK_EQ(message.subcode & 0xffff, 0x81e6);
		thread_drop(thread);
		test_exception_drop(&message);
	}
	NEED_KR(i386_io_perm_modify(SELF, perm, FALSE));
	NEED_KR(mach_port_deallocate(SELF, perm));
	test_group_end();
}

/* --------------------------------------------------------------------------------- page 0 */

static int child_without(void *argument)
{
	vm_address_t address = 0;

	(void)argument;
	CHECK_KR(vm_allocate(SELF, &address, PAGE, FALSE), KERN_SUCCESS);
	*v86_byte(0, 4) = 9;
	address = 0;
	CHECK_KR(vm_allocate(SELF, &address, PAGE, TRUE), KERN_SUCCESS);
	CHECK(address >= V86_MEMORY_BYTES);
	return test_child_failures();
}

static int child_inherits(void *argument)
{
	(void)argument;
	CHECK_EQ(*v86_byte(0, 4), 0x5a);
	*v86_byte(0, 4) = 0xa5;
	return test_child_failures();
}

static void check_page_zero(void)
{
	struct test_task task;
	mach_port_t thread = (mach_thread_self)();
	mach_port_t empty = MACH_PORT_NULL;
	vm_address_t address = 0;

	test_group_begin("page 0 is for tasks that asked");
	NEED_KR(task_create(SELF, FALSE, &empty));
	CHECK_KR(vm_allocate(empty, &address, PAGE, FALSE), KERN_INVALID_ADDRESS);
	CHECK_KR(vm_allocate(empty, &address, PAGE, TRUE), KERN_SUCCESS);
	CHECK_EQ(address, 0x1000);
	CHECK_KR(masix_task_map_page_zero(empty), KERN_SUCCESS);
	CHECK_KR(masix_task_map_page_zero(empty), KERN_SUCCESS);
	address = 0;
	CHECK_KR(vm_allocate(empty, &address, PAGE, FALSE), KERN_SUCCESS);
	CHECK_KR(vm_allocate(empty, &address, PAGE, TRUE), KERN_SUCCESS);
	CHECK_EQ(address, V86_MEMORY_BYTES);
	CHECK_KR(masix_task_map_page_zero(thread), KERN_INVALID_ARGUMENT);
	NEED_KR(mach_port_deallocate(SELF, thread));
	NEED_KR(task_terminate(empty));
	NEED_KR(mach_port_deallocate(SELF, empty));
	*v86_byte(0, 4) = 0x5a;
	test_task_create(&task, child_inherits, NULL);
	test_task_run(&task);
	CHECK_EQ(test_task_join(&task), 0);
	CHECK_EQ(*v86_byte(0, 4), 0x5a);
	test_task_create(&task, child_without, NULL);
	NEED_KR(vm_deallocate(task.task, 0, V86_MEMORY_BYTES));
	test_task_run(&task);
	CHECK_EQ(test_task_join(&task), 0);
	test_group_end();
}

int main(int argc, char **argv)
{
	v86_memory_make();
	test_begin(argc, argv, "v86_states");
	NEED_KR(mach_port_allocate(SELF, MACH_PORT_RIGHT_RECEIVE, &handler_port));
	NEED_KR(mach_port_insert_right(SELF, handler_port, handler_port, MACH_MSG_TYPE_MAKE_SEND));
	check_messages();
	check_to_flat();
	check_assist_refused();
	check_assist();
	check_port_map();
	check_page_zero();
	check_hostile();
	NEED_KR(mach_port_destroy(SELF, handler_port));
	test_end();
}
