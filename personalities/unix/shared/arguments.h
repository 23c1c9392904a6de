/* How the table of calls (calls.h) describes an argument, for the library and the server alike. */
#pragma once

#include <stdint.h>
#include <masix/unix.h>

enum unix_argument_kind {
	UNIX_ARGUMENT_VALUE,
	UNIX_ARGUMENT_PATH,
	UNIX_ARGUMENT_PATH_OR_NULL,
	UNIX_ARGUMENT_IN,
	UNIX_ARGUMENT_OUT,
	UNIX_ARGUMENT_INOUT,
	UNIX_ARGUMENT_IN_BUFFER,
	UNIX_ARGUMENT_OUT_BUFFER,
	UNIX_ARGUMENT_INOUT_ARRAY,
	UNIX_ARGUMENT_SELECT_SET,
	UNIX_ARGUMENT_IOCTL,
	UNIX_ARGUMENT_FCNTL,
};

/* kind, the argument with its count, and bytes (of the structure or of an element). */
#define UNIX_ARGUMENT(kind, index, bytes) ((kind) | (index) << 8 | (uint32_t)(bytes) << 16)
#define UNIX_ARGUMENT_KIND(argument)      ((argument)&0xff)
#define UNIX_ARGUMENT_INDEX(argument)     ((argument) >> 8 & 0xff)
#define UNIX_ARGUMENT_BYTES(argument)     ((argument) >> 16)

#define VALUE                     UNIX_ARGUMENT(UNIX_ARGUMENT_VALUE, 0, 0)
#define PATH                      UNIX_ARGUMENT(UNIX_ARGUMENT_PATH, 0, 0)
#define PATH_OR_NULL              UNIX_ARGUMENT(UNIX_ARGUMENT_PATH_OR_NULL, 0, 0)
#define IN(bytes)                 UNIX_ARGUMENT(UNIX_ARGUMENT_IN, 0, bytes)
#define OUT(bytes)                UNIX_ARGUMENT(UNIX_ARGUMENT_OUT, 0, bytes)
#define INOUT(bytes)              UNIX_ARGUMENT(UNIX_ARGUMENT_INOUT, 0, bytes)
#define IN_BUFFER(index)          UNIX_ARGUMENT(UNIX_ARGUMENT_IN_BUFFER, index, 0)
#define OUT_BUFFER(index)         UNIX_ARGUMENT(UNIX_ARGUMENT_OUT_BUFFER, index, 0)
#define INOUT_ARRAY(index, bytes) UNIX_ARGUMENT(UNIX_ARGUMENT_INOUT_ARRAY, index, bytes)
#define SELECT_SET                    UNIX_ARGUMENT(UNIX_ARGUMENT_SELECT_SET, 0, 0)
#define IOCTL                     UNIX_ARGUMENT(UNIX_ARGUMENT_IOCTL, 0, 0)
#define FCNTL                     UNIX_ARGUMENT(UNIX_ARGUMENT_FCNTL, 0, 0)

/*
 * Which of a call's arguments have a description at all: bit n, argument n.  A constant, so that
 * neither side looks at the others.
 */
#define UNIX_PIECES(...) UNIX_PIECES_OF(__VA_ARGS__ __VA_OPT__(, ) 0, 0, 0, 0, 0, 0)
#define UNIX_PIECES_OF(a, b, c, d, e, f, ...)                                                      \
	(((a) != 0) | ((b) != 0) << 1 | ((c) != 0) << 2 | ((d) != 0) << 3 | ((e) != 0) << 4 |      \
	 ((f) != 0) << 5)

/* Who answers a call. */
enum unix_answerer { UNIX_UNKNOWN, UNIX_LIBRARY, UNIX_SERVER, UNIX_BOTH };

#define UNIX_CALLS_MAX 512u

/* What the library reads (bit 0) and the server writes (bit 1) of an argument, and how much. */
struct unix_piece {
	uint32_t in;  /* bytes to the server; of PATH: UNIX_PATH_MAX at most, the string alone
			 travels */
	uint32_t out; /* bytes that may come back */
};

#define UNIX_PATH_MAX 4096u

/* The sizes of what "argument" of a call with these arguments points to; 0 0 for VALUE. */
static inline struct unix_piece unix_piece_of(uint32_t argument, const uint32_t arguments[6]);

