/* The files below /proc: a text that is made when one is opened, directories, links. */
#include <stdio.h>
#include <sys/time.h>
#include <gen/file.h>
#include <gen/mach.h>
#include <gen/mach_host.h>
#include <gen/mach_port.h>
#include <mach/host_info.h>
#include <mach/task_info.h>
#include "dirent_core.h"
#include "files.h"
#include "proc_core.h"
#include "random.h"
#include "special.h"
#include "terminal.h"

#define O_ACCMODE   03u
#define O_CREAT     0100u
#define O_EXCL      0200u
#define O_DIRECTORY 0200000u
#define O_NOFOLLOW  0400000u
#define O_PATH      010000000u

#define TEXT_BYTES 16384u
#define NS         1000000000ull
#define SELF       mach_task_self()

/* What an open file of /proc has. */
struct proc_file {
	struct proc_place place;
	uint32_t bytes;
	char text[];
};

/* --------------------------------------------------------------------------------------- facts */

static char state_of(const struct process *process)
{
	switch (process->state) {
	case PROCESS_ZOMBIE:
		return 'Z';
	case PROCESS_STOPPED_:
		return 'T';
	default:
		break;
	}
	for (const struct thread *thread = process->threads; thread != NULL;
	     thread = thread->next) {
		if (thread->request == NULL) {
			return 'R';
		}
	}
	return 'S';
}

static uint32_t device_of(const struct terminal *terminal)
{
	return terminal == NULL   ? 0
	       : terminal->is_pty ? TERMINAL_PTS_MAJOR << 8 | terminal->number
				  : TERMINAL_MAJOR << 8 | TERMINAL_CONSOLE;
}

static void take_signals(const struct process *process, struct proc_process *facts)
{
	facts->pending = process->signals.waiting;
	if (process->threads != NULL && process->page != NULL) {
		facts->blocked = process->threads->page->blocked;
		for (unsigned int i = 0; i < UNIX_SIGNALS; i++) {
			uint32_t handler = process->page->actions[i].handler;

			facts->ignored |= (uint64_t)(handler == 1) << i;
			facts->caught |= (uint64_t)(handler > 1) << i;
		}
	}
}

static void take_facts(struct process *process, struct proc_process *facts)
{
	const struct identity *identity = &process->identity;
	struct task_basic_info task;
	mach_msg_type_number_t count = TASK_BASIC_INFO_COUNT;
	uint64_t user = 0, system = 0;

	*facts = (struct proc_process){
		.pid = process->pid,
		.ppid = process->parent != NULL ? process->parent->pid
			: process->page != NULL ? process->page->ppid
						: 0,
		.pgid = process->pgid,
		.sid = process->sid,
		.terminal = device_of(process->terminal),
		.foreground = process->terminal != NULL ? process->terminal->foreground : 0,
		.state = state_of(process),
		.name = process->name,
		.uid = {identity->uid, identity->euid, identity->suid, identity->fsuid},
		.gid = {identity->gid, identity->egid, identity->sgid, identity->fsgid},
		.groups = identity->groups,
		.group_count = identity->group_count,
		.nice = process->nice,
		.threads = process->thread_count,
		.umask = process->umask,
		.descriptors = process->descriptors != NULL ? descriptors_last(process) : 0,
		.start_ticks = process->started / (NS / PROC_TICKS_PER_S),
	};
	process_times(process, &user, &system);
	facts->user_ticks = user / (NS / PROC_TICKS_PER_S);
	facts->system_ticks = system / (NS / PROC_TICKS_PER_S);
	facts->children_user_ticks = process->children_user_ns / (NS / PROC_TICKS_PER_S);
	facts->children_system_ticks = process->children_system_ns / (NS / PROC_TICKS_PER_S);
	take_signals(process, facts);
	if (task_info(process->task, TASK_BASIC_INFO, (task_info_t)&task, &count) == KERN_SUCCESS) {
		facts->virtual_bytes = task.virtual_size;
		facts->resident_bytes = task.resident_size;
	}
}

static const char *cpu_vendor(uint32_t *signature)
{
	static char vendor[13];
	uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	memcpy(vendor, &ebx, 4);
	memcpy(vendor + 4, &edx, 4);
	memcpy(vendor + 8, &ecx, 4);
	eax = 1;
	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	*signature = eax;
	return vendor;
}

