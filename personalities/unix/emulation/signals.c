/*
 * Signals: masks and actions in the shared pages, handlers' frames on the program's stack.  The
 * frames are Linux's for i386 (asm/sigcontext.h, asm/ucontext.h), as programs read them.
 */
#include "library.h"
#include "offsets.h"
#include <gen/unix.h>

#define SIGKILL     9
#define SIGCONT     18
#define SIGSTOP     19
#define SIGTSTP     20
#define SIGTTIN     21
#define SIGTTOU     22
#define BIT(signal) (1ull << ((signal)-1))
#define NEVER       (BIT(SIGKILL) | BIT(SIGSTOP))

#define SA_NOCLDSTOP 0x1u
#define SA_SIGINFO   0x4u
#define SA_RESTORER  0x04000000u
#define SA_ONSTACK   0x08000000u
#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u

#define SS_ONSTACK    1u
#define SS_DISABLE    2u
#define SS_AUTODISARM 0x80000000u

struct stack {
	uint32_t base, flags, bytes;
};

struct context {
	uint32_t gs, fs, es, ds;
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
	uint32_t trapno, error, eip, cs, eflags, esp_at_signal, ss;
	uint32_t fp_state;
	uint32_t old_mask, cr2;
};

/* What fnsave and fxsave leave, one after the other, as struct _fpstate has them. */
struct fp_state {
	uint32_t legacy[27];
	uint32_t status_and_magic; /* the status word, and 0: fxsave's part follows */
	uint8_t fxsave[512];
};

struct user_context {
	uint32_t flags, link;
	struct stack stack;
	struct context context;
	uint64_t mask;
};

struct frame {
	uint32_t restorer, signal;
	struct context context;
};

/* The rest of that frame lies behind 624 bytes where old kernels had the floating point state. */
struct frame_end {
	uint32_t mask_high;
	uint8_t code[8];
};
#define FRAME_END   (sizeof(struct frame) + 624)
#define FRAME_BYTES (FRAME_END + sizeof(struct frame_end))

struct frame_info {
	uint32_t restorer, signal, info_address, context_address;
	uint32_t info[32];
	struct user_context context;
	uint8_t code[8];
};

_Static_assert(sizeof(struct context) == 88, "Linux's size");
_Static_assert(offsetof(struct frame_info, context) == 144, "Linux's place");
_Static_assert(FRAME_BYTES == 732, "Linux's size");
_Static_assert(offsetof(struct fp_state, status_and_magic) == FP_STATUS, "entry.S");
_Static_assert(offsetof(struct fp_state, fxsave) == FP_FXSAVE, "entry.S");

/* ------------------------------------------------------------------------- masks and actions */

void look_for_signals(struct unix_thread_page *page)
{
	if ((page->waiting & ~page->blocked) != 0) {
		page->pending = 1;
	}
}

static void set_mask(struct unix_thread_page *page, uint64_t mask)
{
	page->blocked = mask & ~NEVER;
	look_for_signals(page);
}

static int change_mask(struct unix_thread_page *page, uint32_t how, uint64_t set)
{
	switch (how) {
	case 0: /* SIG_BLOCK */
		set_mask(page, page->blocked | set);
		return 0;
	case 1: /* SIG_UNBLOCK */
		set_mask(page, page->blocked & ~set);
		return 0;
	case 2: /* SIG_SETMASK */
		set_mask(page, set);
		return 0;
	default:
		return -EINVAL;
	}
}

DO(rt_sigprocmask)
{
	uint64_t old = page->blocked;
	uint64_t set = 0;
	int result = 0;

	if (argument(page, 3) != sizeof(set)) {
		return -EINVAL;
	}
	if (argument(page, 1) != 0) {
		result = GET(set, argument(page, 1)) ?: change_mask(page, argument(page, 0), set);
	}
	return result < 0 || argument(page, 2) == 0 ? result : PUT(argument(page, 2), old);
}

DO(sigprocmask)
{
	uint32_t old = (uint32_t)page->blocked;
	uint32_t set = 0;
	uint64_t rest = page->blocked & ~0xffffffffull;
	int result = 0;

	if (argument(page, 1) != 0) {
		result = GET(set, argument(page, 1));
		if (result == 0) {
			result = change_mask(page, argument(page, 0),
					     argument(page, 0) == 2 ? rest | set : set);
		}
	}
	return result < 0 || argument(page, 2) == 0 ? result : PUT(argument(page, 2), old);
}

