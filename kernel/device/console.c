/* console, kd, com0: one terminal under three names. Characters are polled once a tick; a read is
   answered with what there is. TTY_STATUS chooses echo and the treatment of carriage returns.

   The console server takes the hardware over with set_status CONSOLE_CAPTURE, all of it or a part:
   from then on the kernel prints there no more (to its log always) and leaves the keys to the
   server's own driver. {0}, the end of the task that took it, or the end of the last send right,
   gives it back. */
#include <device/device.h>
#include <device/tty_status.h>
#include <kern/machine.h>
#include <kern/panic.h>
#include <kern/task.h>
#include <kern/thread.h>
#include <masix/console_capture.h>

#define INPUT_BYTES 256u

static char input[INPUT_BYTES];
static uint32_t input_start, input_count;
static uint32_t flags = TF_ECHO | TF_CRMOD;
static struct device *captor;    /* the device by which it was captured, or NULL */
static struct task *captor_task; /* with a reference; others may hold the device's port, too */
static uint32_t captured;        /* CONSOLE_CAPTURE_*: the parts */
static uint32_t opens;

_Static_assert(CONSOLE_CAPTURE_SCREEN == MACHINE_CONSOLE_SCREEN &&
		       CONSOLE_CAPTURE_SERIAL == MACHINE_CONSOLE_SERIAL,
	       "the parts of a console have the same names here and there");

/* For the task that calls. */
static void capture(struct device *device, uint32_t parts)
{
	struct task *before = captor_task;
	captor = parts != 0 ? device : NULL;
	captor_task = parts != 0 ? current->task : NULL;
	if (captor_task != NULL) {
		task_reference(captor_task);
	}
	if (before != NULL) {
		task_release(before);
	}
	captured = parts;
	console_set_captured(parts);
}

/* The oldest characters win when nobody reads. */
void console_tick(void)
{
	if (captor_task != NULL && !captor_task->active) {
		capture(captor, 0); /* a task that ends tells nobody */
	}
	if (opens == 0) {
		return;
	}
	while (input_count < INPUT_BYTES) {
		int c = machine_console_poll(MACHINE_CONSOLE_ALL & ~captured);
		if (c < 0) {
			break;
		}
		if (c == '\r' && (flags & TF_CRMOD) != 0) {
			c = '\n';
		}
		char text = (char)c;
		if ((flags & TF_ECHO) != 0) {
			console_write(&text, 1);
		}
		input[(input_start + input_count++) % INPUT_BYTES] = text;
	}
}

static io_return_t console_open(struct device *device, dev_mode_t mode)
{
	(void)mode;
	if (device->opens == 0) {
		opens++;
	}
	return D_SUCCESS;
}

static void console_close(struct device *device)
{
	opens--;
	if (captor == device) {
		capture(device, 0);
	}
}

static io_return_t console_read(struct device *device, uint32_t record, char *buffer,
				uint32_t bytes, uint32_t *count)
{
	(void)device;
	(void)record;
	uint32_t taken = 0;
	while (taken < bytes && input_count > 0) {
		buffer[taken++] = input[input_start];
		input_start = (input_start + 1) % INPUT_BYTES;
		input_count--;
	}
	*count = taken;
	return taken > 0 ? D_SUCCESS : D_WOULD_BLOCK;
}

static io_return_t console_device_write(struct device *device, uint32_t record, const char *data,
					uint32_t bytes)
{
	(void)device;
	(void)record;
	console_write(data, bytes);
	return D_SUCCESS;
}

static io_return_t console_get_status(struct device *device, dev_flavor_t flavor, int *status,
				      uint32_t *count)
{
	(void)device;
	if (flavor == DEV_GET_SIZE && *count >= DEV_GET_SIZE_COUNT) {
		status[DEV_GET_SIZE_DEVICE_SIZE] = 0;
		status[DEV_GET_SIZE_RECORD_SIZE] = 1;
		*count = DEV_GET_SIZE_COUNT;
		return D_SUCCESS;
	}
	if (flavor == TTY_STATUS && *count >= TTY_STATUS_COUNT) {
		*(struct tty_status *)status = (struct tty_status){.tt_ispeed = B9600,
								   .tt_ospeed = B9600,
								   .tt_breakc = -1,
								   .tt_flags = (int)flags};
		*count = TTY_STATUS_COUNT;
		return D_SUCCESS;
	}
	return D_INVALID_OPERATION;
}

static io_return_t console_set_status(struct device *device, dev_flavor_t flavor, const int *status,
				      uint32_t count)
{
	if (flavor == TTY_STATUS && count >= TTY_STATUS_COUNT) {
		flags = (uint32_t)((const struct tty_status *)status)->tt_flags;
		return D_SUCCESS;
	}
	if (flavor == TTY_FLUSH && count >= TTY_FLUSH_COUNT) {
		input_count = 0;
		return D_SUCCESS;
	}
	if (flavor == CONSOLE_CAPTURE && count >= CONSOLE_CAPTURE_COUNT) {
		if (captor != NULL && captor != device) {
			return D_ALREADY_OPEN;
		}
		if (((uint32_t)status[0] & ~MACHINE_CONSOLE_ALL) != 0) {
			return D_INVALID_OPERATION;
		}
		capture(device, (uint32_t)status[0]);
		return D_SUCCESS;
	}
	return D_INVALID_OPERATION;
}

struct device_ops console_ops = {
	.open = console_open,
	.close = console_close,
	.read = console_read,
	.write = console_device_write,
	.get_status = console_get_status,
	.set_status = console_set_status,
};
