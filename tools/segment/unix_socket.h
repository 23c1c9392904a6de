/* Sockets that are files. */
#pragma once

#include <stdbool.h>
#include <sys/un.h>

/* The address of a path; false, with errno ENAMETOOLONG: it does not fit. */
bool unix_socket_address(const char *path, struct sockaddr_un *address);

/* A socket of a type, which does not block, bound to a path; one that is there already is replaced.
   -1 with errno on an error. */
int unix_socket_bind(int type, const char *path);

/* A stream socket connected to a path. -1 with errno on an error. */
int unix_socket_connect(const char *path);
