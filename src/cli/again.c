/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/again.h"

#include "base/log.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/insecure.h"
#include "cli/pod-args.h"
#include "cli/start.h"
#include "stage1/stage1.h"

int again_words(const Invocation *inv, StrList *ret)
{
	unsigned open = inv->global->insecure & INSECURE_ALL_RUN;
	_cleanup_free_ char *text = NULL;
	char list[INSECURE_TEXT];
	const char *word;
	int r = options_to_words(again_option_sets, inv->options, inv->arena, ret);

	if (r < 0 || !open)
		return r;
	if (str_format(&text, "--insecure-options=%s", insecure_format(open, list)) < 0)
		return -ENOMEM;
	word = arena_strdup(inv->arena, text);
	return word ? str_list_add(ret, word, inv->arena) : -ENOMEM;
}

int again_invocation(const Invocation *inv, const Plan *plan, RunOptions *options,
	GlobalOptions *global, Invocation *ret, Error *err)
{
	static const OptionSet *const global_sets[] = {&global_options, NULL};
	const char *list = plan_string(plan, plan->header->words), *word;
	StrList words = {0};
	Args args = {
		.targets = {{again_option_sets, options}, {global_sets, global}},
		.arena = inv->arena,
	};

	for (const char *s = NULL; (s = plan_list_next(list, plan->header->words_len, s));)
		if (str_list_add(&words, s, inv->arena) < 0)
			return fail_oom(err);
	options_init(again_option_sets, options);
	*global = *inv->global;
	global->insecure &= ~(unsigned)INSECURE_ALL_RUN;
	args.words = words.items;
	args.n = words.n;
	*ret = *inv;
	ret->options = options;
	ret->global = global;
	return args_next(&args, &word, err);
}

static int check_state(const Pod *pod, Error *err)
{
	switch (pod->state) {
	case POD_EXITED: return 0;
	case POD_RUNNING:
		(void)fail(err, -EINVAL, "pod \"%s\" is running", pod->uuid);
		error_hint(err, "\"rkt restart\" stops it first");
		return -EINVAL;
	case POD_PREPARED:
		(void)fail(err, -EINVAL, "pod \"%s\" has not run yet", pod->uuid);
		error_hint(err, "a pod that was prepared is started by \"rkt run-prepared\"");
		return -EINVAL;
	default:
		return fail(err, -EINVAL, "pod \"%s\" cannot be started again: it is %s", pod->uuid,
			pod_state_name(pod->state));
	}
}

/* Reads what the pod was told. */
static int read_plan(const Pod *pod, void **ret_data, Plan *ret, Error *err)
{
	int r = stage1_read_plan(pod, ret_data, ret, err);

	if (r < 0)
		return r;
	if (!*ret_data)
		return fail(err, -EOPNOTSUPP,
			"pod \"%s\" cannot be started again: its stage1 is an image", pod->uuid);
	return 0;
}

int again_check(const Pod *pod, Error *err)
{
	_cleanup_free_ void *data = NULL;
	Plan plan;

	return read_plan(pod, &data, &plan, err);
}

/* Takes the lock of a pod that has ended. */
static int take(const Pods *pods, Pod *pod, Error *err)
{
	int r = check_state(pod, err);

	if (r == 0)
		r = pod_lock(pods, pod, err);
	return r == -EWOULDBLOCK
		       ? fail(err, r, "pod \"%s\" is being started by somebody else", pod->uuid)
		       : r;
}

/* Starts a pod whose lock is held. */
static int start(const Invocation *inv, bool detach, const Pods *pods, Pod *pod, Error *err)
{
	_cleanup_free_ void *data = NULL;
	RunOptions options = {0};
	GlobalOptions global;
	Invocation again;
	Plan plan;
	int r = read_plan(pod, &data, &plan, err);

	if (r == 0)
		r = again_invocation(inv, &plan, &options, &global, &again, err);
	if (r < 0)
		return r;
	options.detach = detach;
	r = run_prepared_options_check(&options, inv->arena, err);
	return r < 0 ? r : start_prepared(&again, pods, pod, err);
}

static int start_one(
	const Invocation *inv, const Pods *pods, const char *typed, AgainStop *stop, Error *err)
{
	const AgainOptions *o = inv->options;
	_cleanup_pod_ Pod *pod = NULL;
	int r = pod_open_typed(pods, typed, &pod, err);

	if (r == 0)
		r = stop && pod->state == POD_RUNNING ? stop(pods, pod, o->force, err)
						      : take(pods, pod, err);
	return r < 0 ? r : start(inv, o->detach, pods, pod, err);
}

static int start_several(
	const Invocation *inv, const Pods *pods, const StrList *words, AgainStop *stop, Error *err)
{
	const AgainOptions *o = inv->options;
	size_t failed = 0;

	if (!o->detach) {
		(void)fail(err, -EINVAL, "only one pod can be in the foreground");
		error_hint(err, "--detach starts several, in the background");
		return -EINVAL;
	}
	/* It cannot be told whose the sockets are that rkt was passed. */
	(void)unsetenv("LISTEN_PID");
	for (size_t i = 0; i < words->n; i++) {
		Error one = ERROR_INIT;

		if (start_one(inv, pods, words->items[i], stop, &one) != 0) {
			log_error(&one);
			failed++;
		}
	}
	return failed > 0 ? fail(err, -EIO, "failed to start %zu pod(s)", failed) : 0;
}

int again_run(const Invocation *inv, AgainStop *stop, Error *err)
{
	const AgainOptions *o = inv->options;
	_cleanup_pods_ Pods pods = PODS_INIT;
	StrList words = {0};
	int r = pods_open_told(inv, &pods, err);

	if (r == 0)
		r = uuid_words(inv, o->uuid_file, &words, err);
	if (r != 0)
		return r;
	return words.n == 1 ? start_one(inv, &pods, words.items[0], stop, err)
			    : start_several(inv, &pods, &words, stop, err);
}
