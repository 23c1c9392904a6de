/* TEST: oracle=no icount=yes args="server=${file}"
   modules="build/tests/kernel/file.cpio $(ramdisk-create);
   build/servers/file/file device=${device-port} megabytes=8 $(file=task-create) $(task-resume)" */
/* What the file server's commonest calls cost, in instructions, by icount. */
#include "lib/files.h"

#define ROUNDS 300
#define ANY    files_any.words, 0

/* A little above what is measured: who makes one dearer shall notice. */
#define OPEN_MAX  12000
#define READ_MAX  8000
#define SMALL_MAX 3500

static uint64_t clock_now(void)
{
	uint32_t low = 0;
	uint32_t high = 0;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static void open_and_close(mach_port_t file)
{
	mach_port_t opened = MACH_PORT_NULL;

	(void)file;
	NEED_KR(files_open("/bin/program", FILE_READ, &opened));
	files_close(opened);
}

static void read_page(mach_port_t file)
{
	static char data[FILE_DATA_MAX];
	mach_msg_type_number_t count = sizeof data;

	NEED_KR(file_read(file, 4096, sizeof data, 0, data, &count));
}

static void read_little(mach_port_t file)
{
	static char data[16];
	mach_msg_type_number_t count = sizeof data;

	NEED_KR(file_read(file, 0, sizeof data, 0, data, &count));
}

static void attributes(mach_port_t file)
{
	file_attributes_t got;

	(void)file;
	NEED_KR(files_attributes("/bin/program", 0, &got));
}

/* The least instructions of one round; the clock's unit is one at -icount shift=0. */
static uint32_t measure(void (*function)(mach_port_t), mach_port_t file)
{
	uint64_t best = ~0ull;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t begin = clock_now();

		function(file);
		begin = clock_now() - begin;
		best = begin < best ? begin : best;
	}
	return (uint32_t)best;
}

int main(int argc, char **argv)
{
	mach_port_t file = MACH_PORT_NULL;
	uint32_t open = 0, page = 0, little = 0;

	test_begin(argc, argv, "server_file_cost");
	files_begin();
	file = files_need("/bin/program", FILE_READ);
	open = measure(open_and_close, MACH_PORT_NULL);
	page = measure(read_page, file);
	little = measure(read_little, file);
	test_note("open and close %u, attributes %u, 4096 bytes %u, 16 bytes %u instructions", open,
		  measure(attributes, file), page, little);
	CHECK(open < OPEN_MAX);
	CHECK(page < READ_MAX);
	CHECK(little < SMALL_MAX);
	files_close(file);
	files_end();
	test_end();
}
