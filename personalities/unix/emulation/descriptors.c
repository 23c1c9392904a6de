/*
 * Calls on descriptors that the library prepares for the server: long buffers in parts, vectors one
 * after the other, times in their 64-bit form, masks.
 */
#include "library.h"
#include <gen/unix.h>

enum {
	CALL_READ = 3,
	CALL_WRITE = 4,
	CALL_SELECT = 413,
	CALL_POLL = 414,
	CALL_PREAD = 180,
	CALL_PWRITE = 181,
};

#define VECTORS_MAX 1024u

/* Fewer bytes are cheaper in parts: a program that writes its buffer again pays for the copy. */
#define PAGES_READ_LEAST  0x2000u
#define PAGES_WRITE_LEAST 0x4000u
#define PAGES_MAX         0x100000u

/*
 * A part of a long read or write, of whole pages: -ENOSYS, the server does not do it so.  Writes of
 * memory that is not there are left to the parts, too, which know where it ends.
 */
static int transfer_pages(struct unix_thread_page *page, bool reads, uint32_t descriptor,
			  uint32_t address, uint32_t bytes, int64_t offset)
{
	vm_offset_t data = 0;
	mach_msg_type_number_t count = 0;
	int result = -ENOSYS;
	kern_return_t code = KERN_SUCCESS;

	bytes = bytes < PAGES_MAX ? bytes : PAGES_MAX;
	if (!reads) {
		code = unix_write_pages(page->server_port, (int)descriptor, offset, address, bytes,
					&result);
		return code == KERN_SUCCESS ? result : -ENOSYS;
	}
	code = unix_read_pages(page->server_port, (int)descriptor, offset, bytes, &result, &data,
			       &count);
	if (code != KERN_SUCCESS) {
		return -ENOSYS;
	}
	if (count != 0) {
		/* The pages lie where nothing was: a buffer there was none. */
		bool none = address < data + count && data < address + count;

		if (none || copy((void *)address, (const void *)data, count) < 0) {
			result = -EFAULT;
		}
		(void)syscall_vm_deallocate(process->task_port, data, count);
	}
	return result;
}

/* ---------------------------------------------------------------- what needs no server at all */

#define USER_TOP  0xc0000000u
#define ZEROS_MAX 0x10000u

/* A page after the other: what was there before an address that is not counts. */
static int read_zeros(uint32_t address, uint32_t bytes)
{
	uint32_t done = 0;

	while (done < bytes) {
		uint32_t part = 0x1000 - ((address + done) & 0xfff);

		part = part < bytes - done ? part : bytes - done;
		if (zero((void *)(address + done), part) < 0) {
			return done != 0 ? (int)done : -EFAULT;
		}
		done += part;
	}
	return (int)done;
}

/* A read or write of a device without anything behind it; -ENOSYS: it is none. */
static int transfer_nothing(bool reads, uint32_t descriptor, uint32_t address, uint32_t bytes)
{
	uint32_t what = process->descriptors[descriptor];

	if (address > USER_TOP || bytes > USER_TOP - address) {
		return (what & (reads ? UNIX_READS_ZEROS | UNIX_READS_NOTHING : UNIX_TAKES_ALL)) !=
				       0
			       ? -EFAULT
			       : -ENOSYS;
	}
	if (!reads) {
		return (what & UNIX_TAKES_ALL) != 0 ? (int)bytes : -ENOSYS;
	}
	if ((what & UNIX_READS_NOTHING) != 0) {
		return 0;
	}
	return (what & UNIX_READS_ZEROS) != 0 && bytes <= ZEROS_MAX ? read_zeros(address, bytes)
								    : -ENOSYS;
}

/*
 * read, write and their like: in parts of UNIX_BUFFER_MAX bytes.  A part that was shorter than
 * asked ends it, and so does an error, which the program hears of only if it was the first part.
 * "only_full": more is tried only after a full part, so that nobody waits who has something.
 */
