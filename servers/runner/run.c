/* One program: its order, its streams, its end; then the files that the host asks for. */
#include <pthread.h>
#include <string.h>
#include <gen/unix_client.h>
#include <masix/unix.h>
#include "frame_core.h"
#include "line.h"
#include "order_core.h"
#include "runner.h"

/* What the thread of the line tells the others; under the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct order order;
static struct input_ring input;
static struct order_path wanted; /* the file to send; empty: none */
static bool is_ordered;
static const char *wrong;   /* what the host did */
static mach_port_t program; /* the run; null: not started yet */

/* ------------------------------------------------------------------------ what the host says */

static const char *take_signal(const uint8_t *data, uint32_t bytes)
{
	if (bytes != 1) {
		return "a signal without a number";
	}
	if (program != MACH_PORT_NULL) {
		(void)unix_client_signal(program, data[0]);
	}
	return NULL;
}

static const char *take_size(const uint8_t *data, uint32_t bytes)
{
	const char *reason = order_size(&order, data, bytes);

	if (reason == NULL && program != MACH_PORT_NULL) {
		(void)unix_client_set_size(program, order.rows, order.columns);
	}
	return reason;
}

static const char *take_get(const uint8_t *data, uint32_t bytes)
{
	if (bytes == 0 || bytes > ORDER_PATH_MAX || wanted.bytes != 0) {
		return "one file at a time can be asked for";
	}
	memcpy(wanted.text, data, bytes);
	wanted.bytes = bytes;
	return NULL;
}

/* Null, or what is wrong. */
static const char *take_frame(uint8_t kind, const uint8_t *data, uint32_t bytes)
{
	switch (kind) {
	case FRAME_START:
		is_ordered = true;
		return order_check(&order);
	case FRAME_INPUT:
		return input_put(&input, data, bytes) ? NULL : "more input than was granted";
	case FRAME_INPUT_END:
		input.ended = true;
		return NULL;
	case FRAME_SIGNAL:
		return take_signal(data, bytes);
	case FRAME_GET:
		return take_get(data, bytes);
	case FRAME_TERMINAL:
		return is_ordered ? take_size(data, bytes) : order_add(&order, kind, data, bytes);
	default:
		return is_ordered ? "an order after the start"
				  : order_add(&order, kind, data, bytes);
	}
}

void run_take(const uint8_t *bytes, size_t count)
{
	static struct frame_reader reader;
	enum frame_result result = FRAME_MORE;

	(void)pthread_mutex_lock(&lock);
	for (size_t taken = 0; count != 0 && wrong == NULL; bytes += taken, count -= taken) {
		result = frame_read(&reader, bytes, count, &taken);
		if (result == FRAME_BAD) {
			wrong = "what came is no frame";
		} else if (result == FRAME_WHOLE) {
			wrong = take_frame(frame_kind(&reader), reader.data, frame_bytes(&reader));
		}
	}
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&lock);
}

/* Waits for something from the host; lock held. */
static void wait_changed(void)
{
	if (wrong != NULL) {
		(void)pthread_mutex_unlock(&lock);
		runner_fail("the host", wrong);
	}
	(void)pthread_cond_wait(&changed, &lock);
}

/* ---------------------------------------------------------------------------- standard input */

static void grant(uint32_t bytes)
{
	uint8_t word[4];

	frame_write_word(word, bytes);
	line_send(FRAME_GRANT, word, sizeof word);
}

/* Some of what waits, or its end; false: the end was said, or nobody reads. */
static bool feed(const uint8_t *data, uint32_t bytes, bool is_end, uint32_t *taken)
{
	natural_t count = 0;
	kern_return_t result =
		unix_client_write(program, (const char *)data, bytes, is_end, &count);

	*taken = count;
	return result == KERN_SUCCESS && !is_end;
}

