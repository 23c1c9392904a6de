/* See pic_core.h; "8259A programmable interrupt controller", Intel. */
#include "pic_core.h"

#define CASCADE 2u

/* Which word of the initialization comes next at the second port. */
#define WORD_NONE   0u
#define WORD_VECTOR 2u
#define WORD_WIRES  3u
#define WORD_MODE   4u

/* The first word of the initialization, and the commands; by bits of the first port's value. */
#define ICW1           0x10u
#define ICW1_SINGLE    0x02u
#define ICW1_FOURTH    0x01u
#define ICW4_AUTOMATIC 0x02u
#define OCW3           0x08u
#define OCW3_READ      0x02u
#define OCW3_SERVED    0x01u
#define OCW2_END       0x20u
#define OCW2_SPECIFIC  0x40u
#define OCW2_LEVEL     0x07u

void pics_reset(struct pics *pics)
{
	*pics = (struct pics){{{.vector = 0x08, .mask = 0xb8}, {.vector = 0x70, .mask = 0xfe}}};
}

/* The first of these bits; 8: none. */
static uint32_t first_of(uint8_t bits)
{
	uint32_t i = 0;

	while (i < 8 && (bits >> i & 1) == 0) {
		i++;
	}
	return i;
}

static struct pic *chip_of(struct pics *pics, uint32_t request)
{
	return &pics->chips[request / 8 % 2];
}

static uint8_t bit_of(uint32_t request)
{
	return (uint8_t)(1u << request % 8);
}

void pics_raise(struct pics *pics, uint32_t request)
{
	chip_of(pics, request)->requests |= bit_of(request);
}

void pics_lower(struct pics *pics, uint32_t request)
{
	chip_of(pics, request)->requests &= (uint8_t)~bit_of(request);
}

/* Of one chip, with what the other one asks of it; 8: none. */
static uint32_t next_of(const struct pic *pic, uint8_t requests)
{
	uint32_t next = first_of(requests & (uint8_t)~pic->mask);

	return next < first_of(pic->served) ? next : 8;
}

int pics_next(const struct pics *pics)
{
	uint32_t second = next_of(&pics->chips[1], pics->chips[1].requests);
	uint8_t cascade = second < 8 ? 1u << CASCADE : 0;
	uint32_t first = next_of(&pics->chips[0],
				 (uint8_t)((pics->chips[0].requests & ~(1u << CASCADE)) | cascade));

	if (first == 8) {
		return -1;
	}
	return first == CASCADE ? (int)(8 + second) : (int)first;
}

static void serve(struct pic *pic, uint8_t bit)
{
	pic->requests &= (uint8_t)~bit;
	if (!pic->ends_by_itself) {
		pic->served |= bit;
	}
}

uint8_t pics_take(struct pics *pics, uint32_t request)
{
	struct pic *pic = chip_of(pics, request);

	serve(pic, bit_of(request));
	if (pic == &pics->chips[1]) {
		serve(&pics->chips[0], 1u << CASCADE);
	}
	return (uint8_t)(pic->vector + request % 8);
}

bool pics_is_masked(const struct pics *pics, uint32_t request)
{
	return (pics->chips[request / 8 % 2].mask & bit_of(request)) != 0;
}

bool pics_is_served(const struct pics *pics, uint32_t request)
{
	return (pics->chips[request / 8 % 2].served & bit_of(request)) != 0;
}

void pics_end(struct pics *pics, uint32_t request)
{
	chip_of(pics, request)->served &= (uint8_t)~bit_of(request);
	if (request >= 8) {
		pics->chips[0].served &= (uint8_t) ~(1u << CASCADE);
	}
}

uint8_t pics_in(const struct pics *pics, uint32_t port)
{
	const struct pic *pic = &pics->chips[port >= 0xa0];

	if ((port & 1) != 0) {
		return pic->mask;
	}
	return pic->shows_served ? pic->served : pic->requests;
}

static void command(struct pic *pic, uint8_t value)
{
	if ((value & ICW1) != 0) {
		*pic = (struct pic){.vector = pic->vector,
				    .word = WORD_VECTOR,
				    .single = (value & ICW1_SINGLE) != 0,
				    .wants_fourth = (value & ICW1_FOURTH) != 0};
	} else if ((value & OCW3) != 0) {
		if ((value & OCW3_READ) != 0) {
			pic->shows_served = (value & OCW3_SERVED) != 0;
		}
	} else if ((value & OCW2_END) != 0) {
		uint32_t level =
			(value & OCW2_SPECIFIC) != 0 ? value & OCW2_LEVEL : first_of(pic->served);

		pic->served &= (uint8_t) ~(1u << level);
	}
}

/* The words of the initialization: the vector, how the chips are wired, the mode. */
static void initialize(struct pic *pic, uint8_t value)
{
	switch (pic->word++) {
	case WORD_VECTOR:
		pic->vector = value & 0xf8;
		pic->word += pic->single;
		break;
	case WORD_WIRES:
		break;
	default:
		pic->ends_by_itself = (value & ICW4_AUTOMATIC) != 0;
		break;
	}
	if (pic->word > WORD_MODE || (pic->word == WORD_MODE && !pic->wants_fourth)) {
		pic->word = WORD_NONE;
	}
}

void pics_out(struct pics *pics, uint32_t port, uint8_t value)
{
	struct pic *pic = &pics->chips[port >= 0xa0];

	if ((port & 1) == 0) {
		command(pic, value);
	} else if (pic->word != WORD_NONE) {
		initialize(pic, value);
	} else {
		pic->mask = value;
	}
}
