/*
 * The cluster's signing key on disk.  12 bytes "MASIXSIGNING", u32 rounds (0: not wrapped), 16
 * bytes of salt, the key sealed under PBKDF2 of the phrase; or, not wrapped, zeros and the key.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "keys.h"

#define ROUNDS           600000u
#define PHRASE_BYTES_MIN 8
#define PHRASE_BYTES_MAX 1024
#define SALT_BYTES       16

struct signing_file {
	char magic[12];
	uint8_t rounds[4];
	uint8_t salt[SALT_BYTES];
	uint8_t sealed[CRYPTO_PRIVATE_BYTES + CRYPTO_TAG_BYTES];
};

static const char magic[12] = "MASIXSIGNING";

/* ----------------------------------------------------------------------------------- phrases */

static void read_line(FILE *file, char phrase[PHRASE_BYTES_MAX], const char *from)
{
	if (fgets(phrase, PHRASE_BYTES_MAX, file) == NULL) {
		refuse("%s: no pass phrase", from);
	}
	phrase[strcspn(phrase, "\n")] = '\0';
}

/* On the terminal, unseen. */
static void ask(const char *prompt, char phrase[PHRASE_BYTES_MAX])
{
	struct termios seen, unseen;
	FILE *terminal = fopen("/dev/tty", "r+");

	if (terminal == NULL || tcgetattr(fileno(terminal), &seen) != 0) {
		refuse("no terminal to ask for the pass phrase: use --phrase-file or "
		       "--development");
	}
	unseen = seen;
	unseen.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fileno(terminal), TCSAFLUSH, &unseen);
	fprintf(terminal, "%s: ", prompt);
	fflush(terminal);
	bool got = fgets(phrase, PHRASE_BYTES_MAX, terminal) != NULL;
	tcsetattr(fileno(terminal), TCSAFLUSH, &seen);
	fprintf(terminal, "\n");
	fclose(terminal);
	if (!got) {
		refuse("no pass phrase");
	}
	phrase[strcspn(phrase, "\n")] = '\0';
}

static void get_phrase(struct phrase_source *source, bool fresh, char phrase[PHRASE_BYTES_MAX])
{
	char again[PHRASE_BYTES_MAX];

	if (source->file != NULL) {
		if (source->open == NULL) {
			source->open =
				strcmp(source->file, "-") == 0 ? stdin : fopen(source->file, "r");
		}
		if (source->open == NULL) {
			refuse("%s: %s", source->file, strerror(errno));
		}
		read_line(source->open, phrase, source->file);
	} else {
		ask(fresh ? "New pass phrase of the cluster" : "Pass phrase of the cluster",
		    phrase);
		if (fresh) {
			ask("Once more", again);
			if (strcmp(phrase, again) != 0) {
				refuse("the two pass phrases differ");
			}
			crypto_wipe_bytes(again, sizeof again);
		}
	}
	if (fresh && strlen(phrase) < PHRASE_BYTES_MIN) {
		refuse("the pass phrase has fewer than %d bytes", PHRASE_BYTES_MIN);
	}
}

/* ---------------------------------------------------------------------------------- wrapping */

static void stretch(struct phrase_source *source, bool fresh, const struct signing_file *file,
		    unsigned int rounds, uint8_t key[CRYPTO_KEY_BYTES])
{
	char phrase[PHRASE_BYTES_MAX] = "";

	get_phrase(source, fresh, phrase);
	if (phrase[0] == '\0') {
		refuse("the pass phrase is empty");
	}
	need(crypto_stretch_phrase(phrase, strlen(phrase), file->salt, SALT_BYTES, rounds, key),
	     "the pass phrase");
	crypto_wipe_bytes(phrase, sizeof phrase);
}

/* A phrase's key is used for one sealing, so its nonce may be zero. */
static const uint8_t nonce[CRYPTO_NONCE_BYTES];

static void wrap(struct phrase_source *source, const uint8_t key[CRYPTO_PRIVATE_BYTES],
		 struct signing_file *file)
{
	uint8_t wrapping[CRYPTO_KEY_BYTES];

	memset(file, 0, sizeof *file);
	memcpy(file->magic, magic, sizeof magic);
	if (source->development) {
		memcpy(file->sealed, key, CRYPTO_PRIVATE_BYTES);
		return;
	}
	for (int i = 0; i < 4; i++) {
		file->rounds[i] = (uint8_t)(ROUNDS >> 8 * i);
	}
	need(crypto_make_random(host_random(), file->salt, SALT_BYTES), "salt");
	stretch(source, true, file, ROUNDS, wrapping);
	need(crypto_seal_data(wrapping, nonce, file, offsetof(struct signing_file, sealed), key,
			      CRYPTO_PRIVATE_BYTES, file->sealed),
	     "wrapping");
	crypto_wipe_bytes(wrapping, sizeof wrapping);
}

static unsigned int load(const char *folder, struct signing_file *file)
{
	const char *path = path_of(folder, "cluster-signing", "");

	file_read_exact(path, file, sizeof *file);
	if (memcmp(file->magic, magic, sizeof magic) != 0) {
		refuse("%s: not a signing key", path);
	}
	return file->rounds[0] | (unsigned int)file->rounds[1] << 8 |
	       (unsigned int)file->rounds[2] << 16 | (unsigned int)file->rounds[3] << 24;
}

bool signing_is_unwrapped(const char *folder)
{
	struct signing_file file;

	return load(folder, &file) == 0;
}

void signing_read(const char *folder, struct phrase_source *source,
		  uint8_t key[CRYPTO_PRIVATE_BYTES])
{
	struct signing_file file;
	unsigned int rounds = load(folder, &file);
	uint8_t wrapping[CRYPTO_KEY_BYTES];
	enum crypto_error error = CRYPTO_OK;

	if (rounds == 0) {
		memcpy(key, file.sealed, CRYPTO_PRIVATE_BYTES);
		return;
	}
	if (source->development) {
		refuse("%s: its signing key has a pass phrase", folder);
	}
	stretch(source, false, &file, rounds, wrapping);
	error = crypto_open_data(wrapping, nonce, &file, offsetof(struct signing_file, sealed),
				 file.sealed, sizeof file.sealed, key);
	crypto_wipe_bytes(wrapping, sizeof wrapping);
	if (error == CRYPTO_ERROR_FORGED) {
		refuse("the pass phrase is wrong");
	}
	need(error, "the signing key");
}

void signing_create(const char *folder, struct phrase_source *source)
{
	uint8_t key[CRYPTO_PRIVATE_BYTES], public_key[CRYPTO_PUBLIC_BYTES];
	struct signing_file file;

	need(crypto_make_pair(host_random(), key, public_key), "the cluster's key pair");
	wrap(source, key, &file);
	file_create(path_of(folder, "cluster-signing", ""), &file, sizeof file, true);
	file_create(path_of(folder, "cluster-public", ""), public_key, sizeof public_key, false);
	crypto_wipe_bytes(key, sizeof key);
}

void signing_rewrap(const char *folder, struct phrase_source *source)
{
	uint8_t key[CRYPTO_PRIVATE_BYTES];
	struct phrase_source old = *source;
	struct signing_file file;

	old.development = false;
	signing_read(folder, &old, key);
	source->open = old.open;
	wrap(source, key, &file);
	file_replace(path_of(folder, "cluster-signing", ""), &file, sizeof file, true);
	crypto_wipe_bytes(key, sizeof key);
}
