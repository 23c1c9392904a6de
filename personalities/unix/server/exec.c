/*
 * execve: a program into a new task of the same process.  Everything that may fail comes before the
 * old task ends.
 */
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <elf/elf_core.h>
#include <gen/file.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/unix_server.h>
#include "adopt.h"
#include "descriptors.h"
#include "files.h"
#include "kinds.h"
#include "library.h"
#include "random.h"
#include "stack_core.h"
#include "../shared/arguments.h"

#define SELF		    mach_task_self()
#define INTERPRETERS_MAX    4
#define SCRIPT_LINE_BYTES   256u
#define DYNAMIC_BASE	    0x00400000u /* where Linux puts programs without an address */
#define INTERPRETER_BASE    0xb7f00000u
#define HEAD_BYTES	    0x10000u /* of a file: enough for every header */
#define AT_FDCWD	    (-100)
#define DOS_MONITOR	    "/bin/dos" /* personalities/dos: a program like any other here */

/* A program file, looked at. */
struct program {
	mach_port_t file;
	mach_port_t memory;
	uint32_t bytes;
	uint32_t mode, uid, gid;
	char *head; /* its first bytes, mapped here */
	uint32_t head_bytes;
	struct elf_image image;
};

static uint32_t page_round(uint32_t bytes)
{
	return (bytes + UNIX_PAGE_BYTES - 1) & ~(UNIX_PAGE_BYTES - 1);
}

static void release_right(mach_port_t *port)
{
	if (*port != MACH_PORT_NULL) {
		(void)mach_port_deallocate(SELF, *port);
		*port = MACH_PORT_NULL;
	}
}

static void close_program(struct program *program)
{
	if (program->head != NULL) {
		(void)vm_deallocate(SELF, (vm_address_t)program->head,
				    page_round(program->head_bytes));
		program->head = NULL;
	}
	release_right(&program->file);
	release_right(&program->memory);
}

/* The open file "directory" itself (execveat with AT_EMPTY_PATH). */
static int open_again(struct process *process, mach_port_t directory, mach_port_t *file,
		      file_attributes_t *attributes)
{
	natural_t identity[2 + FILE_GROUPS_MAX];
	uint32_t words = files_identity(process, identity, false);
	kern_return_t code = KERN_SUCCESS;

	server_release();
	code = file_reopen(directory, identity, words, FILE_EXECUTE, file, attributes);
	server_lock();
	return files_error(code);
}

/* Opens and maps a file to be executed. */
static int open_program(struct process *process, mach_port_t directory, const char *path,
			struct program *program)
{
	file_attributes_t attributes;
	int64_t bytes = 0;
	vm_address_t head = 0;
	int result = path[0] == '\0' ?
			     open_again(process, directory, &program->file, &attributes) :
			     special_program(process, path, &program->file, &attributes);

	if (result == 1) {
		result = files_open(process, directory, path, FILE_EXECUTE, 0, &program->file,
				    &attributes);
	}

	if (result < 0) {
		return result == -EISDIR ? -EACCES : result;
	}
	if ((attributes.mode & FILE_MODE_KIND) != FILE_MODE_REGULAR) {
		return -EACCES;
	}
	program->mode = attributes.mode;
	program->uid = attributes.uid;
	program->gid = attributes.gid;
	server_release();
	result = files_error(file_map(program->file, VM_PROT_READ | VM_PROT_EXECUTE,
				      &program->memory, &bytes));
	server_lock();
	if (result < 0) {
		return result;
	}
	if (bytes < 4 || bytes > 0x40000000) {
		return bytes < 4 ? -ENOEXEC : -ENOMEM;
	}
	program->bytes = (uint32_t)bytes;
	program->head_bytes = program->bytes < HEAD_BYTES ? program->bytes : HEAD_BYTES;
	if (vm_map(SELF, &head, page_round(program->head_bytes), 0, TRUE, program->memory, 0, TRUE,
		   VM_PROT_READ, VM_PROT_READ, VM_INHERIT_NONE) != KERN_SUCCESS) {
		return -ENOMEM;
	}
	program->head = (char *)head;
	return 0;
}

