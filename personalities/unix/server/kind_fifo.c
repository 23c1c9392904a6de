/* FIFOs. */
#include "kinds.h"

const struct open_file_kind fifo_kind = {0};
