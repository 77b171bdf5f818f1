/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Diagnostics: lines on stderr behind "<component>: ", as rkt's users know them ("image: signature
 * verified"). Results go to stdout, by src/cli/ alone. Failures are not logged but returned as an
 * Error; src/cli/ prints those. */

#include "base/error.h"

/* The component that unprefixed lines belong to, usually the verb. text must live as long as the
 * process. */
void log_set_component(const char *text);
void log_set_debug(bool on);

/* One line for the user. A component of NULL means the one of log_set_component(). */
void log_line(const char *component, const char *fmt, ...) _printf_(2, 3);

/* log_line() of a text as it is, for those who are told texts only. */
void log_text(const char *text);

/* Prints what failed, in rkt's form: "<component>: <outermost>: <innermost>", with --debug every
 * frame on a line of its own behind a growing indent and "└─", then the hint if there is one. */
void log_error(const Error *err);
