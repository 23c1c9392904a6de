/* TEST: oracle=no */
/*
 * The int $0x80 redirect of personalities: what the block gets, that the program's stack is left
 * alone, what happens without a redirect or with a block that cannot be written, inheritance.
 */
#include "lib/harness.h"
#include <gen/masix_host.h>

#define SELF        mach_task_self()
#define PAGE        0x1000u
#define EFL_TF      0x00000100u
#define EFL_DF      0x00000400u
#define EFL_NT      0x00004000u
#define EFL_AC      0x00040000u
#define INT80_ERROR 0x402 /* of vector 0x80 in the IDT (Intel SDM vol. 3, 6.13) */

static struct masix_redirect_block block __asm__("redirect_test_block");
static uint32_t library_stack[64];

/* What the library saw when it was entered, and the program after it returned. */
static struct {
	uint32_t entries;
	uint32_t esp;
	uint32_t eflags;
	uint32_t registers[6]; /* eax ebx ecx edx esi edi */
	uint32_t ebp;
} seen __asm__("redirect_test_seen");

/* Set in eflags before the call, in the program of check_call. */
static uint32_t program_flags __asm__("redirect_test_flags") __attribute__((used));
static uint32_t program_esp __asm__("redirect_test_esp") __attribute__((used));
static uint32_t kept_esp __asm__("redirect_test_kept_esp") __attribute__((used));
static uint32_t after_esp __asm__("redirect_test_after_esp") __attribute__((used));
static uint32_t after_eflags __asm__("redirect_test_after_eflags") __attribute__((used));
static uint32_t after_eax __asm__("redirect_test_after_eax") __attribute__((used));

/*
 * The library: notes what it finds and returns through the block, with no call of the kernel.  The
 * block's first word would do for a jump; eflags and esp are loaded before it.
 */
void redirect_library(void) __asm__("redirect_test_library");
__asm__(".text\n"
	".globl redirect_test_library\n"
	"redirect_test_library:\n"
	"	movl %esp, redirect_test_seen+4\n"
	"	pushfl\n"
	"	popl redirect_test_seen+8\n"
	"	movl %eax, redirect_test_seen+12\n"
	"	movl %ebx, redirect_test_seen+16\n"
	"	movl %ecx, redirect_test_seen+20\n"
	"	movl %edx, redirect_test_seen+24\n"
	"	movl %esi, redirect_test_seen+28\n"
	"	movl %edi, redirect_test_seen+32\n"
	"	movl %ebp, redirect_test_seen+36\n"
	"	incl redirect_test_seen\n"
	"	movl $0x600d, %eax\n"
	"	pushl redirect_test_block+4\n"
	"	popfl\n"
	"	movl redirect_test_block+8, %esp\n"
	"	jmp *redirect_test_block\n");

/* The program: with any esp and eflags it says int $0x80, and notes what it has afterwards. */
void redirect_program(void) __asm__("redirect_test_program");
extern char redirect_after[] __asm__("redirect_test_after");
__asm__(".text\n"
	".globl redirect_test_program\n"
	"redirect_test_program:\n"
	"	pushl %ebx\n"
	"	pushl %esi\n"
	"	pushl %edi\n"
	"	pushl %ebp\n"
	"	movl %esp, redirect_test_kept_esp\n"
	"	movl $0x11, %eax\n"
	"	movl $0x22, %ebx\n"
	"	movl $0x33, %ecx\n"
	"	movl $0x44, %edx\n"
	"	movl $0x55, %esi\n"
	"	movl $0x66, %edi\n"
	"	movl $0x77, %ebp\n"
	"	pushl redirect_test_flags\n"
	"	popfl\n"
	"	movl redirect_test_esp, %esp\n"
	"	int $0x80\n"
	".globl redirect_test_after\n"
	"redirect_test_after:\n"
	"	movl %esp, redirect_test_after_esp\n"
	"	movl redirect_test_kept_esp, %esp\n"
	"	pushfl\n"
	"	popl redirect_test_after_eflags\n"
	"	pushl $0x202\n"
	"	popfl\n"
	"	movl %eax, redirect_test_after_eax\n"
	"	popl %ebp\n"
	"	popl %edi\n"
	"	popl %esi\n"
	"	popl %ebx\n"
	"	ret\n");

