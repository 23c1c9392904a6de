/* Reading the description of a roster. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <masix/process.h>
#include <trust/name_core.h>

#include "keys.h"

#define WORDS_MAX       32
#define IMAGE_BYTES_MAX 0x4000000u

/* One line, and where it stands. */
struct line {
	const char *path;
	unsigned int number;
	unsigned int count;
	char *words[WORDS_MAX];
};

#define bad_line(line, ...)                                                                        \
	do {                                                                                       \
		fprintf(stderr, "keys: %s:%u: ", (line)->path, (line)->number);                    \
		fprintf(stderr, __VA_ARGS__);                                                      \
		fprintf(stderr, "\n");                                                             \
		exit(1);                                                                           \
	} while (0)

static uint32_t number_of(const struct line *line, const char *word, int base, uint32_t max)
{
	char *end = NULL;
	unsigned long long value = 0;

	errno = 0;
	value = strtoull(word, &end, base);
	if (word[0] == '-' || end == word || *end != '\0' || errno != 0 || value > max) {
		bad_line(line, "%s is not a number, or it is too large", word);
	}
	return (uint32_t)value;
}

static void take_name(const struct line *line, const char *word, char name[ACS_NAME_BYTES])
{
	if (!name_check(word, strlen(word))) {
		bad_line(line, "%s is not a name: 1 to 63 of a-z 0-9 . _ -", word);
	}
	name_copy(name, word, strlen(word));
}

static void need_words(const struct line *line, unsigned int least, unsigned int most)
{
	if (line->count < least || line->count > most) {
		bad_line(line, "%s: too few or too many words", line->words[0]);
	}
}

/* --------------------------------------------------------------------------- nodes and names */

static void read_node(const struct line *line, struct conf *conf)
{
	struct roster_node *node = &conf->nodes[conf->node_count];

	need_words(line, 3, 5);
	if (conf->node_count == ROSTER_NODES_MAX) {
		bad_line(line, "more than %d nodes", ROSTER_NODES_MAX);
	}
	take_name(line, line->words[1], node->name);
	node->number = number_of(line, line->words[2], 0, ROSTER_NUMBER_MAX);
	for (unsigned int i = 3; i < line->count; i++) {
		if (strcmp(line->words[i], "may-start-tasks") == 0) {
			node->roles |= ROSTER_ROLE_START_TASKS;
		} else if (strcmp(line->words[i], "may-publish") == 0) {
			node->roles |= ROSTER_ROLE_PUBLISH;
		} else {
			bad_line(line, "%s is not a role", line->words[i]);
		}
	}
	for (unsigned int i = 0; i < conf->node_count; i++) {
		if (node->number != 0 && conf->nodes[i].number == node->number) {
			bad_line(line, "number %u is %s's", node->number, conf->nodes[i].name);
		}
	}
	conf->node_count++;
}

static void read_licence(const struct line *line, struct conf *conf)
{
	struct conf_licence *licence = &conf->licences[conf->licence_count];

	need_words(line, 3, 2 + ROSTER_LICENSEES_MAX);
	if (conf->licence_count == ROSTER_LICENCES_MAX) {
		bad_line(line, "more than %d names", ROSTER_LICENCES_MAX);
	}
	take_name(line, line->words[1], licence->name);
	for (unsigned int i = 2; i < line->count; i++) {
		take_name(line, line->words[i], licence->nodes[licence->count++]);
	}
	conf->licence_count++;
}

/* -------------------------------------------------------------------------------------- servers */

static uint8_t *next_digest(const struct line *line, struct conf_server *server)
{
	if (server->roster.entry.digests == ROSTER_DIGESTS_MAX) {
		bad_line(line, "more than %d images", ROSTER_DIGESTS_MAX);
	}
	return server->digests[server->roster.entry.digests++];
}

static void read_image(const struct line *line, struct conf_server *server, bool optional)
{
	size_t bytes = 0;
	uint8_t *content = NULL;

	need_words(line, 2, 2);
	content = file_read(line->words[1], IMAGE_BYTES_MAX, &bytes);
	if (content == NULL && !optional) {
		bad_line(line, "%s is not there", line->words[1]);
	}
	if (content != NULL) {
		need(crypto_hash_data(content, bytes, next_digest(line, server)), line->words[1]);
		free(content);
	}
}

static void read_digest(const struct line *line, struct conf_server *server)
{
	uint8_t *digest = next_digest(line, server);

	need_words(line, 2, 2);
	if (strlen(line->words[1]) != 2 * MASIX_DIGEST_BYTES) {
		bad_line(line, "a digest has %d hexadecimal digits", 2 * MASIX_DIGEST_BYTES);
	}
	for (int i = 0; i < MASIX_DIGEST_BYTES; i++) {
		char digits[3] = {line->words[1][2 * i], line->words[1][2 * i + 1], '\0'};

		digest[i] = (uint8_t)number_of(line, digits, 16, 255);
	}
}

static void add_resource(const struct line *line, struct conf_server *server,
			 struct acs_resource resource)
{
	struct acs_server_entry *entry = &server->roster.entry;

	if (entry->resources == ACS_RESOURCES_MAX) {
		bad_line(line, "more than %d resources", ACS_RESOURCES_MAX);
	}
	entry->resource[entry->resources++] = resource;
}

