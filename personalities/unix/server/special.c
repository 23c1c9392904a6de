/* Paths that are not the file server's. */
#include "kinds.h"

int special_open(struct request *request, int descriptor, const char *path, uint32_t flags,
		 struct open_file **file)
{
	(void)request;
	(void)descriptor;
	(void)path;
	(void)flags;
	(void)file;
	return 1;
}

int special_attributes(struct request *request, int descriptor, const char *path, uint32_t flags,
		       file_attributes_t *attributes)
{
	(void)request;
	(void)descriptor;
	(void)path;
	(void)flags;
	(void)attributes;
	return 1;
}

int special_read_link(struct request *request, int descriptor, const char *path, char *target,
		      uint32_t room)
{
	(void)request;
	(void)descriptor;
	(void)path;
	(void)target;
	(void)room;
	return -ENOSYS;
}
