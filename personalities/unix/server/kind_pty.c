/* Pseudo-terminals: /dev/ptmx, /dev/pts/N. */
#include <stdio.h>
#include <masix/file.h>
#include "kinds.h"
#include "terminal.h"

#define O_NONBLOCK 04000u
#define PTYS_MAX   256u
#define CALL_READ  3u

#define TIOCGPTN    0x80045430u
#define TIOCSPTLCK  0x40045431u
#define TIOCGPTLCK  0x80045439u
#define TIOCGPTPEER 0x5441u
#define TIOCPKT     0x5420u
#define FIONREAD    0x541bu

struct terminal *pty_find(uint32_t number)
{
	struct terminal *terminal = terminals;

	while (terminal != NULL && (!terminal->is_pty || terminal->number != number)) {
		terminal = terminal->next;
	}
	return terminal;
}

void pty_changed(struct terminal *terminal)
{
	terminal->had_file = true;
	terminal_changed(terminal);
}

bool pty_is_deserted(const struct terminal *terminal)
{
	return terminal->had_file && terminal->files == 0;
}

uint32_t pty_take(struct terminal *terminal, void *to, uint32_t room, bool all)
{
	uint32_t count =
		terminal->line.stopped && !all ? 0 : pipe_take(&terminal->output, to, room);

	if (count != 0) {
		terminal_changed(terminal);
	}
	return count;
}

static int master_read(struct request *request, struct open_file *file, void *data, uint32_t bytes,
		       int64_t offset)
{
	struct terminal *terminal = file->data;
	uint32_t count = 0;

	if (offset != FILE_CURRENT_OFFSET) {
		return -ESPIPE;
	}
	if (bytes == 0) {
		return 0;
	}
	count = pty_take(terminal, data, bytes, false);
	if (count != 0) {
		return (int)count;
	}
	if (request->number == CALL_READ && request->arguments[4] != 0) {
		return 0; /* a later part */
	}
	if (pty_is_deserted(terminal)) {
		return -EIO;
	}
	return (file->flags & O_NONBLOCK) != 0 ? -EAGAIN
					       : request_wait(request, &terminal->changed);
}

static int master_write(struct request *request, struct open_file *file, const void *data,
			uint32_t bytes, int64_t offset)
{
	struct terminal *terminal = file->data;
	uint32_t done = (uint32_t)request->memory;

	if (offset != FILE_CURRENT_OFFSET) {
		return -ESPIPE;
	}
	done += terminal_input(terminal, (const uint8_t *)data + done, bytes - done);
	if (done == bytes) {
		return (int)done;
	}
	if (pty_is_deserted(terminal)) {
		return done != 0 ? (int)done : -EIO;
	}
	if ((file->flags & O_NONBLOCK) != 0) {
		return done != 0 ? (int)done : -EAGAIN;
	}
	request->memory = done;
	request->interrupted = done != 0 ? (int)done : -UNIX_ERESTARTSYS;
	return request_wait(request, &terminal->changed);
}

static uint32_t master_poll(struct request *request, struct open_file *file, uint32_t events)
{
	struct terminal *terminal = file->data;
	uint32_t there = terminal->line.count < LINE_INPUT_MAX - 1 ? POLL_OUT : 0;

	(void)events;
	if (terminal->output.count != 0 && !terminal->line.stopped) {
		there |= POLL_IN;
	}
	if (pty_is_deserted(terminal)) {
		there |= POLL_HANGUP;
	}
	if (request != NULL) {
		(void)request_wait(request, &terminal->changed);
	}
	return there;
}

static int open_peer(struct request *request, struct terminal *terminal)
{
	struct open_file *file = NULL;
	int result = pty_open_slave(request, terminal->number, request->arguments[2], &file);

	if (result < 0) {
		return result;
	}
	result = descriptors_add(request->thread->process, file, 0,
				 (request->arguments[2] & 02000000u) != 0);
	if (result < 0) {
		open_file_release(file);
	}
	return result;
}

static int master_ioctl(struct request *request, struct open_file *file, uint32_t command)
{
	struct terminal *terminal = file->data;
	uint32_t number = 0;

	switch (command) {
	case TIOCGPTN:
		request_put(request, 2, &terminal->number, sizeof(terminal->number));
		return 0;
	case TIOCSPTLCK:
		if (request_in(request, 2) == NULL) {
			return -EFAULT;
		}
		memcpy(&number, request_in(request, 2), sizeof(number));
		terminal->locked = number != 0;
		return 0;
	case TIOCGPTLCK:
		number = terminal->locked;
		request_put(request, 2, &number, sizeof(number));
		return 0;
	case TIOCGPTPEER:
		return open_peer(request, terminal);
	case FIONREAD:
		request_put(request, 2, &terminal->output.count, sizeof(number));
		return 0;
	case TIOCPKT:
		return -EINVAL; /* packet mode is not there */
	default:
		return terminal_ioctl(request, terminal, command);
	}
}

static int master_attributes(struct open_file *file, void *to)
{
	struct file_attributes *attributes = to;

	if (file->port != MACH_PORT_NULL) {
		return file_attributes_of(file, attributes);
	}
	attributes->number = 2;
	attributes->links = 1;
	attributes->mode = FILE_MODE_CHARACTER | 0666;
	attributes->device = (uint64_t)TERMINAL_MAJOR << 32 | TERMINAL_PTMX;
	return 0;
}

void pty_end(struct terminal *terminal)
{
	terminal->master_open = false;
	terminal_hang_up(terminal);
	terminal_release(terminal);
}

static void master_close(struct open_file *file)
{
	pty_end(file->data);
}

static const struct open_file_kind master_kind = {
	.read = master_read,
	.write = master_write,
	.attributes = master_attributes,
	.poll = master_poll,
	.ioctl = master_ioctl,
	.close = master_close,
};

int pty_create(uint32_t uid, struct terminal **made)
{
	struct terminal *terminal = NULL;
	uint32_t number = 0;

	while (number < PTYS_MAX && pty_find(number) != NULL) {
		number++;
	}
	terminal = number < PTYS_MAX ? terminal_create() : NULL;
	if (terminal == NULL) {
		return number < PTYS_MAX ? -ENOMEM : -ENOSPC;
	}
	terminal->is_pty = terminal->master_open = true;
	terminal->number = number;
	terminal->uid = uid;
	terminal->size[0] = terminal->size[1] = 0;
	*made = terminal;
	return 0;
}

int pty_open_master(struct request *request, uint32_t flags, struct open_file **file)
{
	struct terminal *terminal = NULL;
	int result = pty_create(request->thread->process->identity.fsuid, &terminal);

	if (result < 0) {
		return result;
	}
	terminal->locked = true;
	*file = open_file_create(&master_kind, flags, terminal);
	if (*file == NULL) {
		terminal_release(terminal);
		return -ENFILE;
	}
	return 0;
}

int pty_open_slave(struct request *request, uint32_t number, uint32_t flags,
		   struct open_file **file)
{
	return terminal_open(request, TERMINAL_PTS_MAJOR, number, flags, file);
}

uint32_t terminal_path(const struct open_file *file, char *path)
{
	const struct terminal *terminal = terminal_of(file);

	if (file->kind == &master_kind) {
		return (uint32_t)sprintf(path, "/dev/ptmx");
	}
	if (terminal == NULL) {
		return 0;
	}
	return terminal->is_pty ? (uint32_t)sprintf(path, "/dev/pts/%u", (unsigned)terminal->number)
				: (uint32_t)sprintf(path, "/dev/console");
}
