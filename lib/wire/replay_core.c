#include "replay_core.h"

static uint32_t *word_of(struct wire_replay *replay, uint64_t counter)
{
	return &replay->bits[counter / 32 % WIRE_REPLAY_WORDS];
}

bool wire_replay_is_new(const struct wire_replay *replay, uint64_t counter)
{
	if (counter >= replay->next) {
		return counter < UINT64_MAX - WIRE_REPLAY_BITS;
	}
	if (replay->next - counter > WIRE_REPLAY_WINDOW) {
		return false;
	}
	return (replay->bits[counter / 32 % WIRE_REPLAY_WORDS] >> counter % 32 & 1) == 0;
}

void wire_replay_enter(struct wire_replay *replay, uint64_t counter)
{
	if (counter >= replay->next) {
		/* Words between the old largest and the new one are of counters not yet seen. */
		uint64_t from = replay->next == 0 ? 0 : (replay->next - 1) / 32 + 1;
		uint64_t to = counter / 32;
		if (to >= from && to - from >= WIRE_REPLAY_WORDS) {
			from = to - (WIRE_REPLAY_WORDS - 1);
		}
		for (uint64_t word = from; word <= to; word++) {
			replay->bits[word % WIRE_REPLAY_WORDS] = 0;
		}
		replay->next = counter + 1;
	}
	*word_of(replay, counter) |= 1u << counter % 32;
}
