/* TEST: oracle=yes */
/* Emulation vectors: a task's own routines in place of traps. */
#include "lib/harness.h"

#define SELF mach_task_self()

/* What the kernel enters instead of the trap: answers, and returns to where the trap was made. */
void emulated(void);
__asm__("emulated:\n"
	"	movl %esp, emulated_esp\n"
	"	movl (%esp), %edx\n movl %edx, emulated_top\n"
	"	movl 4(%esp), %edx\n movl %edx, emulated_next\n"
	"	movl $0x600d, emulated_answer\n"
	"	movl $0x600d, %eax\n"
	"	popfl\n ret\n");
uint32_t emulated_esp;
uint32_t emulated_top;
uint32_t emulated_next;
uint32_t emulated_answer;

static void check_vector(void)
{
	emulation_vector_t vector = NULL;
	mach_msg_type_number_t count = 0;
	int start = 0;

	CHECK_KR(task_set_emulation(SELF, (vm_address_t)emulated, -200), KERN_SUCCESS);
	CHECK_KR(task_get_emulation_vector(SELF, &start, &vector, &count), KERN_SUCCESS);
	CHECK(count > 0);
	CHECK(start <= -200 && start + (int)count > -200);
	CHECK_EQ(vector[-200 - start], (vm_address_t)emulated);
	NEED_KR(vm_deallocate(SELF, (vm_address_t)vector, count * sizeof vector[0]));
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "task_emulation");
	check_vector();
	CHECK_EQ(mach_trap_by_number(mach_gate_lcall, -200), 0x600d);
	CHECK_EQ(emulated_answer, 0x600d);
	test_note("esp 0x%x top 0x%x next 0x%x", emulated_esp, emulated_top, emulated_next);
	CHECK_KR(task_set_emulation(SELF, 0, -200), KERN_SUCCESS);
	test_end();
}
