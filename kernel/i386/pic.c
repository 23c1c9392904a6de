/* 8259A programmable interrupt controllers (Intel 8259A datasheet, "Programming the 8259A"). */
#include <i386/pic.h>

#include <kern/machine.h>

#include <i386/port_io.h>
#include <kern/assert.h>

#define MASTER_COMMAND 0x20
#define MASTER_DATA    0x21
#define SLAVE_COMMAND  0xa0
#define SLAVE_DATA     0xa1

#define ICW1_INIT     0x11 /* edge triggered, cascaded, ICW4 follows */
#define ICW4_8086     0x01
#define OCW2_EOI      0x60 /* specific: the line is in the low bits */
#define OCW3_READ_ISR 0x0b

#define CASCADE_LINE 2u

static uint16_t mask = 0xffffu & ~(1u << CASCADE_LINE);

static void write_mask(uint32_t line)
{
	if (line < 8) {
		port_write8(MASTER_DATA, (uint8_t)mask);
	} else {
		port_write8(SLAVE_DATA, (uint8_t)(mask >> 8));
	}
}

void pic_init(void)
{
	port_write8(MASTER_COMMAND, ICW1_INIT);
	port_write8(SLAVE_COMMAND, ICW1_INIT);
	port_write8(MASTER_DATA, PIC_VECTOR_BASE);
	port_write8(SLAVE_DATA, PIC_VECTOR_BASE + 8);
	port_write8(MASTER_DATA, 1u << CASCADE_LINE);
	port_write8(SLAVE_DATA, CASCADE_LINE);
	port_write8(MASTER_DATA, ICW4_8086);
	port_write8(SLAVE_DATA, ICW4_8086);
	write_mask(0);
	write_mask(8);
}

void pic_mask(uint32_t line)
{
	assert(line < PIC_LINES && line != CASCADE_LINE);
	mask |= (uint16_t)(1u << line);
	write_mask(line);
}

void pic_unmask(uint32_t line)
{
	assert(line < PIC_LINES);
	mask &= (uint16_t) ~(1u << line);
	write_mask(line);
}

void pic_end(uint32_t line)
{
	if (line >= 8) {
		port_write8(SLAVE_COMMAND, (uint8_t)(OCW2_EOI | (line - 8)));
		line = CASCADE_LINE;
	}
	port_write8(MASTER_COMMAND, (uint8_t)(OCW2_EOI | line));
}

bool pic_spurious(uint32_t line)
{
	if ((line & 7) != 7) {
		return false;
	}
	uint16_t command = line < 8 ? MASTER_COMMAND : SLAVE_COMMAND;
	port_write8(command, OCW3_READ_ISR);
	if ((port_read8(command) & 0x80) != 0) {
		return false; /* in service: a real one */
	}
	if (line >= 8) {
		port_write8(MASTER_COMMAND,
			    OCW2_EOI | CASCADE_LINE); /* the master saw a real cascade */
	}
	return true;
}

void machine_interrupt_unmask(uint32_t line)
{
	pic_unmask(line);
}
