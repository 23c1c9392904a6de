/*
 * Which interrupts of the PC's devices are due: the timer's, the keyboard's, the clock chip's, by
 * the interrupt controllers; and the ports of these devices.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void interrupts_reset(void);

/* Finds out what the devices have to say by now. */
void interrupts_look(void);

/*
 * The vector of an interrupt that the program is to be given now, which counts as begun; 0: none.
 * Those whose vectors are still ours are served here, without the program.
 */
uint32_t interrupts_next(void);

/* Is there one more? */
bool interrupts_wait(void);

/* A device was written to or read: what it asks for now comes as soon as the program's IF is 1. */
void interrupts_changed(void);

/* Interrupt request n was served: what a BIOS's handler writes to the controllers. */
void interrupts_end(uint32_t request);

/* The program that served them has ended: none is being served any more. */
void interrupts_abandon(void);

/* How long it takes, in microseconds, until something may be due again, at most a tick; and
   whether the program is to know of it (else nobody need wake for it). */
uint32_t interrupts_period_us(bool *wanted);

/* Does the program want the keyboard's codes themselves, not the keys that the BIOS makes of them?
 */
bool interrupts_want_codes(void);

/* Ports 20 21 a0 a1, 40 to 43, 61. */
uint8_t interrupts_port_in(uint32_t port);
void interrupts_port_out(uint32_t port, uint8_t value);

/* INT 15h, 83h: sets bit 7 of a byte in so many microseconds; false: one is being waited for. */
bool interrupts_set_event(uint32_t segment, uint32_t offset, uint32_t microseconds);
void interrupts_cancel_event(void);
