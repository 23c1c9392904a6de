#include <serv/boot_script_core.h>

#include <stddef.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static uint32_t text_length(const char *text, uint32_t max)
{
	uint32_t length = 0;
	while (length < max && text[length] != 0) {
		length++;
	}
	return length;
}

static bool text_equal(const char *text, uint32_t bytes, const char *word)
{
	uint32_t i = 0;
	while (i < bytes && word[i] != 0 && text[i] == word[i]) {
		i++;
	}
	return i == bytes && word[i] == 0;
}

static struct boot_variable *variable_find(const struct boot_script *script, const char *name,
					   uint32_t bytes)
{
	for (uint32_t i = 0; i < script->variable_count; i++) {
		if (text_equal(name, bytes, script->variables[i].name)) {
			return (struct boot_variable *)&script->variables[i];
		}
	}
	return NULL;
}

/* The variable of that name, new if need be. NULL: the name is too long or there are too many. */
static struct boot_variable *variable_make(struct boot_script *script, const char *name,
					   uint32_t bytes)
{
	struct boot_variable *variable = variable_find(script, name, bytes);
	if (variable != NULL) {
		return variable;
	}
	if (bytes == 0 || bytes >= BOOT_NAME_BYTES_MAX ||
	    script->variable_count == BOOT_VARIABLES_MAX) {
		return NULL;
	}
	variable = &script->variables[script->variable_count++];
	for (uint32_t i = 0; i < bytes; i++) {
		variable->name[i] = name[i];
	}
	variable->name[bytes] = 0;
	variable->kind = BOOT_VALUE_NONE;
	variable->module = 0;
	variable->text = "";
	variable->text_bytes = 0;
	return variable;
}

static void variable_set_text(struct boot_script *script, const char *name, uint32_t name_bytes,
			      const char *text, uint32_t text_bytes)
{
	struct boot_variable *variable = variable_make(script, name, name_bytes);
	if (variable != NULL) {
		variable->kind = BOOT_VALUE_TEXT;
		variable->text = text;
		variable->text_bytes = text_bytes;
	}
}

static void variable_set_kind(struct boot_script *script, const char *name,
			      enum boot_value_kind kind)
{
	struct boot_variable *variable =
		variable_make(script, name, text_length(name, BOOT_NAME_BYTES_MAX));
	if (variable != NULL) {
		variable->kind = kind;
	}
}

/* KEY=VALUE words of the kernel's line become variables; the flags (words that begin with -)
   boot-args. */
static void kernel_line_read(struct boot_script *script, const char *line, uint32_t bytes)
{
	uint32_t at = 0;
	while (at < bytes) {
		while (at < bytes && is_space(line[at])) {
			at++;
		}
		uint32_t start = at;
		uint32_t equals = UINT32_MAX;
		while (at < bytes && !is_space(line[at])) {
			if (line[at] == '=' && equals == UINT32_MAX) {
				equals = at;
			}
			at++;
		}
		if (equals != UINT32_MAX && equals > start) {
			if (text_equal(line + start, equals - start, "root")) {
				variable_set_text(script, "root-device", 11, line + equals + 1,
						  at - equals - 1);
			}
			variable_set_text(script, line + start, equals - start, line + equals + 1,
					  at - equals - 1);
		} else if (at > start && line[start] == '-') {
			variable_set_text(script, "boot-args", 9, line + start, at - start);
		}
	}
}

void boot_script_init(struct boot_script *script, const char *kernel_line)
{
	uint32_t bytes = text_length(kernel_line, BOOT_LINE_BYTES_MAX);
	script->variable_count = 0;
	variable_set_kind(script, "host-port", BOOT_VALUE_HOST);
	variable_set_kind(script, "device-port", BOOT_VALUE_DEVICE);
	variable_set_kind(script, "kernel-task", BOOT_VALUE_KERNEL_TASK);
	variable_set_text(script, "kernel-command-line", 19, kernel_line, bytes);
	variable_set_text(script, "boot-args", 9, "", 0);
	variable_set_text(script, "root-device", 11, "", 0);
	kernel_line_read(script, kernel_line, bytes);
}

bool boot_script_line_is_script(const char *line)
{
	uint32_t at = 0;
	while (is_space(line[at])) {
		at++;
	}
	if (line[at] == '#') {
		return true;
	}
	for (uint32_t length = 0; length < BOOT_LINE_BYTES_MAX && line[at] != 0; length++, at++) {
		if (line[at] == '$') {
			return true;
		}
	}
	return false;
}

/* One $(...) or ${...}: `name` inside, and for $(x=f) also x. Returns the bytes it takes, 0 if it
   has no end. */
struct reference {
	bool call;
	const char *name, *store;
	uint32_t name_bytes, store_bytes;
};

