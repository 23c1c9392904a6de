/*
 * As a Unix process: stands for the program on the other node.  Three threads: this one takes
 * signals, one reads standard input, one writes what comes and sees the end.  The other two are
 * Linux's (clone), as both sides of each wait: a descriptor and a port.  All signals are blocked
 * but in this one's wait, and SIGTTIN where the terminal is read.
 */
#include <string.h>
#include <gen/unix_client.h>
#include <libc/log.h>
#include <libc/thread_block.h>
#include <linux/linux.h>
#include <mach/mig_errors.h>
#include "on.h"
#include "terminal.h"

#define STACK_BYTES 0x8000

static const char *node, *program;
static mach_port_t run;
static bool has_terminal; /* the program there has one, as we have */

static const uint32_t all_signals[2] = {0xffffffff, 0xffffffff};
static const uint32_t no_signals[2];

void unix_complain(const char *line, size_t bytes)
{
	(void)linux_call(LINUX_WRITE, 2, LINUX_POINTER(line), bytes, 0, 0);
}

static void no_log(const char *text, size_t bytes)
{
	(void)text;
	(void)bytes;
}

static void __attribute__((noreturn)) leave(int status)
{
	terminal_restore();
	(void)linux_call(LINUX_EXIT_GROUP, (uint32_t)status, 0, 0, 0, 0);
	__builtin_trap();
}

/* ----------------------------------------------------------------------------------- the node */

static const char *error_words(int error)
{
	switch (-error) {
	case LINUX_ENXIO:
		return "the cluster has no such node; net lists the others";
	case LINUX_EHOSTUNREACH:
		return "it does not answer; net shows the nodes";
	case LINUX_ECONNREFUSED:
		return "it has no Unix server just now; try again";
	case LINUX_EACCES:
		return "it refuses: the roster does not let this node start programs on others";
	case LINUX_ENETDOWN:
		return "this node has no network server (servers says why)";
	case LINUX_EAGAIN:
		return "too many programs ask for nodes just now; try again";
	default:
		return strerror(-error);
	}
}

static mach_port_t find_node(void)
{
	int result = linux_call(LINUX_MASIX_NODE, LINUX_POINTER(node), 0, 0, 0, 0);

	if (result < 0) {
		complain(node, "%s", error_words(result));
	}
	return result < 0 ? MACH_PORT_NULL : (mach_port_t)result;
}

/* Why a call to it failed. */
static void complain_gone(kern_return_t result)
{
	if (result != MACH_SEND_INVALID_DEST && result != MIG_SERVER_DIED) {
		complain(node, "%s", mach_error_string(result));
		return;
	}
	complain(node, "%s",
		 linux_call(LINUX_MASIX_NODE, LINUX_POINTER(node), MASIX_NODE_STATE, 0, 0, 0) == 0
			 ? "its Unix server has ended, and the program"
			 : "the node is gone, or the way to it is cut");
}

/* ------------------------------------------------------------------------------------ threads */

/* The block that newlib and MIG's stubs find by the segment; the Unix server is to know of it. */
static struct linux_segment segment_of(const struct libc_thread *block)
{
	return (struct linux_segment){.entry = LIBC_THREAD_SELECTOR >> 3,
				      .base = LINUX_POINTER(block),
				      .limit = 0xfffff,
				      .bits = 0x51};
}

struct thread {
	struct libc_thread block;
	uint32_t stack[STACK_BYTES / 4] __attribute__((aligned(16)));
};

/* "function" must not return. */
static bool start_thread(struct thread *thread, void (*function)(void))
{
	struct linux_segment segment = segment_of(&thread->block);
	uint32_t *top = thread->stack + STACK_BYTES / 4;
	int result = LINUX_CLONE;

	libc_thread_init(&thread->block);
	*--top = LINUX_POINTER(function);
	__asm__ volatile("int $0x80\n\t"
			 "testl %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "xorl %%ebp, %%ebp\n\t"
			 "popl %%eax\n\t" /* the new thread, on its stack */
			 "call *%%eax\n\t"
			 "ud2\n"
			 "1:"
			 : "+a"(result)
			 : "b"(LINUX_THREAD_FLAGS), "c"(top), "d"(0), "S"(&segment), "D"(0)
			 : "memory", "cc");
	return result > 0;
}

