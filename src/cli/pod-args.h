/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Pods as verbs are told of them: by UUID, its beginning, or name, as words or in a file. */

#include "cli/verb.h"
#include "pod/pod.h"

#define UUID_FILE_ROW(at)                                                                          \
	{                                                                                          \
		"uuid-file", OPTION_STRING, (at), NULL, "PATH",                                    \
			"read the pod's UUID from this file instead of an argument"                \
	}

/* For the descriptions of verbs that take pods. */
#define POD_WORD_HELP                                                                              \
	"A UUID may be shortened as long as it is unique, and the name that a pod was given by "   \
	"--pod-name stands for its UUID."

/* The exit status of some verbs when --uuid-file cannot be read. */
#define STATUS_NO_FILE 1

/* Opens the pods of the data directory; what the pod layer has to say goes to stdout and stderr. */
int pods_open_told(const Invocation *inv, Pods *ret, Error *err);

/* The same where the data directory is known. */
int pods_open_below(const char *data_dir, Pods *ret, Error *err);

/* The UUIDs as typed: the words, or the content of the file, trimmed. VERB_USAGE, with err
 * filled, when both or neither are given. 0, or a negative errno when the file cannot be read. */
int uuid_words(const Invocation *inv, const char *uuid_file, StrList *ret, Error *err);

/* Resolves one word and opens its pod. */
int pod_open_typed(const Pods *pods, const char *typed, Pod **ret, Error *err);

/* pods_open_told(), and the pod that typed stands for among them. */
int pod_open_among(const Invocation *inv, const char *typed, Pods *ret_pods, Pod **ret, Error *err);

/* For verbs on one pod: all of it. Like uuid_words() and pod_open_typed(). */
int pod_open_only(
	const Invocation *inv, const Pods *pods, const char *uuid_file, Pod **ret, Error *err);