DO(sigpending)
{
	uint32_t pending = (uint32_t)(page->waiting & page->blocked);

	return PUT(argument(page, 0), pending);
}

/* To ignore a signal discards what waits of it: the server does, and knows which defaults ignore.
 */
static void discard_ignored(struct unix_thread_page *page, uint32_t signal)
{
	const uint32_t arguments[6] = {signal};

	if (process->actions[signal - 1].handler <= 1 && (page->waiting & BIT(signal)) != 0) {
		(void)carry(page, 174, arguments);
	}
}

/* struct sigaction as the kernel has it: handler, flags, restorer, mask (of 64 bits). */
DO(rt_sigaction)
{
	uint32_t signal = argument(page, 0);
	struct unix_action *action = &process->actions[(signal - 1) % UNIX_SIGNALS];
	struct unix_action old = *action;
	struct unix_action new = old;

	if (signal == 0 || signal > UNIX_SIGNALS || argument(page, 3) != 8) {
		return -EINVAL;
	}
	if (argument(page, 1) != 0) {
		if (GET(new, argument(page, 1)) < 0) {
			return -EFAULT;
		}
		if (signal == SIGKILL || signal == SIGSTOP) {
			return -EINVAL;
		}
		*action = new;
		discard_ignored(page, signal);
	}
	return argument(page, 2) == 0 ? 0 : PUT(argument(page, 2), old);
}

/* The form of old: handler, mask (of 32 bits), flags, restorer. */
DO(sigaction)
{
	uint32_t signal = argument(page, 0);
	struct unix_action *action = &process->actions[(signal - 1) % UNIX_SIGNALS];
	uint32_t old[4] = {action->handler, action->mask_low, action->flags, action->restorer};
	uint32_t new[4];

	if (signal == 0 || signal > UNIX_SIGNALS) {
		return -EINVAL;
	}
	if (argument(page, 1) != 0) {
		if (GET(new, argument(page, 1)) < 0) {
			return -EFAULT;
		}
		if (signal == SIGKILL || signal == SIGSTOP) {
			return -EINVAL;
		}
		*action = (struct unix_action){
			.handler = new[0], .mask_low = new[1], .flags = new[2], .restorer = new[3]};
		discard_ignored(page, signal);
	}
	return argument(page, 2) == 0 ? 0 : PUT(argument(page, 2), old);
}

DO(signal)
{
	uint32_t signal = argument(page, 0);
	uint32_t old = 0;

	if (signal == 0 || signal > UNIX_SIGNALS || signal == SIGKILL || signal == SIGSTOP) {
		return -EINVAL;
	}
	old = process->actions[signal - 1].handler;
	process->actions[signal - 1] = (struct unix_action){.handler = argument(page, 1),
							    .flags = SA_RESETHAND | SA_NODEFER};
	discard_ignored(page, signal);
	return (int)old;
}

/* Waits with another mask.  The frame of the handler gets the old one, which is so restored. */
static int suspend(struct unix_thread_page *page, uint64_t mask)
{
	const uint32_t arguments[6] = {(uint32_t)&mask, sizeof(mask)};

	page->blocked_before = page->blocked;
	page->restore_blocked = 1;
	set_mask(page, mask);
	return carry(page, 179, arguments);
}

DO(rt_sigsuspend)
{
	uint64_t mask = 0;

	if (argument(page, 1) != sizeof(mask)) {
		return -EINVAL;
	}
	return GET(mask, argument(page, 0)) ?: suspend(page, mask);
}

DO(sigsuspend)
{
	return suspend(page, (page->blocked & ~0xffffffffull) | argument(page, 2));
}

static bool on_alternate_stack(const struct unix_thread_page *page)
{
	return page->block.esp - page->alternate_base < page->alternate_bytes;
}

/* As sigaltstack and a frame tell it. */
static struct stack alternate_stack(const struct unix_thread_page *page)
{
	return (struct stack){page->alternate_base,
			      page->alternate_bytes == 0 ? SS_DISABLE
			      : on_alternate_stack(page) ? SS_ONSTACK
							 : 0,
			      page->alternate_bytes};
}

