/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/boolean.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/monotonic.h"
#include "base/timestamp.h"
#include "cli/output.h"
#include "cli/pod-args.h"
#include "cli/pod-print.h"

#define POLL_NS      (100 * NS_PER_MS)
#define FOREVER      INT64_MAX
#define NETWORKS_MAX (1u << 20)

typedef struct StatusOptions {
	StrList wait, wait_ready;
	const char *uuid_file;
	OutputFormat format;
} StatusOptions;

#define AT(member) offsetof(StatusOptions, member)

static bool is_duration(const char *word)
{
	int64_t ns;

	return duration_parse(word, &ns) == 0;
}

static const Option rows[] = {
	OUTPUT_FORMAT_ROW(AT(format)),
	UUID_FILE_ROW(AT(uuid_file)),
	{"wait", OPTION_OPTIONAL, AT(wait), "false", NULL,
		"wait until the pod has exited; a length of time such as 10s limits the wait",
		OPTION_COMPUTED, .bare_value = "true", .is_value = is_duration},
	{"wait-ready", OPTION_OPTIONAL, AT(wait_ready), "false", NULL,
		"wait until the pod is ready; a length of time such as 10s limits the wait. Fails "
		"when "
		"the pod has ended",
		OPTION_COMPUTED, .bare_value = "true", .is_value = is_duration},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

/* How long to wait, in ns: 0 not at all, or FOREVER. */
static int parse_wait(const char *option, const StrList *values, int64_t *ret, Error *err)
{
	const char *value = values->n > 0 ? values->items[values->n - 1] : "false";
	bool truth;
	int64_t ns;

	if (value[0] == '\0' || boolean_parse(value, &truth) == 0) {
		*ret = value[0] == '\0' || truth ? FOREVER : 0;
		return 0;
	}
	if (duration_parse(value, &ns) < 0)
		return fail(err, -EINVAL,
			"--%s must be true, false or a length of time such as 10s, not \"%s\"",
			option, value);
	*ret = ns < 0 ? FOREVER : ns;
	return 0;
}

static bool is_finished(const Pod *pod)
{
	return pod->state == POD_EXITED || pod->state == POD_EXITED_GARBAGE ||
	       pod->state == POD_ABORTED_PREPARE || pod->state == POD_GARBAGE;
}

static bool is_ready_or_finished(const Pod *pod)
{
	return pod_is_ready(pod) || is_finished(pod);
}

/* Looks at the pod anew until done() says so. A pod that is gone has nothing more to wait for: the
 * last look at it stays. */
static int wait_for(
	const Pods *pods, Pod **pod, bool (*done)(const Pod *), int64_t limit, Error *err)
{
	int64_t start = monotonic_ns();
	struct timespec pause = {.tv_nsec = POLL_NS};

	while (!done(*pod)) {
		_cleanup_pod_ Pod *fresh = NULL;
		int r;

		if (limit != FOREVER && monotonic_ns() - start >= limit) {
			(void)fail(err, -ETIMEDOUT, "context deadline exceeded");
			error_hint(err, "the pod is still %s", pod_state_name((*pod)->state));
			return -ETIMEDOUT;
		}
		(void)nanosleep(&pause, NULL);
		r = pod_open(pods, (*pod)->uuid, &fresh, err);
		if (r == -ENOENT) {
			error_clear(err);
			return 0;
		}
		if (r < 0)
			return r;
		(void)pod_free(*pod);
		*pod = TAKE_PTR(fresh);
	}
	return 0;
}

static int wait_as_told(const StatusOptions *options, const Pods *pods, Pod **pod, Error *err)
{
	int64_t finished, ready;
	int r = parse_wait("wait", &options->wait, &finished, err);

	if (r == 0)
		r = parse_wait("wait-ready", &options->wait_ready, &ready, err);
	if (r < 0)
		return r;
	if (ready != 0) {
		r = wait_for(pods, pod, is_ready_or_finished, ready, err);
		if (r == 0 && !pod_is_ready(*pod))
			r = fail(err, -ESRCH, "the pod has ended");
		if (r < 0)
			return wrap(err, r, "error waiting for pod readiness");
	}
	if (finished != 0) {
		r = wait_for(pods, pod, is_finished, finished, err);
		if (r < 0)
			return wrap(err, r, "error waiting for pod to finish");
	}
	return 0;
}

static void print_networks(const PodInfo *info)
{
	_cleanup_strbuf_ StrBuf networks = STRBUF_INIT(NETWORKS_MAX);

	pod_put_networks(info, &networks);
	(void)printf("networks=%s\n", strbuf_text(&networks));
}

static void print_exit(const Pod *pod, const PodInfo *info)
{
	pid_t pid;
	bool exited = info->state == POD_EXITED || info->state == POD_EXITED_GARBAGE;

	if (pod_read_pid(pod, &pid) == 0)
		(void)printf("pid=%d\nexited=%s\n", (int)pid, exited ? "true" : "false");
	for (size_t i = 0; i < info->n_apps; i++)
		if (info->apps[i].restarts > 0)
			(void)printf("restarts-%s=%lld\n", info->apps[i].name,
				(long long)info->apps[i].restarts);
	for (size_t i = 0; i < info->n_apps && info->state != POD_RUNNING; i++) {
		if (info->apps[i].has_exit_code)
			(void)printf("app-%s=%d\n", info->apps[i].name, info->apps[i].exit_code);
		if (info->apps[i].oom_killed)
			(void)printf("oom_killed=%s\n", info->apps[i].name);
	}
}

static void print_text(const Pod *pod, const PodInfo *info)
{
	char time[TIMESTAMP_TEXT];

	(void)printf("state=%s\n", pod_state_name(info->state));
	(void)printf("created=%s\n", timestamp_format(info->created_at, time));
	if (info->started_at != 0)
		(void)printf("started=%s\n", timestamp_format(info->started_at, time));
	if (info->name)
		(void)printf("pod-name=%s\n", info->name);
	if (info->state == POD_RUNNING || info->state == POD_EXITED)
		print_networks(info);
	if (info->state == POD_RUNNING || info->state == POD_DELETING ||
		info->state == POD_EXITED_DELETING || info->state == POD_EXITED ||
		info->state == POD_EXITED_GARBAGE)
		print_exit(pod, info);
}

static int print(const Pod *pod, const PodInfo *info, OutputFormat format, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	Json *object;
	int r;

	if (format == OUTPUT_TEXT) {
		print_text(pod, info);
		return 0;
	}
	r = pod_to_json(&arena, info, &object, err);
	return r < 0 ? r : output_json(object, format, err);
}

static int run(const Invocation *inv, Error *err)
{
	const StatusOptions *options = inv->options;
	_cleanup_pod_images_ PodImages images = POD_IMAGES_INIT;
	_cleanup_pod_info_ PodInfo *info = NULL;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	StrList words = {0};
	int r = uuid_words(inv, options->uuid_file, &words, err);

	if (r < 0) {
		log_error(err);
		return STATUS_NO_FILE;
	}
	if (r > 0)
		return r;
	r = pod_open_among(inv, words.items[0], &pods, &pod, err);
	if (r == 0)
		r = wait_as_told(options, &pods, &pod, err);
	if (r == 0)
		r = pod_look(&pods, &pod, POD_INFO_WHOLE, &images, &info, err);
	return r < 0 ? r : print(pod, info, options->format, err);
}

const Verb verb_status = {
	.name = "status",
	.synopsis = "[OPTIONS] UUID | --uuid-file=PATH",
	.brief = "Check the status of a rkt pod",
	.description = "Prints the state of a pod: when it was made and started, its networks, its "
		       "process and the exit codes of its "
		       "apps; oom_killed=APP when the kernel has killed something of an app that "
		       "reached its limit of memory; restarts-APP=N when an app was started again "
		       "by its policy. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(StatusOptions),
	.max_args = 1,
	.run = run,
};
