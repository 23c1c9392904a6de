/* See servers_core.h. */
#include "servers_core.h"

#include <stddef.h>

/* What is left of a line. */
struct reader {
	const char *at;
	const char *end;
};

struct word {
	const char *text;
	uint32_t bytes;
};

static bool next_word(struct reader *reader, struct word *word)
{
	while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t')) {
		reader->at++;
	}
	word->text = reader->at;
	while (reader->at < reader->end && *reader->at != ' ' && *reader->at != '\t') {
		reader->at++;
	}
	word->bytes = (uint32_t)(reader->at - word->text);
	return word->bytes > 0;
}

static bool equals(struct word word, const char *text)
{
	uint32_t i = 0;

	while (i < word.bytes && text[i] == word.text[i] && text[i] != 0) {
		i++;
	}
	return i == word.bytes && text[i] == 0;
}

static void copy_word(struct word word, char *to)
{
	for (uint32_t i = 0; i < word.bytes; i++) {
		to[i] = word.text[i];
	}
	to[word.bytes] = 0;
}

/* As the ACS wants names (acs.h). */
static const char *read_name(struct word word, struct servers_entry *entry)
{
	if (word.bytes >= SERVERS_NAME_BYTES) {
		return "the name is too long";
	}
	for (uint32_t i = 0; i < word.bytes; i++) {
		char c = word.text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
		      c == '-')) {
			return "the name has a byte that no name has";
		}
	}
	copy_word(word, entry->name);
	return NULL;
}

static const char *read_path(struct word word, struct servers_entry *entry)
{
	if (word.bytes < 2 || word.text[0] != '/') {
		return "the path does not begin with /";
	}
	if (word.bytes > SERVERS_PATH_BYTES) {
		return "the path is too long";
	}
	copy_word((struct word){.text = word.text + 1, .bytes = word.bytes - 1}, entry->path);
	copy_word(word, entry->arguments);
	entry->arguments_bytes = word.bytes + 1;
	return NULL;
}

static const char *read_policy(struct word word, struct servers_entry *entry)
{
	if (equals(word, "essential")) {
		entry->policy = SERVERS_ESSENTIAL;
	} else if (equals(word, "restart")) {
		entry->policy = SERVERS_RESTART;
	} else if (equals(word, "once")) {
		entry->policy = SERVERS_ONCE;
	} else {
		return "the policy is not essential, restart or once";
	}
	return NULL;
}

static const char *read_pages(struct word word, struct servers_entry *entry)
{
	uint32_t pages = 0;

	if (equals(word, "unlimited")) {
		entry->pages = SERVERS_UNLIMITED;
		return NULL;
	}
	for (uint32_t i = 0; i < word.bytes; i++) {
		uint32_t digit = (uint32_t)(word.text[i] - '0');

		if (digit > 9 || pages > 0x100000u) {
			return "the page quota is not a number that can be";
		}
		pages = pages * 10 + digit;
	}
	entry->pages = pages;
	return pages > 0 ? NULL : "the page quota is 0";
}

static const char *read_arguments(struct reader *reader, struct servers_entry *entry)
{
	struct word word;

	while (next_word(reader, &word)) {
		if (word.bytes >= SERVERS_ARGUMENT_BYTES - entry->arguments_bytes) {
			return "the arguments are too long";
		}
		copy_word(word, entry->arguments + entry->arguments_bytes);
		entry->arguments_bytes += word.bytes + 1;
	}
	return NULL;
}

static const char *read_words(struct reader *reader, struct servers_entry *entry)
{
	struct word word;

	while (next_word(reader, &word)) {
		if (equals(word, "--")) {
			return read_arguments(reader, entry);
		}
		if (equals(word, "administrator")) {
			entry->administrator = true;
		} else if (equals(word, "program")) {
			entry->program = true;
		} else {
			return "a word behind the page quota means nothing";
		}
	}
	return NULL;
}

static const char *read_line(struct reader *reader, struct word name, struct servers_entry *entry)
{
	struct word path, policy, pages;
	const char *error = NULL;

	*entry = (struct servers_entry){.name = ""};
	if (!next_word(reader, &path) || !next_word(reader, &policy) ||
	    !next_word(reader, &pages)) {
		return "it is not NAME PATH POLICY PAGES";
	}
	error = read_name(name, entry);
	if (error == NULL) {
		error = read_path(path, entry);
	}
	if (error == NULL) {
		error = read_policy(policy, entry);
	}
	if (error == NULL) {
		error = read_pages(pages, entry);
	}
	return error != NULL ? error : read_words(reader, entry);
}

static bool is_known(const struct servers_entry *entries, uint32_t count, struct word name)
{
	for (uint32_t i = 0; i < count; i++) {
		if (equals(name, entries[i].name)) {
			return true;
		}
	}
	return false;
}

static const char *read_entry(struct reader *reader, struct servers_entry *entries, uint32_t *count)
{
	struct word name;
	struct servers_entry *entry = &entries[*count];
	const char *error = NULL;

	for (const char *at = reader->at; at < reader->end; at++) {
		if (*at == 0) {
			return "it has a zero byte";
		}
	}
	if (!next_word(reader, &name) || name.text[0] == '#') {
		return NULL;
	}
	if (*count == SERVERS_MAX) {
		return "there are too many servers";
	}
	if (is_known(entries, *count, name)) {
		return "the name is there already";
	}
	error = read_line(reader, name, entry);
	*count += error == NULL;
	return error;
}

uint32_t servers_parse(const char *text, uint32_t bytes, struct servers_entry *entries,
		       struct servers_error *error)
{
	uint32_t count = 0, line = 0, at = 0;

	*error = (struct servers_error){.line = 0, .text = NULL};
	while (at < bytes) {
		struct reader reader = {.at = text + at};
		const char *wrong = NULL;

		line++;
		while (at < bytes && text[at] != '\n') {
			at++;
		}
		reader.end = text + at;
		at++;
		wrong = read_entry(&reader, entries, &count);
		if (wrong != NULL && error->text == NULL) {
			*error = (struct servers_error){.line = line, .text = wrong};
		}
	}
	return count;
}
