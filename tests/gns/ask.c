/* The asking end of tests/gns/pair.c. */
#include "pair.h"

#include "../node/lib/node.h"
#include <gen/acs.h>
#include <gen/gns.h>
#include <gen/mach.h>
#include <gen/mach_host.h>
#include <gen/mach_port.h>
#include <stdlib.h>
#include <string.h>

static struct msg msg;
static mach_port_t partner, reply;

static void begin_to(mach_port_t to, mach_msg_id_t id)
{
	msg_begin(&msg, to, MACH_MSG_TYPE_COPY_SEND, MACH_PORT_NULL, 0, id);
}

static void begin(mach_msg_id_t id)
{
	begin_to(partner, id);
}

/* Calls, and checks that the answer is one. */
static bool call(const char *text)
{
	mach_msg_id_t id = msg.head.msgh_id;
	mach_msg_id_t answer = msg_call(&msg, reply);

	return check(answer == id + PAIR_ANSWER, text, answer);
}

static uint32_t ask_int(mach_msg_id_t id, uint32_t slot)
{
	begin(id);
	msg_add_int(&msg, slot);
	(void)call("the partner answers");
	return msg_int(&msg);
}

static uint64_t now_us(void)
{
	time_value64_t uptime = {0};

	need(host_get_uptime64(mach_host_self(), &uptime), "uptime");
	return (uint64_t)uptime.seconds * 1000000 + (uint64_t)uptime.nanoseconds / 1000;
}

/* --- data */

static void fill(uint8_t *bytes, uint32_t count, uint32_t seed)
{
	for (uint32_t i = 0; i < count; i++) {
		bytes[i] = (uint8_t)(seed + i * 7 + (i >> 8) * 13 + (i >> 16));
	}
}

static bool is_filled(const uint8_t *bytes, uint32_t count, uint32_t seed)
{
	for (uint32_t i = 0; i < count; i++) {
		if (bytes[i] != (uint8_t)(seed + i * 7 + (i >> 8) * 13 + (i >> 16))) {
			return false;
		}
	}
	return true;
}

static void check_in_line(void)
{
	static const uint32_t sizes[] = {0, 4, 1024, 1400, 1480, 3000, 8192, 60000};
	static uint8_t bytes[60000];
	struct msg_item item;

	for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		fill(bytes, sizes[i], i);
		begin(PAIR_ECHO);
		msg_add(&msg, MACH_MSG_TYPE_BYTE, 8, sizes[i], bytes);
		(void)call("data in line is answered");
		check(msg_next(&msg, &item) && item.bytes == sizes[i] &&
			      is_filled(item.data, sizes[i], i),
		      "... and comes back as it was", (int)sizes[i]);
	}
	begin(PAIR_ECHO);
	(void)call("a message of a header alone");
	check(msg.head.msgh_size == sizeof msg.head, "... comes back as one",
	      (int)msg.head.msgh_size);
}

static void check_memory(uint32_t bytes, bool deallocate)
{
	vm_address_t address = 0;
	struct msg_item item = {0};

	need(vm_allocate(SELF, &address, bytes, TRUE), "vm_allocate");
	fill((uint8_t *)address, bytes, bytes);
	begin(PAIR_ECHO);
	msg_add_int(&msg, 1);
	msg_add_out(&msg, MACH_MSG_TYPE_BYTE, 8, bytes, (void *)address, deallocate);
	msg_add_int(&msg, 2);
	(void)call("memory out of line is answered");
	check(msg_int(&msg) == 1 && msg_next(&msg, &item) && !item.in_line && item.bytes == bytes &&
		      is_filled(item.data, bytes, bytes) && msg_int(&msg) == 2,
	      "... and comes back as it was", (int)bytes);
	msg_drop(&msg);
	if (!deallocate) {
		check(is_filled((uint8_t *)address, bytes, bytes), "... and the original stays", 0);
		(void)vm_deallocate(SELF, address, bytes);
	}
}

