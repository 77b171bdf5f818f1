/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/manual-text.h"

#include <stddef.h>
#include "base/macro.h"

/* clang-format off: each line is one of the page's source. */

#define RUN_EXIT_STATUS                                                                            \
	"\n# EXIT STATUS\n\n"                                                                      \
	"0\n\tAll apps have ended with 0.\n\n"                                                     \
	"1 to 255\n\tOf the first app that failed: its exit status, or the number of the signal "  \
	"that killed it.\n\n"                                                                      \
	"200 to 228\n\tThe app could not be started: 203 its program cannot be executed, 200 its " \
	"working directory "                                                                       \
	"cannot be entered, 206 its OOM score, 216 its groups, 217 its user, 218 its "             \
	"capabilities, 227 no-new-privileges, "                                                    \
	"228 its system call filter, 226 anything else around it. The reason is among the "        \
	"output.\n\n"                                                                              \
	"254\n\trkt itself failed, and the reason is on stderr.\n\n"                               \
	"A pod that was stopped by a signal makes rkt die by the same signal: a shell shows 130 "  \
	"for SIGINT, 143 for "                                                                     \
	"SIGTERM and for *rkt stop*.\n"

#define RUN_SIGNALS                                                                                \
	"\n# SIGNALS\n\n"                                                                          \
	"SIGTERM, SIGINT, SIGQUIT, SIGHUP\n\tStop the pod in order. All processes of an app "      \
	"(with several apps, those in its process group) get its "                                 \
	"stop signal: SIGTERM, unless the image names another one. What still runs 90 seconds "    \
	"later is killed. Apps that end because "                                                  \
	"they were stopped count as successful.\n\n"                                               \
	"SIGINT again\n\tKills the pod at once.\n\n"                                               \
	"SIGKILL\n\tKills the pod with the supervisor: no process stays behind.\n\n"               \
	"SIGWINCH\n\tWith *--interactive* on a terminal: passes the new size on.\n"

#define RUN_OUTPUT                                                                                 \
	"\n# OUTPUT\n\n"                                                                           \
	"Without *--interactive* the stdin of apps is /dev/null. Both their stdout and their "     \
	"stderr appear on rkt's stdout, "                                                          \
	"line by line, each line behind the uptime of the machine, the app's name and the "        \
	"process ID in the pod: "                                                                  \
	"\"[ 12.345678] app[2]: text\". What rkt has to say itself is on stderr.\n\n"              \
	"With *--interactive* the only app gets a terminal of its own, which is connected to the " \
	"caller's. Where stdin is "                                                                \
	"no terminal the three streams are passed through unchanged.\n\n"                          \
	"*--stdin*, *--stdout* and *--stderr* behind an image choose for that app: null is "       \
	"/dev/null, log what was said above; for stream and tty see *rkt\\_attach*(1).\n"

#define RUN_PORTS                                                                                  \
	"\n# PORTS\n\n"                                                                            \
	"*--port*=_NAME_:_HOSTPORT_ makes a port of all of the host's addresses, 127.0.0.1 too, "  \
	"lead to the port of that name; with an address, of that one alone. ::1 leads to no pod. " \
	"The port is refused "                                                                     \
	"when another pod has it (a single address and all of them exclude each other), and when " \
	"the address is none of the host's: nothing would ever come for it, unless sysctl "        \
	"net.ipv4.ip\\_nonlocal\\_bind (net.ipv6.ip\\_nonlocal\\_bind) says that the address "     \
	"will come. A program of the host that listens on the port is told: while the pod runs, "  \
	"what is meant for it goes to the pod. The apps of a pod share its ports: that another "   \
	"app has the same one is told, too.\n"

