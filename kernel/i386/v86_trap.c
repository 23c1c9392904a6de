/* What comes from a program in virtual-8086 mode: sensitive instructions, exceptions, interrupts
   that wait. See v86.h; v86_core.h says what is sensitive.

   Memory is looked at and written first, and registers, eip included, change when nothing can fail
   any more: what fails can be done again. A copy may block; what thread_set_state did meanwhile
   stands (v86->changed). */
#include <mach/exception.h>
#include <mach/machine/exception.h>
#include <mach/machine/thread_status.h>
#include <mach/machine/trap.h>
#include <masix/masix_host.h>

#include <i386/traps.h>
#include <i386/v86.h>
#include <kern/counter.h>
#include <kern/thread.h>
#include <kern/upcall.h>

COUNTER(i386_v86_traps);
COUNTER(i386_v86_interrupts);

#define SEGMENT_END 0x10000u
#define CODE_BYTES  16u /* V86_INSTRUCTION_MAX in whole words */

/* How an instruction that the kernel does for a program ended. */
enum step {
	STEP_DONE,
	STEP_STACK,  /* an operand across the end of the stack segment: #SS */
	STEP_LIMIT,  /* a jump beyond the end of the code segment: #GP */
	STEP_MEMORY, /* memory that is not there, at v86_step.address */
};

struct v86_step {
	struct user_frame *frame;
	struct v86 *v86;
	uint32_t next; /* eip when all is well: behind the instruction, if it is one that goes on */
	uint32_t address;
	bool shadowed; /* the instruction is the one behind STI */
};

/* --- the program's memory --------------------------------------------------------------- */

/* Two or four bytes in one access (entry.S), below USER_TOP: a program's linear addresses end at
   V86_TOP, and the block was looked at. False: no memory there. */
bool v86_load2(uint32_t linear, uint32_t *value) MUST_CHECK;
bool v86_load4(uint32_t linear, uint32_t *value) MUST_CHECK;
bool v86_store2(uint32_t linear, uint32_t value) MUST_CHECK;
bool v86_store4(uint32_t linear, uint32_t value) MUST_CHECK;

static bool program_read(struct v86 *v86, uint32_t linear, void *to, uint32_t bytes)
{
	return copyin(uaddr(linear), to, bytes) && !v86->changed;
}

/* The bytes at cs:eip, at most V86_INSTRUCTION_MAX of them, to the end of what can be read. */
static uint32_t fetch(const struct user_frame *frame, struct v86 *v86, uint8_t *code)
{
	uint32_t room = frame->eip < SEGMENT_END ? SEGMENT_END - frame->eip : 0;
	uint32_t bytes = room < V86_INSTRUCTION_MAX ? room : V86_INSTRUCTION_MAX;
	uint32_t linear = v86_linear(frame->cs, frame->eip);
	if (bytes > 0 && program_read(v86, linear, code, bytes)) {
		return bytes;
	}
	uint32_t count = 0;
	while (count < bytes && program_read(v86, linear + count, code + count, 1)) {
		count++;
	}
	return count;
}

/* Decodes what stands at cs:eip, and reads no further than that needs, but for the rest of a word:
   the next page may be one that must be waited for. */
static void fetch_decode(const struct user_frame *frame, struct v86 *v86, uint8_t *code,
			 struct v86_instruction *in)
{
	uint32_t linear = v86_linear(frame->cs, frame->eip);
	uint32_t count = 0;
	in->kind = V86_SHORT;
	if (frame->eip <= SEGMENT_END - sizeof(uint32_t) &&
	    (linear & PAGE_MASK) <= PAGE_BYTES - sizeof(uint32_t) &&
	    v86_load4(linear, (uint32_t *)code)) {
		count = sizeof(uint32_t);
		v86_decode(code, count, in);
	}
	while (in->kind == V86_SHORT && frame->eip + count < SEGMENT_END &&
	       program_read(v86, linear + count, code + count, 1)) {
		count++;
		v86_decode(code, count, in);
	}
}