static void check_out_of_line(void)
{
	static const uint32_t sizes[] = {1, 100, 4096, 4097, 5000, 65536, 300000};

	for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		check_memory(sizes[i], i % 2 == 0);
		check_memory(sizes[i], i % 2 != 0);
	}
	/* Several in one message. */
	vm_address_t one = 0, two = 0;
	struct msg_item first = {0}, second = {0}, third = {0};
	need(vm_allocate(SELF, &one, 20000, TRUE), "vm_allocate");
	need(vm_allocate(SELF, &two, 9000, TRUE), "vm_allocate");
	fill((uint8_t *)one, 20000, 3);
	fill((uint8_t *)two, 9000, 4);
	begin(PAIR_ECHO);
	msg_add_out(&msg, MACH_MSG_TYPE_BYTE, 8, 20000, (void *)one, true);
	msg_add_out(&msg, MACH_MSG_TYPE_BYTE, 8, 0, NULL, false);
	msg_add_out(&msg, MACH_MSG_TYPE_CHAR, 8, 9000, (void *)two, true);
	(void)call("three pieces of memory");
	check(msg_next(&msg, &first) && first.bytes == 20000 && is_filled(first.data, 20000, 3) &&
		      msg_next(&msg, &second) && second.bytes == 0 && msg_next(&msg, &third) &&
		      third.bytes == 9000 && is_filled(third.data, 9000, 4),
	      "... come back in order", 0);
	msg_drop(&msg);
}

/* --- rights */

/* A right of every kind, there and home again. */
static void check_home(void)
{
	mach_port_t port = port_make_send();
	mach_port_t once = port_make_once(port);
	mach_port_t dead = port_make_dead();
	mach_port_t names[3];
	struct msg_item item;

	begin(PAIR_ECHO);
	msg_add_port(&msg, port, MACH_MSG_TYPE_COPY_SEND);
	msg_add_port(&msg, once, MACH_MSG_TYPE_MOVE_SEND_ONCE);
	msg_add_port(&msg, MACH_PORT_NULL, MACH_MSG_TYPE_COPY_SEND);
	msg_add_port(&msg, dead, MACH_MSG_TYPE_MOVE_SEND);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MAKE_SEND);
	(void)call("rights are answered");
	check(msg_port(&msg, MACH_MSG_TYPE_PORT_SEND) == port, "a send right comes home as it was",
	      port_refs(port, MACH_PORT_RIGHT_SEND));
	once = msg_port(&msg, MACH_MSG_TYPE_PORT_SEND_ONCE);
	check(port_refs(once, MACH_PORT_RIGHT_SEND_ONCE) == 1, "a send-once right as one", 0);
	check(msg_next(&msg, &item) && *(mach_port_t *)item.data == MACH_PORT_NULL,
	      "no right as none", 0);
	check(msg_port(&msg, MACH_MSG_TYPE_PORT_SEND) == MACH_PORT_DEAD, "a dead one as dead", 0);
	check(msg_port(&msg, MACH_MSG_TYPE_PORT_SEND) == port &&
		      port_refs(port, MACH_PORT_RIGHT_SEND) == 3,
	      "each is a reference", port_refs(port, MACH_PORT_RIGHT_SEND));
	msg_begin(&msg, once, MACH_MSG_TYPE_MOVE_SEND_ONCE, MACH_PORT_NULL, 0, 5);
	need(msg_send(&msg, 1000), "send");
	check(port_next_id(port, WAIT_MS) == 5, "and leads to its port", 0);
	names[0] = port;
	names[1] = partner;
	names[2] = MACH_PORT_NULL;
	for (int out = 0; out < 2; out++) {
		mach_port_t *got = NULL;

		begin(PAIR_ECHO);
		if (out) {
			msg_add_out(&msg, MACH_MSG_TYPE_COPY_SEND, 32, 3, names, false);
		} else {
			msg_add(&msg, MACH_MSG_TYPE_COPY_SEND, 32, 3, names);
		}
		(void)call("an array of rights is answered");
		check(msg_next(&msg, &item) && item.number == 3 &&
			      item.name == MACH_MSG_TYPE_PORT_SEND && item.in_line == !out,
		      "... as an array", (int)item.number);
		got = item.data;
		check(got[0] == port && got[1] == partner && got[2] == MACH_PORT_NULL,
		      "... of the same names", (int)got[1]);
		msg_drop(&msg);
	}
	check(port_refs(port, MACH_PORT_RIGHT_SEND) == 3, "no reference is left over",
	      port_refs(port, MACH_PORT_RIGHT_SEND));
	port_destroy(port);
}

