/* proc_core.h */
#include <stddef.h>
#include "proc_core.h"

/* --------------------------------------------------------------------------------------- paths */

struct entry {
	enum proc_node directory;
	enum proc_node node;
	enum proc_kind kind;
	const char *name;
};

static const struct entry entries[] = {
	{PROC_ROOT, PROC_SELF, PROC_LINK, "self"},
	{PROC_ROOT, PROC_MOUNTS, PROC_FILE, "mounts"},
	{PROC_ROOT, PROC_MEMINFO, PROC_FILE, "meminfo"},
	{PROC_ROOT, PROC_UPTIME, PROC_FILE, "uptime"},
	{PROC_ROOT, PROC_LOADAVG, PROC_FILE, "loadavg"},
	{PROC_ROOT, PROC_SYSTEM_STAT, PROC_FILE, "stat"},
	{PROC_ROOT, PROC_CPUINFO, PROC_FILE, "cpuinfo"},
	{PROC_ROOT, PROC_VERSION, PROC_FILE, "version"},
	{PROC_ROOT, PROC_FILESYSTEMS, PROC_FILE, "filesystems"},
	{PROC_ROOT, PROC_SYS, PROC_DIRECTORY, "sys"},
	{PROC_SYS, PROC_SYS_KERNEL, PROC_DIRECTORY, "kernel"},
	{PROC_SYS_KERNEL, PROC_HOSTNAME, PROC_FILE, "hostname"},
	{PROC_SYS_KERNEL, PROC_OSRELEASE, PROC_FILE, "osrelease"},
	{PROC_SYS_KERNEL, PROC_OSTYPE, PROC_FILE, "ostype"},
	{PROC_SYS_KERNEL, PROC_PID_MAX, PROC_FILE, "pid_max"},
	{PROC_PID, PROC_STATUS, PROC_FILE, "status"},
	{PROC_PID, PROC_STAT, PROC_FILE, "stat"},
	{PROC_PID, PROC_STATM, PROC_FILE, "statm"},
	{PROC_PID, PROC_MAPS, PROC_FILE, "maps"},
	{PROC_PID, PROC_CMDLINE, PROC_FILE, "cmdline"},
	{PROC_PID, PROC_COMM, PROC_FILE, "comm"},
	{PROC_PID, PROC_EXE, PROC_LINK, "exe"},
	{PROC_PID, PROC_CWD, PROC_LINK, "cwd"},
	{PROC_PID, PROC_PROCESS_ROOT, PROC_LINK, "root"},
	{PROC_PID, PROC_PROCESS_MOUNTS, PROC_FILE, "mounts"},
	{PROC_PID, PROC_FD, PROC_DIRECTORY, "fd"},
};

#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

enum proc_kind proc_kind_of(enum proc_node node)
{
	if (node == PROC_ROOT || node == PROC_PID) {
		return PROC_DIRECTORY;
	}
	if (node == PROC_FD_ENTRY) {
		return PROC_LINK;
	}
	for (unsigned int i = 0; i < ENTRIES; i++) {
		if (entries[i].node == node) {
			return entries[i].kind;
		}
	}
	return PROC_FILE;
}

const char *proc_entry(enum proc_node directory, unsigned int n, enum proc_node *node)
{
	for (unsigned int i = 0; i < ENTRIES; i++) {
		if (entries[i].directory == directory && n-- == 0) {
			*node = entries[i].node;
			return entries[i].name;
		}
	}
	return NULL;
}

/* The decimal number that these bytes are, or none. */
static bool number_of(const char *word, uint32_t bytes, uint32_t *number)
{
	uint64_t value = 0;

	if (bytes == 0 || bytes > 10) {
		return false;
	}
	for (uint32_t i = 0; i < bytes; i++) {
		if (word[i] < '0' || word[i] > '9') {
			return false;
		}
		value = value * 10 + (uint32_t)(word[i] - '0');
	}
	*number = (uint32_t)value;
	return value <= 0xffffffffu;
}

static bool is_word(const char *word, uint32_t bytes, const char *name)
{
	uint32_t i = 0;

	while (i < bytes && name[i] != '\0' && word[i] == name[i]) {
		i++;
	}
	return i == bytes && name[i] == '\0';
}

