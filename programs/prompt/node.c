/* Commands that look at the node: processes, servers, names, the log, counters. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gen/acs.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include "prompt.h"

#define LOG_LINES 20 /* without a word to say how many */

/* Memory that came with an answer. */
static void release(const void *data, size_t bytes)
{
	(void)vm_deallocate(mach_task_self(), (vm_address_t)data, bytes);
}

static const char *state_name(uint32_t state)
{
	switch (state & 0xff) {
	case PROCESS_STATE_RUNS:
		return "runs";
	case PROCESS_STATE_STOPPED:
		return "stopped";
	case PROCESS_STATE_ENDED:
		return "ended";
	default:
		return "?";
	}
}

static const char *kind_name(uint32_t state)
{
	if (state & PROCESS_STATE_SERVER) {
		return "server";
	}
	return state & PROCESS_STATE_ADOPTED ? "adopted" : "program";
}

/* The processes: an array of "count", to be given back with release; null after an error. */
static const struct process_info *read_processes(const char *command, mach_port_t status,
						 unsigned int *count, mach_msg_type_number_t *bytes)
{
	pointer_t list = 0;

	if (!succeeded(command, "processes", nodes_list_processes(status, &list, bytes))) {
		return NULL;
	}
	*count = *bytes / sizeof(struct process_info);
	return (const struct process_info *)list;
}

static void show_processes(mach_port_t status)
{
	unsigned int count = 0;
	mach_msg_type_number_t bytes = 0;
	const struct process_info *list = read_processes("ps", status, &count, &bytes);

	if (list == NULL) {
		return;
	}
	say("%8s %8s %-7s %-7s %3s %6s/%-6s %8s %s\n", "ID", "PARENT", "KIND", "STATE", "THR",
	    "PAGES", "LIMIT", "SECONDS", "NAME");
	for (unsigned int i = 0; i < count; i++) {
		const struct process_info *info = &list[i];
		char limit[12] = "none";

		if (info->pages_limit != 0xffffffff) {
			(void)snprintf(limit, sizeof limit, "%" PRIu32, info->pages_limit);
		}
		say("%8" PRIu32 " %8" PRIu32 " %-7s %-7s %3" PRIu32 " %6" PRIu32 "/%-6s %4" PRIu32
		    ".%03" PRIu32 " %.19s\n",
		    info->id, info->parent, kind_name(info->state), state_name(info->state),
		    info->threads, info->pages_used, limit, info->milliseconds / 1000,
		    info->milliseconds % 1000, info->name);
	}
	release(list, bytes);
}

void command_ps(const struct words *words)
{
	nodes_show(words, show_processes);
}

static const char *server_state(uint32_t state)
{
	switch (state) {
	case PROCESS_SERVER_STARTING:
		return "starts";
	case PROCESS_SERVER_RUNS:
		return "runs";
	case PROCESS_SERVER_WAITS:
		return "waits";
	case PROCESS_SERVER_GIVEN_UP:
		return "given up";
	default:
		return "?";
	}
}

/* How a process ended, as words. */
static const char *status_text(uint32_t status, char *text, size_t bytes)
{
	unsigned int code = PROCESS_STATUS_CODE(status);

	switch (PROCESS_STATUS_REASON(status)) {
	case PROCESS_REASON_EXIT:
		(void)snprintf(text, bytes, "exit %u", code);
		break;
	case PROCESS_REASON_KILLED:
		(void)snprintf(text, bytes, "killed");
		break;
	case PROCESS_REASON_FAULT:
		(void)snprintf(text, bytes, "fault %u", code);
		break;
	default:
		(void)snprintf(text, bytes, "died");
		break;
	}
	return text;
}

static void show_servers(mach_port_t status_port)
{
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;

	if (!succeeded("servers", "servers", nodes_list_servers(status_port, &list, &bytes))) {
		return;
	}
	say("%-20s %8s %-9s %8s %10s  %s\n", "NAME", "ID", "STATE", "RESTARTS", "NEXT (MS)",
	    "LAST END");
	for (unsigned int i = 0; i < bytes / sizeof(struct process_server_info); i++) {
		const struct process_server_info *info = (struct process_server_info *)list + i;
		char status[32] = "-";

		if (info->restarts != 0 || info->state > PROCESS_SERVER_RUNS) {
			(void)status_text(info->status, status, sizeof status);
		}
		say("%-20.31s %8" PRIu32 " %-9s %8" PRIu32 " %10" PRIu32 "  %s\n", info->name,
		    info->id, server_state(info->state), info->restarts, info->next_ms, status);
	}
	release((void *)list, bytes);
}

void command_servers(const struct words *words)
{
	nodes_show(words, show_servers);
}

