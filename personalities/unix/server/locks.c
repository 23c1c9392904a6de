/* Record locks and flock. */
#include "kinds.h"

int file_lock_control(struct request *request, struct open_file *file)
{
	(void)request;
	(void)file;
	return -ENOSYS;
}

CALL_HANDLER(flock)
{
	(void)request;
	return -ENOSYS;
}

void open_file_closed(struct process *process, struct open_file *file)
{
	(void)process;
	(void)file;
}

void file_locks_end(struct open_file *file)
{
	(void)file;
}
