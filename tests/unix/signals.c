/* Handlers, masks, the two layouts of frames, what is restarted, the alternate stack, queues. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include "say.h"

static volatile sig_atomic_t count;
static volatile int last;

static void plain(int signal)
{
	count++;
	last = signal;
}

static void set(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	NEED(sigaction(signal, &action, NULL) == 0);
}

/* ------------------------------------------------------------------------------ registers, frames
 */

static void details(int signal, siginfo_t *info, void *context)
{
	ucontext_t *user = context;

	say("siginfo: %d %d code %d, %s", signal, info->si_signo, info->si_code,
	    info->si_pid == getpid() ? "from myself" : "from another");
	say("cs %s ds %s, flags %lx, stack %s",
	    (user->uc_mcontext.gregs[REG_CS] & 3) == 3 ? "user" : "?",
	    (user->uc_mcontext.gregs[REG_DS] & 3) == 3 ? "user" : "?", user->uc_flags & ~7ul,
	    user->uc_mcontext.gregs[REG_ESP] == user->uc_mcontext.gregs[REG_UESP] ? "one" : "two");
	say("mask: USR2 %d", sigismember(&user->uc_sigmask, SIGUSR2));
	count++;
}

/* All registers are what they were, after each kind of handler. */
static void registers(void)
{
	uint32_t out[7];
	int self = getpid();

	__asm__ volatile("pushl %%ebp\n\t"
			 "movl $0x1111, %%ebp\n\t"
			 "int $0x80\n\t"
			 "movl %%ebp, 0(%%edi)\n\t"
			 "popl %%ebp\n\t"
			 "movl %%eax, 4(%%edi)\n\t"
			 "movl %%ebx, 8(%%edi)\n\t"
			 "movl %%ecx, 12(%%edi)\n\t"
			 "movl %%edx, 16(%%edi)\n\t"
			 "movl %%esi, 20(%%edi)\n\t"
			 :
			 : "a"(SYS_kill), "b"(self), "c"(SIGUSR1), "d"(0x2222), "S"(0x3333),
			   "D"(out)
			 : "memory");
	say("registers: %x %x %s %x %x %x", out[0], out[1], out[2] == (uint32_t)self ? "pid" : "?",
	    out[3], out[4], out[5]);
}

static void change_context(int signal, siginfo_t *info, void *context)
{
	ucontext_t *user = context;

	(void)signal;
	(void)info;
	user->uc_mcontext.gregs[REG_EAX] = 0x1234;
	sigaddset(&user->uc_sigmask, SIGUSR2);
}

static void frames(void)
{
	struct sigaction action = {.sa_sigaction = details, .sa_flags = SA_SIGINFO};
	sigset_t mask;
	double number = 1.0 / 3;
	int result = 0;

	set(SIGUSR1, plain, 0);
	count = 0;
	registers();
	say("plain: %d, last %d", count, last);
	NEED(sigaction(SIGUSR1, &action, NULL) == 0);
	registers();
	say("with siginfo: %d", count);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	raise(SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	say("float: %.12f", number * 3);
	action.sa_sigaction = change_context;
	NEED(sigaction(SIGUSR1, &action, NULL) == 0);
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1)
			 : "memory");
	sigprocmask(SIG_SETMASK, NULL, &mask);
	say("changed: eax %x, USR2 blocked %d", result, sigismember(&mask, SIGUSR2));
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

/* An arithmetic handler must not spoil the floating point state of the program. */
static void float_handler(int signal)
{
	volatile double x = signal;

	for (int i = 0; i < 10; i++) {
		x = x / 7 + 1;
	}
	__asm__ volatile("fninit; fldpi; fldpi; fldpi");
	count++;
}

static void floats(void)
{
	long double top = 0;

	set(SIGUSR1, float_handler, 0);
	__asm__ volatile("fldl2e\n\tint $0x80\n\t"
			 : "=t"(top)
			 : "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1)
			 : "memory");
	say("st(0): %.15Lf", top);
}

/* -------------------------------------------------------------------------------------- masks */

static void nested(int signal)
{
	say("enter %d", signal);
	if (signal == SIGUSR1) {
		raise(SIGUSR2);
		raise(SIGUSR1);
		say("USR1 still waits");
	}
	say("leave %d", signal);
	count++;
	if (count > 4) {
		set(SIGUSR1, SIG_IGN, 0);
	}
}

