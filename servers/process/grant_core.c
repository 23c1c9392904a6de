/* See grant_core.h. */
#include "grant_core.h"

static bool overlaps(const struct grant *one, const struct grant *other)
{
	return one->kind == other->kind && one->first - other->first < other->count;
}

enum grant_result grant_add(struct grants *grants, const struct grant *wanted, uint32_t last)
{
	if (wanted->count == 0 || wanted->first > last ||
	    wanted->count - 1 > last - wanted->first) {
		return GRANT_INVALID;
	}
	for (uint32_t i = 0; i < grants->count; i++) {
		const struct grant *entry = &grants->entries[i];

		if (!overlaps(wanted, entry) && !overlaps(entry, wanted)) {
			continue;
		}
		if (entry->owner != wanted->owner && !(entry->shared && wanted->shared)) {
			return GRANT_TAKEN;
		}
		if (entry->owner == wanted->owner && entry->first == wanted->first &&
		    entry->count == wanted->count) {
			return GRANT_KNOWN;
		}
	}
	if (grants->count == GRANTS_MAX) {
		return GRANT_FULL;
	}
	grants->entries[grants->count++] = *wanted;
	return GRANT_NEW;
}
