/* TEST: oracle=yes timeout=120 */
/*
 * Every way into the kernel with flags, stacks and segments that a kernel must not trust: the
 * thread may get an exception or an error; the kernel lives, and the next thread is served.
 */
#include "lib/harness.h"

#define SELF   mach_task_self()
#define EFL_NT 0x4000u

/* What a round of the test puts into the machine before it enters the kernel. */
uint32_t set_flags;
uint32_t set_esp;
uint32_t set_segments;
volatile int entry;

/* Loads flags, segments and the stack as said above, then enters by the way "entry". */
void hostile_enter(void);
__asm__("hostile_enter:\n"
	"	movl set_esp, %edi\n movl set_segments, %ecx\n movl entry, %esi\n"
	"	movl $-60, %eax\n pushl set_flags\n"
	"	cmpl $-1, %ecx\n je 1f\n movl %ecx, %es\n movl %ecx, %fs\n movl %ecx, %gs\n"
	"1:	cmpl $0, %esi\n je 10f\n cmpl $1, %esi\n je 11f\n cmpl $2, %esi\n je 12f\n"
	"	cmpl $3, %esi\n je 13f\n jmp 14f\n"
	"10:	cmpl $-1, %edi\n je 20f\n popfl\n movl %edi, %esp\n .byte 0x9a,0,0,0,0,7,0\n jmp "
	"9f\n"
	"20:	popfl\n .byte 0x9a,0,0,0,0,7,0\n jmp 9f\n"
	"11:	movl $9f, %edx\n movl %esp, %ecx\n cmpl $-1, %edi\n je 21f\n"
	"	movl %edi, %ecx\n"
	"21:	popfl\n sysenter\n"
	"12:	cmpl $-1, %edi\n je 22f\n popfl\n movl %edi, %esp\n int $0x80\n jmp 9f\n"
	"22:	popfl\n int $0x80\n jmp 9f\n"
	"13:	cmpl $-1, %edi\n je 23f\n popfl\n movl %edi, %esp\n movl 0xc0000000, %eax\n jmp "
	"9f\n"
	"23:	popfl\n movl 0xc0000000, %eax\n jmp 9f\n"
	"14:	cmpl $-1, %edi\n je 24f\n popfl\n movl %edi, %esp\n int3\n jmp 9f\n"
	"24:	popfl\n int3\n"
	"9:	ud2\n");

static void enter(void *argument)
{
	(void)argument;
	hostile_enter();
}

static void null_ds(void *argument)
{
	(void)argument;
	__asm__ volatile("xorl %%eax, %%eax\n movl %%eax, %%ds\n movl $-60, %%eax\n"
			 ".byte 0x9a,0,0,0,0,7,0\n ud2" ::
				 : "eax");
}

static void check_entries(void)
{
	static const uint32_t flags[] = {0x202,   0x302,  0x4202,  0x602,    0x40202,
					 0x44702, 0x3202, 0x10202, 0x200202, 0x246};
	static const uint32_t stacks[] = {0xffffffff, 0,          4,          0xbffffffc,
					  0xbfffffff, 0xc0000000, 0xc0100000, 0xfffffffe};
	static const uint32_t segments[] = {0xffffffff, 0, 3};
	struct test_fault fault;

	for (entry = 0; entry < 5; entry++) {
		static const char *const names[] = {"lcall", "sysenter", "int $0x80", "page fault",
						    "int3"};

		test_group_begin(names[entry]);
		for (uint32_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
			/* GNU Mach keeps NT over an interrupt, and its return then faults: now and
			   then a tick comes just between the flags and the gate. */
			if ((flags[i] & EFL_NT) != 0 && !mach_kernel_is_masix) {
				continue;
			}
			for (uint32_t j = 0; j < sizeof stacks / sizeof stacks[0]; j++) {
				set_flags = flags[i];
				set_esp = stacks[j];
				set_segments = segments[(i + j) % 3];
				CHECK(test_catch(&fault, enter, NULL));
				CHECK(fault.exception != 0);
				CHECK_EQ(fault.state.efl & 0x3000, 0);
				CHECK_EQ(fault.state.cs & 3, 3);
			}
		}
		test_group_end();
	}
	CHECK(test_catch(&fault, null_ds, NULL));
}

static uint16_t far_selector;

static void far_call(void *argument)
{
	struct {
		uint32_t offset;
		uint16_t selector;
	} __attribute__((packed)) pointer = {0, far_selector};

	if (argument != NULL) {
		__asm__ volatile("movl $-60, %%eax\n lcall *%0\n ud2" : : "m"(pointer) : "eax");
	} else {
		__asm__ volatile("movl $-60, %%eax\n ljmp *%0\n ud2" : : "m"(pointer) : "eax");
	}
}

/* lcall and ljmp to every selector of the first 0x90, GDT and LDT, any RPL. */
static void check_selectors(void)
{
	test_group_begin("far calls and jumps through every selector");
	for (far_selector = 0; far_selector < 0x90; far_selector++) {
		struct test_fault fault;

		CHECK(test_catch(&fault, far_call, (void *)1));
		CHECK(fault.exception != 0);
		CHECK_EQ(fault.state.cs & 3, 3);
		CHECK(test_catch(&fault, far_call, NULL));
		CHECK_EQ(fault.state.cs & 3, 3);
	}
	test_group_end();
}

static void load_selector(void *argument)
{
	uint32_t selector = (uint32_t)argument;

	__asm__ volatile("movl %0, %%fs\n movl %0, %%es\n movl %0, %%gs\n"
			 "pushl %%ds\n popl %%es"
			 :
			 : "r"(selector));
}

/* Loading data segments of any selector is allowed or faults; another thread never sees them. */
static void check_loads(void)
{
	test_group_begin("data segments of every selector");
	for (uint32_t selector = 0; selector < 0x100; selector++) {
		struct test_fault fault;

		(void)test_catch(&fault, load_selector, (void *)selector);
		CHECK(!fault.caught || fault.exception != 0);
	}
	test_group_end();
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "hostile_entry");
	check_entries();
	check_selectors();
	check_loads();
	test_end();
}