DO(sigaltstack)
{
	struct stack old = alternate_stack(page);
	struct stack new;

	if (argument(page, 0) != 0) {
		if (GET(new, argument(page, 0)) < 0) {
			return -EFAULT;
		}
		if (on_alternate_stack(page)) {
			return -EPERM;
		}
		if ((new.flags & ~(SS_AUTODISARM | SS_DISABLE | SS_ONSTACK)) != 0) {
			return -EINVAL;
		}
		if ((new.flags &SS_DISABLE) != 0) {
			new.base = new.bytes = 0;
		} else if (new.bytes < 2048) {
			return -ENOMEM;
		}
		page->alternate_base = new.base;
		page->alternate_bytes = new.bytes;
		page->alternate_flags = new.flags &SS_AUTODISARM;
	}
	return argument(page, 1) == 0 ? 0 : PUT(argument(page, 1), old);
}

/* ------------------------------------------------------------------------------------ frames */

#define MXCSR_BITS 0xffbfu /* those that exist */

/*
 * The floating point state of a frame.  What the processor would refuse is cut off, as Linux does
 * it; such an image is loaded from a copy.
 */
static void take_fp(uint32_t address)
{
	struct fp_state state __attribute__((aligned(16)));
	uint32_t *mxcsr = (uint32_t *)(state.fxsave + 24);

	if (GET(*mxcsr, address + FP_FXSAVE + 24) < 0) {
		return;
	}
	if ((*mxcsr & ~MXCSR_BITS) == 0 && address % 16 == 0) {
		(void)load_fp((const struct fp_state *)address);
	} else if (GET(state, address) == 0) {
		*mxcsr &= MXCSR_BITS;
		(void)load_fp(&state);
	}
}

static void fill_context(const struct unix_thread_page *page, struct context *context,
			 uint32_t fp_state, uint64_t mask)
{
	const struct unix_registers *r = &page->registers;
	uint32_t selectors[4];

	memcpy(context, r, 12 * sizeof(uint32_t)); /* gs to eax: the same order */
	if (page->restore_all ==
	    0) { /* the segments were never stored: they are in the processor */
		__asm__("movl %%gs, %0" : "=r"(selectors[0]));
		__asm__("movl %%fs, %0" : "=r"(selectors[1]));
		__asm__("movl %%es, %0" : "=r"(selectors[2]));
		__asm__("movl %%ds, %0" : "=r"(selectors[3]));
		memcpy(context, selectors, sizeof(selectors));
	}
	context->esp = context->esp_at_signal = page->block.esp;
	context->trapno = r->trapno;
	context->error = r->error;
	context->eip = page->block.eip;
	__asm__("movl %%cs, %0" : "=r"(context->cs));
	__asm__("movl %%ss, %0" : "=r"(context->ss));
	context->eflags = page->block.eflags;
	context->fp_state = fp_state;
	context->old_mask = (uint32_t)mask;
	context->cr2 = r->cr2;
}

/* Where a frame of so many bytes begins, below the floating point state. */
static uint32_t frame_address(const struct unix_thread_page *page, const unix_signal_t *signal,
			      uint32_t bytes, uint32_t *fp_address)
{
	uint32_t top = page->block.esp;

	if ((signal->flags & SA_ONSTACK) != 0 && page->alternate_bytes != 0 &&
	    !on_alternate_stack(page)) {
		top = page->alternate_base + page->alternate_bytes;
	}
	*fp_address = (top - sizeof(struct fp_state)) & ~63u;
	return ((*fp_address - bytes + 4) & ~15u) - 4; /* esp + 4 is aligned at the handler */
}

static uint32_t restorer_of(const unix_signal_t *signal)
{
	const struct unix_library_header *header =
		(const struct unix_library_header *)UNIX_LIBRARY_ADDRESS;

	if ((signal->flags & SA_RESTORER) != 0) {
		return signal->restorer;
	}
	return (signal->flags & SA_SIGINFO) != 0 ? header->signal_return_rt : header->signal_return;
}

static int push_info(struct unix_thread_page *page, const unix_signal_t *signal, uint64_t mask,
		     uint32_t *address)
{
	struct frame_info frame;
	uint32_t fp_address = 0;

	*address = frame_address(page, signal, sizeof(frame), &fp_address);
	memset(&frame, 0, sizeof(frame));
	frame.restorer = restorer_of(signal);
	frame.signal = signal->number;
	frame.info_address = *address + offsetof(struct frame_info, info);
	frame.context_address = *address + offsetof(struct frame_info, context);
	frame.info[0] = signal->number;
	frame.info[2] = signal->code;
	for (int i = 0; i < 4; i++) {
		frame.info[3 + i] = signal->field[i];
	}
	frame.context.stack = alternate_stack(page);
	fill_context(page, &frame.context.context, fp_address, mask);
	frame.context.mask = mask;
	return save_fp((struct fp_state *)fp_address) ?: PUT(*address, frame);
}

