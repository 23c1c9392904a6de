/* Every check, in order. */
#include "checks.h"

void check_all(void)
{
	check_before_start();
	check_hashes();
	check_seals();
	check_randoms();
	check_keys();
	check_signatures();
	check_memory();
}
