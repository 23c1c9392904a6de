/* Commands: a table of words and what they take, so that every one is checked the same way. */
#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 6u

struct call {
	struct segment *segment;
	const struct command_hooks *hooks;
	uint64_t now_us;
	uint32_t from; /* SEGMENT_ALL: all */
	uint32_t to;
	uint32_t words_count; /* behind the nodes */
	char *words[WORDS_MAX];
	struct command_reply *reply;
};

static void fail(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct call *call, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(call->reply->text, sizeof call->reply->text, format, arguments);
	va_end(arguments);
	call->reply->failed = true;
}

/* -------------------------------------------------------------------------------------- numbers */

static bool read_number(struct call *call, const char *word, uint64_t most, const char *what,
			uint64_t *number)
{
	char *end = NULL;
	unsigned long long value = strtoull(word, &end, 10);
	if (word[0] < '0' || word[0] > '9' || *end != 0 || strlen(word) > 19 || value > most) {
		fail(call, "%s is a number from 0 to %llu, not '%.40s'", what,
		     (unsigned long long)most, word);
		return false;
	}
	*number = value;
	return true;
}

static bool read_number_32(struct call *call, const char *word, uint32_t most, const char *what,
			   uint32_t *number)
{
	uint64_t value = 0;
	if (!read_number(call, word, most, what, &value)) {
		return false;
	}
	*number = (uint32_t)value;
	return true;
}

/* Written 0.25 or 25%, kept in millionths. */
static bool read_chance(struct call *call, const char *word, uint32_t *chance)
{
	char *end = NULL;
	double value = word[0] >= '0' && word[0] <= '9' ? strtod(word, &end) : -1;
	if (end != NULL && end[0] == '%' && end[1] == 0) {
		value /= 100;
		end++;
	}
	if (end == NULL || *end != 0 || strpbrk(word, "xXpPnN") != NULL ||
	    !(value >= 0 && value <= 1)) {
		fail(call, "a chance is a number from 0 to 1 or a percentage, not '%.40s'", word);
		return false;
	}
	*chance = (uint32_t)(value * SEGMENT_CERTAIN + 0.5);
	return true;
}

static bool read_node(struct call *call, const char *word, uint32_t *node)
{
	if (strcmp(word, "*") == 0) {
		*node = SEGMENT_ALL;
		return true;
	}
	char *end = NULL;
	unsigned long value = strtoul(word, &end, 10);
	if (word[0] < '0' || word[0] > '9' || *end != 0 || strlen(word) > 4 || value < 1 ||
	    value > call->segment->nodes) {
		fail(call, "a node is a number from 1 to %u or *, not '%.40s'",
		     call->segment->nodes, word);
		return false;
	}
	*node = (uint32_t)value;
	return true;
}

/* --------------------------------------------------------------------------------------- faults */

/* Each link that the call names. */
#define for_each_link(call, link)                                                                  \
	for (uint32_t a = 1; a <= (call)->segment->nodes; a++)                                     \
		for (uint32_t b = 1; b <= (call)->segment->nodes; b++)                             \
			for (struct segment_link *link = link_in(call, a, b); link != NULL;        \
			     link = NULL)

static struct segment_link *link_in(struct call *call, uint32_t from, uint32_t to)
{
	bool meant = from != to && (call->from == SEGMENT_ALL || call->from == from) &&
		     (call->to == SEGMENT_ALL || call->to == to);
	return meant ? &call->segment->link[from][to] : NULL;
}

static void set_loss(struct call *call)
{
	uint32_t chance = 0;
	if (read_chance(call, call->words[0], &chance)) {
		for_each_link(call, link)
		{
			link->faults.loss = chance;
		}
	}
}

static void set_duplicate(struct call *call)
{
	uint32_t chance = 0;
	if (read_chance(call, call->words[0], &chance)) {
		for_each_link(call, link)
		{
			link->faults.duplicate = chance;
		}
	}
}

static void set_corrupt(struct call *call)
{
	uint32_t chance = 0;
	if (read_chance(call, call->words[0], &chance)) {
		for_each_link(call, link)
		{
			link->faults.corrupt = chance;
		}
	}
}

static void set_reorder(struct call *call)
{
	uint32_t chance = 0;
	uint32_t time_us = SEGMENT_REORDER_US;
	if (!read_chance(call, call->words[0], &chance) ||
	    (call->words_count == 2 && !read_number_32(call, call->words[1], SEGMENT_DELAY_US_MAX,
						       "a time in us", &time_us))) {
		return;
	}
	if (time_us == 0) {
		fail(call, "a frame is not reordered within 0 us");
		return;
	}
	for_each_link(call, link)
	{
		link->faults.reorder = chance;
		link->faults.reorder_us = time_us;
	}
}

