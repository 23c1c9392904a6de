/*
 * The simulator's command line.
 *
 *	sim [--seeds FIRST-LAST] [--real] [--nodes N] [--messages N] [--clean] [-v]
 *
 * Prints TAP: one test for the seeds, with the first that failed and the command that repeats it,
 * and one for what they saw: a batch of 50 seeds or more must have met every frame and fault.
 */
#include "cheap.h"
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_profile sim_profile;
uint64_t sim_seed_state;
bool sim_failed;

static const char *program;
static char problem[300];

uint64_t sim_random(void)
{
	/* splitmix64: every seed, also 0 and 1, is a good one. */
	uint64_t x = sim_seed_state += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

uint64_t cheap_random(void)
{
	return sim_random();
}

uint32_t sim_below(uint32_t limit)
{
	return (uint32_t)((sim_random() >> 32) * limit >> 32);
}

bool sim_chance(uint32_t per_mille)
{
	return sim_below(1000) < per_mille;
}

uint64_t sim_between(uint64_t low, uint64_t high)
{
	return low + sim_random() % (high - low + 1);
}

void sim_fail(const char *format, ...)
{
	if (sim_failed) {
		return;
	}
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(problem, sizeof problem, format, arguments);
	va_end(arguments);
	sim_failed = true;
}

bool sim_is_calm(void)
{
	const struct sim_profile *p = &sim_profile;
	return p->loss + p->duplication + p->corruption + p->replay + p->partitions + p->crashes +
		       p->freezes + p->clones ==
	       0;
}

struct options {
	uint64_t first, last;
	bool real, clean, verbose, rights;
	uint32_t nodes, messages;
};

/* What the run with this seed is like. */
static void choose_profile(const struct options *options)
{
	struct sim_profile *p = &sim_profile;
	*p = (struct sim_profile){.settings = wire_default_settings,
				  .real = options->real,
				  .programs = options->rights ? &sim_rights : &sim_messages};
	p->nodes = options->nodes != 0 ? options->nodes : 2 + sim_below(7);
	p->messages = options->messages;
	p->partners = p->nodes > 3 ? 1 + sim_below(3) : 1;
	p->delay_us = sim_between(100, 2000);
	p->faults_end_us = sim_between(5000000, 40000000);
	if (sim_chance(300)) {
		p->settings.rekey_us = sim_between(1000000, 5000000);
	}
	if (sim_chance(200)) {
		p->settings.rekey_frames = 20 + sim_below(300);
	}
	if (sim_chance(300)) {
		p->settings.idle_us = sim_between(300000, 4000000);
	}
	if (sim_chance(200)) {
		p->settings.transport.blocks_max = sim_below(8);
	}
	if (sim_chance(300)) {
		p->settings.transport.budget = WIRE_BUDGET_FIRST;
	}
	p->moves = sim_chance(250) ? 0 : sim_chance(500) ? 1000 : 200;
	if (options->clean || sim_chance(50)) {
		return;
	}
	p->loss = sim_chance(700) ? sim_below(120) : 0;
	p->duplication = sim_chance(500) ? sim_below(80) : 0;
	p->corruption = sim_chance(400) ? sim_below(30) : 0;
	p->replay = sim_chance(500) ? sim_below(200) : 0;
	p->jitter_us = sim_chance(600) ? sim_between(1, sim_chance(200) ? 60000 : 3000) : 0;
	p->partitions = sim_chance(500) ? sim_below(5) : 0;
	p->crashes = sim_chance(500) ? sim_below(4) : 0;
	p->freezes = sim_chance(500) ? sim_below(5) : 0;
	if (!options->rights && sim_chance(150)) {
		p->clones = 11;
		p->faults_end_us = 30000000;
	}
}

static const char *const sight_names[SIM_SIGHTS] = {
	"HELLO1",       "HELLO2",       "INIT",        "RESP",       "DATA",     "RESOLVE",
	"HERE",         "loss",         "duplicate",   "corrupt",    "replay",   "reflect",
	"misdirect",    "held back",    "partition",   "crash",      "freeze",   "ring full",
	"up",           "rekey",        "dead",        "idle",       "replaced", "closed",
	"cloned",       "suspect",      "unreachable", "delivery",   "unsent",   "uncertain",
	"name found",   "name missing", "stray right", "unlicensed", "PROVIDE",  "PICKUP",
	"CANCEL",       "MOVE",         "MOVED",       "RELEASE",    "PULL",     "PICKED",
	"TAKEN",        "DEAD",         "FREED",       "REGION",     "FLUSHED",  "home",
	"arrived port", "relayed",      "refused",     "delayed",    "hasty",    "no senders",
	"port death",
};

static void print_sights(const char *title, const uint64_t sights[SIM_SIGHTS])
{
	printf("# %s:", title);
	for (unsigned i = 0; i < SIM_SIGHTS; i++) {
		if (sights[i] != 0) {
			printf(" %s %llu", sight_names[i], (unsigned long long)sights[i]);
		}
	}
	printf("\n");
}

static void print_repeat(const struct options *options, uint64_t seed)
{
	printf("# seed %llu: %s\n", (unsigned long long)seed, problem);
	printf("# repeat it: %s --seeds %llu-%llu --messages %u%s%s", program,
	       (unsigned long long)seed, (unsigned long long)seed, options->messages,
	       options->real ? " --real" : "",
	       options->clean && options->rights ? " --clean --rights"
	       : options->clean                  ? " --clean"
	       : options->rights                 ? " --rights"
						 : "");
	if (options->nodes != 0) {
		printf(" --nodes %u", options->nodes);
	}
	printf("\n");
}

/* Runs all seeds; returns how many were run until one failed. */
static uint64_t run_seeds(const struct options *options, uint64_t totals[SIM_SIGHTS])
{
	uint64_t count = 0;
	for (uint64_t seed = options->first; seed <= options->last && !sim_failed; seed++) {
		memset(sim_saw, 0, sizeof sim_saw);
		sim_seed_state = seed * 0x2545f4914f6cdd1dull;
		choose_profile(options);
		sim_run();
		for (unsigned i = 0; i < SIM_SIGHTS; i++) {
			totals[i] += sim_saw[i];
		}
		count++;
		if (options->verbose || sim_failed) {
			char title[40];
			snprintf(title, sizeof title, "seed %llu, %u nodes",
				 (unsigned long long)seed, sim_profile.nodes);
			print_sights(title, sim_saw);
		}
		if (sim_failed) {
			print_repeat(options, seed);
		}
	}
	return count;
}

static bool read_options(int count, char **words, struct options *options)
{
	*options = (struct options){.first = 1, .last = 20, .messages = 2200};
	for (int i = 1; i < count; i++) {
		const char *value = i + 1 < count ? words[i + 1] : "";
		if (strcmp(words[i], "--real") == 0) {
			options->real = true;
		} else if (strcmp(words[i], "--clean") == 0) {
			options->clean = true;
		} else if (strcmp(words[i], "--rights") == 0) {
			options->rights = true;
		} else if (strcmp(words[i], "-v") == 0) {
			options->verbose = true;
		} else if (strcmp(words[i], "--seeds") == 0) {
			char *end;
			options->first = options->last = strtoull(value, &end, 0);
			if (*end == '-') {
				options->last = strtoull(end + 1, &end, 0);
			}
			i++;
		} else if (strcmp(words[i], "--nodes") == 0) {
			options->nodes = (uint32_t)strtoul(value, NULL, 0);
			i++;
		} else if (strcmp(words[i], "--messages") == 0) {
			options->messages = (uint32_t)strtoul(value, NULL, 0);
			i++;
		} else {
			return false;
		}
	}
	return options->last >= options->first && options->nodes != 1 &&
	       options->nodes <= SIM_NODES_MAX;
}

/* Two nodes have no third. */
static bool is_of_third(unsigned sight)
{
	return sight == SIM_SAW_PROVIDE || sight == SIM_SAW_PICKUP || sight == SIM_SAW_CANCEL ||
	       sight == SIM_SAW_PICKED || sight == SIM_SAW_TAKEN || sight == SIM_SAW_FLUSHED;
}

/* Which sights a batch must have had. */
static bool is_expected(const struct options *options, unsigned sight)
{
	if (options->nodes == 2 && is_of_third(sight)) {
		return false;
	}
	if (options->rights) {
		return sight >= SIM_SAW_PROVIDE
			       ? sight != SIM_SAW_PULL && sight != SIM_SAW_REGION &&
					 sight != SIM_SAW_REFUSED && sight != SIM_SAW_HASTY
			       : sight < SIM_SAW_CLOSED && sight != SIM_SAW_RESOLVE &&
					 sight != SIM_SAW_HERE;
	}
	return sight != SIM_SAW_CLOSED && sight < SIM_SAW_PROVIDE;
}

int main(int count, char **words)
{
	struct options options;
	uint64_t totals[SIM_SIGHTS] = {0};
	program = words[0];
	if (!read_options(count, words, &options)) {
		fprintf(stderr,
			"usage: %s [--seeds FIRST-LAST] [--real] [--nodes N] "
			"[--messages N] [--clean] [-v]\n",
			program);
		return 2;
	}
	uint64_t ran = run_seeds(&options, totals);
	print_sights("all", totals);
	printf("%sok 1 - %llu seeds with %s cryptography\n", sim_failed ? "not " : "",
	       (unsigned long long)ran, options.real ? "the real" : "the cheap");
	bool blind = false;
	if (ran >= 50 && !options.clean && !sim_failed) {
		for (unsigned i = 0; i < SIM_SIGHTS; i++) {
			if (totals[i] == 0 && is_expected(&options, i)) {
				printf("# no run saw: %s\n", sight_names[i]);
				blind = true;
			}
		}
	}
	printf("%sok 2 - the runs saw every frame and fault\n1..2\n", blind ? "not " : "");
	return sim_failed || blind;
}
