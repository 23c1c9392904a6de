/* Other nodes: starting programs there (call_masix_node), and letting theirs in. */
#pragma once

#include "process.h"

/* This node's name, as the ACS has it; until then there are no others. */
void nodes_begin(const char *name);

/* A port's object for the Unix server of another node (unix_client_make_starter). */
kern_return_t nodes_accept(struct ipc_client *client, struct ipc_object **object);

/* A port that starts programs as that user, of that client. */
kern_return_t starter_create(struct ipc_client *client, uint32_t uid, uint32_t gid,
			     struct ipc_object **object);