static int push_plain(struct unix_thread_page *page, const unix_signal_t *signal, uint64_t mask,
		      uint32_t *address)
{
	struct frame frame;
	struct frame_end end = {.mask_high = (uint32_t)(mask >> 32)};
	uint32_t fp_address = 0;

	*address = frame_address(page, signal, FRAME_BYTES, &fp_address);
	frame.restorer = restorer_of(signal);
	frame.signal = signal->number;
	fill_context(page, &frame.context, fp_address, mask);
	return save_fp((struct fp_state *)fp_address)
		       ?: PUT(*address, frame) ?: PUT(*address + FRAME_END, end);
}

/* The program goes on in its handler.  A stack that cannot be written is a SIGSEGV that
   nobody can catch: its action becomes the default, and it is unblocked. */
static void enter_handler(struct unix_thread_page *page, const unix_signal_t *signal)
{
	uint64_t mask = page->restore_blocked != 0 ? page->blocked_before : page->blocked;
	bool info = (signal->flags & SA_SIGINFO) != 0;
	uint32_t address = 0;
	int result = info ? push_info(page, signal, mask, &address)
			  : push_plain(page, signal, mask, &address);

	page->restore_blocked = 0;
	if (result < 0) {
		const uint32_t arguments[6] = {page->tid, 11};

		process->actions[10].handler = 0;
		page->blocked &= ~BIT(11);
		(void)carry(page, 238, arguments); /* tkill(self, SIGSEGV) */
		page->pending = 1;
		return;
	}
	page->blocked |= (uint64_t)signal->mask_high << 32 | signal->mask_low;
	if ((signal->flags & SA_NODEFER) == 0) {
		page->blocked |= BIT(signal->number);
	}
	page->blocked &= ~NEVER;
	if ((signal->flags & SA_RESETHAND) != 0) {
		process->actions[signal->number - 1].handler = 0;
	}
	if ((page->alternate_flags & SS_AUTODISARM) != 0) {
		page->alternate_bytes = 0;
	}
	page->registers.eax = signal->number;
	page->registers.edx = info ? address + offsetof(struct frame_info, info) : 0;
	page->registers.ecx = info ? address + offsetof(struct frame_info, context) : 0;
	page->block.esp = address;
	page->block.eip = signal->handler;
	page->block.eflags &= ~0x10500u; /* RF DF TF */
}

/* What a call says that was interrupted, if "signal" (null: none) has a handler. */
static void restart_call(struct unix_thread_page *page, const unix_signal_t *signal)
{
	int result = (int)page->registers.eax;
	bool again = false;

	if (page->in_call == 0 || result > -UNIX_ERESTARTSYS || result < -UNIX_ERESTART_NEVER) {
		return;
	}
	page->in_call = 0;
	switch (-result) {
	case UNIX_ERESTARTSYS:
		again = signal == NULL || (signal->flags & SA_RESTART) != 0;
		break;
	case UNIX_ERESTARTNOINTR:
		again = true;
		break;
	default:
		again = signal == NULL;
		break;
	}
	if (again) {
		page->block.eip -= 2; /* int $0x80 */
		page->registers.eax = page->call;
	} else {
		page->registers.eax = (uint32_t)-EINTR;
	}
}

/* ----------------------------------------------------------------------------- signals to oneself
 */

#define SI_USER  0u
#define SI_TKILL ((uint32_t)-6)
/* These do more than call a handler; the server knows. */
#define NOT_ALONE (NEVER | BIT(SIGCONT) | BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU))

/*
 * A signal that this thread sends to itself, and takes at once in a handler, needs nobody else: the
 * call is over, and the handler is entered in its place.  False: the server has to know of it.
 */
