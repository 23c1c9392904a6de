/* The consoles: the lock, how they begin and end, what becomes of them on the screen. */
#include "server.h"

#include <gen/mach.h>
#include <gen/mach4.h>
#include <gen/mach_host.h>
#include <ipc/sync.h>
#include <mach/vm_param.h>

#define SELF mach_task_self()

struct screen screen;
struct console consoles[SCREEN_CONSOLES];

static struct ipc_lock lock;
static struct state *state;
static bool nobody_chose; /* what is shown is what was opened: the lowest number of it */

/* --------------------------------------------------------------------------------------- lock */

void console_lock(void)
{
	ipc_lock(&lock);
}

void console_hold(struct console *console)
{
	if (!console->held && console->object != NULL) {
		console->held = true;
		ipc_object_reference(console->object);
	}
}

void console_unlock(void)
{
	struct ipc_object *held[SCREEN_CONSOLES];
	uint32_t count = 0;

	for (uint32_t i = 0; i < SCREEN_CONSOLES; i++) {
		if (consoles[i].held) {
			consoles[i].held = false;
			held[count++] = consoles[i].object;
		}
	}
	ipc_unlock(&lock);
	for (uint32_t i = 0; i < count; i++) {
		ipc_object_release(held[i]);
	}
}

uint64_t now_ms(void)
{
	time_value64_t time = {0, 0};

	(void)host_get_uptime64(mach_host_self(), &time);
	return (uint64_t)time.seconds * 1000 + (uint32_t)time.nanoseconds / 1000000;
}

/* ------------------------------------------------------------------------------------- screen */

static void remember_screen(void)
{
	state->split = screen.split;
	state->shown[0] = screen.shown[0];
	state->shown[1] = screen.shown[1];
	state->focus = screen.focus;
}

natural_t console_status(const struct console *console)
{
	natural_t status = 0;

	if (screen.shown[0] == console->number ||
	    (screen.split && screen.shown[1] == console->number)) {
		status |= CONSOLE_STATUS_SHOWN;
	}
	if (screen_focused(&screen) == console->number) {
		status |= CONSOLE_STATUS_FOCUS;
	}
	status |= console->line.stopped ? CONSOLE_STATUS_STOPPED : 0;
	status |= console->grid != NULL ? CONSOLE_STATUS_OWNED : 0;
	status |= line_at_end(&console->line) ? CONSOLE_STATUS_END : 0;
	return status;
}

void console_tell(struct console *console, uint32_t kind, uint32_t value)
{
	if (console->notifier != NULL &&
	    ipc_notify(console->notifier, kind, console->key, value) == KERN_TERMINATED) {
		ipc_notifier_destroy(console->notifier); /* room for another */
		console->notifier = NULL;
	}
}

void console_apply(const struct screen_effects *effects)
{
	const natural_t seen = CONSOLE_STATUS_SHOWN | CONSOLE_STATUS_FOCUS;

	for (uint32_t i = 0; i < effects->count; i++) {
		struct console *console = &consoles[effects->list[i].console];
		uint32_t columns = effects->list[i].columns;
		uint32_t rows = effects->list[i].rows;

		switch (effects->list[i].kind) {
		case SCREEN_MODE:
			display_set_mode(columns, rows);
			break;
		case SCREEN_GRAPHICS:
			display_set_graphics();
			break;
		case SCREEN_BLUR:
			input_release(console);
			console_tell(console, CONSOLE_EVENT_SEEN, console_status(console) & seen);
			break;
		case SCREEN_SHOWN:
		case SCREEN_HIDDEN:
		case SCREEN_FOCUS:
			console_tell(console, CONSOLE_EVENT_SEEN, console_status(console) & seen);
			break;
		case SCREEN_SIZE:
			console_tell(console, CONSOLE_EVENT_SIZE, columns << 16 | rows);
			break;
		}
	}
	remember_screen();
	display_change();
}

/* -------------------------------------------------------------------------------------- lives */

/* On the screen, with the terminal as it is in the state. */
static void put_on_screen(struct console *console)
{
	struct screen_effects effects;
	struct state_console *saved = &state->consoles[console->number];

	console->vt = &saved->vt;
	saved->open = 1;
	line_init(&console->line);
	(void)screen_open(&screen, console->number, console->vt, &effects);
	console_apply(&effects);
}

static void clear(struct console *console)
{
	struct state_console *saved = &state->consoles[console->number];

	vt_init(&saved->vt, SCREEN_HALF_COLUMNS, SCREEN_HALF_ROWS, saved->history, HISTORY_LINES,
		HISTORY_COLUMNS);
}

/* What of the screen outlives a server, read before anything is written there. */
struct selection {
	uint32_t upper;
	uint32_t lower;
	bool split;
	bool below; /* the focus is */
};

static void show_again(const struct selection *was)
{
	struct screen_effects effects;

	if (screen_show(&screen, was->upper, &effects)) {
		console_apply(&effects);
	}
	if (was->split && screen_split(&screen, was->lower, &effects)) {
		console_apply(&effects);
	}
	if (was->below && screen_focus(&screen, &effects)) {
		console_apply(&effects);
	}
}

/* The consoles of the last server wait, with their text, for somebody who opens them by number. */
static void recover(const struct selection *was)
{
	for (uint32_t i = 0; i < CONSOLE_LOG; i++) {
		struct state_console *saved = &state->consoles[i];

		if (saved->open == 1) {
			vt_adopt(&saved->vt, saved->history, HISTORY_LINES, HISTORY_COLUMNS);
			put_on_screen(&consoles[i]);
		}
	}
	show_again(was);
}

