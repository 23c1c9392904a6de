/* ioctl on terminals: modes, sizes, queues. */
#include "job_control.h"

#define TCGETS     0x5401u
#define TCSETS     0x5402u
#define TCSETSW    0x5403u
#define TCSETSF    0x5404u
#define TCGETA     0x5405u
#define TCSETA     0x5406u
#define TCSETAW    0x5407u
#define TCSETAF    0x5408u
#define TCSBRK     0x5409u
#define TCXONC     0x540au
#define TCFLSH     0x540bu
#define TIOCEXCL   0x540cu
#define TIOCNXCL   0x540du
#define TIOCOUTQ   0x5411u
#define TIOCSTI    0x5412u
#define TIOCGWINSZ 0x5413u
#define TIOCSWINSZ 0x5414u
#define FIONREAD   0x541bu

static struct line_effects effects; /* large; the lock is held */

/* Output that was stopped goes on. */
static void start_output(struct terminal *terminal)
{
	terminal_changed(terminal);
	if (terminal->console != MACH_PORT_NULL) {
		console_carry_output(terminal);
	}
}

/* Waits until all output was taken: a console's alone, as nobody may ever read a master. */
static int drain(struct request *request, struct terminal *terminal)
{
	return terminal->is_pty || terminal->output.count == 0 || terminal->hung_up
		       ? 0
		       : request_wait(request, &terminal->changed);
}

static int set_termios(struct request *request, struct terminal *terminal,
		       const struct linux_termios *termios, bool when_drained, bool flush)
{
	struct console_modes modes;
	int result = job_control_change(request->thread, terminal);

	result = result < 0 || !when_drained ? result : drain(request, terminal);
	if (result != 0) {
		return result;
	}
	if (flush) {
		line_flush(&terminal->line);
	}
	terminal->termios = *termios;
	tty_to_modes(termios, &modes);
	line_set_modes(&terminal->line, &modes, &effects);
	start_output(terminal);
	return 0;
}

static int set_modes(struct request *request, struct terminal *terminal, uint32_t command)
{
	struct linux_termios termios = terminal->termios;
	struct linux_termio termio;

	if (request_in(request, 2) == NULL) {
		return -EFAULT;
	}
	if (command <= TCSETSF) {
		memcpy(&termios, request_in(request, 2), sizeof(termios));
	} else {
		memcpy(&termio, request_in(request, 2), sizeof(termio));
		tty_from_termio(&termio, &termios);
	}
	return set_termios(request, terminal, &termios, command != TCSETS && command != TCSETA,
			   command == TCSETSF || command == TCSETAF);
}

static int get_modes(struct request *request, const struct terminal *terminal, uint32_t command)
{
	struct linux_termio termio;

	if (command == TCGETS) {
		request_put(request, 2, &terminal->termios, sizeof(terminal->termios));
	} else {
		tty_to_termio(&terminal->termios, &termio);
		request_put(request, 2, &termio, sizeof(termio));
	}
	return request_room(request, 2) == NULL ? -EFAULT : 0;
}

void terminal_set_size(struct terminal *terminal, const uint16_t size[4])
{
	static const struct signal_info info = {.code = SI_KERNEL};

	if (memcmp(terminal->size, size, sizeof(terminal->size)) == 0) {
		return;
	}
	memcpy(terminal->size, size, sizeof(terminal->size));
	if (terminal->foreground != 0) {
		signal_group(terminal->foreground, SIGWINCH, &info);
	}
}

static int flow(struct request *request, struct terminal *terminal)
{
	int result = job_control_change(request->thread, terminal);
	uint8_t character = 0;

	if (result < 0) {
		return result;
	}
	switch (request->arguments[2]) {
	case 0: /* TCOOFF */
		terminal->line.stopped = true;
		return 0;
	case 1: /* TCOON */
		terminal->line.stopped = false;
		start_output(terminal);
		return 0;
	case 2: /* TCIOFF, TCION */
	case 3:
		character = terminal->termios.characters[request->arguments[2] == 2 ? 9 : 8];
		(void)pipe_put_some(&terminal->output, &character, 1);
		start_output(terminal);
		return 0;
	default:
		return -EINVAL;
	}
}

static int flush(struct request *request, struct terminal *terminal)
{
	uint32_t what = request->arguments[2]; /* TCIFLUSH TCOFLUSH TCIOFLUSH */
	int result = job_control_change(request->thread, terminal);

	if (result < 0 || what > 2) {
		return result < 0 ? result : -EINVAL;
	}
	if (what != 1) {
		line_flush(&terminal->line);
	}
	if (what != 0 && !terminal->is_pty) {
		terminal->output.first = terminal->output.count = 0;
	}
	terminal_changed(terminal);
	return 0;
}

static int type(struct request *request, struct terminal *terminal)
{
	const struct process *process = request->thread->process;

	if (process->terminal != terminal && process->identity.euid != 0) {
		return -EPERM;
	}
	if (request_in(request, 2) == NULL) {
		return -EFAULT;
	}
	(void)terminal_input(terminal, request_in(request, 2), 1);
	return 0;
}

static int put_number(struct request *request, uint32_t number)
{
	request_put(request, 2, &number, sizeof(number));
	return request_room(request, 2) == NULL ? -EFAULT : 0;
}

/* All whole lines, not only the first. */
static uint32_t waiting_bytes(const struct line *line)
{
	return (line->modes.local & CONSOLE_LOCAL_LINES) != 0 ? line->ready : line->count;
}

int terminal_ioctl(struct request *request, struct terminal *terminal, uint32_t command)
{
	int result = 0;

	switch (command) {
	case TCGETS:
	case TCGETA:
		return get_modes(request, terminal, command);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TCSETA:
	case TCSETAW:
	case TCSETAF:
		return set_modes(request, terminal, command);
	case TCSBRK:
		result = job_control_change(request->thread, terminal);
		return result < 0 ? result : drain(request, terminal);
	case TCXONC:
		return flow(request, terminal);
	case TCFLSH:
		return flush(request, terminal);
	case TIOCEXCL:
	case TIOCNXCL:
		return 0;
	case TIOCOUTQ:
		return put_number(request, terminal->output.count);
	case FIONREAD:
		return put_number(request, waiting_bytes(&terminal->line));
	case TIOCSTI:
		return type(request, terminal);
	case TIOCGWINSZ:
		request_put(request, 2, terminal->size, sizeof(terminal->size));
		return request_room(request, 2) == NULL ? -EFAULT : 0;
	case TIOCSWINSZ:
		if (request_in(request, 2) == NULL) {
			return -EFAULT;
		}
		terminal_set_size(terminal, request_in(request, 2));
		return 0;
	default:
		return job_control_ioctl(request, terminal, command);
	}
}