/* The partner uses rights of ours. */
static void check_used_there(void)
{
	mach_port_t port = port_make(), notes = port_make();

	begin(PAIR_KEEP);
	msg_add_int(&msg, 1);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MAKE_SEND);
	(void)call("the partner keeps a send right");
	check(msg_int(&msg) == MACH_MSG_TYPE_PORT_SEND, "... which it got as one", 0);
	uint32_t name = msg_int(&msg);
	for (uint32_t i = 0; i < 7; i++) {
		begin(PAIR_SEND);
		msg_add_int(&msg, 1);
		msg_add_int(&msg, 100 + i);
		(void)call("... and uses it");
		check(port_next_id(port, WAIT_MS) == (int)(100 + i), "... in order", (int)i);
	}
	begin(PAIR_KEEP);
	msg_add_int(&msg, 2);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MAKE_SEND);
	(void)call("again");
	(void)msg_int(&msg);
	check(msg_int(&msg) == name, "one port has one name there", (int)name);
	port_notify(port, MACH_NOTIFY_NO_SENDERS, notes);
	(void)ask_int(PAIR_DROP, 1);
	check(port_next_id(notes, 300) == -1, "while it has one right left there are senders", 0);
	(void)ask_int(PAIR_DROP, 2);
	check(msg_receive(&msg, notes, WAIT_MS) == MACH_MSG_SUCCESS &&
		      msg.head.msgh_id == MACH_NOTIFY_NO_SENDERS,
	      "without the last one there are none", (int)msg.head.msgh_id);
	check(((mach_no_senders_notification_t *)&msg.head)->not_count == 2,
	      "... and the count is that of this node",
	      (int)((mach_no_senders_notification_t *)&msg.head)->not_count);
	begin(PAIR_KEEP);
	msg_add_int(&msg, 3);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	(void)call("the partner keeps a send-once right");
	check(msg_int(&msg) == MACH_MSG_TYPE_PORT_SEND_ONCE, "... which it got as one", 0);
	begin(PAIR_SEND);
	msg_add_int(&msg, 3);
	msg_add_int(&msg, 200);
	(void)call("... and uses it once");
	check(port_next_id(port, WAIT_MS) == 200, "... and it leads here", 0);
	begin(PAIR_KEEP);
	msg_add_int(&msg, 3);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	(void)call("the partner keeps a send-once right");
	(void)ask_int(PAIR_DROP, 3);
	check(port_next_id(port, WAIT_MS) == MACH_NOTIFY_SEND_ONCE,
	      "one that dies unused is told of", 0);
	port_destroy(port);
	port_destroy(notes);
}

static mach_port_t partner_port(mach_msg_id_t id)
{
	begin(id);
	(void)call("the partner makes a port");
	return msg_port(&msg, MACH_MSG_TYPE_PORT_SEND);
}

static void told(uint32_t *dead_names, uint32_t *no_senders)
{
	begin(PAIR_TOLD);
	(void)call("the partner answers");
	*dead_names = msg_int(&msg);
	*no_senders = msg_int(&msg);
}

/* Waits until the partner was told so often of dead names or missing senders. */
static bool wait_told(uint32_t dead_names, uint32_t no_senders)
{
	uint32_t dead = 0, none = 0;

	for (uint32_t tries = 0; tries < 400; tries++) {
		told(&dead, &none);
		if (dead == dead_names && none == no_senders) {
			return true;
		}
		node_sleep_ms(20);
	}
	return false;
}

/* Ports there that we have rights to. */
static void check_theirs(void)
{
	uint32_t dead = 0, none = 0;
	mach_port_t port = partner_port(PAIR_PORT);

	check(MACH_PORT_VALID(port) && port != partner, "a port of the partner's", (int)port);
	begin_to(port, PAIR_ECHO);
	(void)call("... is called");
	told(&dead, &none);
	begin_to(port, PAIR_NO_SENDERS);
	(void)call("... and watched");
	port_drop(port);
	check(wait_told(dead, none + 1), "the partner is told when we have no right any more", 0);
	port = partner_port(PAIR_PORT);
	port_notify(port, MACH_NOTIFY_DEAD_NAME, reply);
	begin_to(port, PAIR_DIE);
	msg.head.msgh_local_port = reply;
	msg.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	need(msg_send(&msg, 1000), "send");
	mach_msg_id_t first = port_next_id(reply, WAIT_MS), second = port_next_id(reply, WAIT_MS);
	check(first + second == MACH_NOTIFY_DEAD_NAME + PAIR_DIE + PAIR_ANSWER,
	      "the death of a port there is a dead name here", first);
	check(port_refs(port, MACH_PORT_RIGHT_DEAD_NAME) == 2, "... with its references",
	      port_refs(port, MACH_PORT_RIGHT_DEAD_NAME));
	begin_to(port, PAIR_ECHO);
	check(msg_send(&msg, 1000) == MACH_SEND_INVALID_DEST, "... that nobody can send to", 0);
	port_drop(port);
	port_drop(port);
}

