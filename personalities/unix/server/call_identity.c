/* setuid and its like (POSIX, and Linux for the saved and the file system's ids). */
#include "process.h"

#define KEEP 0xffffffffu

static bool is_root(const struct identity *identity)
{
	return identity->euid == 0;
}

static bool may_be(const struct identity *i, uint32_t uid, bool group)
{
	return is_root(i) || (group ? uid == i->gid || uid == i->egid || uid == i->sgid :
				      uid == i->uid || uid == i->euid || uid == i->suid);
}

static int done(struct request *request)
{
	process_show(request->thread->process);
	return 0;
}

static struct identity *identity_of(struct request *request)
{
	return &request->thread->process->identity;
}

CALL_HANDLER(setuid32)
{
	struct identity *i = identity_of(request);
	uint32_t uid = request->arguments[0];

	if (is_root(i)) {
		i->uid = i->suid = uid;
	} else if (uid != i->uid && uid != i->suid) {
		return -EPERM;
	}
	i->euid = i->fsuid = uid;
	return done(request);
}

CALL_HANDLER(setgid32)
{
	struct identity *i = identity_of(request);
	uint32_t gid = request->arguments[0];

	if (is_root(i)) {
		i->gid = i->sgid = gid;
	} else if (gid != i->gid && gid != i->sgid) {
		return -EPERM;
	}
	i->egid = i->fsgid = gid;
	return done(request);
}

CALL_HANDLER(setuid)
{
	request->arguments[0] &= 0xffff;
	return call_setuid32(request);
}

CALL_HANDLER(setgid)
{
	request->arguments[0] &= 0xffff;
	return call_setgid32(request);
}

CALL_HANDLER(setresuid32)
{
	struct identity *i = identity_of(request);
	const uint32_t *new = request->arguments;

	for (int n = 0; n < 3; n++) {
		if (new[n] != KEEP && !may_be(i, new[n], false)) {
			return -EPERM;
		}
	}
	i->uid = new[0] == KEEP ? i->uid : new[0];
	i->euid = new[1] == KEEP ? i->euid : new[1];
	i->suid = new[2] == KEEP ? i->suid : new[2];
	i->fsuid = i->euid;
	return done(request);
}

CALL_HANDLER(setresgid32)
{
	struct identity *i = identity_of(request);
	const uint32_t *new = request->arguments;

	for (int n = 0; n < 3; n++) {
		if (new[n] != KEEP && !may_be(i, new[n], true)) {
			return -EPERM;
		}
	}
	i->gid = new[0] == KEEP ? i->gid : new[0];
	i->egid = new[1] == KEEP ? i->egid : new[1];
	i->sgid = new[2] == KEEP ? i->sgid : new[2];
	i->fsgid = i->egid;
	return done(request);
}

CALL_HANDLER(setreuid32)
{
	struct identity *i = identity_of(request);
	uint32_t uid = request->arguments[0];
	uint32_t euid = request->arguments[1];
	uint32_t old = i->uid;

	if ((uid != KEEP && !is_root(i) && uid != i->uid && uid != i->euid) ||
	    (euid != KEEP && !may_be(i, euid, false))) {
		return -EPERM;
	}
	i->uid = uid == KEEP ? i->uid : uid;
	i->euid = euid == KEEP ? i->euid : euid;
	if (uid != KEEP || (euid != KEEP && euid != old)) {
		i->suid = i->euid;
	}
	i->fsuid = i->euid;
	return done(request);
}

CALL_HANDLER(setregid32)
{
	struct identity *i = identity_of(request);
	uint32_t gid = request->arguments[0];
	uint32_t egid = request->arguments[1];
	uint32_t old = i->gid;

	if ((gid != KEEP && !is_root(i) && gid != i->gid && gid != i->egid) ||
	    (egid != KEEP && !may_be(i, egid, true))) {
		return -EPERM;
	}
	i->gid = gid == KEEP ? i->gid : gid;
	i->egid = egid == KEEP ? i->egid : egid;
	if (gid != KEEP || (egid != KEEP && egid != old)) {
		i->sgid = i->egid;
	}
	i->fsgid = i->egid;
	return done(request);
}

CALL_HANDLER(setfsuid32)
{
	struct identity *i = identity_of(request);
	uint32_t old = i->fsuid;

	if (may_be(i, request->arguments[0], false)) {
		i->fsuid = request->arguments[0];
	}
	return (int)old;
}

CALL_HANDLER(setfsgid32)
{
	struct identity *i = identity_of(request);
	uint32_t old = i->fsgid;

	if (may_be(i, request->arguments[0], true)) {
		i->fsgid = request->arguments[0];
	}
	return (int)old;
}

CALL_HANDLER(getgroups32)
{
	const struct identity *i = identity_of(request);

	if (request->arguments[0] != 0) {
		if (request->arguments[0] < i->group_count) {
			return -EINVAL;
		}
		request_put(request, 1, i->groups, i->group_count * sizeof(i->groups[0]));
	}
	return (int)i->group_count;
}

CALL_HANDLER(getgroups)
{
	const struct identity *i = identity_of(request);
	uint16_t groups[GROUPS_MAX];

	for (uint32_t n = 0; n < i->group_count; n++) {
		groups[n] = (uint16_t)(i->groups[n] > 0xffff ? 65534 : i->groups[n]);
	}
	if (request->arguments[0] != 0) {
		if (request->arguments[0] < i->group_count) {
			return -EINVAL;
		}
		request_put(request, 1, groups, i->group_count * sizeof(groups[0]));
	}
	return (int)i->group_count;
}

CALL_HANDLER(setgroups32)
{
	struct identity *i = identity_of(request);
	uint32_t count = request->arguments[0];

	if (!is_root(i)) {
		return -EPERM;
	}
	if (count > GROUPS_MAX) {
		return -EINVAL;
	}
	if (count != 0 && request_in(request, 1) == NULL) {
		return -EFAULT;
	}
	if (count != 0) {
		memcpy(i->groups, request_in(request, 1), count * sizeof(i->groups[0]));
	}
	i->group_count = count;
	return 0;
}

/* Capabilities: root has all, nobody else has any. */
#define CAPABILITY_VERSION_3 0x20080522u

CALL_HANDLER(capget)
{
	const uint32_t *header = request_in(request, 0);
	uint32_t version[2] = { CAPABILITY_VERSION_3, 0 };
	uint32_t all = is_root(identity_of(request)) ? 0xffffffffu : 0;
	uint32_t words[6] = { all, all, 0, all & 0x1ff, all & 0x1ff, 0 };

	if (header == NULL) {
		return -EFAULT;
	}
	version[1] = header[1];
	request_put(request, 0, version, sizeof(version));
	if (header[0] != CAPABILITY_VERSION_3) {
		return request_room(request, 1) == NULL ? 0 : -EINVAL;
	}
	request_put(request, 1, words, sizeof(words));
	return 0;
}

CALL_HANDLER(capset)
{
	return is_root(identity_of(request)) ? 0 : -EPERM;
}