static uint32_t reference_read(const char *text, uint32_t bytes, struct reference *reference)
{
	char close = text[1] == '(' ? ')' : '}';
	reference->call = text[1] == '(';
	reference->store = NULL;
	reference->store_bytes = 0;
	uint32_t start = 2;
	for (uint32_t at = 2; at < bytes && !is_space(text[at]); at++) {
		if (text[at] == '=' && reference->call && reference->store == NULL) {
			reference->store = text + 2;
			reference->store_bytes = at - 2;
			start = at + 1;
		}
		if (text[at] == close) {
			reference->name = text + start;
			reference->name_bytes = at - start;
			return at + 1;
		}
	}
	return 0;
}

static const char *call_apply(const struct reference *reference, struct boot_command *command)
{
	if (text_equal(reference->name, reference->name_bytes, "task-create")) {
		command->create_task = true;
	} else if (text_equal(reference->name, reference->name_bytes, "task-resume")) {
		command->resume = true;
	} else if (text_equal(reference->name, reference->name_bytes, "prompt-task-resume")) {
		command->resume = true;
		command->prompt = true;
	} else if (text_equal(reference->name, reference->name_bytes, "ramdisk-create")) {
		command->ramdisk = true;
	} else {
		return "it calls a function that does not exist";
	}
	return NULL;
}

/* Walks a line. `script` is written to (declaring) when `declare` is given, `command` filled
   otherwise. */
struct walk {
	struct boot_script *declare;
	const struct boot_script *script;
	struct boot_command *command;
	uint32_t module;
	bool new_word;
};

static const char *piece_add(struct walk *walk, enum boot_value_kind kind, uint32_t module,
			     const char *text, uint32_t bytes)
{
	struct boot_command *command = walk->command;
	if (command == NULL) {
		return NULL;
	}
	if (command->piece_count == BOOT_PIECES_MAX) {
		return "its line has too many words";
	}
	command->pieces[command->piece_count++] = (struct boot_piece){.begins_word = walk->new_word,
								      .kind = kind,
								      .module = module,
								      .text = text,
								      .text_bytes = bytes};
	walk->new_word = false;
	return NULL;
}

static const char *reference_apply(struct walk *walk, const struct reference *reference)
{
	if (!reference->call) {
		if (walk->command == NULL) {
			return NULL;
		}
		const struct boot_variable *variable =
			variable_find(walk->script, reference->name, reference->name_bytes);
		if (variable == NULL || variable->kind == BOOT_VALUE_NONE) {
			return "it uses a variable that nobody sets";
		}
		return piece_add(walk, variable->kind, variable->module, variable->text,
				 variable->text_bytes);
	}
	if (walk->declare != NULL && reference->store != NULL) {
		struct boot_variable *variable =
			variable_make(walk->declare, reference->store, reference->store_bytes);
		if (variable == NULL) {
			return "its variable has a bad name, or there are too many variables";
		}
		if (text_equal(reference->name, reference->name_bytes, "task-create")) {
			variable->kind = BOOT_VALUE_TASK;
			variable->module = walk->module;
		}
	}
	return walk->command != NULL ? call_apply(reference, walk->command) : NULL;
}

static const char *line_walk(struct walk *walk, const char *line)
{
	uint32_t bytes = text_length(line, BOOT_LINE_BYTES_MAX);
	if (bytes == BOOT_LINE_BYTES_MAX) {
		return "its line is too long";
	}
	uint32_t at = 0;
	while (at < bytes) {
		if (is_space(line[at])) {
			walk->new_word = true;
			at++;
			continue;
		}
		const char *error = NULL;
		if (line[at] == '$' && at + 1 < bytes &&
		    (line[at + 1] == '(' || line[at + 1] == '{')) {
			struct reference reference;
			uint32_t taken = reference_read(line + at, bytes - at, &reference);
			if (taken == 0) {
				return "a $( or ${ in its line has no end";
			}
			error = reference_apply(walk, &reference);
			at += taken;
		} else {
			uint32_t start = at++;
			while (at < bytes && !is_space(line[at]) && line[at] != '$') {
				at++;
			}
			error = piece_add(walk, BOOT_VALUE_TEXT, 0, line + start, at - start);
		}
		if (error != NULL) {
			return error;
		}
	}
	return NULL;
}

static bool line_is_comment(const char *line)
{
	while (is_space(*line)) {
		line++;
	}
	return *line == '#';
}

const char *boot_script_declare(struct boot_script *script, const char *line, uint32_t module)
{
	if (line_is_comment(line)) {
		return NULL;
	}
	struct walk walk = {
		.declare = script, .script = script, .module = module, .new_word = true};
	return line_walk(&walk, line);
}

const char *boot_script_parse(const struct boot_script *script, const char *line, uint32_t module,
			      struct boot_command *command)
{
	command->comment = line_is_comment(line);
	command->create_task = false;
	command->resume = false;
	command->prompt = false;
	command->ramdisk = false;
	command->piece_count = 0;
	if (command->comment) {
		return NULL;
	}
	struct walk walk = {
		.script = script, .command = command, .module = module, .new_word = true};
	return line_walk(&walk, line);
}