static void read_range(const struct line *line, struct conf_server *server, uint32_t kind,
		       uint32_t max)
{
	char *last = NULL;
	uint32_t from = 0, to = 0;

	need_words(line, 2, 2);
	last = strchr(line->words[1], '-');
	if (last == NULL) {
		bad_line(line, "%s is not FIRST-LAST", line->words[1]);
	}
	*last++ = '\0';
	from = number_of(line, line->words[1], 0, max);
	to = number_of(line, last, 0, max);
	if (to < from) {
		bad_line(line, "the last is below the first");
	}
	add_resource(line, server, (struct acs_resource){kind, from, to - from + 1});
}

static void read_pci(const struct line *line, struct conf_server *server)
{
	char *device = NULL;
	uint32_t vendor = 0;

	need_words(line, 2, 2);
	device = strchr(line->words[1], ':');
	if (device == NULL) {
		bad_line(line, "%s is not VENDOR:DEVICE", line->words[1]);
	}
	*device++ = '\0';
	vendor = number_of(line, line->words[1], 16, 0xffff);
	add_resource(line, server,
		     (struct acs_resource){PROCESS_RESOURCE_PCI,
					   vendor << 16 | number_of(line, device, 16, 0xffff), 0});
}

/* Things that there is one of. */
static uint32_t single_of(const char *word)
{
	if (strcmp(word, "console") == 0) {
		return PROCESS_RESOURCE_CONSOLE;
	}
	if (strcmp(word, "archive") == 0) {
		return PROCESS_RESOURCE_ARCHIVE;
	}
	return strcmp(word, "clock") == 0 ? PROCESS_RESOURCE_CLOCK : 0;
}

static void read_of_server(const struct line *line, struct conf_server *server)
{
	const char *word = line->words[0];

	if (strcmp(word, "image") == 0 || strcmp(word, "image-if-built") == 0) {
		read_image(line, server, word[5] != '\0');
	} else if (strcmp(word, "digest") == 0) {
		read_digest(line, server);
	} else if (strcmp(word, "io") == 0) {
		read_range(line, server, PROCESS_RESOURCE_IO, 0xffff);
	} else if (strcmp(word, "memory") == 0) {
		read_range(line, server, PROCESS_RESOURCE_MEMORY, 0xffffffff);
	} else if (strcmp(word, "interrupt") == 0) {
		need_words(line, 2, 2);
		add_resource(line, server,
			     (struct acs_resource){PROCESS_RESOURCE_INTERRUPT,
						   number_of(line, line->words[1], 0, 15), 1});
	} else if (strcmp(word, "pci") == 0) {
		read_pci(line, server);
	} else if (single_of(word) != 0) {
		need_words(line, 1, 1);
		add_resource(line, server, (struct acs_resource){single_of(word), 0, 1});
	} else if (strcmp(word, "personality") == 0) {
		need_words(line, 1, 1);
		server->roster.entry.roles |= ACS_ROLE_PERSONALITY;
	} else {
		bad_line(line, "%s means nothing here", word);
	}
}

/* ---------------------------------------------------------------------------------- the whole */

static void read_words(struct conf *conf, const struct line *line)
{
	if (strcmp(line->words[0], "node") == 0) {
		read_node(line, conf);
	} else if (strcmp(line->words[0], "publish") == 0) {
		read_licence(line, conf);
	} else if (strcmp(line->words[0], "keylog") == 0) {
		need_words(line, 1, 1);
		conf->keylog = true;
	} else if (strcmp(line->words[0], "server") == 0) {
		need_words(line, 2, 2);
		if (conf->server_count == ROSTER_SERVERS_MAX) {
			bad_line(line, "more than %d servers", ROSTER_SERVERS_MAX);
		}
		take_name(line, line->words[1], conf->servers[conf->server_count++].roster.name);
	} else if (conf->server_count == 0) {
		bad_line(line, "%s belongs to a server, and there is none yet", line->words[0]);
	} else {
		read_of_server(line, &conf->servers[conf->server_count - 1]);
	}
}

static void split(struct line *line, char *text)
{
	text[strcspn(text, "#")] = '\0';
	line->count = 0;
	for (char *word = strtok(text, " \t\r\n"); word != NULL; word = strtok(NULL, " \t\r\n")) {
		if (line->count == WORDS_MAX) {
			bad_line(line, "too many words");
		}
		line->words[line->count++] = word;
	}
}

/* Every element of these tables begins with its name. */
static int compare_names(const void *left, const void *right)
{
	return name_compare(left, right);
}

static void sort(const char *path, const char *kind, void *table, size_t count, size_t size)
{
	qsort(table, count, size, compare_names);
	for (size_t i = 1; i < count; i++) {
		const char *name = (const char *)table + i * size;

		if (name_equal(name - size, name)) {
			refuse("%s: %s %s is there twice", path, kind, name);
		}
	}
}

void conf_read(const char *path, struct conf *conf)
{
	FILE *file = fopen(path, "r");
	struct line line = {.path = path};
	char text[4096];

	if (file == NULL) {
		refuse("%s: %s", path, strerror(errno));
	}
	memset(conf, 0, sizeof *conf);
	while (fgets(text, sizeof text, file) != NULL) {
		line.number++;
		if (strchr(text, '\n') == NULL && !feof(file)) {
			bad_line(&line, "the line is too long");
		}
		split(&line, text);
		if (line.count != 0) {
			read_words(conf, &line);
		}
	}
	fclose(file);
	sort(path, "node", conf->nodes, conf->node_count, sizeof conf->nodes[0]);
	sort(path, "server", conf->servers, conf->server_count, sizeof conf->servers[0]);
	sort(path, "name", conf->licences, conf->licence_count, sizeof conf->licences[0]);
	if (conf->node_count == 0) {
		refuse("%s: no node", path);
	}
}
