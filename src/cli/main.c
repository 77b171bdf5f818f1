/* SPDX-License-Identifier: Apache-2.0 */

/* The program rkt: from the words of a command line to a verb, and to an exit status. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include "base/log.h"
#include "cli/args.h"
#include "cli/help.h"
#include "cli/image-args.h"
#include "cli/rights.h"
#include "cli/verb.h"

#define EXIT_RKT             254 /* whatever goes wrong in rkt itself, as opposed to an app */
#define EXIT_MISSING_COMMAND 2

/* A command line taken apart: what names the verb, and everything else in its order. */
typedef struct CommandLine {
	VerbMatch match;
	const char **words;
	size_t n_words;
} CommandLine;

/* Whether the word is a global option whose value is the next word. */
static bool takes_next(const char *word)
{
	static const OptionSet *const sets[] = {&global_options, NULL};
	const Option *o = word[1] == '-' ? option_find(sets, word + 2, strlen(word + 2)) : NULL;

	return o && option_needs_value(o);
}

/* Options may stand before the verb: those words are kept, in front of what follows the verb. */
static int split(int argc, char **argv, CommandLine *line, Error *err)
{
	int i = 1;

	while (i < argc && !line->match.verb) {
		const char *word = argv[i++];
		int r;

		if (word[0] == '-') {
			line->words[line->n_words++] = word;
			if (takes_next(word) && i < argc)
				line->words[line->n_words++] = argv[i++];
			continue;
		}
		r = verb_find(line->match.group, word, &line->match, err);
		if (r < 0)
			return r;
	}
	while (i < argc)
		line->words[line->n_words++] = argv[i++];
	return 0;
}

static int collect_words(Args *args, const Verb *verb, Invocation *inv, Error *err)
{
	const char **words = arena_new(args->arena, const char *, args->n + 1);
	const char *word;
	size_t last = 0;
	int r;

	if (!words)
		return fail_oom(err);
	if (verb->flags & (VERB_FIRST_WORD | VERB_SECOND_WORD))
		last = verb->flags & VERB_FIRST_WORD ? 1 : 2;
	inv->args = words;
	while ((r = args_next(args, &word, err)) == ARGS_WORD) {
		words[inv->n_args++] = word;
		if (inv->n_args == last)
			break;
	}
	if (r < 0)
		return r;
	while (args->next < args->n)
		words[inv->n_args++] = args->words[args->next++];
	return 0;
}

static int parse(const CommandLine *line, GlobalOptions *global, Invocation *inv, Error *err)
{
	static const OptionSet *const global_sets[] = {&global_options, NULL};
	const Verb *verb = line->match.verb;
	Args args = {.words = line->words, .n = line->n_words, .arena = inv->arena};
	int r;

	inv->options = arena_alloc(inv->arena, verb->options_size + 1);
	if (!inv->options)
		return fail_oom(err);
	options_init(global_sets, global);
	if (verb->options)
		options_init(verb->options, inv->options);
	args.targets[0] = (OptionTarget){.sets = verb->app_options};
	args.targets[1] = (OptionTarget){.sets = verb->options, .base = inv->options};
	args.targets[2] = (OptionTarget){.sets = global_sets, .base = global};
	if (verb->flags & VERB_IMAGES)
		r = image_args_parse(&args, &inv->images, &inv->n_images, err);
	else
		r = collect_words(&args, verb, inv, err);
	return r < 0 ? r : global_options_complete(global, inv->arena, err);
}

/* Prints what is wrong with the command line itself, and how it should look. */
static int usage_error(const Error *err, const Verb *verb)
{
	if (err->n_frames > 0)
		log_error(err);
	help_print_usage(verb, stderr);
	return EXIT_RKT;
}

static int unknown_command(const Error *err)
{
	char text[2 * ERROR_TEXT + 2];

	(void)fprintf(stderr, "Error: %s\n", error_message(err, text, sizeof text));
	if (err->hint[0])
		(void)fprintf(stderr, "%s\n", err->hint);
	(void)fprintf(stderr, "Run 'rkt --help' for usage.\n");
	return EXIT_RKT;
}

