/* exception_raise, sent by hand: the message has a fixed shape, and a fault is no place for a stub
   that waits in a receive. The faulting thread owns a reply port whose receiver is the kernel; the
   answer wakes it.

   kobject of a reply port: the struct exception_wait on the stack of the thread that waits, NULL
   when it does not, &given_up when no thread has the port any more. A port whose send-once right is
   still out when the wait ends otherwise is given up, so that a late answer cannot be taken for the
   answer to the next exception. It lives until that right is used: a handler that ends the thread
   and then answers must find no error. */
#include <ipc/ipc_kmsg.h>
#include <kern/counter.h>
#include <kern/panic.h>
#include <kern/thread.h>
#include <kern/trace.h>
#include <kern/upcall.h>
#include <mach/mig_errors.h>
#include <serv/exception.h>
#include <serv/kobject.h>

COUNTER(exceptions);
COUNTER(exceptions_unhandled);

#define EXCEPTION_RAISE_ID       2400
#define EXCEPTION_RAISE_REPLY_ID 2500

struct exception_message {
	mach_msg_header_t header;
	mach_msg_type_t thread_type;
	struct ipc_port *thread;
	mach_msg_type_t task_type;
	struct ipc_port *task;
	mach_msg_type_t exception_type;
	int32_t exception;
	mach_msg_type_t code_type;
	int32_t code;
	mach_msg_type_t subcode_type;
	int32_t subcode;
};
_Static_assert(sizeof(struct exception_message) == 64, "exception_raise is 64 bytes");

struct exception_wait {
	struct thread *thread;
	bool answered;
	kern_return_t result;
};

static const mach_msg_type_t type_port = {
	.msgt_name = MACH_MSG_TYPE_PORT_SEND, .msgt_size = 32, .msgt_number = 1, .msgt_inline = 1};
static const mach_msg_type_t type_int = {
	.msgt_name = MACH_MSG_TYPE_INTEGER_32, .msgt_size = 32, .msgt_number = 1, .msgt_inline = 1};

static char given_up; /* its address alone means something */

void exception_reply_port_give_up(struct thread *thread)
{
	struct ipc_port *port = thread->exception_reply;
	if (port == NULL) {
		return;
	}
	thread->exception_reply = NULL;
	if (port->rights.sorights != 0) {
		port->kobject = &given_up;
	} else {
		ipc_port_dealloc_special(port);
	}
}

/* Ends the wait on this reply port, if there still is one. */
static void wait_answer(struct ipc_port *port, kern_return_t result)
{
	void *kobject = port->active ? port->kobject : NULL;
	if (kobject != NULL && kobject != &given_up) {
		struct exception_wait *wait = kobject;
		wait->result = result;
		wait->answered = true;
		port->kobject = NULL;
		thread_wake(wait->thread, WAIT_AWAKENED);
	}
}

/* A send-once right to the port is used up: it owes no send-once notification. */
static void right_end(struct ipc_port *port)
{
	bool last = port->active && port->kobject == &given_up && port->rights.sorights == 1;
	port->rights.sorights--;
	ipc_port_release(port); /* an active port keeps its receiver's reference */
	if (last) {
		ipc_port_dealloc_special(port); /* nobody can send to it any more */
	}
}

void exception_reply_lost(struct ipc_port *port)
{
	wait_answer(port, KERN_FAILURE);
	right_end(port);
}

