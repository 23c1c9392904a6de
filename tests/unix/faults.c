/* What the processor raises: the signal, its code and address, and the end without a handler. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include "say.h"

static sigjmp_buf back;
static char *page;
static volatile int zero;

static void caught(int signal, siginfo_t *info, void *context)
{
	ucontext_t *user = context;
	long offset = (char *)info->si_addr - page;

	say("signal %d code %d trap %d error %x address %s%lx", signal, info->si_code,
	    (int)user->uc_mcontext.gregs[REG_TRAPNO],
	    (unsigned)user->uc_mcontext.gregs[REG_ERR] & 6,
	    signal != SIGSEGV                 ? "of the instruction "
	    : offset >= 0 && offset < 0x10000 ? "of the page "
					      : "",
	    signal != SIGSEGV                 ? 0l
	    : offset >= 0 && offset < 0x10000 ? offset
					      : (long)info->si_addr);
	siglongjmp(back, 1);
}

static void read_null(void)
{
	(void)*(volatile char *)zero;
}
static void write_null(void)
{
	*(volatile char *)(zero + 16) = 1;
}
static void write_read_only(void)
{
	page[5] = 1;
}
static void read_forbidden(void)
{
	(void)((volatile char *)page)[4096 + 7];
}
static void write_gone(void)
{
	page[8192] = 1;
}
static void kernel_memory(void)
{
	(void)*(volatile char *)(zero + 0xfffff000u);
}
static void divide(void)
{
	__asm__ volatile("idivl %1" : : "a"(1), "r"(0), "d"(0) : "cc");
}
static void overflow(void)
{
	__asm__ volatile("idivl %1" : : "a"(0), "r"(1), "d"(0x7fffffff) : "cc");
}
static void invalid(void)
{
	__asm__ volatile("ud2");
}
static void breakpoint(void)
{
	__asm__ volatile("int3");
	say("after int3");
}
static void privileged(void)
{
	__asm__ volatile("hlt");
}
static void port(void)
{
	__asm__ volatile("outb %al, $0x80");
}
static void jump_away(void)
{
	((void (*)(void))(zero + 0x1234))();
}
static void step(void)
{
	__asm__ volatile("pushfl; orl $0x100, (%esp); popfl; nop");
	say("after the step");
}

struct fault {
	const char *name;
	void (*function)(void);
};

static const struct fault table[] = {
	{"read null", read_null},
	{"write null", write_null},
	{"write read only", write_read_only},
	{"read forbidden", read_forbidden},
	{"write where nothing is", write_gone},
	{"kernel memory", kernel_memory},
	{"divide by zero", divide},
	{"overflow of a division", overflow},
	{"ud2", invalid},
	{"int3", breakpoint},
	{"hlt", privileged},
	{"out", port},
	{"jump to nothing", jump_away},
	{"single step", step},
};

static void catch (const int *signals, int flags)
{
	struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO | flags};

	for (int i = 0; signals[i] != 0; i++) {
		NEED(sigaction(signals[i], &action, NULL) == 0);
	}
}

static int eat_stack(volatile int depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	return depth < 0 ? 0 : eat_stack(depth + 1) + room[0];
}

static void on_other_stack(int signal)
{
	say("signal %d on the other stack", signal);
	siglongjmp(back, 1);
}

static void stack_overflow(void)
{
	static char other[32768];
	stack_t stack = {.ss_sp = other, .ss_size = sizeof(other)};
	struct sigaction action = {.sa_handler = on_other_stack, .sa_flags = SA_ONSTACK};
	int status = 0;
	pid_t pid = 0;

	NEED(sigaltstack(&stack, NULL) == 0);
	NEED(sigaction(SIGSEGV, &action, NULL) == 0);
	if (sigsetjmp(back, 1) == 0) {
		eat_stack(0);
	}
	say("the stack is whole again");
	/* With no room for the frame there is no handler. */
	action.sa_flags = 0;
	NEED(sigaction(SIGSEGV, &action, NULL) == 0);
	pid = fork();
	if (pid == 0) {
		eat_stack(0);
	}
	NEED(waitpid(pid, &status, 0) == pid);
	say("no room for a frame: signal %d", WTERMSIG(status));
}

int main(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, 0};

	page = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	NEED(page != MAP_FAILED);
	NEED(munmap(page + 8192, 8192) == 0);
	NEED(mprotect(page, 4096, PROT_READ) == 0 && mprotect(page + 4096, 4096, PROT_NONE) == 0);
	catch (signals, 0);
	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		say("%s", table[i].name);
		if (sigsetjmp(back, 1) == 0) {
			table[i].function();
		}
	}
	for (int i = 0; signals[i] != 0; i++) {
		signal(signals[i], SIG_DFL);
	}
	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0) {
			table[i].function();
			_exit(0);
		}
		NEED(waitpid(pid, &status, 0) == pid);
		say("%s: status %x", table[i].name, status & ~0x80);
	}
	/* One that is blocked or ignored ends the process all the same. */
	for (int i = 0; i < 2; i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0) {
			sigset_t set;

			sigemptyset(&set);
			sigaddset(&set, SIGSEGV);
			if (i == 0) {
				sigprocmask(SIG_BLOCK, &set, NULL);
			} else {
				signal(SIGSEGV, SIG_IGN);
			}
			write_null();
			_exit(0);
		}
		NEED(waitpid(pid, &status, 0) == pid);
		say("%s: signal %d", i == 0 ? "blocked" : "ignored", WTERMSIG(status));
	}
	stack_overflow();
	return 0;
}
