/* Ports with messages: their death in long chains, sets and their queues, circles, waiting threads.
   LINK: kernel/ipc/ipc_right_core.c kernel/ipc/ipc_right.c kernel/ipc/ipc_port_ops.c
   kernel/ipc/ipc_port_status.c kernel/ipc/ipc_request.c kernel/ipc/ipc_port.c kernel/ipc/ipc_pset.c
   kernel/ipc/ipc_notify.c kernel/ipc/ipc_entry.c kernel/ipc/ipc_hash.c kernel/ipc/ipc_space.c */
#include "tap.h"

#include "ipc_fakes.h"

#include <mach/notify.h>

#define PORTS 3000

static struct ipc_space *space;
static struct ipc_port *ports[PORTS];
static uint32_t names[PORTS];

/* A message as this test sees it: a 64-bit host's pointers do not fit the real one. */
static struct letter {
	struct ipc_port *dest, *right; /* a naked send right; a receive right or NULL */
} letters[PORTS + 16];
static unsigned letter_count;

static int notified[128]; /* notifications by id, when nobody keeps them */
static unsigned delivered;
static uintptr_t stack_low = UINTPTR_MAX;

static struct ipc_port *find_port(mach_port_t word)
{
	for (unsigned i = 0; i < PORTS; i++) {
		if (ports[i] != NULL && (mach_port_t)(uintptr_t)ports[i] == word) {
			return ports[i];
		}
	}
	abort();
}

/* Messages of this test are queued; notifications are counted, and a right that they carry is
   destroyed. */
static void deliver(struct ipc_kmsg *kmsg)
{
	struct ipc_port *dest = find_port(kmsg->header.msgh_remote_port);
	if (kmsg->header.msgh_id >= 1000) {
		dest->msgcount++;
		list_add_tail(&ipc_port_mqueue(dest)->messages, &kmsg->link);
		delivered++;
		return;
	}
	notified[kmsg->header.msgh_id]++;
	dest->rights.sorights--;
	ipc_port_release(dest);
	if (kmsg->header.msgh_id == MACH_NOTIFY_PORT_DESTROYED) {
		ipc_port_release_receive(
			find_port(((mach_port_destroyed_notification_t *)&kmsg->header)->not_port));
	}
	ipc_kmsg_free(kmsg);
}

static void destroy_message(struct ipc_kmsg *kmsg)
{
	struct letter letter = letters[kmsg->header.msgh_id - 1000];
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	stack_low = here < stack_low ? here : stack_low;
	ipc_kmsg_free(kmsg);
	ipc_port_release_send(letter.dest);
	ipc_port_release_receive(letter.right);
}

/* Sends to `dest` a message with the receive right of `right` (or none). False: that would make a
   circle. */
static bool send_letter(struct ipc_port *dest, struct ipc_port *right)
{
	if (right != NULL && ipc_port_check_circularity(right, dest)) {
		return false;
	}
	struct ipc_kmsg *kmsg = ipc_kmsg_alloc(sizeof(mach_msg_header_t));
	letters[letter_count] = (struct letter){ipc_port_make_send(dest), right};
	kmsg->header.msgh_remote_port = (mach_port_t)(uintptr_t)dest;
	kmsg->header.msgh_id = 1000 + (int)letter_count++;
	ipc_mqueue_send_always(kmsg);
	return true;
}

static void begin(unsigned count)
{
	letter_count = 0;
	delivered = 0;
	memset(notified, 0, sizeof(notified));
	memset(ports, 0, sizeof(ports));
	if (ipc_space_create(NULL, &space) != KERN_SUCCESS) {
		abort();
	}
	for (unsigned i = 0; i < count; i++) {
		if (ipc_port_allocate(space, MACH_PORT_RIGHT_RECEIVE, &names[i]) != KERN_SUCCESS ||
		    ipc_port_translate_receive(space, names[i], &ports[i]) != KERN_SUCCESS) {
			abort();
		}
	}
}

static void end(const char *what)
{
	ipc_space_destroy(space);
	ipc_space_release(space);
	CHECK(fake_in_use == 0 && fake_kmsgs == 0, "%s: nothing is left (%u objects, %u messages)",
	      what, fake_in_use, fake_kmsgs);
}

static struct ipc_port *take_receive(unsigned i)
{
	struct ipc_port *port, *soright;
	if (ipc_right_copyin(space, names[i], MACH_MSG_TYPE_MOVE_RECEIVE, false, &port, &soright) !=
	    KERN_SUCCESS) {
		abort();
	}
	return port;
}

