/* Starting programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gen/file.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <mach/vm_prot.h>
#include "prompt.h"

#define ARGUMENTS_BYTES_MAX 4096

/* The words from "first" on, each ended by a 0. */
static size_t pack_arguments(const struct words *words, unsigned int first, char *packed)
{
	size_t used = 0;

	for (unsigned int i = first; i < words->count; i++) {
		size_t bytes = strlen(words->word[i]) + 1;

		if (used + bytes > ARGUMENTS_BYTES_MAX) {
			break; /* a line is shorter than that */
		}
		memcpy(packed + used, words->word[i], bytes);
		used += bytes;
	}
	return used;
}

/* The program's memory object; its bytes.  KERN_SUCCESS or why not. */
static kern_return_t map_program(const char *path, mach_port_t *image, int64_t *bytes)
{
	file_attributes_t attributes;
	mach_port_t file = MACH_PORT_NULL;
	kern_return_t result = file_open(start_of(path), NULL, 0, path, strlen(path),
					 FILE_READ | FILE_EXECUTE, 0, &file, &attributes);

	if (result == KERN_SUCCESS) {
		result = file_map(file, VM_PROT_READ | VM_PROT_EXECUTE, image, bytes);
		(void)mach_port_deallocate(mach_task_self(), file);
	}
	return result;
}

static void close_stream(mach_port_t port)
{
	if (port != MACH_PORT_NULL) {
		(void)mach_port_deallocate(mach_task_self(), port);
	}
}

/* Files in place of the console: what < and > name.  False: said why not. */
static bool open_streams(const char *command, const struct words *words, mach_port_t *input,
			 mach_port_t *output)
{
	file_attributes_t attributes;
	natural_t flags = FILE_WRITE | FILE_CREATE | (words->append ? FILE_APPEND : FILE_TRUNCATE);

	*input = *output = MACH_PORT_NULL;
	if (words->input != NULL &&
	    !succeeded(command, words->input,
		       file_open(start_of(words->input), NULL, 0, words->input,
				 strlen(words->input), FILE_READ, 0, input, &attributes))) {
		return false;
	}
	if (words->output != NULL &&
	    !succeeded(command, words->output,
		       file_open(start_of(words->output), NULL, 0, words->output,
				 strlen(words->output), flags, 0644, output, &attributes))) {
		close_stream(*input);
		return false;
	}
	return true;
}

static kern_return_t spawn(const char *path, const struct words *words, unsigned int first,
			   mach_port_t input, mach_port_t output, mach_port_t *child, natural_t *id)
{
	static const char environment[] = "TERM=linux\0PATH=/bin";
	static char arguments[ARGUMENTS_BYTES_MAX];
	size_t arguments_bytes = pack_arguments(words, first, arguments);
	const char *name = strrchr(path, '/');
	process_name_t child_name = "";
	mach_port_t ports[STANDARD_PORTS] = {MACH_PORT_NULL};
	mach_port_t image = MACH_PORT_NULL;
	int64_t bytes = 0;
	kern_return_t result = map_program(path, &image, &bytes);

	if (result != KERN_SUCCESS) {
		return result;
	}
	(void)snprintf(child_name, sizeof child_name, "%s", name != NULL ? name + 1 : path);
	ports[STANDARD_PORT_INPUT] = input != MACH_PORT_NULL ? input : terminal_port();
	ports[STANDARD_PORT_OUTPUT] = output != MACH_PORT_NULL ? output : terminal_port();
	ports[STANDARD_PORT_ERROR] = terminal_port();
	ports[STANDARD_PORT_DIRECTORY] = here();
	result = process_spawn(standard_process_port(), image, MACH_MSG_TYPE_MOVE_SEND,
			       bytes > UINT32_MAX ? UINT32_MAX : (natural_t)bytes, child_name,
			       (pointer_t)arguments, arguments_bytes, (pointer_t)environment,
			       sizeof environment, ports, MACH_MSG_TYPE_COPY_SEND, STANDARD_PORTS,
			       0, PROCESS_PAGES_INHERIT, child, id);
	if (result == MACH_SEND_INVALID_DEST) {
		(void)mach_port_deallocate(mach_task_self(), image); /* it stayed ours */
	}
	return result;
}

static void tell_end(const char *name, natural_t status)
{
	unsigned int code = PROCESS_STATUS_CODE(status);

	switch (PROCESS_STATUS_REASON(status)) {
	case PROCESS_REASON_EXIT:
		if (code != 0) {
			say("%s: ended with code %u\n", name, code);
		}
		break;
	case PROCESS_REASON_KILLED:
		say("%s: was killed\n", name);
		break;
	case PROCESS_REASON_FAULT:
		say("%s: ended by a fault (exception %u; see log)\n", name, code);
		break;
	default:
		say("%s: its task is gone\n", name);
		break;
	}
}

/* Waits for the child; the interrupt key ends it, unless it is one that hears of the key itself. */
static void wait_for(const char *name, natural_t id)
{
	natural_t ended = 0, status = 0;
	kern_return_t result = KERN_TIMEDOUT;

	for (;;) {
		result = process_wait(standard_process_port(), id, PROCESS_WAIT_NOW, &ended,
				      &status);
		if (result != KERN_TIMEDOUT) {
			break;
		}
		if (terminal_wait_child()) {
			(void)process_interrupt(standard_process_port(), id);
		}
	}
	terminal_reset();
	if (succeeded("run", name, result)) {
		tell_end(name, status);
	}
}

bool run_program(const char *command, const char *name, const struct words *words,
		 unsigned int first)
{
	static char path[FILE_PATH_BYTES_MAX];
	static bool watching;
	file_attributes_t attributes;
	mach_port_t child = MACH_PORT_NULL, input = MACH_PORT_NULL, output = MACH_PORT_NULL;
	natural_t id = 0;
	kern_return_t result = KERN_SUCCESS;

	(void)snprintf(path, sizeof path, "%s%s", strchr(name, '/') != NULL ? "" : "/bin/", name);
	if (file_get_attributes(start_of(path), NULL, 0, path, strlen(path), 0, &attributes) ==
	    FILE_ENOENT) {
		return false;
	}
	if (!watching) {
		result = process_watch(standard_process_port(), terminal_events(),
				       MACH_MSG_TYPE_MAKE_SEND, EVENT_KEY_CHILDREN);
		watching = result == KERN_SUCCESS;
	}
	terminal_flush();
	if (!open_streams(command, words, &input, &output)) {
		return true;
	}
	result = result ?: spawn(path, words, first, input, output, &child, &id);
	close_stream(input);
	close_stream(output);
	if (succeeded(command, name, result)) {
		wait_for(name, id);
		(void)mach_port_deallocate(mach_task_self(), child);
	}
	return true;
}

void command_run(const struct words *words)
{
	if (!run_program("run", words->word[1], words, 1)) {
		(void)succeeded("run", words->word[1], FILE_ENOENT);
	}
}
