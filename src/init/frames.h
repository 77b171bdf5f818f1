/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the monitor and somebody who is attached to an app tell each other over a connection of the
 * control socket, once CONTROL_ATTACH was answered with 0: one frame a packet. */

#include <stdint.h>

/* What one can attach to, as bits. An app has streams, or a terminal: then the terminal is the
 * input and the output, and there are no errors. */
enum {
	ATTACH_INPUT = 1 << 0,
	ATTACH_OUTPUT = 1 << 1,
	ATTACH_ERRORS = 1 << 2,
	ATTACH_ALL = ATTACH_INPUT | ATTACH_OUTPUT | ATTACH_ERRORS,
};

typedef enum FrameKind {
	/* to the monitor */
	FRAME_INPUT, /* bytes for the app */
	FRAME_SIZE,  /* the window's size; for those who are attached to a terminal's input */
	/* to who is attached */
	FRAME_OUTPUT, /* bytes of the app's stdout or terminal */
	FRAME_ERRORS, /* of its stderr */
	FRAME_END,    /* nothing follows, and why */
} FrameKind;

typedef enum FrameEnd {
	END_CLOSED, /* what one is attached to has come to its end */
	END_LATE,   /* what the app prints was not taken for too long */
} FrameEnd;

/* What FRAME_SIZE and FRAME_END have to say. */
typedef union FrameNote {
	struct {
		uint16_t rows, columns;
	} size;
	uint32_t end; /* FrameEnd */
} FrameNote;

typedef struct Notice {
	uint32_t kind;
	FrameNote note;
} Notice;

#define FRAME_HEAD  sizeof(uint32_t)
#define FRAME_BYTES 4096
typedef struct Frame {
	uint32_t kind;
	union {
		char bytes[FRAME_BYTES]; /* 1 at least; the packet's end is theirs */
		FrameNote note;
	};
} Frame;