/* The headers are read from the head alone; contents may lie behind it. */
static int read_image(struct program *program, uint32_t base)
{
	const char *wrong = NULL;

	if (program->head_bytes < 52 || memcmp(program->head, "\177ELF", 4) != 0) {
		return -ENOEXEC;
	}
	if (program->head_bytes < program->bytes) {
		/* elf_read checks the whole file's size: it gets it all, mapped for that time. */
		vm_address_t whole = 0;

		if (vm_map(SELF, &whole, page_round(program->bytes), 0, TRUE, program->memory, 0,
			   TRUE, VM_PROT_READ, VM_PROT_READ, VM_INHERIT_NONE) != KERN_SUCCESS) {
			return -ENOMEM;
		}
		wrong = elf_read((void *)whole, program->bytes, UNIX_PAGE_BYTES,
				 UNIX_LIBRARY_ADDRESS, base, &program->image);
		(void)vm_deallocate(SELF, whole, page_round(program->bytes));
	} else {
		wrong = elf_read(program->head, program->bytes, UNIX_PAGE_BYTES,
				 UNIX_LIBRARY_ADDRESS, base, &program->image);
	}
	return wrong == NULL ? 0 : -ENOEXEC;
}

/* ------------------------------------------------------------------------------------ loading */

static vm_prot_t protection_of(const struct elf_segment *segment)
{
	return (segment->read ? VM_PROT_READ : 0) | (segment->write ? VM_PROT_WRITE : 0) |
	       (segment->execute ? VM_PROT_EXECUTE | VM_PROT_READ : 0);
}

/* The part of the last file page that is not the file's reads as zero. */
static kern_return_t clear_tail(mach_port_t task, const struct elf_segment *segment, uint32_t end)
{
	uint32_t page = end & ~(UNIX_PAGE_BYTES - 1);
	vm_offset_t copy = 0;
	mach_msg_type_number_t count = 0;
	kern_return_t code = KERN_SUCCESS;

	if (end == page || segment->memory_bytes == segment->file_bytes) {
		return KERN_SUCCESS;
	}
	code = vm_read(task, page, UNIX_PAGE_BYTES, &copy, &count);
	if (code == KERN_SUCCESS) {
		memset((char *)copy + (end - page), 0, UNIX_PAGE_BYTES - (end - page));
		code = vm_write(task, page, copy, UNIX_PAGE_BYTES);
		(void)vm_deallocate(SELF, copy, count);
	}
	return code;
}

static kern_return_t map_segment(mach_port_t task, const struct program *program,
				 const struct elf_segment *segment)
{
	uint32_t start = segment->address & ~(UNIX_PAGE_BYTES - 1);
	uint32_t file_end = segment->address + segment->file_bytes;
	uint32_t memory_end = page_round(segment->address + segment->memory_bytes);
	vm_address_t address = start;
	vm_address_t rest = segment->file_bytes == 0 ? start : page_round(file_end);
	kern_return_t code = KERN_SUCCESS;

	if (segment->file_bytes != 0) {
		/* Written while loading at most: the tail. */
		code = vm_map(task, &address, page_round(file_end) - start, 0, FALSE,
			      program->memory,
			      segment->file_offset - (segment->address - start), TRUE,
			      protection_of(segment) | VM_PROT_WRITE | VM_PROT_READ, VM_PROT_ALL,
			      VM_INHERIT_COPY);
		if (code == KERN_SUCCESS) {
			code = clear_tail(task, segment, file_end);
		}
	}
	if (code == KERN_SUCCESS && rest < memory_end) {
		code = vm_allocate(task, &rest, memory_end - rest, FALSE);
	}
	if (code == KERN_SUCCESS && memory_end > start) {
		code = vm_protect(task, start, memory_end - start, FALSE, protection_of(segment));
	}
	return code;
}

