/* Error codes as names and sentences. */
#include "libmach.h"
#include <device/device_types.h>
#include <mach/kern_return.h>
#include <mach/mig_errors.h>
#include <masix/acs.h>
#include <masix/file.h>
#include <masix/process.h>

struct error {
	kern_return_t code;
	const char *name;
	const char *sentence;
};

static const struct error errors[] = {
#define ERROR(name, sentence) {(kern_return_t)(name), #name, sentence},
#include "error_table.h"
#undef ERROR
};

/*
 * A message error may carry bits that say which resource ran short; those are not part of the code
 * itself.  Returns null when there is no such code.
 */
static const struct error *find_error(kern_return_t code)
{
	kern_return_t plain = code;

	if ((code & 0xffff8000) == 0x10000000) {
		plain = code & ~MACH_MSG_MASK;
	}
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		if (errors[i].code == plain) {
			return &errors[i];
		}
	}
	return NULL;
}

const char *mach_error_string(kern_return_t code)
{
	const struct error *error = find_error(code);

	return error != NULL ? error->sentence : "an error code without a name";
}

const char *mach_error_name(kern_return_t code)
{
	const struct error *error = find_error(code);

	return error != NULL ? error->name : NULL;
}
