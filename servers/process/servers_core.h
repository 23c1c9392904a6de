/*
 * /etc/servers: what the process server starts, in this order.  One line each:
 *
 *	NAME PATH POLICY PAGES [WORD ...] [-- ARGUMENT ...]
 *
 * POLICY: essential (its end is the node's), restart, once.  PAGES: the page quota, or unlimited.
 * Words: administrator (may do everything), program (no server: it is in no roster).  # begins a
 * comment.  Pure; the text is not trusted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SERVERS_MAX            32u
#define SERVERS_NAME_BYTES     32u
#define SERVERS_PATH_BYTES     128u
#define SERVERS_ARGUMENT_BYTES 256u
#define SERVERS_UNLIMITED      0xffffffffu

enum servers_policy { SERVERS_ESSENTIAL, SERVERS_RESTART, SERVERS_ONCE };

struct servers_entry {
	char name[SERVERS_NAME_BYTES];
	char path[SERVERS_PATH_BYTES]; /* without the / at its beginning */
	enum servers_policy policy;
	uint32_t pages;
	bool administrator;
	bool program;
	uint32_t arguments_bytes; /* strings, each ended by a 0; the path is the first */
	char arguments[SERVERS_ARGUMENT_BYTES];
};

struct servers_error {
	uint32_t line;
	const char *text; /* the end of a sentence */
};

/*
 * Reads all lines that are good into entries[SERVERS_MAX]; returns how many.  Of the others the
 * first is told in *error (text null: there is none).
 */
uint32_t servers_parse(const char *text, uint32_t bytes, struct servers_entry *entries,
		       struct servers_error *error);
