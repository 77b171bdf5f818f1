#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What run and prepare say to words and manifests that they do not take. Each line of a table is a
# command line and what has to be the first line on stderr. The image is one that could only be had
# from a registry which is not there: whoever asks for it before having read all options says so.

load lib.bash

IMAGE=docker://127.0.0.1:1/team/app

setup_file() {
	common_setup_file
	BUSYBOX_ID=$(rkt image list --no-legend --full --fields=id)
	export BUSYBOX_ID
	echo manifest >"$BATS_FILE_TMPDIR/empty"
	: >"$BATS_FILE_TMPDIR/signature"
	printf 'A=1\nB\n' >"$BATS_FILE_TMPDIR/env"
	printf 'A=1\nA=2\n' >"$BATS_FILE_TMPDIR/env-twice"
	make_aci "$BATS_FILE_TMPDIR/data.aci" 'del(.app) | .name = "example.com/data"'
	make_aci "$BATS_FILE_TMPDIR/hollow.aci" '.app.exec = [] | .name = "example.com/hollow"'
	rkt --insecure-options=image fetch "$BATS_FILE_TMPDIR"/{data,hollow}.aci >/dev/null
}

teardown() {
	common_teardown
}

# The pods that there are, in whatever state, and the images.
pods_and_images() {
	(cd "$RKT_DATA" && find pods/*/* cas/image/* -maxdepth 0 2>/dev/null | sort)
}

# refused MESSAGE WORDS...: rkt ends with 254, says this first, prints nothing, and leaves no pod and
# no image.
refused() {
	local message=$1 before
	shift
	before=$(pods_and_images)
	run --separate-stderr rkt "$@"
	[ "$status" = 254 ] && [ "$output" = "" ] && [ "${stderr_lines[0]:-}" = "$message" ] || {
		printf 'rkt'
		printf ' %q' "$@"
		printf '\nsays:   %s\nwanted: %s\nstatus %s, stdout "%s"\n' "${stderr_lines[0]:-}" "$message" "$status" "$output"
		return 1
	}
	expect_equal "$(pods_and_images)" "$before"
}

# Reads a table from stdin: "WORDS => MESSAGE", the words as a shell reads them.
refuses() {
	local line words
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		eval "words=(${line%% => *})"
		refused "${line#* => }" "${words[@]}"
	done
}

@test "values of options of the pod that are refused" {
	local dir=$BATS_FILE_TMPDIR
	refuses <<-TABLE
		run --net= $IMAGE => run: --net: the name of a network is empty
		run --net=a,,b $IMAGE => run: --net: the name of a network is empty
		run --net=a --net=a $IMAGE => run: --net: network "a" is given twice
		run --net=a:x $IMAGE => run: --net: the arguments of network "a" must be KEY=VALUE, joined by ';', not "x"
		run --net=host:x=y $IMAGE => run: --net: "host" takes no arguments
		run --net=all:x=y $IMAGE => run: --net: "all" takes no arguments
		run --net none $IMAGE => run: --net takes a value only behind "=": say --net=none
		run --port=http $IMAGE => run: invalid argument "http" for --port: "http" is not in NAME:[HOSTIP:]HOSTPORT form
		run --port=HTTP:80 $IMAGE => run: invalid argument "HTTP:80" for --port: port name "HTTP" must consist of lower-case letters, digits and "-"
		run --port=http:65536 $IMAGE => run: invalid argument "http:65536" for --port: port "65536" must be a number from 1 to 65535
		run --port=http:0 $IMAGE => run: invalid argument "http:0" for --port: port "0" must be a number from 1 to 65535
		run --port=http:1.2.3:80 $IMAGE => run: invalid argument "http:1.2.3:80" for --port: "1.2.3" is not an IP address
		run --volume=v,kind=host $IMAGE => run: invalid argument "v,kind=host" for --volume: source for host volume cannot be empty
		run --volume=v,kind=host,source=a $IMAGE => run: invalid argument "v,kind=host,source=a" for --volume: source for host volume must be absolute path
		run --volume=v,kind=empty,size=1 $IMAGE => run: invalid argument "v,kind=empty,size=1" for --volume: unknown volume parameter "size"
		run --volume=v,kind=empty --volume=v,kind=empty $IMAGE => run: invalid argument "v,kind=empty" for --volume: a volume of this name is given already
		run --mount=volume=v,target=/t,x=y $IMAGE => run: invalid argument "volume=v,target=/t,x=y" for --mount: unknown mount parameter "x"
		run --mount=volume=v,target=/t $IMAGE => run: dangling mount point "/t": volume "v" not found
		run --set-env=A $IMAGE => run: invalid argument "A" for --set-env: must be specified as key=value
		run --set-env=A=1 --set-env=A=2 $IMAGE => run: invalid argument "A=2" for --set-env: key "A" already set
		run --set-env=1A=1 $IMAGE => run: invalid argument "1A=1" for --set-env: variable name "1A" must be letters, digits, "_", "." and "-", and not start with a digit
		run --set-env-file=/nonexistent $IMAGE => run: invalid argument "/nonexistent" for --set-env-file: open /nonexistent: no such file or directory
		run --set-env-file=$dir/env $IMAGE => run: environment file $dir/env, line 2: must be specified as key=value
		run --set-env-file=$dir/env-twice $IMAGE => run: environment file $dir/env-twice, line 2: environment variable "A" already set
		run --hostname="a b" --net=none $IMAGE => run: --hostname must be letters, digits, "-", "_" and ".", 64 of them at most, not "a b"
		run --ipc=host --net=none $IMAGE => run: --ipc must be auto, private or parent, not "host"
		run --dns=8.8.8 --net=none $IMAGE => run: --dns: "8.8.8" is not an IP address, host or none
		run --dns-search="a b" --net=none $IMAGE => run: --dns-search must be one word, not "a b"
		run --dns-search= --net=none $IMAGE => run: --dns-search must be one word, not ""
		run --dns-search=a,b --net=none $IMAGE => run: --dns-search must be one word, not "a,b"
		run --dns-opt=# --net=none $IMAGE => run: --dns-opt must be one word, not "#"
		run --dns-domain="a b" --net=none $IMAGE => run: --dns-domain must be one word, not "a b"
		run --hosts-entry=10.0.0.1 --net=none $IMAGE => run: --hosts-entry: "10.0.0.1" must have the form IP=HOST
		run --hosts-entry=a=b --net=none $IMAGE => run: --hosts-entry: "a" is not an IP address
		run --hosts-entry="10.0.0.1=a b" --net=none $IMAGE => run: --hosts-entry must be one word, not "a b"
		run --interactive=maybe $IMAGE => run: --interactive must be true or false, not "maybe"
		run --pod-name=cafe --net=none $IMAGE => run: invalid argument "cafe" for --pod-name: "cafe" is not a pod name: it could be the beginning of a UUID: a letter from g to z makes it a name
		run --pod-name=Web --net=none $IMAGE => run: invalid argument "Web" for --pod-name: "Web" is not a pod name: lower-case letters, digits and "-" between them, 63 at most, with a letter from g to z among them
		run --dry-run --format=xml $IMAGE => run: invalid argument "xml" for --format: must be json or json-pretty
		run --pod-manifest=/nonexistent --net=none => run: cannot use the pod manifest /nonexistent: open /nonexistent: no such file or directory
		run-prepared --pod-name=cafe 0 => run-prepared: invalid argument "cafe" for --pod-name: "cafe" is not a pod name: it could be the beginning of a UUID: a letter from g to z makes it a name
		run-prepared --dns=x 0 => run-prepared: --dns: "x" is not an IP address, host or none
	TABLE
}

@test "values of options of an app that are refused" {
	local dir=$BATS_FILE_TMPDIR
	refuses <<-TABLE
		run $IMAGE --name=A => run: invalid argument "A" for --name: must consist of lower-case letters, digits and "-"
		run $IMAGE --exec= => run: --exec must not be empty
		run $IMAGE --user= => run: --user must not be empty
		run $IMAGE --group= => run: --group must not be empty
		run $IMAGE --working-dir=srv => run: invalid argument "srv" for --working-dir: must be an absolute path
		run $IMAGE --supplementary-gids=1,x => run: invalid argument "1,x" for --supplementary-gids: "x" is not a group number
		run $IMAGE --supplementary-gids=-1 => run: invalid argument "-1" for --supplementary-gids: "-1" is not a group number
		run $IMAGE --environment=A => run: invalid argument "A" for --environment: must be specified as key=value
		run $IMAGE --environment=1A=x => run: invalid argument "1A=x" for --environment: variable name "1A" must be letters, digits, "_", "." and "-", and not start with a digit
		run $IMAGE --annotation=A=x => run: invalid argument "A=x" for --annotation: "A" must consist of lower-case letters, digits and "-._~/"
		run $IMAGE --user-annotation=x => run: invalid argument "x" for --user-annotation: must be specified as key=value
		run $IMAGE --user-label== => run: invalid argument "=" for --user-label: must be specified as key=value
		run $IMAGE --readonly-rootfs maybe => run: --readonly-rootfs must be set with a boolean (true or false), not "maybe"
		run $IMAGE --readonly-rootfs => run: flag needs an argument: --readonly-rootfs
		run $IMAGE --signature=/nonexistent => run: invalid argument "/nonexistent" for --signature: no such file or directory
		run $IMAGE --mount=volume=v,target=t => run: invalid argument "volume=v,target=t" for --mount: target "t" must be an absolute path in the app
		run $IMAGE --mount=volume=v,target=/t => run: dangling mount point "/t": volume "v" not found
		run $IMAGE --memory=4095 => run: invalid argument "4095" for --memory: memory limit of 4095 bytes too low. Try a reasonable value, such as --memory=16M
		run $IMAGE --memory=much => run: invalid argument "much" for --memory: must be a quantity of bytes, such as 16M
		run $IMAGE --cpu=0 => run: invalid argument "0" for --cpu: must be a quantity of cores, such as 2 or 500m
		run $IMAGE --cpu-shares=1 => run: invalid argument "1" for --cpu-shares: must be a number from 2 to 262144
		run $IMAGE --oom-score-adj=1001 => run: invalid argument "1001" for --oom-score-adj: must be a number from -1000 to 1000
		run $IMAGE --caps-retain=CAP_KILL, => run: invalid argument "CAP_KILL," for --caps-retain: must be a list of capability names, such as CAP_NET_ADMIN,CAP_SYS_TIME
		run $IMAGE --seccomp=chmod => run: invalid argument "chmod" for --seccomp: mode=retain or mode=remove is missing
		run $IMAGE --seccomp=mode=retain,x=y,chmod => run: invalid argument "mode=retain,x=y,chmod" for --seccomp: unknown seccomp parameter "x"
	TABLE
}

@test "options that exclude each other or come twice" {
	local conflict="run: conflicting flags set with --pod-manifest (see --help)"
	refuses <<-TABLE
		run --stage1-path=a --stage1-path=b $IMAGE => run: --stage1-path already used
		run --stage1-url=a --stage1-name=b $IMAGE => run: flags --stage1-url and --stage1-name are mutually exclusive
		run --stage1-hash=a --stage1-from-dir=b $IMAGE => run: flags --stage1-hash and --stage1-from-dir are mutually exclusive
		prepare --stage1-path=a --stage1-hash=b $IMAGE => prepare: flags --stage1-path and --stage1-hash are mutually exclusive
		run --store-only --no-store $IMAGE => Flag --store-only has been deprecated, please use --pull-policy=never
		run --net=none --port=http:80 $IMAGE => run: --port flag does not work with 'none' networking
		run --net=a,host --port=http:80 $IMAGE => run: --port flag does not work with 'host' networking
		run --net=none --mds-register $IMAGE => run: --mds-register flag does not work with --net=none. Please use 'host', 'default' or an equivalent network
		run-prepared --net=none --mds-register 0 => run-prepared: --mds-register flag does not work with --net=none. Please use 'host', 'default' or an equivalent network
		run --pod-manifest=m $IMAGE => $conflict
		run --pod-manifest=m --volume=v,kind=empty => $conflict
		run --pod-manifest=m --mount=volume=v,target=/t => $conflict
		run --pod-manifest=m --port=http:80 => $conflict
		run --pod-manifest=m --inherit-env => $conflict
		run --pod-manifest=m --set-env=A=1 => $conflict
		run --pod-manifest=m --set-env-file=/dev/null => $conflict
		run --pod-manifest=m --pull-policy=never => $conflict
		run --pod-manifest=m --pull-policy=update => $conflict
		run --net=none --interactive $IMAGE $IMAGE => run: interactive option only supports one image
		run --net=none --dns=host --dns=1.1.1.1 $IMAGE => run: --dns=host cannot be used together with another --dns
		run --net=none --dns=1.1.1.1,none $IMAGE => run: --dns=none cannot be used together with another --dns
		run --net=none --dns=host --dns-search=a $IMAGE => run: --dns=host cannot be used together with --dns-search, --dns-opt or --dns-domain
		run --net=none --dns=none --dns-domain=a $IMAGE => run: --dns=none cannot be used together with --dns-search, --dns-opt or --dns-domain
		run --net=none --dns=none --dns-opt=a $IMAGE => run: --dns=none cannot be used together with --dns-search, --dns-opt or --dns-domain
		run --net=none --hosts-entry=host --hosts-entry=10.0.0.1=a $IMAGE => run: --hosts-entry=host cannot be used together with entries
		run --net=none --format=json $IMAGE => run: --format is for the plan that --dry-run prints
		run $IMAGE --exec=/a --exec=/b => run: --exec already used
		run $IMAGE --signature=$BATS_FILE_TMPDIR/signature --signature=$BATS_FILE_TMPDIR/signature => run: --signature already used
		run $IMAGE --caps-retain=CAP_KILL --caps-remove=CAP_CHOWN => run: cannot use both --caps-retain and --caps-remove on the same image
	TABLE
}

@test "words at the wrong place" {
	refuses <<-TABLE
		run --net=none => run: must provide at least one image or specify the pod manifest
		prepare --quiet => prepare: must provide at least one image or specify the pod manifest
		run -- a => run: an image is required before any app arguments
		run $IMAGE -- a --- -- b => run: only one set of app arguments allowed per image
		run --exec=/a $IMAGE => run: --exec must follow an image
		run --user=0 $IMAGE => run: --user must follow an image
		run --signature=a $IMAGE => run: --signature must follow an image
		run --memory=1G $IMAGE => run: --memory must follow an image
		run $IMAGE --colour=red => run: unknown flag: --colour
		prepare --net=none $IMAGE => prepare: unknown flag: --net
		prepare --hostname=a $IMAGE => prepare: unknown flag: --hostname
		run-prepared --volume=v,kind=empty 0 => run-prepared: unknown flag: --volume
		run --insecure-options=image,magic $IMAGE => run: invalid argument "image,magic" for --insecure-options: "magic" is not one of none image tls ondisk http pubkey capabilities paths seccomp all-fetch all-run all
		run --insecure-options= $IMAGE => run: invalid argument "" for --insecure-options: "" is not one of none image tls ondisk http pubkey capabilities paths seccomp all-fetch all-run all
		run --debug=maybe $IMAGE => run: --debug must be true or false, not "maybe"
	TABLE
}

@test "what is said first when several things are wrong" {
	local all=(--net=none --store-only --dns=x --ipc=x --interactive)
	refused 'run: --ipc must be auto, private or parent, not "x"' run --net=none --dns=x --ipc=x "$IMAGE"
	refused 'run: interactive option only supports one image' run --net=none --dns=x --interactive "$IMAGE" "$IMAGE"
	all+=(--pod-manifest=m)
	refused 'Flag --store-only has been deprecated, please use --pull-policy=never' run "${all[@]}" "$IMAGE" "$IMAGE"
	expect_equal "${stderr_lines[1]}" 'run: conflicting flags set with --pod-manifest (see --help)'
	all=(--net=none --dns=x --interactive --pod-manifest=m --mds-register)
	refused "run: --mds-register flag does not work with --net=none. Please use 'host', 'default' or an equivalent network" \
		run "${all[@]}" "$IMAGE" "$IMAGE"
	refused "run: --port flag does not work with 'none' networking" run "${all[@]}" --port=p:1 "$IMAGE" "$IMAGE"
	refused 'run: invalid argument "A" for --set-env: must be specified as key=value' \
		run "${all[@]}" --port=p:1 --set-env=A "$IMAGE" "$IMAGE"
	# Only then is an image looked for.
	run --separate-stderr rkt run --net=none --pull-policy=never "$IMAGE" --user=0
	expect_match "$stderr" '^run: unable to fetch docker image from URL "docker://127.0.0.1:1/team/app"'
}

@test "what only the image can show to be wrong leaves no pod behind" {
	refuses <<-TABLE
		prepare $BUSYBOX $BUSYBOX => prepare: error: multiple apps with name busybox
		prepare $BUSYBOX --name=a $BUSYBOX --name=a => prepare: error: multiple apps with name a
		prepare --port=http:80 $BUSYBOX => prepare: port name "http" could not be found in any apps
		prepare example.com/hollow => prepare: app "hollow" has no executable: image "example.com/hollow" has an empty "exec" (try --exec=BINARY)
		prepare example.com/data => prepare: error: image example.com/data has no app section and --exec argument is not provided
		prepare $BUSYBOX --user=ghost => prepare: app "busybox": invalid user "ghost"
		prepare $BUSYBOX --group=ghosts => prepare: app "busybox": invalid group "ghosts"
		prepare $BUSYBOX --user=/no/such/file => prepare: app "busybox": invalid user "/no/such/file"
		run --net=none --volume=v,kind=host,source=/nonexistent $BUSYBOX => run: volume "v": source /nonexistent: no such file or directory
	TABLE
}

@test "what cannot be done yet is said by the name of its option" {
	refuses <<-TABLE
		run --net=none --stage1-name=coreos.com/rkt/stage1-kvm $IMAGE => run: error finding stage1: stage1-kvm, which runs its pods in virtual machines, is not there yet
		run --net=none --stage1-path=/usr/lib/rkt/stage1-fly.aci $IMAGE => run: error finding stage1: stage1-fly, which runs its app in a chroot, with the namespaces of the host, is not there yet
		run --net=nowhere $IMAGE => run: networks not found: nowhere
	TABLE
}

# manifests_refused: reads "JQ FILTER => MESSAGE" and applies each filter to a good pod manifest.
manifests_refused() {
	local line file=$BATS_TEST_TMPDIR/manifest
	while IFS= read -r line; do
		jq -n --arg id "$BUSYBOX_ID" '{acVersion: "1.30.0", acKind: "PodManifest",
			apps: [{name: "a", image: {id: $id}, app: {exec: ["/bin/true"], user: "0", group: "0"}}],
			volumes: [{name: "v", kind: "empty"}], isolators: [], annotations: [], ports: []} | '"${line%% => *}" >"$file"
		refused "prepare: ${line#* => }" prepare --quiet --pod-manifest="$file"
	done
}

@test "a rule of the pod manifest that is broken is told with its place and value" {
	local bad="cannot use the pod manifest $BATS_TEST_TMPDIR/manifest:"
	manifests_refused <<-TABLE
		.acKind = "ImageManifest" => $bad acKind: "ImageManifest" is not "PodManifest"
		del(.acVersion) => $bad acVersion: must be given
		.acVersion = "1.30" => $bad acVersion: "1.30" is not a version of the form X.Y.Z (semver 2.0)
		.apps[0].name = "A" => $bad apps[0].name: "A" is not an AC name (lower-case letters, digits, and '-' between them)
		.apps += .apps => $bad apps[1].name: "a" is given more than once
		.apps[0].image.id = "sha512-xyz" => $bad apps[0].image.id: "sha512-xyz" is not an image ID ("sha512-" and up to 128 hex digits in lower case)
		.apps[0].app.exec[1] = 7 => $bad apps[0].app.exec[1]: must be a string, not 7
		.apps[0].app.exec = "/bin/true" => $bad apps[0].app.exec: must be an array, not "/bin/true"
		.apps[0].app.user = "" => $bad apps[0].app.user: must not be empty
		del(.apps[0].app.group) => $bad apps[0].app.group: must be given
		.apps[0].app.workingDirectory = "srv" => $bad apps[0].app.workingDirectory: "srv" is not an absolute path
		.apps[0].app.supplementaryGIDs = [-1] => $bad apps[0].app.supplementaryGIDs[0]: -1 is not in the range 0 to 4294967294
		.apps[0].app.environment = [{name: "1A", value: ""}] => $bad apps[0].app.environment[0].name: "1A" is not a variable name (letters, digits and "_.-", not beginning with a digit, '.' or '-')
		.apps[0].app.environment = [{name: "A", value: "1"}, {name: "A", value: "2"}] => $bad apps[0].app.environment[1].name: "A" is given more than once
		.apps[0].app.eventHandlers = [{name: "start", exec: ["/x"]}] => $bad apps[0].app.eventHandlers[0].name: "start" is not "pre-start" or "post-stop"
		.apps[0].app.mountPoints = [{name: "m", path: "data"}] => $bad apps[0].app.mountPoints[0].path: "data" is not an absolute path
		.apps[0].app.ports = [{name: "p", protocol: "tcp", port: 0}] => $bad apps[0].app.ports[0].port: 0 is not in the range 1 to 65535
		.apps[0].app.ports = [{name: "p", protocol: "tcp", port: 65535, count: 2}] => $bad apps[0].app.ports[0].count: 2 ports from 65535 on go beyond port 65535
		.apps[0].app.isolators = [{name: "os/linux/magic", value: 1}] => $bad apps[0].app.isolators[0].name: "os/linux/magic" is not a known isolator
		.apps[0].app.isolators = [{name: "resource/memory", value: {limit: "much"}}] => $bad apps[0].app.isolators[0].value.limit: "much" is not a quantity such as "500m", "64M" or "1.5Gi"
		.apps[0].app.isolators = [{name: "os/linux/oom-score-adj", value: 1001}] => $bad apps[0].app.isolators[0].value: 1001 is not in the range -1000 to 1000
		.apps[0].mounts = [{volume: "v", path: "t"}] => $bad apps[0].mounts[0].path: "t" is not an absolute path
		.apps[0].readOnlyRootFS = "yes" => $bad apps[0].readOnlyRootFS: must be true or false, not "yes"
		.volumes += .volumes => $bad volumes[1].name: "v" is given more than once
		.volumes[0].kind = "tmpfs" => $bad volumes[0].kind: "tmpfs" is not "host" or "empty"
		.volumes[0].source = "/srv" => $bad volumes[0].source: is only for host volumes
		.volumes[0].mode = "0999" => $bad volumes[0].mode: "0999" is not a mode in octal digits such as "0755"
		.volumes[0].kind = "host" => $bad volumes[0].source: must be given for a host volume
		.volumes[0] = {name: "v", kind: "host", source: "srv"} => $bad volumes[0].source: source for host volume must be absolute path, not "srv"
		.volumes[0] = {name: "v", kind: "host", source: "/srv", uid: 0} => $bad volumes[0].uid: is only for empty volumes
		.ports = [{name: "p", hostPort: 65536}] => $bad ports[0].hostPort: 65536 is not in the range 0 to 65535
		.ports = [{name: "p", hostPort: 80, hostIP: "localhost"}] => $bad ports[0].hostIP: "localhost" is not an IPv4 or IPv6 address
		.userLabels = {a: 1} => $bad userLabels.a: must be a string, not 1
		[] => $bad must be an object, not an array
	TABLE
}

@test "a pod manifest that nothing can be made of is refused" {
	manifests_refused <<-TABLE
		.apps = [] => pod must contain at least one application
		.apps[0].image.id = "sha512-00" => image of app "a": apps[0].image.id: "sha512-00" is not a whole image ID ("sha512-" and 64 hex digits)
		.apps[0].image.id |= .[:20] => image of app "a": apps[0].image.id: "${BUSYBOX_ID:0:20}" is not a whole image ID ("sha512-" and 64 hex digits)
		.apps[0].image.id |= sub("....$"; "0000") => image of app "a": apps[0].image.id: image ${BUSYBOX_ID:0:67}0000 is not in the store
		.apps[0].mounts = [{volume: "w", path: "/w"}] => could not find volume "w" of app "a"
		.ports = [{name: "p", hostPort: 80}] => port name "p" could not be found in any apps
		.apps[0].app.exec = [] => app "a" has no executable: image "example.com/busybox" has an empty "exec" (try --exec=BINARY)
	TABLE
	refused "prepare: $BATS_FILE_TMPDIR/empty is not JSON: pod manifest: line 1, column 1: expected a value, not 'm'" \
		prepare --pod-manifest="$BATS_FILE_TMPDIR/empty"
}
