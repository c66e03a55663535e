// A guest of 512 bytes: says MICRO: UP on the first serial port and sleeps; pressed the power button, it says MICRO: BYE and
// switches itself off. On QEMU's i440fx ("pc") machine it also lets a PCI device go that the host asks for. With DEAF defined
// it does neither: for what has to be switched off by force. With WRITER defined it first writes all of its disk but the first
// 64 KiB, and then says MICRO: WROTE.
//
// The BIOS loads it at 0x7c00 in real mode; it wakes at each tick of the timer (18 a second).

#define SERIAL 0x3f8
#define PM1_STATUS 0x600   // ACPI: what happened; write to acknowledge
#define PM1_ENABLE 0x602
#define PM1_CONTROL 0x604
#define POWER_BUTTON 0x0100
#define SOFT_OFF 0x2000    // sleep type 0 with the enable bit, as QEMU's tables have it
#define HOTPLUG_BUS 0xae10 // i440fx: select a bus, ask who shall leave, let it go
#define HOTPLUG_LEAVING 0xae04
#define HOTPLUG_EJECT 0xae08

#define WRITE 0x43         // of interrupt 0x13: sectors by their number
#define STRIDE 128         // sectors: 64 KiB at a time

    .code16
    .globl _start
_start:
    cli
    cld
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %ss
    movw $0x7c00, %sp
#ifdef WRITER
    movb %dl, disk
#endif
    ljmp $0, $segment_zero
segment_zero:
    movw $(SERIAL + 1), %dx    // no interrupts from the serial port
    movb $0, %al
    outb %al, %dx
    movw $greeting, %si
    call say
#ifdef WRITER
    sti
more:
    addl $STRIDE, sector
    movw $where, %si
    movw $(WRITE << 8), %ax
    movb disk, %dl
    int $0x13
    jnc more                   // until there is no such sector
    movw $done, %si
    call say
    cli
#endif
#ifndef DEAF
    movw $PM1_ENABLE, %dx
    movw $POWER_BUTTON, %ax
    outw %ax, %dx
#endif
    sti
sleep:
    hlt
#ifndef DEAF
    movw $HOTPLUG_BUS, %dx
    xorl %eax, %eax
    outl %eax, %dx
    movw $HOTPLUG_LEAVING, %dx
    inl %dx, %eax
    testl %eax, %eax
    jz button
    movw $HOTPLUG_EJECT, %dx
    outl %eax, %dx
button:
    movw $PM1_STATUS, %dx
    inw %dx, %ax
    testw $POWER_BUTTON, %ax
    jz sleep
    movw $POWER_BUTTON, %ax
    outw %ax, %dx
    movw $farewell, %si
    call say
    movw $PM1_CONTROL, %dx
    movw $SOFT_OFF, %ax
    outw %ax, %dx
#endif
    jmp sleep

say:                           // the text at %si, up to its zero
    lodsb
    testb %al, %al
    jz said
    movw $SERIAL, %dx
    outb %al, %dx
    jmp say
said:
    ret

greeting: .asciz "MICRO: UP\r\n"
farewell: .asciz "MICRO: BYE\r\n"
#ifdef WRITER
done: .asciz "MICRO: WROTE\r\n"
disk: .byte 0                  // as the BIOS numbers it
where:                         // what it is to write: bytes of this structure, sectors, from where, to where
    .byte 16, 0
    .word STRIDE, 0, 0x1000    // what is there does not matter
sector: .quad 0
#endif
    .org 510
    .word 0xaa55               // "this disk can be booted"
