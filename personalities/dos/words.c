/* Command lines: from the words of whoever started us to DOS's, and back. */
#include <stdio.h>
#include <string.h>
#include "dos.h"
#include "files.h"
#include "host.h"

/* A path from the root of the tree. */
static void make_absolute(const char *word, char *path)
{
	char directory[FILES_PATH_BYTES];

	if (word[0] == '/') {
		(void)snprintf(path, FILES_PATH_BYTES, "%s", word);
		return;
	}
	files_directory(directory, sizeof directory);
	(void)snprintf(path, FILES_PATH_BYTES, "%s/%s", directory[1] == 0 ? "" : directory, word);
}

/* Is there such a file, or at least the directory that it would be in ("/x" alone is an option)? */
static bool is_path(const char *word)
{
	char path[FILES_PATH_BYTES];
	file_attributes_t attributes;
	char *slash = NULL;

	if (strchr(word, '/') == NULL) {
		return false;
	}
	make_absolute(word, path);
	if (host->get_attributes(path, &attributes) == KERN_SUCCESS) {
		return true;
	}
	slash = strrchr(path, '/');
	if (slash == path || strrchr(word, '/') == word) {
		return false;
	}
	*slash = 0;
	return host->get_attributes(path, &attributes) == KERN_SUCCESS &&
	       (attributes.mode & FILE_MODE_KIND) == FILE_MODE_DIRECTORY;
}

static int translate(const char *word, char *text, uint32_t bytes_max)
{
	struct dos_path named;
	int error = files_name(word, &named);

	if (error != 0) {
		return error;
	}
	if (word[0] == '/') {
		(void)snprintf(text, bytes_max, "%c:\\%s", 'A' + named.drive, named.text);
	} else {
		(void)snprintf(text, bytes_max, "%s", named.text);
	}
	return 0;
}

int words_program(const char *word, char *path, uint32_t bytes_max)
{
	if (strchr(word, '/') == NULL) {
		(void)snprintf(path, bytes_max, "%s", word);
		return 0;
	}
	return translate(word, path, bytes_max);
}

void words_join(int count, char **words, char *tail, uint32_t bytes_max)
{
	uint32_t used = 0;

	tail[0] = 0;
	for (int i = 2; i < count && used < bytes_max; i++) {
		char text[NAME_PATH_BYTES + 4];
		const char *word = words[i];
		int bytes = 0;

		if (is_path(word) && translate(word, text, sizeof text) == 0) {
			word = text;
		}
		bytes = snprintf(tail + used, bytes_max - used, " %s", word);
		used += bytes > 0 ? (uint32_t)bytes : 0;
	}
}

void words_to_unix(const char *word, char *text, uint32_t bytes_max)
{
	struct dos_path path;
	struct files_place place;
	bool is_dos = strchr(word, '\\') != NULL || (word[0] != 0 && word[1] == ':');
	int error = DOS_ERROR_NO_PATH;

	if (is_dos &&
	    name_resolve(&path, word, dos.drive, (const char(*)[NAME_PATH_BYTES])dos.directories,
			 DOS_DRIVES) == 0) {
		error = files_find(&path, &place);
	}
	(void)snprintf(text, bytes_max, "%s",
		       error == 0 || error == DOS_ERROR_NO_FILE ? place.path : word);
}