static int transfer(struct unix_thread_page *page, uint32_t number, uint32_t descriptor,
		    uint32_t address, uint32_t bytes, uint64_t offset)
{
	bool positioned = number == CALL_PREAD || number == CALL_PWRITE;
	bool reads = number == CALL_READ || number == CALL_PREAD;
	uint32_t done = 0;
	int result = 0;

	if ((int)bytes < 0) {
		return number == CALL_READ || number == CALL_WRITE ? -EFAULT : -EINVAL;
	}
	/* Offsets below 0 are an error that the parts know. */
	if (descriptor < UNIX_DESCRIPTORS_MAX && process->descriptors[descriptor] != 0 &&
	    !(positioned && (int64_t)offset < 0)) {
		result = transfer_nothing(reads, descriptor, address, bytes);
		if (result != -ENOSYS) {
			return result;
		}
	}
	while (!(positioned && (int64_t)offset < 0) &&
	       bytes - done >= (reads ? PAGES_READ_LEAST : PAGES_WRITE_LEAST)) {
		result = transfer_pages(page, reads, descriptor, address + done, bytes - done,
					positioned ? (int64_t)(offset + done) : -1);
		if (result == -ENOSYS) {
			break;
		}
		if (result <= 0) {
			return done != 0 ? (int)done : result;
		}
		done += (uint32_t)result;
	}
	if (done == bytes && done != 0) {
		return (int)done;
	}
	do {
		uint32_t part = bytes - done < UNIX_BUFFER_MAX ? bytes - done : UNIX_BUFFER_MAX;
		uint32_t rest = bytes - done - part; /* so the server knows that more is wanted */
		const uint32_t at[6] = {descriptor,
					address + done,
					part,
					(uint32_t)(offset + done),
					(uint32_t)((offset + done) >> 32),
					rest};
		const uint32_t plain[6] = {descriptor, address + done, part, rest, done};

		result = carry(page, number, positioned ? at : plain);
		if (result < 0) {
			break;
		}
		done += (uint32_t)result;
		if ((uint32_t)result < part) {
			break;
		}
	} while (done < bytes);
	return done != 0 ? (int)done : result;
}

DO(read)
{
	return transfer(page, CALL_READ, argument(page, 0), argument(page, 1), argument(page, 2),
			0);
}

DO(write)
{
	return transfer(page, CALL_WRITE, argument(page, 0), argument(page, 1), argument(page, 2),
			0);
}

static uint64_t offset_of(struct unix_thread_page *page)
{
	return (uint64_t)argument(page, 4) << 32 | argument(page, 3);
}

DO(pread64)
{
	return transfer(page, CALL_PREAD, argument(page, 0), argument(page, 1), argument(page, 2),
			offset_of(page));
}

DO(pwrite64)
{
	return transfer(page, CALL_PWRITE, argument(page, 0), argument(page, 1), argument(page, 2),
			offset_of(page));
}

/* Small vectors are gathered, so that a line written in pieces is one write. */
static int gather(struct unix_thread_page *page, uint32_t number, const uint32_t *vectors,
		  uint32_t count, uint64_t offset)
{
	char buffer[UNIX_BUFFER_MAX];
	uint32_t used = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (copy(buffer + used, (const void *)vectors[2 * i], vectors[2 * i + 1]) < 0) {
			return -EFAULT;
		}
		used += vectors[2 * i + 1];
	}
	return transfer(page, number, argument(page, 0), (uint32_t)buffer, used, offset);
}

static int vectored(struct unix_thread_page *page, uint32_t number, uint64_t offset)
{
	uint32_t vectors[2 * 64];
	uint32_t count = argument(page, 2);
	uint64_t total = 0;
	uint32_t done = 0;

	if (count > VECTORS_MAX) {
		return -EINVAL;
	}
	if (count <= 64) {
		if (copy(vectors, (const void *)argument(page, 1), 8 * count) < 0) {
			return -EFAULT;
		}
		for (uint32_t i = 0; i < count; i++) {
			total += vectors[2 * i + 1];
		}
		if (total > 0x7fffffff) {
			return -EINVAL;
		}
		if ((number == CALL_WRITE || number == CALL_PWRITE) && total <= UNIX_BUFFER_MAX) {
			return gather(page, number, vectors, count, offset);
		}
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t vector[2];
		int result = 0;

		if (GET(vector, argument(page, 1) + 8 * i) < 0) {
			return done != 0 ? (int)done : -EFAULT;
		}
		if (vector[1] == 0) {
			continue;
		}
		result = transfer(page, number, argument(page, 0), vector[0], vector[1],
				  offset + done);
		if (result < 0) {
			return done != 0 ? (int)done : result;
		}
		done += (uint32_t)result;
		if ((uint32_t)result < vector[1]) {
			break;
		}
	}
	return (int)done;
}

DO(readv)
{
	return vectored(page, CALL_READ, 0);
}

DO(writev)
{
	return vectored(page, CALL_WRITE, 0);
}

DO(preadv)
{
	return vectored(page, CALL_PREAD, offset_of(page));
}

DO(pwritev)
{
	return vectored(page, CALL_PWRITE, offset_of(page));
}

/* -------------------------------------------------------------------------------- poll, select */