static size_t get(char *data)
{
	int result = -LINUX_EINTR;

	while (result == -LINUX_EINTR) {
		result = linux_call(LINUX_READ, 0, LINUX_POINTER(data), UNIX_DATA_MAX, 0, 0);
	}
	return result > 0 ? (size_t)result : 0;
}

static void feed_input(void)
{
	/* SIGTTIN stops a job of the background here. */
	static const uint32_t but_ttin[2] = {~LINUX_MASK_BIT(LINUX_SIGTTIN), 0xffffffff};

	(void)linux_call(LINUX_RT_SIGPROCMASK, LINUX_SIG_SETMASK, LINUX_POINTER(but_ttin), 0,
			 LINUX_MASK_BYTES, 0);
	pump_input(run, get);
	for (;;) {
		(void)linux_call(LINUX_EXIT, 0, 0, 0, 0, 0);
	}
}

static bool put(natural_t stream, const char *data, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		int result = linux_call(LINUX_WRITE, stream == 1 ? 1 : 2,
					LINUX_POINTER(data + done), bytes - done, 0, 0);

		if (result <= 0 && result != -LINUX_EINTR) {
			return false;
		}
		done += result > 0 ? (size_t)result : 0;
	}
	return true;
}

/* Until the program's end, which is this one's. */
static void show_output(void)
{
	natural_t end = 0;
	kern_return_t result = pump_output(run, put, &end);

	terminal_restore();
	if (result == KERN_ABORTED) {
		leave(128 + LINUX_SIGPIPE); /* nobody reads what it writes */
	}
	if (result != KERN_SUCCESS) {
		complain_gone(result);
		leave(STATUS_FAILED);
	}
	if (SIGNAL_OF(end) != 0 && SIGNAL_OF(end) != LINUX_SIGINT) {
		complain(program, "ended by signal %u", (unsigned)SIGNAL_OF(end));
	}
	leave(SIGNAL_OF(end) != 0 ? 128 + (int)SIGNAL_OF(end) : (int)CODE_OF(end));
}

/* ------------------------------------------------------------------------------------ signals */

static volatile uint32_t caught; /* LINUX_MASK_BIT */

static void catch (int number)
{
	caught |= LINUX_MASK_BIT(number);
}

static void set_handler(uint32_t number, uint32_t handler)
{
	struct linux_action action = {.handler = handler};

	(void)linux_call(LINUX_RT_SIGACTION, number, LINUX_POINTER(&action), 0, LINUX_MASK_BYTES,
			 0);
}

/* What was ignored when we began stays so: a shell's background jobs, nohup. */
static void catch_signal(uint32_t number)
{
	struct linux_action before = {0};

	(void)linux_call(LINUX_RT_SIGACTION, number, 0, LINUX_POINTER(&before), LINUX_MASK_BYTES,
			 0);
	if (before.handler != LINUX_SIG_IGN) {
		set_handler(number, LINUX_POINTER(catch));
	}
}

/* Sleeps with all signals open, at most so long; null: until one comes. */
static void wait_signal(const int32_t time[2])
{
	(void)linux_call(LINUX_PPOLL, 0, 0, LINUX_POINTER(time), LINUX_POINTER(no_signals),
			 LINUX_MASK_BYTES);
}

/*
 * The program there stops, and so do we, as a shell wants to see it.  Not by SIGTSTP there: no
 * shell watches its process group, and such a one cannot be stopped so.
 */
static void stop(void)
{
	static const int32_t no_time[2];

	(void)unix_client_signal(run, LINUX_SIGSTOP);
	set_handler(LINUX_SIGTSTP, LINUX_SIG_DFL);
	(void)linux_call(LINUX_KILL, (uint32_t)linux_call(LINUX_GETPID, 0, 0, 0, 0, 0),
			 LINUX_SIGTSTP, 0, 0, 0);
	wait_signal(no_time);
	set_handler(LINUX_SIGTSTP, LINUX_POINTER(catch));
}

