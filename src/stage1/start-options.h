/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a mutable pod was started with, kept in its directory ("runtime-config") for the apps that
 * are added later. */

#include "plan/compile.h"
#include "pod/pod.h"

/* Writes the options that concern single apps. 0 or a negative errno. */
int start_options_write(const Pod *pod, const PlanOptions *options, Error *err);

/* Reads them back, for plan_compile_added(): texts that are in files of the pod by now are "". 0,
 * -EINVAL for a file that is damaged, or another negative errno. */
int start_options_read(const Pod *pod, PlanOptions *ret, Error *err);