static void step_up(struct proc_place *place)
{
	enum proc_node up = place->node == PROC_FD_ENTRY ? PROC_FD
			    : place->node == PROC_ROOT   ? PROC_OUTSIDE
							 : PROC_ROOT;

	for (unsigned int i = 0; i < ENTRIES; i++) {
		if (entries[i].node == place->node) {
			up = entries[i].directory;
		}
	}
	place->node = up;
	place->number = 0;
	place->pid = up == PROC_ROOT ? 0 : place->pid;
}

static void step(struct proc_place *place, const char *word, uint32_t bytes, uint32_t self)
{
	enum proc_node directory = place->node;
	uint32_t number = 0;

	if (directory == PROC_SELF) { /* the link, followed */
		*place = (struct proc_place){.node = PROC_PID, .pid = self};
		step(place, word, bytes, self);
		return;
	}
	if (is_word(word, bytes, ".") || directory == PROC_OUTSIDE) {
		return;
	}
	if (is_word(word, bytes, "..")) {
		step_up(place);
		return;
	}
	if (directory == PROC_NONE || directory == PROC_BELOW_FILE) {
		return;
	}
	place->node = proc_kind_of(directory) == PROC_DIRECTORY ? PROC_NONE : PROC_BELOW_FILE;
	if (directory == PROC_ROOT && number_of(word, bytes, &number)) {
		*place = (struct proc_place){.node = PROC_PID, .pid = number};
		return;
	}
	if (directory == PROC_FD && number_of(word, bytes, &number)) {
		place->node = PROC_FD_ENTRY;
		place->number = number;
		return;
	}
	for (unsigned int i = 0; i < ENTRIES; i++) {
		if (entries[i].directory == directory && is_word(word, bytes, entries[i].name)) {
			place->node = entries[i].node;
			return;
		}
	}
}

static bool walk(struct proc_place *place, const char *path, uint32_t self)
{
	while (*path != '\0') {
		uint32_t bytes = 0;

		while (path[bytes] != '\0' && path[bytes] != '/') {
			bytes++;
		}
		if (bytes != 0) {
			step(place, path, bytes, self);
		}
		path += bytes;
		if (*path == '/') {
			path++;
			if (*path == '\0' && place->node == PROC_SELF) {
				*place = (struct proc_place){.node = PROC_PID, .pid = self};
			}
		}
	}
	return place->node != PROC_OUTSIDE;
}

/* What is left of the path behind this beginning; null: it does not begin so. */
static const char *behind(const char *path, const char *beginning)
{
	while (*beginning != '\0' && *path == *beginning) {
		path++;
		beginning++;
	}
	return *beginning == '\0' && (*path == '\0' || *path == '/') ? path : NULL;
}

bool proc_find(const char *path, uint32_t self, struct proc_place *place)
{
	static const char *const standard[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
	const char *rest = NULL;

	while (path[0] == '/' && path[1] == '/') {
		path++;
	}
	rest = behind(path, "/proc");
	if (rest != NULL) {
		*place = (struct proc_place){.node = PROC_ROOT};
		return walk(place, rest, self);
	}
	rest = behind(path, "/dev/fd");
	if (rest != NULL) {
		*place = (struct proc_place){.node = PROC_FD, .pid = self};
		return walk(place, rest, self);
	}
	for (uint32_t i = 0; i < 3; i++) {
		rest = behind(path, standard[i]);
		if (rest != NULL && *rest == '\0') {
			*place = (struct proc_place){
				.node = PROC_FD_ENTRY, .pid = self, .number = i};
			return true;
		}
	}
	return false;
}

bool proc_find_from(const struct proc_place *from, const char *path, uint32_t self,
		    struct proc_place *place)
{
	*place = *from;
	return walk(place, path, self);
}

/* ---------------------------------------------------------------------------------------- text */

static void put_byte(struct proc_text *text, char byte)
{
	if (text->used < text->room) {
		text->bytes[text->used++] = byte;
	}
}

void proc_put_text(struct proc_text *text, const char *string)
{
	while (*string != '\0') {
		put_byte(text, *string++);
	}
}

static void put_digits(struct proc_text *text, uint64_t number, uint32_t base, uint32_t least,
		       char fill)
{
	char digits[24];
	uint32_t count = 0;

	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number != 0);
	for (uint32_t i = count; i < least; i++) {
		put_byte(text, fill);
	}
	while (count != 0) {
		put_byte(text, digits[--count]);
	}
}