/* What becomes of reply rights. */
static void check_replies(void)
{
	mach_port_t port = port_make();
	uint32_t dead = 0, none = 0;

	begin(PAIR_SILENT);
	check(msg_call(&msg, reply) == MACH_NOTIFY_SEND_ONCE,
	      "a partner that does not answer is told of", (int)msg.head.msgh_id);
	told(&dead, &none);
	begin(PAIR_KEEP);
	msg_add_int(&msg, 4);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	(void)call("a right to be watched");
	(void)ask_int(PAIR_WATCH, 4);
	begin(PAIR_KEEP);
	msg_add_int(&msg, 5);
	msg_add_port(&msg, port, MACH_MSG_TYPE_MAKE_SEND);
	(void)call("and another");
	(void)ask_int(PAIR_WATCH, 5);
	port_destroy(port);
	check(wait_told(dead + 2, none), "the death of our port is a dead name there", 0);
	begin(PAIR_ECHO);
	msg_add_port(&msg, SELF, MACH_MSG_TYPE_COPY_SEND);
	(void)call("a right that leaves no node");
	check(msg_port(&msg, MACH_MSG_TYPE_PORT_SEND) == MACH_PORT_DEAD, "... arrives dead", 0);
}

/* --- queues */

static void check_queue(void)
{
	mach_port_t port = partner_port(PAIR_LIMIT);
	uint32_t sent = 0;
	mach_msg_return_t result = MACH_MSG_SUCCESS;

	while (sent < 100 && result == MACH_MSG_SUCCESS) {
		begin_to(port, PAIR_PROGRESS);
		msg_add_int(&msg, sent);
		result = msg_send(&msg, 1000);
		sent += result == MACH_MSG_SUCCESS;
	}
	node_note("%u messages were taken for a port that nobody receives from", sent);
	check(result == MACH_SEND_TIMED_OUT && sent >= MACH_PORT_QLIMIT_DEFAULT &&
		      sent <= 2 * MACH_PORT_QLIMIT_DEFAULT + 2,
	      "a queue that is full stops its senders", (int)sent);
	begin(PAIR_ECHO);
	(void)call("... and nobody else");
	begin(PAIR_DRAIN);
	(void)call("it is emptied");
	uint32_t came = msg_int(&msg);
	check(came == sent, "all that was taken comes", (int)came);
	check(msg_int(&msg) == 0, "... in order", 0);
	port_drop(port);
}

/* --- too much */

#define PIECES 65 /* of memory: one more than a message may have */
#define PORTS  600

static void check_too_large(void)
{
	static uint8_t bytes[5000];

	begin(PAIR_ECHO);
	for (uint32_t i = 0; i < PIECES; i++) {
		msg_add_out(&msg, MACH_MSG_TYPE_BYTE, 8, sizeof bytes, bytes, false);
	}
	check(msg_call(&msg, reply) == MACH_NOTIFY_SEND_ONCE,
	      "who sends too large a message is told", (int)msg.head.msgh_id);
}

/* More ports than a node may have rights to: the others arrive dead, and it goes on. */
static void check_too_many(void)
{
	static mach_port_t names[PORTS];
	struct msg_item item = {0};
	uint32_t same = 0, dead = 0;

	for (uint32_t i = 0; i < PORTS; i++) {
		names[i] = port_make_send();
	}
	begin(PAIR_ECHO);
	msg_add(&msg, MACH_MSG_TYPE_COPY_SEND, 32, PORTS, names);
	(void)call("more rights than there is room for");
	check(msg_next(&msg, &item) && item.number == PORTS, "... come back", (int)item.number);
	for (uint32_t i = 0; i < item.number; i++) {
		same += ((mach_port_t *)item.data)[i] == names[i];
		dead += ((mach_port_t *)item.data)[i] == MACH_PORT_DEAD;
	}
	check(same + dead == PORTS && same >= 400 && dead > 0,
	      "... those without room as dead ones", (int)same);
	for (uint32_t i = 0; i < PORTS; i++) {
		port_destroy(names[i]);
	}
	begin(PAIR_ECHO);
	(void)call("and calls go on");
}

