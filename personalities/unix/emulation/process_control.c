/* prctl, as far as programs of today need it. */
#include "library.h"

#define PR_SET_PDEATHSIG    1u
#define PR_GET_DUMPABLE     3u
#define PR_SET_DUMPABLE     4u
#define PR_GET_KEEPCAPS     7u
#define PR_SET_NAME         15u
#define PR_GET_NAME         16u
#define PR_CAPBSET_READ     23u
#define PR_SET_NO_NEW_PRIVS 38u
#define PR_GET_NO_NEW_PRIVS 39u

/* The names that ps shows are the server's: the call goes there as 172, with 16 bytes. */
DO(prctl)
{
	char name[16];
	const uint32_t arguments[6] = {argument(page, 0), (uint32_t)name, argument(page, 2),
				       argument(page, 3), argument(page, 4)};
	int result = 0;

	switch (argument(page, 0)) {
	case PR_SET_NAME:
		result = copy_string(name, (const char *)argument(page, 1), sizeof(name));
		if (result < 0) {
			return result;
		}
		name[sizeof(name) - 1] = '\0';
		return carry(page, 172, arguments);
	case PR_GET_NAME:
		result = carry(page, 172, arguments);
		return result < 0 ? result : copy((void *)argument(page, 1), name, sizeof(name));
	case PR_GET_DUMPABLE:
		return 1;
	case PR_SET_DUMPABLE:
		return argument(page, 1) <= 1 ? 0 : -EINVAL;
	case PR_GET_KEEPCAPS:
	case PR_GET_NO_NEW_PRIVS:
		return 0;
	default: /* not known: EINVAL, as from a kernel that is older than the option */
		return -EINVAL;
	}
}
