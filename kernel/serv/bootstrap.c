/* Boot modules become tasks. First every line is read, so that a line may name the task of a later
   one; then the tasks are made, then each is loaded, and last those that should run are resumed. */
#include <serv/bootstrap.h>

#include <ipc/ipc_right.h>
#include <kern/machine.h>
#include <kern/panic.h>
#include <kern/symbols.h>
#include <kern/task.h>
#include <kern/thread.h>
#include <kern/upcall.h>
#include <kern/zone.h>
#include <serv/boot_script_core.h>
#include <serv/convert.h>
#include <serv/kobject.h>
#include <serv/program_load.h>

#include <vm/page.h>

#define STRINGS_BYTES 8192u

static const struct boot_info *boot;
static struct boot_script script;
static struct boot_command command;
static struct task *tasks[BOOT_MODULES_MAX];
static struct thread *threads[BOOT_MODULES_MAX]; /* loaded, to be resumed */
static bool prompts[BOOT_MODULES_MAX];
static char strings[STRINGS_BYTES];
static uint32_t strings_used;

const char *bootstrap_command_line(void)
{
	return boot != NULL && boot->command_line != NULL ? boot->command_line : "";
}

static const char *module_line(uint32_t module)
{
	return boot->modules[module].line != NULL ? boot->modules[module].line : "";
}

/* The file's own name, for messages and the task's name: at most `bytes` with the 0. */
static void module_name(uint32_t module, char *name, uint32_t bytes)
{
	const char *line = module_line(module);
	const char *base = line;
	uint32_t length = 0;
	for (const char *at = line; *at != 0 && *at != ' '; at++) {
		length++;
		if (*at == '/') {
			base = at + 1;
			length = 0;
		}
	}
	if (length == 0) {
		(void)ksnprintf(name, bytes, "module-%u", module);
		return;
	}
	if (length >= bytes) {
		length = bytes - 1;
	}
	__builtin_memcpy(name, base, length);
	name[length] = 0;
}

static void module_complain(uint32_t module, const char *what)
{
	char name[TASK_NAME_BYTES];
	module_name(module, name, sizeof name);
	kprintf("Boot module %u (%s) is not started: %s.\n", module + 1, name, what);
}

static bool strings_add(const char *text, uint32_t bytes)
{
	if (bytes > STRINGS_BYTES - strings_used) {
		return false;
	}
	__builtin_memcpy(strings + strings_used, text, bytes);
	strings_used += bytes;
	return true;
}

/* Gives the task a send right and writes its name. */
static bool strings_add_right(struct task *task, struct ipc_port *port)
{
	uint32_t name;
	struct ipc_port *right = kernel_port_make_send(port);
	if (right == IP_NULL) {
		return false;
	}
	if (ipc_right_copyout(task->space, right, MACH_MSG_TYPE_PORT_SEND, &name) != KERN_SUCCESS) {
		ipc_port_release_send(right);
		return false;
	}
	char digits[12];
	int length = ksnprintf(digits, sizeof digits, "%u", name);
	return strings_add(digits, (uint32_t)length);
}

static bool piece_add(struct task *task, const struct boot_piece *piece)
{
	switch (piece->kind) {
	case BOOT_VALUE_TEXT:
		return strings_add(piece->text, piece->text_bytes);
	case BOOT_VALUE_HOST:
		return strings_add_right(task, the_host.privileged);
	case BOOT_VALUE_DEVICE:
		return strings_add_right(task, the_host.master_device);
	case BOOT_VALUE_KERNEL_TASK:
		return strings_add_right(task, kernel_task->ports.self);
	case BOOT_VALUE_TASK:
		return tasks[piece->module] != NULL &&
		       strings_add_right(task, tasks[piece->module]->ports.self);
	default:
		return false;
	}
}

