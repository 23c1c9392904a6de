/* The end of the machine, and reports about the end of a user thread. */
#include <kern/panic.h>

#include <kern/machine.h>
#include <kern/symbols.h>
#include <kern/task.h>
#include <kern/thread.h>
#include <kern/trace.h>
#include <mach/exception.h>

#define BACKTRACE_MAX      24u
#define PANIC_TRACE_EVENTS 16u
#define FAULT_TRACE_EVENTS 8u

bool panic_reboots;
static uint32_t panic_depth;

/* Return addresses are looked up one byte earlier: the call may be its function's last instruction.
 */
static void print_address(const struct symbols *symbols, bool user, uint32_t address, uint32_t back)
{
	uint32_t offset = 0;
	const char *name = user ? symbols_lookup(symbols, address - back, &offset)
				: ksym_lookup(address - back, &offset);
	if (name != NULL) {
		kprintf("0x%x <%s+0x%x>", address, name, offset + back);
	} else {
		kprintf("0x%x", address);
	}
}

static void print_backtrace(const struct symbols *symbols, bool user, uint32_t frame)
{
	struct backtrace_entry entries[BACKTRACE_MAX];
	uint32_t count = machine_backtrace(frame, user, entries, BACKTRACE_MAX);
	for (uint32_t i = 0; i < count; i++) {
		kprintf(entries[i].certain ? "  from " : "  perhaps from ");
		print_address(symbols, user, entries[i].address, 1);
		kprintf("\n");
	}
}

static void __attribute__((noreturn)) panic_end(void)
{
	if (panic_reboots) {
		machine_reboot();
	}
	machine_halt();
}

/* A panic within a panic says its sentence and stops; one within that says nothing. */
static void __attribute__((noreturn)) vpanic(uint32_t frame, const char *format, va_list arguments)
{
	panic_depth++;
	if (panic_depth > 2) {
		panic_end();
	}
	console_set_captured(0);
	kprintf("\npanic: ");
	kvprintf(format, arguments);
	kprintf("\n");
	if (panic_depth == 1) {
		if (current != NULL && current->magic == THREAD_MAGIC) {
			kprintf("  in task %llu \"%s\", thread %p\n",
				(unsigned long long)current->task->number, current->task->name,
				(void *)current);
		}
		print_backtrace(NULL, false, frame);
		trace_print_last(PANIC_TRACE_EVENTS);
	}
	panic_end();
}

void panic(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vpanic((uint32_t)(uintptr_t)__builtin_frame_address(0), format, arguments);
}

void assert_failed(const char *expression, const char *file, int line)
{
	panic("%s:%d: assertion failed: %s", file, line, expression);
}

static const char *exception_words(int exception, int code)
{
	switch (exception) {
	case EXC_BAD_ACCESS:
		switch (code) {
		case KERN_INVALID_ADDRESS:
			return "access to memory that is not there";
		case KERN_PROTECTION_FAILURE:
			return "access that the memory's protection forbids";
		case KERN_MEMORY_FAILURE:
		case KERN_MEMORY_ERROR:
			return "access to memory that its pager could not provide";
		case KERN_RESOURCE_SHORTAGE:
			return "access to memory for which no page is left";
		default:
			return "bad memory access";
		}
	case EXC_BAD_INSTRUCTION:
		return "bad instruction";
	case EXC_ARITHMETIC:
		return "arithmetic error";
	case EXC_EMULATION:
		return "emulated instruction";
	case EXC_SOFTWARE:
		return "software exception";
	case EXC_BREAKPOINT:
		return "breakpoint";
	default:
		return "unknown exception";
	}
}

void report_user_fault(struct thread *thread, int exception, int code, uint32_t subcode)
{
	const struct task *task = thread->task;
	const struct user_frame *frame = thread->machine.frame;
	kprintf("fault: task %llu \"%s\", thread %p: %s (exception %d, code %d, %s 0x%x) at eip ",
		(unsigned long long)task->number, task->name, (void *)thread,
		exception_words(exception, code), exception, code,
		exception == EXC_BAD_ACCESS ? "address" : "subcode", subcode);
	print_address(task->symbols, true, frame->eip, 0);
	kprintf("\n");
	if (thread == current) { /* another's memory cannot be read from here */
		print_backtrace(task->symbols, true, frame->ebp);
	}
	trace_print_last(FAULT_TRACE_EVENTS);
}
