/* See ansi_core.h. */
#include "ansi_core.h"
#include "screen_core.h"

#define ESCAPE 0x1b
#define PLAIN  0x07

enum { TEXT, ESCAPED, PARAMETERS };

static uint8_t columns_of(const uint8_t *memory)
{
	return memory[BIOS_COLUMNS] > 0 && memory[BIOS_COLUMNS] <= SCREEN_COLUMNS
		       ? memory[BIOS_COLUMNS]
		       : (uint8_t)SCREEN_COLUMNS;
}

/* A parameter, or what it is if it was left out. */
static uint8_t parameter(const struct ansi *ansi, uint32_t index, uint8_t otherwise)
{
	return index < ansi->count && ansi->parameters[index] != 0 ? ansi->parameters[index]
								   : otherwise;
}

static uint8_t limit(int value, uint32_t end)
{
	return (uint8_t)(value < 0 ? 0 : value >= (int)end ? (int)end - 1 : value);
}

static void move(uint8_t *memory, uint8_t page, int row, int column)
{
	screen_set_cursor(memory, page, limit(row, screen_rows(memory)),
			  limit(column, columns_of(memory)));
}

/* The VGA's order of colours is blue first, ANSI's red first. */
static void set_attribute(struct ansi *ansi, uint8_t value)
{
	static const uint8_t colours[8] = {0, 4, 2, 6, 1, 5, 3, 7};

	if (value == 0) {
		ansi->attribute = PLAIN;
	} else if (value == 1) {
		ansi->attribute |= 0x08;
	} else if (value == 5) {
		ansi->attribute |= 0x80;
	} else if (value == 7) {
		ansi->attribute = 0x70;
	} else if (value == 8) {
		ansi->attribute = 0;
	} else if (value >= 30 && value <= 37) {
		ansi->attribute = (uint8_t)((ansi->attribute & ~7) | colours[value - 30]);
	} else if (value >= 40 && value <= 47) {
		ansi->attribute = (uint8_t)((ansi->attribute & ~0x70) | colours[value - 40] << 4);
	}
	ansi->coloured = true;
}

static void clear(const struct ansi *ansi, uint8_t *memory, uint8_t page, uint8_t top, uint8_t left,
		  uint8_t bottom, uint8_t right)
{
	screen_scroll(memory, page, 0, 0, ansi->coloured ? ansi->attribute : PLAIN, top, left,
		      bottom, right);
}

static void act(struct ansi *ansi, uint8_t *memory, uint8_t page, uint8_t letter)
{
	uint8_t row = 0, column = 0, count = parameter(ansi, 0, 1);
	uint8_t last = (uint8_t)(columns_of(memory) - 1);

	screen_get_cursor(memory, page, &row, &column);
	switch (letter) {
	case 'H':
	case 'f':
		move(memory, page, count - 1, parameter(ansi, 1, 1) - 1);
		break;
	case 'A':
		move(memory, page, row - count, column);
		break;
	case 'B':
		move(memory, page, row + count, column);
		break;
	case 'C':
		move(memory, page, row, column + count);
		break;
	case 'D':
		move(memory, page, row, column - count);
		break;
	case 'J': /* all of it, whatever the parameter, and the cursor goes home */
		clear(ansi, memory, page, 0, 0, screen_rows(memory) - 1, last);
		move(memory, page, 0, 0);
		break;
	case 'K':
		clear(ansi, memory, page, row, column, row, last);
		break;
	case 's':
		ansi->saved_row = row;
		ansi->saved_column = column;
		break;
	case 'u':
		move(memory, page, ansi->saved_row, ansi->saved_column);
		break;
	case 'm':
		for (uint32_t i = 0; i < ansi->count; i++) {
			set_attribute(ansi, ansi->parameters[i]);
		}
		break;
	default:
		break;
	}
}

/* A character behind ESC [. */
static void take_parameter(struct ansi *ansi, uint8_t *memory, uint8_t page, uint8_t character)
{
	uint8_t *last = &ansi->parameters[ansi->count - 1];

	if (character >= '0' && character <= '9') {
		*last = (uint8_t)(*last * 10 + character - '0');
	} else if (character == ';') {
		if (ansi->count < ANSI_PARAMETERS) {
			ansi->parameters[ansi->count++] = 0;
		}
	} else if (character != '=' && character != '?') {
		ansi->state = TEXT;
		act(ansi, memory, page, character);
	}
}

/* The cell that a plain character will go to gets the attribute. */
static void colour(const struct ansi *ansi, uint8_t *memory, uint8_t page, uint8_t character)
{
	uint8_t row = 0, column = 0;

	screen_get_cursor(memory, page, &row, &column);
	if (ansi->coloured && character >= ' ' && row < screen_rows(memory) &&
	    column < columns_of(memory)) {
		screen_write(memory, page, character, ansi->attribute, 1);
	}
}

bool ansi_take(struct ansi *ansi, uint8_t *memory, uint8_t page, uint8_t character)
{
	switch (ansi->state) {
	case ESCAPED:
		ansi->state = character == '[' ? PARAMETERS : TEXT;
		ansi->count = 1;
		ansi->parameters[0] = 0;
		return true;
	case PARAMETERS:
		take_parameter(ansi, memory, page, character);
		return true;
	default:
		if (character == ESCAPE) {
			ansi->state = ESCAPED;
			return true;
		}
		colour(ansi, memory, page, character);
		return false;
	}
}
