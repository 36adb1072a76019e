/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's edu device, as far as it is used here: see QEMU's docs/specs/edu. */
#ifndef EDU_H
#define EDU_H

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8

/* Registers in its region 0. */
#define EDU_ID 0x00
#define EDU_ID_VALUE 0x010000ed
#define EDU_DMA_FROM 0x80
#define EDU_DMA_TO 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_COMMAND 0x98
#define EDU_DMA_START 0x01
#define EDU_DMA_TO_MEMORY 0x02

/* The device's end of a transfer, as it is to be written to the registers. */
#define EDU_BUFFER 0x40000

#endif
