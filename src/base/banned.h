/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Functions that cannot be used safely, or only with care that nobody takes. The build includes
 * this file before every source file, so using one of them does not compile. What to use instead:
 *   strcpy, strcat            strbuf, snprintf
 *   sprintf, vsprintf         strbuf, snprintf
 *   strncpy, strncat          strbuf, memcpy
 *   atoi, atol, atoll, atof   number_parse_*
 *   system, popen             process_spawn
 *   strtok                    strchr, strcspn
 *   tmpnam, mktemp            O_TMPFILE, atomic_write
 *   gmtime, localtime, ctime  the _r forms
 *   alloca                    malloc, an array of fixed size
 * System headers that declare them have to come first. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(func) rkt_does_not_use_##func

#undef strcpy
#define strcpy(d, s) BANNED(strcpy)
#undef strcat
#define strcat(d, s) BANNED(strcat)
#undef strncpy
#define strncpy(d, s, n) BANNED(strncpy)
#undef strncat
#define strncat(d, s, n) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef atoi
#define atoi(s) BANNED(atoi)
#undef atol
#define atol(s) BANNED(atol)
#undef atoll
#define atoll(s) BANNED(atoll)
#undef atof
#define atof(s) BANNED(atof)
#undef system
#define system(s) BANNED(system)
#undef popen
#define popen(c, m) BANNED(popen)
#undef strtok
#define strtok(s, d) BANNED(strtok)
#undef tmpnam
#define tmpnam(s) BANNED(tmpnam)
#undef mktemp
#define mktemp(s) BANNED(mktemp)
#undef gmtime
#define gmtime(t) BANNED(gmtime)
#undef localtime
#define localtime(t) BANNED(localtime)
#undef ctime
#define ctime(t) BANNED(ctime)
#undef alloca
#define alloca(n) BANNED(alloca)