/* One operand on the stack at ss:sp, of 2 or 4 bytes; no operand passes the segment's end. */
static enum step stack_place(struct v86_step *step, uint32_t sp, uint32_t bytes)
{
	sp &= 0xffffu;
	step->address = v86_linear(step->frame->ss, sp);
	return sp <= SEGMENT_END - bytes ? STEP_DONE : STEP_STACK;
}

static enum step stack_write(struct v86_step *step, uint32_t sp, uint32_t value, uint32_t bytes)
{
	enum step result = stack_place(step, sp, bytes);
	if (result != STEP_DONE) {
		return result;
	}
	bool done =
		bytes == 2 ? v86_store2(step->address, value) : v86_store4(step->address, value);
	return done && !step->v86->changed ? STEP_DONE : STEP_MEMORY;
}

static enum step stack_read(struct v86_step *step, uint32_t sp, uint32_t *value, uint32_t bytes)
{
	enum step result = stack_place(step, sp, bytes);
	if (result != STEP_DONE) {
		return result;
	}
	bool done = bytes == 2 ? v86_load2(step->address, value) : v86_load4(step->address, value);
	return done && !step->v86->changed ? STEP_DONE : STEP_MEMORY;
}

/* Only sp moves: the high half of esp is the program's. */
static void stack_adjust(struct user_frame *frame, uint32_t by)
{
	frame->esp = (frame->esp & ~0xffffu) | ((frame->esp + by) & 0xffffu);
}

/* --- flags ------------------------------------------------------------------------------- */

static struct v86_flags flags_of(const struct v86_step *step)
{
	return (struct v86_flags){.real = step->frame->eflags, .virtual = step->v86->flags};
}

static void flags_set(struct v86_step *step, struct v86_flags flags)
{
	step->frame->eflags = (flags.real & EFL_USER) | EFL_VM | EFL_IF | EFL_ONE;
	step->v86->flags = flags.virtual;
}

/* --- interrupts --------------------------------------------------------------------------- */

/* Interrupt `vector` as the processor does it in real mode. */
static enum step step_interrupt(struct v86_step *step, uint32_t vector)
{
	struct user_frame *frame = step->frame;
	uint32_t target;
	uint32_t words[3] = {v86_flags_seen(flags_of(step)), frame->cs, step->next};
	step->address = vector * 4;
	if (!v86_load4(step->address, &target)) {
		return STEP_MEMORY;
	}
	for (uint32_t i = 0; i < 3; i++) {
		enum step result = stack_write(step, frame->esp - 2 * (i + 1), words[i], 2);
		if (result != STEP_DONE) {
			return result;
		}
	}
	stack_adjust(frame, -6u);
	frame->eip = target & 0xffffu;
	frame->cs = target >> 16;
	frame->eflags &= ~(uint32_t)(EFL_TF | EFL_AC | EFL_RF);
	step->v86->flags &= ~(uint32_t)EFL_IF;
	counter_add(i386_v86_interrupts);
	return STEP_DONE;
}

/* True if the program's vector leads elsewhere than to the monitor, and the kernel follows it. */
static bool reflects(struct v86 *v86, uint32_t vector)
{
	uint32_t target;
	return v86->running && (v86->run_flags & MASIX_V86_REFLECT) != 0 &&
	       v86_load4(vector * 4, &target) && !v86->changed &&
	       target >> 16 != v86->service_segment;
}

static bool pending_word(struct v86 *v86)
{
	uint32_t pending;
	return v86->running &&
	       v86_load4(v86->block + offsetof(struct masix_v86_block, pending), &pending) &&
	       !v86->changed && pending != 0;
}

/* The first row of the V86_ASSIST table that is ready: its address, or 0. */
static uint32_t table_ready(struct v86 *v86, struct v86_interrupt_table *row)
{
	for (uint32_t i = 0; i < v86->int_count; i++) {
		uint32_t address = v86->int_table + i * (uint32_t)sizeof *row;
		if (!program_read(v86, address, row, sizeof *row)) {
			return 0;
		}
		if (row->count > 0 && row->mask == 0) {
			return address;
		}
	}
	return 0;
}

static bool interrupt_waits(struct v86 *v86)
{
	struct v86_interrupt_table row;
	return pending_word(v86) || table_ready(v86, &row) != 0;
}

