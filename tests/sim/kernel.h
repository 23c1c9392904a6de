/*
 * The kernel of a simulated node: the kernel tests' model of port rights (tests/host/ipc_model.h),
 * with message queues.  Spaces are the network server's and some programs'.  Operations are the
 * kernel's; a right in a message is out of all spaces.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define K_SERVER 0 /* the network server's space; the others are programs' */
#define K_SPACES 3
#define K_RIGHTS 3 /* that a message carries at most */
#define K_NAMES  192

/* Dispositions, with Mach's numbers; the first three are also the types of naked rights. */
enum {
	K_RECEIVE = 16,
	K_SEND = 17,
	K_SEND_ONCE = 18,
	K_COPY_SEND = 19,
	K_MAKE_SEND = 20,
	K_MAKE_SEND_ONCE = 21
};

/* Kinds of a name, as in the model. */
enum { K_IS_SEND = 1, K_IS_RECEIVE = 2, K_IS_SEND_ONCE = 4, K_IS_DEAD = 16 };

enum { K_NO_SENDERS = 70, K_ONCE_DIED = 71, K_DEAD_NAME = 72 };

struct k_right {
	int type; /* 0: none, or dead */
	int port;
};

/* Who sent a message, for the eyes of the simulator alone. */
struct k_stamp {
	uint64_t sender; /* a task with a port; 0: nobody */
	uint32_t number;
	uint32_t uid; /* of the port that it is for */
	bool once;    /* by a send-once right */
	/* The one that gave the sender the right had sent so many to the port before. */
	uint64_t giver;
	uint32_t given;
};

struct k_message {
	struct k_message *next;
	int id; /* 0, or K_ONCE_DIED */
	struct k_stamp stamp;
	struct k_right dest;
	struct k_right rights[K_RIGHTS];
	struct k_stamp giving[K_RIGHTS]; /* of send rights: the sender's last to that port */
};

/* What a port is beyond its rights. */
struct k_port {
	struct k_message *first, *last;
	uint32_t queued, limit;
	/* The simulator's: which port of a program it is or stands for, and whether it is that port
	   itself; one number for each port that ever was. */
	uint32_t uid;
	bool real;
	uint32_t key;
	/* The network server's. */
	bool served, coming, sending;
	uint32_t mark; /* messages until wire_ports_marked; 0: none asked */
	int rest;      /* the queue limit that it gets back */
};

/* What the kernel tells a space; about one of its names. */
struct k_notice {
	int id, space, name;
	uint32_t word;
	uint32_t key; /* of the port that is notified; 0: of none */
};

struct kernel;

struct kernel *k_new(void);
void k_free(struct kernel *k);

/* A new port's name, or 0. */
int k_allocate(struct kernel *k, int space, uint32_t uid, uint32_t key);
int k_kind(const struct kernel *k, int space, int name);
int k_port_of(const struct kernel *k, int space, int name);
struct k_port *k_port(struct kernel *k, int port);
/* Beyond all numbers of ports, and all names in any space, that there ever were. */
int k_ports(const struct kernel *k);
int k_names(const struct kernel *k);
bool k_alive(const struct kernel *k, int port);
/* Which space has the receive right, under which name; K_SPACES: a message has it. */
int k_receiver(const struct kernel *k, int port, int *name);
uint32_t k_senders(const struct kernel *k, int port);
uint32_t k_onces(const struct kernel *k, int port);
/* Send rights to the port that programs and messages have. */
uint32_t k_users(const struct kernel *k, int port);
bool k_has_room(const struct kernel *k);

/* A right out of a space, and into one (its name; 0: it was dead). */
bool k_take(struct kernel *k, int space, int name, int disposition, struct k_right *right);
int k_put(struct kernel *k, int space, struct k_right right);
void k_release(struct kernel *k, struct k_right right);

void k_modify(struct kernel *k, int space, int name, int kind, int delta);
void k_deallocate(struct kernel *k, int space, int name);
void k_watch_name(struct kernel *k, int space, int name);
void k_watch_senders(struct kernel *k, int space, int name, uint32_t sync, bool watch);

enum k_sent { K_SENT, K_FULL, K_DEAD };

/* The message is the kernel's, but if FULL; "always": the limit does not count. */
enum k_sent k_send(struct kernel *k, struct k_message *message, bool always);
/* The next message in the port's queue, or null; its destination is released. */
struct k_message *k_get(struct kernel *k, int port);
void k_destroy(struct kernel *k, struct k_message *message);

bool k_notice(struct kernel *k, struct k_notice *notice);

/* Called when a port dies. */
extern void (*k_died)(const struct k_port *port);
