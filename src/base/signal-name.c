/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signal-name.h"

#include <signal.h>
#include "base/macro.h"
#include "base/number.h"

/* As programs in images count them, which the C library of this program may do differently. */
#define RTMIN 34
#define RTMAX 64

#define S(n)                                                                                       \
	{                                                                                          \
		.name = #n, .number = SIG##n                                                       \
	}

static const struct {
	const char *name;
	int number;
} signals[] = {S(HUP), S(INT), S(QUIT), S(ILL), S(TRAP), S(ABRT), S(IOT), S(BUS), S(FPE), S(KILL),
	S(USR1), S(SEGV), S(USR2), S(PIPE), S(ALRM), S(TERM), S(STKFLT), S(CHLD), S(CONT), S(STOP),
	S(TSTP), S(TTIN), S(TTOU), S(URG), S(XCPU), S(XFSZ), S(VTALRM), S(PROF), S(WINCH), S(IO),
	S(POLL), S(PWR), S(SYS), {.name = "CLD", .number = SIGCHLD}};

static int realtime_by_name(const char *name)
{
	const char *up = startswith(name, "RTMIN+"), *down = startswith(name, "RTMAX-");
	uint64_t n;

	if (streq(name, "RTMIN"))
		return RTMIN;
	if (streq(name, "RTMAX"))
		return RTMAX;
	if (up && number_parse_u64(up, RTMAX - RTMIN, &n) == 0)
		return RTMIN + (int)n;
	if (down && number_parse_u64(down, RTMAX - RTMIN, &n) == 0)
		return RTMAX - (int)n;
	return 0;
}

int signal_by_name(const char *name)
{
	const char *rest = startswith(name, "SIG");
	uint64_t number;

	if (number_parse_u64(name, RTMAX, &number) == 0)
		return (int)number;
	if (rest)
		name = rest;
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (streq(signals[i].name, name))
			return signals[i].number;
	return realtime_by_name(name);
}
