/* A thread's virtual-8086 mode: how it begins and ends. See v86.h. */
#include <mach/exception.h>
#include <mach/machine/thread_status.h>
#include <masix/masix_host.h>

#include <i386/descriptors.h>
#include <i386/v86.h>
#include <kern/counter.h>
#include <kern/thread.h>
#include <kern/upcall.h>
#include <kern/zone.h>

COUNTER(i386_v86_runs);

static struct zone v86_zone;

void v86_init(void)
{
	zone_init(&v86_zone, "i386.v86", sizeof(struct v86), 0);
}

struct v86 *v86_of(struct thread *thread)
{
	if (thread->machine.v86 == NULL) {
		thread->machine.v86 = zone_alloc_zero(&v86_zone);
	}
	return thread->machine.v86;
}

void v86_free(struct thread *thread)
{
	if (thread->machine.v86 != NULL) {
		zone_free(&v86_zone, thread->machine.v86);
		thread->machine.v86 = NULL;
	}
}

static void mode_set(struct thread *thread, bool on)
{
	thread->machine.v86_mode = on;
	if (thread == current) {
		descriptors_load_mode(&thread->machine);
	}
}

/* The thread looks at what waits for it before it goes on. */
static void ask_to_look(struct thread *thread)
{
	if (thread == current) {
		ast_pending |= AST_SIGNAL;
	} else {
		thread->ast |= AST_SIGNAL;
	}
}

/* --- thread states -------------------------------------------------------------------- */

static struct v86_flags flags_of(const struct user_frame *frame, const struct v86 *v86)
{
	/* In the shadow of STI the trace flag is ours: the program's own is clear. */
	uint32_t real = v86->shadow ? frame->eflags & ~(uint32_t)EFL_TF : frame->eflags;
	return (struct v86_flags){.real = real, .virtual = v86->flags};
}

static void segments_set(struct user_frame *frame, uint32_t es, uint32_t ds, uint32_t fs,
			 uint32_t gs)
{
	*v86_segments(frame) = (struct v86_segments){
		.es = es & 0xffffu, .ds = ds & 0xffffu, .fs = fs & 0xffffu, .gs = gs & 0xffffu};
	frame->gs = frame->fs = frame->es = frame->ds = 0;
}

static void flags_set(struct user_frame *frame, struct v86 *v86, uint32_t eflags)
{
	v86->flags = eflags & V86_VIRTUAL;
	frame->eflags = (eflags & EFL_USER) | EFL_VM | EFL_IF | EFL_ONE;
}

void v86_get_registers(const struct thread *thread, struct i386_thread_state *state)
{
	const struct v86_segments *segments = v86_segments(thread->machine.frame);
	state->es = segments->es & 0xffffu;
	state->ds = segments->ds & 0xffffu;
	state->fs = segments->fs & 0xffffu;
	state->gs = segments->gs & 0xffffu;
	state->efl = v86_flags_seen(flags_of(thread->machine.frame, thread->machine.v86)) | EFL_VM;
}

