/* Typing on the machine's keyboard, for tests: bytes that come from the keyboard's controller as if
   a key had been pressed. */
#pragma once

#include "harness.h"

/* Gets the I/O ports; needs the device master port. */
void test_keyboard_begin(void);
void test_keyboard_end(void);

/* One scan code (set 1), when the controller can take it. */
void test_scan(uint8_t code);

/* A key pressed and let go; with Control held. */
void test_key(uint8_t code);
void test_control(uint8_t code);
void test_alt(uint8_t code);

/* Lower-case letters, digits, space, '-', '/', '.', and \n. */
void test_type(const char *text);
