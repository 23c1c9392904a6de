/* Names of servers and nodes: 1 to 63 bytes of [a-z0-9._-], and "@node" after a server's perhaps.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <masix/acs.h>

struct server_name {
	char name[ACS_NAME_BYTES];
	char node[ACS_NAME_BYTES]; /* empty: no node was named */
};

/* Whether these bytes, without a final 0, are a name. */
bool name_check(const char *bytes, size_t count);

/*
 * Takes a name apart that came as an acs_name_t: reads ACS_NAME_BYTES at most, and no byte behind
 * the first 0.  False: not a name (no 0 at all, too).  The rest of both fields is zero.
 */
bool name_parse(const char *text, struct server_name *parsed);

/* Copies a name into a zeroed field. */
void name_copy(char field[ACS_NAME_BYTES], const char *bytes, size_t count);

/* Whether two fields hold the same name. */
bool name_equal(const char left[ACS_NAME_BYTES], const char right[ACS_NAME_BYTES]);

/* Less, equal or greater, byte by byte. */
int name_compare(const char left[ACS_NAME_BYTES], const char right[ACS_NAME_BYTES]);