static int map_image(struct process *process, const struct program *program)
{
	for (uint32_t i = 0; i < program->image.segment_count; i++) {
		if (map_segment(process->task, program, &program->image.segments[i]) !=
		    KERN_SUCCESS) {
			return -ENOMEM;
		}
	}
	return 0;
}

static uint32_t end_of(const struct elf_image *image)
{
	const struct elf_segment *last = &image->segments[image->segment_count - 1];

	return page_round(last->address + last->memory_bytes);
}

/* -------------------------------------------------------------------------------------- stack */

static int make_stack(struct process *process, const struct program *program,
		      const struct program *interpreter, struct stack_contents *contents,
		      uint32_t *esp)
{
	const struct identity *identity = &process->identity;
	vm_address_t stack = UNIX_STACK_TOP - UNIX_STACK_LIMIT;
	uint32_t room = page_round(stack_bytes(contents));
	vm_address_t image = 0;
	kern_return_t code = vm_allocate(process->task, &stack, UNIX_STACK_LIMIT, FALSE);

	contents->uid = identity->uid;
	contents->euid = identity->euid;
	contents->gid = identity->gid;
	contents->egid = identity->egid;
	contents->entry = program->image.entry;
	contents->headers_address = program->image.headers_address;
	contents->headers = program->image.headers;
	contents->base = interpreter != NULL ? interpreter->image.base : 0;
	contents->features = cpu_features();
	random_bytes(contents->random, sizeof(contents->random));
	if (code != KERN_SUCCESS || room > UNIX_STACK_LIMIT / 4 * 3) {
		return code != KERN_SUCCESS ? -ENOMEM : -E2BIG;
	}
	if (vm_allocate(SELF, &image, room, TRUE) != KERN_SUCCESS) {
		return -ENOMEM;
	}
	*esp = stack_build(contents, (char *)image, room, UNIX_STACK_TOP);
	code = vm_write(process->task, UNIX_STACK_TOP - room, image, room);
	(void)vm_deallocate(SELF, image, room);
	return code == KERN_SUCCESS ? 0 : -ENOMEM;
}

/* ------------------------------------------------------------------------------- the exchange */

/* What a process has of its task. */
struct body {
	mach_port_t task;
	mach_port_t pages_memory;
	struct unix_process_page *page;
	struct ipc_client *client;
	struct thread *threads;
	unsigned int thread_count;
};

static struct body take_body(struct process *process)
{
	struct body body = { process->task,   process->pages_memory, process->page,
			     process->client, process->threads,	     process->thread_count };

	process->task = process->pages_memory = MACH_PORT_NULL;
	process->page = NULL;
	process->client = NULL;
	process->threads = NULL;
	process->thread_count = 0;
	return body;
}

static void put_body(struct process *process, const struct body *body)
{
	process->task = body->task;
	process->pages_memory = body->pages_memory;
	process->page = body->page;
	process->client = body->client;
	process->threads = body->threads;
	process->thread_count = body->thread_count;
}

static void end_body(struct process *process)
{
	while (process->threads != NULL) {
		thread_end(process->threads);
	}
	task_end(process);
}

/* What survives of the old program: ignored signals, the mask, what waits. */
static void hand_down(struct process *process, struct thread *old,
		      const struct unix_process_page *old_page, struct thread *new)
{
	process_show(process);
	if (old != NULL) {
		for (unsigned int i = 0; i < UNIX_SIGNALS; i++) {
			if (old_page->actions[i].handler == 1) {
				process->page->actions[i].handler = 1;
			}
		}
		new->page->blocked = old->page->blocked;
		new->signals = old->signals;
		old->signals = (struct signals){ .waiting = 0 };
		new->page->waiting = new->signals.waiting | process->signals.waiting;
		new->page->pending = signal_is_waiting(new);
	}
}

static void set_ids(struct process *process, const struct program *program)
{
	struct identity *identity = &process->identity;

	if ((program->mode & 04000) != 0) {
		identity->euid = program->uid;
	}
	if ((program->mode & 02010) == 02010) {
		identity->egid = program->gid;
	}
	identity->suid = identity->fsuid = identity->euid;
	identity->sgid = identity->fsgid = identity->egid;
}

