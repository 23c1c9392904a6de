/* Who the process is: read from its page. */
#include "library.h"

DO(getpid)
{
	(void)page;
	return (int)process->pid;
}

DO(getppid)
{
	(void)page;
	return (int)process->ppid;
}

DO(getpgrp)
{
	(void)page;
	return (int)process->pgid;
}

DO(gettid)
{
	return (int)page->tid;
}

/* The calls of old have 16 bits; a larger id is 65534 to them. */
static int id16(uint32_t id)
{
	return id > 0xffff ? 65534 : (int)id;
}

DO(getuid)
{
	(void)page;
	return id16(process->uid);
}

DO(geteuid)
{
	(void)page;
	return id16(process->euid);
}

DO(getgid)
{
	(void)page;
	return id16(process->gid);
}

DO(getegid)
{
	(void)page;
	return id16(process->egid);
}

DO(getuid32)
{
	(void)page;
	return (int)process->uid;
}

DO(geteuid32)
{
	(void)page;
	return (int)process->euid;
}

DO(getgid32)
{
	(void)page;
	return (int)process->gid;
}

DO(getegid32)
{
	(void)page;
	return (int)process->egid;
}

static int put_three(struct unix_thread_page *page, uint32_t a, uint32_t b, uint32_t c)
{
	return PUT(argument(page, 0), a) ?: PUT(argument(page, 1), b) ?: PUT(argument(page, 2), c);
}

DO(getresuid32)
{
	return put_three(page, process->uid, process->euid, process->suid);
}

DO(getresgid32)
{
	return put_three(page, process->gid, process->egid, process->sgid);
}

/* Only what this system is: PER_LINUX. */
DO(personality)
{
	uint32_t wanted = argument(page, 0);

	return wanted == 0xffffffff || wanted == 0 ? 0 : -EINVAL;
}
