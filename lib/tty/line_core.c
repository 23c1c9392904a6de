/* Typing, editing, reading; see line_core.h. Where termios leaves a choice it is Linux's. */
#include "line_core.h"

#include "charset_core.h"

#define DEL        0x7f
#define TAB_STOP   8u
#define CONTROL(c) ((c) ^ 0x40)

_Static_assert((LINE_INPUT_MAX & (LINE_INPUT_MAX - 1)) == 0, "the ring's index is masked");

enum line_mark {
	MARK_NONE,
	MARK_END,  /* a line ends with this byte */
	MARK_EMPTY /* a line ends here, and the byte is none */
};

static uint32_t at(const struct line *line, uint32_t index)
{
	return (line->first + index) % LINE_INPUT_MAX;
}

static uint8_t byte_at(const struct line *line, uint32_t index)
{
	return line->bytes[at(line, index)];
}

static bool has_local(const struct line *line, natural_t flag)
{
	return (line->modes.local & flag) != 0;
}

static bool has_input(const struct line *line, natural_t flag)
{
	return (line->modes.input & flag) != 0;
}

static bool is_special(const struct line *line, uint32_t which, uint8_t byte)
{
	return line->modes.characters[which] != 0 && line->modes.characters[which] == byte;
}

/* ------------------------------------------------------------------------------------- output */

/* At most two bytes. */
static uint32_t output_byte(const struct console_modes *modes, uint8_t byte, uint8_t *out)
{
	uint32_t count = 0;
	if (modes->output & CONSOLE_OUTPUT_PROCESSED) {
		if (byte == '\n' && (modes->output & CONSOLE_OUTPUT_NL_TO_CRNL) != 0) {
			out[count++] = '\r';
		} else if (byte == '\r' && (modes->output & CONSOLE_OUTPUT_CR_TO_NL) != 0) {
			byte = '\n';
		}
	}
	out[count++] = byte;
	return count;
}

uint32_t line_output(const struct console_modes *modes, const uint8_t *bytes, uint32_t count,
		     uint8_t *out)
{
	uint32_t made = 0;
	for (uint32_t i = 0; i < count; i++) {
		made += output_byte(modes, bytes[i], out + made);
	}
	return made;
}

/* --------------------------------------------------------------------------------------- echo */

static void effects_none(struct line_effects *effects)
{
	effects->signal = -1;
	effects->started = false;
	effects->flush_output = false;
	effects->bell = false;
	effects->echo_bytes = 0;
}

static void put(const struct line *line, struct line_effects *effects, uint8_t byte)
{
	if (effects->echo_bytes + 2 <= LINE_ECHO_MAX) {
		effects->echo_bytes +=
			output_byte(&line->modes, byte, effects->echo + effects->echo_bytes);
	}
}

/* Echoed as ^X? */
static bool is_shown_as_control(const struct line *line, uint8_t byte)
{
	return has_local(line, CONSOLE_LOCAL_ECHO_CONTROL) &&
	       ((byte < 0x20 && byte != '\t') || byte == DEL);
}

static void echo_typed(const struct line *line, struct line_effects *effects, uint8_t byte)
{
	if (!has_local(line, CONSOLE_LOCAL_ECHO)) {
		return;
	}
	if (is_shown_as_control(line, byte)) {
		put(line, effects, '^');
		byte = CONTROL(byte);
	}
	put(line, effects, byte);
}

/* The column behind a character of `columns` columns, or a control character. */
static uint32_t column_behind(const struct line *line, uint32_t column, uint8_t byte)
{
	if (byte == '\t') {
		return (column / TAB_STOP + 1) * TAB_STOP;
	}
	if (byte < 0x20 || byte == DEL) {
		return column + (has_local(line, CONSOLE_LOCAL_ECHO_CONTROL) ? 2 : 0);
	}
	return column + 1;
}

/* The column behind the first `count` bytes in the ring, of which those from `ready` on are the
   line that is edited. */
