/* What the test programs print: each result, and each error by its number. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <string.h>

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
