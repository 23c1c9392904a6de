/* TEST: oracle=no */
/*
 * Several tasks in virtual-8086 mode at once, beside threads with flat segments: each computes what
 * it computes alone, whoever spins with its interrupts off. And random bytes as 16-bit code: only
 * their task is hurt.
 */
#include "lib/v86.h"
#include "lib/zones.h"

#define SELF           mach_task_self()
#define TASKS          4
#define FLAT_THREADS   2
#define RANDOM_TASKS   4
#define RANDOM_ROUNDS  500
#define RANDOM_POST_MS 5

static struct masix_v86_block block;
static volatile uint32_t flat_wrong;
static volatile uint32_t flat_stop;
static volatile uint32_t flat_rounds;
static vm_address_t shared;

/* A checksum in dx:ax of cx * 0x1000 rounds, with an INT, PUSHF/POPF and STI/CLI in each outer one.
 */
V86_CODE(sum, "	xorw %ax, %ax\n"
	      "	xorw %dx, %dx\n"
	      "1:	movw $0x1000, %bx\n"
	      "2:	addw %bx, %ax\n"
	      "	adcw %cx, %dx\n"
	      "	rolw $3, %ax\n"
	      "	xorw %dx, %ax\n"
	      "	movw %ax, %ds:(0x100)\n"
	      "	addw %ds:(0x100), %dx\n"
	      "	decw %bx\n"
	      "	jnz 2b\n"
	      "	int $0x21\n"
	      "	pushf\n"
	      "	cli\n"
	      "	popf\n"
	      "	sti\n"
	      "	decw %cx\n"
	      "	jnz 1b\n"
	      "	hlt\n");

static uint32_t sum_expected(uint16_t cx)
{
	uint16_t ax = 0;
	uint16_t dx = 0;

	for (; cx != 0; cx--) {
		for (uint16_t bx = 0x1000; bx != 0; bx--) {
			uint32_t sum = (uint32_t)ax + bx;

			dx = (uint16_t)(dx + cx + (sum >> 16));
			ax = (uint16_t)sum;
			ax = (uint16_t)(ax << 3 | ax >> 13);
			ax ^= dx;
			dx = (uint16_t)(dx + ax);
		}
	}
	return (uint32_t)dx << 16 | ax;
}

/* ------------------------------------------------------------------------------ side by side */

static int sum_child(void *argument)
{
	uint16_t rounds = (uint16_t)(uint32_t)argument;
	uint32_t ints = 0;

	v86_copy(V86_CODE_SEGMENT, 0, v86_code_sum, (uint32_t)(v86_code_sum_end - v86_code_sum));
	v86_block_init(&block);
	block.registers.ecx = rounds;
	block.registers.fs = rounds;
	for (;;) {
		NEED_KR(masix_v86_run(&block));
		if (block.reason != MASIX_V86_INT) {
			break;
		}
		ints++;
	}
	CHECK_EQ(block.reason, MASIX_V86_HLT);
	CHECK_EQ(ints, rounds);
	CHECK_EQ(block.registers.fs, rounds);
	CHECK_EQ((block.registers.edx & 0xffff) << 16 | (block.registers.eax & 0xffff),
		 sum_expected(rounds));
	return test_child_failures();
}

/* CLI; JMP $, for ever. */
static int spin_child(void *argument)
{
	static const uint8_t code[] = {0xfa, 0xeb, 0xfe};

	(void)argument;
	v86_copy(V86_CODE_SEGMENT, 0, code, sizeof code);
	v86_block_init(&block);
	(void)masix_v86_run(&block);
	return 1;
}

/* Writes all of its low memory, over and over, its own code last. */
V86_CODE(scribble, "	cld\n"
		   "	movw %cs, %ax\n"
		   "1:	xorw %di, %di\n"
		   "	movw $0x8000, %cx\n"
		   "	movw %bx, %es\n"
		   "	rep stosw\n"
		   "	addw $0x800, %bx\n"
		   "	cmpw %ax, %bx\n"
		   "	jne 1b\n"
		   "	xorw %bx, %bx\n"
		   "	jmp 1b\n");

static int scribble_child(void *argument)
{
	(void)argument;
	v86_copy(V86_CODE_SEGMENT, 0, v86_code_scribble,
		 (uint32_t)(v86_code_scribble_end - v86_code_scribble));
	v86_block_init(&block);
	(void)masix_v86_run(&block);
	return 1;
}

/* Flat segments, floating point and traps, while the others have the processor in between. */
static void flat_thread(void *argument)
{
	uint32_t want = (uint32_t)argument;
	uint32_t got = 0;
	uint16_t selectors[4];

	__asm__ volatile("fninit; fildl %0" : : "m"(want)); /* stays in the unit */
	while (!flat_stop) {
		if ((flat_rounds & 0xff) == 0) {
			test_yield();
		}
		__asm__ volatile("fistl %0" : "=m"(got));
		__asm__ volatile("movw %%ds, %0; movw %%es, %1; movw %%ss, %2; movw %%cs, %3"
				 : "=m"(selectors[0]), "=m"(selectors[1]), "=m"(selectors[2]),
				   "=m"(selectors[3]));
		if (got != want || selectors[0] != selectors[1] || (selectors[0] & 3) != 3) {
			flat_wrong++;
		}
		flat_rounds++;
	}
}