static void set_delay(struct call *call)
{
	uint32_t delay_us = 0;
	uint32_t jitter_us = 0;
	if (!read_number_32(call, call->words[0], SEGMENT_DELAY_US_MAX, "a delay in us",
			    &delay_us) ||
	    (call->words_count == 2 && !read_number_32(call, call->words[1], SEGMENT_DELAY_US_MAX,
						       "a jitter in us", &jitter_us))) {
		return;
	}
	for_each_link(call, link)
	{
		link->faults.delay_us = delay_us;
		link->faults.jitter_us = jitter_us;
	}
}

static void set_rate(struct call *call)
{
	uint32_t rate = 0;
	if (!read_number_32(call, call->words[0], UINT32_MAX, "a rate in bytes per second",
			    &rate)) {
		return;
	}
	for_each_link(call, link)
	{
		link->faults.rate_bytes_s = rate;
		link->busy_until_us = 0;
	}
}

static void clear_faults(struct call *call)
{
	for_each_link(call, link)
	{
		link->faults = (struct segment_faults){.reorder_us = SEGMENT_REORDER_US};
		link->busy_until_us = 0;
	}
}

static void cut_links(struct call *call)
{
	for_each_link(call, link)
	{
		link->cut = true;
	}
}

static void heal_links(struct call *call)
{
	for_each_link(call, link)
	{
		link->cut = false;
	}
}

/* 1,2/3,4: whoever is not named is in a group with all others that are not. */
static void make_partition(struct call *call)
{
	uint8_t group[SEGMENT_NODES_MAX + 1] = {0};
	uint8_t number = 1;
	for (char *at = call->words[0]; *at != 0; at++) {
		size_t length = strcspn(at, ",/");
		char after = at[length];
		uint32_t node = SEGMENT_ALL;
		at[length] = 0;
		if (!read_node(call, at, &node)) {
			return;
		}
		if (node == SEGMENT_ALL || group[node] != 0) {
			fail(call, "a partition names each node at most once, as 1,2/3,4");
			return;
		}
		group[node] = number;
		number += after == '/';
		if (after != 0 && at[length + 1] == 0) {
			fail(call, "a partition does not end with '%c'", after);
			return;
		}
		at += after == 0 ? length - 1 : length;
	}
	segment_partition(call->segment, group);
}

/* ---------------------------------------------------------------------------- the whole segment */

static void set_seed(struct call *call)
{
	uint64_t seed = 0;
	if (read_number(call, call->words[0], INT64_MAX, "a seed", &seed)) {
		segment_set_seed(call->segment, seed);
	}
}

static void set_queue(struct call *call)
{
	uint32_t frames = 0;
	if (!read_number_32(call, call->words[0], SEGMENT_LINK_QUEUE_MAX, "a link's queue",
			    &frames)) {
		return;
	}
	if (frames == 0) {
		fail(call, "a link's queue holds at least one frame");
		return;
	}
	call->segment->link_queue_max = frames;
}

static void be_hub(struct call *call)
{
	call->segment->is_switch = false;
}

static void be_switch(struct call *call)
{
	call->segment->is_switch = true;
	call->segment->addresses_count = 0;
}

static void capture(struct call *call)
{
	const char *path = strcmp(call->words[0], "off") == 0 ? NULL : call->words[0];
	int error = call->hooks->capture(call->hooks->context, path);
	if (error != 0) {
		fail(call, "%.200s: %s", call->words[0], strerror(error));
	}
}

static void quit(struct call *call)
{
	call->reply->quit = true;
}

/* -------------------------------------------------------------------------------------- attacks */

static bool needs_sender(struct call *call)
{
	if (call->from == SEGMENT_ALL) {
		fail(call, "say which node's frames, not *");
	}
	return call->from != SEGMENT_ALL;
}

static void put_on_wire(struct call *call, const uint8_t *data, uint32_t bytes)
{
	call->hooks->frame(call->hooks->context, data, bytes);
	(void)segment_inject(call->segment, call->now_us, call->from, call->to, data, bytes);
}

