/* Sessions, process groups and their terminals. */
#pragma once

#include "terminal.h"

/*
 * May the thread read, write, change its terminal now?  0; or its group gets SIGTTIN or SIGTTOU and
 * the call begins again afterwards; or -EIO, if it could never go on.
 */
int job_control_read(struct thread *thread, const struct terminal *terminal);
int job_control_write(struct thread *thread, const struct terminal *terminal);
int job_control_change(struct thread *thread, const struct terminal *terminal);

/* TIOCSCTTY TIOCNOTTY TIOCGPGRP TIOCSPGRP TIOCGSID; -ENOTTY: it is none of these. */
int job_control_ioctl(struct request *request, struct terminal *terminal, uint32_t command);