void *run_feed(void *argument)
{
	static uint8_t data[UNIX_DATA_MAX];
	bool goes_on = true;

	(void)argument;
	grant(ORDER_INPUT_MAX);
	(void)pthread_mutex_lock(&lock);
	while (goes_on) {
		uint32_t bytes = input_peek(&input, data, sizeof data);
		bool is_end = input.ended && bytes == 0;

		if (program == MACH_PORT_NULL || (bytes == 0 && !is_end)) {
			wait_changed();
			continue;
		}
		(void)pthread_mutex_unlock(&lock);
		goes_on = feed(data, bytes, is_end, &bytes);
		if (bytes != 0) {
			grant(bytes);
		}
		(void)pthread_mutex_lock(&lock);
		input_drop(&input, bytes);
	}
	(void)pthread_mutex_unlock(&lock);
	return NULL;
}

/* --------------------------------------------------------------------------------- the program */

static void send_word(uint8_t kind, uint32_t value)
{
	uint8_t word[4];

	frame_write_word(word, value);
	line_send(kind, word, sizeof word);
}

/* A negative error number of Linux, or 0. */
static int start(mach_port_t *run)
{
	const vm_offset_t arguments = (vm_offset_t)order.arguments.text;
	const vm_offset_t environment = (vm_offset_t)order.environment.text;
	int result = 0;
	kern_return_t code = KERN_SUCCESS;

	if (order.wants_terminal) {
		code = unix_client_start_terminal(
			unix_port, order.path.text, order.path.bytes, order.directory.text,
			order.directory.bytes, arguments, order.arguments.bytes, environment,
			order.environment.bytes, order.rows, order.columns, &result, run);
	} else {
		code = unix_client_start(unix_port, order.path.text, order.path.bytes,
					 order.directory.text, order.directory.bytes, arguments,
					 order.arguments.bytes, environment,
					 order.environment.bytes, MACH_PORT_NULL,
					 MACH_MSG_TYPE_COPY_SEND, &result, run);
	}
	if (code != KERN_SUCCESS) {
		runner_fail("the Unix server", mach_error_string(code));
	}
	return result;
}

/* All that it writes until it ends. */
static void send_output(mach_port_t run)
{
	static unix_data_t data;

	for (;;) {
		natural_t stream = 0;
		mach_msg_type_number_t bytes = sizeof data;
		kern_return_t code = unix_client_read(run, TRUE, &stream, data, &bytes);

		if (code != KERN_SUCCESS) {
			runner_fail("the Unix server", mach_error_string(code));
		}
		if (stream == 0) {
			return;
		}
		for (uint32_t done = 0, part = 0; done < bytes; done += part) {
			part = bytes - done < FRAME_DATA_MAX ? bytes - done : FRAME_DATA_MAX;
			line_send(stream == 1 ? FRAME_OUTPUT : FRAME_ERROR, data + done, part);
		}
	}
}

static void run_program(void)
{
	mach_port_t run = MACH_PORT_NULL;
	natural_t status = 0;
	int result = start(&run);
	kern_return_t code = KERN_SUCCESS;

	if (result < 0) {
		send_word(FRAME_REFUSED, (uint32_t)-result);
		return;
	}
	(void)pthread_mutex_lock(&lock);
	program = run;
	if (order.wants_terminal) { /* the size may have changed meanwhile */
		(void)unix_client_set_size(run, order.rows, order.columns);
	}
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&lock);
	/* A program may close its output and go on; what it writes otherwise is read up to its end.
	 */
	send_output(run);
	code = unix_client_wait(run, &status);
	if (code != KERN_SUCCESS) {
		runner_fail("the Unix server", mach_error_string(code));
	}
	send_word(FRAME_ENDED, status);
}

void *run_serve(void *argument)
{
	static struct order_path path;

	(void)argument;
	(void)pthread_mutex_lock(&lock);
	while (!is_ordered || wrong != NULL) {
		wait_changed();
	}
	(void)pthread_mutex_unlock(&lock);
	run_program();
	for (;;) {
		(void)pthread_mutex_lock(&lock);
		while (wanted.bytes == 0) {
			wait_changed();
		}
		path = wanted;
		wanted.bytes = 0;
		(void)pthread_mutex_unlock(&lock);
		get_file(path.text, path.bytes);
	}
}
