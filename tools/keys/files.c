/* Files and folders. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keys.h"

const char *path_of(const char *folder, const char *name, const char *suffix)
{
	static char buffers[8][PATH_BYTES];
	static unsigned int next;
	char *path = buffers[next++ % 8];
	int length = snprintf(path, PATH_BYTES, "%s/%s%s", folder, name, suffix);

	if (length < 0 || length >= PATH_BYTES) {
		refuse("%s: the path is too long", folder);
	}
	return path;
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

uint8_t *file_read(const char *path, size_t max, size_t *bytes)
{
	FILE *file = fopen(path, "rb");
	uint8_t *content = NULL;

	*bytes = 0;
	if (file == NULL) {
		if (errno == ENOENT) {
			return NULL;
		}
		refuse("%s: %s", path, strerror(errno));
	}
	content = malloc(max + 1);
	if (content == NULL) {
		refuse("no memory");
	}
	*bytes = fread(content, 1, max + 1, file);
	if (ferror(file) || *bytes > max) {
		refuse("%s: %s", path, ferror(file) ? strerror(errno) : "it is too large");
	}
	fclose(file);
	return content;
}

void file_read_exact(const char *path, void *content, size_t bytes)
{
	size_t got = 0;
	uint8_t *read = file_read(path, bytes, &got);

	if (read == NULL) {
		refuse("%s: it is not there", path);
	}
	if (got != bytes) {
		refuse("%s: it has %zu bytes, and should have %zu", path, got, bytes);
	}
	memcpy(content, read, bytes);
	crypto_wipe_bytes(read, bytes);
	free(read);
}

static void write_new(const char *path, const void *content, size_t bytes, bool secret)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL, secret ? 0600 : 0644);

	if (file < 0) {
		refuse("%s: %s", path,
		       errno == EEXIST ? "it is there already, and is not overwritten"
				       : strerror(errno));
	}
	for (size_t done = 0; done < bytes;) {
		ssize_t written = write(file, (const uint8_t *)content + done, bytes - done);

		if (written <= 0) {
			unlink(path);
			refuse("%s: %s", path, strerror(errno));
		}
		done += (size_t)written;
	}
	if (fsync(file) != 0 || close(file) != 0) {
		refuse("%s: %s", path, strerror(errno));
	}
}

void file_create(const char *path, const void *content, size_t bytes, bool secret)
{
	write_new(path, content, bytes, secret);
}

void file_replace(const char *path, const void *content, size_t bytes, bool secret)
{
	char fresh[PATH_BYTES + 16];

	snprintf(fresh, sizeof fresh, "%s.%ld", path, (long)getpid());
	write_new(fresh, content, bytes, secret);
	if (rename(fresh, path) != 0) {
		unlink(fresh);
		refuse("%s: %s", path, strerror(errno));
	}
}

void folder_make(const char *path)
{
	if (mkdir(path, 0755) != 0 && errno != EEXIST) {
		refuse("%s: %s", path, strerror(errno));
	}
}
