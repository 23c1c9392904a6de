/* The kernel's objects in use, as masix_zones tells them. */
#include "harness.h"
#include "zones.h"
#include <gen/masix_host.h>

#define ZONES_MAX 64

static struct {
	char name[MASIX_NAME_BYTES];
	natural_t in_use;
} remembered[ZONES_MAX];
static mach_msg_type_number_t remembered_count;
static boolean_t may_fall;

void test_zones_may_fall(void)
{
	may_fall = TRUE;
}

/* Asks the kernel; the answer is given back with vm_deallocate.  Null: it has none. */
static masix_zone_array_t ask(mach_port_t host, mach_msg_type_number_t *count)
{
	masix_zone_array_t zones = NULL;
	kern_return_t result = masix_zones(host, &zones, count);

	if (result != KERN_SUCCESS) {
		test_note("masix_zones: %s", mach_error_string(result));
		return NULL;
	}
	return zones;
}

static void give_back(masix_zone_array_t zones, mach_msg_type_number_t count)
{
	NEED_KR(vm_deallocate(mach_task_self(), (vm_address_t)zones, count * sizeof zones[0]));
}

void test_zones_remember(mach_port_t host)
{
	mach_msg_type_number_t count = 0;
	masix_zone_array_t zones = ask(host, &count);

	remembered_count = 0;
	if (zones == NULL) {
		return;
	}
	for (mach_msg_type_number_t i = 0; i < count && i < ZONES_MAX; i++) {
		memcpy(remembered[i].name, zones[i].name, MASIX_NAME_BYTES);
		remembered[i].in_use = zones[i].in_use;
		remembered_count++;
	}
	give_back(zones, count);
}

/* Objects of the zone at test_begin; a zone that is new since then had none. */
static natural_t baseline(const char *name)
{
	for (mach_msg_type_number_t i = 0; i < remembered_count; i++) {
		if (strncmp(remembered[i].name, name, MASIX_NAME_BYTES) == 0) {
			return remembered[i].in_use;
		}
	}
	return 0;
}

boolean_t test_zones_at_baseline(mach_port_t host, boolean_t tell)
{
	mach_msg_type_number_t count = 0;
	masix_zone_array_t zones = ask(host, &count);
	boolean_t same = remembered_count != 0;

	if (zones == NULL) {
		return FALSE;
	}
	for (mach_msg_type_number_t i = 0; i < count; i++) {
		natural_t before = baseline(zones[i].name);

		if (zones[i].in_use == before || (may_fall && zones[i].in_use < before)) {
			continue;
		}
		same = FALSE;
		if (tell) {
			test_note("  zone %.*s: %u in use, %u at the beginning", MASIX_NAME_BYTES,
				  zones[i].name, zones[i].in_use, before);
		}
	}
	give_back(zones, count);
	return same;
}