static uint32_t column_at(const struct line *line, uint32_t count)
{
	struct charset_decoder decoder = {0};
	uint32_t column = line->start_column;
	for (uint32_t i = line->ready; i < count; i++) {
		uint32_t codepoint = 0;
		uint8_t byte = byte_at(line, i);
		if (byte < 0x80 || !has_input(line, CONSOLE_INPUT_UTF8)) {
			decoder.left = 0;
			column = column_behind(line, column, byte);
			continue;
		}
		enum charset_result result = charset_decode(&decoder, byte, &codepoint);
		if (result == CHARSET_CUT) {
			column++; /* shown as one that is none */
			result = charset_decode(&decoder, byte, &codepoint);
		}
		if (result == CHARSET_DONE) {
			column += charset_columns(codepoint);
		} else if (result == CHARSET_BAD) {
			column++;
		}
	}
	return column;
}

/* Forgets the edited bytes from `count` on, and removes them from the screen. A terminal does not
   go back beyond the beginning of a row: more than a row's columns would change nothing. */
static void cut_visibly(struct line *line, uint32_t count, struct line_effects *effects)
{
	uint32_t columns = column_at(line, line->count) - column_at(line, count);
	line->count = count;
	if (!has_local(line, CONSOLE_LOCAL_ECHO)) {
		return;
	}
	columns = columns < CONSOLE_COLUMNS_MAX ? columns : CONSOLE_COLUMNS_MAX;
	for (uint32_t i = 0; i < columns; i++) {
		put(line, effects, '\b');
		put(line, effects, ' ');
		put(line, effects, '\b');
	}
}

/* ------------------------------------------------------------------------------------ editing */

/* False, and the bell: no room. The last place is for the end of a line. */
static bool add(struct line *line, uint8_t byte, enum line_mark mark, struct line_effects *effects)
{
	bool lines = has_local(line, CONSOLE_LOCAL_LINES);
	if (line->count >= LINE_INPUT_MAX - (lines && mark == MARK_NONE ? 1 : 0)) {
		effects->bell = true;
		return false;
	}
	uint32_t index = at(line, line->count);
	line->bytes[index] = byte;
	line->marks[index] = (uint8_t)mark;
	line->count++;
	if (mark != MARK_NONE) {
		line->ready = line->count;
	}
	return true;
}

static void add_typed(struct line *line, uint8_t byte, uint32_t column,
		      struct line_effects *effects)
{
	if (line->count == line->ready) {
		line->start_column = column;
	}
	if (add(line, byte, MARK_NONE, effects)) {
		echo_typed(line, effects, byte);
	}
}

/* Where the last character of the edited line begins; there is one. */
static uint32_t last_character(const struct line *line, uint32_t count)
{
	count--;
	while (has_input(line, CONSOLE_INPUT_UTF8) && count > line->ready &&
	       (byte_at(line, count) & 0xc0) == 0x80) {
		count--;
	}
	return count;
}

static void erase_character(struct line *line, uint8_t byte, struct line_effects *effects)
{
	if (line->count == line->ready) {
		return;
	}
	uint32_t count = last_character(line, line->count);
	if (has_local(line, CONSOLE_LOCAL_ECHO_ERASE)) {
		cut_visibly(line, count, effects);
	} else {
		line->count = count;
		echo_typed(line, effects, byte);
	}
}

static bool is_of_word(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
	       byte == '_' || byte >= 0x80;
}

static void erase_word(struct line *line, uint8_t byte, struct line_effects *effects)
{
	uint32_t count = line->count;
	bool word = false;
	while (count > line->ready) {
		bool of_word = is_of_word(byte_at(line, count - 1));
		if (word && !of_word) {
			break;
		}
		word |= of_word;
		count--;
	}
	if (has_local(line, CONSOLE_LOCAL_ECHO_ERASE)) {
		cut_visibly(line, count, effects);
	} else {
		line->count = count;
		echo_typed(line, effects, byte);
	}
}

