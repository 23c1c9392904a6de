/* From a call's number to who answers it. */
#include "library.h"
#include <gen/unix.h>

/* Every call's function; they are in the other files of this folder. */
#define LIBRARY(name) DO(name);
#define SERVER(name)
#define BOTH(name)                   DO(name);
#define CALL(number, name, who, ...) who(name)
#include "../shared/calls.h"
#undef LIBRARY
#undef SERVER
#undef BOTH
#undef CALL

struct call {
	int (*function)(struct unix_thread_page *page); /* null: the server answers */
	uint32_t pieces;                                /* bit n: argument n is described */
	uint32_t arguments[6];
};

#define LIBRARY(name) do_##name
#define SERVER(name)  NULL
#define BOTH(name)    do_##name
#define CALL(number, name, who, ...)                                                               \
	[number] = {who(name), UNIX_PIECES(__VA_ARGS__), {__VA_ARGS__}},
static const struct call calls[UNIX_CALLS_MAX] = {
#include "../shared/calls.h"
};

/* The pieces of a message, as unix_call has them. */
struct pieces {
	uint32_t used;
	char bytes[UNIX_DATA_MAX];
};

static int add_piece(struct pieces *pieces, uint32_t kind, uint32_t address, uint32_t bytes)
{
	uint32_t *count = (uint32_t *)&pieces->bytes[pieces->used];
	uint32_t room = UNIX_DATA_MAX - pieces->used - 4;
	int result = 0;

	if (address == 0) {
		*count = UNIX_NULL;
		pieces->used += 4;
		return kind == UNIX_ARGUMENT_PATH ? -EFAULT : 0;
	}
	if (kind == UNIX_ARGUMENT_PATH || kind == UNIX_ARGUMENT_PATH_OR_NULL) {
		bytes = bytes < room ? bytes : room;
		result = copy_string((char *)(count + 1), (const char *)address, bytes);
		if (result == (int)bytes) {
			result = -ENAMETOOLONG;
		}
		bytes = (uint32_t)result + 1;
	} else if (bytes > room) {
		result = -EINVAL;
	} else {
		result = copy(count + 1, (const void *)address, bytes);
	}
	if (result < 0) {
		return result;
	}
	*count = bytes;
	pieces->used += 4 + ((bytes + 3) & ~3u);
	return 0;
}

/* Only what may come back is taken: the server is trusted, the program's addresses are not. */
static int take_pieces(const struct call *call, const uint32_t arguments[6], const char *answer,
		       uint32_t bytes)
{
	uint32_t at = 0;

	for (uint32_t left = call->pieces; left != 0 && at + 4 <= bytes; left &= left - 1) {
		unsigned int i = (unsigned int)__builtin_ctz(left);
		struct unix_piece piece = unix_piece_of(call->arguments[i], arguments);
		uint32_t count = 0;
		int result = 0;

		if (piece.out == 0) {
			continue;
		}
		count = *(const uint32_t *)(answer + at);
		at += 4;
		if (count == UNIX_NULL || count == 0) {
			continue;
		}
		if (count > piece.out || count > bytes - at || arguments[i] == 0) {
			return -EFAULT;
		}
		result = copy((void *)arguments[i], answer + at, count);
		if (result < 0) {
			return result;
		}
		at += (count + 3) & ~3u;
	}
	return 0;
}

int carry(struct unix_thread_page *page, uint32_t number, const uint32_t arguments[6])
{
	static const struct call unknown;
	const struct call *call = number < UNIX_CALLS_MAX ? &calls[number] : &unknown;
	struct pieces pieces;
	mach_msg_type_number_t answer_bytes = UNIX_DATA_MAX;
	int result = 0;
	kern_return_t code = KERN_SUCCESS;

	pieces.used = 0;
	for (uint32_t left = call->pieces; left != 0; left &= left - 1) {
		unsigned int i = (unsigned int)__builtin_ctz(left);
		struct unix_piece piece = unix_piece_of(call->arguments[i], arguments);

		if (piece.in != 0) {
			result = add_piece(&pieces, UNIX_ARGUMENT_KIND(call->arguments[i]),
					   arguments[i], piece.in);
		} else if (piece.out != 0) {
			*(uint32_t *)&pieces.bytes[pieces.used] = arguments[i] == 0 ? UNIX_NULL : 0;
			pieces.used += 4;
		}
		if (result < 0) {
			return result;
		}
	}
	page->state = UNIX_STATE_SERVER;
	code = unix_call(page->server_port, number, (natural_t *)(uintptr_t)arguments, pieces.bytes,
			 pieces.used, &result, pieces.bytes, &answer_bytes);
	page->state = UNIX_STATE_LIBRARY;
	if (code != KERN_SUCCESS) {
		return -EINTR; /* the server is gone, or this process is ending */
	}
	if (result <= -UNIX_ERESTARTSYS) {
		page->pending = 1; /* so that the exit decides about the restart */
	}
	if (answer_bytes != 0) {
		code = take_pieces(call, arguments, pieces.bytes, answer_bytes);
	}
	return code < 0 && result >= 0 ? code : result;
}

void unix_dispatch(struct unix_thread_page *page)
{
	uint32_t number = page->call;
	uint32_t arguments[6];
	int result = 0;

	if (number < UNIX_CALLS_MAX && calls[number].function != NULL) {
		result = calls[number].function(page);
	} else {
		for (unsigned int i = 0; i < 6; i++) {
			arguments[i] = argument(page, i);
		}
		result = carry(page, number,
			       arguments); /* an unknown one, too: the server counts it */
	}
	if (page->in_call != 0) { /* else sigreturn has replaced all registers */
		page->registers.eax = (uint32_t)result;
	}
}
