/* Keys, from the keyboard and from the serial line, to the console with the focus; and what they
   mean for the console itself. */
#include "devices.h"
#include "serial_keys_core.h"
#include "server.h"

#define NEVER 0

static struct keymap keymap;
static struct serial_keys serial_keys;
static uint64_t wake_ms;

/* The one that gets the keys; null: it is not open, or shows the log. */
static struct console *focused(void)
{
	struct console *console = &consoles[screen_focused(&screen)];

	return console->vt != NULL && console->number != CONSOLE_LOG ? console : NULL;
}

static struct keymap_modes modes_of(const struct console *console)
{
	uint32_t modes = console != NULL ? console->vt->modes : 0;

	return (struct keymap_modes){
		.raw = console != NULL && console->grid != NULL,
		.cursor_keys = (modes & VT_MODE_CURSOR_KEYS) != 0,
		.keypad = (modes & VT_MODE_KEYPAD) != 0,
		.newline = (modes & VT_MODE_NEWLINE) != 0,
	};
}

static void move_view(bool back)
{
	struct vt *vt = consoles[screen_focused(&screen)].vt;
	int32_t half = vt != NULL ? vt_grid_const(vt)->rows / 2 : 0;

	if (vt != NULL) {
		vt_scroll_view(vt, back ? half : -half);
		display_change();
	}
}

/* Splits with the next console, or joins. */
static void split_or_join(void)
{
	struct screen_effects effects;
	uint32_t next = (screen_focused(&screen) + 1) % SCREEN_CONSOLES;

	if (screen.split ? screen_unsplit(&screen, &effects)
			 : screen_split(&screen, next, &effects)) {
		console_apply(&effects);
	}
}

static void act(enum keymap_action action, uint8_t argument)
{
	struct screen_effects effects;

	switch (action) {
	case KEYMAP_SHOW:
		(void)console_show_number(argument);
		break;
	case KEYMAP_SPLIT:
		split_or_join();
		break;
	case KEYMAP_FOCUS:
		if (screen_focus(&screen, &effects)) {
			console_apply(&effects);
		}
		break;
	case KEYMAP_VIEW_BACK:
	case KEYMAP_VIEW_FORWARD:
		move_view(action == KEYMAP_VIEW_BACK);
		break;
	case KEYMAP_REDRAW:
		display_redraw();
		break;
	case KEYMAP_REBOOT:
		if (devices.keyboard) {
			keyboard_reboot();
		}
		break;
	case KEYMAP_NO_ACTION:
		break;
	}
}

static void give(struct console *console, bool raw, const uint8_t *bytes, uint32_t count)
{
	if (console == NULL || count == 0) {
		return;
	}
	if (raw) {
		console_type_keys(console, bytes, count);
	} else {
		console_type(console, bytes, count);
	}
}

void input_scan(uint8_t byte)
{
	struct console *console = focused();
	struct keymap_modes modes = modes_of(console);
	struct keymap_effects effects;

	keymap_scan(&keymap, byte, &modes, &effects);
	if (effects.lights_changed) {
		keyboard_lights(keymap.locks);
	}
	act(effects.action, effects.argument);
	give(console, modes.raw, effects.bytes, effects.count);
}

void input_release(struct console *console)
{
	uint8_t codes[KEYMAP_BYTES_MAX];
	uint32_t count = 0;

	while (console->grid != NULL &&
	       (count = keymap_release(&keymap, codes, sizeof codes)) != 0) {
		console_type_keys(console, codes, count);
	}
}

static void take_serial(const struct serial_keys_effects *effects)
{
	struct console *console = focused();
	struct keymap_modes modes = modes_of(console);
	uint8_t bytes[KEYMAP_BYTES_MAX];
	uint32_t count = 0;

	wake_ms = effects->wake_ms != 0 ? now_ms() + effects->wake_ms : NEVER;
	act(effects->action, effects->argument);
	if (effects->has_key) {
		count = modes.raw ? keymap_scans(&effects->key, bytes)
				  : keymap_bytes(&effects->key, 0, &modes, bytes);
		give(console, modes.raw, bytes, count);
	}
}

static bool is_raw(void)
{
	return modes_of(focused()).raw;
}

void input_serial(uint8_t byte)
{
	struct serial_keys_effects effects;

	serial_keys_byte(&serial_keys, byte, is_raw(), now_ms(), &effects);
	take_serial(&effects);
}

uint64_t input_wake_ms(void)
{
	return wake_ms;
}

void input_idle(void)
{
	struct serial_keys_effects effects;

	serial_keys_idle(&serial_keys, is_raw(), now_ms(), &effects);
	take_serial(&effects);
}
