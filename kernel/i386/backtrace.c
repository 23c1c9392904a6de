/* Backtraces: by frame pointers ([ebp] is the caller's ebp, [ebp + 4] the return address), and in
   the kernel by a look at the stack besides. */
#include <kern/machine.h>
#include <kern/thread.h>

#define OP_CALL    0xe8
#define OP_GROUP_5 0xff /* its third member is the call through a register or memory */

extern const char text_start[], kernel_text_end[];

struct frame {
	uint32_t caller_ebp;
	uint32_t return_address;
};

/* True when the whole frame lies in the kernel's linear mapping and on the stack of `first`. Stacks
   are naturally aligned, so that those on one stack agree in the high bits. */
static bool frame_readable(uint32_t ebp, uint32_t first)
{
	return ebp >= KERNEL_BASE && ebp % 4 == 0 &&
	       ebp / KERNEL_STACK_BYTES == first / KERNEL_STACK_BYTES &&
	       ebp % KERNEL_STACK_BYTES <= KERNEL_STACK_BYTES - sizeof(struct frame);
}

/* Whether a call instruction ends at this address of the kernel's code: call rel32, or call r/m32
   in the forms that compilers use (SDM vol. 2, CALL). */
static bool follows_call(uint32_t address)
{
	if (address < (uint32_t)text_start + 7 || address > (uint32_t)kernel_text_end) {
		return false;
	}
	const uint8_t *at = (const uint8_t *)address;
	if (at[-5] == OP_CALL) {
		return true;
	}
	static const struct {
		uint8_t bytes, mode; /* of the instruction; the two high bits of its ModR/M */
		bool sib;
	} forms[] = {{2, 3, false}, {2, 0, false}, {3, 1, false}, {6, 2, false},
		     {3, 0, true},  {7, 0, true},  {4, 1, true},  {7, 2, true}};
	for (uint32_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		const uint8_t *start = at - forms[i].bytes;
		bool sib = forms[i].mode != 3 && (start[1] & 7u) == 4;
		if (start[0] == OP_GROUP_5 && (start[1] >> 3 & 7u) == 2 &&
		    start[1] >> 6 == forms[i].mode && sib == forms[i].sib) {
			return true;
		}
	}
	/* call *disp32 */
	return at[-6] == OP_GROUP_5 && at[-5] == 0x15;
}

/* The hot files keep no frame pointers, so the chain leaves some functions out, and ends early
   where one of them uses ebp for something else. Every word on the stack that follows a call is
   shown, and those that the chain vouches for are certain; others may be left from earlier calls.
 */
static uint32_t kernel_backtrace(uint32_t frame, struct backtrace_entry *entries, uint32_t max)
{
	uint32_t count = 0;
	uint32_t chain = frame;
	uint32_t end = (frame | (KERNEL_STACK_BYTES - 1)) + 1 - sizeof(uint32_t);
	if (!frame_readable(frame, frame)) {
		return 0;
	}
	for (uint32_t at = frame + sizeof(uint32_t); count < max && at <= end;
	     at += sizeof(uint32_t)) {
		uint32_t address = *(const uint32_t *)at;
		bool certain = at == chain + sizeof(uint32_t);
		if (certain) {
			const struct frame *here = (const struct frame *)chain;
			bool goes_on =
				here->caller_ebp > chain && frame_readable(here->caller_ebp, frame);
			chain = goes_on ? here->caller_ebp : 0;
		}
		if (follows_call(address)) {
			entries[count++] = (struct backtrace_entry){address, certain};
		}
	}
	return count;
}

static uint32_t user_backtrace(uint32_t frame, struct backtrace_entry *entries, uint32_t max)
{
	uint32_t count = 0;
	uint32_t ebp = frame;
	while (count < max) {
		struct frame copy;
		if (ebp % 4 != 0 || !copyin(uaddr(ebp), &copy, sizeof copy) ||
		    copy.return_address == 0) {
			break;
		}
		entries[count++] = (struct backtrace_entry){copy.return_address, true};
		if (copy.caller_ebp <= ebp) {
			break; /* the chain only goes up: no circle */
		}
		ebp = copy.caller_ebp;
	}
	return count;
}

uint32_t machine_backtrace(uint32_t frame, bool user, struct backtrace_entry *entries, uint32_t max)
{
	return user ? user_backtrace(frame, entries, max) : kernel_backtrace(frame, entries, max);
}
