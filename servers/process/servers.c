/* The servers of /etc/servers: started in their order, and again when they end. */
#include <stdlib.h>
#include <string.h>
#include <libmach.h>
#include <gen/acs_control.h>
#include <gen/gnumach.h>
#include <gen/mach_port.h>
#include <gen/masix_host.h>
#include "server.h"

#define SELF         mach_task_self()
#define LIST_PATH    "etc/servers"
#define IDLE_MS      1000u  /* how often the kernel's log is fetched when nobody asks */
#define ROOT_WAIT_MS 20000u /* since boot: without a root a prompt is better than none */
#define OWNER_FIRST  16u

struct server servers[SERVERS_MAX];
uint32_t server_count;
mach_port_t root_directory;
static uint32_t turns; /* changes when something ended or is wanted */

void servers_wake(void)
{
	(void)__atomic_add_fetch(&turns, 1, __ATOMIC_SEQ_CST);
	ipc_word_wake(&turns, TRUE);
}

/* Locked.  When it begins again, or that it does not. */
static void schedule(struct server *server, uint64_t now)
{
	uint32_t delay = 0;

	if (server->entry.policy == SERVERS_ONCE || !restart_ended(&server->restart, now, &delay)) {
		server->state = PROCESS_SERVER_GIVEN_UP;
		return;
	}
	server->state = PROCESS_SERVER_WAITS;
	server->due_ms = now + delay;
}

void servers_ended(struct server *server, uint32_t status)
{
	server->process = NULL;
	server->status = status;
	schedule(server, milliseconds_now());
	servers_wake();
}

static const char *reason_name(uint32_t status)
{
	switch (PROCESS_STATUS_REASON(status)) {
	case PROCESS_REASON_EXIT:
		return "ended itself";
	case PROCESS_REASON_KILLED:
		return "was killed";
	case PROCESS_REASON_FAULT:
		return "ended by an exception";
	default:
		return "died";
	}
}

/* ------------------------------------------------------------------------------------- starting */

static kern_return_t ask_roster(struct server *server)
{
	acs_name_t name = "";
	kern_return_t result = KERN_SUCCESS;

	if (server->granted || server->entry.program) {
		return KERN_SUCCESS;
	}
	(void)strncpy(name, server->entry.name, sizeof name - 1);
	result = acs_get_server(acs_control, name, &server->roster);
	if (result == KERN_SUCCESS) {
		resources_grant(server, OWNER_FIRST + (uint32_t)(server - servers));
		server->granted = true;
	}
	return result;
}

/* A program of an administrator finds the whole tree. */
static bool gets_root(const struct servers_entry *entry)
{
	return entry->administrator && entry->program;
}

static void add_root(const struct server *server, mach_port_t ports[STANDARD_PORTS])
{
	if (!gets_root(&server->entry)) {
		return;
	}
	ipc_lock(&state_lock);
	for (int i = STANDARD_PORT_ROOT; i <= STANDARD_PORT_DIRECTORY; i++) {
		if (root_directory != MACH_PORT_NULL &&
		    mach_port_mod_refs(SELF, root_directory, MACH_PORT_RIGHT_SEND, 1) ==
			    KERN_SUCCESS) {
			ports[i] = root_directory;
		}
	}
	ipc_unlock(&state_lock);
}

static kern_return_t start(struct server *server, const char **why)
{
	const struct servers_entry *entry = &server->entry;
	mach_port_t ports[STANDARD_PORTS] = {MACH_PORT_NULL};
	struct image image = {.data = NULL};
	struct process *process = NULL;
	struct spawn spawn = {
		.name = entry->name,
		.image = &image,
		.arguments = {entry->arguments, entry->arguments_bytes},
		.environment = {"", 0},
		.ports = ports,
		.flags = (entry->program ? 0 : IS_SERVER) |
			 (entry->administrator ? IS_ADMINISTRATOR : 0) |
			 (entry->policy == SERVERS_ESSENTIAL ? IS_ESSENTIAL : 0) | IS_SUSPENDED,
		.pages = entry->pages,
		.server = server,
	};
	kern_return_t result = ask_roster(server);

	if (result != KERN_SUCCESS) {
		return result;
	}
	if (!archive_find(entry->path, &image)) {
		*why = "the archive does not have it";
		return PROCESS_NOT_FOUND;
	}
	spawn.archived = image.data;
	add_root(server, ports);
	result = spawn_process(&spawn, &process);
	*why = spawn.why;
	if (result != KERN_SUCCESS) {
		for (int i = 0; i < (int)STANDARD_PORTS; i++) {
			if (ports[i] != MACH_PORT_NULL) {
				(void)mach_port_deallocate(SELF, ports[i]);
			}
		}
		return result;
	}
	if (entry->policy == SERVERS_ESSENTIAL) {
		(void)task_set_essential(process->task, TRUE);
	} else if (!entry->program) {
		(void)masix_task_use_reserve(host_privileged, process->task);
	}
	spawn_resume(process);
	process_release(process); /* the table has it */
	return KERN_SUCCESS;
}

/* Starting again would not help: the ACS or the image says no. */
static bool is_final(kern_return_t result)
{
	return result == ACS_NOT_IN_ROSTER || result == ACS_WRONG_DIGEST ||
	       result == ACS_NAME_INVALID || result == PROCESS_BAD_IMAGE ||
	       result == PROCESS_NOT_FOUND;
}