void proc_put_number(struct proc_text *text, uint64_t number)
{
	put_digits(text, number, 10, 0, ' ');
}

/* Each of them, with a space before it. */
static void put_numbers(struct proc_text *text, const uint64_t *numbers, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		put_byte(text, ' ');
		proc_put_number(text, numbers[i]);
	}
}

static void put_line(struct proc_text *text, const char *name, uint64_t number, const char *unit)
{
	proc_put_text(text, name);
	proc_put_number(text, number);
	proc_put_text(text, unit);
	put_byte(text, '\n');
}

/* In hundredths: "12.34". */
static void put_hundredths(struct proc_text *text, uint64_t number)
{
	proc_put_number(text, number / 100);
	put_byte(text, '.');
	put_digits(text, number % 100, 10, 2, '0');
}

static void put_four(struct proc_text *text, const char *name, const uint32_t *ids)
{
	proc_put_text(text, name);
	for (int i = 0; i < 4; i++) {
		put_byte(text, '\t');
		proc_put_number(text, ids[i]);
	}
	put_byte(text, '\n');
}

static void put_signals(struct proc_text *text, const char *name, uint64_t set)
{
	proc_put_text(text, name);
	put_digits(text, set, 16, 16, '0');
	put_byte(text, '\n');
}

static const char *state_name(char state)
{
	switch (state) {
	case 'R':
		return "R (running)";
	case 'T':
		return "T (stopped)";
	case 'Z':
		return "Z (zombie)";
	default:
		return "S (sleeping)";
	}
}

static void put_status(struct proc_text *text, const struct proc_process *process)
{
	proc_put_text(text, "Name:\t");
	proc_put_text(text, process->name);
	proc_put_text(text, "\nUmask:\t");
	put_digits(text, process->umask, 8, 4, '0');
	proc_put_text(text, "\nState:\t");
	proc_put_text(text, state_name(process->state));
	put_line(text, "\nTgid:\t", process->pid, "");
	put_line(text, "Pid:\t", process->pid, "");
	put_line(text, "PPid:\t", process->ppid, "");
	put_line(text, "TracerPid:\t", 0, "");
	put_four(text, "Uid:", process->uid);
	put_four(text, "Gid:", process->gid);
	put_line(text, "FDSize:\t", process->descriptors, "");
	proc_put_text(text, "Groups:\t");
	for (uint32_t i = 0; i < process->group_count; i++) {
		proc_put_number(text, process->groups[i]);
		put_byte(text, ' ');
	}
	if (process->state != 'Z') {
		put_line(text, "\nVmSize:\t", process->virtual_bytes / 1024, " kB");
		put_line(text, "VmRSS:\t", process->resident_bytes / 1024, " kB");
	} else {
		put_byte(text, '\n');
	}
	put_line(text, "Threads:\t", process->threads, "");
	put_signals(text, "SigPnd:\t", 0);
	put_signals(text, "ShdPnd:\t", process->pending);
	put_signals(text, "SigBlk:\t", process->blocked);
	put_signals(text, "SigIgn:\t", process->ignored);
	put_signals(text, "SigCgt:\t", process->caught);
}

/* Fields as proc(5) counts them: 1 to 52. */
static void put_stat(struct proc_text *text, const struct proc_process *process)
{
	const uint64_t ids[] = {process->ppid, process->pgid, process->sid, process->terminal};
	const uint64_t faults[] = {0, 0, 0, 0, 0};
	const uint64_t times[] = {process->user_ticks, process->system_ticks,
				  process->children_user_ticks, process->children_system_ticks};
	const uint64_t rest[] = {process->threads,
				 0,
				 process->start_ticks,
				 process->virtual_bytes,
				 process->resident_bytes / 4096,
				 0xffffffffu};
	const uint64_t addresses[] = {0, 0, 0, 0, 0};
	const uint64_t signals[] = {process->pending & 0x7fffffff, process->blocked & 0x7fffffff,
				    process->ignored & 0x7fffffff, process->caught & 0x7fffffff};
	const uint64_t last[18] = {[3] = 17}; /* the rest is not told */

	proc_put_number(text, process->pid);
	proc_put_text(text, " (");
	proc_put_text(text, process->name);
	proc_put_text(text, ") ");
	put_byte(text, process->state);
	put_numbers(text, ids, 4);
	if (process->foreground == 0) {
		proc_put_text(text, " -1");
	} else {
		put_byte(text, ' ');
		proc_put_number(text, process->foreground);
	}
	put_numbers(text, faults, 5); /* flags and faults: not counted */
	put_numbers(text, times, 4);
	proc_put_text(text, " ");
	proc_put_number(text, (uint64_t)(20 + process->nice));
	proc_put_text(text, process->nice < 0 ? " -" : " ");
	proc_put_number(text, (uint64_t)(process->nice < 0 ? -process->nice : process->nice));
	put_numbers(text, rest, 6);
	put_numbers(text, addresses, 5);
	put_numbers(text, signals, 4);
	put_numbers(text, last, 18);
	put_byte(text, '\n');
}