static void check_side_by_side(void)
{
	struct test_task tasks[TASKS];
	struct test_task spinner;
	struct test_task scribbler;
	struct test_thread threads[FLAT_THREADS];

	test_group_begin(
		"tasks in the mode beside each other, one that spins and one that scribbles");
	test_task_create(&spinner, spin_child, NULL);
	test_task_create(&scribbler, scribble_child, NULL);
	for (int i = 0; i < TASKS; i++) {
		test_task_create(&tasks[i], sum_child, (void *)(40 + 10 * i));
	}
	for (int i = 0; i < FLAT_THREADS; i++) {
		test_thread_start(&threads[i], flat_thread, (void *)(i + 3));
	}
	test_task_run(&spinner);
	test_task_run(&scribbler);
	for (int i = 0; i < TASKS; i++) {
		test_task_run(&tasks[i]);
	}
	for (int i = 0; i < TASKS; i++) {
		CHECK_EQ(test_task_join(&tasks[i]), 0);
	}
	flat_stop = 1;
	for (int i = 0; i < FLAT_THREADS; i++) {
		CHECK(test_thread_join(&threads[i], 10000));
	}
	CHECK_EQ(flat_wrong, 0);
	CHECK(flat_rounds > 0);
	test_task_kill(&spinner);
	test_task_kill(&scribbler);
	test_group_end();
}

/* --------------------------------------------------------------------------------- random code */

static uint64_t random_state;

static uint32_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)random_state;
}

/* Half of the bytes are ones that the kernel does, or that reach it. */
static uint8_t random_byte(void)
{
	static const uint8_t busy[] = {0x9c, 0x9d, 0xcf, 0xfa, 0xfb, 0xcd, 0xcc, 0xf4, 0x66,
				       0x67, 0xf3, 0xec, 0x6e, 0x0f, 0x9d, 0xf0, 0x07, 0x17,
				       0x1f, 0xea, 0x8e, 0xd9, 0xdf, 0xf1, 0xce, 0x62};
	uint32_t bits = random_next();

	return bits & 1 ? (uint8_t)(bits >> 8) : busy[(bits >> 8) % sizeof busy];
}

static void random_registers(struct masix_v86_registers *r)
{
	uint32_t *words = (uint32_t *)r;

	for (uint32_t i = 0; i < sizeof *r / 4; i++) {
		words[i] = random_next();
	}
	r->cs = V86_CODE_SEGMENT;
	if (random_next() & 1) {
		r->ss = V86_STACK_SEGMENT;
		r->eflags &= ~V86_EFL_TF;
	}
}

/* Counts its rounds in memory that the parent shares; a program may ruin all else here. */
static int random_child(void *argument)
{
	volatile uint32_t *rounds = (volatile uint32_t *)shared + (uint32_t)argument;

	random_state = 0x9e3779b97f4a7c15u + (uint32_t)argument;
	v86_block_init(&block);
	for (uint32_t round = 0; round < RANDOM_ROUNDS; round++) {
		for (uint32_t i = 0; i < 256; i++) {
			*v86_byte(V86_CODE_SEGMENT, random_next() & 0xffff) = random_byte();
		}
		block.flags = random_next() & MASIX_V86_REFLECT;
		block.pending = random_next() & 1;
		block.service_segment = 0xf000;
		random_registers(&block.registers);
		(void)masix_v86_run(&block);
		*rounds = round + 1;
	}
	return 0;
}

/* Gives every task that still runs a push, until all have ended or time is up. */
static void check_random(void)
{
	struct test_task tasks[RANDOM_TASKS];
	volatile uint32_t *rounds = NULL;
	uint32_t total = 0;
	uint32_t before = 0;

	test_group_begin("random bytes as 16-bit code");
	NEED_KR(vm_allocate(SELF, &shared, 0x1000, TRUE));
	NEED_KR(vm_inherit(SELF, shared, 0x1000, VM_INHERIT_SHARE));
	rounds = (volatile uint32_t *)shared;
	for (int i = 0; i < RANDOM_TASKS; i++) {
		rounds[i] = 0;
		test_task_create(&tasks[i], random_child, (void *)i);
		test_task_run(&tasks[i]);
	}
	for (int idle = 0; idle < 100;) {
		test_sleep_ms(RANDOM_POST_MS);
		total = 0;
		for (int i = 0; i < RANDOM_TASKS; i++) {
			(void)masix_thread_post_v86(tasks[i].thread, TRUE);
			total += rounds[i];
		}
		idle = total == before ? idle + 1 : 0;
		before = total;
	}
	test_note("%u of %u rounds were run", total, RANDOM_TASKS * RANDOM_ROUNDS);
	CHECK(total > RANDOM_ROUNDS);
	for (int i = 0; i < RANDOM_TASKS; i++) {
		test_task_kill(&tasks[i]);
	}
	NEED_KR(vm_deallocate(SELF, shared, 0x1000));
	test_group_end();
}

int main(int argc, char **argv)
{
	v86_memory_make();
	test_begin(argc, argv, "v86_tasks");
	check_side_by_side();
	check_random();
	test_end();
}
