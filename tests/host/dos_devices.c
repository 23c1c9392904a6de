/* The DOS machine's chips and keyboard: interrupt controllers, timer, keys as scan codes.
   LINK: personalities/dos/pic_core.c personalities/dos/pit_core.c
   personalities/dos/keyboard_core.c
 */
#include <stdlib.h>
#include <string.h>

#include "../../personalities/dos/keyboard_core.h"
#include "../../personalities/dos/pic_core.h"
#include "../../personalities/dos/pit_core.h"
#include "tap.h"

static void check_controllers(void)
{
	struct pics pics;

	pics_reset(&pics);
	CHECK(pics_next(&pics) < 0, "nothing is asked for");
	pics_raise(&pics, 1);
	pics_raise(&pics, 0);
	CHECK(pics_next(&pics) == 0 && pics_take(&pics, 0) == 0x08, "the timer goes first");
	CHECK(pics_next(&pics) < 0, "nothing lower while it is served");
	CHECK(pics_in(&pics, 0x20) == 0x02, "IRR: the keyboard");
	pics_out(&pics, 0x20, 0x0b);
	CHECK(pics_in(&pics, 0x20) == 0x01, "ISR: the timer");
	pics_out(&pics, 0x20, 0x20);
	CHECK(pics_next(&pics) == 1, "the end of interrupt lets the next one in");
	pics_out(&pics, 0x21, 0x02);
	CHECK(pics_next(&pics) < 0 && pics_is_masked(&pics, 1) && pics_in(&pics, 0x21) == 0x02,
	      "a mask");
	pics_out(&pics, 0x21, 0x00);
	CHECK(pics_take(&pics, 1) == 0x09, "the keyboard's vector");
	pics_raise(&pics, 0);
	CHECK(pics_next(&pics) == 0, "a higher one interrupts a lower");
	pics_out(&pics, 0x20, 0x61);
	CHECK(!pics_is_served(&pics, 1), "a specific end of interrupt");
	pics_raise(&pics, 8);
	(void)pics_take(&pics, 0);
	CHECK(pics_next(&pics) < 0, "the second chip waits for the first");
	pics_end(&pics, 0);
	CHECK(pics_next(&pics) == 8 && pics_take(&pics, 8) == 0x70, "the clock's vector");
	CHECK(pics_is_served(&pics, 8) && pics_is_served(&pics, 2), "both chips serve it");
	pics_end(&pics, 8);
	/* Other vectors: ICW1 to ICW4. */
	pics_out(&pics, 0x20, 0x11);
	pics_out(&pics, 0x21, 0x50);
	pics_out(&pics, 0x21, 0x04);
	pics_out(&pics, 0x21, 0x03);
	pics_out(&pics, 0x21, 0xfe);
	pics_raise(&pics, 0);
	CHECK(pics_in(&pics, 0x21) == 0xfe && pics_take(&pics, 0) == 0x50, "another vector");
	CHECK(!pics_is_served(&pics, 0), "an automatic end of interrupt");
}

