/* The hardware of this server: what it was given, opened and mapped. What it was not given is not
   there: a console without a screen has the serial line, and the other way round. */
#pragma once

#include <stdbool.h>
#include <libmach.h>

#include "state.h"

#define VGA_MEMORY       0xa0000u
#define VGA_MEMORY_BYTES 0x20000u
#define VGA_TEXT         0xb8000u
#define VGA_ROM          0xc0000u
#define VGA_ROM_BYTES    0x10000u

struct devices {
	bool screen;          /* the VGA: ports 3c0 to 3df, memory a0000 to bffff */
	bool keyboard;        /* ports 60 and 64, line 1 */
	bool serial;          /* a UART with its line */
	uint16_t serial_port; /* the first of its eight */
	int serial_line;
	mach_port_t keyboard_interrupt; /* devices of interrupt lines */
	mach_port_t serial_interrupt;
	mach_port_t console; /* the kernel's, captured as long as this right is held */
	mach_port_t log;     /* the kernel's; MACH_PORT_NULL: ask the process server */
	volatile uint8_t *vga;
	const uint8_t *rom; /* null: its fonts must come from elsewhere */
	uint32_t rom_bytes;
	struct state *state;
};

extern struct devices devices;

/*
 * Takes all of it, from the process server or, when the words of the boot script have a device
 * master port (argv[2]), from the kernel: for tests.  Those also know screen=no, serial=com1, com2
 *or none, and kept=NAME, the port of the state. KERN_FAILURE	neither a screen nor a serial line
 *is there
 */
kern_return_t devices_open(int argc, char **argv);

/* ---- resources.c: where they come from */

#define RESOURCE_LOG                                                                               \
	0x100u /* beside PROCESS_RESOURCE_*: the kernel's device kmsg, in tests alone */

struct resource {
	mach_port_t port;
	natural_t first; /* port, line, or physical address */
	natural_t count;
};

void resources_start(int argc, char **argv);

/* Not if the word serial=none was among the arguments. */
bool resource_wants_serial(void);

/* The index-th of that kind (PROCESS_RESOURCE_*). False: there are no more. */
bool resource_get(unsigned int kind, unsigned int index, struct resource *resource);

/* The memory that the last server left, or MACH_PORT_NULL. */
mach_port_t resource_kept(void);

/* Keeps it for the next one. */
void resource_keep(mach_port_t memory, natural_t bytes);

/*
 * More of the node's log, from where the last call ended; blocks for the process server.  The
 * memory is the caller's to give back.  False: nothing new, or it is not for us.
 */
bool resource_read_log(vm_address_t *text, vm_size_t *bytes);

/* ---- vga.c */

void vga_start(void);
void vga_set_mode(uint32_t columns, uint32_t rows);
/* Shows what a program draws (struct console_screen, with pictures): after vga_set_graphics. */
void vga_set_graphics(void);
void vga_show_picture(const volatile uint8_t *grid);
void vga_write_row(uint32_t row, const uint16_t *cells, uint32_t columns);
void vga_set_cursor(uint32_t shape, uint32_t row, uint32_t column, bool blink);

/* ---- keyboard.c */

void keyboard_start(void);
void keyboard_service(void); /* its interrupt came */
void keyboard_lights(uint8_t lights);
void keyboard_reboot(void); /* pulls the processor's reset line */

/* ---- uart.c */

void uart_start(void);
void uart_service(void); /* its interrupt came */
void uart_send(void);    /* there may be something to send */
