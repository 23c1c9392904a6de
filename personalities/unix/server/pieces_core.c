/* pieces_core.h */
#include "pieces_core.h"
#include "../shared/arguments.h"

#define NULL_PIECE 0xffffffffu

static uint32_t load(const char *from)
{
	uint32_t word = 0;

	__builtin_memcpy(&word, from, sizeof(word));
	return word;
}

static void store(char *to, uint32_t word)
{
	__builtin_memcpy(to, &word, sizeof(word));
}

static uint32_t padded(uint32_t bytes)
{
	return (bytes + 3) & ~3u;
}

/* The piece that came for an argument; *at moves behind it. */
static bool cut_in(uint32_t description, struct unix_piece size, char *data, uint32_t bytes,
		   uint32_t *at, struct piece *in)
{
	uint32_t count = 0;

	if (bytes - *at < 4) {
		return false;
	}
	count = load(data + *at);
	*at += 4;
	if (count == NULL_PIECE) {
		in->null = true;
		return UNIX_ARGUMENT_KIND(description) != UNIX_ARGUMENT_PATH;
	}
	if (count > bytes - *at || padded(count) > bytes - *at) {
		return false;
	}
	in->bytes = data + *at;
	in->count = count;
	*at += padded(count);
	if (UNIX_ARGUMENT_KIND(description) == UNIX_ARGUMENT_PATH ||
	    UNIX_ARGUMENT_KIND(description) == UNIX_ARGUMENT_PATH_OR_NULL) {
		return count != 0 && count <= size.in && in->bytes[count - 1] == '\0';
	}
	return count == size.in;
}

bool pieces_cut(const uint32_t descriptions[6], const uint32_t arguments[6], char *data,
		uint32_t bytes, char *answer, uint32_t room, struct piece in[6],
		struct piece out[6])
{
	uint32_t at = 0;
	uint32_t out_at = 0;

	for (unsigned int i = 0; i < 6; i++) {
		struct unix_piece size;

		in[i].present = out[i].present = false;
		if (descriptions[i] == VALUE) {
			continue;
		}
		size = unix_piece_of(descriptions[i], arguments);
		if (size.in == 0 && size.out == 0) {
			continue;
		}
		in[i] = out[i] = (struct piece){ .present = true };
		out[i].present = size.out != 0;
		if (size.in != 0 ? !cut_in(descriptions[i], size, data, bytes, &at, &in[i]) :
				   bytes - at < 4) {
			return false;
		}
		if (size.in == 0) { /* only whether the pointer was null */
			in[i].null = load(data + at) == NULL_PIECE;
			at += 4;
		}
		if (size.out == 0) {
			continue;
		}
		out[i].null = in[i].null;
		if (out[i].null) {
			size.out = 0;
		}
		if (room - out_at < 4 || size.out > room - out_at - 4 ||
		    padded(size.out) > room - out_at - 4) {
			return false;
		}
		out[i].bytes = answer + out_at + 4;
		out[i].count = size.out;
		out_at += 4 + padded(size.out);
	}
	return at == bytes;
}

uint32_t pieces_join(struct piece out[6], char *answer)
{
	uint32_t at = 0;

	for (unsigned int i = 0; i < 6; i++) {
		if (!out[i].present) {
			continue;
		}
		store(answer + at, out[i].used);
		at += 4;
		if (out[i].bytes != answer + at && out[i].used != 0) {
			__builtin_memmove(answer + at, out[i].bytes, out[i].used);
		}
		for (uint32_t end = at + padded(out[i].used), k = at + out[i].used; k < end; k++) {
			answer[k] = '\0'; /* nothing of the server's goes out */
		}
		at += padded(out[i].used);
	}
	return at;
}
