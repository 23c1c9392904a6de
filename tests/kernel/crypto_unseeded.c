/* TEST: oracle=no cpu=qemu32 */
/*
 * A processor without RDRAND: lib/crypto must see it in CPUID, not execute the instruction, and
 * make no number whatever seed it is given.
 */
#include "lib/harness.h"

void check_rdrand_absent(void);
void check_result(boolean_t passed, const char *text, const char *file, int line);

void check_result(boolean_t passed, const char *text, const char *file, int line)
{
	test_check(passed, text, file, line);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "crypto_unseeded");
	check_rdrand_absent();
	test_end();
}