static void show_names(mach_port_t status)
{
	static const char *const states[] = {"?", "expected", "registered", "dead"};
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;

	if (succeeded("names", "names", nodes_list_names(status, &list, &bytes))) {
		say("%-31s %-15s %8s %-10s %8s\n", "NAME", "NODE", "TASK", "STATE", "LOOK-UPS");
		for (unsigned int i = 0; i < bytes / sizeof(struct acs_entry); i++) {
			const struct acs_entry *entry = (struct acs_entry *)list + i;

			say("%-31.63s %-15.63s %8" PRIu64 " %-10s %8" PRIu32 "\n", entry->name,
			    entry->node, entry->task_number,
			    states[entry->state < 4 ? entry->state : 0], entry->look_ups);
		}
		release((void *)list, bytes);
	}
}

void command_names(const struct words *words)
{
	nodes_show(words, show_names);
}

/* The place in a text where its last "lines" lines begin. */
static const char *last_lines(const char *text, size_t bytes, unsigned long lines)
{
	const char *at = text + bytes;

	if (at > text && at[-1] == '\n') {
		at--;
	}
	for (; at > text; at--) {
		if (at[-1] == '\n' && --lines == 0) {
			break;
		}
	}
	return at;
}

/* A number that is a whole word, at most "max". */
static bool read_number(const char *word, unsigned long max, unsigned long *number)
{
	char *end = NULL;

	*number = strtoul(word, &end, 10);
	return word[0] >= '0' && word[0] <= '9' && *end == 0 && *number <= max;
}

void command_log(const struct words *words)
{
	pointer_t text = 0;
	mach_msg_type_number_t bytes = 0;
	int64_t next = 0;
	unsigned long lines = LOG_LINES;
	const char *from = NULL;

	if (words->count > 1 && strcmp(words->word[1], "all") == 0) {
		lines = 0x7fffffff;
	} else if (words->count > 1 &&
		   (!read_number(words->word[1], 1000000, &lines) || lines == 0)) {
		say("log: %s: not a number of lines, nor \"all\"\n", words->word[1]);
		return;
	}
	if (!succeeded("log", "the log",
		       process_read_log(standard_process_port(), 0, &text, &bytes, &next))) {
		return;
	}
	from = last_lines((const char *)text, bytes, lines);
	say_bytes(from, bytes - (size_t)(from - (const char *)text));
	release((void *)text, bytes);
}

void command_counters(const struct words *words)
{
	const char *prefix = words->count > 1 ? words->word[1] : "";
	masix_counter_array_t counters = NULL;
	mach_msg_type_number_t count = 0;
	unsigned int shown = 0;

	if (!succeeded("counters", "counters",
		       process_get_counters(standard_process_port(), &counters, &count))) {
		return;
	}
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		/* Without a prefix, those that ever counted something. */
		if (strncmp(counters[i].name, prefix, strlen(prefix)) == 0 &&
		    (prefix[0] != 0 || counters[i].value != 0)) {
			say("%-32.31s %16" PRId64 "\n", counters[i].name, counters[i].value);
			shown++;
		}
	}
	if (shown == 0) {
		say("counters: %s: no counter's name begins so\n", prefix);
	}
	release(counters, count * sizeof *counters);
}

/* A process by its id, or by its name if only one has it; 0: told why not. */
static uint32_t find_process(const char *command, const char *word)
{
	unsigned int count = 0, found = 0;
	mach_msg_type_number_t bytes = 0;
	const struct process_info *list = NULL;
	unsigned long id = 0;

	if (read_number(word, 0xffffffff, &id) && id != 0) {
		return id;
	}
	list = read_processes(command, MACH_PORT_NULL, &count, &bytes);
	if (list == NULL) {
		return 0;
	}
	for (unsigned int i = 0; i < count; i++) {
		if (strncmp(list[i].name, word, sizeof list[i].name) == 0 &&
		    (list[i].state & 0xff) != PROCESS_STATE_ENDED) {
			found++;
			id = list[i].id;
		}
	}
	release(list, bytes);
	if (found != 1) {
		say("%s: %s: %s\n", command, word,
		    found == 0 ? "no process has this id or name"
			       : "several processes have this name; give the id");
		return 0;
	}
	return id;
}

void command_kill(const struct words *words)
{
	for (unsigned int i = 1; i < words->count; i++) {
		uint32_t id = find_process("kill", words->word[i]);

		if (id != 0) {
			(void)succeeded("kill", words->word[i],
					process_kill(standard_process_port(), id));
		}
	}
}

void command_start(const struct words *words)
{
	(void)succeeded("start", words->word[1],
			process_start_server(standard_process_port(), words->word[1]));
}
