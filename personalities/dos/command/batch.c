/* Batch files: where each is, its words, its labels. */
#include "command.h"

#define PIECE_BYTES 256

struct batch {
	char path[DOS_PATH_BYTES];
	char words[TEXT_LINE_BYTES / 2]; /* %0 and the rest of the line */
	uint32_t offset;                 /* of the next line */
	uint32_t shifted;
};

uint32_t batch_depth;
bool batch_stopped;
static struct batch batches[BATCHES_MAX];
static char argument[TEXT_LINE_BYTES / 2];

static struct batch *current(void)
{
	return &batches[batch_depth - 1];
}

void batch_begin(const char *path, const char *words, bool called)
{
	if (batch_depth == 0 || called) {
		if (batch_depth == BATCHES_MAX) {
			say_error("Too many batch files call each other");
			return;
		}
		batch_depth++;
	}
	(void)text_copy(current()->path, path, sizeof current()->path);
	(void)text_copy(current()->words, words, sizeof current()->words);
	current()->offset = 0;
	current()->shifted = 0;
}

void batch_end(void)
{
	if (batch_depth > 0) {
		batch_depth--;
	}
}

void batch_end_all(void)
{
	batch_depth = 0;
}

/* The file is open only for as long as a line is read: its disk may be changed meanwhile. */
bool batch_read_line(char *line)
{
	char piece[PIECE_BYTES];
	uint32_t used = 0;
	int count = 0, at = 0;
	int handle = dos_open(current()->path, 0);

	if (handle < 0) {
		say_error("Batch file missing");
		return false;
	}
	if (dos_seek(handle, current()->offset, 0, NULL)) {
		count = dos_read(handle, piece, sizeof piece);
	}
	dos_close(handle);
	while (at < count && piece[at] != '\n' && piece[at] != 0x1a) {
		if (piece[at] != '\r' && used + 1 < TEXT_LINE_BYTES) {
			line[used++] = piece[at];
		}
		at++;
	}
	line[used] = 0;
	if (at < count && piece[at] == 0x1a) {
		return used > 0; /* the next read begins with it again */
	}
	current()->offset += (uint32_t)at + (at < count);
	return at > 0 || count > 0;
}

const char *batch_argument(uint32_t number)
{
	const char *at = NULL;

	argument[0] = 0;
	if (batch_depth == 0) {
		return NULL;
	}
	at = current()->words;
	for (uint32_t i = 0; i <= number + current()->shifted; i++) {
		at = text_word(at, false, argument, sizeof argument);
	}
	return argument;
}

void batch_shift(void)
{
	if (batch_depth > 0) {
		current()->shifted++;
	}
}

/* Labels are eight characters, as in DOS. */
static bool is_label(const char *line, const char *label)
{
	char word[DOS_PATH_BYTES];

	while (*line == ' ' || *line == '\t') {
		line++;
	}
	if (*line != ':') {
		return false;
	}
	(void)text_word(line + 1, false, word, sizeof word);
	word[8] = 0;
	return text_is(word, label);
}

bool batch_goto(const char *label)
{
	char line[TEXT_LINE_BYTES], name[9];

	if (batch_depth == 0) {
		return true;
	}
	(void)text_copy(name, *label == ':' ? label + 1 : label, sizeof name);
	current()->offset = 0;
	while (batch_read_line(line)) {
		if (is_label(line, name)) {
			return true;
		}
	}
	return false;
}