static void check_timer(void)
{
	struct pit pit;
	uint16_t count = 0;

	pit_reset(&pit, 1000);
	CHECK(pit_interrupts(&pit, 1000 + 65535) == 0 && pit_interrupts(&pit, 1000 + 65536) == 1 &&
		      pit_interrupts(&pit, 1000 + 10 * 65536) == 10,
	      "18.2 a second");
	pit_out(&pit, 0x43, 0x34, 0);
	pit_out(&pit, 0x40, 0x00, 0);
	pit_out(&pit, 0x40, 0x10, 5000);
	CHECK(pit_period(&pit) == 0x1000 && pit_interrupts(&pit, 5000 + 3 * 0x1000) == 3,
	      "a faster one");
	pit_out(&pit, 0x43, 0x00, 5100);
	count = pit_in(&pit, 0x40, 6000);
	count |= (uint16_t)(pit_in(&pit, 0x40, 7000) << 8);
	CHECK(count == 0x1000 - 100, "a latched count: %u", count);
	count = pit_in(&pit, 0x40, 5200);
	count |= (uint16_t)(pit_in(&pit, 0x40, 5200) << 8);
	CHECK(count == 0x1000 - 200, "one that is not: %u", count);
	pit_out(&pit, 0x43, 0xe2, 5200);
	CHECK(pit_in(&pit, 0x40, 5200) == 0xb4, "read back: the status");
	CHECK(pit_in(&pit, 0x40, 5000 + 1) == 0xff, "and then the count");
	/* Channel 2 counts down once while its gate is open. */
	pit_gate(&pit, true, 0);
	pit_out(&pit, 0x43, 0xb0, 0);
	pit_out(&pit, 0x42, 0x34, 0);
	CHECK(!pit_output(&pit, 2, 0), "no output before the count");
	pit_out(&pit, 0x42, 0x12, 100);
	CHECK(!pit_output(&pit, 2, 100 + 0x1233) && pit_output(&pit, 2, 100 + 0x1234),
	      "an output after it");
}

/* What the keyboard's handler makes of these codes. */
static uint16_t typed(const char *codes)
{
	static uint8_t memory[0x1000];
	uint16_t key = 0;

	keyboard_reset(memory);
	for (; *codes != 0; codes++) {
		(void)keyboard_scan(memory, (uint8_t)*codes);
	}
	(void)keyboard_get(memory, true, &key);
	return key;
}

static void check_keys(void)
{
	static const struct {
		const char *codes;
		uint16_t key;
	} rows[] = {
		{"\x1e\x9e", 0x1e61},
		{"\x2a\x1e", 0x1e41},
		{"\x3a\xba\x1e", 0x1e41},
		{"\x3a\xba\x2a\x1e", 0x1e61},
		{"\x1d\x1e", 0x1e01},
		{"\x38\x1e", 0x1e00},
		{"\x38\x1a", 0x1a00},
		{"\x1d\x0f", 0x9400},
		{"\x38\x0f", 0xa500},
		{"\x38\x1c", 0x1c00},
		{"\xe0\x1c", 0xe00d},
		{"\xe0\x35", 0xe02f},
		{"\x1d\xe0\x35", 0x9500},
		{"\x35", 0x352f},
		{"\x48", 0x4800},
		{"\xe0\x48", 0x48e0},
		{"\x45\xc5\x48", 0x4838},
		{"\x45\xc5\x2a\x48", 0x4800},
		{"\x1d\xe0\x48", 0x8de0},
		{"\x38\xe0\x48", 0x9800},
		{"\x57", 0x8500},
		{"\x2a\x58", 0x8800},
		{"\x1d\x57", 0x8900},
		{"\x38\x58", 0x8c00},
		{"\x2a\x3b", 0x5400},
		{"\x38\x44", 0x7100},
		{"\x4c", 0x4cf0},
		{"\xe0\x2a\xe0\x53", 0x53e0},
		{"\x38\x4d\xcd\x4f\xb8", 61},
		{"\x1d\xe0\x46", 0x0000},
		{"\x56", 0x565c},
		{"\xe0\x1d\x2e", 0x2e03},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint16_t key = typed(rows[i].codes);

		CHECK(key == rows[i].key, "key %04x is %04x", rows[i].key, key);
	}
	CHECK(typed("\xe1\x1d\x45\xe1\x9d\xc5\x1e") == 0, "Pause, and the key that ends it");
}

static void check_old_keys(void)
{
	static uint8_t memory[0x1000];
	uint16_t key = 0;

	keyboard_reset(memory);
	(void)keyboard_put(memory, 0x8500);
	(void)keyboard_put(memory, 0x48e0);
	(void)keyboard_put(memory, 0xe00d);
	CHECK(keyboard_get_old(memory, false, &key) && key == 0x4800, "F11 is no key of the AT's");
	CHECK(keyboard_get_old(memory, true, &key) && key == 0x4800, "a grey one is");
	CHECK(keyboard_get_old(memory, true, &key) && key == 0x1c0d, "and so is Enter");
	CHECK(!keyboard_get_old(memory, true, &key), "and nothing else");
}