/* The new body: task, image, stack, one thread. */
static int make_body(struct process *process, const struct program *program,
		     const struct program *interpreter, struct stack_contents *contents,
		     struct thread **thread)
{
	uint32_t esp = 0;
	int result = task_make(process, NULL, false);

	result = result < 0 ? result : map_image(process, program);
	if (result == 0 && interpreter != NULL) {
		result = map_image(process, interpreter);
	}
	result = result < 0 ? result : make_stack(process, program, interpreter, contents, &esp);
	result = result < 0 ? result : thread_make(process, thread);
	if (result < 0) {
		return result;
	}
	process->page->break_start = process->page->break_end = process->page->break_mapped =
		end_of(&program->image);
	(*thread)->page->registers = (struct unix_registers){ .ds = 0x7b, .es = 0x7b };
	(*thread)->page->block.eip =
		interpreter != NULL ? interpreter->image.entry : program->image.entry;
	(*thread)->page->block.esp = esp;
	(*thread)->page->block.eflags = 0x202;
	return 0;
}

static int exchange(struct process *process, struct thread *old, struct program *program,
		    struct program *interpreter, struct stack_contents *contents)
{
	struct identity before = process->identity;
	struct body body = { 0 };
	struct body fresh;
	struct thread *thread = NULL;
	int result = 0;

	body = take_body(process);
	set_ids(process, program);
	result = make_body(process, program, interpreter, contents, &thread);
	if (result < 0) {
		end_body(process);
		process->identity = before;
		put_body(process, &body);
		return result;
	}
	hand_down(process, old, body.page, thread);
	fresh = take_body(process);
	put_body(process, &body);
	end_body(process);
	put_body(process, &fresh);
	return 0;
}

/* The last part of a path, as the process is called from now on. */
static void set_name(struct process *process, const char *path, const struct stack_contents *contents)
{
	const char *slash = strrchr(path, '/');

	(void)strncpy(process->name, slash != NULL ? slash + 1 : path, sizeof(process->name) - 1);
	process->name[sizeof(process->name) - 1] = '\0';
	adopt_changed();
	free(process->command);
	process->command = malloc(contents->arguments_bytes);
	process->command_bytes = 0;
	if (process->command != NULL) {
		memcpy(process->command, contents->arguments, contents->arguments_bytes);
		process->command_bytes = contents->arguments_bytes;
	}
}

/* ----------------------------------------------------- programs that another program interprets */

/*
 * New arguments: interpreter, argument (if there is one), the file, the old ones but the first.
 * Null: no memory.
 */
static char *interpreter_arguments(const char *interpreter, const char *argument, const char *file,
				   const struct stack_contents *contents, uint32_t *bytes)
{
	uint32_t first =
		contents->arguments_bytes == 0 ? 0 : (uint32_t)strlen(contents->arguments) + 1;
	char *made = malloc(strlen(interpreter) + strlen(argument) + strlen(file) + 3 +
			    contents->arguments_bytes);
	char *put = made;

	if (made == NULL) {
		return NULL;
	}
	put = stpcpy(put, interpreter) + 1;
	if (*argument != '\0') {
		put = stpcpy(put, argument) + 1;
	}
	put = stpcpy(put, file) + 1;
	memcpy(put, contents->arguments + first, contents->arguments_bytes - first);
	*bytes = (uint32_t)(put - made) + contents->arguments_bytes - first;
	return made;
}

/* "#! interpreter argument", into "line"; false: it is no such line. */
static bool read_script_line(const struct program *program, char line[SCRIPT_LINE_BYTES],
			     char **interpreter, char **argument)
{
	uint32_t count =
		program->head_bytes < SCRIPT_LINE_BYTES ? program->head_bytes : SCRIPT_LINE_BYTES - 1;
	char *end = NULL;
	char *name = line + 2;

	memcpy(line, program->head, count);
	line[count] = '\0';
	end = strchr(line, '\n');
	if (end == NULL) {
		return false;
	}
	*end = '\0';
	while (end > name && (end[-1] == ' ' || end[-1] == '\t')) {
		*--end = '\0';
	}
	name += strspn(name, " \t");
	*interpreter = name;
	name += strcspn(name, " \t");
	if (*name != '\0') {
		*name++ = '\0';
		name += strspn(name, " \t");
	}
	*argument = name;
	return **interpreter != '\0';
}

