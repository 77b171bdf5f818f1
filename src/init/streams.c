/* SPDX-License-Identifier: Apache-2.0 */
#include "init/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "base/cleanup.h"
#include "init/backlog.h"
#include "init/console.h"
#include "init/log-file.h"
#include "init/pipe.h"

/* More than a terminal keeps of what was printed there. */
#define TERMINAL_FRAMES 32

typedef struct AppStreams {
	int fds[3]; /* our ends of stdin, stdout, stderr; 0: none */
	int tty;    /* the app's end of its terminal, whose master is fds[0] and fds[1]; 0: none.
		       Held open, so that the master does not report a hangup each time that
		       the app closes it */
	bool ended; /* the app has, and what it has printed is still passed on */

	Backlog backlog[2]; /* of stdout and stderr: what was printed while nobody was attached */
	unsigned closed;    /* ATTACH_* bits of those that the app has closed, of which fds[] holds
			       what is left of the backlog */
} AppStreams;

static struct {
	unsigned n_apps;  /* places that may be taken */
	AppStreams *apps; /* mapped when the first one is: most pods have none */
} streams;

bool streams_any(void)
{
	return streams.n_apps > 0;
}

/* Makes sure that there is such a place. 0 or a negative errno. */
static int make_place(unsigned app)
{
	if (!streams.apps) {
		void *memory = mmap(NULL, PLAN_APPS_MAX * sizeof *streams.apps,
			PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		int r = memory == MAP_FAILED ? -errno : sessions_open();

		if (r < 0)
			return r;
		streams.apps = memory;
	}
	streams.n_apps = MAX(streams.n_apps, app + 1);
	return 0;
}

int streams_open(const Plan *plan, int ret_outputs[PLAN_APPS_MAX][2], int ret_inputs[PLAN_APPS_MAX])
{
	for (unsigned i = 0; i < plan->header->n_apps; i++)
		for (unsigned k = 0; k < 3; k++) {
			int *ret = k > 0 ? &ret_outputs[i][k - 1] : &ret_inputs[i], r = 0;
			unsigned mode = plan->apps[i].stream[k];

			if (mode == PLAN_STREAM_PIPE || mode == PLAN_STREAM_PTY)
				r = make_place(i);
			if (r == 0 && mode == PLAN_STREAM_PIPE)
				r = stream_pipe(
					k, plan->header->first_id, &streams.apps[i].fds[k], ret);
			if (r < 0)
				return r;
		}
	return 0;
}

int streams_add_terminal(unsigned app, int master)
{
	int tty = -1;

	/* Each app of the plan that has one is told of once. */
	if (app < streams.n_apps && !streams.apps[app].ended && streams_is_idle(app))
		tty = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	else
		errno = EINVAL;
	if (tty < 0 || fcntl(master, F_SETFL, O_NONBLOCK) < 0) {
		(void)fd_close(tty);
		(void)fd_close(master);
		return -errno;
	}
	streams.apps[app] = (AppStreams){.fds = {master, master}, .tty = tty};
	return 0;
}

void streams_add_app(unsigned app, const int ends[static 3], int master)
{
	bool any = master >= 0 || ends[0] >= 0 || ends[1] >= 0 || ends[2] >= 0;

	if (any && make_place(app) < 0) {
		for (unsigned k = 0; k < 3; k++)
			(void)fd_close(ends[k]);
		(void)fd_close(master);
	}
	if (app >= streams.n_apps)
		return;
	streams.apps[app] = (AppStreams){0};
	for (unsigned k = 0; k < 3; k++)
		streams.apps[app].fds[k] = MAX(ends[k], 0);
	if (master >= 0)
		(void)streams_add_terminal(app, master);
}

static void close_stream(unsigned app, unsigned k)
{
	AppStreams *s = &streams.apps[app];

	if (s->fds[k] == 0)
		return;
	(void)fd_close(s->fds[k]);
	s->fds[k] = 0;
	if (k > 0)
		backlog_drop(&s->backlog[k - 1]);
	sessions_closed(app, 1U << k);
	if (streams_of(app) == 0)
		log_file_forget(app);
}

static void close_terminal(unsigned app)
{
	AppStreams *s = &streams.apps[app];

	(void)fd_close(s->tty);
	s->tty = 0;
	s->fds[0] = 0;
	sessions_closed(app, ATTACH_INPUT);
	close_stream(app, 1);
}

/* The app has closed it. What nobody has seen yet can still be seen while the app runs. */
static void end_stream(unsigned app, unsigned k)
{
	AppStreams *s = &streams.apps[app];
	Backlog *b = &s->backlog[k - 1];

	if (s->tty > 0) {
		close_terminal(app);
	} else if (b->out == 0 || s->ended) {
		close_stream(app, k);
	} else {
		(void)fd_close(s->fds[k]);
		(void)fd_close(b->in);
		s->fds[k] = b->out;
		*b = (Backlog){0};
		s->closed |= 1U << k;
	}
}

/* What is to be passed on next: what somebody who is attached has missed, or what the app prints
 * now. 0 when there is nothing to wait for. */
static int source(unsigned app, unsigned k)
{
	const AppStreams *s = &streams.apps[app];

	if (sessions_are_attached(app, 1U << k))
		return s->backlog[k - 1].out > 0 ? s->backlog[k - 1].out : s->fds[k];
	return s->closed & 1U << k ? 0 : s->fds[k];
}

/* Passes on once what an app has printed, or keeps it. False when that cannot be now, or there is
 * nothing. */
static bool pass(unsigned app, unsigned k)
{
	AppStreams *s = &streams.apps[app];
	bool attached, fresh, room = sessions_have_room(app, 1U << k);
	Frame frame;
	ssize_t n = 0;

	if (!room || source(app, k) == 0)
		return false;
	attached = sessions_are_attached(app, 1U << k);
	if (attached)
		n = backlog_take(&s->backlog[k - 1], frame.bytes, sizeof frame.bytes);
	fresh = n == 0;
	if (fresh)
		n = read(s->fds[k], frame.bytes, sizeof frame.bytes);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (fresh)
		console_keep(app, k - 1, frame.bytes, n > 0 ? (size_t)n : 0);
	if (n <= 0) {
		end_stream(app, k);
		return false;
	}
	frame.kind = k == 1 ? FRAME_OUTPUT : FRAME_ERRORS;
	if (attached)
		sessions_send(app, 1U << k, &frame, FRAME_HEAD + (size_t)n);
	else
		backlog_keep(&s->backlog[k - 1], frame.bytes, (size_t)n);
	return true;
}

/* Whether somebody who is attached has not got everything yet that he has missed. */
static bool lags(unsigned app, unsigned k)
{
	return streams.apps[app].backlog[k - 1].out > 0 && sessions_are_attached(app, 1U << k);
}

/* The rest of what is in the terminal of an app that has ended, and the terminal's end. Others may
 * still print there: they are not waited for. */
static void finish_terminal(unsigned app)
{
	for (unsigned i = 0; i < TERMINAL_FRAMES && streams.apps[app].tty > 0; i++)
		if (!pass(app, 1))
			break;
	if (streams.apps[app].tty > 0 && sessions_have_room(app, ATTACH_OUTPUT) && !lags(app, 1))
		close_terminal(app);
}

/* What there is to be done for an app that has ended: nobody comes any more. */
static void finish(unsigned app)
{
	if (streams.apps[app].tty > 0) {
		finish_terminal(app);
		return;
	}
	for (unsigned k = 1; k < 3; k++)
		if (source(app, k) == 0)
			close_stream(app, k);
}

void streams_app_ended(unsigned app)
{
	if (app >= streams.n_apps)
		return;
	streams.apps[app].ended = true;
	if (streams.apps[app].tty == 0)
		close_stream(app, 0);
	finish(app);
}

bool streams_is_idle(unsigned app)
{
	return app >= streams.n_apps || streams_of(app) == 0;
}

int streams_find_app(const char *name)
{
	for (unsigned i = 0; i < streams.n_apps; i++) {
		const char *other = console_app_name(i);

		if (!streams.apps[i].ended && other && strcmp(other, name) == 0)
			return (int)i;
	}
	return -1;
}

unsigned streams_of(unsigned app)
{
	unsigned what = 0;

	for (unsigned k = 0; k < 3; k++)
		if (streams.apps[app].fds[k] > 0)
			what |= 1U << k;
	return what;
}

bool streams_can_attach(unsigned app, unsigned what)
{
	return app < streams.n_apps && !streams.apps[app].ended && (streams_of(app) & what);
}

bool streams_has_terminal(unsigned app)
{
	return app < streams.n_apps && streams.apps[app].tty > 0;
}

int streams_input(unsigned app)
{
	return streams.apps[app].fds[0] > 0 ? streams.apps[app].fds[0] : -1;
}

size_t streams_put(unsigned app, const char *bytes, size_t n)
{
	ssize_t done = streams_input(app) < 0 ? (ssize_t)n : write(streams_input(app), bytes, n);

	if (done >= 0)
		return (size_t)done;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	/* The app does not read it any more. A terminal has its end elsewhere. */
	if (streams.apps[app].tty == 0)
		close_stream(app, 0);
	return n;
}

void streams_resize(unsigned app, unsigned rows, unsigned columns)
{
	struct winsize size = {.ws_row = (uint16_t)rows, .ws_col = (uint16_t)columns};

	if (streams.apps[app].tty > 0)
		(void)ioctl(streams.apps[app].fds[1], TIOCSWINSZ, &size);
}

unsigned streams_poll(struct pollfd *fds)
{
	unsigned n = 0;

	for (unsigned i = 0; i < streams.n_apps; i++)
		for (unsigned k = 1; k < 3; k++)
			if (source(i, k) > 0 && sessions_had_room(i, 1U << k))
				fds[n++] = (struct pollfd){.fd = source(i, k), .events = POLLIN};
	return streams.n_apps > 0 ? n + sessions_poll(fds + n) : 0;
}

static bool is_ready(const struct pollfd *fds, unsigned n, int fd)
{
	for (unsigned j = 0; j < n; j++)
		if (fds[j].fd == fd && fds[j].revents)
			return true;
	return false;
}

void streams_dispatch(const struct pollfd *fds, unsigned n)
{
	if (streams.n_apps == 0)
		return;
	for (unsigned i = 0; i < streams.n_apps; i++)
		for (unsigned k = 1; k < 3; k++)
			if (source(i, k) > 0 && is_ready(fds, n, source(i, k)))
				(void)pass(i, k);
	sessions_dispatch(fds, n);
	for (unsigned i = 0; i < streams.n_apps; i++)
		if (streams.apps[i].ended)
			finish(i);
}

void streams_finish(void)
{
	for (unsigned i = 0; i < streams.n_apps; i++)
		for (unsigned k = 1; k < 3; k++)
			while (source(i, k) > 0) {
				sessions_wait(i, 1U << k);
				if (!pass(i, k))
					break;
			}
	sessions_close();
}
