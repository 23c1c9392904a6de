/* See text_core.h. */
#include "text_core.h"

uint32_t text_length(const char *text)
{
	uint32_t bytes = 0;

	while (text[bytes] != 0) {
		bytes++;
	}
	return bytes;
}

uint32_t text_copy(char *to, const char *from, uint32_t bytes_max)
{
	uint32_t i = 0;

	for (; i + 1 < bytes_max && from[i] != 0; i++) {
		to[i] = from[i];
	}
	to[i] = 0;
	return i;
}

uint32_t text_append(char *to, const char *from, uint32_t bytes_max)
{
	uint32_t bytes = text_length(to);

	return bytes + text_copy(to + bytes, from, bytes_max - bytes);
}

char text_upper(char character)
{
	return character >= 'a' && character <= 'z' ? (char)(character - 'a' + 'A') : character;
}

void text_make_upper(char *text)
{
	for (; *text != 0; text++) {
		*text = text_upper(*text);
	}
}

bool text_is(const char *a, const char *b)
{
	while (*a != 0 && text_upper(*a) == text_upper(*b)) {
		a++;
		b++;
	}
	return *a == 0 && *b == 0;
}

bool text_is_separator(char character)
{
	return character == ' ' || character == '\t' || character == ',' || character == ';' ||
	       character == '=';
}

const char *text_skip(const char *text)
{
	while (text_is_separator(*text)) {
		text++;
	}
	return text;
}

const char *text_word(const char *text, bool slash, char *word, uint32_t bytes_max)
{
	uint32_t bytes = 0;
	bool quoted = false;

	text = text_skip(text);
	for (const char *start = text; *text != 0; text++) {
		if (*text == '"') {
			quoted = !quoted;
		}
		if (!quoted &&
		    (text_is_separator(*text) || (slash && *text == '/' && text != start))) {
			break;
		}
		if (bytes + 1 < bytes_max) {
			word[bytes++] = *text;
		}
	}
	word[bytes] = 0;
	return text;
}

/* ----------------------------------------------------------------------------------- variables */

/* A line that is being made. */
struct output {
	char *text;
	uint32_t bytes;
};

static void put(struct output *output, char character)
{
	if (output->bytes + 1 < TEXT_LINE_BYTES) {
		output->text[output->bytes++] = character;
	}
}

static void put_text(struct output *output, const char *text)
{
	for (; text != 0 && *text != 0; text++) {
		put(output, *text);
	}
}

/* "NAME%" behind a '%': what is behind it; null: that is none. */
static const char *take_name(const char *at, char *name, uint32_t bytes_max)
{
	uint32_t bytes = 0;

	while (*at != 0 && *at != '%' && bytes + 1 < bytes_max) {
		name[bytes++] = *at++;
	}
	name[bytes] = 0;
	return *at == '%' && bytes > 0 ? at + 1 : 0;
}

void text_expand(const char *line, char *result, text_argument_t argument, text_variable_t variable)
{
	struct output output = {result, 0};

	while (*line != 0) {
		char name[80];
		const char *behind = 0;

		if (*line != '%') {
			put(&output, *line++);
			continue;
		}
		line++;
		if (*line == '%') {
			put(&output, *line++);
		} else if (*line >= '0' && *line <= '9') {
			put_text(&output, argument((uint32_t)(*line++ - '0')));
		} else if ((behind = take_name(line, name, sizeof name)) != 0) {
			put_text(&output, variable(name));
			line = behind;
		}
		/* A '%' that begins nothing is lost, as in DOS. */
	}
	result[output.bytes] = 0;
}

void text_expand_known(const char *line, char *result, text_variable_t variable)
{
	struct output output = {result, 0};

	while (*line != 0) {
		char name[80];
		const char *behind = *line == '%' ? take_name(line + 1, name, sizeof name) : 0;
		const char *value = behind != 0 ? variable(name) : 0;

		if (value != 0) {
			put_text(&output, value);
			line = behind;
		} else {
			put(&output, *line++);
		}
	}
	result[output.bytes] = 0;
}