static void kill_line(struct line *line, uint8_t byte, struct line_effects *effects)
{
	if (has_local(line, CONSOLE_LOCAL_ECHO_KILL) && has_local(line, CONSOLE_LOCAL_ECHO_ERASE)) {
		cut_visibly(line, line->ready, effects);
		return;
	}
	line->count = line->ready;
	echo_typed(line, effects, byte);
	if (has_local(line, CONSOLE_LOCAL_ECHO) && has_local(line, CONSOLE_LOCAL_ECHO_KILL)) {
		put(line, effects, '\n');
	}
}

static void reprint(struct line *line, uint8_t byte, struct line_effects *effects)
{
	if (!has_local(line, CONSOLE_LOCAL_ECHO)) {
		return;
	}
	echo_typed(line, effects, byte);
	put(line, effects, '\n');
	line->start_column = 0;
	for (uint32_t i = line->ready; i < line->count; i++) {
		echo_typed(line, effects, byte_at(line, i));
	}
}

/* Word erase, reprint, literal next. False: the byte is none of them. */
static bool extended_edit(struct line *line, uint8_t byte, struct line_effects *effects)
{
	if (!has_local(line, CONSOLE_LOCAL_EXTENDED)) {
		return false;
	}
	if (is_special(line, CONSOLE_CHARACTER_WORD_ERASE, byte)) {
		erase_word(line, byte, effects);
	} else if (is_special(line, CONSOLE_CHARACTER_REPRINT, byte)) {
		reprint(line, byte, effects);
	} else if (is_special(line, CONSOLE_CHARACTER_LITERAL, byte)) {
		line->literal = true;
		if (has_local(line, CONSOLE_LOCAL_ECHO) &&
		    has_local(line, CONSOLE_LOCAL_ECHO_CONTROL)) {
			put(line, effects, '^');
			put(line, effects, '\b');
		}
	} else {
		return false;
	}
	return true;
}

/* Bytes that end a line. False: this one does not. */
static bool end_line(struct line *line, uint8_t byte, struct line_effects *effects)
{
	if (byte == '\n') {
		if (add(line, byte, MARK_END, effects) &&
		    (has_local(line, CONSOLE_LOCAL_ECHO) ||
		     has_local(line, CONSOLE_LOCAL_ECHO_NL))) {
			put(line, effects, '\n');
		}
	} else if (is_special(line, CONSOLE_CHARACTER_END, byte)) {
		(void)add(line, 0, MARK_EMPTY, effects);
	} else if (is_special(line, CONSOLE_CHARACTER_LINE_END, byte) ||
		   is_special(line, CONSOLE_CHARACTER_LINE_END_2, byte)) {
		if (add(line, byte, MARK_END, effects)) {
			echo_typed(line, effects, byte);
		}
	} else {
		return false;
	}
	return true;
}

static void edit(struct line *line, uint8_t byte, uint32_t column, struct line_effects *effects)
{
	if (end_line(line, byte, effects) || extended_edit(line, byte, effects)) {
		return;
	}
	if (is_special(line, CONSOLE_CHARACTER_ERASE, byte)) {
		erase_character(line, byte, effects);
	} else if (is_special(line, CONSOLE_CHARACTER_KILL, byte)) {
		kill_line(line, byte, effects);
	} else {
		add_typed(line, byte, column, effects);
	}
}

/* ------------------------------------------------------------------------------------- typing */

static void start_output(struct line *line, struct line_effects *effects)
{
	effects->started |= line->stopped;
	line->stopped = false;
}

/* The characters that stop and start output. False: this is none. */
static bool flow_control(struct line *line, uint8_t byte, struct line_effects *effects)
{
	if (!has_input(line, CONSOLE_INPUT_FLOW)) {
		return false;
	}
	if (is_special(line, CONSOLE_CHARACTER_START, byte)) {
		start_output(line, effects);
		return true;
	}
	if (is_special(line, CONSOLE_CHARACTER_STOP, byte)) {
		line->stopped = true;
		return true;
	}
	if (has_input(line, CONSOLE_INPUT_ANY_STARTS)) {
		start_output(line, effects);
	}
	return false;
}