static void check_shifts(void)
{
	static uint8_t memory[0x1000];

	keyboard_reset(memory);
	(void)keyboard_scan(memory, 0xe0);
	(void)keyboard_scan(memory, 0x38);
	(void)keyboard_scan(memory, 0x1d);
	(void)keyboard_scan(memory, 0x3a);
	CHECK(keyboard_shifts(memory) == 0x494c, "right Alt, left Ctrl, Caps Lock: %04x",
	      keyboard_shifts(memory));
	(void)keyboard_scan(memory, 0x3a);
	CHECK((memory[KEYBOARD_FLAGS] & 0x40) != 0, "a key that repeats is pressed once");
	CHECK(keyboard_scan(memory, 0x53) == KEYBOARD_DO_RESTART, "Ctrl-Alt-Del");
	CHECK((memory[KEYBOARD_LEDS] & 7) == 4, "the lamp");
}

/* Keys of a terminal, as scan codes, are the same keys again. */
static void check_round_trip(void)
{
	static const uint16_t others[] = {0x4800, 0x4b00, 0x5300, 0x3b00, 0x4400, 0x8500,
					  0x8600, 0x0f00, 0x1e00, 0x7800, 0x5400, 0x5e00,
					  0x6800, 0x2e03, 0x1c0d, 0x0e08, 0x011b};
	static uint8_t memory[0x1000];
	uint8_t codes[KEYBOARD_CODES_MAX];

	for (uint32_t i = 1; i < 0x100 + sizeof others / sizeof others[0]; i++) {
		uint16_t key = i < 0x100 ? keyboard_of_character((uint8_t)i) : others[i - 0x100];
		uint16_t back = 0;
		uint32_t count = keyboard_codes(key, codes);

		keyboard_reset(memory);
		for (uint32_t k = 0; k < count; k++) {
			(void)keyboard_scan(memory, codes[k]);
		}
		CHECK(count > 0 && count <= KEYBOARD_CODES_MAX &&
			      keyboard_get(memory, true, &back) &&
			      ((back & 0xff) == 0xe0 && back > 0xff ? back & 0xff00 : back) ==
				      key &&
			      memory[KEYBOARD_FLAGS] == 0,
		      "key %04x comes back as %04x", key, back);
	}
}

/* Nonsense: the sanitizers watch, and what is asked for is one of sixteen. */
static void check_fuzz(uint64_t state)
{
	struct pics pics;
	struct pit pit;
	uint64_t now = 0;
	bool good = true;

	pics_reset(&pics);
	pit_reset(&pit, now);
	for (int i = 0; i < 200000; i++) {
		uint8_t value = (uint8_t)tap_random(&state);
		int next = 0;

		now += tap_random(&state) % 100000;
		pit_out(&pit, 0x40 + value % 4, (uint8_t)tap_random(&state), now);
		(void)pit_in(&pit, 0x40 + value % 4, now);
		good &= pit_period(&pit) >= 1 && pit_period(&pit) <= 0x10000;
		(void)pit_output(&pit, value % 3, now);
		(void)pit_interrupts(&pit, now);
		pics_out(&pics, (value & 1) | ((value & 2) != 0 ? 0xa0 : 0x20),
			 (uint8_t)tap_random(&state));
		pics_raise(&pics, value % PIC_REQUESTS);
		next = pics_next(&pics);
		good &= next < (int)PIC_REQUESTS;
		if (next >= 0) {
			(void)pics_take(&pics, (uint32_t)next);
		}
	}
	CHECK(good, "nonsense");
}

int main(void)
{
	check_controllers();
	check_timer();
	check_keys();
	check_old_keys();
	check_shifts();
	check_round_trip();
	check_fuzz(3);
	return tap_done();
}
