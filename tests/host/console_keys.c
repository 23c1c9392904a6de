/* Keys both ways: scan codes to what programs read, a terminal's bytes to keys and back to scan
   codes, and any bytes. LINK: servers/console/keymap_core.c servers/console/serial_keys_core.c
   lib/tty/charset_core.c */
#include <string.h>

#include "../../servers/console/keymap_core.h"
#include "../../servers/console/serial_keys_core.h"
#include "tap.h"

static struct keymap keyboard;
static struct keymap_modes modes;
static uint8_t got[256];
static uint32_t got_bytes;
static enum keymap_action action;
static uint8_t argument;
static bool lights;

/* Gives the keyboard's bytes, "1d 2e ae" in hexadecimal, and collects what comes. */
static void press(const char *hex)
{
	struct keymap_effects effects;
	got_bytes = 0;
	action = KEYMAP_NO_ACTION;
	lights = false;
	unsigned byte = 0;
	int length = 0;
	for (; sscanf(hex, "%x%n", &byte, &length) == 1; hex += length) {
		keymap_scan(&keyboard, (uint8_t)byte, &modes, &effects);
		memcpy(got + got_bytes, effects.bytes, effects.count);
		got_bytes += effects.count;
		if (effects.action != KEYMAP_NO_ACTION) {
			action = effects.action;
			argument = effects.argument;
		}
		lights |= effects.lights_changed;
	}
}

static int got_is(const char *expected, uint32_t bytes)
{
	if (got_bytes == bytes && memcmp(got, expected, bytes) == 0) {
		return 1;
	}
	printf("# got");
	for (uint32_t i = 0; i < got_bytes; i++) {
		printf(" %02x", got[i]);
	}
	printf("\n");
	return 0;
}

#define GOT(text) got_is(text, sizeof(text) - 1)

static void test_cooked(void)
{
	static const struct {
		const char *scans;
		const char *bytes;
	} cases[] = {
		{"1e 9e", "a"},
		{"2a 1e 9e aa", "A"},
		{"2a 02 82 aa", "!"},
		{"39 b9", " "},
		{"1c 9c", "\r"},
		{"0e 8e", "\177"},
		{"1d 0e 8e 9d", "\b"},
		{"0f 8f", "\t"},
		{"2a 0f 8f aa", "\033\t"},
		{"01 81", "\033"},
		{"1d 2e ae 9d", "\003"},
		{"1d 2a 1e 9e aa 9d", "\001"},
		{"1d 1a 9a 9d", "\033"},
		{"1d 2b ab 9d", "\034"},
		{"38 2d ad b8", "\033x"},
		{"e0 38 2d ad e0 b8", "\033x"},
		{"38 01 81 b8", "\033\033"},
		{"3b bb", "\033[[A"},
		{"3f bf", "\033[[E"},
		{"40 c0", "\033[17~"},
		{"44 c4", "\033[21~"},
		{"57 d7", "\033[23~"},
		{"58 d8", "\033[24~"},
		{"2a 3b bb aa", "\033[25~"},
		{"2a 42 c2 aa", "\033[34~"},
		{"e0 48 e0 c8", "\033[A"},
		{"e0 50 e0 d0", "\033[B"},
		{"e0 4d e0 cd", "\033[C"},
		{"e0 4b e0 cb", "\033[D"},
		{"e0 47 e0 c7", "\033[1~"},
		{"e0 52 e0 d2", "\033[2~"},
		{"e0 53 e0 d3", "\033[3~"},
		{"e0 4f e0 cf", "\033[4~"},
		{"e0 49 e0 c9", "\033[5~"},
		{"e0 51 e0 d1", "\033[6~"},
		{"e0 2a e0 48 e0 c8 e0 aa", "\033[A"},
		{"48 c8", "\033[A"},
		{"4c cc", "\033[G"},
		{"2a 48 c8 aa", "8"},
		{"e0 35 e0 b5", "/"},
		{"37 b7", "*"},
		{"4a ca", "-"},
		{"e0 1c e0 9c", "\r"},
		{"1e 1e 1e 9e", "aaa"},
		{"e1 1d 45 e1 9d c5 1e 9e", "a"},
		{"fa fe 00 ff", ""},
		{"38 b8 1d 9d", ""},
		{"e0 5b e0 db", ""},
	};
	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		keyboard = (struct keymap){0};
		press(cases[i].scans);
		CHECK(got_is(cases[i].bytes, (uint32_t)strlen(cases[i].bytes)), "keys %s",
		      cases[i].scans);
	}
	keyboard = (struct keymap){0};
	press("1d 03 83 9d");
	CHECK(GOT("\0"), "Ctrl-2 is NUL");
	press("3a ba 1e 9e 02 82 2a 1e 9e aa");
	CHECK(GOT("A1a") && keyboard.locks == KEYMAP_LIGHT_CAPS && lights,
	      "Caps Lock is for letters");
	press("3a ba 45 c5 48 c8 4c cc 53 d3 2a 48 c8 aa");
	CHECK(GOT("85.\033[A") && keyboard.locks == KEYMAP_LIGHT_NUM, "Num Lock is for the keypad");
	press("45 45 45 c5");
	CHECK(keyboard.locks == 0, "a lock that is held does not flutter");
	modes.cursor_keys = true;
	press("e0 48 e0 c8 e0 47 e0 c7");
	CHECK(GOT("\033OA\033[1~"), "application cursor keys");
	modes = (struct keymap_modes){.keypad = true};
	press("47 c7 e0 1c e0 9c");
	CHECK(GOT("\033Ow\033OM"), "application keypad");
	modes = (struct keymap_modes){.newline = true};
	press("1c 9c");
	CHECK(GOT("\r\n"), "newline mode");
	modes = (struct keymap_modes){0};
}

