/* See standard_ports.h. */
#include "libmach.h"
#include "standard_ports.h"
#include <mach/task_special_ports.h>
#include <gen/mach.h>
#include <gen/mach_port.h>
#include <gen/process.h>
#include <gen/process_log.h>

enum { UNASKED, ASKING, KNOWN };

static mach_port_t process_port;
static mach_port_t ports[STANDARD_PORTS];
static unsigned int state;

static void keep(mach_port_array_t array, mach_msg_type_number_t count)
{
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		if (i < STANDARD_PORTS) {
			ports[i] = MACH_PORT_VALID(array[i]) ? array[i] : MACH_PORT_NULL;
		} else if (MACH_PORT_VALID(array[i])) {
			(void)mach_port_deallocate(mach_task_self(), array[i]);
		}
	}
	if (count > 0) {
		(void)vm_deallocate(mach_task_self(), (vm_address_t)array, count * sizeof *array);
	}
}

static void ask(void)
{
	mach_port_array_t array = 0;
	mach_msg_type_number_t count = 0;

	if (task_get_special_port(mach_task_self(), TASK_BOOTSTRAP_PORT, &process_port) !=
		    KERN_SUCCESS ||
	    !MACH_PORT_VALID(process_port)) {
		process_port = MACH_PORT_NULL;
		return;
	}
	if (process_get_ports(process_port, &array, &count) == KERN_SUCCESS) {
		keep(array, count);
	}
}

/* The first thread asks, others wait for it: that takes one call. */
static void learn(void)
{
	unsigned int expected = UNASKED;

	if (__atomic_load_n(&state, __ATOMIC_ACQUIRE) == KNOWN) {
		return;
	}
	if (__atomic_compare_exchange_n(&state, &expected, ASKING, 0, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE)) {
		ask();
		__atomic_store_n(&state, KNOWN, __ATOMIC_RELEASE);
		return;
	}
	while (__atomic_load_n(&state, __ATOMIC_ACQUIRE) != KNOWN) {
		(void)swtch_pri(0);
	}
}

mach_port_t standard_port(unsigned int index)
{
	learn();
	return index < STANDARD_PORTS ? ports[index] : MACH_PORT_NULL;
}

mach_port_t standard_process_port(void)
{
	learn();
	return process_port;
}

void standard_exit(unsigned int code)
{
	mach_port_t port = standard_process_port();

	if (port != MACH_PORT_NULL) {
		(void)process_exit(port, code);
	}
	mach_exit();
}

void standard_log(const char *text, size_t size)
{
	mach_port_t port = standard_port(STANDARD_PORT_LOG);

	while (port != MACH_PORT_NULL && size > 0) {
		size_t piece = size < PROCESS_LOG_BYTES_MAX ? size : PROCESS_LOG_BYTES_MAX;

		(void)process_log(port, (char *)text, piece);
		text += piece;
		size -= piece;
	}
}
