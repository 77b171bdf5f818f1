/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the monitor and the pod's first process tell each other: fixed-size messages over a socket
 * pair that keeps their borders (SOCK_SEQPACKET). End of file means that the other side is gone. */

#include <stddef.h>
#include <stdint.h>

typedef enum MessageKind {
	/* to the pod's first process */
	MESSAGE_NETWORK,  /* the pod's network namespace comes with the message */
	MESSAGE_GO,       /* the pod is in its cgroups and networks, which have named DNS servers
			     if a is 1, and lead to the host by b (ConnectionWord.host): start the
			     apps */
	MESSAGE_STOP,     /* stop all apps in order */
	MESSAGE_ADOPT,    /* mutable pods: process b is app a from now on, with stop signal c */
	MESSAGE_STOP_APP, /* mutable pods: stop app a */

	/* to the monitor */
	MESSAGE_FAILED,  /* setting up failed: operation or FailedStep a, negative errno b; the pod
			    ends */
	MESSAGE_TTY,     /* the master of the terminal of app a comes with the message; -1: of
			    the pod's, which is the caller's */
	MESSAGE_READY,   /* the pod is set up, and its plan has no apps */
	MESSAGE_STARTED, /* app a runs, with pid b in the pod; b < 0: it could not be adopted, and
			    why. With the plan's last app the pod is ready */
	MESSAGE_MAIN,    /* the main process of app a, which has a keeper, was started, for the
			    first time or again */
	MESSAGE_EXITED,  /* app a ended, with status b as it goes into its status file */
} MessageKind;

/* Steps of the pod's first process that are no operation of the plan: what MESSAGE_FAILED has in
 * place of its number. */
typedef enum FailedStep {
	FAILED_SIGNALS = -1,
	FAILED_PROPAGATION = -2,
	FAILED_TERMINAL = -3,
	FAILED_FORK = -4,
	FAILED_CGROUPS = -5,
} FailedStep;

typedef struct Message {
	uint32_t kind;
	int32_t a, b, c;
} Message;

/* Two ends, close-on-exec. 0 or a negative errno. */
int channel_create(int ret[static 2]);

/* Sends one message, with a descriptor unless fd is -1. 0 or a negative errno (-EPIPE: nobody
 * listens any more). */
int channel_send(int channel, const Message *m, int fd);

/* Waits for one message. 1 and the message (and its descriptor or -1), 0 at the end, or a negative
 * errno. */
int channel_receive(int channel, Message *ret, int *ret_fd);