static void take_system_facts(struct proc_system *facts)
{
	struct host_basic_info host = {.memory_size = 0};
	mach_msg_type_number_t count = HOST_BASIC_INFO_COUNT;
	vm_statistics_data_t memory = {.free_count = 0};
	struct timeval wall;

	(void)host_info(mach_host_self(), HOST_BASIC_INFO, (host_info_t)&host, &count);
	(void)vm_statistics(SELF, &memory);
	(void)gettimeofday(&wall, NULL);
	*facts = (struct proc_system){
		.uptime_ns = server_now(),
		.boot_s = (uint64_t)wall.tv_sec - server_now() / NS,
		.memory_kb = host.memory_size / 1024u,
		.free_kb = (uint64_t)memory.free_count * 4u,
		.host_name = system_host_name(),
		.release = SYSTEM_RELEASE,
		.version = SYSTEM_VERSION,
		.cpu_features = cpu_features(),
	};
	facts->cpu_vendor = cpu_vendor(&facts->cpu_signature);
	for (struct process *process = processes; process != NULL; process = process->next) {
		uint64_t user = 0, system = 0;

		process_times(process, &user, &system);
		facts->user_ticks += user / (NS / PROC_TICKS_PER_S);
		facts->system_ticks += system / (NS / PROC_TICKS_PER_S);
		facts->processes += process->thread_count;
		facts->running += state_of(process) == 'R';
		facts->last_pid = process->pid > facts->last_pid ? process->pid : facts->last_pid;
	}
}

/* ---------------------------------------------------------------------------------------- texts */

static const char *region_name(const struct process *process, uint32_t start, uint32_t end)
{
	if (end > UNIX_STACK_BOTTOM) {
		return "[stack]";
	}
	return process->page != NULL && start >= process->page->break_start &&
			       start < process->page->break_end
		       ? "[heap]"
		       : NULL;
}

/* The program's memory; the library's is not shown. */
static void put_maps(struct proc_text *text, const struct process *process)
{
	vm_address_t address = 0;
	vm_size_t bytes = 0;

	for (;; address += bytes) {
		vm_prot_t protection = 0, maximum = 0;
		vm_inherit_t inheritance = 0;
		boolean_t shared = FALSE;
		mach_port_t object = MACH_PORT_NULL;
		vm_offset_t offset = 0;

		if (vm_region(process->task, &address, &bytes, &protection, &maximum, &inheritance,
			      &shared, &object, &offset) != KERN_SUCCESS) {
			return;
		}
		if (MACH_PORT_VALID(object)) {
			(void)mach_port_deallocate(SELF, object);
		}
		if (address < UNIX_LIBRARY_ADDRESS || address >= UNIX_STACK_BOTTOM) {
			proc_maps_line(text, address, address + bytes, (uint32_t)protection,
				       inheritance == VM_INHERIT_SHARE, 0,
				       region_name(process, address, address + bytes));
		}
	}
}

static void put_text(struct proc_text *text, const struct proc_place *place,
		     struct process *process)
{
	struct proc_process facts;
	struct proc_system system;

	switch (place->node) {
	case PROC_MAPS:
		put_maps(text, process);
		break;
	case PROC_CMDLINE:
		text->used =
			process->command_bytes < text->room ? process->command_bytes : text->room;
		memcpy(text->bytes, process->command, text->used);
		break;
	default:
		if (process != NULL && place->node != PROC_PROCESS_MOUNTS) {
			take_facts(process, &facts);
			proc_process_text(text, place->node, &facts);
		} else {
			take_system_facts(&system);
			proc_system_text(text, place->node, &system);
		}
		break;
	}
}

/* ---------------------------------------------------------------------------------------- files */

static int proc_read(struct request *request, struct open_file *file, void *data, uint32_t bytes,
		     int64_t offset)
{
	const struct proc_file *proc = file->data;
	uint64_t at = (uint64_t)(offset == FILE_CURRENT_OFFSET ? file->offset : offset);
	uint32_t left = at < proc->bytes ? proc->bytes - (uint32_t)at : 0;

	(void)request;
	if (proc_kind_of(proc->place.node) == PROC_DIRECTORY) {
		return -EISDIR;
	}
	bytes = bytes < left ? bytes : left;
	memcpy(data, proc->text + (left != 0 ? at : 0), bytes);
	if (offset == FILE_CURRENT_OFFSET) {
		file->offset += bytes;
	}
	return (int)bytes;
}

