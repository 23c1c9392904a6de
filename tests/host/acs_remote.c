/* servers/acs/remote_core: names of other nodes, step by step and at random: no right is lost, an
   answer counts once, who waits is told, and what nobody wants is forgotten.
   LINK: servers/acs/remote_core.c servers/acs/registry_core.c
*/
#include <stdlib.h>
#include <string.h>

#include "../../servers/acs/remote_core.h"
#include "tap.h"

#define STEPS 300000u
#define NAMES 200 /* more than there are places */

static uint64_t seed = 0x72656d6f7465u;
static struct remote remote;
static struct registry registry;
static struct registry_client client;
static uint64_t now_ms = 1000;
static uint32_t port;

static unsigned chance(unsigned below)
{
	return (unsigned)((tap_random(&seed) >> 16) % below);
}

static const char *name_of(unsigned index)
{
	static char name[ACS_NAME_BYTES];

	memset(name, 0, sizeof name);
	snprintf(name, sizeof name, "name%u", index);
	return name;
}

static enum remote_state look_up(unsigned index)
{
	return remote_look_up(&remote, &registry, name_of(index), 3, now_ms, &port);
}

static enum remote_state due(const struct remote_name **settled)
{
	return remote_next_due(&remote, &registry, now_ms, &port, settled);
}

static void check_life(void)
{
	struct remote_question question, second;
	const struct remote_name *settled = NULL;
	uint32_t handle = 0;
	struct registry_wish wish = {.place = 3, .deadline_ms = 100000, .patience_ms = 100000};

	registry_begin(&registry);
	CHECK(look_up(1) == REMOTE_ASKED && !remote_next_question(&remote, now_ms, &question),
	      "without a network nobody is asked");
	remote_set_network(&remote, &registry, true, now_ms);
	CHECK(remote_next_question(&remote, now_ms, &question) && question.place == 3 &&
		      !remote_next_question(&remote, now_ms, &second),
	      "with one a question goes out once");
	remote_not_sent(&remote, question.number, now_ms);
	CHECK(!remote_next_question(&remote, now_ms, &second) &&
		      remote_next_question(&remote, now_ms + REMOTE_UNSENT_MS, &second) &&
		      second.number == question.number,
	      "and again, if it could not be sent");
	CHECK(remote_find(&remote, question.number + REMOTE_NAMES_MAX) == NULL,
	      "another number is no question");
	remote_settle(remote_find(&remote, question.number), 0, REMOTE_OWNER_NONE, now_ms);
	CHECK(remote_find(&remote, question.number) == NULL && look_up(1) == REMOTE_MISSING,
	      "nobody has it: that is remembered");
	now_ms += REMOTE_MISS_MS;
	CHECK(look_up(1) == REMOTE_ASKED && remote_next_question(&remote, now_ms, &second) &&
		      second.number != question.number,
	      "for two seconds, and then it is asked for again");
	wish.name = name_of(1);
	CHECK(registry_wait(&registry, &client, &wish, &handle) == KERN_SUCCESS, "somebody waits");
	remote_settle(remote_find(&remote, second.number), 0, REMOTE_OWNER_NONE, now_ms);
	now_ms += REMOTE_AGAIN_MS;
	CHECK(due(&settled) == REMOTE_FREE && remote_next_question(&remote, now_ms, &question),
	      "for who waits earlier");
	remote_settle(remote_find(&remote, question.number), 0, REMOTE_OWNER_NONE, now_ms);
	now_ms += REMOTE_AGAIN_MS;
	CHECK(due(&settled) == REMOTE_FREE && !remote_next_question(&remote, now_ms, &question),
	      "but not as soon the second time");
	now_ms += REMOTE_AGAIN_MS;
	CHECK(due(&settled) == REMOTE_FREE && remote_next_question(&remote, now_ms, &question),
	      "after twice the time");
	now_ms += REMOTE_ROUND_MS;
	CHECK(due(&settled) == REMOTE_MISSING && strcmp(settled->name, "name1") == 0,
	      "a network server that forgets a question has not found it");
	registry_cancel(&registry, handle);
	now_ms += REMOTE_AGAIN_MAX;
	CHECK(due(&settled) == REMOTE_FREE && remote_next_deadline(&remote) == UINT64_MAX,
	      "a name that nobody wants is forgotten");
}

/* Every right that the table got is given back, or died there. */
static void check_random(void)
{
	static uint32_t held[REMOTE_NAMES_MAX];
	struct remote_question question;
	const struct remote_name *settled = NULL;
	unsigned count = 0, wrong = 0, given = 0, full = 0;
	uint32_t next = 1000;

	printf("# seed %llx\n", (unsigned long long)seed);
	for (unsigned step = 0; step < STEPS; step++) {
		enum remote_state state = REMOTE_FREE;
		unsigned which = count != 0 ? chance(count) : 0;

		switch (chance(5)) {
		case 0:
			full += look_up(chance(NAMES)) == REMOTE_FREE;
			break;
		case 1:
		case 2:
			if (!remote_next_question(&remote, now_ms, &question)) {
				break;
			}
			if (chance(4) == 0) {
				remote_settle(remote_find(&remote, question.number), 0,
					      REMOTE_OWNER_NONE, now_ms);
			} else if (chance(8) != 0) { /* else it is never answered */
				held[count++] = next;
				given++;
				remote_settle(remote_find(&remote, question.number), next++, 1,
					      now_ms);
			}
			break;
		case 3:
			if (count != 0 && chance(100) == 0) {
				wrong += remote_port_died(&remote, held[which]) != 1;
				wrong += remote_port_died(&remote, held[which]) != 0;
				held[which] = held[--count];
			}
			break;
		default:
			now_ms += chance(3000) == 0 ? chance(REMOTE_KEEP_MS) : chance(4);
			break;
		}
		while ((state = due(&settled)) != REMOTE_FREE) {
			if (state != REMOTE_FOUND) {
				continue;
			}
			for (which = 0; which < count && held[which] != port; which++) {
			}
			wrong += which == count;
			held[which] = which < count ? held[--count] : 0;
		}
		wrong += remote_next_deadline(&remote) <= now_ms;
	}
	CHECK(wrong == 0 && given > 1000, "%u rights came and went", given);
	CHECK(full > 10, "also when there was no place");
	now_ms += REMOTE_KEEP_MS + REMOTE_ROUND_MS + REMOTE_AGAIN_MAX;
	for (enum remote_state state; (state = due(&settled)) != REMOTE_FREE;) {
		count -= state == REMOTE_FOUND;
	}
	CHECK(count == 0, "and none stays");
}

int main(void)
{
	check_life();
	check_random();
	return tap_done();
}
