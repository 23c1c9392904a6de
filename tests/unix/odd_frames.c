/*
 * A handler leaves floating point state in its frame that the processor would refuse: what does not
 * exist is cut off, as Linux does it on a processor without XSAVE.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <ucontext.h>
#include "say.h"

static int what;
static char room[1024];

static void handler(int signal, siginfo_t *info, void *context)
{
	ucontext_t *user = context;
	char *state = (char *)user->uc_mcontext.fpregs;

	(void)signal;
	(void)info;
	if (what == 0) {
		((uint32_t *)(state + 112))[6] = 0xffff3f80u; /* bits of MXCSR that do not exist */
	} else if (what == 1) { /* at an address that is not aligned */
		memcpy(room + 5, state, 624);
		((uint32_t *)(room + 5 + 112))[6] = 0x5f80;
		user->uc_mcontext.fpregs = (fpregset_t)(room + 5);
	} else if (what == 2) {
		user->uc_mcontext.fpregs = (fpregset_t)16; /* nothing is there: it stays as it is */
	} else {
		user->uc_mcontext.fpregs = NULL;
	}
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	NEED(sigaction(SIGUSR1, &action, NULL) == 0);
	for (what = 0; what < 4; what++) {
		uint32_t mxcsr = 0;
		double third = 1.0 / 3;

		NEED(kill(getpid(), SIGUSR1) == 0);
		__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
		say("%d: control word %x, %.3f", what, mxcsr, third * 3);
	}
	return 0;
}