static int proc_seek(struct open_file *file, int64_t offset, uint32_t whence, int64_t *position)
{
	int64_t base = whence == 1 ? file->offset : 0;

	if (whence > 1 || __builtin_add_overflow(base, offset, &base) || base < 0) {
		return -EINVAL;
	}
	file->offset = *position = base;
	return 0;
}

static struct process *process_at(const struct proc_place *place)
{
	struct process *process = place->pid != 0 ? process_find(place->pid) : NULL;

	return process != NULL && process->state == PROCESS_NEW ? NULL : process;
}

static bool is_of_process(const struct proc_place *place)
{
	return place->node >= PROC_PID;
}

/* Is it there now? */
static bool exists(const struct proc_place *place)
{
	struct process *process = process_at(place);

	if (place->node <= PROC_BELOW_FILE || (is_of_process(place) && process == NULL)) {
		return false;
	}
	if (place->node == PROC_FD_ENTRY) {
		struct open_file *file = process->descriptors == NULL
						 ? NULL
						 : descriptors_get(process, (int)place->number);

		if (file == NULL) {
			return false;
		}
		open_file_release(file);
	}
	return true;
}

static int missing(const struct proc_place *place)
{
	return place->node == PROC_BELOW_FILE ? -ENOTDIR : -ENOENT;
}

/* Of 32 bits: old programs know no longer ones. */
static uint32_t number_of(const struct proc_place *place)
{
	return 0x80000000u | (place->pid & 0x7fff) << 16 | (uint32_t)place->node << 10 |
	       (place->number & 0x3ff);
}

static void fill_attributes(const struct proc_place *place, file_attributes_t *attributes)
{
	static const uint32_t modes[] = {[PROC_FILE] = FILE_MODE_REGULAR | 0444,
					 [PROC_DIRECTORY] = FILE_MODE_DIRECTORY | 0555,
					 [PROC_LINK] = FILE_MODE_SYMLINK | 0777};
	const struct process *process = process_at(place);
	struct timeval now;

	attributes->mode = modes[proc_kind_of(place->node)];
	attributes->number = number_of(place);
	attributes->links = 1;
	(void)gettimeofday(&now, NULL);
	attributes->access_ns = attributes->modify_ns = attributes->change_ns =
		(int64_t)now.tv_sec * (int64_t)NS;
	if (process != NULL) {
		attributes->uid = process->identity.euid;
		attributes->gid = process->identity.egid;
	}
}

static int attributes_of(struct open_file *file, void *attributes)
{
	const struct proc_file *proc = file->data;

	fill_attributes(&proc->place, attributes);
	return 0;
}

static void proc_close(struct open_file *file)
{
	free(file->data);
}

/* -------------------------------------------------------------------------------- directories */

/* Entries that are numbers: processes, descriptors.  The next from *number on; false: none. */
static bool next_number(const struct proc_place *place, uint32_t *number)
{
	uint32_t least = 0;

	if (place->node == PROC_ROOT) {
		for (const struct process *process = processes; process != NULL;
		     process = process->next) {
			if (process->pid >= *number && process->state != PROCESS_NEW &&
			    (least == 0 || process->pid < least)) {
				least = process->pid;
			}
		}
		*number = least;
		return least != 0;
	}
	if (place->node == PROC_FD) {
		struct process *process = process_at(place);

		for (; process != NULL && process->descriptors != NULL &&
		       *number < descriptors_last(process);
		     ++*number) {
			struct open_file *file = descriptors_get(process, (int)*number);

			if (file != NULL) {
				open_file_release(file);
				return true;
			}
		}
	}
	return false;
}

#define COOKIE_NUMBERS 1000u /* behind it: number + 1 */

