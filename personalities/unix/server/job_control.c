/* job_control.h, and the sessions' part of terminal.h. */
#include "job_control.h"

#define TIOCSCTTY 0x540eu
#define TIOCGPGRP 0x540fu
#define TIOCSPGRP 0x5410u
#define TIOCNOTTY 0x5422u
#define TIOCGSID  0x5429u

static const struct signal_info from_kernel = {.code = SI_KERNEL};

static bool in_background(const struct process *process, const struct terminal *terminal)
{
	return process->terminal == terminal && process->pgid != terminal->foreground;
}

static int stop_group(const struct process *process, uint32_t signal)
{
	if (process_group_is_orphaned(process->pgid)) {
		return -EIO; /* nobody would continue it */
	}
	signal_group(process->pgid, signal, &from_kernel);
	return -UNIX_ERESTARTSYS;
}

int job_control_read(struct thread *thread, const struct terminal *terminal)
{
	if (!in_background(thread->process, terminal)) {
		return 0;
	}
	return signal_is_held(thread, SIGTTIN) ? -EIO : stop_group(thread->process, SIGTTIN);
}

int job_control_change(struct thread *thread, const struct terminal *terminal)
{
	if (!in_background(thread->process, terminal) || signal_is_held(thread, SIGTTOU)) {
		return 0;
	}
	return stop_group(thread->process, SIGTTOU);
}

int job_control_write(struct thread *thread, const struct terminal *terminal)
{
	return (terminal->termios.local & TTY_LOCAL_TOSTOP) == 0
		       ? 0
		       : job_control_change(thread, terminal);
}

/* ------------------------------------------------------------------------------------- sessions */

void terminal_set_session(struct terminal *terminal, struct process *leader)
{
	terminal_reference(terminal);
	terminal->session = leader->sid;
	terminal->foreground = leader->pgid;
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (process->sid == leader->sid) {
			process->terminal = terminal;
		}
	}
}

/* The session loses its terminal, and the terminal its session. */
static void part(struct terminal *terminal)
{
	uint32_t session = terminal->session;

	terminal->session = terminal->foreground = 0;
	for (struct process *process = processes; process != NULL; process = process->next) {
		if (process->sid == session && process->terminal == terminal) {
			process->terminal = NULL;
		}
	}
	terminal_release(terminal);
}

/* Without the leader's shell the group in front has nobody who would tell it. */
static void tell_foreground(const struct terminal *terminal)
{
	if (terminal->foreground != 0) {
		signal_group(terminal->foreground, SIGHUP, &from_kernel);
		signal_group(terminal->foreground, SIGCONT, &from_kernel);
	}
}

void terminal_session_ends(struct process *leader)
{
	struct terminal *terminal = leader->terminal;

	if (terminal->session != leader->sid) {
		leader->terminal = NULL;
		return;
	}
	terminal_reference(terminal);
	tell_foreground(terminal);
	if (!terminal->is_pty) {
		/* As on Linux nobody who was left behind uses the console any more. */
		terminal->hung_up = true;
		terminal_changed(terminal);
	}
	if (terminal->session == leader->sid) {
		part(terminal);
	}
	terminal_release(terminal);
}

void terminal_hang_up(struct terminal *terminal)
{
	struct process *leader = NULL;

	if (terminal->hung_up) {
		return;
	}
	terminal_reference(terminal);
	terminal->hung_up = true;
	terminal_changed(terminal);
	tell_foreground(terminal);
	if (terminal->session != 0) {
		leader = process_find(terminal->session);
		if (leader != NULL && leader->pgid != terminal->foreground) {
			signal_process(leader, SIGHUP, &from_kernel);
			signal_process(leader, SIGCONT, &from_kernel);
		}
	}
	if (terminal->session != 0) { /* the signals may have ended it */
		part(terminal);
	}
	terminal_release(terminal);
}

/* --------------------------------------------------------------------------------------- ioctls */

static int take_terminal(struct request *request, struct terminal *terminal)
{
	struct process *process = request->thread->process;

	if (process->terminal == terminal && terminal->session == process->sid &&
	    process->sid == process->pid) {
		return 0;
	}
	if (process->sid != process->pid || process->terminal != NULL) {
		return -EPERM;
	}
	if (terminal->session != 0) {
		if (request->arguments[2] != 1 || process->identity.euid != 0) {
			return -EPERM;
		}
		part(terminal); /* stolen from another session */
	}
	terminal_set_session(terminal, process);
	return 0;
}

static int give_up_terminal(struct process *process, const struct terminal *terminal)
{
	if (process->terminal != terminal) {
		return -ENOTTY;
	}
	if (process->sid == process->pid) {
		terminal_session_ends(process);
	} else {
		process->terminal = NULL;
	}
	return 0;
}

static int set_foreground(struct request *request, struct terminal *terminal)
{
	struct process *process = request->thread->process;
	int32_t pgid = 0;
	int result = job_control_change(request->thread, terminal);

	if (process->terminal != terminal || terminal->session != process->sid) {
		return -ENOTTY;
	}
	if (request_in(request, 2) == NULL) {
		return -EFAULT;
	}
	if (result < 0) {
		return result;
	}
	memcpy(&pgid, request_in(request, 2), sizeof(pgid));
	if (pgid < 0) {
		return -EINVAL;
	}
	if (!process_group_in_session((uint32_t)pgid, process->sid)) {
		return process_group_exists((uint32_t)pgid) ? -EPERM : -ESRCH;
	}
	terminal->foreground = (uint32_t)pgid;
	return 0;
}

int job_control_ioctl(struct request *request, struct terminal *terminal, uint32_t command)
{
	struct process *process = request->thread->process;
	uint32_t number = 0;

	switch (command) {
	case TIOCSCTTY:
		return take_terminal(request, terminal);
	case TIOCNOTTY:
		return give_up_terminal(process, terminal);
	case TIOCSPGRP:
		return set_foreground(request, terminal);
	case TIOCGPGRP:
	case TIOCGSID:
		/* Who has a master asks for the other side, whose session is not his own. */
		if (process->terminal != terminal && !terminal->is_pty) {
			return -ENOTTY;
		}
		if (command == TIOCGSID && terminal->session == 0) {
			return -ENOTTY;
		}
		number = command == TIOCGPGRP ? terminal->foreground : terminal->session;
		request_put(request, 2, &number, sizeof(number));
		return 0;
	default:
		return -ENOTTY;
	}
}