void text_put_variable(const char *line, char name, const char *value, char *result)
{
	struct output output = {result, 0};

	for (; *line != 0; line++) {
		if (line[0] == '%' && line[1] == name) {
			put_text(&output, value);
			line++;
		} else {
			put(&output, *line);
		}
	}
	result[output.bytes] = 0;
}

/* -------------------------------------------------------------------------- pipes, redirections */

char *text_find_pipe(char *line)
{
	bool quoted = false;

	for (; *line != 0; line++) {
		if (*line == '"') {
			quoted = !quoted;
		} else if (*line == '|' && !quoted) {
			return line;
		}
	}
	return 0;
}

/* The name behind a redirection: what is behind it. */
static const char *redirection_name(const char *at, char name[80])
{
	uint32_t bytes = 0;

	while (*at == ' ' || *at == '\t') {
		at++;
	}
	while (*at != 0 && !text_is_separator(*at) && *at != '<' && *at != '>') {
		if (bytes + 1 < 80) {
			name[bytes++] = *at;
		}
		at++;
	}
	name[bytes] = 0;
	return at;
}

bool text_redirections(char *line, struct text_redirections *redirections)
{
	const char *at = line;
	char *to = line;
	bool quoted = false, good = true;

	redirections->input[0] = redirections->output[0] = 0;
	redirections->append = false;
	while (*at != 0) {
		quoted = *at == '"' ? !quoted : quoted;
		if (quoted || (*at != '<' && *at != '>')) {
			*to++ = *at++;
			continue;
		}
		if (*at == '<') {
			at = redirection_name(at + 1, redirections->input);
			good = good && redirections->input[0] != 0;
		} else {
			redirections->append = at[1] == '>';
			at = redirection_name(at + 1 + redirections->append, redirections->output);
			good = good && redirections->output[0] != 0;
		}
	}
	*to = 0;
	return good;
}

/* ---------------------------------------------------------------------------------------- names */

/* One half of a name (its base or its extension) by that of a pattern. */
static const char *apply_part(const char **pattern, const char *name, char *to, uint32_t bytes_max,
			      uint32_t *made)
{
	*made = 0;
	for (; **pattern != 0 && **pattern != '.'; (*pattern)++) {
		if (**pattern == '*') {
			while (*name != 0 && *name != '.' && *made < bytes_max) {
				to[(*made)++] = *name++;
			}
			continue;
		}
		if (*made < bytes_max && (**pattern != '?' || (*name != 0 && *name != '.'))) {
			to[(*made)++] = **pattern == '?' ? *name : **pattern;
		}
		name += *name != 0 && *name != '.';
	}
	while (*name != 0 && *name != '.') {
		name++;
	}
	return name;
}

void text_apply(const char *pattern, const char *name, char result[13])
{
	uint32_t made = 0, more = 0;

	name = apply_part(&pattern, name, result, 8, &made);
	name += *name == '.';
	if (*pattern == '.') {
		pattern++;
		(void)apply_part(&pattern, name, result + made + 1, 3, &more);
		if (more > 0) {
			result[made] = '.';
			made += 1 + more;
		}
	}
	result[made] = 0;
	text_make_upper(result);
}

const char *text_base(const char *path)
{
	const char *base = path;

	for (; *path != 0; path++) {
		if (*path == '\\' || *path == '/' || *path == ':') {
			base = path + 1;
		}
	}
	return base;
}

bool text_has_wildcards(const char *path)
{
	for (; *path != 0; path++) {
		if (*path == '*' || *path == '?') {
			return true;
		}
	}
	return false;
}

void text_backslashes(char *path)
{
	for (; *path != 0; path++) {
		*path = *path == '/' ? '\\' : *path;
	}
}

uint32_t text_number(const char *text, const char **end)
{
	uint32_t number = 0;

	while (*text >= '0' && *text <= '9') {
		number = number * 10 + (uint32_t)(*text++ - '0');
	}
	*end = text;
	return number;
}
