/* run.h; one function for each routine of masix/unix_client.defs. */
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/unix_client_reply.h>
#include <gen/unix_client_server.h>
#include "files.h"
#include "run.h"
#include "stream.h"
#include "terminal.h"

#define STREAMS 3
#define O_RDWR  2u

struct run {
	unsigned int references; /* the object's, the process's, one for each open stream */
	struct process *process; /* null: it has ended */
	uint32_t pgid;
	bool ended;
	uint32_t status;
	struct stream streams[STREAMS];
	struct terminal *terminal; /* instead of the streams; null: none, or a console */
	bool read_until_end;       /* who waits in unix_client_read would not wait for others */
	ipc_answer_t write_answer, read_answer, wait_answer; /* 0: nobody waits */
};

void run_reference(struct run *run)
{
	run->references++;
}

void run_release(struct run *run)
{
	if (--run->references == 0) {
		if (run->terminal != NULL) {
			run->terminal->run = NULL;
			pty_end(run->terminal);
		}
		for (int i = 0; i < STREAMS; i++) {
			free(run->streams[i].bytes);
		}
		free(run);
	}
}

static struct run *run_create(void)
{
	struct run *run = calloc(1, sizeof(*run));

	if (run == NULL) {
		return NULL;
	}
	run->references = 1;
	for (int i = 0; i < STREAMS; i++) {
		run->streams[i].run = run;
		run->streams[i].closed = true;
		run->streams[i].bytes = malloc(STREAM_BYTES);
		if (run->streams[i].bytes == NULL) {
			run_release(run);
			return NULL;
		}
	}
	return run;
}

/* ------------------------------------------------------------------------- answers that waited */

/* Nothing more would come for such a read. */
static bool output_ends(const struct run *run, bool until_end)
{
	bool closed = run->terminal != NULL ? pty_is_deserted(run->terminal)
					    : run->streams[1].closed && run->streams[2].closed;

	return closed || (until_end && run->ended);
}

/* There is something to be read; of stopped output only when no more can come. */
static bool has_output(const struct run *run, bool until_end)
{
	const struct terminal *terminal = run->terminal;

	return terminal != NULL ? terminal->output.count != 0 &&
					  (!terminal->line.stopped || output_ends(run, until_end))
				: run->streams[1].count != 0 || run->streams[2].count != 0;
}

/* What a read would get now: false, it has to wait. */
static bool take_output(struct run *run, bool until_end, natural_t *stream, char *data,
			mach_msg_type_number_t *bytes)
{
	if (run->terminal != NULL && has_output(run, until_end)) {
		*stream = 1;
		*bytes = pty_take(run->terminal, data, UNIX_BUFFER_MAX, true);
		return true;
	}
	for (natural_t i = 1; i < STREAMS; i++) {
		if (run->streams[i].count != 0) {
			*stream = i;
			*bytes = stream_take(&run->streams[i], data, UNIX_BUFFER_MAX);
			return true;
		}
	}
	*stream = 0;
	*bytes = 0;
	return output_ends(run, until_end);
}

/* The right to answer, if somebody waits and has not gone. */
static mach_port_t take_answer(ipc_answer_t *answer)
{
	mach_port_t reply = MACH_PORT_NULL;

	if (*answer != 0) {
		reply = ipc_answer_take(bucket, *answer);
		*answer = 0;
	}
	return reply;
}

void run_output(struct run *run)
{
	static char data[UNIX_DATA_MAX]; /* the lock is held */
	mach_msg_type_number_t bytes = 0;
	natural_t stream = 0;
	mach_port_t reply = MACH_PORT_NULL;

	if (run->read_answer == 0 ||
	    (!has_output(run, run->read_until_end) && !output_ends(run, run->read_until_end))) {
		return;
	}
	reply = take_answer(&run->read_answer);
	if (reply != MACH_PORT_NULL) {
		(void)take_output(run, run->read_until_end, &stream, data, &bytes);
		ipc_answer_sent(reply,
				unix_client_read_reply(reply, KERN_SUCCESS, stream, data, bytes));
	}
}

