/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From an app's seccomp isolator to rules (isolate/seccomp.h). */

#include "base/error.h"
#include "spec/app.h"

/* The rules in fresh memory, or NULL in *ret when the app asks for no filter at all (a retain set
 * with "@appc.io/all"). 0, -EINVAL for an unknown errno name, -ENOMEM. */
int compile_seccomp_rules(const App *app, char **ret, Error *err);
