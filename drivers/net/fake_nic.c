/* Two queues of frames, and the contract's rules about interrupts, down cards and filters. */
#include "fake_nic.h"

#include <stddef.h>

static struct fake_nic *fake_of(struct nic *nic)
{
	return (struct fake_nic *)((char *)nic - offsetof(struct fake_nic, nic));
}

static void queue_put(struct fake_nic_queue *queue, const void *frame, uint32_t bytes)
{
	uint32_t index = (queue->first + queue->count++) % FAKE_NIC_FRAMES_MAX;
	uint32_t padded = bytes < NIC_FRAME_BYTES_PADDED ? NIC_FRAME_BYTES_PADDED : bytes;
	__builtin_memset(queue->frames[index], 0, NIC_FRAME_BYTES_PADDED);
	__builtin_memcpy(queue->frames[index], frame, bytes);
	queue->bytes[index] = padded;
}

static uint32_t queue_take(struct fake_nic_queue *queue, void *frame)
{
	if (queue->count == 0) {
		return 0;
	}
	uint32_t index = queue->first;
	queue->first = (index + 1) % FAKE_NIC_FRAMES_MAX;
	queue->count--;
	__builtin_memcpy(frame, queue->frames[index], queue->bytes[index]);
	return queue->bytes[index];
}

static uint32_t fake_poll(struct nic *nic, uint64_t now_ms, struct nic_frame *frames,
			  uint32_t frames_max)
{
	struct fake_nic *fake = fake_of(nic);
	uint32_t taken = 0;
	fake->interrupt = false;
	if (fake->stopped || !fake->status.up) {
		return 0;
	}
	while (taken < frames_max && fake->received.count > 0) {
		frames[taken].bytes = queue_take(&fake->received, frames[taken].data);
		fake->status.counters.frames_received++;
		fake->status.counters.bytes_received += frames[taken].bytes;
		taken++;
	}
	fake->interrupts_masked = taken == frames_max;
	fake->status.deadline_ms = fake->interrupts_masked ? now_ms : NIC_NEVER;
	return taken;
}

static enum nic_result fake_transmit(struct nic *nic, uint64_t now_ms, const void *frame,
				     uint32_t bytes)
{
	struct fake_nic *fake = fake_of(nic);
	(void)now_ms;
	if (bytes < NIC_HEADER_BYTES || bytes > NIC_FRAME_BYTES_MAX) {
		return NIC_BAD_LENGTH;
	}
	if (fake->stopped || !fake->status.up) {
		return NIC_DOWN;
	}
	if (fake->sent.count >= fake->send_max || fake->sent.count >= FAKE_NIC_FRAMES_MAX) {
		fake->status.counters.send_busy++;
		fake->sender_waits = true;
		return NIC_BUSY;
	}
	queue_put(&fake->sent, frame, bytes);
	return NIC_OK;
}

static bool fake_set_filter(struct nic *nic, const struct nic_filter *filter)
{
	if (!nic_filter_is_valid(filter)) {
		return false;
	}
	fake_of(nic)->filter = *filter;
	return true;
}

static void fake_stop(struct nic *nic)
{
	struct fake_nic *fake = fake_of(nic);
	fake->stopped = true;
	fake->interrupt = false;
	fake->status.up = false;
	fake->status.deadline_ms = NIC_NEVER;
}

static const struct nic_ops fake_ops = {
	.poll = fake_poll,
	.transmit = fake_transmit,
	.set_filter = fake_set_filter,
	.stop = fake_stop,
};

void fake_nic_open(struct fake_nic *fake, const uint8_t address[NIC_ADDRESS_BYTES])
{
	__builtin_memset(fake, 0, sizeof *fake);
	fake->nic = (struct nic){.ops = &fake_ops, .status = &fake->status};
	fake->status.up = true;
	fake->status.deadline_ms = NIC_NEVER;
	fake->filter.broadcast = true;
	fake->send_max = 2;
	__builtin_memcpy(fake->status.address, address, NIC_ADDRESS_BYTES);
}

bool fake_nic_deliver(struct fake_nic *fake, const void *frame, uint32_t bytes)
{
	if (fake->stopped || !fake->status.up || bytes < NIC_HEADER_BYTES ||
	    bytes > NIC_FRAME_BYTES_MAX ||
	    !nic_filter_accepts(&fake->filter, fake->status.address, frame)) {
		return false;
	}
	if (fake->received.count == FAKE_NIC_FRAMES_MAX) {
		fake->status.counters.missed++;
		return false;
	}
	queue_put(&fake->received, frame, bytes);
	fake->interrupt |= !fake->interrupts_masked;
	return true;
}

uint32_t fake_nic_take(struct fake_nic *fake, void *frame)
{
	uint32_t bytes = queue_take(&fake->sent, frame);
	if (bytes != 0) {
		fake->status.counters.frames_sent++;
		fake->status.counters.bytes_sent += bytes;
		fake->interrupt |= fake->sender_waits;
		fake->sender_waits = false;
	}
	return bytes;
}

void fake_nic_set_up(struct fake_nic *fake, bool up)
{
	if (fake->stopped) {
		return;
	}
	fake->status.up = up;
	fake->received.count = 0;
	fake->sent.count = 0;
	fake->interrupts_masked = false;
	fake->status.deadline_ms = NIC_NEVER;
}