/* Nobody can read what is written. */
static bool input_is_closed(const struct run *run)
{
	return run->terminal != NULL ? run->terminal->hung_up || pty_is_deserted(run->terminal)
				     : run->streams[0].closed;
}

static bool input_has_room(const struct run *run)
{
	return run->terminal != NULL ? terminal_has_room(run->terminal)
				     : run->streams[0].count < STREAM_BYTES;
}

void run_input(struct run *run)
{
	mach_port_t reply = MACH_PORT_NULL;

	if (run->write_answer == 0 || (!input_has_room(run) && !input_is_closed(run))) {
		return;
	}
	reply = take_answer(&run->write_answer);
	if (reply != MACH_PORT_NULL) {
		kern_return_t code = input_is_closed(run) ? KERN_NOT_RECEIVER : KERN_SUCCESS;

		ipc_answer_sent(reply, unix_client_write_reply(reply, code, 0));
	}
}

void run_ended(struct run *run, uint32_t status)
{
	mach_port_t reply = take_answer(&run->wait_answer);

	run->process = NULL;
	run->ended = true;
	run->status = status;
	if (reply != MACH_PORT_NULL) {
		ipc_answer_sent(reply, unix_client_wait_reply(reply, KERN_SUCCESS, status));
	}
	run_output(run);
	run_release(run);
}

static void write_cancelled(void *argument)
{
	server_lock();
	((struct run *)argument)->write_answer = 0;
	server_unlock();
}

static void read_cancelled(void *argument)
{
	server_lock();
	((struct run *)argument)->read_answer = 0;
	server_unlock();
}

static void wait_cancelled(void *argument)
{
	server_lock();
	((struct run *)argument)->wait_answer = 0;
	server_unlock();
}

void run_reclaim(struct ipc_object *object)
{
	static const struct signal_info info = {.code = SI_KERNEL};
	struct run *run = *(struct run **)ipc_object_data(object);

	if (run == NULL) {
		return;
	}
	server_lock();
	for (int i = 0; i < STREAMS; i++) {
		stream_end(&run->streams[i]);
	}
	if (run->terminal != NULL) {
		terminal_hang_up(run->terminal);
	}
	if (!run->ended && !run->terminal) {
		signal_group(run->pgid, SIGHUP, &info);
		signal_group(run->pgid, SIGCONT, &info);
	}
	run_release(run);
	server_unlock();
}

/* ------------------------------------------------------------------------------------ starting */

/* What unix_client_start was given, as strings. */
struct order {
	char path[sizeof(unix_path_t) + 1];
	char directory[sizeof(unix_path_t) + 1];
	const char *arguments, *environment;
	uint32_t arguments_bytes, environment_bytes;
	mach_port_t console; /* null: three streams, or */
	bool wants_terminal;
	uint16_t size[4]; /* of the terminal, as struct winsize */
};

static int take_text(char *to, const char *from, uint32_t bytes)
{
	if (bytes == 0 || bytes >= sizeof(unix_path_t) || memchr(from, '\0', bytes) != NULL) {
		return bytes >= sizeof(unix_path_t) ? -ENAMETOOLONG : -ENOENT;
	}
	memcpy(to, from, bytes);
	to[bytes] = '\0';
	return 0;
}

static bool are_strings(const char *text, uint32_t bytes)
{
	return bytes == 0 || text[bytes - 1] == '\0';
}

static int open_streams(struct process *process, struct run *run)
{
	for (int i = 0; i < STREAMS; i++) {
		struct open_file *file = stream_open(&run->streams[i], i == 0 ? 0 : 1);
		int result = file == NULL ? -ENOMEM : descriptors_add(process, file, i, false);

		if (result < 0) {
			if (file != NULL) {
				open_file_release(file);
			}
			return result;
		}
	}
	return 0;
}

