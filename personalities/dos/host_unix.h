/* The two halves of the Unix host: files, and everything else. */
#pragma once

#include <linux/linux.h>
#include "host.h"

/* An open file is its descriptor + 1. */
static inline uint32_t unix_file(int descriptor)
{
	return (uint32_t)descriptor + 1;
}

static inline uint32_t unix_descriptor(uint32_t file)
{
	return file - 1;
}

/* A code of masix/file.h: its errors have Linux's numbers. */
static inline kern_return_t unix_code(int result)
{
	return result < 0 ? FILE_ERROR(-result) : KERN_SUCCESS;
}

/*
 * Waits until a descriptor is ready; false: ^C came meanwhile.  Signals are taken here, and where
 * host_unix.c says so, and nowhere else.
 */
bool unix_wait(uint32_t descriptor, int16_t wanted);

/* A descriptor that may keep a reader or writer waiting. */
bool unix_is_slow(uint32_t descriptor);

/* ---- host_unix_files.c */
kern_return_t unix_get_attributes(const char *path, file_attributes_t *attributes);
kern_return_t unix_read_directory(const char *path, int64_t cookie, char *entries, uint32_t *bytes);
kern_return_t unix_open(const char *path, uint32_t flags, uint32_t mode, uint32_t *file,
			file_attributes_t *attributes);
void unix_close(uint32_t file);
kern_return_t unix_read(uint32_t file, uint8_t *bytes, uint32_t count, uint32_t *got);
kern_return_t unix_write(uint32_t file, const uint8_t *bytes, uint32_t count, uint32_t *written);
kern_return_t unix_seek(uint32_t file, int64_t offset, uint32_t whence, int64_t *position);
kern_return_t unix_get_file_attributes(uint32_t file, file_attributes_t *attributes);
kern_return_t unix_set_size(uint32_t file, int64_t size);
kern_return_t unix_set_modified(uint32_t file, int64_t modify_ns);
bool unix_has_input(uint32_t file);
kern_return_t unix_make_directory(const char *path);
kern_return_t unix_remove(const char *path, bool directory);
kern_return_t unix_rename(const char *from, const char *to);
kern_return_t unix_set_mode(const char *path, uint32_t mode);
kern_return_t unix_get_space(uint64_t *bytes_total, uint64_t *bytes_free);
void unix_get_directory(char *path, uint32_t bytes_max);
