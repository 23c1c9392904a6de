/* From one open file to another. */
#include "kinds.h"

CALL_HANDLER(sendfile)
{
	(void)request;
	return -ENOSYS;
}

CALL_HANDLER(sendfile64)
{
	(void)request;
	return -ENOSYS;
}

CALL_HANDLER(copy_file_range)
{
	(void)request;
	return -ENOSYS;
}