/* One open file of the terminal, three times. */
static int open_terminal(struct process *process, struct terminal *terminal)
{
	struct open_file *file = terminal_file(terminal, O_RDWR);

	if (file == NULL) {
		return -ENOMEM;
	}
	for (int i = 0; i < STREAMS; i++) {
		int result = descriptors_add(process, file, i, false);

		if (result < 0) {
			open_file_release(file);
			return result;
		}
		open_file_reference(file);
	}
	open_file_release(file);
	return 0;
}

/* Everything but the program: identity, directories, descriptors. */
static int furnish(struct process *process, const struct starter *starter,
		   const struct order *order, struct run *run, struct terminal *terminal)
{
	struct identity *identity = &process->identity;
	file_attributes_t attributes;

	identity->uid = identity->euid = identity->suid = identity->fsuid = starter->uid;
	identity->gid = identity->egid = identity->sgid = identity->fsgid = starter->gid;
	if (mach_port_mod_refs(mach_task_self(), file_root, MACH_PORT_RIGHT_SEND, 1) !=
	    KERN_SUCCESS) {
		return -EIO;
	}
	process->root = file_root;
	process->descriptors = descriptors_create();
	if (process->descriptors == NULL) {
		return -ENOMEM;
	}
	return files_open(process, process->root, order->directory, FILE_HANDLE | FILE_DIRECTORY, 0,
			  &process->directory, &attributes)
		       ?: (terminal != NULL ? open_terminal(process, terminal)
					    : open_streams(process, run));
}

static void release_terminal(struct terminal *terminal)
{
	if (terminal != NULL) {
		terminal_release(terminal);
	}
}

static void drop_console(const struct order *order)
{
	if (order->console != MACH_PORT_NULL) {
		(void)mach_port_deallocate(mach_task_self(), order->console);
	}
}

/* A terminal whose other side the run is. */
static int make_terminal(const struct starter *starter, const struct order *order, struct run *run)
{
	int result = pty_create(starter->uid, &run->terminal);

	if (result < 0) {
		return result;
	}
	run->terminal->run = run;
	terminal_set_size(run->terminal, order->size);
	return 0;
}

/* The terminal that was ordered, with a reference; null: three streams. */
static int get_terminal(const struct starter *starter, const struct order *order, struct run *run,
			struct terminal **terminal)
{
	int result = 0;

	if (order->console != MACH_PORT_NULL) {
		return terminal_open_console(order->console, terminal);
	}
	if (order->wants_terminal) {
		result = make_terminal(starter, order, run);
		*terminal = run->terminal;
		if (result == 0) {
			terminal_reference(run->terminal);
		}
	}
	return result;
}

static int start(const struct starter *starter, const struct order *order, struct run *run)
{
	struct process *process = NULL;
	struct terminal *terminal = NULL;
	int result = get_terminal(starter, order, run, &terminal);

	if (result < 0) {
		drop_console(order);
		return result;
	}
	process = process_create(NULL);
	if (process == NULL) {
		release_terminal(terminal);
		return -EAGAIN;
	}
	result = furnish(process, starter, order, run, terminal);
	result = result < 0 ? result
			    : process_execute(process, NULL, process->directory, order->path,
					      order->arguments, order->arguments_bytes,
					      order->environment, order->environment_bytes);
	if (result < 0) {
		process_discard(process);
		release_terminal(terminal);
		return result;
	}
	if (terminal != NULL) {
		terminal_set_session(terminal, process);
		release_terminal(terminal);
	}
	run->process = process;
	run->pgid = process->pgid;
	run_reference(run);
	process->run = run;
	process->state = PROCESS_RUNS;
	thread_start(process->threads);
	return 0;
}