static bool signal_of(const struct line *line, uint8_t byte, int *signal)
{
	static const uint8_t signals[] = {CONSOLE_CHARACTER_INTERRUPT, CONSOLE_CHARACTER_QUIT,
					  CONSOLE_CHARACTER_SUSPEND};
	for (uint32_t i = 0; has_local(line, CONSOLE_LOCAL_SIGNALS) && i < sizeof signals; i++) {
		if (is_special(line, signals[i], byte)) {
			*signal = signals[i];
			return true;
		}
	}
	return false;
}

static void signal_typed(struct line *line, uint8_t byte, struct line_effects *effects)
{
	if (!has_local(line, CONSOLE_LOCAL_KEEP)) {
		line_flush(line);
		effects->flush_output = true;
	}
	if (has_input(line, CONSOLE_INPUT_FLOW)) {
		start_output(line, effects);
	}
	echo_typed(line, effects, byte);
}

void line_input(struct line *line, uint8_t byte, uint32_t column, uint64_t now_ms,
		struct line_effects *effects)
{
	effects_none(effects);
	line->last_ms = now_ms;
	if (line->literal) {
		line->literal = false;
		add_typed(line, byte, column, effects);
		return;
	}
	if (flow_control(line, byte, effects)) {
		return;
	}
	if (signal_of(line, byte, &effects->signal)) {
		signal_typed(line, byte, effects);
		return;
	}
	if (byte == '\r' && has_input(line, CONSOLE_INPUT_DROP_CR)) {
		return;
	}
	if (byte == '\r' && has_input(line, CONSOLE_INPUT_CR_TO_NL)) {
		byte = '\n';
	} else if (byte == '\n' && has_input(line, CONSOLE_INPUT_NL_TO_CR)) {
		byte = '\r';
	}
	if (has_local(line, CONSOLE_LOCAL_LINES)) {
		edit(line, byte, column, effects);
	} else {
		add_typed(line, byte, column, effects);
	}
}

/* -------------------------------------------------------------------------------------- modes */

void line_init(struct line *line)
{
	*line = (struct line){
		.modes =
			{
				.input = CONSOLE_INPUT_CR_TO_NL | CONSOLE_INPUT_FLOW |
					 CONSOLE_INPUT_UTF8,
				.output = CONSOLE_OUTPUT_PROCESSED | CONSOLE_OUTPUT_NL_TO_CRNL,
				.local = CONSOLE_LOCAL_LINES | CONSOLE_LOCAL_ECHO |
					 CONSOLE_LOCAL_ECHO_ERASE | CONSOLE_LOCAL_ECHO_KILL |
					 CONSOLE_LOCAL_ECHO_CONTROL | CONSOLE_LOCAL_SIGNALS |
					 CONSOLE_LOCAL_EXTENDED,
				.read_bytes = 1,
				.characters =
					{
						[CONSOLE_CHARACTER_INTERRUPT] = CONTROL('C'),
						[CONSOLE_CHARACTER_QUIT] = CONTROL('\\'),
						[CONSOLE_CHARACTER_ERASE] = DEL,
						[CONSOLE_CHARACTER_KILL] = CONTROL('U'),
						[CONSOLE_CHARACTER_END] = CONTROL('D'),
						[CONSOLE_CHARACTER_START] = CONTROL('Q'),
						[CONSOLE_CHARACTER_STOP] = CONTROL('S'),
						[CONSOLE_CHARACTER_SUSPEND] = CONTROL('Z'),
						[CONSOLE_CHARACTER_WORD_ERASE] = CONTROL('W'),
						[CONSOLE_CHARACTER_REPRINT] = CONTROL('R'),
						[CONSOLE_CHARACTER_LITERAL] = CONTROL('V'),
					},
			},
	};
}

bool line_modes_valid(const struct console_modes *modes)
{
	return (modes->input & ~CONSOLE_INPUT_ALL) == 0 &&
	       (modes->output & ~CONSOLE_OUTPUT_ALL) == 0 &&
	       (modes->local & ~CONSOLE_LOCAL_ALL) == 0;
}

