/* What the machine-independent kernel asks of the machine. kernel/i386 implements it; nothing
   outside kernel/i386 includes a header of kernel/i386 but through this file. */
#pragma once

#include <kern/types.h>
#include <i386/machine_thread.h> /* struct machine_thread, the one machine type that is embedded */

struct thread;
struct task;
struct pmap;

/* --- user memory --------------------------------------------------------------------- */

/* Copies between the kernel and the current thread's user space. The whole range must lie in
   [0, USER_TOP); faults are resolved by vm_fault (so these may block, on a pager) and, when they
   cannot be, the copy stops. Returns true when all bytes were copied. */
bool copyin(struct uaddr from, void *to, uint32_t bytes) MUST_CHECK;
bool copyout(const void *from, struct uaddr to, uint32_t bytes) MUST_CHECK;
/* Copies a string of at most `size` bytes with its terminating 0. False on a fault or if none was
   found. */
bool copyin_string(struct uaddr from, char *to, uint32_t size) MUST_CHECK;

/* --- threads ------------------------------------------------------------------------- */

/* Makes `next` the running thread: saves the current one's kernel context, loads that of `next`
   (stack, TSS esp0, CR3 when the space differs, descriptors when they differ). Returns, on the
   old thread's stack, when something switches back to it. */
void machine_switch(struct thread *old, struct thread *next);

/* Prepares a thread that has a kernel stack so that the first switch to it enters user mode with
   the saved user state (thread_return_to_user). Registers zero, default selectors. */
void machine_thread_init(struct thread *thread);
/* Prepares a kernel thread: the first switch to it calls entry(argument), which must not return. */
void machine_kernel_thread_init(struct thread *thread, void (*entry)(void *), void *argument);
/* The thread that the kernel started as (thread_create_boot). */
void machine_boot_thread_init(struct thread *thread);
/* Frees what the machine layer holds for the thread (FPU area). The thread is not running. */
void machine_thread_destroy(struct thread *thread);
void machine_task_destroy(struct task *task);

/* thread_get_state / thread_set_state on a thread stopped at the user boundary, or the current one.
   count is in natural_t words, in and out. KERN_INVALID_ARGUMENT: unknown flavour, short count, or
   a state that would give the user more than ring 3; KERN_RESOURCE_SHORTAGE: no memory for an FPU
   area. */
kern_return_t machine_thread_get_state(struct thread *, int flavor, uint32_t *state,
				       uint32_t *count) MUST_CHECK;
kern_return_t machine_thread_set_state(struct thread *, int flavor, const uint32_t *state,
				       uint32_t count) MUST_CHECK;
/* Bytes of the state of flavour i386_XFLOAT_STATE on this processor. */
uint32_t machine_xfloat_bytes(void);
/* The default user state for a task's first thread: eip and esp, everything else default. */
void machine_thread_set_start(struct thread *, uint32_t eip, uint32_t esp);

/* --- interrupts and time ------------------------------------------------------------- */

/* The kernel runs with interrupts off from entry to exit: handlers run only between user
   instructions and in machine_idle, post, and return. */
/* Waits for an interrupt with interrupts on, takes it, returns with interrupts off. */
void machine_idle(void);
/* Nanoseconds since boot, monotonic: PIT ticks interpolated by the TSC. */
uint64_t machine_uptime_ns(void);
/* Seconds since 1970-01-01 UTC as the CMOS clock said at boot. */
uint32_t machine_boot_seconds(void);
void machine_reboot(void) __attribute__((noreturn));
/* Powers off where the machine can, else halts for good. */
void machine_halt(void) __attribute__((noreturn));

/* Lets the controller deliver interrupts of a line again (each is masked when it is taken). */
void machine_interrupt_unmask(uint32_t line);

/* --- what a task or thread may reach ------------------------------------------------- */

/* True for two zeros and for a present code or data segment of ring 3. */
bool descriptor_is_harmless(struct segment_descriptor descriptor);
/* Loads a thread's own descriptors; for the current one after they were changed. */
void descriptors_load_thread(const struct machine_thread *machine);
#define MACHINE_IO_BITMAP_BYTES 8192u
/* Makes `bitmap` (MACHINE_IO_BITMAP_BYTES, a set bit refuses) what the current task runs with;
   NULL: no port at all. */
void descriptors_load_io_bitmap(const void *bitmap);
/* The bitmap's contents changed, or it is about to be freed: forget what was loaded. */
void descriptors_forget_io_bitmap(const void *bitmap);
/* The processor has SYSENTER, and it leads to the kernel. */
extern bool machine_has_sysenter;
extern uint32_t trap_emulation; /* not 0: the current task has an emulation vector */

/* --- virtual-8086 mode (i386/v86.h) --------------------------------------------------- */

/* masix_v86_run, a trap of the current thread's: its frame becomes the program's, and later the
   caller's again. Returns what the caller's eax is to be now. KERN_INVALID_ADDRESS: no block that
   can be read; KERN_RESOURCE_SHORTAGE: no memory; the frame is as it was then. */
uint32_t machine_v86_run(uint32_t block) MUST_CHECK;
/* masix_thread_post_v86. KERN_RESOURCE_SHORTAGE. */
kern_return_t machine_v86_post(struct thread *thread, bool at_once) MUST_CHECK;

/* --- the console of last resort ------------------------------------------------------ */
#define MACHINE_CONSOLE_SCREEN 1u /* VGA text memory and the keyboard */
#define MACHINE_CONSOLE_SERIAL 2u /* COM1 */
#define MACHINE_CONSOLE_ALL    (MACHINE_CONSOLE_SCREEN | MACHINE_CONSOLE_SERIAL)
/* Writes to these parts of the console, polling. '\n' becomes CR LF on the serial line. */
void machine_console_write(uint32_t parts, const char *text, uint32_t bytes);
/* One character from these parts, or -1. Used by $(prompt-task-resume) and `console`. */
int machine_console_poll(uint32_t parts);
/* The screen was somebody else's: goes on where its cursor is now. */
void machine_console_regain(void);

/* --- backtraces ---------------------------------------------------------------------- */
struct backtrace_entry {
	uint32_t address; /* a return address */
	bool certain;     /* else it may be left over from an earlier call */
};
/* The return addresses from `frame` (a frame pointer) on, innermost first; stores up to max,
   returns how many. User frames are read with copyin when `user` is set. Never faults. */
uint32_t machine_backtrace(uint32_t frame, bool user, struct backtrace_entry *entries,
			   uint32_t max);
