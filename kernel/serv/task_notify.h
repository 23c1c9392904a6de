/* mach_notify_new_task: tells one listener of every task that is made
   (register_new_task_notification). */
#pragma once

struct task;

/* Sends the message (task and parent as send rights) if somebody listens. Does not block. */
void task_notify_created(struct task *task, struct task *parent);
