/* Tables of descriptors, and open files that several of them may name. */
#include <gen/mach_port.h>
#include "descriptor_core.h"
#include "descriptors.h"
#include "quota.h"

#define ROOM_FIRST 16u

struct descriptors {
	struct descriptor_table table;
	unsigned int references; /* processes that share it (CLONE_FILES) */
	int64_t lock_owner;	 /* 0: it never had a record lock */
	struct process *shown;	 /* its only process, whose page says what is in it; or null */
};

#define O_ACCMODE 03u
#define O_PATH	  010000000u

/* What the library may do alone with an open file (shared/pages.h). */
static uint8_t alone(const struct open_file *file)
{
	uint8_t what = file == NULL || (file->flags & O_PATH) != 0 ? 0 : file->kind->alone;

	switch (file != NULL ? file->flags & O_ACCMODE : 0) {
	case 0:
		return what & (uint8_t)~UNIX_TAKES_ALL;
	case 1:
		return what & UNIX_TAKES_ALL;
	default:
		return what;
	}
}

static void show(const struct descriptors *table, uint32_t number)
{
	if (table->shown != NULL && table->shown->page != NULL && number < UNIX_DESCRIPTORS_MAX) {
		table->shown->page->descriptors[number] =
			alone(descriptor_at(&table->table, (int)number));
	}
}

/* The one way to change what a number stands for: the library knows before the call returns. */
static struct open_file *set(struct descriptors *table, uint32_t number, struct open_file *file,
			     bool close_on_exec)
{
	struct open_file *old = descriptor_set(&table->table, number, file, close_on_exec);

	show(table, number);
	return old;
}

void descriptors_show(struct process *process)
{
	struct descriptors *table = process->descriptors;

	if (table == NULL || table->references != 1) {
		return;
	}
	table->shown = process;
	for (uint32_t i = 0; i < table->table.room && i < UNIX_DESCRIPTORS_MAX; i++) {
		show(table, i);
	}
}

static bool grow(struct descriptor_table *table, uint32_t room)
{
	void **entries = realloc(table->entries, room * sizeof(*entries));
	uint8_t *flags = NULL;

	if (entries == NULL) {
		return false;
	}
	table->entries = entries;
	flags = realloc(table->close_on_exec, room);
	if (flags == NULL) {
		return false; /* the entries are longer than room says: harmless */
	}
	table->close_on_exec = flags;
	memset(entries + table->room, 0, (room - table->room) * sizeof(*entries));
	memset(flags + table->room, 0, room - table->room);
	table->room = room;
	return true;
}

/* An open file goes out of a table. */
static void let_go(struct descriptors *table, struct open_file *file)
{
	if (table->lock_owner != 0) {
		open_file_closed(table->lock_owner, file);
	}
	open_file_release(file);
}

int64_t descriptors_lock_owner(struct process *process)
{
	static uint32_t last;
	struct descriptors *table = process->descriptors;

	if (table->lock_owner == 0) {
		last = (last + 1) & 0x3fffffff;
		table->lock_owner = (int64_t)last << 32 | process->pid;
	}
	return table->lock_owner;
}

struct descriptors *descriptors_create(void)
{
	struct descriptors *table = calloc(1, sizeof(*table));

	if (table == NULL || !grow(&table->table, ROOM_FIRST)) {
		free(table);
		return NULL;
	}
	table->references = 1;
	return table;
}

struct descriptors *descriptors_copy(struct descriptors *from)
{
	struct descriptors *table = descriptors_create();

	if (table == NULL) {
		return NULL;
	}
	if (table->table.room < from->table.room && !grow(&table->table, from->table.room)) {
		descriptors_release(table);
		return NULL;
	}
	for (uint32_t i = 0; i < from->table.room; i++) {
		struct open_file *file = from->table.entries[i];

		if (file != NULL) {
			open_file_reference(file);
			(void)set(table, i, file, from->table.close_on_exec[i] != 0);
		}
	}
	return table;
}

struct descriptors *descriptors_share(struct descriptors *from)
{
	/* Each of two processes has a page of its own: neither is told any more. */
	if (from->shown != NULL && from->shown->page != NULL) {
		memset(from->shown->page->descriptors, 0, UNIX_DESCRIPTORS_MAX);
	}
	from->shown = NULL;
	from->references++;
	return from;
}