static void put_statm(struct proc_text *text, const struct proc_process *process)
{
	const uint64_t rest[] = {process->resident_bytes / 4096, 0, 0, 0,
				 process->virtual_bytes / 4096,  0};

	proc_put_number(text, process->virtual_bytes / 4096);
	put_numbers(text, rest, 6);
	put_byte(text, '\n');
}

void proc_process_text(struct proc_text *text, enum proc_node node,
		       const struct proc_process *process)
{
	switch (node) {
	case PROC_STATUS:
		put_status(text, process);
		break;
	case PROC_STAT:
		put_stat(text, process);
		break;
	case PROC_STATM:
		put_statm(text, process);
		break;
	case PROC_COMM:
		proc_put_text(text, process->name);
		put_byte(text, '\n');
		break;
	default:
		break;
	}
}

static void put_memory(struct proc_text *text, const char *name, uint64_t kb)
{
	proc_put_text(text, name);
	put_digits(text, kb, 10, 8, ' ');
	proc_put_text(text, " kB\n");
}

static void put_meminfo(struct proc_text *text, const struct proc_system *system)
{
	put_memory(text, "MemTotal:       ", system->memory_kb);
	put_memory(text, "MemFree:        ", system->free_kb);
	put_memory(text, "MemAvailable:   ", system->free_kb);
	put_memory(text, "Buffers:        ", 0);
	put_memory(text, "Cached:         ", 0);
	put_memory(text, "SwapTotal:      ", 0);
	put_memory(text, "SwapFree:       ", 0);
	put_memory(text, "Shmem:          ", 0);
	put_memory(text, "SReclaimable:   ", 0);
}

static uint64_t uptime_ticks(const struct proc_system *system)
{
	return system->uptime_ns / (1000000000u / PROC_TICKS_PER_S);
}

static uint64_t idle_ticks(const struct proc_system *system)
{
	uint64_t used = system->user_ticks + system->system_ticks;

	return uptime_ticks(system) > used ? uptime_ticks(system) - used : 0;
}

static void put_system_stat(struct proc_text *text, const struct proc_system *system)
{
	const uint64_t ticks[] = {
		system->user_ticks, 0, system->system_ticks, idle_ticks(system), 0, 0, 0, 0, 0, 0};

	proc_put_text(text, "cpu ");
	put_numbers(text, ticks, 10);
	proc_put_text(text, "\ncpu0");
	put_numbers(text, ticks, 10);
	put_line(text, "\nbtime ", system->boot_s, "");
	put_line(text, "processes ", system->last_pid & 0xffff, "");
	put_line(text, "procs_running ", system->running, "");
	put_line(text, "procs_blocked ", 0, "");
}

static void put_load(struct proc_text *text, const struct proc_system *system)
{
	for (int i = 0; i < 3; i++) {
		put_hundredths(text, system->load[i]);
		put_byte(text, ' ');
	}
	proc_put_number(text, system->running);
	put_byte(text, '/');
	proc_put_number(text, system->processes);
	put_line(text, " ", system->last_pid, "");
}

