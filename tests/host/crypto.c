/* LINK: tests/crypto/all_checks.c tests/crypto/support.c tests/crypto/malloc_wrap.c
	 tests/crypto/start_checks.c
	 tests/crypto/hash_checks.c tests/crypto/seal_checks.c tests/crypto/random_checks.c
	 tests/crypto/key_checks.c tests/crypto/signature_checks.c tests/crypto/memory_checks.c */
/* lib/crypto on this machine: all checks of tests/crypto (mk/crypto.mk adds the library). */
#include "../crypto/checks.h"
#include "tap.h"

unsigned int check_stride = 1;

void check_result(bool passed, const char *text, const char *file, int line)
{
	CHECK(passed, "%s", text);
	if (!passed) {
		printf("# %s:%d\n", file, line);
	}
}

int main(void)
{
	check_all();
	return tap_done();
}
