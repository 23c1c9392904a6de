/* Parents and children, and which process has an id.  The memory of the members is the caller's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FAMILY_BUCKETS 256u
#define FAMILY_ANY     0xffffffffu
#define FAMILY_MAX     2048u
#define FAMILY_SPARE   128u /* of these: for servers and administrators, whoever filled the rest */
#define CHILDREN_MAX   512u /* of one process, ended ones too; an administrator has no such limit */

struct family_member {
	uint32_t id;
	bool ended;                   /* a child that waits for its parent's question */
	uint32_t children;            /* ended ones, too */
	struct family_member *parent; /* null: the process server */
	struct family_member *first_child;
	struct family_member *next_sibling;
	struct family_member *previous_sibling;
	struct family_member *next_of_bucket;
};

struct family {
	uint32_t count;
	struct family_member *buckets[FAMILY_BUCKETS];
};

/* The id is set and no other member's. */
void family_add(struct family *family, struct family_member *member, struct family_member *parent);

/*
 * May there be one more, as a child of "parent" (null: of none)?  "privileged": with as many as
 * there are; else they are bounded, and leave room for others.
 */
bool family_has_room(const struct family *family, const struct family_member *parent,
		     bool privileged);

/* A member without children leaves. */
void family_remove(struct family *family, struct family_member *member);

struct family_member *family_find(const struct family *family, uint32_t id);

/* Its first child becomes the process server's, and is returned; null: it has none. */
struct family_member *family_orphan(struct family_member *parent);

/* Is "member" a child of "ancestor", or a child's child ...? */
bool family_descends(const struct family_member *member, const struct family_member *ancestor);

/* A child with that id, or any; "ended": of those that ended. */
struct family_member *family_child(const struct family_member *parent, uint32_t id, bool ended);
