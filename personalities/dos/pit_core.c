/* See pit_core.h; "82C54 programmable interval timer", Intel. */
#include "pit_core.h"

#define CONTROL      0x43u
#define READ_BACK    3u    /* in place of a channel */
#define KEEP_COUNT   0x20u /* bits of the read-back command: what is not latched */
#define KEEP_STATUS  0x10u
#define STATUS_OUT   0x80u
#define STATUS_WAITS 0x40u

static bool repeats(const struct pit_channel *channel)
{
	return channel->mode == 2 || channel->mode == 3;
}

static void set_count(struct pit_channel *channel, uint32_t count, uint64_t now)
{
	channel->reload = count != 0 ? count : 0x10000;
	channel->since = now;
	channel->waits = false;
}

void pit_reset(struct pit *pit, uint64_t now)
{
	for (uint32_t i = 0; i < PIT_CHANNELS; i++) {
		pit->channels[i] = (struct pit_channel){.mode = 3, .access = 3, .gate = i != 2};
		set_count(&pit->channels[i], i == 1 ? 18 : 0, now);
	}
}

static uint16_t count_of(const struct pit_channel *channel, uint64_t now)
{
	uint64_t passed = now - channel->since;

	if (channel->waits || !channel->gate) {
		return (uint16_t)channel->reload;
	}
	if (channel->mode == 3) {
		return (uint16_t)(channel->reload - 2 * passed % channel->reload);
	}
	return (uint16_t)(channel->reload - (repeats(channel) ? passed % channel->reload : passed));
}

static bool output(const struct pit_channel *channel, uint64_t now)
{
	uint64_t passed = now - channel->since;

	if (channel->waits || !channel->gate) {
		return channel->mode != 0;
	}
	switch (channel->mode) {
	case 2:
		return passed % channel->reload != channel->reload - 1;
	case 3:
		return passed % channel->reload < (channel->reload + 1) / 2;
	default:
		return passed >= channel->reload;
	}
}

bool pit_output(const struct pit *pit, uint32_t channel, uint64_t now)
{
	return output(&pit->channels[channel], now);
}

static void latch(struct pit_channel *channel, uint64_t now)
{
	if (channel->latched == 0) {
		channel->latch = count_of(channel, now);
		channel->latched = channel->access == 3 ? 2 : 1;
		channel->reads_high = channel->access == 2;
	}
}

static void latch_status(struct pit_channel *channel, uint64_t now)
{
	channel->status = (uint8_t)((output(channel, now) ? STATUS_OUT : 0) |
				    (channel->waits ? STATUS_WAITS : 0) | channel->access << 4 |
				    channel->mode << 1);
	channel->status_latched = true;
}

static uint8_t read_count(struct pit_channel *channel, uint64_t now)
{
	uint16_t count = channel->latched > 0 ? channel->latch : count_of(channel, now);
	bool high = channel->access == 2 || (channel->access == 3 && channel->reads_high);

	if (channel->latched > 0) {
		channel->latched--;
	}
	channel->reads_high = !channel->reads_high;
	return (uint8_t)(high ? count >> 8 : count);
}

uint8_t pit_in(struct pit *pit, uint32_t port, uint64_t now)
{
	struct pit_channel *channel = &pit->channels[(port & 3) % PIT_CHANNELS];

	if (port == CONTROL) {
		return 0xff;
	}
	if (channel->status_latched) {
		channel->status_latched = false;
		return channel->status;
	}
	return read_count(channel, now);
}

static void read_back(struct pit *pit, uint8_t value, uint64_t now)
{
	for (uint32_t i = 0; i < PIT_CHANNELS; i++) {
		if ((value >> (i + 1) & 1) == 0) {
			continue;
		}
		if ((value & KEEP_COUNT) == 0) {
			latch(&pit->channels[i], now);
		}
		if ((value & KEEP_STATUS) == 0) {
			latch_status(&pit->channels[i], now);
		}
	}
}

static void control(struct pit *pit, uint8_t value, uint64_t now)
{
	uint32_t number = value >> 6;
	struct pit_channel *channel = &pit->channels[number % PIT_CHANNELS];

	if (number == READ_BACK) {
		read_back(pit, value, now);
	} else if ((value & 0x30) == 0) {
		latch(channel, now);
	} else {
		channel->access = value >> 4 & 3;
		channel->mode = value >> 1 & 7;
		channel->mode -= channel->mode > 5 ? 4 : 0; /* 6 and 7 are 2 and 3 */
		channel->writes_high = channel->access == 2;
		channel->reads_high = channel->access == 2;
		channel->latched = 0;
		channel->status_latched = false;
		channel->waits = true;
	}
}

void pit_out(struct pit *pit, uint32_t port, uint8_t value, uint64_t now)
{
	struct pit_channel *channel = &pit->channels[(port & 3) % PIT_CHANNELS];

	if (port == CONTROL) {
		control(pit, value, now);
	} else if (channel->access == 3 && !channel->writes_high) {
		channel->low = value;
		channel->writes_high = true;
	} else {
		set_count(channel,
			  channel->access == 1   ? value
			  : channel->access == 2 ? (uint32_t)value << 8
						 : (uint32_t)value << 8 | channel->low,
			  now);
		channel->writes_high = channel->access == 2;
	}
}

void pit_gate(struct pit *pit, bool gate, uint64_t now)
{
	struct pit_channel *channel = &pit->channels[2];

	if (gate && !channel->gate && channel->mode != 0 && channel->mode != 4) {
		channel->since = now; /* the gate starts it anew */
	}
	channel->gate = gate;
}

uint64_t pit_interrupts(const struct pit *pit, uint64_t now)
{
	const struct pit_channel *channel = &pit->channels[0];
	uint64_t passed = now - channel->since;

	if (channel->waits) {
		return 0;
	}
	return repeats(channel) ? passed / channel->reload : passed >= channel->reload;
}

uint32_t pit_period(const struct pit *pit)
{
	return pit->channels[0].reload;
}