static void test_chords(void)
{
	keyboard = (struct keymap){0};
	press("38 3c 3c bc b8");
	CHECK(action == KEYMAP_SHOW && argument == 1 && GOT(""), "Alt-F2 shows the second console");
	press("38 44 c4 b8");
	CHECK(action == KEYMAP_SHOW && argument == 9, "Alt-F10 the tenth");
	press("38 57 d7 b8");
	CHECK(action == KEYMAP_SPLIT, "Alt-F11 splits");
	press("38 58 d8 b8");
	CHECK(action == KEYMAP_FOCUS, "Alt-F12 goes to the other half");
	press("2a e0 49 e0 c9 aa");
	CHECK(action == KEYMAP_VIEW_BACK && GOT(""), "Shift-PageUp");
	press("1d 38 e0 53 e0 d3 b8 9d");
	CHECK(action == KEYMAP_REBOOT, "Ctrl-Alt-Del");
}

static void test_raw(void)
{
	keyboard = (struct keymap){0};
	modes.raw = true;
	press("1d 2e ae 9d e0 48 e0 c8 e1 1d 45 e1 9d c5 2a e0 49 e0 c9 aa");
	CHECK(GOT("\x1d\x2e\xae\x9d\xe0\x48\xe0\xc8\xe1\x1d\x45\xe1\x9d\xc5\x2a\xe0\x49\xe0\xc9"
		  "\xaa") &&
		      action == KEYMAP_NO_ACTION,
	      "scan codes pass as they are");
	press("1d 38 e0 53 e0 d3 b8 9d");
	CHECK(action == KEYMAP_NO_ACTION, "Ctrl-Alt-Del is the program's");
	press("38 3c");
	CHECK(GOT("\x38") && action == KEYMAP_SHOW, "the consoles' chords are not");
	got_bytes = keymap_release(&keyboard, got, sizeof got);
	CHECK(GOT("\xb8"), "a console that loses the keyboard is told that Alt went up");
	CHECK(keymap_release(&keyboard, got, sizeof got) == 0, "once");
	press("3c bc b8 1e 9e");
	CHECK(GOT("\x1e\x9e"), "and the next one does not hear of keys that it did not see");
	keyboard = (struct keymap){0};
	press("1e 1f e0 48");
	uint32_t count = 0;
	for (uint32_t more = 1; more != 0; count += more) {
		more = keymap_release(&keyboard, got, 2);
	}
	CHECK(count == 4, "in as small pieces as one likes");
	modes.raw = false;
}

/* A terminal's bytes to the bytes a program reads, the console's actions aside. */
static struct serial_keys serial;
static uint64_t now_ms = 1000;

static void take(const struct serial_keys_effects *effects, bool raw)
{
	if (effects->action != KEYMAP_NO_ACTION) {
		action = effects->action;
		argument = effects->argument;
	}
	if (effects->has_key) {
		got_bytes += raw ? keymap_scans(&effects->key, got + got_bytes)
				 : keymap_bytes(&effects->key, 0, &modes, got + got_bytes);
	}
}