static void run_program(void *argument)
{
	(void)argument;
	redirect_program();
}

/* The block is this thread's until it ends, which may be in the program. */
static void run_with_block(void *argument)
{
	mach_port_t thread = (mach_thread_self)();

	NEED_KR(masix_thread_set_redirect_block(thread, (vm_address_t)argument));
	NEED_KR(mach_port_deallocate(SELF, thread));
	redirect_program();
}

static void prepare(uint32_t esp, uint32_t flags)
{
	memset(&seen, 0, sizeof seen);
	memset(&block, 0xee, sizeof block);
	block.stack_top = (uint32_t)(library_stack + 64);
	program_esp = esp;
	program_flags = flags;
	after_esp = 0;
	after_eax = 0;
}

static void check_call(uint32_t esp, uint32_t flags)
{
	struct test_fault fault;

	prepare(esp, flags);
	test_group_begin("a redirected call");
	CHECK(!test_catch(&fault, run_with_block, &block));
	CHECK_EQ(seen.entries, 1);
	CHECK_EQ(block.eip, redirect_after);
	CHECK_EQ(block.esp, esp);
	CHECK_EQ(block.eflags & (EFL_DF | EFL_NT | EFL_AC), flags & (EFL_DF | EFL_NT | EFL_AC));
	CHECK_EQ(block.eflags & 0x8d5, flags & 0x8d5); /* OF SF ZF AF PF CF */
	CHECK_EQ(block.stack_top, library_stack + 64);
	CHECK_EQ(seen.esp, library_stack + 64);
	CHECK_EQ(seen.eflags & (EFL_TF | EFL_DF | EFL_NT | EFL_AC), 0);
	for (uint32_t i = 0; i < 6; i++) {
		CHECK_EQ(seen.registers[i], 0x11 * (i + 1));
	}
	CHECK_EQ(seen.ebp, 0x77);
	CHECK_EQ(after_esp, esp);
	CHECK_EQ(after_eax, 0x600d);
	CHECK_EQ(after_eflags & (EFL_DF | EFL_NT | EFL_AC | 0x8d5),
		 flags & (EFL_DF | EFL_NT | EFL_AC | 0x8d5));
	test_group_end();
}

/* The program's stack keeps every byte, near and far below its esp. */
static void check_stack_untouched(void)
{
	vm_address_t memory = 0;
	volatile uint32_t *words = NULL;
	NEED_KR(vm_allocate(SELF, &memory, 2 * PAGE, TRUE));
	words = (volatile uint32_t *)memory;
	for (uint32_t i = 0; i < 2 * PAGE / 4; i++) {
		words[i] = 0xabcd0000 + i;
	}
	check_call(memory + PAGE, 0x202);
	test_group_begin("the program's stack is not touched");
	for (uint32_t i = 0; i < 2 * PAGE / 4; i++) {
		if (words[i] != 0xabcd0000 + i) {
			CHECK_EQ(words[i], 0xabcd0000 + i);
		}
	}
	test_group_end();
	/* Nor read: it may be unreadable. */
	NEED_KR(vm_protect(SELF, memory, 2 * PAGE, FALSE, VM_PROT_NONE));
	check_call(memory + PAGE, 0x202);
	NEED_KR(vm_deallocate(SELF, memory, 2 * PAGE));
}

static void check_protection_fault(void (*function)(void *), void *argument)
{
	struct test_fault fault;

	prepare((uint32_t)(library_stack + 32), 0x202);
	CHECK(test_catch(&fault, function, argument));
	CHECK_EQ(fault.exception, EXC_BAD_INSTRUCTION);
	CHECK_EQ(fault.code, EXC_I386_GPFLT);
	CHECK_EQ(fault.subcode, INT80_ERROR);
	CHECK_EQ(fault.state.eip + 2, redirect_after);
	CHECK_EQ(seen.entries, 0);
}

