#include "unix_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool unix_socket_address(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address->sun_path) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(address->sun_path, path, strlen(path) + 1);
	return true;
}

int unix_socket_bind(int type, const char *path)
{
	struct sockaddr_un address;
	if (!unix_socket_address(path, &address)) {
		return -1;
	}
	int one = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	(void)unlink(path);
	if (one >= 0 && bind(one, (struct sockaddr *)&address, sizeof address) != 0) {
		int error = errno;
		(void)close(one);
		errno = error;
		return -1;
	}
	return one;
}

int unix_socket_connect(const char *path)
{
	struct sockaddr_un address;
	if (!unix_socket_address(path, &address)) {
		return -1;
	}
	int one = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (one >= 0 && connect(one, (struct sockaddr *)&address, sizeof address) != 0) {
		int error = errno;
		(void)close(one);
		errno = error;
		return -1;
	}
	return one;
}