/* --- to the monitor ------------------------------------------------------------------------ */

static void leave_plain(struct v86_step *step, uint32_t reason, uint32_t length, uint32_t vector)
{
	struct masix_v86_block block;
	block.reason = reason;
	block.length = length;
	block.vector = vector;
	v86_leave(step->v86, step->next, &block, V86_WORDS_PLAIN);
}

static uint32_t segment_value(const struct user_frame *frame, enum v86_segment segment)
{
	const struct v86_segments *data = (const struct v86_segments *)(frame + 1);
	const uint32_t values[] = {[V86_ES] = data->es, [V86_CS] = frame->cs, [V86_SS] = frame->ss,
				   [V86_DS] = data->ds, [V86_FS] = data->fs,  [V86_GS] = data->gs};
	return values[segment] & 0xffffu;
}

static void leave_port(struct v86_step *step, const struct v86_instruction *in)
{
	struct masix_v86_block block;
	bool string = in->kind == V86_INS || in->kind == V86_OUTS;
	bool input = in->kind == V86_INS || in->kind == V86_IN;
	block.reason = input ? MASIX_V86_IN : MASIX_V86_OUT;
	block.length = in->length;
	block.vector = 0;
	block.port = in->port_in_dx ? step->frame->edx & 0xffffu : in->operand;
	block.bytes = in->bytes;
	block.access = (string ? MASIX_V86_STRING : 0) |
		       (string && in->repeat ? MASIX_V86_REPEAT : 0) |
		       (string && in->address_32 ? MASIX_V86_ADDRESS_32 : 0);
	block.segment = string ? segment_value(step->frame, in->segment) : 0;
	v86_leave(step->v86, step->next, &block, V86_WORDS_PORT);
}

/* The processor's vector behind a Mach exception (traps.c); an access that memory refuses is a page
   fault. */
static uint32_t vector_of(int exception, int code)
{
	static const uint8_t arithmetic[] = {[EXC_I386_DIV] = T_DIVIDE_ERROR,
					     [EXC_I386_INTO] = T_OVERFLOW,
					     [EXC_I386_NOEXT] = T_NO_FPU,
					     [EXC_I386_EXTOVR] = T_FPU_FAULT,
					     [EXC_I386_EXTERR] = T_FLOATING_POINT_ERROR};
	switch (exception) {
	case EXC_ARITHMETIC:
		return arithmetic[code];
	case EXC_BREAKPOINT:
		return code == EXC_I386_BPT ? T_INT3 : T_DEBUG;
	case EXC_SOFTWARE:
		return T_OUT_OF_BOUNDS;
	case EXC_BAD_INSTRUCTION:
		return code == EXC_I386_INVOP ? T_INVALID_OPCODE : (uint32_t)code;
	default:
		return code == T_WATCHPOINT ? T_WATCHPOINT : T_PAGE_FAULT;
	}
}

static void leave_exception(struct v86_step *step, uint32_t vector, int exception, int code,
			    int subcode)
{
	struct masix_v86_block block;
	__builtin_memset(&block, 0, sizeof block);
	block.instruction_bytes = fetch(step->frame, step->v86, block.instruction);
	block.reason = MASIX_V86_EXCEPTION;
	block.vector = vector;
	block.exception = (natural_t)exception;
	block.code = (natural_t)code;
	block.subcode = (natural_t)subcode;
	v86_leave(step->v86, step->frame->eip, &block, V86_WORDS_ALL);
}

/* --- exceptions ---------------------------------------------------------------------------- */

static void shadow_end(struct user_frame *frame, struct v86 *v86)
{
	if (v86->shadow) {
		v86->shadow = false;
		frame->eflags &= ~(uint32_t)EFL_TF;
	}
}

bool v86_exception(struct user_frame *frame, int exception, int code, int subcode)
{
	struct v86_step step = {.frame = frame, .v86 = current->machine.v86, .next = frame->eip};
	uint32_t vector = vector_of(exception, code);
	step.v86->changed = false;
	ast_pending |= AST_SEGMENTS;
	shadow_end(frame, step.v86);
	if (vector <= T_OUT_OF_BOUNDS && reflects(step.v86, vector) &&
	    step_interrupt(&step, vector) == STEP_DONE) {
		return true;
	}
	if (step.v86->running && !step.v86->changed) {
		leave_exception(&step, vector, exception, code, subcode);
		return true;
	}
	return step.v86->changed;
}