/* The object that stands for the run; what was made of it is undone if it fails. */
static kern_return_t give_run(struct run *run, struct ipc_object **object)
{
	struct ipc_client *client = NULL;
	kern_return_t code = ipc_client_create(bucket, NULL, &client);

	if (code == KERN_SUCCESS) {
		code = ipc_object_create(client, &run_class, object);
		ipc_client_release(client);
	}
	if (code == KERN_SUCCESS) {
		*(struct run **)ipc_object_data(*object) = run;
	}
	return code;
}

static int start_order(const struct starter *starter, const struct order *order, mach_port_t *port)
{
	struct run *run = NULL;
	struct ipc_object *object = NULL;
	int result = 0;

	server_lock();
	run = run_create();
	if (run == NULL || give_run(run, &object) != KERN_SUCCESS) {
		if (run != NULL) {
			run_release(run);
		}
		server_unlock();
		drop_console(order);
		return -ENOMEM;
	}
	result = start(starter, order, run);
	if (result < 0) {
		run->ended = true; /* the object's reference goes with it */
	}
	server_unlock();
	if (result < 0) {
		ipc_object_destroy(object);
		return result;
	}
	*port = ipc_object_give(object);
	return 0;
}

/* Fills the order's strings, and has it done; the console is taken, whatever the result. */
static int take_order(const struct starter *starter, struct order *order, const char *path,
		      uint32_t path_bytes, const char *directory, uint32_t directory_bytes,
		      mach_port_t *run)
{
	int result = take_text(order->path, path, path_bytes)
			     ?: take_text(order->directory, directory, directory_bytes);

	if (result == 0 && (!are_strings(order->arguments, order->arguments_bytes) ||
			    !are_strings(order->environment, order->environment_bytes))) {
		result = -EINVAL;
	}
	if (result < 0) {
		drop_console(order);
		return result;
	}
	return start_order(starter, order, run);
}

