/* Ports: the one object that messages are sent to.

   A receive right is in one of four places: in a space (receiver is that space, receiver_name the
   name there); the kernel's (receiver is ipc_space_kernel: sending calls the kernel object); in
   transit inside a message (receiver NULL, destination = the port whose queue holds that message,
   or NULL while nobody's); or gone (active false: the port is dead, and goes when its last
   reference does).

   This header is also what MIG's kernel stubs include: hence ipc_port_t. */
#pragma once

#include <kern/list.h>
#include <kern/sched.h>
#include <kern/types.h>
#include <ipc/ipc_right_core.h>
#include <mach/message.h>
#include <mach/port.h>

struct ipc_kmsg;
struct ipc_pset;
struct ipc_space;
struct ipc_entry;
struct task;

#define IPC_PORT_MAGIC 0x706f7274u /* "port" */
#define IPC_PSET_MAGIC 0x70736574u /* "pset" */

/* What a message queue and the threads that receive from it look like. A port has one; a port set
   has one, in which the messages of all members wait in order of arrival (members' own queues are
   then empty). */
struct ipc_mqueue {
	struct list messages;        /* struct ipc_kmsg.link */
	struct wait_queue receivers; /* struct thread.wait_link */
};

/* What a kernel object port stands for. */
enum ipc_kobject_type {
	IKOT_NONE,
	IKOT_THREAD,
	IKOT_TASK,
	IKOT_HOST,
	IKOT_HOST_PRIV,
	IKOT_PROCESSOR,
	IKOT_PSET,
	IKOT_PSET_NAME,
	IKOT_PAGER_CONTROL, /* memory_object_control: struct vm_object */
	IKOT_PAGER_NAME,
	IKOT_PAGER_PROXY, /* struct vm_proxy */
	IKOT_MASTER_DEVICE,
	IKOT_DEVICE,
	IKOT_IO_PERM,
	IKOT_EXCEPTION_REPLY, /* where one thread waits for the answer to exception_raise */
	IKOT_MAX,
};

/* A dead-name request: one per entry at most. */
struct ipc_dnrequest {
	struct list link;        /* on port->dnrequests */
	struct ipc_entry *entry; /* whose name dies */
	struct ipc_port *notify; /* send-once right */
};

struct ipc_port {
	uint32_t magic;
	uint32_t refs; /* pointers from entries (one each), messages, kernel structures */
	bool active;
	bool payload_set;      /* receivers see `payload` instead of the local port name */
	uint16_t kobject_type; /* enum ipc_kobject_type */
	void *kobject;
	struct ipc_space *receiver;
	uint32_t receiver_name;
	struct ipc_port *destination; /* in transit: see above (a reference) */
	struct ipc_port_rights rights;
	uint32_t seqno; /* of the next message received */
	uint32_t qlimit;
	uint32_t msgcount; /* messages queued (in its mqueue or in its set's) */
	uint32_t payload;
	struct ipc_mqueue mqueue;
	struct wait_queue senders; /* blocked because msgcount >= qlimit */
	struct ipc_pset
		*pset; /* the set it is a member of, or NULL (the membership owns no reference) */
	struct list pset_link; /* on its set's members; of a port that waits to be destroyed: on
				  that list */
	struct list dnrequests;
	struct ipc_port *nsrequest; /* send-once rights, or NULL */
	struct ipc_port *pdrequest;
};
typedef struct ipc_port *ipc_port_t;

#define IP_NULL        ((struct ipc_port *)0)
#define IP_DEAD        ((struct ipc_port *)UINTPTR_MAX)
#define IP_VALID(port) ((uintptr_t)(port) + 1u > 1u)

/* Port sets. Threads that wait on the set, and messages for its members, are in its mqueue. */
struct ipc_pset {
	uint32_t magic;
	uint32_t refs;
	bool active;
	struct ipc_space *space;
	uint32_t name;
	struct ipc_mqueue mqueue;
	struct list members; /* struct ipc_port.pset_link */
};

/* --- ports --------------------------------------------------------------------------- */

/* A new port with no name, no receiver and one reference; qlimit MACH_PORT_QLIMIT_DEFAULT. NULL:
   zone exhausted. */
struct ipc_port *ipc_port_alloc_special(struct ipc_space *receiver, enum ipc_kobject_type type,
					void *kobject) MUST_CHECK;