/* As the processor would have raised it; without masix_v86_run it is a message. */
static void raise(struct v86_step *step, int exception, int code, int subcode)
{
	if (!step->v86->changed && !v86_exception(step->frame, exception, code, subcode)) {
		upcall_exception(exception, code, subcode);
	}
}

static void raise_step(struct v86_step *step, enum step result)
{
	switch (result) {
	case STEP_STACK:
		raise(step, EXC_BAD_INSTRUCTION, EXC_I386_STKFLT, 0);
		break;
	case STEP_LIMIT:
		raise(step, EXC_BAD_INSTRUCTION, EXC_I386_GPFLT, 0);
		break;
	default:
		raise(step, EXC_BAD_ACCESS, KERN_INVALID_ADDRESS, (int)step->address);
		break;
	}
}

bool v86_shadow_ends(struct user_frame *frame)
{
	struct v86 *v86 = current->machine.v86;
	if (!v86->shadow) {
		return false;
	}
	shadow_end(frame, v86);
	v86_look(frame);
	return true;
}

/* --- what waits for IF ---------------------------------------------------------------------- */

static void table_deliver(struct v86_step *step)
{
	struct v86_interrupt_table row;
	uint32_t address = table_ready(step->v86, &row);
	if (address == 0) {
		return;
	}
	row.count--;
	if (!copyout(&row.count, uaddr(address), sizeof row.count) || step->v86->changed) {
		step->address = address;
		raise_step(step, STEP_MEMORY);
		return;
	}
	enum step result = step_interrupt(step, row.vec & 0xffu);
	if (result != STEP_DONE) {
		raise_step(step, result);
	}
}

void v86_deliver(struct user_frame *frame)
{
	struct v86_step step = {.frame = frame, .v86 = current->machine.v86, .next = frame->eip};
	struct v86 *v86 = step.v86;
	if (v86->posted && v86->running) {
		leave_plain(&step, MASIX_V86_POSTED, 0, 0);
		v86->posted = v86->running;
	} else if ((v86->flags & EFL_IF) == 0 || v86->shadow) {
		return;
	} else if (pending_word(v86)) {
		leave_plain(&step, MASIX_V86_INTERRUPT, 0, 0);
	} else if (v86->int_count != 0 && !v86->changed) {
		table_deliver(&step);
	}
}

void v86_look(struct user_frame *frame)
{
	if (current->machine.v86_mode) {
		current->machine.v86->changed = false;
		v86_deliver(frame);
	}
}

/* --- instructions ---------------------------------------------------------------------------- */

/* An interrupt that waits comes after the instruction behind STI, which is stepped for that. A
   program that is stepped already gets its own trap instead, and the interrupt behind it. */
static void do_sti(struct v86_step *step)
{
	struct v86 *v86 = step->v86;
	v86->flags |= EFL_IF;
	if ((step->frame->eflags & EFL_TF) == 0 && interrupt_waits(v86)) {
		v86->shadow = true;
		step->frame->eflags |= EFL_TF;
	}
}

static enum step do_pushf(struct v86_step *step, uint32_t bytes)
{
	uint32_t value = v86_flags_seen(flags_of(step));
	enum step result = stack_write(step, step->frame->esp - bytes, value, bytes);
	if (result == STEP_DONE) {
		stack_adjust(step->frame, -bytes);
	}
	return result;
}

static enum step do_popf(struct v86_step *step, uint32_t bytes)
{
	uint32_t value = 0;
	enum step result = stack_read(step, step->frame->esp, &value, bytes);
	if (result == STEP_DONE) {
		stack_adjust(step->frame, bytes);
		flags_set(step, v86_flags_load(flags_of(step), value, bytes));
	}
	return result;
}