/* A DOS program: an MZ file, or one that is called .COM or .BAT and is no ELF file. */
static bool is_dos_program(const struct program *program, const char *path)
{
	const char *dot = strrchr(path, '.');

	if (memcmp(program->head, "\177ELF", 4) == 0) {
		return false;
	}
	return memcmp(program->head, "MZ", 2) == 0 || memcmp(program->head, "ZM", 2) == 0 ||
	       (dot != NULL && (strcasecmp(dot, ".com") == 0 || strcasecmp(dot, ".bat") == 0));
}

/*
 * Opens the program, through scripts and DOS programs to the one that the processor can run:
 * path is that one's then.
 */
static int find_program(struct process *process, mach_port_t directory, char *path,
			struct stack_contents *contents, char **made, struct program *program)
{
	for (int depth = 0; depth <= INTERPRETERS_MAX; depth++) {
		uint32_t bytes = 0;
		char *interpreter = DOS_MONITOR, *argument = "";
		char *arguments = NULL;
		char line[SCRIPT_LINE_BYTES];
		int result = open_program(process, directory, path, program);
		bool is_script = result == 0 && program->head[0] == '#' && program->head[1] == '!';

		if (result < 0 || (!is_script && !is_dos_program(program, path))) {
			return result < 0 ? result : read_image(program, DYNAMIC_BASE);
		}
		if (is_script && !read_script_line(program, line, &interpreter, &argument)) {
			close_program(program);
			return -ENOEXEC;
		}
		close_program(program);
		arguments = interpreter_arguments(interpreter, argument, path, contents, &bytes);
		if (arguments == NULL) {
			return -ENOMEM;
		}
		(void)strcpy(path, interpreter);
		free(*made);
		*made = arguments;
		contents->arguments = arguments;
		contents->arguments_bytes = bytes;
	}
	return -ELOOP;
}

static int find_interpreter(struct process *process, const struct program *program,
			    struct program *interpreter)
{
	char path[UNIX_PATH_MAX];
	int result = 0;

	if (program->image.interpreter_bytes > sizeof(path) ||
	    program->image.interpreter_offset > program->head_bytes ||
	    program->image.interpreter_bytes >
		    program->head_bytes - program->image.interpreter_offset) {
		return -ENOEXEC;
	}
	memcpy(path, program->head + program->image.interpreter_offset,
	       program->image.interpreter_bytes);
	result = open_program(process, process->root, path, interpreter);
	return result < 0 ? result : read_image(interpreter, INTERPRETER_BASE);
}

int process_execute(struct process *process, struct thread *old, mach_port_t directory,
		    const char *path, const char *arguments, uint32_t arguments_bytes,
		    const char *environment, uint32_t environment_bytes)
{
	struct stack_contents contents = { .arguments = arguments,
					   .arguments_bytes = arguments_bytes,
					   .environment = environment,
					   .environment_bytes = environment_bytes };
	struct program program = { 0 };
	struct program interpreter = { 0 };
	char *made = NULL;
	char name[UNIX_PATH_MAX];
	char found[UNIX_PATH_MAX];
	bool dynamic = false;
	int result = 0;

	if (arguments_bytes == 0) { /* as Linux has it: no program is without a name */
		contents.arguments = "";
		contents.arguments_bytes = 1;
	}
	(void)strcpy(found, path);
	(void)strcpy(name, path);
	contents.file_name = name;
	result = find_program(process, directory, found, &contents, &made, &program);
	dynamic = result == 0 && program.image.interpreter_bytes != 0;
	if (dynamic) {
		result = find_interpreter(process, &program, &interpreter);
	}
	if (result == 0 && (process->ending || (old != NULL && old->ended))) {
		result = -EINTR; /* killed meanwhile, or another thread was faster */
	}
	if (result == 0) {
		result = exchange(process, old, &program, dynamic ? &interpreter : NULL, &contents);
	}
	if (result == 0) {
		set_name(process, name, &contents);
		descriptors_execute(process->descriptors);
		release_right(&process->program);
		process->program = program.file;
		program.file = MACH_PORT_NULL;
		process->executed = true;
		if (process->vfork != NULL) {
			process_vfork_done(process);
		}
		if (old != NULL) {
			thread_start(process->threads);
		}
	}
	free(made);
	close_program(&program);
	close_program(&interpreter);
	return result;
}

