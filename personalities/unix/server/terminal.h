/*
 * Terminals.  Each has a line discipline (lib/tty) between what is typed and what programs read,
 * and a ring of output that its other side takes: a console of the console server, or who has the
 * master of a pseudo-terminal.
 */
#pragma once

#include <masix/file.h>
#include <tty/line_core.h>
#include "descriptors.h"
#include "pipe_core.h"
#include "tty_core.h"

struct terminal {
	unsigned int references; /* open files, the session, those who use it without the lock */
	struct line line;
	struct linux_termios termios;
	uint16_t size[4]; /* struct winsize: rows, columns, pixels */
	struct pipe_core output;
	uint32_t column;           /* where the cursor is, as far as output says */
	struct wait_queue changed; /* input, output, its end */
	uint32_t session;          /* whose controlling terminal it is; 0: nobody's */
	uint32_t foreground;       /* process group; 0: none */
	bool hung_up;
	unsigned int files; /* open, of programs' side */
	uint32_t number;    /* pts: N; console: its number here */
	uint32_t uid;
	struct terminal *next;
	/* A console (console.c). */
	mach_port_t console, events;
	struct console_modes modes_before;
	bool writing; /* somebody carries output to it, without the lock */
	/* A pseudo-terminal (kind_pty.c). */
	bool is_pty;
	bool master_open, locked, had_file;
	struct run *run; /* that has the master (run_terminal.c); null: a program */
};

extern struct terminal *terminals;

/* With one reference, the caller's.  Null: no memory. */
struct terminal *terminal_create(void);
void terminal_reference(struct terminal *terminal);
void terminal_release(struct terminal *terminal);

/* An open file of the programs' side. */
struct open_file *terminal_file(struct terminal *terminal, uint32_t flags);

/* The controlling terminal of a session's leader, and of all in the session. */
void terminal_set_session(struct terminal *terminal, struct process *leader);

/* Input, output or its end: wakes who waits for one of them, on either side. */
void terminal_changed(struct terminal *terminal);

/* Bytes were typed; how many had room (all, on a console: what has none is lost, with a bell). */
uint32_t terminal_input(struct terminal *terminal, const uint8_t *bytes, uint32_t count);

/* A pseudo-terminal's master waits when there is no room, as long as somebody can make some. */
bool terminal_has_room(const struct terminal *terminal);

/* Its other side is gone: programs read the end, and the session hears of it. */
void terminal_hang_up(struct terminal *terminal);

void terminal_set_size(struct terminal *terminal, const uint16_t size[4]);

/* Requests of ioctl that both sides of a terminal understand. */
int terminal_ioctl(struct request *request, struct terminal *terminal, uint32_t command);

/* The devices /dev/tty, /dev/console, /dev/ptmx and /dev/pts/N.  -ENXIO -EIO -ENFILE */
int terminal_open(struct request *request, uint32_t major, uint32_t minor, uint32_t flags,
		  struct open_file **file);

#define TERMINAL_MAJOR     5u
#define TERMINAL_TTY       0u
#define TERMINAL_CONSOLE   1u
#define TERMINAL_PTMX      2u
#define TERMINAL_PTS_MAJOR 136u

/* What stat says of it, and where it is found ("/dev/pts/3"). */
void terminal_attributes(const struct terminal *terminal, struct file_attributes *attributes);
uint32_t terminal_path(const struct open_file *file, char *path);

/* Is it an open file of a terminal's programs' side? */
struct terminal *terminal_of(const struct open_file *file);

/* ---- console.c */

/*
 * A terminal on a console; takes the right, if it succeeds.  -ENOMEM -EIO; the lock is given up
 * meanwhile.
 */
int terminal_open_console(mach_port_t console, struct terminal **terminal);

/* Shows the output; the lock is given up meanwhile. */
void console_carry_output(struct terminal *terminal);
void console_end(struct terminal *terminal);

/* ---- kind_pty.c */

struct terminal *pty_find(uint32_t number);

/* One without a size whose master is open, with the caller's reference.  -ENOMEM -ENOSPC */
int pty_create(uint32_t uid, struct terminal **terminal);

/* What the master reads; stopped output stays, unless "all". */
uint32_t pty_take(struct terminal *terminal, void *to, uint32_t room, bool all);

/* The programs' side is closed: what they wrote can still be read, then it is the end. */
bool pty_is_deserted(const struct terminal *terminal);

/* Nobody has the master any more; takes the reference. */
void pty_end(struct terminal *terminal);

int pty_open_master(struct request *request, uint32_t flags, struct open_file **file);
int pty_open_slave(struct request *request, uint32_t number, uint32_t flags,
		   struct open_file **file);
/* A file of the programs' side was closed, or opened. */
void pty_changed(struct terminal *terminal);