kern_return_t
serve_unix_client_start(ipc_call_t call, const unix_path_t path, mach_msg_type_number_t path_bytes,
			const unix_path_t directory, mach_msg_type_number_t directory_bytes,
			vm_offset_t arguments, mach_msg_type_number_t arguments_bytes,
			vm_offset_t environment, mach_msg_type_number_t environment_bytes,
			mach_port_t console, int *result, mach_port_t *run)
{
	struct order *order = calloc(1, sizeof(*order));

	*run = MACH_PORT_NULL;
	if (order == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	order->arguments = (const char *)arguments;
	order->arguments_bytes = arguments_bytes;
	order->environment = (const char *)environment;
	order->environment_bytes = environment_bytes;
	order->console = console;
	*result = take_order(ipc_call_data(call), order, path, path_bytes, directory,
			     directory_bytes, run);
	free(order);
	(void)vm_deallocate(mach_task_self(), arguments, arguments_bytes);
	(void)vm_deallocate(mach_task_self(), environment, environment_bytes);
	return KERN_SUCCESS;
}

kern_return_t
serve_unix_client_start_terminal(ipc_call_t call, const unix_path_t path,
				 mach_msg_type_number_t path_bytes, const unix_path_t directory,
				 mach_msg_type_number_t directory_bytes, vm_offset_t arguments,
				 mach_msg_type_number_t arguments_bytes, vm_offset_t environment,
				 mach_msg_type_number_t environment_bytes, natural_t rows,
				 natural_t columns, int *result, mach_port_t *run)
{
	struct order *order = NULL;

	*run = MACH_PORT_NULL;
	if (rows > UINT16_MAX || columns > UINT16_MAX) {
		return KERN_INVALID_VALUE;
	}
	order = calloc(1, sizeof(*order));
	if (order == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	order->arguments = (const char *)arguments;
	order->arguments_bytes = arguments_bytes;
	order->environment = (const char *)environment;
	order->environment_bytes = environment_bytes;
	order->wants_terminal = true;
	order->size[0] = (uint16_t)rows;
	order->size[1] = (uint16_t)columns;
	*result = take_order(ipc_call_data(call), order, path, path_bytes, directory,
			     directory_bytes, run);
	free(order);
	(void)vm_deallocate(mach_task_self(), arguments, arguments_bytes);
	(void)vm_deallocate(mach_task_self(), environment, environment_bytes);
	return KERN_SUCCESS;
}

/* -------------------------------------------------------------------------------- a run's calls */

static struct run *run_of(ipc_call_t call)
{
	return *(struct run **)ipc_call_data(call);
}

/* How many bytes went in; is_end, and all did: no more can come. */
static uint32_t put_input(struct run *run, const char *data, uint32_t bytes, bool is_end)
{
	uint32_t taken = run->terminal != NULL
				 ? terminal_input(run->terminal, (const uint8_t *)data, bytes)
				 : stream_put(&run->streams[0], data, bytes);

	if (is_end && taken == bytes) {
		stream_end(&run->streams[0]);
		if (run->terminal != NULL) {
			terminal_hang_up(run->terminal);
		}
	}
	return taken;
}

kern_return_t serve_unix_client_write(ipc_call_t call, const unix_data_t data,
				      mach_msg_type_number_t bytes, boolean_t is_end,
				      natural_t *taken)
{
	struct run *run = run_of(call);
	kern_return_t code = KERN_SUCCESS;

	*taken = 0;
	server_lock();
	if (run->streams[0].ended) {
		code = KERN_INVALID_VALUE;
	} else if (input_is_closed(run)) {
		code = KERN_NOT_RECEIVER;
	} else if (run->write_answer != 0) {
		code = KERN_NAME_EXISTS;
	} else if (bytes != 0 && !input_has_room(run)) {
		code = ipc_call_defer(call, write_cancelled, run, &run->write_answer)
			       ?: MIG_NO_REPLY;
	} else {
		*taken = put_input(run, data, bytes, is_end);
	}
	server_unlock();
	return code;
}

kern_return_t serve_unix_client_read(ipc_call_t call, boolean_t until_end, natural_t *stream,
				     unix_data_t data, mach_msg_type_number_t *bytes)
{
	struct run *run = run_of(call);
	kern_return_t code = KERN_SUCCESS;

	server_lock();
	if (run->read_answer != 0) {
		code = KERN_NAME_EXISTS;
	} else if (!take_output(run, until_end, stream, data, bytes)) {
		run->read_until_end = until_end;
		code = ipc_call_defer(call, read_cancelled, run, &run->read_answer) ?: MIG_NO_REPLY;
	}
	server_unlock();
	return code;
}

kern_return_t serve_unix_client_wait(ipc_call_t call, natural_t *status)
{
	struct run *run = run_of(call);
	kern_return_t code = KERN_SUCCESS;

	server_lock();
	if (run->ended) {
		*status = run->status;
	} else if (run->wait_answer != 0) {
		code = KERN_NAME_EXISTS;
	} else {
		code = ipc_call_defer(call, wait_cancelled, run, &run->wait_answer) ?: MIG_NO_REPLY;
	}
	server_unlock();
	return code;
}

kern_return_t serve_unix_client_signal(ipc_call_t call, natural_t number)
{
	const struct signal_info info = {.code = SI_USER};
	struct run *run = run_of(call);

	if (number == 0 || number > UNIX_SIGNALS) {
		return KERN_INVALID_VALUE;
	}
	server_lock();
	if (!run->ended) {
		signal_group(run->pgid, number, &info);
	}
	server_unlock();
	return KERN_SUCCESS;
}

kern_return_t serve_unix_client_set_size(ipc_call_t call, natural_t rows, natural_t columns)
{
	const uint16_t size[4] = {(uint16_t)rows, (uint16_t)columns};
	struct run *run = run_of(call);

	if (rows > UINT16_MAX || columns > UINT16_MAX) {
		return KERN_INVALID_VALUE;
	}
	server_lock();
	if (run->terminal != NULL) {
		terminal_set_size(run->terminal, size);
	}
	server_unlock();
	return run->terminal != NULL ? KERN_SUCCESS : KERN_FAILURE;
}
