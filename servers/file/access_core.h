/* Who may do what with a file: POSIX's owner, group and others. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ACCESS_GROUPS_MAX 32u
#define ACCESS_ROOT       0u /* the user to whom the permissions do not apply */

/* The permissions asked for; as the bits of others in a mode. */
#define ACCESS_EXECUTE 1u /* of a directory: to look up names in it */
#define ACCESS_WRITE   2u
#define ACCESS_READ    4u

#define ACCESS_SETUID 04000u
#define ACCESS_SETGID 02000u
#define ACCESS_STICKY 01000u

/* In whose name something is done. Where a pointer to one is NULL, nothing is checked. */
struct access_identity {
	uint32_t uid, gid;
	uint32_t group_count;
	uint32_t groups[ACCESS_GROUPS_MAX];
};

/* Do the permissions of a file that belongs to uid and gid allow all that is wanted? Root needs
   none, but for executing what nobody may execute. */
bool access_allowed(const struct access_identity *who, uint32_t uid, uint32_t gid, uint32_t mode,
		    bool directory, uint32_t wanted);
/* May act as the owner of what belongs to uid. */
bool access_owns(const struct access_identity *who, uint32_t uid);
/* Is a member of the group, or need not be. */
bool access_in_group(const struct access_identity *who, uint32_t gid);
bool access_privileged(const struct access_identity *who);
bool access_same(const struct access_identity *a, const struct access_identity *b);
