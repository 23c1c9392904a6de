/*
 * The data of a unix_call: one piece for each argument that points to memory (masix/unix.defs).
 * Pure: cuts a request's data into pieces, lays out where the answer's pieces are to be, and puts
 * them together.  What comes in is the program's, every count is checked.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct piece {
	char *bytes;
	uint32_t count; /* in: bytes that came; out: room */
	uint32_t used;	/* out: bytes that go back */
	bool present;	/* the argument has such a piece; if not, nothing else here means anything */
	bool null;	/* and its pointer was null */
};

/*
 * descriptions: the six arguments as shared/calls.h has them.  data: what came, "bytes" of it; the
 * in-pieces point into it.  answer: room of "room" bytes; the out-pieces point into it.  False: the
 * data does not have the form, or the answer would not fit; nothing may be used then.
 */
bool pieces_cut(const uint32_t descriptions[6], const uint32_t arguments[6], char *data,
		uint32_t bytes, char *answer, uint32_t room, struct piece in[6],
		struct piece out[6]);

/* Writes the counts and moves the pieces together: how many bytes of the answer go back. */
uint32_t pieces_join(struct piece out[6], char *answer);
