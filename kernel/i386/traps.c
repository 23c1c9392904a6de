/* Exceptions and interrupts. Intel SDM vol. 3, chapter 6; which Mach exception each becomes:
   mach/i386/exception.h and what GNU Mach does (tests/kernel/exception_*.c run on both). */
#include <mach/exception.h>
#include <mach/machine/exception.h>

#include <i386/cpu.h>
#include <i386/descriptors.h>
#include <i386/fpu.h>
#include <i386/pic.h>
#include <i386/time.h>
#include <i386/traps.h>
#include <i386/v86.h>
#include <kern/counter.h>
#include <kern/emulation.h>
#include <kern/panic.h>
#include <kern/thread.h>
#include <kern/trace.h>
#include <kern/upcall.h>

#define PAGE_FAULT_WRITE 2u
#define FIRST_INTERRUPT  0x20u
#define INT80            0x80u
#define INT80_ERROR      0x402u /* what #GP says of int $0x80 through a gate that is not for users */
#define TIMER_LINE       0u
/* A code of EXC_BAD_ACCESS that is no kern_return but a vector, as EXC_I386_PGFLT. */
#define EXC_I386_ALIGNFLT 17
/* The call gate's and the trap table's end: how far above esp arguments may lie. */
#define ARGUMENT_BYTES 64u

COUNTER(i386_page_faults);
COUNTER(i386_exceptions);
COUNTER(i386_interrupts);
COUNTER(i386_redirects);

struct recovery {
	uint32_t start, end, continue_at;
};
extern const struct recovery recovery_start[], recovery_end[];
extern char return_iret[], return_iret_lcall[];
void return_refused(void);

static void raise(int exception, int code, int subcode)
{
	counter_add(i386_exceptions);
	if (unlikely(current->machine.v86_mode) &&
	    v86_exception(current->machine.frame, exception, code, subcode)) {
		return;
	}
	upcall_exception(exception, code, subcode);
}

static void interrupt(uint32_t line)
{
	counter_add(i386_interrupts);
	if (pic_spurious(line)) {
		return;
	}
	if (line == TIMER_LINE) {
		pic_end(line);
		time_interrupt();
		return;
	}
	trace(TRACE_INTERRUPT, line, 0);
	/* Masked until its owner acknowledges, so that the end of interrupt may be given now. */
	pic_mask(line);
	pic_end(line);
	(void)upcall_interrupt(line);
}

/* int $0x80 in a task with an emulation library: the program's eip, eflags and esp go into the
   thread's block, and the library starts on the block's own stack. The program's stack is not
   touched. */
static bool redirect(struct user_frame *frame)
{
	uint32_t handler = current->task->redirect_handler;
	uint32_t block = current->machine.redirect_block;
	if (handler == 0 || block == 0) {
		return false;
	}
	uint32_t saved[3] = {frame->eip, frame->eflags, frame->esp};
	uint32_t stack;
	if (!copyout(saved, uaddr(block), sizeof(saved)) ||
	    !copyin(uaddr(block + sizeof(saved)), &stack, sizeof(stack))) {
		raise(EXC_BAD_ACCESS, KERN_INVALID_ADDRESS, (int)block);
		return true;
	}
	counter_add(i386_redirects);
	frame->eip = handler;
	frame->esp = stack;
	frame->eflags &= ~(EFL_TF | EFL_DF | EFL_NT | EFL_AC);
	return true;
}

static void no_fpu(void)
{
	if (fpu_take() != KERN_SUCCESS) {
		raise(EXC_ARITHMETIC, EXC_I386_NOEXT, 0);
	}
}

static void exception(struct user_frame *frame)
{
	int error = (int)(frame->error & 0xffffu);
	switch (frame->trap_number) {
	case 0:
		raise(EXC_ARITHMETIC, EXC_I386_DIV, 0);
		break;
	case 1:
		if (!current->machine.v86_mode || !v86_shadow_ends(frame)) {
			raise(EXC_BREAKPOINT, EXC_I386_SGL, 0);
		}
		break;
	case 3:
		raise(EXC_BREAKPOINT, EXC_I386_BPT, 0);
		break;
	case 4:
		raise(EXC_ARITHMETIC, EXC_I386_INTO, 0);
		break;
	case 5:
		raise(EXC_SOFTWARE, EXC_I386_BOUND, 0);
		break;
	case 6:
		raise(EXC_BAD_INSTRUCTION, EXC_I386_INVOP, 0);
		break;
	case 7:
		no_fpu();
		break;
	case 9:
		raise(EXC_ARITHMETIC, EXC_I386_EXTOVR, 0);
		break;
	case 10:
		raise(EXC_BAD_INSTRUCTION, EXC_I386_INVTSSFLT, error);
		break;
	case 11:
		raise(EXC_BAD_INSTRUCTION, EXC_I386_SEGNPFLT, error);
		break;
	case 12:
		raise(EXC_BAD_INSTRUCTION, EXC_I386_STKFLT, error);
		break;
	case 16:
		raise(EXC_ARITHMETIC, EXC_I386_EXTERR, (int)fpu_status());
		break;
	case 17:
		raise(EXC_BAD_ACCESS, EXC_I386_ALIGNFLT, (int)frame->eip);
		break;
	case 19:
		raise(EXC_ARITHMETIC, EXC_I386_EXTERR, (int)fpu_mxcsr());
		break;
	case INT80:
		if (redirect(frame)) {
			break;
		}
		frame->eip -=
			2; /* as the fault that GNU Mach's users see: before the instruction */
		raise(EXC_BAD_INSTRUCTION, EXC_I386_GPFLT, INT80_ERROR);
		break;
	default:
		raise(EXC_BAD_INSTRUCTION, EXC_I386_GPFLT, error);
		break;
	}
}

