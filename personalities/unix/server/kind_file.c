/* Regular files and directories: the file server's. */
#include "kinds.h"

const struct open_file_kind file_kind = {0};

CALL_HANDLER(getdents)
{
	(void)request;
	return -ENOSYS;
}

CALL_HANDLER(getdents64)
{
	(void)request;
	return -ENOSYS;
}

CALL_HANDLER(fallocate)
{
	(void)request;
	return -ENOSYS;
}
