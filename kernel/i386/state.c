/* thread_get_state and thread_set_state: the user's registers in the Mach forms
   (mach/i386/thread_status.h). */
#include <mach/machine/fp_reg.h>
#include <mach/machine/thread_status.h>
#include <mach/thread_status.h>

#include <i386/descriptors.h>
#include <i386/fpu.h>
#include <i386/v86.h>
#include <kern/thread.h>

#define STATE_WORDS(type) (sizeof(type) / sizeof(uint32_t))
#define DR7_HARMLESS      0xffff03ffu /* no general detect (GD), reserved bits as read */
#define FXSAVE_REGISTERS  32u
#define FXSAVE_TAG        4u
#define FPKIND_FX         4
#define SAVE_KIND_FXSAVE  1 /* 0 is FNSAVE, 2 and more are kinds of XSAVE */
#define XFLOAT_COUNT      (I386_XFLOAT_BYTES / sizeof(uint32_t))

static void get_registers(const struct thread *thread, struct i386_thread_state *state)
{
	const struct user_frame *frame = thread->machine.frame;
	/* The frame's first twelve words are the state's, with cr2 where the state has the kernel's
	   esp. */
	__builtin_memcpy(state, frame, 12 * sizeof(uint32_t));
	state->esp = 0;
	state->eip = frame->eip;
	state->cs = frame->cs;
	state->efl = frame->eflags;
	state->uesp = frame->esp;
	state->ss = frame->ss;
	if (thread->machine.v86_mode) {
		v86_get_registers(thread, state);
	}
}

static bool selector_is_users(uint32_t selector, bool may_be_null)
{
	if ((selector & 0xffffu) != selector) {
		return false;
	}
	return (selector & 3u) == 3u || (may_be_null && selector <= 3u);
}

static bool segments_are_users(const struct i386_thread_state *s)
{
	return selector_is_users(s->cs, false) && selector_is_users(s->ss, false) &&
	       selector_is_users(s->ds, true) && selector_is_users(s->es, true) &&
	       selector_is_users(s->fs, true) && selector_is_users(s->gs, true);
}

static kern_return_t set_registers(struct thread *thread, const struct i386_thread_state *state,
				   bool own_segments)
{
	struct user_frame *frame = thread->machine.frame;
	if ((state->efl & EFL_VM) != 0) {
		return v86_set_registers(thread, state);
	}
	if (own_segments && !segments_are_users(state)) {
		return KERN_INVALID_ARGUMENT;
	}
	if (unlikely(thread->machine.v86_mode)) {
		v86_end(thread);
	}
	frame->edi = state->edi;
	frame->esi = state->esi;
	frame->ebp = state->ebp;
	frame->ebx = state->ebx;
	frame->edx = state->edx;
	frame->ecx = state->ecx;
	frame->eax = state->eax;
	frame->eip = state->eip;
	frame->esp = state->uesp;
	frame->eflags = (state->efl & EFL_USER) | EFL_IF | EFL_ONE;
	frame->cs = own_segments ? state->cs : USER_CS;
	frame->ss = own_segments ? state->ss : USER_DS;
	frame->ds = own_segments ? state->ds : USER_DS;
	frame->es = own_segments ? state->es : USER_DS;
	frame->fs = own_segments ? state->fs : USER_DS;
	frame->gs = own_segments ? state->gs : USER_DS;
	frame->trap_number = TRAP_CHANGED;
	if (thread == current) {
		ast_pending |= AST_SEGMENTS;
	}
	return KERN_SUCCESS;
}

/* FXSAVE's abridged tag byte (1 = in use) to and from the 16-bit tag word (3 = empty). SDM vol.
   1, 10.5.1.1. */
static uint16_t tag_word(uint8_t abridged)
{
	uint16_t word = 0;
	for (uint32_t i = 0; i < 8; i++) {
		word |= (uint16_t)(((abridged >> i) & 1u) ? 0u : 3u) << (2 * i);
	}
	return word;
}

static uint8_t tag_abridged(uint16_t word)
{
	uint8_t abridged = 0;
	for (uint32_t i = 0; i < 8; i++) {
		abridged |= (uint8_t)((((word >> (2 * i)) & 3u) != 3u) << i);
	}
	return abridged;
}

static kern_return_t get_float(struct thread *thread, struct i386_float_state *state)
{
	__builtin_memset(state, 0, sizeof(*state));
	state->fpkind = FPKIND_FX;
	if (thread->machine.fpu == NULL) {
		return KERN_SUCCESS; /* initialized stays 0 */
	}
	const struct i386_xfp_save *area = fpu_area(thread);
	struct i386_fp_save save = {
		.fp_control = area->fp_control,
		.fp_status = area->fp_status,
		.fp_tag = tag_word((uint8_t)area->fp_tag),
		.fp_eip = area->fp_eip,
		.fp_cs = area->fp_cs,
		.fp_opcode = area->fp_opcode,
		.fp_dp = area->fp_dp,
		.fp_ds = area->fp_ds,
	};
	__builtin_memcpy(state->hw_state, &save, sizeof(save));
	for (uint32_t i = 0; i < 8; i++) {
		__builtin_memcpy(state->hw_state + sizeof(save) + 10 * i,
				 (const uint8_t *)area + FXSAVE_REGISTERS + 16 * i, 10);
	}
	state->initialized = 1;
	state->exc_status = 0; /* as GNU Mach says; the unit's own is in fp_status */
	return KERN_SUCCESS;
}