#define AT_EMPTY_PATH 0x1000u

/* Where a path that execveat got begins: a right of the caller's, or an error. */
static int find_start(struct process *process, int descriptor, const char *path, uint32_t flags,
		      mach_port_t *start)
{
	struct open_file *file = NULL;
	kern_return_t code = KERN_SUCCESS;

	if ((flags & ~AT_EMPTY_PATH) != 0) {
		return -EINVAL;
	}
	if (path[0] == '\0' && (flags & AT_EMPTY_PATH) == 0) {
		return -ENOENT;
	}
	*start = path[0] == '/' ? process->root : process->directory;
	if (path[0] != '/' && descriptor != AT_FDCWD) {
		file = descriptors_get(process, descriptor);
		if (file == NULL) {
			return -EBADF;
		}
		*start = file->port;
	}
	code = mach_port_mod_refs(SELF, *start, MACH_PORT_RIGHT_SEND, 1);
	if (file != NULL) {
		open_file_release(file);
	}
	return code == KERN_SUCCESS ? 0 : path[0] == '\0' ? -EACCES : -ENOTDIR;
}

static bool are_strings(vm_offset_t text, uint32_t bytes)
{
	return bytes == 0 || ((const char *)text)[bytes - 1] == '\0';
}

/* Lock held.  Thread and process stay in memory until it is back. */
static int execute(struct thread *thread, int descriptor, uint32_t flags, const char *path,
		   const struct stack_contents *contents)
{
	struct process *process = thread->process;
	mach_port_t start = MACH_PORT_NULL;
	int result = find_start(process, descriptor, path, flags, &start);

	if (result < 0) {
		return result;
	}
	process_hold(process);
	thread->running = true;
	result = process_execute(process, thread, start, path, contents->arguments,
				 contents->arguments_bytes, contents->environment,
				 contents->environment_bytes);
	thread->running = false;
	if (thread->ended) {
		thread->process = NULL;
	}
	process_let_go(process);
	release_right(&start);
	return result;
}

kern_return_t serve_unix_execute(ipc_call_t call, int directory, natural_t flags,
				 const unix_path_t path, mach_msg_type_number_t path_bytes,
				 vm_offset_t arguments, mach_msg_type_number_t arguments_bytes,
				 vm_offset_t environment, mach_msg_type_number_t environment_bytes,
				 int *result)
{
	struct thread *thread = *(struct thread **)ipc_call_data(call);
	const struct stack_contents contents = { .arguments = (const char *)arguments,
						 .arguments_bytes = arguments_bytes,
						 .environment = (const char *)environment,
						 .environment_bytes = environment_bytes };
	bool is_good = path_bytes != 0 && path_bytes <= UNIX_PATH_MAX &&
		       memchr(path, '\0', path_bytes) == path + path_bytes - 1 &&
		       are_strings(arguments, arguments_bytes) &&
		       are_strings(environment, environment_bytes);

	server_lock();
	if (thread->process == NULL || thread->process->ending || thread->request != NULL) {
		server_unlock();
		return KERN_INVALID_ARGUMENT;
	}
	*result = is_good ? execute(thread, directory, flags, path, &contents) : -EFAULT;
	server_unlock();
	(void)vm_deallocate(SELF, arguments, arguments_bytes);
	(void)vm_deallocate(SELF, environment, environment_bytes);
	return KERN_SUCCESS;
}
