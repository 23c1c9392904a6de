/* Requests to the kernel's own objects: find the subsystem, run its stub, settle who owns what. */
#include <ipc/ipc_right.h>
#include <ipc/ipc_kmsg_quick.h>
#include <ipc/ipc_right.h>
#include <kern/counter.h>
#include <kern/trace.h>
#include <kern/upcall.h>
#include <mach/mig_errors.h>
#include <mach/notify.h>
#include <serv/convert.h>
#include <serv/exception.h>
#include <serv/io_perm.h>
#include <serv/kobject.h>
#include <serv/pager_calls.h>

COUNTER(kobject_requests);
COUNTER(kobject_bad_ids);
COUNTER(kobject_no_memory);

typedef boolean_t (*subsystem_server)(mach_msg_header_t *request, mach_msg_header_t *reply);

extern boolean_t mach_server(mach_msg_header_t *, mach_msg_header_t *);
extern boolean_t mach_host_server(mach_msg_header_t *, mach_msg_header_t *);
extern boolean_t device_server(mach_msg_header_t *, mach_msg_header_t *);
extern boolean_t mach_debug_server(mach_msg_header_t *, mach_msg_header_t *);
extern boolean_t mach_port_server(mach_msg_header_t *, mach_msg_header_t *);
extern boolean_t mach_i386_server(mach_msg_header_t *, mach_msg_header_t *);
extern boolean_t mach4_server(mach_msg_header_t *, mach_msg_header_t *);
extern boolean_t gnumach_server(mach_msg_header_t *, mach_msg_header_t *);
extern boolean_t masix_host_server(mach_msg_header_t *, mach_msg_header_t *);

/* Most replies fit a small message. Bit n of `large` says that the reply to request base + n may
   not; then it takes what the largest does, but for the requests of the form (flavour, room for
   words), which say how much they want. */
struct subsystem {
	subsystem_server server;
	uint32_t large[4];
};

#define ID_FIRST 2000u
#define ID_STEP  100u
#define BIT(n)   (1u << ((n) % 32))

#define MASIX_HOST_BASE  500000u
#define MASIX_HOST_COUNT 100u

/* By (id - 2000) / 100. The ids of one subsystem do not cross a hundred, but mach's own
   (2000..2099). */
static const struct subsystem subsystems[] = {
	[0] = {mach_server, {BIT(12) | BIT(17) | BIT(19), 0, 0, 0}},
	[6] = {mach_host_server, {BIT(19), BIT(38) | BIT(39) | BIT(40) | BIT(42) | BIT(46), 0, 0}},
	[8] = {device_server, {BIT(11), 0, 0, 0}},
	[10] = {mach_debug_server, {~0u, ~0u, 0, 0}},
	[12] = {mach_port_server, {0, 0, 0, 0}},
	[18] = {mach_i386_server, {BIT(4), 0, 0, 0}},
	[20] = {mach4_server, {~0u, 0, 0, 0}},
	[22] = {gnumach_server, {~0u << 12, 0, 0, 0}},
};
#define SUBSYSTEM_COUNT (sizeof(subsystems) / sizeof(subsystems[0]))

static const struct subsystem masix_host_subsystem = {masix_host_server, {~0u, ~0u, ~0u, ~0u}};

/* The header of every reply, and 1024 words or bytes in line. */
#define LARGE_REPLY_BYTES 4352u

static const struct subsystem *subsystem_of(uint32_t id)
{
	uint32_t index = (id - ID_FIRST) / ID_STEP;
	if (likely(index < SUBSYSTEM_COUNT)) {
		return &subsystems[index];
	}
	if (id - MASIX_HOST_BASE < MASIX_HOST_COUNT) {
		return &masix_host_subsystem;
	}
	return NULL;
}