static void put_cpu(struct proc_text *text, const struct proc_system *system)
{
	static const char *const names[32] = {
		"fpu",  "vme",   "de",   "pse",     "tsc",  "msr", "pae",  "mce",
		"cx8",  "apic",  NULL,   "sep",     "mtrr", "pge", "mca",  "cmov",
		"pat",  "pse36", "pn",   "clflush", NULL,   "dts", "acpi", "mmx",
		"fxsr", "sse",   "sse2", "ss",      "ht",   "tm",  "ia64", "pbe",
	};

	proc_put_text(text, "processor\t: 0\nvendor_id\t: ");
	proc_put_text(text, system->cpu_vendor);
	put_line(text, "\ncpu family\t: ", system->cpu_signature >> 8 & 0xf, "");
	put_line(text, "model\t\t: ",
		 (system->cpu_signature >> 4 & 0xf) | (system->cpu_signature >> 12 & 0xf0), "");
	put_line(text, "stepping\t: ", system->cpu_signature & 0xf, "");
	proc_put_text(text, "flags\t\t:");
	for (unsigned int i = 0; i < 32; i++) {
		if ((system->cpu_features >> i & 1) != 0 && names[i] != NULL) {
			put_byte(text, ' ');
			proc_put_text(text, names[i]);
		}
	}
	proc_put_text(text, "\n\n");
}

static void put_name(struct proc_text *text, const char *name)
{
	proc_put_text(text, name);
	put_byte(text, '\n');
}

void proc_system_text(struct proc_text *text, enum proc_node node, const struct proc_system *system)
{
	switch (node) {
	case PROC_MEMINFO:
		put_meminfo(text, system);
		break;
	case PROC_UPTIME:
		put_hundredths(text, uptime_ticks(system));
		put_byte(text, ' ');
		put_hundredths(text, idle_ticks(system));
		put_byte(text, '\n');
		break;
	case PROC_LOADAVG:
		put_load(text, system);
		break;
	case PROC_SYSTEM_STAT:
		put_system_stat(text, system);
		break;
	case PROC_CPUINFO:
		put_cpu(text, system);
		break;
	case PROC_VERSION:
		proc_put_text(text, "Linux version ");
		proc_put_text(text, system->release);
		proc_put_text(text, " (Masix) ");
		put_name(text, system->version);
		break;
	case PROC_MOUNTS:
	case PROC_PROCESS_MOUNTS:
		proc_put_text(text, "tmpfs / tmpfs rw 0 0\nproc /proc proc rw 0 0\n");
		break;
	case PROC_FILESYSTEMS:
		proc_put_text(text, "nodev\ttmpfs\nnodev\tproc\nnodev\tdevpts\n");
		break;
	case PROC_HOSTNAME:
		put_name(text, system->host_name);
		break;
	case PROC_OSRELEASE:
		put_name(text, system->release);
		break;
	case PROC_OSTYPE:
		put_name(text, "Linux");
		break;
	case PROC_PID_MAX:
		put_name(text, "4194304"); /* 63 nodes << 16 */
		break;
	default:
		break;
	}
}

void proc_maps_line(struct proc_text *text, uint32_t start, uint32_t end, uint32_t protection,
		    bool shared, uint32_t offset, const char *name)
{
	put_digits(text, start, 16, 8, '0');
	put_byte(text, '-');
	put_digits(text, end, 16, 8, '0');
	put_byte(text, ' ');
	put_byte(text, (protection & 1) != 0 ? 'r' : '-');
	put_byte(text, (protection & 2) != 0 ? 'w' : '-');
	put_byte(text, (protection & 4) != 0 ? 'x' : '-');
	put_byte(text, shared ? 's' : 'p');
	put_byte(text, ' ');
	put_digits(text, offset, 16, 8, '0');
	proc_put_text(text, " 00:00 0 ");
	if (name != NULL) {
		proc_put_text(text, "                         ");
		proc_put_text(text, name);
	}
	put_byte(text, '\n');
}

uint32_t proc_path_of(const struct proc_place *place, char *path)
{
	struct proc_text text = {.bytes = path, .room = PROC_PATH_BYTES - 1};

	proc_put_text(&text, "/proc");
	if (place->node == PROC_SYS || place->node == PROC_SYS_KERNEL) {
		proc_put_text(&text, place->node == PROC_SYS ? "/sys" : "/sys/kernel");
	} else if (place->node != PROC_ROOT) {
		put_byte(&text, '/');
		proc_put_number(&text, place->pid);
		proc_put_text(&text, place->node == PROC_FD ? "/fd" : "");
	}
	path[text.used] = '\0';
	return text.used;
}
