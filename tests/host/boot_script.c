/* The boot script's parser: lines as people write them, wrong ones, and random ones.
   LINK: kernel/serv/boot_script_core.c */
#include <stdlib.h>
#include <string.h>

#include <serv/boot_script_core.h>

#include "tap.h"

static struct boot_script script;
static struct boot_command command;

/* The words of the command with references shown in brackets, separated by '|'. */
static const char *words(void)
{
	static char text[4096];
	static const char *const kinds[] = {"none",   "text",        "host",
					    "device", "kernel-task", "task"};
	text[0] = 0;
	for (uint32_t i = 0; i < command.piece_count; i++) {
		const struct boot_piece *piece = &command.pieces[i];
		if (piece->begins_word && text[0] != 0) {
			strcat(text, "|");
		}
		if (piece->kind == BOOT_VALUE_TEXT) {
			strncat(text, piece->text, piece->text_bytes);
		} else {
			sprintf(text + strlen(text), "<%s %u>", kinds[piece->kind], piece->module);
		}
	}
	return text;
}

static const char *parse(const char *kernel_line, const char *line)
{
	boot_script_init(&script, kernel_line);
	const char *error = boot_script_declare(&script, line, 7);
	return error != NULL ? error : boot_script_parse(&script, line, 7, &command);
}

static void good_lines(void)
{
	const char *error =
		parse("", "/bin/acs acs ${host-port} ${device-port} $(task-create) $(task-resume)");
	CHECK(error == NULL, "the usual line is understood");
	CHECK(strcmp(words(), "/bin/acs|acs|<host 0>|<device 0>") == 0, "its words are right: %s",
	      words());
	CHECK(command.create_task && command.resume && !command.prompt && !command.ramdisk,
	      "its functions are seen");

	error = parse("", "fs --me=${fs-task} $(fs-task=task-create) $(prompt-task-resume)");
	CHECK(error == NULL && strcmp(words(), "fs|--me=<task 7>") == 0,
	      "a line may name its own task: %s", words());
	CHECK(command.prompt && command.resume, "prompt-task-resume resumes, after asking");

	error = parse("", "disk.img $(ramdisk-create)");
	CHECK(error == NULL && command.ramdisk && !command.create_task, "a ramdisk is no task");

	error = parse("-s root=hd0s1 X=1 Y=a=b",
		      "p ${root-device} ${X} ${Y} ${boot-args} ${kernel-command-line}");
	CHECK(error == NULL && strcmp(words(), "p|hd0s1|1|a=b|-s|-s root=hd0s1 X=1 Y=a=b") == 0,
	      "the kernel's line gives variables: %s", words());

	error = parse("", "  # a comment with $( in it");
	CHECK(error == NULL && command.comment && command.piece_count == 0, "a comment is nothing");
	CHECK(parse("", "p costs 5$ $") == NULL && strcmp(words(), "p|costs|5$|$") == 0,
	      "a lone $ is a character");
	CHECK(boot_script_line_is_script("p ${x}") && !boot_script_line_is_script("p x"),
	      "a script has a $");
}

static void two_modules(void)
{
	boot_script_init(&script, "");
	const char *first = "ps ${acs} $(ps=task-create) $(task-resume)";
	const char *second = "acs ${ps} $(acs=task-create) $(task-resume)";
	CHECK(boot_script_declare(&script, first, 0) == NULL &&
		      boot_script_declare(&script, second, 1) == NULL,
	      "two lines declare their tasks");
	CHECK(boot_script_parse(&script, first, 0, &command) == NULL &&
		      strcmp(words(), "ps|<task 1>") == 0,
	      "an earlier line may name a later one's task: %s", words());
	CHECK(boot_script_parse(&script, second, 1, &command) == NULL &&
		      strcmp(words(), "acs|<task 0>") == 0,
	      "and the other way round: %s", words());
}

static void bad_lines(void)
{
	static const char *const bad[] = {
		"p ${nobody}",
		"p $(no-such)",
		"p ${host-port",
		"p $(task-create",
		"p ${host port}",
		"p $()",
		"p ${}",
		"p $(=task-create)",
		"p $(a-name-that-is-much-too-long-for-a-variable=task-create)",
	};
	for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(parse("", bad[i]) != NULL, "refused: %s", bad[i]);
	}
	char *line = malloc(BOOT_LINE_BYTES_MAX + 1);
	memset(line, 'x', BOOT_LINE_BYTES_MAX);
	line[BOOT_LINE_BYTES_MAX] = 0;
	CHECK(parse("", line) != NULL, "a line without end is refused");
	for (uint32_t i = 0; i + 1 < BOOT_LINE_BYTES_MAX; i++) {
		line[i] = i % 2 == 0 ? 'x' : ' ';
	}
	line[BOOT_LINE_BYTES_MAX - 1] = 0;
	CHECK(parse("", line) != NULL, "too many words are refused");
	free(line);
}

static void random_lines(void)
{
	static const char *const parts[] = {
		"$(",          "${",          ")",
		"}",           "=",           " ",
		"task-create", "task-resume", "ramdisk-create",
		"host-port",   "#",           "$",
		"x",           "\t",          "root",
		"boot-args",
	};
	uint64_t seed = 0x9e3779b97f4a7c15u;
	bool sane = true;
	for (uint32_t round = 0; round < 100000; round++) {
		char kernel[128] = "";
		char line[256] = "";
		for (uint32_t i = tap_random(&seed) % 12; i > 0; i--) {
			strcat(line, parts[tap_random(&seed) % 16]);
		}
		for (uint32_t i = tap_random(&seed) % 6; i > 0; i--) {
			strcat(kernel, parts[tap_random(&seed) % 16]);
		}
		char *exact = strdup(line); /* the sanitizer sees a step beyond it */
		char *exact_kernel = strdup(kernel);
		if (parse(exact_kernel, exact) == NULL) {
			sane = sane && command.piece_count <= BOOT_PIECES_MAX;
			for (uint32_t i = 0; sane && i < command.piece_count; i++) {
				sane = command.pieces[i].kind != BOOT_VALUE_NONE;
			}
		}
		free(exact);
		free(exact_kernel);
	}
	CHECK(sane, "100000 random lines are parsed or refused, seed 9e3779b97f4a7c15");
}

int main(void)
{
	good_lines();
	two_modules();
	bad_lines();
	random_lines();
	return tap_done();
}
