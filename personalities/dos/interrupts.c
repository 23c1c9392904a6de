/* See interrupts.h. */
#include "interrupts.h"
#include "cmos.h"
#include "controller.h"
#include "machine.h"
#include "pic_core.h"
#include "pit_core.h"
#include "tick.h"
#include "video.h"

#define REQUEST_TIMER    0u
#define REQUEST_KEYBOARD 1u
#define REQUEST_CLOCK    8u

#define TICK_CYCLES 65536u /* of the timer as a BIOS sets it */
#define TICK_US     54925u
#define PICTURE_US  28000u
#define LEAST_US    1000u

#define SPEAKER_BITS   0x0fu /* of port 61 */
#define SPEAKER_GATE   0x01u
#define SPEAKER_TOGGLE 0x10u /* with each refresh of the memory */
#define SPEAKER_OUTPUT 0x20u

static struct pics pics;
static struct pit pit;
static uint64_t ticks_given; /* of pit_interrupts */
static uint8_t speaker;

static uint64_t event_us; /* when it is due; 0: none is waited for */
static uint32_t event_segment, event_offset;

static uint64_t cycles(void)
{
	return clock_microseconds() * PIT_HZ / 1000000;
}

void interrupts_reset(void)
{
	pics_reset(&pics);
	pit_reset(&pit, cycles());
	controller_reset();
	cmos_reset();
}

/* ------------------------------------------------------------------------------- what is due */

/* Ticks that a slow machine owes the program are given one after the other, but not all of a long
   time. */
static void look_at_timer(void)
{
	uint64_t due = pit_interrupts(&pit, cycles());
	uint32_t backlog = TICK_CYCLES / pit_period(&pit);

	if (due <= ticks_given || pics_is_served(&pics, REQUEST_TIMER)) {
		return;
	}
	backlog = backlog > 0 ? backlog : 1;
	ticks_given = due - ticks_given > backlog ? due - backlog : ticks_given;
	if ((pics.chips[0].requests & 1) == 0) {
		ticks_given++;
		pics_raise(&pics, REQUEST_TIMER);
	}
}

static void look_at_event(void)
{
	if (event_us != 0 && clock_microseconds() >= event_us) {
		event_us = 0;
		poke8(event_segment, event_offset, peek8(event_segment, event_offset) | 0x80);
	}
}

void interrupts_look(void)
{
	look_at_event();
	look_at_timer();
	if (!controller_is_full()) {
		pics_lower(&pics, REQUEST_KEYBOARD);
	}
	if (!pics_is_served(&pics, REQUEST_KEYBOARD) && controller_look()) {
		pics_raise(&pics, REQUEST_KEYBOARD);
	}
	if (cmos_look()) {
		pics_raise(&pics, REQUEST_CLOCK);
	}
}

/* The vector that the program has changed on the way of this request; 0: none, we serve it. */
static uint32_t wanted_vector(uint32_t request, uint32_t vector)
{
	if (!machine_vector_is_ours(vector)) {
		return vector;
	}
	if (request == REQUEST_TIMER && !machine_vector_is_ours(0x1c)) {
		interrupts_end(request);
		return 0x1c;
	}
	return 0;
}

uint32_t interrupts_next(void)
{
	int request = pics_next(&pics);

	while (request >= 0) {
		uint8_t served = pics_take(&pics, (uint32_t)request);
		uint32_t vector = wanted_vector((uint32_t)request, served);

		if (vector != 0) {
			return vector;
		}
		(void)bios_interrupt(served);
		interrupts_end((uint32_t)request);
		interrupts_look();
		request = pics_next(&pics);
	}
	return 0;
}

bool interrupts_wait(void)
{
	return pics_next(&pics) >= 0;
}

void interrupts_changed(void)
{
	interrupts_look();
	if (interrupts_wait()) {
		machine_block.pending = 1;
	}
}

void interrupts_end(uint32_t request)
{
	pics_end(&pics, request);
}

void interrupts_abandon(void)
{
	pics.chips[0].served = 0;
	pics.chips[1].served = 0;
	if (controller_is_full()) {
		pics_raise(&pics, REQUEST_KEYBOARD);
	}
}

uint32_t interrupts_period_us(bool *wanted)
{
	uint32_t period = TICK_US, clock = cmos_period_us();
	bool timer =
		!pics_is_masked(&pics, REQUEST_TIMER) &&
		(!machine_vector_is_ours(pics.chips[0].vector) || !machine_vector_is_ours(0x1c));

	*wanted =
		timer || clock != 0 || event_us != 0 || (cmos_get(CMOS_STATUS_B) & CMOS_ALARM) != 0;
	if (timer && pit_period(&pit) < TICK_CYCLES) {
		period = (uint32_t)((uint64_t)pit_period(&pit) * 1000000 / PIT_HZ);
	}
	if (clock != 0 && clock < period) {
		period = clock;
	}
	if (event_us != 0) {
		period = LEAST_US;
	}
	if (video_has_picture() && period > PICTURE_US) {
		period = PICTURE_US;
	}
	return period > LEAST_US ? period : LEAST_US;
}

bool interrupts_want_codes(void)
{
	return pics_is_masked(&pics, REQUEST_KEYBOARD) ||
	       !machine_vector_is_ours(pics.chips[0].vector + REQUEST_KEYBOARD) ||
	       !machine_vector_is_ours(0x15);
}

bool interrupts_set_event(uint32_t segment, uint32_t offset, uint32_t microseconds)
{
	if (event_us != 0) {
		return false;
	}
	event_segment = segment;
	event_offset = offset;
	event_us = clock_microseconds() + microseconds + 1;
	return true;
}

void interrupts_cancel_event(void)
{
	event_us = 0;
}

/* ------------------------------------------------------------------------------------- ports */

static uint8_t speaker_in(void)
{
	speaker ^= SPEAKER_TOGGLE;
	return (uint8_t)((speaker & (SPEAKER_BITS | SPEAKER_TOGGLE)) |
			 (pit_output(&pit, 2, cycles()) ? SPEAKER_OUTPUT : 0));
}

uint8_t interrupts_port_in(uint32_t port)
{
	if (port == 0x61) {
		return speaker_in();
	}
	if (port >= 0x40 && port <= 0x43) {
		return pit_in(&pit, port, cycles());
	}
	interrupts_look();
	return pics_in(&pics, port);
}

void interrupts_port_out(uint32_t port, uint8_t value)
{
	if (port == 0x61) {
		speaker = (uint8_t)((speaker & ~SPEAKER_BITS) | (value & SPEAKER_BITS));
		pit_gate(&pit, (value & SPEAKER_GATE) != 0, cycles());
		return;
	}
	if (port >= 0x40 && port <= 0x43) {
		pit_out(&pit, port, value, cycles());
		if (port == 0x40 || (port == 0x43 && value >> 6 == 0 && (value & 0x30) != 0)) {
			ticks_given = 0;
		}
		tick_changed();
		return;
	}
	pics_out(&pics, port, value);
	interrupts_changed();
}
