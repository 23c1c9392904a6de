/* Pipes and pairs of local sockets. */
#include "kinds.h"

CALL_HANDLER(pipe)
{
	(void)request;
	return -ENOSYS;
}

CALL_HANDLER(pipe2)
{
	(void)request;
	return -ENOSYS;
}

CALL_HANDLER(socketpair)
{
	(void)request;
	return -ENOSYS;
}

CALL_HANDLER(shutdown)
{
	(void)request;
	return -ENOSYS;
}
