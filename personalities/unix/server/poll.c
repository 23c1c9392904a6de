/* Waiting for one of many files. */
#include "kinds.h"

CALL_HANDLER(poll)
{
	(void)request;
	return -ENOSYS;
}

CALL_HANDLER(ppoll_time64)
{
	(void)request;
	return -ENOSYS;
}

CALL_HANDLER(_newselect)
{
	(void)request;
	return -ENOSYS;
}

CALL_HANDLER(pselect6_time64)
{
	(void)request;
	return -ENOSYS;
}