#define RUN_FILES                                                                                  \
	"\n# FILES\n\n"                                                                            \
	"/var/lib/rkt\n\tImages (cas/) and pods (pods/); *--dir* names another place.\n\n"         \
	"/var/lib/rkt/pods/run/UUID\n\tThe pod while it runs and after it has exited, until *rkt " \
	"gc* or *rkt rm*: the "                                                                    \
	"file pod is its manifest, and with *--detach* supervisor.log what rkt has to say. A pod " \
	"that has ended keeps its addresses and its network namespace unless another pod wants "   \
	"one of these addresses; its ports are free at once.\n"

#define FETCH_ENVIRONMENT                                                                          \
	"RKT\\_LAYER\\_VIEW\n\tWhat layers that come become: *tree*, unpacked; *erofs*, views of " \
	"their archives, which is tried anew and said where it does not work. Otherwise views "    \
	"where they work: see *rkt\\_fetch*(1).\n\n"                                               \
	"http\\_proxy, https\\_proxy, no\\_proxy\n\tProxies for fetching images.\n\n"              \
	"SSL\\_CERT\\_FILE, SSL\\_CERT\\_DIR\n\tCertificate authorities to trust instead of the "  \
	"system's.\n"

#define RUN_ENVIRONMENT                                                                            \
	"\n# ENVIRONMENT\n\n"                                                                      \
	"TERM\n\tWith *--interactive*: the type of terminal that the app is "                      \
	"told.\n\n" FETCH_ENVIRONMENT                                                              \
	"\nApps get nothing of the caller's environment without *--inherit-env*.\n"

static const char rkt_sections[] =
	"\n# EXIT STATUS\n\n"
	"0\n\tSuccess.\n\n"
	"254\n\trkt itself failed. The reason is on stderr.\n\n"
	"1\n\tOf *rkt stop* and *rkt status*: the file of *--uuid-file* cannot be read.\n\n"
	"2\n\tNo command was given.\n\n"
	"other\n\tOf *rkt run* and *rkt run-prepared*: the exit status of the first app that "
	"failed; see *rkt\\_run*(1). "
	"Of *rkt enter*: the one of the command.\n"
	"\n# FILES\n\n"
	"/var/lib/rkt\n\tImages and pods. Root writes it; members of the group that owns it may "
	"read what it lets them.\n\n"
	"/var/lib/rkt/cas\n\tThe store of images.\n\n"
	"/var/lib/rkt/pods\n\tPods by state: embryo, prepare, prepared, run, exited-garbage, "
	"garbage.\n\n"
	"/etc/rkt/net.d\n\tNetworks of pods, as configurations of the Container Network Interface: "
	"files .conf and .conflist, in the order of their names.\n\n"
	"/run/netns/cni-UUID\n\tThe network namespace of a pod that has one, until *rkt gc* or "
	"*rkt "
	"rm*.\n\n"
	"/var/lib/cni\n\tWhich addresses are whose. Ports and masquerading are in the packet "
	"filter's table inet rkt.\n\n"
	"/usr/libexec/rkt\n\tThe programs that rkt starts.\n"
	"\n# ENVIRONMENT\n\n" FETCH_ENVIRONMENT;

static const char run_sections[] =
	RUN_EXIT_STATUS RUN_SIGNALS RUN_OUTPUT RUN_PORTS RUN_FILES RUN_ENVIRONMENT
	"\n# EXAMPLES\n\n"
	"A shell in an image of Docker Hub, which has no signature:\n\n"
	"```\n"
	"rkt run --insecure-options=image --net=host --interactive docker://debian "
	"--exec=/bin/bash\n"
	"```\n\n"
	"A directory of the host, read-only, and a file with the pod's UUID:\n\n"
	"```\n"
	"rkt run --insecure-options=image --net=host --uuid-file-save=/run/web.uuid \\\\\n"
	"    --volume=site,kind=host,source=/srv/www,readOnly=true \\\\\n"
	"    docker://nginx --mount volume=site,target=/usr/share/nginx/html\n"
	"```\n\n"
	"Two apps; arguments of an app stand between -- and ---:\n\n"
	"```\n"
	"rkt run --net=none example.com/app -- --port 80 --- example.com/sidecar\n"
	"```\n";