/* The words of a parsed line. False: too long, or a right could not be given. */
static bool arguments_build(struct task *task, struct program_arguments *arguments)
{
	*arguments = (struct program_arguments){.strings = strings};
	strings_used = 0;
	for (uint32_t i = 0; i < command.piece_count; i++) {
		const struct boot_piece *piece = &command.pieces[i];
		if (piece->begins_word) {
			if (arguments->count > 0 && !strings_add("", 1)) {
				return false;
			}
			if (++arguments->count > BOOT_WORDS_MAX) {
				return false;
			}
		}
		if (!piece_add(task, piece)) {
			return false;
		}
	}
	bool ended = arguments->count == 0 || strings_add("", 1);
	arguments->strings_bytes = strings_used;
	return ended;
}

static const char *module_start_address(uint32_t module)
{
	return (const char *)(KERNEL_BASE + boot->modules[module].start);
}

/* Loads a task and makes its first thread, suspended. */
static void module_load(uint32_t module, const struct program_arguments *arguments)
{
	struct task *task = tasks[module];
	uint32_t bytes = boot->modules[module].end - boot->modules[module].start;
	struct program_start start;
	const char *error =
		program_load(task, module_start_address(module), bytes, arguments, &start);
	struct thread *thread = NULL;
	if (error == NULL && thread_create(task, &thread) != KERN_SUCCESS) {
		error = "there is no memory for its thread";
	}
	if (error != NULL) {
		module_complain(module, error);
		(void)task_terminate(task); /* whoever was given its port finds it dead */
		return;
	}
	task->symbols = symbols_create(module_start_address(module), bytes);
	machine_thread_set_start(thread, start.entry, start.stack);
	threads[module] = thread;
}

static bool module_task_create(uint32_t module)
{
	if (task_create(NULL, false, &tasks[module]) != KERN_SUCCESS) {
		module_complain(module, "there is no memory for its task");
		return false;
	}
	module_name(module, tasks[module]->name, TASK_NAME_BYTES);
	return true;
}

static void module_release(uint32_t module)
{
	vm_page_release_range(boot->modules[module].start, boot->modules[module].end);
}

/* Reads a line again into `command`; complains once. */
static bool module_parse(uint32_t module, bool complain)
{
	const char *error = boot_script_parse(&script, module_line(module), module, &command);
	if (error != NULL && complain) {
		module_complain(module, error);
	}
	return error == NULL && !command.comment;
}

static void script_start(void)
{
	bool bad[BOOT_MODULES_MAX] = {false};
	for (uint32_t i = 0; i < boot->module_count; i++) {
		const char *error = boot_script_declare(&script, module_line(i), i);
		if (error != NULL) {
			module_complain(i, error);
			bad[i] = true;
		}
	}
	for (uint32_t i = 0; i < boot->module_count; i++) {
		if (!bad[i] && module_parse(i, true) && command.create_task) {
			(void)module_task_create(i);
		}
	}
	for (uint32_t i = 0; i < boot->module_count; i++) {
		bool good = !bad[i] && module_parse(i, false);
		if (good && command.ramdisk) {
			upcall_ramdisk_add(boot->modules[i].start, boot->modules[i].end);
			continue; /* its memory stays */
		}
		if (good && !command.create_task && boot_script_line_is_script(module_line(i))) {
			module_complain(i, "its line makes neither a task nor a ramdisk");
		}
		if (good && tasks[i] != NULL) {
			struct program_arguments arguments;
			if (!arguments_build(tasks[i], &arguments)) {
				module_complain(i, "its arguments are too long, or a task that it "
						   "names does not exist");
			} else {
				module_load(i, &arguments);
			}
			prompts[i] = command.prompt;
			if (!command.resume && threads[i] != NULL) {
				thread_release(threads[i]);
				threads[i] =
					NULL; /* another task holds its port and will start it */
			}
		}
		module_release(i);
	}
}

/* One module with no script: argv is bootstrap [-flags] host device root and the words of its line.
 */
