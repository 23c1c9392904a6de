/* See configuration_core.h. */
#include "configuration_core.h"
#include "version_core.h"

/* A part of a line. */
struct span {
	const char *text;
	uint32_t bytes;
};

static bool is_blank(char character)
{
	return character == ' ' || character == '\t' || character == '\r';
}

static struct span trim(struct span span)
{
	while (span.bytes > 0 && is_blank(span.text[0])) {
		span.text++;
		span.bytes--;
	}
	while (span.bytes > 0 && is_blank(span.text[span.bytes - 1])) {
		span.bytes--;
	}
	return span;
}

/* The first word, which is cut off. */
static struct span take_word(struct span *rest)
{
	struct span word = {rest->text, 0};

	while (word.bytes < rest->bytes && !is_blank(rest->text[word.bytes])) {
		word.bytes++;
	}
	*rest = trim((struct span){rest->text + word.bytes, rest->bytes - word.bytes});
	return word;
}

static bool is_word(struct span word, const char *name)
{
	uint32_t i = 0;

	while (i < word.bytes && name[i] != 0 && name[i] == word.text[i]) {
		i++;
	}
	return i == word.bytes && name[i] == 0;
}

static void copy(char *to, struct span from)
{
	for (uint32_t i = 0; i < from.bytes; i++) {
		to[i] = from.text[i];
	}
	to[from.bytes] = 0;
}

static bool set_drive(struct configuration *configuration, struct span rest)
{
	struct span letter = take_word(&rest);
	uint32_t drive = 0;

	if (letter.bytes == 2 && letter.text[1] == ':') {
		letter.bytes = 1;
	}
	drive = letter.bytes == 1 ? ((uint32_t)letter.text[0] | 0x20u) - 'a' : CONFIGURATION_DRIVES;
	while (rest.bytes > 1 && rest.text[rest.bytes - 1] == '/') {
		rest.bytes--;
	}
	if (drive >= CONFIGURATION_DRIVES || rest.bytes == 0 || rest.text[0] != '/' ||
	    rest.bytes >= CONFIGURATION_PATH_BYTES) {
		return false;
	}
	copy(configuration->drives[drive], rest);
	return true;
}

static bool set_variable(struct configuration *configuration, struct span rest)
{
	uint32_t at = 0;

	while (at < rest.bytes && rest.text[at] != '=') {
		at++;
	}
	if (at == 0 || at == rest.bytes ||
	    rest.bytes + 1 > CONFIGURATION_VARIABLE_BYTES - configuration->variables_bytes) {
		return false;
	}
	copy(configuration->variables + configuration->variables_bytes, rest);
	for (uint32_t i = 0; i < at; i++) {
		char *character = &configuration->variables[configuration->variables_bytes + i];

		if (*character >= 'a' && *character <= 'z') {
			*character = (char)(*character - 'a' + 'A');
		}
	}
	configuration->variables_bytes += rest.bytes + 1;
	return true;
}

static bool set_shell(struct configuration *configuration, struct span rest)
{
	struct span program = take_word(&rest);

	if (program.bytes == 0 || program.bytes >= CONFIGURATION_PATH_BYTES ||
	    rest.bytes + 1 >= CONFIGURATION_PATH_BYTES) {
		return false;
	}
	copy(configuration->shell, program);
	configuration->shell_words[0] = 0;
	if (rest.bytes > 0) {
		configuration->shell_words[0] = ' ';
		copy(configuration->shell_words + 1, rest);
	}
	return true;
}

static bool set_xms(struct configuration *configuration, struct span rest)
{
	uint32_t kb = 0;

	for (uint32_t i = 0; i < rest.bytes; i++) {
		if (rest.text[i] < '0' || rest.text[i] > '9' || kb > CONFIGURATION_XMS_KB_MAX) {
			return false;
		}
		kb = kb * 10 + (uint32_t)(rest.text[i] - '0');
	}
	if (rest.bytes == 0 || kb > CONFIGURATION_XMS_KB_MAX) {
		return false;
	}
	configuration->xms_kb = kb;
	return true;
}

static bool set_version(struct configuration *configuration, struct span rest)
{
	struct span word = take_word(&rest);
	struct configuration_version *one =
		&configuration->versions[configuration->versions_count % CONFIGURATION_VERSIONS];

	if (rest.bytes == 0) {
		return version_parse(word.text, word.bytes, &configuration->version);
	}
	if (word.bytes == 0 || word.bytes >= CONFIGURATION_NAME_BYTES ||
	    configuration->versions_count == CONFIGURATION_VERSIONS ||
	    !version_parse(rest.text, rest.bytes, &one->version)) {
		return false;
	}
	copy(one->name, word);
	for (char *at = one->name; *at != 0; at++) {
		*at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
	}
	configuration->versions_count++;
	return true;
}

static bool parse_line(struct configuration *configuration, struct span line)
{
	struct span word = {line.text, 0};

	line = trim(line);
	if (line.bytes == 0 || line.text[0] == '#') {
		return true;
	}
	word = take_word(&line);
	if (is_word(word, "drive")) {
		return set_drive(configuration, line);
	}
	if (is_word(word, "set")) {
		return set_variable(configuration, line);
	}
	if (is_word(word, "xms")) {
		return set_xms(configuration, line);
	}
	if (is_word(word, "version")) {
		return set_version(configuration, line);
	}
	return is_word(word, "shell") && set_shell(configuration, line);
}

void configuration_reset(struct configuration *configuration)
{
	static const char shell[] = "C:\\DOS\\COMMAND.COM";

	for (uint32_t i = 0; i < CONFIGURATION_DRIVES; i++) {
		configuration->drives[i][0] = 0;
	}
	copy(configuration->drives[2], (struct span){"/", 1});
	copy(configuration->shell, (struct span){shell, sizeof shell - 1});
	copy(configuration->shell_words, (struct span){" /P", 3});
	configuration->variables_bytes = 0;
	configuration->xms_kb = CONFIGURATION_XMS_KB;
	configuration->version = 0;
	configuration->versions_count = 0;
}

uint32_t configuration_parse(struct configuration *configuration, const char *text, uint32_t bytes)
{
	uint32_t first_wrong = 0, number = 1;

	for (uint32_t at = 0; at < bytes; number++) {
		struct span line = {text + at, 0};

		while (at + line.bytes < bytes && line.text[line.bytes] != '\n') {
			line.bytes++;
		}
		if (!parse_line(configuration, line) && first_wrong == 0) {
			first_wrong = number;
		}
		at += line.bytes + 1;
	}
	return first_wrong;
}

uint16_t configuration_version(const struct configuration *configuration, const char *name)
{
	for (uint32_t i = 0; i < configuration->versions_count; i++) {
		const struct configuration_version *one = &configuration->versions[i];
		struct span wanted = {name, 0};

		while (name[wanted.bytes] != 0) {
			wanted.bytes++;
		}
		if (is_word(wanted, one->name)) {
			return one->version;
		}
	}
	return configuration->version;
}
