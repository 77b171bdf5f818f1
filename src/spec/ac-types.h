/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The small string types of the appc specification. */

#include "base/macro.h"

/* Lower-case letters, digits and the separators "-._~/" inside (not at the edges). */
bool ac_identifier_valid(const char *s);

/* Lower-case letters, digits and "-" inside. */
bool ac_name_valid(const char *s);

/* Turns any text into an AC name or identifier: lower-cased, other characters replaced by '-'
 * (name) or '_' (identifier), edges stripped. Fresh memory; 0, -ENOMEM, or -EINVAL when nothing is
 * left. */
int ac_name_sanitize(const char *s, char **ret);
int ac_identifier_sanitize(const char *s, char **ret);

/* "X.Y.Z" with optional pre-release and build parts (semver 2.0). */
bool ac_semver_valid(const char *s);

/* RFC 3339 date-time. */
bool ac_date_valid(const char *s);