static const char run_prepared_sections[] = RUN_EXIT_STATUS RUN_SIGNALS RUN_OUTPUT RUN_FILES;

static const char fetch_sections[] =
	"\n# FILES\n\n"
	"/etc/rkt/policy.json\n\tWhich OCI and Docker images are accepted, and by whose keys they "
	"have to be signed, in the format of *containers-policy.json*(5). With it "
	"*--insecure-options=image* is not needed for them, and says nothing about them. "
	"Without it they are not verified.\n"
	"\n# ENVIRONMENT\n\n" FETCH_ENVIRONMENT "\n# EXAMPLES\n\n"
	"```\n"
	"rkt fetch --insecure-options=image docker://busybox:1.36\n"
	"rkt fetch --insecure-options=image oci:/srv/layout:v1\n"
	"rkt fetch --insecure-options=image docker-archive:app.tar:team/app:v1\n"
	"rkt fetch --insecure-options=image,http docker://127.0.0.1:5000/app:1\n"
	"```\n";

static const char attach_sections[] =
	"\n# EXIT STATUS\n\n"
	"0\n\tThe app has ended or closed what was attached to, or three times ^] was typed.\n\n"
	"254\n\trkt itself failed, was let go because it did not take what the app prints, or the "
	"pod was killed. The reason is on stderr.\n\n"
	"A signal makes rkt die by the same signal, with the terminal as it was before.\n";

static const char enter_sections[] =
	"\n# EXIT STATUS\n\n"
	"The one of the command: 127 when there is no such program, 126 when it cannot be "
	"executed; 254 when rkt itself "
	"failed. When the command is killed by a signal, rkt dies by the same one.\n";

static const char trust_sections[] =
	"\n# FILES\n\n"
	"/etc/rkt/trustedkeys/root.d/FINGERPRINT\n\tA key that is trusted for every image.\n\n"
	"/etc/rkt/trustedkeys/prefix.d/PREFIX/FINGERPRINT\n\tA key that is trusted for the images "
	"PREFIX and PREFIX/...\n\n"
	"/usr/lib/rkt/trustedkeys\n\tThe same of the vendor. An empty file below "
	"/etc/rkt/trustedkeys takes back the key of its name.\n"
	"\n# EXAMPLES\n\n"
	"```\n"
	"rkt trust --prefix=example.com/app maker.asc\n"
	"rkt trust --prefix=example.com/app\n"
	"rkt trust --prefix=example.com https://example.com/keys.asc\n"
	"rkt fetch app.aci --signature=app.aci.asc\n"
	"```\n";

/* clang-format on */

static const ManualText texts[] = {
	{"", rkt_sections, NULL},
	{"attach", attach_sections, "*rkt\\_run*(1), *rkt\\_enter*(1), *rkt\\_logs*(1)"},
	{"enter", enter_sections, "*rkt\\_run*(1), *rkt\\_list*(1)"},
	{"fetch", fetch_sections, "*rkt\\_run*(1), *rkt\\_image\\_list*(1), *rkt\\_image\\_rm*(1)"},
	{"gc", NULL, "*rkt\\_rm*(1)"},
	{"prepare", NULL, "*rkt\\_run-prepared*(1), *rkt\\_run*(1), *rkt\\_fetch*(1)"},
	{"rm", NULL, "*rkt\\_gc*(1)"},
	{"run", run_sections,
		"*rkt\\_fetch*(1), *rkt\\_enter*(1), *rkt\\_stop*(1), *rkt\\_status*(1), "
		"*rkt\\_gc*(1)"},
	{"run-prepared", run_prepared_sections, "*rkt\\_prepare*(1), *rkt\\_run*(1)"},
	{"stop", NULL, "*rkt\\_run*(1), *rkt\\_status*(1)"},
	{"trust", trust_sections, "*rkt\\_fetch*(1)"},
};

const ManualText *manual_text(const char *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (streq(texts[i].verb, verb))
			return &texts[i];
	return NULL;
}
