/* What the files of this server share: the consoles and the one lock.

   Everything below is under console_lock. Nothing that is done under it waits: answers go to
   send-once rights, events by ipc_notify, hardware is told and not asked twice. */
#pragma once

#include <libmach.h>
#include <ipc/ipc.h>
#include <masix/console.h>

#include "keymap_core.h"
#include <tty/line_core.h>
#include "screen_core.h"
#include "state.h"

#define CALLS_MAX   8u                    /* that wait, of one console */
#define CONSOLE_LOG (SCREEN_CONSOLES - 1) /* shows the kernel's words; no client opens it */

enum pending_kind {
	PENDING_NONE,
	PENDING_READ,
	PENDING_READ_KEYS,
	PENDING_WAIT,
	PENDING_WRITE,
	PENDING_MODES,
	PENDING_GONE, /* being cancelled: pending_cancelled will come */
};

/* A call that is answered later. */
struct pending {
	enum pending_kind kind;
	uint32_t order; /* the older one has the smaller number */
	ipc_answer_t answer;
	struct console *console;
	uint32_t bytes;    /* to be read at most, or to be written */
	uint64_t since_ms; /* when a read began */
	uint32_t when;     /* CONSOLE_WHEN_* */
	struct console_modes modes;
	uint8_t data[CONSOLE_DATA_MAX];
};

struct console {
	struct ipc_object *object; /* the client's; null: no client has it */
	bool held;                 /* one reference more, until console_unlock */
	uint8_t number;
	struct vt *vt; /* on the screen; null: not open */
	struct line line;
	uint64_t wake_ms; /* a read waits for this time; 0: none does */
	struct pending pending[CALLS_MAX];
	struct ipc_notifier *notifier; /* null: nobody watches */
	natural_t key;
	bool told_input; /* and nobody has looked since */
	bool told_keys;
	struct console_screen *grid; /* a program's that has taken the screen */
	vm_size_t grid_bytes;
	bool pictures; /* its memory has room for one */
	uint32_t keys_count;
	bool keys_lost; /* there was no room: the held keys are let go with the next read */
	uint8_t keys[CONSOLE_KEYS_MAX];
};

extern struct ipc_bucket *bucket;
extern struct ipc_class console_class;
extern struct screen screen;
extern struct console consoles[SCREEN_CONSOLES];

void console_lock(void);
void console_unlock(void);

uint64_t now_ms(void);

/* ---- console.c: lives */

/* All consoles, and what the last server left in "state"; before any other call. */
void consoles_start(struct state *state, uint32_t columns_max, uint32_t rows_max);

/* For a client's object. KERN_NAME_EXISTS, KERN_RESOURCE_SHORTAGE: console_open's. */
kern_return_t console_begin(uint32_t number, struct ipc_object *object, struct console **console);
void console_end(struct console *console);

/* Shows a console. KERN_INVALID_VALUE: there is none with that number. */
kern_return_t console_show_number(uint32_t number);

/* Nothing is given back before console_unlock: an answer may be an object's last reference. */
void console_hold(struct console *console);

/* An event for who watches. */
void console_tell(struct console *console, uint32_t kind, uint32_t value);

/* Carries out what a change of the screen brings. */
void console_apply(const struct screen_effects *effects);

kern_return_t console_take_grid(struct console *console, bool pictures, mach_port_t *memory);

/* Looks which programs show a picture now, and which do not any more. */
void console_follow_pictures(void);
void console_release_grid(struct console *console);

/* CONSOLE_STATUS_*. */
natural_t console_status(const struct console *console);

/* ---- stream.c: bytes */

/* What a program writes, as its modes say. */
void console_write_text(struct console *console, const uint8_t *bytes, uint32_t count);

/* Bytes from a keyboard. */
void console_type(struct console *console, const uint8_t *bytes, uint32_t count);

/* Scan codes, whole. */
void console_type_keys(struct console *console, const uint8_t *codes, uint32_t count);

/* A read of all scan codes that are there. */
uint32_t console_get_keys(struct console *console, uint8_t *codes);

/* Is there anything to read, bytes or scan codes? */
bool console_has_input(const struct console *console);

/* Answers the reads that have what they wait for, and tells of what is left. */
void console_serve_reads(struct console *console);

/* Carries on with output that waited, unless it is stopped. */
void console_pump(struct console *console);

/* Forgets output that waits: its writers are told that it was written. */
void console_flush_output(struct console *console);

kern_return_t console_use_modes(struct console *console, uint32_t when,
				const struct console_modes *modes);

/* ---- pending.c */

/* The oldest of that kind, or null. */
struct pending *pending_oldest(struct console *console, enum pending_kind kind);
struct pending *pending_oldest_output(struct console *console);

/* Defers a call, with room for what belongs to it. */
kern_return_t pending_add(struct console *console, ipc_call_t call, enum pending_kind kind,
			  struct pending **pending);

/* The reply right, and the entry is free (but its data stay until the lock is given up); null: the
   caller is gone. */
mach_port_t pending_take(struct pending *pending);

/* ---- loop.c: the thread that serves the hardware */

kern_return_t loop_start(void);

/* Something is to be shown, or there is a new time to wake at. */
void loop_wake(void);

/* ---- display.c */

void display_start(void);

/* Something changed: shown with the next frame. */
void display_change(void);

/* How long behind the last frame the next is due, in ms; 0: nothing is to be drawn. */
uint32_t display_due_ms(void);

/* All anew on the serial line, whose terminal may show something else. */
void display_redraw(void);

/* Another mode of the screen. */
void display_set_mode(uint32_t columns, uint32_t rows);

/* The mode that shows a picture of the console with the focus, and whether there is one. */
void display_set_graphics(void);
bool display_has_pictures(void);

/* A frame: the screen shows what it should, the serial line is on its way to it. */
void display_frame(void);
void display_bell(void);

/* What is next for the serial line: at most bytes_max bytes. */
uint32_t display_serial_bytes(uint8_t *bytes, uint32_t bytes_max);

/* ---- input.c */

void input_scan(uint8_t byte);               /* from the keyboard */
void input_serial(uint8_t byte);             /* from the serial line */
uint64_t input_wake_ms(void);                /* when input_idle is due; 0: not at all */
void input_idle(void);                       /* time has passed */
void input_release(struct console *console); /* it loses the keys */

/* ---- log.c */

/* Asks for more of the kernel's log; the answer comes to "port". */
void log_request(mach_port_t port);
void log_receive(const mach_msg_header_t *message);

/* When log_look is due, which is called without the lock; 0: not at all. */
uint64_t log_wake_ms(void);
void log_look(void);