static struct ipc_port *request(unsigned i, int id)
{
	struct ipc_port *previous;
	return ipc_port_request_notification(space, names[i], id, 0,
					     ipc_port_make_sonce(ports[PORTS - 1]),
					     &previous) == KERN_SUCCESS
		       ? ports[i]
		       : NULL;
}

/* Each port's receive right waits in the queue of the one before it; the last port of all is the
   observer. */
static void test_chain(bool saved)
{
	bool sent = true;
	uint32_t type = 0, urefs = 0;
	begin(PORTS);
	uint32_t last = names[PORTS - 2], send_name = 0;
	if (ipc_right_copyout(space, ipc_port_make_send(ports[PORTS - 2]), MACH_MSG_TYPE_PORT_SEND,
			      &send_name) != KERN_SUCCESS ||
	    request(PORTS - 2, MACH_NOTIFY_DEAD_NAME) == NULL) {
		abort();
	}
	if (saved && request(PORTS / 2, MACH_NOTIFY_PORT_DESTROYED) == NULL) {
		abort();
	}
	for (unsigned i = PORTS - 2; i > 0; i--) {
		sent &= send_letter(ports[i - 1], take_receive(i));
	}
	CHECK(sent && delivered == PORTS - 2, "a chain of %d receive rights in messages",
	      PORTS - 2);
	stack_low = UINTPTR_MAX;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	CHECK(ipc_port_destroy_name(space, names[0]) == KERN_SUCCESS, "dies from its head");
	CHECK(fake_kmsgs == 0, "with all its messages");
	CHECK(here - stack_low < 16384, "in bounded stack (%lu bytes)",
	      (unsigned long)(here - stack_low));
	CHECK(notified[MACH_NOTIFY_DEAD_NAME] == 1 && notified[MACH_NOTIFY_PORT_DESTROYED] == saved,
	      "the last one's send right is told, the port asked for was given back (%d)", saved);
	CHECK(send_name == last && ipc_port_type(space, last, &type) == KERN_SUCCESS &&
		      type == MACH_PORT_TYPE_DEAD_NAME &&
		      ipc_port_get_refs(space, last, MACH_PORT_RIGHT_DEAD_NAME, &urefs) ==
			      KERN_SUCCESS &&
		      urefs == 2,
	      "its name is dead, with the notification's reference");
	end("chain");
}

static void test_circles(void)
{
	begin(3);
	struct ipc_port *a = take_receive(0), *b = take_receive(1);
	CHECK(ipc_port_check_circularity(a, a), "a port in its own queue is a circle");
	CHECK(send_letter(ports[1], a) && a->destination == b && b->refs == 3,
	      "a in b's queue is none, and holds b");
	CHECK(ipc_port_check_circularity(b, a), "b in a's queue then is one");
	CHECK(b->destination == IP_NULL, "and nothing was set");
	CHECK(send_letter(ports[2], b), "b in c's queue is none");
	CHECK(ipc_port_check_circularity(ports[2], a), "c in a's queue is one, two steps away");
	end("circles");

	/* The destroyed port would be carried to its own queue: it dies instead. */
	begin(1);
	ports[PORTS - 1] = ports[0];
	CHECK(request(0, MACH_NOTIFY_PORT_DESTROYED) != NULL &&
		      ipc_port_destroy_name(space, names[0]) == KERN_SUCCESS,
	      "a port whose port-destroyed notification goes to itself");
	CHECK(notified[MACH_NOTIFY_PORT_DESTROYED] == 0, "is not given back");
	end("port-destroyed circle");
}

static uint32_t queue_ids(struct ipc_mqueue *mqueue)
{
	uint32_t digits = 0;
	list_for_each(link, &mqueue->messages)
	{
		digits = digits * 10 +
			 (uint32_t)list_entry(link, struct ipc_kmsg, link)->header.msgh_id - 999;
	}
	return digits;
}

