/* The console of last resort. machine_console_write and machine_console_poll are in kern/machine.h.
 */
#pragma once

#include <stdint.h>

/* Sets up COM1 (115200 8N1, polled) and finds the VGA cursor. May be called before paging's
   identity half is gone: it uses only the kernel's linear mapping. */
void console_init(void);

void vga_init(void);
void vga_write(const char *text, uint32_t bytes);

void serial_init(void);
void serial_write(const char *text, uint32_t bytes);
int serial_poll(void); /* -1: nothing there */

int keyboard_poll(void); /* -1: nothing there */
