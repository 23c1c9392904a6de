/* What the files of this server share. */
#pragma once

#include <ipc/ipc.h>

/* A client's session. */
struct session {
	uint32_t total;
	uint32_t least;		       /* what is waited for */
	ipc_answer_t answer;	       /* 0: nobody waits */
	struct ipc_notifier *notifier; /* null: nobody watches */
	uint32_t key;
};

extern struct ipc_bucket *bucket;
extern struct ipc_class session_class;

/* The last reference to a session is gone. */
void session_reclaim(struct ipc_object *object);
