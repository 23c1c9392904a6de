/* INT 21h, 2A to 2D (hexadecimal): the date and the time. */
#include "dos.h"
#include "machine.h"
#include "tick.h"
#include "time_core.h"

static void now(struct dos_time *time)
{
	uint8_t hundredth = 0;
	int64_t seconds = clock_seconds(&hundredth);

	time_split(time, seconds, hundredth);
}

void dos_get_date(void)
{
	struct dos_time time;

	now(&time);
	set_cx(time.year);
	set_dx(time.month << 8 | time.day);
	set_al(time.weekday);
}

void dos_get_time(void)
{
	struct dos_time time;

	now(&time);
	set_cx(time.hour << 8 | time.minute);
	set_dx(time.second << 8 | time.hundredth);
}

/* The clock of this machine alone: the node's is not the program's to set. */
static void move_to(const struct dos_time *time)
{
	uint8_t hundredth = 0;

	clock_move(time_join(time) - clock_seconds(&hundredth));
}

void dos_set_date(void)
{
	struct dos_time time;

	if (!time_is_date(cx(), dh(), dl())) {
		set_al(0xff);
		return;
	}
	now(&time);
	time.year = cx();
	time.month = dh();
	time.day = dl();
	move_to(&time);
	set_al(0);
}

void dos_set_time(void)
{
	struct dos_time time;

	if (!time_is_time(ch(), cl(), dh(), dl())) {
		set_al(0xff);
		return;
	}
	now(&time);
	time.hour = ch();
	time.minute = cl();
	time.second = dh();
	move_to(&time);
	set_al(0);
}