/* A request that chooses a flavour and tells how many words the answer may have. */
struct flavored_request {
	mach_msg_header_t header;
	mach_msg_type_t flavor_type;
	int32_t flavor;
	mach_msg_type_t count_type;
	uint32_t count;
};
_Static_assert(sizeof(struct flavored_request) == 40, "as MIG lays it out");
/* processor_info has the longest header: 48 bytes, with a port. */
#define FLAVORED_WORDS_SMALL ((IPC_KMSG_SMALL_BYTES - 48u) / 4u)

/* How much room the reply needs; the stub checks the request again, more strictly. */
static uint32_t large_reply_bytes(const mach_msg_header_t *in)
{
	const struct flavored_request *request = (const struct flavored_request *)in;
	if (in->msgh_size == sizeof *request && request->count <= FLAVORED_WORDS_SMALL &&
	    (uint32_t)in->msgh_id < 3000u) {
		return IPC_KMSG_SMALL_BYTES;
	}
	return LARGE_REPLY_BYTES;
}

/* The reply to a request that is not carried out. `in` and `reply` may be the same message. */
static void reply_error(const mach_msg_header_t *in, mig_reply_header_t *reply,
			kern_return_t result)
{
	uint32_t bits = in->msgh_bits;
	reply->Head.msgh_bits = MACH_MSGH_BITS(MACH_MSGH_BITS_LOCAL(bits), 0);
	reply->Head.msgh_size = sizeof *reply;
	reply->Head.msgh_remote_port = in->msgh_local_port;
	reply->Head.msgh_local_port = MACH_PORT_NULL;
	reply->Head.msgh_seqno = 0;
	reply->Head.msgh_id = in->msgh_id + 100;
	reply->RetCodeType = (mach_msg_type_t){.msgt_name = MACH_MSG_TYPE_INTEGER_32,
					       .msgt_size = 32,
					       .msgt_number = 1,
					       .msgt_inline = 1};
	reply->RetCode = result;
}

/* The request has been carried out and its body consumed: what is left is the right it came by. */
static void release_request(struct ipc_kmsg *request)
{
	struct ipc_port *port = (struct ipc_port *)request->header.msgh_remote_port;
	if (likely(MACH_MSGH_BITS_REMOTE(request->header.msgh_bits) == MACH_MSG_TYPE_PORT_SEND)) {
		ipc_port_release_send(port);
	} else {
		/* A used send-once right owes no notification. */
		port->rights.sorights--;
		ipc_port_release(port);
	}
	ipc_kmsg_free_quick(request);
}

static struct ipc_kmsg *without_reply(struct ipc_kmsg *request)
{
	ipc_kmsg_destroy(request);
	return NULL;
}

/* There is no memory for a reply: the request's own carries the error back. (A send-once
   notification instead would need a message as well, and the caller, told nothing, would wait for
   ever.) */
static struct ipc_kmsg *reply_in_place(struct ipc_kmsg *request)
{
	mach_msg_header_t *in = &request->header;
	counter_add(kobject_no_memory);
	if (!IP_VALID((struct ipc_port *)in->msgh_local_port)) {
		return without_reply(request);
	}
	if ((in->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0) {
		ipc_kmsg_destroy_body(request, in->msgh_size);
	}
	struct ipc_port *port = (struct ipc_port *)in->msgh_remote_port;
	uint32_t type = MACH_MSGH_BITS_REMOTE(in->msgh_bits);
	reply_error(in, (mig_reply_header_t *)in, KERN_RESOURCE_SHORTAGE);
	ipc_right_release(port, type);
	return request;
}

struct ipc_kmsg *ipc_kobject_server(struct ipc_kmsg *request)
{
	mach_msg_header_t *in = &request->header;
	struct ipc_port *port = (struct ipc_port *)in->msgh_remote_port;
	if (unlikely(port->kobject_type == IKOT_EXCEPTION_REPLY)) {
		exception_reply(request);
		return NULL;
	}
	if (unlikely(in->msgh_id >= MACH_NOTIFY_FIRST && in->msgh_id <= MACH_NOTIFY_LAST)) {
		return without_reply(request); /* the kernel asks nobody for notifications */
	}
	counter_add(kobject_requests);