void exception_reply(struct ipc_kmsg *message)
{
	mig_reply_header_t *reply = (mig_reply_header_t *)&message->header;
	struct ipc_port *port = (struct ipc_port *)message->header.msgh_remote_port;
	bool valid = reply->Head.msgh_id == EXCEPTION_RAISE_REPLY_ID &&
		     reply->Head.msgh_size == sizeof *reply &&
		     (reply->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 &&
		     __builtin_memcmp(&reply->RetCodeType, &type_int, sizeof type_int) == 0;
	wait_answer(port, valid ? reply->RetCode : KERN_FAILURE);
	if (MACH_MSGH_BITS_REMOTE(message->header.msgh_bits) == MACH_MSG_TYPE_PORT_SEND_ONCE) {
		message->header.msgh_remote_port = MACH_PORT_NULL;
		message->header.msgh_bits &= ~MACH_MSGH_BITS_REMOTE_MASK;
		right_end(port);
	}
	ipc_kmsg_destroy(message);
}

/* The thread's reply port, made at its first exception. NULL: no memory. */
static struct ipc_port *reply_port_of(struct thread *thread)
{
	if (thread->exception_reply == NULL) {
		thread->exception_reply =
			ipc_port_alloc_special(ipc_space_kernel, IKOT_EXCEPTION_REPLY, NULL);
	}
	return thread->exception_reply;
}

/* Builds the message; its rights are made here. NULL: no memory. */
static struct ipc_kmsg *message_build(struct ipc_port *destination, struct ipc_port *reply,
				      int exception, int code, int subcode)
{
	struct ipc_kmsg *kmsg = ipc_kmsg_alloc(sizeof(struct exception_message));
	if (kmsg == NULL) {
		return NULL;
	}
	struct exception_message *message = (struct exception_message *)&kmsg->header;
	message->header.msgh_bits =
		MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND, MACH_MSG_TYPE_PORT_SEND_ONCE) |
		MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS_COMPLEX_PORTS;
	message->header.msgh_size = sizeof *message;
	message->header.msgh_remote_port = (mach_port_t)ipc_port_copy_send(destination);
	message->header.msgh_local_port = (mach_port_t)ipc_port_make_sonce(reply);
	message->header.msgh_seqno = 0;
	message->header.msgh_id = EXCEPTION_RAISE_ID;
	message->thread_type = type_port;
	message->thread = kernel_port_make_send(current->self_port);
	message->task_type = type_port;
	message->task = kernel_port_make_send(current->task->ports.self);
	message->exception_type = type_int;
	message->exception = exception;
	message->code_type = type_int;
	message->code = code;
	message->subcode_type = type_int;
	message->subcode = subcode;
	return kmsg;
}

/* Asks one port. KERN_SUCCESS: the handler has dealt with it; KERN_ABORTED: the thread was aborted
   or is ending, which settles it too; anything else: try the next port. */
static kern_return_t exception_ask(struct ipc_port *destination, int exception, int code,
				   int subcode)
{
	struct ipc_port *reply = reply_port_of(current);
	if (reply == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	struct ipc_kmsg *kmsg = message_build(destination, reply, exception, code, subcode);
	if (kmsg == NULL) {
		return KERN_RESOURCE_SHORTAGE;
	}
	struct exception_wait wait = {.thread = current};
	reply->kobject = &wait;
	ipc_mqueue_send_always(kmsg);
	while (!wait.answered) {
		enum wait_result result = thread_wait(NULL, NO_DEADLINE);
		if (!wait.answered && result == WAIT_INTERRUPTED) {
			exception_reply_port_give_up(current);
			return KERN_ABORTED;
		}
	}
	return wait.result;
}

static bool exception_try(struct ipc_port *port, int exception, int code, int subcode)
{
	if (!IP_VALID(port) || !port->active) {
		return false;
	}
	kern_return_t result = exception_ask(port, exception, code, subcode);
	return result == KERN_SUCCESS || result == KERN_ABORTED;
}

void upcall_exception(int exception, int code, int subcode)
{
	struct thread *thread = current;
	if (thread->terminating) {
		return;
	}
	counter_add(exceptions);
	trace(TRACE_EXCEPTION, (uint32_t)exception, (uint32_t)code);
	if (exception_try(thread->exception_port, exception, code, subcode) ||
	    exception_try(thread->task->ports.exception, exception, code, subcode)) {
		return;
	}
	if (thread->terminating || !thread->task->active) {
		return; /* ended while it waited: nothing to report */
	}
	counter_add(exceptions_unhandled);
	report_user_fault(thread, exception, code, (uint32_t)subcode);
	(void)task_terminate(thread->task); /* KERN_FAILURE: somebody else did */
}