/* Ends of lines that are no bytes mean nothing without lines. */
static void forget_marks(struct line *line)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < line->count; i++) {
		uint32_t from = at(line, i);
		if (line->marks[from] != MARK_EMPTY) {
			uint32_t to = at(line, kept);
			line->bytes[to] = line->bytes[from];
			line->marks[to] = MARK_NONE;
			kept++;
		}
	}
	line->count = kept;
}

void line_set_modes(struct line *line, const struct console_modes *modes,
		    struct line_effects *effects)
{
	bool lines = has_local(line, CONSOLE_LOCAL_LINES);
	effects_none(effects);
	line->modes = *modes;
	if (lines && !has_local(line, CONSOLE_LOCAL_LINES)) {
		forget_marks(line);
		line->literal = false;
	}
	if (lines != has_local(line, CONSOLE_LOCAL_LINES)) {
		line->ready = line->count; /* typed without lines: it reads as one */
	}
	if (!has_input(line, CONSOLE_INPUT_FLOW)) {
		start_output(line, effects);
	}
}

/* ------------------------------------------------------------------------------------ reading */

void line_flush(struct line *line)
{
	line->first = 0;
	line->count = 0;
	line->ready = 0;
	line->literal = false;
}

static enum line_wait wait_until(uint64_t then_ms, uint64_t now_ms, uint64_t *wake_ms)
{
	if (now_ms >= then_ms) {
		return LINE_READY;
	}
	*wake_ms = then_ms;
	return LINE_WAIT;
}

enum line_wait line_check(const struct line *line, uint32_t bytes_max, uint64_t since_ms,
			  uint64_t now_ms, uint64_t *wake_ms)
{
	const struct console_modes *modes = &line->modes;
	uint32_t least = modes->read_bytes < bytes_max ? modes->read_bytes : bytes_max;
	*wake_ms = 0;
	if (has_local(line, CONSOLE_LOCAL_LINES)) {
		return line->ready != 0 ? LINE_READY : LINE_WAIT;
	}
	if (line->count != 0 && line->count >= least) {
		return LINE_READY;
	}
	if (least == 0) { /* the time counts from the beginning of the read */
		return wait_until(since_ms + modes->read_time_ms, now_ms, wake_ms);
	}
	if (modes->read_time_ms == 0 || line->count == 0) {
		return LINE_WAIT;
	}
	uint64_t last_ms = line->last_ms > since_ms ? line->last_ms : since_ms;
	return wait_until(last_ms + modes->read_time_ms, now_ms, wake_ms);
}

uint32_t line_available(const struct line *line)
{
	if (!has_local(line, CONSOLE_LOCAL_LINES)) {
		return line->count;
	}
	for (uint32_t i = 0; i < line->ready; i++) {
		enum line_mark mark = line->marks[at(line, i)];
		if (mark != MARK_NONE) {
			return mark == MARK_END ? i + 1 : i;
		}
	}
	return line->ready;
}

bool line_at_end(const struct line *line)
{
	return has_local(line, CONSOLE_LOCAL_LINES) && line->ready != 0 &&
	       line->marks[line->first] == MARK_EMPTY;
}

static void drop(struct line *line, uint32_t count)
{
	line->first = at(line, count);
	line->count -= count;
	line->ready = line->ready > count ? line->ready - count : 0;
}

uint32_t line_read(struct line *line, uint8_t *bytes, uint32_t bytes_max)
{
	uint32_t count = line_available(line);
	count = count < bytes_max ? count : bytes_max;
	for (uint32_t i = 0; i < count; i++) {
		bytes[i] = byte_at(line, i);
	}
	drop(line, count);
	/* An end that is no byte goes with its line: left behind it would be the end of file. But
	   it must be this line's, not one of its own. */
	bool whole = count == 0 ||
		     line->marks[(line->first + LINE_INPUT_MAX - 1) % LINE_INPUT_MAX] == MARK_NONE;
	if (whole && line_at_end(line)) {
		drop(line, 1);
	}
	return count;
}
