/* The registers of a serial line's chip: National Semiconductor PC16550D data sheet. */
#pragma once

#define UART_DATA            0
#define UART_INTERRUPTS      1
#define UART_INTERRUPT_CAUSE 2 /* reading */
#define UART_FIFO            2 /* writing */
#define UART_LINE_CONTROL    3
#define UART_MODEM_CONTROL   4
#define UART_LINE_STATUS     5
#define UART_MODEM_STATUS    6

#define UART_INTERRUPT_DATA  0x01
#define UART_INTERRUPT_EMPTY 0x02
#define UART_CAUSE_NONE      0x01
#define UART_CAUSE_MASK      0x0f
#define UART_CAUSE_EMPTY     0x02

/* Both sides cleared; an interrupt from so many bytes on, or when idle. */
#define UART_FIFO_ON_CLEAR_8  0x87
#define UART_FIFO_ON_CLEAR_14 0xc7
#define UART_FIFO_BYTES       16u

#define UART_LINE_8N1         0x03
#define UART_LINE_DIVISOR     0x80
#define UART_DIVISOR_115200   1
#define UART_MODEM_DTR_RTS    0x03
#define UART_MODEM_INTERRUPTS 0x08 /* output 2: the way to the interrupt controller */
#define UART_STATUS_DATA      0x01
#define UART_STATUS_EMPTY     0x20