static kern_return_t set_float(struct thread *thread, const struct i386_float_state *state)
{
	if (!state->initialized) {
		fpu_free(thread);
		return KERN_SUCCESS;
	}
	struct i386_xfp_save *area = fpu_area(thread);
	if (area == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	struct i386_fp_save save;
	__builtin_memcpy(&save, state->hw_state, sizeof(save));
	area->fp_control = save.fp_control;
	area->fp_status = save.fp_status;
	area->fp_tag = tag_abridged(save.fp_tag);
	area->fp_eip = save.fp_eip;
	area->fp_cs = save.fp_cs;
	area->fp_opcode = save.fp_opcode & 0x7ffu;
	area->fp_dp = save.fp_dp;
	area->fp_ds = save.fp_ds;
	for (uint32_t i = 0; i < 8; i++) {
		__builtin_memcpy((uint8_t *)area + FXSAVE_REGISTERS + 16 * i,
				 state->hw_state + sizeof(save) + 10 * i, 10);
	}
	fpu_forget(thread);
	return KERN_SUCCESS;
}

/* The FXSAVE image but for its tag, which is a tag word as in FLOAT, and an empty XSAVE header
   behind it. */
static kern_return_t get_xfloat(struct thread *thread, struct i386_xfloat_state *state)
{
	__builtin_memset(state, 0, I386_XFLOAT_BYTES);
	state->fpkind = FPKIND_FX;
	state->fp_save_kind = SAVE_KIND_FXSAVE;
	if (thread->machine.fpu == NULL) {
		return KERN_SUCCESS; /* initialized stays 0 */
	}
	const uint8_t *area = fpu_area(thread);
	__builtin_memcpy(state->hw_state, area, FPU_AREA_BYTES);
	uint16_t tag = tag_word(area[FXSAVE_TAG]);
	__builtin_memcpy(state->hw_state + FXSAVE_TAG, &tag, sizeof tag);
	state->initialized = 1;
	return KERN_SUCCESS;
}

static kern_return_t set_xfloat(struct thread *thread, const struct i386_xfloat_state *state)
{
	if (!state->initialized) {
		fpu_free(thread);
		return KERN_SUCCESS;
	}
	if (state->fp_save_kind != SAVE_KIND_FXSAVE) {
		return KERN_INVALID_ARGUMENT;
	}
	uint8_t *area = fpu_area(thread);
	if (area == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	uint16_t tag;
	__builtin_memcpy(&tag, state->hw_state + FXSAVE_TAG, sizeof tag);
	__builtin_memcpy(area, state->hw_state, FPU_AREA_BYTES);
	area[FXSAVE_TAG] = tag_abridged(tag);
	area[FXSAVE_TAG + 1] = 0;
	/* FXRSTOR would fault in the kernel on a bit that the processor reserves. */
	struct i386_xfp_save *image = (struct i386_xfp_save *)area;
	image->fp_mxcsr &= fpu_mxcsr_mask();
	fpu_forget(thread);
	return KERN_SUCCESS;
}

static kern_return_t set_debug(struct thread *thread, const struct i386_debug_state *state)
{
	for (uint32_t i = 0; i < 4; i++) {
		if (state->dr[i] >= USER_TOP) {
			return KERN_INVALID_ARGUMENT;
		}
	}
	if ((state->dr[7] & ~DR7_HARMLESS) != 0) {
		return KERN_INVALID_ARGUMENT;
	}
	__builtin_memcpy(thread->machine.debug, state->dr, sizeof(state->dr));
	thread->machine.debug_set = (state->dr[7] & 0xffu) != 0;
	if (thread == current) {
		debug_load(&thread->machine); /* a thread that sets none is not looked at when it is
						 switched away from */
	}
	return KERN_SUCCESS;
}

/* The ports below PORT_MAP_BITS, as the task's grants allow them; i386_io_perm_modify changes
 * those. */
static void get_port_map(const struct thread *thread, struct i386_isa_port_map_state *state)
{
	if (thread->task->io_bitmap != NULL) {
		__builtin_memcpy(state->pm, thread->task->io_bitmap, sizeof state->pm);
	} else {
		__builtin_memset(state->pm, 0xff, sizeof state->pm);
	}
}

static void get_v86_assist(const struct thread *thread, struct i386_v86_assist_state *state)
{
	const struct v86 *v86 = thread->machine.v86;
	state->int_table = v86 != NULL ? v86->int_table : 0;
	state->int_count = v86 != NULL ? (int)v86->int_count : 0;
}

/* THREAD_STATE_FLAVOR_LIST: the flavours that there are. */
static kern_return_t get_flavors(uint32_t *list, uint32_t room, uint32_t *count)
{
	static const uint32_t flavors[] = {i386_THREAD_STATE,       i386_FLOAT_STATE,
					   i386_ISA_PORT_MAP_STATE, i386_V86_ASSIST_STATE,
					   i386_REGS_SEGS_STATE,    i386_DEBUG_STATE,
					   i386_XFLOAT_STATE};
	*count = sizeof flavors / sizeof flavors[0];
	if (room < *count) {
		return KERN_INVALID_ARGUMENT;
	}
	__builtin_memcpy(list, flavors, sizeof flavors);
	return KERN_SUCCESS;
}

kern_return_t machine_thread_get_state(struct thread *thread, int flavor, uint32_t *state,
				       uint32_t *count)
{
	uint32_t room = *count;
	kern_return_t result = KERN_SUCCESS;
	switch (flavor) {
	case THREAD_STATE_FLAVOR_LIST:
		return get_flavors(state, room, count);
	case i386_THREAD_STATE:
	case i386_REGS_SEGS_STATE:
		*count = i386_THREAD_STATE_COUNT;
		if (room < *count) {
			return KERN_INVALID_ARGUMENT;
		}
		get_registers(thread, (struct i386_thread_state *)state);
		return KERN_SUCCESS;
	case i386_FLOAT_STATE:
		*count = i386_FLOAT_STATE_COUNT;
		if (room < *count) {
			return KERN_INVALID_ARGUMENT;
		}
		return get_float(thread, (struct i386_float_state *)state);
	case i386_XFLOAT_STATE:
		*count = XFLOAT_COUNT;
		if (room < *count) {
			return KERN_INVALID_ARGUMENT;
		}
		return get_xfloat(thread, (struct i386_xfloat_state *)state);
	case i386_ISA_PORT_MAP_STATE:
		*count = i386_ISA_PORT_MAP_STATE_COUNT;
		if (room < *count) {
			return KERN_INVALID_ARGUMENT;
		}
		get_port_map(thread, (struct i386_isa_port_map_state *)state);
		return KERN_SUCCESS;
	case i386_V86_ASSIST_STATE:
		*count = i386_V86_ASSIST_STATE_COUNT;
		if (room < *count) {
			return KERN_INVALID_ARGUMENT;
		}
		get_v86_assist(thread, (struct i386_v86_assist_state *)state);
		return KERN_SUCCESS;
	case i386_DEBUG_STATE:
		*count = i386_DEBUG_STATE_COUNT;
		if (room < *count) {
			return KERN_INVALID_ARGUMENT;
		}
		__builtin_memcpy(state, thread->machine.debug, sizeof(struct i386_debug_state));
		return KERN_SUCCESS;
	default:
		result = KERN_INVALID_ARGUMENT;
		break;
	}
	return result;
}

kern_return_t machine_thread_set_state(struct thread *thread, int flavor, const uint32_t *state,
				       uint32_t count)
{
	switch (flavor) {
	case i386_THREAD_STATE:
	case i386_REGS_SEGS_STATE:
		if (count < i386_THREAD_STATE_COUNT) {
			return KERN_INVALID_ARGUMENT;
		}
		return set_registers(thread, (const struct i386_thread_state *)state,
				     flavor == i386_REGS_SEGS_STATE);
	case i386_FLOAT_STATE:
		if (count < i386_FLOAT_STATE_COUNT) {
			return KERN_INVALID_ARGUMENT;
		}
		return set_float(thread, (const struct i386_float_state *)state);
	case i386_XFLOAT_STATE:
		if (count < XFLOAT_COUNT) {
			return KERN_INVALID_ARGUMENT;
		}
		return set_xfloat(thread, (const struct i386_xfloat_state *)state);
	case i386_V86_ASSIST_STATE:
		if (count < i386_V86_ASSIST_STATE_COUNT) {
			return KERN_INVALID_ARGUMENT;
		}
		return v86_set_assist(thread, (const struct i386_v86_assist_state *)state);
	case i386_DEBUG_STATE:
		if (count < i386_DEBUG_STATE_COUNT) {
			return KERN_INVALID_ARGUMENT;
		}
		return set_debug(thread, (const struct i386_debug_state *)state);
	default:
		return KERN_INVALID_ARGUMENT;
	}
}

uint32_t machine_xfloat_bytes(void)
{
	return I386_XFLOAT_BYTES;
}

void machine_thread_set_start(struct thread *thread, uint32_t eip, uint32_t esp)
{
	thread->machine.frame->eip = eip;
	thread->machine.frame->esp = esp;
	thread->machine.frame->trap_number = TRAP_CHANGED;
}
