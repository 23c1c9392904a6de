/*
 * The first stack of a program, as Linux/i386 lays it out (System V ABI, i386; facts of a running
 * system): argc, argv, envp, the auxiliary vector, strings.  Pure.
 */
#pragma once

#include <stdint.h>

struct stack_contents {
	const char *arguments; /* strings, each with its 0 */
	uint32_t arguments_bytes;
	const char *environment;
	uint32_t environment_bytes;
	const char *file_name; /* AT_EXECFN */
	uint32_t uid, euid, gid, egid;
	uint32_t entry, headers_address, headers, base;
	uint32_t features; /* AT_HWCAP: CPUID.1's edx */
	uint8_t random[16];
};

/* Room that the stack takes at most. */
uint32_t stack_bytes(const struct stack_contents *contents);

/*
 * Builds it in image[0, bytes), which will lie below "top"; "bytes" is at least stack_bytes.
 * Returns where the stack pointer begins.
 */
uint32_t stack_build(const struct stack_contents *contents, char *image, uint32_t bytes,
		     uint32_t top);