	uint32_t id = (uint32_t)in->msgh_id;
	const struct subsystem *subsystem = subsystem_of(id);
	uint32_t offset = id % ID_STEP; /* every base is a multiple of the step */
	bool large = subsystem != NULL && (subsystem->large[offset / 32] & BIT(offset)) != 0;
	struct ipc_kmsg *reply = ipc_kmsg_alloc_quick(unlikely(large) ? large_reply_bytes(in)
								      : IPC_KMSG_SMALL_BYTES);
	if (unlikely(reply == NULL)) {
		return reply_in_place(request);
	}
	mig_reply_header_t *out = (mig_reply_header_t *)&reply->header;
	if (unlikely(subsystem == NULL || subsystem->server == NULL)) {
		reply_error(in, out, MIG_BAD_ID);
		counter_add(kobject_bad_ids);
	} else {
		subsystem->server(in, &out->Head);
	}
	kern_return_t result = out->RetCode;
	trace(TRACE_KERNEL_RPC, id, (uint32_t)result);

	if (likely(result == KERN_SUCCESS || result == MIG_NO_REPLY)) {
		release_request(request);
	} else {
		/* The reply right has moved into the reply. */
		in->msgh_local_port = MACH_PORT_NULL;
		in->msgh_bits &= ~MACH_MSGH_BITS_LOCAL_MASK;
		ipc_kmsg_destroy(request);
	}
	if (unlikely(result == MIG_NO_REPLY)) {
		ipc_kmsg_free_quick(reply); /* whoever answers later has the reply right */
		return NULL;
	}
	/* Circular: it carries the receive right of the port that it would wait in, for ever. */
	if (unlikely(!IP_VALID((struct ipc_port *)out->Head.msgh_remote_port) ||
		     (out->Head.msgh_bits & MACH_MSGH_BITS_CIRCULAR) != 0)) {
		ipc_kmsg_destroy(reply);
		return NULL;
	}
	return reply;
}

static bool collect_enabled;

void kobject_collect_enable(void)
{
	collect_enabled = true;
}

/* A task that nobody can name and that has no thread can never do anything again. (Between its
   making and its first send right nothing is released that could bring us here; the boot modules'
   tasks are made before this is enabled.) */
static bool task_is_unreachable(const struct task *task)
{
	return collect_enabled && task->active && task->thread_count == 0 &&
	       task->ports.self != NULL && task->ports.self->rights.srights == 0;
}

/* Ends unreachable tasks. The end of one may take the last rights to others: those are found by
   looking again, not by recursion, since a chain of tasks may be as long as memory allows. */
static void collect_tasks(struct task *task)
{
	static bool collecting, again;
	again = true;
	if (collecting || !task_is_unreachable(task)) {
		return;
	}
	collecting = true;
	while (again) {
		again = false;
		list_for_each_safe(link, &task_list)
		{
			struct task *candidate = list_entry(link, struct task, all_link);
			if (candidate != kernel_task && task_is_unreachable(candidate)) {
				(void)task_terminate(candidate);
				again = true;
				break; /* the list has changed */
			}
		}
	}
	collecting = false;
}

void ipc_kobject_send_once(struct ipc_port *port)
{
	if (port->kobject_type == IKOT_EXCEPTION_REPLY) {
		exception_reply_lost(port);
	} else {
		port->rights.sorights--;
		ipc_port_release(port);
	}
}

void ipc_kobject_no_senders(struct ipc_port *port)
{
	switch (port->kobject_type) {
	case IKOT_TASK:
		if (port->kobject != NULL) {
			collect_tasks(port->kobject);
		}
		break;
	case IKOT_DEVICE:
		upcall_device_no_senders(port);
		break;
	case IKOT_IO_PERM:
		io_perm_no_senders(port);
		break;
	case IKOT_PAGER_PROXY:
		proxy_no_senders(port);
		break;
	default:
		break; /* the object lives on without being known */
	}
}
