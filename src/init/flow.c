/* SPDX-License-Identifier: Apache-2.0 */
#include "init/flow.h"

#include <errno.h>
#include <unistd.h>
#include "base/cleanup.h"

bool flow_goes_on(const Flow *flow)
{
	return flow->ours && *flow->ours >= 0;
}

static void end_flow(Flow *flow)
{
	*flow->ours = fd_close(*flow->ours);
}

bool flow_advance(Flow *flow)
{
	ssize_t n;

	if (flow->len > 0)
		n = write(flow->to, flow->bytes + flow->at, flow->len);
	else
		n = read(flow->from, flow->bytes, sizeof flow->bytes);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0 && flow->len > 0 && errno != EPIPE)
		flow->error = -errno;
	if (n <= 0) {
		end_flow(flow);
		return false;
	}
	if (flow->len > 0) {
		flow->at += (size_t)n;
		flow->len -= (size_t)n;
	} else {
		flow->at = 0;
		flow->len = (size_t)n;
	}
	return true;
}

struct pollfd flow_wish(const Flow *flow)
{
	if (!flow_goes_on(flow))
		return (struct pollfd){.fd = -1};
	return flow->len > 0 ? (struct pollfd){.fd = flow->to, .events = POLLOUT}
			     : (struct pollfd){.fd = flow->from, .events = POLLIN};
}

void flow_drain(Flow *flow, unsigned turns, int patience)
{
	for (; flow_goes_on(flow) && turns > 0; turns--) {
		struct pollfd fd = flow_wish(flow);
		int r = flow->len > 0 ? poll(&fd, 1, patience) : 1;

		if (r == 0 || (r > 0 && !flow_advance(flow) && flow->len == 0))
			return;
	}
}