static void masks(void)
{
	struct sigaction action = {.sa_handler = nested};
	sigset_t mask, pending;

	count = 3;
	sigaddset(&action.sa_mask, SIGUSR2);
	NEED(sigaction(SIGUSR1, &action, NULL) == 0);
	set(SIGUSR2, nested, 0);
	raise(SIGUSR1);
	say("count %d", count);
	set(SIGUSR1, plain, 0);
	set(SIGUSR2, plain, SA_RESETHAND);
	sigfillset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	count = 0;
	raise(SIGUSR1);
	raise(SIGUSR1);
	raise(SIGUSR2);
	sigpending(&pending);
	say("pending: %d %d %d", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2),
	    sigismember(&pending, SIGHUP));
	sigprocmask(SIG_SETMASK, NULL, &pending);
	say("KILL blocked %d, STOP %d, TERM %d", sigismember(&pending, SIGKILL),
	    sigismember(&pending, SIGSTOP), sigismember(&pending, SIGTERM));
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	say("taken: %d", count);
	NEED(sigaction(SIGUSR2, NULL, &action) == 0);
	say("reset: %d", action.sa_handler == SIG_DFL);
	/* What is ignored while it waits is gone. */
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	raise(SIGUSR1);
	set(SIGUSR1, SIG_IGN, 0);
	set(SIGUSR1, plain, 0);
	sigpending(&pending);
	say("ignored and gone: %d", !sigismember(&pending, SIGUSR1));
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	TRY(sigaction(SIGKILL, &action, NULL));
	TRY(sigaction(65, &action, NULL));
	TRY(sigprocmask(77, &mask, NULL));
	TRY(kill(getpid(), 0));
	TRY(kill(getpid(), 65));
	TRY(kill(0x7ffffff0, 0));
	TRY((int)syscall(SYS_tgkill, getpid(), 0x7ffffff0, 0));
	TRY((int)syscall(SYS_tgkill, getpid(), -1, 0));
	TRY((int)syscall(SYS_tkill, getpid(), 0));
}

/* ----------------------------------------------------------------------------- waits, restarts */

static pid_t sender(int signal, int times)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid == 0) {
		for (int i = 0; i < times; i++) {
			usleep(20000);
			kill(parent, signal);
		}
		usleep(60000);
		_exit(5);
	}
	return pid;
}

static void waits(void)
{
	sigset_t mask, old;
	struct timespec time = {10, 0};
	struct timespec rest = {0, 0};
	int status = 0;
	pid_t pid = 0;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	set(SIGUSR1, plain, 0);
	sigprocmask(SIG_BLOCK, &mask, &old);
	raise(SIGUSR1);
	count = 0;
	TRY(sigsuspend(&old));
	sigprocmask(SIG_BLOCK, NULL, &old);
	say("sigsuspend: %d, blocked again %d", count, sigismember(&old, SIGUSR1));
	pid = sender(SIGUSR1, 1);
	sigdelset(&old, SIGUSR1);
	TRY(sigsuspend(&old));
	say("sigsuspend: %d", count);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	NEED(waitpid(pid, NULL, 0) == pid);

	set(SIGUSR1, plain, SA_RESTART);
	pid = sender(SIGUSR1, 2);
	TRY(waitpid(pid, &status, 0));
	say("restarted: %d signals, exit %d", count, WEXITSTATUS(status));
	set(SIGUSR1, plain, 0);
	pid = sender(SIGUSR1, 1);
	TRY(waitpid(pid, &status, 0));
	TRY(waitpid(pid, &status, 0));
	set(SIGUSR1, plain, SA_RESTART);
	pid = sender(SIGUSR1, 1);
	TRY(nanosleep(&time, &rest));
	say("nanosleep: rest %s", rest.tv_sec == 9 ? "9 s" : "?");
	TRY(waitpid(pid, &status, 0));
	pid = sender(SIGUSR1, 1);
	TRY(pause());
	TRY(waitpid(pid, &status, 0));
	/* A signal that is ignored, or stops and goes on, interrupts nothing. */
	set(SIGUSR1, SIG_IGN, 0);
	pid = sender(SIGUSR1, 1);
	time = (struct timespec){0, 50000000};
	TRY(nanosleep(&time, NULL));
	TRY(waitpid(pid, &status, 0));
}

static void queues(void)
{
	struct timespec now = {0, 0};
	struct timespec later = {0, 20000000};
	union sigval value = {.sival_int = 0};
	sigset_t mask;
	siginfo_t info;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGRTMIN);
	sigaddset(&mask, SIGRTMIN + 1);
	set(SIGUSR1, plain, 0);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	for (int i = 0; i < 3; i++) {
		value.sival_int = 100 + i;
		TRY(sigqueue(getpid(), SIGRTMIN + 1, value));
		TRY(sigqueue(getpid(), SIGRTMIN, value));
		TRY(sigqueue(getpid(), SIGUSR1, value));
	}
	for (int i = 0; i < 8; i++) {
		int signal = sigtimedwait(&mask, &info, &now);

		if (signal < 0) {
			say("sigtimedwait: %s", error(signal));
			continue;
		}
		say("sigtimedwait: %s%d code %d value %d", signal >= SIGRTMIN ? "rt " : "",
		    signal >= SIGRTMIN ? signal - SIGRTMIN : signal, info.si_code,
		    info.si_value.sival_int);
	}
	TRY(sigtimedwait(&mask, &info, &later));
	if (sender(SIGUSR1, 1) > 0) {
		say("sigwaitinfo: %d code %d", sigwaitinfo(&mask, &info), info.si_code);
		wait(NULL);
	}
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

/* --------------------------------------------------------------------------- the alternate stack
 */

static char alternate[65536];