void descriptors_release(struct descriptors *table)
{
	if (--table->references != 0) {
		return;
	}
	table->shown = NULL;
	for (uint32_t i = 0; i < table->table.room; i++) {
		if (table->table.entries[i] != NULL) {
			let_go(table, set(table, i, NULL, false));
		}
	}
	free(table->table.entries);
	free(table->table.close_on_exec);
	free(table);
}

void descriptors_execute(struct descriptors *table)
{
	for (uint32_t i = 0; i < table->table.room; i++) {
		if (table->table.entries[i] != NULL && table->table.close_on_exec[i] != 0) {
			let_go(table, set(table, i, NULL, false));
		}
	}
}

struct open_file *descriptors_get(struct process *process, int descriptor)
{
	struct open_file *file = descriptor_at(&process->descriptors->table, descriptor);

	if (file != NULL) {
		open_file_reference(file);
	}
	return file;
}

static int make_room(struct process *process, uint32_t number)
{
	struct descriptor_table *table = &process->descriptors->table;
	uint32_t room = table->room;

	if (number >= process->limits[7][0]) { /* RLIMIT_NOFILE */
		return -EMFILE;
	}
	while (room <= number) {
		room *= 2;
	}
	return room == table->room || grow(table, room) ? 0 : -ENOMEM;
}

/* The first descriptor makes it a file of that process's quota. */
static int charge(struct process *process, struct open_file *file)
{
	if (file->quota != NULL) {
		return 0;
	}
	if (!quota_has_room(&quota_pool, process->quota, QUOTA_FILES)) {
		return -ENFILE;
	}
	quota_take(&quota_pool, process->quota, QUOTA_FILES);
	file->quota = process->quota;
	quota_reference(file->quota);
	return 0;
}

int descriptors_add(struct process *process, struct open_file *file, int least, bool close_on_exec)
{
	uint32_t number = descriptor_free(&process->descriptors->table, (uint32_t)least);
	int result = make_room(process, number) ?: charge(process, file);

	if (result < 0) {
		return result;
	}
	(void)set(process->descriptors, number, file, close_on_exec);
	return (int)number;
}

int descriptors_put(struct process *process, struct open_file *file, uint32_t number,
		    bool close_on_exec)
{
	int result = make_room(process, number);
	struct open_file *old = NULL;

	if (result < 0) {
		return result == -EMFILE ? -EBADF : result;
	}
	old = set(process->descriptors, number, file, close_on_exec);
	if (old != NULL) {
		let_go(process->descriptors, old);
	}
	return (int)number;
}

int descriptors_close(struct process *process, int number)
{
	struct open_file *file = descriptor_at(&process->descriptors->table, number);

	if (file == NULL) {
		return -EBADF;
	}
	(void)set(process->descriptors, (uint32_t)number, NULL, false);
	let_go(process->descriptors, file);
	return 0;
}

uint32_t descriptors_last(const struct process *process)
{
	return process->descriptors->table.room;
}

bool descriptors_close_on_exec(const struct process *process, int number)
{
	return process->descriptors->table.close_on_exec[number] != 0;
}

void descriptors_set_close_on_exec(struct process *process, int number, bool close_on_exec)
{
	process->descriptors->table.close_on_exec[number] = close_on_exec;
}

struct open_file *open_file_create(const struct open_file_kind *kind, uint32_t flags, void *data)
{
	struct open_file *file = calloc(1, sizeof(*file));

	if (file != NULL) {
		file->kind = kind;
		file->flags = flags;
		file->data = data;
		file->references = 1;
	}
	return file;
}

void open_file_reference(struct open_file *file)
{
	file->references++;
}

void open_file_release(struct open_file *file)
{
	if (--file->references != 0) {
		return;
	}
	wait_queue_end(&file->waiters);
	if (file->kind->close != NULL) {
		file->kind->close(file);
	}
	if (file->window != MACH_PORT_NULL) {
		(void)mach_port_deallocate(mach_task_self(), file->window);
	}
	if (file->port != MACH_PORT_NULL) {
		(void)mach_port_deallocate(mach_task_self(), file->port);
	}
	if (file->quota != NULL) {
		quota_give(&quota_pool, file->quota, QUOTA_FILES);
		quota_release(file->quota);
	}
	free(file);
}