static bool compatibility_arguments(struct task *task, struct program_arguments *arguments)
{
	struct boot_script *variables = &script;
	*arguments = (struct program_arguments){.strings = strings, .count = 1};
	strings_used = 0;
	bool good = strings_add("bootstrap", 10);
	const char *root = "UNKNOWN";
	uint32_t root_bytes = 7;
	for (uint32_t i = 0; i < variables->variable_count; i++) {
		const struct boot_variable *variable = &variables->variables[i];
		if (variable->text_bytes == 0) {
			continue;
		}
		if (__builtin_strcmp(variable->name, "boot-args") == 0) {
			good = good && strings_add(variable->text, variable->text_bytes) &&
			       strings_add("", 1);
			arguments->count++;
		} else if (__builtin_strcmp(variable->name, "root-device") == 0) {
			root = variable->text;
			root_bytes = variable->text_bytes;
		}
	}
	good = good && strings_add_right(task, the_host.privileged) && strings_add("", 1) &&
	       strings_add_right(task, the_host.master_device) && strings_add("", 1) &&
	       strings_add(root, root_bytes) && strings_add("", 1);
	arguments->count += 3;
	for (uint32_t i = 1; good && i < command.piece_count; i++) {
		const struct boot_piece *piece = &command.pieces[i];
		good = strings_add(piece->text, piece->text_bytes) && strings_add("", 1);
		arguments->count++;
	}
	const char *line = bootstrap_command_line();
	good = good && strings_add("MULTIBOOT_CMDLINE=", 18) &&
	       strings_add(line, (uint32_t)__builtin_strlen(line) + 1);
	arguments->environment_count = 1;
	arguments->strings_bytes = strings_used;
	return good;
}

static void compatibility_start(void)
{
	struct program_arguments arguments;
	if (module_parse(0, true) && module_task_create(0)) {
		if (compatibility_arguments(tasks[0], &arguments)) {
			module_load(0, &arguments);
		} else {
			module_complain(0, "its arguments are too long");
		}
	}
	module_release(0);
}

static void wait_for_key(uint32_t module)
{
	char name[TASK_NAME_BYTES];
	module_name(module, name, sizeof name);
	kprintf("Press a key to start %s.\n", name);
	while (machine_console_poll(MACHINE_CONSOLE_ALL) < 0) {
		machine_idle();
	}
}

static uint32_t threads_resume(void)
{
	uint32_t started = 0;
	for (uint32_t i = 0; i < boot->module_count; i++) {
		if (threads[i] == NULL) {
			continue;
		}
		if (prompts[i]) {
			wait_for_key(i);
		}
		if (thread_resume(threads[i]) == KERN_SUCCESS) {
			started++;
		}
		thread_release(threads[i]);
		threads[i] = NULL;
	}
	return started;
}

void bootstrap_start(const struct boot_info *info)
{
	boot = info;
	host_ports_init();
	upcall_device_init();
	if (info->module_count == 0) {
		panic("There is no boot module, so there is nothing to run. Give the kernel one: a "
		      "GRUB line such as "
		      "'module /prog prog ${host-port} ${device-port} $(task-create) "
		      "$(task-resume)'.");
	}
	assert(info->module_count <= BOOT_MODULES_MAX);
	boot_script_init(&script, bootstrap_command_line());
	if (info->module_count == 1 && !boot_script_line_is_script(module_line(0))) {
		compatibility_start();
	} else {
		script_start();
	}
	if (threads_resume() == 0) {
		panic("No boot module could be started (the lines above say why). Check the "
		      "modules' lines: at least "
		      "one needs $(task-create) and $(task-resume).");
	}
	for (uint32_t i = 0; i < info->module_count; i++) {
		if (tasks[i] != NULL) {
			task_release(tasks[i]); /* its threads and its port keep it */
			tasks[i] = NULL;
		}
	}
	kobject_collect_enable();
}