/* The structures behind an ioctl's or fcntl's third argument. */
static inline struct unix_piece unix_ioctl_piece(uint32_t request)
{
	switch (request) {
	case 0x5401: /* TCGETS: struct termios, as the kernel has it */
		return (struct unix_piece){0, 36};
	case 0x5402: /* TCSETS TCSETSW TCSETSF */
	case 0x5403:
	case 0x5404:
		return (struct unix_piece){36, 0};
	case 0x5405: /* TCGETA: struct termio */
		return (struct unix_piece){0, 18};
	case 0x5406:
	case 0x5407:
	case 0x5408:
		return (struct unix_piece){18, 0};
	case 0x540f: /* TIOCGPGRP TIOCGSID TIOCOUTQ FIONREAD TIOCGPTN TIOCGPTLCK */
	case 0x5429:
	case 0x5411:
	case 0x541b:
	case 0x80045430:
	case 0x80045439:
		return (struct unix_piece){0, 4};
	case 0x5410: /* TIOCSPGRP TIOCSPTLCK FIONBIO FIOASYNC TIOCPKT */
	case 0x40045431:
	case 0x5421:
	case 0x5452:
	case 0x5420:
		return (struct unix_piece){4, 0};
	case 0x5412: /* TIOCSTI */
		return (struct unix_piece){1, 0};
	case 0x5413: /* TIOCGWINSZ TIOCSWINSZ */
		return (struct unix_piece){0, 8};
	case 0x5414:
		return (struct unix_piece){8, 0};
	default:
		return (struct unix_piece){0, 0};
	}
}

static inline struct unix_piece unix_fcntl_piece(uint32_t command)
{
	switch (command) {
	case 5: /* F_GETLK: struct flock */
		return (struct unix_piece){16, 16};
	case 6: /* F_SETLK F_SETLKW */
	case 7:
		return (struct unix_piece){16, 0};
	case 12: /* F_GETLK64, F_OFD_GETLK: struct flock64 */
	case 36:
		return (struct unix_piece){24, 24};
	case 13: /* F_SETLK64 F_SETLKW64, F_OFD_SETLK F_OFD_SETLKW */
	case 14:
	case 37:
	case 38:
		return (struct unix_piece){24, 0};
	case 15: /* F_SETOWN_EX F_GETOWN_EX */
		return (struct unix_piece){8, 0};
	case 16:
		return (struct unix_piece){0, 8};
	default:
		return (struct unix_piece){0, 0};
	}
}

static inline struct unix_piece unix_piece_of(uint32_t argument, const uint32_t arguments[6])
{
	uint32_t bytes = UNIX_ARGUMENT_BYTES(argument);
	uint32_t count = arguments[UNIX_ARGUMENT_INDEX(argument) % 6];

	switch (UNIX_ARGUMENT_KIND(argument)) {
	case UNIX_ARGUMENT_PATH:
	case UNIX_ARGUMENT_PATH_OR_NULL:
		return (struct unix_piece){UNIX_PATH_MAX, 0};
	case UNIX_ARGUMENT_IN:
		return (struct unix_piece){bytes, 0};
	case UNIX_ARGUMENT_OUT:
		return (struct unix_piece){0, bytes};
	case UNIX_ARGUMENT_INOUT:
		return (struct unix_piece){bytes, bytes};
	case UNIX_ARGUMENT_IN_BUFFER:
		return (struct unix_piece){count, 0};
	case UNIX_ARGUMENT_OUT_BUFFER:
		/* These calls may bring less than there is room for; read splits itself. */
		return (struct unix_piece){0, count < UNIX_BUFFER_MAX ? count : UNIX_BUFFER_MAX};
	case UNIX_ARGUMENT_INOUT_ARRAY: /* a count so large is refused by who adds the pieces up */
		bytes = count > 0xffffu ? 0xffffffffu : count * bytes;
		return (struct unix_piece){bytes, bytes};
	case UNIX_ARGUMENT_SELECT_SET:
		bytes = arguments[0] > 0xffffu ? 0xffffffffu : (arguments[0] + 31) / 32 * 4;
		return (struct unix_piece){bytes, bytes};
	case UNIX_ARGUMENT_IOCTL:
		return unix_ioctl_piece(arguments[1]);
	case UNIX_ARGUMENT_FCNTL:
		return unix_fcntl_piece(arguments[1]);
	default:
		return (struct unix_piece){0, 0};
	}
}