/* Ends a kernel port (receive right held by the kernel); consumes the kernel's reference. */
void ipc_port_dealloc_special(struct ipc_port *port);
/* Destroys the receive right: queued messages, waiting receivers (MACH_RCV_PORT_DIED) and senders,
   dead-name requests, port-destroyed request (which may move the right instead), no-senders
   request. Consumes the reference that the receive right held. Deep chains of rights in messages
   are handled by iteration, not recursion: called (by ipc_kmsg_destroy) while another port is being
   destroyed, the port is put on a list and destroyed after that one. */
void ipc_port_destroy(struct ipc_port *port);
/* A new port that is received under `name` in `space`; the one reference is the entry's. NULL: zone
   exhausted. */
struct ipc_port *ipc_port_alloc(struct ipc_space *space, uint32_t name) MUST_CHECK;
/* The receive right leaves its space (its entry is the caller's to empty): the port leaves its set,
   its sleeping receivers get MACH_RCV_PORT_DIED; sequence number, make-send count and payload are
   those of a new port. Nobody receives then. */
void ipc_port_clear_receiver(struct ipc_port *port);
/* The last send right went (rights.srights is 0): fires a no-senders request, or tells the kernel
   of its own port. */
void ipc_port_no_senders(struct ipc_port *port);
static inline void ipc_port_reference(struct ipc_port *port)
{
	port->refs++;
}
void ipc_port_free(struct ipc_port *port); /* refs is 0 */
static inline void ipc_port_release(struct ipc_port *port)
{
	assert(port->refs > 0);
	if (--port->refs == 0) {
		ipc_port_free(port);
	}
}

/* Naked rights, as the kernel holds them. Each make/copy adds a reference and counts; each release
   takes one. make_* need an active port. copy_send of a dead port gives IP_DEAD. release of the
   last send right fires no-senders. NULL and IP_DEAD are accepted by copy_send and the releases. */
struct ipc_port *ipc_port_make_send(struct ipc_port *port);
struct ipc_port *ipc_port_copy_send(struct ipc_port *port);
void ipc_port_release_send(struct ipc_port *port);
struct ipc_port *ipc_port_make_sonce(struct ipc_port *port);
/* Destroys an unused send-once right: the receiver is told by a send-once notification. */
void ipc_port_release_sonce(struct ipc_port *port);
/* A receive right that was in transit and cannot be delivered. */
void ipc_port_release_receive(struct ipc_port *port);
/* True if putting the receive right `port` into a message for `dest` would make a circle (dest is,
   transitively, in transit inside port's queue); if not, sets port->destination. */
bool ipc_port_check_circularity(struct ipc_port *port, struct ipc_port *dest);

/* The zones of this folder's objects. */
#define IPC_PORTS_MAX      65536u
#define IPC_PSETS_MAX      8192u
#define IPC_DNREQUESTS_MAX 16384u
#define IPC_LEAVES_MAX     16384u
#define IPC_SPACES_MAX     4096u
void ipc_port_init(void);
void ipc_pset_init(void);
void ipc_request_init(void);

/* --- sets ---------------------------------------------------------------------------- */
/* A new set, known as `name` in `space`, one reference (the entry's). NULL: zone exhausted. */
struct ipc_pset *ipc_pset_alloc(struct ipc_space *space, uint32_t name) MUST_CHECK;
void ipc_pset_add(struct ipc_pset *pset,
		  struct ipc_port *port);    /* moves the port's queue into the set's */
void ipc_pset_remove(struct ipc_port *port); /* takes its messages out again */
/* The set dies: members leave, its sleeping receivers get MACH_RCV_PORT_DIED. Consumes the entry's
   reference. */
void ipc_pset_destroy(struct ipc_pset *pset);
void ipc_pset_free(struct ipc_pset *pset);
static inline void ipc_pset_release(struct ipc_pset *pset)
{
	assert(pset->refs > 0);
	if (--pset->refs == 0) {
		ipc_pset_free(pset);
	}
}
/* Where messages for the port wait. */
static inline struct ipc_mqueue *ipc_port_mqueue(struct ipc_port *port)
{
	return port->pset != NULL ? &port->pset->mqueue : &port->mqueue;
}
