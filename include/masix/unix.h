/* The C side of masix/unix.defs. */
#pragma once

#include <mach/kern_return.h>
#include <mach/machine/vm_types.h>

#define UNIX_BUFFER_MAX 8192u /* bytes of one buffer in a call; the library splits longer ones */
#define UNIX_DATA_MAX   8448u /* of all pieces of a call */
#define UNIX_NULL       0xffffffffu /* a piece's count: the pointer was null */

#define UNIX_CLIENT_UID 1000u /* user and group of what the public port starts */

/* Results above Linux's errno values: the library goes back to the call, or makes it EINTR. */
#define UNIX_ERESTARTSYS    512 /* restart if there is no handler, or it has SA_RESTART */
#define UNIX_ERESTARTNOINTR 513 /* restart always */
#define UNIX_ERESTARTNOHAND 514 /* restart if there is no handler */
#define UNIX_ERESTART_NEVER 516 /* EINTR if there is a handler, else go on: with what is left */

/* What unix_take_signal says. */
struct unix_signal {
	natural_t number;   /* 0: there is none any more */
	natural_t code;     /* si_code */
	natural_t field[4]; /* what siginfo has behind it, as Linux lays it out at offset 12 */
	natural_t handler;
	natural_t flags;
	natural_t restorer;
	natural_t mask_low, mask_high; /* what is blocked while the handler runs, besides */
};
typedef struct unix_signal unix_signal_t;

typedef natural_t unix_arguments_t[6];
typedef char unix_path_t[4096];
typedef char unix_data_t[UNIX_DATA_MAX];