static void replay(struct call *call)
{
	uint32_t count = 0;
	if (!needs_sender(call) || !read_number_32(call, call->words[0], SEGMENT_HISTORY_FRAMES,
						   "a count of frames", &count)) {
		return;
	}
	uint32_t replayed = 0;
	for (uint32_t back = count; back > 0; back--) {
		uint32_t bytes = 0;
		const uint8_t *data = segment_history(call->segment, call->from, back, &bytes);
		if (data != NULL) {
			put_on_wire(call, data, bytes);
			replayed++;
		}
	}
	(void)snprintf(call->reply->text, sizeof call->reply->text, "frames=%u", replayed);
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c != 0 ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
	return found != NULL ? (int)(found - digits) : -1;
}

static void inject(struct call *call)
{
	uint8_t frame[SEGMENT_FRAME_BYTES_MAX];
	const char *hex = call->words[0];
	size_t digits = strlen(hex);
	if (!needs_sender(call)) {
		return;
	}
	if (digits % 2 != 0 || digits < 2 * SEGMENT_FRAME_BYTES_MIN ||
	    digits > 2 * SEGMENT_FRAME_BYTES_MAX) {
		fail(call, "a frame is %u to %u bytes, two hexadecimal digits each",
		     SEGMENT_FRAME_BYTES_MIN, SEGMENT_FRAME_BYTES_MAX);
		return;
	}
	for (size_t i = 0; i < digits; i += 2) {
		int high = hex_digit(hex[i]);
		int low = hex_digit(hex[i + 1]);
		if (high < 0 || low < 0) {
			fail(call, "'%.2s' is not hexadecimal", hex + i);
			return;
		}
		frame[i / 2] = (uint8_t)(high << 4 | low);
	}
	put_on_wire(call, frame, (uint32_t)digits / 2);
}

/* -------------------------------------------------------------------------------------- answers */

static void show_stats(struct call *call)
{
	struct segment_counters sum = segment_count(call->segment, call->from, call->to);
	uint64_t sent = 0;
	for (uint32_t node = 1; node <= call->segment->nodes; node++) {
		sent += call->from == SEGMENT_ALL || call->from == node
				? call->segment->node[node].sent
				: 0;
	}
	(void)snprintf(call->reply->text, sizeof call->reply->text,
		       "sent=%llu offered=%llu delivered=%llu lost=%llu cut=%llu overflow=%llu "
		       "refused=%llu absent=%llu waiting=%llu duplicated=%llu reordered=%llu "
		       "corrupted=%llu bad=%llu",
		       (unsigned long long)sent, (unsigned long long)sum.offered,
		       (unsigned long long)sum.delivered, (unsigned long long)sum.lost,
		       (unsigned long long)sum.cut, (unsigned long long)sum.overflow,
		       (unsigned long long)sum.refused, (unsigned long long)sum.absent,
		       (unsigned long long)sum.waiting, (unsigned long long)sum.duplicated,
		       (unsigned long long)sum.reordered, (unsigned long long)sum.corrupted,
		       (unsigned long long)call->segment->bad_frames);
}

static void show_link(struct call *call)
{
	if (call->from == SEGMENT_ALL || call->to == SEGMENT_ALL) {
		fail(call, "say which link, as: show 1 2");
		return;
	}
	const struct segment_link *link = &call->segment->link[call->from][call->to];
	const struct segment_faults *faults = &link->faults;
	(void)snprintf(call->reply->text, sizeof call->reply->text,
		       "cut=%d loss=%g duplicate=%g reorder=%g reorder_us=%u corrupt=%g "
		       "delay_us=%u jitter_us=%u rate=%u",
		       link->cut, faults->loss / 1e6, faults->duplicate / 1e6,
		       faults->reorder / 1e6, faults->reorder_us, faults->corrupt / 1e6,
		       faults->delay_us, faults->jitter_us, faults->rate_bytes_s);
}

static void show_settings(struct call *call)
{
	const struct segment *segment = call->segment;
	(void)snprintf(call->reply->text, sizeof call->reply->text,
		       "nodes=%u seed=%llu mode=%s queue=%u", segment->nodes,
		       (unsigned long long)segment->seed, segment->is_switch ? "switch" : "hub",
		       segment->link_queue_max);
}

/* ---------------------------------------------------------------------------------------- table */

/* A link goes from one node to another; TWO_NODES may be one and the same. */
enum nodes { NO_NODES, TWO_NODES, TWO_NODES_OR_NONE, LINK, LINK_OR_NONE };