static void test_sets(void)
{
	uint32_t set, other, *members, count, type;
	mach_port_status_t status;
	begin(3);
	(void)ipc_port_allocate(space, MACH_PORT_RIGHT_PORT_SET, &set);
	(void)ipc_port_allocate(space, MACH_PORT_RIGHT_PORT_SET, &other);
	struct ipc_mqueue *queue =
		&((struct ipc_pset *)ipc_entry_lookup(space, set)->object)->mqueue;
	send_letter(ports[0], NULL); /* 1 */
	send_letter(ports[1], NULL); /* 2 */
	send_letter(ports[0], NULL); /* 3 */
	CHECK(ipc_port_move_member(space, names[0], set) == KERN_SUCCESS && queue_ids(queue) == 13,
	      "messages move into the set");
	CHECK(list_empty(&ports[0]->mqueue.messages) && ports[0]->msgcount == 2,
	      "the member's own queue is empty, its count is not");
	CHECK(ipc_port_move_member(space, names[1], set) == KERN_SUCCESS, "a second member");
	send_letter(ports[0], NULL); /* 4 */
	CHECK(queue_ids(queue) == 1324, "in order of arrival: %u", queue_ids(queue));
	CHECK(ipc_port_move_member(space, names[0], set) == KERN_SUCCESS &&
		      queue_ids(queue) == 1324,
	      "into its own set: no change");
	CHECK(ipc_port_get_set_status(space, set, &members, &count) == KERN_SUCCESS && count == 2 &&
		      members[0] == names[0] && members[1] == names[1],
	      "the members' names");
	kfree(members, count * 4);
	CHECK(ipc_port_move_member(space, names[0], other) == KERN_SUCCESS && queue_ids(queue) == 2,
	      "to another set, with its messages");
	CHECK(ipc_port_get_receive_status(space, names[0], &status) == KERN_SUCCESS &&
		      status.mps_pset == other && status.mps_msgcount == 3,
	      "its status says so");
	CHECK(ipc_port_mod_refs(space, other, MACH_PORT_RIGHT_PORT_SET, -1) == KERN_SUCCESS &&
		      queue_ids(&ports[0]->mqueue) == 134,
	      "the set dies: the messages are the port's again");
	CHECK(ipc_port_move_member(space, names[0], MACH_PORT_NULL) == KERN_NOT_IN_SET,
	      "out of no set");
	CHECK(ipc_port_move_member(space, names[0], set) == KERN_SUCCESS &&
		      ipc_port_destroy_name(space, names[0]) == KERN_SUCCESS &&
		      queue_ids(queue) == 2,
	      "a member dies with its own messages only");
	CHECK(ipc_port_destroy_name(space, set) == KERN_SUCCESS &&
		      ipc_port_type(space, set, &type) == KERN_INVALID_NAME &&
		      queue_ids(&ports[1]->mqueue) == 2,
	      "a set that is destroyed leaves its members alone");
	end("sets");
}

/* Waiting threads are told: links stand for them. */
static void test_waiters(void)
{
	struct list thread;
	uint32_t set;
	begin(3);
	(void)ipc_port_allocate(space, MACH_PORT_RIGHT_PORT_SET, &set);
	struct ipc_pset *pset = ipc_entry_lookup(space, set)->object;
	fake_changes = 0;
	fake_wakes = 0;
	list_add_tail(&ports[0]->mqueue.receivers.threads, &thread);
	(void)ipc_port_move_member(space, names[0], set);
	CHECK(fake_changes == 1 && fake_change_result == MACH_RCV_PORT_CHANGED,
	      "a receiver hears that its port entered a set");
	list_add_tail(&pset->mqueue.receivers.threads, &thread);
	(void)ipc_port_destroy_name(space, set);
	CHECK(fake_changes == 2 && fake_change_result == MACH_RCV_PORT_DIED,
	      "a receiver hears that its set died");
	list_add_tail(&ports[0]->mqueue.receivers.threads, &thread);
	ipc_port_release_receive(take_receive(0));
	CHECK(fake_changes == 3 && fake_change_result == MACH_RCV_PORT_DIED,
	      "a receiver hears that the receive right moved away");
	list_add_tail(&ports[1]->senders.threads, &thread);
	CHECK(ipc_port_set_qlimit(space, names[1], MACH_PORT_QLIMIT_MAX + 1) ==
			      KERN_INVALID_VALUE &&
		      fake_wakes == 0,
	      "a queue limit too high is refused");
	CHECK(ipc_port_set_qlimit(space, names[1], MACH_PORT_QLIMIT_MAX) == KERN_SUCCESS &&
		      fake_wakes == 1,
	      "a raised limit wakes senders");
	list_add_tail(&ports[1]->senders.threads, &thread);
	(void)ipc_port_destroy_name(space, names[1]);
	CHECK(fake_wakes == 2, "so does the port's death");
	end("waiters");
}

int main(void)
{
	ipc_init();
	test_chain(false);
	test_chain(true);
	test_circles();
	test_sets();
	test_waiters();
	return tap_done();
}