static enum step do_iret(struct v86_step *step, uint32_t bytes)
{
	uint32_t value[3] = {0, 0, 0}; /* eip cs eflags */
	for (uint32_t i = 0; i < 3; i++) {
		enum step result = stack_read(step, step->frame->esp + i * bytes, &value[i], bytes);
		if (result != STEP_DONE) {
			return result;
		}
	}
	if (value[0] >= SEGMENT_END) {
		return STEP_LIMIT;
	}
	stack_adjust(step->frame, 3 * bytes);
	step->next = value[0];
	step->frame->cs = value[1] & 0xffffu;
	flags_set(step, v86_flags_load(flags_of(step), value[2], bytes));
	return STEP_DONE;
}

/* One of the five that are the kernel's. */
static void step_flags(struct v86_step *step, const struct v86_instruction *in)
{
	struct v86 *v86 = step->v86;
	bool traced = (step->frame->eflags & EFL_TF) != 0;
	bool enabled = (v86->flags & EFL_IF) != 0 && !step->shadowed;
	enum step result = STEP_DONE;
	switch (in->kind) {
	case V86_CLI:
		v86->flags &= ~(uint32_t)EFL_IF;
		break;
	case V86_STI:
		if ((v86->flags & EFL_IF) == 0) {
			do_sti(step);
			enabled = true; /* nothing is to be given yet */
		}
		break;
	case V86_PUSHF:
		result = do_pushf(step, in->bytes);
		break;
	case V86_POPF:
		result = do_popf(step, in->bytes);
		break;
	default:
		result = do_iret(step, in->bytes);
		break;
	}
	if (v86->changed) {
		return;
	}
	if (result != STEP_DONE) {
		raise_step(step, result);
		return;
	}
	step->frame->eip = step->next;
	if (traced) {
		raise(step, EXC_BREAKPOINT, EXC_I386_SGL, 0);
	} else if (!enabled && (v86->flags & EFL_IF) != 0) {
		v86_deliver(step->frame);
	}
}

static void step_int(struct v86_step *step, const struct v86_instruction *in)
{
	if (!reflects(step->v86, in->operand)) {
		if (!step->v86->changed) {
			leave_plain(step, MASIX_V86_INT, in->length, in->operand);
		}
		return;
	}
	enum step result = step_interrupt(step, in->operand);
	if (result != STEP_DONE) {
		raise_step(step, result);
	}
}

/* The others are the monitor's. In another thread it gets a message with the first bytes of the
   instruction. */
static void step_monitor(struct v86_step *step, const struct v86_instruction *in,
			 const uint8_t *code)
{
	if (!step->v86->running) {
		int first;
		__builtin_memcpy(&first, code, sizeof first);
		raise(step, EXC_BAD_INSTRUCTION, EXC_I386_GPFLT, first);
		return;
	}
	switch (in->kind) {
	case V86_INT:
		step_int(step, in);
		break;
	case V86_HLT:
		leave_plain(step, MASIX_V86_HLT, in->length, 0);
		break;
	default:
		leave_port(step, in);
		break;
	}
}

ENTRY void i386_v86_protection(struct user_frame *frame)
{
	struct v86_step step = {.frame = frame, .v86 = current->machine.v86};
	uint8_t code[CODE_BYTES] __attribute__((aligned(4)));
	*(uint32_t *)code = 0;
	counter_add(i386_v86_traps);
	step.v86->changed = false;
	step.shadowed = step.v86->shadow;
	shadow_end(frame, step.v86);
	struct v86_instruction in;
	fetch_decode(frame, step.v86, code, &in);
	if (unlikely(step.v86->changed)) {
		return;
	}
	if (in.kind >= V86_CLI) {
		frame->eflags &= ~(uint32_t)EFL_RF;
		step.next = (frame->eip + in.length) & 0xffffu;
		if (in.kind <= V86_IRET) {
			step_flags(&step, &in);
		} else {
			ast_pending |= AST_SEGMENTS;
			step_monitor(&step, &in, code);
		}
	} else if (in.kind == V86_LOCKED) {
		raise(&step, EXC_BAD_INSTRUCTION, EXC_I386_INVOP, 0);
	} else {
		int first;
		__builtin_memcpy(&first, code, sizeof first);
		raise(&step, EXC_BAD_INSTRUCTION, EXC_I386_GPFLT, first);
	}
}