static const struct command {
	const char *name;
	enum nodes nodes;
	uint32_t words_min;
	uint32_t words_max;
	void (*function)(struct call *call);
	const char *usage;
} commands[] = {
	{"loss", LINK, 1, 1, set_loss, "FROM TO CHANCE"},
	{"duplicate", LINK, 1, 1, set_duplicate, "FROM TO CHANCE"},
	{"reorder", LINK, 1, 2, set_reorder, "FROM TO CHANCE [WITHIN-US]"},
	{"corrupt", LINK, 1, 1, set_corrupt, "FROM TO CHANCE"},
	{"delay", LINK, 1, 2, set_delay, "FROM TO US [JITTER-US]"},
	{"rate", LINK, 1, 1, set_rate, "FROM TO BYTES-PER-SECOND (0: unlimited)"},
	{"clear", LINK_OR_NONE, 0, 0, clear_faults, "[FROM TO]"},
	{"cut", LINK, 0, 0, cut_links, "FROM TO"},
	{"heal", LINK_OR_NONE, 0, 0, heal_links, "[FROM TO]"},
	{"partition", NO_NODES, 1, 1, make_partition, "1,2/3,4"},
	{"replay", TWO_NODES, 1, 1, replay, "FROM TO COUNT"},
	{"inject", TWO_NODES, 1, 1, inject, "FROM TO HEX"},
	{"stats", TWO_NODES_OR_NONE, 0, 0, show_stats, "[FROM TO]"},
	{"show", LINK, 0, 0, show_link, "FROM TO"},
	{"settings", NO_NODES, 0, 0, show_settings, ""},
	{"seed", NO_NODES, 1, 1, set_seed, "NUMBER"},
	{"queue", NO_NODES, 1, 1, set_queue, "FRAMES"},
	{"hub", NO_NODES, 0, 0, be_hub, ""},
	{"switch", NO_NODES, 0, 0, be_switch, ""},
	{"pcap", NO_NODES, 1, 1, capture, "FILE|off"},
	{"quit", NO_NODES, 0, 0, quit, ""},
};

static const struct command *find_command(const char *name)
{
	for (uint32_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (strcmp(commands[i].name, name) == 0) {
			return &commands[i];
		}
	}
	return NULL;
}

static void fail_unknown(struct call *call, const char *name)
{
	char list[COMMAND_REPLY_MAX / 2] = "";
	size_t length = 0;
	for (uint32_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		length += (size_t)snprintf(list + length, sizeof list - length, " %s",
					   commands[i].name);
	}
	fail(call, "no such command: '%.40s'; there are%s", name, list);
}

/* Words at blanks; false: there are too many. */
static bool split(char *line, char **words, uint32_t *count)
{
	char *rest = NULL;
	*count = 0;
	for (char *word = strtok_r(line, " \t\r", &rest); word != NULL;
	     word = strtok_r(NULL, " \t\r", &rest)) {
		if (*count == WORDS_MAX) {
			return false;
		}
		words[(*count)++] = word;
	}
	return true;
}

void command_execute(struct segment *segment, const struct command_hooks *hooks, uint64_t now_us,
		     char *line, struct command_reply *reply)
{
	char *words[WORDS_MAX];
	uint32_t count = 0;
	struct call call = {.segment = segment, .hooks = hooks, .now_us = now_us, .reply = reply};
	*reply = (struct command_reply){0};
	bool fits = split(line, words, &count);
	const struct command *command = count > 0 ? find_command(words[0]) : NULL;
	if (command == NULL) {
		fail_unknown(&call, count > 0 ? words[0] : "");
		return;
	}
	bool optional = command->nodes == TWO_NODES_OR_NONE || command->nodes == LINK_OR_NONE;
	bool named = command->nodes != NO_NODES && (!optional || count > 1);
	uint32_t first = named ? 3 : 1;
	call.words_count = count >= first ? count - first : 0;
	if (!fits || count < first + command->words_min || count > first + command->words_max) {
		fail(&call, "usage: %s %s", command->name, command->usage);
		return;
	}
	if (named &&
	    (!read_node(&call, words[1], &call.from) || !read_node(&call, words[2], &call.to))) {
		return;
	}
	if ((command->nodes == LINK || command->nodes == LINK_OR_NONE) && call.from == call.to &&
	    call.from != SEGMENT_ALL) {
		fail(&call, "a link goes from one node to another, not from %u to %u", call.from,
		     call.to);
		return;
	}
	memcpy(call.words, words + first, call.words_count * sizeof words[0]);
	command->function(&call);
}
