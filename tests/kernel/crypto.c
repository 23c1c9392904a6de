/* TEST: oracle=no timeout=180 */
/*
 * lib/crypto on the target: the checks of tests/crypto, against newlib (tests/crypto/target has what
 * newlib asks of its system), fewer of those that multiply on the curve.
 */
#include "lib/harness.h"

/* tests/crypto/checks.h includes newlib's headers, which a program of lib/mach does not see. */
extern unsigned int check_stride;
unsigned int check_stride = 8;
void check_all(void);
void check_rdrand_present(void);
void check_result(boolean_t passed, const char *text, const char *file, int line);

void check_result(boolean_t passed, const char *text, const char *file, int line)
{
	test_check(passed, text, file, line);
}

int main(int argc, char **argv)
{
	test_begin(argc, argv, "crypto");
	check_all();
	check_rdrand_present();
	test_end();
}