static bool take_own(struct unix_thread_page *page, uint32_t number, uint32_t code)
{
	const struct unix_action *action = &process->actions[(number - 1) % UNIX_SIGNALS];
	unix_signal_t signal;

	if (number == 0 || number > UNIX_SIGNALS ||
	    (BIT(number) & (NOT_ALONE | page->blocked)) != 0 || action->handler <= 1 ||
	    page->pending != 0 || (page->waiting & ~page->blocked) != 0) {
		return false;
	}
	signal = (unix_signal_t){.number = number,
				 .code = code,
				 .field = {process->pid, process->uid},
				 .handler = action->handler,
				 .flags = action->flags,
				 .restorer = action->restorer,
				 .mask_low = action->mask_low,
				 .mask_high = action->mask_high};
	page->registers.eax = 0;
	page->in_call = 0;
	enter_handler(page, &signal);
	return true;
}

/* One for the process is its first thread's, as on Linux, if that does not block it. */
DO(kill)
{
	const uint32_t arguments[6] = {argument(page, 0), argument(page, 1)};

	if (arguments[0] == process->pid && page->tid == process->pid &&
	    take_own(page, arguments[1], SI_USER)) {
		return 0;
	}
	return carry(page, 37, arguments);
}

DO(tkill)
{
	const uint32_t arguments[6] = {argument(page, 0), argument(page, 1)};

	if (arguments[0] == page->tid && take_own(page, arguments[1], SI_TKILL)) {
		return 0;
	}
	return carry(page, 238, arguments);
}

DO(tgkill)
{
	const uint32_t arguments[6] = {argument(page, 0), argument(page, 1), argument(page, 2)};

	if (arguments[0] == process->pid && arguments[1] == page->tid &&
	    take_own(page, arguments[2], SI_TKILL)) {
		return 0;
	}
	return carry(page, 270, arguments);
}

/* -------------------------------------------------------------------------------------- the exit
 */

/* From the exit: takes what is pending, one frame above the other. */
void unix_take_signals(struct unix_thread_page *page)
{
	unix_signal_t signal;

	page->state = UNIX_STATE_LIBRARY;
	while (__atomic_exchange_n(&page->pending, 0, __ATOMIC_SEQ_CST) != 0) {
		if (unix_take_signal(page->server_port, &signal) != KERN_SUCCESS) {
			break;
		}
		if (signal.number == 0) {
			continue;
		}
		page->pending = 1; /* there may be another */
		restart_call(page, &signal);
		enter_handler(page, &signal);
	}
	restart_call(page, NULL);
	if (page->restore_blocked != 0) {
		page->restore_blocked = 0;
		set_mask(page, page->blocked_before);
		if (page->pending != 0) {
			unix_take_signals(page);
		}
	}
}

/* -------------------------------------------------------------------------------- sigreturn */

static int take_context(struct unix_thread_page *page, const struct context *context, uint64_t mask)
{
	const uint32_t user_flags = 0x00250cd5; /* what POPF may change at IOPL 0, but IF and TF */

	memcpy(&page->registers, context, 12 * sizeof(uint32_t));
	page->block.eip = context->eip;
	page->block.esp = context->esp_at_signal;
	page->block.eflags = (context->eflags & user_flags) | 0x202;
	page->restore_all = 1;
	page->in_call = 0;
	if (context->fp_state != 0) {
		take_fp(context->fp_state);
	}
	set_mask(page, mask);
	return 0;
}

/* A frame that cannot be read: SIGSEGV, as on Linux. */
static int bad_frame(struct unix_thread_page *page)
{
	const uint32_t arguments[6] = {page->tid, 11};

	(void)carry(page, 238, arguments);
	page->pending = 1;
	return 0;
}

/* The restorer has popped its own address; esp is at "signal". */
DO(sigreturn)
{
	struct frame frame;
	struct frame_end end;
	uint32_t address = page->block.esp - 8;

	if (GET(frame, address) < 0 || GET(end, address + FRAME_END) < 0) {
		return bad_frame(page);
	}
	return take_context(page, &frame.context,
			    (uint64_t)end.mask_high << 32 | frame.context.old_mask);
}

DO(rt_sigreturn)
{
	struct frame_info frame;
	uint32_t address = page->block.esp - 4;

	if (GET(frame, address) < 0) {
		return bad_frame(page);
	}
	if ((frame.context.stack.flags & SS_DISABLE) == 0) {
		page->alternate_base = frame.context.stack.base;
		page->alternate_bytes = frame.context.stack.bytes;
	}
	return take_context(page, &frame.context.context, frame.context.mask);
}