static void check_bad_block(vm_address_t address)
{
	struct test_fault fault;

	prepare((uint32_t)(library_stack + 32), 0x202);
	test_group_begin("a block that cannot be written");
	CHECK(test_catch(&fault, run_with_block, (void *)address));
	CHECK_EQ(fault.exception, EXC_BAD_ACCESS);
	CHECK_EQ(fault.state.uesp, library_stack + 32);
	CHECK_EQ(seen.entries, 0);
	test_group_end();
}

static void check_bad_blocks(void)
{
	vm_address_t memory = 0;

	NEED_KR(vm_allocate(SELF, &memory, 2 * PAGE, TRUE));
	NEED_KR(vm_protect(SELF, memory, PAGE, FALSE, VM_PROT_READ));
	NEED_KR(vm_protect(SELF, memory + PAGE, PAGE, FALSE, VM_PROT_NONE));
	check_bad_block(memory);
	check_bad_block(memory + PAGE);
	check_bad_block(memory + PAGE - 4);
	NEED_KR(vm_deallocate(SELF, memory, 2 * PAGE));
	check_bad_block(memory);
	check_bad_block(0x10);
}

static void check_refused(void)
{
	mach_port_t thread = (mach_thread_self)();

	CHECK_KR(masix_task_set_redirect(SELF, 0xc0000000), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_task_set_redirect(SELF, 0xffffffff), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_task_set_redirect(thread, 0), KERN_INVALID_ARGUMENT);
	CHECK_KR(masix_thread_set_redirect_block(thread, 0xc0000000), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_thread_set_redirect_block(thread, 0xbffffff4), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_thread_set_redirect_block(thread, 0xfffffffc), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_thread_set_redirect_block(thread, 0x1002), KERN_INVALID_ADDRESS);
	CHECK_KR(masix_thread_set_redirect_block(thread, 0xbffffff0), KERN_SUCCESS);
	CHECK_KR(masix_thread_set_redirect_block(thread, 0), KERN_SUCCESS);
	CHECK_KR(masix_thread_set_redirect_block(SELF, 0), KERN_INVALID_ARGUMENT);
	NEED_KR(mach_port_deallocate(SELF, thread));
}

/* The handler comes with the task, the block is a thread's own. */
static int child(void *argument)
{
	(void)argument;
	prepare((uint32_t)(library_stack + 32), 0x202);
	run_with_block(&block);
	CHECK_EQ(seen.entries, 1);
	CHECK_EQ(after_eax, 0x600d);
	return test_child_failures();
}

static void check_inherited(void)
{
	struct test_task task;

	test_task_create(&task, child, NULL);
	test_task_run(&task);
	CHECK_EQ(test_task_join(&task), 0);
	NEED_KR(masix_task_set_redirect(SELF, 0));
	check_protection_fault(run_with_block, &block);
	NEED_KR(masix_task_set_redirect(SELF, (vm_address_t)redirect_library));
	check_call((uint32_t)(library_stack + 32), 0x202);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "masix_redirect");
	check_protection_fault(run_program, NULL);      /* neither handler nor block */
	check_protection_fault(run_with_block, &block); /* no handler */
	CHECK_KR(masix_task_set_redirect(SELF, (vm_address_t)redirect_library), KERN_SUCCESS);
	check_protection_fault(run_program, NULL); /* no block */
	check_call((uint32_t)(library_stack + 32), 0x202);
	check_call((uint32_t)(library_stack + 32), 0x202 | EFL_DF);
	check_call((uint32_t)(library_stack + 32), 0x202 | EFL_NT | EFL_AC | 0x8d5);
	check_call(0, 0x202);
	check_call(0xbffffffc, 0x202);
	check_call(0xc0000000, 0x202);
	check_call(0xffffffff, 0x202);
	check_call(0xdeadbeef, 0x202 | 0x8d5);
	check_stack_untouched();
	check_bad_blocks();
	check_refused();
	check_inherited();
	CHECK_KR(masix_task_set_redirect(SELF, 0), KERN_SUCCESS);
	test_end();
}