static void go_on(void)
{
	if (has_terminal) {
		terminal_make_raw(); /* the shell has had it meanwhile */
	}
	(void)unix_client_signal(run, LINUX_SIGCONT);
}

static void change_size(void)
{
	natural_t rows = 0, columns = 0;

	if (has_terminal && terminal_size(&rows, &columns)) {
		(void)unix_client_set_size(run, rows, columns);
	}
}

static const uint8_t handed_on[] = {LINUX_SIGINT, LINUX_SIGQUIT, LINUX_SIGTERM, LINUX_SIGUSR1,
				    LINUX_SIGUSR2};

static void handle(uint32_t signals)
{
	if ((signals & LINUX_MASK_BIT(LINUX_SIGHUP)) != 0) {
		leave(128 + LINUX_SIGHUP); /* the run's last right goes: SIGHUP there */
	}
	for (unsigned int i = 0; i < sizeof handed_on; i++) {
		if ((signals & LINUX_MASK_BIT(handed_on[i])) != 0) {
			(void)unix_client_signal(run, handed_on[i]);
		}
	}
	if ((signals & LINUX_MASK_BIT(LINUX_SIGWINCH)) != 0) {
		change_size();
	}
	if ((signals & LINUX_MASK_BIT(LINUX_SIGTSTP)) != 0) {
		stop();
	}
	if ((signals & LINUX_MASK_BIT(LINUX_SIGCONT)) != 0) {
		go_on();
	}
}

static void block_signals(void)
{
	(void)linux_call(LINUX_RT_SIGPROCMASK, LINUX_SIG_SETMASK, LINUX_POINTER(all_signals), 0,
			 LINUX_MASK_BYTES, 0);
	for (unsigned int i = 0; i < sizeof handed_on; i++) {
		catch_signal(handed_on[i]);
	}
	catch_signal(LINUX_SIGHUP);
	catch_signal(LINUX_SIGTSTP);
	set_handler(LINUX_SIGCONT, LINUX_POINTER(catch));
	set_handler(LINUX_SIGWINCH, LINUX_POINTER(catch));
}

static void __attribute__((noreturn)) take_signals(void)
{
	for (;;) {
		wait_signal(NULL);
		handle(__atomic_exchange_n(&caught, 0, __ATOMIC_SEQ_CST));
	}
}

/* -------------------------------------------------------------------------------------- start */

static bool start_there(char **words)
{
	static unix_path_t directory;
	struct order order = {.server = find_node(), .words = words};
	kern_return_t result = KERN_SUCCESS;

	if (order.server == MACH_PORT_NULL) {
		return false;
	}
	order.directory =
		linux_call(LINUX_GETCWD, LINUX_POINTER(directory), sizeof directory, 0, 0, 0) > 0
			? directory
			: "/";
	has_terminal = terminal_begin() && terminal_size(&order.rows, &order.columns);
	order.wants_terminal = has_terminal;
	run = start(&order, &result);
	if (result != KERN_SUCCESS) {
		complain_gone(result);
	}
	return run != MACH_PORT_NULL;
}

int on_unix(char **words)
{
	static struct thread input, output;
	struct linux_segment segment = segment_of(libc_thread_self());

	libc_log_set(no_log);
	(void)linux_call(LINUX_SET_THREAD_AREA, LINUX_POINTER(&segment), 0, 0, 0, 0);
	node = words[1];
	program = words[2];
	if (!start_there(words + 2)) {
		leave(STATUS_FAILED);
	}
	block_signals();
	if (has_terminal) {
		terminal_make_raw();
	}
	if (!start_thread(&output, show_output) || !start_thread(&input, feed_input)) {
		terminal_restore();
		complain(node, "no memory for its streams");
		leave(STATUS_FAILED);
	}
	take_signals();
}
