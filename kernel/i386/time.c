/* Time. The PIT interrupts at HZ; between its ticks the TSC tells how far the time has gone on. The
   kernel runs with interrupts off, so a tick may be taken late, and of several that fell due
   meanwhile only one is: the TSC says how many there were. The PIT remains the standard: at each
   tick the TSC's reading for it is drawn towards what is seen, so that an error in the measured
   rate does not add up. */
#include <i386/time.h>

#include <i386/pic.h>
#include <i386/port_io.h>
#include <kern/clock.h>
#include <kern/machine.h>
#include <kern/sched.h>

/* 8254 datasheet, "Programming the 8254". */
#define TIMER_LINE    0u
#define PIT_COUNTER_0 0x40
#define PIT_CONTROL   0x43
#define PIT_MODE_2    0x34 /* counter 0, low byte then high byte, rate generator */
#define PIT_LATCH     0x00 /* counter 0 */
#define PIT_HZ        1193182u
#define PIT_RELOAD    ((PIT_HZ + HZ / 2) / HZ)
/* What a tick of that many counts really takes: 10000151 ns. */
#define PIT_TICK_NS ((uint32_t)(((uint64_t)PIT_RELOAD * 1000000000u + PIT_HZ / 2) / PIT_HZ))

#define CALIBRATE_COUNTS 2387u /* 2 ms */
#define CALIBRATE_TRIES  16u
#define CALIBRATE_SPINS  1000000u
#define TSC_SHIFT        24u    /* ns = cycles * tsc_multiplier >> TSC_SHIFT */
#define TSC_PER_TICK_MIN 40000u /* 4 MHz: below that the multiplier would not fit */
#define CPUID_EDX_TSC    (1u << 4)
#define CATCH_UP_MAX     100u
#define REFINE_TICKS_MAX 4096u

/* The last tick that was accounted for: its time and the TSC's reading then. */
static uint64_t tick_ns, tick_tsc;
static uint64_t last_ns;        /* the largest time ever told */
static uint32_t tsc_multiplier; /* 0: no TSC */
static uint32_t tsc_per_tick;

/* Better measurements of the rate, after 16, 64 ... REFINE_TICKS_MAX ticks. */
static uint64_t refine_tsc;
static uint32_t refine_ticks, refine_at;

static inline uint64_t read_tsc(void)
{
	uint64_t tsc;
	__asm__ volatile("rdtsc" : "=A"(tsc));
	return tsc;
}

static bool tsc_present(void)
{
	uint32_t eax = 1, ebx, ecx, edx;
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	return (edx & CPUID_EDX_TSC) != 0;
}

static void pit_start(void)
{
	port_write8(PIT_CONTROL, PIT_MODE_2);
	port_write8(PIT_COUNTER_0, PIT_RELOAD & 0xff);
	port_write8(PIT_COUNTER_0, PIT_RELOAD >> 8);
}

static uint32_t pit_read(void)
{
	port_write8(PIT_CONTROL, PIT_LATCH);
	uint32_t low = port_read8(PIT_COUNTER_0);
	return low | (uint32_t)port_read8(PIT_COUNTER_0) << 8;
}

static void set_tsc_per_tick(uint32_t cycles)
{
	tsc_per_tick = cycles;
	tsc_multiplier = (uint32_t)(((uint64_t)PIT_TICK_NS << TSC_SHIFT) / cycles);
}

/* The PIT was started just now and has not wrapped. Counter and TSC are read together twice; where
   something held us up between the two readings (the host of an emulator), they are read again. */
static bool read_pair(uint32_t *count, uint64_t *tsc, uint32_t *gap_limit)
{
	for (uint32_t attempt = 0; attempt < 8; attempt++) {
		uint64_t before = read_tsc();
		*count = pit_read();
		uint32_t gap = (uint32_t)(read_tsc() - before);
		*tsc = before + gap / 2;
		if (*gap_limit == 0 || gap <= *gap_limit) {
			*gap_limit = gap * 4;
			return true;
		}
	}
	return false;
}

/* Cycles of the TSC in one tick of the PIT, which was started just now; 0: it does not count. What
   it says is wrong if something held us up for longer than the counter runs. */
static uint64_t measure_tsc(void)
{
	uint32_t first_count, count, gap_limit = 0;
	uint64_t first_tsc, tsc;
	(void)read_pair(&first_count, &first_tsc,
			&gap_limit); /* the first tells what a reading takes */
	(void)read_pair(&first_count, &first_tsc, &gap_limit);
	uint32_t spins = 0;
	do {
		(void)read_pair(&count, &tsc, &gap_limit);
	} while (first_count - count < CALIBRATE_COUNTS && ++spins < CALIBRATE_SPINS);
	uint32_t counts = first_count - count;
	return counts < CALIBRATE_COUNTS ? 0 : (tsc - first_tsc) * PIT_RELOAD / counts;
}

