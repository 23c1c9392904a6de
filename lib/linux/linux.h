/*
 * What programs of ours that run as Unix processes without a Linux libc (the DOS machine, "on")
 * know of Linux's i386 ABI.  Numbers and structures are Linux's (asm/unistd_32.h, asm/stat.h,
 * asm/termbits.h), but for MASIX_NODE (personalities/unix/server/nodes.c).
 */
#pragma once

#include <stdint.h>

#define LINUX_EXIT            1
#define LINUX_FORK            2
#define LINUX_READ            3
#define LINUX_WRITE           4
#define LINUX_OPEN            5
#define LINUX_CLOSE           6
#define LINUX_UNLINK          10
#define LINUX_EXECVE          11
#define LINUX_CHDIR           12
#define LINUX_CHMOD           15
#define LINUX_GETPID          20
#define LINUX_KILL            37
#define LINUX_MKDIR           39
#define LINUX_RMDIR           40
#define LINUX_IOCTL           54
#define LINUX_DUP2            63
#define LINUX_GETPGRP         65
#define LINUX_MUNMAP          91
#define LINUX_WAIT4           114
#define LINUX_CLONE           120
#define LINUX_LLSEEK          140
#define LINUX_RT_SIGACTION    174
#define LINUX_RT_SIGPROCMASK  175
#define LINUX_GETCWD          183
#define LINUX_MMAP2           192
#define LINUX_FTRUNCATE64     194
#define LINUX_STAT64          195
#define LINUX_FSTAT64         197
#define LINUX_GETDENTS64      220
#define LINUX_FCNTL64         221
#define LINUX_SET_THREAD_AREA 243
#define LINUX_EXIT_GROUP      252
#define LINUX_STATFS64        268
#define LINUX_PPOLL           309
#define LINUX_UTIMENSAT       320
#define LINUX_RENAMEAT2       353
#define LINUX_MASIX_NODE      511
#define MASIX_NODE_STATE      1 /* its flag: no right, only whether the node is up */

#define LINUX_O_WRONLY    01
#define LINUX_O_RDWR      02
#define LINUX_O_CREAT     0100
#define LINUX_O_EXCL      0200
#define LINUX_O_NOCTTY    0400
#define LINUX_O_TRUNC     01000
#define LINUX_O_APPEND    02000
#define LINUX_O_DIRECTORY 0200000
#define LINUX_O_CLOEXEC   02000000

#define LINUX_AT_FDCWD         (-100)
#define LINUX_RENAME_NOREPLACE 1
#define LINUX_UTIME_OMIT       0x3ffffffe
#define LINUX_F_DUPFD          0

#define LINUX_EINTR        4
#define LINUX_ENXIO        6
#define LINUX_EAGAIN       11
#define LINUX_EACCES       13
#define LINUX_ENETDOWN     100
#define LINUX_ECONNREFUSED 111
#define LINUX_EHOSTUNREACH 113

#define LINUX_SIGHUP   1
#define LINUX_SIGINT   2
#define LINUX_SIGQUIT  3
#define LINUX_SIGUSR1  10
#define LINUX_SIGUSR2  12
#define LINUX_SIGPIPE  13
#define LINUX_SIGTERM  15
#define LINUX_SIGCONT  18
#define LINUX_SIGSTOP  19
#define LINUX_SIGTSTP  20
#define LINUX_SIGTTIN  21
#define LINUX_SIGWINCH 28

#define LINUX_SIG_DFL     0u
#define LINUX_SIG_IGN     1u
#define LINUX_SIG_SETMASK 2
#define LINUX_MASK_BYTES  8
#define LINUX_MASK_BIT(n) (1u << ((n)-1))

/* CLONE_VM FS FILES SIGHAND THREAD SYSVSEM SETTLS: a thread as the others. */
#define LINUX_THREAD_FLAGS 0xd0f00

#define LINUX_TCGETS     0x5401
#define LINUX_TCSETSW    0x5403
#define LINUX_TIOCGPGRP  0x540f
#define LINUX_TIOCGWINSZ 0x5413
#define LINUX_POLLIN     1
#define LINUX_POLLOUT    4

#define LINUX_INPUT_CONVERSIONS 0772u   /* BRKINT ISTRIP INLCR IGNCR ICRNL, and so on: not IGNBRK */
#define LINUX_INPUT_FLOW        016000u /* IXON IXANY IXOFF */
#define LINUX_OUTPUT_OPOST      01u
#define LINUX_LOCAL_ISIG        01u
#define LINUX_LOCAL_ALL         0100073u /* ISIG ICANON ECHO ECHOE ECHOK IEXTEN */
#define LINUX_LOCAL_LINES       012u     /* ICANON ECHO */
#define LINUX_LOCAL_IEXTEN      0100000u
#define LINUX_LOCAL_NOFLSH      0200u
#define LINUX_VINTR             0
#define LINUX_VQUIT             1
#define LINUX_VTIME             5
#define LINUX_VMIN              6
#define LINUX_VSUSP             10

struct linux_stat {
	uint64_t device;
	uint32_t unused, number_low, mode, links, uid, gid;
	uint64_t of_device;
	uint32_t unused_2;
	int64_t size;
	uint32_t block_bytes;
	uint64_t blocks;
	uint32_t access, access_ns, modify, modify_ns, change, change_ns;
	uint64_t number;
} __attribute__((packed));
_Static_assert(sizeof(struct linux_stat) == 96, "struct stat64");

struct linux_statfs {
	uint32_t type, block_bytes;
	uint64_t blocks, blocks_free, blocks_available, files, files_free;
	uint32_t rest[9];
} __attribute__((packed));
_Static_assert(sizeof(struct linux_statfs) == 84, "struct statfs64");

struct linux_entry {
	uint64_t number;
	int64_t offset;
	uint16_t bytes;
	uint8_t type;
	char name[5];
};

struct linux_termios {
	uint32_t input, output, control, local;
	uint8_t discipline, characters[19];
};
_Static_assert(sizeof(struct linux_termios) == 36, "as TCGETS has it");

struct linux_timespec {
	int32_t seconds, nanoseconds;
};

struct linux_poll {
	int32_t descriptor;
	int16_t wanted, found;
};

struct linux_action {
	uint32_t handler, flags, restorer, mask[2];
};

struct linux_segment {
	uint32_t entry, base, limit, bits;
};

/* The result: negative, an error. */
static inline int linux_call(int number, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e)
{
	int result = number;

	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory");
	return result;
}

#define LINUX_POINTER(pointer) ((uint32_t)(uintptr_t)(pointer))
