/* From one thread to another, and the machine's part of a thread's life. */
#include <i386/cpu.h>
#include <i386/descriptors.h>
#include <i386/fpu.h>
#include <i386/v86.h>
#include <kern/thread.h>
#include <kern/upcall.h>
#include <vm/pmap.h>

void thread_first_return(void);
void kernel_thread_first(void);
uint32_t trap_emulation; /* not 0: the current task has lcall vectors (entry.S) */

static bool same_segments(const struct user_frame *a, const struct user_frame *b)
{
	return ((a->gs ^ b->gs) | (a->fs ^ b->fs) | (a->es ^ b->es) | (a->ds ^ b->ds)) == 0;
}

void debug_load(const struct machine_thread *machine)
{
	__asm__ volatile("movl %0, %%dr7" : : "r"(0));
	if (machine->debug_set) {
		__asm__ volatile("movl %0, %%dr0; movl %1, %%dr1"
				 :
				 : "r"(machine->debug[0]), "r"(machine->debug[1]));
		__asm__ volatile("movl %0, %%dr2; movl %1, %%dr3"
				 :
				 : "r"(machine->debug[2]), "r"(machine->debug[3]));
		__asm__ volatile("movl %0, %%dr7" : : "r"(machine->debug[7]));
	}
}

/* What few threads have: descriptors, debug registers, virtual-8086 mode. */
static void __attribute__((noinline, cold)) switch_rare(struct thread *old, struct thread *next)
{
	if (old->machine.descriptors_set | next->machine.descriptors_set) {
		descriptors_load_thread(&next->machine);
		ast_pending |= AST_SEGMENTS; /* the same selector may now mean another segment */
	}
	if (old->machine.debug_set | next->machine.debug_set) {
		debug_load(&next->machine);
	}
	if (old->machine.v86_mode | next->machine.v86_mode) {
		descriptors_load_mode(&next->machine);
	}
}

/* What few tasks have: lcall vectors and I/O ports. */
static void __attribute__((noinline, cold)) switch_task_rare(const struct task *next)
{
	trap_emulation = next->emulation != NULL;
	descriptors_load_io_bitmap(next->io_bitmap);
}

static inline bool task_is_rare(const struct task *task)
{
	return ((uintptr_t)task->emulation | (uintptr_t)task->io_bitmap) != 0;
}

static inline void switch_space(const struct thread *old, const struct thread *next)
{
	struct pmap *pmap = next->machine.pmap;
	if (pmap != pmap_loaded && pmap != NULL) {
		pmap_loaded = pmap;
		cpu_load_cr3(pmap->directory_phys);
	}
	if (unlikely(task_is_rare(old->task) || task_is_rare(next->task))) {
		switch_task_rare(next->task);
	}
}

/* Saves esp, continues where the other stack left off: behind this function's own ret, or in
   thread_first_return. The compiler saves what it needs of the other registers; ebp it would not
   let us name. */
static inline void switch_stacks(uint32_t *save_esp, uint32_t load_esp)
{
	__asm__ volatile("pushl %%ebp\n\t"
			 "pushl $1f\n\t"
			 "movl %%esp, (%0)\n\t"
			 "movl %1, %%esp\n\t"
			 "ret\n"
			 "1:\tpopl %%ebp"
			 : "+a"(save_esp), "+d"(load_esp)
			 :
			 : "ebx", "ecx", "esi", "edi", "memory", "cc");
}

void machine_switch(struct thread *old, struct thread *next)
{
	uint32_t segments = ast_pending & AST_SEGMENTS;
	old->ast = ast_pending & ~AST_SEGMENTS;
	if (!same_segments(old->machine.frame, next->machine.frame)) {
		segments = AST_SEGMENTS;
	}
	ast_pending = next->ast | segments;
	tss_esp0 = (uint32_t)(next->machine.frame + 1);
	if (unlikely((old->machine.rare | next->machine.rare) != 0)) {
		switch_rare(old, next);
	}
	if (old->task != next->task) {
		switch_space(old, next);
	}
	fpu_switch(next);
	assert(*(uint32_t *)next->stack == STACK_MAGIC);
	current = next;
	switch_stacks(&old->machine.kernel_esp, next->machine.kernel_esp);
}

static void frame_init(struct user_frame *frame)
{
	__builtin_memset(frame, 0, sizeof(*frame));
	frame->cs = USER_CS;
	frame->ss = frame->ds = frame->es = frame->fs = frame->gs = USER_DS;
	frame->eflags = EFL_ONE | EFL_IF;
	frame->trap_number = TRAP_CHANGED;
}

void machine_thread_init(struct thread *thread)
{
	uint32_t top = (uint32_t)thread->stack + KERNEL_STACK_BYTES - V86_SEGMENTS_BYTES;
	struct user_frame *frame = (struct user_frame *)(top - sizeof(struct user_frame));
	__builtin_memset(&thread->machine, 0, sizeof(thread->machine));
	*(uint32_t *)thread->stack = STACK_MAGIC;
	frame_init(frame);
	thread->machine.frame = frame;
	thread->machine.pmap =
		thread->task->map != NULL ? upcall_map_pmap(thread->task->map) : NULL;
	uint32_t *stack = (uint32_t *)frame;
	*--stack = (uint32_t)thread_first_return; /* where switch_stacks' ret goes */
	thread->machine.kernel_esp = (uint32_t)stack;
}

void machine_kernel_thread_init(struct thread *thread, void (*entry)(void *), void *argument)
{
	machine_thread_init(thread);
	thread->machine.pmap = NULL;
	uint32_t *stack = (uint32_t *)thread->machine.frame;
	*--stack = (uint32_t)argument;
	*--stack = (uint32_t)entry;
	*--stack = (uint32_t)kernel_thread_first;
	thread->machine.kernel_esp = (uint32_t)stack;
}

void machine_boot_thread_init(struct thread *thread)
{
	static struct user_frame
		frame; /* never in user mode; machine_switch compares its selectors */
	thread->machine.frame = &frame;
}

void machine_thread_destroy(struct thread *thread)
{
	fpu_free(thread);
	v86_free(thread);
}

void machine_task_destroy(struct task *task)
{
	if (task->io_bitmap != NULL) {
		descriptors_forget_io_bitmap(task->io_bitmap);
	}
}

void machine_idle(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}