/* Another mask while the call waits; the exit puts the old one back. */
static int wait_with_mask(struct unix_thread_page *page, uint32_t mask_address, uint32_t bytes)
{
	uint64_t mask = 0;

	if (mask_address == 0) {
		return 0;
	}
	if (bytes != sizeof(mask)) {
		return -EINVAL;
	}
	if (GET(mask, mask_address) < 0) {
		return -EFAULT;
	}
	page->blocked_before = page->blocked;
	page->restore_blocked = 1;
	page->blocked = mask & ~(1ull << 8 | 1ull << 18); /* SIGKILL SIGSTOP */
	look_for_signals(page);
	return 0;
}

static int mask_done(struct unix_thread_page *page, int result)
{
	if (page->restore_blocked != 0) {
		page->pending = 1; /* the exit takes signals under this mask, then restores */
	}
	return result;
}

/* struct pselect6's sixth argument: the mask's address and its size. */
static int select_mask(struct unix_thread_page *page)
{
	uint32_t words[2];

	if (argument(page, 5) == 0) {
		return 0;
	}
	return GET(words, argument(page, 5)) ?: wait_with_mask(page, words[0], words[1]);
}

DO(pselect6_time64)
{
	const uint32_t arguments[6] = {argument(page, 0), argument(page, 1), argument(page, 2),
				       argument(page, 3), argument(page, 4)};
	int result = select_mask(page);

	return result < 0 ? result : mask_done(page, carry(page, CALL_SELECT, arguments));
}

/* With a time limit in the form of 64 bits; what is left of it goes back in that of 32. */
static int carry_timed(struct unix_thread_page *page, uint32_t number, const uint32_t arguments[6],
		       const int64_t time[2], uint32_t address)
{
	int result = carry(page, number, arguments);
	int32_t words[2] = {(int32_t)time[0], (int32_t)time[1]};

	if (result >= 0 && address != 0) {
		(void)PUT(address, words); /* as on Linux the result counts more */
	}
	return result;
}

DO(pselect6)
{
	int32_t words[2];
	int64_t time[2] = {0};
	uint32_t arguments[6] = {argument(page, 0), argument(page, 1), argument(page, 2),
				 argument(page, 3), 0};
	int result = 0;

	if (argument(page, 4) != 0) {
		if (GET(words, argument(page, 4)) < 0) {
			return -EFAULT;
		}
		time[0] = words[0];
		time[1] = words[1];
		arguments[4] = (uint32_t)time;
	}
	result = select_mask(page);
	return result < 0 ? result
			  : mask_done(page, carry_timed(page, CALL_SELECT, arguments, time,
							argument(page, 4)));
}

DO(ppoll_time64)
{
	const uint32_t arguments[6] = {argument(page, 0), argument(page, 1), argument(page, 2)};
	int result = wait_with_mask(page, argument(page, 3), argument(page, 4));

	return result < 0 ? result : mask_done(page, carry(page, CALL_POLL, arguments));
}

DO(ppoll)
{
	int32_t words[2];
	int64_t time[2] = {0};
	uint32_t arguments[6] = {argument(page, 0), argument(page, 1), 0};
	int result = 0;

	if (argument(page, 2) != 0) {
		if (GET(words, argument(page, 2)) < 0) {
			return -EFAULT;
		}
		time[0] = words[0];
		time[1] = words[1];
		arguments[2] = (uint32_t)time;
	}
	result = wait_with_mask(page, argument(page, 3), argument(page, 4));
	return result < 0 ? result
			  : mask_done(page, carry_timed(page, CALL_POLL, arguments, time,
							argument(page, 2)));
}

/* The select of old: a pointer to the arguments; _newselect is the server's (142). */
DO(old_select)
{
	uint32_t arguments[6] = {0};

	return copy(arguments, (const void *)argument(page, 0), 20) ?: carry(page, 142, arguments);
}

/* ------------------------------------------------------------------------------------- sockets */

/* The one call that all socket calls once were: which one, and a pointer to its arguments. */
DO(socketcall)
{
	static const struct {
		uint16_t number; /* the call of its own that it became */
		uint16_t words;
	} calls[] = {
		{359, 3}, {361, 3}, {362, 3}, {363, 2}, {364, 3}, {367, 3},
		{368, 3}, {360, 4}, {369, 4}, {371, 4}, {369, 6}, {371, 6},
		{373, 2}, {366, 5}, {365, 5}, {370, 3}, {372, 3}, {364, 4},
	};
	uint32_t arguments[6] = {0};
	uint32_t which = argument(page, 0) - 1;

	if (which >= sizeof(calls) / sizeof(calls[0])) {
		return -EINVAL;
	}
	if (copy(arguments, (const void *)argument(page, 1), 4u * calls[which].words) < 0) {
		return -EFAULT;
	}
	return carry(page, calls[which].number, arguments);
}