void consoles_start(struct state *memory, uint32_t columns_max, uint32_t rows_max)
{
	struct screen_effects effects;
	bool known = memory->magic == STATE_MAGIC && memory->version == STATE_VERSION &&
		     memory->bytes == sizeof *memory;
	const struct selection was = {
		.upper = memory->shown[0],
		.lower = memory->shown[1],
		.split = memory->split != 0,
		.below = memory->focus != 0,
	};

	state = memory;
	screen_init(&screen, columns_max, rows_max);
	for (uint32_t i = 0; i < SCREEN_CONSOLES; i++) {
		consoles[i].number = (uint8_t)i;
	}
	clear(&consoles[CONSOLE_LOG]);
	put_on_screen(&consoles[CONSOLE_LOG]);
	if (known) {
		recover(&was);
	} else {
		for (uint32_t i = 0; i < CONSOLE_LOG; i++) {
			state->consoles[i].open = 0;
		}
		(void)screen_show(&screen, CONSOLE_LOG, &effects);
		nobody_chose = true;
	}
	state->magic = STATE_MAGIC;
	state->version = STATE_VERSION;
	state->bytes = sizeof *state;
	remember_screen();
}

kern_return_t console_show_number(uint32_t number)
{
	struct screen_effects effects;

	if (!screen_show(&screen, number, &effects)) {
		return KERN_INVALID_VALUE;
	}
	nobody_chose = false;
	console_apply(&effects);
	return KERN_SUCCESS;
}

/* A free console, with nothing on it if there is one. */
static struct console *find_free(void)
{
	struct console *found = NULL;

	for (uint32_t i = CONSOLE_LOG; i > 0; i--) {
		struct console *console = &consoles[i - 1];

		if (console->object == NULL &&
		    (console->vt == NULL || found == NULL || found->vt != NULL)) {
			found = console;
		}
	}
	return found;
}

kern_return_t console_begin(uint32_t number, struct ipc_object *object, struct console **begun)
{
	struct console *console = NULL;

	if (number != CONSOLE_ANY && number >= SCREEN_CONSOLES) {
		return KERN_INVALID_VALUE;
	}
	console = number == CONSOLE_ANY ? find_free() : &consoles[number];
	if (console == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	if (console->object != NULL || console->number == CONSOLE_LOG) {
		return KERN_NAME_EXISTS;
	}
	if (console->vt == NULL) {
		clear(console);
		put_on_screen(console);
	} else if (number == CONSOLE_ANY) {
		vt_reset(console->vt); /* another's text is not for this client */
		console->vt->history.lines = 0;
	}
	console->object = object;
	console->told_input = false;
	console->told_keys = false;
	console->keys_count = 0;
	console->keys_lost = false;
	if (nobody_chose && console->number < screen.shown[0]) {
		(void)console_show_number(console->number);
		nobody_chose = true;
	}
	display_change();
	*begun = console;
	return KERN_SUCCESS;
}

/* Its object is gone, so nothing waits any more. */
void console_end(struct console *console)
{
	struct screen_effects effects;

	console->object = NULL;
	console->wake_ms = 0;
	console->notifier = NULL;
	console_release_grid(console);
	(void)screen_close(&screen, console->number, &effects);
	console->vt = NULL;
	state->consoles[console->number].open = 0;
	console_apply(&effects);
}

/* -------------------------------------------------------------------------------------- grids */

kern_return_t console_take_grid(struct console *console, bool pictures, mach_port_t *memory)
{
	const struct grid *grid = vt_grid_const(console->vt);
	vm_size_t bytes = pictures ? CONSOLE_SCREEN_GRAPHICS_BYTES
				   : CONSOLE_SCREEN_BYTES(grid->columns, grid->rows);
	vm_address_t address = 0;
	struct screen_effects effects;
	kern_return_t result = KERN_SUCCESS;

	bytes = (bytes + PAGE_SIZE - 1) & ~(vm_size_t)(PAGE_SIZE - 1);
	result = vm_allocate(SELF, &address, bytes, TRUE);
	if (result != KERN_SUCCESS) {
		return KERN_RESOURCE_SHORTAGE;
	}
	result = vm_region_create_proxy(SELF, address, VM_PROT_READ | VM_PROT_WRITE, bytes, memory);
	if (result != KERN_SUCCESS) {
		(void)vm_deallocate(SELF, address, bytes);
		return KERN_RESOURCE_SHORTAGE;
	}
	console->grid = (struct console_screen *)address;
	console->grid_bytes = bytes;
	console->pictures = pictures;
	console->grid->columns = grid->columns;
	console->grid->rows = grid->rows;
	(void)screen_take(&screen, console->number, console->grid, false, &effects);
	console_apply(&effects);
	return KERN_SUCCESS;
}

void console_follow_pictures(void)
{
	for (uint32_t i = 0; i < SCREEN_CONSOLES; i++) {
		struct screen_effects effects;
		struct console *console = &consoles[i];
		bool wanted = console->grid != NULL && console->pictures &&
			      console->grid->picture == CONSOLE_PICTURE_320X200;

		if (console->grid != NULL && wanted != screen.consoles[i].graphics &&
		    screen_set_graphics(&screen, i, wanted, &effects)) {
			console_apply(&effects);
		}
	}
}

void console_release_grid(struct console *console)
{
	struct screen_effects effects;

	if (console->grid == NULL) {
		return;
	}
	input_release(console);
	(void)screen_release(&screen, console->number, &effects);
	(void)vm_deallocate(SELF, (vm_address_t)console->grid, console->grid_bytes);
	console->grid = NULL;
	console->keys_count = 0;
	console->keys_lost = false;
	console_apply(&effects);
}
