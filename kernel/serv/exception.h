/* Exceptions: a thread's fault as a message, and the answer to it. */
#pragma once

struct ipc_kmsg;
struct thread;

/* A message arrived at a thread's exception reply port; consumes it. */
void exception_reply(struct ipc_kmsg *message);
/* Gives up the thread's exception reply port, if it has one: a late answer is taken and means
   nothing. */
void exception_reply_port_give_up(struct thread *thread);
/* A send-once right to a reply port died unused: nobody will answer. Consumes the right. */
void exception_reply_lost(struct ipc_port *port);