/* --- many */

struct pair_tables pair_read_tables(void)
{
	static mach_port_t gns;
	struct pair_tables tables = {0};
	pointer_t list = 0;
	mach_msg_type_number_t bytes = 0;

	if (gns == MACH_PORT_NULL) {
		need(acs_look_up(standard_port(STANDARD_PORT_ACS), "gns", 0, &gns), "gns");
	}
	need(gns_get_peers(gns, &list, &bytes), "gns_get_peers");
	for (uint32_t i = 0; i < bytes / sizeof(struct gns_peer); i++) {
		const struct gns_peer *peer = (const struct gns_peer *)list + i;

		tables.exports += peer->exports;
		tables.references += peer->references;
		tables.proxies += peer->proxies;
		tables.streams += peer->streams;
	}
	(void)vm_deallocate(SELF, list, bytes);
	return tables;
}

/* What is under way has its time to come back. */
void pair_check_tables(struct pair_tables before, const char *text)
{
	struct pair_tables now = pair_read_tables();

	for (uint32_t tries = 0; tries < 200 && memcmp(&now, &before, sizeof now) != 0; tries++) {
		node_sleep_ms(20);
		now = pair_read_tables();
	}
	node_note("%u exports, %u references, %u proxies, %u streams", now.exports, now.references,
		  now.proxies, now.streams);
	check(memcmp(&now, &before, sizeof now) == 0, text, (int)before.exports);
}

static void check_many(uint32_t count)
{
	uint64_t begun = now_us();
	uint32_t good = 0;

	for (uint32_t i = 0; i < count; i++) {
		begin(PAIR_ECHO);
		good += msg_call(&msg, reply) == PAIR_ECHO + PAIR_ANSWER;
	}
	node_note("%u calls, %u us each", count, (unsigned)((now_us() - begun) / count));
	check(good == count, "many calls", (int)good);
}

static void measure_bulk(uint32_t count)
{
	static const uint32_t bytes = 0x100000;
	uint64_t begun = now_us();

	for (uint32_t i = 0; i < count; i++) {
		vm_address_t address = 0;

		need(vm_allocate(SELF, &address, bytes, TRUE), "vm_allocate");
		memset((void *)address, (int)i, bytes);
		begin(PAIR_KEEP);
		msg_add_int(&msg, 9);
		msg_add_out(&msg, MACH_MSG_TYPE_BYTE, 8, bytes, (void *)address, true);
		(void)call("a megabyte");
	}
	node_note("%u calls with a megabyte, %u KB a second", count,
		  (unsigned)(count * 1024ull * 1000000 / (now_us() - begun)));
}

void pair_ask(mach_port_t to, uint32_t calls, uint32_t megabytes)
{
	partner = to;
	reply = reply != MACH_PORT_NULL ? reply : port_make();
	struct pair_tables before = pair_read_tables();
	check_in_line();
	check_out_of_line();
	check_home();
	check_used_there();
	check_theirs();
	check_replies();
	check_queue();
	check_too_large();
	check_too_many();
	check_many(calls);
	measure_bulk(megabytes);
	pair_check_tables(before, "nothing is left in the network server's tables");
}

/* --- three nodes */

/* A right to a port whose queue is full, and which messages wait for. */
static void hand_over_full(mach_port_t second, mach_port_t third)
{
	enum { SENT = MACH_PORT_QLIMIT_DEFAULT + 3 };

	partner = second;
	mach_port_t port = partner_port(PAIR_LIMIT);
	for (uint32_t i = 0; i < SENT; i++) {
		begin_to(port, PAIR_PROGRESS);
		msg_add_int(&msg, i);
		need(msg_send(&msg, WAIT_MS), "send");
	}
	begin(PAIR_ECHO);
	(void)call("more than a queue takes has arrived");
	partner = third;
	begin(PAIR_KEEP);
	msg_add_int(&msg, 2);
	msg_add_port(&msg, port, MACH_MSG_TYPE_COPY_SEND);
	(void)call("a right to a port that is full is handed over");
	(void)msg_int(&msg);
	check(MACH_PORT_VALID(msg_int(&msg)), "... and does not wait for it", 0);
	(void)ask_int(PAIR_DROP, 2);
	partner = second;
	begin(PAIR_DRAIN);
	(void)call("it is emptied");
	uint32_t came = msg_int(&msg);
	check(came == SENT && msg_int(&msg) == 0, "all has come, in order", (int)came);
	port_drop(port);
}

