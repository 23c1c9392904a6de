/* How full a bucket of one of the kernel's hash tables is. */
#pragma once

typedef struct hash_info_bucket {
	unsigned int hib_count;
} hash_info_bucket_t;
typedef hash_info_bucket_t *hash_info_bucket_array_t;