kern_return_t v86_set_registers(struct thread *thread, const struct i386_thread_state *state)
{
	struct user_frame *frame = thread->machine.frame;
	if (thread->task == kernel_task) {
		return KERN_INVALID_ARGUMENT; /* nor is there room above every frame of these */
	}
	struct v86 *v86 = v86_of(thread);
	if (v86 == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	frame->edi = state->edi;
	frame->esi = state->esi;
	frame->ebp = state->ebp;
	frame->ebx = state->ebx;
	frame->edx = state->edx;
	frame->ecx = state->ecx;
	frame->eax = state->eax;
	frame->eip = state->eip & 0xffffu;
	frame->cs = state->cs & 0xffffu;
	frame->esp = state->uesp;
	frame->ss = state->ss & 0xffffu;
	segments_set(frame, state->es, state->ds, state->fs, state->gs);
	flags_set(frame, v86, state->efl);
	v86->shadow = false;
	v86->changed = true;
	frame->trap_number = TRAP_CHANGED;
	mode_set(thread, true);
	ask_to_look(thread);
	return KERN_SUCCESS;
}

void v86_end(struct thread *thread)
{
	thread->machine.v86->running = false;
	thread->machine.v86->shadow = false;
	thread->machine.v86->changed = true;
	mode_set(thread, false);
}

kern_return_t v86_set_assist(struct thread *thread, const struct i386_v86_assist_state *state)
{
	uint32_t rows = (uint32_t)state->int_count;
	if (rows > V86_INTERRUPTS_MAX ||
	    state->int_table > USER_TOP - rows * sizeof(struct v86_interrupt_table)) {
		return KERN_INVALID_ARGUMENT;
	}
	struct v86 *v86 = v86_of(thread);
	if (v86 == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	v86->int_table = state->int_table;
	v86->int_count = state->int_table != 0 ? rows : 0;
	ask_to_look(thread);
	return KERN_SUCCESS;
}

/* --- masix_v86_run --------------------------------------------------------------------- */

static void frame_load(struct user_frame *frame, struct v86 *v86,
		       const struct masix_v86_registers *r)
{
	frame->edi = r->edi;
	frame->esi = r->esi;
	frame->ebp = r->ebp;
	frame->ebx = r->ebx;
	frame->edx = r->edx;
	frame->ecx = r->ecx;
	frame->eax = r->eax;
	frame->eip = r->eip & 0xffffu;
	frame->cs = r->cs & 0xffffu;
	frame->esp = r->esp;
	frame->ss = r->ss & 0xffffu;
	segments_set(frame, r->es, r->ds, r->fs, r->gs);
	flags_set(frame, v86, r->eflags);
	frame->trap_number = TRAP_CHANGED;
}

static void frame_store(struct user_frame *frame, const struct v86 *v86,
			struct masix_v86_registers *r)
{
	const struct v86_segments *segments = v86_segments(frame);
	r->edi = frame->edi;
	r->esi = frame->esi;
	r->ebp = frame->ebp;
	r->ebx = frame->ebx;
	r->edx = frame->edx;
	r->ecx = frame->ecx;
	r->eax = frame->eax;
	r->cs = frame->cs & 0xffffu;
	r->eflags = v86_flags_seen(flags_of(frame, v86));
	r->esp = frame->esp;
	r->ss = frame->ss & 0xffffu;
	r->es = segments->es & 0xffffu;
	r->ds = segments->ds & 0xffffu;
	r->fs = segments->fs & 0xffffu;
	r->gs = segments->gs & 0xffffu;
}

uint32_t machine_v86_run(uint32_t address)
{
	struct user_frame *frame = current->machine.frame;
	struct masix_v86_block block;
	if (address % 4 != 0 || address > USER_TOP - sizeof block ||
	    !copyin(uaddr(address), &block, offsetof(struct masix_v86_block, reason))) {
		return KERN_INVALID_ADDRESS;
	}
	if (current->machine.v86_mode) {
		return frame->eax; /* thread_set_state, while the block was waited for */
	}
	struct v86 *v86 = v86_of(current);
	if (v86 == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	counter_add(i386_v86_runs);
	v86->monitor = *frame;
	v86->monitor.eax = KERN_SUCCESS;
	v86->monitor.trap_number = TRAP_CHANGED;
	v86->block = address;
	v86->run_flags = block.flags;
	v86->service_segment = block.service_segment;
	v86->running = true;
	v86->shadow = false;
	v86->changed = false;
	frame_load(frame, v86, &block.registers);
	mode_set(current, true);
	v86_deliver(frame);
	return frame->eax; /* which the way out stores there */
}

void v86_leave(struct v86 *v86, uint32_t eip, struct masix_v86_block *block, uint32_t words)
{
	const uint32_t from = offsetof(struct masix_v86_block, registers);
	struct user_frame *frame = current->machine.frame;
	frame_store(frame, v86, &block->registers);
	block->registers.eip = eip;
	if (!copyout(&block->registers, uaddr(v86->block + from),
		     (uint32_t)sizeof block->registers + words * 4)) {
		if (!v86->changed) {
			upcall_exception(EXC_BAD_ACCESS, KERN_INVALID_ADDRESS, (int)v86->block);
		}
		return;
	}
	if (v86->changed) {
		return;
	}
	v86->running = false;
	v86->shadow = false;
	*frame = v86->monitor;
	mode_set(current, false);
	ast_pending |= AST_SEGMENTS;
}

kern_return_t machine_v86_post(struct thread *thread, bool at_once)
{
	struct v86 *v86 = v86_of(thread);
	if (v86 == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	v86->posted |= at_once;
	ask_to_look(thread);
	return KERN_SUCCESS;
}