ENTRY void i386_user_trap(struct user_frame *frame)
{
	uint32_t number = frame->trap_number;
	if (number - FIRST_INTERRUPT < 16u) {
		interrupt(number - FIRST_INTERRUPT);
	} else {
		exception(frame);
	}
}

ENTRY void i386_user_page_fault(struct user_frame *frame)
{
	uint32_t address = frame->cr2;
	counter_add(i386_page_faults);
	trace(TRACE_FAULT, address, frame->eip);
	if (unlikely(address >= USER_TOP)) {
		raise(EXC_BAD_ACCESS, EXC_I386_PGFLT, (int)address);
		return;
	}
	kern_return_t result = upcall_vm_fault(current->task->map, address,
					       (frame->error & PAGE_FAULT_WRITE) != 0);
	/* An interrupted wait for a pager is no fault of the program: the access is repeated after
	   the boundary. */
	if (unlikely(result != KERN_SUCCESS && result != KERN_ABORTED)) {
		raise(EXC_BAD_ACCESS, result, (int)address);
	}
}

static bool recover(struct user_frame *frame)
{
	for (const struct recovery *r = recovery_start; r < recovery_end; r++) {
		if (frame->eip >= r->start && frame->eip < r->end) {
			frame->eip = r->continue_at;
			return true;
		}
	}
	return false;
}

/* iret would not load what the user's frame says (a code segment whose descriptor changed, say).
   `frame` is the kernel's, just below and partly over the user's, and holds the user's general
   registers. */
static void iret_refused(struct user_frame *frame)
{
	struct user_frame *user = current->machine.frame;
	struct user_frame copy = *frame;
	__builtin_memcpy(&user->gs, &copy.gs, offsetof(struct user_frame, trap_number));
	user->trap_number = 13;
	user->error = copy.error;
	/* `frame` overlaps `user`: what the way back pops was just overwritten, so leave by a jump
	   instead. */
	__asm__ volatile("movl %0, %%esp\n\tjmp return_refused" : : "r"(user));
	__builtin_unreachable();
}

static bool is_iret(uint32_t eip)
{
	return eip == (uint32_t)return_iret || eip == (uint32_t)return_iret_lcall;
}

static void kernel_page_fault(struct user_frame *frame)
{
	uint32_t address = frame->cr2;
	if (address < USER_TOP && current->task->map != NULL) {
		/* This may block, and entry.S has put the kernel's selectors into ds and es:
		   whoever runs next must not take them to user mode. */
		ast_pending |= AST_SEGMENTS;
		trace(TRACE_FAULT, address, frame->eip);
		if (upcall_vm_fault(current->task->map, address,
				    (frame->error & PAGE_FAULT_WRITE) != 0) == KERN_SUCCESS) {
			return;
		}
	}
	if (!recover(frame)) {
		panic("kernel page fault at address 0x%x (error %x, eip 0x%x)", address,
		      frame->error, frame->eip);
	}
}

ENTRY void i386_kernel_trap(struct user_frame *frame)
{
	uint32_t number = frame->trap_number;
	if (number - FIRST_INTERRUPT < 16u) {
		interrupt(number - FIRST_INTERRUPT);
	} else if (number == 14) {
		kernel_page_fault(frame);
	} else if (is_iret(frame->eip)) {
		iret_refused(frame);
	} else if (!recover(frame)) {
		panic("kernel trap %u (error %x, eip 0x%x)", number, frame->error, frame->eip);
	}
}

ENTRY void i386_boundary(struct user_frame *frame)
{
	uint32_t machine_bits = ast_pending & (AST_SEGMENTS | AST_TRACE);
	ast_pending &= ~AST_TRACE;
	if ((machine_bits & AST_TRACE) != 0 && !current->machine.v86_mode) {
		frame->eflags |= EFL_TF;
	}
	while ((ast_pending & ~AST_SEGMENTS) != 0) {
		thread_boundary();
		/* Which may block, so that there may be something at the boundary again. */
		if (ast_pending & AST_SIGNAL) {
			ast_pending &= ~AST_SIGNAL;
			v86_look(frame);
		}
	}
}

ENTRY void i386_trap_bad_stack(struct user_frame *frame)
{
	raise(EXC_BAD_ACCESS, KERN_INVALID_ADDRESS, (int)(frame->esp + 4));
}

ENTRY void i386_trap_bad_number(struct user_frame *frame)
{
	(void)frame;
	raise(EXC_BAD_INSTRUCTION, EXC_I386_INVOP, 0);
}

/* task_set_emulation: the program continues at the vector's address, with what a far call through
   the gate would have left: its flags and the address behind the lcall, so that the library returns
   by popf and ret. */
ENTRY int i386_trap_emulate(struct user_frame *frame)
{
	uint32_t entry = task_emulation_lookup(current->task, (int32_t)frame->eax);
	if (entry == 0) {
		return 0;
	}
	uint32_t pushed[2] = {frame->eflags, frame->eip};
	uint32_t stack = frame->esp - sizeof(pushed);
	if (!copyout(pushed, uaddr(stack), sizeof(pushed))) {
		raise(EXC_BAD_ACCESS, KERN_INVALID_ADDRESS, (int)stack);
		return 1;
	}
	frame->esp = stack;
	frame->eip = entry;
	frame->trap_number = TRAP_CHANGED;
	return 1;
}

void i386_double_fault(void);
void i386_double_fault(void)
{
	uint32_t eip, esp;
	descriptors_interrupted(&eip, &esp);
	panic("double fault in the kernel at eip 0x%x, esp 0x%x (thread %p): its stack has "
	      "probably overflowed",
	      eip, esp, (void *)current);
}