static void where(int signal)
{
	char here = 0;
	stack_t now;

	sigaltstack(NULL, &now);
	say("signal %d: on the alternate stack %d, flags %d", signal,
	    &here >= alternate && &here < alternate + sizeof(alternate), now.ss_flags);
	now = (stack_t){.ss_sp = alternate, .ss_size = sizeof(alternate)};
	TRY(sigaltstack(&now, NULL));
}

static void stacks(void)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
	stack_t small = {.ss_sp = alternate, .ss_size = 100};
	stack_t old;

	set(SIGUSR1, where, 0);
	raise(SIGUSR1);
	TRY(sigaltstack(&small, NULL));
	TRY(sigaltstack(&stack, &old));
	raise(SIGUSR1);
	set(SIGUSR1, where, SA_ONSTACK);
	raise(SIGUSR1);
	raise(SIGUSR1);
	sigaltstack(NULL, &old);
	say("size %zu, flags %d", old.ss_size, old.ss_flags);
	stack.ss_flags = SS_DISABLE;
	TRY(sigaltstack(&stack, NULL));
	raise(SIGUSR1);
}

/* ------------------------------------------------------------------------------ to oneself */

static int depth, deepest;

static void again(int signal)
{
	depth++;
	deepest = depth > deepest ? depth : deepest;
	count++;
	if (count < 4) {
		kill(getpid(), signal);
	}
	depth--;
}

static void who(int signal, siginfo_t *info, void *context)
{
	(void)context;
	say("%d: code %d, pid %s, uid %s", signal, info->si_code,
	    info->si_pid == getpid() ? "own" : "?", info->si_uid == getuid() ? "own" : "?");
}

static int status_of(void (*function)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		function();
		_exit(0);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	return status;
}

static void kill_twice(void)
{
	set(SIGUSR1, plain, (int)SA_RESETHAND);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
}

/* The frame has no place: the signal ends the process by SIGSEGV, whatever its handler is. */
static void no_stack(void)
{
	set(SIGUSR1, plain, 0);
	set(SIGSEGV, plain, 0);
	__asm__ volatile("movl $0x1000, %%esp\n\tint $0x80\n\thlt"
			 :
			 : "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1)
			 : "memory");
}

static void stop_and_go(void)
{
	set(SIGCONT, plain, 0);
	count = 0;
	kill(getpid(), SIGCONT);
	_exit(count);
}

/* What a handler leaves in the frame's floating point state is the program's afterwards. */
static void change_fp(int signal, siginfo_t *info, void *context)
{
	ucontext_t *user = context;
	uint32_t *fxsave = (uint32_t *)((char *)user->uc_mcontext.fpregs + 112);

	(void)signal;
	(void)info;
	fxsave[6] = 0x3f80; /* MXCSR: round down */
}

static void myself(void)
{
	struct sigaction action = {.sa_sigaction = who, .sa_flags = SA_SIGINFO};
	uint32_t mxcsr = 0;
	sigset_t mask;

	count = depth = deepest = 0;
	set(SIGUSR1, again, 0);
	kill(getpid(), SIGUSR1);
	say("one after the other: %d, %d deep", count, deepest);
	count = depth = deepest = 0;
	set(SIGUSR1, again, SA_NODEFER);
	kill(getpid(), SIGUSR1);
	say("one in the other: %d, %d deep", count, deepest);
	NEED(sigaction(SIGUSR1, &action, NULL) == 0);
	NEED(sigaction(SIGRTMIN, &action, NULL) == 0);
	TRY(kill(getpid(), SIGUSR1));
	TRY(syscall(SYS_tkill, getpid(), SIGUSR1));
	TRY(syscall(SYS_tgkill, getpid(), getpid(), SIGRTMIN));
	TRY(kill(getpid(), 0));
	TRY(kill(getpid(), 65));
	TRY(kill(getpid(), -1));
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	TRY(kill(getpid(), SIGUSR1));
	say("blocked: not yet");
	TRY(kill(getpid(), SIGRTMIN));
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	set(SIGUSR1, SIG_IGN, 0);
	TRY(kill(getpid(), SIGUSR1));
	say("twice, reset: %x", status_of(kill_twice));
	say("no stack: %x", status_of(no_stack));
	say("SIGCONT: %x", status_of(stop_and_go));
	action.sa_sigaction = change_fp;
	NEED(sigaction(SIGUSR1, &action, NULL) == 0);
	TRY(kill(getpid(), SIGUSR1));
	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
	say("control word: %x", mxcsr & 0xffff);
}

static void storm(void)
{
	pid_t parent = getpid();
	pid_t pid = 0;
	int status = 0;
	unsigned int work = 0;

	count = 0;
	set(SIGUSR1, plain, SA_RESTART);
	set(SIGUSR2, plain, SA_RESTART);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 2000; i++) {
			kill(parent, i % 2 == 0 ? SIGUSR1 : SIGUSR2);
		}
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		for (unsigned int i = 0; i < 1000; i++) {
			work = work * 1664525u + 1013904223u;
		}
		getppid();
	}
	say("a storm: some %d, status %d, %s", count > 0, status, work != 1 ? "worked" : "");
}

int main(void)
{
	frames();
	floats();
	masks();
	waits();
	queues();
	stacks();
	myself();
	storm();
	return 0;
}