/* The entry behind a cookie: its name and kind; the cookie becomes its own. */
static bool next_entry(const struct proc_place *place, uint64_t *cookie, char *name, uint32_t *kind)
{
	static const uint32_t kinds[] = {[PROC_FILE] = FILE_MODE_REGULAR,
					 [PROC_DIRECTORY] = FILE_MODE_DIRECTORY,
					 [PROC_LINK] = FILE_MODE_SYMLINK};
	uint32_t number = 0;
	enum proc_node node = PROC_NONE;
	const char *fixed = NULL;

	if (*cookie < 2) {
		(void)strcpy(name, *cookie == 0 ? "." : "..");
		*kind = FILE_MODE_DIRECTORY;
		++*cookie;
		return true;
	}
	if (*cookie < COOKIE_NUMBERS) {
		fixed = proc_entry(place->node, (unsigned int)*cookie - 2, &node);
	}
	if (fixed != NULL) {
		(void)strcpy(name, fixed);
		*kind = kinds[proc_kind_of(node)];
		++*cookie;
		return true;
	}
	number = *cookie < COOKIE_NUMBERS ? 0 : (uint32_t)(*cookie - COOKIE_NUMBERS);
	if (!next_number(place, &number)) {
		return false;
	}
	(void)sprintf(name, "%u", (unsigned)number);
	*kind = place->node == PROC_FD ? FILE_MODE_SYMLINK : FILE_MODE_DIRECTORY;
	*cookie = COOKIE_NUMBERS + number + 1;
	return true;
}

static int proc_entries(struct open_file *file, uint64_t cookie, char *data, uint32_t room)
{
	const struct proc_file *proc = file->data;
	uint32_t used = 0;
	uint32_t kind = 0;
	char name[32];

	if (proc_kind_of(proc->place.node) != PROC_DIRECTORY) {
		return -ENOTDIR;
	}
	while (next_entry(&proc->place, &cookie, name, &kind)) {
		uint32_t bytes =
			dirent_append(data, used, room, number_of(&proc->place) + (uint32_t)cookie,
				      cookie, kind, name);

		if (bytes == 0) {
			return used != 0 ? (int)used : -EINVAL;
		}
		used += bytes;
	}
	return (int)used;
}

static const struct open_file_kind proc_kind = {
	.read = proc_read,
	.seek = proc_seek,
	.attributes = attributes_of,
	.entries = proc_entries,
	.close = proc_close,
};

const struct proc_place *proc_place_of(const struct open_file *file)
{
	const struct proc_file *proc = file->kind == &proc_kind ? file->data : NULL;

	return proc != NULL ? &proc->place : NULL;
}

/* --------------------------------------------------------------------------------------- links */

static int port_path(mach_port_t port, char *path, uint32_t room)
{
	mach_msg_type_number_t bytes = room;
	kern_return_t code = KERN_SUCCESS;

	if (mach_port_mod_refs(SELF, port, MACH_PORT_RIGHT_SEND, 1) != KERN_SUCCESS) {
		return -ENOENT;
	}
	server_release();
	code = file_get_path(port, path, &bytes);
	server_lock();
	(void)mach_port_deallocate(SELF, port);
	return code == KERN_SUCCESS ? (int)bytes : files_error(code);
}

/* May the process look into that one? */
static bool may_look(const struct request *request, const struct process *process)
{
	return process_may_signal(request->thread->process, process);
}

int proc_read_link(struct request *request, const struct proc_place *place, char *target,
		   uint32_t room)
{
	struct process *process = process_at(place);
	struct open_file *file = NULL;
	char *path = NULL;
	int result = -EINVAL;

	if (place->node == PROC_SELF) {
		return sprintf(target, "%u", (unsigned)request->thread->process->pid);
	}
	if (!exists(place)) {
		return missing(place);
	}
	if (proc_kind_of(place->node) != PROC_LINK) {
		return -EINVAL;
	}
	if (!may_look(request, process)) {
		return -EACCES;
	}
	path = malloc(FILE_PATH_BYTES_MAX); /* "target" is everybody's while the lock is given up */
	if (path == NULL) {
		return -ENOMEM;
	}
	switch (place->node) {
	case PROC_EXE:
		result = port_path(process->program, path, FILE_PATH_BYTES_MAX);
		break;
	case PROC_CWD:
		result = port_path(process->directory, path, FILE_PATH_BYTES_MAX);
		break;
	case PROC_PROCESS_ROOT:
		path[0] = '/';
		result = 1;
		break;
	default:
		file = descriptors_get(process, (int)place->number);
		result = path_of_file(file, path, FILE_PATH_BYTES_MAX);
		open_file_release(file);
		break;
	}
	if (result > 0) {
		result = result < (int)room ? result : (int)room;
		memcpy(target, path, (size_t)result);
	}
	free(path);
	return result;
}

/* ------------------------------------------------------------------------------- opening, stat */

