/* TEST: oracle=no libc=yes timeout=180 */
/*
 * lib/crypto on the target: the checks of tests/crypto, fewer of those that multiply on the curve.
 */
#include "lib/harness.h"

#include "../crypto/checks.h"
#include <stdlib.h>

unsigned int check_stride = 8;

void check_result(bool passed, const char *text, const char *file, int line)
{
	test_check(passed, text, file, line);
}

int main(int argc, char **argv)
{
	free(malloc(1)); /* the heap, which stays, begins before the count */
	test_begin(argc, argv, "crypto");
	check_all();
	check_rdrand_present();
	test_end();
}
