/* Backtraces by frame pointers: [ebp] is the caller's ebp, [ebp + 4] the return address. */
#include <kern/machine.h>
#include <kern/thread.h>

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

uint32_t machine_backtrace(uint32_t frame, bool user, uint32_t *addresses, uint32_t max)
{
	uint32_t count = 0;
	uint32_t ebp = frame;
	while (count < max) {
		struct frame copy;
		if (user) {
			if (ebp % 4 != 0 || !copyin(uaddr(ebp), &copy, sizeof copy)) {
				break;
			}
		} else {
			if (!frame_readable(ebp, frame)) {
				break;
			}
			copy = *(const struct frame *)ebp;
		}
		if (copy.return_address == 0) {
			break;
		}
		addresses[count++] = copy.return_address;
		if (copy.caller_ebp <= ebp) {
			break; /* the chain only goes up: no circle */
		}
		ebp = copy.caller_ebp;
	}
	return count;
}
