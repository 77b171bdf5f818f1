/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run-options.h"
#include "cli/start.h"

const Verb verb_run = {
	.name = "run",
	.synopsis = "[OPTIONS] IMAGE [APP OPTIONS] [-- ARG ... [---]] [IMAGE ...]",
	.brief = "Run image(s) in a pod",
	.description =
		"Makes a pod of one or several images and runs it in the foreground until "
		"its apps have ended; one that fails ends the pod with all others. Images "
		"that are not stored are fetched. The exit status is the one of the first "
		"app that failed.\n"
		"\n"
		"IMAGE is one of the forms that \"rkt help fetch\" lists, or the ID of a "
		"stored image.\n"
		"\n"
		"Options of an app stand behind its image. Arguments for it stand behind "
		"\"--\", and end at \"---\":\n"
		"\n"
		"  rkt run --insecure-options=image --net=none docker://busybox "
		"--exec=/bin/echo -- hello\n"
		"  rkt run --insecure-options=image --net=host ./a.aci --memory=64M -- -v "
		"--- ./b.aci --user=1000\n"
		"\n"
		"Sockets that a service manager passes to rkt (sd_listen_fds(3)) go to the "
		"apps whose image calls the port socketActivated. It is told when the pod is "
		"ready, and when it stops (sd_notify(3)).\n"
		"\n"
		"The event handler pre-start of an image runs before its app, and post-stop when "
		"the app has ended, both as root; an app whose pre-start fails is not started and "
		"has failed.\n"
		"\n"
		"With --restart an app that has ended is started again after 100 ms, and each time "
		"after twice as long, up to 10 seconds; once it has run for 10 seconds it is 100 "
		"ms "
		"again. The exit status is that of its last end, and \"rkt status\" tells how "
		"often "
		"it was started again. With --liveness an app that has got stuck is stopped, and "
		"has failed; \"rkt logs\" has the line that says so.",
	.options = run_option_sets,
	.app_options = app_option_sets,
	.options_size = sizeof(RunOptions),
	.flags = VERB_ROOT | VERB_IMAGES,
	.run = start_run,
};
