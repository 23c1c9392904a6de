/* What the test programs print: each result, and each error by its number. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder of its own for the files that a program makes by relative names. */
static inline void own_folder(const char *name)
{
	if (mkdir(name, 0755) < 0 || chdir(name) < 0) {
		printf("no folder %s\n", name);
		exit(99);
	}
}

/* A call's result, or its error. */
#define SHOW(call)                                                                                 \
	do {                                                                                       \
		errno = 0;                                                                         \
		long long result_ = (long long)(call);                                             \
		if (result_ < 0) {                                                                 \
			printf("%s: error %d\n", #call, errno);                                    \
		} else {                                                                           \
			printf("%s: %lld\n", #call, result_);                                      \
		}                                                                                  \
		fflush(stdout);                                                                    \
	} while (0)

/* Only whether it worked: for numbers that differ from system to system. */
#define WORKS(call)                                                                                \
	do {                                                                                       \
		errno = 0;                                                                         \
		if ((long long)(call) < 0) {                                                       \
			printf("%s: error %d\n", #call, errno);                                    \
		} else {                                                                           \
			printf("%s: works\n", #call);                                              \
		}                                                                                  \
		fflush(stdout);                                                                    \
	} while (0)
