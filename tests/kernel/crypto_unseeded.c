/* TEST: oracle=no libc=yes cpu=qemu32 */
/*
 * A processor without RDRAND: lib/crypto must see it in CPUID, not execute the instruction, and
 * make no number whatever seed it is given.
 */
#include "lib/harness.h"

#include "../crypto/checks.h"
#include <stdlib.h>

void check_result(bool passed, const char *text, const char *file, int line)
{
	test_check(passed, text, file, line);
}

int main(int argc, char **argv)
{
	free(malloc(1)); /* the heap, which stays, begins before the count */
	test_begin(argc, argv, "crypto_unseeded");
	check_rdrand_absent();
	test_end();
}
