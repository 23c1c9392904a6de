/* See family_core.h. */
#include "family_core.h"

#include <stddef.h>

static struct family_member **bucket_of(struct family *family, uint32_t id)
{
	return &family->buckets[id % FAMILY_BUCKETS];
}

static void leave_parent(struct family_member *member)
{
	if (member->parent == NULL) {
		return;
	}
	if (member->previous_sibling != NULL) {
		member->previous_sibling->next_sibling = member->next_sibling;
	} else {
		member->parent->first_child = member->next_sibling;
	}
	if (member->next_sibling != NULL) {
		member->next_sibling->previous_sibling = member->previous_sibling;
	}
	member->parent->children--;
	member->parent = NULL;
	member->next_sibling = NULL;
	member->previous_sibling = NULL;
}

void family_add(struct family *family, struct family_member *member, struct family_member *parent)
{
	struct family_member **bucket = bucket_of(family, member->id);

	member->next_of_bucket = *bucket;
	*bucket = member;
	family->count++;
	member->parent = parent;
	member->previous_sibling = NULL;
	member->next_sibling = NULL;
	if (parent != NULL) {
		member->next_sibling = parent->first_child;
		if (parent->first_child != NULL) {
			parent->first_child->previous_sibling = member;
		}
		parent->first_child = member;
		parent->children++;
	}
}

bool family_has_room(const struct family *family, const struct family_member *parent,
		     bool privileged)
{
	if (privileged) {
		return family->count < FAMILY_MAX;
	}
	return family->count < FAMILY_MAX - FAMILY_SPARE &&
	       (parent == NULL || parent->children < CHILDREN_MAX);
}

void family_remove(struct family *family, struct family_member *member)
{
	struct family_member **link = bucket_of(family, member->id);

	while (*link != NULL && *link != member) {
		link = &(*link)->next_of_bucket;
	}
	if (*link == NULL) {
		return;
	}
	*link = member->next_of_bucket;
	family->count--;
	leave_parent(member);
}

struct family_member *family_find(const struct family *family, uint32_t id)
{
	struct family_member *member = family->buckets[id % FAMILY_BUCKETS];

	while (member != NULL && member->id != id) {
		member = member->next_of_bucket;
	}
	return member;
}

struct family_member *family_orphan(struct family_member *parent)
{
	struct family_member *child = parent->first_child;

	if (child != NULL) {
		leave_parent(child);
	}
	return child;
}

bool family_descends(const struct family_member *member, const struct family_member *ancestor)
{
	for (member = member->parent; member != NULL; member = member->parent) {
		if (member == ancestor) {
			return true;
		}
	}
	return false;
}

struct family_member *family_child(const struct family_member *parent, uint32_t id, bool ended)
{
	struct family_member *child = parent->first_child;

	while (child != NULL &&
	       ((id != FAMILY_ANY && child->id != id) || (ended && !child->ended))) {
		child = child->next_sibling;
	}
	return child;
}