static int open_link(struct request *request, const struct proc_place *place, uint32_t flags,
		     struct open_file **file)
{
	struct process *process = process_at(place);
	struct open_file *from = NULL;
	struct open_file program = {.kind = &file_kind, .references = 1};
	int result = 0;

	if (!may_look(request, process)) {
		return -EACCES;
	}
	if (place->node == PROC_FD_ENTRY) {
		from = descriptors_get(process, (int)place->number);
		result = reopen_file(request, from, flags, file);
		open_file_release(from);
		return result;
	}
	program.port = place->node == PROC_EXE   ? process->program
		       : place->node == PROC_CWD ? process->directory
						 : process->root;
	if (mach_port_mod_refs(SELF, program.port, MACH_PORT_RIGHT_SEND, 1) != KERN_SUCCESS) {
		return -ENOENT;
	}
	result = reopen_file(request, &program, flags, file);
	(void)mach_port_deallocate(SELF, program.port);
	return result;
}

static int open_text(const struct proc_place *place, uint32_t flags, struct open_file **file)
{
	bool is_text = proc_kind_of(place->node) == PROC_FILE;
	struct proc_file *proc = calloc(1, sizeof(*proc) + (is_text ? TEXT_BYTES : 0));
	struct proc_text text = {.room = TEXT_BYTES};

	if (proc == NULL) {
		return -ENOMEM;
	}
	proc->place = *place;
	if (is_text) {
		text.bytes = proc->text;
		put_text(&text, place, is_of_process(place) ? process_at(place) : NULL);
		proc->bytes = text.used;
	}
	*file = open_file_create(&proc_kind, flags, proc);
	if (*file == NULL) {
		free(proc);
		return -ENFILE;
	}
	return 0;
}

int proc_open(struct request *request, const struct proc_place *place, uint32_t flags,
	      struct open_file **file)
{
	struct proc_place at = *place;

	if (!exists(&at)) {
		return missing(&at);
	}
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
		return -EEXIST;
	}
	if (proc_kind_of(at.node) == PROC_LINK) {
		if ((flags & O_NOFOLLOW) != 0) {
			return -ELOOP;
		}
		if (at.node != PROC_SELF) {
			return open_link(request, &at, flags, file);
		}
		at = (struct proc_place){.node = PROC_PID, .pid = request->thread->process->pid};
	}
	if ((flags & O_DIRECTORY) != 0 && proc_kind_of(at.node) != PROC_DIRECTORY) {
		return -ENOTDIR;
	}
	if ((flags & O_ACCMODE) != 0 && (flags & O_PATH) == 0) {
		return proc_kind_of(at.node) == PROC_DIRECTORY ? -EISDIR : -EACCES;
	}
	return open_text(&at, flags, file);
}

/* What a link leads to. */
static int linked_attributes(struct request *request, const struct proc_place *place,
			     file_attributes_t *attributes)
{
	struct process *process = process_at(place);
	struct open_file file = {.kind = &file_kind, .references = 1};
	struct open_file *open = &file;
	int result = -ENOENT;

	if (!may_look(request, process)) {
		return -EACCES;
	}
	if (place->node == PROC_FD_ENTRY) {
		open = descriptors_get(process, (int)place->number);
		result = open->kind->attributes != NULL ? open->kind->attributes(open, attributes)
							: 0;
		open_file_release(open);
		return result;
	}
	file.port = place->node == PROC_EXE   ? process->program
		    : place->node == PROC_CWD ? process->directory
					      : process->root;
	if (mach_port_mod_refs(SELF, file.port, MACH_PORT_RIGHT_SEND, 1) == KERN_SUCCESS) {
		result = file_attributes_of(&file, attributes);
		(void)mach_port_deallocate(SELF, file.port);
	}
	return result;
}

int proc_attributes(struct request *request, const struct proc_place *place, bool follow,
		    file_attributes_t *attributes)
{
	struct proc_place at = *place;

	if (!exists(&at)) {
		return missing(&at);
	}
	if (follow && at.node == PROC_SELF) {
		at = (struct proc_place){.node = PROC_PID, .pid = request->thread->process->pid};
	} else if (follow && proc_kind_of(at.node) == PROC_LINK) {
		return linked_attributes(request, &at, attributes);
	}
	fill_attributes(&at, attributes);
	return 0;
}