static void type_bytes(const char *bytes, uint32_t count, bool raw)
{
	struct serial_keys_effects effects;
	got_bytes = 0;
	action = KEYMAP_NO_ACTION;
	for (uint32_t i = 0; i < count; i++) {
		serial_keys_byte(&serial, (uint8_t)bytes[i], raw, now_ms, &effects);
		take(&effects, raw);
	}
	now_ms += SERIAL_KEYS_ESCAPE_MS;
	serial_keys_idle(&serial, raw, now_ms, &effects);
	take(&effects, raw);
}

#define TYPE(text, raw) type_bytes(text, sizeof(text) - 1, raw)

static void test_serial_text(void)
{
	static const struct {
		const char *typed;
		const char *bytes;
	} cases[] = {
		{"hello\r", "hello\r"},
		{"\003\004\032", "\003\004\032"},
		{"\177\b\t", "\177\b\t"},
		{"\xc3\xa9\xe2\x82\xac", "\xc3\xa9\xe2\x82\xac"},
		{"\033[A\033[B", "\033[A\033[B"},
		{"\033OA", "\033[A"},
		{"\033OP\033OQ", "\033[[A\033[[B"},
		{"\033[11~", "\033[[A"},
		{"\033[[E", "\033[[E"},
		{"\033[15~", "\033[[E"},
		{"\033[24~", "\033[24~"},
		{"\033[H\033[F", "\033[1~\033[4~"},
		{"\033[1~\033[7~\033[8~", "\033[1~\033[1~\033[4~"},
		{"\033[2~\033[3~\033[5~\033[6~", "\033[2~\033[3~\033[5~\033[6~"},
		{"\033", "\033"},
		{"\033x", "\033x"},
		{"\033\033", "\033\033"},
		{"\033[", "\033["},
		{"\033O", "\033O"},
		{"\033\033[A", "\033\033[A"},
		{"\033[1;3A", "\033\033[A"},
		{"\033[1;5C", "\033[C"},
		{"\033[Z", "\033\t"},
		{"\033[1;2P", "\033[25~"},
		{"\033[25~", "\033[25~"},
		{"\033[24;80R", ""},
		{"\033[?6c", ""},
		{"\033[M !!a", "a"},
		{"\033[<0;3;4M", ""},
		{"\033[200~x\033[201~", "x"},
		{"\xff\xc3x", "x"},
		{"\033Oq\033Oo", "\033[4~/"},
		{"\033[1;2;3;4;5;6Aa", "a"},
		{"\033\xc3\xa9", "\033\xc3\xa9"},
	};
	for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		serial = (struct serial_keys){0};
		type_bytes(cases[i].typed, (uint32_t)strlen(cases[i].typed), false);
		CHECK(got_is(cases[i].bytes, (uint32_t)strlen(cases[i].bytes)),
		      "a terminal's bytes, case %u", i);
	}
	struct serial_keys_effects effects;
	serial = (struct serial_keys){0};
	serial_keys_byte(&serial, 0x1b, false, 5000, &effects);
	serial_keys_idle(&serial, false, 5020, &effects);
	CHECK(!effects.has_key && effects.wake_ms == 30, "an escape character waits");
	serial_keys_idle(&serial, false, 5050, &effects);
	CHECK(effects.has_key && effects.key.code == KEYMAP_ESCAPE, "for its time");
}

static void test_serial_actions(void)
{
	serial = (struct serial_keys){0};
	TYPE("\033[1;3Q", false);
	CHECK(action == KEYMAP_SHOW && argument == 1 && GOT(""), "Alt-F2 at a terminal");
	TYPE("\0353", false);
	CHECK(action == KEYMAP_SHOW && argument == 2 && GOT(""), "Control-] 3");
	TYPE("\035s", true);
	CHECK(action == KEYMAP_SPLIT && GOT(""),
	      "Control-] s, in a program that owns the screen too");
	TYPE("\035r", false);
	CHECK(action == KEYMAP_REDRAW && GOT(""), "Control-] r");
	TYPE("\035\t", true);
	CHECK(action == KEYMAP_FOCUS, "Control-] Tab");
	TYPE("\035\035x", false);
	CHECK(action == KEYMAP_NO_ACTION && GOT("\035x"), "twice it is itself");
	TYPE("\035?x", false);
	CHECK(GOT("x"), "a command that there is not is dropped");
}

