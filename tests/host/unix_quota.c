/* The Unix server's quotas: shares of what the machine has, against a plain count.
   LINK: personalities/unix/server/quota_core.c */
#include <string.h>

#include "../../personalities/unix/server/quota_core.h"
#include "tap.h"

#define PROGRAMS 5u

static void check_sizes(void)
{
	struct quota_pool pool;

	quota_pool_begin(&pool, 32768); /* 128 MB: the bar is 200 processes, 2,000 files */
	CHECK(quota_share(&pool, QUOTA_PROCESSES) > 220, "200 processes and a shell's");
	CHECK(quota_share(&pool, QUOTA_FILES) > 2200, "2,000 open files");
	CHECK(quota_share(&pool, QUOTA_PIPES) > 1000, "and pipes for them");
	quota_pool_begin(&pool, 1);
	CHECK(quota_share(&pool, QUOTA_PROCESSES) == 48, "a machine without memory");
	quota_pool_begin(&pool, UINT32_MAX);
	CHECK(pool.places[QUOTA_PROCESSES] == 1536, "one with very much");
}

/* Who asks first is never refused below its share; all together never get more than there is. */
static void check_random(void)
{
	struct quota_pool pool;
	struct quota quotas[PROGRAMS];
	uint32_t counts[PROGRAMS][QUOTA_KINDS] = {{0}};
	uint64_t state = 0x4d61736978ull;
	unsigned wrong = 0;

	memset(quotas, 0, sizeof quotas);
	quota_pool_begin(&pool, 4096);
	for (int step = 0; step < 200000; step++) {
		uint32_t one = (uint32_t)(tap_random(&state) % PROGRAMS);
		enum quota_kind kind = (enum quota_kind)(tap_random(&state) % QUOTA_KINDS);
		uint32_t all = 0;
		bool room = quota_has_room(&pool, &quotas[one], kind);

		for (uint32_t i = 0; i < PROGRAMS; i++) {
			all += counts[i][kind];
		}
		wrong += room != (all < pool.places[kind] &&
				  counts[one][kind] < quota_share(&pool, kind));
		if (tap_random(&state) % 3 != 0) {
			if (room) {
				quota_take(&pool, &quotas[one], kind);
				counts[one][kind]++;
			}
		} else if (counts[one][kind] != 0) {
			quota_give(&pool, &quotas[one], kind);
			counts[one][kind]--;
		}
		wrong += memcmp(quotas[one].used, counts[one], sizeof counts[one]) != 0;
	}
	CHECK(wrong == 0, "%u steps differ from a plain count", wrong);
}

int main(void)
{
	check_sizes();
	check_random();
	return tap_done();
}
