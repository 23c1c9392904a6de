/* See access_core.h. */
#include <stddef.h>

#include "access_core.h"

#define EXECUTE_ANY 0111u

bool access_privileged(const struct access_identity *who)
{
	return who == NULL || who->uid == ACCESS_ROOT;
}

bool access_owns(const struct access_identity *who, uint32_t uid)
{
	return access_privileged(who) || who->uid == uid;
}

static bool is_member(const struct access_identity *who, uint32_t gid)
{
	bool member = who->gid == gid;
	for (uint32_t i = 0; i < who->group_count && !member; i++) {
		member = who->groups[i] == gid;
	}
	return member;
}

bool access_in_group(const struct access_identity *who, uint32_t gid)
{
	return access_privileged(who) || is_member(who, gid);
}

bool access_allowed(const struct access_identity *who, uint32_t uid, uint32_t gid, uint32_t mode,
		    bool directory, uint32_t wanted)
{
	if (access_privileged(who)) {
		return directory || (wanted & ACCESS_EXECUTE) == 0 || (mode & EXECUTE_ANY) != 0;
	}
	/* The first class that fits decides, even if another would allow more. */
	uint32_t shift = who->uid == uid ? 6 : is_member(who, gid) ? 3 : 0;
	return (wanted & ~(mode >> shift)) == 0;
}

bool access_same(const struct access_identity *a, const struct access_identity *b)
{
	return a->uid == b->uid && a->gid == b->gid && a->group_count == b->group_count &&
	       __builtin_memcmp(a->groups, b->groups, a->group_count * sizeof(a->groups[0])) == 0;
}