/* An emulator's host may be busy: two measurements that agree are believed. Without them the PIT
   counts alone. */
static void calibrate_tsc(void)
{
	uint64_t before = 0;
	for (uint32_t i = 0; i < CALIBRATE_TRIES; i++) {
		pit_start();
		uint64_t cycles = measure_tsc();
		if (cycles == 0) {
			return;
		}
		uint64_t apart = cycles > before ? cycles - before : before - cycles;
		if (apart < cycles / 16 && cycles >= TSC_PER_TICK_MIN && cycles <= UINT32_MAX) {
			set_tsc_per_tick((uint32_t)cycles);
			return;
		}
		before = cycles;
	}
}

void time_init(void)
{
	if (tsc_present()) {
		calibrate_tsc();
	}
	pit_start();
	tick_tsc = tsc_multiplier != 0 ? read_tsc() : 0;
	tick_ns = 0;
	refine_at = 16;
	pic_unmask(TIMER_LINE);
}

uint64_t machine_uptime_ns(void)
{
	uint64_t ns = tick_ns;
	if (likely(tsc_multiplier != 0)) {
		uint64_t cycles = read_tsc() - tick_tsc;
		ns += (uint64_t)(uint32_t)cycles * tsc_multiplier >> TSC_SHIFT;
		uint32_t high = (uint32_t)(cycles >> 32);
		if (unlikely(high != 0)) {
			ns += (uint64_t)high * tsc_multiplier << (32 - TSC_SHIFT);
		}
	}
	if (unlikely(ns < last_ns)) {
		return last_ns; /* a tick has just moved the TSC's reading: wait for the time to
				   catch up */
	}
	last_ns = ns;
	return ns;
}

/* After enough ticks the rate is known better than two milliseconds told it. Only a small
   correction is believed: more would mean that ticks were not counted right. */
static void refine(uint32_t ticks)
{
	if (refine_ticks == 0) {
		refine_tsc = tick_tsc; /* the first tick begins the measurement */
		refine_ticks = 1;
		return;
	}
	refine_ticks += ticks;
	if (refine_ticks <= refine_at) {
		return;
	}
	uint64_t cycles = (tick_tsc - refine_tsc) / (refine_ticks - 1);
	uint32_t error = cycles > tsc_per_tick ? (uint32_t)cycles - tsc_per_tick
					       : tsc_per_tick - (uint32_t)cycles;
	if (cycles <= UINT32_MAX && error < tsc_per_tick / 100) {
		set_tsc_per_tick((uint32_t)cycles);
	}
	refine_at *= 4;
}

/* How many ticks have passed since the last one accounted for, at least 1; moves tick_tsc to the
   last of them. */
static uint32_t elapsed_ticks(void)
{
	uint64_t tsc = read_tsc();
	uint64_t cycles = tsc - tick_tsc;
	if (cycles < tsc_per_tick) {
		tick_tsc = tsc; /* before we thought it was due: the PIT is right */
		return 1;
	}
	uint64_t ticks = 1;
	if (unlikely(cycles >= 2 * (uint64_t)tsc_per_tick)) {
		ticks = cycles / tsc_per_tick;
	}
	tick_tsc += ticks * tsc_per_tick;
	uint32_t late = (uint32_t)(tsc - tick_tsc);
	if (late < tsc_per_tick / 8) {
		tick_tsc += late / 16; /* part of it is our rate's error; what is latency comes back
					  next time */
	}
	return ticks > UINT32_MAX ? UINT32_MAX : (uint32_t)ticks;
}

void time_interrupt(void)
{
	uint32_t ticks = 1;
	if (likely(tsc_multiplier != 0)) {
		ticks = elapsed_ticks();
		if (refine_at <= REFINE_TICKS_MAX) {
			refine(ticks);
		}
	}
	tick_ns += (uint64_t)ticks * PIT_TICK_NS;
	/* After a longer pause (a stopped emulator) the time jumps: nobody gains from old ticks.
	   Time-outs go by the time, not by the number of calls. */
	if (ticks > CATCH_UP_MAX) {
		ticks = CATCH_UP_MAX;
	}
	while (ticks-- > 0) {
		sched_tick();
	}
}
