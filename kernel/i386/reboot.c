/* The end of the machine: restart or power-off. */
#include <kern/machine.h>

#include <i386/port_io.h>

#define KEYBOARD_STATUS      0x64
#define KEYBOARD_INPUT_FULL  0x02
#define KEYBOARD_PULSE_RESET 0xfe

#define PCI_ADDRESS      0xcf8
#define PCI_DATA         0xcfc
#define PIIX4_POWER      (1u << 31 | 1u << 11 | 3u << 8) /* bus 0, device 1, function 3 */
#define PIIX4_POWER_ID   0x71138086u
#define PIIX4_PMBA       0x40u /* I/O base of the power management registers */
#define PIIX4_PMREGMISC  0x80u
#define PIIX4_PMIOSE     1u /* they are enabled */
#define PM1_CONTROL      4u
#define PM1_SLEEP_ENABLE 0x2000u /* sleep type 0: soft off (PIIX4 datasheet, PMCNTRL) */

static uint32_t piix4_read(uint32_t reg)
{
	port_write32(PCI_ADDRESS, PIIX4_POWER | reg);
	return port_read32(PCI_DATA);
}

void machine_reboot(void)
{
	__asm__ volatile("cli");
	for (uint32_t spins = 0; spins < 100000; spins++) {
		if ((port_read8(KEYBOARD_STATUS) & KEYBOARD_INPUT_FULL) == 0) {
			break;
		}
	}
	port_write8(KEYBOARD_STATUS, KEYBOARD_PULSE_RESET);
	for (uint32_t spins = 0; spins < 100000; spins++) {
		(void)port_read8(KEYBOARD_STATUS); /* the reset line takes a moment */
	}
	/* No descriptor table: the first exception is a triple fault, and that resets. */
	struct {
		uint16_t limit;
		uint32_t base;
	} __attribute__((packed)) none = {0, 0};
	__asm__ volatile("lidt %0; int3" : : "m"(none));
	for (;;) {
		__asm__ volatile("hlt");
	}
}

void machine_halt(void)
{
	__asm__ volatile("cli");
	if (piix4_read(0) == PIIX4_POWER_ID && (piix4_read(PIIX4_PMREGMISC) & PIIX4_PMIOSE) != 0) {
		uint16_t base = (uint16_t)(piix4_read(PIIX4_PMBA) & 0xffc0u);
		port_write16((uint16_t)(base + PM1_CONTROL), PM1_SLEEP_ENABLE);
	}
	for (;;) {
		__asm__ volatile("hlt");
	}
}