/* Results that nobody got are no success. */
static int flush_output(void)
{
	char text[128];

	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	log_line(NULL, "cannot write the output: %s", errno_text(errno, text, sizeof text));
	return -EIO;
}

static int check_count(const Invocation *inv, Error *err)
{
	const Verb *verb = inv->verb;
	const char *missing = verb->missing;

	if (inv->n_args < verb->min_args) {
		for (size_t i = 0; i < inv->n_args; i++)
			missing += strcspn(missing, " ") + 1;
		return fail(err, -EINVAL, "%.*s is missing", (int)strcspn(missing, " "), missing);
	}
	if (inv->n_args > verb->max_args)
		return fail(err, -EINVAL, "unexpected argument \"%s\"", inv->args[verb->max_args]);
	return 0;
}

/* Prints why the verb could not do what it should. */
static int failed(const Invocation *inv, Error *err)
{
	_cleanup_free_ char *data_dir = NULL;

	if (global_data_dir(inv->global, &data_dir, NULL) == 0)
		rights_hint(data_dir, err);
	log_error(err);
	return EXIT_RKT;
}

/* Runs the verb; the result is the exit status. */
static int run(const Invocation *inv)
{
	const Verb *verb = inv->verb;
	Error err = ERROR_INIT;
	int r;

	if ((verb->flags & VERB_ROOT) && geteuid() != 0) {
		log_line(NULL, "cannot run as unprivileged user");
		return EXIT_RKT;
	}
	if (check_count(inv, &err) < 0)
		return usage_error(&err, verb);
	r = verb->run(inv, &err);
	if (r == VERB_USAGE)
		return usage_error(&err, verb);
	if (r < 0)
		return failed(inv, &err);
	return flush_output() < 0 ? EXIT_RKT : r;
}

/* No verb was named: the help that was asked for, or that is missing. */
static int without_verb(const CommandLine *line, Arena *arena)
{
	static const OptionSet *const global_sets[] = {&global_options, NULL};
	Args args = {.words = line->words, .n = line->n_words, .arena = arena};
	GlobalOptions global = {0};
	Error err = ERROR_INIT;
	const char *word;

	args.targets[0] = (OptionTarget){.sets = global_sets, .base = &global};
	if (args_next(&args, &word, &err) < 0) {
		(void)unknown_command(&err);
		return EXIT_RKT;
	}
	if (!line->match.group && !global.help)
		(void)fprintf(stderr, "rkt: missing command\n");
	help_print_group(line->match.group, stdout);
	return line->match.group || global.help ? 0 : EXIT_MISSING_COMMAND;
}

static int rkt(int argc, char **argv, Arena *arena)
{
	CommandLine line = {.words = arena_new(arena, const char *, (size_t)argc + 1)};
	GlobalOptions global = {0};
	Invocation inv = {.global = &global, .arena = arena};
	Error err = ERROR_INIT;

	if (!line.words)
		return EXIT_RKT;
	if (split(argc, argv, &line, &err) < 0)
		return unknown_command(&err);
	if (!line.match.verb)
		return without_verb(&line, arena);
	inv.verb = line.match.verb;
	log_set_component(verb_leaf(inv.verb));
	if (parse(&line, &global, &inv, &err) < 0)
		return usage_error(&err, inv.verb);
	log_set_debug(global.debug);
	if (global.help) {
		help_print_verb(inv.verb, stdout);
		return flush_output() < 0 ? EXIT_RKT : 0;
	}
	return run(&inv);
}

/* A stream that the caller has closed would become the next file that is opened, and what is
 * printed would end up there. Opened the wrong way around, its use goes on to fail. */
static int hold_standard_streams(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
			open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return -EBADF;
	return 0;
}

int main(int argc, char **argv)
{
	Arena arena = {0};
	int status = EXIT_RKT;

	/* A caller may ignore it, and then how a child ended could not be asked for. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (hold_standard_streams() == 0)
		status = rkt(argc, argv, &arena);
	arena_done(&arena);
	return status;
}