static void start_one(struct server *server)
{
	const char *why = NULL;
	kern_return_t result = KERN_SUCCESS;

	restart_started(&server->restart, milliseconds_now());
	result = start(server, &why);
	if (result == KERN_SUCCESS) {
		ipc_lock(&state_lock);
		if (server->starts++ > 0) {
			counter_add(COUNTER_RESTARTS);
		}
		if (server->state == PROCESS_SERVER_STARTING) {
			server->state = PROCESS_SERVER_RUNS; /* else it has ended already */
		}
		ipc_unlock(&state_lock);
		return;
	}
	log_say("%s is not started: %s", server->entry.name,
		why != NULL ? why : mach_error_string(result));
	ipc_lock(&state_lock);
	if (is_final(result)) {
		server->state = PROCESS_SERVER_GIVEN_UP;
	} else {
		schedule(server, milliseconds_now());
	}
	ipc_unlock(&state_lock);
}

/* ------------------------------------------------------------------------------------ the keeper
 */

/* Locked.  Is there a file server that has not said yet where the root is?  Not for ever. */
static bool root_is_coming(void)
{
	if (milliseconds_now() > ROOT_WAIT_MS) {
		return false;
	}
	for (uint32_t i = 0; i < server_count && root_directory == MACH_PORT_NULL; i++) {
		if (strcmp(servers[i].entry.name, "file") == 0) {
			return servers[i].state != PROCESS_SERVER_GIVEN_UP;
		}
	}
	return false;
}

/* One whose time has come; else *wait_ms is how long there is none. */
static struct server *next_due(uint32_t *wait_ms)
{
	uint64_t now = milliseconds_now();
	struct server *due = NULL;

	*wait_ms = IDLE_MS;
	ipc_lock(&state_lock);
	for (uint32_t i = 0; i < server_count && due == NULL; i++) {
		struct server *server = &servers[i];

		if (server->state != PROCESS_SERVER_WAITS ||
		    (gets_root(&server->entry) && root_is_coming())) {
			continue;
		}
		if (server->due_ms <= now) {
			server->state = PROCESS_SERVER_STARTING;
			due = server;
		} else if (server->due_ms - now < *wait_ms) {
			*wait_ms = (uint32_t)(server->due_ms - now);
		}
	}
	ipc_unlock(&state_lock);
	return due;
}

static void read_list(void)
{
	static struct servers_entry entries[SERVERS_MAX];
	struct servers_error error;
	struct image list = {.data = NULL};

	if (!archive_find(LIST_PATH, &list)) {
		log_say("the boot archive has no /%s: there is nothing to start", LIST_PATH);
		return;
	}
	server_count = servers_parse((const char *)list.data, list.bytes, entries, &error);
	if (error.text != NULL) {
		log_say("/%s, line %u: %s", LIST_PATH, (unsigned)error.line, error.text);
	}
	for (uint32_t i = 0; i < server_count; i++) {
		servers[i].entry = entries[i];
		servers[i].state = PROCESS_SERVER_WAITS;
	}
}

/* Says how a server ended, once: what is not said of one that is given up is said here. */
static void tell_ends(void)
{
	static bool told[SERVERS_MAX];

	for (uint32_t i = 0; i < server_count; i++) {
		struct server *server = &servers[i];
		uint32_t state = 0, status = 0;
		bool tell = false;

		ipc_lock(&state_lock);
		state = server->state;
		status = server->status;
		tell = !told[i] && server->starts > 0 && server->process == NULL &&
		       (state == PROCESS_SERVER_WAITS || state == PROCESS_SERVER_GIVEN_UP);
		told[i] = tell || (told[i] && server->process == NULL);
		ipc_unlock(&state_lock);
		if (tell) {
			log_say("%s %s (%u): %s", server->entry.name, reason_name(status),
				(unsigned)PROCESS_STATUS_CODE(status),
				state == PROCESS_SERVER_WAITS ? "it will be started again"
							      : "it is not started again");
		}
	}
}

void servers_run(void *unused)
{
	(void)unused;
	read_list();
	for (;;) {
		uint32_t seen = __atomic_load_n(&turns, __ATOMIC_SEQ_CST), wait_ms = 0;
		struct server *server = NULL;

		tell_ends();
		server = next_due(&wait_ms);
		if (server != NULL) {
			start_one(server);
			continue;
		}
		log_pump();
		ipc_word_wait(&turns, seen, wait_ms);
	}
}

kern_return_t servers_start_again(const char *name)
{
	kern_return_t result = PROCESS_NOT_FOUND;

	ipc_lock(&state_lock);
	for (uint32_t i = 0; i < server_count; i++) {
		struct server *server = &servers[i];

		if (strcmp(server->entry.name, name) != 0) {
			continue;
		}
		result = KERN_SUCCESS;
		if (server->state == PROCESS_SERVER_WAITS ||
		    server->state == PROCESS_SERVER_GIVEN_UP) {
			restart_forget(&server->restart);
			server->state = PROCESS_SERVER_WAITS;
			server->due_ms = 0;
		}
	}
	ipc_unlock(&state_lock);
	servers_wake();
	return result;
}