void pair_hand_over(mach_port_t second, mach_port_t third)
{
	static uint32_t rounds;
	mach_port_t notes = port_make();
	uint32_t slot = 16 + rounds++; /* which nothing was kept in before */

	if (second != third) {
		hand_over_full(second, third);
	}
	partner = second;
	mach_port_t port = partner_port(PAIR_PORT);
	port_notify(port, MACH_NOTIFY_DEAD_NAME, notes);
	partner = third;
	begin(PAIR_KEEP);
	msg_add_int(&msg, 1);
	msg_add_port(&msg, port, MACH_MSG_TYPE_COPY_SEND);
	(void)call("a third node keeps a right to another's port");
	check(msg_int(&msg) == MACH_MSG_TYPE_PORT_SEND, "... as a send right", 0);
	uint32_t name = msg_int(&msg);
	/* And the other one gives it the same right itself. */
	partner = second;
	begin(PAIR_KEEP);
	msg_add_int(&msg, 7);
	msg_add_port(&msg, third, MACH_MSG_TYPE_COPY_SEND);
	(void)call("a node keeps a right to the third one's port");
	begin(PAIR_KEEP);
	msg_add_int(&msg, 8);
	msg_add_port(&msg, port, MACH_MSG_TYPE_COPY_SEND);
	(void)call("a right comes home");
	begin(PAIR_PASS);
	msg_add_int(&msg, 7);
	msg_add_int(&msg, 8);
	msg_add_int(&msg, slot);
	(void)call("... and goes on from there");
	check(msg_int(&msg) == MACH_MSG_SUCCESS, "... without trouble", 0);
	partner = third;
	for (uint32_t tries = 0; tries < 400 && ask_int(PAIR_NAME, slot) == 0; tries++) {
		node_sleep_ms(20);
	}
	check(ask_int(PAIR_NAME, slot) == name, "a port has one name, whichever way it came",
	      (int)name);
	begin(PAIR_SEND);
	msg_add_int(&msg, 1);
	msg_add_int(&msg, PAIR_DIE);
	(void)call("the third node uses it");
	check(port_next_id(notes, WAIT_MS) == MACH_NOTIFY_DEAD_NAME,
	      "... and its end is heard of here", 0);
	port_drop(port);
	port_drop(port);
	port_destroy(notes);
}

/* --- the end of a node */

void pair_watch_death(mach_port_t to, mach_msg_id_t request, const char *word)
{
	mach_port_t notes = port_make();

	partner = to;
	port_notify(partner, MACH_NOTIFY_DEAD_NAME, notes);
	begin(PAIR_STUCK);
	msg.head.msgh_local_port = reply;
	msg.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	need(msg_send(&msg, 1000), "send");
	begin(PAIR_ECHO);
	check(msg_call(&msg, reply) == PAIR_ECHO + PAIR_ANSWER, "one call waits, others do not", 0);
	mach_printf("# %s\n", word);
	begin(request);
	(void)msg_send(&msg, 1000);
	uint64_t begun = now_us();
	check(port_next_id(reply, 120000) == MACH_NOTIFY_SEND_ONCE,
	      "who waits for a dead node's answer is told", 0);
	check(port_next_id(notes, 120000) == MACH_NOTIFY_DEAD_NAME, "its ports are dead names", 0);
	node_note("after %u ms", (unsigned)((now_us() - begun) / 1000));
	begin(PAIR_ECHO);
	check(msg_send(&msg, 1000) == MACH_SEND_INVALID_DEST, "nobody can send to it", 0);
	port_drop(partner);
	port_drop(partner);
	port_destroy(notes);
}

void pair_end(mach_port_t to)
{
	partner = to;
	begin(PAIR_END);
	(void)call("the end");
}