static void test_serial_raw(void)
{
	serial = (struct serial_keys){0};
	TYPE("aA\r", true);
	CHECK(GOT("\x1e\x9e\x2a\x1e\x9e\xaa\x1c\x9c"), "letters and Enter as scan codes");
	TYPE("\003\033[A\033[1;5C", true);
	CHECK(GOT("\x1d\x2e\xae\x9d\xe0\x48\xe0\xc8\x1d\xe0\x4d\xe0\xcd\x9d"),
	      "Ctrl-C, Up, Ctrl-Right");
	TYPE("\033x\033OR\033", true);
	CHECK(GOT("\x38\x2d\xad\xb8\x3d\xbd\x01\x81"), "Alt-X, F3, Escape");
	TYPE("\177\t\033[Z", true);
	CHECK(GOT("\x0e\x8e\x0f\x8f\x2a\x0f\x8f\xaa"), "Backspace, Tab, Shift-Tab");
	TYPE("\xc3\xa9", true);
	CHECK(GOT("\x38\x4f\xcf\x51\xd1\x52\xd2\xb8"),
	      "what the keyboard lacks is typed by its number: Alt 1 3 0");
	TYPE("\xe4\xb8\xad", true);
	CHECK(GOT(""), "what the code page lacks cannot be typed");
	TYPE("\0", true);
	CHECK(GOT("\x1d\x03\x83\x9d"), "NUL is Ctrl-2");
}

/* Each character that the US layout has: typed at a terminal, as scan codes, read by a program. */
static void test_there_and_back(void)
{
	uint32_t wrong = 0;
	keyboard = (struct keymap){0};
	for (uint32_t i = 0; i < 128; i++) {
		struct keymap_key key = {.character = i};
		uint8_t scans[KEYMAP_BYTES_MAX];
		uint32_t count = keymap_scans(&key, scans);
		uint8_t back[KEYMAP_BYTES_MAX];
		uint32_t back_bytes = 0;
		for (uint32_t j = 0; j < count; j++) {
			struct keymap_effects effects;
			keymap_scan(&keyboard, scans[j], &modes, &effects);
			memcpy(back + back_bytes, effects.bytes, effects.count);
			back_bytes += effects.count;
		}
		uint8_t expected = i == '\n' ? '\r' : i == '\b' ? 0x7f : (uint8_t)i;
		if (back_bytes != 1 || back[0] != expected) {
			printf("# character %u came back as %u bytes, %u\n", i, back_bytes,
			       back[0]);
			wrong++;
		}
	}
	CHECK(wrong == 0, "each ASCII character survives the way through scan codes");
	uint8_t unheld[32] = {0};
	CHECK(memcmp(keyboard.down, unheld, sizeof unheld) == 0, "and leaves no key held");
}

static void test_any_bytes(void)
{
	uint64_t seed = 0x853c49e6748fea9b;
	printf("# seed %#llx\n", (unsigned long long)seed);
	uint32_t unsound = 0;
	for (uint32_t i = 0; i < 1000000; i++) {
		uint64_t chance = tap_random(&seed);
		struct keymap_effects effects;
		struct keymap_modes any = {chance & 1, chance & 2, chance & 4, chance & 8};
		keymap_scan(&keyboard, (uint8_t)(chance >> 8), &any, &effects);
		unsound += effects.count > KEYMAP_BYTES_MAX;
		struct serial_keys_effects typed;
		uint8_t byte =
			chance & 0x30
				? (uint8_t) "\033\033[[O;;123456~ABHMPZ<?"[(chance >> 16) % 22]
				: (uint8_t)(chance >> 16);
		serial_keys_byte(&serial, byte, any.raw, i, &typed);
		if (typed.has_key) {
			uint8_t bytes[KEYMAP_BYTES_MAX];
			unsound += keymap_bytes(&typed.key, (uint8_t)(chance >> 24), &any, bytes) >
				   KEYMAP_BYTES_MAX;
			unsound += keymap_scans(&typed.key, bytes) > KEYMAP_BYTES_MAX;
		}
		if ((chance >> 32) % 64 == 0) {
			serial_keys_idle(&serial, any.raw, i + 100, &typed);
		}
	}
	CHECK(unsound == 0, "a million random bytes from keyboard and terminal");
}

int main(void)
{
	test_cooked();
	test_chords();
	test_raw();
	test_serial_text();
	test_serial_actions();
	test_serial_raw();
	test_there_and_back();
	test_any_bytes();
	return tap_done();
}
